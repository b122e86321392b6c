# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154 # lib.sh has them
#
# Registers of all widths, read and written while this guest's CPU has other work;
# each value is checked.
#
# budget 150

rounds=1000

backend()
{
	daemon
	while :; do :; done &
	busy=$!
	step 1
	check "the frontend makes $rounds rounds" \
		bed wait rounds "$rounds" 100
	kill "$busy"
	step 2
	await 2
	note "$(bed get reads) reads, $(bed get writes) writes by the daemon"
	check "each value came from the daemon" [ "$(dm answered_by_kernel)" = 0 ]
	check "each answer was taken" [ "$(bed get refused)" = 0 ]
	attributes bao-io-dispatcher dm0
}

frontend()
{
	await 1
	accesses 2
	step 2
}
