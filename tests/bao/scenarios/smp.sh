# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# A backend with two CPUs. While the frontend reads, writes and rings a thousand
# times a second, somebody changes the affinity of our lines all the time, as
# far as that is allowed, and takes a CPU away and gives it back: in one boot the
# second one, in another the one that our lines are on, so that they move.
#
# budget 150
# boot second-away cpus=2 away=1
# boot first-away cpus=2 away=0

backend()
{
	if [ "$(grep -c ^processor /proc/cpuinfo)" -lt 2 ]; then
		skip "lines move" "the configuration gives the backend one CPU"
		step 4
		return
	fi
	bed listen >/tmp/listen 2>&1 &
	listener=$!
	daemon
	step 1
	await 1
	check "the frontend goes on" goes_on 100 20
	lines=$(awk '/bao/ { sub(":", "", $1); print $1 }' /proc/interrupts)
	moved=0 refused=0
	move 15
	note "affinity: changed $moved times, refused $refused times"
	alive "after it was changed all the time"
	take_away "$away"
	alive "after CPU $away went and came five times"
	step 2
	await 2
	check "the last word is heard" within 10 last_heard
	check "the kernel answered nothing" [ "$(dm answered_by_kernel)" = 0 ]
	kill "$listener"
	grep bao /proc/interrupts | sed "s/^/$tell note /"
	step 3
	await 3
}

# move SECONDS
move()
{
	local end irq mask=1

	end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt $end ]; do
		mask=$((3 - mask))
		for irq in $lines; do
			if echo $mask 2>/dev/null >"/proc/irq/$irq/smp_affinity"; then
				moved=$((moved + 1))
			else
				refused=$((refused + 1))
			fi
		done
	done
}

# take_away CPU: five times
take_away()
{
	local online=/sys/devices/system/cpu/cpu$1/online

	if [ ! -e "$online" ]; then
		skip "CPU $1 goes and comes" "the kernel keeps it"
		return
	fi
	for _ in 1 2 3 4 5; do
		echo 0 >"$online"
		goes_on 20 20
		echo 1 >"$online"
		goes_on 20 20
	done
	check "CPU $1 is back" [ "$(cat "$online")" = 1 ]
}

# alive WHEN: both lines count, and what they are for goes on
alive()
{
	local requests events

	requests=$(dm interrupts)
	events=$(bed get heard)
	check "$1: remote I/O goes on" goes_on 200 20
	check "$1: by interrupts" more "dm interrupts" $((requests + 200))
	check "$1: events are heard" within 10 more "bed get heard" \
		$((events + 100))
}

frontend()
{
	bed wait backend 1 60 || return
	[ "$(bed get backend)" = 1 ] || return
	start_accesses 3
	step 1
	until bed wait backend 2 0 >/dev/null; do
		bed ring 1 1000 >/dev/null
	done
	step 2
	judge_accesses
	step 3
}
