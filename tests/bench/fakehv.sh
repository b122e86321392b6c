#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Inside the guest of the fakehv bed: loads the modules and measures.

base=$(sed -n 's/.*fakehv_base=\([^ ]*\).*/\1/p' /proc/cmdline)
batch=$(sed -n 's/.*bench_batch=\([^ ]*\).*/\1/p' /proc/cmdline)
size=$(sed -n 's/.*fakehv_size=\([^ ]*\).*/\1/p' /proc/cmdline)

insmod /bao.ko &&
	insmod /fakehv.ko base="$base" size="$size" &&
	insmod /bao-bench.ko &&
	/fakehv "$batch" 20
