// SPDX-License-Identifier: GPL-2.0-only
#include "overlay_list.h"

#include <inttypes.h>

static int num_regs(const struct device *dev)
{
	return dev->num_regs < MAX_REGS ? dev->num_regs : MAX_REGS;
}

static int num_irqs(const struct device *dev)
{
	return dev->num_irqs < MAX_IRQS ? dev->num_irqs : MAX_IRQS;
}

static void print_device(const struct device *dev)
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
	for (i = 0; i < num_irqs(dev); i++)
		printf("%s%" PRId64, i ? " " : ", interrupt ",
		       irq_of_bao(&dev->irq[i]));
	putchar('\n');
}

void devices_print(const struct check *check)
{
	int i;

	for (i = 0; i < check->num; i++)
		print_device(&check->device[i]);
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

static struct json_object *device_json(const struct device *dev)
{
	struct json_object *object = json_object_new_object();
	struct json_object *regions = json_object_new_array();
	struct json_object *irqs = json_object_new_array();
	int i;

	for (i = 0; i < num_regs(dev); i++)
		json_object_array_add(regions, span_json(&dev->reg[i]));
	for (i = 0; i < num_irqs(dev); i++)
		json_object_array_add(irqs, json_object_new_int64(
				      irq_of_bao(&dev->irq[i])));
	json_object_object_add(object, "path",
			       json_object_new_string(dev->path));
	json_object_object_add(object, "kind",
			       json_object_new_string(kind_names[dev->kind]));
	json_object_object_add(object, "id", dev->has_id ?
			       json_object_new_int64(dev->id) : NULL);
	json_object_object_add(object, "label", dev->label ?
			       json_object_new_string(dev->label) : NULL);
	json_object_object_add(object, "regions", regions);
	json_object_object_add(object, "interrupts", irqs);
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
