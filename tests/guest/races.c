// SPDX-License-Identifier: GPL-2.0-only
/* Unbinding, closing and registering while others are at work. */

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib.h"

#define REG	0xa003e50ULL

FIXTURE(races) {
	struct fakehv_device dev;
	struct fakehv_device channel;
	int fd;
	int ipc;
};

FIXTURE_SETUP(races)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	ASSERT_TRUE(channel_create(&self->channel, 0, 2));
	self->fd = dm_open(0);
	ASSERT_LE(0, self->fd);
	self->ipc = channel_open(0);
	ASSERT_LE(0, self->ipc);
}

FIXTURE_TEARDOWN(races)
{
	close(self->fd);
	close(self->ipc);
	hv_reset();
}

static void *attaching_thread(void *data)
{
	struct bao_request req;

	return (void *)(long)(dm_attach(*(int *)data, &req) ? errno : 0);
}

static void *polling_thread(void *data)
{
	struct pollfd pfd = { .fd = *(int *)data, .events = POLLIN };

	return (void *)(long)(poll(&pfd, 1, 10000) == 1 ? pfd.revents : -1);
}

static void *epolling_thread(void *data)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(ep, EPOLL_CTL_ADD, *(int *)data, &ev) ||
	    epoll_wait(ep, &ev, 1, 10000) != 1)
		ev.events = 0;
	close(ep);
	return (void *)(long)ev.events;
}

