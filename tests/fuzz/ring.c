// SPDX-License-Identifier: GPL-2.0-only
/* The last calls of every thread, for whoever reads a failure. */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

struct shared *shared;

void ring_init(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
}

void ring_take(struct worker *w, unsigned int index, const char *role)
{
	struct ring *ring = &shared->ring[index % RINGS];

	memset(ring, 0, sizeof(*ring));
	ring->role = role;
	ring->pid = getpid();
	ring->tid = (pid_t)syscall(SYS_gettid);
	ring->generation = w->generation;
	w->ring = ring;
}

void call_begin(struct worker *w, const char *what, uint64_t a, uint64_t b,
		uint64_t c)
{
	uint64_t n = atomic_load(&w->ring->num_calls);
	struct call *call = &w->ring->call[n % RING_CALLS];

	*call = (struct call){
		.what = what, .arg = { a, b, c }, .op = w->op,
		.begin_ms = now_ms(),
	};
	atomic_store(&w->ring->num_calls, n + 1);
	errno = 0;
}

static void count(const char *what, bool failed)
{
	struct stat_of_call *stat = shared->stat;
	const char *none;

	for (; stat < shared->stat + STATS; stat++) {
		none = NULL;
		if (atomic_load(&stat->what) != what &&
		    !atomic_compare_exchange_strong(&stat->what, &none, what) &&
		    none != what)
			continue;
		atomic_fetch_add(&stat->calls, 1);
		atomic_fetch_add(&stat->failed, failed);
		return;
	}
}

void stats_print(bool all)
{
	const struct stat_of_call *stat = shared->stat;
	unsigned long long calls = 0, failed = 0;

	for (; stat < shared->stat + STATS && stat->what; stat++) {
		calls += stat->calls;
		failed += stat->failed;
		if (all)
			printf("#   %s: %llu, failed %llu\n", stat->what,
			       (unsigned long long)stat->calls,
			       (unsigned long long)stat->failed);
	}
	printf("# %llu operations, %llu calls (%llu failed), %llu accesses\n",
	       (unsigned long long)shared->ops, calls, failed,
	       (unsigned long long)shared->accesses);
}

long call_end(struct worker *w, long ret)
{
	uint64_t n = atomic_load(&w->ring->num_calls) - 1;
	struct call *call = &w->ring->call[n % RING_CALLS];
	int saved = errno;

	call->ret = ret;
	call->error = saved;
	call->done = true;
	if (ret < 0 && saved == ENODEV)
		w->stale = true;
	count(call->what, ret < 0);
	errno = saved;
	return ret;
}

static void call_print(const struct call *call)
{
	printf("#   %llu ms op %llu %s(%#llx, %#llx, %#llx)",
	       (unsigned long long)call->begin_ms,
	       (unsigned long long)call->op, call->what,
	       (unsigned long long)call->arg[0],
	       (unsigned long long)call->arg[1],
	       (unsigned long long)call->arg[2]);
	if (!call->done)
		printf(" has not returned\n");
	else if (call->ret < 0)
		printf(" = %ld %s\n", call->ret, strerror(call->error));
	else
		printf(" = %ld\n", call->ret);
}

void ring_print(const struct ring *ring)
{
	uint64_t end = atomic_load(&ring->num_calls);
	uint64_t n = end > RING_CALLS ? end - RING_CALLS : 0;
	uint64_t since = atomic_load(&ring->busy_since);

	if (!ring->role)
		return;
	printf("# %s pid %d tid %d generation %u", ring->role, ring->pid,
	       ring->tid, ring->generation);
	if (since)
		printf(", in %s for %llu ms", ring->op_name ?: "?",
		       (unsigned long long)(now_ms() - since));
	printf("\n");
	for (; n < end; n++)
		call_print(&ring->call[n % RING_CALLS]);
}

void ring_print_all(void)
{
	unsigned int i;

	printf("# the last calls of every thread, at %llu ms:\n",
	       (unsigned long long)now_ms());
	for (i = 0; i < RINGS; i++)
		ring_print(&shared->ring[i]);
	fflush(stdout);
}
