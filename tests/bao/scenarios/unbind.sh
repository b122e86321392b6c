# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# The dispatcher's driver is unbound twenty times while a daemon serves and the
# frontend reads and writes. The daemon can still say what it took, and what it
# did not take waits in the hypervisor: no answer of the kernel's is needed.
#
# budget 150

times=20

backend()
{
	daemon
	device=$(basename "$drivers"/bao-io-dispatcher/*dispatcher)
	step 1
	n=0 ended=0
	while [ $n -lt $times ]; do
		n=$((n + 1))
		goes_on 50 20 || break
		echo "$device" >"$drivers"/bao-io-dispatcher/unbind
		wait "$daemon"
		[ $? != 3 ] || ended=$((ended + 1))
		echo "$device" >"$drivers"/bao-io-dispatcher/bind
		daemon
	done
	check "unbound and bound $times times, each under load" [ $n = $times ]
	check "each daemon was told" [ $ended = $times ]
	before=$(dm interrupts)
	check "the frontend goes on" goes_on 200 20
	check "by interrupts" more "dm interrupts" $((before + 200))
	step 2
	await 2
	check "each answer was taken" [ "$(bed get refused)" = 0 ]
	note "$(bed get redelivered) requests again"
}

frontend()
{
	await 1
	accesses 2 10
	step 2
}
