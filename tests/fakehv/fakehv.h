/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User interface of fakehv.ko: the hypervisor, the frontend VM and the IPC
 * peer, all inside one kernel. For tests only.
 */
#ifndef FAKEHV_H
#define FAKEHV_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define FAKEHV_TYPE		0xF4
#define FAKEHV_MAX_DMS		16
#define FAKEHV_MAX_IPCS		4
#define FAKEHV_MAX_EVENTS	32
#define FAKEHV_MAX_SLOTS	64
#define FAKEHV_MAX_RESOURCES	72
#define FAKEHV_MAX_PROPS	8
#define FAKEHV_MAX_VALUES	8
#define FAKEHV_NAME		32
#define FAKEHV_MAX_BELLS	16384

/*
 * The interrupt controller; without a flag it is Bao's virtual GIC, which loses
 * the end of an interrupt that is masked while it is active, see vgic.c.
 *
 * FAKEHV_DROP_MASKED: vAPLIC, a line that is masked latches nothing, and loses
 *	what it had
 * FAKEHV_EOI_KEPT: a GIC that does it right: no end is lost, and what is in a
 *	list register can be seen
 * FAKEHV_NO_STATE: whether a line is pending or active can be neither read nor
 *	written, as with RISC-V's controllers
 */
#define FAKEHV_DROP_MASKED	(1U << 0)
#define FAKEHV_EOI_KEPT		(1U << 1)
#define FAKEHV_NO_STATE		(1U << 2)

/**
 * struct fakehv_config - what the hypervisor knows
 * @num_dms: device models; calls for others give -3
 * @num_ipcs: IPC objects; calls for others give -3
 * @num_slots: request slots, shared by all device models
 * @flags: FAKEHV_*
 * @not_bao: when not 0, the result of every call
 * @call_us: how long every call takes, at least; at most 1000
 */
struct fakehv_config {
	__u32 num_dms;
	__u32 num_ipcs;
	__u32 num_slots;
	__u32 flags;
	__s32 not_bao;
	__u32 call_us;
};

enum fakehv_res_type {
	FAKEHV_RES_MEM,		/* start is an offset in the window */
	FAKEHV_RES_MEM_ABS,	/* start is an address */
	FAKEHV_RES_DM_IRQ,	/* start is a device model */
	FAKEHV_RES_IPC_IRQ,	/* start is channel * 32 + event */
	FAKEHV_RES_IRQ_ABS,	/* start is a Linux interrupt number */
	FAKEHV_RES_IRQ_NONE,	/* one that no controller has */
};

struct fakehv_res {
	__u64 start;
	__u64 size;
	__u32 type;
	__u32 reserved;
	char name[FAKEHV_NAME];
};

enum fakehv_prop_type {
	FAKEHV_PROP_U32,
	FAKEHV_PROP_U8,
	FAKEHV_PROP_STRING,
	/* It has count cells, and reading it as anything fails. */
	FAKEHV_PROP_UNREADABLE,
};

struct fakehv_prop {
	char name[FAKEHV_NAME];
	__u32 type;
	__u32 count;
	__u32 val[FAKEHV_MAX_VALUES];
	char str[FAKEHV_NAME];
};

/**
 * struct fakehv_device - a platform device
 * @name: decides the driver
 * @num_res: resources in use
 * @num_props: properties in use
 * @res: resources
 * @props: properties
 * @id: out: for FAKEHV_DESTROY
 * @bound: out: whether the driver's probe succeeded
 * @dev_name: out: its name in sysfs
 */
struct fakehv_device {
	char name[FAKEHV_NAME];
	__u32 num_res;
	__u32 num_props;
	struct fakehv_res res[FAKEHV_MAX_RESOURCES];
	struct fakehv_prop props[FAKEHV_MAX_PROPS];
	__u32 id;
	__u32 bound;
	char dev_name[2 * FAKEHV_NAME];
};

/* The access raises no interrupt: it was lost on the way. */
#define FAKEHV_ACCESS_QUIET	(1U << 0)

/**
 * struct fakehv_access - one access of a frontend's CPU
 * @dm: device model
 * @op: 0 write, 1 read, or what a broken hypervisor makes up
 * @addr: guest-physical address
 * @width: in bytes, not checked
 * @value: in: the register, out: the register after a read
 * @flags: FAKEHV_ACCESS_*
 * @done_op: out: the operation that completed it
 * @calls: out: hypercalls for this device model from the interrupt until and
 *	with the completion
 * @id: out: the slot
 * @hold_ns: out: from the interrupt to the completion
 * @stall_ns: out: from the interrupt until this thread ran again
 */
struct fakehv_access {
	__u32 dm;
	__u32 op;
	__u64 addr;
	__u64 width;
	__u64 value;
	__u32 flags;
	__u32 done_op;
	__u32 calls;
	__u32 id;
	__u64 hold_ns;
	__u64 stall_ns;
};

