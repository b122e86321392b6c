// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors: who has them, and for how long; and eventfds. */

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fuzz.h"

static enum fd_kind draw_kind(struct worker *w)
{
	static const enum fd_kind kinds[] = {
		FD_DM, FD_DM, FD_DM, FD_IPC, FD_IPC, FD_EVENT, FD_EVENT,
		FD_CONTROL, FD_EPOLL, FD_ATTR,
	};

	return kinds[rng_below(&w->rng, COUNT(kinds))];
}

void op_fd_close(struct worker *w)
{
	enum fd_kind kind = draw_kind(w);
	int fd = fd_take(w, kind);

	if (fd > 0)
		CALL(w, "close", fd, kind, 0, close(fd));
}

static void op_dup(struct worker *w)
{
	enum fd_kind kind = draw_kind(w);
	int fd = fd_pick(w, kind);

	if (fd > 0)
		fd_put(w, kind, (int)CALL(w, "dup", fd, kind, 0, dup(fd)));
}

/* Closes the other one while somebody may be using it. */
static void op_dup_over(struct worker *w)
{
	enum fd_kind kind = draw_kind(w);
	int from = fd_pick(w, kind), to = fd_pick(w, kind);

	if (from > 0 && to > 0 && from != to)
		CALL(w, "dup3", from, to, kind,
		     dup3(from, to, rng_one_in(&w->rng, 2) ? O_CLOEXEC : 0));
}

static void op_cloexec(struct worker *w)
{
	int fd = fd_pick(w, draw_kind(w));
	int flag = rng_one_in(&w->rng, 2) ? FD_CLOEXEC : 0;

	if (fd > 0)
		CALL(w, "F_SETFD", fd, flag, 0, fcntl(fd, F_SETFD, flag));
}

static void op_setfl(struct worker *w)
{
	static const int flags[] = {
		0, O_NONBLOCK, O_ASYNC, O_APPEND, O_NONBLOCK | O_DIRECT,
	};
	int fd = fd_pick(w, draw_kind(w));
	int flag = flags[rng_below(&w->rng, COUNT(flags))];

	if (fd > 0)
		CALL(w, "F_SETFL", fd, flag, 0, fcntl(fd, F_SETFL, flag));
}

static void op_send(struct worker *w)
{
	enum fd_kind kind = draw_kind(w);
	int fd = fd_pick(w, kind);

	if (fd > 0)
		mail_send(w, kind, fd);
}

static void op_receive(struct worker *w)
{
	mail_receive(w);
}

static void op_event_new(struct worker *w)
{
	int flags = rng_one_in(&w->rng, 4) ? EFD_SEMAPHORE : 0;

	/* Some block, when they are full or empty. */
	if (!rng_one_in(&w->rng, 8))
		flags |= EFD_NONBLOCK;
	fd_put(w, FD_EVENT, (int)CALL(w, "eventfd", flags, 0, 0,
				      eventfd(rng_below(&w->rng, 3), flags)));
}

static void op_event_write(struct worker *w)
{
	uint64_t value = rng_one_in(&w->rng, 12) ? rng_wild(&w->rng) : 1;
	int fd = fd_need(w, FD_EVENT);

	CALL(w, "write event", fd, value, 0, write(fd, &value, sizeof(value)));
}

static void op_event_read(struct worker *w)
{
	int fd = fd_need(w, FD_EVENT);
	uint64_t value;

	CALL(w, "read event", fd, 0, 0, read(fd, &value, sizeof(value)));
}

/* The last close of an eventfd hangs up on whoever listens. */
static void op_event_close(struct worker *w)
{
	int fd = fd_take(w, FD_EVENT);

	if (fd > 0)
		CALL(w, "close event", fd, 0, 0, close(fd));
}

static void op_close_range(struct worker *w)
{
	unsigned int i, n = rng_below(&w->rng, 8);

	for (i = 0; i < n; i++)
		op_fd_close(w);
}

static const struct op ops[] = {
	{ "close", 16, op_fd_close },
	{ "dup", 10, op_dup },
	{ "dup_over", 6, op_dup_over },
	{ "cloexec", 3, op_cloexec },
	{ "setfl", 3, op_setfl },
	{ "send", 6, op_send },
	{ "receive", 6, op_receive },
	{ "event_new", 4, op_event_new },
	{ "event_write", 16, op_event_write },
	{ "event_read", 4, op_event_read },
	{ "event_close", 8, op_event_close },
	{ "close_many", 2, op_close_range },
};

const struct op_table fd_table = { "fd", ops, COUNT(ops) };
