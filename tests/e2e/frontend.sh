#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The frontend guest: uses the disk, and believes nothing that it reads.

# shellcheck source=tests/e2e/guest.sh
. /guest.sh

drop_caches()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

same_after_reread()
{
	drop_caches
	cmp "$1" "$2"
}

# pool_used OPERATOR NUMBER: of the slots in the pool that is shared
pool_used()
{
	test "$(cat /sys/kernel/debug/swiotlb/buffer@*/io_tlb_used)" "$@"
}

check "virtio_blk finds the disk" until_true [ -b /dev/vda ]
# dma, on the kernel's command line: see config-for
# shellcheck disable=SC2154
[ "$dma" != pool ] || check "the disk's rings are in the pool" pool_used -gt 0
check "mkfs" mke2fs /dev/vda
mkdir /mnt
check "mount" mount -t ext4 /dev/vda /mnt
dd if=/dev/urandom of=/tmp/data bs=64k count=64 2>&-
check "copy" cp /tmp/data /mnt/data
check "read back what was written" same_after_reread /tmp/data /mnt/data

seed=$(od -An -N 3 -t u4 /dev/urandom | tr -d ' ')
/load /mnt/load 4 "$seed" >/tmp/load &
pid=$!
until_true [ -s /mnt/load ]

# Reads that only a daemon can answer, so that there is always a request to die
# with: when all threads wait for the disk, nobody kicks it.
while cat /sys/bus/virtio/devices/virtio*/status >/dev/null; do
	usleep 100000
done &
reader=$!
say load
await killed
kill "$reader"
kill "$pid"
wait "$pid"
result $? "every block is right after the kills"
cat /tmp/load
check "the file of before is right" same_after_reread /tmp/data /mnt/data
check "unmount" umount /mnt
drop_caches
say "sum $(sum_of /dev/vda)"

await pingpong
pingpong --count 200
say swap
pingpong --serve
say swapped

await reloaded
check "mount after the module came back" mount -t ext4 /dev/vda /mnt
check "the file is still right" same_after_reread /tmp/data /mnt/data
check "write" cp /tmp/data /mnt/again
check "read back" same_after_reread /tmp/data /mnt/again
check "unmount" umount /mnt
check "the drivers let the disk go" give_up_disk
[ "$dma" != pool ] || check "the pool is free again" pool_used -eq 0
say "end"
finish
