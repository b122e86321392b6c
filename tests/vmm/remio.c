// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remote I/O: a frontend's access takes a slot and stands still; the backend
 * fetches it with ASK and lets it go with a completion. Slots are one pool for
 * all devices, the lowest free one is taken, and a freed id is reused at once.
 *
 * A slot is freed by the vCPU that waits on it, or by whoever completes it
 * when that vCPU has gone.
 */
#include <errno.h>

#include "hv.h"

#define REG_QUEUE_NOTIFY	0x50

uint64_t hv_width_mask(unsigned int width)
{
	return width >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * width)) - 1;
}

int hv_find_dev(const struct hv *hv, unsigned int vm, uint64_t addr)
{
	for (unsigned int i = 0; i < hv->nr_devs; i++) {
		const struct hv_dev *dev = &hv->dev[i];

		if (dev->frontend == vm && addr >= dev->window &&
		    addr - dev->window < dev->window_size)
			return (int)i;
	}
	return -1;
}

/* One pulse a request: edge-like, so several may become one. */
static void raise_backend(struct hv *hv, struct hv_dev *dev)
{
	if (hv->vm[dev->backend].stopped)
		return;
	if (hv_queue_full(hv, dev->backend) ||
	    hv_one_in(&dev->nth_backend_irq, hv->faults.drop_backend_irq)) {
		dev->count.backend_irqs_lost++;
		return;
	}
	dev->count.backend_irqs++;
	hv->host.inject(hv->host.ctx, dev->backend, dev->backend_intid);
}

static void raise_frontend(struct hv *hv, struct hv_dev *dev)
{
	if (hv->vm[dev->frontend].stopped)
		return;
	if (hv_queue_full(hv, dev->frontend) ||
	    hv_one_in(&dev->nth_notify, hv->faults.drop_notify)) {
		dev->count.frontend_irqs_lost++;
		return;
	}
	dev->count.frontend_irqs++;
	hv->host.inject(hv->host.ctx, dev->frontend, dev->frontend_intid);
}

static void free_slot(struct hv *hv, struct hv_slot *slot)
{
	slot->state = HV_FREE;
	pthread_cond_broadcast(&hv->slot_freed);
}

static struct hv_slot *lowest_free(struct hv *hv)
{
	for (unsigned int i = 0; i < hv->nr_slots; i++) {
		if (hv->slot[i].state == HV_FREE)
			return &hv->slot[i];
	}
	return NULL;
}

static void enqueue(struct hv *hv, struct hv_dev *dev, int id)
{
	hv->slot[id].next = -1;
	if (dev->head < 0)
		dev->head = id;
	else
		hv->slot[dev->tail].next = id;
	dev->tail = id;
}

static int dequeue(struct hv *hv, struct hv_dev *dev)
{
	int id = dev->head;

	if (id >= 0)
		dev->head = hv->slot[id].next;
	return id;
}

/* Takes a request out of the middle, for a vCPU that will not wait. */
static void unqueue(struct hv *hv, struct hv_dev *dev, int id)
{
	int before = -1;

	for (int i = dev->head; i != id; i = hv->slot[i].next)
		before = i;
	if (before < 0)
		dev->head = hv->slot[id].next;
	else
		hv->slot[before].next = hv->slot[id].next;
	if (dev->tail == id)
		dev->tail = before;
}

/* Bao hands over the whole source register, whatever the width of the store. */
static uint64_t with_junk(const struct hv_access *access)
{
	uint64_t mask = hv_width_mask(access->width);

	return (access->value & mask) | (UINT64_C(0xa5c35a3c96e1f00d) & ~mask);
}

static enum hv_class classify(const struct hv_dev *dev,
			      const struct hv_access *access)
{
	if (!access->write)
		return HV_CLASS_READ;
	if (access->addr == dev->window + REG_QUEUE_NOTIFY)
		return HV_CLASS_KICK;
	return HV_CLASS_WRITE;
}

static void fill_slot(struct hv *hv, struct hv_slot *slot,
		      const struct hv_access *access)
{
	struct hv_dev *dev = &hv->dev[access->dev];

	slot->state = HV_PENDING;
	slot->dev = access->dev;
	slot->addr = access->addr;
	slot->value = access->write ? with_junk(access) : 0;
	slot->op = access->write ? HV_OP_WRITE : HV_OP_READ;
	slot->width = access->width;
	slot->class = classify(dev, access);
	slot->abandoned = false;
	slot->lost = false;
	slot->arrived_ns = hv_now_ns();
	slot->arrived_calls = dev->calls;
}

/* The vCPU goes away: a request nobody has fetched yet goes with it. */
static void abandon(struct hv *hv, struct hv_slot *slot)
{
	if (slot->state == HV_PROCESSING) {
		slot->abandoned = true;
		return;
	}
	if (slot->state == HV_PENDING)
		unqueue(hv, &hv->dev[slot->dev], (int)(slot - hv->slot));
	free_slot(hv, slot);
}

/* What the load sees; an answer meant for a write leaves it a pattern. */
static uint64_t read_answer(struct hv_dev *dev, const struct hv_slot *slot)
{
	uint64_t mask = hv_width_mask(slot->width);

	if (!slot->answered_as_read)
		return UINT64_C(0x7777777777777777) & mask;
	if (slot->answer & ~mask)
		dev->count.wide_answers++;
	return slot->answer;
}

