# SPDX-License-Identifier: GPL-2.0-only
#
# How a static program is built of the C files in one directory. The Makefile
# there sets "program" to its name and includes this.
#
#   make                                     for this machine
#   make CROSS_COMPILE=aarch64-linux-gnu-    for arm64
#   make O=DIR                               where to build
#
# A static program runs in any guest, whatever is installed there.

top := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
src := $(abspath $(dir $(firstword $(MAKEFILE_LIST))))
O ?= $(top)/build/$(or $(CROSS_COMPILE:-=),native)/$(notdir $(src))

CC := $(CROSS_COMPILE)gcc
CFLAGS ?= -O2 -g
flags := -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
	 -Wall -Wextra -Wconversion -Werror -MMD -MP -I$(O)/include

objects := $(patsubst $(src)/%.c,$(O)/%.o,$(wildcard $(src)/*.c))

all: $(O)/$(program)

$(O)/$(program): $(objects)
	$(CC) $(CFLAGS) $(LDFLAGS) -static -o $@ $^

$(O)/%.o: $(src)/%.c $(O)/include/linux/bao.h $(MAKEFILE_LIST)
	$(CC) $(flags) $(CFLAGS) -c -o $@ $<

# Only this header of ours is wanted, not the directory it is in: the others
# come from the compiler's system.
$(O)/include/linux/bao.h: $(top)/include/uapi/linux/bao.h
	mkdir -p $(@D)
	cp $< $@

clean:
	rm -rf $(O)

.PHONY: all clean
-include $(objects:.o=.d)
