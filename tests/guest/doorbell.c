// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits on doorbells. What is sent is judged by the hypervisor's log: that
 * no span of it, however short, has more than the limits allow is true on any
 * machine. That it has not less is not, where the machine below may be away for
 * longer than the bucket lasts, so then it is done once more.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib.h"

#define EVENTS		32	/* that can be rung */
#define ROUNDS		100
#define CHANNEL_ID	1

FIXTURE(doorbell) {
	struct fakehv_device dispatcher;
	struct fakehv_device channel;
	int fd;
	int dm[2];
	int efd[2];
};

FIXTURE_SETUP(doorbell)
{
	unsigned int i;

	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dispatcher, 2));
	ASSERT_TRUE(channel_create(&self->channel, CHANNEL_ID, 1));
	self->fd = channel_open(CHANNEL_ID);
	ASSERT_LE(0, self->fd);
	for (i = 0; i < 2; i++) {
		self->dm[i] = dm_open(i);
		ASSERT_LE(0, self->dm[i]);
		self->efd[i] = event_fd();
		ASSERT_EQ(0, dm_irqfd(self->dm[i], self->efd[i], 0));
	}
}

FIXTURE_TEARDOWN(doorbell)
{
	unsigned int i;

	doorbell_defaults();
	for (i = 0; i < 2; i++) {
		close(self->efd[i]);
		close(self->dm[i]);
	}
	close(self->fd);
	hv_reset();
}

/**
 * struct bells - what reached the hypervisor
 * @bell: the calls
 * @num: how many there are
 */
struct bells {
	struct fakehv_bell *bell;
	size_t num;
};

static struct bells bells_read(void)
{
	struct bells b;

	b.num = hv_bells(&b.bell);
	return b;
}

static size_t bells_num(void)
{
	struct fakehv_counters c = hv_counters();

	return c.calls[FAKEHV_CALL_IPC] + c.calls[FAKEHV_CALL_NOTIFY];
}

static bool bells_wait(size_t num)
{
	uint64_t end = now_ms() + 60000;

	while (bells_num() < num) {
		if (now_ms() > end)
			return false;
		sleep_ms(1);
	}
	return true;
}

/* Full buckets, an empty log. */
static void begin(unsigned int rate, unsigned int burst)
{
	doorbell_limits(NO_RATE, burst);
	sleep_ms(2);
	doorbell_limits(rate, burst);
	hv_counters_reset();
}

static void notify(int fd, unsigned int event)
{
	struct bao_ipc_notify args = { .event = event };

	if (ioctl(fd, BAO_IPC_NOTIFY, &args))
		_exit(1);
}

static void ring(int efd)
{
	uint64_t one = 1;

	if (write(efd, &one, sizeof(one)) != sizeof(one))
		_exit(1);
}

/*
 * How many doorbells in a row, before the rate counts, the log has: the most
 * of all spans from any call to any later one. It is found in one pass, for the
 * worst span begins at the call that was furthest behind the rate before it.
 */
static unsigned int in_a_row(const struct bells *b, unsigned int rate)
{
	double ahead, least = 0, most = 0;
	size_t i;

	for (i = 0; i < b->num; i++) {
		ahead = (double)i -
			(double)(b->bell[i].ns - b->bell[0].ns) * rate / 1e9;
		if (ahead < least)
			least = ahead;
		if (ahead - least + 1 > most)
			most = ahead - least + 1;
	}
	/* Less than a thousandth of a doorbell is rounding. */
	return (unsigned int)(most + 0.999);
}

/* Percent of the rate, of what came after the burst. */
static unsigned int percent(const struct bells *b, unsigned int rate,
			    unsigned int burst)
{
	const struct fakehv_bell *first = &b->bell[burst];
	const struct fakehv_bell *last = &b->bell[b->num - 1];

	if (b->num < burst + 2)
		return 0;
	return (unsigned int)(100e9 * (double)(last - first) /
			      ((double)(last->ns - first->ns) * rate));
}

/*
 * Fewer than the bucket holds: at once. Doorbells of their own, so that none
 * is limited by its own bucket.
 */
TEST_F(doorbell, burst_shorter_than_the_bucket)
{
	unsigned int i;

	begin(1, 16);
	for (i = 0; i < 16; i++) {
		notify(self->fd, i);
		EXPECT_EQ(i + 1, bells_num());
	}
	EXPECT_EQ(0, attr_get(&self->channel, "ipc/doorbells_deferred"));
}

/**
 * struct limits - to try
 * @rate: a second
 * @burst: in a row
 */
struct limits {
	unsigned int rate;
	unsigned int burst;
};

