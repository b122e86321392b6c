// SPDX-License-Identifier: GPL-2.0-only
/* Starts the processes, kills them at random, and sees that they end. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define SLOTS		16
#define FRONTENDS	4
#define TICK_MS		20
/* How long a killed process may take to go. */
#define DEATH_MS	40000
/* How long a frontend may stand still before it is killed. */
#define PATIENCE_MS	3000

struct slot {
	const struct role *role;
	pid_t pid;
	unsigned int generation;
	unsigned int ring;
	uint64_t killed_ms;
};

static struct slot slots[SLOTS];
static unsigned int num_slots;
static struct rng killer;

bool slot_has(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < num_slots; i++)
		if (slots[i].pid == pid)
			return true;
	return false;
}

static void slot_start(unsigned int i)
{
	struct slot *s = &slots[i];

	fflush(stdout);
	s->killed_ms = 0;
	s->pid = fork();
	if (s->pid < 0)
		err(1, "fork");
	if (s->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	worker_main(s->role, i, s->generation, s->ring);
}

static void slot_add(const struct role *role, unsigned int *ring)
{
	struct slot *s = &slots[num_slots];

	if (num_slots == SLOTS ||
	    *ring + role->threads > RINGS - RING_CHILDREN)
		errx(1, "too many threads");
	*s = (struct slot){ .role = role, .ring = *ring };
	*ring += role->threads;
	slot_start(num_slots++);
}

static void slot_kill(struct slot *s)
{
	if (s->pid <= 0 || s->killed_ms)
		return;
	s->killed_ms = now_ms();
	kill(s->pid, SIGKILL);
}

static void slot_gone(unsigned int i, bool again)
{
	unsigned int k;

	slots[i].pid = 0;
	for (k = 0; k < slots[i].role->threads; k++)
		atomic_store(&shared->ring[slots[i].ring + k].busy_since, 0);
	slots[i].generation++;
	if (again)
		slot_start(i);
}

/* Reaps what has died; false when there is nobody left. */
static bool reap(bool again)
{
	unsigned int i;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0) {
		for (i = 0; i < num_slots && slots[i].pid != pid; i++)
			;
		if (i < num_slots)
			slot_gone(i, again);
	}
	return !pid;
}

static void child_kill(pid_t pid)
{
	kill(pid, SIGKILL);
}

static void child_spare(pid_t pid)
{
	(void)pid;
}

/* Workers that are killed lose count of what they made. */
static void children_count(bool die)
{
	int num = (int)children_each(die ? child_kill : child_spare);

	atomic_store(&shared->num_children, num);
}

static void kill_somebody(void)
{
	const struct ring *ring;
	struct slot *s;
	unsigned int i;

	if (rng_one_in(&killer, 20))
		slot_kill(&slots[rng_below(&killer, num_slots)]);
	if (rng_one_in(&killer, 20))
		children_count(rng_one_in(&killer, 2));
	for (i = 0; i < num_slots; i++) {
		s = &slots[i];
		ring = &shared->ring[s->ring];
		if (s->role->stands_still && atomic_load(&ring->busy_since) &&
		    now_ms() > atomic_load(&ring->busy_since) + PATIENCE_MS)
			slot_kill(s);
	}
}

static bool killed_are_gone(void)
{
	unsigned int i;

	for (i = 0; i < num_slots; i++) {
		if (slots[i].pid <= 0 || !slots[i].killed_ms ||
		    now_ms() < slots[i].killed_ms + DEATH_MS)
			continue;
		stacks_print(slots[i].pid);
		path_write("/proc/sysrq-trigger", "w");
		watch_kernel();
		return finding("%s %d was killed and does not end",
			       slots[i].role->name, slots[i].pid);
	}
	return true;
}

static void storm_begin(unsigned int threads)
{
	unsigned int i, ring = 0;

	num_slots = 0;
	memset(shared->ring, 0, sizeof(shared->ring));
	atomic_store(&shared->num_children, 0);
	atomic_store(&shared->stop, false);
	atomic_store(&shared->frontends_stop, false);
	killer = rng_derive(shared->seed, ~0ULL, 0);
	mail_open();
	for (i = 0; i < (threads + 1) / 2; i++)
		slot_add(&role_worker, &ring);
	for (i = 0; i < FRONTENDS; i++)
		slot_add(&role_frontend, &ring);
	slot_add(&role_admin, &ring);
}

/* Whether nothing went wrong meanwhile. */
bool storm(unsigned int seconds, unsigned int threads)
{
	uint64_t end = now_ms() + seconds * 1000ULL;

	storm_begin(threads);
	while (now_ms() < end) {
		sleep_ms(TICK_MS);
		reap(true);
		kill_somebody();
		if (!watch_kernel() || !watch_threads(false) ||
		    !killed_are_gone())
			return false;
	}
	return true;
}

static bool remain(bool frontends)
{
	unsigned int i;

	for (i = 0; i < num_slots; i++)
		if (slots[i].pid > 0 &&
		    slots[i].role->stands_still == frontends)
			return true;
	return !frontends && children_each(child_kill);
}

static void remaining_print(void)
{
	unsigned int i;

	for (i = 0; i < num_slots; i++)
		if (slots[i].pid > 0)
			stacks_print(slots[i].pid);
	children_each(stacks_print);
}

/* All but the frontends are killed; their files are closed by that. */
bool storm_end(void)
{
	uint64_t end = now_ms() + DEATH_MS;
	unsigned int i;

	atomic_store(&shared->stop, true);
	while (remain(false)) {
		for (i = 0; i < num_slots; i++)
			if (!slots[i].role->stands_still)
				slot_kill(&slots[i]);
		reap(false);
		sleep_ms(TICK_MS);
		if (now_ms() > end) {
			remaining_print();
			path_write("/proc/sysrq-trigger", "w");
			watch_kernel();
			return finding("processes were killed and do not end");
		}
	}
	mail_close();
	return true;
}

/* Frontends finish the access that they are in. */
bool frontends_end(unsigned int timeout_ms, void (*meanwhile)(void))
{
	uint64_t end = now_ms() + timeout_ms;

	atomic_store(&shared->frontends_stop, true);
	while (remain(true)) {
		meanwhile();
		reap(false);
		sleep_ms(1);
		if (now_ms() > end)
			return false;
	}
	return true;
}

void frontends_kill(void)
{
	uint64_t end = now_ms() + DEATH_MS;
	unsigned int i;

	atomic_store(&shared->frontends_stop, true);
	for (i = 0; i < num_slots; i++)
		slot_kill(&slots[i]);
	while (remain(true) && now_ms() < end) {
		reap(false);
		sleep_ms(TICK_MS);
	}
}
