// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes: helpers that inherit descriptors, programs that are executed,
 * signals, sudden deaths.
 */

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

#define CHILD_OPS	24

static const struct op_table *const child_tables[] = {
	&dm_table, &ipc_table, &fd_table, &poll_table, &mem_table, NULL
};

static void child_hold(unsigned int ms)
{
	char text[16];
	char *argv[] = { "fuzz", "--hold", text, NULL };
	char *envp[] = { NULL };

	snprintf(text, sizeof(text), "%u", ms);
	execve("/proc/self/exe", argv, envp);
	_exit(1);
}

/* Uses what it inherited; dies with or without a word, or becomes another. */
static void child_main(struct worker *w, unsigned int ring)
{
	static struct worker child;
	unsigned int n = rng_below(&w->rng, CHILD_OPS);
	unsigned int end = rng_below(&w->rng, 4);

	child = *w;
	child.child = true;
	child.thread = 8 + w->thread;
	child.generation = (unsigned int)rng_next(&w->rng);
	child.op = 0;
	ring_take(&child, RINGS - RING_CHILDREN + ring, "child");
	worker_timer(5000);
	while (child.op < n && !atomic_load(&shared->stop))
		worker_do(&child, child_tables);
	if (end == 0)
		raise(SIGKILL);
	if (end == 1)
		child_hold(rng_below(&w->rng, 100));
	_exit(0);
}

/*
 * The manager is the parent, so that it can count and end them. fork() would
 * run handlers that other threads' locks could stop.
 */
static void make_child(struct worker *w, unsigned long flags)
{
	unsigned int ring = rng_below(&w->rng, RING_CHILDREN);
	long pid;

	if (w->child)
		return;
	if (atomic_fetch_add(&shared->num_children, 1) >= FUZZ_CHILDREN) {
		atomic_fetch_sub(&shared->num_children, 1);
		return;
	}
	pid = CALL(w, "clone", flags, ring, 0,
		   syscall(SYS_clone, flags | CLONE_PARENT | SIGCHLD, 0, 0, 0,
			   0));
	if (!pid)
		child_main(w, ring);
	if (pid < 0)
		atomic_fetch_sub(&shared->num_children, 1);
}

static void op_fork(struct worker *w)
{
	make_child(w, 0);
}

/* Another process with the same table of files. */
static void op_clone_files(struct worker *w)
{
	make_child(w, CLONE_FILES);
}

/* From now on this thread has a table of its own. */
static void op_unshare_files(struct worker *w)
{
	CALL(w, "unshare", CLONE_FILES, 0, 0, unshare(CLONE_FILES));
}

static void op_signal(struct worker *w)
{
	pid_t pid = getpid();

	CALL(w, "kill", pid, SIGUSR1, 0, kill(pid, SIGUSR1));
}

/* Whoever dies loses what it has, and most should have something. */
static bool tired(struct worker *w)
{
	return rng_one_in(&w->rng, 6);
}

static void op_die(struct worker *w)
{
	if (!w->child && tired(w))
		CALL(w, "kill", getpid(), SIGKILL, 0, raise(SIGKILL));
}

static void op_exit(struct worker *w)
{
	if (!tired(w))
		return;
	CALL(w, "exit", 0, 0, 0, 0);
	_exit(0);
}

static void op_exec(struct worker *w)
{
	if (!tired(w))
		return;
	CALL(w, "exec", 0, 0, 0, 0);
	child_hold(rng_below(&w->rng, 50));
}

static void op_move(struct worker *w)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(rng_below(&w->rng, num_cpus()), &set);
	CALL(w, "setaffinity", 0, 0, 0,
	     sched_setaffinity(0, sizeof(set), &set));
}

static void op_rest(struct worker *w)
{
	unsigned int us = rng_below(&w->rng, 3000);

	CALL(w, "usleep", us, 0, 0, usleep(us));
}

static const struct op ops[] = {
	{ "fork", 8, op_fork },
	{ "clone_files", 5, op_clone_files },
	{ "unshare_files", 2, op_unshare_files },
	{ "signal", 6, op_signal },
	{ "die", 1, op_die },
	{ "exit", 1, op_exit },
	{ "exec", 1, op_exec },
	{ "move", 4, op_move },
	{ "rest", 12, op_rest },
};

const struct op_table proc_table = { "proc", ops, COUNT(ops) };
