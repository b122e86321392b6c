#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Inside the guest: loads the modules and measures the memory.

base=$(sed -n 's/.*fakehv_base=\([^ ]*\).*/\1/p' /proc/cmdline)
size=$(sed -n 's/.*fakehv_size=\([^ ]*\).*/\1/p' /proc/cmdline)

insmod /bao.ko &&
	insmod /fakehv.ko base="$base" size="$size" &&
	/memory
