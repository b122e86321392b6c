// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tree against Bao's configuration.
 */
#include "overlay.h"

#include <inttypes.h>
#include <string.h>

/**
 * struct part - the region and the interrupts of a device that are a fact's
 * @dev: the device
 * @reg: which of its regions
 */
struct part {
	const struct device *dev;
	int reg;
};

static uint64_t base_of(const struct fact *fact)
{
	return fact->kind == KIND_FRONTEND ? fact->window.start :
					     fact->shared.start;
}

static bool find_part(const struct check *check, const struct fact *fact,
		      struct part *part)
{
	int d, i;

	for (d = 0; d < check->num; d++) {
		part->dev = &check->device[d];
		if (part->dev->kind != fact->kind)
			continue;
		for (i = 0; i < part->dev->num_regs && i < MAX_REGS; i++) {
			part->reg = i;
			if (part->dev->reg[i].start == base_of(fact))
				return true;
		}
	}
	return false;
}

static void compare_irq(struct check *check, const struct device *dev, int i,
			uint32_t wanted)
{
	const struct irq *irq;

	if (i >= dev->num_irqs || i >= MAX_IRQS) {
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: interrupts: entry %d is missing; Bao's configuration has %u",
			   dev->path, i, wanted);
		return;
	}
	irq = &dev->irq[i];
	if (irq_of_bao(irq) == wanted)
		return;
	if (irq->num >= 3 && irq->cell[1] == wanted && wanted >= 32)
		find_fault(check->findings, ERROR, "intid",
			   "%s: interrupts: <0 %u 1> is interrupt %u; Bao counts from 0 and a GIC's shared ones from 32, write <0 %u 1>",
			   dev->path, wanted, wanted + 32, wanted - 32);
	else
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: interrupts: entry %d is %" PRId64 " as Bao counts, whose configuration has %u",
			   dev->path, i, irq_of_bao(irq), wanted);
}

static void compare_id(struct check *check, const struct fact *fact,
		       const struct part *part)
{
	const struct device *dev = part->dev;
	uint32_t id = dev->has_id ? dev->id : (uint32_t)part->reg;

	if (fact->kind != KIND_FRONTEND && id != fact->id)
		find_fault(check->findings, ERROR, "id",
			   "%s: has number %u; its position in Bao's configuration is %u",
			   dev->path, id, fact->id);
}

static void compare_size(struct check *check, const struct fact *fact,
			 const struct part *part)
{
	uint64_t wanted = fact->kind == KIND_FRONTEND ? fact->window.size :
							fact->shared.size;
	uint64_t size = part->dev->reg[part->reg].size;

	/* a region of two parts has no size of its own */
	if (fact->kind == KIND_IPC && part->dev->num_regs > 1)
		return;
	if (size != wanted)
		find_fault(check->findings, ERROR, "reg",
			   "%s: reg: %#" PRIx64 " bytes; Bao's configuration has %#" PRIx64,
			   part->dev->path, size, wanted);
}

/* It may be a part: there may be other things in the shared memory. */
static void compare_pool(struct check *check, const struct fact *fact,
			 const struct device *dev)
{
	struct span pool;

	if (fact->kind != KIND_FRONTEND || !fact->shared.size ||
	    !pool_of(&check->tree, dev, &pool) ||
	    span_holds(&fact->shared, &pool))
		return;
	find_fault(check->findings, ERROR, "pool",
		   "%s: memory-region: %#" PRIx64 " bytes at %#" PRIx64 " are not in what Bao's configuration shares, %#" PRIx64 " bytes at %#" PRIx64 "; the backend sees nothing else",
		   dev->path, pool.size, pool.start, fact->shared.size,
		   fact->shared.start);
}

static void compare(struct check *check, const struct fact *fact)
{
	struct part part;
	unsigned int i;

	if (!find_part(check, fact, &part)) {
		find_fault(check->findings, ERROR, "missing",
			   "no %s at %#" PRIx64 ", which Bao's configuration has; is reg right?",
			   kind_names[fact->kind], base_of(fact));
		return;
	}
	compare_size(check, fact, &part);
	compare_id(check, fact, &part);
	compare_pool(check, fact, part.dev);
	for (i = 0; i < fact->num_irqs; i++)
		compare_irq(check, part.dev,
			    fact->kind == KIND_BACKEND ? part.reg : (int)i,
			    fact->irq[i]);
}

static bool is_meant(const struct device *dev, int reg, const struct fact *fact)
{
	if (fact->kind != dev->kind)
		return false;
	if (dev->kind == KIND_IPC)
		return span_holds(&fact->shared, &dev->reg[reg]) ||
		       fact->shared.start == dev->reg[reg].start;
	return base_of(fact) == dev->reg[reg].start;
}

static void check_meant(struct check *check, const struct facts *facts,
			const struct device *dev)
{
	unsigned int f;
	int i;

	for (i = 0; i < dev->num_regs && i < MAX_REGS; i++) {
		for (f = 0; f < facts->num; f++)
			if (is_meant(dev, i, &facts->fact[f]))
				break;
		if (f == facts->num)
			find_fault(check->findings, ERROR, "missing",
				   "%s: Bao's configuration has no %s at %#" PRIx64,
				   dev->path, kind_names[dev->kind],
				   dev->reg[i].start);
	}
}

void check_facts(struct check *check, const struct facts *facts)
{
	unsigned int f;
	int d;

	if (!facts->num)
		return;
	for (f = 0; f < facts->num; f++)
		compare(check, &facts->fact[f]);
	for (d = 0; d < check->num; d++)
		check_meant(check, facts, &check->device[d]);
}
