/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of fakehv.ko.
 *
 * Calls go downwards: main -> device, frontend -> hv -> line -> vgic, which goes
 * back to the line for its delivery alone.
 */
#ifndef FAKEHV_INTERNAL_H
#define FAKEHV_INTERNAL_H

#include <linux/bits.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "fakehv.h"

#define FAKEHV_NUM_LINES \
	(FAKEHV_MAX_DMS + FAKEHV_MAX_IPCS * FAKEHV_MAX_EVENTS)

#define FAKEHV_PENDED	BIT(0)
#define FAKEHV_ACTIVE	BIT(1)

/**
 * struct fakehv_line - one interrupt line of the backend VM
 * @irq: Linux interrupt number
 * @cpu: where it is routed to
 * @owner: the CPU in whose list register it is or was; where it is pending
 *	without being active, that is @cpu
 * @enabled: by the driver
 * @lost: active, and its end was lost
 * @moved: by FAKEHV_SET_CPU
 * @state: FAKEHV_PENDED, FAKEHV_ACTIVE; 0 while it is in a list register
 * @lr: the same in the list register; 0 while it is in none
 * @asked_ns: when the kernel last found it active
 * @waits_ns: since when it finds that without a pause
 * @info: counters
 * @work: delivers on this CPU
 * @csd: delivers on another CPU
 *
 * All but @irq, @moved, @work and @csd are protected by fakehv.lock; @moved by
 * the tests, which do not do both at a time.
 */
struct fakehv_line {
	int irq;
	int cpu;
	int owner;
	bool enabled;
	bool lost;
	bool moved;
	u8 state;
	u8 lr;
	u64 asked_ns;
	u64 waits_ns;
	struct fakehv_line_info info;
	struct irq_work work;
	call_single_data_t csd;
};

/* The registers of the distributor, each a bit or a field for every line. */
enum fakehv_reg {
	FAKEHV_REG_ENABLED,
	FAKEHV_REG_PENDING,
	FAKEHV_REG_ACTIVE,
	FAKEHV_REG_ROUTE,
	FAKEHV_REG_TYPE,
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
 * @bells: when the other side was rung
 * @num_bells: how many of them there are; what is below stays until a reset
 * @waiters: threads in FAKEHV_WAIT
 */
struct fakehv {
	raw_spinlock_t lock;
	struct fakehv_config config;
	struct fakehv_request slots[FAKEHV_MAX_SLOTS];
	struct list_head queue[FAKEHV_MAX_DMS];
	struct fakehv_refusal refusals[FAKEHV_FAULTS];
	struct fakehv_counters counters;
	struct fakehv_bell bells[FAKEHV_MAX_BELLS];
	u32 num_bells;
	struct list_head waiters;
};

extern struct fakehv fakehv;

int fakehv_lines_init(void);
void fakehv_lines_exit(void);
void fakehv_lines_reset(void);
struct fakehv_line *fakehv_line(u32 kind, u32 index, u32 event);
void fakehv_kick(struct fakehv_line *line);
u64 fakehv_burst(struct fakehv_line *line, u32 count);
int fakehv_set_cpu(const struct fakehv_cpu *cpu);
int fakehv_kill_line(const struct fakehv_victim *victim);
int fakehv_get_line(struct fakehv_line_info *info);
void fakehv_sum_lines(struct fakehv_counters *counters);
void fakehv_reset_line_counters(void);

void fakehv_gicd_write(struct fakehv_line *line, enum fakehv_reg reg, u32 value);
bool fakehv_gicd_read(const struct fakehv_line *line, enum fakehv_reg reg);
void fakehv_raise(struct fakehv_line *line);
bool fakehv_can_take(const struct fakehv_line *line);
bool fakehv_take(struct fakehv_line *line);
void fakehv_end(struct fakehv_line *line);
bool fakehv_in_vain(struct fakehv_line *line);
void fakehv_kill(struct fakehv_line *line, u32 flags);

struct bao_call;
void fakehv_hv_init(void);
void fakehv_hv_reset(void);
void fakehv_call(struct bao_call *call);
int fakehv_configure(const struct fakehv_config *config);
int fakehv_fault(const struct fakehv_fault *fault);
bool fakehv_goes_wrong(struct fakehv_refusal *refusal);
void fakehv_get_counters(struct fakehv_counters *counters);
void fakehv_reset_counters(void);
size_t fakehv_bells_size(void);

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
