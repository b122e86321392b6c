// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blob of an overlay, written front to back.
 */
#include "overlay.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ROOT		"/fragment@0/__overlay__"
#define BUFFER_SIZE	(256 << 10)

/**
 * struct writer - an overlay under construction
 * @fdt: the buffer
 * @error: the first one of libfdt
 * @address: cells of the root, for reserved-memory
 * @size: the same
 * @irq: cells of an interrupt
 * @parent: phandle of the controller, 0 if devices inherit it
 */
struct writer {
	void *fdt;
	int error;
	int address;
	int size;
	int irq;
	uint32_t parent;
};

static void note(struct writer *w, int error)
{
	if (!w->error)
		w->error = error;
}

static void begin(struct writer *w, const char *format, ...) FORMAT(2, 3);

static void begin(struct writer *w, const char *format, ...)
{
	char name[64];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	note(w, fdt_begin_node(w->fdt, name));
}

static void end(struct writer *w)
{
	note(w, fdt_end_node(w->fdt));
}

static void put_text(struct writer *w, const char *name, const char *text)
{
	note(w, fdt_property(w->fdt, name, text, (int)strlen(text) + 1));
}

static void put_cells(struct writer *w, const char *name, const uint32_t *cell,
		      int num)
{
	fdt32_t cells[4 * MAX_IRQS];
	int i;

	for (i = 0; i < num; i++)
		fdt32_st(&cells[i], cell[i]);
	note(w, fdt_property(w->fdt, name, cells, num * 4));
}

static void put_cell(struct writer *w, const char *name, uint32_t cell)
{
	put_cells(w, name, &cell, 1);
}

/* In as many cells as there are; what does not fit is an error. */
static int spread(struct writer *w, uint64_t value, int cells, uint32_t *to)
{
	if (cells == 1 && value > UINT32_MAX)
		note(w, -FDT_ERR_BADVALUE);
	if (cells == 2)
		*to++ = (uint32_t)(value >> 32);
	*to = (uint32_t)value;
	return cells;
}

static void put_span(struct writer *w, const char *name,
		     const struct span *span, int address, int size)
{
	uint32_t cell[4] = { 0 };
	int num = spread(w, span->start, address, cell);

	num += spread(w, span->size, size, cell + num);
	put_cells(w, name, cell, num);
}

static void put_irqs(struct writer *w, const struct fact *fact)
{
	uint32_t cell[4 * MAX_IRQS] = { 0 };
	unsigned int i;
	int num = 0;

	for (i = 0; i < fact->num_irqs; i++, num += w->irq) {
		if (w->irq >= 3) {
			cell[num + 1] = fact->irq[i] - 32;
			cell[num + 2] = 1;
		} else {
			cell[num] = fact->irq[i];
			cell[num + 1] = 1;
		}
	}
	if (w->parent)
		put_cell(w, "interrupt-parent", w->parent);
	if (num)
		put_cells(w, "interrupts", cell, num);
}

static uint32_t pool_phandle(unsigned int i)
{
	return i + 1;
}

static void put_pool(struct writer *w, const struct fact *fact, unsigned int i)
{
	begin(w, "buffer@%" PRIx64, fact->shared.start);
	put_text(w, "compatible", "restricted-dma-pool");
	put_span(w, "reg", &fact->shared, w->address, w->size);
	put_cell(w, "phandle", pool_phandle(i));
	end(w);
}

static void put_pools(struct writer *w, const struct facts *facts)
{
	unsigned int i, num = 0;

	for (i = 0; i < facts->num; i++)
		num += facts->fact[i].kind == KIND_FRONTEND;
	if (!num)
		return;
	begin(w, "reserved-memory");
	put_cell(w, "#address-cells", (uint32_t)w->address);
	put_cell(w, "#size-cells", (uint32_t)w->size);
	note(w, fdt_property(w->fdt, "ranges", NULL, 0));
	for (i = 0; i < facts->num; i++)
		if (facts->fact[i].kind == KIND_FRONTEND)
			put_pool(w, &facts->fact[i], i);
	end(w);
}

static void put_channels(struct writer *w, const struct fact *fact)
{
	put_span(w, "read-channel", &fact->read, 1, 1);
	put_span(w, "write-channel", &fact->write, 1, 1);
	put_cell(w, "id", fact->id);
}

