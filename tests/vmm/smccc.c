// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secure monitor calls: Bao's own go to the model, and PSCI_FEATURES is
 * answered here, because Bao does not know the SMCCC version call: a guest
 * must stay at SMCCC 1.0. KVM handles the rest of PSCI.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm.h"
#include "vmm.h"

#define PSCI_FEATURES		0x8400000au
#define NOT_SUPPORTED		(-1)

static const struct kvm_smccc_filter filters[] = {
	/* the second half of each carries the SVE hint, which Bao refuses */
	{ .base = 0x86000000, .nr_functions = 0x20000 },
	{ .base = 0xc6000000, .nr_functions = 0x20000 },
	{ .base = PSCI_FEATURES, .nr_functions = 1 },
};

int smccc_filter(int vm_fd)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		struct kvm_smccc_filter filter = filters[i];
		struct kvm_device_attr attr = {
			.group = KVM_ARM_VM_SMCCC_CTRL,
			.attr = KVM_ARM_VM_SMCCC_FILTER,
			.addr = (uintptr_t)&filter,
		};

		filter.action = KVM_SMCCC_FILTER_FWD_TO_USER;
		if (ioctl(vm_fd, KVM_SET_DEVICE_ATTR, &attr))
			return -errno;
	}
	return 0;
}

static int get_regs(int fd, struct hv_regs *regs)
{
	for (unsigned int i = 0; i < 7; i++) {
		struct kvm_one_reg reg = {
			.id = REG_X(i),
			.addr = (uintptr_t)&regs->x[i],
		};

		if (ioctl(fd, KVM_GET_ONE_REG, &reg))
			return -errno;
	}
	return 0;
}

static int set_regs(int fd, const struct hv_regs *old, const struct hv_regs *new)
{
	for (unsigned int i = 0; i < 7; i++) {
		struct kvm_one_reg reg = {
			.id = REG_X(i),
			.addr = (uintptr_t)&new->x[i],
		};

		if (old->x[i] == new->x[i])
			continue;
		if (ioctl(fd, KVM_SET_ONE_REG, &reg))
			return -errno;
	}
	return 0;
}

/* The PSCI functions that work under Bao. */
static int64_t psci_features(uint32_t function)
{
	switch (function) {
	case 0x84000000:	/* version */
	case 0x84000001:	/* CPU suspend */
	case 0xc4000001:
	case 0x84000002:	/* CPU off */
	case 0x84000003:	/* CPU on */
	case 0xc4000003:
	case 0x84000004:	/* affinity info */
	case 0xc4000004:
	case PSCI_FEATURES:
		return 0;
	}
	return NOT_SUPPORTED;
}

int smccc_call(struct vcpu *vcpu)
{
	struct guest *guest = vcpu->guest;
	struct hv_regs old, new;
	int ret;

	ret = get_regs(vcpu->fd, &old);
	if (ret)
		return ret;
	new = old;
	if ((uint32_t)old.x[0] == PSCI_FEATURES)
		new.x[0] = (uint64_t)psci_features((uint32_t)old.x[1]);
	else
		hv_call(&guest->vmm->hv, guest->index, &new);
	return set_regs(vcpu->fd, &old, &new);
}
