// SPDX-License-Identifier: GPL-2.0-only
/* Nodes and properties of a device tree that is written front to back. */
#include <libfdt.h>
#include <stdarg.h>
#include <string.h>

#include "tree.h"

void tree_check(struct tree *tree, int error)
{
	if (!tree->error)
		tree->error = error;
}

void tree_begin(struct tree *tree, const char *format, ...)
{
	char name[64];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	tree_check(tree, fdt_begin_node(tree->buffer, name));
}

void tree_end(struct tree *tree)
{
	tree_check(tree, fdt_end_node(tree->buffer));
}

void tree_flag(struct tree *tree, const char *name)
{
	tree_check(tree, fdt_property(tree->buffer, name, NULL, 0));
}

void tree_bytes(struct tree *tree, const char *name, const void *value,
		size_t size)
{
	tree_check(tree, fdt_property(tree->buffer, name, value, (int)size));
}

void tree_text(struct tree *tree, const char *name, const char *value)
{
	tree_bytes(tree, name, value, strlen(value) + 1);
}

void tree_u32(struct tree *tree, const char *name, uint32_t value)
{
	tree_check(tree, fdt_property_u32(tree->buffer, name, value));
}

void tree_cells(struct tree *tree, const char *name, const uint32_t *cell,
		 unsigned int nr)
{
	void *to;

	tree_check(tree, fdt_property_placeholder(tree->buffer, name,
						  (int)(nr * sizeof(fdt32_t)),
						  &to));
	for (unsigned int i = 0; i < nr && !tree->error; i++)
		fdt32_st((char *)to + i * sizeof(fdt32_t), cell[i]);
}

/* Pairs of address and size, two cells each. */
void tree_reg(struct tree *tree, const char *name, const uint64_t *value,
	      unsigned int nr)
{
	uint32_t cell[4 * HV_MAX_DEVS];

	for (unsigned int i = 0; i < nr; i++) {
		cell[2 * i] = (uint32_t)(value[i] >> 32);
		cell[2 * i + 1] = (uint32_t)value[i];
	}
	tree_cells(tree, name, cell, 2 * nr);
}

void tree_reg1(struct tree *tree, uint64_t base, uint64_t size)
{
	tree_reg(tree, "reg", (uint64_t[]){ base, size }, 2);
}
