// SPDX-License-Identifier: GPL-2.0-only
/* Interrupt lines that cannot keep a CPU. */

#include <linux/bitops.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/printk.h>

#include "bao.h"
#include "line.h"

/*
 * The share of a tick: half of a CPU's time, for all lines together, as a
 * frontend with many devices can hammer on each a little. Every interrupt costs
 * more than its handler's time, and the rest is charged as a lump. A few steps
 * are always free: where each call takes long, as under emulation, or the
 * machine itself was held up, a single one can take half a tick. So are a few
 * of each line: one that hardly does anything stays on when others storm.
 */
#define BAO_LINE_TICK_NS	(NSEC_PER_SEC / HZ / 2)
#define BAO_LINE_ENTRY_NS	5000
#define BAO_LINE_FREE_STEPS	8
#define BAO_LINE_OWN_STEPS	2

/**
 * struct bao_share - what the lines have had of a CPU
 * @tick: the tick to which the rest belongs
 * @used: time that they have cost in it, in ns
 * @steps: steps that they have made in it
 *
 * Handlers that are threads can overwrite each other's sums, which then are
 * wrong for the rest of the tick.
 */
struct bao_share {
	unsigned long tick;
	u64 used;
	unsigned int steps;
};

static DEFINE_PER_CPU(struct bao_share, bao_shares);

static void bao_line_begin(struct bao_line *line)
{
	struct bao_share *share = raw_cpu_ptr(&bao_shares);

	if (share->tick != jiffies) {
		share->tick = jiffies;
		share->used = 0;
		share->steps = 0;
	}
	if (line->tick != share->tick) {
		line->tick = share->tick;
		line->steps = 0;
	}
	share->used += BAO_LINE_ENTRY_NS;
	line->share = share;
	line->over = false;
	line->mark = ktime_get_ns();
}

/**
 * bao_line_charge - account for one step of the handler
 * @line: the line
 *
 * Context: the line's handler.
 * Return: whether the handler may go on; if not, the work will.
 */
bool bao_line_charge(struct bao_line *line)
{
	struct bao_share *share = line->share;
	u64 now = ktime_get_ns();

	share->used += now - line->mark;
	share->steps++;
	line->steps++;
	line->mark = now;
	if (share->steps > BAO_LINE_FREE_STEPS &&
	    line->steps > BAO_LINE_OWN_STEPS &&
	    share->used >= BAO_LINE_TICK_NS)
		line->over = true;
	return !line->over;
}

static void bao_line_switch_off(struct bao_line *line)
{
	/* As a thread the handler can run again before the line is off. */
	if (!test_bit(0, &line->off)) {
		line->storms++;
		disable_irq_nosync(line->irq);
		/* Pairs with test_and_clear_bit() in bao_line_work(). */
		smp_mb__before_atomic();
		set_bit(0, &line->off);
	}
	mod_delayed_work(bao_wq, &line->work, line->ops->pause);
}

static irqreturn_t bao_line_irq(int irq, void *data)
{
	struct bao_line *line = data;

	line->interrupts++;
	bao_line_begin(line);
	line->ops->handle(line);
	if (!bao_line_charge(line))
		bao_line_switch_off(line);
	/* Spurious ones are normal: draining does not take them back. */
	return IRQ_HANDLED;
}

static void bao_line_work(struct work_struct *work)
{
	struct bao_line *line = container_of(to_delayed_work(work),
					     struct bao_line, work);
	unsigned long again = line->ops->drain(line);

	if (test_and_clear_bit(0, &line->off)) {
		pr_warn_ratelimited("%s: too many interrupts, served by a thread for a while\n",
				    line->name);
		enable_irq(line->irq);
		/* Some controllers drop what comes while a line is off. */
		again = line->ops->drain(line);
	}
	if (again)
		queue_delayed_work(bao_wq, &line->work, again);
}

/**
 * bao_line_request - take an interrupt line into service
 * @line: filled in here
 * @ops: what is behind it; may be called before this returns
 * @irq: Linux interrupt number
 * @fmt: printf format of its name
 *
 * Context: process.
 * Return: 0, then bao_line_release() is owed; what request_irq() says.
 */
int bao_line_request(struct bao_line *line, const struct bao_line_ops *ops,
		     int irq, const char *fmt, ...)
{
	va_list args;

	line->ops = ops;
	line->irq = irq;
	va_start(args, fmt);
	vsnprintf(line->name, sizeof(line->name), fmt, args);
	va_end(args);
	INIT_DELAYED_WORK(&line->work, bao_line_work);
	return request_irq(irq, bao_line_irq, 0, line->name, line);
}

/**
 * bao_line_release - take a line out of service
 * @line: nobody kicks it any more
 *
 * Context: process. When it returns, neither callback runs.
 */
void bao_line_release(struct bao_line *line)
{
	/* In this order: the handler starts the work, the work the handler. */
	disable_irq(line->irq);
	cancel_delayed_work_sync(&line->work);
	free_irq(line->irq, line);
}

/**
 * bao_line_retry - have the line drained from process context, some time
 * @line: the line
 * @delay: in how many jiffies; a line that is off is drained sooner anyway
 *
 * Context: any but NMI.
 */
void bao_line_retry(struct bao_line *line, unsigned long delay)
{
	if (!test_bit(0, &line->off))
		mod_delayed_work(bao_wq, &line->work, delay);
}

/**
 * bao_line_kick - have the line drained from process context, soon
 * @line: the line
 *
 * Context: any but NMI.
 */
void bao_line_kick(struct bao_line *line)
{
	mod_delayed_work(bao_wq, &line->work, 0);
}
