/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split virtqueues in memory that the frontend can rewrite at any time.
 */
#ifndef BACKEND_RING_H
#define BACKEND_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/virtio_ring.h>

#include "state.h"

#define RING_MAX	256

/**
 * struct shm - the only memory a frontend may point to
 * @base: where it is mapped here
 * @addr: its guest-physical address
 * @size: in bytes
 */
struct shm {
	uint8_t *base;
	uint64_t addr;
	uint64_t size;
};

/**
 * struct segment - one buffer of a request, checked
 * @data: inside the shared memory
 * @len: in bytes
 */
struct segment {
	uint8_t *data;
	uint32_t len;
};

/**
 * struct chain - a request: first what the device reads, then what it writes
 * @head: index of the first descriptor, which names the request
 * @readable: how many of @seg the device reads
 * @count: how many of @seg there are
 * @seg: a private copy; nothing here can change under our feet, only the
 *	bytes that the segments point to
 */
struct chain {
	uint16_t head;
	unsigned int readable;
	unsigned int count;
	struct segment seg[RING_MAX];
};

/**
 * struct ring - a queue at work
 * @desc: the descriptors; all three parts lie inside the shared memory
 * @avail: what the frontend offers
 * @used: what the device is done with
 * @num: size of the queue, a power of two
 * @next: requests taken so far, modulo 2^16. Requests are finished in the
 *	order of the ring, so this is also what @used->idx should be
 * @on: the queue runs
 */
struct ring {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint32_t num;
	uint16_t next;
	bool on;
};

void *shm_at(const struct shm *shm, uint64_t addr, uint64_t len,
	     uint64_t align);
bool ring_size_valid(uint32_t num);
int ring_start(struct ring *ring, const struct shm *shm,
	       const struct queue_state *qs);
int ring_pop(struct ring *ring, const struct shm *shm, struct chain *chain);
void ring_push(struct ring *ring, const struct chain *chain, uint32_t written);
bool ring_wants_interrupt(const struct ring *ring);

#endif /* BACKEND_RING_H */
