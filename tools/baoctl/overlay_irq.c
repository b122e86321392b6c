// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts. Bao counts them from 0, the binding of the GIC counts the shared
 * ones from 32; that is what goes wrong most.
 */
#include "overlay.h"

#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

#define EDGE_RISING	1
#define FIRST_SPI	32
#define LAST_INTID	1019
/* Bao keeps the interrupts of remote I/O in a byte. */
#define LAST_REMIO	255

static void check_gic_irq(struct check *check, const struct device *dev,
			  const struct irq *irq, bool guess)
{
	uint32_t number = irq->cell[1];

	if (irq->cell[0]) {
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: interrupts: <%u %u %u> is no shared interrupt; write <0 N-32 1> for N of Bao's configuration",
			   dev->path, irq->cell[0], number, irq->cell[2]);
		return;
	}
	if (number > LAST_INTID - FIRST_SPI)
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: interrupts: a GIC has no shared interrupt %u; the last is %d",
			   dev->path, number, LAST_INTID - FIRST_SPI);
	else if (guess && number >= FIRST_SPI && dev->kind != KIND_FRONTEND)
		find_fault(check->findings, WARNING, "intid",
			   "%s: interrupts: <0 %u 1> is %u in Bao's configuration; if that says %u, write <0 %u 1>",
			   dev->path, number, number + FIRST_SPI, number,
			   number - FIRST_SPI);
	if ((irq->cell[2] & 0xf) != EDGE_RISING)
		find_fault(check->findings, WARNING, "trigger",
			   "%s: interrupts: trigger %u; Bao's are edges, write 1",
			   dev->path, irq->cell[2]);
}

static void check_plic_irq(struct check *check, const struct device *dev,
			   const struct irq *irq)
{
	const char *names[] = { "riscv,ndev", "riscv,num-sources" };
	const void *last;
	int i, len;

	if (!irq->cell[0])
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: interrupts: there is no source 0", dev->path);
	for (i = 0; i < 2; i++) {
		last = tree_get(&check->tree, irq->parent, names[i], &len);
		if (last && len == 4 && irq->cell[0] > fdt32_ld(last))
			find_fault(check->findings, ERROR, "interrupts",
				   "%s: interrupts: %u is beyond the controller's %s of %u; raise that, or use another",
				   dev->path, irq->cell[0], names[i],
				   fdt32_ld(last));
	}
	if (irq->num == 2 && irq->cell[1] != EDGE_RISING)
		find_fault(check->findings, WARNING, "trigger",
			   "%s: interrupts: trigger %u; Bao's are edges, write 1",
			   dev->path, irq->cell[1]);
}

bool same_irq(const struct irq *a, const struct irq *b)
{
	return a->parent == b->parent && a->cell[0] == b->cell[0] &&
	       (a->num < 3 || a->cell[1] == b->cell[1]);
}

static bool uses_irq(const struct check *check, int n, const struct irq *irq)
{
	struct irq other[MAX_IRQS];
	const char *why;
	int i, num = tree_irqs(&check->tree, n, other, MAX_IRQS, &why);

	for (i = 0; i < num; i++)
		if (same_irq(&other[i], irq))
			return true;
	return false;
}

/* Each pair of devices once, and the device's own entries. */
static void check_alone(struct check *check, const struct device *dev, int i)
{
	const struct irq *irq = &dev->irq[i];
	char path[MAX_PATH];
	int n, j;

	for (j = 0; j < i; j++)
		if (same_irq(&dev->irq[j], irq))
			find_fault(check->findings, ERROR, "interrupts",
				   "%s: interrupts: entries %d and %d are the same",
				   dev->path, j, i);
	for (n = 1; n < check->tree.num; n++) {
		bool ours = false;

		for (j = 0; j < check->num; j++)
			ours |= check->device[j].n == n &&
				&check->device[j] <= dev;
		if (ours || n == dev->n || !tree_enabled(&check->tree, n) ||
		    !uses_irq(check, n, irq))
			continue;
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: interrupts: entry %d is that of %s, too; each needs its own",
			   dev->path, i, tree_path(&check->tree, n, path));
	}
}

static void check_irq(struct check *check, const struct device *dev, int i,
		      bool guess)
{
	const struct irq *irq = &dev->irq[i];
	unsigned int before = check->findings->errors;

	if (tree_is_gic(&check->tree, irq->parent))
		check_gic_irq(check, dev, irq, guess);
	else
		check_plic_irq(check, dev, irq);
	if (check->findings->errors != before)
		return;
	if (dev->kind != KIND_IPC && irq_of_bao(irq) > LAST_REMIO)
		find_fault(check->findings, ERROR, "interrupts",
			   "%s: interrupts: %" PRId64 " in Bao's configuration; for remio_devs it takes up to %d",
			   dev->path, irq_of_bao(irq), LAST_REMIO);
	check_alone(check, dev, i);
}

void check_irqs(struct check *check, bool guess)
{
	int d, i;

	for (d = 0; d < check->num; d++)
		for (i = 0; i < check->device[d].num_irqs && i < MAX_IRQS; i++)
			check_irq(check, &check->device[d], i, guess);
}
