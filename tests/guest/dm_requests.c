// SPDX-License-Identifier: GPL-2.0-only
/* ATTACH and COMPLETE: how a daemon gets requests and answers them. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib.h"

#define REG	0xa003e00ULL
#define JUNK	0xfedcba9876543210ULL

/* A thread in ATTACH; @into is @req, or where no request can be written. */
struct taker {
	int fd;
	struct bao_request req;
	struct bao_request *into;
	pthread_t thread;
	pid_t tid;
	int error;
	bool done;
};

static void *taker_thread(void *data)
{
	struct taker *t = data;

	__atomic_store_n(&t->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	t->error = ioctl(t->fd, BAO_DM_ATTACH, t->into) ? errno : 0;
	__atomic_store_n(&t->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool taker_start_into(struct taker *t, int fd, struct bao_request *into)
{
	memset(t, 0, sizeof(*t));
	memset(&t->req, 0xa5, sizeof(t->req));
	t->fd = fd;
	t->into = into;
	if (pthread_create(&t->thread, NULL, taker_thread, t))
		return false;
	while (!__atomic_load_n(&t->tid, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	return thread_sleeps(t->tid, 10000);
}

static bool taker_start(struct taker *t, int fd)
{
	return taker_start_into(t, fd, &t->req);
}

static bool taker_done(struct taker *t, unsigned int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;

	while (!__atomic_load_n(&t->done, __ATOMIC_ACQUIRE)) {
		if (now_ms() > end)
			return false;
		sleep_ms(1);
	}
	pthread_join(t->thread, NULL);
	return true;
}

FIXTURE(requests) {
	struct fakehv_device dev;
	int fd;
};

FIXTURE_SETUP(requests)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	self->fd = dm_open(0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(requests)
{
	close(self->fd);
	hv_reset();
}

TEST_F(requests, write_arrives_whole)
{
	struct bao_request req;
	struct frontend f;

	frontend_write(&f, 0, REG + 0x70, 4, 0x0f);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(0, req.dm_id);
	EXPECT_EQ(REG + 0x70, req.addr);
	EXPECT_EQ(BAO_REQUEST_WRITE, req.op);
	EXPECT_EQ(0x0f, req.value);
	EXPECT_EQ(4, req.access_width);
	EXPECT_EQ(0, req.request_id & BAO_REQUEST_REDELIVERED);
	EXPECT_FALSE(frontend_done(&f, 50));
	EXPECT_EQ(0, dm_complete(self->fd, &req, JUNK));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(BAO_REQUEST_WRITE, f.access.done_op);
}

TEST_F(requests, read_gets_the_answer)
{
	struct bao_request req;
	struct frontend f;

	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(BAO_REQUEST_READ, req.op);
	EXPECT_EQ(0, req.value);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0x74726976));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(BAO_REQUEST_READ, f.access.done_op);
	EXPECT_EQ(0x74726976, f.access.value);
}

TEST_F(requests, values_are_cut_to_the_width)
{
	static const unsigned int widths[] = { 1, 2, 4, 8 };
	struct bao_request req;
	struct frontend f;
	uint64_t mask;
	unsigned int i;

	/* wider than a register cannot occur */
	for (i = 0; i < ARRAY_SIZE(widths) && widths[i] <= sizeof(long); i++) {
		mask = widths[i] == 8 ? ~0ULL : (1ULL << 8 * widths[i]) - 1;

		frontend_write(&f, 0, REG + i, widths[i], JUNK);
		ASSERT_EQ(0, dm_attach(self->fd, &req));
		EXPECT_EQ(widths[i], req.access_width);
		EXPECT_EQ(JUNK & mask, req.value);
		ASSERT_EQ(0, dm_complete(self->fd, &req, 0));
		ASSERT_TRUE(frontend_join(&f));

		/* Bao puts all 64 bits into the frontend's register. */
		frontend_read(&f, 0, REG + i, widths[i]);
		ASSERT_EQ(0, dm_attach(self->fd, &req));
		ASSERT_EQ(0, dm_complete(self->fd, &req, JUNK));
		ASSERT_TRUE(frontend_join(&f));
		EXPECT_EQ(JUNK & mask, f.access.value);
	}
}

TEST_F(requests, odd_widths_are_answered_by_the_kernel)
{
	static const unsigned int widths[] = {
		0, 3, 5, 7, 9, 16, 0x80000000, 0x10004,
	};
	struct frontend f;
	unsigned int i;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		struct bao_request req;

		EXPECT_EQ(-1, dm_attach(self->fd, &req));
		EXPECT_EQ(EAGAIN, errno);
		frontend_start(&f, 0, i % 2, REG, widths[i], JUNK);
		ASSERT_TRUE(frontend_join(&f));
		/* As a write, which leaves the frontend's register alone. */
		EXPECT_EQ(BAO_REQUEST_WRITE, f.access.done_op);
		EXPECT_EQ(-1, dm_attach(self->fd, &req));
		EXPECT_EQ(EAGAIN, errno);
	}
	EXPECT_EQ(ARRAY_SIZE(widths),
		  attr_get(&self->dev, "dm0/invalid_requests"));
}

TEST_F(requests, unknown_operations_are_answered_by_the_kernel)
{
	static const unsigned int ops[] = { 2, 3, 4, 0xffffffff, 0x10001 };
	struct bao_request req;
	struct frontend f;
	unsigned int i;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, dm_attach(self->fd, &req));
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		frontend_start(&f, 0, ops[i], REG, 4, JUNK);
		ASSERT_TRUE(frontend_join(&f));
		EXPECT_EQ(BAO_REQUEST_WRITE, f.access.done_op);
	}
	EXPECT_EQ(-1, dm_attach(self->fd, &req));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(ARRAY_SIZE(ops), attr_get(&self->dev, "dm0/invalid_requests"));
}

TEST_F(requests, nonblock)
{
	struct bao_request req;
	struct frontend f;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, dm_attach(self->fd, &req));
	EXPECT_EQ(EAGAIN, errno);
	frontend_read(&f, 0, REG, 4);
	while (dm_attach(self->fd, &req))
		ASSERT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 1));
	EXPECT_TRUE(frontend_join(&f));
}

