// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many takers of one device model's requests, and many device models: each
 * request goes to one taker, and each answer to the frontend that asked.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "torture.h"

#define FRONTS		8
#define THREADS		8
#define SHARING		3
#define SECONDS		20
#define MODELS		16
#define ROUNDS		40

/**
 * struct taker - a thread that serves
 * @book: the book
 * @fd: the file that it shares with others, or -1 for files of its own
 * @nonblock: it polls, and asks without waiting
 * @rng: its numbers
 * @stop: set to end it
 * @tid: its number, for signals
 * @taken: requests that it got
 * @interrupted: calls that a signal ended
 * @thread: the thread
 */
struct taker {
	struct book *book;
	int fd;
	bool nonblock;
	uint64_t rng;
	volatile bool *stop;
	volatile pid_t tid;
	unsigned long taken;
	unsigned long interrupted;
	pthread_t thread;
};

static void on_signal(int sig)
{
	(void)sig;
}

/* Takes one if there is one, and answers it unless its file is closed first. */
static void take_one(struct taker *t, int fd, bool answers)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct bao_request req;

	if (t->nonblock && poll(&pfd, 1, 20) < 0) {
		t->interrupted++;
		return;
	}
	if (dm_attach(fd, &req)) {
		if (errno == EINTR)
			t->interrupted++;
		else if (errno != EAGAIN)
			book_failed(t->book, errno);
		return;
	}
	t->taken++;
	book_taken(t->book, &req, 0);
	if (answers && dm_complete(fd, &req, answer_to(0, req.addr)))
		book_failed(t->book, errno);
}

static void *taker_thread(void *data)
{
	struct taker *t = data;
	int fd = t->fd;
	uint32_t turns;

	t->tid = (pid_t)syscall(SYS_gettid);
	while (!*t->stop) {
		if (t->fd < 0)
			fd = dm_open_flags(0, O_NONBLOCK);
		turns = 1 + chance(&t->rng, 8);
		while (turns-- && !*t->stop)
			/* What it leaves goes back, to somebody else. */
			take_one(t, fd, t->fd >= 0 || turns ||
					chance(&t->rng, 2));
		if (t->fd < 0)
			close(fd);
	}
	return NULL;
}

/* A process that shares the descriptor, and its table with nobody. */
static void sharing_kid(void *data)
{
	volatile bool never = false;
	struct taker t = *(struct taker *)data;

	t.stop = &never;
	taker_thread(&t);
}

FIXTURE(takers) {
	struct fakehv_device dev;
	struct book *book;
	struct front front[FRONTS];
	uint64_t rng;
	unsigned int files;
};

FIXTURE_SETUP(takers)
{
	/* No SA_RESTART: calls end with EINTR. */
	struct sigaction action = { .sa_handler = on_signal };

	hv_reset();
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_TRUE(dispatcher_create(&self->dev, 1));
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "-1"));
	self->rng = seed_get();
	self->book = book_open();
	self->files = open_files();
}

FIXTURE_TEARDOWN(takers)
{
	hv_reset();
	book_close(self->book);
}

static void audit(struct __test_metadata *_metadata, FIXTURE_DATA(takers) *self,
		  uint64_t refused, const struct tally *before)
{
	struct tally t = tally_since(&self->dev, 0, before);
	struct front sum = fronts_sum(self->front, FRONTS);
	struct fakehv_counters c = hv_counters();

	EXPECT_EQ(0, sum.wrong);
	EXPECT_EQ(0, sum.errors);
	EXPECT_EQ(0, sum.zeros);
	EXPECT_EQ(0, self->book->unmarked);
	EXPECT_EQ(0, self->book->strange);
	EXPECT_EQ(0, book_missing(self->book));
	EXPECT_EQ(0, self->book->failed) {
		TH_LOG("last error %u", self->book->error);
	}
	EXPECT_EQ(refused, c.refused);
	EXPECT_EQ(0, c.outstanding);
	EXPECT_EQ(sum.done, c.completed);
	EXPECT_EQ(sum.done, t.completed);
	EXPECT_EQ(0, t.kernel);
}

