/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the hypervisor enters a guest: jumps into the kernel, with its tree. */

	.global _start
_start:
	msr	daifset, #0xf
	ldr	x0, =TREE
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	ldr	x4, =KERNEL
	br	x4
