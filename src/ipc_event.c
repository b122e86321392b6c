// SPDX-License-Identifier: GPL-2.0-only
/* A channel's events: interrupts that the peer raises. */

#include <linux/device.h>
#include <linux/platform_device.h>

#include "ipc.h"
#include "trace.h"

/*
 * Counts first, wakes last: who is woken, or looks before it sleeps, finds the
 * new count under the lock, and after it the memory as the peer left it.
 */
static void bao_event_fire(struct bao_event *event)
{
	struct bao_ipc *ipc = event->ipc;
	unsigned long flags;

	spin_lock_irqsave(&ipc->lock, flags);
	event->count++;
	trace_bao_channel_event(ipc->id, event->index, event->count);
	bao_ipc_eventfd_signal(ipc, event->index);
	spin_unlock_irqrestore(&ipc->lock, flags);
	/* Not just one: every file has its own view of the counters. */
	wake_up_all(&ipc->wait);
}

static bool bao_event_handle(struct bao_line *line)
{
	bao_event_fire(container_of(line, struct bao_event, line));
	return true;
}

/*
 * Runs when the line was dead, and has been brought back. Events coalesce, and
 * one too many does no harm.
 */
static unsigned long bao_event_drain(struct bao_line *line)
{
	bao_event_fire(container_of(line, struct bao_event, line));
	return 0;
}

static bool bao_event_in_use(struct bao_line *line)
{
	struct bao_event *event = container_of(line, struct bao_event, line);

	return atomic_read(&event->ipc->num_files);
}

static const struct bao_line_ops bao_event_line_ops = {
	.handle = bao_event_handle,
	.drain = bao_event_drain,
	.in_use = bao_event_in_use,
};

static int bao_event_start(struct bao_ipc *ipc, unsigned int i)
{
	struct platform_device *pdev = to_platform_device(ipc->dev);
	struct bao_event *event = &ipc->event[i];
	int irq;
	int ret;

	event->ipc = ipc;
	event->index = i;
	irq = platform_get_irq_optional(pdev, i);
	ret = irq ?: -ENXIO;
	if (irq > 0)
		ret = bao_line_request(&event->line, &bao_event_line_ops, irq,
				       "bao-ipc%u-%u", ipc->id, i);
	event->usable = !ret;
	/* That passes; the channel would be deaf for good. */
	if (ret == -ENOMEM)
		return ret;
	if (ret)
		dev_warn(ipc->dev,
			 "interrupts: entry %u is unusable (%d), going on without event %u\n",
			 i, ret, i);
	return 0;
}

/**
 * bao_ipc_events_start - request the interrupts
 * @ipc: the channel
 *
 * One that cannot be had is reported, and the rest goes on without it.
 *
 * Context: process, in probe.
 * Return: 0, then bao_ipc_events_stop() is owed; -ENOMEM.
 */
int bao_ipc_events_start(struct bao_ipc *ipc)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ipc->num_events; i++) {
		ret = bao_event_start(ipc, i);
		if (ret) {
			bao_ipc_events_stop(ipc);
			return ret;
		}
	}
	return 0;
}

/**
 * bao_ipc_events_stop - give the interrupts back
 * @ipc: the channel
 *
 * Context: process; sleeps.
 */
void bao_ipc_events_stop(struct bao_ipc *ipc)
{
	unsigned int i;

	for (i = 0; i < ipc->num_events; i++) {
		if (!ipc->event[i].usable)
			continue;
		ipc->event[i].usable = false;
		bao_line_release(&ipc->event[i].line);
	}
}
