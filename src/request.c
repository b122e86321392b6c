// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of requests: fetched from the hypervisor, handed to daemons,
 * answered once.
 *
 * The frontend's CPU stands still from the access to the answer, and the
 * hypervisor knows neither timeouts nor taking back. So whatever was fetched
 * is either in a slot or being answered, at every moment at which &bao_dm.lock
 * is free.
 */

#include <linux/delay.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <linux/bao.h>

#include "dm.h"
#include "trace.h"

#define BAO_RETRY_MS	10
#define BAO_LAST_TRIES	20

static unsigned int poll_ms = 1000;
module_param(poll_ms, uint, 0644);
MODULE_PARM_DESC(poll_ms,
		 "look for requests whose interrupt got lost, every so many ms; 0 = never");

static u64 bao_slot_id(const struct bao_dm *dm, const struct bao_slot *slot)
{
	return (u64)slot->generation << BAO_SLOTS_BITS | (slot - dm->slots);
}

static void bao_slot_move(struct bao_slot *slot, enum bao_slot_state state,
			  struct list_head *list)
{
	slot->state = state;
	list_move_tail(&slot->node, list);
}

static void bao_slot_free(struct bao_dm *dm, struct bao_slot *slot)
{
	slot->owner = NULL;
	bao_slot_move(slot, BAO_SLOT_FREE, &dm->free);
	if (dm->closing) {
		wake_up(&dm->settled);
	} else if (dm->stopped) {
		dm->stopped = false;
		bao_line_kick(&dm->line);
	}
}

/* The taker may still answer: its answer is late then, not wrong. */
static void bao_slot_lose(struct bao_dm *dm, struct bao_slot *slot)
{
	struct bao_dm_file *df = slot->owner->file;

	df->lost[df->lost_next++ % BAO_LOST_MAX] = bao_slot_id(dm, slot);
	slot->owner = NULL;
}

static void bao_queue(struct bao_dm *dm, struct bao_slot *slot)
{
	bao_slot_move(slot, BAO_SLOT_QUEUED, &dm->queued);
	wake_up_poll(&dm->wait, EPOLLIN | EPOLLRDNORM);
}

/*
 * Answers the request in @slot and frees the slot. An answer that is refused
 * stays and is tried again: without it the frontend would stand still for
 * ever. -ENOENT (the hypervisor does not know it any more) is as good as done.
 */
static int bao_answer(struct bao_dm *dm, struct bao_slot *slot, u64 value)
{
	int ret;

	lockdep_assert_held(&dm->lock);
	ret = bao_hyp_complete(dm->id, &slot->req, value);
	if (ret != -EIO) {
		bao_slot_free(dm, slot);
		return ret;
	}
	dm->count.refused++;
	dev_err_ratelimited(dm->dev,
			    "dm%u: the hypervisor refuses an answer\n",
			    dm->id);
	slot->req.value = value;
	slot->owner = NULL;
	bao_slot_move(slot, BAO_SLOT_REFUSED, &dm->refused);
	if (!dm->gone)
		mod_delayed_work(bao_wq, &dm->timeouts,
				 msecs_to_jiffies(BAO_RETRY_MS));
	return 0;
}

static void bao_answer_orphan(struct bao_dm *dm, struct bao_slot *slot)
{
	trace_bao_orphan(dm->id, &slot->req);
	dm->count.answered_by_kernel++;
	if (slot->owner)
		bao_slot_lose(dm, slot);
	bao_answer(dm, slot, 0);
}

static void bao_answer_list(struct bao_dm *dm, struct list_head *list)
{
	struct bao_slot *slot, *next;

	lockdep_assert_held(&dm->lock);
	list_for_each_entry_safe(slot, next, list, node)
		bao_answer_orphan(dm, slot);
}

/* What was fetched is in @slot, which is on no list but the free one. */
static void bao_route(struct bao_dm *dm, struct bao_slot *slot)
{
	dm->count.requests++;
	slot->stamp = (u32)jiffies;
	slot->redelivered = false;
	if (!bao_hyp_request_valid(&slot->req)) {
		dm->count.invalid++;
		dev_err_ratelimited(dm->dev,
				    "dm%u: request with op %u and width %u\n",
				    dm->id, slot->req.op, slot->req.width);
		bao_answer(dm, slot, 0);
	} else if (bao_ioeventfd_signal(dm, &slot->req)) {
		dm->count.ioeventfd_hits++;
		bao_answer(dm, slot, 0);
	} else if (dm->state == BAO_DM_EXPIRED) {
		bao_answer_orphan(dm, slot);
	} else {
		slot->offered = (u32)jiffies;
		bao_queue(dm, slot);
		if (dm->answer_ms >= 0)
			queue_delayed_work(bao_wq, &dm->timeouts,
					   msecs_to_jiffies(dm->answer_ms));
	}
}

