// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walking a split virtqueue.
 *
 * The frontend is another virtual machine and not to be trusted: it can change
 * any byte between two reads. So every field is read exactly once, into a
 * variable of ours, and then checked; no pointer leaves shm_at() that was not.
 */
#include "ring.h"

#include <endian.h>

static uint16_t get16(const uint16_t *p)
{
	return le16toh(__atomic_load_n(p, __ATOMIC_RELAXED));
}

/* Where guest-physical [@addr, @addr + @len) is here, or NULL. */
void *shm_at(const struct shm *shm, uint64_t addr, uint64_t len,
	     uint64_t align)
{
	uint64_t offset = addr - shm->addr;

	if (addr < shm->addr || offset > shm->size)
		return NULL;
	if (len > shm->size - offset || addr % align)
		return NULL;
	return shm->base + offset;
}

bool ring_size_valid(uint32_t num)
{
	return num && num <= RING_MAX && !(num & (num - 1));
}

/*
 * Used->idx says how many requests were finished, by us or by a predecessor
 * that died. A frontend that writes there harms only itself: ring_pop() checks
 * the distance to avail->idx.
 */
int ring_start(struct ring *ring, const struct shm *shm,
	       const struct queue_state *qs)
{
	uint64_t num = qs->num;

	ring->on = false;
	if (!ring_size_valid(qs->num))
		return -1;
	ring->num = qs->num;
	ring->desc = shm_at(shm, qs->desc, sizeof(*ring->desc) * num, 16);
	ring->avail = shm_at(shm, qs->driver,
			     sizeof(*ring->avail) + 2 * num, 2);
	ring->used = shm_at(shm, qs->device, sizeof(*ring->used) +
			    sizeof(struct vring_used_elem) * num, 4);
	if (!ring->desc || !ring->avail || !ring->used)
		return -1;
	ring->next = get16(&ring->used->idx);
	ring->on = true;
	return 0;
}

static int add_segment(struct chain *chain, const struct shm *shm,
		       const struct vring_desc *desc)
{
	uint16_t flags = le16toh(desc->flags);
	uint32_t len = le32toh(desc->len);
	struct segment *seg = &chain->seg[chain->count];

	/* Not offered. */
	if (flags & VRING_DESC_F_INDIRECT)
		return -1;
	if (!(flags & VRING_DESC_F_WRITE)) {
		if (chain->readable != chain->count)
			return -1;
		chain->readable++;
	}
	seg->data = shm_at(shm, le64toh(desc->addr), len, 1);
	seg->len = len;
	chain->count++;
	return seg->data ? 0 : -1;
}

static void read_desc(const struct vring_desc *from, struct vring_desc *to)
{
	to->addr = __atomic_load_n(&from->addr, __ATOMIC_RELAXED);
	to->len = __atomic_load_n(&from->len, __ATOMIC_RELAXED);
	to->flags = __atomic_load_n(&from->flags, __ATOMIC_RELAXED);
	to->next = __atomic_load_n(&from->next, __ATOMIC_RELAXED);
}

static int walk(const struct ring *ring, const struct shm *shm,
		struct chain *chain)
{
	struct vring_desc desc;
	uint32_t i = chain->head;

	chain->readable = 0;
	chain->count = 0;
	/* A chain with more links than the ring has descriptors is a loop. */
	while (i < ring->num && chain->count < ring->num) {
		read_desc(&ring->desc[i], &desc);
		if (add_segment(chain, shm, &desc))
			return -1;
		if (!(le16toh(desc.flags) & VRING_DESC_F_NEXT))
			return 0;
		i = le16toh(desc.next);
	}
	return -1;
}

/*
 * Take the next request. Returns 1, 0 when there is none, -1 when the ring is
 * broken. A request that was taken and not pushed is taken again after a
 * restart.
 */
int ring_pop(struct ring *ring, const struct shm *shm, struct chain *chain)
{
	uint16_t idx, waiting;

	/* Acquire: what the frontend wrote before it moved the index. */
	idx = le16toh(__atomic_load_n(&ring->avail->idx, __ATOMIC_ACQUIRE));
	waiting = (uint16_t)(idx - ring->next);
	if (!waiting)
		return 0;
	if (waiting > ring->num)
		return -1;
	chain->head = get16(&ring->avail->ring[ring->next % ring->num]);
	if (walk(ring, shm, chain))
		return -1;
	return 1;
}

/*
 * Give a request back. From the store to used->idx on the frontend may reuse
 * its buffers, and a successor will not look at it again: everything the
 * request asked for has been done.
 */
void ring_push(struct ring *ring, const struct chain *chain, uint32_t written)
{
	struct vring_used_elem *elem;

	elem = &ring->used->ring[ring->next % ring->num];
	__atomic_store_n(&elem->id, htole32(chain->head), __ATOMIC_RELAXED);
	__atomic_store_n(&elem->len, htole32(written), __ATOMIC_RELAXED);
	ring->next++;
	__atomic_store_n(&ring->used->idx, htole16(ring->next),
			 __ATOMIC_RELEASE);
}

/*
 * The frontend clears its flag, then looks at used->idx; we move used->idx,
 * then look at the flag. Without a full barrier on each side both can miss.
 */
bool ring_wants_interrupt(const struct ring *ring)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !(get16(&ring->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
}
