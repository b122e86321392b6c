// SPDX-License-Identifier: GPL-2.0-only
/*
 * RISC-V: CPUs, the PLIC, and SBI calls. KVM hands the calls of the
 * experimental space to us and handles the rest of SBI.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm.h"
#include "script.h"
#include "tree.h"

#define IMAGE_MAGIC	0x05435352u	/* "RSC\x05" */
#define SBI_BAO		0x08000ba0u
#define NOT_SUPPORTED	(-2)

#define FID_VENDOR_HYP	0x86000000u
#define FID_UNKNOWN	0xffffu
#define IRQ_EXTERNAL	9

int arch_create_vm(struct guest *guest)
{
	(void)guest;
	return 0;
}

int arch_place_kernel(struct guest *guest, const char *head, uint64_t *offset,
		      uint64_t *size)
{
	const struct image *image = (const struct image *)head;

	(void)guest;
	if (le32toh(image->magic) != IMAGE_MAGIC)
		return -EINVAL;
	*offset = le64toh(image->text_offset);
	*size = le64toh(image->image_size);
	return 0;
}

/* KVM keeps all but the first off until that one starts them. */
int arch_init_vcpu(struct vcpu *vcpu)
{
	int ret;

	if (vcpu->index)
		return 0;
	ret = vcpu_set_reg(vcpu->fd, REG_CORE(regs.pc), vcpu->guest->entry);
	if (!ret)
		ret = vcpu_set_reg(vcpu->fd, REG_A(0), vcpu->index);
	if (!ret)
		ret = vcpu_set_reg(vcpu->fd, REG_A(1), vcpu->guest->dtb);
	return ret;
}

static void external_irq(void *ctx, unsigned int context, bool level)
{
	struct guest *guest = ctx;
	struct kvm_interrupt irq = {
		.irq = level ? KVM_INTERRUPT_SET : KVM_INTERRUPT_UNSET,
	};

	if (ioctl(guest->cpu[context].fd, KVM_INTERRUPT, &irq))
		vmm_log(guest->vmm, guest->cfg->name, "vCPU %u: interrupt: %s",
			context, strerror(errno));
}

int arch_create_irqchip(struct guest *guest)
{
	const struct plic_host host = { guest, external_irq };

	plic_init(&guest->plic, (unsigned int)guest->cfg->cpus, &host);
	return 0;
}

void arch_irq(struct guest *guest, unsigned int intid, bool level)
{
	plic_irq(&guest->plic, intid, level);
}

bool arch_access(struct guest *guest, uint64_t addr, bool write,
		 uint64_t *value)
{
	if (addr < MAP_PLIC || addr - MAP_PLIC >= MAP_PLIC_SIZE)
		return false;
	if (write)
		plic_write(&guest->plic, addr - MAP_PLIC, (uint32_t)*value);
	else
		*value = plic_read(&guest->plic, addr - MAP_PLIC);
	return true;
}

static void write_cpu(struct tree *tree, unsigned int index)
{
	tree_begin(tree, "cpu@%x", index);
	tree_text(tree, "device_type", "cpu");
	tree_text(tree, "compatible", "riscv");
	tree_text(tree, "riscv,isa", "rv64imafdc");
	tree_text(tree, "mmu-type", "riscv,sv39");
	tree_u32(tree, "reg", index);
	tree_begin(tree, "interrupt-controller");
	tree_text(tree, "compatible", "riscv,cpu-intc");
	tree_u32(tree, "#interrupt-cells", 1);
	tree_flag(tree, "interrupt-controller");
	/* its own: the root's is below it */
	tree_u32(tree, "interrupt-parent", PHANDLE_CPU + index);
	tree_u32(tree, "phandle", PHANDLE_CPU + index);
	tree_end(tree);
	tree_end(tree);
}

void arch_tree_cpus(struct tree *tree)
{
	uint64_t frequency;

	tree_check(tree, vcpu_get_reg(tree->guest->cpu[0].fd,
				      REG_TIMER(frequency), &frequency));
	tree_begin(tree, "cpus");
	tree_u32(tree, "#address-cells", 1);
	tree_u32(tree, "#size-cells", 0);
	tree_u32(tree, "timebase-frequency", (uint32_t)frequency);
	for (unsigned int i = 0; i < tree->guest->cfg->cpus; i++)
		write_cpu(tree, i);
	tree_end(tree);
}

