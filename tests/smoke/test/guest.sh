#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2016 # commands are for the bed's shell
#
# Inside the guest: breaks one thing after the other and looks whether bao-smoke
# names it.

# shellcheck source=tests/bed/guest.sh
. /guest.sh

# reaches ATTRIBUTE PATTERN: a command that waits for device model 0 to
reaches()
{
	echo "timeout 60 sh -c 'until grep -q \"$2\" \
		/sys/bus/platform/drivers/bao-io-dispatcher/*/dm0/$1
		do usleep 100000; done'"
}

echo "KTAP version 1"
expect "no module" 1 "^problem: the module bao is not loaded" /bao-smoke
expect "help" 0 "^usage:" /bao-smoke --help
expect "wrong option" 2 "^usage:" /bao-smoke --dm 16

insmod /bao.ko
expect "no device" 1 "^problem: the module has no device" /bao-smoke

devices
expect "all is well" 0 "^bao-smoke: 7 ok, 0 problems" /bed /bao-smoke
expect "no nodes" 1 "^problem: a dispatcher is bound and /dev/bao-io-disp" \
	/bed 'rm /dev/bao*; /bao-smoke'
expect "doorbell refused" 1 "^problem: baoipc1: the doorbell is refused" \
	/bed --refuse /bao-smoke
expect "unknown device model" 1 "^problem: dm7: cannot be opened" \
	/bed '/bao-smoke --dm 7'
expect "silent frontend" 1 "^problem: dm0: no access of the frontend" \
	/bed '/bao-smoke --dm 0 --wait 1'
expect "a killed daemon, then an answer" 0 "^frontend: 0x74726976" \
	/bed --frontend '/bao-smoke --dm 0 --answer'
also "the request of a killed daemon comes again" \
	"^ok: dm0: a daemon was killed, its request came again"
expect "lost interrupts" 1 "^problem: dm0: .* its interrupt never did" \
	/bed --frontend --deaf '/bao-smoke --dm 0 --answer'
expect "the access goes to the next daemon" 0 "^frontend: 0x74726976" \
	/bed --frontend '/bao-smoke --dm 0 &&
		/bao-blk --window 0xa003e00 --image /bao.ko &
		'"$(reaches completed '^2$')"'; kill $!'
expect "a daemon serves already" 1 "^problem: dm0: process [0-9]+ serves it" \
	/bed '/bao-blk --window 0xa003e00 --image /bao.ko &
		'"$(reaches state served)"'
		/bao-smoke --dm 0; status=$?; kill $!; exit $status'
expect "echo" 0 "^ok: baoipc1: 10 messages came back" \
	/bed --peer '/bao-smoke --ipc 1 --wait 5'
expect "echo without interrupts" 1 "^problem: baoipc1: .* never did" \
	/bed --peer --mute '/bao-smoke --ipc 1 --wait 5'
expect "no echo" 1 "^problem: baoipc1: message [0-9]+ did not come back" \
	/bed '/bao-smoke --ipc 1 --wait 1'
expect "nothing to echo" 1 "^problem: baoipc1: no message came" \
	/bed '/bao-smoke --ipc 1 --echo-peer --wait 1'
expect "no such channel" 1 "^problem: /dev/baoipc5" \
	/bed '/bao-smoke --ipc 5'
end
