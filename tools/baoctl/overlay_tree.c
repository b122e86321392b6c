// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the properties of a tree say: cells, addresses, interrupts. Whatever
 * the tree holds, nothing here reads past a property's end.
 */
#include "overlay.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define MAX_CONTROLLER_CELLS	4
/* an overlay at the bottom of a base */
#define DEEPEST			(2 * MAX_DEPTH)

int tree_index(struct tree *tree, const void *fdt)
{
	int last[DEEPEST + 2] = { -1 };
	int offset, depth = 0, room = 0;

	tree->fdt = fdt;
	tree->num = 0;
	tree->node = NULL;
	for (offset = 0; offset >= 0;
	     offset = fdt_next_node(fdt, offset, &depth)) {
		if (depth < 0 || depth > DEEPEST)
			break;
		if (tree->num == room) {
			void *more;

			room = room ? 2 * room : 256;
			more = reallocarray(tree->node, (size_t)room,
					    sizeof(*tree->node));
			if (!more)
				return fail("no memory");
			tree->node = more;
		}
		tree->node[tree->num].offset = offset;
		tree->node[tree->num].parent = last[depth];
		last[depth + 1] = tree->num++;
	}
	return BAOCTL_OK;
}

void tree_free(struct tree *tree)
{
	free(tree->node);
	tree->node = NULL;
	tree->num = 0;
}

int tree_find(const struct tree *tree, int offset)
{
	int n;

	for (n = 0; n < tree->num; n++)
		if (tree->node[n].offset == offset)
			return n;
	return -1;
}

const char *tree_path(const struct tree *tree, int n, char *path)
{
	if (fdt_get_path(tree->fdt, tree->node[n].offset, path, MAX_PATH))
		strcpy(path, "(a node with a long path)");
	make_printable(path);
	return path;
}

const void *tree_get(const struct tree *tree, int n, const char *name, int *len)
{
	return fdt_getprop(tree->fdt, tree->node[n].offset, name, len);
}

bool tree_has(const struct tree *tree, int n, const char *property)
{
	int len;

	return tree_get(tree, n, property, &len);
}

bool tree_is(const struct tree *tree, int n, const char *compatible)
{
	int len;
	const char *list = tree_get(tree, n, "compatible", &len);

	return list && fdt_stringlist_contains(list, len, compatible);
}

bool tree_enabled(const struct tree *tree, int n)
{
	int len;
	const char *status = tree_get(tree, n, "status", &len);

	return !status || (len == 5 && !memcmp(status, "okay", 5)) ||
	       (len == 3 && !memcmp(status, "ok", 3));
}

int tree_cells(const struct tree *tree, int n, const char *name, int missing)
{
	int len;
	const void *value = n < 0 ? NULL : tree_get(tree, n, name, &len);
	uint32_t cells;

	if (!value)
		return missing;
	if (len != sizeof(cells))
		return -1;
	cells = fdt32_ld(value);
	return cells <= MAX_CONTROLLER_CELLS ? (int)cells : -1;
}

static uint64_t number(const char *at, int cells)
{
	uint64_t value = 0;

	for (; cells > 0; cells--, at += 4)
		value = value << 32 | fdt32_ld((const void *)at);
	return value;
}

static bool is_address(int cells)
{
	return cells == 1 || cells == 2;
}

/* The address in the space above that bus. */
static bool translate_one(const struct tree *tree, int bus, uint64_t *address,
			  uint64_t size)
{
	int parent = tree->node[bus].parent;
	int child_cells = tree_cells(tree, bus, "#address-cells", 2);
	int size_cells = tree_cells(tree, bus, "#size-cells", 1);
	int parent_cells = tree_cells(tree, parent, "#address-cells", 2);
	int len, entry;
	const char *ranges = tree_get(tree, bus, "ranges", &len);

	if (!ranges)
		return false;
	/* Linux cuts off what does not fit in the parent's cells */
	if (!len)
		return parent_cells != 1 || (*address <= UINT32_MAX &&
					     size <= UINT32_MAX + 1ull - *address);
	if (!is_address(child_cells) || !is_address(parent_cells) ||
	    !is_address(size_cells))
		return false;
	entry = 4 * (child_cells + parent_cells + size_cells);
	for (; len >= entry; len -= entry, ranges += entry) {
		struct span inner = { *address, size };
		struct span outer = {
			number(ranges, child_cells),
			number(ranges + 4 * (child_cells + parent_cells),
			       size_cells)
		};

		if (!span_holds(&outer, &inner))
			continue;
		*address += number(ranges + 4 * child_cells, parent_cells) -
			    outer.start;
		return true;
	}
	return false;
}

