# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What both guests of the vmm bed do first: bao.ko gets the first device model
# and the first channel, bao-bench.ko the second ones and the frontend's windows.

# the vmm's second serial port carries the results
exec >/dev/ttyS1

# override DEVICE DRIVER: binds a platform device to a driver of bao-bench.ko
override()
{
	local device=/sys/bus/platform/devices/$1

	echo "$2" >"$device/driver_override"
	[ ! -e "$device/driver" ] || echo "$1" >"$device/driver/unbind"
	echo "$1" >/sys/bus/platform/drivers_probe
}

# end STATUS
end()
{
	/vmmctl status "$1"
	poweroff -f
	sleep 60
}

insmod /bao-bench.ko || end 1
# the node is named after the channel that is read here
channel=$(echo /sys/bus/platform/devices/f001?000.shmem)
override "${channel##*/}" bao-floor-ipc
