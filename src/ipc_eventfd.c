// SPDX-License-Identifier: GPL-2.0-only
/* eventfds that are signalled for a channel's events. */

#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/slab.h>

#include "compat/compat.h"
#include "ipc.h"

/* They are walked in the interrupt handler. */
#define BAO_IPC_EVENTFDS_MAX	256

/**
 * struct bao_ipc_waker - an eventfd for one event
 * @node: on &bao_ipc.eventfds
 * @ctx: the eventfd; a reference is held
 * @file: who registered it
 * @event: for what
 */
struct bao_ipc_waker {
	struct list_head node;
	struct eventfd_ctx *ctx;
	const struct file *file;
	u32 event;
};

/**
 * bao_ipc_eventfd_signal - signal all eventfds of an event
 * @ipc: the channel
 * @event: which
 *
 * Context: &bao_ipc.lock held; hard interrupt too.
 */
void bao_ipc_eventfd_signal(struct bao_ipc *ipc, u32 event)
{
	struct bao_ipc_waker *waker;

	lockdep_assert_held(&ipc->lock);
	list_for_each_entry(waker, &ipc->eventfds, node)
		if (waker->event == event)
			bao_eventfd_signal(waker->ctx);
}

static struct bao_ipc_waker *bao_waker_find(struct bao_ipc *ipc,
					    const struct file *file, u32 event)
{
	struct bao_ipc_waker *waker;

	lockdep_assert_held(&ipc->lock);
	list_for_each_entry(waker, &ipc->eventfds, node)
		if (waker->file == file && waker->event == event)
			return waker;
	return NULL;
}

/* Takes over the reference to @ctx on success. */
static int bao_waker_assign(struct bao_ipc *ipc, const struct file *file,
			    struct eventfd_ctx *ctx, u32 event)
{
	struct bao_ipc_waker *waker;
	int ret = 0;

	waker = kzalloc(sizeof(*waker), GFP_KERNEL);
	if (!waker)
		return -ENOMEM;
	waker->ctx = ctx;
	waker->file = file;
	waker->event = event;
	spin_lock_irq(&ipc->lock);
	if (bao_waker_find(ipc, file, event)) {
		ret = -EEXIST;
	} else if (ipc->num_eventfds >= BAO_IPC_EVENTFDS_MAX) {
		ret = -ENOSPC;
	} else {
		list_add_tail(&waker->node, &ipc->eventfds);
		ipc->num_eventfds++;
	}
	spin_unlock_irq(&ipc->lock);
	if (ret)
		kfree(waker);
	return ret;
}

static int bao_waker_deassign(struct bao_ipc *ipc, const struct file *file,
			      struct eventfd_ctx *ctx, u32 event)
{
	struct bao_ipc_waker *waker;

	spin_lock_irq(&ipc->lock);
	waker = bao_waker_find(ipc, file, event);
	if (waker && waker->ctx == ctx) {
		list_del(&waker->node);
		ipc->num_eventfds--;
	} else {
		waker = NULL;
	}
	spin_unlock_irq(&ipc->lock);
	if (!waker)
		return -ENOENT;
	eventfd_ctx_put(waker->ctx);
	kfree(waker);
	return 0;
}

/**
 * bao_ipc_eventfd_config - add or remove an eventfd
 * @ipc: the channel
 * @file: the file that asks
 * @args: as user space gave them
 *
 * Context: process.
 * Return: 0 or the errors of BAO_IPC_EVENTFD.
 */
int bao_ipc_eventfd_config(struct bao_ipc *ipc, const struct file *file,
			   const struct bao_ipc_eventfd *args)
{
	struct eventfd_ctx *ctx;
	int ret;

	if (args->flags & ~BAO_IPC_EVENTFD_DEASSIGN || args->reserved)
		return -EINVAL;
	if (!ipc->num_events)
		return -ENXIO;
	if (args->event >= ipc->num_events)
		return -EINVAL;
	ctx = eventfd_ctx_fdget(args->fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	if (args->flags & BAO_IPC_EVENTFD_DEASSIGN) {
		ret = bao_waker_deassign(ipc, file, ctx, args->event);
	} else {
		ret = bao_waker_assign(ipc, file, ctx, args->event);
		if (!ret)
			return 0;
	}
	eventfd_ctx_put(ctx);
	return ret;
}

/**
 * bao_ipc_eventfd_drop - remove a file's eventfds
 * @ipc: the channel
 * @file: the file, on its last way
 *
 * Context: process.
 */
void bao_ipc_eventfd_drop(struct bao_ipc *ipc, const struct file *file)
{
	struct bao_ipc_waker *waker, *next;
	LIST_HEAD(dead);

	spin_lock_irq(&ipc->lock);
	list_for_each_entry_safe(waker, next, &ipc->eventfds, node) {
		if (waker->file != file)
			continue;
		list_move(&waker->node, &dead);
		ipc->num_eventfds--;
	}
	spin_unlock_irq(&ipc->lock);
	list_for_each_entry_safe(waker, next, &dead, node) {
		eventfd_ctx_put(waker->ctx);
		kfree(waker);
	}
}
