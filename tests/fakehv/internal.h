/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of fakehv.ko.
 *
 * Calls go downwards: main -> device, frontend -> hv -> line.
 */
#ifndef FAKEHV_INTERNAL_H
#define FAKEHV_INTERNAL_H

#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "fakehv.h"

#define FAKEHV_NUM_LINES \
	(FAKEHV_MAX_DMS + FAKEHV_MAX_IPCS * FAKEHV_MAX_EVENTS)

/**
 * struct fakehv_line - one interrupt line of the backend VM
 * @irq: Linux interrupt number
 * @cpu: where it is delivered
 * @masked: by the driver
 * @pending: the latch of a virtual interrupt controller
 * @delivered: counter
 * @work: delivers on this CPU
 * @csd: delivers on another CPU
 *
 * All but @irq, @work and @csd are protected by fakehv.lock.
 */
struct fakehv_line {
	int irq;
	int cpu;
	bool masked;
	bool pending;
	u64 delivered;
	struct irq_work work;
	call_single_data_t csd;
};

enum fakehv_state {
	FAKEHV_FREE,
	FAKEHV_PENDING,
	FAKEHV_PROCESSING,
	FAKEHV_COMPLETE,
	FAKEHV_ABORTED,
};

/**
 * struct fakehv_request - a slot of the hypervisor's pool
 * @state: its life
 * @access: what the frontend asked for and gets back
 * @task: who stands still; NULL when it was killed meanwhile
 * @calls: counter of the device model's hypercalls at the interrupt
 * @raised_ns: when the interrupt was raised
 * @queue: in the device model's queue while PENDING
 */
struct fakehv_request {
	enum fakehv_state state;
	struct fakehv_access access;
	struct task_struct *task;
	u64 calls;
	u64 raised_ns;
	struct list_head queue;
};

struct fakehv_waiter {
	struct task_struct *task;
	struct list_head entry;
};

struct fakehv_refusal {
	u32 skip;
	u32 count;
	s32 result;
};

/**
 * struct fakehv - the hypervisor
 * @lock: protects everything here; raw, as hypercalls come from handlers
 * @config: what it knows
 * @slots: requests of all device models
 * @queue: pending requests of each device model, oldest first
 * @refusals: what goes wrong next
 * @counters: what happened
 * @waiters: threads in FAKEHV_WAIT
 */
struct fakehv {
	raw_spinlock_t lock;
	struct fakehv_config config;
	struct fakehv_request slots[FAKEHV_MAX_SLOTS];
	struct list_head queue[FAKEHV_MAX_DMS];
	struct fakehv_refusal refusals[FAKEHV_FAULTS];
	struct fakehv_counters counters;
	struct list_head waiters;
};

extern struct fakehv fakehv;

int fakehv_lines_init(void);
void fakehv_lines_exit(void);
void fakehv_lines_reset(void);
void fakehv_lines_configure(bool at_once);
struct fakehv_line *fakehv_line(u32 kind, u32 index, u32 event);
void fakehv_raise(struct fakehv_line *line);
u64 fakehv_burst(struct fakehv_line *line, u32 count);
int fakehv_set_cpu(const struct fakehv_cpu *cpu);

struct bao_call;
void fakehv_hv_init(void);
void fakehv_hv_reset(void);
void fakehv_call(struct bao_call *call);
int fakehv_configure(const struct fakehv_config *config);
int fakehv_fault(const struct fakehv_fault *fault);
bool fakehv_goes_wrong(struct fakehv_refusal *refusal);
void fakehv_get_counters(struct fakehv_counters *counters);
void fakehv_reset_counters(void);

int fakehv_access(struct fakehv_access *access);
int fakehv_storm(struct fakehv_storm *storm);
int fakehv_ring(struct fakehv_ring *ring);
int fakehv_wait(struct fakehv_wait *wait);
void fakehv_abort_accesses(void);

int fakehv_devices_init(u64 base, u64 size);
int fakehv_create(struct fakehv_device *device);
int fakehv_destroy(unsigned long id);
void fakehv_destroy_all(void);

#endif /* FAKEHV_INTERNAL_H */
