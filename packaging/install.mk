# SPDX-License-Identifier: GPL-2.0-only
#
# Installation and packages; part of the Makefile one level up. The source that
# DKMS gets has none of this but dkms-install.

PREFIX	?= /usr/local
# udev, modprobe and systemd-sysusers look below /usr/lib whatever PREFIX is.
SYSLIB	?= /usr/lib
DOCDIR	?= $(PREFIX)/share/doc/bao-guest
SRCDIR	?= /usr/src
VERSION	:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

packages := build/packages
# and the pages that they refer to
documents := README.md $(wildcard docs/*.md) include/uapi/linux/bao.h \
	tests/backend/README.md tests/bench/README.md tests/smoke/README.md
examples := $(wildcard tests/backend/*.[ch]) tests/backend/README.md
install	:= install -m 644
# Debian's name of ARCH, for a package of another architecture
debarch	= $(or $(patsubst riscv,riscv64,$(patsubst arm,armhf,$(ARCH))),$(shell dpkg --print-architecture))

.PHONY: install install-tools install-docs install-dev install-system tools \
	dkms-install dist deb rpm check-packages

tools: ## build baoctl and the overlays
	$(MAKE) -C tools/baoctl
	$(MAKE) -C dts

install: install-tools install-docs install-dev install-system ## install all but the module (DESTDIR=, PREFIX=/usr/local)

install-tools: tools
	$(MAKE) -C tools/baoctl install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(install) -D -t $(DESTDIR)$(PREFIX)/share/bao-guest/overlays \
		$(patsubst dts/%.dtso,build/dts/%.dtbo,$(wildcard dts/*.dtso)) \
		dts/README
	for page in man/*.[1-8]; do \
		$(install) -D -t $(DESTDIR)$(PREFIX)/share/man/man$${page##*.} \
			$$page || exit; \
	done

# As they lie here, so that they find each other.
install-docs:
	for page in $(documents); do \
		$(install) -D $$page $(DESTDIR)$(DOCDIR)/$$page || exit; \
	done
	ln -sfnr $(DESTDIR)$(PREFIX)/share/bao-guest/overlays \
		$(DESTDIR)$(DOCDIR)/dts

install-dev:
	$(install) -D -t $(DESTDIR)$(PREFIX)/include/linux include/uapi/linux/bao.h
	mkdir -p $(DESTDIR)$(PREFIX)/share/pkgconfig
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' packaging/bao-guest.pc.in \
		>$(DESTDIR)$(PREFIX)/share/pkgconfig/bao-guest.pc
	$(install) -D -t $(DESTDIR)$(DOCDIR)/examples/bao-blk $(examples)
	$(install) packaging/example.mk $(DESTDIR)$(DOCDIR)/examples/bao-blk/Makefile

install-system:
	$(install) -D packaging/udev.rules \
		$(DESTDIR)$(SYSLIB)/udev/rules.d/70-bao-guest.rules
	$(install) -D packaging/modprobe.conf \
		$(DESTDIR)$(SYSLIB)/modprobe.d/bao-guest.conf
	$(install) -D packaging/sysusers.conf \
		$(DESTDIR)$(SYSLIB)/sysusers.d/bao-guest.conf

dkms-install: ## build and install the module by DKMS; with DESTDIR= only its source
	$(if $(DESTDIR),,test ! -d /var/lib/dkms/bao-guest/$(VERSION) || \
		dkms remove bao-guest/$(VERSION) --all)
	rm -rf $(DESTDIR)$(SRCDIR)/bao-guest-$(VERSION)
	mkdir -p $(DESTDIR)$(SRCDIR)/bao-guest-$(VERSION)
	find Makefile dkms.conf include src -name Makefile -o \
		-name dkms.conf -o -name Kbuild -o \
		-name '*.[ch]' ! -name '*.mod.c' ! -name bao-config.h | \
		tar -c --mode=u=rwX,go=rX -T - | \
		tar -x --no-same-owner -C $(DESTDIR)$(SRCDIR)/bao-guest-$(VERSION)
	$(if $(DESTDIR),,dkms install bao-guest/$(VERSION) -k $(KVER))

# What is committed, so that nothing else slips in; where no git is, as in what
# was unpacked from such a file, what a build does not make.
pack = $(if $(wildcard .git),git archive --prefix=$(1)/ HEAD, \
	tar -c --owner=0 --group=0 --numeric-owner --sort=name \
	--exclude=./build --exclude-vcs-ignores --transform='s|^\.|$(1)|' .)
tarball := $(packages)/bao-guest-$(VERSION).tar

dist: ## pack the sources as build/packages/bao-guest-VERSION.tar.gz
	mkdir -p $(packages)
	rm -f $(tarball).gz
	$(call pack,bao-guest-$(VERSION)) >$(tarball)
	gzip -9nf $(tarball)

deb: dist ## build the Debian packages of what is committed (ARCH= for another architecture)
	rm -rf build/deb
	mkdir -p build/deb
	tar -C build/deb -xf $(tarball).gz
	cd build/deb/bao-guest-$(VERSION) && env -u MAKEFLAGS -u MAKEOVERRIDES \
		dpkg-buildpackage -us -uc --host-arch=$(debarch) $(DEBFLAGS)
	rm -rf build/deb/bao-guest-$(VERSION)
	mv build/deb/* $(packages)
	rm -rf build/deb

# Fedora's macros for where there are none; Debian's own script to compress pages
# has the wrong shell, and its other ones do not strip.
rpm_macros = $(if $(filter-out /%,$(shell rpm --eval '%{_udevrulesdir}' 2>/dev/null)), \
	--nodeps --define '_udevrulesdir $(SYSLIB)/udev/rules.d' \
	--define '_modprobedir $(SYSLIB)/modprobe.d' \
	--define '_sysusersdir $(SYSLIB)/sysusers.d' \
	--define '__os_install_post bash /usr/lib/rpm/brp-compress; strip %{buildroot}%{_bindir}/*')

rpm: dist ## build the RPM packages of what is committed
	rpmbuild -ba --define '_topdir $(CURDIR)/build/rpm' \
		--define '_sourcedir $(CURDIR)/$(packages)' $(rpm_macros) $(RPMFLAGS) \
		rpm/bao-guest.spec
	mv build/rpm/RPMS/*/*.rpm build/rpm/SRPMS/*.rpm $(packages)
	rm -rf build/rpm

check-packages: ## build all packages, look into them, and install them in a chroot
	tests/lib/setup check
	tests/packages/run --all
