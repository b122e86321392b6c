// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt lines, as a virtual interrupt controller has them: edges, a
 * pending latch, delivered in hard interrupt context on one CPU.
 *
 * A chip of its own, for distribution kernels come without IRQ_SIM.
 */

#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/numa.h>
#include <linux/stop_machine.h>

#include "internal.h"

static struct fakehv_line fakehv_lines[FAKEHV_NUM_LINES];
static int fakehv_first_irq;

static void fakehv_count_delivery(struct fakehv_line *line)
{
	int n = line - fakehv_lines;

	fakehv.counters.delivered++;
	if (n < FAKEHV_MAX_DMS)
		fakehv.counters.dm_delivered[n]++;
}

/*
 * One edge at a time: a line that is raised meanwhile comes as an interrupt
 * of its own, and the driver has to defend its CPU against that.
 */
static void fakehv_deliver(struct fakehv_line *line)
{
	unsigned long flags;
	bool fire;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	fire = line->pending && !line->masked;
	if (fire) {
		line->pending = false;
		fakehv_count_delivery(line);
	}
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);

	if (fire)
		generic_handle_irq(line->irq);
}

static void fakehv_deliver_here(struct irq_work *work)
{
	fakehv_deliver(container_of(work, struct fakehv_line, work));
}

static void fakehv_deliver_there(void *data)
{
	fakehv_deliver(data);
}

static void fakehv_kick(struct fakehv_line *line)
{
	lockdep_assert_held(&fakehv.lock);

	/*
	 * -EBUSY from the remote call is fine: it is under way and has not
	 * looked at the latch yet. The local one must not run its function
	 * here and now, so it takes another way.
	 */
	if (line->cpu == smp_processor_id() || !cpu_online(line->cpu))
		irq_work_queue(&line->work);
	else
		smp_call_function_single_async(line->cpu, &line->csd);
}

/**
 * fakehv_raise() - raise an edge
 * @line: the line
 *
 * Context: any, with fakehv.lock held.
 */
void fakehv_raise(struct fakehv_line *line)
{
	struct fakehv_refusal *lose = &fakehv.refusals[FAKEHV_LOSE_IRQ];
	bool drop = fakehv.config.flags & FAKEHV_DROP_MASKED;

	lockdep_assert_held(&fakehv.lock);

	fakehv.counters.raised++;
	if (fakehv_goes_wrong(lose) || (line->masked && drop)) {
		fakehv.counters.lost++;
		return;
	}
	line->pending = true;
	if (!line->masked)
		fakehv_kick(line);
}

/**
 * struct fakehv_edges - a burst
 * @line: where
 * @left: how many are still to come
 */
struct fakehv_edges {
	struct fakehv_line *line;
	u32 left;
};

/* Latched one by one: what is left of it must not count as lost. */
static bool fakehv_next_edge(struct fakehv_edges *edges)
{
	struct fakehv_line *line = edges->line;
	bool next;

	raw_spin_lock(&fakehv.lock);
	next = edges->left && !line->masked;
	if (next) {
		edges->left--;
		fakehv.counters.raised++;
		line->pending = true;
	}
	raw_spin_unlock(&fakehv.lock);
	return next;
}

/* Runs with interrupts off. */
static int fakehv_burst_here(void *data)
{
	struct fakehv_edges *edges = data;

	while (fakehv_next_edge(edges))
		fakehv_deliver(edges->line);
	return 0;
}

/**
 * fakehv_burst() - raise edges and deliver each at once, until one is masked
 * @line: the line
 * @count: how many at most
 *
 * The machine stops for it. How many of them a tick has time for depends on
 * the machine otherwise, and so does whether the driver defends itself.
 *
 * Context: process.
 * Return: how many there were
 */
u64 fakehv_burst(struct fakehv_line *line, u32 count)
{
	struct fakehv_edges edges = { .line = line, .left = count };

	stop_machine(fakehv_burst_here, &edges, cpumask_of(line->cpu));
	return count - edges.left;
}

