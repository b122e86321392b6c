/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that outlives the daemon, in one piece of memory: the disk image,
 * the state file, the shared memory, the kernel's table of requests, and the
 * frontend with its CPU. Copied at the moment of a death, it is all that a
 * successor finds.
 */
#ifndef UNIT_BACKEND_WORLD_H
#define UNIT_BACKEND_WORLD_H

#include <linux/bao.h>

#include "device.h"

#define WORLD_SHM	0x3000U
#define WORLD_ADDR	0xd0000000ULL
#define WORLD_WINDOW	0x0a003e00ULL
#define WORLD_SECTORS	8U
#define WORLD_SLOTS	4U

/* What the daemon asks of the kernel. */
enum world_call {
	CALL_NONE,
	CALL_TAKE,		/* 0 or -1 */
	CALL_COMPLETE,
	CALL_LISTEN,
	CALL_DEAF,
	CALL_INTERRUPT,
	CALL_KICKED,		/* consumes the kick; whether there was one */
	CALL_IDLE,		/* whether there is more to come */
};

/* How the frontend handles interrupts. */
#define HANDLE_THEN_ACK	1U
#define MUTE_RING	2U

/**
 * struct slot - a request of the frontend
 * @busy: submitted and not reaped
 * @type: of virtio-blk
 * @sector: where
 * @seed: of the data it writes, or should read
 * @order: submitted as the n-th
 */
struct slot {
	bool busy;
	uint32_t type;
	uint32_t sector;
	uint32_t seed;
	uint32_t order;
};

/**
 * struct frontend - another virtual machine, with one CPU
 * @habits: HANDLE_THEN_ACK, MUTE_RING
 * @random: state of a generator
 * @rounds: times to set the device up and to reset it
 * @script: next step of the set-up or, negative, of the shut-down
 * @irq_step: next step of the interrupt handler, 0 outside
 * @isr: what the handler read
 * @last_used: reaped so far
 * @submitted: in this round
 * @reaped: in this round
 * @spurious: interrupts without a bit in InterruptStatus
 * @seeds: of each sector's contents
 * @slot: requests
 * @done: nothing more to do
 */
struct frontend {
	uint32_t habits;
	uint32_t random;
	uint32_t rounds;
	uint32_t script;
	bool shutting_down;
	uint32_t irq_step;
	uint32_t isr;
	uint16_t last_used;
	uint32_t submitted;
	uint32_t reaped;
	uint32_t spurious;
	uint32_t seeds[WORLD_SECTORS];
	struct slot slot[WORLD_SLOTS];
	bool done;
};

/**
 * struct world - see above
 * @image: at the beginning, so that a file of the world is the disk
 * @state: contents of the state file
 * @shm: shared memory
 * @fe: frontend
 * @pending: the frontend's CPU stands still at @req
 * @taken: by the daemon that lives
 * @handed_out: to a daemon, at least once
 * @listening: there are ioeventfds
 * @kicked: they were signalled
 * @irq: the frontend's interrupt is pending
 * @req: access of the frontend
 * @stepped: calls are made through @call, else directly
 * @call: the call that the daemon waits for
 * @result: of the call
 * @error: what went wrong, or NULL
 */
struct world {
	uint8_t image[WORLD_SECTORS * 512];
	struct state state;
	uint8_t shm[WORLD_SHM] __attribute__((aligned(16)));
	struct frontend fe;
	bool pending;
	bool taken;
	bool handed_out;
	bool listening;
	bool kicked;
	bool irq;
	struct bao_request req;
	bool stepped;
	volatile uint32_t call;
	volatile int result;
	const char *error;
};

void world_init(struct world *w, uint32_t habits, uint32_t seed);
int world_call(struct world *w, uint32_t call);
void world_kill(struct world *w);
void world_check_end(struct world *w);

#endif /* UNIT_BACKEND_WORLD_H */
