// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arm: guests of 64 and of 32 bits, the GIC, and secure monitor calls.
 *
 * Bao's own calls go to the model. PSCI_FEATURES is answered here, because Bao
 * does not know the SMCCC version call: a guest must stay at SMCCC 1.0. KVM
 * handles the rest of PSCI.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm.h"
#include "script.h"
#include "tree.h"

#define PSTATE_EL1H_MASKED	0x3c5
#define IMAGE_MAGIC		0x644d5241u	/* "ARM\x64" */
#define ZIMAGE_MAGIC		0x016f2818u
#define ZIMAGE_MAGIC_AT		36
#define ZIMAGE_OFFSET		(UINT64_C(32) << 20)

#define PSCI_FEATURES		0x8400000au
#define NOT_SUPPORTED		(-1)

#define IRQ_SPI		0
#define IRQ_PPI		1
#define IRQ_EDGE	1
#define IRQ_LEVEL	4

static const struct kvm_smccc_filter filters[] = {
	/* the second half of each carries the SVE hint, which Bao refuses */
	{ .base = 0x86000000, .nr_functions = 0x20000 },
	{ .base = 0xc6000000, .nr_functions = 0x20000 },
	{ .base = PSCI_FEATURES, .nr_functions = 1 },
};

int arch_create_vm(struct guest *guest)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		struct kvm_smccc_filter filter = filters[i];
		struct kvm_device_attr attr = {
			.group = KVM_ARM_VM_SMCCC_CTRL,
			.attr = KVM_ARM_VM_SMCCC_FILTER,
			.addr = (uintptr_t)&filter,
		};

		filter.action = KVM_SMCCC_FILTER_FWD_TO_USER;
		if (ioctl(guest->fd, KVM_SET_DEVICE_ATTR, &attr)) {
			vmm_log(guest->vmm, guest->cfg->name,
				"this KVM has no SMCCC filter (Linux 6.4 has)");
			return -errno;
		}
	}
	return 0;
}

int arch_place_kernel(struct guest *guest, const char *head, uint64_t *offset,
		      uint64_t *size)
{
	const struct image *image = (const struct image *)head;
	uint32_t magic;

	memcpy(&magic, head + ZIMAGE_MAGIC_AT, sizeof(magic));
	if (le32toh(magic) == ZIMAGE_MAGIC) {
		/* out of the way of what it unpacks to the start of RAM */
		guest->aarch32 = true;
		*offset = ZIMAGE_OFFSET;
		return 0;
	}
	if (le32toh(image->magic) != IMAGE_MAGIC)
		return -EINVAL;
	*offset = le64toh(image->text_offset);
	*size = le64toh(image->image_size);
	return 0;
}

static int set_start(struct vcpu *vcpu)
{
	const struct guest *guest = vcpu->guest;
	int ret;

	ret = vcpu_set_reg(vcpu->fd, REG_CORE(regs.pc), guest->entry);
	if (ret)
		return ret;
	if (guest->aarch32) {
		/* r1, the machine's number, is that of none */
		ret = vcpu_set_reg(vcpu->fd, REG_X(1), UINT32_MAX);
		return ret ? ret : vcpu_set_reg(vcpu->fd, REG_X(2), guest->dtb);
	}
	ret = vcpu_set_reg(vcpu->fd, REG_CORE(regs.pstate), PSTATE_EL1H_MASKED);
	return ret ? ret : vcpu_set_reg(vcpu->fd, REG_X(0), guest->dtb);
}

int arch_init_vcpu(struct vcpu *vcpu)
{
	struct kvm_vcpu_init init;

	if (ioctl(vcpu->guest->fd, KVM_ARM_PREFERRED_TARGET, &init))
		return -errno;
	init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
	if (vcpu->guest->aarch32)
		init.features[0] |= 1u << KVM_ARM_VCPU_EL1_32BIT;
	if (vcpu->index)
		init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
	if (ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init))
		return -errno;
	return vcpu->index ? 0 : set_start(vcpu);
}

static int gic_attr(struct guest *guest, uint32_t group, uint64_t attr,
		    void *value)
{
	struct kvm_device_attr set = {
		.group = group, .attr = attr, .addr = (uintptr_t)value,
	};

	return ioctl(guest->gic, KVM_SET_DEVICE_ATTR, &set) ? -errno : 0;
}

int arch_create_irqchip(struct guest *guest)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t dist = MAP_GICD, redist = MAP_GICR;
	uint32_t intids = MAP_INTIDS;
	int ret;

	if (ioctl(guest->fd, KVM_CREATE_DEVICE, &device))
		return -errno;
	guest->gic = (int)device.fd;
	ret = gic_attr(guest, KVM_DEV_ARM_VGIC_GRP_ADDR,
		       KVM_VGIC_V3_ADDR_TYPE_DIST, &dist);
	if (!ret)
		ret = gic_attr(guest, KVM_DEV_ARM_VGIC_GRP_ADDR,
			       KVM_VGIC_V3_ADDR_TYPE_REDIST, &redist);
	if (!ret)
		ret = gic_attr(guest, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &intids);
	if (!ret)
		ret = gic_attr(guest, KVM_DEV_ARM_VGIC_GRP_CTRL,
			       KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	return ret;
}

void arch_irq(struct guest *guest, unsigned int intid, bool level)
{
	struct kvm_irq_level line = {
		.irq = (uint32_t)KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT |
		       intid,
		.level = level,
	};

	if (ioctl(guest->fd, KVM_IRQ_LINE, &line))
		vmm_log(guest->vmm, guest->cfg->name, "interrupt %u: %s", intid,
			strerror(errno));
}

