/* SPDX-License-Identifier: GPL-2.0-only */
/* A RISC-V guest's interrupt controller: KVM has none for it. */
#ifndef VMM_PLIC_H
#define VMM_PLIC_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define PLIC_SOURCES	256
#define PLIC_CONTEXTS	8

struct plic_host {
	void *ctx;
	/* The external interrupt of a context's CPU; called with the lock. */
	void (*irq)(void *ctx, unsigned int context, bool level);
};

struct plic_context {
	uint32_t enable[PLIC_SOURCES / 32];
	uint32_t threshold;
	bool level;
};

struct plic_source {
	uint32_t priority;
	bool level;
	bool pending;
	bool active;		/* claimed, not completed */
};

struct plic {
	pthread_mutex_t lock;
	struct plic_host host;
	unsigned int nr_contexts;
	struct plic_source source[PLIC_SOURCES];
	struct plic_context context[PLIC_CONTEXTS];
};

void plic_init(struct plic *plic, unsigned int nr_contexts,
	       const struct plic_host *host);
uint32_t plic_read(struct plic *plic, uint64_t reg);
void plic_write(struct plic *plic, uint64_t reg, uint32_t value);
void plic_irq(struct plic *plic, unsigned int source, bool level);

#endif
