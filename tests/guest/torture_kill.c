// SPDX-License-Identifier: GPL-2.0-only
/*
 * A daemon that is killed a thousand times, anywhere, while frontends read,
 * write and kick. Each access is answered once: with the value that belongs to
 * it, or by the kernel, which counts that.
 */

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "torture.h"

#define FRONTS		6
#define KILLS		1000
#define KILLS_A_ROUND	25
#define HOARD		3

enum habit {
	SERVES,		/* as often as all together */
	SERVES_IN_THREADS,
	TURNS_THE_ORDER,
	HOARDS,
	ONLY_POLLS,
	ONLY_OPENS,
	LEAVES_A_HELPER,
	HABITS,
};

/**
 * struct daemon - what a daemon will do until it is killed
 * @book: the book
 * @fd: its DM file
 * @habit: how it works
 * @kick: its ioeventfds
 * @irq: its irqfd
 */
struct daemon {
	struct book *book;
	int fd;
	enum habit habit;
	int kick[QUEUES];
	int irq;
};

static void daemon_register(const struct daemon *d)
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++)
		if (dm_ioeventfd(d->fd, d->kick[i], BAO_IOEVENTFD_DATAMATCH,
				 REG_KICK, 4, i))
			book_failed(d->book, errno);
	if (dm_irqfd(d->fd, d->irq, 0))
		book_failed(d->book, errno);
}

static bool daemon_take(const struct daemon *d, struct bao_request *req)
{
	if (dm_attach(d->fd, req)) {
		book_failed(d->book, errno);
		return false;
	}
	book_taken(d->book, req, 0);
	return true;
}

static void daemon_answer(const struct daemon *d, const struct bao_request *req)
{
	eventfd_write(d->irq, 1);
	if (dm_complete(d->fd, req, answer_to(0, req->addr)))
		book_failed(d->book, errno);
}

static void *daemon_serve(void *data)
{
	const struct daemon *d = data;
	struct bao_request req;

	while (daemon_take(d, &req))
		daemon_answer(d, &req);
	return NULL;
}

/* Never more than there are frontends, or it would wait for ever. */
static void daemon_turn(const struct daemon *d)
{
	struct bao_request req[HOARD];
	int i;

	for (;;) {
		for (i = 0; i < HOARD; i++)
			if (!daemon_take(d, &req[i]))
				return;
		while (i--)
			daemon_answer(d, &req[i]);
	}
}

static void daemon_hoard(const struct daemon *d)
{
	struct bao_request req;
	int i;

	for (i = 0; i < HOARD; i++)
		daemon_take(d, &req);
}

static void daemon_poll(const struct daemon *d)
{
	struct pollfd pfd = { .fd = d->fd, .events = POLLIN };

	poll(&pfd, 1, -1);
}

static void daemon_work(void *data)
{
	struct daemon *d = data;
	pthread_t thread[2];
	unsigned int i;

	d->fd = dm_open(0);
	if (d->fd < 0)
		return book_failed(d->book, errno);
	if (d->habit != ONLY_OPENS)
		daemon_register(d);
	if (d->habit == LEAVES_A_HELPER && !fork())
		for (;;)
			pause();
	if (d->habit == SERVES_IN_THREADS)
		for (i = 0; i < 2; i++)
			pthread_create(&thread[i], NULL, daemon_serve, d);
	if (d->habit == TURNS_THE_ORDER)
		daemon_turn(d);
	else if (d->habit == HOARDS)
		daemon_hoard(d);
	else if (d->habit == ONLY_POLLS)
		daemon_poll(d);
	else if (d->habit != ONLY_OPENS)
		daemon_serve(d);
	for (;;)
		pause();
}

FIXTURE(kill) {
	struct fakehv_device dev;
	struct book *book;
	struct daemon daemon;
	struct front front[FRONTS];
	uint64_t rng;
	unsigned int birth_us;
	unsigned int files;
	long long users;
};

FIXTURE_SETUP(kill)
{
	struct fakehv_config config = {
		.num_dms = 1, .num_ipcs = 1, .num_slots = FRONTS,
	};
	unsigned int i;

	hv_reset();
	hv_config(config);
	ASSERT_TRUE(dispatcher_create(&self->dev, 1));
	self->rng = seed_get();
	self->users = module_users();
	self->files = open_files();
	self->book = book_open();
	self->daemon.book = self->book;
	for (i = 0; i < QUEUES; i++)
		self->daemon.kick[i] = event_fd();
	self->daemon.irq = event_fd();
	for (i = 0; i < FRONTS; i++)
		front_start(&self->front[i], self->book, 0, self->rng + i);
}

FIXTURE_TEARDOWN(kill)
{
	hv_reset();
	book_close(self->book);
}

static pid_t daemon_start(FIXTURE_DATA(kill) *self, enum habit habit)
{
	self->daemon.habit = habit;
	return kid_start(daemon_work, &self->daemon);
}

static void set_times(FIXTURE_DATA(kill) *self)
{
	static const char *const grace[] = { "0", "10", "100", "1000", "-1" };
	static const char *const answer[] = { "-1", "-1", "-1", "4", "50" };

	if (attr_set(&self->dev, "dm0/grace_ms",
		     grace[chance(&self->rng, 5)]) ||
	    attr_set(&self->dev, "dm0/answer_timeout_ms",
		     answer[chance(&self->rng, 5)]))
		book_failed(self->book, errno);
}