TEST_F(requests, blocks_until_one_comes)
{
	struct frontend f;
	struct taker t;

	ASSERT_TRUE(taker_start(&t, self->fd));
	EXPECT_FALSE(taker_done(&t, 100));
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(taker_done(&t, 2000));
	EXPECT_EQ(0, t.error);
	EXPECT_EQ(0, dm_complete(self->fd, &t.req, 7));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(7, f.access.value);
}

TEST_F(requests, poll_and_epoll)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN | POLLOUT };
	struct epoll_event ev = { .events = EPOLLIN };
	struct bao_request req;
	struct frontend f;
	int ep = epoll_create1(EPOLL_CLOEXEC);

	EXPECT_EQ(0, poll(&pfd, 1, 50) & ~1);
	EXPECT_EQ(0, pfd.revents & (POLLIN | POLLERR | POLLHUP));
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &ev));
	EXPECT_EQ(0, epoll_wait(ep, &ev, 1, 50));

	frontend_read(&f, 0, REG, 4);
	pfd.events = POLLIN;
	EXPECT_EQ(1, poll(&pfd, 1, 2000));
	EXPECT_EQ(POLLIN, pfd.revents);
	EXPECT_EQ(1, epoll_wait(ep, &ev, 1, 2000));
	EXPECT_EQ(EPOLLIN, ev.events);

	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_EQ(0, epoll_wait(ep, &ev, 1, 0));
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	EXPECT_TRUE(frontend_join(&f));
	close(ep);
}

