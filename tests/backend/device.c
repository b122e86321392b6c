// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of the device: start, reset, failure, restart, and its queues.
 *
 * README.md explains why a SIGKILL between any two stores does no harm.
 */
#include "device.h"

#include <stdio.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#define COMPLAINTS_MAX	16

uint64_t device_features(bool read_only, unsigned int queues)
{
	uint64_t features = 1ULL << VIRTIO_F_VERSION_1 |
			    1ULL << VIRTIO_F_ACCESS_PLATFORM |
			    1ULL << VIRTIO_BLK_F_SEG_MAX |
			    1ULL << VIRTIO_BLK_F_BLK_SIZE |
			    1ULL << VIRTIO_BLK_F_FLUSH;

	if (read_only)
		features |= 1ULL << VIRTIO_BLK_F_RO;
	if (queues > 1)
		features |= 1ULL << VIRTIO_BLK_F_MQ;
	return features;
}

static void listen(struct device *dev, bool on)
{
	if (dev->listening == on)
		return;
	dev->listening = on;
	dev->ops->listen(dev->ctx, on);
}

/* The frontend reads InterruptStatus when the interrupt comes: set it first. */
void device_raise(struct device *dev, uint32_t bits)
{
	dev->state->isr |= bits;
	dev->unseen |= bits;
	dev->ops->interrupt(dev->ctx);
}

/*
 * The device is of no use until the frontend resets it. A frontend can do this
 * over and over, so the log has an end.
 */
void device_fail(struct device *dev, const char *why)
{
	if (dev->complaints < COMPLAINTS_MAX &&
	    !(dev->state->status & VIRTIO_CONFIG_S_NEEDS_RESET)) {
		dev->complaints++;
		fprintf(stderr, "device needs reset: %s\n", why);
	}
	dev->state->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	state_order();
	if (dev->state->status & VIRTIO_CONFIG_S_DRIVER_OK)
		device_raise(dev, VIRTIO_MMIO_INT_CONFIG);
}

/*
 * Status goes first: a successor of a half reset device sees no DRIVER_OK,
 * leaves the rings alone, and is given the write to Status again.
 */
void device_reset(struct device *dev)
{
	struct state *st = dev->state;
	unsigned int i;

	st->status = 0;
	state_order();
	listen(dev, false);
	st->isr = 0;
	st->device_features_sel = 0;
	st->driver_features_sel = 0;
	st->driver_features[0] = 0;
	st->driver_features[1] = 0;
	st->queue_sel = 0;
	for (i = 0; i < QUEUES_MAX; i++) {
		st->queue[i] = (struct queue_state){ .num = 0 };
		dev->ring[i].on = false;
	}
	dev->unseen = 0;
}

/*
 * The frontend says DRIVER_OK, or said so to a predecessor. First listen, then
 * look into the rings: a request that is made in between is found either way.
 */
void device_start(struct device *dev)
{
	struct state *st = dev->state;
	unsigned int i;

	for (i = 0; i < st->identity.queues; i++) {
		if (!st->queue[i].ready || dev->ring[i].on)
			continue;
		if (ring_start(&dev->ring[i], &dev->shm, &st->queue[i]))
			device_fail(dev, "a queue lies outside the memory");
	}
	listen(dev, true);
}

/*
 * The first thing a daemon does. The caller runs the queues after it, or none
 * of the requests that a predecessor was kicked for would be seen.
 *
 * A predecessor may have died after it published used entries and before it
 * raised the interrupt, so raise it in any case.
 */
void device_resume(struct device *dev, bool restarted)
{
	struct state *st = dev->state;
	uint32_t bits = VIRTIO_MMIO_INT_VRING;

	if (!restarted || !(st->status & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	device_start(dev);
	if (st->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		bits |= VIRTIO_MMIO_INT_CONFIG;
	device_raise(dev, bits | st->isr);
}

/*
 * When the count differs from the one we know, the frontend was given answers
 * that no device gave: it may believe in a reset that we never saw, and reuse
 * the memory of our rings.
 */
void device_check_answered(struct device *dev, uint64_t answered)
{
	if (dev->state->answered == answered)
		return;
	device_fail(dev, "the kernel answered requests in our absence");
	state_order();
	dev->state->answered = answered;
}

static bool running(const struct device *dev, const struct ring *ring)
{
	uint32_t status = dev->state->status;

	if (!ring->on || !(status & VIRTIO_CONFIG_S_DRIVER_OK))
		return false;
	return dev->go_on || !(status & VIRTIO_CONFIG_S_NEEDS_RESET);
}

static int run_one(struct device *dev, struct ring *ring)
{
	uint32_t written;
	int got = ring_pop(ring, &dev->shm, &dev->chain);

	if (got > 0 && !blk_execute(dev->blk, &dev->chain, &written)) {
		ring_push(ring, &dev->chain, written);
		return 1;
	}
	if (got) {
		ring->on = false;
		device_fail(dev, "a queue is broken");
	}
	return 0;
}

/*
 * Serve the requests of a queue, at most as many as fit: a frontend that never
 * stops must not keep us from its registers. Returns true when there may be
 * more.
 */
bool device_run_queue(struct device *dev, unsigned int queue)
{
	struct ring *ring = &dev->ring[queue];
	uint32_t done = 0;

	if (!running(dev, ring))
		return false;
	while (done < ring->num && run_one(dev, ring) > 0)
		done++;
	if (done && ring_wants_interrupt(ring))
		device_raise(dev, VIRTIO_MMIO_INT_VRING);
	return done == ring->num;
}
