// SPDX-License-Identifier: GPL-2.0-only
/* Channels: bytes, doorbells, events. */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"

#define BYTES	1024

static void op_ipc_open(struct worker *w)
{
	static const int modes[] = {
		O_RDWR, O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_NONBLOCK,
		O_RDONLY | O_PATH, O_RDWR | O_APPEND,
	};
	int mode = modes[rng_below(&w->rng, COUNT(modes))];
	char path[32];

	snprintf(path, sizeof(path), "/dev/baoipc%u",
		 rng_below(&w->rng, WORLD_CHANNELS + 1));
	fd_put(w, FD_IPC, (int)CALL(w, "open ipc", path[11], mode, 0,
				    open(path, mode)));
}

/* Mostly near the ends of a channel. */
static off_t draw_offset(struct worker *w)
{
	switch (rng_below(&w->rng, 4)) {
	case 0:
		return 0;
	case 1:
		return (off_t)CHANNEL_SIZE - (off_t)rng_below(&w->rng, BYTES);
	case 2:
		return rng_below(&w->rng, CHANNEL_SIZE);
	default:
		return (off_t)rng_wild(&w->rng);
	}
}

static size_t draw_len(struct worker *w)
{
	if (rng_one_in(&w->rng, 16))
		return (size_t)rng_wild(&w->rng);
	return rng_below(&w->rng, BYTES + 1);
}

/* What is longer than the page ends in the hole behind it. */
static void *draw_buffer(struct worker *w, const char *data, size_t len)
{
	bool readable;

	if (len > BYTES)
		return w->arena.good;
	return place(w, data, BYTES, &readable);
}

static void op_ipc_read(struct worker *w)
{
	static const char zero[BYTES];
	int fd = fd_need(w, FD_IPC);
	size_t len = draw_len(w);
	off_t offset = draw_offset(w);
	void *buf = draw_buffer(w, zero, len);

	if (rng_one_in(&w->rng, 2))
		CALL(w, "pread", fd, len, offset, pread(fd, buf, len, offset));
	else
		CALL(w, "read", fd, len, buf, read(fd, buf, len));
}

static void op_ipc_write(struct worker *w)
{
	static const char text[BYTES] = "message";
	int fd = fd_need(w, FD_IPC);
	size_t len = draw_len(w);
	off_t offset = draw_offset(w);
	void *buf = draw_buffer(w, text, len);

	if (rng_one_in(&w->rng, 2))
		CALL(w, "pwrite", fd, len, offset,
		     pwrite(fd, buf, len, offset));
	else
		CALL(w, "write", fd, len, buf, write(fd, buf, len));
}

static void op_ipc_vector(struct worker *w)
{
	static const char text[64];
	int fd = fd_need(w, FD_IPC);
	struct iovec iov[3];
	bool readable;
	unsigned int i;

	for (i = 0; i < COUNT(iov); i++) {
		iov[i].iov_base = place(w, text, sizeof(text), &readable);
		iov[i].iov_len = rng_below(&w->rng, 65);
	}
	if (rng_one_in(&w->rng, 2))
		CALL(w, "readv", fd, 3, 0, readv(fd, iov, 3));
	else
		CALL(w, "writev", fd, 3, 0, writev(fd, iov, 3));
}

static void op_ipc_lseek(struct worker *w)
{
	int fd = fd_need(w, FD_IPC), whence = (int)rng_below(&w->rng, 6);
	off_t offset = draw_offset(w);

	CALL(w, "lseek", fd, offset, whence, lseek(fd, offset, whence));
}

static void op_info(struct worker *w)
{
	struct bao_ipc_info info = { 0 };
	int fd = fd_need(w, FD_IPC);
	bool readable;
	void *arg;

	if (rng_one_in(&w->rng, 8))
		info.reserved[rng_below(&w->rng, 5)] = rng_wild(&w->rng);
	arg = place(w, &info, sizeof(info), &readable);
	CALL(w, "IPC_GET_INFO", fd, arg, 0, ioctl(fd, BAO_IPC_GET_INFO, arg));
}

static void op_notify(struct worker *w)
{
	struct bao_ipc_notify args = { .event = rng_below(&w->rng, 4) };
	unsigned int n = rng_one_in(&w->rng, 8) ? 100 : 1;
	int fd = fd_need(w, FD_IPC);
	bool readable;
	void *arg;

	if (rng_one_in(&w->rng, 8))
		args.event = (uint32_t)rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 16))
		args.reserved = rng_wild(&w->rng);
	arg = place(w, &args, sizeof(args), &readable);
	while (n--)
		if (CALL(w, "NOTIFY", fd, args.event, arg,
			 ioctl(fd, BAO_IPC_NOTIFY, arg)))
			return;
}

static void op_get_events(struct worker *w)
{
	struct bao_ipc_events events = { 0 };
	int fd = fd_need(w, FD_IPC);
	bool readable;
	void *arg;

	if (rng_one_in(&w->rng, 12))
		events.flags = (uint32_t)rng_wild(&w->rng);
	arg = place(w, &events, sizeof(events), &readable);
	CALL(w, "GET_EVENTS", fd, arg, 0, ioctl(fd, BAO_IPC_GET_EVENTS, arg));
}

static void ipc_eventfd(struct worker *w, uint32_t flags)
{
	struct bao_ipc_eventfd args = {
		.fd = fd_need(w, FD_EVENT), .flags = flags,
		.event = rng_below(&w->rng, 3),
	};
	int fd = fd_need(w, FD_IPC);
	bool readable;
	void *arg;

	if (rng_one_in(&w->rng, 16))
		args.event = (uint32_t)rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 24))
		args.flags = (uint32_t)rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 24))
		args.fd = fd_any(w);
	arg = place(w, &args, sizeof(args), &readable);
	CALL(w, "IPC_EVENTFD", fd, args.fd,
	     (uint64_t)args.flags << 32 | args.event,
	     ioctl(fd, BAO_IPC_EVENTFD, arg));
}

static void op_ipc_eventfd(struct worker *w)
{
	ipc_eventfd(w, 0);
}

static void op_ipc_eventfd_off(struct worker *w)
{
	ipc_eventfd(w, BAO_IPC_EVENTFD_DEASSIGN);
}

static const struct op ops[] = {
	{ "ipc_open", 6, op_ipc_open },
	{ "ipc_read", 10, op_ipc_read },
	{ "ipc_write", 12, op_ipc_write },
	{ "ipc_vector", 3, op_ipc_vector },
	{ "ipc_lseek", 4, op_ipc_lseek },
	{ "info", 3, op_info },
	{ "notify", 8, op_notify },
	{ "get_events", 8, op_get_events },
	{ "ipc_eventfd", 12, op_ipc_eventfd },
	{ "ipc_eventfd_off", 6, op_ipc_eventfd_off },
};

const struct op_table ipc_table = { "ipc", ops, COUNT(ops) };