TEST_F(requests, poll_alone_serves)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN };
	struct frontend f;

	/* It came before anybody served: only the poll can find it. */
	frontend_read(&f, 0, REG, 4);
	EXPECT_FALSE(frontend_done(&f, 100));
	EXPECT_EQ(1, poll(&pfd, 1, 2000));
	EXPECT_EQ(0, dm_serve_one(self->fd, 3));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(3, f.access.value);
}

static void do_nothing(int sig)
{
	(void)sig;
}

TEST_F(requests, signals_restart_or_not)
{
	struct sigaction sa = { .sa_handler = do_nothing };
	struct frontend f;
	struct taker t;

	sa.sa_flags = SA_RESTART;
	ASSERT_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	ASSERT_TRUE(taker_start(&t, self->fd));
	ASSERT_EQ(0, pthread_kill(t.thread, SIGUSR1));
	EXPECT_FALSE(taker_done(&t, 100));
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(taker_done(&t, 2000));
	EXPECT_EQ(0, t.error);
	EXPECT_EQ(0, dm_complete(self->fd, &t.req, 1));
	EXPECT_TRUE(frontend_join(&f));

	sa.sa_flags = 0;
	ASSERT_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	ASSERT_TRUE(taker_start(&t, self->fd));
	ASSERT_EQ(0, pthread_kill(t.thread, SIGUSR1));
	ASSERT_TRUE(taker_done(&t, 2000));
	EXPECT_EQ(EINTR, t.error);
}

TEST_F_TIMEOUT(requests, signals_lose_no_request, 300)
{
	struct sigaction sa = { .sa_handler = do_nothing };
	unsigned int i, lost = 0;
	struct frontend f;
	struct taker t;

	ASSERT_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	for (i = 0; i < 200; i++) {
		ASSERT_TRUE(taker_start(&t, self->fd));
		frontend_read(&f, 0, REG, 4);
		pthread_kill(t.thread, SIGUSR1);
		ASSERT_TRUE(taker_done(&t, 2000));
		if (t.error) {
			ASSERT_EQ(EINTR, t.error);
			lost++;
			ASSERT_EQ(0, dm_serve_one(self->fd, i));
		} else {
			ASSERT_EQ(0, dm_complete(self->fd, &t.req, i));
		}
		ASSERT_TRUE(frontend_join(&f));
		ASSERT_EQ(i, f.access.value);
	}
	TH_LOG("%u of %u were interrupted", lost, i);
}

TEST_F(requests, bad_pointer_puts_the_request_back)
{
	struct bao_request *ro, req;
	struct frontend f, g;

	ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, ro);

	frontend_write(&f, 0, REG, 4, 1);
	ASSERT_TRUE(frontends_wait(1));
	frontend_write(&g, 0, REG, 4, 2);
	ASSERT_TRUE(frontends_wait(2));
	EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_ATTACH, ro));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_ATTACH, NULL));
	EXPECT_EQ(EFAULT, errno);

	/* Still the first in the queue, and nobody saw it before. */
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(1, req.value);
	EXPECT_EQ(0, req.request_id & BAO_REQUEST_REDELIVERED);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	EXPECT_TRUE(frontend_join(&f));
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(2, req.value);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	EXPECT_TRUE(frontend_join(&g));
	munmap(ro, 4096);
}

TEST_F(requests, bad_pointer_wakes_another_taker)
{
	struct taker bad, t;
	struct frontend f;
	void *ro;

	ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, ro);
	/* The bad one waits first, so it is the one that is woken. */
	ASSERT_TRUE(taker_start_into(&bad, self->fd, ro));
	ASSERT_TRUE(taker_start(&t, self->fd));
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(taker_done(&t, 2000));
	EXPECT_EQ(0, t.error);
	ASSERT_TRUE(taker_done(&bad, 10000));
	EXPECT_EQ(EFAULT, bad.error);
	EXPECT_EQ(0, dm_complete(self->fd, &t.req, 5));
	EXPECT_TRUE(frontend_join(&f));
}

