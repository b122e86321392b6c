#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Inside a guest with fakehv: loads the modules and runs the program that the
# kernel's command line names, bench_run=PROGRAM,ARGUMENT,...

# parameter NAME: of the kernel's command line
parameter()
{
	sed -n "s/.*$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

insmod /bao.ko || exit 1
insmod /fakehv.ko base="$(parameter fakehv_base)" \
	size="$(parameter fakehv_size)" || exit 1
insmod /bao-bench.ko || exit 1
# shellcheck disable=SC2046 # words on purpose
/$(parameter bench_run | tr , ' ')
