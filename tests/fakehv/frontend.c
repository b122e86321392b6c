// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other VMs: a frontend whose CPU stands still during an access, and an
 * IPC peer that rings and listens.
 */

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "internal.h"

/* Nothing else runs meanwhile. */
#define FAKEHV_MAX_BURST	10000

/* The lowest free slot, at once reused, as Bao has it. */
static struct fakehv_request *fakehv_free_slot(void)
{
	u32 i;

	for (i = 0; i < fakehv.config.num_slots; i++)
		if (fakehv.slots[i].state == FAKEHV_FREE)
			return &fakehv.slots[i];
	return NULL;
}

static struct fakehv_request *fakehv_submit(const struct fakehv_access *access)
{
	struct fakehv_request *req;
	unsigned long flags;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	req = fakehv_free_slot();
	if (req) {
		req->access = *access;
		req->task = current;
		req->state = FAKEHV_PENDING;
		req->calls = fakehv.counters.dm_calls[access->dm];
		req->raised_ns = ktime_get_ns();
		fakehv.counters.requests++;
		list_add_tail(&req->queue, &fakehv.queue[access->dm]);
	}
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return req;
}

/* Comes after the request, which somebody may have fetched already. */
static void fakehv_announce(const struct fakehv_access *access)
{
	unsigned long flags;

	if (access->flags & FAKEHV_ACCESS_QUIET)
		return;
	raw_spin_lock_irqsave(&fakehv.lock, flags);
	fakehv_raise(fakehv_line(FAKEHV_DM, access->dm, 0));
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

static void fakehv_stand_still(struct fakehv_request *req)
{
	for (;;) {
		set_current_state(TASK_KILLABLE);
		if (READ_ONCE(req->state) >= FAKEHV_COMPLETE ||
		    fatal_signal_pending(current))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * A thread that is killed while the backend works on its request leaves the
 * slot behind: the completion frees it.
 */
static int fakehv_resume(struct fakehv_request *req,
			 struct fakehv_access *access)
{
	unsigned long flags;
	int ret = 0;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	*access = req->access;
	access->id = req - fakehv.slots;
	access->stall_ns = ktime_get_ns() - req->raised_ns;
	req->task = NULL;
	switch (req->state) {
	case FAKEHV_ABORTED:
		ret = -ECANCELED;
		break;
	case FAKEHV_PENDING:
		list_del(&req->queue);
		ret = -EINTR;
		break;
	case FAKEHV_PROCESSING:
		ret = -EINTR;
		break;
	default:
		break;
	}
	if (req->state != FAKEHV_PROCESSING)
		req->state = FAKEHV_FREE;
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return ret;
}

/**
 * fakehv_access() - do one access and stand still until it is completed
 * @access: what to do, and what came of it
 *
 * Return: 0, -EINVAL, -EINTR when killed, -ECANCELED after a reset
 */
int fakehv_access(struct fakehv_access *access)
{
	struct fakehv_request *req;

	if (access->dm >= FAKEHV_MAX_DMS)
		return -EINVAL;
	while (!(req = fakehv_submit(access))) {
		schedule_timeout_killable(1);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	fakehv_announce(access);
	fakehv_stand_still(req);
	return fakehv_resume(req, access);
}

/**
 * fakehv_abort_accesses() - let all frontends go
 *
 * Context: no device is bound, so nobody completes a request meanwhile.
 */
void fakehv_abort_accesses(void)
{
	struct fakehv_request *req;
	unsigned long flags;
	int i;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	for (i = 0; i < FAKEHV_MAX_SLOTS; i++) {
		req = &fakehv.slots[i];
		if (req->state == FAKEHV_PENDING)
			list_del(&req->queue);
		if (req->state == FAKEHV_PENDING ||
		    req->state == FAKEHV_PROCESSING)
			req->state = req->task ? FAKEHV_ABORTED : FAKEHV_FREE;
		if (req->task)
			wake_up_process(req->task);
	}
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

/**
 * fakehv_storm() - do the same access for a while
 * @storm: what to do, and what came of it
 *
 * Return: 0 or as fakehv_access()
 */
int fakehv_storm(struct fakehv_storm *storm)
{
	unsigned long end = jiffies + msecs_to_jiffies(storm->ms);
	struct fakehv_access access;
	int ret = 0;

	storm->count = 0;
	storm->max_ns = 0;
	while (!ret && time_before(jiffies, end)) {
		access = storm->access;
		ret = fakehv_access(&access);
		if (ret)
			break;
		storm->count++;
		if (access.stall_ns > storm->max_ns)
			storm->max_ns = access.stall_ns;
		cond_resched();
	}
	return ret;
}

static int fakehv_ring_burst(struct fakehv_line *line, struct fakehv_ring *ring)
{
	if (!ring->count || ring->count > FAKEHV_MAX_BURST)
		return -EINVAL;
	ring->done = fakehv_burst(line, ring->count);
	return 0;
}

static void fakehv_pause(u32 us)
{
	if (us)
		usleep_range(us, us + us / 4 + 1);
	else
		cond_resched();
}

/**
 * fakehv_ring() - raise an interrupt once or for a while
 * @ring: which and how often
 *
 * Return: 0, -EINVAL, -EINTR when killed
 */
int fakehv_ring(struct fakehv_ring *ring)
{
	struct fakehv_line *line;
	unsigned long flags, end;

	line = fakehv_line(ring->kind, ring->index, ring->event);
	if (!line || (!ring->count && !ring->ms))
		return -EINVAL;
	if (ring->flags & FAKEHV_RING_BURST)
		return fakehv_ring_burst(line, ring);
	end = jiffies + msecs_to_jiffies(ring->ms);
	ring->done = 0;
	for (;;) {
		raw_spin_lock_irqsave(&fakehv.lock, flags);
		fakehv_raise(line);
		raw_spin_unlock_irqrestore(&fakehv.lock, flags);
		ring->done++;
		if (ring->done == ring->count ||
		    (ring->ms && !time_before(jiffies, end)))
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		fakehv_pause(ring->period_us);
	}
}

static u64 fakehv_notified(const struct fakehv_wait *wait)
{
	if (wait->kind == FAKEHV_DM)
		return fakehv.counters.dm_notified[wait->index];
	return fakehv.counters.ipc_notified[wait->index][wait->event];
}

static long fakehv_sleep_until_notified(struct fakehv_wait *wait)
{
	struct fakehv_waiter waiter = { .task = current };
	long left = msecs_to_jiffies(wait->timeout_ms);
	unsigned long flags;
	bool more;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	list_add(&waiter.entry, &fakehv.waiters);
	for (;;) {
		set_current_state(TASK_KILLABLE);
		more = fakehv_notified(wait) > wait->seen;
		if (more || !left || fatal_signal_pending(current))
			break;
		raw_spin_unlock_irqrestore(&fakehv.lock, flags);
		left = schedule_timeout(left);
		raw_spin_lock_irqsave(&fakehv.lock, flags);
	}
	__set_current_state(TASK_RUNNING);
	list_del(&waiter.entry);
	wait->seen = fakehv_notified(wait);
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return more ? 0 : left ? -EINTR : -ETIMEDOUT;
}

/**
 * fakehv_wait() - wait for a doorbell of the backend VM
 * @wait: which, and how many were seen already
 *
 * Return: 0, -EINVAL, -ETIMEDOUT, -EINTR when killed
 */
int fakehv_wait(struct fakehv_wait *wait)
{
	if (!fakehv_line(wait->kind, wait->index, wait->event))
		return -EINVAL;
	return fakehv_sleep_until_notified(wait);
}
