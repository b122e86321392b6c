// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers that are unbound and bound a hundred times, with files open, memory
 * mapped, waiters asleep and requests everywhere.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "torture.h"

#define CYCLES		100
#define FRONTS		4
#define WAITERS		6
#define KEPT		16

/* What a waiter waits in. */
enum wait {
	IN_ATTACH,
	IN_DM_POLL,
	IN_DM_EPOLL,
	IN_IPC_POLL,
	IN_IPC_EPOLL,
	IN_IPC_READ,	/* does not wait, but reads and writes without pause */
};

struct waiter {
	enum wait in;
	int fd;
	volatile bool began;
	bool woken;	/* as it is documented */
	pthread_t thread;
};

static bool hangs_up_poll(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLPRI };

	return poll(&pfd, 1, -1) == 1 && (pfd.revents & POLLHUP);
}

static bool hangs_up_epoll(int fd)
{
	struct epoll_event ev = { .events = EPOLLPRI | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	bool ok;

	ok = !epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) &&
	     epoll_wait(ep, &ev, 1, -1) == 1 && (ev.events & EPOLLHUP);
	close(ep);
	return ok;
}

/* Until the end, with the right error. */
static bool reads_and_writes(int fd)
{
	char buf[256] = { 0 };

	while (pread(fd, buf, sizeof(buf), 0) == sizeof(buf))
		if (pwrite(fd, buf, sizeof(buf), 0) != sizeof(buf))
			break;
	return errno == ENODEV;
}

static bool attaches(int fd)
{
	struct bao_request req;

	while (!dm_attach(fd, &req))
		if (dm_complete(fd, &req, answer_to(0, req.addr)))
			break;
	return errno == ENODEV;
}

static void *waiter_thread(void *data)
{
	struct waiter *w = data;

	w->began = true;
	switch (w->in) {
	case IN_ATTACH:
		w->woken = attaches(w->fd);
		break;
	case IN_DM_POLL:
	case IN_IPC_POLL:
		w->woken = hangs_up_poll(w->fd);
		break;
	case IN_DM_EPOLL:
	case IN_IPC_EPOLL:
		w->woken = hangs_up_epoll(w->fd);
		break;
	case IN_IPC_READ:
		w->woken = reads_and_writes(w->fd);
		break;
	}
	return NULL;
}

/* A file that is still open after its driver went. */
struct kept {
	int fd;
	uint32_t *map;
	bool channel;
};

FIXTURE(unbind) {
	struct fakehv_device dev;
	struct fakehv_device channel;
	struct book *book;
	struct front front[FRONTS];
	struct waiter waiter[WAITERS];
	struct kept kept[KEPT];
	unsigned int num_kept;
	int efd;
	uint64_t rng;
	unsigned int files;
};

FIXTURE_SETUP(unbind)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	ASSERT_TRUE(channel_create(&self->channel, 0, 2));
	self->rng = seed_get();
	self->book = book_open();
	self->efd = event_fd();
	self->files = open_files();
}

FIXTURE_TEARDOWN(unbind)
{
	close(self->efd);
	hv_reset();
	book_close(self->book);
}

static void waiters_start(struct __test_metadata *_metadata,
			  FIXTURE_DATA(unbind) *self)
{
	struct bao_ipc_eventfd event = { .fd = self->efd };
	struct waiter *w;
	int i;

	for (i = 0; i < WAITERS; i++) {
		w = &self->waiter[i];
		memset(w, 0, sizeof(*w));
		w->in = (enum wait)i;
		/* One that serves the frontends, others that only wait. */
		w->fd = i == IN_ATTACH ? dm_open(0) :
			i < IN_IPC_POLL ? dm_open(1) : channel_open(0);
		ASSERT_LE(0, w->fd);
		if (i < IN_IPC_POLL) {
			EXPECT_EQ(0, dm_irqfd(w->fd, self->efd, 0) &&
				     errno != EBUSY);
			EXPECT_EQ(0, dm_ioeventfd(w->fd, self->efd, 0,
						  REG_KICK + i * 8, 4, 0));
		} else {
			EXPECT_EQ(0, ioctl(w->fd, BAO_IPC_EVENTFD, &event));
		}
		ASSERT_EQ(0, pthread_create(&w->thread, NULL, waiter_thread,
					    w));
	}
	for (i = 0; i < WAITERS; i++)
		while (!self->waiter[i].began)
			sleep_us(100);
}

