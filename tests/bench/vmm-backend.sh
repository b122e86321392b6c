#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The backend guest of the vmm bed: serves until the frontend ends.

# shellcheck source=tests/bench/vmm.sh
. /vmm.sh

override d1000000.bao-io-dispatcher bao-floor-dm
insmod /bao.ko || end 1
while /pingpong --serve --access mmap --timeout 1000000 /dev/baoipc0; do
	:
done &
/backend 0 0xa003e00
end 1