static void device_name(const struct fact *fact, char *name, size_t size)
{
	static const char *const names[] = {
		"bao-ipc", "bao-io-dispatcher", "virtio"
	};
	uint64_t base = fact->kind == KIND_FRONTEND ? fact->window.start :
						      fact->shared.start;

	snprintf(name, size, "%s@%" PRIx64, names[fact->kind], base);
}

static void put_device(struct writer *w, const struct fact *fact,
		       unsigned int i)
{
	static const char *const compatible[] = {
		"bao,ipcshmem", "bao,io-dispatcher", "virtio,mmio"
	};
	char name[64];

	device_name(fact, name, sizeof(name));
	begin(w, "%s", name);
	put_text(w, "compatible", compatible[fact->kind]);
	put_span(w, "reg", fact->kind == KIND_FRONTEND ? &fact->window :
							 &fact->shared, 2, 2);
	put_irqs(w, fact);
	if (fact->kind == KIND_IPC)
		put_channels(w, fact);
	else if (fact->kind == KIND_BACKEND)
		put_cell(w, "bao,id", fact->id);
	else
		put_cell(w, "memory-region", pool_phandle(i));
	if (fact->kind == KIND_FRONTEND)
		note(w, fdt_property(w->fdt, "dma-coherent", NULL, 0));
	if (*fact->label)
		put_text(w, "label", fact->label);
	end(w);
}

static void put_symbol(struct writer *w, const struct fact *fact)
{
	static const char *const labels[] = {
		"bao_ipc", "bao_dm", "bao_virtio"
	};
	char label[32], name[64], path[128];

	device_name(fact, name, sizeof(name));
	snprintf(label, sizeof(label), "%s%u", labels[fact->kind], fact->id);
	snprintf(path, sizeof(path), ROOT "/bao-bus/%s", name);
	put_text(w, label, path);
	if (fact->kind != KIND_FRONTEND)
		return;
	snprintf(label, sizeof(label), "bao_pool%u", fact->id);
	snprintf(path, sizeof(path), ROOT "/reserved-memory/buffer@%" PRIx64,
		 fact->shared.start);
	put_text(w, label, path);
}

/* Where the phandles are that the merge has to change. */
static void put_fixups(struct writer *w, const struct facts *facts)
{
	char name[64];
	unsigned int i;

	begin(w, "__local_fixups__");
	begin(w, "fragment@0");
	begin(w, "__overlay__");
	begin(w, "bao-bus");
	for (i = 0; i < facts->num; i++) {
		if (facts->fact[i].kind != KIND_FRONTEND)
			continue;
		device_name(&facts->fact[i], name, sizeof(name));
		begin(w, "%s", name);
		put_cell(w, "memory-region", 0);
		end(w);
	}
	end(w);
	end(w);
	end(w);
	end(w);
}

static void put_fragment(struct writer *w, const struct facts *facts)
{
	unsigned int i;

	begin(w, "fragment@0");
	put_text(w, "target-path", "/");
	begin(w, "__overlay__");
	put_pools(w, facts);
	begin(w, "bao-bus");
	put_text(w, "compatible", "simple-bus");
	put_cell(w, "#address-cells", 2);
	put_cell(w, "#size-cells", 2);
	note(w, fdt_property(w->fdt, "ranges", NULL, 0));
	for (i = 0; i < facts->num; i++)
		put_device(w, &facts->fact[i], i);
	end(w);
	end(w);
	end(w);
}

static void put_overlay(struct writer *w, const struct facts *facts)
{
	unsigned int i;

	note(w, fdt_create(w->fdt, BUFFER_SIZE));
	note(w, fdt_finish_reservemap(w->fdt));
	begin(w, "%s", "");
	put_fragment(w, facts);
	begin(w, "__symbols__");
	for (i = 0; i < facts->num; i++)
		put_symbol(w, &facts->fact[i]);
	end(w);
	put_fixups(w, facts);
	end(w);
	note(w, fdt_finish(w->fdt));
}

static bool is_controller(const struct tree *tree, int n)
{
	static const char *const known[] = {
		"arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic",
		"arm,cortex-a9-gic", "sifive,plic-1.0.0", "riscv,plic0",
		"riscv,aplic"
	};
	size_t i;

	if (!tree_has(tree, n, "interrupt-controller") ||
	    !tree_enabled(tree, n))
		return false;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (tree_is(tree, n, known[i]))
			return true;
	return false;
}

