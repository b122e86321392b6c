#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Inside both guests: runs the scenario that the kernel's command line names.

# shellcheck source=tests/bao/guest/lib.sh
. /lib.sh
# shellcheck disable=SC1090 # that is its point
. "/scenarios/$scenario.sh"
begin
"$role"
finish
