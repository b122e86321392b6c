# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# A program rings as fast as it can for a minute, at the default limit: here,
# and then in the frontend. No CPU hangs, remote I/O goes on, and in the end the
# last word is heard. What Bao warns of is counted by who runs this.
#
# budget 240
# provoked: a hang inside Bao is what the limit is to prevent

seconds=60

backend()
{
	daemon
	step 1
	before=$(bed get rounds)
	note "from here: $(bed ring $seconds 0)"
	check "the frontend goes on meanwhile" [ $(($(bed get rounds) - before)) -ge 500 ]
	note "$(($(bed get rounds) - before)) rounds meanwhile"
	check "the last word is heard there" within 20 last_heard
	attributes bao-ipcshmem ipc
	step 2
	bed listen >/tmp/listen 2>&1 &
	before=$(bed get rounds)
	await 2 $((seconds + 60))
	note "$(($(bed get rounds) - before)) rounds meanwhile"
	check "the frontend goes on under its own flood" \
		[ $(($(bed get rounds) - before)) -ge 500 ]
	check "the last word is heard here" within 20 last_heard
	check "remote I/O goes on" goes_on 200 20
	step 3
	await 3
	attributes bao-ipcshmem ipc
	attributes bao-io-dispatcher dm0
}

frontend()
{
	bed listen >/tmp/listen 2>&1 &
	listener=$!
	await 1
	start_accesses 3
	await 2 $((seconds + 60))
	kill $listener
	note "from the frontend: $(bed ring $seconds 0)"
	step 2
	judge_accesses
	attributes bao-ipcshmem ipc
	step 3
}
