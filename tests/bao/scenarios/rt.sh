# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# A backend whose handlers are threads: on PREEMPT_RT, and by "threadirqs".
# Thousands of interrupts on both kinds of line, a storm, and unbinding.
#
# budget 150
# boot preempt-rt kernel=rt
# boot threadirqs threadirqs

backend()
{
	note "$(uname -rv)"
	bed listen >/tmp/listen 2>&1 &
	listener=$!
	daemon
	step 1
	check "3000 interrupts of the device model" \
		within 60 more "dm interrupts" 3000
	check "1000 events of the channel" within 60 more "bed get heard" 1000
	before=$(dm interrupts)
	check "the frontend goes on" goes_on 200 20
	check "by interrupts" more "dm interrupts" $((before + 200))
	device=$(basename "$drivers"/bao-io-dispatcher/*dispatcher)
	n=0
	while [ $n -lt 5 ]; do
		n=$((n + 1))
		echo "$device" >"$drivers"/bao-io-dispatcher/unbind
		wait "$daemon"
		echo "$device" >"$drivers"/bao-io-dispatcher/bind
		daemon
		goes_on 50 20 || break
	done
	check "unbound and bound $n times, and it went on" [ $n = 5 ]
	step 2
	await 2
	check "the last word is heard" within 10 last_heard
	kill "$listener"
	attributes bao-io-dispatcher dm0
	attributes bao-ipcshmem ipc
	step 3
	await 3
}

frontend()
{
	await 1
	start_accesses 3 20
	until bed wait backend 2 0 >/dev/null; do
		bed ring 1 1000 >/dev/null
	done
	step 2
	judge_accesses
	step 3
}
