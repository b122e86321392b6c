/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that a hypervisor can emulate: one plain instruction each, which a
 * compiler would not promise.
 */
#ifndef MMIO_H
#define MMIO_H

#include <stdint.h>

#if defined(__aarch64__)
#define LOAD(insn, reg, type)						\
	type value;							\
	__asm__ volatile(insn " %" reg "0, [%1]" : "=r"(value)		\
			 : "r"(addr) : "memory");			\
	return value
#define LOAD8	LOAD("ldrb", "w", uint8_t)
#define LOAD16	LOAD("ldrh", "w", uint16_t)
#define LOAD32	LOAD("ldr", "w", uint32_t)
#define LOAD64	LOAD("ldr", "x", uint64_t)
#define STORE32	__asm__ volatile("str %w0, [%1]" : : "r"(value), "r"(addr) \
				 : "memory")
#elif defined(__riscv) && __riscv_xlen == 64
#define LOAD(insn, type)						\
	unsigned long value;						\
	__asm__ volatile(".option push\n.option norvc\n"		\
			 insn " %0, 0(%1)\n.option pop" : "=r"(value)	\
			 : "r"(addr) : "memory");			\
	return (type)value
#define LOAD8	LOAD("lbu", uint8_t)
#define LOAD16	LOAD("lhu", uint16_t)
#define LOAD32	LOAD("lw", uint32_t)
#define LOAD64	LOAD("ld", uint64_t)
#define STORE32	__asm__ volatile(".option push\n.option norvc\n"	\
				 "sw %0, 0(%1)\n.option pop"		\
				 : : "r"(value), "r"(addr) : "memory")
#else
#error "no accesses for this machine"
#endif

static inline uint8_t load8(const volatile void *addr)
{
	LOAD8;
}

static inline uint16_t load16(const volatile void *addr)
{
	LOAD16;
}

static inline uint32_t load32(const volatile void *addr)
{
	LOAD32;
}

static inline uint64_t load64(const volatile void *addr)
{
	LOAD64;
}

static inline void store32(volatile void *addr, uint32_t value)
{
	STORE32;
}

#endif /* MMIO_H */
