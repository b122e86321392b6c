// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqfds: eventfds that raise the frontend's interrupt.
 *
 * Written eventfds call bao_irqfd_wakeup() with their wait queue lock held,
 * and interrupts off. An irqfd ends in one of three ways - DEASSIGN, its owner
 * leaves, the eventfd is released - and these race; whoever sets @dying first
 * queues the work item that frees it, and nobody else frees.
 */

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <linux/bao.h>

#include "compat/compat.h"
#include "dm.h"

#define BAO_IRQFDS_MAX	256

/**
 * struct bao_irq_in - an irqfd
 * @dm: the device model; outlives it, see bao_dm_stop() and bao_owner_leave()
 * @owner: who registered it; protected by &bao_dm.reg_mutex
 * @ctx: the eventfd; a reference is held
 * @head: its wait queue
 * @wait: our entry there
 * @poll: puts the entry there
 * @node: on &bao_dm.irqfds, or empty; protected by &bao_dm.reg_mutex
 * @dying: bit 0: the work was queued
 * @work: frees it
 */
struct bao_irq_in {
	struct bao_dm *dm;
	const struct bao_owner *owner;
	struct eventfd_ctx *ctx;
	wait_queue_head_t *head;
	wait_queue_entry_t wait;
	poll_table poll;
	struct list_head node;
	unsigned long dying;
	struct work_struct work;
};

/* Its own queue: waiting for it must not wait for anything else. */
static struct workqueue_struct *bao_irqfd_wq;

static void bao_irqfd_retire(struct bao_irq_in *in)
{
	if (!test_and_set_bit(0, &in->dying))
		queue_work(bao_irqfd_wq, &in->work);
}

static void bao_irqfd_unlink(struct bao_irq_in *in)
{
	lockdep_assert_held(&in->dm->reg_mutex);
	if (list_empty(&in->node))
		return;
	list_del_init(&in->node);
	in->dm->num_irqfds--;
}

/*
 * Takes an irqfd off that is on the list. A callback that retires it at the
 * same time has queued the work when its lock is free, so that a flush after
 * this waits for it, whoever was first. While it is on the list and the mutex
 * is held, the work cannot have freed it.
 */
static void bao_irqfd_take_off(struct bao_irq_in *in)
{
	lockdep_assert_held(&in->dm->reg_mutex);
	spin_lock_irq(&in->head->lock);
	bao_irqfd_unlink(in);
	bao_irqfd_retire(in);
	spin_unlock_irq(&in->head->lock);
}

static void bao_irqfd_work(struct work_struct *work)
{
	struct bao_irq_in *in = container_of(work, struct bao_irq_in, work);
	u64 count;

	/* After a hang-up it is still listed. Assignment is over then, too. */
	mutex_lock(&in->dm->reg_mutex);
	bao_irqfd_unlink(in);
	mutex_unlock(&in->dm->reg_mutex);
	eventfd_ctx_remove_wait_queue(in->ctx, &in->wait, &count);
	eventfd_ctx_put(in->ctx);
	kfree(in);
}

static int bao_irqfd_wakeup(wait_queue_entry_t *wait, unsigned int mode,
			    int sync, void *key)
{
	struct bao_irq_in *in = container_of(wait, struct bao_irq_in, wait);
	__poll_t events = key_to_poll(key);

	if (events & EPOLLIN) {
		bao_eventfd_consume(in->ctx);
		bao_doorbell_ring(&in->dm->doorbell);
	}
	if (events & EPOLLHUP)
		bao_irqfd_retire(in);
	/* Not exclusive: other waiters are woken as well. */
	return 0;
}

static void bao_irqfd_queue(struct file *file, wait_queue_head_t *head,
			    poll_table *poll)
{
	struct bao_irq_in *in = container_of(poll, struct bao_irq_in, poll);

	in->head = head;
	add_wait_queue(head, &in->wait);
}

static bool bao_irqfd_known(struct bao_dm *dm, const struct eventfd_ctx *ctx)
{
	const struct bao_irq_in *in;

	lockdep_assert_held(&dm->reg_mutex);
	list_for_each_entry(in, &dm->irqfds, node)
		if (in->ctx == ctx)
			return true;
	return false;
}

/* What was written before the assignment counts as well. */
static void bao_irqfd_catch_up(struct bao_irq_in *in)
{
	unsigned long flags;

	spin_lock_irqsave(&in->head->lock, flags);
	if (bao_eventfd_consume(in->ctx))
		bao_doorbell_ring(&in->dm->doorbell);
	spin_unlock_irqrestore(&in->head->lock, flags);
}

static int bao_irqfd_insert(struct bao_dm_file *df, struct bao_irq_in *in,
			    struct file *file)
{
	struct bao_dm *dm = df->dm;
	int ret;