TEST_F(requests, two_takers_two_requests)
{
	struct frontend f, g;
	struct taker t, u;

	ASSERT_TRUE(taker_start(&t, self->fd));
	ASSERT_TRUE(taker_start(&u, self->fd));
	frontend_read(&f, 0, REG, 4);
	frontend_read(&g, 0, REG + 4, 4);
	ASSERT_TRUE(taker_done(&t, 2000));
	ASSERT_TRUE(taker_done(&u, 2000));
	EXPECT_NE(t.req.request_id, u.req.request_id);
	EXPECT_NE(t.req.addr, u.req.addr);
	/* Answered the other way round, each with its address. */
	EXPECT_EQ(0, dm_complete(self->fd, &u.req, u.req.addr));
	EXPECT_EQ(0, dm_complete(self->fd, &t.req, t.req.addr));
	ASSERT_TRUE(frontend_join(&f));
	ASSERT_TRUE(frontend_join(&g));
	EXPECT_EQ(REG, f.access.value);
	EXPECT_EQ(REG + 4, g.access.value);
}

TEST_F(requests, in_order)
{
	struct frontend f[6];
	struct bao_request req;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(f); i++) {
		frontend_write(&f[i], 0, REG, 4, i);
		ASSERT_TRUE(frontends_wait(i + 1));
	}
	for (i = 0; i < ARRAY_SIZE(f); i++) {
		ASSERT_EQ(0, dm_attach(self->fd, &req));
		EXPECT_EQ(i, req.value);
		ASSERT_EQ(0, dm_complete(self->fd, &req, 0));
		ASSERT_TRUE(frontend_join(&f[i]));
	}
}

TEST_F(requests, complete_of_what_was_never_taken)
{
	const uint64_t ids[] = {
		0, 1, 63, 64, 0xffffffff, ~0ULL, BAO_REQUEST_REDELIVERED, 1ULL << 62,
	};
	struct bao_request req = { 0 };
	struct fakehv_counters before = hv_counters();
	struct frontend f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		req.request_id = ids[i];
		EXPECT_EQ(-1, dm_complete(self->fd, &req, 0));
		EXPECT_EQ(ENOENT, errno);
	}

	/* With a request in the table that waits, and with one that is taken. */
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, dm_attach(self->fd, &req));
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(dm_queued(self->fd, 1));
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		memset(&req, 0, sizeof(req));
		req.request_id = ids[i];
		EXPECT_EQ(-1, dm_complete(self->fd, &req, 0));
		EXPECT_EQ(ENOENT, errno);
	}
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	for (i = 0; i < 63; i++) {
		struct bao_request other = req;

		other.request_id = req.request_id ^ (1ULL << i);
		EXPECT_EQ(-1, dm_complete(self->fd, &other, 0));
		EXPECT_EQ(ENOENT, errno) TH_LOG("bit %u", i);
	}
	EXPECT_EQ(before.completed, hv_counters().completed);
	EXPECT_EQ(before.refused, hv_counters().refused);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 9));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(9, f.access.value);
}

TEST_F(requests, complete_twice)
{
	struct bao_request req, next;
	struct frontend f;

	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(0, dm_complete(self->fd, &req, 1));
	EXPECT_EQ(-1, dm_complete(self->fd, &req, 2));
	EXPECT_EQ(ENOENT, errno);
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(1, f.access.value);

	/* Bao has given the same id to the next one; the old must not hit it */
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &next));
	EXPECT_NE(req.request_id, next.request_id);
	EXPECT_EQ(-1, dm_complete(self->fd, &req, 3));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_FALSE(frontend_done(&f, 50));
	EXPECT_EQ(0, dm_complete(self->fd, &next, 4));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(4, f.access.value);
}

