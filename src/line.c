// SPDX-License-Identifier: GPL-2.0-only
/* Interrupt lines that are never masked. */

#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include "bao.h"
#include "compat/compat.h"
#include "line.h"

/*
 * Three quarters of a CPU's time, for all lines that charge for it together, as
 * a frontend with many devices can hammer on each a little. A program there
 * keeps the rest at least. One CPU of a frontend that does nothing but kick uses
 * half to 60 % of an emulated CPU: it is to be served by the handler, which
 * takes two thirds of the time that the work takes.
 */
#define BAO_LINE_TICK_NS	(NSEC_PER_SEC / HZ / 4 * 3)

/* A line has to be dead at two looks; it is to be found within a second. */
#define BAO_LOOK_JIFFIES	(HZ * 4 / 10)

/*
 * Modules cannot see "threadirqs", and must not let the kernel make a thread of
 * the handler: it would mask the line until the thread is done.
 */
static bool irq_threads;
module_param(irq_threads, bool, 0444);
MODULE_PARM_DESC(irq_threads,
		 "serve interrupts in threads; always on with PREEMPT_RT");

/**
 * struct bao_share - what the handlers have had of a CPU
 * @tick: the tick to which the rest belongs
 * @used: time that they have used in it, in ns
 *
 * Handlers that are threads can overwrite each other's sums, which then are
 * wrong for the rest of the tick.
 */
struct bao_share {
	unsigned long tick;
	u64 used;
};

static DEFINE_PER_CPU(struct bao_share, bao_shares);

static void bao_lines_look(struct work_struct *work);

/* Protects the list of lines in service. Outside of all other locks here. */
static DEFINE_MUTEX(bao_lines_mutex);
static LIST_HEAD(bao_lines);
static DECLARE_DELAYED_WORK(bao_lines_dwork, bao_lines_look);

/* Adds @ns to what the CPU's handlers have used; false when that was too much. */
static bool bao_share_use(u64 ns)
{
	struct bao_share *share = raw_cpu_ptr(&bao_shares);

	if (share->tick != jiffies) {
		share->tick = jiffies;
		share->used = 0;
	}
	share->used += ns;
	return share->used < BAO_LINE_TICK_NS;
}

/**
 * bao_line_begin - account for the handler's time from here on
 * @line: the line
 *
 * Context: the line's handler.
 * Return: whether the lines of this CPU have left anything of its share; if
 * not, the work will serve.
 */
bool bao_line_begin(struct bao_line *line)
{
	line->mark = ktime_get_ns();
	return bao_share_use(0);
}

/**
 * bao_line_charge - account for one step of the handler
 * @line: the line, after bao_line_begin()
 *
 * Context: the line's handler.
 * Return: whether the handler may go on; if not, the work will.
 */
bool bao_line_charge(struct bao_line *line)
{
	u64 now = ktime_get_ns();
	u64 ns = now - line->mark;

	line->mark = now;
	return bao_share_use(ns);
}

static void bao_line_serve(struct bao_line *line)
{
	if (test_bit(0, &line->left))
		return;
	if (line->ops->handle(line))
		return;
	line->storms++;
	set_bit(0, &line->left);
	mod_delayed_work(bao_wq, &line->work, 0);
}

static irqreturn_t bao_line_irq(int irq, void *data)
{
	struct bao_line *line = data;

	/* On PREEMPT_RT this is a thread, and takes locks as one. */
	lockdep_hardirq_threaded();
	line->interrupts++;
	bao_line_serve(line);
	/* Spurious ones are normal: draining does not take them back. */
	return IRQ_HANDLED;
}

/*
 * In place of IRQ_WAKE_THREAD, after which an interrupt that comes before the
 * thread is done counts as unhandled, and a peer could have the kernel give the
 * line up.
 */
static irqreturn_t bao_line_wake(int irq, void *data)
{
	struct bao_line *line = data;

	line->interrupts++;
	irq_wake_thread(irq, line);
	return IRQ_HANDLED;
}

