# SPDX-License-Identifier: GPL-2.0-only
#
# bao-guest: everything that a person calls. The module's own build is in
# src/Kbuild, which the kernel's build system reads.

KVER	?= $(shell uname -r)
KDIR	?= /lib/modules/$(KVER)/build
export BAO_CACHE ?= $(HOME)/.cache/bao-guest
# for tests/bao/lane
export BAO BAO_RISCV64 BAO_QEMU BAO_COMMIT BAO_PUBLISHED BAO_CPUS SCENARIO

.DEFAULT_GOAL := modules
.PHONY: help modules modules_install clean demo check check-all check-kernels \
	check-install check-bao coverage matrix fuzz bench smoke unit static lint e2e e2e-pool mutants

help: ## show this list
	@echo "Targets:"
	@sed -n 's/^\([a-z0-9_-]*\):.*## /  \1	/p' $(MAKEFILE_LIST) | expand -t 20
	@echo "For another kernel or machine, with modules and modules_install:"
	@echo "  KVER=6.12.1-arm64   an installed kernel, with dkms-install too"
	@echo "  KDIR=DIR            where a kernel was built, or its headers"
	@echo "  ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-"
	@echo "                      another machine, for programs too; also arm with"
	@echo "                      arm-linux-gnueabihf-, riscv with riscv64-linux-gnu-"
	@echo "With install and dkms-install: DESTDIR=DIR, PREFIX=/usr/local, DOCDIR=, SYSLIB=/usr/lib"

modules: ## build bao.ko for the kernel in KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR)/src modules

modules_install: ## install bao.ko for that kernel
	$(MAKE) -C $(KDIR) M=$(CURDIR)/src modules_install

clean: ## remove what was built
	rm -rf build
	$(if $(wildcard $(KDIR)/Makefile),$(MAKE) -C $(KDIR) M=$(CURDIR)/src clean, \
		@echo "No kernel in $(KDIR): what was built in src/ is left.")

# not among what DKMS gets
-include packaging/install.mk

demo: ## two guests share a disk and messages, in QEMU
	tests/lib/setup demo
	tests/e2e/demo

check: ## all tests; the last line counts them
	tests/lib/setup check
	tests/check

check-all: ## every lane on every kernel; goes on where it was stopped
	tests/lib/setup matrix
	tests/check --all

check-kernels: ## the tests inside one kernel, on every kernel of the list
	tests/lib/setup matrix
	tests/check 'fakehv-*'

check-bao: ## two guests on the hypervisor: BAO=image.bin [SCENARIO="..."], see tests/bao
	tests/lib/setup check
	tests/bao/lanes

check-install: ## packages, overlays, baoctl, merged trees; Debian booted by U-Boot in QEMU
	tests/lib/setup install
	tests/check lint packages overlays baoctl docs trees-arm64-6.12 install-arm64-6.12

coverage: ## which lines of the module the tests inside one kernel reach
	tests/lib/setup check
	tests/coverage/run

matrix: ## build for every kernel of the list
	tests/lib/setup matrix
	tests/kernels/matrix

fuzz: ## use the module at random for HOURS (1), on the debug kernel
	tests/lib/setup check
	tests/fuzz/hours $(or $(HOURS),1)

bench: ## measure; prints a table and writes build/bench.json
	tests/lib/setup check
	tests/bench/run

smoke: ## build the program that checks a guest on real Bao
	$(MAKE) -C tests/smoke

unit: ## the tests of the user-space parts, with sanitizers
	tests/lib/setup check
	$(MAKE) -C tests/unit check

e2e: ## the two guests: disk, messages, dying daemons
	tests/lib/setup check
	tests/e2e/run

e2e-pool: ## the same with a frontend that shares a pool alone; builds its kernel
	tests/lib/setup check
	tests/e2e/pool

mutants: ## break the module in many ways, see what the tests notice; EVERY=10: a sample
	tests/lib/setup matrix
	tests/mutants/run --every $(or $(EVERY),1)

static: ## what sparse, checkpatch, coccinelle and clang find in the module
	tests/lib/setup check
	tests/static/run

lint: ## shell scripts and the user header
	tests/lib/setup check
	tests/lint
