#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest that nobody has given an overlay.

# shellcheck source=tests/trees/guest.sh
. /guest.sh

expect "no overlay" 1 "^problem: device tree: no node of Bao's" baoctl status
also "and that is to be done" "^  try: .*apply an overlay"
also "nothing else is wrong" "^1 problem$"
! loaded
result $? "the module has not loaded"
finish
