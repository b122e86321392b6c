// SPDX-License-Identifier: GPL-2.0-only
/* Typed hypercalls, and the place where a stand-in for Bao is put in. */

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>

#include <asm/barrier.h>

#include "arch.h"
#include "hypercall.h"
#include "trace.h"

/*
 * Protects bao_backend and bao_users. The calls themselves read bao_call_fn
 * without it: it changes only while there are no users, and a user takes the
 * mutex, in bao_hyp_get(), before its first call.
 */
static DEFINE_MUTEX(bao_backend_mutex);
static const struct bao_backend *bao_backend;
static unsigned int bao_users;
static void (*bao_call_fn)(struct bao_call *call) = BAO_ARCH_CALL;

/**
 * bao_backend_register - put a stand-in in the place of the hypervisor
 * @backend: stays the caller's, until it is unregistered
 *
 * Context: process.
 * Return: 0; -EBUSY while a device is bound or another backend is registered.
 */
int bao_backend_register(const struct bao_backend *backend)
{
	int ret = -EBUSY;

	mutex_lock(&bao_backend_mutex);
	if (!bao_users && !bao_backend) {
		bao_backend = backend;
		bao_call_fn = backend->call;
		ret = 0;
	}
	mutex_unlock(&bao_backend_mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(bao_backend_register);

/**
 * bao_backend_unregister - go back to the native calls
 * @backend: what was registered
 *
 * Context: process.
 * Return: 0; -EBUSY while a device is bound; -ENOENT when @backend is not
 * registered.
 */
int bao_backend_unregister(const struct bao_backend *backend)
{
	int ret = 0;

	mutex_lock(&bao_backend_mutex);
	if (bao_backend != backend) {
		ret = -ENOENT;
	} else if (bao_users) {
		ret = -EBUSY;
	} else {
		bao_backend = NULL;
		bao_call_fn = BAO_ARCH_CALL;
	}
	mutex_unlock(&bao_backend_mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(bao_backend_unregister);

static long bao_notify_raw(unsigned long ipc, unsigned long event)
{
	struct bao_call call = {
		.id = BAO_CALL_IPC,
		.arg = { ipc, event },
	};

	bao_call_fn(&call);
	return call.result;
}

static void bao_order_stores(void)
{
	/*
	 * The call makes another CPU look at memory that was written before.
	 * It is no barrier itself; on the other side, taking the interrupt is
	 * one.
	 */
	wmb();
}

static long bao_remio_raw(struct bao_call *call, u32 dm, unsigned long op)
{
	call->id = BAO_CALL_REMIO;
	call->arg[0] = dm;
	call->arg[2] = op;
	bao_call_fn(call);
	return call->result;
}

/**
 * bao_hyp_get - make sure that Bao is there, and keep the way to it
 *
 * Call it only for a device that the device tree or a test has described: the
 * function ids mean other things to other hypervisors.
 *
 * Context: process; sleeps.
 * Return: 0, then bao_hyp_put() is owed; -ENODEV without a hypervisor or with
 * one that does not answer as Bao does.
 */
int bao_hyp_get(void)
{
	int ret = -ENODEV;

	mutex_lock(&bao_backend_mutex);
	if (!bao_call_fn || (!bao_backend && !bao_arch_guest()))
		goto out;
	if (bao_backend && !try_module_get(bao_backend->owner))
		goto out;
	/* No guest has that many channels: Bao refuses it in its own way. */
	if (bao_notify_raw(ULONG_MAX, 0) != BAO_RESULT_INVALID) {
		if (bao_backend)
			module_put(bao_backend->owner);
		goto out;
	}
	bao_users++;
	ret = 0;
out:
	mutex_unlock(&bao_backend_mutex);
	return ret;
}

/**
 * bao_hyp_put - end what bao_hyp_get() began
 *
 * Context: process; sleeps. No call of the caller may be under way.
 */
void bao_hyp_put(void)
{
	mutex_lock(&bao_backend_mutex);
	bao_users--;
	if (bao_backend)
		module_put(bao_backend->owner);
	mutex_unlock(&bao_backend_mutex);
}

/**
 * bao_hyp_notify - ring an IPC channel's peers
 * @ipc: the channel
 * @event: index in the receivers' lists of interrupts
 *
 * Stores to the shared memory made before are visible to the other VM when it
 * hears of the call.
 *
 * Context: any.
 * Return: 0; -EIO when the hypervisor refused.
 */
int bao_hyp_notify(u32 ipc, u32 event)
{
	bao_order_stores();
	return bao_notify_raw(ipc, event) == BAO_RESULT_OK ? 0 : -EIO;
}

/**
 * bao_hyp_check_dm - ask whether the hypervisor knows a device model
 * @dm: the device model
 *
 * An ASK with an address is answered as if nothing were pending, and takes no
 * request.
 *
 * Context: any.
 * Return: 0; -ENODEV unknown; -EIO an answer that Bao does not give.
 */
int bao_hyp_check_dm(u32 dm)
{
	struct bao_call call = { .arg = { [1] = 1 } };

	switch (bao_remio_raw(&call, dm, BAO_REMIO_ASK)) {
	case BAO_RESULT_EMPTY:
		return 0;
	case BAO_RESULT_INVALID:
		return -ENODEV;
	default:
		return -EIO;
	}
}

/**
 * bao_hyp_mask - the bits that an access moves
 * @width: in bytes
 *
 * Return: a mask of 8 * @width bits.
 */
u64 bao_hyp_mask(unsigned int width)
{
	if (width >= sizeof(u64))
		return U64_MAX;
	return BIT_ULL(width * BITS_PER_BYTE) - 1;
}

/**
 * bao_hyp_request_valid - check what a frontend's access claims to be
 * @req: as bao_hyp_ask() gave it
 *
 * Context: any.
 * Return: whether operation and width are among those that exist.
 */
bool bao_hyp_request_valid(const struct bao_hyp_request *req)
{
	if (req->op != BAO_REMIO_WRITE && req->op != BAO_REMIO_READ)
		return false;
	return req->width == 1 || req->width == 2 || req->width == 4 ||
	       req->width == 8;
}

/**
 * bao_hyp_ask - fetch the oldest pending request of a device model
 * @dm: the device model
 * @req: filled in on success; check it with bao_hyp_request_valid()
 * @more: filled in: whether another one was pending behind it
 *
 * A request that was fetched has to be completed: nobody else can. What becomes
 * pending after @more was set to false has its interrupt still to come: the
 * hypervisor queues a request first and raises the interrupt then.
 *
 * Context: any.
 * Return: 0; -ENODATA nothing is pending; -ENODEV the hypervisor does not know
 * @dm; -EIO it refused otherwise.
 */
int bao_hyp_ask(u32 dm, struct bao_hyp_request *req, bool *more)
{
	struct bao_call call = {};
	long result = bao_remio_raw(&call, dm, BAO_REMIO_ASK);

	memset(req, 0, sizeof(*req));
	*more = false;
	if (result == BAO_RESULT_OK) {
		*more = call.out[5];
		req->addr = call.out[0];
		req->op = min_t(unsigned long, call.out[1], U16_MAX);
		req->width = min_t(unsigned long, call.out[3], U16_MAX);
		req->id = call.out[4];
		if (req->op == BAO_REMIO_WRITE)
			req->value = call.out[2] & bao_hyp_mask(req->width);
	}
	trace_bao_ask(dm, req, result);
	switch (result) {
	case BAO_RESULT_OK:
		return 0;
	case BAO_RESULT_EMPTY:
		return -ENODATA;
	case BAO_RESULT_INVALID:
		return -ENODEV;
	default:
		return -EIO;
	}
}

/**
 * bao_hyp_complete - answer a request; the frontend's CPU runs on
 * @dm: the device model
 * @req: as bao_hyp_ask() gave it; its id may be reused before this returns
 * @value: answer to a read; masked to the width here
 *
 * Stores to the shared memory made before are visible to the frontend then.
 * A request that is neither a read nor a write is completed as a write, which
 * lets the frontend run on with its registers as they were.
 *
 * Context: any.
 * Return: 0; -ENOENT the hypervisor has no such request; -EIO it refused
 * otherwise.
 */
int bao_hyp_complete(u32 dm, const struct bao_hyp_request *req, u64 value)
{
	struct bao_call call = { .arg = { [4] = req->id } };
	unsigned long op = BAO_REMIO_WRITE;
	long result;

	if (req->op == BAO_REMIO_READ && bao_hyp_request_valid(req)) {
		op = BAO_REMIO_READ;
		value &= bao_hyp_mask(req->width);
		call.arg[3] = (unsigned long)bao_arch_extend(value, req->width);
	}
	bao_order_stores();
	result = bao_remio_raw(&call, dm, op);
	trace_bao_complete(dm, req->id, op, call.arg[3], result);
	if (result == BAO_RESULT_OK)
		return 0;
	return result == BAO_RESULT_FAILED ? -ENOENT : -EIO;
}

/**
 * bao_hyp_raise - raise a device's interrupt in its frontend
 * @dm: the device model
 *
 * Stores to the shared memory made before are visible to the other VM when it
 * hears of the call.
 *
 * Context: any.
 * Return: 0; -EIO when the hypervisor refused.
 */
int bao_hyp_raise(u32 dm)
{
	struct bao_call call = {};

	bao_order_stores();
	if (bao_remio_raw(&call, dm, BAO_REMIO_NOTIFY) != BAO_RESULT_OK)
		return -EIO;
	return 0;
}