/*
 * More than it holds: who rang does nothing more, the timer sends the rest.
 * Spans of less than a tick, and of more; two is the least where a timer that
 * is late loses nothing.
 */
TEST_F_TIMEOUT(doorbell, burst_longer_than_the_bucket, 300)
{
	static const struct limits limits[] = {
		{ 40, 2 }, { 200, 2 }, { 1000, 4 }, { 1000, 16 }, { 4000, 16 },
	};
	const struct limits *l;
	unsigned int i, round, got;
	struct bells b;

	for (l = limits; l < limits + ARRAY_SIZE(limits); l++) {
		for (round = got = 0; round < ROUNDS && got < 95; round++) {
			begin(l->rate, l->burst);
			/* It is full already, and gets no fuller. */
			sleep_ms(20);
			for (i = 0; i < EVENTS; i++)
				notify(self->fd, i);
			ASSERT_TRUE(bells_wait(EVENTS));
			b = bells_read();
			EXPECT_EQ(EVENTS, b.num);
			EXPECT_GE(l->burst, in_a_row(&b, l->rate));
			got = percent(&b, l->rate, l->burst);
			free(b.bell);
		}
		TH_LOG("%u%% of %u a second, burst %u, in round %u", got,
		       l->rate, l->burst, round);
		EXPECT_LE(95, got);
	}
}

/**
 * struct flooder - rings without pause
 * @fd: a channel, or an eventfd
 * @event: of the channel, or -1
 * @stop: set to end it
 * @thread: does it
 */
struct flooder {
	int fd;
	int event;
	volatile bool stop;
	pthread_t thread;
};

static void *flooding_thread(void *data)
{
	struct flooder *f = data;

	while (!f->stop) {
		if (f->event < 0)
			ring(f->fd);
		else
			notify(f->fd, (unsigned int)f->event);
	}
	return NULL;
}

static void flood_start(struct __test_metadata *_metadata, struct flooder *f,
			int fd, int event)
{
	f->fd = fd;
	f->event = event;
	f->stop = false;
	ASSERT_EQ(0, pthread_create(&f->thread, NULL, flooding_thread, f));
}

static void flood_stop(struct flooder *f)
{
	f->stop = true;
	pthread_join(f->thread, NULL);
}

/* One alone gets the whole rate, however long it goes on. No burst is one. */
TEST_F_TIMEOUT(doorbell, flood, 300)
{
	static const struct limits limits[] = {
		{ 20, 0 }, { 200, 2 }, { 1000, 16 }, { 2000, 16 },
	};
	const struct limits *l;
	unsigned int round, got, burst;
	struct flooder f;
	struct bells b;

	for (l = limits; l < limits + ARRAY_SIZE(limits); l++) {
		burst = l->burst ? l->burst : 1;
		for (round = got = 0; round < ROUNDS && got < 95; round++) {
			begin(l->rate, l->burst);
			flood_start(_metadata, &f, self->fd, 0);
			EXPECT_TRUE(bells_wait(burst + 20 + l->rate / 8));
			flood_stop(&f);
			b = bells_read();
			EXPECT_GE(burst, in_a_row(&b, l->rate));
			got = percent(&b, l->rate, burst);
			free(b.bell);
		}
		TH_LOG("%u%% of %u a second, burst %u, in round %u", got,
		       l->rate, l->burst, round);
		EXPECT_LE(95, got);
	}
}

/* Whether a machine can ring as often as this is another matter. */
TEST_F_TIMEOUT(doorbell, flood_of_many_at_the_default, 120)
{
	struct flooder f[3];
	struct bells b;

	begin(DOORBELL_RATE, DOORBELL_BURST);
	flood_start(_metadata, &f[0], self->fd, 0);
	flood_start(_metadata, &f[1], self->fd, 1);
	flood_start(_metadata, &f[2], self->efd[0], -1);
	sleep_ms(500);
	flood_stop(&f[0]);
	flood_stop(&f[1]);
	flood_stop(&f[2]);
	b = bells_read();
	TH_LOG("%zu doorbells in half a second", b.num);
	EXPECT_LT(DOORBELL_BURST, b.num);
	EXPECT_GE(DOORBELL_BURST, in_a_row(&b, DOORBELL_RATE));
	free(b.bell);
}

/* Calls of an event that is rung without pause, at a token each second. */
static uint64_t share(int fd, unsigned int event, unsigned int times,
		      uint64_t *tokens)
{
	uint64_t start = now_ms();

	while (times--)
		notify(fd, event);
	*tokens = (now_ms() - start) / 1000 + 1;
	return hv_counters().ipc_notified[CHANNEL_ID][event];
}

