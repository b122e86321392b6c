// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells and their token buckets.
 *
 * Time is the currency, in ns: a token is the time that it takes to earn it,
 * and a bucket is the moment at which it is full again if nothing is taken. So
 * it fills without anybody's work, late or not, and at most to its size.
 *
 *  - The guest's bucket decides when there is a call. It fills at the rate, and
 *    holds the burst.
 *  - A doorbell's bucket decides whose call it is. It fills at the same rate,
 *    but holds half of the burst: one that floods may have the whole rate while
 *    nobody else wants it, and leaves half of the burst to others.
 *
 * Those that wait are sorted by the moment at which their own bucket has a
 * token. One that was quiet has had it for long, and is before all that flood:
 * it has to wait for the guest's next token at most, and one for each other that
 * was quiet for as long. Among those that flood it is the one's turn that was
 * sent least recently.
 *
 * What waits is sent by a timer, a call for each time that it expires. It is
 * armed for when the next one is due, also when that has passed, so that it
 * catches up at once when it was late, by what the buckets allow and no more.
 * Whoever rings while others wait makes the next one's call if it is due, so
 * that a timer that is late, as on PREEMPT_RT it may be, costs no calls.
 */

#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "bao.h"
#include "compat/compat.h"
#include "doorbell.h"
#include "hypercall.h"
#include "trace.h"

/*
 * A doorbell is a message in a queue of 253 for each CPU, in Bao of July 2026
 * and later; before, in one of 128 for the machine, which stops a CPU when it
 * runs over. The answers to requests need a place there as well.
 *
 * What counts more is that the receiver has handled one when the next comes:
 * one that comes while Bao has yet to notice the end of the last takes another
 * list register, and when they are used up the CPU can stay in Bao for ever. An
 * emulated CPU takes 100 us. With 10000 in a second, 16 in a row, such a CPU was
 * lost in three of five floods of a minute each way; with these in none, see
 * docs/threat-model.md.
 */
static unsigned int doorbell_rate = 4000;
static unsigned int doorbell_burst = 8;

/* A token takes 100 ns to 1 s. A larger bucket than this limits nothing. */
#define BAO_DOORBELL_RATE_MAX	10000000
#define BAO_DOORBELL_BURST_MAX	1024

#define BAO_DOORBELL_TRIES	10
#define BAO_DOORBELL_RETRY_NS	(10 * NSEC_PER_MSEC)

/**
 * struct bao_bucket - all doorbells of this guest
 * @lock: protects everything here and all doorbells' state. Calls are made
 *	under it, so that a doorbell that was flushed is not being rung either.
 *	Taken inside eventfds' wait queue locks; only the timer's and the
 *	console's are taken inside. The timer's function takes it as well: not
 *	in hard interrupt context on PREEMPT_RT, where it is a lock that sleeps
 * @timer: sends what waits
 * @armed: for when, or BAO_NEVER
 * @waiting: doorbells, by &bao_doorbell.due, then by age
 * @cost: what a token costs
 * @cap: what a full bucket holds
 * @bell_cap: the same of a doorbell's own
 * @full: when it is full if nothing is taken
 */
struct bao_bucket {
	spinlock_t lock;	/* innermost but for timer and console */
	struct hrtimer timer;
	s64 armed;
	struct rb_root_cached waiting;
	s64 cost;
	s64 cap;
	s64 bell_cap;
	s64 full;
};

#define BAO_NEVER	S64_MAX

/* Full, whatever its size will be. */
static struct bao_bucket bao_bucket = {
	.lock = __SPIN_LOCK_UNLOCKED(bao_bucket.lock),
	.armed = BAO_NEVER,
	.waiting = RB_ROOT_CACHED,
	.cost = 1,
	.cap = S64_MAX,
};

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
	RB_CLEAR_NODE(&bell->node);
	bell->kind = kind;
	bell->id = id;
	bell->event = event;
}

static bool bao_doorbell_waits(const struct bao_doorbell *bell)
{
	lockdep_assert_held(&bao_bucket.lock);
	return !RB_EMPTY_NODE(&bell->node);
}

/* When its own bucket has a token. */
static s64 bao_doorbell_due(const struct bao_doorbell *bell)
{
	lockdep_assert_held(&bao_bucket.lock);
	return bell->full + bao_bucket.cost - bao_bucket.bell_cap;
}

/* When the guest's bucket has one. */
static s64 bao_bucket_due(void)
{
	lockdep_assert_held(&bao_bucket.lock);
	return bao_bucket.full + bao_bucket.cost - bao_bucket.cap;
}

static struct bao_doorbell *bao_bucket_first(void)
{
	struct rb_node *node = rb_first_cached(&bao_bucket.waiting);

	lockdep_assert_held(&bao_bucket.lock);
	return node ? rb_entry(node, struct bao_doorbell, node) : NULL;
}