/**
 * struct fakehv_storm - the same access again and again
 * @access: what to do
 * @ms: for how long
 * @reserved: zero
 * @count: out: accesses done
 * @max_ns: out: the longest stall
 */
struct fakehv_storm {
	struct fakehv_access access;
	__u32 ms;
	__u32 reserved;
	__u64 count;
	__u64 max_ns;
};

enum fakehv_kind {
	FAKEHV_DM,
	FAKEHV_IPC,
};

/*
 * Back to back on the line's CPU, until the line is masked or dead; all else
 * stands still, the tick too, so a driver that counts by ticks sees one long
 * one. A handler that is a thread comes afterwards, once.
 */
#define FAKEHV_RING_BURST	(1U << 0)

/**
 * struct fakehv_ring - raise an interrupt, as a peer's doorbell does
 * @kind: FAKEHV_DM (spurious) or FAKEHV_IPC
 * @index: device model or channel
 * @event: of the channel
 * @count: how often; 0 until @ms have passed; of a burst 1 to 10000
 * @period_us: pause between two; no part of a burst
 * @ms: how long at most, 0 = no limit; no part of a burst
 * @flags: FAKEHV_RING_*
 * @reserved: zero
 * @done: out: how often it was raised
 */
struct fakehv_ring {
	__u32 kind;
	__u32 index;
	__u32 event;
	__u32 count;
	__u32 period_us;
	__u32 ms;
	__u32 flags;
	__u32 reserved;
	__u64 done;
};

/**
 * struct fakehv_wait - wait until the other side was notified
 * @kind: FAKEHV_DM: the frontend's interrupt, FAKEHV_IPC: the peer's event
 * @index: device model or channel
 * @event: of the channel
 * @timeout_ms: then ETIMEDOUT
 * @seen: in: wait for more than this many, out: how many there are
 */
struct fakehv_wait {
	__u32 kind;
	__u32 index;
	__u32 event;
	__u32 timeout_ms;
	__u64 seen;
};

/**
 * struct fakehv_cpu - where an interrupt is delivered
 * @kind: FAKEHV_DM or FAKEHV_IPC
 * @index: device model or channel
 * @event: of the channel
 * @cpu: the CPU
 */
struct fakehv_cpu {
	__u32 kind;
	__u32 index;
	__u32 event;
	__u32 cpu;
};

/**
 * struct fakehv_line_info - what a line is in and what was done to it
 * @kind: in: FAKEHV_DM or FAKEHV_IPC
 * @index: in: device model or channel
 * @event: in: of the channel
 * @cpu: where it is routed to
 * @enabled: 1 or 0
 * @pending: 1 or 0, whether the guest can see it or not
 * @active: the same
 * @dead: active, and no end will come
 * @delivered: interrupts that reached the driver
 * @masked: writes that masked it
 * @unmasked: writes that unmasked it
 * @routed: writes that routed it
 * @lost_eois: ends that found it in no list register
 * @hung: how often somebody waited in vain, and would have for ever, for the
 *	end of an interrupt
 *
 * The counters begin with the last FAKEHV_COUNTERS_RESET.
 */
struct fakehv_line_info {
	__u32 kind;
	__u32 index;
	__u32 event;
	__u32 cpu;
	__u32 enabled;
	__u32 pending;
	__u32 active;
	__u32 dead;
	__u64 delivered;
	__u64 masked;
	__u64 unmasked;
	__u64 routed;
	__u64 lost_eois;
	__u64 hung;
};

/*
 * FAKEHV_VICTIM_HIDDEN: in a list register, where it does not read as active
 * FAKEHV_VICTIM_MASKED: not active but masked, without the kernel's doing: in a
 *	change of affinity from another CPU, Bao can carry out the unmasking
 *	before the masking, which is a message
 */
#define FAKEHV_VICTIM_HIDDEN	(1U << 0)
#define FAKEHV_VICTIM_MASKED	(1U << 1)

/**
 * struct fakehv_victim - a line to leave as no driver had it, after a lost end
 * @kind: FAKEHV_DM or FAKEHV_IPC
 * @index: device model or channel
 * @event: of the channel
 * @flags: FAKEHV_VICTIM_*
 */
struct fakehv_victim {
	__u32 kind;
	__u32 index;
	__u32 event;
	__u32 flags;
};

enum fakehv_call_kind {
	FAKEHV_CALL_IPC,
	FAKEHV_CALL_ASK,
	FAKEHV_CALL_WRITE,
	FAKEHV_CALL_READ,
	FAKEHV_CALL_NOTIFY,
	FAKEHV_CALL_BAD,
	FAKEHV_CALLS,
	FAKEHV_LOSE_IRQ = FAKEHV_CALLS,
	FAKEHV_ANY_CALL,
	FAKEHV_FAULTS,
};

/**
 * struct fakehv_fault - let the next calls or interrupts go wrong
 * @kind: enum fakehv_call_kind, FAKEHV_ANY_CALL or FAKEHV_LOSE_IRQ
 * @result: what the call answers; it has no effect (0: a lost message)
 * @count: how many
 * @skip: how many go right before
 */