TEST_F(doorbell, share_of_the_burst)
{
	static const unsigned int shares[][2] = {
		{ 1, 1 }, { 2, 2 }, { 3, 2 }, { 5, 2 }, { 7, 3 }, { 64, 32 },
		{ 1024, 512 }, { 1025, 512 }, { ~0U, 512 },
	};
	uint64_t num, tokens;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shares); i++) {
		begin(1, shares[i][0]);
		num = share(self->fd, i, 600, &tokens);
		EXPECT_LE(shares[i][1], num);
		EXPECT_GE(shares[i][1] + tokens, num);
	}
}

/* Whoever floods uses up half of the burst; the others find the rest. */
TEST_F(doorbell, flood_leaves_half_of_the_burst)
{
	struct fakehv_counters c;
	uint64_t num, tokens;
	unsigned int i;

	begin(1, 16);
	num = share(self->fd, 0, 100, &tokens);
	EXPECT_LE(8, num);
	EXPECT_GE(8 + tokens, num);
	for (i = 1; i < 6; i++)
		notify(self->fd, i);
	ring(self->efd[1]);
	c = hv_counters();
	for (i = 1; i < 6; i++)
		EXPECT_EQ(1, c.ipc_notified[CHANNEL_ID][i]);
	EXPECT_EQ(1, c.dm_notified[1]);
	EXPECT_EQ(0, attr_get(&self->dispatcher, "dm1/doorbells_deferred"));
}

/* The doorbell of a line of the trace; those of device models come last. */
static bool traced(const char *line, unsigned int *num, unsigned int *deferred)
{
	unsigned int id, event;
	char kind[8];

	line = strstr(line, "kind=");
	if (!line || sscanf(line, "kind=%7s id=%u event=%u result=0 deferred=%u",
			    kind, &id, &event, deferred) != 4)
		return false;
	*num = strcmp(kind, "ipc") ? EVENTS + id : event;
	return true;
}

#define QUIET	(EVENTS + 1)

/*
 * The most calls of others while the quiet one waited, and how often it did.
 * One that was not sent since the quiet one was is as quiet: its thread had no
 * CPU for so long.
 */
static unsigned int longest_wait(char *text, unsigned int *waits)
{
	unsigned int num, deferred, calls = 0, most = 0;
	bool sent[QUIET + 1] = { false };
	bool waiting = false;
	char *line, *next;

	*waits = 0;
	for (line = strtok_r(text, "\n", &next); line;
	     line = strtok_r(NULL, "\n", &next)) {
		if (!traced(line, &num, &deferred) ||
		    (deferred && num != QUIET))
			continue;
		if (deferred) {
			waiting = true;
			calls = 0;
			(*waits)++;
		} else if (num == QUIET) {
			waiting = false;
			memset(sent, 0, sizeof(sent));
		} else {
			if (waiting && sent[num])
				calls++;
			sent[num] = true;
			most = calls > most ? calls : most;
		}
	}
	return most;
}

/* The order of the calls is the same on any machine, however slow. */
TEST_F_TIMEOUT(doorbell, floods_delay_no_other_by_more_than_a_token, 120)
{
	static const struct limits limits[] = { { 200, 1 }, { 100, 16 } };
	static const char *const events[] = { "bao/bao_doorbell", NULL };
	const struct limits *l;
	struct fakehv_counters c;
	unsigned int i, most, waits;
	struct flooder f[4];
	char *text;

	for (l = limits; l < limits + ARRAY_SIZE(limits); l++) {
		begin(l->rate, l->burst);
		trace_start(events, ~0U);
		for (i = 0; i < 3; i++)
			flood_start(_metadata, &f[i], self->fd, (int)i);
		flood_start(_metadata, &f[3], self->efd[0], -1);
		/* All have used up what they had. */
		EXPECT_TRUE(bells_wait(2 * l->burst + 20));
		/* Quiet is who rings more seldom than its turn would come. */
		for (i = 0; i < 20; i++) {
			ring(self->efd[1]);
			EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, i, 5000));
			sleep_ms(8000 / l->rate + i % 5);
		}
		for (i = 0; i < 4; i++)
			flood_stop(&f[i]);
		trace_stop();
		text = trace_read();
		most = longest_wait(text, &waits);
		free(text);
		TH_LOG("%u of 20 waited, for %u calls of others at most",
		       waits, most);
		EXPECT_GE(1, most);
		EXPECT_LT(0, waits);
		/* Nor does one that floods starve another. */
		c = hv_counters();
		for (i = 0; i < 3; i++)
			EXPECT_LT(0, c.ipc_notified[CHANNEL_ID][i]);
		EXPECT_LT(0, c.dm_notified[0]);
	}
}

