// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor: its hypercalls and the life of a request.
 */

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/hardirq.h>
#include <linux/ktime.h>
#include <linux/string.h>

#include "hypercall.h"
#include "internal.h"

struct fakehv fakehv;

static const struct fakehv_config fakehv_default_config = {
	.num_dms = FAKEHV_MAX_DMS,
	.num_ipcs = FAKEHV_MAX_IPCS,
	.num_slots = 8,
};

static enum fakehv_call_kind fakehv_kind_of(const struct bao_call *call)
{
	if (call->id == BAO_CALL_IPC)
		return FAKEHV_CALL_IPC;
	if (call->id != BAO_CALL_REMIO)
		return FAKEHV_CALL_BAD;
	switch (call->arg[2]) {
	case BAO_REMIO_ASK:
		return FAKEHV_CALL_ASK;
	case BAO_REMIO_WRITE:
		return FAKEHV_CALL_WRITE;
	case BAO_REMIO_READ:
		return FAKEHV_CALL_READ;
	case BAO_REMIO_NOTIFY:
		return FAKEHV_CALL_NOTIFY;
	default:
		return FAKEHV_CALL_BAD;
	}
}

static void fakehv_wake_waiters(void)
{
	struct fakehv_waiter *waiter;

	list_for_each_entry(waiter, &fakehv.waiters, entry)
		wake_up_process(waiter->task);
}

/* The sender learns nothing: an unknown event is dropped at the receiver. */
static long fakehv_do_ipc(const struct bao_call *call)
{
	unsigned long ipc = call->arg[0];
	/* No more of it goes into the message. */
	u32 event = call->arg[1];

	if (ipc >= fakehv.config.num_ipcs)
		return BAO_RESULT_INVALID;
	if (event >= FAKEHV_MAX_EVENTS) {
		fakehv.counters.ipc_dropped++;
		return BAO_RESULT_OK;
	}
	fakehv.counters.ipc_notified[ipc][event]++;
	fakehv_wake_waiters();
	return BAO_RESULT_OK;
}

static long fakehv_do_ask(struct bao_call *call, unsigned long dm)
{
	struct fakehv_request *req;

	if (call->arg[1] || call->arg[3] || list_empty(&fakehv.queue[dm])) {
		fakehv.counters.empty++;
		return BAO_RESULT_EMPTY;
	}
	req = list_first_entry(&fakehv.queue[dm], struct fakehv_request, queue);
	list_del(&req->queue);
	req->state = FAKEHV_PROCESSING;
	call->out[0] = req->access.addr;
	call->out[1] = req->access.op;
	call->out[2] = req->access.op == BAO_REMIO_READ ? 0 : req->access.value;
	call->out[3] = req->access.width;
	call->out[4] = req - fakehv.slots;
	call->out[5] = !list_empty(&fakehv.queue[dm]);
	return BAO_RESULT_OK;
}

/* As in Bao, neither the operation nor the address is compared. */
static long fakehv_do_complete(const struct bao_call *call, unsigned long dm)
{
	struct fakehv_request *req;
	u64 now = ktime_get_ns();

	if (call->arg[4] >= FAKEHV_MAX_SLOTS)
		return BAO_RESULT_FAILED;
	req = &fakehv.slots[call->arg[4]];
	if (req->state != FAKEHV_PROCESSING || req->access.dm != dm)
		return BAO_RESULT_FAILED;

	fakehv.counters.completed++;
	req->access.done_op = call->arg[2];
	if (call->arg[2] == BAO_REMIO_READ)
		req->access.value = call->arg[3];
	req->access.calls = fakehv.counters.dm_calls[dm] - req->calls;
	req->access.hold_ns = now - req->raised_ns;
	req->state = req->task ? FAKEHV_COMPLETE : FAKEHV_FREE;
	if (req->task)
		wake_up_process(req->task);
	return BAO_RESULT_OK;
}

static long fakehv_do_remio(struct bao_call *call, enum fakehv_call_kind kind)
{
	unsigned long dm = call->arg[0];

	switch (kind) {
	case FAKEHV_CALL_ASK:
		return fakehv_do_ask(call, dm);
	case FAKEHV_CALL_WRITE:
	case FAKEHV_CALL_READ:
		return fakehv_do_complete(call, dm);
	case FAKEHV_CALL_NOTIFY:
		fakehv.counters.dm_notified[dm]++;
		fakehv_wake_waiters();
		return BAO_RESULT_OK;
	default:
		return BAO_RESULT_INVALID;
	}
}

/**
 * fakehv_goes_wrong() - use up a fault, if it is due
 * @refusal: the kind
 *
 * Context: fakehv.lock held.
 * Return: whether this one goes wrong
 */
bool fakehv_goes_wrong(struct fakehv_refusal *refusal)
{
	if (!refusal->count)
		return false;
	if (refusal->skip) {
		refusal->skip--;
		return false;
	}
	refusal->count--;
	return true;
}

static void fakehv_note_bell(const struct bao_call *call, bool ipc)
{
	struct fakehv_bell *bell;

	if (fakehv.num_bells == FAKEHV_MAX_BELLS)
		return;
	bell = &fakehv.bells[fakehv.num_bells++];
	bell->ns = ktime_get_ns();
	bell->kind = ipc ? FAKEHV_IPC : FAKEHV_DM;
	bell->index = call->arg[0];
	bell->event = ipc ? call->arg[1] : 0;
}