TEST_F_TIMEOUT(takers, threads_processes_signals, 900)
{
	struct tally before = tally_get(&self->dev, 0);
	uint64_t refused = hv_counters().refused, end;
	unsigned long taken = 0, interrupted = 0;
	volatile bool stop = false;
	struct taker t[THREADS];
	pid_t kid[SHARING];
	int shared = dm_open(0), polled = dm_open_flags(0, O_NONBLOCK);
	unsigned int i;

	/* Half share a file that waits, some one that does not, one has its own. */
	memset(t, 0, sizeof(t));
	for (i = 0; i < THREADS; i++) {
		t[i].book = self->book;
		t[i].fd = i < 4 ? shared : i < 6 ? polled : -1;
		t[i].nonblock = i >= 4;
		t[i].rng = self->rng + i;
		t[i].stop = &stop;
	}
	for (i = 0; i < SHARING; i++)
		kid[i] = kid_start(sharing_kid, &t[i]);
	for (i = 0; i < FRONTS; i++)
		front_start(&self->front[i], self->book, 0, self->rng + i);
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&t[i].thread, NULL, taker_thread,
					    &t[i]));
	for (end = now_ms() + share(SECONDS * 1000); now_ms() < end;) {
		sleep_us(chance(&self->rng, 3000));
		i = chance(&self->rng, THREADS);
		if (t[i].tid)
			syscall(SYS_tgkill, getpid(), t[i].tid, SIGUSR1);
		/* Processes that die have taken what others get then. */
		if (!chance(&self->rng, 50)) {
			i %= SHARING;
			kid_kill(kid[i]);
			kid[i] = kid_start(sharing_kid, &t[i]);
		}
	}
	EXPECT_TRUE(fronts_advance(self->front, FRONTS));
	EXPECT_TRUE(fronts_stop(self->front, FRONTS));
	stop = true;
	for (i = 0; i < THREADS; i++) {
		/* Signals until it has noticed. */
		while (pthread_tryjoin_np(t[i].thread, NULL)) {
			syscall(SYS_tgkill, getpid(), t[i].tid, SIGUSR1);
			sleep_ms(2);
		}
		taken += t[i].taken;
		interrupted += t[i].interrupted;
		if (i < 6)
			EXPECT_LT(0, t[i].taken);
	}
	for (i = 0; i < SHARING; i++)
		kid_kill(kid[i]);
	audit(_metadata, self, refused, &before);
	EXPECT_LT(0, interrupted);
	close(shared);
	close(polled);
	EXPECT_EQ(self->files, open_files());
	EXPECT_TRUE(dm_is_clean(&self->dev, 0));
	TH_LOG("%lu taken here, %lu interrupted, %llu accesses", taken,
	       interrupted, (unsigned long long)hv_counters().completed);
}

/* Each with the same addresses, so that only the number tells them apart. */
FIXTURE(models) {
	struct fakehv_device dev;
	struct book *book;
	struct front front[MODELS];
	int kick[MODELS][QUEUES];
	int irq[MODELS];
	pid_t kid[MODELS];
	uint64_t rng;
};

struct model {
	struct book *book;
	unsigned int dm;
	int *kick;
	int irq;
};

FIXTURE_SETUP(models)
{
	struct fakehv_config config = {
		.num_dms = MODELS, .num_ipcs = 1, .num_slots = 24,
	};
	unsigned int i, j;

	hv_reset();
	hv_config(config);
	ASSERT_TRUE(dispatcher_create(&self->dev, MODELS));
	self->rng = seed_get();
	self->book = book_open();
	for (i = 0; i < MODELS; i++) {
		self->irq[i] = event_fd();
		for (j = 0; j < QUEUES; j++)
			self->kick[i][j] = event_fd();
	}
}

FIXTURE_TEARDOWN(models)
{
	unsigned int i, j;

	for (i = 0; i < MODELS; i++) {
		close(self->irq[i]);
		for (j = 0; j < QUEUES; j++)
			close(self->kick[i][j]);
	}
	hv_reset();
	book_close(self->book);
}

