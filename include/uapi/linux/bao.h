/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * User interface of bao.ko: Bao hypervisor guest support.
 *
 * Two kinds of character devices exist:
 *
 *  /dev/bao-io-dispatcher   remote I/O: another VM's trapped virtio-mmio
 *                           accesses, served by a backend daemon here
 *  /dev/baoipc<id>          a shared-memory channel with doorbells
 *
 * The interface has no version. A call that exists never changes; new calls
 * get new numbers. All structs are the same for 32-bit and 64-bit user space.
 * Every call returns 0 on success and -1 with errno on failure. Calls that are
 * not listed fail with ENOTTY, bad pointers with EFAULT.
 *
 * Numbers 0x01 to 0x05 and the layouts of their structs are those of the Bao
 * project's published drivers; numbers from 0x10 exist only here.
 */
#ifndef _UAPI_LINUX_BAO_H
#define _UAPI_LINUX_BAO_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BAO_IOCTL_TYPE		0xA6

/*
 * Remote I/O: the control node
 */

/**
 * struct bao_dm_info - where a device model's guest memory is
 * @id: in: device model, 0 to 15
 * @reserved: ignored on input (the published interface had a hole here),
 *	zero on output
 * @shmem_addr: out: guest-physical address of the memory shared with the
 *	frontend, the same on both sides
 * @shmem_size: out: its size in bytes
 * @irq: out: Linux interrupt number of the device model, for information
 * @fd: out: a new DM file, close-on-exec
 *
 * Everything but @id is ignored on input.
 */
struct bao_dm_info {
	__u32 id;
	__u32 reserved;
	__u64 shmem_addr;
	__u64 shmem_size;
	__u32 irq;
	__s32 fd;
};

/**
 * BAO_DM_GET_INFO - open a device model (on the control node)
 *
 * The DM file serves the ioctls below, poll, lseek (SEEK_END gives the size of
 * the shared memory), and a shared mmap of that memory at offset 0. It goes on
 * working after the control file is closed. Several files can be open for one
 * device model, in several processes. Opening changes nothing for the
 * frontend: serving begins with the first BAO_DM_ATTACH or poll.
 *
 * mmap: EINVAL private, or outside the memory; ENXIO it is not aligned to this
 * kernel's pages; ENODEV the device model is gone. Mappings outlive it.
 *
 * Errors: ENOENT no such device model; EFAULT, then no file stays open;
 * EMFILE, ENFILE, ENOMEM.
 */
#define BAO_DM_GET_INFO		_IOWR(BAO_IOCTL_TYPE, 0x01, struct bao_dm_info)

/*
 * Remote I/O: DM files
 */

#define BAO_REQUEST_WRITE	0
#define BAO_REQUEST_READ	1

/*
 * Set in request_id when the request was handed out before, to a daemon that
 * went away without an answer. Its effect may have happened already.
 */
#define BAO_REQUEST_REDELIVERED	(1ULL << 63)

/**
 * struct bao_request - an access of the frontend to its device
 * @dm_id: the device model
 * @addr: guest-physical address of the access, in bytes
 * @op: BAO_REQUEST_WRITE or BAO_REQUEST_READ
 * @value: the data written, masked to the width; the answer to a read, of
 *	which the low @access_width bytes count
 * @access_width: 1, 2, 4 or 8 bytes
 * @request_id: opaque; goes back unchanged
 *
 * The frontend's CPU stands still until the request is completed.
 */
struct bao_request {
	__u64 dm_id;
	__u64 addr;
	__u64 op;
	__u64 value;
	__u64 access_width;
	__u64 request_id;
};

/**
 * BAO_DM_ATTACH - wait for a request and take it
 *
 * Input is ignored. Restarts after signals.
 *
 * Errors: EAGAIN none pending and O_NONBLOCK; EFAULT, then the request waits
 * for the next taker; EBADF another thread has closed the file meanwhile;
 * ENOSPC more than 256 users of the device model, each process with each of its
 * files counting once, also at BAO_DM_IOEVENTFD, BAO_DM_IRQFD and poll(), which
 * then says EPOLLERR; ENOMEM; ENODEV the device model is gone.
 */
#define BAO_DM_ATTACH		_IOWR(BAO_IOCTL_TYPE, 0x02, struct bao_request)

/**
 * BAO_DM_COMPLETE - answer a request that this file took
 *
 * Only @request_id and, for a read, @value are used. Succeeds without effect
 * when the kernel has answered the request meanwhile (see
 * &struct bao_dm_status).
 *
 * Errors: ENOENT this file did not take the request, or answered it already;
 * ENODEV the device model is gone.
 */
#define BAO_DM_COMPLETE		_IOW(BAO_IOCTL_TYPE, 0x03, struct bao_request)

