# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the shell scripts of the tests share. A script sources it first.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${BAO_CACHE:-$HOME/.cache/bao-guest}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
export BAO_CACHE=$cache

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# kernel NAME: reads the kernel's line of the list into the variables below
kernel()
{
	local entry

	entry=$(awk -v name="$1" '!/^#/ && $1 == name' "$top/tests/kernels/list")
	[ -n "$entry" ] || die "no kernel '$1' in tests/kernels/list"
	# shellcheck disable=SC2034 # for the scripts that source this file
	read -r name arch suite package toolchain matrix <<<"$entry"
}

# mirror DIR TO: in TO/DIR a tree of links to the sources in DIR, less what a
# build there has made; nothing is ever written through them
mirror()
{
	local file

	mkdir -p "$2/$1"
	find "$2/$1" -type l -delete
	(cd "$top" && find "$1" \( -name '*.[chS]' -o -name Kbuild \) \
		! -name '*.mod.c' ! -name bao-config.h) |
		while read -r file; do
			mkdir -p "$2/${file%/*}"
			ln -s "$top/$file" "$2/$file"
		done
}

# cross ARCH: the prefix of the compiler for a Debian architecture
cross()
{
	case $1 in
	amd64) echo x86_64-linux-gnu- ;;
	arm64) echo aarch64-linux-gnu- ;;
	armhf) echo arm-linux-gnueabihf- ;;
	riscv64) echo riscv64-linux-gnu- ;;
	*) die "unknown architecture $1" ;;
	esac
}
