#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the test programs inside the guest: loads bao.ko and fakehv.ko, runs the
# programs named in /tests/list, and looks through the kernel's messages.
# Standard output is the result: one TAP document for each program, and one for
# each thing that this script checks. The kernel's command line can say how many
# seconds a program may take: limit=SECONDS, and how bao.ko is loaded:
# bao_args=ARGUMENT.

base=$(sed -n 's/.*fakehv_base=\([^ ]*\).*/\1/p' /proc/cmdline)
size=$(sed -n 's/.*fakehv_size=\([^ ]*\).*/\1/p' /proc/cmdline)
failed=0

# result STATUS TEXT: a test of this script
result()
{
	echo "KTAP version 1"
	echo "1..1"
	if [ "$1" = 0 ]; then
		echo "ok 1 $2"
	else
		echo "not ok 1 $2"
		failed=1
	fi
}

insmod /bao.ko ${bao_args:+"$bao_args"}
result $? "insmod bao.ko"
insmod /fakehv.ko base="$base" size="$size"
result $? "insmod fakehv.ko"

# a line is PROGRAM, or PROGRAM:TEST for one test of it
while IFS=: read -r program name; do
	echo "# program $program"
	# To run none of its tests is no failure for the program.
	if [ -n "$name" ]; then
		"/tests/$program" -l 2>&1 | grep -q " $name\$"
		result $? "$program has a test $name"
	fi
	timeout -s KILL "${limit:-900}" "/tests/$program" ${name:+-t "$name"} 2>&1
	status=$?
	[ "$status" = 0 ] || failed=1
	# 1 says that a test failed, which the program has named already.
	[ "$status" -le 1 ]
	result $? "$program came to its end"
done </tests/list

# After a failure a device may be left over, which pins the modules.
if [ "$failed" = 0 ]; then
	rmmod fakehv
	result $? "rmmod fakehv"
	rmmod bao
	result $? "rmmod bao"
fi

/complaints >/tmp/complaints
result $? "no kernel warning, no leak"
sed 's/^/# /' /tmp/complaints
exit "$failed"
