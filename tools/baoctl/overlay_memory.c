// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where regions lie: outside of Linux' memory, or, for pools, inside; and
 * nowhere else twice.
 */
#include "overlay.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

static const char *name_of(const struct tree *tree, int n)
{
	const char *name = fdt_get_name(tree->fdt, tree->node[n].offset, NULL);

	return name ? name : "";
}

static bool is_memory(const struct tree *tree, int n)
{
	int len;
	const char *type = tree_get(tree, n, "device_type", &len);

	return tree->node[n].parent == 0 && type && len == 7 &&
	       !memcmp(type, "memory", 7);
}

bool is_reserved(const struct tree *tree, int n)
{
	int parent = tree->node[n].parent;

	return parent > 0 && tree->node[parent].parent == 0 &&
	       !strcmp(name_of(tree, parent), "reserved-memory");
}

/* The index of a memory node that meets the span, or holds it. */
int find_memory(const struct tree *tree, const struct span *span,
		bool (*test)(const struct span *, const struct span *),
		bool *any)
{
	struct span memory[MAX_MEMORY];
	const char *why;
	int n, i, num;

	*any = false;
	for (n = 0; n < tree->num; n++) {
		if (!is_memory(tree, n))
			continue;
		num = tree_regs(tree, n, memory, MAX_MEMORY, &why);
		for (i = 0; i < num; i++) {
			/* the firmware fills in what is empty */
			*any |= memory[i].size != 0;
			if (memory[i].size && test(&memory[i], span))
				return n;
		}
	}
	return -1;
}

/* What is reserved no-map is not Linux' memory. */
static bool is_unmapped(const struct tree *tree, const struct span *span)
{
	struct span reserved[MAX_MEMORY];
	const char *why;
	int n, i, num;

	for (n = 0; n < tree->num; n++) {
		if (!is_reserved(tree, n) || !tree_has(tree, n, "no-map"))
			continue;
		num = tree_regs(tree, n, reserved, MAX_MEMORY, &why);
		for (i = 0; i < num; i++)
			if (span_holds(&reserved[i], span))
				return true;
	}
	return false;
}

static void check_not_memory(struct check *check, const struct device *dev,
			     const struct span *span)
{
	char path[MAX_PATH];
	bool any;
	int n = find_memory(&check->tree, span, spans_overlap, &any);

	if (n < 0 || is_unmapped(&check->tree, span))
		return;
	find_fault(check->findings, ERROR, "memory",
		   "%s: %#" PRIx64 " bytes at %#" PRIx64 " are memory of %s; take them out of there, or reserve them no-map",
		   dev->path, span->size, span->start,
		   tree_path(&check->tree, n, path));
}

static void check_reservations(struct check *check, const struct device *dev,
			       const struct span *span)
{
	struct span reserved[MAX_MEMORY];
	const struct tree *tree = &check->tree;
	char path[MAX_PATH];
	const char *why;
	int n, i, num;

	for (n = 0; n < tree->num; n++) {
		if (!is_reserved(tree, n))
			continue;
		num = tree_regs(tree, n, reserved, MAX_MEMORY, &why);
		for (i = 0; i < num; i++)
			if (spans_overlap(&reserved[i], span) &&
			    !(tree_has(tree, n, "no-map") &&
			      span_holds(&reserved[i], span)))
				find_fault(check->findings, ERROR,
					   "reserved-memory",
					   "%s: %#" PRIx64 " bytes at %#" PRIx64 " overlap %s; move one of them",
					   dev->path, span->size, span->start,
					   tree_path(tree, n, path));
	}
}

/* Not the device itself, and no memory, which has rules of its own. */
static bool is_other(const struct check *check, int n, int dev)
{
	const struct tree *tree = &check->tree;

	if (is_memory(tree, n) || is_reserved(tree, n) || n == dev ||
	    tree->node[n].parent < 0 || !tree_has(tree, n, "reg") ||
	    !tree_enabled(tree, n))
		return false;
	for (; n > 0; n = tree->node[n].parent)
		if (n == dev)
			return false;
	return true;
}

/* A pair of our own devices is reported once. */
static bool is_seen(const struct check *check, const struct device *dev, int n)
{
	const struct device *other;

	for (other = check->device; other < dev; other++)
		if (other->n == n)
			return true;
	return false;
}

static void check_devices(struct check *check, const struct device *dev,
			  const struct span *span)
{
	struct span reg[MAX_REGS];
	char path[MAX_PATH];
	const char *why;
	int n, i, num;

	for (n = 1; n < check->tree.num; n++) {
		if (!is_other(check, n, dev->n) || is_seen(check, dev, n))
			continue;
		num = tree_regs(&check->tree, n, reg, MAX_REGS, &why);
		for (i = 0; i < num; i++) {
			if (!spans_overlap(&reg[i], span))
				continue;
			find_fault(check->findings, ERROR, "overlap",
				   "%s: %#" PRIx64 " bytes at %#" PRIx64 " overlap %s; each has to have its own",
				   dev->path, span->size, span->start,
				   tree_path(&check->tree, n, path));
			break;
		}
	}
}

static void check_itself(struct check *check, const struct device *dev)
{
	int i, j;

	for (i = 0; i < dev->num_regs; i++) {
		const struct span *span = &dev->reg[i];

		if (span->size && span->start > UINT64_MAX - (span->size - 1))
			find_fault(check->findings, ERROR, "reg",
				   "%s: reg: entry %d goes beyond the address space",
				   dev->path, i);
		for (j = 0; j < i; j++)
			if (spans_overlap(span, &dev->reg[j]))
				find_fault(check->findings, ERROR, "overlap",
					   "%s: reg: entries %d and %d overlap",
					   dev->path, j, i);
	}
}

void check_memory(struct check *check)
{
	int d, i;

	for (d = 0; d < check->num; d++) {
		const struct device *dev = &check->device[d];

		check_itself(check, dev);
		for (i = 0; i < dev->num_regs; i++) {
			check_not_memory(check, dev, &dev->reg[i]);
			check_reservations(check, dev, &dev->reg[i]);
			check_devices(check, dev, &dev->reg[i]);
		}
	}
}