static void bao_bucket_add(struct bao_doorbell *bell)
{
	struct rb_node **link = &bao_bucket.waiting.rb_root.rb_node;
	struct rb_node *parent = NULL;
	bool first = true;

	lockdep_assert_held(&bao_bucket.lock);
	while (*link) {
		parent = *link;
		if (bell->due < rb_entry(parent, struct bao_doorbell, node)->due) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			first = false;
		}
	}
	rb_link_node(&bell->node, parent, link);
	rb_insert_color_cached(&bell->node, &bao_bucket.waiting, first);
}

static void bao_bucket_remove(struct bao_doorbell *bell)
{
	lockdep_assert_held(&bao_bucket.lock);
	rb_erase_cached(&bell->node, &bao_bucket.waiting);
	RB_CLEAR_NODE(&bell->node);
}

/* Owed whenever something waits that did not, or is due at another time. */
static void bao_bucket_arm(void)
{
	const struct bao_doorbell *first = bao_bucket_first();
	s64 due;

	lockdep_assert_held(&bao_bucket.lock);
	if (!first)
		return;
	due = max3(first->due, bao_bucket_due(), 0LL);
	if (due == bao_bucket.armed)
		return;
	bao_bucket.armed = due;
	hrtimer_start(&bao_bucket.timer, ns_to_ktime(due), HRTIMER_MODE_ABS);
}

/*
 * A CPU can be away for long between the time that the caller knows and the
 * call, or while it is made. The token is therefore paid for by the time
 * afterwards: calls are then as far apart as the rate says by anybody's clock.
 */
