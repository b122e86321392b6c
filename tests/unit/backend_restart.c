// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon dies, at every point where that makes a difference.
 *
 * A process of its own runs the daemon one instruction at a time. Whenever a
 * byte of what outlives it has changed, it might be killed just there: so a
 * successor starts on a copy and has to bring the frontend to its end. No
 * request may be lost, answered twice or out of order, no data may be wrong.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/world.h"

/**
 * struct place - where a world is
 * @world: mapped
 * @fd: the same as a file, which begins with the disk image
 */
struct place {
	struct world *world;
	int fd;
};

static int call(struct world *w, uint32_t nr)
{
	if (!w->stepped)
		return world_call(w, nr);
	w->call = nr;
	while (w->call)
		;
	return w->result;
}

static void on_listen(void *ctx, bool on)
{
	call(ctx, on ? CALL_LISTEN : CALL_DEAF);
}

static void on_interrupt(void *ctx)
{
	call(ctx, CALL_INTERRUPT);
}

static const struct device_ops ops = {
	.listen = on_listen,
	.interrupt = on_interrupt,
};

static void serve(struct device *dev, struct world *w)
{
	struct bao_request *req = &w->req;
	uint64_t offset = req->addr - WORLD_WINDOW;

	if (req->op == BAO_REQUEST_READ)
		req->value = mmio_read(dev, offset, req->access_width);
	else
		mmio_write(dev, offset, req->access_width, req->value);
	call(w, CALL_COMPLETE);
}

/* The loop of the main program, with the model's kernel. */
static void live(struct place *p)
{
	static struct device dev;
	static struct blk blk;
	struct world *w = p->world;

	/* By hand: to clear the buffers in them takes many instructions. */
	blk.fd = p->fd;
	blk.sectors = WORLD_SECTORS;
	dev.shm = (struct shm){ w->shm, WORLD_ADDR, WORLD_SHM };
	dev.state = &w->state;
	dev.blk = &blk;
	dev.ops = &ops;
	dev.ctx = w;
	dev.listening = false;
	dev.unseen = 0;
	memset(dev.ring, 0, sizeof(dev.ring));
	device_resume(&dev, w->state.status);
	device_run_queue(&dev, 0);
	do {
		while (!call(w, CALL_TAKE))
			serve(&dev, w);
		device_run_queue(&dev, 0);
		while (call(w, CALL_KICKED))
			device_run_queue(&dev, 0);
	} while (call(w, CALL_IDLE));
}

static struct place new_place(void)
{
	struct place p;

	p.fd = memfd_create("world", MFD_CLOEXEC);
	assert_true(p.fd >= 0);
	assert_int_equal(ftruncate(p.fd, sizeof(struct world)), 0);
	p.world = mmap(NULL, sizeof(struct world), PROT_READ | PROT_WRITE,
		       MAP_SHARED, p.fd, 0);
	assert_true(p.world != MAP_FAILED);
	return p;
}

static void free_place(struct place *p)
{
	munmap(p->world, sizeof(struct world));
	close(p->fd);
}

static pid_t start_stepped(struct place *p)
{
	pid_t pid;
	int status;

	p->world->stepped = true;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		live(p);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		return 0;
	/* A test that fails must not leave it behind. */
	assert_int_equal(ptrace(PTRACE_SETOPTIONS, pid, NULL,
				PTRACE_O_EXITKILL), 0);
	return pid;
}

static void end_stepped(struct place *p, pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	world_kill(p->world);
}

/* Returns false when the process has ended by itself. */
static bool step(struct place *p, pid_t pid)
{
	struct world *w = p->world;
	int status;

	assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status)) {
		assert_int_equal(WEXITSTATUS(status), 0);
		return false;
	}
	assert_true(WIFSTOPPED(status));
	assert_int_equal(WSTOPSIG(status), SIGTRAP);
	if (w->call) {
		w->result = world_call(w, w->call);
		w->call = CALL_NONE;
	}
	return true;
}

static void assert_good(struct world *w)
{
	world_check_end(w);
	if (w->error)
		fail_msg("%s", w->error);
}

static void survive(const struct world *dead, struct place *p)
{
	memcpy(p->world, dead, sizeof(*dead));
	p->world->stepped = false;
	world_kill(p->world);
	live(p);
	assert_good(p->world);
}

static void kill_everywhere(uint32_t habits, uint32_t seed)
{
	struct place p = new_place(), heir = new_place();
	struct world *last = malloc(sizeof(*last));
	unsigned long steps = 0, deaths = 0;
	pid_t pid;

	world_init(p.world, habits, seed);
	pid = start_stepped(&p);
	if (!pid) {
		print_message("# no ptrace here\n");
		skip();
	}
	memcpy(last, p.world, sizeof(*last));
	while (step(&p, pid)) {
		steps++;
		if (!memcmp(last, p.world, sizeof(*last)))
			continue;
		memcpy(last, p.world, sizeof(*last));
		survive(last, &heir);
		deaths++;
	}
	assert_good(p.world);
	print_message("# %lu deaths in %lu instructions\n", deaths, steps);
	assert_true(deaths > 300);
	free(last);
	free_place(&p);
	free_place(&heir);
}

static void test_linux_habits(void **cookie)
{
	(void)cookie;
	kill_everywhere(0, 1);
}

static void test_ack_at_the_end(void **cookie)
{
	(void)cookie;
	kill_everywhere(HANDLE_THEN_ACK, 3);
}

static void test_mute_rings(void **cookie)
{
	(void)cookie;
	kill_everywhere(MUTE_RING, 5);
}

static void test_mute_rings_ack_at_the_end(void **cookie)
{
	(void)cookie;
	kill_everywhere(MUTE_RING | HANDLE_THEN_ACK, 7);
}

/* Successors die as well, again and again. */
static unsigned long die_often(struct place *p, uint32_t habits, uint32_t seed)
{
	unsigned long deaths = 0;
	struct world last;
	pid_t pid;

	srand(seed);
	world_init(p->world, habits, seed);
	pid = start_stepped(p);
	if (!pid) {
		print_message("# no ptrace here\n");
		skip();
	}
	last = *p->world;
	while (step(p, pid)) {
		if (!memcmp(&last, p->world, sizeof(last)))
			continue;
		if (rand() % 40 == 0 && !p->world->fe.done) {
			end_stepped(p, pid);
			deaths++;
			pid = start_stepped(p);
		}
		last = *p->world;
	}
	assert_good(p->world);
	return deaths;
}

static void test_dies_often(void **cookie)
{
	struct place p = new_place();
	unsigned long deaths = 0;
	uint32_t seed;

	(void)cookie;
	for (seed = 1; seed <= 6; seed++)
		deaths += die_often(&p, seed % 4, seed);
	print_message("# %lu deaths in 6 runs\n", deaths);
	assert_true(deaths > 30);
	free_place(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux_habits),
		cmocka_unit_test(test_ack_at_the_end),
		cmocka_unit_test(test_mute_rings),
		cmocka_unit_test(test_mute_rings_ack_at_the_end),
		cmocka_unit_test(test_dies_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
