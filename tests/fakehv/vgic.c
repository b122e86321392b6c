// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual interrupt controller: what becomes of a line's state when it is
 * raised, taken, ended, and when the guest writes to the distributor.
 *
 * A line that is pending or active and enabled is in a list register of the
 * CPU that it is routed to, and the CPU takes it and ends it there. Every write
 * to the distributor takes it out, and puts it back if it may be there. One
 * that is active and disabled may not: its end finds no list register, is
 * forgotten, and the line is active for good, or until the guest clears that.
 * So is one that was routed elsewhere meanwhile, for it belongs to the CPU that
 * took it for as long as it is active. With FAKEHV_EOI_KEPT it ends all the
 * same, as with hardware that does it right.
 *
 * What the guest reads of the distributor does not look into list registers.
 *
 * Of Bao's, this has not: writes that come late or in another order, because
 * they are messages to the CPU that has the line; list registers that are all
 * in use, and ends that count for one of the lines that had to leave theirs.
 */

#include <linux/cpumask.h>
#include <linux/ktime.h>
#include <linux/smp.h>

#include "internal.h"

/* Somebody who asks so often waits for an end, and this long for one in vain. */
#define FAKEHV_ASKS_NS		(100 * NSEC_PER_MSEC)
#define FAKEHV_PATIENCE_NS	(5 * (u64)NSEC_PER_SEC)

static bool fakehv_has(u32 flag)
{
	return fakehv.config.flags & flag;
}

/* A controller that drops what is masked has no active state to lose. */
static bool fakehv_keeps_ends(void)
{
	return fakehv_has(FAKEHV_EOI_KEPT | FAKEHV_DROP_MASKED);
}

static void fakehv_take_out(struct fakehv_line *line)
{
	line->state |= line->lr;
	line->lr = 0;
}

static void fakehv_put_in(struct fakehv_line *line)
{
	if (!line->state || !line->enabled)
		return;
	if (line->state & FAKEHV_ACTIVE && line->owner != line->cpu)
		return;
	line->owner = line->cpu;
	line->lr = line->state;
	line->state = 0;
	if (line->lr == FAKEHV_PENDED)
		fakehv_kick(line);
}

static void fakehv_set(struct fakehv_line *line, u8 bits, bool on)
{
	if (on)
		line->state |= bits;
	else
		line->state &= ~bits;
	if (!(line->state & FAKEHV_ACTIVE))
		line->lost = false;
}

static void fakehv_enable(struct fakehv_line *line, bool on)
{
	line->enabled = on;
	if (on) {
		line->info.unmasked++;
		return;
	}
	line->info.masked++;
	if (line->state & FAKEHV_PENDED && fakehv_has(FAKEHV_DROP_MASKED)) {
		fakehv_set(line, FAKEHV_PENDED, false);
		fakehv.counters.lost++;
	}
}

/**
 * fakehv_gicd_write() - the guest or the hypervisor writes to the distributor
 * @line: the line
 * @reg: which register
 * @value: what, for FAKEHV_REG_ROUTE the CPU, otherwise a truth value
 *
 * Context: any, with fakehv.lock held.
 */
void fakehv_gicd_write(struct fakehv_line *line, enum fakehv_reg reg, u32 value)
{
	lockdep_assert_held(&fakehv.lock);

	fakehv_take_out(line);
	switch (reg) {
	case FAKEHV_REG_ENABLED:
		fakehv_enable(line, value);
		break;
	case FAKEHV_REG_PENDING:
		fakehv_set(line, FAKEHV_PENDED, value);
		break;
	case FAKEHV_REG_ACTIVE:
		fakehv_set(line, FAKEHV_ACTIVE, value);
		break;
	case FAKEHV_REG_ROUTE:
		line->info.routed++;
		line->cpu = value;
		break;
	case FAKEHV_REG_TYPE:
		break;
	}
	fakehv_put_in(line);
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

	lockdep_assert_held(&fakehv.lock);

	fakehv.counters.raised++;
	if (fakehv_goes_wrong(lose) ||
	    (!line->enabled && fakehv_has(FAKEHV_DROP_MASKED)))
		fakehv.counters.lost++;
	else
		fakehv_gicd_write(line, FAKEHV_REG_PENDING, true);
}

/**
 * fakehv_can_take() - whether a line that is raised now is taken at once
 * @line: the line
 *
 * Context: any, with fakehv.lock held.
 * Return: that
 */