	lockdep_assert_held(&dm->reg_mutex);
	ret = bao_owner_current(df, &in->owner);
	if (ret)
		return ret;
	if (bao_irqfd_known(dm, in->ctx))
		return -EBUSY;
	if (dm->num_irqfds >= BAO_IRQFDS_MAX)
		return -ENOSPC;
	/*
	 * From here on the callback can run, and retire the irqfd; the work
	 * waits for the mutex, so it is complete by then.
	 */
	list_add_tail(&in->node, &dm->irqfds);
	dm->num_irqfds++;
	if (vfs_poll(file, &in->poll) & EPOLLIN)
		bao_irqfd_catch_up(in);
	return 0;
}

static int bao_irqfd_assign(struct bao_dm_file *df, struct file *file)
{
	struct bao_irq_in *in;
	int ret;

	in = kzalloc(sizeof(*in), GFP_KERNEL);
	if (!in)
		return -ENOMEM;
	in->dm = df->dm;
	in->ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(in->ctx)) {
		ret = PTR_ERR(in->ctx);
		goto err_free;
	}
	INIT_LIST_HEAD(&in->node);
	INIT_WORK(&in->work, bao_irqfd_work);
	init_waitqueue_func_entry(&in->wait, bao_irqfd_wakeup);
	init_poll_funcptr(&in->poll, bao_irqfd_queue);

	mutex_lock(&df->dm->reg_mutex);
	ret = bao_irqfd_insert(df, in, file);
	mutex_unlock(&df->dm->reg_mutex);
	if (ret)
		goto err_put;
	return 0;

err_put:
	eventfd_ctx_put(in->ctx);
err_free:
	kfree(in);
	return ret;
}

static int bao_irqfd_deassign(struct bao_dm_file *df, struct file *file)
{
	struct bao_dm *dm = df->dm;
	struct eventfd_ctx *ctx;
	struct bao_irq_in *in;
	int ret = -ENOENT;

	ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	mutex_lock(&dm->reg_mutex);
	list_for_each_entry(in, &dm->irqfds, node) {
		if (in->ctx == ctx && in->owner->file == df) {
			bao_irqfd_take_off(in);
			ret = 0;
			break;
		}
	}
	mutex_unlock(&dm->reg_mutex);
	eventfd_ctx_put(ctx);
	bao_irqfd_flush();
	return ret;
}

/**
 * bao_irqfd_config - add or remove an irqfd
 * @df: the file that asks
 * @args: as user space gave them
 *
 * Context: process; sleeps. After a removal writes to the eventfd raise nothing
 * any more; what was deferred before is still raised.
 * Return: 0 or the errors of BAO_DM_IRQFD.
 */
int bao_irqfd_config(struct bao_dm_file *df, const struct bao_irqfd *args)
{
	struct file *file;
	int ret;

	if (args->flags & ~BAO_IRQFD_DEASSIGN)
		return -EINVAL;
	file = eventfd_fget(args->fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (args->flags & BAO_IRQFD_DEASSIGN)
		ret = bao_irqfd_deassign(df, file);
	else
		ret = bao_irqfd_assign(df, file);
	fput(file);
	return ret;
}

/**
 * bao_irqfd_drop - remove the irqfds of a process
 * @dm: the device model
 * @owner: the process, or NULL for all
 *
 * bao_irqfd_flush() is owed after the mutex was released.
 *
 * Context: process, &bao_dm.reg_mutex held.
 */
void bao_irqfd_drop(struct bao_dm *dm, const struct bao_owner *owner)
{
	struct bao_irq_in *in, *next;

	lockdep_assert_held(&dm->reg_mutex);
	list_for_each_entry_safe(in, next, &dm->irqfds, node) {
		if (owner && in->owner != owner)
			continue;
		bao_irqfd_take_off(in);
	}
}

/**
 * bao_irqfd_flush - wait until removed irqfds are gone
 *
 * Context: process; sleeps; &bao_dm.reg_mutex not held.
 */
void bao_irqfd_flush(void)
{
	flush_workqueue(bao_irqfd_wq);
}

/**
 * bao_irqfd_show - tell how many irqfds a file has
 * @m: where to
 * @df: the file
 *
 * Context: process.
 */
void bao_irqfd_show(struct seq_file *m, struct bao_dm_file *df)
{
	const struct bao_irq_in *in;
	unsigned int num = 0;

	mutex_lock(&df->dm->reg_mutex);
	list_for_each_entry(in, &df->dm->irqfds, node)
		if (in->owner->file == df)
			num++;
	mutex_unlock(&df->dm->reg_mutex);
	seq_printf(m, "bao-irqfds:\t%u\n", num);
}

/**
 * bao_irqfd_init - prepare for irqfds
 *
 * Context: process, at module load.
 * Return: 0; -ENOMEM.
 */
int bao_irqfd_init(void)
{
	bao_irqfd_wq = alloc_workqueue("%s", WQ_UNBOUND, 0, "bao-irqfd");
	return bao_irqfd_wq ? 0 : -ENOMEM;
}

/**
 * bao_irqfd_exit - undo bao_irqfd_init()
 *
 * Context: process, at module exit.
 */
void bao_irqfd_exit(void)
{
	destroy_workqueue(bao_irqfd_wq);
}