/* Requests that nobody answers are safest in the hypervisor. */
static bool bao_answers(const struct bao_dm *dm)
{
	lockdep_assert_held(&dm->lock);
	return dm->state == BAO_DM_SERVED || dm->state == BAO_DM_EXPIRED;
}

static bool bao_may_ask(struct bao_dm *dm)
{
	if (dm->closing || !bao_answers(dm))
		return false;
	if (list_empty(&dm->free)) {
		dm->stopped = true;
		return false;
	}
	return true;
}

/* Fetches one request; false when there is no reason to ask again now. */
static bool bao_ask(struct bao_dm *dm)
{
	struct bao_slot *slot;
	unsigned long flags;
	bool more = false;
	int ret;

	spin_lock_irqsave(&dm->lock, flags);
	if (!bao_may_ask(dm))
		goto out;
	/* The slot comes first: what was fetched must have a place. */
	slot = list_first_entry(&dm->free, struct bao_slot, node);
	ret = bao_hyp_ask(dm->id, &slot->req, &more);
	if (!ret) {
		bao_route(dm, slot);
	} else if (ret != -ENODATA) {
		dm->count.refused++;
		dev_err_ratelimited(dm->dev,
				    "dm%u: the hypervisor refuses to hand out requests (%d)\n",
				    dm->id, ret);
		bao_line_retry(&dm->line, HZ);
	}
out:
	spin_unlock_irqrestore(&dm->lock, flags);
	return more;
}

static bool bao_request_in_use(struct bao_line *line)
{
	struct bao_dm *dm = container_of(line, struct bao_dm, line);
	unsigned long flags;
	bool answers;

	spin_lock_irqsave(&dm->lock, flags);
	answers = bao_answers(dm);
	spin_unlock_irqrestore(&dm->lock, flags);
	return answers;
}

static bool bao_request_handle(struct bao_line *line)
{
	struct bao_dm *dm = container_of(line, struct bao_dm, line);
	bool more;

	if (!bao_line_begin(line))
		return false;
	do {
		more = bao_ask(dm);
	} while (bao_line_charge(line) && more);
	return !more;
}

static unsigned long bao_request_drain(struct bao_line *line)
{
	struct bao_dm *dm = container_of(line, struct bao_dm, line);

	/* A frontend may never let it end; RCU Tasks need not wait for that. */
	while (bao_ask(dm))
		cond_resched_tasks_rcu_qs();
	return bao_request_in_use(line) ? msecs_to_jiffies(READ_ONCE(poll_ms)) : 0;
}

const struct bao_line_ops bao_request_line_ops = {
	.handle = bao_request_handle,
	.drain = bao_request_drain,
	.in_use = bao_request_in_use,
};

/* Returns jiffies to the next deadline, or MAX_JIFFY_OFFSET. */
static unsigned long bao_expire_grace(struct bao_dm *dm)
{
	unsigned long grace, age;

	if (dm->state != BAO_DM_GRACE || dm->grace_ms < 0)
		return MAX_JIFFY_OFFSET;
	grace = msecs_to_jiffies(dm->grace_ms);
	age = jiffies - dm->dead_since;
	if (age < grace)
		return grace - age;
	dm->state = BAO_DM_EXPIRED;
	dev_warn(dm->dev,
		 "dm%u: no daemon for %d ms, answering for it until one comes\n",
		 dm->id, dm->grace_ms);
	bao_answer_list(dm, &dm->taken);
	bao_answer_list(dm, &dm->queued);
	bao_line_kick(&dm->line);
	bao_lines_watch();
	return MAX_JIFFY_OFFSET;
}