void arch_tree_irqchip(struct tree *tree)
{
	unsigned int cpus = (unsigned int)tree->guest->cfg->cpus;
	uint32_t cell[2 * PLIC_CONTEXTS];

	for (unsigned int i = 0; i < cpus; i++) {
		cell[2 * i] = PHANDLE_CPU + i;
		cell[2 * i + 1] = IRQ_EXTERNAL;
	}
	tree_begin(tree, "interrupt-controller@%x", (unsigned int)MAP_PLIC);
	tree_text(tree, "compatible", "sifive,plic-1.0.0");
	tree_u32(tree, "#address-cells", 0);
	tree_u32(tree, "#interrupt-cells", 1);
	tree_flag(tree, "interrupt-controller");
	tree_reg1(tree, MAP_PLIC, MAP_PLIC_SIZE);
	tree_cells(tree, "interrupts-extended", cell, 2 * cpus);
	tree_u32(tree, "riscv,ndev", MAP_INTIDS - 1);
	tree_u32(tree, "phandle", PHANDLE_IRQCHIP);
	tree_end(tree);
}

/* This controller's sources have no trigger type. */
void arch_tree_irqs(struct tree *tree, const uint64_t *intid, unsigned int nr,
		    bool level)
{
	uint32_t cell[HV_MAX_EVENTS];

	(void)level;
	for (unsigned int i = 0; i < nr; i++)
		cell[i] = (uint32_t)intid[i];
	tree_cells(tree, "interrupts", cell, nr);
}

int arch_get_regs(struct vcpu *vcpu, struct arch_regs *regs)
{
	int ret = 0;

	regs->nr = 8;
	for (unsigned int i = 0; i < regs->nr && !ret; i++)
		ret = vcpu_get_reg(vcpu->fd, REG_A(i), &regs->r[i]);
	return ret;
}

/* KVM itself sets the first two, of what the exit says, when it goes on. */
int arch_set_regs(struct vcpu *vcpu, const struct arch_regs *old,
		  const struct arch_regs *new)
{
	int ret = 0;

	vcpu->run->riscv_sbi.ret[0] = new->r[0];
	vcpu->run->riscv_sbi.ret[1] = new->r[1];
	for (unsigned int i = 2; i < new->nr && !ret; i++) {
		if (old->r[i] != new->r[i])
			ret = vcpu_set_reg(vcpu->fd, REG_A(i), new->r[i]);
	}
	return ret;
}

/* The model wants the id where an Arm guest has it, then the arguments. */
void arch_decode(const struct arch_regs *regs, struct hv_regs *call)
{
	uint64_t id = regs->r[6] < FID_UNKNOWN ? regs->r[6] : FID_UNKNOWN;

	call->x[0] = FID_VENDOR_HYP | id;
	memcpy(call->x + 1, regs->r, 5 * sizeof(*regs->r));
	call->x[6] = 0;
}

void arch_encode(struct arch_regs *regs, const struct script_answer *answer)
{
	regs->r[0] = answer->error;
	regs->r[1] = answer->regs.x[0];
	if (answer->outputs)
		memcpy(regs->r + 2, answer->regs.x + 1, 6 * sizeof(*regs->r));
}

/* By SBI; an ASK's outputs are Bao's own rule. */
unsigned int arch_scratch(const struct guest *guest)
{
	(void)guest;
	return 2;
}

int arch_exit(struct vcpu *vcpu)
{
	struct arch_regs regs;
	int ret;

	if (vcpu->run->exit_reason != KVM_EXIT_RISCV_SBI)
		return -ENOSYS;
	if (vcpu->run->riscv_sbi.extension_id != SBI_BAO) {
		vcpu->run->riscv_sbi.ret[0] = (unsigned long)NOT_SUPPORTED;
		vcpu->run->riscv_sbi.ret[1] = 0;
		return 0;
	}
	ret = arch_get_regs(vcpu, &regs);
	return ret ? ret : call_handle(vcpu, &regs);
}
