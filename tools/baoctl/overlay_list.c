// SPDX-License-Identifier: GPL-2.0-only
#include "overlay_list.h"

#include <inttypes.h>
#include <libfdt.h>

static int num_regs(const struct device *dev)
{
	return dev->num_regs < MAX_REGS ? dev->num_regs : MAX_REGS;
}

static int num_irqs(const struct device *dev)
{
	return dev->num_irqs < MAX_IRQS ? dev->num_irqs : MAX_IRQS;
}

static void print_cells(const char *cells, int num)
{
	int i;

	for (i = 0; i < num; i++)
		printf("%s%u", i ? " " : " <", fdt32_ld((const void *)
							(cells + 4 * i)));
	fputs(num ? ">" : "", stdout);
}

/* As Bao counts them, or as they are in the tree. */
static void print_irqs(const struct check *check, const struct device *dev)
{
	const char *cells;
	int i, len = 0;

	if (dev->num_irqs)
		fputs(", interrupt", stdout);
	if (dev->num_irqs < 0) {
		cells = tree_get(&check->tree, dev->n, "interrupts-extended",
				 &len) ?:
			tree_get(&check->tree, dev->n, "interrupts", &len);
		print_cells(cells, cells ? len / 4 : 0);
	}
	for (i = 0; i < num_irqs(dev); i++) {
		const struct irq *irq = &dev->irq[i];

		if (irq_of_bao(irq) >= 0)
			printf(" %" PRId64, irq_of_bao(irq));
		else
			printf(" <%u %u %u>", irq->cell[0], irq->cell[1],
			       irq->cell[2]);
	}
}

static void print_device(const struct check *check, const struct device *dev)
{
	int i;

	printf("%s: %s", dev->path, kind_names[dev->kind]);
	if (dev->has_id)
		printf(" %u", dev->id);
	if (dev->label)
		printf(" \"%s\"", dev->label);
	for (i = 0; i < num_regs(dev); i++)
		printf(", %#" PRIx64 " bytes at %#" PRIx64, dev->reg[i].size,
		       dev->reg[i].start);
	print_irqs(check, dev);
	putchar('\n');
}

void devices_print(const struct check *check)
{
	int i;

	for (i = 0; i < check->num; i++)
		print_device(check, &check->device[i]);
}

static struct json_object *span_json(const struct span *span)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "start",
			       json_object_new_uint64(span->start));
	json_object_object_add(object, "size",
			       json_object_new_uint64(span->size));
	return object;
}

/* null for what is not known. */
static struct json_object *irqs_json(const struct device *dev)
{
	struct json_object *irqs;
	int64_t irq;
	int i;

	if (dev->num_irqs < 0)
		return NULL;
	irqs = json_object_new_array();
	for (i = 0; i < num_irqs(dev); i++) {
		irq = irq_of_bao(&dev->irq[i]);
		json_object_array_add(irqs, irq < 0 ? NULL :
				      json_object_new_int64(irq));
	}
	return irqs;
}

static struct json_object *device_json(const struct device *dev)
{
	struct json_object *object = json_object_new_object();
	struct json_object *regions = json_object_new_array();
	int i;

	for (i = 0; i < num_regs(dev); i++)
		json_object_array_add(regions, span_json(&dev->reg[i]));
	json_object_object_add(object, "path",
			       json_object_new_string(dev->path));
	json_object_object_add(object, "kind",
			       json_object_new_string(kind_names[dev->kind]));
	json_object_object_add(object, "id", dev->has_id ?
			       json_object_new_int64(dev->id) : NULL);
	json_object_object_add(object, "label", dev->label ?
			       json_object_new_string(dev->label) : NULL);
	json_object_object_add(object, "regions", regions);
	json_object_object_add(object, "interrupts", irqs_json(dev));
	return object;
}

struct json_object *devices_json(const struct check *check)
{
	struct json_object *list = json_object_new_array();
	int i;

	for (i = 0; i < check->num; i++)
		json_object_array_add(list, device_json(&check->device[i]));
	return list;
}
