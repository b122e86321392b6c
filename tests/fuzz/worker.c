// SPDX-License-Identifier: GPL-2.0-only
/* Threads that do one operation after the other, until they are killed. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define MAX_TABLES	12
/* Which operations somebody likes, changes with every so many. */
#define MOOD_OPS	512

static const struct op_table *const worker_tables[] = {
	&dm_table, &ipc_table, &fd_table, &poll_table, &mem_table, &proc_table,
	&sysfs_table, &wild_table, &ring_table, NULL
};

static const struct op_table *const frontend_tables[] = {
	&access_table, NULL
};

static const struct op_table *const admin_tables[] = { &admin_table, NULL };

const struct role role_worker = {
	.name = "worker", .threads = 2, .tables = worker_tables,
};

const struct role role_frontend = {
	.name = "frontend", .threads = 1, .stands_still = true,
	.tables = frontend_tables,
};

const struct role role_admin = {
	.name = "admin", .threads = 1, .tables = admin_tables,
};

static _Thread_local timer_t timer;

/*
 * Where signals take as long to handle as the next one to come, nothing else is
 * done: a frontend that is to come to its end gets no more of them.
 */
static void on_signal(int sig)
{
	static const struct itimerspec never;
	int saved = errno;

	if (sig == SIGUSR2 && atomic_load(&shared->frontends_stop))
		timer_settime(timer, 0, &never, NULL);
	errno = saved;
}

static void catch(int sig, int flags)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };

	sigaction(sig, &action, NULL);
}

/* Interrupts this thread's calls again and again. */
void worker_timer(unsigned int interval_us)
{
	struct itimerspec spec = {
		.it_interval.tv_nsec = (long)interval_us * 1000,
		.it_value.tv_nsec = (long)interval_us * 1000,
	};
	struct sigevent ev = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2,
	};

	ev.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) ||
	    timer_settime(timer, 0, &spec, NULL))
		err(1, "timer");
}

static unsigned int tables_weight(const struct op_table *const *tables,
				  const unsigned int *factor)
{
	unsigned int i, k, sum = 0;

	for (i = 0; tables[i]; i++)
		for (k = 0; k < tables[i]->num; k++)
			sum += factor[i] * tables[i]->op[k].weight;
	return sum;
}

/* Some tables are liked, some are not: what is rare together gets its turn. */
static void draw_mood(struct worker *w, unsigned int factor[MAX_TABLES])
{
	static const unsigned int likes[] = { 0, 1, 2, 2, 4, 8 };
	struct rng r = rng_derive(shared->seed, w->slot * 64 + w->thread,
				  ~(w->op / MOOD_OPS));
	unsigned int i;

	for (i = 0; i < MAX_TABLES; i++)
		factor[i] = likes[rng_below(&r, COUNT(likes))];
	/* Without a daemon the frontends stand still. */
	if (!w->slot)
		factor[0] = 8;
}

static const struct op *draw_op(struct worker *w,
				const struct op_table *const *tables)
{
	unsigned int factor[MAX_TABLES];
	unsigned int i, k, n, sum;

	draw_mood(w, factor);
	/* Whoever likes nothing likes all. */
	sum = tables_weight(tables, factor);
	for (i = 0; !sum && i < MAX_TABLES; i++)
		factor[i] = 1;
	n = rng_below(&w->rng, sum ?: tables_weight(tables, factor));
	for (i = 0; tables[i]; i++) {
		for (k = 0; k < tables[i]->num; k++) {
			sum = factor[i] * tables[i]->op[k].weight;
			if (n < sum)
				return &tables[i]->op[k];
			n -= sum;
		}
	}
	return &tables[0]->op[0];
}

/* The n-th thing that can fail in the calls that follow does. */
static void fail_nth(unsigned int n)
{
	static _Atomic bool missing;
	char text[16];
	int fd;

	if (atomic_load(&missing))
		return;
	fd = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		atomic_store(&missing, true);
		return;
	}
	snprintf(text, sizeof(text), "%u", n);
	if (write(fd, text, strlen(text)) < 0)
		atomic_store(&missing, true);
	close(fd);
}

void worker_do(struct worker *w, const struct op_table *const *tables)
{
	const struct op *op;
	bool fail;

	w->rng = rng_derive(shared->seed,
			    (uint64_t)w->slot * 64 + w->thread,
			    (uint64_t)w->generation << 40 | w->op);
	op = draw_op(w, tables);
	fail = w->role == &role_worker && rng_one_in(&w->rng, 8);
	w->ring->op_name = op->name;
	atomic_store(&w->ring->busy_since, now_ms());
	if (fail)
		fail_nth(1 + rng_below(&w->rng, 24));
	op->run(w);
	if (fail)
		fail_nth(0);
	atomic_store(&w->ring->busy_since, 0);
	atomic_fetch_add(&shared->ops, 1);
	w->op++;
}

static void *worker_thread(void *data)
{
	static const unsigned int interval_us[] = { 1000, 5000, 20000, 50000 };
	struct worker *w = data;

	ring_take(w, w->ring ? (unsigned int)(w->ring - shared->ring) : 0,
		  w->role->name);
	w->rng = rng_derive(shared->seed, w->slot * 64 + w->thread,
			    ~(uint64_t)w->generation);
	worker_timer(interval_us[rng_below(&w->rng, COUNT(interval_us))]);
	while (!atomic_load(w->role->stands_still ? &shared->frontends_stop :
			    &shared->stop))
		worker_do(w, w->role->tables);
	return NULL;
}

static void quiet(void)
{
	int i, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (i = 0; i < 3; i++)
		dup2(null, i);
	close(null);
}

/* The body of a process; does not return. */
void worker_main(const struct role *role, unsigned int slot,
		 unsigned int generation, unsigned int ring)
{
	static struct worker workers[4];
	pthread_t thread[4];
	unsigned int i;

	/* What calls are made on must not be what results are written to. */
	quiet();
	signal(SIGPIPE, SIG_IGN);
	catch(SIGUSR1, SA_RESTART);
	catch(SIGUSR2, 0);
	fd_forget_all();
	if (role == &role_worker)
		arena_late_start();
	for (i = 0; i < role->threads; i++) {
		workers[i] = (struct worker){
			.role = role, .slot = slot, .thread = i,
			.generation = generation,
			.ring = &shared->ring[ring + i],
		};
		arena_init(&workers[i]);
		if (pthread_create(&thread[i], NULL, worker_thread,
				   &workers[i]))
			errx(1, "pthread_create");
	}
	for (i = 0; i < role->threads; i++)
		pthread_join(thread[i], NULL);
	_exit(0);
}