/* All are told, and the right thing. */
static void waiters_join(struct __test_metadata *_metadata,
			 FIXTURE_DATA(unbind) *self)
{
	uint64_t end = now_ms() + SLACK_MS;
	int i;

	for (i = 0; i < WAITERS; i++) {
		while (pthread_tryjoin_np(self->waiter[i].thread, NULL)) {
			ASSERT_GT(end, now_ms()) {
				TH_LOG("waiter %d sleeps on", i);
			}
			sleep_us(200);
		}
		EXPECT_TRUE(self->waiter[i].woken) {
			TH_LOG("waiter %d", i);
		}
	}
}

static void check_gone_dm(struct __test_metadata *_metadata,
			  FIXTURE_DATA(unbind) *self, int fd)
{
	struct bao_dm_status status = { 0 };
	struct bao_request req = { 0 };

	EXPECT_EQ(-1, dm_attach(fd, &req));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, dm_complete(fd, &req, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, dm_ioeventfd(fd, self->efd, 0, REG_KICK, 4, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, dm_irqfd(fd, self->efd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, ioctl(fd, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(ENODEV, errno);
}

static void check_gone_channel(struct __test_metadata *_metadata, int fd)
{
	struct bao_ipc_notify notify = { 0 };
	struct bao_ipc_events events = { 0 };
	char byte = 0;

	EXPECT_EQ(-1, pread(fd, &byte, 1, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, pwrite(fd, &byte, 1, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, ioctl(fd, BAO_IPC_NOTIFY, &notify));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, ioctl(fd, BAO_IPC_GET_EVENTS, &events));
	EXPECT_EQ(ENODEV, errno);
}

/* Nothing but its mapping is of use, before and after the next binding. */
static void check_kept(struct __test_metadata *_metadata,
		       FIXTURE_DATA(unbind) *self, const struct kept *k)
{
	uint64_t start = k->channel ? IPC_START + CHANNEL_SIZE : DM_START(0);
	uint32_t *peer = hv_map(start, 4096);
	uint32_t value = chance(&self->rng, ~0U);
	struct pollfd pfd = { .fd = k->fd };

	if (k->channel)
		check_gone_channel(_metadata, k->fd);
	else
		check_gone_dm(_metadata, self, k->fd);
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_NE(0, pfd.revents & POLLHUP);
	*k->map = value;
	EXPECT_EQ(value, *peer);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, CHANNEL_SIZE, PROT_READ, MAP_SHARED,
				   k->fd, 0));
	EXPECT_EQ(ENODEV, errno);
	munmap(peer, 4096);
}

static void drop(FIXTURE_DATA(unbind) *self, unsigned int i)
{
	struct kept *k = &self->kept[i];

	/* The mapping alone keeps the file, for a while. */
	close(k->fd);
	munmap(k->map, CHANNEL_SIZE);
	*k = self->kept[--self->num_kept];
}

/* Maps the files of two waiters, to be kept; the others are closed later. */
static void keep(struct __test_metadata *_metadata, FIXTURE_DATA(unbind) *self,
		 enum wait in, bool channel)
{
	struct kept *k;
	void *map;

	if (self->num_kept == KEPT)
		drop(self, chance(&self->rng, KEPT));
	map = mmap(NULL, CHANNEL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   self->waiter[in].fd, channel ? CHANNEL_SIZE : 0);
	ASSERT_NE(MAP_FAILED, map);
	k = &self->kept[self->num_kept++];
	k->map = map;
	k->channel = channel;
	k->fd = dup(self->waiter[in].fd);
	ASSERT_LE(0, k->fd);
}

static void cycle(struct __test_metadata *_metadata,
		  FIXTURE_DATA(unbind) *self)
{
	unsigned int i, order = chance(&self->rng, 2);

	waiters_start(_metadata, self);
	keep(_metadata, self, IN_ATTACH, false);
	keep(_metadata, self, IN_IPC_POLL, true);
	sleep_us(chance(&self->rng, chance(&self->rng, 2) ? 500 : 20000));
	if (order)
		ASSERT_EQ(0, driver_unbind(&self->channel));
	ASSERT_EQ(0, driver_unbind(&self->dev));
	if (!order)
		ASSERT_EQ(0, driver_unbind(&self->channel));
	waiters_join(_metadata, self);
	EXPECT_EQ(-1, access(CONTROL_NODE, F_OK));
	EXPECT_EQ(-1, dm_open(0));
	EXPECT_EQ(-1, channel_open(0));
	i = chance(&self->rng, self->num_kept);
	check_kept(_metadata, self, &self->kept[i]);
	ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
	ASSERT_EQ(0, driver_bind(&self->channel, CHANNEL));
	i = chance(&self->rng, self->num_kept);
	check_kept(_metadata, self, &self->kept[i]);
	for (i = 0; i < WAITERS; i++)
		close(self->waiter[i].fd);
}

/* As if nothing had been. */
static void check_fresh(struct __test_metadata *_metadata,
			FIXTURE_DATA(unbind) *self)
{
	int fd = dm_open(1), ipc = channel_open(0), efd = event_fd();
	struct pollfd pfd = { .fd = ipc, .events = POLLIN };
	struct bao_ipc_notify notify = { .event = 1 };
	uint64_t seen = hv_counters().dm_notified[1];
	struct frontend f;

	EXPECT_EQ(0, dm_ioeventfd(fd, efd, 0, REG_KICK, 4, 0));
	EXPECT_EQ(0, dm_irqfd(fd, self->efd, 0));
	frontend_read(&f, 1, REG_READ, 4);
	EXPECT_EQ(0, dm_serve_one(fd, 7));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(7, f.access.value);
	frontend_write(&f, 1, REG_KICK, 4, 0);
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(1, event_count(efd));
	eventfd_write(self->efd, 1);
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, seen, SLACK_MS));
	hv_ring(FAKEHV_IPC, 0, 1);
	EXPECT_EQ(1, poll(&pfd, 1, SLACK_MS));
	seen = hv_counters().ipc_notified[0][1];
	EXPECT_EQ(0, ioctl(ipc, BAO_IPC_NOTIFY, &notify));
	EXPECT_EQ(0, hv_wait(FAKEHV_IPC, 0, 1, seen, SLACK_MS));
	close(fd);
	close(ipc);
	close(efd);
}

TEST_F_TIMEOUT(unbind, a_hundred_times, 1500)
{
	uint64_t refused = hv_counters().refused;
	struct front sum;
	int fd;
	unsigned int i;

	for (i = 0; i < FRONTS; i++)
		front_start(&self->front[i], self->book, 0, self->rng + i);
	for (i = 0; i < share(CYCLES); i++)
		cycle(_metadata, self);

	/* What no binding had fetched is answered by the last one. */
	fd = dm_open(0);
	self->waiter[0].fd = fd;
	self->waiter[0].in = IN_ATTACH;
	ASSERT_EQ(0, pthread_create(&self->waiter[0].thread, NULL,
				    waiter_thread, &self->waiter[0]));
	EXPECT_TRUE(fronts_advance(self->front, FRONTS));
	EXPECT_TRUE(fronts_stop(self->front, FRONTS));
	check_fresh(_metadata, self);
	sum = fronts_sum(self->front, FRONTS);
	EXPECT_EQ(0, sum.wrong);
	EXPECT_EQ(0, sum.errors);
	/* A call that must be refused tells Bao from others, for each bind. */
	EXPECT_EQ(refused + 2 * share(CYCLES), hv_counters().refused);
	EXPECT_EQ(0, hv_counters().outstanding);
	EXPECT_EQ(hv_counters().requests, hv_counters().completed);
	EXPECT_EQ(0, hv_counters().dead);
	EXPECT_EQ(0, hv_counters().hung);
	while (self->num_kept)
		drop(self, 0);
	EXPECT_TRUE(dm_is_clean(&self->dev, 1));
	ASSERT_EQ(0, driver_unbind(&self->dev));
	pthread_join(self->waiter[0].thread, NULL);
	EXPECT_TRUE(self->waiter[0].woken);
	close(fd);
	EXPECT_EQ(self->files, open_files());
	TH_LOG("%lu accesses, %lu of the reads answered by the kernel",
	       sum.done, sum.zeros);
}

TEST_HARNESS_MAIN
