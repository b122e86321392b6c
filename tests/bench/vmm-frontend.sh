#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The frontend guest of the vmm bed: measures. Its CPU stands still until the
# backend is there.

# shellcheck source=tests/bench/vmm.sh
. /vmm.sh

batch=$(sed -n 's/.*bench_batch=\([^ ]*\).*/\1/p' /proc/cmdline)
rounds=$(sed -n 's/.*bench_rounds=\([^ ]*\).*/\1/p' /proc/cmdline)
devices=/sys/bus/platform/devices
override a003e00.virtio bao-bench-frontend
override a003c00.virtio bao-bench-frontend
insmod /bao.ko || end 1

# play FILE: the median of a batch
play()
{
	echo "$batch" >"$1" || end 1
	cat "$1"
}

# access NAME ATTRIBUTE
access()
{
	echo "time $1 module $(play $devices/a003e00.virtio/"$2")"
	echo "time $1 floor $(play $devices/a003c00.virtio/"$2")"
}

pingpong()
{
	/pingpong --count "$batch" --length 8 --access mmap /dev/baoipc0 \
		>/tmp/pingpong || end 1
	sed 's/.*median_ns=\([0-9]*\).*/time ipc-pingpong module \1/' \
		/tmp/pingpong
	echo "time ipc-pingpong floor $(play "$channel/play")"
}

# calls SIDE: hypercalls for the side's device so far
calls()
{
	local sum=0 what

	for what in asks completes notifies; do
		sum=$((sum + $(/vmmctl get "remio.$1.$what")))
	done
	echo $sum
}

# count NAME ATTRIBUTE SIDE DEVICE
count()
{
	local calls irqs

	calls=$(calls "$3")
	irqs=$(/vmmctl get "remio.$3.backend_irqs")
	play "$devices/$4/$2" >&2
	# for the closing ASK
	usleep 100000
	calls=$(($(calls "$3") - calls))
	irqs=$(($(/vmmctl get "remio.$3.backend_irqs") - irqs))
	awk "BEGIN { print \"count $1 $3 calls\", $calls / $batch
		print \"count $1 $3 interrupts\", $irqs / $batch }"
}

all()
{
	access mmio-read read
	access mmio-notify notify
	access irq irq
	pingpong
}

# the first round warms up
all >&2
while [ "$rounds" -gt 0 ]; do
	all
	rounds=$((rounds - 1))
done
for what in read notify; do
	count mmio-$what $what module a003e00.virtio
	count mmio-$what $what floor a003c00.virtio
done
count irq irq module a003e00.virtio
count irq irq floor a003c00.virtio
end 0
