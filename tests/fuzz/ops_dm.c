// SPDX-License-Identifier: GPL-2.0-only
/* What a daemon does, well or badly: DM files and the control node. */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"

#define WINDOW	0xa003e00ULL
#define REGS	16

/* Few addresses, so that frontends and registrations meet. */
uint64_t draw_reg(struct worker *w)
{
	if (rng_one_in(&w->rng, 24))
		return rng_wild(&w->rng);
	return WINDOW + 4ULL * rng_below(&w->rng, REGS);
}

uint32_t draw_width(struct worker *w)
{
	static const uint32_t width[] = { 4, 4, 4, 4, 1, 2, 8 };

	if (rng_one_in(&w->rng, 32))
		return (uint32_t)rng_wild(&w->rng);
	return width[rng_below(&w->rng, COUNT(width))];
}

static void op_dm_open(struct worker *w)
{
	int control = fd_need(w, FD_CONTROL);
	struct bao_dm_info info;
	bool readable;
	void *arg;

	memset(&info, 0xa5, sizeof(info));
	info.id = rng_one_in(&w->rng, 12) ? (uint32_t)rng_wild(&w->rng) :
		  rng_below(&w->rng, WORLD_DMS);
	arg = place(w, &info, sizeof(info), &readable);
	if (CALL(w, "GET_INFO", control, info.id, arg,
		 ioctl(control, BAO_DM_GET_INFO, arg)) || !readable)
		return;
	memcpy(&info, arg, sizeof(info));
	fd_put(w, FD_DM, info.fd);
}

/* Half of the time without waiting. */
static void draw_blocking(struct worker *w, int fd)
{
	int flags = rng_one_in(&w->rng, 2) ? O_NONBLOCK : 0;

	CALL(w, "F_SETFL", fd, flags, 0, fcntl(fd, F_SETFL, flags));
}

static bool attach(struct worker *w, int fd, struct bao_request *req)
{
	bool readable;
	void *arg;

	memset(req, 0xa5, sizeof(*req));
	arg = place(w, req, sizeof(*req), &readable);
	if (CALL(w, "ATTACH", fd, arg, 0, ioctl(fd, BAO_DM_ATTACH, arg)) ||
	    !readable)
		return false;
	memcpy(req, arg, sizeof(*req));
	return true;
}

static void complete(struct worker *w, int fd, uint64_t id, uint64_t value)
{
	struct bao_request req = { .request_id = id, .value = value };
	bool readable;
	void *arg;

	/* Everything but the id and the value is ignored. */
	if (rng_one_in(&w->rng, 4)) {
		req.dm_id = rng_wild(&w->rng);
		req.op = rng_wild(&w->rng);
		req.addr = rng_wild(&w->rng);
		req.access_width = rng_wild(&w->rng);
	}
	arg = place(w, &req, sizeof(req), &readable);
	CALL(w, "COMPLETE", fd, id, value, ioctl(fd, BAO_DM_COMPLETE, arg));
}

static void op_attach(struct worker *w)
{
	int fd = fd_need(w, FD_DM);
	struct bao_request req;

	draw_blocking(w, fd);
	if (attach(w, fd, &req))
		request_put(w, fd, req.request_id);
}

static void op_complete(struct worker *w)
{
	uint64_t id = 0;
	int fd = -1;

	if (!request_take(w, &fd, &id) || rng_one_in(&w->rng, 16)) {
		fd = fd_need(w, FD_DM);
		id = rng_one_in(&w->rng, 2) ? rng_wild(&w->rng) :
		     rng_below(&w->rng, 4096);
	}
	complete(w, fd, id, rng_wild(&w->rng));
	/* Twice, or by the wrong file. */
	if (rng_one_in(&w->rng, 12))
		complete(w, fd_need(w, FD_DM), id, 0);
}

static void op_serve(struct worker *w)
{
	unsigned int n = 1 + rng_below(&w->rng, 6);
	int fd = fd_need(w, FD_DM);
	struct bao_request req;

	draw_blocking(w, fd);
	while (n-- && attach(w, fd, &req))
		complete(w, fd, req.request_id, rng_next(&w->rng));
}

