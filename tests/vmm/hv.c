// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's state and the way into its calls. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "hv.h"

#define FID_OWNER_MASK	0xbf000000u	/* all but the 64-bit calling bit */
#define FID_VENDOR_HYP	0x86000000u	/* a fast call to the hypervisor */
#define FID_SVE_HINT	0x00010000u
#define FID_NUMBER	0x0000ffffu

uint64_t hv_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int hv_init(struct hv *hv, unsigned int nr_slots, const struct hv_host *host)
{
	if (!nr_slots || nr_slots > HV_MAX_SLOTS)
		return -EINVAL;
	memset(hv, 0, sizeof(*hv));
	pthread_mutex_init(&hv->lock, NULL);
	pthread_cond_init(&hv->slot_freed, NULL);
	for (unsigned int i = 0; i < nr_slots; i++)
		pthread_cond_init(&hv->slot[i].done, NULL);
	hv->nr_slots = nr_slots;
	hv->host = *host;
	hv->faults.queue_len = 253;
	hv->long_stall_ns = 1000000000u;
	return 0;
}

void hv_destroy(struct hv *hv)
{
	for (unsigned int i = 0; i < hv->nr_slots; i++)
		pthread_cond_destroy(&hv->slot[i].done);
	pthread_cond_destroy(&hv->slot_freed);
	pthread_mutex_destroy(&hv->lock);
}

int hv_add_vm(struct hv *hv, const char *name)
{
	struct hv_vm *vm = &hv->vm[hv->nr_vms];

	if (hv->nr_vms == HV_MAX_VMS)
		return -ENOSPC;
	snprintf(vm->name, sizeof(vm->name), "%s", name);
	return (int)hv->nr_vms++;
}

int hv_add_ipc(struct hv *hv, unsigned int vm, const struct hv_ipc *ipc)
{
	struct hv_vm *owner = &hv->vm[vm];

	if (owner->nr_ipcs == HV_MAX_IPCS)
		return -ENOSPC;
	owner->ipc[owner->nr_ipcs] = *ipc;
	return (int)owner->nr_ipcs++;
}

/* Takes names, ends, interrupts and window from @dev; the rest is set here. */
int hv_add_dev(struct hv *hv, const struct hv_dev *dev)
{
	struct hv_vm *front = &hv->vm[dev->frontend];
	struct hv_vm *back = &hv->vm[dev->backend];
	struct hv_dev *new = &hv->dev[hv->nr_devs];

	if (hv->nr_devs == HV_MAX_DEVS || front->nr_devs == HV_MAX_VM_DEVS ||
	    back->nr_devs == HV_MAX_VM_DEVS)
		return -ENOSPC;
	if (front == back)
		return -EINVAL;
	*new = *dev;
	new->head = -1;
	new->tail = -1;
	front->dev[front->nr_devs++] = hv->nr_devs;
	back->dev[back->nr_devs++] = hv->nr_devs;
	return (int)hv->nr_devs++;
}

/* True for every @every-th time; never when @every is 0. */
bool hv_one_in(uint64_t *nth, uint64_t every)
{
	if (!every || ++*nth < every)
		return false;
	*nth = 0;
	return true;
}

/*
 * Each VM's CPU has one queue for all messages: doorbells, interrupts and
 * completions. It empties at a fixed rate here; a message that finds it full
 * is lost while the caller hears of success.
 */
bool hv_queue_full(struct hv *hv, unsigned int vm)
{
	struct hv_vm *to = &hv->vm[vm];
	uint64_t rate = hv->faults.queue_rate;
	uint64_t now, handled;

	if (!rate)
		return false;
	now = hv_now_ns();
	handled = (now - to->queue_stamp) / (1000000000u / rate + 1);
	if (handled) {
		to->queued -= handled < to->queued ? handled : to->queued;
		to->queue_stamp = now;
	}
	if (to->queued >= hv->faults.queue_len) {
		hv->host.warn(hv->host.ctx, "message queue full: message lost");
		return true;
	}
	to->queued++;
	return false;
}

static int64_t dispatch(struct hv *hv, unsigned int vm, struct hv_regs *regs)
{
	uint32_t fid = (uint32_t)regs->x[0];
	char text[64];

	if ((fid & FID_OWNER_MASK) != FID_VENDOR_HYP || (fid & FID_SVE_HINT)) {
		hv->vm[vm].count.calls_malformed++;
		return HV_FAILURE;
	}
	switch (fid & FID_NUMBER) {
	case HV_CALL_IPC:
		return hv_ipc_notify(hv, vm, regs->x[1], regs->x[2]);
	case HV_CALL_REMIO:
		return hv_remio(hv, vm, regs);
	}
	hv->vm[vm].count.calls_unknown++;
	snprintf(text, sizeof(text), "%s: unknown hypercall %#x",
		 hv->vm[vm].name, fid);
	hv->host.warn(hv->host.ctx, text);
	return HV_UNKNOWN;
}

/* Changes x0, and x1 to x6 only when an ASK has found a request. */
void hv_call(struct hv *hv, unsigned int vm, struct hv_regs *regs)
{
	int64_t result;

	pthread_mutex_lock(&hv->lock);
	hv->vm[vm].count.calls++;
	result = dispatch(hv, vm, regs);
	if (result == HV_BAD_ARGS)
		hv->vm[vm].count.calls_bad_args++;
	pthread_mutex_unlock(&hv->lock);
	regs->x[0] = (uint64_t)result;
}

/* Lets every stalled vCPU of @vm go, for good. */
void hv_stop_vm(struct hv *hv, unsigned int vm)
{
	pthread_mutex_lock(&hv->lock);
	hv->vm[vm].stopped = true;
	hv_remio_stop(hv, vm);
	pthread_mutex_unlock(&hv->lock);
}

static const struct {
	const char *name;
	size_t offset;
} fault_names[] = {
	{ "drop-backend-irq", offsetof(struct hv_faults, drop_backend_irq) },
	{ "drop-notify", offsetof(struct hv_faults, drop_notify) },
	{ "drop-ipc", offsetof(struct hv_faults, drop_ipc) },
	{ "spurious-irq", offsetof(struct hv_faults, spurious_irq) },
	{ "queue-len", offsetof(struct hv_faults, queue_len) },
	{ "queue-rate", offsetof(struct hv_faults, queue_rate) },
};

int hv_set_fault(struct hv *hv, const char *name, uint64_t value)
{
	for (size_t i = 0; i < sizeof(fault_names) / sizeof(*fault_names); i++) {
		if (strcmp(name, fault_names[i].name))
			continue;
		pthread_mutex_lock(&hv->lock);
		memcpy((char *)&hv->faults + fault_names[i].offset, &value,
		       sizeof(value));
		pthread_mutex_unlock(&hv->lock);
		return 0;
	}
	return -ENOENT;
}