static unsigned long bao_expire_list(struct bao_dm *dm, struct list_head *list)
{
	unsigned long next = MAX_JIFFY_OFFSET;
	struct bao_slot *slot, *tmp;
	unsigned long limit;
	u32 age;

	if (dm->state != BAO_DM_SERVED || dm->answer_ms < 0)
		return next;
	limit = msecs_to_jiffies(dm->answer_ms);
	list_for_each_entry_safe(slot, tmp, list, node) {
		age = (u32)jiffies - slot->offered;
		if (age < limit) {
			next = min(next, limit - age);
			continue;
		}
		dev_warn_ratelimited(dm->dev,
				     "dm%u: no answer for %d ms, answering for the daemon\n",
				     dm->id, dm->answer_ms);
		bao_answer_orphan(dm, slot);
	}
	return next;
}

static unsigned long bao_retry_refused(struct bao_dm *dm)
{
	struct bao_slot *slot, *tmp;
	LIST_HEAD(again);

	/* What is refused once more goes back to the list. */
	list_splice_init(&dm->refused, &again);
	list_for_each_entry_safe(slot, tmp, &again, node)
		bao_answer(dm, slot, slot->req.value);
	if (list_empty(&dm->refused))
		return MAX_JIFFY_OFFSET;
	return msecs_to_jiffies(BAO_RETRY_MS);
}

static void bao_timeouts(struct work_struct *work)
{
	struct bao_dm *dm = container_of(to_delayed_work(work), struct bao_dm,
					 timeouts);
	unsigned long flags;
	unsigned long next;

	spin_lock_irqsave(&dm->lock, flags);
	if (dm->gone)
		goto out;
	next = bao_expire_grace(dm);
	next = min(next, bao_expire_list(dm, &dm->taken));
	next = min(next, bao_expire_list(dm, &dm->queued));
	next = min(next, bao_retry_refused(dm));
	if (next != MAX_JIFFY_OFFSET)
		mod_delayed_work(bao_wq, &dm->timeouts, next);
out:
	spin_unlock_irqrestore(&dm->lock, flags);
}

/**
 * bao_requests_init - prepare the table of requests
 * @dm: the device model, under construction
 *
 * Context: process.
 * Return: 0; -ENOMEM.
 */
int bao_requests_init(struct bao_dm *dm)
{
	unsigned int i;

	dm->slots = kcalloc(BAO_SLOTS, sizeof(*dm->slots), GFP_KERNEL);
	if (!dm->slots)
		return -ENOMEM;
	INIT_LIST_HEAD(&dm->free);
	INIT_LIST_HEAD(&dm->queued);
	INIT_LIST_HEAD(&dm->taken);
	INIT_LIST_HEAD(&dm->refused);
	for (i = 0; i < BAO_SLOTS; i++)
		list_add_tail(&dm->slots[i].node, &dm->free);
	INIT_DELAYED_WORK(&dm->timeouts, bao_timeouts);
	return 0;
}

/* Whether nobody can answer any more of what was fetched, or all is answered. */
static bool bao_requests_settled(struct bao_dm *dm)
{
	bool settled;

	spin_lock_irq(&dm->lock);
	settled = dm->state != BAO_DM_SERVED ||
		  (list_empty(&dm->queued) && list_empty(&dm->taken));
	spin_unlock_irq(&dm->lock);
	return settled;
}

/**
 * bao_requests_close - stop fetching
 * @dm: the device model
 *
 * What was fetched can still be taken and answered. What was not stays in the
 * hypervisor.
 *
 * Context: process.
 */
void bao_requests_close(struct bao_dm *dm)
{
	spin_lock_irq(&dm->lock);
	dm->closing = true;
	dm->closed_since = jiffies;
	spin_unlock_irq(&dm->lock);
}

/**
 * bao_requests_wait - let daemons answer what was fetched
 * @dm: the device model, after bao_requests_close()
 *
 * Their answers are better than 0. Who serves has the grace period for it,
 * since the close, but at most the default's: a daemon that hangs must not hold
 * up a reboot for long.
 *
 * Context: process; sleeps.
 */
void bao_requests_wait(struct bao_dm *dm)
{
	unsigned int ms = min_t(unsigned int, READ_ONCE(dm->grace_ms),
				BAO_GRACE_MS);
	unsigned long limit = msecs_to_jiffies(ms);
	unsigned long past = jiffies - dm->closed_since;

	if (past < limit)
		wait_event_timeout(dm->settled, bao_requests_settled(dm),
				   limit - past);
}