/* How long it takes from the birth of a daemon to its first answer. */
static unsigned int birth_us(FIXTURE_DATA(kill) *self)
{
	long long before = attr_get(&self->dev, "dm0/completed");
	uint64_t start = now_ms();
	pid_t pid = daemon_start(self, SERVES);

	while (attr_get(&self->dev, "dm0/completed") == before)
		sleep_us(100);
	kid_kill(pid);
	return (unsigned int)(now_ms() - start + 1) * 1000;
}

/* From its first system call to some time after its first answer. */
static void wait_a_while(FIXTURE_DATA(kill) *self)
{
	static const unsigned int quarters[] = { 1, 3, 5, 8, 16 };
	unsigned int i = chance(&self->rng, ARRAY_SIZE(quarters));

	sleep_us(chance(&self->rng, quarters[i] * self->birth_us / 4));
}

static unsigned int kill_daemons(FIXTURE_DATA(kill) *self, unsigned int num)
{
	pid_t pid, before = 0;
	unsigned int i;

	for (i = 0; i < num; i++) {
		if (!chance(&self->rng, 3))
			set_times(self);
		pid = daemon_start(self, chance(&self->rng, 2) ?
				   chance(&self->rng, HABITS) : SERVES);
		wait_a_while(self);
		kid_kill(pid);
		/* Its successor runs beside the helper for a while. */
		if (before)
			kid_kill_helpers(before);
		before = pid;
		if (!chance(&self->rng, 4))
			wait_a_while(self);
	}
	kid_kill_helpers(before);
	return i;
}

/* All frontends run on when there is a daemon, and also when there is none. */
static bool all_advance(FIXTURE_DATA(kill) *self)
{
	pid_t pid;
	bool ok;

	attr_set(&self->dev, "dm0/answer_timeout_ms", "-1");
	attr_set(&self->dev, "dm0/grace_ms", "-1");
	pid = daemon_start(self, SERVES);
	ok = fronts_advance(self->front, FRONTS);
	if (chance(&self->rng, 2)) {
		kid_kill(pid);
		attr_set(&self->dev, "dm0/grace_ms", "50");
		return fronts_advance(self->front, FRONTS) && ok;
	}
	attr_set(&self->dev, "dm0/grace_ms", "50");
	kid_kill(pid);
	return fronts_advance(self->front, FRONTS) && ok;
}

static void audit(struct __test_metadata *_metadata, FIXTURE_DATA(kill) *self,
		  uint64_t refused, const struct tally *before)
{
	struct tally t = tally_since(&self->dev, 0, before);
	struct front sum = fronts_sum(self->front, FRONTS);
	struct fakehv_counters c = hv_counters();
	uint64_t signalled = 0;
	unsigned int i;

	for (i = 0; i < QUEUES; i++)
		signalled += event_count(self->daemon.kick[i]);
	EXPECT_EQ(0, sum.wrong);
	EXPECT_EQ(0, sum.errors);
	EXPECT_EQ(0, self->book->unmarked);
	EXPECT_EQ(0, self->book->strange);
	EXPECT_EQ(0, self->book->failed) {
		TH_LOG("last error %u", self->book->error);
	}
	/* Each once: no completion was one too many, and none is missing. */
	EXPECT_EQ(refused, c.refused);
	EXPECT_EQ(0, c.outstanding);
	EXPECT_EQ(c.requests, c.completed);
	EXPECT_EQ(sum.reads + sum.writes + sum.kicks, c.completed);
	EXPECT_EQ(c.completed, t.requests);
	EXPECT_EQ(t.requests, t.completed + t.hits + t.kernel);
	EXPECT_EQ(t.hits, signalled);
	EXPECT_GE(t.kernel, sum.zeros);
	EXPECT_GE(t.kernel, book_missing(self->book));
	EXPECT_LT(0, t.completed);
	EXPECT_LT(0, t.hits);
	TH_LOG("%lu accesses, %lld by daemons, %lld kicks, %lld by the kernel, longest stall %llu ms",
	       sum.done, t.completed, t.hits, t.kernel,
	       (unsigned long long)sum.max_ns / 1000000);
}

TEST_F_TIMEOUT(kill, anywhere, 1500)
{
	struct tally before = tally_get(&self->dev, 0);
	uint64_t refused = hv_counters().refused;
	unsigned int total = share(KILLS), killed = 0, i;
	uint64_t start = now_ms();
	pid_t pid;

	self->birth_us = birth_us(self);
	while (killed < total) {
		killed += kill_daemons(self, KILLS_A_ROUND < total - killed ?
				       KILLS_A_ROUND : total - killed);
		ASSERT_TRUE(all_advance(self)) {
			TH_LOG("a frontend stands still after %u kills",
			       killed);
		}
	}
	attr_set(&self->dev, "dm0/grace_ms", "-1");
	pid = daemon_start(self, SERVES);
	EXPECT_TRUE(fronts_stop(self->front, FRONTS));
	kid_kill(pid);
	audit(_metadata, self, refused, &before);

	for (i = 0; i < QUEUES; i++)
		close(self->daemon.kick[i]);
	close(self->daemon.irq);
	EXPECT_TRUE(dm_is_clean(&self->dev, 0));
	EXPECT_EQ(self->files, open_files());
	EXPECT_EQ(self->users, module_users());
	TH_LOG("%u kills in %llu s, %u us after birth comes the first answer",
	       killed, (unsigned long long)(now_ms() - start) / 1000,
	       self->birth_us);
}

TEST_HARNESS_MAIN
