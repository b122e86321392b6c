# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the scripts of both guests share. The guests keep in step through the
# second IPC channel: each writes a short line into its half, and waits for the
# other's.

tests=0 failed=0

# result STATUS TEXT
result()
{
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		failed=1
	fi
}

# check TEXT COMMAND...
check()
{
	local text=$1

	shift
	"$@" >&2
	result $? "$text"
}

# say LINE: for the other guest to see
say()
{
	printf '%-31s\n' "$1" >/dev/baoipc1
}

heard()
{
	head -c 31 /dev/baoipc1 2>/dev/null | tr -d '\0' | sed 's/ *$//'
}

# await PATTERN: until the other guest says something that matches
await()
{
	local tries=6000

	while ! heard | grep -q "^$1"; do
		usleep 100000
		tries=$((tries - 1))
		if [ "$tries" = 0 ]; then
			result 1 "the other guest says $1"
			finish
		fi
	done
}

# until_true COMMAND...: for two minutes
until_true()
{
	local tries=1200

	until "$@" 2>/dev/null; do
		usleep 100000
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
	done
}

# As in the vmm's stall-ms, and longer than a slow machine takes to start a
# daemon again.
grace=30000

sum_of()
{
	md5sum "$1" | cut -c 1-20
}

# How to wait, how to access, which event.
combinations="poll:file:0 eventfd:file:0 poll:mmap:0 eventfd:mmap:0
	poll:mmap:1 eventfd:mmap:1"

# pingpong ROLE...: all combinations in this role, --serve or --count N
pingpong()
{
	local how

	for how in $combinations; do
		# shellcheck disable=SC2046 # words on purpose
		/pingpong "$@" $(echo "$how" |
			sed 's/\(.*\):\(.*\):\(.*\)/--wait \1 --access \2 --event \3/') \
			/dev/baoipc0 >/tmp/pingpong
		result $? "messages by $how, $1"
		sed 's/^/# /' /tmp/pingpong
	done
}

# give_up_disk: a frontend's shutdown would speak to a device whose daemon is
# gone by then, and stand still
give_up_disk()
{
	rmmod virtio_blk && rmmod virtio_mmio
}

finish()
{
	/complaints >/tmp/complaints
	result $? "no kernel warning, no leak"
	sed 's/^/# /' /tmp/complaints
	echo "1..$tests"
	/vmmctl status "$failed"
	poweroff -f
	sleep 60
}

echo "KTAP version 1"
# where it is not installed
[ ! -e /bao.ko ] || {
	insmod /bao.ko dm_grace_ms="$grace"
	result $? "insmod bao.ko"
}