/* Only writes of this value match; without it every write does. */
#define BAO_IOEVENTFD_DATAMATCH	(1U << 1)
/* Take the registration back. */
#define BAO_IOEVENTFD_DEASSIGN	(1U << 2)

/**
 * struct bao_ioeventfd - answer matching writes in the kernel
 * @fd: the eventfd to signal
 * @flags: BAO_IOEVENTFD_*
 * @addr: guest-physical address
 * @len: width of the access in bytes: 1, 2, 4 or 8
 * @reserved: zero
 * @data: with DATAMATCH, the value; only the low @len bytes are compared
 */
struct bao_ioeventfd {
	__u32 fd;
	__u32 flags;
	__u64 addr;
	__u32 len;
	__u32 reserved;
	__u64 data;
};

/**
 * BAO_DM_IOEVENTFD - signal an eventfd for a write of the frontend
 *
 * A write that matches address, width and data is completed at once and never
 * comes out of BAO_DM_ATTACH; writes that wait already are matched too. Reads
 * never match. The registration ends with DEASSIGN, when the process that made
 * it closes its DM file or exits, or with the last close of the file.
 *
 * Errors: EINVAL unknown flag, reserved not zero, length, range that wraps,
 * not an eventfd; EBADF bad @fd; EEXIST the same address and width are
 * registered and either has no DATAMATCH or the data are equal; ENOENT
 * DEASSIGN of what this file did not register (all are gone with the device
 * model); ENOSPC more than 4096; ENOMEM; ENODEV the device model is gone.
 */
#define BAO_DM_IOEVENTFD	_IOW(BAO_IOCTL_TYPE, 0x04, struct bao_ioeventfd)

/* Take the registration back. */
#define BAO_IRQFD_DEASSIGN	(1U << 0)

/**
 * struct bao_irqfd - an eventfd that raises the device's interrupt
 * @fd: the eventfd
 * @flags: BAO_IRQFD_*
 */
struct bao_irqfd {
	__s32 fd;
	__u32 flags;
};

/**
 * BAO_DM_IRQFD - raise the frontend's interrupt by writing to an eventfd
 *
 * The kernel consumes the eventfd's counter, but for kernels before 5.10.195,
 * where it grows; of one with EFD_SEMAPHORE it would consume only 1 each time,
 * so use none. The interrupt is edge-like, coalesces and is limited in rate: one
 * that comes too soon is raised later.
 * Set the emulated InterruptStatus before writing. The registration
 * ends as that of an ioeventfd does, and when the eventfd is released.
 *
 * Errors: EINVAL unknown flag or not an eventfd; EBADF bad @fd; EBUSY the
 * eventfd is registered already; ENOENT DEASSIGN of what this file did not
 * register (all are gone with the device model); ENOSPC more than 256; ENOMEM;
 * ENODEV the device model is gone.
 */
#define BAO_DM_IRQFD		_IOW(BAO_IOCTL_TYPE, 0x05, struct bao_irqfd)

/**
 * struct bao_dm_status - what happened to a device model's requests
 * @flags: in: zero
 * @dm_id: out: the device model
 * @queued: out: requests that wait to be taken
 * @taken: out: requests that were taken and are not answered
 * @answered_by_kernel: out: requests the kernel answered for a daemon that was
 *	dead or late (reads with 0), since the module was loaded
 * @redelivered: out: requests put back because their taker went away, since
 *	the module was loaded
 * @reserved: in and out: zero
 *
 * A daemon that finds @answered_by_kernel other than its predecessor left it
 * sets DEVICE_NEEDS_RESET: the frontend has seen answers that no device gave.
 */
struct bao_dm_status {
	__u32 flags;
	__u32 dm_id;
	__u32 queued;
	__u32 taken;
	__u64 answered_by_kernel;
	__u64 redelivered;
	__u64 reserved[4];
};

/**
 * BAO_DM_GET_STATUS - ask for the counters (on a DM file)
 *
 * Errors: EINVAL @flags or @reserved not zero; ENODEV the device model is
 * gone.
 */
#define BAO_DM_GET_STATUS	_IOWR(BAO_IOCTL_TYPE, 0x10, struct bao_dm_status)

/*
 * IPC channels
 *
 * read, write, pread, pwrite and lseek work on the raw bytes of the channels:
 * a read at the end of the read channel gives 0, a write at the end of the
 * write channel ENOSPC. A write rings the peer's event 0.
 *
 * poll: EPOLLOUT always; EPOLLIN while an event came that this file has not
 * fetched with BAO_IPC_GET_EVENTS (only with interrupts); EPOLLHUP when the
 * channel is gone.
 *
 * mmap: shared only. EINVAL private, or outside the region; EACCES writable
 * pages not wholly inside the write channel; ENXIO the region is not aligned
 * to this kernel's pages; ENODEV the channel is gone. The peer can rewrite every
 * byte at any time: copy first, then check.
 */

