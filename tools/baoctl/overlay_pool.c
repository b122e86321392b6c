// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frontends, and the pools that their buffers stay in.
 */
#include "overlay.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

static void check_pool_place(struct check *check, const char *pool,
			     const struct span *span)
{
	char path[MAX_PATH];
	struct span reserved[MAX_MEMORY];
	const struct tree *tree = &check->tree;
	const char *why;
	bool any;
	int n, i, num;

	if (find_memory(tree, span, span_holds, &any) < 0 && any)
		find_fault(check->findings, ERROR, "pool",
			   "%s: %#" PRIx64 " bytes at %#" PRIx64 " are not in a memory node, where a pool has to be; add them to one",
			   pool, span->size, span->start);
	if (!span->size || span->start % PAGE || span->size % PAGE)
		find_fault(check->findings, ERROR, "pages",
			   "%s: reg: not whole pages of %#x; Bao shares nothing else",
			   pool, PAGE);
	for (n = 0; n < tree->num; n++) {
		tree_path(tree, n, path);
		if (!is_reserved(tree, n) || !strcmp(path, pool))
			continue;
		num = tree_regs(tree, n, reserved, MAX_MEMORY, &why);
		for (i = 0; i < num; i++)
			if (spans_overlap(&reserved[i], span))
				find_fault(check->findings, ERROR,
					   "reserved-memory",
					   "%s: %#" PRIx64 " bytes at %#" PRIx64 " overlap %s; move one of them",
					   pool, span->size, span->start, path);
	}
}

static bool same_cells(const struct tree *tree, int n, const char *property)
{
	int root = property[1] == 'a' ? 2 : 1;

	root = tree_cells(tree, 0, property, root);
	return tree_cells(tree, n, property, -2) == root;
}

static void check_pool(struct check *check, const struct device *dev, int pool)
{
	const struct tree *tree = &check->tree;
	int num, parent = tree->node[pool].parent;
	struct span span;
	char path[MAX_PATH];
	const char *why;

	tree_path(tree, pool, path);
	if (!is_reserved(tree, pool) ||
	    !tree_is(tree, pool, "restricted-dma-pool") ||
	    tree_has(tree, pool, "no-map")) {
		find_fault(check->findings, ERROR, "pool",
			   "%s: memory-region: %s is no restricted-dma-pool in /reserved-memory, or is no-map",
			   dev->path, path);
		return;
	}
	if (!same_cells(tree, parent, "#address-cells") ||
	    !same_cells(tree, parent, "#size-cells") ||
	    !tree_has(tree, parent, "ranges"))
		find_fault(check->findings, ERROR, "cells",
			   "/reserved-memory: Linux ignores it unless it has an empty ranges, and the #address-cells and #size-cells of the root; \"baoctl overlay make --base\" writes those");
	num = tree_regs(tree, pool, &span, 1, &why);
	if (num != 1)
		find_fault(check->findings, ERROR, "cells", "%s: %s", path, why);
	else
		check_pool_place(check, path, &span);
}

bool pool_of(const struct tree *tree, const struct device *dev,
	     struct span *span)
{
	const char *why;
	const void *region;
	int len, pool;

	region = tree_get(tree, dev->n, "memory-region", &len);
	pool = region && len == 4 ? tree_phandle(tree, fdt32_ld(region)) : -1;
	return pool >= 0 && tree_regs(tree, pool, span, 1, &why) == 1;
}

static void check_frontend(struct check *check, const struct device *dev)
{
	int len, pool;
	const void *region = tree_get(&check->tree, dev->n, "memory-region",
				      &len);

	if (dev->num_regs > 1 || dev->num_irqs == 0 || dev->num_irqs > 1)
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: a virtio device has one window and one interrupt",
			   dev->path);
	if (dev->num_regs && dev->reg[0].size < 0x100)
		find_fault(check->findings, ERROR, "reg",
			   "%s: reg: %#" PRIx64 " bytes have no room for virtio's registers; Bao's demos have 0x200",
			   dev->path, dev->reg[0].size);
	if (!tree_has(&check->tree, dev->n, "dma-coherent"))
		find_fault(check->findings, WARNING, "coherent",
			   "%s: dma-coherent: missing; the backend maps the memory cacheable",
			   dev->path);
	if (!region) {
		find_fault(check->findings, WARNING, "pool",
			   "%s: memory-region: missing; the backend has to see all of this guest's memory then",
			   dev->path);
		return;
	}
	pool = len == 4 ? tree_phandle(&check->tree, fdt32_ld(region)) : -1;
	if (pool < 0)
		find_fault(check->findings, ERROR, "pool",
			   "%s: memory-region: there is no such node; it has to be a restricted-dma-pool",
			   dev->path);
	else
		check_pool(check, dev, pool);
}

void check_frontends(struct check *check)
{
	int i;

	for (i = 0; i < check->num; i++)
		if (check->device[i].kind == KIND_FRONTEND)
			check_frontend(check, &check->device[i]);
}
