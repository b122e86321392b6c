/* SPDX-License-Identifier: GPL-2.0-only */
/* IPC channels: memory shared with another VM, and doorbells. */
#ifndef BAO_IPC_H
#define BAO_IPC_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <linux/bao.h>

#include "bao.h"
#include "doorbell.h"
#include "line.h"
#include "sysfs.h"

struct bao_ipc;
struct device;
struct eventfd_ctx;
struct file;
struct vm_area_struct;

/**
 * struct bao_channel - one direction
 * @va: where it is mapped in the kernel; gone with the driver
 * @size: in bytes
 * @offset: where it starts in a mapping made by mmap, in bytes
 */
struct bao_channel {
	void *va;
	u64 size;
	u64 offset;
};

/**
 * struct bao_span - a piece of memory that mmap offers
 * @start: guest-physical address
 * @size: in bytes
 * @va: where the kernel maps it
 */
struct bao_span {
	phys_addr_t start;
	u64 size;
	void *va;
};

/**
 * struct bao_event - an interrupt that the peer can raise here
 * @line: the interrupt
 * @ipc: the channel
 * @index: which event
 * @usable: @line was requested
 * @count: how often it came; protected by &bao_ipc.lock
 */
struct bao_event {
	struct bao_line line;
	struct bao_ipc *ipc;
	u32 index;
	bool usable;
	u64 count;
};

/**
 * struct bao_ipc - a channel pair
 * @ref: one reference of the driver, one of each open file
 * @node: on the list of all channels; protected by its mutex
 * @dev: for messages; a reference is held
 * @id: number for the hypervisor
 * @label: from the device tree, or NULL
 * @misc: the node in /dev
 * @name: its name
 * @dir: its directory in sysfs
 * @span: the shared memory: one region, or one for each direction
 * @num_spans: how many
 * @mappable: all spans consist of whole pages of this kernel
 * @read: what the peer writes
 * @write: what the peer reads
 * @writable_start: first byte of the mapping that can be writable
 * @writable_size: how many bytes can
 * @life: held for reading while the memory or the hypervisor is used, for
 *	writing to set @gone. User memory is accessed under it, so mmap, which
 *	is called with the mmap lock held, must not take it
 * @gone: the driver is unbound; protected by @life for those who use the
 *	memory or the hypervisor
 * @write_mutex: keeps writers apart; taken inside @life
 * @wait: pollers
 * @lock: protects the events' counters, all files' view of them and
 *	@eventfds. Taken in hard interrupt context; eventfds' wait queue locks
 *	are taken inside, and it is never taken inside those
 * @num_files: open files; who opens the first one has the lines watched
 * @eventfds: of all files
 * @num_eventfds: their number
 * @bell: the peer's events
 * @num_events: interrupts that the device tree describes
 * @event: the events, @num_events of them
 */
struct bao_ipc {
	struct kref ref;
	struct list_head node;
	struct device *dev;
	u32 id;
	const char *label;
	struct miscdevice misc;
	char name[20];
	struct bao_dir dir;

	struct bao_span span[2];
	unsigned int num_spans;
	bool mappable;
	struct bao_channel read;
	struct bao_channel write;
	u64 writable_start;
	u64 writable_size;

	struct rw_semaphore life;
	bool gone;
	struct mutex write_mutex;
	wait_queue_head_t wait;
	atomic_t num_files;
	spinlock_t lock;
	struct list_head eventfds;
	unsigned int num_eventfds;
	struct bao_doorbell bell[BAO_IPC_MAX_EVENTS];
	unsigned int num_events;
	struct bao_event event[];
};

/* ipc_layout.c */
int bao_ipc_layout(struct bao_ipc *ipc);

/* ipc_event.c */
int bao_ipc_events_start(struct bao_ipc *ipc);
void bao_ipc_events_stop(struct bao_ipc *ipc);

/* ipc_sysfs.c */
int bao_ipc_show(struct bao_ipc *ipc);
void bao_ipc_hide(struct bao_ipc *ipc);

/* ipc_file.c */
extern const struct file_operations bao_ipc_fops;

/* ipc_mmap.c */
void bao_ipc_map_layout(struct bao_ipc *ipc);
u64 bao_ipc_map_size(const struct bao_ipc *ipc);
int bao_ipc_mmap(struct bao_ipc *ipc, struct vm_area_struct *vma);

/* ipc.c */
void bao_ipc_put(struct bao_ipc *ipc);

/* ipc_eventfd.c */
struct bao_ipc_eventfd;
int bao_ipc_eventfd_config(struct bao_ipc *ipc, const struct file *file,
			   const struct bao_ipc_eventfd *args);
void bao_ipc_eventfd_drop(struct bao_ipc *ipc, const struct file *file);
void bao_ipc_eventfd_signal(struct bao_ipc *ipc, u32 event);

#endif /* BAO_IPC_H */