TEST_F(requests, op_and_dm_of_the_table_count)
{
	static const uint64_t ops[] = { 0, 1, 2, 3, ~0ULL };
	struct fakehv_counters before, after;
	struct bao_request req, lie;
	struct frontend f, other;
	unsigned int i;

	/* Somebody waits on the device model that the lies are about. */
	frontend_read(&other, 1, REG, 4);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		frontend_read(&f, 0, REG, 4);
		ASSERT_EQ(0, dm_attach(self->fd, &req));
		before = hv_counters();
		lie = req;
		lie.op = ops[i];
		lie.dm_id = 1;
		lie.addr = ~0ULL;
		lie.access_width = 1;
		EXPECT_EQ(0, dm_complete(self->fd, &lie, 0x12345678));
		ASSERT_TRUE(frontend_join(&f));
		EXPECT_EQ(BAO_REQUEST_READ, f.access.done_op);
		EXPECT_EQ(0x12345678, f.access.value);
		after = hv_counters();
		EXPECT_EQ(before.dm_calls[1], after.dm_calls[1]);
		EXPECT_EQ(before.calls[FAKEHV_CALL_NOTIFY],
			  after.calls[FAKEHV_CALL_NOTIFY]);
	}
	EXPECT_FALSE(frontend_done(&other, 20));
	ASSERT_EQ(0, device_destroy(&self->dev));
}

TEST_F(requests, only_the_file_that_took_it_answers)
{
	struct bao_request req;
	struct frontend f;
	int second = dm_open(0), other = dm_open(1);

	ASSERT_LE(0, second);
	ASSERT_LE(0, other);
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(-1, dm_complete(second, &req, 1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, dm_complete(other, &req, 1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_FALSE(frontend_done(&f, 20));
	EXPECT_EQ(0, dm_complete(self->fd, &req, 2));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(2, f.access.value);
	close(second);
	close(other);
}

TEST_F(requests, device_models_do_not_mix)
{
	struct bao_request req;
	struct frontend f, g;
	int other = dm_open(1);

	ASSERT_LE(0, other);
	frontend_read(&f, 0, REG, 4);
	frontend_read(&g, 1, REG, 4);
	ASSERT_EQ(0, dm_attach(other, &req));
	EXPECT_EQ(1, req.dm_id);
	EXPECT_EQ(0, dm_complete(other, &req, 11));
	EXPECT_TRUE(frontend_join(&g));
	EXPECT_EQ(11, g.access.value);
	EXPECT_FALSE(frontend_done(&f, 20));
	EXPECT_EQ(0, dm_serve_one(self->fd, 10));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(10, f.access.value);
	close(other);
}

/* Each frontend checks that it gets the answer to its own question. */
static void *asking_thread(void *data)
{
	struct fakehv_access access;
	unsigned long n = (unsigned long)data, i;

	for (i = 0; i < 300; i++) {
		memset(&access, 0, sizeof(access));
		access.op = BAO_REQUEST_READ;
		access.width = sizeof(long);
		access.addr = n << 24 | i;
		if (frontend_access(&access) ||
		    access.value != ~(unsigned long)access.addr)
			return (void *)1;
	}
	return NULL;
}

static void *answering_thread(void *data)
{
	int fd = *(int *)data;
	struct bao_request req;

	while (!dm_attach(fd, &req))
		if (dm_complete(fd, &req, ~req.addr))
			return (void *)1;
	return errno == ENODEV ? NULL : (void *)1;
}

TEST_F_TIMEOUT(requests, eight_takers_eight_frontends, 120)
{
	struct fakehv_config config = {
		.num_dms = 2, .num_ipcs = 1, .num_slots = 5,
	};
	uint64_t refused = hv_counters().refused;
	pthread_t ask[8], answer[8];
	unsigned long i;
	void *bad;

	hv_config(config);
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, pthread_create(&answer[i], NULL, answering_thread,
					    &self->fd));
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, pthread_create(&ask[i], NULL, asking_thread,
					    (void *)i));
	for (i = 0; i < 8; i++) {
		pthread_join(ask[i], &bad);
		EXPECT_EQ(NULL, bad);
	}
	EXPECT_EQ(refused, hv_counters().refused);
	EXPECT_EQ(2400, attr_get(&self->dev, "dm0/completed"));
	ASSERT_EQ(0, device_destroy(&self->dev));
	for (i = 0; i < 8; i++) {
		pthread_join(answer[i], &bad);
		EXPECT_EQ(NULL, bad);
	}
}

TEST_F(requests, more_than_the_table_holds)
{
	struct fakehv_config config = {
		.num_dms = 2, .num_ipcs = 1, .num_slots = 64,
	};
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN };
	struct frontend f[64], late;
	unsigned int i;

	/* 64 CPUs of one frontend: twice as many as the table has slots. */
	hv_config(config);
	for (i = 0; i < 64; i++)
		frontend_write(&f[i], 0, REG, 4, i);
	ASSERT_EQ(1, poll(&pfd, 1, 2000));
	frontend_write(&late, 0, REG, 4, 64);
	for (i = 0; i < 65; i++)
		ASSERT_EQ(0, dm_serve_one(self->fd, 0));
	for (i = 0; i < 64; i++)
		EXPECT_TRUE(frontend_join(&f[i]));
	EXPECT_TRUE(frontend_join(&late));
	EXPECT_EQ(65, hv_counters().completed);
}

