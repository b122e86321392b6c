# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# The module finds its devices, each interrupt arrives, each call is answered.
#
# budget 60

backend()
{
	daemon
	check "a daemon serves" within 10 serves
	step 1
	await 1
	check "an access of the frontend reaches it" more "dm requests" 1
	check "by its interrupt" more "dm interrupts" 1
	step 2
	await 2
	check "the frontend's doorbell arrives" within 10 more "channel interrupts" 1
	attributes bao-io-dispatcher dm0
	kill_daemon
	check "bao-smoke finds no fault" bao-smoke
	step 3
	await 3
	check "the module can be removed" rmmod bao
	check "and loaded again" load_module
}

serves()
{
	[ "$(bed get starts)" -gt 0 ]
}

frontend()
{
	await 1
	bed access 1 >/tmp/access
	check "the registers are right" right
	step 1
	await 2
	note "$(cat /tmp/access)"
	check "bao-smoke finds no fault, and rings" bao-smoke
	step 2
	await 3
	check "the module can be removed" rmmod bao
	check "and loaded again" load_module
	step 3
}

right()
{
	cat /tmp/access
	[ "$(bed get wrong)$(bed get lost)" = 00 ]
}
