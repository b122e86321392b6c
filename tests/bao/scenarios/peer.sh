# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# A peer that rings ten times a second, a thousand times, flat out for four
# seconds without the limit of an honest one, and ten times a second again. The
# listener hears each phase, and at its end has the last word.
#
# budget 120

backend()
{
	bed listen >/tmp/listen 2>&1 &
	listener=$!
	daemon
	step 1
	phase "ten a second" 2 40
	phase "a thousand a second" 3 100
	phase "flat out" 4 1
	phase "ten a second again" 5 40
	check "remote I/O goes on" goes_on 100 20
	step 6
	await 6
	kill "$listener"
	attributes bao-ipcshmem ipc
}

# phase NAME STEP LEAST: how many interrupts it has to be
phase()
{
	local before heard

	before=$(bed get heard)
	step "$2"
	await "$2" 60
	check "$1: the last word is heard" within 10 last_heard
	heard=$(($(bed get heard) - before))
	note "$1: $heard interrupts for $(bed get rung) doorbells so far"
	check "$1: $3 interrupts at least" [ "$heard" -ge "$3" ]
}

last_heard()
{
	[ "$(bed get last)" = "$(bed get rung)" ]
}

frontend()
{
	await 1
	bed access 6 >/tmp/access &
	access=$!
	ring 2 5 100000
	ring 3 5 1000
	unlimited
	ring 4 4 0
	limited
	ring 5 5 100000
	step 6
	wait $access
	checks /tmp/access
	check "no read was wrong" [ "$(bed get wrong)" = 0 ]
	check "no write was lost" [ "$(bed get lost)" = 0 ]
}

# ring STEP SECONDS MICROSECONDS
ring()
{
	await "$1"
	note "$(bed ring "$2" "$3")"
	step "$1"
}

parameters=/sys/module/bao/parameters

# A peer need not have the module, nor its limit.
unlimited()
{
	rate=$(cat $parameters/doorbell_rate)
	burst=$(cat $parameters/doorbell_burst)
	echo 1000000 >$parameters/doorbell_rate
	echo 1000 >$parameters/doorbell_burst
}

limited()
{
	echo "$rate" >$parameters/doorbell_rate
	echo "$burst" >$parameters/doorbell_burst
}
