#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the test programs inside the guest: loads bao.ko and fakehv.ko, runs the
# programs named in /tests/list, and looks through the kernel's messages.
# Standard output is the result: TAP, one document for each program.

base=$(sed -n 's/.*fakehv_base=\([^ ]*\).*/\1/p' /proc/cmdline)
size=$(sed -n 's/.*fakehv_size=\([^ ]*\).*/\1/p' /proc/cmdline)
failed=0

# result STATUS TEXT: one more test, of this script
result()
{
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		failed=1
	fi
}

insmod /bao.ko 2>&1
result $? "insmod bao.ko"
insmod /fakehv.ko base="$base" size="$size" 2>&1
result $? "insmod fakehv.ko"

while read -r program; do
	echo "# program $program"
	timeout -s KILL 240 "/tests/$program" 2>&1
	status=$?
	# The harness says 1 after a failed test, which it has named already.
	[ "$status" = 0 ] || failed=1
	[ "$status" -le 1 ]
	result $? "$program came to its end (status $status)"
done </tests/list

# After a failure a device may be left over, which pins the modules.
if [ "$failed" = 0 ]; then
	rmmod fakehv 2>&1
	result $? "rmmod fakehv"
	rmmod bao 2>&1
	result $? "rmmod bao"
fi

# What panic_on_warn does not stop at.
! dmesg | grep -E 'WARNING|BUG|Oops|Call [Tt]race|possible.*deadlock' 2>&1
result $? "no kernel warning"
exit $failed