static int bao_doorbell_call(struct bao_doorbell *bell)
{
	s64 now;
	int ret;

	lockdep_assert_held(&bao_bucket.lock);
	if (bell->kind == BAO_DOORBELL_IPC)
		ret = bao_hyp_notify(bell->id, bell->event);
	else
		ret = bao_hyp_raise(bell->id);
	now = ktime_get_ns();
	bao_bucket.full = max(bao_bucket.full, now) + bao_bucket.cost;
	bell->full = max(bell->full, now) + bao_bucket.cost;
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

static void bao_doorbell_defer(struct bao_doorbell *bell, s64 due)
{
	lockdep_assert_held(&bao_bucket.lock);
	bell->due = due;
	bell->deferred++;
	trace_bao_doorbell(bell->kind, bell->id, bell->event, 0, true);
	bao_bucket_add(bell);
}

/* Nobody hears of a refusal that comes late, so some more calls are made. */
static void bao_doorbell_retry(struct bao_doorbell *bell)
{
	s64 later = ktime_get_ns() + BAO_DOORBELL_RETRY_NS;

	lockdep_assert_held(&bao_bucket.lock);
	if (bell->tries < BAO_DOORBELL_TRIES)
		bao_doorbell_defer(bell, max(later, bao_doorbell_due(bell)));
}

/* Makes the call of whoever's turn it is, if there is a token; one, no more. */
static void bao_bucket_serve(s64 now)
{
	struct bao_doorbell *bell = bao_bucket_first();

	lockdep_assert_held(&bao_bucket.lock);
	if (!bell || bell->due > now || bao_bucket_due() > now)
		return;
	bao_bucket_remove(bell);
	if (bao_doorbell_call(bell))
		bao_doorbell_retry(bell);
}

/* Whether a doorbell that does not wait need not, nor overtakes another. */
static bool bao_doorbell_may(const struct bao_doorbell *bell, s64 now)
{
	const struct bao_doorbell *first = bao_bucket_first();
	s64 due = bao_doorbell_due(bell);

	lockdep_assert_held(&bao_bucket.lock);
	return due <= now && bao_bucket_due() <= now &&
	       (!first || due < first->due);
}

/**
 * bao_doorbell_ring - raise the interrupt, now or soon
 * @bell: the doorbell
 *
 * Context: any but NMI, and on PREEMPT_RT hard interrupts; an eventfd's wait
 * queue lock may be held.
 * Return: 0, also when it was deferred; -EIO when the hypervisor refused.
 */
int bao_doorbell_ring(struct bao_doorbell *bell)
{
	unsigned long flags;
	int ret = 0;
	s64 now;

	spin_lock_irqsave(&bao_bucket.lock, flags);
	now = ktime_get_ns();
	/* One that waits may have used up its tries; this news is as good. */
	bell->tries = 0;
	/* Of a token that took longer when the rate was lower. */
	bell->full = min(bell->full, now + bao_bucket.bell_cap);
	if (bao_doorbell_waits(bell)) {
		bao_bucket_serve(now);
	} else if (bao_doorbell_may(bell, now)) {
		ret = bao_doorbell_call(bell);
		/* Who rings by an ioctl is told; who writes an eventfd not. */
		if (ret && bell->kind == BAO_DOORBELL_REMIO)
			bao_doorbell_retry(bell);
	} else {
		bao_doorbell_defer(bell, bao_doorbell_due(bell));
		bao_bucket_serve(now);
	}
	bao_bucket_arm();
	spin_unlock_irqrestore(&bao_bucket.lock, flags);
	return ret;
}

static enum hrtimer_restart bao_bucket_expired(struct hrtimer *timer)
{
	unsigned long flags;

	spin_lock_irqsave(&bao_bucket.lock, flags);
	bao_bucket.armed = BAO_NEVER;
	bao_bucket_serve(ktime_get_ns());
	bao_bucket_arm();
	spin_unlock_irqrestore(&bao_bucket.lock, flags);
	/* Whoever rang meanwhile may have armed it, and so may this. */
	return HRTIMER_NORESTART;
}

/**
 * bao_doorbell_flush - send what is deferred, before the doorbell goes
 * @bell: nobody rings it any more
 *
 * It is sent whether there is a token or not, but paid for: the others wait
 * for it.
 *
 * Context: any but NMI, and on PREEMPT_RT hard interrupts. When it returns,
 * @bell can be freed.
 */
void bao_doorbell_flush(struct bao_doorbell *bell)
{
	unsigned long flags;

	spin_lock_irqsave(&bao_bucket.lock, flags);
	if (bao_doorbell_waits(bell)) {
		bao_bucket_remove(bell);
		bao_doorbell_call(bell);
	}
	spin_unlock_irqrestore(&bao_bucket.lock, flags);
}

/**
 * bao_doorbell_add_stats - add a doorbell's counters to a sum
 * @bell: the doorbell
 * @sum: what to add to
 *
 * Context: any but NMI, and on PREEMPT_RT hard interrupts.
 */
void bao_doorbell_add_stats(struct bao_doorbell *bell,
			    struct bao_doorbell_stats *sum)
{
	unsigned long flags;

	spin_lock_irqsave(&bao_bucket.lock, flags);
	sum->sent += bell->sent;
	sum->deferred += bell->deferred;
	sum->refused += bell->refused;
	spin_unlock_irqrestore(&bao_bucket.lock, flags);
}

/*
 * The bucket keeps its tokens, whatever they cost now, as far as it has room. A
 * doorbell that waits for a token of its own waits as long as it had to, which
 * is a second at most.
 */
static void bao_bucket_resize(unsigned int rate, unsigned int burst)
{
	unsigned long flags;
	s64 now, missing;
	u64 tokens;

	rate = clamp_t(unsigned int, rate, 1, BAO_DOORBELL_RATE_MAX);
	burst = clamp_t(unsigned int, burst, 1, BAO_DOORBELL_BURST_MAX);
	spin_lock_irqsave(&bao_bucket.lock, flags);
	now = ktime_get_ns();
	missing = clamp(bao_bucket.full - now, 0LL, bao_bucket.cap);
	tokens = div64_u64(bao_bucket.cap - missing, bao_bucket.cost);
	tokens = min_t(u64, tokens, burst);
	/* Rounded so that the rate is not passed. */
	bao_bucket.cost = DIV_ROUND_UP(NSEC_PER_SEC, rate);
	bao_bucket.cap = bao_bucket.cost * burst;
	/* Two, where there are: with one, all is lost that a timer is late. */
	bao_bucket.bell_cap = bao_bucket.cost * max(burst / 2, min(burst, 2U));
	bao_bucket.full = now + bao_bucket.cap - bao_bucket.cost * tokens;
	bao_bucket_arm();
	spin_unlock_irqrestore(&bao_bucket.lock, flags);
}

/* Before bao_doorbells_init() as well: the timer is not used then. */
static int bao_bucket_set(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_uint(val, kp);

	if (!ret)
		bao_bucket_resize(doorbell_rate, doorbell_burst);
	return ret;
}

static const struct kernel_param_ops bao_bucket_ops = {
	.set = bao_bucket_set,
	.get = param_get_uint,
};

module_param_cb(doorbell_rate, &bao_bucket_ops, &doorbell_rate, 0644);
__MODULE_PARM_TYPE(doorbell_rate, "uint");
MODULE_PARM_DESC(doorbell_rate, "doorbells per second, all together");

module_param_cb(doorbell_burst, &bao_bucket_ops, &doorbell_burst, 0644);
__MODULE_PARM_TYPE(doorbell_burst, "uint");
MODULE_PARM_DESC(doorbell_burst, "doorbells in a row before the rate counts");

/**
 * bao_doorbells_init - prepare for doorbells
 *
 * Context: process, at module load, before anything can ring.
 */
void bao_doorbells_init(void)
{
	bao_hrtimer_setup(&bao_bucket.timer, bao_bucket_expired);
	/* The parameters can be changed already. */
	kernel_param_lock(THIS_MODULE);
	bao_bucket_resize(doorbell_rate, doorbell_burst);
	kernel_param_unlock(THIS_MODULE);
}

/**
 * bao_doorbells_exit - undo bao_doorbells_init()
 *
 * Context: process, at module exit, when no doorbell exists any more.
 */
void bao_doorbells_exit(void)
{
	hrtimer_cancel(&bao_bucket.timer);
}
