/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's side of the calls, as Bao plays it: IPC objects, remote
 * I/O devices and their request slots. Nothing in here knows KVM, so the same
 * code runs in the vmm and, under sanitizers, in the unit tests.
 *
 * One mutex covers everything. Interrupts are injected while it is held, so
 * that an injection and the state it tells of can never be seen apart.
 */
#ifndef VMM_HV_H
#define VMM_HV_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define HV_MAX_VMS	8
#define HV_MAX_IPCS	16
#define HV_MAX_EVENTS	16
#define HV_MAX_DEVS	32
#define HV_MAX_VM_DEVS	16
#define HV_MAX_SLOTS	64
#define HV_NAME_LEN	32

/* Results of a hypercall; ASK without a request is the one positive value. */
#define HV_OK		0
#define HV_FAILURE	(-1)
#define HV_UNKNOWN	(-2)
#define HV_BAD_ARGS	(-3)
#define HV_NOTHING	1

#define HV_CALL_IPC	1
#define HV_CALL_REMIO	2

enum hv_remio_op {
	HV_OP_WRITE,
	HV_OP_READ,
	HV_OP_ASK,
	HV_OP_NOTIFY,
};

/* What a guest's access was, for counting: a kick is a write to QueueNotify. */
enum hv_class {
	HV_CLASS_READ,
	HV_CLASS_WRITE,
	HV_CLASS_KICK,
	HV_CLASSES,
};

#define HV_CALL_BINS	5	/* 1, 2, 3, 4 and more calls; bin 0 for none */
#define HV_STALL_BINS	7	/* below 100 us, 1 ms, 10 ms ... 10 s, above */

struct hv_class_counters {
	uint64_t requests;
	uint64_t calls_min;
	uint64_t calls_max;
	uint64_t calls_sum;
	uint64_t calls_bin[HV_CALL_BINS];
};

struct hv_dev_counters {
	struct hv_class_counters class[HV_CLASSES];
	uint64_t asks;
	uint64_t asks_taken;
	uint64_t asks_empty;
	uint64_t completes;
	uint64_t completes_refused;
	uint64_t notifies;
	uint64_t backend_irqs;
	uint64_t backend_irqs_lost;
	uint64_t frontend_irqs;
	uint64_t frontend_irqs_lost;
	uint64_t completions_lost;
	uint64_t odd_completions;	/* op differs from the request's */
	uint64_t wide_answers;		/* bits set above the access width */
	uint64_t stall_max_ns;
	uint64_t stall_sum_ns;
	uint64_t stalls_long;
	uint64_t stall_bin[HV_STALL_BINS];
};

struct hv_vm_counters {
	uint64_t calls;
	uint64_t calls_unknown;
	uint64_t calls_bad_args;
	uint64_t calls_malformed;
	uint64_t ipc_notifies;
	uint64_t ipc_events;		/* interrupts this VM got */
	uint64_t ipc_events_lost;
	uint64_t ipc_events_ignored;	/* index beyond interrupts[] */
};

/* Losses on demand. Every "one in N" is off when N is 0. */
struct hv_faults {
	uint64_t drop_backend_irq;
	uint64_t drop_notify;
	uint64_t drop_ipc;
	uint64_t spurious_irq;
	uint64_t queue_len;	/* messages to one VM that fit */
	uint64_t queue_rate;	/* messages it handles per second; 0: no limit */
};

struct hv_ipc {
	unsigned int shmem;
	unsigned int nr_events;
	unsigned int intid[HV_MAX_EVENTS];
};

struct hv_vm {
	char name[HV_NAME_LEN];
	unsigned int nr_ipcs;
	struct hv_ipc ipc[HV_MAX_IPCS];
	/* dm id to device; both ends of a device own an entry */
	unsigned int nr_devs;
	unsigned int dev[HV_MAX_VM_DEVS];
	bool stopped;
	/* the inter-CPU queue: what is in it, and as of when */
	uint64_t queued;
	uint64_t queue_stamp;
	struct hv_vm_counters count;
};