/* The one that is named, or the root's, or the only one there is. */
static int find_controller(const struct tree *tree, const char *path)
{
	int n, found;

	if (path) {
		found = fdt_path_offset(tree->fdt, path);
		found = found < 0 ? -1 : tree_find(tree, found);
		if (found < 0)
			return -fail("the base has no node %s, give --intc a path of it",
				     path);
		return found;
	}
	found = tree_irq_parent(tree, 0);
	if (found > 0)
		return found;
	for (n = 1; n < tree->num; n++) {
		if (!is_controller(tree, n))
			continue;
		if (found > 0)
			return -fail("the base has several interrupt controllers; choose with --intc PATH");
		found = n;
	}
	return found > 0 ? found :
	       -fail("the base has no interrupt controller that is known here; name one with --intc PATH");
}

static int look_at_base(struct writer *w, const struct tree *tree,
			const char *path)
{
	int n = find_controller(tree, path);

	if (n < 0)
		return -n;
	w->irq = tree_cells(tree, n, "#interrupt-cells", -1);
	w->address = tree_cells(tree, 0, "#address-cells", 2);
	w->size = tree_cells(tree, 0, "#size-cells", 1);
	if (w->irq < 1)
		return fail("the interrupt controller has no usable #interrupt-cells; name another with --intc PATH");
	if (w->address < 1 || w->address > 2 || w->size < 1 || w->size > 2)
		return fail("the base's root has #address-cells and #size-cells that are not 1 or 2");
	w->parent = 0;
	if (n == tree_irq_parent(tree, 0))
		return BAOCTL_OK;
	w->parent = fdt_get_phandle(tree->fdt, tree->node[n].offset);
	if (!w->parent)
		return fail("the interrupt controller has no phandle; make it the root's interrupt-parent");
	return BAOCTL_OK;
}

static int check_range(const struct writer *w, const struct facts *facts)
{
	unsigned int i, j;

	for (i = 0; i < facts->num; i++)
		for (j = 0; j < facts->fact[i].num_irqs; j++)
			if (w->irq >= 3 && (facts->fact[i].irq[j] < 32 ||
					    facts->fact[i].irq[j] > 1019))
				return fail("irq=%u: a GIC's shared interrupts are 32 to 1019; give the number of Bao's configuration, not that of the tree",
					    facts->fact[i].irq[j]);
	return BAOCTL_OK;
}

int overlay_build(struct blob *overlay, const struct facts *facts,
		  const struct blob *base, const char *controller)
{
	struct writer w = { .fdt = calloc(1, BUFFER_SIZE) };
	struct tree tree;
	int status;

	if (!w.fdt || tree_index(&tree, base->fdt)) {
		free(w.fdt);
		return fail("no memory");
	}
	status = look_at_base(&w, &tree, controller) ?: check_range(&w, facts);
	tree_free(&tree);
	if (!status) {
		put_overlay(&w, facts);
		if (w.error)
			status = fail("the overlay cannot be written: %s",
				      w.error == -FDT_ERR_BADVALUE ?
				      "an address or a size does not fit in the root's cells" :
				      fdt_strerror(w.error));
	}
	overlay->fdt = w.fdt;
	overlay->size = BUFFER_SIZE;
	if (status)
		blob_free(overlay);
	return status;
}

/* A tree that knows nothing but its cells and its controller. */
int overlay_stand_in(struct blob *base, const char *controller)
{
	static const char *const names[] = { "gic", "plic", "aplic" };
	static const uint32_t cells[] = { 3, 1, 2 };
	struct writer w = { .fdt = calloc(1, BUFFER_SIZE) };
	int i = 0;

	while (controller && i < 3 && strcmp(controller, names[i]))
		i++;
	if (i == 3 || !w.fdt) {
		free(w.fdt);
		return i < 3 ? fail("no memory") :
		       misuse("--intc %s: is not gic, plic or aplic; a path needs --base",
			      controller);
	}
	note(&w, fdt_create(w.fdt, BUFFER_SIZE));
	note(&w, fdt_finish_reservemap(w.fdt));
	begin(&w, "%s", "");
	put_cell(&w, "#address-cells", 2);
	put_cell(&w, "#size-cells", 2);
	put_cell(&w, "interrupt-parent", 1);
	begin(&w, "interrupt-controller");
	note(&w, fdt_property(w.fdt, "interrupt-controller", NULL, 0));
	put_cell(&w, "#interrupt-cells", cells[i]);
	put_cell(&w, "phandle", 1);
	end(&w);
	end(&w);
	note(&w, fdt_finish(w.fdt));
	base->fdt = w.fdt;
	base->size = BUFFER_SIZE;
	return w.error ? fail("no memory") : BAOCTL_OK;
}
