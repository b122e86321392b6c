// SPDX-License-Identifier: GPL-2.0-only
/* IPC notify: one doorbell to every other VM that shares the region. */
#include "hv.h"

/* A VM with two objects on one region only ever hears of the first. */
static const struct hv_ipc *first_on(const struct hv_vm *vm, unsigned int shmem)
{
	for (unsigned int i = 0; i < vm->nr_ipcs; i++) {
		if (vm->ipc[i].shmem == shmem)
			return &vm->ipc[i];
	}
	return NULL;
}

static void deliver(struct hv *hv, unsigned int vm, unsigned int shmem,
		    uint64_t event)
{
	struct hv_vm *to = &hv->vm[vm];
	const struct hv_ipc *ipc = first_on(to, shmem);

	/* attached by a remote I/O device at most: nothing to raise */
	if (!ipc)
		return;
	if (hv_queue_full(hv, vm) ||
	    hv_one_in(&hv->nth_ipc, hv->faults.drop_ipc)) {
		to->count.ipc_events_lost++;
		return;
	}
	if (event >= ipc->nr_events) {
		to->count.ipc_events_ignored++;
		return;
	}
	to->count.ipc_events++;
	hv->host.inject(hv->host.ctx, vm, ipc->intid[event]);
}

/* Success says nothing about delivery: only a bad ipc id is ever refused. */
int64_t hv_ipc_notify(struct hv *hv, unsigned int vm, uint64_t ipc,
		      uint64_t event)
{
	struct hv_vm *from = &hv->vm[vm];

	if (ipc >= from->nr_ipcs)
		return HV_BAD_ARGS;
	from->count.ipc_notifies++;
	for (unsigned int i = 0; i < hv->nr_vms; i++) {
		if (i != vm && !hv->vm[i].stopped)
			deliver(hv, i, from->ipc[ipc].shmem, event);
	}
	return HV_OK;
}