/* The GIC is KVM's. */
bool arch_access(struct guest *guest, uint64_t addr, bool write,
		 uint64_t *value)
{
	(void)guest, (void)addr, (void)write, (void)value;
	return false;
}

void arch_tree_cpus(struct tree *tree)
{
	tree_begin(tree, "cpus");
	tree_u32(tree, "#address-cells", 1);
	tree_u32(tree, "#size-cells", 0);
	for (unsigned int i = 0; i < tree->guest->cfg->cpus; i++) {
		tree_begin(tree, "cpu@%x", i);
		tree_text(tree, "device_type", "cpu");
		tree_text(tree, "compatible", "arm,armv8");
		tree_text(tree, "enable-method", "psci");
		tree_u32(tree, "reg", i);
		tree_end(tree);
	}
	tree_end(tree);
	tree_begin(tree, "psci");
	tree_bytes(tree, "compatible", "arm,psci-1.0\0arm,psci-0.2",
		   sizeof("arm,psci-1.0\0arm,psci-0.2"));
	tree_text(tree, "method", "hvc");
	tree_end(tree);
}

static void write_timer(struct tree *tree)
{
	static const uint32_t ppi[] = MAP_PPI_TIMERS;
	uint32_t cell[12];

	for (unsigned int i = 0; i < 4; i++) {
		cell[3 * i] = IRQ_PPI;
		cell[3 * i + 1] = ppi[i];
		cell[3 * i + 2] = IRQ_LEVEL;
	}
	tree_begin(tree, "timer");
	tree_text(tree, "compatible", "arm,armv8-timer");
	tree_cells(tree, "interrupts", cell, 12);
	tree_flag(tree, "always-on");
	tree_end(tree);
}

void arch_tree_irqchip(struct tree *tree)
{
	uint64_t redist = MAP_GICR_SIZE_PER_CPU * tree->guest->cfg->cpus;

	tree_begin(tree, "interrupt-controller@%x", (unsigned int)MAP_GICD);
	tree_text(tree, "compatible", "arm,gic-v3");
	tree_u32(tree, "#interrupt-cells", 3);
	tree_flag(tree, "interrupt-controller");
	tree_reg(tree, "reg", (uint64_t[]){ MAP_GICD, MAP_GICD_SIZE, MAP_GICR,
					    redist }, 4);
	tree_u32(tree, "phandle", PHANDLE_IRQCHIP);
	tree_end(tree);
	write_timer(tree);
}

/* INTIDs as Bao counts them; the tree counts shared ones from 32. */
void arch_tree_irqs(struct tree *tree, const uint64_t *intid, unsigned int nr,
		    bool level)
{
	uint32_t cell[3 * HV_MAX_EVENTS];

	for (unsigned int i = 0; i < nr; i++) {
		cell[3 * i] = IRQ_SPI;
		cell[3 * i + 1] = (uint32_t)intid[i] - 32;
		cell[3 * i + 2] = level ? IRQ_LEVEL : IRQ_EDGE;
	}
	tree_cells(tree, "interrupts", cell, 3 * nr);
}

/* The halves above a 32-bit guest's registers mean nothing. */
int arch_get_regs(struct vcpu *vcpu, struct arch_regs *regs)
{
	int ret = 0;

	regs->nr = vcpu->guest->aarch32 ? 7 : 18;
	for (unsigned int i = 0; i < regs->nr && !ret; i++) {
		ret = vcpu_get_reg(vcpu->fd, REG_X(i), &regs->r[i]);
		if (vcpu->guest->aarch32)
			regs->r[i] = (uint32_t)regs->r[i];
	}
	return ret;
}

int arch_set_regs(struct vcpu *vcpu, const struct arch_regs *old,
		  const struct arch_regs *new)
{
	int ret = 0;

	for (unsigned int i = 0; i < new->nr && !ret; i++) {
		uint64_t value = new->r[i];

		if (vcpu->guest->aarch32)
			value = (uint32_t)value;
		if (old->r[i] != value)
			ret = vcpu_set_reg(vcpu->fd, REG_X(i), value);
	}
	return ret;
}

/* The model speaks in these registers. */
void arch_decode(const struct arch_regs *regs, struct hv_regs *call)
{
	memcpy(call->x, regs->r, sizeof(call->x));
}

void arch_encode(struct arch_regs *regs, const struct script_answer *answer)
{
	regs->r[0] = answer->regs.x[0];
	if (answer->outputs)
		memcpy(regs->r + 1, answer->regs.x + 1, 6 * sizeof(*regs->r));
}

/* By SMCCC 1.0; what Bao changes is less. */
unsigned int arch_scratch(const struct guest *guest)
{
	return guest->aarch32 ? 4 : 18;
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

static int answer_features(struct vcpu *vcpu, uint64_t function)
{
	uint64_t result = (uint64_t)psci_features((uint32_t)function);

	if (vcpu->guest->aarch32)
		result = (uint32_t)result;
	return vcpu_set_reg(vcpu->fd, REG_X(0), result);
}

int arch_exit(struct vcpu *vcpu)
{
	struct arch_regs regs;
	int ret;

	if (vcpu->run->exit_reason != KVM_EXIT_HYPERCALL)
		return -ENOSYS;
	ret = arch_get_regs(vcpu, &regs);
	if (ret)
		return ret;
	if ((uint32_t)regs.r[0] == PSCI_FEATURES)
		return answer_features(vcpu, regs.r[1]);
	return call_handle(vcpu, &regs);
}
