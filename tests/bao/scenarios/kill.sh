# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# The daemon is killed twenty times while the frontend reads and writes; the
# next one gets what the one before had in its hands.
#
# budget 120

kills=20

backend()
{
	daemon
	step 1
	n=0
	while [ $n -lt $kills ]; do
		n=$((n + 1))
		goes_on 50 20 || break
		kill_daemon
		daemon
	done
	check "$kills daemons were killed, each under load" [ $n = $kills ]
	check "the frontend goes on" goes_on 200 20
	step 2
	await 2
	note "$(bed get starts) daemons, $(bed get redelivered) requests again"
	check "the kernel answered nothing" [ "$(dm answered_by_kernel)" = 0 ]
	check "each answer was taken" [ "$(bed get refused)" = 0 ]
	after_grace
	attributes bao-io-dispatcher dm0
}

# The frontend is not to stand still for ever when nobody comes.
after_grace()
{
	echo 500 >"$(echo "$drivers"/bao-io-dispatcher/*/dm0/grace_ms)"
	step 3
	await 3
	goes_on 10 20
	kill_daemon
	check "the kernel answers after the grace period" \
		within 20 more "dm answered_by_kernel" 1
	daemon
	check "the next daemon serves" within 10 served
	check "the frontend goes on" goes_on 200 20
	step 4
	await 4
}

served()
{
	[ "$(dm state)" = served ]
}

frontend()
{
	await 1
	accesses 2 10
	step 2
	await 3
	step 3
	# what is wrong in here is meant to be
	bed access 4 >/tmp/access
	step 4
}