/* Refused answers have nobody to try again after this. */
static void bao_last_try(struct bao_dm *dm)
{
	unsigned int tries = BAO_LAST_TRIES;
	bool done;

	do {
		spin_lock_irq(&dm->lock);
		done = bao_retry_refused(dm) == MAX_JIFFY_OFFSET;
		spin_unlock_irq(&dm->lock);
		if (!done)
			msleep(BAO_RETRY_MS);
	} while (!done && --tries);
	if (!done)
		dev_err(dm->dev,
			"dm%u: the hypervisor refuses the last answers, the frontend may stand still\n",
			dm->id);
}

/**
 * bao_requests_shutdown - answer everything, for the last time
 * @dm: the device model
 *
 * Afterwards nothing is fetched, handed out or answered any more, and whoever
 * sleeps is told so.
 *
 * Context: process; sleeps.
 */
void bao_requests_shutdown(struct bao_dm *dm)
{
	spin_lock_irq(&dm->lock);
	WRITE_ONCE(dm->gone, true);
	bao_answer_list(dm, &dm->taken);
	bao_answer_list(dm, &dm->queued);
	spin_unlock_irq(&dm->lock);
	wake_up_all(&dm->wait);
	cancel_delayed_work_sync(&dm->timeouts);
	bao_last_try(dm);
}

static void bao_fill(struct bao_dm *dm, const struct bao_slot *slot,
		     struct bao_request *out)
{
	memset(out, 0, sizeof(*out));
	out->dm_id = dm->id;
	out->addr = slot->req.addr;
	out->op = slot->req.op;
	out->value = slot->req.value;
	out->access_width = slot->req.width;
	out->request_id = bao_slot_id(dm, slot);
	if (slot->redelivered)
		out->request_id |= BAO_REQUEST_REDELIVERED;
}

static int bao_may_take(struct bao_dm_file *df, struct bao_owner **owner)
{
	struct bao_dm *dm = df->dm;

	lockdep_assert_held(&dm->lock);
	*owner = bao_owner_find(df, current->files);
	if (dm->gone)
		return -ENODEV;
	if (!*owner)
		return -EBADF;
	return list_empty(&dm->queued) ? -EAGAIN : 0;
}

/**
 * bao_request_ready - whether bao_request_take() would say anything but -EAGAIN
 * @df: the file through which it would be called
 *
 * Context: process.
 * Return: whether there is no reason to wait.
 */
bool bao_request_ready(struct bao_dm_file *df)
{
	struct bao_owner *owner;
	int ret;

	spin_lock_irq(&df->dm->lock);
	ret = bao_may_take(df, &owner);
	spin_unlock_irq(&df->dm->lock);
	return ret != -EAGAIN;
}

/**
 * bao_request_take - hand the oldest request to the calling process
 * @df: the file through which it is taken
 * @out: the request
 *
 * Context: process.
 * Return: 0; -EAGAIN there is none; -ENODEV the device model is gone; -EBADF
 * the process has closed the file meanwhile.
 */
int bao_request_take(struct bao_dm_file *df, struct bao_request *out)
{
	struct bao_dm *dm = df->dm;
	struct bao_owner *owner;
	struct bao_slot *slot;
	int ret;

	spin_lock_irq(&dm->lock);
	ret = bao_may_take(df, &owner);
	/* Whoever woke us meant somebody who takes. */
	if (ret == -EBADF && !list_empty(&dm->queued))
		wake_up_poll(&dm->wait, EPOLLIN | EPOLLRDNORM);
	if (ret)
		goto out;
	slot = list_first_entry(&dm->queued, struct bao_slot, node);
	slot->owner = owner;
	slot->generation = ++dm->generation;
	bao_slot_move(slot, BAO_SLOT_TAKEN, &dm->taken);
	dm->count.delivered++;
	bao_fill(dm, slot, out);
out:
	spin_unlock_irq(&dm->lock);
	return ret;
}

static struct bao_slot *bao_slot_find(struct bao_dm_file *df, u64 id)
{
	struct bao_dm *dm = df->dm;
	struct bao_slot *slot = &dm->slots[id & (BAO_SLOTS - 1)];

	lockdep_assert_held(&dm->lock);
	if (slot->state != BAO_SLOT_TAKEN || slot->owner->file != df ||
	    bao_slot_id(dm, slot) != id)
		return NULL;
	return slot;
}

static bool bao_lost_forget(struct bao_dm_file *df, u64 id)
{
	unsigned int i;

	for (i = 0; i < BAO_LOST_MAX; i++) {
		if (df->lost[i] == id && id) {
			df->lost[i] = 0;
			return true;
		}
	}
	return false;
}

