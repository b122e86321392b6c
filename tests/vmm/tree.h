/* SPDX-License-Identifier: GPL-2.0-only */
/* A device tree under construction, front to back. */
#ifndef VMM_TREE_H
#define VMM_TREE_H

#include "vmm.h"

#define PHANDLE_IRQCHIP	1
#define PHANDLE_CPU	2	/* and up, one for each CPU's own controller */
#define PHANDLE_POOL	16	/* and up, one for each remote I/O device */

/* The first error sticks, so that callers check once, at the end. */
struct tree {
	const struct guest *guest;
	const struct config *config;
	void *buffer;
	int error;
};

void tree_check(struct tree *tree, int error);
__attribute__((format(printf, 2, 3)))
void tree_begin(struct tree *tree, const char *format, ...);
void tree_end(struct tree *tree);
void tree_flag(struct tree *tree, const char *name);
void tree_bytes(struct tree *tree, const char *name, const void *value,
		size_t size);
void tree_text(struct tree *tree, const char *name, const char *value);
void tree_u32(struct tree *tree, const char *name, uint32_t value);
void tree_cells(struct tree *tree, const char *name, const uint32_t *cell,
		unsigned int nr);
void tree_reg(struct tree *tree, const char *name, const uint64_t *value,
	      unsigned int nr);
void tree_reg1(struct tree *tree, uint64_t base, uint64_t size);

#endif
