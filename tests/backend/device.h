/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtio device: registers (mmio.c) and life (device.c).
 *
 * Nothing here knows the kernel module: tests drive it as it is.
 */
#ifndef BACKEND_DEVICE_H
#define BACKEND_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "blk.h"
#include "ring.h"
#include "state.h"

#define WINDOW_SIZE	0x200

/**
 * struct device_ops - what the device asks of its surroundings
 * @listen: from now on kicks of the frontend shall lead to device_run_queue(),
 *	or no longer
 * @interrupt: raise the frontend's interrupt
 */
struct device_ops {
	void (*listen)(void *ctx, bool on);
	void (*interrupt)(void *ctx);
};

/**
 * struct device - one virtio disk
 * @shm: memory shared with the frontend
 * @state: registers; survives us
 * @blk: the disk
 * @ops: surroundings
 * @ctx: argument of @ops
 * @go_on: serve rings although the kernel answered requests for us
 * @listening: last call of listen()
 * @unseen: bits of InterruptStatus that were set since the frontend read it
 * @complaints: failures reported so far
 * @ring: the queues at work
 * @chain: the request at work
 */
struct device {
	struct shm shm;
	struct state *state;
	struct blk *blk;
	const struct device_ops *ops;
	void *ctx;
	bool go_on;
	bool listening;
	uint32_t unseen;
	unsigned int complaints;
	struct ring ring[QUEUES_MAX];
	struct chain chain;
};

/* device.c */
uint64_t device_features(bool read_only, unsigned int queues);
void device_resume(struct device *dev, bool restarted);
void device_reset(struct device *dev);
void device_start(struct device *dev);
void device_fail(struct device *dev, const char *why);
void device_check_answered(struct device *dev, uint64_t answered);
void device_raise(struct device *dev, uint32_t bits);
bool device_run_queue(struct device *dev, unsigned int queue);

/* mmio.c */
uint64_t mmio_read(struct device *dev, uint64_t offset, uint64_t width);
void mmio_write(struct device *dev, uint64_t offset, uint64_t width,
		uint64_t value);

#endif /* BACKEND_DEVICE_H */
