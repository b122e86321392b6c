// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of virtio-mmio, version 2.
 *
 * Every write can be executed twice: by a daemon that is killed before it
 * completes the request, and by its successor.
 */
#include "device.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_mmio.h>

#define MAGIC		0x74726976	/* "virt" */
#define VENDOR		0x006f6162	/* "bao" */
/* Header and status take two descriptors. */
#define SEGMENTS_MAX	(RING_MAX - 2)

static uint64_t read_config(const struct device *dev, uint64_t offset,
			    uint64_t width)
{
	struct virtio_blk_config config;
	uint64_t value = 0;

	memset(&config, 0, sizeof(config));
	config.capacity = htole64(dev->state->identity.sectors);
	config.seg_max = htole32(SEGMENTS_MAX);
	config.blk_size = htole32(512);
	config.num_queues = htole16((uint16_t)dev->state->identity.queues);

	if (width > sizeof(value) || offset > sizeof(config) ||
	    width > sizeof(config) - offset)
		return 0;
	memcpy(&value, (const uint8_t *)&config + offset, width);
	return le64toh(value);
}

/* Bits that come after this read stay, whatever the frontend acknowledges. */
static uint32_t read_isr(struct device *dev)
{
	dev->unseen = 0;
	return dev->state->isr;
}

static uint32_t read_queue(const struct device *dev, uint64_t offset)
{
	const struct state *st = dev->state;

	if (st->queue_sel >= st->identity.queues)
		return 0;
	return offset == VIRTIO_MMIO_QUEUE_NUM_MAX ? RING_MAX :
	       st->queue[st->queue_sel].ready;
}

static uint32_t read_features(const struct device *dev)
{
	uint32_t sel = dev->state->device_features_sel;

	return sel > 1 ? 0 :
	       (uint32_t)(dev->state->identity.features >> (32 * sel));
}

uint64_t mmio_read(struct device *dev, uint64_t offset, uint64_t width)
{
	if (offset >= VIRTIO_MMIO_CONFIG)
		return read_config(dev, offset - VIRTIO_MMIO_CONFIG, width);
	if (width != 4)
		return 0;
	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return MAGIC;
	case VIRTIO_MMIO_VERSION:
		return 2;
	case VIRTIO_MMIO_DEVICE_ID:
		return VIRTIO_ID_BLOCK;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return read_features(dev);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
	case VIRTIO_MMIO_QUEUE_READY:
		return read_queue(dev, offset);
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return read_isr(dev);
	case VIRTIO_MMIO_STATUS:
		return dev->state->status;
	/* There are no shared memory regions: their length is -1. */
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
		return UINT32_MAX;
	default:
		return 0;
	}
}

static bool features_acceptable(const struct state *st)
{
	uint64_t accepted = st->driver_features[0] |
			    (uint64_t)st->driver_features[1] << 32;

	return !(accepted & ~st->identity.features) &&
	       accepted & 1ULL << VIRTIO_F_VERSION_1;
}

/*
 * One store, after everything it stands for has been checked. The frontend
 * cannot take bits back, nor set the one that is ours.
 */
static void write_status(struct device *dev, uint32_t value)
{
	struct state *st = dev->state;

	if (!value) {
		device_reset(dev);
		return;
	}
	value = (value & ~(uint32_t)VIRTIO_CONFIG_S_NEEDS_RESET) | st->status;
	if (!features_acceptable(st))
		value &= ~(uint32_t)VIRTIO_CONFIG_S_FEATURES_OK;
	if (!(value & VIRTIO_CONFIG_S_FEATURES_OK))
		value &= ~(uint32_t)VIRTIO_CONFIG_S_DRIVER_OK;
	st->status = value;
	if (value & VIRTIO_CONFIG_S_DRIVER_OK)
		device_start(dev);
}

/*
 * Clears only what the frontend has seen. The rest keeps its bit and gets
 * another interrupt: used buffers that came between read and acknowledgement,
 * and, after a restart, everything, for then nobody knows what was seen.
 */
static void write_isr_ack(struct device *dev, uint32_t value)
{
	uint32_t unseen = value & dev->unseen;

	dev->state->isr &= ~value | unseen;
	if (unseen)
		device_raise(dev, unseen);
}

static void write_features(struct state *st, uint32_t value)
{
	/* Negotiated features stay until a reset. */
	if (st->driver_features_sel > 1 ||
	    st->status & VIRTIO_CONFIG_S_FEATURES_OK)
		return;
	st->driver_features[st->driver_features_sel] = value;
}

static void write_ready(struct device *dev, struct queue_state *qs,
			uint32_t value)
{
	struct ring *ring = &dev->ring[qs - dev->state->queue];
	struct ring probe;

	if (!(value & 1)) {
		qs->ready = 0;
		ring->on = false;
		return;
	}
	if (ring_start(&probe, &dev->shm, qs)) {
		device_fail(dev, "a queue lies outside the memory");
		return;
	}
	qs->ready = 1;
	if (dev->state->status & VIRTIO_CONFIG_S_DRIVER_OK)
		device_start(dev);
}

static uint64_t with_low(uint64_t old, uint32_t value)
{
	return (old & ~(uint64_t)UINT32_MAX) | value;
}

static uint64_t with_high(uint64_t old, uint32_t value)
{
	return (old & UINT32_MAX) | (uint64_t)value << 32;
}

static void write_queue(struct device *dev, uint64_t offset, uint32_t value)
{
	struct state *st = dev->state;
	struct queue_state *qs;

	if (st->queue_sel >= st->identity.queues)
		return;
	qs = &st->queue[st->queue_sel];
	if (offset == VIRTIO_MMIO_QUEUE_READY) {
		write_ready(dev, qs, value);
		return;
	}
	/* A queue at work does not move. */
	if (qs->ready)
		return;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		qs->num = value;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
		qs->desc = with_low(qs->desc, value);
		break;
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		qs->desc = with_high(qs->desc, value);
		break;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
		qs->driver = with_low(qs->driver, value);
		break;
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		qs->driver = with_high(qs->driver, value);
		break;
	case VIRTIO_MMIO_QUEUE_USED_LOW:
		qs->device = with_low(qs->device, value);
		break;
	case VIRTIO_MMIO_QUEUE_USED_HIGH:
		qs->device = with_high(qs->device, value);
		break;
	}
}

/*
 * A kick that no ioeventfd took: it was on its way while there was no daemon.
 * The caller looks into all rings after every write.
 */
void mmio_write(struct device *dev, uint64_t offset, uint64_t width,
		uint64_t value)
{
	struct state *st = dev->state;
	uint32_t v = (uint32_t)value;

	if (width != 4)
		return;
	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		st->device_features_sel = v;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		st->driver_features_sel = v;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		write_features(st, v);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		st->queue_sel = v;
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		write_isr_ack(dev, v);
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(dev, v);
		break;
	default:
		write_queue(dev, offset, v);
	}
}
