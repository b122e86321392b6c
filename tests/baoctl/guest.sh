#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2016 # commands are for the bed's shell
#
# Inside the guest: baoctl on the devices of the bed, of which one thing after
# the other does not work.

# shellcheck source=tests/bed/guest.sh
. /guest.sh

blk='/bao-blk --window 0xa003e00 --image /bao.ko'

echo "KTAP version 1"
expect "no module" 1 "^problem: bao: the module is not loaded" /baoctl status
expect "no channel without the module" 1 \
	"^baoctl ipc notify: /dev/baoipc1: there is no such channel" \
	/baoctl ipc notify 1

insmod /bao.ko
expect "no device tree" 1 "^problem: device tree: this machine has none" \
	/baoctl status

devices

expect "all is well" 0 "^no problem" /bed '/baoctl status'
also "the channel is shown" "^channel 1, /dev/baoipc1"
also "its events are shown" \
	"^  event 1: its interrupt came 0 times"
also "the device models are shown" "^device model 1"
also "there is no daemon yet" "^note: dm1: no daemon has served it yet"
expect "status as JSON" 0 '"hypervisor": *"bao"' /bed '/baoctl status --json'
expect "channels as a list" 0 "^ +1  /dev/baoipc1 +0x[0-9a-f]+ +0x[0-9a-f]+ +2 " \
	/bed '/baoctl ipc list'
expect "device models as a list" 0 "^ 1  idle " /bed '/baoctl dm list'
expect "no nodes" 1 "^problem: baoipc1: /dev/baoipc1: No such file" \
	/bed 'rm /dev/bao*; /baoctl status'
also "the dispatcher's node is missed too" \
	"^problem: dm: /dev/bao-io-dispatcher: No such file"

expect "doorbells" 0 "^  rang the peer 2 times" \
	/bed '/baoctl ipc notify 1 && /baoctl ipc notify --event 31 1 &&
		/baoctl status'
also "a peer that never rings" \
	"^note: baoipc1: the peer was rung 2 times and never rang itself"
expect "a refused doorbell" 1 \
	"^baoctl ipc notify: /dev/baoipc1: the hypervisor refused: .*ipcs.1." \
	/bed --refuse '/baoctl ipc notify 1'
expect "status knows of refused doorbells" 1 \
	"^problem: baoipc1: the hypervisor refused [1-9][0-9]* doorbells" \
	/bed --refuse '/baoctl ipc notify 1; /baoctl status'
expect "no such channel" 1 \
	"^baoctl ipc read: /dev/baoipc5: there is no such channel" \
	/bed '/baoctl ipc read 5'
expect "not a channel" 1 "^baoctl ipc read: /dev/null: not a channel of Bao" \
	/bed '/baoctl ipc read /dev/null'

expect "write, and the echo" 0 "^hello there" \
	/bed --peer '/baoctl ipc write 1 "hello there" && sleep 1 &&
		/baoctl ipc read -l 11 1'
expect "write standard input at an offset" 0 "^hello where" \
	/bed --peer '/baoctl ipc write 1 "hello there" && echo -n where |
		/baoctl ipc write -o 6 1 && sleep 1 &&
		/baoctl ipc read --length 11 1'
expect "a dump" 0 "^00000000  68 65 6c 6c 6f 20 64 75 6d 70 .*[|]hello dump" \
	/bed --peer '/baoctl ipc write 1 "hello dump" && sleep 1 &&
		/baoctl ipc read -x 1'
expect "more than fits" 1 "nothing was written$" \
	/bed 'head -c 1000000 /dev/zero | /baoctl ipc write 1'
expect "wait for the peer" 0 "^event 0: [0-9]+" \
	/bed --peer '(sleep 1; /baoctl ipc write 1 "a word") &
		/baoctl ipc wait --timeout 10 1'
expect "read when the peer rings" 0 "^next word" \
	/bed --peer '(sleep 1; /baoctl ipc write 1 "next word") &
		/baoctl ipc read --wait --timeout 10 -l 9 1'
expect "wait in vain" 1 "^baoctl ipc wait: .*nothing came within 0.500 s" \
	/bed '/baoctl ipc wait -e 1 -t 0.5 1'
expect "an event that there is not" 1 "there is no event 7, only 0 to 1" \
	/bed '/baoctl ipc wait -e 7 1'
expect "messages there and back" 0 "^100 messages there and back" \
	/bed --peer '/baoctl ipc bench -n 100 1'
expect "they have an end that does not ring" 1 \
	"^baoctl ipc bench: .* their interrupts never did" \
	/bed --peer --mute '/baoctl ipc bench -n 3 1'
expect "nobody sends them back" 1 "a message did not come back" \
	/bed '/baoctl ipc bench -t 0.5 1'
expect "nobody sends any" 1 "no message came within 500 ms" \
	/bed '/baoctl ipc bench --echo -t 0.5 1'

expect "a daemon that serves" 0 "^  served by process [0-9]+ \(bao-blk\)" \
	/bed "$blk"' & sleep 1; /baoctl status; s=$?; kill $!; exit $s'
expect "a daemon that was killed" 1 "^problem: dm0: no daemon: it went away" \
	/bed "$blk"' & sleep 1; kill -9 $!; sleep 1; /baoctl status'
expect "a daemon that never came" 1 \
	"^problem: dm0: no daemon: the frontend waits" \
	/bed --frontend 'sleep 3; /baoctl status; s=$?
		'"$blk"' & sleep 3; kill $!; exit $s'
expect "a daemon that hangs" 1 \
	"^problem: dm0: process [0-9]+ \(bao-blk\) has owed the frontend" \
	/bed --frontend "$blk"' & sleep 0.5; kill -STOP $!; sleep 4
		/baoctl status; s=$?; kill -CONT $!; sleep 2; kill $!; exit $s'
expect "interrupts that never come" 1 \
	"^problem: dm0: requests came, its interrupt never did" \
	/bed --frontend --deaf "$blk"' & sleep 5; /baoctl status; s=$?
		kill $!; exit $s'
expect "a trace" 0 "^[0-9.]+  the frontend reads 4 bytes at 0xa003e00" \
	/bed --frontend '/baoctl dm trace -t 5 0 & t=$!; '"$blk"' & sleep 6
		kill $!; wait $t'
also "with the answers" "^[0-9.]+  request [0-9]+ is answered: 0x74726976"
expect "a trace as JSON" 0 '^\{"time":[0-9.]+,"tracepoint":"ask","dm":0,' \
	/bed --frontend '/baoctl dm trace --json -n 1 -t 5 0 & t=$!; '"$blk"' &
		sleep 6; kill $!; wait $t'
ls /sys/kernel/tracing/instances >/tmp/out
[ ! -s /tmp/out ]
result $? "no trace instance is left"
expect "no such device model" 1 "there is no device model 7 here" \
	/bed '/baoctl dm trace 7'

end
