// SPDX-License-Identifier: GPL-2.0-only
/* Doorbells and their token bucket. */

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "bao.h"
#include "doorbell.h"
#include "hypercall.h"
#include "trace.h"

/*
 * Bao takes a doorbell off a CPU's queue of at least 128 in a few
 * microseconds. A burst of half of that, and a rate that fills it only if the
 * receiving CPU is stuck, leave room for completions and for other VMs.
 */
static unsigned int doorbell_rate = 50000;
module_param(doorbell_rate, uint, 0644);
MODULE_PARM_DESC(doorbell_rate, "doorbells per second, all together");

static unsigned int doorbell_burst = 64;
module_param(doorbell_burst, uint, 0644);
MODULE_PARM_DESC(doorbell_burst, "doorbells in a row before the rate counts");

#define BAO_DOORBELL_TRIES	10

static void bao_bucket_work(struct work_struct *work);

/*
 * Protects the bucket and all doorbells' state. Calls are made under it, so
 * that a doorbell which was flushed is not being rung either. Taken inside
 * eventfds' wait queue locks; only workqueue's and the console's are taken inside.
 */
static DEFINE_SPINLOCK(bao_bucket_lock);
static u64 bao_bucket_credit = U64_MAX;	/* in ns; capped at first use */
static u64 bao_bucket_filled;
static LIST_HEAD(bao_bucket_deferred);
static DECLARE_DELAYED_WORK(bao_bucket_dwork, bao_bucket_work);

/**
 * bao_doorbell_init - prepare a doorbell
 * @bell: the doorbell
 * @kind: which call rings it
 * @id: device model or channel
 * @event: of a channel
 */
void bao_doorbell_init(struct bao_doorbell *bell, enum bao_doorbell_kind kind,
		       u32 id, u32 event)
{
	INIT_LIST_HEAD(&bell->node);
	bell->kind = kind;
	bell->id = id;
	bell->event = event;
}

/* A token is the time that it takes to earn it. */
static bool bao_bucket_take(void)
{
	u32 cost = NSEC_PER_SEC / clamp(READ_ONCE(doorbell_rate), 1U, 10000000U);
	u64 cap = (u64)cost * max(READ_ONCE(doorbell_burst), 1U);
	u64 now = ktime_get_ns();

	lockdep_assert_held(&bao_bucket_lock);
	if (cap - min(cap, bao_bucket_credit) <= now - bao_bucket_filled)
		bao_bucket_credit = cap;
	else
		bao_bucket_credit += now - bao_bucket_filled;
	bao_bucket_filled = now;
	if (bao_bucket_credit < cost)
		return false;
	bao_bucket_credit -= cost;
	return true;
}

static int bao_doorbell_call(struct bao_doorbell *bell)
{
	int ret;

	lockdep_assert_held(&bao_bucket_lock);
	if (bell->kind == BAO_DOORBELL_IPC)
		ret = bao_hyp_notify(bell->id, bell->event);
	else
		ret = bao_hyp_raise(bell->id);
	bell->sent++;
	trace_bao_doorbell(bell->kind, bell->id, bell->event, ret, false);
	if (!ret) {
		bell->tries = 0;
		return 0;
	}
	bell->tries++;
	if (!bell->refused++)
		pr_err("the hypervisor refuses to notify %s %u\n",
		       bell->kind == BAO_DOORBELL_IPC ? "IPC channel" :
		       "the frontend of device model", bell->id);
	return ret;
}

static void bao_doorbell_defer(struct bao_doorbell *bell)
{
	lockdep_assert_held(&bao_bucket_lock);
	bell->deferred++;
	trace_bao_doorbell(bell->kind, bell->id, bell->event, 0, true);
	list_add_tail(&bell->node, &bao_bucket_deferred);
	queue_delayed_work(bao_wq, &bao_bucket_dwork, 1);
}

/* Nobody hears of a refusal that comes late, so some more calls are made. */
static bool bao_doorbell_again(const struct bao_doorbell *bell)
{
	return bell->tries < BAO_DOORBELL_TRIES;
}