static long fakehv_do_call(struct bao_call *call)
{
	enum fakehv_call_kind kind = fakehv_kind_of(call);
	struct fakehv_refusal *any = &fakehv.refusals[FAKEHV_ANY_CALL];
	struct fakehv_refusal *refusal = &fakehv.refusals[kind];
	bool remio = call->id == BAO_CALL_REMIO;

	fakehv.counters.calls[kind]++;
	if (kind == FAKEHV_CALL_IPC || kind == FAKEHV_CALL_NOTIFY)
		fakehv_note_bell(call, kind == FAKEHV_CALL_IPC);
	if (hardirq_count())
		fakehv.counters.irq_calls++;
	if (remio && call->arg[0] < FAKEHV_MAX_DMS)
		fakehv.counters.dm_calls[call->arg[0]]++;
	if (fakehv.config.not_bao)
		return fakehv.config.not_bao;
	if (fakehv_goes_wrong(refusal))
		return refusal->result;
	if (fakehv_goes_wrong(any))
		return any->result;
	if (call->id == BAO_CALL_IPC)
		return fakehv_do_ipc(call);
	if (!remio)
		return BAO_RESULT_UNKNOWN;
	if (call->arg[0] >= fakehv.config.num_dms)
		return BAO_RESULT_INVALID;
	return fakehv_do_remio(call, kind);
}

/**
 * fakehv_call() - the backend of bao.ko
 * @call: one hypercall
 *
 * Context: any
 */
void fakehv_call(struct bao_call *call)
{
	unsigned long flags;

	/* Only a successful ASK has outputs; nobody may look at others. */
	memset(call->out, 0xa5, sizeof(call->out));
	raw_spin_lock_irqsave(&fakehv.lock, flags);
	call->result = fakehv_do_call(call);
	if (call->result < 0)
		fakehv.counters.refused++;
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	udelay(READ_ONCE(fakehv.config.call_us));
}
EXPORT_SYMBOL_GPL(fakehv_call);	/* for the floor of the benchmarks */

/**
 * fakehv_configure() - set what the hypervisor knows
 * @config: from user space
 *
 * Return: 0 or -EINVAL
 */
int fakehv_configure(const struct fakehv_config *config)
{
	unsigned long flags;

	if (config->num_dms > FAKEHV_MAX_DMS ||
	    config->num_ipcs > FAKEHV_MAX_IPCS || !config->num_slots ||
	    config->num_slots > FAKEHV_MAX_SLOTS || config->call_us > 1000)
		return -EINVAL;
	raw_spin_lock_irqsave(&fakehv.lock, flags);
	fakehv.config = *config;
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return 0;
}

/**
 * fakehv_fault() - arm a fault
 * @fault: from user space
 *
 * Return: 0 or -EINVAL
 */
int fakehv_fault(const struct fakehv_fault *fault)
{
	unsigned long flags;

	if (fault->kind >= FAKEHV_FAULTS)
		return -EINVAL;
	raw_spin_lock_irqsave(&fakehv.lock, flags);
	fakehv.refusals[fault->kind].skip = fault->skip;
	fakehv.refusals[fault->kind].count = fault->count;
	fakehv.refusals[fault->kind].result = fault->result;
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return 0;
}

/**
 * fakehv_get_counters() - copy the counters
 * @counters: where to
 */
void fakehv_get_counters(struct fakehv_counters *counters)
{
	enum fakehv_state state;
	unsigned long flags;
	int i;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	*counters = fakehv.counters;
	counters->outstanding = 0;
	for (i = 0; i < FAKEHV_MAX_SLOTS; i++) {
		state = fakehv.slots[i].state;
		if (state == FAKEHV_PENDING || state == FAKEHV_PROCESSING)
			counters->outstanding++;
	}
	fakehv_sum_lines(counters);
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

/**
 * fakehv_bells_size() - how much of the log of doorbells there is
 *
 * Return: in bytes
 */
size_t fakehv_bells_size(void)
{
	unsigned long flags;
	size_t size;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	size = fakehv.num_bells * sizeof(fakehv.bells[0]);
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
	return size;
}

/**
 * fakehv_reset_counters() - start again from 0
 */
void fakehv_reset_counters(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&fakehv.lock, flags);
	memset(&fakehv.counters, 0, sizeof(fakehv.counters));
	fakehv_reset_line_counters();
	fakehv.num_bells = 0;
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}

/**
 * fakehv_hv_init() - before anything else
 */
void fakehv_hv_init(void)
{
	int i;

	raw_spin_lock_init(&fakehv.lock);
	for (i = 0; i < FAKEHV_MAX_DMS; i++)
		INIT_LIST_HEAD(&fakehv.queue[i]);
	INIT_LIST_HEAD(&fakehv.waiters);
	fakehv.config = fakehv_default_config;
}

/**
 * fakehv_hv_reset() - default configuration, no faults, counters 0
 */
void fakehv_hv_reset(void)
{
	unsigned long flags;

	fakehv_reset_counters();
	raw_spin_lock_irqsave(&fakehv.lock, flags);
	fakehv.config = fakehv_default_config;
	memset(fakehv.refusals, 0, sizeof(fakehv.refusals));
	raw_spin_unlock_irqrestore(&fakehv.lock, flags);
}