static bool translate(const struct tree *tree, int n, struct span *span)
{
	int bus = tree->node[n].parent;

	for (; bus > 0; bus = tree->node[bus].parent)
		if (!translate_one(tree, bus, &span->start, span->size))
			return false;
	return true;
}

int tree_regs(const struct tree *tree, int n, struct span *span, int max,
	      const char **why)
{
	int parent = tree->node[n].parent;
	int address = tree_cells(tree, parent, "#address-cells", 2);
	int size = tree_cells(tree, parent, "#size-cells", 1);
	int len, num = 0;
	const char *reg = tree_get(tree, n, "reg", &len);

	*why = "reg: missing";
	if (!reg)
		return 0;
	*why = "reg: the parent's #address-cells or #size-cells are not 1 or 2";
	if (!is_address(address) || !is_address(size))
		return -1;
	*why = "reg: its length is no multiple of the parent's #address-cells and #size-cells; write it with as many cells as they say";
	if (!len || len % (4 * (address + size)))
		return -1;
	*why = "reg: the bus above it has no ranges that cover it; give that an empty ranges property, and an address that fits in the root's cells";
	for (; len && num < max; num++) {
		span[num].start = number(reg, address);
		span[num].size = number(reg + 4 * address, size);
		if (!translate(tree, n, &span[num]))
			return -1;
		reg += 4 * (address + size);
		len -= 4 * (address + size);
	}
	return num;
}

int tree_phandle(const struct tree *tree, uint32_t phandle)
{
	int offset;

	if (!phandle || phandle == UINT32_MAX)
		return -1;
	offset = fdt_node_offset_by_phandle(tree->fdt, phandle);
	return offset < 0 ? -1 : tree_find(tree, offset);
}

/* The parent that a node names, itself or through one above it. */
int tree_irq_parent(const struct tree *tree, int n)
{
	for (; n >= 0; n = tree->node[n].parent) {
		int len;
		const void *value = tree_get(tree, n, "interrupt-parent", &len);

		if (value)
			return len == 4 ? tree_phandle(tree, fdt32_ld(value)) :
					  -1;
	}
	return -1;
}

/* One interrupt at *cell; false when it makes no sense. */
static bool read_irq(const struct tree *tree, struct irq *irq, const char **at,
		     int *len)
{
	irq->num = irq->parent < 0 ? -1 :
		   tree_cells(tree, irq->parent, "#interrupt-cells", -1);
	if (irq->num < 1 || *len < 4 * irq->num)
		return false;
	for (int i = 0; i < irq->num; i++)
		irq->cell[i] = fdt32_ld((const void *)(*at + 4 * i));
	*at += 4 * irq->num;
	*len -= 4 * irq->num;
	return true;
}

int tree_irqs(const struct tree *tree, int n, struct irq *irq, int max,
	      const char **why)
{
	int len, num = 0, parent = -1;
	const char *at = tree_get(tree, n, "interrupts-extended", &len);
	bool extended = at;

	*why = "interrupts: missing";
	if (!at)
		at = tree_get(tree, n, "interrupts", &len);
	if (!at)
		return 0;
	if (!extended) {
		*why = "interrupts: no node above it names an interrupt-parent that exists; set interrupt-parent (parameter intc) to the controller";
		parent = tree_irq_parent(tree, n);
		if (parent < 0)
			return -1;
	}
	*why = "interrupts: not as many cells as the interrupt controller's #interrupt-cells; \"baoctl overlay make --base\" writes what it wants";
	for (; len && num < max; num++) {
		irq[num].parent = parent;
		if (extended) {
			if (len < 4)
				return -1;
			irq[num].parent = tree_phandle(tree,
						       fdt32_ld((const void *)at));
			at += 4;
			len -= 4;
		}
		if (!read_irq(tree, &irq[num], &at, &len))
			return -1;
	}
	return num;
}

bool tree_is_gic(const struct tree *tree, int controller)
{
	int cells = tree_cells(tree, controller, "#interrupt-cells", 0);

	/* Others that stand before a GIC count as it does. */
	return cells >= 3;
}

int64_t irq_of_bao(const struct irq *irq)
{
	if (irq->num < 3)
		return irq->cell[0];
	return irq->cell[0] ? -1 : (int64_t)irq->cell[1] + 32;
}

bool spans_overlap(const struct span *a, const struct span *b)
{
	if (!a->size || !b->size)
		return false;
	return a->start <= b->start ? b->start - a->start < a->size :
				      a->start - b->start < b->size;
}

bool span_holds(const struct span *outer, const struct span *inner)
{
	return inner->start >= outer->start &&
	       inner->size <= outer->size &&
	       inner->start - outer->start <= outer->size - inner->size;
}