/**
 * bao_doorbell_ring - raise the interrupt, now or soon
 * @bell: the doorbell
 *
 * Context: any but NMI; an eventfd's wait queue lock may be held.
 * Return: 0, also when it was deferred; -EIO when the hypervisor refused.
 */
int bao_doorbell_ring(struct bao_doorbell *bell)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&bao_bucket_lock, flags);
	/* One that waits may have used up its tries; this news is as good. */
	bell->tries = 0;
	if (!list_empty(&bell->node))
		goto out;
	if (!list_empty(&bao_bucket_deferred) || !bao_bucket_take()) {
		bao_doorbell_defer(bell);
		goto out;
	}
	ret = bao_doorbell_call(bell);
	/* Whoever rings by an ioctl is told. Who wrote to an eventfd is not. */
	if (ret && bell->kind == BAO_DOORBELL_REMIO)
		bao_doorbell_defer(bell);
out:
	spin_unlock_irqrestore(&bao_bucket_lock, flags);
	return ret;
}

static unsigned int bao_bucket_waiting(void)
{
	struct list_head *node;
	unsigned long flags;
	unsigned int num = 0;

	spin_lock_irqsave(&bao_bucket_lock, flags);
	list_for_each(node, &bao_bucket_deferred)
		num++;
	spin_unlock_irqrestore(&bao_bucket_lock, flags);
	return num;
}

static bool bao_bucket_next(void)
{
	struct bao_doorbell *bell;
	unsigned long flags;
	bool sent = false;

	spin_lock_irqsave(&bao_bucket_lock, flags);
	if (list_empty(&bao_bucket_deferred) || !bao_bucket_take())
		goto out;
	bell = list_first_entry(&bao_bucket_deferred, struct bao_doorbell,
				node);
	list_del_init(&bell->node);
	if (bao_doorbell_call(bell) && bao_doorbell_again(bell))
		bao_doorbell_defer(bell);
	sent = true;
out:
	spin_unlock_irqrestore(&bao_bucket_lock, flags);
	return sent;
}

/*
 * Everybody who rings waits for the lock, with interrupts off, so that it is
 * held for one call at a time. A doorbell that is refused goes to the end, and
 * is not tried again in this round.
 */
static void bao_bucket_work(struct work_struct *work)
{
	unsigned int left = bao_bucket_waiting();

	while (left-- && bao_bucket_next())
		cond_resched();
	if (bao_bucket_waiting())
		queue_delayed_work(bao_wq, &bao_bucket_dwork, 1);
}

/**
 * bao_doorbell_flush - send what is deferred, before the doorbell goes
 * @bell: nobody rings it any more
 *
 * Context: any but NMI. When it returns, @bell can be freed.
 */
void bao_doorbell_flush(struct bao_doorbell *bell)
{
	unsigned long flags;

	spin_lock_irqsave(&bao_bucket_lock, flags);
	if (!list_empty(&bell->node)) {
		list_del_init(&bell->node);
		bao_doorbell_call(bell);
	}
	spin_unlock_irqrestore(&bao_bucket_lock, flags);
}

/**
 * bao_doorbell_add_stats - add a doorbell's counters to a sum
 * @bell: the doorbell
 * @sum: what to add to
 *
 * Context: any but NMI.
 */
void bao_doorbell_add_stats(struct bao_doorbell *bell,
			    struct bao_doorbell_stats *sum)
{
	unsigned long flags;

	spin_lock_irqsave(&bao_bucket_lock, flags);
	sum->sent += bell->sent;
	sum->deferred += bell->deferred;
	sum->refused += bell->refused;
	spin_unlock_irqrestore(&bao_bucket_lock, flags);
}

/**
 * bao_doorbell_exit - stop the bucket's work
 *
 * Context: process, at module exit, when no doorbell exists any more.
 */
void bao_doorbell_exit(void)
{
	cancel_delayed_work_sync(&bao_bucket_dwork);
}
