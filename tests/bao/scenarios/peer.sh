# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# A peer that rings ten times a second, a thousand times, flat out for four
# seconds without the limit of an honest one, and ten times a second again. The
# listener hears each phase, and at its end has the last word. A program that
# wants the CPU for itself shows what the handler leaves.
#
# budget 120

backend()
{
	bed listen >/tmp/listen 2>&1 &
	listener=$!
	daemon
	step 1
	phase "ten a second" 2 80
	phase "a thousand a second" 3 5
	phase "flat out" 4 0
	phase "ten a second again" 5 80
	note "figure a program on the CPU that a peer rings flat out gets" \
		"$((100 * left4 / left2)) % of what it gets otherwise;" \
		"$((heard4 / 4)) interrupts a second"
	check "remote I/O goes on" goes_on 100 20
	step 6
	await 6
	kill "$listener"
	attributes bao-ipcshmem ipc
}

# phase NAME STEP PERCENT: that many of the doorbells are heard at least, and one;
# doorbells coalesce, the more the slower this CPU is
phase()
{
	local heard rung

	heard=$(bed get heard)
	rung=$(bed get rung)
	step "$2"
	eval "left$2=$(bed spin 3)"
	await "$2" 60
	check "$1: the last word is heard" within 10 last_heard
	heard=$(($(bed get heard) - heard))
	rung=$(($(bed get rung) - rung))
	eval "heard$2=$heard"
	note "$1: $heard interrupts for $rung doorbells"
	check "$1: $3 % of the doorbells are interrupts, or more" \
		[ $heard -gt 0 -a $((100 * heard)) -ge $(($3 * rung)) ]
}

frontend()
{
	await 1
	start_accesses 6
	ring 2 5 100000
	ring 3 5 1000
	unlimited
	ring 4 4 0
	limited
	ring 5 5 100000
	step 6
	judge_accesses
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
