#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the fuzzer inside the guest, once for each line of /fuzz/list, which has
# its arguments. The kernel goes on after a complaint, so that the fuzzer can
# say what everybody was doing; the fuzzer finds it.

base=$(sed -n 's/.*fakehv_base=\([^ ]*\).*/\1/p' /proc/cmdline)
size=$(sed -n 's/.*fakehv_size=\([^ ]*\).*/\1/p' /proc/cmdline)

# set_to VALUE FILE: where the kernel has such a file
set_to()
{
	[ ! -w "$2" ] || echo "$1" >"$2"
}

set_to 0 /proc/sys/kernel/panic_on_warn
set_to 0 /proc/sys/kernel/panic_on_oops
set_to 30 /proc/sys/kernel/hung_task_timeout_secs
set_to 1 /proc/sys/kernel/sysrq
# When a lock stays taken the fuzzer cannot tell of it either.
set_to 1 /proc/sys/kernel/panic_on_rcu_stall
set_to 256 /sys/kernel/tracing/buffer_size_kb
set_to clear /sys/kernel/debug/kmemleak
for fault in failslab fail_page_alloc fail_usercopy; do
	set_to 0 /sys/kernel/debug/$fault/verbose
	# by default what may sleep never fails
	set_to N /sys/kernel/debug/$fault/ignore-gfp-wait
done
set_to 0 /sys/kernel/debug/fail_page_alloc/min-order

insmod /bao.ko && insmod /fakehv.ko base="$base" size="$size" || exit
while read -r arguments; do
	# shellcheck disable=SC2086 # a list
	/fuzz/fuzz $arguments || exit
done </fuzz/list
