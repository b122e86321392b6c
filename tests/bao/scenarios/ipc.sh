# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# Channel 0 in both directions: events, poll, eventfd, mmap, and a thousand
# events one after the other.
#
# budget 150

# to the frontend first
backend()
{
	converse send 1
	converse receive 2
	echo_peer
	check "the module lets the channel go" rmmod bao
	check "and takes it again" load_module
}

frontend()
{
	converse receive 1
	converse send 2
	await 3
	# the other end may not have opened the channel yet
	check "bao-smoke gets its messages back" \
		within 60 bao-smoke --ipc 0 --wait 5
	step 4
	check "the module lets the channel go" rmmod bao
	check "and takes it again" load_module
}

# converse send|receive ROUND
converse()
{
	step "$2"
	await "$2"
	timeout 60 bed "$1" "$2" >/tmp/converse 2>&1
	status=$?
	checks /tmp/converse
	result "$status" "round $2: to $1 has come to its end"
}

echo_peer()
{
	bao-smoke --ipc 0 --echo-peer --wait 70 >/tmp/echo 2>&1 &
	step 3
	await 4 70
	kill $!
	wait $! 2>/dev/null
}
