/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image that is not Bao, for tests/bao/check: moves both guests to where they
 * want to be entered, one over the other, enters the first one at EL1, and
 * refuses all hypercalls.
 */

#define FROM		0x60000000
#define TO		0x80000000
#define SIZE		0x07000000

	.global _start
_start:
	mrs	x0, mpidr_el1
	tst	x0, #0xff
	b.ne	park
	ldr	x0, =FROM
	ldr	x1, =TO
	ldr	x2, =TO + SIZE
copy:
	ldp	x3, x4, [x0], #16
	stp	x3, x4, [x1], #16
	cmp	x1, x2
	b.lo	copy
	/* EL1 is AArch64, and has the timers and the interrupt controller */
	mov	x0, #(1 << 31)
	msr	hcr_el2, x0
	mov	x0, #3
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x9
	msr	S3_4_C12_C9_5, x0
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	ldr	x0, =0x30d00800
	msr	sctlr_el1, x0
	mov	x0, #0x33ff
	msr	cptr_el2, x0
	adr	x0, vectors
	msr	vbar_el2, x0
	mov	x0, #0x3c5
	msr	spsr_el2, x0
	ldr	x0, =TO
	msr	elr_el2, x0
	ic	iallu
	dsb	sy
	isb
	eret
park:
	wfi
	b	park

	.ltorg
	.balign	0x800
vectors:
	.rept	8
	.balign	0x80
	b	.
	.endr
	/* from EL1: not supported */
	.balign	0x80
	mov	x0, #-1
	eret
	.rept	7
	.balign	0x80
	b	.
	.endr