static bool released(const struct hv_slot *slot)
{
	return slot->state == HV_COMPLETE && !slot->lost;
}

static int wait_answer(struct hv *hv, struct hv_slot *slot,
		       struct hv_access *access)
{
	struct hv_dev *dev = &hv->dev[access->dev];
	struct hv_vm *vm = &hv->vm[dev->frontend];

	while (!released(slot) && !vm->stopped)
		pthread_cond_wait(&slot->done, &hv->lock);
	if (!released(slot)) {
		abandon(hv, slot);
		return -ECANCELED;
	}
	hv_count_stall(hv, dev, hv_now_ns() - slot->arrived_ns);
	if (!access->write)
		access->value = read_answer(dev, slot);
	free_slot(hv, slot);
	return 0;
}

/* Stands still until the backend has answered; -ECANCELED when stopped. */
int hv_do_access(struct hv *hv, struct hv_access *access)
{
	struct hv_dev *dev = &hv->dev[access->dev];
	struct hv_slot *slot;
	int ret;

	pthread_mutex_lock(&hv->lock);
	while (!(slot = lowest_free(hv)) && !hv->vm[dev->frontend].stopped)
		pthread_cond_wait(&hv->slot_freed, &hv->lock);
	if (!slot) {
		pthread_mutex_unlock(&hv->lock);
		return -ECANCELED;
	}
	fill_slot(hv, slot, access);
	enqueue(hv, dev, (int)(slot - hv->slot));
	raise_backend(hv, dev);
	ret = wait_answer(hv, slot, access);
	pthread_mutex_unlock(&hv->lock);
	return ret;
}

void hv_remio_stop(struct hv *hv, unsigned int vm)
{
	for (unsigned int i = 0; i < hv->nr_slots; i++) {
		struct hv_slot *slot = &hv->slot[i];

		if (slot->state != HV_FREE &&
		    hv->dev[slot->dev].frontend == vm)
			pthread_cond_broadcast(&slot->done);
	}
	pthread_cond_broadcast(&hv->slot_freed);
}

static int64_t ask(struct hv *hv, struct hv_dev *dev, struct hv_regs *regs)
{
	struct hv_slot *slot;
	int id;

	dev->calls++;
	dev->count.asks++;
	id = regs->x[2] || regs->x[4] ? -1 : dequeue(hv, dev);
	if (id < 0) {
		dev->count.asks_empty++;
		return HV_NOTHING;
	}
	slot = &hv->slot[id];
	slot->state = HV_PROCESSING;
	dev->count.asks_taken++;
	regs->x[1] = slot->addr;
	regs->x[2] = slot->op;
	regs->x[3] = slot->value;
	regs->x[4] = slot->width;
	regs->x[5] = (uint64_t)id;
	regs->x[6] = dev->head >= 0;
	if (hv_one_in(&hv->nth_spurious, hv->faults.spurious_irq))
		hv->host.inject(hv->host.ctx, dev->backend, dev->backend_intid);
	return HV_OK;
}

/* A lost completion leaves the frontend's vCPU where it stands, for good. */
static void send_completion(struct hv *hv, struct hv_dev *dev,
			    struct hv_slot *slot)
{
	slot->lost = hv_queue_full(hv, dev->frontend);
	if (slot->lost)
		dev->count.completions_lost++;
	else
		pthread_cond_signal(&slot->done);
}

/* The op is not held against the request's: only the state and device are. */
static int64_t complete(struct hv *hv, unsigned int dev_id, bool as_read,
			uint64_t value, uint64_t id)
{
	struct hv_dev *dev = &hv->dev[dev_id];
	struct hv_slot *slot;

	dev->calls++;
	dev->count.completes++;
	if (id >= hv->nr_slots || hv->slot[id].state != HV_PROCESSING ||
	    hv->slot[id].dev != dev_id) {
		dev->count.completes_refused++;
		return HV_FAILURE;
	}
	slot = &hv->slot[id];
	slot->answered_as_read = as_read;
	slot->answer = value;
	if (as_read != (slot->op == HV_OP_READ))
		dev->count.odd_completions++;
	hv_count_calls(dev, slot);
	slot->state = HV_COMPLETE;
	if (slot->abandoned)
		free_slot(hv, slot);
	else
		send_completion(hv, dev, slot);
	return HV_OK;
}

/* Either end may do everything: Bao checks no role. */
int64_t hv_remio(struct hv *hv, unsigned int vm, struct hv_regs *regs)
{
	struct hv_vm *owner = &hv->vm[vm];
	struct hv_dev *dev;
	unsigned int dev_id;

	if (regs->x[1] >= owner->nr_devs)
		return HV_BAD_ARGS;
	dev_id = owner->dev[regs->x[1]];
	dev = &hv->dev[dev_id];
	switch (regs->x[3]) {
	case HV_OP_WRITE:
	case HV_OP_READ:
		return complete(hv, dev_id, regs->x[3] == HV_OP_READ,
				regs->x[4], regs->x[5]);
	case HV_OP_ASK:
		return ask(hv, dev, regs);
	case HV_OP_NOTIFY:
		dev->count.notifies++;
		raise_frontend(hv, dev);
		return HV_OK;
	}
	return HV_BAD_ARGS;
}