static void draw_ioeventfd(struct worker *w, struct bao_ioeventfd *args)
{
	memset(args, 0, sizeof(*args));
	args->fd = (uint32_t)fd_need(w, FD_EVENT);
	args->addr = draw_reg(w);
	args->len = draw_width(w);
	args->data = rng_below(&w->rng, 4);
	if (rng_one_in(&w->rng, 2))
		args->flags = BAO_IOEVENTFD_DATAMATCH;
	if (rng_one_in(&w->rng, 24))
		args->flags = (uint32_t)rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 24))
		args->reserved = (uint32_t)rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 24))
		args->fd = (uint32_t)fd_any(w);
	if (rng_one_in(&w->rng, 24))
		args->data = rng_wild(&w->rng);
}

static long ioeventfd(struct worker *w, int fd, struct bao_ioeventfd *args)
{
	bool readable;
	void *arg = place(w, args, sizeof(*args), &readable);

	return CALL(w, "IOEVENTFD", fd, args->fd,
		    (uint64_t)args->flags << 56 | args->addr,
		    ioctl(fd, BAO_DM_IOEVENTFD, arg));
}

static void op_ioeventfd(struct worker *w)
{
	int fd = fd_need(w, FD_DM);
	struct bao_ioeventfd args;

	draw_ioeventfd(w, &args);
	if (!ioeventfd(w, fd, &args))
		kick_put(w, fd, &args);
}

static void op_ioeventfd_off(struct worker *w)
{
	struct bao_ioeventfd args;
	int fd;

	if (!kick_pick(w, &fd, &args) || rng_one_in(&w->rng, 12)) {
		fd = fd_need(w, FD_DM);
		draw_ioeventfd(w, &args);
	}
	args.flags |= BAO_IOEVENTFD_DEASSIGN;
	ioeventfd(w, fd, &args);
}

/* One eventfd for many addresses, and one address in all ways. */
static void op_ioeventfd_many(struct worker *w)
{
	unsigned int i, n = rng_below(&w->rng, 40);
	int fd = fd_need(w, FD_DM);
	struct bao_ioeventfd args;

	draw_ioeventfd(w, &args);
	for (i = 0; i < n; i++) {
		args.data = i;
		args.addr += rng_below(&w->rng, 2) * 4;
		if (!ioeventfd(w, fd, &args))
			kick_put(w, fd, &args);
	}
}

static void irqfd(struct worker *w, uint32_t flags)
{
	int fd = fd_need(w, FD_DM);
	struct bao_irqfd args = { .fd = fd_need(w, FD_EVENT), .flags = flags };
	bool readable;
	void *arg;

	if (rng_one_in(&w->rng, 24))
		args.fd = fd_any(w);
	if (rng_one_in(&w->rng, 24))
		args.flags = (uint32_t)rng_wild(&w->rng);
	arg = place(w, &args, sizeof(args), &readable);
	CALL(w, "IRQFD", fd, args.fd, args.flags, ioctl(fd, BAO_DM_IRQFD, arg));
}

static void op_irqfd(struct worker *w)
{
	irqfd(w, 0);
}

static void op_irqfd_off(struct worker *w)
{
	irqfd(w, BAO_IRQFD_DEASSIGN);
}

static void op_status(struct worker *w)
{
	struct bao_dm_status status = { 0 };
	int fd = fd_need(w, FD_DM);
	bool readable;
	void *arg;

	if (rng_one_in(&w->rng, 8))
		status.reserved[rng_below(&w->rng, 4)] = rng_wild(&w->rng);
	arg = place(w, &status, sizeof(status), &readable);
	CALL(w, "GET_STATUS", fd, arg, 0, ioctl(fd, BAO_DM_GET_STATUS, arg));
}

static void op_dm_lseek(struct worker *w)
{
	int fd = fd_need(w, FD_DM), whence = (int)rng_below(&w->rng, 6);
	off_t offset = (off_t)rng_wild(&w->rng);

	CALL(w, "lseek", fd, offset, whence, lseek(fd, offset, whence));
}

static const struct op ops[] = {
	{ "dm_open", 10, op_dm_open },
	{ "attach", 20, op_attach },
	{ "complete", 18, op_complete },
	{ "serve", 30, op_serve },
	{ "ioeventfd", 12, op_ioeventfd },
	{ "ioeventfd_off", 8, op_ioeventfd_off },
	{ "ioeventfd_many", 2, op_ioeventfd_many },
	{ "irqfd", 14, op_irqfd },
	{ "irqfd_off", 8, op_irqfd_off },
	{ "status", 4, op_status },
	{ "dm_lseek", 2, op_dm_lseek },
};

const struct op_table dm_table = { "dm", ops, COUNT(ops) };
