/* SPDX-License-Identifier: GPL-2.0-only */
/* Bao's calls as registers, by their number in the vmm's record. */
#ifndef REGISTERS_ABI_H
#define REGISTERS_ABI_H

#define CALL_IPC	1
#define CALL_REMIO	2

#define OP_WRITE	0
#define OP_READ		1
#define OP_ASK		2
#define OP_NOTIFY	3

#define TOP_BIT		(~(~0UL >> 1))

#if defined(__riscv)
/* a0 to a7 */
#define ABI_FIRST_ARG	0
#define ABI_FUNCTION(id) \
	{ { 7, 0x08000ba0 }, { 6, (id) } }
/* What a load of 32 bits leaves in a register. */
#define ABI_WORD(value)	((unsigned long)(int)(value))
#elif defined(__aarch64__)
/* x0 to x17 */
#define ABI_FIRST_ARG	1
#define ABI_FUNCTION(id) \
	{ { 0, 0xc6000000 | (id) } }
#define ABI_WORD(value)	((value) & 0xffffffffUL)
#elif defined(__arm__)
/* r0 to r6 */
#define ABI_FIRST_ARG	1
#define ABI_FUNCTION(id) \
	{ { 0, 0x86000000 | (id) } }
#define ABI_WORD(value)	(value)
#endif

#endif
