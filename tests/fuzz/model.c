// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process has: descriptors by kind, registrations, requests, mappings.
 * An operation names a place, and takes the next one that is in use.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"

struct model model;

int fd_pick(struct worker *w, enum fd_kind kind)
{
	unsigned int i, start = rng_below(&w->rng, MODEL_FDS);
	int fd;

	for (i = 0; i < MODEL_FDS; i++) {
		fd = atomic_load(&model.fd[kind][(start + i) % MODEL_FDS]);
		if (fd > 0)
			return fd;
	}
	return -1;
}

/* Any descriptor that the model knows; rarely one that nobody has. */
int fd_any(struct worker *w)
{
	if (rng_one_in(&w->rng, 16))
		return (int)rng_wild(&w->rng);
	return fd_pick(w, rng_below(&w->rng, FD_KINDS));
}

/* Only who takes a descriptor may close it. */
int fd_take(struct worker *w, enum fd_kind kind)
{
	unsigned int i, start = rng_below(&w->rng, MODEL_FDS);
	int fd;

	for (i = 0; i < MODEL_FDS; i++) {
		fd = atomic_exchange(&model.fd[kind][(start + i) % MODEL_FDS],
				     0);
		if (fd > 0)
			return fd;
	}
	return -1;
}

/* Closes what was in its place. */
int fd_put(struct worker *w, enum fd_kind kind, int fd)
{
	unsigned int i = rng_below(&w->rng, MODEL_FDS);
	int old;

	if (fd < 0)
		return fd;
	old = atomic_exchange(&model.fd[kind][i], fd);
	if (old > 0)
		CALL(w, "close", old, kind, 0, close(old));
	return fd;
}

static int new_fd(struct worker *w, enum fd_kind kind)
{
	unsigned int n = rng_below(&w->rng, 8);

	switch (kind) {
	case FD_CONTROL:
		return (int)CALL(w, "open control", 0, 0, 0,
				 open(CONTROL_NODE, O_RDWR | O_CLOEXEC));
	case FD_DM:
		return (int)CALL(w, "dm_open", n % WORLD_DMS, 0, 0,
				 dm_open(n % WORLD_DMS));
	case FD_IPC:
		return (int)CALL(w, "channel_open", n % WORLD_CHANNELS, 0, 0,
				 channel_open(n % WORLD_CHANNELS));
	case FD_EVENT:
		return (int)CALL(w, "eventfd", 0, n, 0,
				 eventfd(0, EFD_NONBLOCK |
					 (n ? 0 : EFD_SEMAPHORE)));
	case FD_EPOLL:
		return (int)CALL(w, "epoll_create", 0, 0, 0, epoll_create1(0));
	default:
		return -1;
	}
}

/* One that is there, or a new one; a new one now and then anyway. */
int fd_need(struct worker *w, enum fd_kind kind)
{
	int fd = fd_pick(w, kind);

	if (fd > 0 && !rng_one_in(&w->rng, 24) && !w->stale)
		return fd;
	w->stale = false;
	fd = new_fd(w, kind);
	/* What is gone comes again, but not at once. */
	if (fd < 0)
		usleep(3000);
	return fd_put(w, kind, fd);
}

void fd_forget_all(void)
{
	memset(&model, 0, sizeof(model));
}

void request_put(struct worker *w, int fd, uint64_t id)
{
	struct model_request *r;

	r = &model.request[rng_below(&w->rng, MODEL_REQUESTS)];
	atomic_store(&r->fd, fd);
	atomic_store(&r->id, id);
}

bool request_take(struct worker *w, int *fd, uint64_t *id)
{
	unsigned int i, start = rng_below(&w->rng, MODEL_REQUESTS);
	struct model_request *r;

	for (i = 0; i < MODEL_REQUESTS; i++) {
		r = &model.request[(start + i) % MODEL_REQUESTS];
		*fd = atomic_exchange(&r->fd, 0);
		*id = atomic_load(&r->id);
		if (*fd > 0)
			return true;
	}
	return false;
}

void kick_put(struct worker *w, int fd, const struct bao_ioeventfd *args)
{
	struct model_kick *k = &model.kick[rng_below(&w->rng, MODEL_KICKS)];

	atomic_store(&k->fd, fd);
	atomic_store(&k->efd, (int)args->fd);
	atomic_store(&k->flags, args->flags);
	atomic_store(&k->len, args->len);
	atomic_store(&k->addr, args->addr);
	atomic_store(&k->data, args->data);
}

bool kick_pick(struct worker *w, int *fd, struct bao_ioeventfd *args)
{
	struct model_kick *k = &model.kick[rng_below(&w->rng, MODEL_KICKS)];

	*fd = atomic_load(&k->fd);
	memset(args, 0, sizeof(*args));
	args->fd = (uint32_t)atomic_load(&k->efd);
	args->flags = atomic_load(&k->flags);
	args->len = atomic_load(&k->len);
	args->addr = atomic_load(&k->addr);
	args->data = atomic_load(&k->data);
	return *fd > 0;
}

static struct model_map *map_find(struct worker *w)
{
	unsigned int i, start = rng_below(&w->rng, MODEL_MAPS);
	struct model_map *m;

	for (i = 0; i < MODEL_MAPS; i++) {
		m = &model.map[(start + i) % MODEL_MAPS];
		if (atomic_load(&m->addr))
			return m;
	}
	return NULL;
}

bool map_pick(struct worker *w, char **addr, size_t *len)
{
	struct model_map *m = map_find(w);

	if (!m)
		return false;
	*addr = (char *)atomic_load(&m->addr);
	*len = atomic_load(&m->len);
	return *addr && *len;
}

/* Only who takes a mapping may unmap or move it. */
bool map_take(struct worker *w, char **addr, size_t *len)
{
	struct model_map *m = map_find(w);

	if (!m)
		return false;
	*len = atomic_load(&m->len);
	*addr = (char *)atomic_exchange(&m->addr, 0);
	return *addr && *len;
}

/* Into a place that is free; without one the mapping just stays. */
void map_put(struct worker *w, void *addr, size_t len)
{
	struct model_map *m = &model.map[rng_below(&w->rng, MODEL_MAPS)];
	uintptr_t none = 0;

	if (atomic_load(&m->addr))
		return;
	atomic_store(&m->len, len);
	atomic_compare_exchange_strong(&m->addr, &none, (uintptr_t)addr);
}