bool fakehv_can_take(const struct fakehv_line *line)
{
	return line->enabled && !((line->state | line->lr) & FAKEHV_ACTIVE);
}

/**
 * fakehv_take() - this CPU takes a line that is pending
 * @line: the line
 *
 * The kernel moves the lines of a CPU that goes away, so that nothing stays in
 * its list registers; but not those that were moved there afterwards.
 *
 * Context: hard interrupt, with fakehv.lock held.
 * Return: whether it has to be handled; it is active then
 */
bool fakehv_take(struct fakehv_line *line)
{
	int cpu = smp_processor_id();

	lockdep_assert_held(&fakehv.lock);

	if (line->lr != FAKEHV_PENDED)
		return false;
	if (line->owner != cpu && cpu_online(line->owner)) {
		/* It was moved while it was on its way. */
		fakehv_kick(line);
		return false;
	}
	line->owner = cpu;
	line->lr = FAKEHV_ACTIVE;
	return true;
}

/**
 * fakehv_end() - this CPU has handled a line
 * @line: the line
 *
 * Context: hard interrupt, with fakehv.lock held.
 */
void fakehv_end(struct fakehv_line *line)
{
	lockdep_assert_held(&fakehv.lock);

	if (line->lr & FAKEHV_ACTIVE && line->owner == smp_processor_id()) {
		line->lr &= ~FAKEHV_ACTIVE;
		line->lost = false;
		if (line->lr)
			fakehv_kick(line);
	} else if (fakehv_keeps_ends()) {
		fakehv_take_out(line);
		fakehv_set(line, FAKEHV_ACTIVE, false);
		fakehv_put_in(line);
	} else {
		line->info.lost_eois++;
		/* Cleared by the guest meanwhile, or taken by another CPU? */
		line->lost |= line->state & FAKEHV_ACTIVE;
	}
}

static u8 fakehv_visible(const struct fakehv_line *line)
{
	if (fakehv_keeps_ends())
		return line->state | line->lr;
	return line->state;
}

/**
 * fakehv_gicd_read() - the guest reads the distributor
 * @line: the line
 * @reg: FAKEHV_REG_ENABLED, FAKEHV_REG_PENDING or FAKEHV_REG_ACTIVE
 *
 * Context: any, with fakehv.lock held.
 * Return: what it says
 */
bool fakehv_gicd_read(const struct fakehv_line *line, enum fakehv_reg reg)
{
	lockdep_assert_held(&fakehv.lock);

	if (reg == FAKEHV_REG_ENABLED)
		return line->enabled;
	return fakehv_visible(line) & (reg == FAKEHV_REG_ACTIVE ?
				       FAKEHV_ACTIVE : FAKEHV_PENDED);
}

/**
 * fakehv_in_vain() - whether somebody waits for the end of a line that is lost
 * @line: was just found active
 *
 * The kernel does so for ever, and takes the CPU along. Here it is let go, for
 * the next test, and that is counted.
 *
 * Context: any, with fakehv.lock held.
 * Return: that
 */
bool fakehv_in_vain(struct fakehv_line *line)
{
	u64 now = ktime_get_ns();

	lockdep_assert_held(&fakehv.lock);

	if (now - line->asked_ns > FAKEHV_ASKS_NS)
		line->waits_ns = now;
	line->asked_ns = now;
	if (!line->lost || now - line->waits_ns < FAKEHV_PATIENCE_NS)
		return false;
	line->info.hung++;
	line->state &= ~FAKEHV_ACTIVE;
	line->lost = false;
	return true;
}

/**
 * fakehv_kill() - leave a line as a lost end does, or a late write
 * @line: the line
 * @flags: FAKEHV_VICTIM_*
 *
 * Context: any, with fakehv.lock held.
 */
void fakehv_kill(struct fakehv_line *line, u32 flags)
{
	lockdep_assert_held(&fakehv.lock);

	fakehv_take_out(line);
	if (flags & FAKEHV_VICTIM_MASKED) {
		line->enabled = false;
		return;
	}
	line->state |= FAKEHV_ACTIVE;
	line->lost = true;
	/* Out of its list register: another CPU's, which has forgotten it. */
	line->owner = flags & FAKEHV_VICTIM_HIDDEN ? line->cpu : -1;
	fakehv_put_in(line);
}