TEST_F(races, unbind_with_everything_in_use)
{
	struct bao_dm_status status = { 0 };
	struct frontend taken, queued, late;
	struct bao_request req;
	int efd = event_fd(), ifd = event_fd(), other = dm_open(1);
	pthread_t thread[5];
	void *ret[5];
	char *map;
	int i;

	map = mmap(NULL, DM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		   0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	ASSERT_EQ(0, dm_ioeventfd(self->fd, efd, 0, REG, 4, 0));
	ASSERT_EQ(0, dm_irqfd(self->fd, ifd, 0));
	frontend_read(&taken, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	frontend_read(&queued, 0, REG + 4, 4);
	ASSERT_TRUE(dm_queued(self->fd, 1));
	pthread_create(&thread[0], NULL, attaching_thread, &other);
	pthread_create(&thread[1], NULL, polling_thread, &other);
	pthread_create(&thread[2], NULL, epolling_thread, &other);
	pthread_create(&thread[3], NULL, polling_thread, &self->ipc);
	pthread_create(&thread[4], NULL, epolling_thread, &self->ipc);
	sleep_ms(100);

	ASSERT_EQ(0, driver_unbind(&self->dev));
	ASSERT_EQ(0, driver_unbind(&self->channel));
	for (i = 0; i < 5; i++)
		pthread_join(thread[i], &ret[i]);
	EXPECT_EQ(ENODEV, (long)ret[0]);
	EXPECT_NE(0, (long)ret[1] & POLLHUP);
	EXPECT_NE(0, (long)ret[2] & EPOLLHUP);
	EXPECT_NE(0, (long)ret[3] & POLLHUP);
	EXPECT_NE(0, (long)ret[4] & EPOLLHUP);

	/* What had been fetched is answered, for nobody else can. */
	EXPECT_TRUE(frontend_join(&taken));
	EXPECT_TRUE(frontend_join(&queued));
	EXPECT_EQ(0, taken.access.value);

	/* The file is good for nothing any more, but for closing. */
	EXPECT_EQ(-1, dm_attach(self->fd, &req));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, dm_complete(self->fd, &req, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, efd, 0, REG, 4, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, dm_irqfd(self->fd, efd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, access(CONTROL_NODE, F_OK));
	map[0] = 1;
	EXPECT_EQ(8, write(ifd, "\1\0\0\0\0\0\0", 8));
	EXPECT_EQ(0, hv_counters().dm_notified[0]);

	/* Nothing is asked now; the next binding finds what came meanwhile. */
	frontend_read(&late, 0, REG, 4);
	EXPECT_FALSE(frontend_done(&late, 100));
	ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
	ASSERT_EQ(0, driver_bind(&self->channel, CHANNEL));
	close(self->fd);
	self->fd = dm_open(0);
	EXPECT_EQ(0, dm_serve_one(self->fd, 0x31));
	EXPECT_TRUE(frontend_join(&late));
	EXPECT_EQ(0x31, late.access.value);
	munmap(map, DM_SIZE);
	close(other);
	close(efd);
	close(ifd);
}

struct load {
	volatile bool stop;
	volatile unsigned long done;
};

static bool goes_on(const struct load *load, unsigned int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;
	unsigned long done = load->done;

	while (load->done == done) {
		if (now_ms() > end)
			return false;
		sleep_ms(10);
	}
	return true;
}

static void *reading_thread(void *data)
{
	struct load *load = data;
	struct fakehv_access access;

	while (!load->stop) {
		memset(&access, 0, sizeof(access));
		access.op = BAO_REQUEST_READ;
		access.addr = REG;
		access.width = 4;
		if (!frontend_access(&access))
			__atomic_fetch_add(&load->done, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* A daemon that comes back each time. */
static void *serving_thread(void *data)
{
	struct load *load = data;
	int fd, efd = event_fd(), ifd = event_fd();

	while (!load->stop) {
		fd = dm_open(0);
		if (fd < 0) {
			sleep_ms(1);
			continue;
		}
		dm_irqfd(fd, ifd, 0);
		dm_ioeventfd(fd, efd, 0, REG + 4, 4, 0);
		while (!load->stop && !dm_serve_one(fd, 1))
			;
		close(fd);
	}
	close(efd);
	close(ifd);
	return NULL;
}

static void *channel_user_thread(void *data)
{
	struct load *load = data;
	char buf[64] = "payload";
	int fd;

	while (!load->stop) {
		fd = channel_open(0);
		if (fd < 0) {
			sleep_ms(1);
			continue;
		}
		while (!load->stop && write(fd, buf, 64) == 64 &&
		       pread(fd, buf, 64, 0) == 64)
			lseek(fd, 0, SEEK_SET);
		close(fd);
	}
	return NULL;
}

TEST_F_TIMEOUT(races, unbind_and_bind_under_load, 90)
{
	struct load load = { .stop = false };
	pthread_t thread[6];
	unsigned int i;

	for (i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, reading_thread, &load);
	for (; i < 4; i++)
		pthread_create(&thread[i], NULL, serving_thread, &load);
	for (; i < 6; i++)
		pthread_create(&thread[i], NULL, channel_user_thread, &load);
	for (i = 0; i < 40; i++) {
		sleep_ms(10 + i % 5 * 10);
		ASSERT_EQ(0, driver_unbind(&self->dev));
		ASSERT_EQ(0, driver_unbind(&self->channel));
		ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
		ASSERT_EQ(0, driver_bind(&self->channel, CHANNEL));
	}
	/* All frontends still get their answers. */
	EXPECT_TRUE(goes_on(&load, 10000));
	load.stop = true;
	hv_reset();
	for (i = 0; i < 6; i++)
		pthread_join(thread[i], NULL);
	TH_LOG("%lu reads", load.done);
}

static volatile int shared_fd;

/* Calls of all kinds on a descriptor that may be closed at any moment. */
static void *calling_thread(void *data)
{
	struct bao_dm_status status;
	struct load *load = data;
	struct bao_request req;
	int efd = event_fd();
	int fd;

	while (!load->stop) {
		fd = shared_fd;
		if (!dm_attach(fd, &req))
			dm_complete(fd, &req, 0);
		dm_ioeventfd(fd, efd, 0, REG, 4, 0);
		dm_irqfd(fd, efd, 0);
		memset(&status, 0, sizeof(status));
		ioctl(fd, BAO_DM_GET_STATUS, &status);
		dm_ioeventfd(fd, efd, BAO_IOEVENTFD_DEASSIGN, REG, 4, 0);
		dm_irqfd(fd, efd, BAO_IRQFD_DEASSIGN);
		load->done++;
	}
	close(efd);
	return NULL;
}

TEST_F_TIMEOUT(races, close_against_calls, 60)
{
	struct load load = { .stop = false }, reads = { .stop = false };
	uint64_t end = now_ms() + 4000;
	pthread_t thread[4];
	int i, fresh;

	/* The reads go on whatever is closed. */
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "200"));
	shared_fd = dm_open_flags(0, O_NONBLOCK);
	ASSERT_LE(0, shared_fd);
	for (i = 0; i < 3; i++)
		pthread_create(&thread[i], NULL, calling_thread, &load);
	pthread_create(&thread[3], NULL, reading_thread, &reads);
	while (now_ms() < end) {
		fresh = dm_open_flags(0, O_NONBLOCK);
		ASSERT_LE(0, fresh);
		ASSERT_LE(0, dup2(fresh, shared_fd));
		close(fresh);
	}
	load.stop = true;
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	reads.stop = true;
	close(shared_fd);
	pthread_join(thread[3], NULL);
	EXPECT_LT(0, reads.done);
	TH_LOG("%lu rounds, %lu reads", load.done, reads.done);
}

static void *releasing_thread(void *data)
{
	struct { struct load load; struct fakehv_device *dev; } *arg = data;

	while (!arg->load.stop)
		if (!attr_set(arg->dev, "dm0/release", "1"))
			arg->load.done++;
	return NULL;
}

/* The kernel answers what a daemon is just being handed, in vain. */
TEST_F_TIMEOUT(races, release_against_bad_pointers, 60)
{
	struct { struct load load; struct fakehv_device *dev; } release = {
		.dev = &self->dev,
	};
	struct load reads = { .stop = false };
	uint64_t end = now_ms() + 4000;
	unsigned long faults = 0;
	pthread_t thread[3];
	struct bao_request *ro;

	ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, ro);
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	pthread_create(&thread[0], NULL, releasing_thread, &release);
	pthread_create(&thread[1], NULL, reading_thread, &reads);
	pthread_create(&thread[2], NULL, reading_thread, &reads);
	while (now_ms() < end) {
		EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_ATTACH, ro));
		if (errno == EFAULT)
			faults++;
		else
			ASSERT_EQ(EAGAIN, errno);
	}
	/* Nobody but the kernel answers, and nothing stays behind. */
	reads.stop = true;
	pthread_join(thread[1], NULL);
	pthread_join(thread[2], NULL);
	release.load.stop = true;
	pthread_join(thread[0], NULL);
	EXPECT_LT(0, faults);
	EXPECT_EQ(0, attr_get(&self->dev, "dm0/completed"));
	EXPECT_EQ(0, attr_get(&self->dev, "dm0/late_answers"));
	EXPECT_EQ(0, hv_counters().outstanding);
	TH_LOG("%lu reads, %lu faults", reads.done, faults);
	munmap(ro, 4096);
}

static void *kicking_thread(void *data)
{
	struct load *load = data;
	struct fakehv_access access;

	while (!load->stop) {
		memset(&access, 0, sizeof(access));
		access.addr = REG;
		access.width = 4;
		access.value = load->done & 3;
		if (!frontend_access(&access))
			__atomic_fetch_add(&load->done, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *plain_server_thread(void *data)
{
	int fd = *(int *)data;

	while (!dm_serve_one(fd, 0))
		;
	return NULL;
}

/* Two that kick, and a daemon for what no ioeventfd takes. */
struct kicks {
	struct load load;
	pthread_t daemon;
	pthread_t thread[2];
};

static void kicks_start(FIXTURE_DATA(races) *self, struct kicks *kicks)
{
	int i;

	memset(kicks, 0, sizeof(*kicks));
	pthread_create(&kicks->daemon, NULL, plain_server_thread, &self->fd);
	for (i = 0; i < 2; i++)
		pthread_create(&kicks->thread[i], NULL, kicking_thread,
			       &kicks->load);
}

/* Each was answered once. The device is gone afterwards. */
static void kicks_stop(struct __test_metadata *_metadata,
		       FIXTURE_DATA(races) *self, struct kicks *kicks)
{
	int i;

	kicks->load.stop = true;
	for (i = 0; i < 2; i++)
		pthread_join(kicks->thread[i], NULL);
	EXPECT_LT(0, kicks->load.done);
	EXPECT_EQ(kicks->load.done, hv_counters().completed);
	EXPECT_EQ(0, hv_counters().outstanding);
	device_destroy(&self->dev);
	pthread_join(kicks->daemon, NULL);
}

TEST_F_TIMEOUT(races, registering_against_kicks, 60)
{
	struct kicks kicks;
	uint64_t end = now_ms() + 4000;
	unsigned long rounds = 0;
	int efd = event_fd();
	int i;

	kicks_start(self, &kicks);
	while (now_ms() < end) {
		for (i = 0; i < 4; i++)
			ASSERT_EQ(0, dm_ioeventfd(self->fd, efd,
						  BAO_IOEVENTFD_DATAMATCH,
						  REG, 4, i));
		for (i = 0; i < 4; i++)
			ASSERT_EQ(0, dm_ioeventfd(self->fd, efd,
						  BAO_IOEVENTFD_DATAMATCH |
						  BAO_IOEVENTFD_DEASSIGN,
						  REG, 4, i));
		rounds++;
	}
	kicks_stop(_metadata, self, &kicks);
	TH_LOG("%lu rounds, %lu kicks", rounds, kicks.load.done);
	close(efd);
}

/* The last reference to the eventfd is the kernel's. */
TEST_F_TIMEOUT(races, closing_against_kicks, 60)
{
	struct kicks kicks;
	uint64_t end = now_ms() + 4000;
	unsigned long rounds = 0;
	int efd, fd, i;

	kicks_start(self, &kicks);
	while (now_ms() < end) {
		fd = dm_open(0);
		ASSERT_LE(0, fd);
		for (i = 0; i < 4; i++) {
			efd = event_fd();
			ASSERT_EQ(0, dm_ioeventfd(fd, efd,
						  BAO_IOEVENTFD_DATAMATCH,
						  REG, 4, i));
			close(efd);
		}
		close(fd);
		rounds++;
	}
	kicks_stop(_metadata, self, &kicks);
	TH_LOG("%lu rounds, %lu kicks", rounds, kicks.load.done);
}

/* Asks for a device model that nobody has. */
static void *asking_thread(void *data)
{
	struct load *load = data;
	struct bao_dm_info info = { .id = 99 };
	int fd = open(CONTROL_NODE, O_RDWR | O_CLOEXEC);

	while (!load->stop && ioctl(fd, BAO_DM_GET_INFO, &info) &&
	       errno == ENOENT)
		__atomic_fetch_add(&load->done, 1, __ATOMIC_RELAXED);
	close(fd);
	return NULL;
}

/* The list of device models changes while others look through it. */
TEST_F_TIMEOUT(races, looking_up_against_unbind, 60)
{
	struct load load = { .stop = false };
	uint64_t end = now_ms() + 2000;
	unsigned int rounds = 0, i;
	struct fakehv_device other;
	pthread_t thread[2];

	/* Keeps the node. */
	model_init(&other, 2, 2, 2);
	ASSERT_TRUE(device_create(&other));
	for (i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, asking_thread, &load);
	while (now_ms() < end) {
		ASSERT_EQ(0, driver_unbind(&self->dev));
		ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
		rounds++;
	}
	EXPECT_TRUE(goes_on(&load, 5000));
	load.stop = true;
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	TH_LOG("%u rounds, %lu questions", rounds, load.done);
}

/* Counters are read while they change. */
TEST_F(races, counters_under_load)
{
	struct load load = { .stop = false };
	uint64_t end = now_ms() + 3000;
	long long last = 0, now;
	pthread_t thread[2];

	pthread_create(&thread[0], NULL, plain_server_thread, &self->fd);
	pthread_create(&thread[1], NULL, reading_thread, &load);
	while (now_ms() < end) {
		now = attr_get(&self->dev, "dm0/requests");
		ASSERT_LE(last, now);
		last = now;
	}
	load.stop = true;
	pthread_join(thread[1], NULL);
	EXPECT_LT(0, last);
	EXPECT_EQ(load.done, attr_get(&self->dev, "dm0/completed"));
	device_destroy(&self->dev);
	pthread_join(thread[0], NULL);
}

static void *ipc_eventfd_thread(void *data)
{
	struct load *load = data;
	struct bao_ipc_eventfd args = { .fd = event_fd() };
	int fd;

	while (!load->stop) {
		fd = channel_open(0);
		args.flags = 0;
		ioctl(fd, BAO_IPC_EVENTFD, &args);
		if (load->done++ % 2) {
			args.flags = BAO_IPC_EVENTFD_DEASSIGN;
			ioctl(fd, BAO_IPC_EVENTFD, &args);
		}
		close(fd);
	}
	close(args.fd);
	return NULL;
}

TEST_F(races, ipc_registering_against_events)
{
	struct fakehv_ring ring = {
		.kind = FAKEHV_IPC, .period_us = 20, .ms = 2000,
	};
	struct load load = { .stop = false };
	pthread_t thread[2];

	pthread_create(&thread[0], NULL, ipc_eventfd_thread, &load);
	pthread_create(&thread[1], NULL, ipc_eventfd_thread, &load);
	ASSERT_EQ(0, ioctl(hv, FAKEHV_RING, &ring));
	load.stop = true;
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	EXPECT_LT(0, load.done);
}

static int userfaultfd(void)
{
	return (int)syscall(__NR_userfaultfd, O_CLOEXEC);
}

/* Memory whose first use takes as long as its user lives. */
static void *endless_memory(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
		.range.len = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	void *page = mmap(NULL, (size_t)reg.range.len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = userfaultfd();

	reg.range.start = (uintptr_t)page;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))
		_exit(1);
	return page;
}

static pid_t child_that(void (*does)(FIXTURE_DATA(races) *self),
			FIXTURE_DATA(races) *self)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	does(self);
	_exit(0);
}

static void reads_slowly(FIXTURE_DATA(races) *self)
{
	void *page = endless_memory();

	_exit(pread(self->ipc, page, 8, 0) == 8 ? 2 : 3);
}

static void reads(FIXTURE_DATA(races) *self)
{
	char bytes[8];

	_exit(pread(self->ipc, bytes, 8, 0) == 8 ? 2 : 3);
}

static void unbinds(FIXTURE_DATA(races) *self)
{
	_exit(driver_unbind(&self->channel) ? 2 : 0);
}

/* How a killed child ended, or that it did not. */
static int killed(pid_t pid)
{
	int status = -1;
	unsigned int i;

	kill(pid, SIGKILL);
	for (i = 0; i < 500 && waitpid(pid, &status, WNOHANG) == 0; i++)
		sleep_ms(10);
	return status;
}

/*
 * User memory is accessed while the channel is held, and an unbind waits for
 * that. Others can poll meanwhile, and be killed.
 */
TEST_F(races, slow_memory_holds_up_the_unbind_only)
{
	struct pollfd pfd = { .fd = self->ipc, .events = POLLIN };
	int uffd = userfaultfd(), status;
	pid_t slow, unbinder, reader;

	if (uffd < 0)
		SKIP(return, "the kernel has no userfaultfd");
	close(uffd);
	slow = child_that(reads_slowly, self);
	EXPECT_TRUE(thread_sleeps(slow, 5000));
	unbinder = child_that(unbinds, self);
	EXPECT_TRUE(thread_sleeps(unbinder, 5000));
	EXPECT_EQ(0, waitpid(unbinder, &status, WNOHANG));
	reader = child_that(reads, self);
	/* PREEMPT_RT's semaphores let it pass, the others do not. */
	thread_sleeps(reader, 2000);
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	status = killed(reader);
	EXPECT_TRUE(status == SIGKILL ||
		    (WIFEXITED(status) && WEXITSTATUS(status) == 2));
	EXPECT_EQ(SIGKILL, killed(slow));
	EXPECT_EQ(unbinder, waitpid(unbinder, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, poll(&pfd, 1, 0));
}

TEST_HARNESS_MAIN
