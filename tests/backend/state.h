/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a daemon has to remember beyond its own death.
 */
#ifndef BACKEND_STATE_H
#define BACKEND_STATE_H

#include <stdint.h>

#define QUEUES_MAX	8

/**
 * struct queue_state - what the frontend set for one queue
 * @num: size
 * @ready: QueueReady
 * @desc: address of the descriptor table
 * @driver: address of the available ring
 * @device: address of the used ring
 */
struct queue_state {
	uint32_t num;
	uint32_t ready;
	uint64_t desc;
	uint64_t driver;
	uint64_t device;
};

/**
 * struct identity - what device this is
 * @window: guest-physical address of the registers
 * @sectors: capacity
 * @features: offered
 * @dm: device model
 * @queues: how many
 *
 * The frontend was told this; a successor must be the same device.
 */
struct identity {
	uint64_t window;
	uint64_t sectors;
	uint64_t features;
	uint32_t dm;
	uint32_t queues;
};

/**
 * struct state - the state file
 * @magic: layout of this struct; written last, when the file is made
 * @identity: of the device
 * @answered: requests answered by the kernel, as far as they are dealt with
 * @status: device status
 * @isr: InterruptStatus
 * @device_features_sel: selector
 * @driver_features_sel: selector
 * @driver_features: accepted
 * @queue_sel: selector
 * @reserved: zero
 * @queue: the queues
 */
struct state {
	uint64_t magic;
	struct identity identity;
	uint64_t answered;
	uint32_t status;
	uint32_t isr;
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	uint32_t driver_features[2];
	uint32_t queue_sel;
	uint32_t reserved;
	struct queue_state queue[QUEUES_MAX];
};

struct state *state_open(const char *path, const struct identity *identity,
			 int *fd);
void state_close(struct state *state, int fd);

/*
 * The stores before are made before the stores after, as a successor sees
 * them. SIGKILL falls between two instructions and the memory is ordinary and
 * coherent, so only the compiler has to be held back.
 */
static inline void state_order(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#endif /* BACKEND_STATE_H */
