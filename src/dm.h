/* SPDX-License-Identifier: GPL-2.0-only */
/* Device models: another VM's virtio devices, served from here. */
#ifndef BAO_DM_H
#define BAO_DM_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "bao.h"
#include "doorbell.h"
#include "hypercall.h"
#include "line.h"
#include "sysfs.h"

#define BAO_DM_MAX		16
/*
 * A frontend has at most one request for each of its CPUs. One with more than
 * this many is served as well: the rest waits in the hypervisor.
 */
#define BAO_SLOTS_BITS		5
#define BAO_SLOTS		(1 << BAO_SLOTS_BITS)
#define BAO_LOST_MAX		64
/* They are searched with interrupts off. */
#define BAO_OWNERS_MAX		256
#define BAO_GRACE_MS		5000

struct device;
struct seq_file;

/**
 * enum bao_dm_state - who answers a device model's requests
 * @BAO_DM_IDLE: nobody has yet; they wait in the hypervisor
 * @BAO_DM_SERVED: daemons
 * @BAO_DM_GRACE: the daemon went away; they wait for its successor
 * @BAO_DM_EXPIRED: no successor came in time; the kernel answers with 0
 */
enum bao_dm_state {
	BAO_DM_IDLE,
	BAO_DM_SERVED,
	BAO_DM_GRACE,
	BAO_DM_EXPIRED,
};

/**
 * enum bao_slot_state - where a request is
 * @BAO_SLOT_FREE: there is none
 * @BAO_SLOT_QUEUED: it waits for a taker
 * @BAO_SLOT_TAKEN: a daemon works on it
 * @BAO_SLOT_REFUSED: it has its answer, which the hypervisor did not take; to
 *	be tried again
 */
enum bao_slot_state {
	BAO_SLOT_FREE,
	BAO_SLOT_QUEUED,
	BAO_SLOT_TAKEN,
	BAO_SLOT_REFUSED,
};

/**
 * struct bao_slot - a request in the kernel's hands
 * @node: on the list of its state
 * @req: the request; @req.value is the answer when the slot is REFUSED
 * @owner: who took it; NULL in other states than TAKEN
 * @stamp: low bits of jiffies when it was fetched
 * @offered: low bits of jiffies since when daemons could have answered it
 * @generation: with the slot's number it makes the id that user space sees;
 *	new with every take
 * @state: &enum bao_slot_state
 * @redelivered: it was taken before, by somebody who went away
 *
 * Protected by &bao_dm.lock.
 */
struct bao_slot {
	struct list_head node;
	struct bao_hyp_request req;
	struct bao_owner *owner;
	u32 stamp;
	u32 offered;
	u64 generation : 57;
	u64 state : 3;
	u64 redelivered : 1;
};

/**
 * struct bao_owner - a process that serves a DM file
 * @node: on &bao_dm.owners
 * @file: the file
 * @files: the process, by its table of open files; only compared
 * @pid: for people to read
 * @serving: it has asked for requests
 *
 * Takes and registrations belong to an owner, and go when the owner goes: a
 * mapping, or a descriptor passed to a helper, can keep the file itself alive
 * long after. Created and looked up under &bao_dm.lock. Freed with
 * &bao_dm.reg_mutex held, after everything that points here was undone.
 */
struct bao_owner {
	struct list_head node;
	struct bao_dm_file *file;
	fl_owner_t files;
	pid_t pid;
	bool serving;
};

/**
 * struct bao_dm_file - an open file of a device model
 * @dm: the device model; the file holds a reference
 * @lost: ids of requests that were taken through this file and that the kernel
 *	has taken back; a ring, 0 for none; protected by &bao_dm.lock
 * @lost_next: where the next one goes
 */
struct bao_dm_file {
	struct bao_dm *dm;
	u64 lost[BAO_LOST_MAX];
	unsigned int lost_next;
};

/**
 * struct bao_dm_counters - what happened to a device model
 * @requests: fetched from the hypervisor
 * @ioeventfd_hits: answered by signalling an eventfd
 * @delivered: taken by daemons, redelivered ones too
 * @completed: answered by daemons
 * @answered_by_kernel: answered for daemons that were dead or late
 * @redelivered: put back because the taker went away
 * @late: answers by daemons to requests that had been answered or taken back
 * @invalid: requests with a width or an operation that do not exist
 * @refused: calls that the hypervisor refused
 */
struct bao_dm_counters {
	u64 requests;
	u64 ioeventfd_hits;
	u64 delivered;
	u64 completed;
	u64 answered_by_kernel;
	u64 redelivered;
	u64 late;
	u64 invalid;
	u64 refused;
};

