#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The backend guest: serves a disk with a daemon that it keeps killing.

# shellcheck source=tests/e2e/guest.sh
. /guest.sh

kills=25
dm=$(echo /sys/bus/platform/drivers/bao-io-dispatcher/*/dm0)

daemon()
{
	/bao-blk --window 0xa003e00 --image /disk --state /dev/shm/state >&2 &
	pid=$!
}

# pause MIN MAX: a random time, in milliseconds
pause()
{
	usleep "$(shuf -n 1 -i "$1-$2")000"
}

kill_daemon()
{
	kill -9 "$pid"
	wait "$pid" 2>&-
	pause 1 300
	daemon
}

# A daemon has a request in its hands for moments only. This one dies with it.
kill_with_request()
{
	kill -9 "$pid"
	wait "$pid" 2>&-
	/bao-smoke --dm 0 --wait 4 >&2
	daemon
}

shows()
{
	[ "$(cat "$dm/$1")" = "$2" ]
}

fetched()
{
	[ "$(cat "$dm/requests")" -gt 0 ]
}

truncate -s 64M /disk
check "the control node is there" [ -c /dev/bao-io-dispatcher ]

# The frontend started first, and its CPU stands at the first access.
sleep 4
check "nobody serves" shows state idle
check "nothing is fetched while nobody serves" shows requests 0
daemon
check "the daemon serves" until_true shows state served
check "the first request reaches the daemon" until_true fetched

await load
# the first one was meant to last
stalls=$(/vmmctl get remio.disk.stalls_long)
n=0
while [ $n -lt $kills ]; do
	pause 50 600
	n=$((n + 1))
	case $n in
	5 | 15) kill_with_request ;;
	*) kill_daemon ;;
	esac
done
result 0 "$n daemons killed under load"
say killed

await sum
check "no stall was longer than the grace period" \
	[ "$(/vmmctl get remio.disk.stalls_long)" = "$stalls" ]
theirs=$(heard | sed 's/^sum //')
check "the image is what the frontend wrote" [ "$(sum_of /disk)" = "$theirs" ]
check "no request was answered for a dead daemon" \
	shows answered_by_kernel 0
check "requests were handed out again" [ "$(cat "$dm/redelivered")" -gt 0 ]
echo "# $(cat "$dm/redelivered") of $(cat "$dm/delivered") requests redelivered"
say pingpong

pingpong --serve
await swap
pingpong --count 200
await swapped

kill "$pid"
wait "$pid" 2>&-
check "the module can be removed" rmmod bao
check "the control node is gone" [ ! -e /dev/bao-io-dispatcher ]
check "and inserted again" insmod /bao.ko dm_grace_ms="$grace"
daemon
check "the next daemon serves" until_true shows state served
say reloaded

await end
finish
