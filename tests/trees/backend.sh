#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guest that serves a disk.

# shellcheck source=tests/trees/guest.sh
. /guest.sh

dm=$(echo /sys/bus/platform/drivers/bao-io-dispatcher/*/dm0)

waits()
{
	[ "$(cat "$dm/interrupts")" -gt 0 ]
}

served()
{
	[ "$(cat "$dm/state")" = served ]
}

check "the module has loaded by itself" loaded
# for the guest with the mistakes
baoctl ipc bench --echo --timeout 900 2 >&2 &
echo=$!
node "the control node" /dev/bao-io-dispatcher
for id in 0 1 2 3; do
	node "the node of channel $id" "/dev/baoipc$id"
	check "its name by number" leads "/dev/bao/by-id/ipc$id" "/dev/baoipc$id"
done
check "a name by label" leads /dev/bao/by-label/sensors /dev/baoipc0
check "a name for the control node" \
	leads /dev/bao/io-dispatcher /dev/bao-io-dispatcher
expect "no other name" 0 "^6$" sh -c 'find /dev/bao -type l | wc -l'

say "look"
check "the frontend has come" patiently waits
expect "no daemon is a mistake" 1 \
	"^problem: dm0: no daemon: the frontend waits" baoctl status
also "and that is to be done" "^  try: start its daemon, for device model 0"

truncate -s 16M /tmp/disk
chown games /tmp/disk
sed -i 's/^bao:.*:$/&games/' /etc/group
su -s /bin/sh games -c 'exec bao-blk --window 0xa003e00 --image /tmp/disk' >&2 &
blk=$!
check "a member of the group serves the disk" until_true served
expect "all is well" 0 "^no problem$" baoctl status
also "the device model is there" "^device model 0: disk$"
also "its region and its interrupt" \
	"^  262144 KiB at 0x80000000; interrupt 40 \(<0 8 1> in the device tree\) came"
also "its daemon" "^  served by process [0-9]+ \(bao-blk\)$"
also "the channels are there" "^channel 0: sensors, /dev/baoipc0$"

frontend_done()
{
	heard | grep -q "^done"
}

# The guest with the mistakes says when it has seen them.
wrong_done()
{
	baoctl ipc notify 3
	[ "$(head -c 4 /dev/baoipc2)" = "done" ]
}
check "the frontend is done" patiently frontend_done
check "the guest with the mistakes is done" patiently wrong_done
kill "$echo"

expect "who is not in the group" 0 \
	"^note: baoipc0: /dev/baoipc0: permission denied for this user$" \
	su -s /bin/sh nobody -c "baoctl status"
also "and that is to be done" "^  try: be root, or in the group bao: adduser"
expect "a daemon that was killed" 1 "^problem: dm0: no daemon: it went away" \
	sh -c "kill -9 $blk; sleep 1; baoctl status"
check "the module lets go" until_true rmmod bao
# udevd looks for new files there every few seconds
echo "blacklist bao" >/etc/modprobe.d/local.conf
udevadm control --reload
udevadm trigger --action=add --settle --subsystem-match=platform
! loaded
result $? "a blacklist keeps it away"
expect "a blacklist" 1 \
	"^problem: bao: the module is not loaded: /etc/modprobe.d/local.conf has" \
	baoctl status
also "and that is to be done" "^  try: take it out of there, then modprobe bao"
also "nothing else is wrong" "^1 problem$"
rm /etc/modprobe.d/local.conf
udevadm control --reload
udevadm trigger --action=add --settle --subsystem-match=platform
check "without it the module is back" loaded
udevadm settle
node "and so are the nodes" /dev/baoipc0
finish