/**
 * struct bao_dm - a device model
 * @ref: one reference of the driver, one of each DM file
 * @node: on the registry's list; protected by the registry's mutex
 * @dev: for messages; a reference is held
 * @id: number for the hypervisor
 * @label: from the device tree, or NULL
 * @start: guest-physical address of the shared memory
 * @size: its size in bytes
 * @line: the interrupt that announces requests
 * @doorbell: the interrupt in the frontend
 * @dir: its directory in sysfs
 * @wait: takers (exclusive) and pollers
 * @settled: who unbinds the driver, until all that was fetched is answered
 * @timeouts: acts on the timeouts and tries refused answers again
 * @reg_mutex: serializes registrations; protects @ioeventfd_list,
 *	@num_ioeventfds, @irqfds and @num_irqfds; taken before @lock
 * @ioeventfd_list: all ioeventfds
 * @num_ioeventfds: their number
 * @kick_seed: makes the places in @ioeventfds unpredictable
 * @irqfds: eventfds that raise the frontend's interrupt
 * @num_irqfds: their number
 * @lock: protects everything below. ASK, COMPLETE and the signalling of
 *	ioeventfds are done under it, so that requests stay in order, a request
 *	has one answerer, and who has set @gone under it knows that no call is
 *	under way. Taken in hard interrupt context; eventfds' wait queue locks
 *	are taken inside, and it is never taken inside those
 * @closing: the driver is being unbound; nothing is fetched any more
 * @closed_since: jiffies when that began
 * @gone: the driver is unbound; nothing is called or handed out any more
 * @stopped: no slot was free, so fetching has stopped; who frees one starts it
 *	again
 * @state: who answers
 * @serving: number of owners that serve
 * @dead_since: jiffies when the state became GRACE
 * @grace_ms: how long requests wait for a successor; -1 for ever
 * @answer_ms: how long a daemon may take for an answer; -1 for ever
 * @ioeventfds: all ioeventfds by address, width and data; NULL before the
 *	first one; changed with @reg_mutex held as well
 * @owners: all processes with takes or registrations
 * @num_owners: their number
 * @slots: the requests, BAO_SLOTS of them
 * @free: slots without a request
 * @queued: requests that wait, oldest first
 * @taken: requests that daemons have, oldest take first
 * @refused: answers that the hypervisor did not take
 * @generation: last one given to a slot
 * @count: statistics
 */
struct bao_dm {
	struct kref ref;
	struct list_head node;
	struct device *dev;
	u32 id;
	const char *label;
	phys_addr_t start;
	u64 size;
	struct bao_line line;
	struct bao_doorbell doorbell;
	struct bao_dir dir;
	wait_queue_head_t wait;
	wait_queue_head_t settled;
	struct delayed_work timeouts;

	struct mutex reg_mutex;
	struct list_head ioeventfd_list;
	unsigned int num_ioeventfds;
	u32 kick_seed;
	struct list_head irqfds;
	unsigned int num_irqfds;

	spinlock_t lock;
	bool closing;
	unsigned long closed_since;
	bool gone;
	bool stopped;
	enum bao_dm_state state;
	unsigned int serving;
	unsigned long dead_since;
	int grace_ms;
	int answer_ms;
	struct hlist_head *ioeventfds;
	struct list_head owners;
	unsigned int num_owners;
	struct bao_slot *slots;
	struct list_head free;
	struct list_head queued;
	struct list_head taken;
	struct list_head refused;
	u64 generation;
	struct bao_dm_counters count;
};

/* dm.c: the object */
struct bao_dm *bao_dm_create(struct device *dev, u32 id,
			     const struct resource *region, const char *label);
int bao_dm_start(struct bao_dm *dm, int irq);
void bao_dm_stop(struct bao_dm *dm);
void bao_dm_put(struct bao_dm *dm);

/* dm_sysfs.c: its attributes */
int bao_dm_show(struct bao_dm *dm);
void bao_dm_hide(struct bao_dm *dm);

/* dm_file.c: its files */
struct file *bao_dm_file_open(struct bao_dm *dm);

/* owner.c: who serves */
int bao_owner_enter(struct bao_dm_file *df, bool serve);
struct bao_owner *bao_owner_find(struct bao_dm_file *df, fl_owner_t files);
int bao_owner_current(struct bao_dm_file *df, const struct bao_owner **owner);
void bao_owner_leave(struct bao_dm_file *df, fl_owner_t files);
void bao_owner_leave_all(struct bao_dm_file *df);

/* request.c: the table of requests */
struct bao_request;
int bao_requests_init(struct bao_dm *dm);
void bao_requests_close(struct bao_dm *dm);
void bao_requests_wait(struct bao_dm *dm);
void bao_requests_shutdown(struct bao_dm *dm);
bool bao_request_ready(struct bao_dm_file *df);
int bao_request_take(struct bao_dm_file *df, struct bao_request *out);
void bao_request_put_back(struct bao_dm_file *df, u64 id);
int bao_request_complete(struct bao_dm_file *df, u64 id, u64 value);
void bao_request_disown(struct bao_dm *dm, struct bao_owner *owner);
void bao_request_offer(struct bao_dm *dm);
void bao_request_sweep(struct bao_dm *dm);
void bao_request_release(struct bao_dm *dm);
extern const struct bao_line_ops bao_request_line_ops;

/* ioeventfd.c */
struct bao_ioeventfd;
void bao_ioeventfds_exit(struct bao_dm *dm);
int bao_ioeventfd_config(struct bao_dm_file *df,
			 const struct bao_ioeventfd *args);
bool bao_ioeventfd_signal(struct bao_dm *dm, const struct bao_hyp_request *req);
void bao_ioeventfd_drop(struct bao_dm *dm, const struct bao_owner *owner);
void bao_ioeventfd_show(struct seq_file *m, struct bao_dm_file *df);

/* irqfd.c */
struct bao_irqfd;
int bao_irqfd_init(void);
void bao_irqfd_exit(void);
int bao_irqfd_config(struct bao_dm_file *df, const struct bao_irqfd *args);
void bao_irqfd_drop(struct bao_dm *dm, const struct bao_owner *owner);
void bao_irqfd_flush(void);
void bao_irqfd_show(struct seq_file *m, struct bao_dm_file *df);

#endif /* BAO_DM_H */
