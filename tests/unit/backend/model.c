// SPDX-License-Identifier: GPL-2.0-only
#include "backend/model.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void on_listen(void *ctx, bool on)
{
	struct model *m = ctx;

	m->listening = on;
	m->listens++;
}

static void on_interrupt(void *ctx)
{
	struct model *m = ctx;

	m->interrupts++;
}

static const struct device_ops ops = {
	.listen = on_listen,
	.interrupt = on_interrupt,
};

static int set_up(void **cookie, bool read_only)
{
	struct model *m = calloc(1, sizeof(*m));

	if (!m)
		return -1;
	m->shm = calloc(1, SHM_SIZE);
	m->blk.fd = memfd_create("image", MFD_CLOEXEC);
	if (!m->shm || m->blk.fd < 0 || ftruncate(m->blk.fd, SECTORS * 512))
		return -1;
	m->blk.sectors = SECTORS;
	m->blk.read_only = read_only;
	memcpy(m->blk.serial, "disk", 4);
	m->state.identity.sectors = SECTORS;
	m->state.identity.queues = QUEUES;
	m->state.identity.features = device_features(read_only, QUEUES);
	m->dev = (struct device){
		.shm = { m->shm, SHM_ADDR, SHM_SIZE },
		.state = &m->state,
		.blk = &m->blk,
		.ops = &ops,
		.ctx = m,
		.complaints = UINT32_MAX,
	};
	*cookie = m;
	return 0;
}

int model_setup(void **cookie)
{
	return set_up(cookie, false);
}

int model_setup_read_only(void **cookie)
{
	return set_up(cookie, true);
}

int model_teardown(void **cookie)
{
	struct model *m = *cookie;

	close(m->blk.fd);
	free(m->shm);
	free(m);
	return 0;
}

uint32_t reg_read(struct model *m, uint32_t reg)
{
	return (uint32_t)mmio_read(&m->dev, reg, 4);
}

void reg_write(struct model *m, uint32_t reg, uint32_t value)
{
	mmio_write(&m->dev, reg, 4, value);
}

void negotiate(struct model *m)
{
	uint32_t i;

	reg_write(m, VIRTIO_MMIO_STATUS, 0);
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_ALIVE);
	for (i = 0; i < 2; i++) {
		reg_write(m, VIRTIO_MMIO_DEVICE_FEATURES_SEL, i);
		reg_write(m, VIRTIO_MMIO_DRIVER_FEATURES_SEL, i);
		reg_write(m, VIRTIO_MMIO_DRIVER_FEATURES,
			  reg_read(m, VIRTIO_MMIO_DEVICE_FEATURES));
	}
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_AGREED);
}

static void write_address(struct model *m, uint32_t reg, uint64_t addr)
{
	reg_write(m, reg, (uint32_t)addr);
	reg_write(m, reg + 4, (uint32_t)(addr >> 32));
}

void set_up_queue(struct model *m, unsigned int queue, uint32_t num)
{
	uint64_t at = SHM_ADDR + QUEUE_AT(queue);

	reg_write(m, VIRTIO_MMIO_QUEUE_SEL, queue);
	reg_write(m, VIRTIO_MMIO_QUEUE_NUM, num);
	write_address(m, VIRTIO_MMIO_QUEUE_DESC_LOW, at);
	write_address(m, VIRTIO_MMIO_QUEUE_AVAIL_LOW, at + AVAIL_AT);
	write_address(m, VIRTIO_MMIO_QUEUE_USED_LOW, at + USED_AT);
	reg_write(m, VIRTIO_MMIO_QUEUE_READY, 1);
}

/* Everything up to DRIVER_OK. */
void start(struct model *m, uint32_t num)
{
	unsigned int q;

	negotiate(m);
	for (q = 0; q < QUEUES; q++)
		set_up_queue(m, q, num);
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_RUNNING);
}

struct vring_desc *desc(struct model *m, unsigned int queue, unsigned int i)
{
	return (struct vring_desc *)(m->shm + QUEUE_AT(queue)) + i;
}

struct vring_avail *avail(struct model *m, unsigned int queue)
{
	return (struct vring_avail *)(m->shm + QUEUE_AT(queue) + AVAIL_AT);
}

struct vring_used *used(struct model *m, unsigned int queue)
{
	return (struct vring_used *)(m->shm + QUEUE_AT(queue) + USED_AT);
}

/* A descriptor of queue 0; with NEXT it leads to the one behind it. */
void set_desc(struct model *m, unsigned int i, uint32_t offset, uint32_t len,
	      unsigned int flags)
{
	*desc(m, 0, i) = (struct vring_desc){
		.addr = SHM_ADDR + offset,
		.len = len,
		.flags = (uint16_t)flags,
		.next = (uint16_t)(i + 1),
	};
}

void submit(struct model *m, unsigned int queue, unsigned int head)
{
	struct vring_avail *a = avail(m, queue);
	uint32_t num = m->state.queue[queue].num;

	/* Without a valid size nobody should look there. */
	a->ring[a->idx % (ring_size_valid(num) ? num : 1)] = (uint16_t)head;
	a->idx++;
}

/*
 * A plain request on queue 0: header, data at DATA_AT + 0x1000, status right
 * behind the data. Returns the status, or 0xee when there was none.
 */
uint8_t request(struct model *m, uint32_t type, uint64_t sector,
		uint32_t out_len, uint32_t in_len)
{
	struct virtio_blk_outhdr *hdr = (void *)(m->shm + DATA_AT);
	uint32_t data = DATA_AT + 0x1000;
	uint8_t *status = m->shm + data + out_len + in_len;

	*hdr = (struct virtio_blk_outhdr){ .type = type, .sector = sector };
	*status = 0xee;
	set_desc(m, 0, DATA_AT, sizeof(*hdr), VRING_DESC_F_NEXT);
	set_desc(m, 1, data, out_len, VRING_DESC_F_NEXT);
	set_desc(m, 2, data + out_len, in_len + 1, VRING_DESC_F_WRITE);
	submit(m, 0, 0);
	device_run_queue(&m->dev, 0);
	return *status;
}
