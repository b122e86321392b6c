/* SPDX-License-Identifier: GPL-2.0-only */
/* What the SMCCC filter (Linux 6.4) added to KVM's ABI, for older headers. */
#ifndef VMM_KVM_H
#define VMM_KVM_H

#include <linux/kvm.h>

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

#endif
