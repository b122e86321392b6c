/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frontend for the daemon under test: registers are accessed by calls, rings
 * are built in a piece of ordinary memory.
 */
#ifndef UNIT_BACKEND_MODEL_H
#define UNIT_BACKEND_MODEL_H

#include "device.h"

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#define SHM_ADDR	0xd0000000ULL
#define SHM_SIZE	0x20000U
#define SECTORS		64U
#define QUEUES		2U
/* Where things are in the shared memory. */
#define QUEUE_AT(q)	(0x2000U * (q))
#define AVAIL_AT	0x1000U
#define USED_AT		0x1400U
#define DATA_AT		0x8000U

#define STATUS_ALIVE	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER)
#define STATUS_AGREED	(STATUS_ALIVE | VIRTIO_CONFIG_S_FEATURES_OK)
#define STATUS_RUNNING	(STATUS_AGREED | VIRTIO_CONFIG_S_DRIVER_OK)

/**
 * struct model - a device and what it sees of the world
 * @dev: under test
 * @blk: disk on a memory file
 * @state: registers
 * @shm: exactly the shared memory, so that a sanitizer sees any byte more
 * @interrupts: raised
 * @listening: last call of listen()
 * @listens: number of them
 */
struct model {
	struct device dev;
	struct blk blk;
	struct state state;
	uint8_t *shm;
	unsigned int interrupts;
	bool listening;
	unsigned int listens;
};

int model_setup(void **cookie);
int model_setup_read_only(void **cookie);
int model_teardown(void **cookie);

uint32_t reg_read(struct model *m, uint32_t reg);
void reg_write(struct model *m, uint32_t reg, uint32_t value);
void negotiate(struct model *m);
void set_up_queue(struct model *m, unsigned int queue, uint32_t num);
void start(struct model *m, uint32_t num);

struct vring_desc *desc(struct model *m, unsigned int queue, unsigned int i);
struct vring_avail *avail(struct model *m, unsigned int queue);
struct vring_used *used(struct model *m, unsigned int queue);
void set_desc(struct model *m, unsigned int i, uint32_t offset, uint32_t len,
	      unsigned int flags);
void submit(struct model *m, unsigned int queue, unsigned int head);
uint8_t request(struct model *m, uint32_t type, uint64_t sector,
		uint32_t out_len, uint32_t in_len);

#endif /* UNIT_BACKEND_MODEL_H */
