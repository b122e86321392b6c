# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the example with the installed linux/bao.h.

CFLAGS ?= -O2 -g
override CFLAGS += -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra
override CFLAGS += $(shell pkg-config --cflags bao-guest)

bao-blk: $(patsubst %.c,%.o,$(wildcard *.c))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

clean:
	rm -f bao-blk *.o

.PHONY: clean
