/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Doorbells: interrupts raised in other VMs, limited in rate.
 *
 * A flood of them makes Bao drop messages, hangs the CPU that receives it, or
 * stops a physical CPU on older releases. Each doorbell therefore has a token
 * bucket, under one for all doorbells of this guest. One that finds either
 * empty is remembered and sent as soon as there is a token; doorbells carry
 * nothing and coalesce, so no news is lost.
 */
#ifndef BAO_DOORBELL_H
#define BAO_DOORBELL_H

#include <linux/rbtree.h>
#include <linux/types.h>

/**
 * enum bao_doorbell_kind - which call rings a doorbell
 * @BAO_DOORBELL_REMIO: the remote I/O call: the frontend's device interrupt
 * @BAO_DOORBELL_IPC: the IPC call: an event of a channel
 */
enum bao_doorbell_kind {
	BAO_DOORBELL_REMIO,
	BAO_DOORBELL_IPC,
};

/**
 * struct bao_doorbell - one interrupt in another VM
 * @node: among those that wait, or empty
 * @due: while it waits: not before, and before those that are due later
 * @full: when its own bucket is full if it is not sent
 * @kind: which call rings it
 * @id: device model or channel
 * @event: of a channel
 * @tries: calls that were refused since it was rung
 * @sent: calls made
 * @deferred: times that it had to wait
 * @refused: calls that the hypervisor refused
 *
 * Embedded in its owner, which stops it with bao_doorbell_flush(). All but the
 * immutable @kind, @id and @event is protected by the bucket's lock. Times are
 * in ns, of CLOCK_MONOTONIC.
 */
struct bao_doorbell {
	struct rb_node node;
	s64 due;
	s64 full;
	enum bao_doorbell_kind kind;
	u32 id;
	u32 event;
	u32 tries;
	u64 sent;
	u64 deferred;
	u64 refused;
};

/**
 * struct bao_doorbell_stats - a doorbell's counters
 * @sent: calls made
 * @deferred: times that it had to wait
 * @refused: calls that the hypervisor refused
 */
struct bao_doorbell_stats {
	u64 sent;
	u64 deferred;
	u64 refused;
};

void bao_doorbell_init(struct bao_doorbell *bell, enum bao_doorbell_kind kind,
		       u32 id, u32 event);
int bao_doorbell_ring(struct bao_doorbell *bell);
void bao_doorbell_flush(struct bao_doorbell *bell);
void bao_doorbell_add_stats(struct bao_doorbell *bell,
			    struct bao_doorbell_stats *sum);
void bao_doorbells_init(void);
void bao_doorbells_exit(void);

#endif /* BAO_DOORBELL_H */
