// SPDX-License-Identifier: GPL-2.0-only
/*
 * Floods of doorbells from here: what reaches the hypervisor stays below the
 * limit, at all times, and the last doorbell of each kind gets there.
 */

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>

#include "kselftest_harness.h"
#include "torture.h"

#define BURST		DOORBELL_BURST
#define FLOODERS	6
#define IPC_FLOODERS	4	/* each with an event; the others with an irqfd */
#define SECONDS		6
#define SAMPLE_MS	20

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/**
 * struct flooder - a thread that rings as fast as it can, and who hears it
 * @num: event of the channel, or 4 + device model
 * @fd: the channel, or the irqfd
 * @word: counts in shared memory; written before it rings
 * @heard: what the other side found there when it was rung last
 * @wakes: how often it was
 * @stop: set to end the one
 * @deaf: set to end the other
 * @error: of a call
 * @thread: rings
 * @ear: listens
 */
struct flooder {
	unsigned int num;
	int fd;
	volatile uint32_t *word;
	volatile uint32_t heard;
	unsigned long wakes;
	volatile bool stop;
	volatile bool deaf;
	int error;
	pthread_t thread;
	pthread_t ear;
};

static int ring(const struct flooder *f)
{
	struct bao_ipc_notify notify = { .event = f->num };

	if (f->num >= IPC_FLOODERS)
		return eventfd_write(f->fd, 1);
	return ioctl(f->fd, BAO_IPC_NOTIFY, &notify);
}

static void *flooder_thread(void *data)
{
	struct flooder *f = data;

	while (!f->stop) {
		(*f->word)++;
		if (ring(f))
			f->error = errno;
	}
	return NULL;
}

static void *ear_thread(void *data)
{
	struct flooder *f = data;
	struct fakehv_wait wait = { .timeout_ms = 200 };

	wait.kind = f->num < IPC_FLOODERS ? FAKEHV_IPC : FAKEHV_DM;
	if (f->num < IPC_FLOODERS)
		wait.event = f->num;
	else
		wait.index = f->num - IPC_FLOODERS;
	while (!f->deaf) {
		if (ioctl(hv, FAKEHV_WAIT, &wait))
			continue;
		f->wakes++;
		f->heard = *f->word;
	}
	return NULL;
}

FIXTURE(flood) {
	struct fakehv_device dev;
	struct fakehv_device channel;
	struct flooder flooder[FLOODERS];
	int dm[FLOODERS - IPC_FLOODERS];
	int fd;
	uint32_t *memory;
};

FIXTURE_SETUP(flood)
{
	struct flooder *f;
	unsigned int i, dm;

	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, FLOODERS - IPC_FLOODERS));
	ASSERT_TRUE(channel_create(&self->channel, 0, 1));
	self->fd = channel_open(0);
	self->memory = hv_map(IPC_START, 4096);
	memset(self->memory, 0, 4096);
	for (i = 0; i < FLOODERS; i++) {
		f = &self->flooder[i];
		memset(f, 0, sizeof(*f));
		f->num = i;
		f->fd = self->fd;
		f->word = &self->memory[i];
		if (i < IPC_FLOODERS)
			continue;
		dm = i - IPC_FLOODERS;
		self->dm[dm] = dm_open(dm);
		f->fd = event_fd();
		ASSERT_EQ(0, dm_irqfd(self->dm[dm], f->fd, 0));
	}
}

FIXTURE_TEARDOWN(flood)
{
	unsigned int i;

	doorbell_defaults();
	for (i = IPC_FLOODERS; i < FLOODERS; i++) {
		close(self->flooder[i].fd);
		close(self->dm[i - IPC_FLOODERS]);
	}
	close(self->fd);
	munmap(self->memory, 4096);
	hv_reset();
}

static uint64_t rung(void)
{
	struct fakehv_counters c = hv_counters();

	return c.calls[FAKEHV_CALL_IPC] + c.calls[FAKEHV_CALL_NOTIFY];
}

/* What a full bucket and the time since then allow. */
static uint64_t allowed(uint64_t ns, unsigned int rate)
{
	return BURST + 1 + ns * rate / 1000000000;
}

static bool all_heard(FIXTURE_DATA(flood) *self)
{
	uint64_t end = now_ms() + SLACK_MS;
	unsigned int i;

	for (i = 0; i < FLOODERS; i++) {
		while (self->flooder[i].heard != *self->flooder[i].word) {
			if (now_ms() > end)
				return false;
			sleep_ms(1);
		}
	}
	return true;
}

static bool all_rang(FIXTURE_DATA(flood) *self)
{
	unsigned int i = 0;

	while (i < FLOODERS && *self->flooder[i].word)
		i++;
	return i == FLOODERS;
}

static void flood(struct __test_metadata *_metadata, FIXTURE_DATA(flood) *self,
		  unsigned int rate)
{
	uint64_t start, first, last, before, now, after, calls, tries = 0;
	unsigned int i, over = 0;

	doorbell_limits(rate, BURST);
	start = now_ns();
	first = before = rung();
	last = start;
	for (i = 0; i < FLOODERS; i++) {
		ASSERT_EQ(0, pthread_create(&self->flooder[i].ear, NULL,
					    ear_thread, &self->flooder[i]));
		ASSERT_EQ(0, pthread_create(&self->flooder[i].thread, NULL,
					    flooder_thread,
					    &self->flooder[i]));
	}
	/* The time is taken around the count, to the disadvantage of none. */
	while (now_ns() - start < share(SECONDS * 1000) * 1000000ULL ||
	       !all_rang(self)) {
		sleep_ms(SAMPLE_MS);
		now = now_ns();
		calls = rung();
		after = now_ns();
		over += calls - before > allowed(after - last, rate);
		before = calls;
		last = now;
	}
	for (i = 0; i < FLOODERS; i++)
		self->flooder[i].stop = true;
	for (i = 0; i < FLOODERS; i++)
		pthread_join(self->flooder[i].thread, NULL);
	EXPECT_EQ(0, over);
	EXPECT_TRUE(all_heard(self));
	calls = rung() - first;
	EXPECT_GE(allowed(now_ns() - start, rate), calls);
	for (i = 0; i < FLOODERS; i++) {
		self->flooder[i].deaf = true;
		pthread_join(self->flooder[i].ear, NULL);
		EXPECT_EQ(0, self->flooder[i].error);
		/* Nobody is left behind by the others. */
		EXPECT_LT(0, self->flooder[i].wakes);
		tries += *self->flooder[i].word;
	}
	EXPECT_LE(calls, tries);
	TH_LOG("rate %u: %llu doorbells, %llu calls, %llu allowed", rate,
	       (unsigned long long)tries, (unsigned long long)calls,
	       (unsigned long long)allowed(now_ns() - start, rate));
}

TEST_F_TIMEOUT(flood, at_100_a_second, 300)
{
	flood(_metadata, self, 100);
	EXPECT_LT(0, attr_get(&self->channel, "ipc/doorbells_deferred"));
	EXPECT_LT(0, attr_get(&self->dev, "dm0/doorbells_deferred"));
}

TEST_F_TIMEOUT(flood, at_1000_a_second, 300)
{
	flood(_metadata, self, 1000);
	EXPECT_LT(0, attr_get(&self->channel, "ipc/doorbells_deferred"));
}

/* As it comes: whether this machine can reach the limit is another matter. */
TEST_F_TIMEOUT(flood, at_the_default, 300)
{
	flood(_metadata, self, DOORBELL_RATE);
}

TEST_HARNESS_MAIN
