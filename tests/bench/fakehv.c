// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures bao.ko beside its floor inside one kernel: the frontend is a thread
 * on CPU 0, interrupts and daemons are on CPU 1.
 *
 * Every round does one batch of each operation with bao.ko and one with the
 * floor, in turn, so that what disturbs the machine disturbs both. Prints
 *
 *	time NAME SIDE NS		median of one batch
 *	count NAME SIDE WHAT VALUE	for each operation
 *	chain ENTRIES MEAN MOST		ioeventfds compared for a write
 *
 * usage: fakehv BATCH ROUNDS
 */

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"
#include "lib.h"
#include "module/layout.h"

#define BATCH_MAX	1000
#define BACKEND_CPU	1
#define WINDOW		0xa003e00ULL
#define MESSAGE		64

/* Device models: one in use by a daemon, three to route in, the floor. */
#define DM_DAEMON	0
#define DM_ROUTE	1
#define DM_FLOOR	4
#define IPC_MODULE	0
#define IPC_FLOOR	1

static const unsigned int entries[] = { 1, 64, 1024 };

#define NUM_ROUTES	(sizeof(entries) / sizeof(entries[0]))

static unsigned int batch_size, num_rounds;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* The peer of the IPC channel that is measured */

static int channel_fd;
static pid_t channel_tid;
static unsigned char *channel_read, *channel_write;