/**
 * bao_request_put_back - undo a take that did not reach user space
 * @df: the file through which it was taken
 * @id: what bao_request_take() gave
 *
 * Context: process.
 */
void bao_request_put_back(struct bao_dm_file *df, u64 id)
{
	struct bao_dm *dm = df->dm;
	struct bao_slot *slot;

	id &= ~BAO_REQUEST_REDELIVERED;
	spin_lock_irq(&dm->lock);
	slot = bao_slot_find(df, id);
	if (slot) {
		slot->owner = NULL;
		/* Who takes in vain, over and over, gains no time by it. */
		bao_queue(dm, slot);
		list_move(&slot->node, &dm->queued);
	} else {
		bao_lost_forget(df, id);
	}
	spin_unlock_irq(&dm->lock);
}

/**
 * bao_request_complete - give a daemon's answer to the frontend
 * @df: the file through which the request was taken
 * @id: what user space got for it
 * @value: answer to a read
 *
 * Context: process.
 * Return: 0, also when the kernel or the hypervisor was faster; -ENOENT this
 * file did not take it or has answered it; -ENODEV the device model is gone.
 */
int bao_request_complete(struct bao_dm_file *df, u64 id, u64 value)
{
	struct bao_dm *dm = df->dm;
	struct bao_slot *slot;
	int ret = 0;

	id &= ~BAO_REQUEST_REDELIVERED;
	spin_lock_irq(&dm->lock);
	slot = bao_slot_find(df, id);
	if (dm->gone) {
		ret = -ENODEV;
	} else if (slot) {
		dm->count.completed++;
		if (bao_answer(dm, slot, value) == -ENOENT)
			dm->count.late++;
	} else if (bao_lost_forget(df, id)) {
		dm->count.late++;
	} else {
		ret = -ENOENT;
	}
	spin_unlock_irq(&dm->lock);
	return ret;
}

/**
 * bao_request_disown - put back what a process took
 * @dm: the device model
 * @owner: the process, which goes away
 *
 * The requests return to the head of the queue, in the order in which they
 * were taken.
 *
 * Context: &bao_dm.lock held.
 */
void bao_request_disown(struct bao_dm *dm, struct bao_owner *owner)
{
	struct bao_slot *slot, *tmp;

	lockdep_assert_held(&dm->lock);
	list_for_each_entry_safe_reverse(slot, tmp, &dm->taken, node) {
		if (slot->owner != owner)
			continue;
		trace_bao_requeue(dm->id, slot->req.id, slot->req.addr);
		dm->count.redelivered++;
		bao_slot_lose(dm, slot);
		slot->redelivered = true;
		slot->offered = (u32)jiffies;
		bao_queue(dm, slot);
		list_move(&slot->node, &dm->queued);
	}
}

/**
 * bao_request_offer - daemons can answer what waits, from now on
 * @dm: the device model, which is served again
 *
 * Context: &bao_dm.lock held.
 */
void bao_request_offer(struct bao_dm *dm)
{
	struct bao_slot *slot;

	lockdep_assert_held(&dm->lock);
	list_for_each_entry(slot, &dm->queued, node)
		slot->offered = (u32)jiffies;
}

/**
 * bao_request_sweep - show waiting requests to the ioeventfds
 * @dm: the device model
 *
 * For use after an ioeventfd was added: a kick may wait in the queue already,
 * and the daemon would be handed what it asked the kernel to handle.
 *
 * Context: process.
 */
void bao_request_sweep(struct bao_dm *dm)
{
	struct bao_slot *slot, *tmp;

	spin_lock_irq(&dm->lock);
	list_for_each_entry_safe(slot, tmp, &dm->queued, node) {
		if (!bao_ioeventfd_signal(dm, &slot->req))
			continue;
		dm->count.ioeventfd_hits++;
		bao_answer(dm, slot, 0);
	}
	spin_unlock_irq(&dm->lock);
}

/**
 * bao_request_release - answer everything that waits, on the operator's word
 * @dm: the device model
 *
 * Context: process.
 */
void bao_request_release(struct bao_dm *dm)
{
	spin_lock_irq(&dm->lock);
	if (!dm->gone) {
		bao_answer_list(dm, &dm->taken);
		bao_answer_list(dm, &dm->queued);
	}
	spin_unlock_irq(&dm->lock);
}
