# SPDX-License-Identifier: GPL-2.0-only
# The daemon without its main program and without the kernel.
backend_sources := $(addprefix $(top)/tests/backend/, \
			blk.c device.c mmio.c ring.c state.c) \
		   $(wildcard $(src)/backend/*.c)
backend_headers := $(wildcard $(top)/tests/backend/*.h $(src)/backend/*.h)
backend_flags := -I$(top)/tests/backend
# It counts instructions.
backend_restart_sanitize := none
