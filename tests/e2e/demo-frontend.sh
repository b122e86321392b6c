#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The frontend's part of the demonstration.

# shellcheck source=tests/e2e/guest.sh
. /guest.sh

story()
{
	/vmmctl log "$*"
}

until_true [ -b /dev/vda ]
result $? "disk"
story "Linux $(uname -r), stock drivers: found /dev/vda, $(cat /sys/block/vda/size) sectors"
mke2fs -q /dev/vda >&2
mkdir /mnt
check "mount" mount -t ext4 /dev/vda /mnt
/load /mnt/load 4 1 >/tmp/load &
pid=$!
until_true [ -s /mnt/load ]
story "made a file system; four threads write and check blocks"
say load
await killed
kill "$pid"
wait "$pid"
fine=$?
result $fine "every block is right"
[ $fine = 0 ] && story "every block is right:$(sed 's/^# load: seed [0-9]*,//' /tmp/load)"
check "unmount" umount /mnt
sum=$(sum_of /dev/vda)
check "the drivers let the disk go" give_up_disk
say "sum $sum"

await pingpong
/pingpong --count 500 --wait eventfd --access mmap --event 1 /dev/baoipc0 \
	>/tmp/messages
result $? "messages"
story "500 messages there and back: $(cat /tmp/messages)"
finish
