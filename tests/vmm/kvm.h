/* SPDX-License-Identifier: GPL-2.0-only */
/* What KVM's interface lacks in older headers, and names of registers. */
#ifndef VMM_KVM_H
#define VMM_KVM_H

#include <linux/kvm.h>
#include <stdint.h>

#if defined(__aarch64__)

/* The SMCCC filter, Linux 6.4. */
#ifndef KVM_ARM_VM_SMCCC_CTRL
#define KVM_ARM_VM_SMCCC_CTRL		0
#define KVM_ARM_VM_SMCCC_FILTER		0
#define KVM_SMCCC_FILTER_FWD_TO_USER	2

struct kvm_smccc_filter {
	__u32 base;
	__u32 nr_functions;
	__u8 action;
	__u8 pad[15];
};
#endif

#define REG_CORE(field) \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
	 KVM_REG_ARM_CORE_REG(field))
#define REG_X(n) (REG_CORE(regs.regs[0]) + 2 * (__u64)(n))

#elif defined(__riscv)

#define REG_CORE(field) \
	(KVM_REG_RISCV | KVM_REG_SIZE_U64 | KVM_REG_RISCV_CORE | \
	 KVM_REG_RISCV_CORE_REG(field))
#define REG_A(n) (REG_CORE(regs.a0) + (__u64)(n))
#define REG_TIMER(field) \
	(KVM_REG_RISCV | KVM_REG_SIZE_U64 | KVM_REG_RISCV_TIMER | \
	 KVM_REG_RISCV_TIMER_REG(field))

#endif

/* vcpu.c: 0 or a negative errno */
int vcpu_get_reg(int fd, uint64_t id, uint64_t *value);
int vcpu_set_reg(int fd, uint64_t id, uint64_t value);

#endif
