# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For shell scripts that are tests: source it after common.sh, call check for
# each test, and finish last.

num=0 failed=0

# check NAME COMMAND...: one test; what the command prints is shown if it fails
check()
{
	local output name=$1

	shift
	num=$((num + 1))
	if output=$("$@" 2>&1); then
		echo "ok $num - $name"
		return
	fi
	echo "not ok $num - $name"
	echo "# ${output//$'\n'/$'\n'# }"
	failed=1
}

# absent PATTERN PATH...: no line matches
absent()
{
	local pattern=$1

	shift
	git grep -nE "$pattern" -- "$@"
	# 1 is "nothing found", more is an error
	[ $? = 1 ]
}

finish()
{
	echo "1..$num"
	exit "$failed"
}
