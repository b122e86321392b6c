// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver and Bao demand of a device by itself and among its kind.
 */
#include "overlay.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

static void check_id_range(struct check *check, const struct device *dev)
{
	if (!dev->has_id)
		return;
	if (dev->kind == KIND_BACKEND && dev->id >= MAX_REGS)
		find_fault(check->findings, ERROR, "id",
			   "%s: bao,id: %u is not below %d; write the position in Bao's remio_devs",
			   dev->path, dev->id, MAX_REGS);
	if (dev->kind == KIND_IPC && dev->id > INT32_MAX)
		find_fault(check->findings, ERROR, "id",
			   "%s: id: %#x is no channel's number; write the position in Bao's ipcs",
			   dev->path, dev->id);
}

/* The device models of a node: one with a number, or as many as regions. */
static bool share_an_id(const struct device *a, const struct device *b)
{
	uint32_t first_a = a->has_id ? a->id : 0;
	uint32_t first_b = b->has_id ? b->id : 0;
	uint32_t num_a = a->has_id ? 1 : (uint32_t)a->num_regs;
	uint32_t num_b = b->has_id ? 1 : (uint32_t)b->num_regs;

	if (a->kind != b->kind || a->kind == KIND_FRONTEND)
		return false;
	if (a->kind == KIND_IPC)
		return a->has_id && b->has_id && a->id == b->id;
	return first_a < (uint64_t)first_b + num_b &&
	       first_b < (uint64_t)first_a + num_a;
}

static bool share_a_pool(const struct check *check, const struct device *a,
			 const struct device *b)
{
	const void *pool_a, *pool_b;
	int len_a, len_b;

	if (a->kind != KIND_FRONTEND || b->kind != KIND_FRONTEND)
		return false;
	pool_a = tree_get(&check->tree, a->n, "memory-region", &len_a);
	pool_b = tree_get(&check->tree, b->n, "memory-region", &len_b);
	return pool_a && pool_b && len_a == 4 && len_b == 4 &&
	       !memcmp(pool_a, pool_b, 4);
}

static void check_pair(struct check *check, const struct device *a,
		       const struct device *b)
{
	if (share_a_pool(check, a, b))
		find_fault(check->findings, ERROR, "pool",
			   "%s and %s: memory-region: the same pool; each needs shared memory of its own, Bao stops where two entries of remio_devs share it",
			   a->path, b->path);
	if (share_an_id(a, b))
		find_fault(check->findings, ERROR, "id",
			   "%s and %s have the same number, %u; the driver takes the first alone, give each its position in Bao's configuration",
			   a->path, b->path, b->has_id ? b->id : a->id);
	if (a->label && b->label && !strcmp(a->label, b->label))
		find_fault(check->findings, WARNING, "label",
			   "%s and %s have the same label, \"%s\"; one link in /dev/bao will hide the other",
			   a->path, b->path, a->label);
}

void check_ids(struct check *check)
{
	int i, j;

	for (i = 0; i < check->num; i++) {
		check_id_range(check, &check->device[i]);
		for (j = 0; j < i; j++)
			check_pair(check, &check->device[j], &check->device[i]);
	}
}

static void check_channel(struct check *check, const struct device *dev,
			  const char *name, const struct span *channel)
{
	struct span region = { 0, dev->reg[0].size };

	if (!channel->size || !span_holds(&region, channel))
		find_fault(check->findings, ERROR, "channel",
			   "%s: %s: %#" PRIx64 " bytes at %#" PRIx64 " leave the region of %#" PRIx64 " bytes, or are none; offsets count from the region's start",
			   dev->path, name, channel->size, channel->start,
			   region.size);
	else if (channel->start % PAGE || channel->size % PAGE)
		find_fault(check->findings, WARNING, "channel",
			   "%s: %s: not whole pages of %#x; programs cannot map it writable",
			   dev->path, name, PAGE);
}

static bool is_named(const struct check *check, const struct device *dev)
{
	int len;
	const char *names = tree_get(&check->tree, dev->n, "reg-names", &len);

	return names && fdt_stringlist_contains(names, len, "read") &&
	       fdt_stringlist_contains(names, len, "write");
}

static void check_ipc(struct check *check, const struct device *dev)
{
	if (dev->num_regs > 2 || (dev->num_regs == 2 && !is_named(check, dev)))
		find_fault(check->findings, ERROR, "channel",
			   "%s: reg-names: two regions have to be named \"read\" and \"write\", or be one with read-channel and write-channel",
			   dev->path);
	if (dev->num_irqs > MAX_IRQS)
		find_fault(check->findings, WARNING, "interrupts",
			   "%s: interrupts: the driver takes the first %d alone",
			   dev->path, MAX_IRQS);
	if (!dev->num_irqs)
		find_fault(check->findings, WARNING, "interrupts",
			   "%s: interrupts: none; programs cannot wait for the peer",
			   dev->path);
	if (!dev->has_channels)
		return;
	check_channel(check, dev, "read-channel", &dev->read);
	check_channel(check, dev, "write-channel", &dev->write);
	if (spans_overlap(&dev->read, &dev->write))
		find_fault(check->findings, ERROR, "channel",
			   "%s: write-channel: overlaps read-channel; give each a place of its own, swapped in the peer",
			   dev->path);
}

static void check_backend(struct check *check, const struct device *dev)
{
	int most = dev->has_id ? 1 : MAX_REGS;

	if (dev->num_regs > most)
		find_fault(check->findings, ERROR, "reg",
			   "%s: reg: more than %d entries; %s", dev->path, most,
			   dev->has_id ?
			   "with bao,id a node describes one device model" :
			   "spread them over several nodes with bao,id");
	if (dev->num_irqs >= 0 && dev->num_regs != dev->num_irqs)
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: interrupts: %d entries, but reg has %d; each device model has one of both",
			   dev->path, dev->num_irqs, dev->num_regs);
}

/* Bao maps whole pages, and does not boot when they begin elsewhere. */
static void check_pages(struct check *check, const struct device *dev)
{
	int i;

	for (i = 0; i < dev->num_regs && i <= MAX_REGS; i++)
		if (!dev->reg[i].size || dev->reg[i].start % PAGE ||
		    dev->reg[i].size % PAGE)
			find_fault(check->findings, ERROR, "pages",
				   "%s: reg: %#" PRIx64 " bytes at %#" PRIx64 " are not whole pages of %#x; Bao shares nothing else",
				   dev->path, dev->reg[i].size,
				   dev->reg[i].start, PAGE);
}

void check_layout(struct check *check)
{
	int i;

	for (i = 0; i < check->num; i++) {
		const struct device *dev = &check->device[i];

		if (dev->kind == KIND_FRONTEND || !dev->num_regs)
			continue;
		check_pages(check, dev);
		if (dev->kind == KIND_IPC)
			check_ipc(check, dev);
		else
			check_backend(check, dev);
	}
}