static void *serve_messages(void *unused)
{
	struct pollfd pfd = { .fd = channel_fd, .events = POLLIN };
	struct bao_ipc_notify notify = { .event = 0 };
	struct bao_ipc_events events;

	pin_to_cpu(BACKEND_CPU);
	__atomic_store_n(&channel_tid, (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
	while (poll(&pfd, 1, -1) == 1 && (pfd.revents & POLLIN)) {
		memset(&events, 0, sizeof(events));
		if (ioctl(channel_fd, BAO_IPC_GET_EVENTS, &events))
			err(2, "BAO_IPC_GET_EVENTS");
		memcpy(channel_write, channel_read, MESSAGE);
		if (ioctl(channel_fd, BAO_IPC_NOTIFY, &notify))
			err(2, "BAO_IPC_NOTIFY");
	}
	return unused;
}

/* Setting up */

static void start_routes(void)
{
	int efd = event_fd();
	unsigned int i, data;

	for (i = 0; i < NUM_ROUTES; i++) {
		int fd = daemon_open(DM_ROUTE + i);

		for (data = 0; data < entries[i]; data++)
			daemon_ioeventfd(fd, efd, BAO_IOEVENTFD_DATAMATCH,
					 WINDOW + BENCH_NOTIFY, data);
	}
}

static void start_echo(void)
{
	pthread_t thread;
	unsigned char *map;

	channel_fd = channel_open(IPC_MODULE);
	if (channel_fd < 0)
		err(2, "channel");
	map = mmap(NULL, CHANNEL_SIZE, PROT_READ, MAP_SHARED, channel_fd, 0);
	if (map == MAP_FAILED)
		err(2, "mmap of the read channel");
	channel_read = map;
	map = mmap(NULL, CHANNEL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   channel_fd, CHANNEL_SIZE);
	if (map == MAP_FAILED)
		err(2, "mmap of the write channel");
	channel_write = map;
	if (pthread_create(&thread, NULL, serve_messages, NULL))
		errx(2, "pthread_create");
	while (!__atomic_load_n(&channel_tid, __ATOMIC_ACQUIRE))
		sleep_ms(1);
}

static void create_floor(const char *name, enum fakehv_res_type type,
			 uint64_t line, uint32_t id)
{
	struct fakehv_device dev;

	device_init(&dev, name);
	device_res(&dev, type, line, 0);
	device_u32(&dev, "bao,id", 1, &id);
	if (!device_create(&dev))
		errx(2, "%s is not bound", name);
}

static void set_up(void)
{
	struct fakehv_device dev;
	unsigned int i;

	hv_reset();
	/* No ASK but those of the operations. */
	parameter_set("poll_ms", "0");
	/* Operations one after the other, as fast as they can be. */
	doorbell_limits(NO_RATE, NO_BURST);
	for (i = 0; i <= DM_FLOOR; i++)
		hv_cpu(FAKEHV_DM, i, 0, BACKEND_CPU);
	hv_cpu(FAKEHV_IPC, IPC_MODULE, 0, BACKEND_CPU);
	hv_cpu(FAKEHV_IPC, IPC_FLOOR, 0, BACKEND_CPU);
	if (!dispatcher_create(&dev, DM_FLOOR) ||
	    !channel_create(&dev, IPC_MODULE, 1))
		errx(2, "bao.ko takes no device");
	create_floor("bao-floor-dm", FAKEHV_RES_DM_IRQ, DM_FLOOR, DM_FLOOR);
	create_floor("bao-floor-ipc", FAKEHV_RES_IPC_IRQ,
		     IPC_FLOOR * FAKEHV_MAX_EVENTS, IPC_FLOOR);
	daemon_start(DM_DAEMON, WINDOW);
	start_routes();
	start_echo();
	/* Hash tables grow in the background. */
	sleep_ms(500);
	pin_to_cpu(0);
}

/* Operations: each returns how long one took. */

static struct fakehv_access access_to(unsigned int dm, unsigned int op,
				      uint64_t offset, uint64_t value)
{
	struct fakehv_access access = {
		.dm = dm, .op = op, .addr = WINDOW + offset, .width = 4,
		.value = value,
	};

	if (frontend_access(&access))
		err(2, "access");
	return access;
}

static uint64_t do_read(unsigned int dm, unsigned int n)
{
	(void)n;
	return access_to(dm, BAO_REQUEST_READ, BENCH_READ, 0).stall_ns;
}

static uint64_t do_notify(unsigned int dm, unsigned int n)
{
	(void)n;
	return access_to(dm, BAO_REQUEST_WRITE, BENCH_NOTIFY, 0).stall_ns;
}

/* Without the wake-up of the frontend's thread, which is none of the driver's. */
static uint64_t do_notify_hold(unsigned int dm, unsigned int n)
{
	(void)n;
	return access_to(dm, BAO_REQUEST_WRITE, BENCH_NOTIFY, 0).hold_ns;
}

static uint64_t do_route(unsigned int dm, unsigned int n)
{
	uint64_t data = 0;

	if (dm != DM_FLOOR)
		data = n * 37 % entries[dm - DM_ROUTE];
	return access_to(dm, BAO_REQUEST_WRITE, BENCH_NOTIFY, data).stall_ns;
}

static uint64_t do_irq(unsigned int dm, unsigned int n)
{
	uint64_t seen = hv_counters().dm_notified[dm];
	uint64_t begin = now_ns();

	(void)n;
	access_to(dm, BAO_REQUEST_WRITE, BENCH_IRQ, 0);
	if (hv_wait(FAKEHV_DM, dm, 0, seen, 10000))
		err(2, "no interrupt");
	return now_ns() - begin;
}

static uint64_t do_pingpong(unsigned int ipc, unsigned int n)
{
	uint64_t seen = hv_counters().ipc_notified[ipc][0];
	uint64_t begin = now_ns();

	(void)n;
	hv_ring(FAKEHV_IPC, ipc, 0);
	if (hv_wait(FAKEHV_IPC, ipc, 0, seen, 10000))
		err(2, "no doorbell");
	return now_ns() - begin;
}

struct measure {
	const char *name;
	uint64_t (*op)(unsigned int index, unsigned int n);
	unsigned int module;	/* device model or channel */
	unsigned int floor;
	const pid_t *thread;	/* that answers, or NULL */
};

static const struct measure measures[] = {
	{ "mmio-read", do_read, DM_DAEMON, DM_FLOOR,
	  &daemon_tid[DAEMON_REQUESTS] },
	{ "mmio-notify", do_notify, DM_DAEMON, DM_FLOOR, NULL },
	{ "mmio-notify-hold", do_notify_hold, DM_DAEMON, DM_FLOOR, NULL },
	{ "irq", do_irq, DM_DAEMON, DM_FLOOR,
	  &daemon_tid[DAEMON_KICKS] },
	{ "ipc-pingpong", do_pingpong, IPC_MODULE, IPC_FLOOR, &channel_tid },
	{ "route-1", do_route, DM_ROUTE, DM_FLOOR, NULL },
	{ "route-64", do_route, DM_ROUTE + 1, DM_FLOOR, NULL },
	{ "route-1024", do_route, DM_ROUTE + 2, DM_FLOOR, NULL },
};

#define NUM_MEASURES	(sizeof(measures) / sizeof(measures[0]))

/* Times */

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t batch(const struct measure *m, unsigned int index)
{
	uint64_t ns[BATCH_MAX];
	unsigned int i;

	for (i = 0; i < batch_size; i++)
		ns[i] = m->op(index, i);
	qsort(ns, batch_size, sizeof(ns[0]), compare);
	return ns[batch_size / 2];
}

static void time_all(void)
{
	unsigned int round, i;

	for (round = 0; round <= num_rounds; round++) {
		for (i = 0; i < NUM_MEASURES; i++) {
			const struct measure *m = &measures[i];
			uint64_t module = batch(m, m->module);
			uint64_t floor = batch(m, m->floor);

			/* The first round warms up. */
			if (!round)
				continue;
			printf("time %s module %" PRIu64 "\n", m->name, module);
			printf("time %s floor %" PRIu64 "\n", m->name, floor);
		}
	}
}

/* Counts */

#define COUNTED		200

static unsigned long switches(const pid_t *thread)
{
	return thread ? daemon_switches(*thread) : 0;
}

static uint64_t calls_for(const struct measure *m, unsigned int index)
{
	struct fakehv_counters counters = hv_counters();

	return m->op == do_pingpong ? counters.calls[FAKEHV_CALL_IPC] :
				      counters.dm_calls[index];
}

static uint64_t interrupts_for(const struct measure *m, unsigned int index)
{
	struct fakehv_counters counters = hv_counters();

	return m->op == do_pingpong ? counters.delivered :
				      counters.dm_delivered[index];
}

static void print_count(const struct measure *m, const char *side,
			const char *what, unsigned long value)
{
	printf("count %s %s %s %.3f\n", m->name, side, what,
	       (double)value / COUNTED);
}

/* With pauses, for a line that is too busy is drained in another way. */
static void do_some(const struct measure *m, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < COUNTED; i++) {
		m->op(index, i);
		sleep_ms(1);
	}
	/* The closing ASK comes after the frontend runs on. */
	sleep_ms(20);
}

static void count(const struct measure *m, const char *side, unsigned int index,
		  const pid_t *thread)
{
	uint64_t calls = calls_for(m, index);
	uint64_t irqs = interrupts_for(m, index);
	unsigned long before = switches(thread);

	do_some(m, index);
	print_count(m, side, "calls", calls_for(m, index) - calls);
	print_count(m, side, "interrupts", interrupts_for(m, index) - irqs);
	print_count(m, side, "switches", switches(thread) - before);
}

/* All of the backend's CPU: what else runs there allocates now and then. */
static void count_allocations(const struct measure *m, const char *side,
			      unsigned int index)
{
	static const char *const events[] = {
		"kmem/kmalloc", "kmem/kmem_cache_alloc", NULL,
	};
	char *text;

	trace_start(events, 1U << BACKEND_CPU);
	do_some(m, index);
	trace_stop();
	text = trace_read();
	print_count(m, side, "allocations", trace_count(text, "call_site="));
	free(text);
}

static void count_all(void)
{
	unsigned int i;

	for (i = 0; i < NUM_MEASURES; i++) {
		const struct measure *m = &measures[i];

		count(m, "module", m->module, m->thread);
		count(m, "floor", m->floor, NULL);
		count_allocations(m, "module", m->module);
		count_allocations(m, "floor", m->floor);
	}
}

/* How many entries are compared for a write, as the tracepoint has it. */
static void count_chain(unsigned int route)
{
	static const char *const events[] = { "bao/bao_ioeventfd", NULL };
	unsigned long steps, sum = 0, longest = 0, hits = 0;
	unsigned int i;
	char *text, *at;

	trace_start(events, ~0U);
	for (i = 0; i < COUNTED; i++)
		do_route(DM_ROUTE + route, i);
	trace_stop();
	text = trace_read();
	for (at = strstr(text, "steps="); at; at = strstr(at + 1, "steps=")) {
		steps = strtoul(at + 6, NULL, 10);
		hits++;
		sum += steps;
		if (steps > longest)
			longest = steps;
	}
	free(text);
	if (hits != COUNTED)
		errx(1, "%lu hits were traced of %d", hits, COUNTED);
	printf("chain %u %.3f %lu\n", entries[route], (double)sum / COUNTED,
	       longest);
}

static unsigned int number(const char *text, unsigned int max)
{
	unsigned long value = strtoul(text, NULL, 10);

	if (!value || value > max)
		errx(2, "%s: not from 1 to %u", text, max);
	return (unsigned int)value;
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc != 3)
		errx(2, "usage: fakehv BATCH ROUNDS");
	batch_size = number(argv[1], BATCH_MAX);
	num_rounds = number(argv[2], 1000);
	if (num_cpus() < 2)
		errx(2, "needs two CPUs");
	setvbuf(stdout, NULL, _IOLBF, 0);
	set_up();
	time_all();
	count_all();
	for (i = 0; i < NUM_ROUTES; i++)
		count_chain(i);
	/* Threads wait in the kernel: closing the device lets them go. */
	hv_reset();
	return 0;
}