static void fakehv_irq_mask(struct irq_data *d)
{
	struct fakehv_line *line = irq_data_get_irq_chip_data(d);
	unsigned long flags;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	line->masked = true;
	if (line->pending && fakehv.config.flags & FAKEHV_DROP_MASKED) {
		line->pending = false;
		fakehv.counters.lost++;
	}
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

static void fakehv_irq_unmask(struct irq_data *d)
{
	struct fakehv_line *line = irq_data_get_irq_chip_data(d);
	unsigned long flags;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	line->masked = false;
	if (line->pending)
		fakehv_kick(line);
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

static int fakehv_irq_retrigger(struct irq_data *d)
{
	struct fakehv_line *line = irq_data_get_irq_chip_data(d);
	unsigned long flags;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	line->pending = true;
	if (!line->masked)
		fakehv_kick(line);
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return 1;
}

/* The latch is cleared on delivery; the edge handler wants the callback. */
static void fakehv_irq_ack(struct irq_data *d)
{
}

static int fakehv_irq_set_type(struct irq_data *d, unsigned int type)
{
	return 0;
}

static struct irq_chip fakehv_chip = {
	.name = "fakehv",
	.irq_mask = fakehv_irq_mask,
	.irq_unmask = fakehv_irq_unmask,
	.irq_retrigger = fakehv_irq_retrigger,
	.irq_ack = fakehv_irq_ack,
	.irq_set_type = fakehv_irq_set_type,
};

/**
 * fakehv_line() - find a line
 * @kind: enum fakehv_kind
 * @index: device model or channel
 * @event: of a channel
 *
 * Return: the line or NULL
 */
struct fakehv_line *fakehv_line(u32 kind, u32 index, u32 event)
{
	if (kind == FAKEHV_DM && index < FAKEHV_MAX_DMS)
		return &fakehv_lines[index];
	if (kind == FAKEHV_IPC && index < FAKEHV_MAX_IPCS &&
	    event < FAKEHV_MAX_EVENTS)
		return &fakehv_lines[FAKEHV_MAX_DMS +
				     index * FAKEHV_MAX_EVENTS + event];
	return NULL;
}

/**
 * fakehv_set_cpu() - choose where a line is delivered
 * @cpu: from user space
 *
 * Return: 0 or -EINVAL
 */
int fakehv_set_cpu(const struct fakehv_cpu *cpu)
{
	struct fakehv_line *line;
	unsigned long flags;

	line = fakehv_line(cpu->kind, cpu->index, cpu->event);
	if (!line || cpu->cpu >= nr_cpu_ids || !cpu_online(cpu->cpu))
		return -EINVAL;
	raw_spin_lock_irqsave(&fakehv.lock, flags);
	line->cpu = cpu->cpu;
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return 0;
}

static void fakehv_line_init(struct fakehv_line *line, int irq)
{
	line->irq = irq;
	line->masked = true;
#ifdef IRQ_WORK_INIT_HARD	/* kernels without it have no threaded kind */
	line->work = IRQ_WORK_INIT_HARD(fakehv_deliver_here);
#else
	init_irq_work(&line->work, fakehv_deliver_here);
#endif
	line->csd.func = fakehv_deliver_there;
	line->csd.info = line;
	irq_set_chip_and_handler(irq, &fakehv_chip, handle_edge_irq);
	irq_set_chip_data(irq, line);
	irq_clear_status_flags(irq, IRQ_NOREQUEST);
}

/**
 * fakehv_lines_init() - create the lines
 *
 * Return: 0 or a negative errno
 */
int fakehv_lines_init(void)
{
	int i;

	fakehv_first_irq = irq_alloc_descs(-1, 1, FAKEHV_NUM_LINES,
					   NUMA_NO_NODE);
	if (fakehv_first_irq < 0)
		return fakehv_first_irq;
	for (i = 0; i < FAKEHV_NUM_LINES; i++)
		fakehv_line_init(&fakehv_lines[i], fakehv_first_irq + i);
	return 0;
}

/**
 * fakehv_lines_reset() - forget what is latched, deliver on CPU 0
 *
 * Context: no device is left that could have requested a line.
 */
void fakehv_lines_reset(void)
{
	unsigned long flags;
	int i;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	for (i = 0; i < FAKEHV_NUM_LINES; i++) {
		fakehv_lines[i].pending = false;
		fakehv_lines[i].cpu = 0;
	}
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

/**
 * fakehv_lines_configure() - decide when a line that is switched off is masked
 * @at_once: not only when it goes off once more, which the kernel would recall
 *	and repeat; lasts until the line is given back
 *
 * Context: process.
 */
void fakehv_lines_configure(bool at_once)
{
	int i;

	for (i = 0; i < FAKEHV_NUM_LINES; i++) {
		if (at_once)
			irq_set_status_flags(fakehv_lines[i].irq,
					     IRQ_DISABLE_UNLAZY);
		else
			irq_clear_status_flags(fakehv_lines[i].irq,
					       IRQ_DISABLE_UNLAZY);
	}
}

static void fakehv_nothing(void *data)
{
}

/**
 * fakehv_lines_exit() - undo fakehv_lines_init()
 *
 * Context: process; nothing raises a line any more.
 */
void fakehv_lines_exit(void)
{
	int i;

	/* Remote calls under way end before one that is queued behind them. */
	on_each_cpu(fakehv_nothing, NULL, 1);
	for (i = 0; i < FAKEHV_NUM_LINES; i++) {
		irq_work_sync(&fakehv_lines[i].work);
		irq_set_chip_and_handler(fakehv_lines[i].irq, NULL, NULL);
	}
	irq_free_descs(fakehv_first_irq, FAKEHV_NUM_LINES);
}