static irqreturn_t bao_line_thread(int irq, void *data)
{
	bao_line_serve(data);
	return IRQ_HANDLED;
}

static void bao_line_work(struct work_struct *work)
{
	struct bao_line *line = container_of(to_delayed_work(work),
					     struct bao_line, work);
	unsigned long again = line->ops->drain(line);

	if (test_bit(0, &line->left)) {
		clear_bit(0, &line->left);
		/*
		 * A handler that still saw the bit has done nothing. What it was
		 * called for was there before it looked, so it is found now:
		 * the clearing comes first, then the looking.
		 */
		smp_mb__after_atomic();
		again = line->ops->drain(line);
	}
	if (again)
		queue_delayed_work(bao_wq, &line->work, again);
}

/* Controllers that keep no such state, or do not show it, have none to lose. */
static bool bao_line_is(const struct bao_line *line, enum irqchip_irq_state which)
{
	bool state = false;

	if (irq_get_irqchip_state(line->irq, which, &state))
		return false;
	return state;
}

/*
 * Where the interrupt is another CPU's, Bao sends that one a message, which
 * takes its time and can get lost.
 */
static bool bao_line_end(struct bao_line *line)
{
	unsigned int tries = 100;

	do {
		irq_set_irqchip_state(line->irq, IRQCHIP_STATE_ACTIVE, false);
		if (!bao_line_is(line, IRQCHIP_STATE_ACTIVE))
			return true;
		usleep_range(50, 200);
	} while (--tries);
	return false;
}

/*
 * Points the line at a CPU that is online. The kernel does not do that for lines
 * that it must not move later, and a CPU that went away meanwhile may still be
 * the one that is interrupted. A line that is not in service is not masked for
 * it; one that is belongs to somebody else. This is the one way for modules that
 * all kernels have.
 */
static void bao_line_route(const struct bao_line *line)
{
	struct irq_data *d = irq_get_irq_data(line->irq);

	if (!d || irqd_is_started(d))
		return;
	irq_set_affinity_hint(line->irq, cpu_online_mask);
	irq_set_affinity_hint(line->irq, NULL);
}

static int bao_line_request_irq(struct bao_line *line)
{
	/*
	 * All of them keep the kernel from masking: to serve the interrupt in a
	 * thread of its own making, to move the line to another CPU, and for
	 * the time that the system sleeps.
	 */
	unsigned long flags = IRQF_NO_THREAD | IRQF_NOBALANCING |
			      IRQF_NO_SUSPEND;

	if (!irq_threads && !BAO_PREEMPT_RT)
		return request_irq(line->irq, bao_line_irq, flags, line->name,
				   line);
	return request_threaded_irq(line->irq, bao_line_wake, bao_line_thread,
				    flags, line->name, line);
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
	bool active;
	int ret;

	line->ops = ops;
	line->irq = irq;
	va_start(args, fmt);
	vsnprintf(line->name, sizeof(line->name), fmt, args);
	va_end(args);
	INIT_DELAYED_WORK(&line->work, bao_line_work);
	/* Whoever had the line before may have left it so; or has it still. */
	active = bao_line_is(line, IRQCHIP_STATE_ACTIVE);
	bao_line_route(line);
	ret = bao_line_request_irq(line);
	if (ret)
		return ret;
	if (active) {
		pr_debug("%s: the line was active already\n", line->name);
		bao_line_end(line);
	}
	mutex_lock(&bao_lines_mutex);
	list_add_tail(&line->node, &bao_lines);
	mutex_unlock(&bao_lines_mutex);
	return 0;
}

/* At once, instead of when the next interrupt comes and is active. */
static void bao_line_mask_here(void *data)
{
	struct bao_line *line = data;

	irq_set_status_flags(line->irq, IRQ_DISABLE_UNLAZY);
	disable_irq_nosync(line->irq);
}

