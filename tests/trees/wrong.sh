#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest whose tree has one mistake in nearly every node, see wrong_trees() in
# run. Each has to be named, with what to do about it.

# shellcheck source=tests/trees/guest.sh
. /guest.sh

rang()
{
	grep -q '^1 [1-9]' \
		/sys/bus/platform/drivers/bao-ipcshmem/f0010000.bao-ipc/ipc/events
}

# named TEXT FINDING ADVICE: patterns of a finding and of a line below it
named()
{
	awk -v finding="$2" -v advice="$3" '
		!/^  try: / { in_it = $0 ~ finding }
		in_it && /^  try: / && $0 ~ advice { found = 1 }
		END { exit !found }' /tmp/out
	result $? "$1"
}

# speaks: the peer may not listen yet; what was sent before it did is lost
speaks()
{
	tries=60

	while [ "$tries" -gt 0 ]; do
		ended=0
		baoctl ipc bench --timeout 10 --count 3 0 >/tmp/bench 2>&1 ||
			ended=$?
		grep -q "did not come back" /tmp/bench || break
		tries=$((tries - 1))
	done
	cat /tmp/bench
	return "$ended"
}

check "the module has loaded by itself" loaded
expect "messages arrive and interrupts do not" 1 "their interrupts never did" \
	speaks
expect "a channel that Bao does not know" 1 \
	"the hypervisor refused: .*ipcs\[7\]" baoctl ipc notify 7
check "the peer rings" until_true rang
check "it can be rung" baoctl ipc notify 1
baoctl ipc write 0 "done"

bus=/bao-bus/
expect "status finds mistakes" 1 "^10 problems$" baoctl status
named "an INTID in the place of an SPI" \
	"^note: baoipc0: the peer was rung .* interrupt 84 .<0 52 1>" \
	"if it names 52, .* write <0 20 1> there"
named "interrupts in the wrong order" \
	"^note: baoipc1: event 0 never came, and event 1 did" "another order"
named "a number of no channel" \
	"^problem: baoipc7: the hypervisor refused" "there is no ipcs.7."
named "a region in the guest's memory" \
	"^problem: ${bus}bao-ipc@58000000: .* is System RAM" "no-map"
named "a region that is too small" \
	"^problem: ${bus}bao-ipc@f0040000: .* leave the region" "inside reg"
named "channels that overlap" \
	"^problem: ${bus}bao-ipc@f0050000: .*overlaps read-channel" \
	"share no byte"
named "one number twice" \
	"^problem: ${bus}bao-ipc@f00[6a]0000: .*channel 11 exists already" \
	"give each its own"
named "a number of no device model" \
	"^problem: ${bus}bao-io-dispatcher@80000000: .* device model 3" \
	"fewer remio_devs"
named "a node that is switched off" \
	"^note: ${bus}bao-ipc@f0070000: its status is not okay" 'status = "okay"'
named "a misspelt compatible" \
	"^problem: ${bus}bao-ipc@f0080000: no driver knows .*, bao,ipc-shmem" \
	"bao,ipcshmem is a channel"
also "interrupts as a PLIC has them" \
	"^problem: .*bao-ipc@f0090000: interrupts: not as many cells.*writes"
named "a dispatcher without interrupts" \
	"^problem: ${bus}bao-io-dispatcher@90000000: .*interrupts: " \
	"one interrupt for each"
named "a window where nobody answers" \
	"^problem: ${bus}virtio@a004e00: nobody answered" \
	"is the window where Bao's configuration has it"
finish
