# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# The frontend hammers on QueueNotify until the module has braked a few times, or
# for half a minute. Then the line still lives, and nothing was lost.
#
# budget 120

backend()
{
	daemon
	step 1
	if within 30 more "dm storms" 5; then
		result 0 "the line was braked"
	else
		skip "the line was braked" "$(dm storms) times in 30 s"
	fi
	attributes bao-io-dispatcher dm0
	before=$(dm interrupts)
	check "the frontend goes on" goes_on 200 30
	check "by interrupts" more "dm interrupts" $((before + 200))
	step 2
	await 2
	check "each notify was signalled" [ "$(dm ioeventfd_hits)" = "$(bed get notified)" ]
	check "the kernel answered nothing" [ "$(dm answered_by_kernel)" = 0 ]
	attributes bao-io-dispatcher dm0
}

frontend()
{
	await 1
	accesses 2 50
	step 2
}
