/* SPDX-License-Identifier: GPL-2.0-only */
/* What depends on the architecture: arm.c (64 and 32 bits) or riscv.c. */
#ifndef VMM_ARCH_H
#define VMM_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest;
struct hv_regs;
struct script_answer;
struct tree;
struct vcpu;

#define ARCH_MAX_REGS	18

/* The registers that a call may carry or change, from the first on. */
struct arch_regs {
	unsigned int nr;
	uint64_t r[ARCH_MAX_REGS];
};

/* In this order; 0 or a negative errno. The kernel is loaded after the first. */
int arch_create_vm(struct guest *guest);
int arch_init_vcpu(struct vcpu *vcpu);
int arch_create_irqchip(struct guest *guest);

/* Where the kernel that begins at @head wants to lie in RAM, and its size. */
int arch_place_kernel(struct guest *guest, const char *head, uint64_t *offset,
		      uint64_t *size);

void arch_tree_cpus(struct tree *tree);
void arch_tree_irqchip(struct tree *tree);
void arch_tree_irqs(struct tree *tree, const uint64_t *intid, unsigned int nr,
		    bool level);

void arch_irq(struct guest *guest, unsigned int intid, bool level);
/* False when the access is to nothing that belongs to the architecture. */
bool arch_access(struct guest *guest, uint64_t addr, bool write,
		 uint64_t *value);

/* 0; -ENOSYS when the exit is no call of the guest's; other negative errnos. */
int arch_exit(struct vcpu *vcpu);

/* A call's registers, as the guest has them and as the model does. */
int arch_get_regs(struct vcpu *vcpu, struct arch_regs *regs);
int arch_set_regs(struct vcpu *vcpu, const struct arch_regs *old,
		  const struct arch_regs *new);
void arch_decode(const struct arch_regs *regs, struct hv_regs *call);
void arch_encode(struct arch_regs *regs, const struct script_answer *answer);
/* How many registers, from the first on, any call may change. */
unsigned int arch_scratch(const struct guest *guest);

#endif