static unsigned int num_done(struct frontend *f, unsigned int num)
{
	unsigned int done = 0;

	while (num--)
		done += frontend_done(&f[num], 0);
	return done;
}

TEST_F(requests, unbind_with_more_than_the_table_holds)
{
	struct fakehv_config config = {
		.num_dms = 2, .num_ipcs = 1, .num_slots = 40,
	};
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN };
	struct frontend f[40];
	unsigned int i;
	uint64_t end;

	hv_config(config);
	for (i = 0; i < 40; i++)
		frontend_write(&f[i], 0, REG, 4, i);
	ASSERT_TRUE(frontends_wait(40));
	ASSERT_EQ(1, poll(&pfd, 1, 10000));
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/requests", "32", 10000));

	/* What was fetched is answered, and the room is not used for more. */
	ASSERT_EQ(0, driver_unbind(&self->dev));
	end = now_ms() + 10000;
	while (num_done(f, 40) < 32 && now_ms() < end)
		;
	sleep_ms(50);
	EXPECT_EQ(32, num_done(f, 40));
	EXPECT_EQ(8, hv_counters().outstanding);

	/* The rest has waited in the hypervisor. */
	ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
	close(self->fd);
	self->fd = dm_open(0);
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, dm_serve_one(self->fd, 0));
	for (i = 0; i < 40; i++)
		EXPECT_TRUE(frontend_join(&f[i]));
}

/* Whether the attribute names this address. */
static bool oldest_is(const struct fakehv_device *dev, uint64_t addr)
{
	unsigned long long id, found, age;
	char text[128];

	attr_text(dev, "dm0/oldest_request", text, sizeof(text));
	return sscanf(text, "%llu %llx %llu", &id, &found, &age) == 3 &&
	       found == addr;
}

TEST_F(requests, oldest_of_several)
{
	struct bao_request req[2];
	struct frontend f[2];
	unsigned int i;

	/* One always waits for the next, all around the table. */
	frontend_read(&f[0], 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req[0]));
	for (i = 1; i < 40; i++) {
		sleep_ms(20);
		frontend_read(&f[i % 2], 0, REG + i, 4);
		ASSERT_EQ(0, dm_attach(self->fd, &req[i % 2]));
		EXPECT_TRUE(oldest_is(&self->dev, REG + i - 1));
		ASSERT_EQ(0, dm_complete(self->fd, &req[(i - 1) % 2], 0));
		ASSERT_TRUE(frontend_join(&f[(i - 1) % 2]));
		EXPECT_TRUE(oldest_is(&self->dev, REG + i));
	}
	ASSERT_EQ(0, dm_complete(self->fd, &req[(i - 1) % 2], 0));
	ASSERT_TRUE(frontend_join(&f[(i - 1) % 2]));
}