static void model_kid(void *data)
{
	struct model *m = data;
	struct bao_request req;
	int fd = dm_open(m->dm);
	uint32_t *map;
	unsigned int i;

	map = mmap(NULL, DM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return book_failed(m->book, errno);
	for (i = 0; i < QUEUES; i++)
		if (dm_ioeventfd(fd, m->kick[i], BAO_IOEVENTFD_DATAMATCH,
				 REG_KICK, 4, i))
			book_failed(m->book, errno);
	if (dm_irqfd(fd, m->irq, 0))
		book_failed(m->book, errno);
	while (!dm_attach(fd, &req)) {
		book_taken(m->book, &req, m->dm);
		map[req.op] = answer_to(m->dm, req.op);
		if (dm_complete(fd, &req, answer_to(m->dm, req.addr)))
			book_failed(m->book, errno);
	}
	book_failed(m->book, errno);
}

static pid_t model_start(FIXTURE_DATA(models) *self, unsigned int dm)
{
	struct model m = {
		.book = self->book, .dm = dm, .kick = self->kick[dm],
		.irq = self->irq[dm],
	};

	return kid_start(model_kid, &m);
}

/* One interrupt, for the right frontend and no other. */
static bool raises_one(FIXTURE_DATA(models) *self, unsigned int dm)
{
	struct fakehv_counters before = hv_counters(), after;
	unsigned int i;

	eventfd_write(self->irq[dm], 1);
	if (hv_wait(FAKEHV_DM, dm, 0, before.dm_notified[dm], SLACK_MS))
		return false;
	after = hv_counters();
	for (i = 0; i < MODELS; i++)
		if (after.dm_notified[i] != before.dm_notified[i] + (i == dm))
			return false;
	return true;
}

static void audit_model(struct __test_metadata *_metadata,
			FIXTURE_DATA(models) *self, unsigned int dm,
			const struct tally *before)
{
	struct tally t = tally_since(&self->dev, dm, before);
	struct front *f = &self->front[dm];
	uint32_t *map = hv_map(DM_START(dm), 4096);
	uint64_t signalled = 0;
	unsigned int i;

	for (i = 0; i < QUEUES; i++)
		signalled += event_count(self->kick[dm][i]);
	EXPECT_EQ(t.hits, signalled);
	EXPECT_EQ(f->reads + f->writes + f->kicks, t.requests);
	EXPECT_EQ(t.requests, t.completed + t.hits);
	EXPECT_EQ(0, t.kernel);
	EXPECT_EQ(0, f->wrong);
	EXPECT_EQ(0, f->errors);
	EXPECT_EQ(0, f->zeros);
	EXPECT_LT(0, f->reads);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(answer_to(dm, i), map[i]);
	munmap(map, 4096);
}

TEST_F_TIMEOUT(models, sixteen_that_do_not_mix, 900)
{
	struct tally before[MODELS];
	uint64_t refused = hv_counters().refused;
	unsigned int i, dm, round;

	for (i = 0; i < MODELS; i++) {
		before[i] = tally_get(&self->dev, i);
		self->kid[i] = model_start(self, i);
		front_start(&self->front[i], self->book, i, self->rng + i);
	}
	EXPECT_TRUE(fronts_advance(self->front, MODELS));
	for (round = 0; round < share(ROUNDS); round++) {
		dm = chance(&self->rng, MODELS);
		EXPECT_TRUE(raises_one(self, dm));
		/* Another one's death is nobody else's business. */
		dm = chance(&self->rng, MODELS);
		kid_kill(self->kid[dm]);
		self->kid[dm] = model_start(self, dm);
		ASSERT_TRUE(fronts_advance(self->front, MODELS));
	}
	EXPECT_TRUE(fronts_stop(self->front, MODELS));
	for (i = 0; i < MODELS; i++)
		kid_kill(self->kid[i]);
	for (i = 0; i < MODELS; i++)
		audit_model(_metadata, self, i, &before[i]);
	EXPECT_EQ(0, self->book->strange);
	EXPECT_EQ(0, self->book->unmarked);
	EXPECT_EQ(0, book_missing(self->book));
	EXPECT_EQ(0, self->book->failed) {
		TH_LOG("last error %u", self->book->error);
	}
	EXPECT_EQ(refused, hv_counters().refused);
	TH_LOG("%llu accesses",
	       (unsigned long long)hv_counters().completed);
}

TEST_HARNESS_MAIN
