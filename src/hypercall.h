/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls to the hypervisor: typed, with plain errnos.
 *
 * No caller sees a register or a result code of Bao. The calls can be made in
 * any context, with interrupts off too, and never sleep.
 */
#ifndef BAO_HYPERCALL_H
#define BAO_HYPERCALL_H

#include <linux/types.h>

struct module;

/* Hypercall ids. */
#define BAO_CALL_IPC		1
#define BAO_CALL_REMIO		2

/* Operations of the remote I/O call. */
#define BAO_REMIO_WRITE		0
#define BAO_REMIO_READ		1
#define BAO_REMIO_ASK		2
#define BAO_REMIO_NOTIFY	3

/* What Bao answers. */
#define BAO_RESULT_OK		0
#define BAO_RESULT_FAILED	(-1)
#define BAO_RESULT_UNKNOWN	(-2)
#define BAO_RESULT_INVALID	(-3)
#define BAO_RESULT_EMPTY	1

/**
 * struct bao_call - one hypercall, as Bao defines it
 * @id: BAO_CALL_*
 * @arg: arguments: IPC: channel, event; remote I/O: device model, address,
 *	operation, value, request id
 * @result: BAO_RESULT_*
 * @out: outputs of a successful ASK: address, operation, value, width,
 *	request id, has-more; undefined after any other call
 *
 * All fields are as wide as the guest's registers.
 */
struct bao_call {
	unsigned long id;
	unsigned long arg[5];
	long result;
	unsigned long out[6];
};

/**
 * struct bao_backend - a stand-in for the hypervisor
 * @owner: the module that provides it; pinned while a device is bound
 * @call: does one call; any context, interrupts on or off, must not sleep
 */
struct bao_backend {
	struct module *owner;
	void (*call)(struct bao_call *call);
};

int bao_backend_register(const struct bao_backend *backend);
int bao_backend_unregister(const struct bao_backend *backend);

/**
 * struct bao_hyp_request - an access of a frontend, as fetched from Bao
 * @addr: guest-physical address
 * @value: data of a write, masked to @width; 0 for a read
 * @id: Bao's id; reused as soon as the request is completed
 * @op: BAO_REMIO_WRITE, BAO_REMIO_READ or what the hypervisor made up
 * @width: in bytes; 1, 2, 4, 8 or what the hypervisor made up
 *
 * What does not fit @op or @width stays invalid.
 */
struct bao_hyp_request {
	u64 addr;
	u64 value;
	u32 id;
	u16 op;
	u16 width;
};

int bao_hyp_get(void);
void bao_hyp_put(void);
int bao_hyp_notify(u32 ipc, u32 event);
int bao_hyp_check_dm(u32 dm);
int bao_hyp_ask(u32 dm, struct bao_hyp_request *req, bool *more);
int bao_hyp_complete(u32 dm, const struct bao_hyp_request *req, u64 value);
int bao_hyp_raise(u32 dm);
bool bao_hyp_request_valid(const struct bao_hyp_request *req);
u64 bao_hyp_mask(unsigned int width);

#endif /* BAO_HYPERCALL_H */