TEST_F(requests, interrupts_are_counted)
{
	struct frontend f;
	unsigned int i;

	EXPECT_EQ(0, attr_get(&self->dev, "dm0/interrupts"));
	for (i = 0; i < 5; i++) {
		frontend_read(&f, 0, REG, 4);
		ASSERT_EQ(0, dm_serve_one(self->fd, i));
		ASSERT_TRUE(frontend_join(&f));
	}
	EXPECT_LT(0, attr_get(&self->dev, "dm0/interrupts"));
	EXPECT_EQ(hv_counters().dm_delivered[0],
		  attr_get(&self->dev, "dm0/interrupts"));
	EXPECT_EQ(0, attr_get(&self->dev, "dm1/interrupts"));
}

TEST_F(requests, counters_and_oldest)
{
	unsigned long long id, addr, age;
	struct bao_request req;
	struct frontend f;
	char text[128];

	attr_text(&self->dev, "dm0/oldest_request", text, sizeof(text));
	EXPECT_STREQ("none", text);
	frontend_read(&f, 0, REG + 8, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	sleep_ms(60);
	attr_text(&self->dev, "dm0/oldest_request", text, sizeof(text));
	ASSERT_EQ(3, sscanf(text, "%llu %llx %llu", &id, &addr, &age))
		TH_LOG("%s", text);
	EXPECT_EQ(REG + 8, addr);
	EXPECT_LE(50, age);
	EXPECT_GE(20000, age);
	EXPECT_EQ(getpid(), attr_get(&self->dev, "dm0/server_pid"));
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "served", 0));
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(1, attr_get(&self->dev, "dm0/requests"));
	EXPECT_EQ(1, attr_get(&self->dev, "dm0/delivered"));
	EXPECT_EQ(1, attr_get(&self->dev, "dm0/completed"));
	attr_text(&self->dev, "dm0/oldest_request", text, sizeof(text));
	EXPECT_STREQ("none", text);
}

TEST_F(requests, oldest_of_two)
{
	unsigned long long id, addr, age;
	struct frontend f, g;
	char text[128];

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, dm_attach(self->fd, &(struct bao_request){ 0 }));
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(dm_queued(self->fd, 1));
	sleep_ms(300);
	frontend_read(&g, 0, REG + 4, 4);
	ASSERT_TRUE(dm_queued(self->fd, 2));
	attr_text(&self->dev, "dm0/oldest_request", text, sizeof(text));
	ASSERT_EQ(3, sscanf(text, "%llu %llx %llu", &id, &addr, &age))
		TH_LOG("%s", text);
	EXPECT_EQ(REG, addr);
	EXPECT_LE(250, age);
	EXPECT_EQ(0, dm_serve_one(self->fd, 0));
	EXPECT_TRUE(frontend_join(&f));
	attr_text(&self->dev, "dm0/oldest_request", text, sizeof(text));
	ASSERT_EQ(3, sscanf(text, "%llu %llx %llu", &id, &addr, &age))
		TH_LOG("%s", text);
	EXPECT_EQ(REG + 4, addr);
	EXPECT_EQ(0, dm_serve_one(self->fd, 0));
	EXPECT_TRUE(frontend_join(&g));
}

static unsigned long switches(pid_t tid)
{
	char path[64], line[128];
	unsigned long num = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "voluntary_ctxt_switches: %lu", &num);
	if (file)
		fclose(file);
	return num;
}

