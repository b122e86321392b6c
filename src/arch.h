/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The native hypercall: the only code that knows registers.
 *
 * Each form loads and stores the registers inside one asm statement, through a
 * pointer that lives in a register the call preserves. Register variables
 * would do in theory, but sanitizers put calls between their assignment and
 * the asm. The kernel's own helpers do not fit: arm_smccc_1_1_hvc() returns
 * four registers and can set the SVE hint bit, which Bao refuses, sbi_ecall()
 * promises that a2 to a7 survive, and neither exists in one form on all
 * kernels.
 */
#ifndef BAO_ARCH_H
#define BAO_ARCH_H

#include "hypercall.h"

#if defined(CONFIG_ARM64)

#include <asm/virt.h>

/* SMC64, fast, vendor-specific hypervisor service. */
#define BAO_ARM_FUNCTION	0xC6000000UL

static inline void bao_arch_call(struct bao_call *call)
{
	unsigned long regs[7] = {
		BAO_ARM_FUNCTION | call->id, call->arg[0], call->arg[1],
		call->arg[2], call->arg[3], call->arg[4], 0,
	};
	int i;

	/* Orders earlier stores to shared memory before the call, too. */
	asm volatile("ldp	x0, x1, [%0]\n"
		     "ldp	x2, x3, [%0, #16]\n"
		     "ldp	x4, x5, [%0, #32]\n"
		     "ldr	x6, [%0, #48]\n"
		     "hvc	#0\n"
		     "stp	x0, x1, [%0]\n"
		     "stp	x2, x3, [%0, #16]\n"
		     "stp	x4, x5, [%0, #32]\n"
		     "str	x6, [%0, #48]\n"
		     :
		     : "r" (regs)
		     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8",
		       "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
		       "x17", "cc", "memory");
	call->result = (long)regs[0];
	for (i = 0; i < 6; i++)
		call->out[i] = regs[i + 1];
}

#define BAO_ARCH_CALL	bao_arch_call

#elif defined(CONFIG_ARM)

#include <asm/opcodes-virt.h>

/* SMC32, fast, vendor-specific hypervisor service. */
#define BAO_ARM_FUNCTION	0x86000000UL

static inline void bao_arch_call(struct bao_call *call)
{
	unsigned long regs[7] = {
		BAO_ARM_FUNCTION | call->id, call->arg[0], call->arg[1],
		call->arg[2], call->arg[3], call->arg[4], 0,
	};
	int i;

	asm volatile("ldm	%0, {r0-r6}\n"
		     __HVC(0)
		     "stm	%0, {r0-r6}\n"
		     :
		     : "r" (regs)
		     : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "ip", "lr",
		       "cc", "memory");
	call->result = (long)regs[0];
	for (i = 0; i < 6; i++)
		call->out[i] = regs[i + 1];
}

#define BAO_ARCH_CALL	bao_arch_call

#elif defined(CONFIG_RISCV)

#include <asm/asm.h>

/* REG_L, REG_S and SZREG are strings in C. */
#define BAO_SBI_EXTENSION	0x08000ba0UL

static inline void bao_arch_call(struct bao_call *call)
{
	unsigned long regs[8] = {
		call->arg[0], call->arg[1], call->arg[2], call->arg[3],
		call->arg[4], 0, call->id, BAO_SBI_EXTENSION,
	};
	int i;

#define BAO_REG(op, n)	op "	a" #n ", " #n "*" SZREG "(%0)\n"
	asm volatile(BAO_REG(REG_L, 0) BAO_REG(REG_L, 1) BAO_REG(REG_L, 2)
		     BAO_REG(REG_L, 3) BAO_REG(REG_L, 4) BAO_REG(REG_L, 5)
		     BAO_REG(REG_L, 6) BAO_REG(REG_L, 7)
		     "ecall\n"
		     BAO_REG(REG_S, 0) BAO_REG(REG_S, 1) BAO_REG(REG_S, 2)
		     BAO_REG(REG_S, 3) BAO_REG(REG_S, 4) BAO_REG(REG_S, 5)
		     BAO_REG(REG_S, 6) BAO_REG(REG_S, 7)
		     :
		     : "r" (regs)
		     : "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
		       "memory");
#undef BAO_REG
	/* a0 is SBI's error: 0 under Bao, whatever becomes of the call. */
	call->result = regs[0] ? BAO_RESULT_UNKNOWN : (long)regs[1];
	for (i = 0; i < 6; i++)
		call->out[i] = regs[i + 2];
}

#define BAO_ARCH_CALL	bao_arch_call

#endif

#ifndef BAO_ARCH_CALL
/* No native hypervisor: a backend has to be registered. */
#define BAO_ARCH_CALL	NULL
#endif

/**
 * bao_arch_guest - whether the native call can reach a hypervisor at all
 *
 * Return: false where it would be taken by this kernel itself.
 */
static inline bool bao_arch_guest(void)
{
#if defined(CONFIG_ARM64)
	return !is_kernel_in_hyp_mode();
#else
	return true;
#endif
}

/**
 * bao_arch_extend - put the answer to a read into register form
 * @value: the answer, masked to the width
 * @width: width of the access in bytes
 *
 * Bao stores the whole register, and does what no load instruction does. Of the
 * RISC-V loads of 32 bits, the one that compilers use extends the sign.
 *
 * Return: what the frontend's register is to hold.
 */
static inline u64 bao_arch_extend(u64 value, unsigned long width)
{
#if defined(CONFIG_RISCV) && defined(CONFIG_64BIT)
	if (width == 4)
		return (u64)(s32)value;
#endif
	return value;
}

#endif /* BAO_ARCH_H */
