// SPDX-License-Identifier: GPL-2.0-only
/* One thread for requests, one for a queue; both stay on the last CPU. */

#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon.h"
#include "lib.h"
#include "module/layout.h"

pid_t daemon_tid[DAEMON_THREADS];

static int dm_fd, kick_fd, irq_fd;

static void begin(enum daemon_thread thread)
{
	pin_to_cpu(num_cpus() - 1);
	__atomic_store_n(&daemon_tid[thread], (pid_t)syscall(SYS_gettid),
			 __ATOMIC_RELEASE);
}

static void *serve_requests(void *unused)
{
	begin(DAEMON_REQUESTS);
	while (!dm_serve_one(dm_fd, 0x12345678))
		;
	return unused;
}

/* A device that has finished what it was kicked for. */
static void *serve_kicks(void *unused)
{
	const uint64_t one = 1;
	uint64_t count;

	begin(DAEMON_KICKS);
	while (read(kick_fd, &count, sizeof(count)) == sizeof(count))
		if (write(irq_fd, &one, sizeof(one)) != sizeof(one))
			err(2, "irqfd");
	return unused;
}

static void start(enum daemon_thread thread, void *(*routine)(void *))
{
	pthread_t id;

	if (pthread_create(&id, NULL, routine, NULL))
		errx(2, "pthread_create");
	while (!__atomic_load_n(&daemon_tid[thread], __ATOMIC_ACQUIRE))
		sleep_ms(1);
	if (!thread_sleeps(daemon_tid[thread], 5000))
		errx(2, "thread %d does not wait", thread);
}

int daemon_open(unsigned int dm)
{
	struct pollfd pfd = { .fd = dm_open(dm), .events = POLLIN };

	if (pfd.fd < 0 || poll(&pfd, 1, 0) < 0)
		err(2, "device model %u", dm);
	return pfd.fd;
}

void daemon_ioeventfd(int fd, int efd, unsigned int flags, uint64_t addr,
		      uint64_t data)
{
	if (dm_ioeventfd(fd, efd, flags, addr, 4, data))
		err(2, "ioeventfd");
}

void daemon_start(unsigned int dm, uint64_t window)
{
	dm_fd = daemon_open(dm);
	kick_fd = eventfd(0, EFD_CLOEXEC);
	irq_fd = event_fd();
	daemon_ioeventfd(dm_fd, event_fd(), 0, window + BENCH_NOTIFY, 0);
	daemon_ioeventfd(dm_fd, kick_fd, 0, window + BENCH_IRQ, 0);
	if (dm_irqfd(dm_fd, irq_fd, 0))
		err(2, "irqfd");
	start(DAEMON_KICKS, serve_kicks);
	start(DAEMON_REQUESTS, serve_requests);
}

unsigned long daemon_switches(pid_t tid)
{
	char path[64], line[128];
	unsigned long sum = 0, value;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	file = fopen(path, "r");
	if (!file)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %lu", &value) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %lu", &value) == 1)
			sum += value;
	fclose(file);
	return sum;
}
