#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest that uses the disk.

# shellcheck source=tests/trees/guest.sh
. /guest.sh

rewritten()
{
	head -c 65536 /dev/urandom >/tmp/data
	dd if=/tmp/data of=/dev/vda bs=64k 2>/tmp/out && sync
	echo 3 >/proc/sys/vm/drop_caches
	head -c 65536 /dev/vda | cmp - /tmp/data
}

looks()
{
	heard | grep -q "^look"
}

check "the backend looks" patiently looks
rm /etc/modprobe.d/local.conf
udevadm control --reload
udevadm trigger --action=add --subsystem-match=platform
check "the disk is there" until_true [ -b /dev/vda ]
check "the module has loaded by itself" loaded
node "the node of the channel" /dev/baoipc0
expect "there is no control node" 1 "No such file" \
	stat /dev/bao-io-dispatcher
expect "all is well" 0 "^no problem$" baoctl status
also "the frontend is there" "^frontend /bao-bus/virtio@a003e00: virtio0$"
check "the disk keeps what is written" rewritten
# udev looks at what was written
check "the driver lets the disk go" until_true rmmod virtio_blk
check "and so does the bus" rmmod virtio_mmio
say "done"
finish
