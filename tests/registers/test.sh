#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the test program inside the guest. Standard output is the result.

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

# between two tests requests wait; nothing but a test makes the module call
insmod /bao.ko poll_ms=0 dm_grace_ms=-1
result $? "insmod bao.ko"
/registers 2>&1 || failed=1
rmmod bao
result $? "rmmod bao"
exit "$failed"