/* What waits is sent in turn, whoever rings again and again meanwhile. */
TEST_F_TIMEOUT(doorbell, those_that_wait_take_turns, 60)
{
	struct bells b;
	unsigned int i;

	begin(10, 1);
	for (i = 0; i < 4; i++)
		notify(self->fd, i);
	while (bells_num() < 17) {
		for (i = 0; i < 4; i++)
			notify(self->fd, i);
		sleep_ms(1);
	}
	b = bells_read();
	for (i = 0; i + 4 < 17; i++)
		EXPECT_EQ(b.bell[i].event, b.bell[i + 4].event);
	free(b.bell);
}

TEST_F(doorbell, coalesce)
{
	uint64_t start;
	unsigned int i;

	begin(1, 1);
	start = now_ms();
	for (i = 0; i < 1000; i++)
		notify(self->fd, 0);
	/* The first, those that the time allowed, and the last one. */
	EXPECT_GE(1 + (now_ms() - start) / 1000 + 1, bells_num());
	doorbell_limits(NO_RATE, NO_BURST);
	EXPECT_EQ(0, hv_wait(FAKEHV_IPC, CHANNEL_ID, 0, 1, 5000));
	sleep_ms(20);
	EXPECT_GE(2 + (now_ms() - start) / 1000 + 1, bells_num());
	EXPECT_EQ(attr_get(&self->channel, "ipc/doorbells_deferred") + 1,
		  bells_num());
}

TEST_F_TIMEOUT(doorbell, limits_count_from_when_they_are_set, 60)
{
	struct bells b;
	unsigned int i;

	/* At the old rate they would take half a minute. */
	begin(1, 1);
	for (i = 0; i < EVENTS; i++)
		notify(self->fd, i);
	doorbell_limits(1000, 1);
	EXPECT_EQ(0, hv_wait(FAKEHV_IPC, CHANNEL_ID, EVENTS - 1, 0, 10000));
	EXPECT_EQ(EVENTS, bells_num());
	b = bells_read();
	EXPECT_GE(1, in_a_row(&b, 1000));
	free(b.bell);
	/* And slower again. */
	doorbell_limits(1, 1);
	hv_counters_reset();
	for (i = 0; i < EVENTS; i++)
		notify(self->fd, i);
	sleep_ms(100);
	b = bells_read();
	EXPECT_LT(0, b.num);
	EXPECT_GE(1, in_a_row(&b, 1));
	free(b.bell);
}

TEST_F(doorbell, debts_are_paid_at_the_rate_that_is_set)
{
	struct flooder f;
	unsigned int i;

	/* 512 tokens of its own, which would take as many seconds. */
	begin(1, 1024);
	for (i = 0; i < 600; i++)
		notify(self->fd, 0);
	doorbell_limits(1000, 16);
	flood_start(_metadata, &f, self->fd, 0);
	EXPECT_TRUE(bells_wait(540));
	flood_stop(&f);
	/* And 32 of the guest's. */
	begin(1, 1);
	for (i = 1; i < EVENTS; i++)
		notify(self->fd, i);
	close(self->fd);
	ASSERT_EQ(0, driver_unbind(&self->channel));
	ring(self->efd[1]);
	doorbell_limits(NO_RATE, 1);
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, 0, 15000));
	self->fd = open("/dev/null", O_RDWR);
}

/* Nobody gets tokens by setting limits again and again. */
TEST_F(doorbell, new_limits_make_no_tokens)
{
	uint64_t start = now_ms();
	unsigned int i;

	begin(1, 4);
	for (i = 0; i < EVENTS; i++)
		notify(self->fd, i);
	for (i = 0; i < 50; i++) {
		parameter_set("doorbell_burst", i % 2 ? "4" : "500");
		parameter_set("doorbell_rate", i % 2 ? "1" : "2");
	}
	EXPECT_LE(4, bells_num());
	EXPECT_GE(4 + 2 * ((now_ms() - start) / 1000 + 1), bells_num());
}

/* What is sent because its channel goes is missing to others. */
TEST_F(doorbell, what_is_flushed_is_paid_for)
{
	struct bells b;
	unsigned int i;

	begin(100, 1);
	for (i = 0; i < EVENTS; i++)
		notify(self->fd, i);
	close(self->fd);
	ASSERT_EQ(0, driver_unbind(&self->channel));
	EXPECT_EQ(EVENTS, bells_num());
	ring(self->efd[1]);
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, 0, 10000));
	b = bells_read();
	ASSERT_EQ(EVENTS + 1, b.num);
	EXPECT_LE(EVENTS * 10000000ULL, b.bell[EVENTS].ns - b.bell[0].ns);
	free(b.bell);
	self->fd = open("/dev/null", O_RDWR);
}

TEST_HARNESS_MAIN
