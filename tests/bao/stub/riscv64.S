/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the hypervisor enters a guest: jumps into the kernel, with its tree.
 * The number of the CPU is in a0 already.
 */

	.global _start
_start:
	li	a1, TREE
	li	t0, KERNEL
	jr	t0