TEST_F(requests, one_request_wakes_one_taker)
{
	struct frontend f, g;
	struct taker t, u;
	unsigned long before;

	ASSERT_TRUE(taker_start(&t, self->fd));
	ASSERT_TRUE(taker_start(&u, self->fd));
	before = switches(u.tid);
	ASSERT_LT(0, before);
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(taker_done(&t, 2000));
	EXPECT_FALSE(taker_done(&u, 100));
	/* The other one has slept on. */
	EXPECT_EQ(before, switches(u.tid));
	EXPECT_EQ(0, dm_complete(self->fd, &t.req, 0));
	EXPECT_TRUE(frontend_join(&f));
	frontend_read(&g, 0, REG, 4);
	ASSERT_TRUE(taker_done(&u, 2000));
	EXPECT_EQ(0, dm_complete(self->fd, &u.req, 0));
	EXPECT_TRUE(frontend_join(&g));
}

static unsigned int fdinfo(int fd, const char *key, char *value, size_t len)
{
	char path[64], line[128];
	unsigned int num = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, strlen(key)))
			continue;
		num++;
		snprintf(value, len, "%s", line + strlen(key) + 2);
		value[strcspn(value, "\n")] = '\0';
	}
	if (file)
		fclose(file);
	return num;
}

TEST_F(requests, fdinfo_of_two_files)
{
	int second = dm_open(0), efd = event_fd();
	struct bao_request req;
	struct frontend f;
	char text[64];

	ASSERT_EQ(0, dm_ioeventfd(self->fd, efd, BAO_IOEVENTFD_DATAMATCH,
				  REG + 0x50, 4, 7));
	ASSERT_EQ(0, dm_ioeventfd(self->fd, efd, 0, REG + 0x60, 2, 0));
	ASSERT_EQ(0, dm_irqfd(self->fd, efd, 0));
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));

	EXPECT_EQ(1, fdinfo(self->fd, "bao-dm", text, sizeof(text)));
	EXPECT_STREQ("0", text);
	EXPECT_EQ(1, fdinfo(self->fd, "bao-taken", text, sizeof(text)));
	EXPECT_STREQ("1", text);
	EXPECT_EQ(1, fdinfo(self->fd, "bao-irqfds", text, sizeof(text)));
	EXPECT_STREQ("1", text);
	EXPECT_EQ(2, fdinfo(self->fd, "bao-ioeventfd", text, sizeof(text)));
	EXPECT_STREQ("0xa003e60 2 any", text);

	EXPECT_EQ(1, fdinfo(second, "bao-taken", text, sizeof(text)));
	EXPECT_STREQ("0", text);
	EXPECT_EQ(1, fdinfo(second, "bao-irqfds", text, sizeof(text)));
	EXPECT_STREQ("0", text);
	EXPECT_EQ(0, fdinfo(second, "bao-ioeventfd", text, sizeof(text)));
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	EXPECT_TRUE(frontend_join(&f));
	close(second);
	close(efd);
}

TEST_F(requests, status_and_interrupts_are_counted)
{
	struct bao_dm_status status = { 0 };
	struct bao_request req;
	struct frontend f, g;

	EXPECT_EQ(0, attr_get(&self->dev, "dm0/interrupts"));
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	/* The first may have been fetched ahead of its interrupt. */
	EXPECT_TRUE(attr_reach(&self->dev, "dm0/interrupts", 1, 10000));
	frontend_read(&g, 0, REG, 4);
	ASSERT_TRUE(dm_queued(self->fd, 1));
	ASSERT_EQ(0, ioctl(self->fd, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(1, status.taken);
	EXPECT_EQ(1, status.queued);
	EXPECT_TRUE(attr_reach(&self->dev, "dm0/interrupts", 2, 10000));
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	EXPECT_TRUE(frontend_join(&f));
	memset(&status, 0, sizeof(status));
	ASSERT_EQ(0, ioctl(self->fd, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(0, status.taken);
	EXPECT_EQ(1, status.queued);
	EXPECT_EQ(0, dm_serve_one(self->fd, 0));
	EXPECT_TRUE(frontend_join(&g));
}

TEST_HARNESS_MAIN