struct fakehv_fault {
	__u32 kind;
	__s32 result;
	__u32 count;
	__u32 skip;
};

/**
 * struct fakehv_counters - what happened since the last reset
 * @calls: hypercalls by kind
 * @irq_calls: hypercalls made in hard interrupt context
 * @empty: ASKs that found nothing
 * @refused: calls that were answered with a negative result
 * @raised: interrupts raised
 * @delivered: interrupts that reached the driver
 * @lost: interrupts lost by a fault or while masked
 * @requests: accesses of the frontends
 * @completed: accesses completed
 * @outstanding: requests that are pending or being processed now
 * @masked: writes that masked a line
 * @lost_eois: ends that found their line in no list register
 * @hung: waits in vain for the end of an interrupt
 * @dead: lines that are dead now
 * @dm_calls: hypercalls of each device model
 * @dm_delivered: interrupts delivered for each device model
 * @dm_notified: interrupts that each frontend got
 * @ipc_notified: events that each peer got
 * @ipc_dropped: events that no receiver knows
 */
struct fakehv_counters {
	__u64 calls[FAKEHV_CALLS];
	__u64 irq_calls;
	__u64 empty;
	__u64 refused;
	__u64 raised;
	__u64 delivered;
	__u64 lost;
	__u64 requests;
	__u64 completed;
	__u64 outstanding;
	__u64 masked;
	__u64 lost_eois;
	__u64 hung;
	__u64 dead;
	__u64 dm_calls[FAKEHV_MAX_DMS];
	__u64 dm_delivered[FAKEHV_MAX_DMS];
	__u64 dm_notified[FAKEHV_MAX_DMS];
	__u64 ipc_notified[FAKEHV_MAX_IPCS][FAKEHV_MAX_EVENTS];
	__u64 ipc_dropped;
};

/**
 * struct fakehv_bell - a call that rings the other side, refused or not
 * @ns: when, of CLOCK_MONOTONIC
 * @kind: FAKEHV_DM or FAKEHV_IPC
 * @index: device model or channel
 * @event: of the channel
 * @reserved: zero
 *
 * The device's contents, for pread(): the first FAKEHV_MAX_BELLS since the
 * counters began.
 */
struct fakehv_bell {
	__u64 ns;
	__u16 kind;
	__u16 index;
	__u16 event;
	__u16 reserved;
};

/**
 * struct fakehv_window - the memory that regions are made of
 * @base: physical address; offset 0 of the device's mmap
 * @size: in bytes
 */
struct fakehv_window {
	__u64 base;
	__u64 size;
};

/* Destroy all devices, end all accesses, forget faults, counters, config. */
#define FAKEHV_RESET	_IO(FAKEHV_TYPE, 0x00)
#define FAKEHV_CONFIG	_IOW(FAKEHV_TYPE, 0x01, struct fakehv_config)
#define FAKEHV_CREATE	_IOWR(FAKEHV_TYPE, 0x02, struct fakehv_device)
#define FAKEHV_DESTROY	_IO(FAKEHV_TYPE, 0x03)
#define FAKEHV_ACCESS	_IOWR(FAKEHV_TYPE, 0x04, struct fakehv_access)
#define FAKEHV_STORM	_IOWR(FAKEHV_TYPE, 0x05, struct fakehv_storm)
#define FAKEHV_RING	_IOWR(FAKEHV_TYPE, 0x06, struct fakehv_ring)
#define FAKEHV_WAIT	_IOWR(FAKEHV_TYPE, 0x07, struct fakehv_wait)
#define FAKEHV_SET_CPU	_IOW(FAKEHV_TYPE, 0x08, struct fakehv_cpu)
#define FAKEHV_FAULT	_IOW(FAKEHV_TYPE, 0x09, struct fakehv_fault)
/* Argument 0; the counters start again from 0 with FAKEHV_COUNTERS_RESET. */
#define FAKEHV_COUNTERS	_IOR(FAKEHV_TYPE, 0x0a, struct fakehv_counters)
#define FAKEHV_COUNTERS_RESET	_IO(FAKEHV_TYPE, 0x0b)
#define FAKEHV_WINDOW	_IOR(FAKEHV_TYPE, 0x0c, struct fakehv_window)
/* Argument: enum fakehv_backend, what to ask of bao.ko. */
#define FAKEHV_BACKEND	_IO(FAKEHV_TYPE, 0x0d)
#define FAKEHV_LINE	_IOWR(FAKEHV_TYPE, 0x0e, struct fakehv_line_info)
#define FAKEHV_KILL	_IOW(FAKEHV_TYPE, 0x0f, struct fakehv_victim)

/* This hypervisor, and a second one, which nothing ever calls. */
enum fakehv_backend {
	FAKEHV_BACKEND_IN,
	FAKEHV_BACKEND_OUT,
	FAKEHV_BACKEND_OTHER_IN,
	FAKEHV_BACKEND_OTHER_OUT,
};

#endif /* FAKEHV_H */
