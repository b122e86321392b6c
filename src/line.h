/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt lines that are never masked.
 *
 * Bao's virtual GIC loses the end of an interrupt whose line is masked while it
 * is active: the line stays active for ever, and nothing comes any more. So no
 * line is masked between its request and its release, neither here nor by the
 * kernel on its own account; but for a CPU that goes offline, when nothing is
 * active there. A line that is dead nevertheless is brought back.
 *
 * The interrupts come from other VMs, as often as they like. Handlers that make
 * calls charge for them. When these have used up their share of a tick of a CPU
 * they stop serving, and leave the rest to work items, in process context and at
 * the mercy of the scheduler. Those of channels only count and wake, and charge
 * nothing.
 */
#ifndef BAO_LINE_H
#define BAO_LINE_H

#include <linux/compiler_attributes.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct bao_line;

/**
 * struct bao_line_ops - what is behind a line
 * @handle: serves the interrupt, in hard interrupt context or in its thread;
 *	where that can take long it asks bao_line_begin() first and
 *	bao_line_charge() after every step, and ends when these say so; returns
 *	false when it left something behind
 * @drain: does the same from process context, as long as it takes; returns
 *	after how many jiffies it wants to run again, 0 for not by itself
 * @in_use: whether anybody would miss an interrupt; any context
 */
struct bao_line_ops {
	bool (*handle)(struct bao_line *line);
	unsigned long (*drain)(struct bao_line *line);
	bool (*in_use)(struct bao_line *line);
};

/**
 * struct bao_line - one interrupt line
 * @ops: what is behind it
 * @node: on the list of lines in service; protected by its mutex
 * @irq: Linux interrupt number
 * @name: as it stands in /proc/interrupts
 * @work: serves the line when it was kicked or when the handler left it
 * @left: the work serves, the handler does nothing; who clears it looks again
 * @mark: up to when the CPU's share was charged, in ns; the handler's
 * @interrupts: how often one came; written by the hard handler alone
 * @storms: how often the handler left the rest to the work; written by it alone
 * @seen: @interrupts at the last look; the look's, as the next three
 * @was_lost: the controller said at the last look that nothing can come
 * @revivals: how often the line was found dead, to be brought back
 * @told: a dead line has been reported
 *
 * Embedded in its owner. The handler never runs twice at the same time; others
 * only look at the counters.
 */
struct bao_line {
	const struct bao_line_ops *ops;
	struct list_head node;
	int irq;
	char name[24];
	struct delayed_work work;
	unsigned long left;
	u64 mark;
	unsigned long interrupts;
	unsigned long storms;
	unsigned long seen;
	bool was_lost;
	unsigned long revivals;
	bool told;
};

__printf(4, 5)
int bao_line_request(struct bao_line *line, const struct bao_line_ops *ops,
		     int irq, const char *fmt, ...);
void bao_line_release(struct bao_line *line);
void bao_line_kick(struct bao_line *line);
void bao_line_retry(struct bao_line *line, unsigned long delay);
bool bao_line_begin(struct bao_line *line);
bool bao_line_charge(struct bao_line *line);
void bao_lines_watch(void);
void bao_lines_exit(void);

#endif /* BAO_LINE_H */
