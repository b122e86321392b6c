#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The backend's part of the demonstration.

# shellcheck source=tests/e2e/guest.sh
. /guest.sh

story()
{
	/vmmctl log "$*"
}

daemon()
{
	/bao-blk --window 0xa003e00 --image /disk --state /dev/shm/state >&2 &
	pid=$!
}

truncate -s 64M /disk
story "loaded bao.ko: $(echo /dev/bao*)"
daemon
story "bao-blk (process $pid) serves a file of 64 MiB as a virtio disk"

await load
for n in 1 2 3; do
	kill -9 "$pid"
	wait "$pid" 2>&-
	sleep 1
	daemon
	story "killed the daemon with SIGKILL, started another a second later ($n of 3)"
	sleep 1
done
say killed

await sum
theirs=$(heard | sed 's/^sum //')
[ "$(sum_of /disk)" = "$theirs" ]
same=$?
result $same "the image is what the frontend wrote"
[ $same = 0 ] && story "the image holds exactly what the frontend wrote"
say pingpong
/pingpong --serve --wait eventfd --access mmap --event 1 /dev/baoipc0
result $? "messages"
finish
