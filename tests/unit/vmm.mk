# SPDX-License-Identifier: GPL-2.0-only
# The parts of the vmm that know no KVM.
vmm_sources := $(addprefix $(top)/tests/vmm/, \
		 check.c config.c console.c counters.c hv.c ipc.c port.c \
		 remio.c uart.c)
vmm_headers := $(wildcard $(top)/tests/vmm/*.h $(src)/vmm/*.h)
vmm_flags := -I$(top)/tests/vmm -pthread
vmm_libs := -pthread
