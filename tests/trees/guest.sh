# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Read by the scripts of all guests: what those of tests/e2e and of tests/bed
# have.

: >/tmp/out
# shellcheck source=tests/e2e/guest.sh
. /e2e.sh
# shellcheck source=tests/bed/guest.sh
. /bed.sh

# patiently COMMAND...: for at least five minutes, as other guests may have to boot first
patiently()
{
	patience=10

	until until_true "$@"; do
		patience=$((patience - 1))
		[ "$patience" -gt 0 ] || return 1
	done
}

# loaded: by itself, for nobody here has asked for it
loaded()
{
	[ -d /sys/module/bao ]
}

# node TEXT FILE: a node as the packages' rule has it
node()
{
	expect "$1" 0 "^character special file, 660 root:bao$" \
		stat -c '%F, %a %U:%G' "$2"
}

# leads LINK NODE
leads()
{
	[ -L "$1" ] && [ "$(readlink -f "$1")" = "$2" ]
}
