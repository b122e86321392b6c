# SPDX-License-Identifier: GPL-2.0-only
# "baoctl overlay", without the rest of the tool.
overlay_sources := $(filter-out %/overlay.c, \
			$(wildcard $(top)/tools/baoctl/overlay*.c)) \
		   $(top)/tools/baoctl/options.c \
		   $(top)/tools/baoctl/report.c \
		   $(top)/tools/baoctl/text.c \
		   $(wildcard $(src)/overlay/*.c)
overlay_headers := $(wildcard $(top)/tools/baoctl/*.h $(src)/overlay/*.h)
overlay_flags := -I$(top)/tools/baoctl -D_FILE_OFFSET_BITS=64
overlay_libs := -ljson-c -lfdt
