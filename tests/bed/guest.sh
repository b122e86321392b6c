# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Read by the tests that tests/bed/run starts: what they say in TAP, and the
# devices of fakehv.

tests=0 failed=0

# result STATUS TEXT
result()
{
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		sed 's/^/# /' /tmp/out
		failed=1
	fi
}

# expect TEXT STATUS PATTERN COMMAND...: the status, and a line of the output
expect()
{
	local text=$1 want=$2 pattern=$3 status=0

	shift 3
	"$@" >/tmp/out 2>&1 || status=$?
	[ "$status" = "$want" ] && grep -qE "$pattern" /tmp/out
	result $? "$text"
}

# also TEXT PATTERN: one more line of the same output
also()
{
	grep -qE "$2" /tmp/out
	result $? "$1"
}

# devices: a channel and device models appear
devices()
{
	local base size

	base=$(sed -n 's/.*fakehv_base=\([^ ]*\).*/\1/p' /proc/cmdline)
	size=$(sed -n 's/.*fakehv_size=\([^ ]*\).*/\1/p' /proc/cmdline)
	insmod /fakehv.ko base="$base" size="$size"
}

# end: the modules go; what did they leave behind?
end()
{
	rmmod fakehv 2>/tmp/out
	result $? "rmmod fakehv"
	rmmod bao 2>/tmp/out
	result $? "rmmod bao"
	/complaints >/tmp/out
	result $? "no kernel warning, no leak"
	echo "1..$tests"
	exit $failed
}