#define BAO_IPC_MAX_EVENTS	32

/**
 * struct bao_ipc_info - layout of a channel
 * @flags: in: zero
 * @id: out: the channel's number for the hypervisor
 * @num_events: out: events that can be received here, 0 without interrupts
 * @reserved0: out: zero
 * @map_size: out: bytes that can be mapped from offset 0, 0 when mmap is not
 *	offered
 * @read_offset: out: where the read channel starts in the mapping, in bytes
 * @read_size: out: its size in bytes
 * @write_offset: out: where the write channel starts in the mapping, in bytes
 * @write_size: out: its size in bytes
 * @writable_offset: out: first byte that can be mapped writable
 * @writable_size: out: how many bytes can; 0 for none
 * @reserved: in and out: zero
 */
struct bao_ipc_info {
	__u32 flags;
	__u32 id;
	__u32 num_events;
	__u32 reserved0;
	__u64 map_size;
	__u64 read_offset;
	__u64 read_size;
	__u64 write_offset;
	__u64 write_size;
	__u64 writable_offset;
	__u64 writable_size;
	__u64 reserved[5];
};

/**
 * BAO_IPC_GET_INFO - ask for the layout
 *
 * Errors: EINVAL @flags or @reserved not zero; ENODEV the channel is gone.
 */
#define BAO_IPC_GET_INFO	_IOWR(BAO_IOCTL_TYPE, 0x20, struct bao_ipc_info)

/**
 * struct bao_ipc_notify - ring the peer
 * @flags: zero
 * @event: index in the receiver's list of interrupts
 * @reserved: zero
 */
struct bao_ipc_notify {
	__u32 flags;
	__u32 event;
	__u64 reserved;
};

/**
 * BAO_IPC_NOTIFY - ring the peer's doorbell
 *
 * What was written to the shared memory before is visible to the peer when it
 * gets the event. An index that the receiver does not have is dropped there,
 * silently. Doorbells coalesce and are limited in rate: one that comes too soon
 * is sent later.
 *
 * Errors: EINVAL @flags or @reserved not zero, or @event not below
 * BAO_IPC_MAX_EVENTS; EIO the hypervisor refused; ENODEV the channel is gone.
 */
#define BAO_IPC_NOTIFY		_IOW(BAO_IOCTL_TYPE, 0x21, struct bao_ipc_notify)

/**
 * struct bao_ipc_events - events since this file asked last
 * @flags: in: zero
 * @num_events: out: how many entries of @count are in use
 * @count: out: interrupts of each event since the last call on this file, or
 *	since it was opened; doorbells coalesce, so a count says "at least once"
 * @reserved: in and out: zero
 */
struct bao_ipc_events {
	__u32 flags;
	__u32 num_events;
	__u32 count[BAO_IPC_MAX_EVENTS];
	__u64 reserved[2];
};

/**
 * BAO_IPC_GET_EVENTS - fetch and reset this file's event counters
 *
 * Does not block: poll first. Fetch the events, then look at the memory; then
 * nothing that was rung can be missed.
 *
 * Errors: EINVAL @flags or @reserved not zero; ENXIO the channel has no
 * interrupts; EFAULT, then nothing is reset; ENODEV the channel is gone.
 */
#define BAO_IPC_GET_EVENTS	_IOWR(BAO_IOCTL_TYPE, 0x22, struct bao_ipc_events)

/* Take the registration back. */
#define BAO_IPC_EVENTFD_DEASSIGN	(1U << 0)

/**
 * struct bao_ipc_eventfd - an eventfd that is signalled for an event
 * @fd: the eventfd
 * @flags: BAO_IPC_EVENTFD_*
 * @event: below num_events
 * @reserved: zero
 */
struct bao_ipc_eventfd {
	__s32 fd;
	__u32 flags;
	__u32 event;
	__u32 reserved;
};

/**
 * BAO_IPC_EVENTFD - signal an eventfd when an event comes
 *
 * One eventfd for each event and file; ends with DEASSIGN or the last close.
 *
 * Errors: EINVAL unknown flag, reserved not zero, unknown event, not an
 * eventfd; EBADF bad @fd; EEXIST this file has an eventfd for the event;
 * ENOENT DEASSIGN of what is not registered; ENXIO the channel has no
 * interrupts; ENOSPC more than 256 on the channel; ENOMEM; ENODEV the channel
 * is gone.
 */
#define BAO_IPC_EVENTFD		_IOW(BAO_IOCTL_TYPE, 0x23, struct bao_ipc_eventfd)

#endif /* _UAPI_LINUX_BAO_H */
