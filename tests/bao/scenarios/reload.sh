# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# The module is removed and loaded twenty times while the frontend reads and
# writes. Before, the daemon ends, in its own time; what the module has fetched
# by then and nobody took, it has to answer itself: one access for each CPU of
# the frontend at most.
#
# budget 180

times=20

backend()
{
	daemon
	step 1
	n=0
	check "the module stays while a daemon has it open" refused
	while [ $n -lt $times ]; do
		n=$((n + 1))
		goes_on 50 20 || break
		kill_daemon TERM
		rmmod bao || break
		load_module || break
		daemon
	done
	check "removed and loaded $times times, each under load" [ $n = $times ]
	before=$(dm interrupts)
	check "the frontend goes on" goes_on 200 20
	check "by interrupts" more "dm interrupts" $((before + 200))
	step 2
	await 2
	wrong=$(($(bed get wrong) + $(bed get lost)))
	note "$wrong accesses were answered by no daemon, in $times removals"
	check "no removal answered more than what was fetched" [ $wrong -le $times ]
}

refused()
{
	! rmmod bao
}

frontend()
{
	await 1
	bed access 2 10 >/tmp/access
	checks /tmp/access
	step 2
}
