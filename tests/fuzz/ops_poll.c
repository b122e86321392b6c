// SPDX-License-Identifier: GPL-2.0-only
/* Waiting: poll, select, epoll. */

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "fuzz.h"

#define POLLED	6

static int draw_fd(struct worker *w)
{
	static const enum fd_kind kinds[] = {
		FD_DM, FD_DM, FD_IPC, FD_IPC, FD_EVENT, FD_EPOLL, FD_ATTR,
	};

	if (rng_one_in(&w->rng, 24))
		return fd_any(w);
	return fd_need(w, kinds[rng_below(&w->rng, COUNT(kinds))]);
}

static void op_poll(struct worker *w)
{
	unsigned int i, n = 1 + rng_below(&w->rng, POLLED);
	int timeout = (int)rng_below(&w->rng, 30);
	struct pollfd pfd[POLLED];

	for (i = 0; i < n; i++) {
		pfd[i].fd = draw_fd(w);
		pfd[i].events = (short)(rng_one_in(&w->rng, 2) ? POLLIN :
					rng_next(&w->rng));
	}
	CALL(w, "poll", pfd[0].fd, n, timeout, poll(pfd, n, timeout));
}

static void op_select(struct worker *w)
{
	struct timeval tv = { 0, rng_below(&w->rng, 30000) };
	unsigned int i, n = 1 + rng_below(&w->rng, POLLED);
	fd_set rd, wr;
	int fd;

	FD_ZERO(&rd);
	FD_ZERO(&wr);
	for (i = 0; i < n; i++) {
		fd = draw_fd(w);
		if (fd < 0 || fd >= FD_SETSIZE)
			continue;
		FD_SET(fd, &rd);
		if (rng_one_in(&w->rng, 2))
			FD_SET(fd, &wr);
	}
	CALL(w, "select", n, tv.tv_usec, 0,
	     select(FD_SETSIZE, &rd, &wr, NULL, &tv));
}

static uint32_t draw_events(struct worker *w)
{
	static const uint32_t events[] = {
		EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLONESHOT,
		EPOLLIN | EPOLLOUT, EPOLLIN | EPOLLEXCLUSIVE,
		EPOLLIN | EPOLLET | EPOLLEXCLUSIVE, EPOLLHUP,
	};

	if (rng_one_in(&w->rng, 16))
		return (uint32_t)rng_wild(&w->rng);
	return events[rng_below(&w->rng, COUNT(events))];
}

static void op_epoll_ctl(struct worker *w)
{
	static const int ctl[] = {
		EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD,
		EPOLL_CTL_DEL,
	};
	int ep = fd_need(w, FD_EPOLL), fd = draw_fd(w);
	int op = ctl[rng_below(&w->rng, COUNT(ctl))];
	struct epoll_event ev = { .events = draw_events(w) };

	CALL(w, "epoll_ctl", ep, op, fd, epoll_ctl(ep, op, fd, &ev));
}

static void op_epoll_wait(struct worker *w)
{
	int ep = fd_need(w, FD_EPOLL), timeout = (int)rng_below(&w->rng, 20);
	struct epoll_event ev[4];

	CALL(w, "epoll_wait", ep, timeout, 0,
	     epoll_wait(ep, ev, COUNT(ev), timeout));
}

static const struct op ops[] = {
	{ "poll", 10, op_poll },
	{ "select", 6, op_select },
	{ "epoll_ctl", 16, op_epoll_ctl },
	{ "epoll_wait", 8, op_epoll_wait },
};

const struct op_table poll_table = { "poll", ops, COUNT(ops) };