struct hv_dev {
	char name[HV_NAME_LEN];
	unsigned int shmem;
	unsigned int frontend;
	unsigned int backend;
	unsigned int frontend_intid;
	unsigned int backend_intid;
	uint64_t window;
	uint64_t window_size;
	int head;		/* oldest pending slot, or -1 */
	int tail;
	uint64_t calls;		/* ASK and completions so far */
	uint64_t nth_backend_irq;
	uint64_t nth_notify;
	struct hv_dev_counters count;
};

enum hv_state {
	HV_FREE,
	HV_PENDING,
	HV_PROCESSING,
	HV_COMPLETE,
};

struct hv_slot {
	enum hv_state state;
	unsigned int dev;
	uint64_t addr;
	uint64_t value;
	unsigned int op;
	unsigned int width;
	enum hv_class class;
	uint64_t answer;
	bool answered_as_read;
	bool abandoned;		/* its vCPU has gone: nobody waits */
	bool lost;		/* complete, but the message was dropped */
	uint64_t arrived_ns;
	uint64_t arrived_calls;
	int next;
	pthread_cond_t done;
};

/* Called with the lock held: must not call back into hv_*(). */
struct hv_host {
	void *ctx;
	void (*inject)(void *ctx, unsigned int vm, unsigned int intid);
	void (*warn)(void *ctx, const char *text);
};

struct hv {
	pthread_mutex_t lock;
	pthread_cond_t slot_freed;
	struct hv_host host;
	struct hv_faults faults;
	uint64_t long_stall_ns;
	uint64_t nth_ipc;
	uint64_t nth_spurious;
	unsigned int nr_vms;
	struct hv_vm vm[HV_MAX_VMS];
	unsigned int nr_devs;
	struct hv_dev dev[HV_MAX_DEVS];
	unsigned int nr_slots;
	struct hv_slot slot[HV_MAX_SLOTS];
};

/* x0 to x6 at the call and after it. */
struct hv_regs {
	uint64_t x[7];
};

struct hv_access {
	unsigned int dev;
	uint64_t addr;
	unsigned int width;
	bool write;
	uint64_t value;		/* in for a write, out for a read */
};

/* hv.c */
int hv_init(struct hv *hv, unsigned int nr_slots, const struct hv_host *host);
void hv_destroy(struct hv *hv);
int hv_add_vm(struct hv *hv, const char *name);
int hv_add_ipc(struct hv *hv, unsigned int vm, const struct hv_ipc *ipc);
int hv_add_dev(struct hv *hv, const struct hv_dev *dev);
void hv_call(struct hv *hv, unsigned int vm, struct hv_regs *regs);
void hv_stop_vm(struct hv *hv, unsigned int vm);
int hv_set_fault(struct hv *hv, const char *name, uint64_t value);
uint64_t hv_now_ns(void);
bool hv_one_in(uint64_t *nth, uint64_t every);
bool hv_queue_full(struct hv *hv, unsigned int vm);

/* ipc.c */
int64_t hv_ipc_notify(struct hv *hv, unsigned int vm, uint64_t ipc,
		      uint64_t event);

/* remio.c */
int64_t hv_remio(struct hv *hv, unsigned int vm, struct hv_regs *regs);
int hv_find_dev(const struct hv *hv, unsigned int vm, uint64_t addr);
int hv_do_access(struct hv *hv, struct hv_access *access);
void hv_remio_stop(struct hv *hv, unsigned int vm);
uint64_t hv_width_mask(unsigned int width);

/* counters.c */
void hv_count_stall(struct hv *hv, struct hv_dev *dev, uint64_t ns);
void hv_count_calls(struct hv_dev *dev, const struct hv_slot *slot);
void hv_print_counters(struct hv *hv, FILE *to);
int hv_get_counter(struct hv *hv, const char *name, uint64_t *value);

#endif
