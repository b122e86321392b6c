/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt lines that cannot keep a CPU.
 *
 * The interrupts come from other VMs, as often as they like. When the lines have
 * used up their share of a tick of a CPU, those that are raised nevertheless are
 * switched off, and work items serve them from process context, at the mercy of
 * the scheduler, until they have nothing more to do.
 */
#ifndef BAO_LINE_H
#define BAO_LINE_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct bao_line;
struct bao_share;

/**
 * struct bao_line_ops - what is behind a line
 * @handle: serves the interrupt, in hard interrupt context or, with PREEMPT_RT,
 *	as a thread; asks bao_line_charge() after every step and ends when that
 *	says so
 * @drain: does the same from process context, as long as it takes; returns
 *	after how many jiffies it wants to run again, 0 for not by itself
 * @pause: jiffies for which a line that exceeded the share stays off at least
 */
struct bao_line_ops {
	void (*handle)(struct bao_line *line);
	unsigned long (*drain)(struct bao_line *line);
	unsigned long pause;
};

/**
 * struct bao_line - one interrupt line
 * @ops: what is behind it
 * @irq: Linux interrupt number
 * @name: as it stands in /proc/interrupts
 * @work: serves the line when it is off or when it was kicked
 * @off: switched off by the handler; who clears it switches on
 * @share: what the lines have had of the CPU that the handler runs on
 * @tick: the tick to which @steps belongs
 * @steps: steps that this line has made in it
 * @mark: up to when @share was charged, in ns
 * @over: the lines have used up their share of the tick
 * @interrupts: how often the handler ran
 * @storms: how often it was switched off
 *
 * Embedded in its owner. The members from @share on belong to the handler,
 * which never runs twice at the same time; others only look at the counters.
 */
struct bao_line {
	const struct bao_line_ops *ops;
	int irq;
	char name[24];
	struct delayed_work work;
	unsigned long off;
	struct bao_share *share;
	unsigned long tick;
	unsigned int steps;
	u64 mark;
	bool over;
	unsigned long interrupts;
	unsigned long storms;
};

__printf(4, 5)
int bao_line_request(struct bao_line *line, const struct bao_line_ops *ops,
		     int irq, const char *fmt, ...);
void bao_line_release(struct bao_line *line);
void bao_line_kick(struct bao_line *line);
void bao_line_retry(struct bao_line *line, unsigned long delay);
bool bao_line_charge(struct bao_line *line);

#endif /* BAO_LINE_H */
