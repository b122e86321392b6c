# SPDX-License-Identifier: GPL-2.0-only
# All of baoctl but main(), in a system that is made of files.
baoctl := $(top)/tools/baoctl
baoctl_sources := $(filter-out %/main.c,$(wildcard $(baoctl)/*.c)) \
		  $(wildcard $(src)/baoctl/*.c)
baoctl_headers := $(wildcard $(baoctl)/*.h $(src)/baoctl/*.h)
baoctl_flags := -I$(baoctl) -DBAOCTL_VERSION='"1.2.3"'
baoctl_libs := -Wl,--wrap=ioctl,--wrap=poll,--wrap=pwrite \
	       -Wl,--wrap=mkdir,--wrap=rmdir,--wrap=uname \
	       -ljson-c -lfdt