/*
 * On the CPU that is interrupted, and in another interrupt there: then ours is
 * not being handled, so it is not active when it is masked, and Bao does it at
 * once, as it is this CPU's.
 */
static void bao_line_mask(struct bao_line *line)
{
	struct irq_data *d = irq_get_irq_data(line->irq);
	const struct cpumask *cpus = irq_data_get_effective_affinity_mask(d);

	/* A CPU that went away is interrupted no more. */
	if (smp_call_function_single(cpumask_first(cpus), bao_line_mask_here,
				     line, true))
		bao_line_mask_here(line);
}

/**
 * bao_line_release - take a line out of service
 * @line: nobody kicks it any more
 *
 * In this order: nothing more can come; what is being handled ends; an active
 * state that the line has nevertheless, for it was dead, is cleared, as
 * free_irq() waits until there is none; and last the work, which the handler
 * starts.
 *
 * Context: process. When it returns, neither callback runs.
 */
void bao_line_release(struct bao_line *line)
{
	mutex_lock(&bao_lines_mutex);
	list_del(&line->node);
	mutex_unlock(&bao_lines_mutex);
	bao_line_mask(line);
	synchronize_hardirq(line->irq);
	if (!bao_line_end(line))
		pr_err("%s: the interrupt controller keeps the line active, waiting for it\n",
		       line->name);
	free_irq(line->irq, line);
	cancel_delayed_work_sync(&line->work);
}

/**
 * bao_line_retry - have the line drained from process context, some time
 * @line: the line
 * @delay: in how many jiffies; what the handler left is drained sooner anyway
 *
 * Context: any but NMI.
 */
void bao_line_retry(struct bao_line *line, unsigned long delay)
{
	if (!test_bit(0, &line->left))
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

/*
 * Bao's controller shows the active state of an interrupt only when it has
 * forgotten it; others do while the handler runs, which then has counted or
 * will have at the next look.
 */
static bool bao_line_dead(struct bao_line *line)
{
	unsigned long interrupts = READ_ONCE(line->interrupts);
	bool lost = bao_line_is(line, IRQCHIP_STATE_ACTIVE) ||
		    bao_line_is(line, IRQCHIP_STATE_MASKED);
	bool dead = lost && line->was_lost && line->seen == interrupts;

	lockdep_assert_held(&bao_lines_mutex);
	line->was_lost = lost;
	line->seen = interrupts;
	return dead;
}

static void bao_line_revive(struct bao_line *line)
{
	lockdep_assert_held(&bao_lines_mutex);
	line->revivals++;
	if (!line->told)
		pr_warn("%s: the interrupt controller has lost the line, bringing it back\n",
			line->name);
	line->told = true;
	if (bao_line_is(line, IRQCHIP_STATE_MASKED))
		irq_set_irqchip_state(line->irq, IRQCHIP_STATE_MASKED, false);
	bao_line_end(line);
	bao_line_kick(line);
}

static void bao_lines_look(struct work_struct *work)
{
	struct bao_line *line;
	bool again = false;

	mutex_lock(&bao_lines_mutex);
	list_for_each_entry(line, &bao_lines, node) {
		if (!line->ops->in_use(line))
			continue;
		again = true;
		if (bao_line_dead(line))
			bao_line_revive(line);
	}
	mutex_unlock(&bao_lines_mutex);
	if (again)
		bao_lines_watch();
}

/**
 * bao_lines_watch - look for dead lines, as long as some are in use
 *
 * To be called when a line has come into use.
 *
 * Context: any but NMI.
 */
void bao_lines_watch(void)
{
	queue_delayed_work(bao_wq, &bao_lines_dwork, BAO_LOOK_JIFFIES);
}

/**
 * bao_lines_exit - stop the look
 *
 * Context: process, at module exit, when no line is in service any more.
 */
void bao_lines_exit(void)
{
	cancel_delayed_work_sync(&bao_lines_dwork);
}
