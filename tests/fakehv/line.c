// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt lines as the kernel and the tests have them; what they are in is
 * for vgic.c to say. Delivered in hard interrupt context on one CPU, in the
 * flow of the GIC's driver.
 *
 * A chip of its own, for distribution kernels come without IRQ_SIM.
 */

#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/numa.h>
#include <linux/stop_machine.h>
#include <linux/string.h>

#include "internal.h"

static struct fakehv_line fakehv_lines[FAKEHV_NUM_LINES];
static int fakehv_first_irq;

static void fakehv_count_delivery(struct fakehv_line *line)
{
	int n = line - fakehv_lines;

	line->info.delivered++;
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
	fire = fakehv_take(line);
	if (fire)
		fakehv_count_delivery(line);
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

/**
 * fakehv_kick() - have a line delivered that has become pending
 * @line: in a list register
 *
 * Context: any, with fakehv.lock held.
 */
void fakehv_kick(struct fakehv_line *line)
{
	lockdep_assert_held(&fakehv.lock);

	/*
	 * -EBUSY from the remote call is fine: it is under way and has not
	 * looked at the line yet. The local one must not run its function
	 * here and now, so it takes another way.
	 */
	if (line->owner == smp_processor_id() || !cpu_online(line->owner))
		irq_work_queue(&line->work);
	else
		smp_call_function_single_async(line->owner, &line->csd);
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
	next = edges->left && fakehv_can_take(line);
	if (next) {
		edges->left--;
		fakehv.counters.raised++;
		fakehv_gicd_write(line, FAKEHV_REG_PENDING, true);
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
 * fakehv_burst() - raise edges and deliver each at once, until one is not taken
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

static void fakehv_poke(struct irq_data *d, enum fakehv_reg reg, u32 value)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	fakehv_gicd_write(irq_data_get_irq_chip_data(d), reg, value);
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

static bool fakehv_peek(struct irq_data *d, enum fakehv_reg reg)
{
	struct fakehv_line *line = irq_data_get_irq_chip_data(d);
	bool value, in_vain;
	unsigned long flags;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	value = fakehv_gicd_read(line, reg);
	in_vain = value && reg == FAKEHV_REG_ACTIVE && fakehv_in_vain(line);
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);

	WARN(in_vain, "fakehv: irq %u: its end was lost, and somebody waits for it for ever\n",
	     d->irq);
	return value && !in_vain;
}

static void fakehv_irq_mask(struct irq_data *d)
{
	fakehv_poke(d, FAKEHV_REG_ENABLED, false);
}

static void fakehv_irq_unmask(struct irq_data *d)
{
	fakehv_poke(d, FAKEHV_REG_ENABLED, true);
}

static void fakehv_irq_eoi(struct irq_data *d)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	fakehv_end(irq_data_get_irq_chip_data(d));
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

static int fakehv_irq_retrigger(struct irq_data *d)
{
	fakehv_poke(d, FAKEHV_REG_PENDING, true);
	return 1;
}

static int fakehv_irq_set_type(struct irq_data *d, unsigned int type)
{
	fakehv_poke(d, FAKEHV_REG_TYPE, type);
	return 0;
}

/*
 * In the steps of the GIC's driver, and another CPU can come in between. The
 * APLIC's does not mask, so that it loses nothing.
 */
static int fakehv_irq_set_affinity(struct irq_data *d,
				   const struct cpumask *mask, bool force)
{
	unsigned int cpu = force ? cpumask_first(mask) :
				   cpumask_any_and(mask, cpu_online_mask);
	bool enabled;

	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	enabled = fakehv_peek(d, FAKEHV_REG_ENABLED) &&
		  !(READ_ONCE(fakehv.config.flags) & FAKEHV_DROP_MASKED);
	if (enabled)
		fakehv_irq_mask(d);
	fakehv_poke(d, FAKEHV_REG_ROUTE, cpu);
	if (enabled)
		fakehv_irq_unmask(d);
	irq_data_update_effective_affinity(d, cpumask_of(cpu));
	return IRQ_SET_MASK_OK_DONE;
}

static int fakehv_reg_of(enum irqchip_irq_state which)
{
	if (READ_ONCE(fakehv.config.flags) & FAKEHV_NO_STATE)
		return -EINVAL;
	switch (which) {
	case IRQCHIP_STATE_PENDING:
		return FAKEHV_REG_PENDING;
	case IRQCHIP_STATE_ACTIVE:
		return FAKEHV_REG_ACTIVE;
	case IRQCHIP_STATE_MASKED:
		return FAKEHV_REG_ENABLED;
	default:
		return -EINVAL;
	}
}

static int fakehv_irq_get_state(struct irq_data *d,
				enum irqchip_irq_state which, bool *value)
{
	int reg = fakehv_reg_of(which);

	if (reg < 0)
		return reg;
	*value = fakehv_peek(d, reg) ^ (reg == FAKEHV_REG_ENABLED);
	return 0;
}

static int fakehv_irq_set_state(struct irq_data *d,
				enum irqchip_irq_state which, bool value)
{
	int reg = fakehv_reg_of(which);

	if (reg < 0)
		return reg;
	fakehv_poke(d, reg, value ^ (reg == FAKEHV_REG_ENABLED));
	return 0;
}

/* As the GIC's. */
static struct irq_chip fakehv_chip = {
	.name = "fakehv",
	.irq_mask = fakehv_irq_mask,
	.irq_unmask = fakehv_irq_unmask,
	.irq_eoi = fakehv_irq_eoi,
	.irq_retrigger = fakehv_irq_retrigger,
	.irq_set_type = fakehv_irq_set_type,
	.irq_set_affinity = fakehv_irq_set_affinity,
	.irq_get_irqchip_state = fakehv_irq_get_state,
	.irq_set_irqchip_state = fakehv_irq_set_state,
	.flags = IRQCHIP_SET_TYPE_MASKED | IRQCHIP_SKIP_SET_WAKE |
		 IRQCHIP_MASK_ON_SUSPEND,
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

/* The only way to the kernel's setter that all kernels have for modules. */
static int fakehv_route(struct fakehv_line *line, const struct cpumask *mask)
{
	int ret = irq_set_affinity_hint(line->irq, mask);

	irq_set_affinity_hint(line->irq, NULL);
	return ret;
}

/**
 * fakehv_set_cpu() - choose where a line is delivered, as the kernel does
 * @cpu: from user space
 *
 * Context: process.
 * Return: 0 or -EINVAL
 */
int fakehv_set_cpu(const struct fakehv_cpu *cpu)
{
	struct fakehv_line *line;

	line = fakehv_line(cpu->kind, cpu->index, cpu->event);
	if (!line || cpu->cpu >= nr_cpu_ids || !cpu_online(cpu->cpu))
		return -EINVAL;
	line->moved = true;
	return fakehv_route(line, cpumask_of(cpu->cpu));
}

/**
 * fakehv_kill_line() - leave a line active or masked
 * @victim: from user space
 *
 * Return: 0 or -EINVAL
 */
int fakehv_kill_line(const struct fakehv_victim *victim)
{
	struct fakehv_line *line;
	unsigned long flags;

	line = fakehv_line(victim->kind, victim->index, victim->event);
	if (!line)
		return -EINVAL;
	raw_spin_lock_irqsave(&fakehv.lock, flags);
	fakehv_kill(line, victim->flags);
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return 0;
}

/**
 * fakehv_get_line() - tell what a line is in
 * @info: for user space, which says which line
 *
 * Return: 0 or -EINVAL
 */
int fakehv_get_line(struct fakehv_line_info *info)
{
	struct fakehv_line_info now;
	struct fakehv_line *line;
	unsigned long flags;
	u8 state;

	line = fakehv_line(info->kind, info->index, info->event);
	if (!line)
		return -EINVAL;
	raw_spin_lock_irqsave(&fakehv.lock, flags);
	now = line->info;
	state = line->state | line->lr;
	now.cpu = line->cpu;
	now.enabled = line->enabled;
	now.pending = !!(state & FAKEHV_PENDED);
	now.active = !!(state & FAKEHV_ACTIVE);
	now.dead = line->lost;
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	now.kind = info->kind;
	now.index = info->index;
	now.event = info->event;
	*info = now;
	return 0;
}

/**
 * fakehv_sum_lines() - what happened to all lines
 * @counters: where to put the sums
 *
 * Context: fakehv.lock held.
 */
void fakehv_sum_lines(struct fakehv_counters *counters)
{
	const struct fakehv_line *line;
	int i;

	for (i = 0; i < FAKEHV_NUM_LINES; i++) {
		line = &fakehv_lines[i];
		counters->masked += line->info.masked;
		counters->lost_eois += line->info.lost_eois;
		counters->hung += line->info.hung;
		counters->dead += line->lost;
	}
}

/**
 * fakehv_reset_line_counters() - start again from 0
 *
 * Context: fakehv.lock held.
 */
void fakehv_reset_line_counters(void)
{
	int i;

	for (i = 0; i < FAKEHV_NUM_LINES; i++)
		memset(&fakehv_lines[i].info, 0, sizeof(fakehv_lines[i].info));
}

static void fakehv_line_init(struct fakehv_line *line, int irq)
{
	line->irq = irq;
#ifdef IRQ_WORK_INIT_HARD	/* kernels without it have no threaded kind */
	line->work = IRQ_WORK_INIT_HARD(fakehv_deliver_here);
#else
	init_irq_work(&line->work, fakehv_deliver_here);
#endif
	line->csd.func = fakehv_deliver_there;
	line->csd.info = line;
	irq_set_chip_and_handler(irq, &fakehv_chip, handle_fasteoi_irq);
	irq_set_chip_data(irq, line);
#ifdef FAKEHV_MOVE_FLAG
	irq_set_status_flags(irq, FAKEHV_MOVE_FLAG);
#endif
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
 * fakehv_lines_reset() - forget what is latched or active, deliver on CPU 0
 *
 * Context: process; no device is left that could have requested a line.
 */
void fakehv_lines_reset(void)
{
	struct fakehv_line *line;
	unsigned long flags;
	int i;

	for (i = 0; i < FAKEHV_NUM_LINES; i++) {
		line = &fakehv_lines[i];
		if (line->moved)
			fakehv_route(line, cpu_possible_mask);
		line->moved = false;
		raw_spin_lock_irqsave(&fakehv.lock, flags);
		line->state = 0;
		line->lr = 0;
		line->lost = false;
		line->cpu = 0;
		raw_spin_unlock_irqrestore(&fakehv.lock, flags);
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
