# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# A disk with a journalling file system, served by bao-blk, which is killed
# twenty times while the frontend writes, reads back and compares.
#
# budget 240

kills=20

backend()
{
	gzip -dc /disk.gz >/tmp/disk
	disk_daemon
	step 1
	await 1 100
	n=0
	while [ $n -lt $kills ]; do
		n=$((n + 1))
		before=$(dm ioeventfd_hits)
		within 20 more "dm ioeventfd_hits" $((before + 20)) || break
		kill -9 "$daemon"
		wait "$daemon" 2>/dev/null
		disk_daemon
	done
	check "$kills daemons were killed, each under load" [ $n = $kills ]
	step 2
	await 2 100
	kill "$daemon"
	wait "$daemon"
	sum_of /tmp/disk >/tmp/sum
	bed set last "$((0x$(cut -c 1-8 /tmp/sum)))"
	check "the kernel answered nothing" [ "$(dm answered_by_kernel)" = 0 ]
	step 3
	attributes bao-io-dispatcher dm0
}

disk_daemon()
{
	bao-blk --dm 0 --window 0xa00ce00 --image /tmp/disk --state /tmp/state \
		>/tmp/blk 2>&1 &
	daemon=$!
}

# sum_of FILE: of its beginning, with the file system's structures
sum_of()
{
	dd if="$1" bs=1M count=4 2>/dev/null | sha256sum
}

frontend()
{
	await 1
	while read -r module; do
		insmod "$module"
	done </lib/kmod/late
	check "virtio_blk finds the disk" within 20 [ -b /dev/vda ]
	mkdir /mnt
	check "mount" mount -t ext4 /dev/vda /mnt
	dd if=/dev/urandom of=/tmp/data bs=64k count=64 2>/dev/null
	step 1
	n=0 bad=0
	until bed wait backend 2 0 >/dev/null; do
		n=$((n + 1))
		cp /tmp/data /mnt/$((n % 3))
		reread /mnt/$((n % 3)) || bad=$((bad + 1))
	done
	check "$n files were read as they had been written" [ "$n:$bad" = "$n:0" ]
	check "there were some" [ $n -ge 3 ]
	check "unmount" umount /mnt
	check "mount again" mount -t ext4 /dev/vda /mnt
	check "the last file is as it was" reread /mnt/$((n % 3))
	check "unmount again" umount /mnt
	echo 3 >/proc/sys/vm/drop_caches
	sum_of /dev/vda >/tmp/sum
	step 2
	await 3
	check "the image has what the disk has" \
		[ "$(bed get last)" = "$((0x$(cut -c 1-8 /tmp/sum)))" ]
	check "no I/O error" no_error
}

# reread FILE: from the disk
reread()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	cmp "$1" /tmp/data
}

no_error()
{
	! dmesg | grep -E 'I/O error|EXT4-fs error'
}
