// SPDX-License-Identifier: GPL-2.0-only
/* Threads that stand for the frontend's CPUs, and for a plain daemon. */

#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib.h"

int frontend_access(struct fakehv_access *access)
{
	return ioctl(hv, FAKEHV_ACCESS, access);
}

static void *frontend_thread(void *data)
{
	struct frontend *f = data;

	if (frontend_access(&f->access))
		f->error = errno;
	__atomic_store_n(&f->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* With f->access filled in. */
void frontend_run(struct frontend *f)
{
	f->error = 0;
	f->done = false;
	f->joined = false;
	if (pthread_create(&f->thread, NULL, frontend_thread, f))
		errx(1, "pthread_create");
}

void frontend_start(struct frontend *f, unsigned int dm, unsigned int op,
		    uint64_t addr, unsigned int width, uint64_t value)
{
	memset(f, 0, sizeof(*f));
	f->access.dm = dm;
	f->access.op = op;
	f->access.addr = addr;
	f->access.width = width;
	f->access.value = value;
	frontend_run(f);
}

void frontend_write(struct frontend *f, unsigned int dm, uint64_t addr,
		    unsigned int width, uint64_t value)
{
	frontend_start(f, dm, BAO_REQUEST_WRITE, addr, width, value);
}

void frontend_read(struct frontend *f, unsigned int dm, uint64_t addr,
		   unsigned int width)
{
	frontend_start(f, dm, BAO_REQUEST_READ, addr, width, 0);
}

/* Whether it runs on within the time; it is joined then. */
bool frontend_done(struct frontend *f, unsigned int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;

	if (f->joined)
		return true;
	while (!__atomic_load_n(&f->done, __ATOMIC_ACQUIRE)) {
		if (now_ms() > end)
			return false;
		sleep_ms(1);
	}
	pthread_join(f->thread, NULL);
	f->joined = true;
	return true;
}

/* Whether so many stand still, for all device models; gives them time. */
bool frontends_wait(unsigned int n)
{
	uint64_t end = now_ms() + 10000;

	while (hv_counters().outstanding != n) {
		if (now_ms() > end)
			return false;
		sleep_ms(1);
	}
	return true;
}

/* Waits for its end, with success. */
bool frontend_join(struct frontend *f)
{
	return frontend_done(f, 10000) && !f->error;
}

static void *server_thread(void *data)
{
	struct server *s = data;
	struct bao_request req;

	while (!s->stop) {
		if (dm_attach(s->fd, &req)) {
			s->error = errno;
			break;
		}
		/* The write that stops it. */
		if (dm_complete(s->fd, &req, s->value))
			s->error = errno;
		s->served++;
	}
	return NULL;
}

void server_start(struct server *s, int fd, uint64_t value)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->value = value;
	if (pthread_create(&s->thread, NULL, server_thread, s))
		errx(1, "pthread_create");
}

/* It looks at the flag after its next request: give it some. */
void server_stop(struct server *s)
{
	struct frontend last;
	struct bao_dm_status status = { 0 };

	s->stop = true;
	if (!ioctl(s->fd, BAO_DM_GET_STATUS, &status)) {
		frontend_write(&last, status.dm_id, 0, 4, 0);
		frontend_join(&last);
	}
	pthread_join(s->thread, NULL);
}
