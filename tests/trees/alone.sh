#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest with an overlay, and without Bao.

# shellcheck source=tests/trees/guest.sh
. /guest.sh

check "the module has loaded by itself" loaded
expect "no hypervisor" 1 \
	"^problem: /bao-bus/bao-ipc@f0000000: .*the hypervisor is not Bao" \
	baoctl status
also "and that is to be done" \
	"^  try: .*the device tree of a guest that runs under Bao"
also "nothing else is wrong" "^1 problem$"
finish
