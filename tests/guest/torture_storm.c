// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other VMs that do all they can to keep one CPU from its work: frontends with
 * eight CPUs on one device model and on eight, a peer that rings on all lines.
 */

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "torture.h"

#define STORMERS	8
#define EVENTS		4
#define SECONDS		10

/*
 * The calls of the handlers may take three quarters of that CPU's time, and the
 * one that goes beyond. What a program there gets, in percent of what it does in peace,
 * is for the scheduler to divide between it and a work item for each line; and
 * under emulation an interrupt costs more than what the driver does in it, which
 * no driver can see.
 */
#define CALL_US		100
#define CEILING		80
#define FLOOR		2
#define TRIES		8

struct spinner {
	volatile bool stop;
	volatile unsigned long turns;
	pthread_t thread;
};

static void *spinner_thread(void *data)
{
	struct spinner *s = data;

	pin_to_cpu(0);
	while (!s->stop)
		s->turns++;
	return NULL;
}

/* How far a program on CPU 0 gets in a second, on the average. */
static unsigned long spin(unsigned int seconds)
{
	struct spinner s = { .stop = false };
	uint64_t start = now_ms();

	if (pthread_create(&s.thread, NULL, spinner_thread, &s))
		return 0;
	sleep_ms(seconds * 1000);
	s.stop = true;
	pthread_join(s.thread, NULL);
	return (unsigned long)(s.turns * 1000ULL / (now_ms() - start));
}

/* A CPU of another VM, on any CPU but the one that is stormed. */
struct stormer {
	unsigned int cpu;
	bool rings;
	int error;
	struct fakehv_storm storm;
	struct fakehv_ring ring;
	pthread_t thread;
};

static void *stormer_thread(void *data)
{
	struct stormer *s = data;

	pin_to_cpu(s->cpu);
	if (s->rings ? ioctl(hv, FAKEHV_RING, &s->ring) :
		       ioctl(hv, FAKEHV_STORM, &s->storm))
		s->error = errno;
	return NULL;
}

FIXTURE(storm) {
	struct fakehv_device dev;
	struct fakehv_device channel;
	struct stormer stormer[STORMERS];
	int fd[STORMERS];
	int efd;
};

FIXTURE_SETUP(storm)
{
	/* So slow that the calls count more than what emulation adds. */
	struct fakehv_config config = {
		.num_dms = STORMERS, .num_ipcs = 1, .num_slots = 64,
		.call_us = CALL_US,
	};
	unsigned int i;

	hv_reset();
	hv_config(config);
	ASSERT_TRUE(dispatcher_create(&self->dev, STORMERS));
	ASSERT_TRUE(channel_create(&self->channel, 0, EVENTS));
	self->efd = event_fd();
	for (i = 0; i < STORMERS; i++) {
		self->fd[i] = dm_open(i);
		ASSERT_LE(0, self->fd[i]);
	}
}

FIXTURE_TEARDOWN(storm)
{
	unsigned int i;

	for (i = 0; i < STORMERS; i++)
		close(self->fd[i]);
	close(self->efd);
	hv_reset();
}

static long long storms(FIXTURE_DATA(storm) *self)
{
	long long sum = attr_get(&self->channel, "ipc/storms");
	char attr[32];
	unsigned int i;

	for (i = 0; i < STORMERS; i++) {
		snprintf(attr, sizeof(attr), "dm%u/storms", i);
		sum += attr_get(&self->dev, attr);
	}
	return sum;
}

/* Who had the stormed CPU while all stormers were at work, in percent. */
struct shares {
	unsigned long program;		/* of what it does in peace */
	unsigned long interrupts;	/* for the calls that they made */
};

static struct shares storm(struct stormer *s, unsigned int seconds)
{
	unsigned long peace = spin(1 + seconds / 4), war;
	uint64_t start, calls;
	unsigned int i;

	for (i = 0; i < STORMERS; i++) {
		s[i].cpu = 1 + i % (num_cpus() - 1);
		s[i].storm.ms = s[i].ring.ms = (seconds + 1) * 1000;
		if (pthread_create(&s[i].thread, NULL, stormer_thread, &s[i]))
			return (struct shares) { 0 };
	}
	sleep_ms(200);
	start = now_ms();
	calls = hv_counters().irq_calls;
	war = spin(seconds);
	calls = hv_counters().irq_calls - calls;
	start = now_ms() - start;
	for (i = 0; i < STORMERS; i++)
		pthread_join(s[i].thread, NULL);
	return (struct shares) {
		.program = peace ? war * 100 / peace : 0,
		.interrupts = (unsigned long)(calls * CALL_US / 10 / start),
	};
}

/* The machine below may be busy with other things, but not each time. */
static void survive(struct __test_metadata *_metadata,
		    FIXTURE_DATA(storm) *self)
{
	struct shares got = { 0 };
	unsigned int i;

	for (i = 0; i < TRIES && got.program < FLOOR; i++) {
		got = storm(self->stormer, share(SECONDS));
		TH_LOG("on the stormed CPU interrupts get %lu%% for calls, and a program %lu%%; handlers left the rest to work items %lld times",
		       got.interrupts, got.program, storms(self));
		EXPECT_GE(CEILING, got.interrupts);
	}
	EXPECT_LE(FLOOR, got.program);
	EXPECT_EQ(0, hv_counters().lost_eois);
	EXPECT_EQ(0, hv_counters().hung);
	for (i = 0; i < STORMERS; i++)
		EXPECT_EQ(0, self->stormer[i].error);
}

/* The frontends' kicks are answered in the kernel, from now on. */
static void serve(struct __test_metadata *_metadata, FIXTURE_DATA(storm) *self,
		  unsigned int dms)
{
	struct pollfd pfd = { .events = POLLIN };

	for (unsigned int i = 0; i < dms; i++) {
		pfd.fd = self->fd[i];
		ASSERT_EQ(0, dm_ioeventfd(pfd.fd, self->efd, 0, REG_KICK, 4,
					  0));
		/* Nobody serves by registering alone. */
		EXPECT_EQ(0, poll(&pfd, 1, 0));
	}
}

/* They kick, and nobody reads the eventfd. */
static void aim(FIXTURE_DATA(storm) *self, unsigned int dms)
{
	unsigned int i;

	for (i = 0; i < STORMERS; i++) {
		self->stormer[i].storm.access.dm = i % dms;
		self->stormer[i].storm.access.addr = REG_KICK;
		self->stormer[i].storm.access.width = 4;
	}
}

static void kick(struct __test_metadata *_metadata, FIXTURE_DATA(storm) *self,
		 unsigned int dms)
{
	struct front f = { 0 };
	uint64_t count;
	unsigned int i;

	serve(_metadata, self, dms);
	aim(self, dms);
	survive(_metadata, self);
	for (i = 0; i < STORMERS; i++) {
		if (self->stormer[i].rings)
			continue;
		EXPECT_LT(0, self->stormer[i].storm.count);
		f.done += (unsigned long)self->stormer[i].storm.count;
		if (self->stormer[i].storm.max_ns > f.max_ns)
			f.max_ns = self->stormer[i].storm.max_ns;
	}
	count = event_count(self->efd);
	EXPECT_LE(f.done, count);
	EXPECT_EQ(hv_counters().completed, count);
	EXPECT_EQ(0, hv_counters().outstanding);
	TH_LOG("%lu kicks in the last round, longest stall %llu ms", f.done,
	       (unsigned long long)f.max_ns / 1000000);
}

TEST_F_TIMEOUT(storm, eight_cpus_on_one_device, 600)
{
	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	kick(_metadata, self, 1);
}

TEST_F_TIMEOUT(storm, eight_cpus_on_eight_devices, 600)
{
	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	kick(_metadata, self, STORMERS);
}

TEST_F_TIMEOUT(storm, peer_on_all_lines, 600)
{
	struct pollfd pfd = { .fd = channel_open(0), .events = POLLIN };
	struct bao_ipc_events events = { 0 };
	unsigned int i;

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	for (i = 0; i < STORMERS; i++) {
		self->stormer[i].rings = true;
		self->stormer[i].ring.kind = FAKEHV_IPC;
		self->stormer[i].ring.event = i % EVENTS;
	}
	survive(_metadata, self);
	sleep_ms(100);
	ASSERT_EQ(0, ioctl(pfd.fd, BAO_IPC_GET_EVENTS, &events));
	for (i = 0; i < EVENTS; i++)
		EXPECT_LT(0, events.count[i]);
	/* Quiet again, and the next single one is not missed. */
	for (i = 0; i < EVENTS; i++) {
		EXPECT_EQ(0, poll(&pfd, 1, 20));
		hv_ring(FAKEHV_IPC, 0, i);
		EXPECT_EQ(1, poll(&pfd, 1, 5000));
		EXPECT_EQ(0, ioctl(pfd.fd, BAO_IPC_GET_EVENTS, &events));
		EXPECT_EQ(1, events.count[i]);
	}
	close(pfd.fd);
}

/* Frontends on all devices and the peer, all at once. */
TEST_F_TIMEOUT(storm, everything_at_once, 600)
{
	unsigned int i;

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	for (i = 0; i < EVENTS; i++) {
		self->stormer[i].rings = true;
		self->stormer[i].ring.kind = FAKEHV_IPC;
		self->stormer[i].ring.event = i;
	}
	kick(_metadata, self, STORMERS);
}

struct quiet_peer {
	volatile bool stop;
	uint64_t rings;
	pthread_t thread;
};

static void *quiet_peer_thread(void *data)
{
	struct quiet_peer *peer = data;

	for (; !peer->stop; peer->rings++) {
		hv_ring(FAKEHV_IPC, 0, 0);
		sleep_ms(40);
	}
	return NULL;
}

/* Who rings now and then is heard each time, whatever others do. */
TEST_F_TIMEOUT(storm, quiet_peer_is_heard, 600)
{
	struct quiet_peer peer = { .stop = false };
	struct bao_ipc_events events = { 0 };
	int ipc = channel_open(0);

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	serve(_metadata, self, STORMERS);
	aim(self, STORMERS);
	ASSERT_EQ(0, pthread_create(&peer.thread, NULL, quiet_peer_thread,
				    &peer));
	survive(_metadata, self);
	peer.stop = true;
	pthread_join(peer.thread, NULL);
	ASSERT_EQ(0, ioctl(ipc, BAO_IPC_GET_EVENTS, &events));
	EXPECT_LE(peer.rings, events.count[0]);
	EXPECT_LT(0, storms(self));
	close(ipc);
}

/* Eight requests of each device wait, when all their lines are raised. */
static uint64_t calls_from_interrupts(struct __test_metadata *_metadata)
{
	struct frontend f[STORMERS * STORMERS];
	struct fakehv_counters before = hv_counters(), now;
	unsigned int i;

	memset(f, 0, sizeof(f));
	for (i = 0; i < ARRAY_SIZE(f); i++) {
		f[i].access.dm = i % STORMERS;
		f[i].access.addr = REG_KICK;
		f[i].access.width = 4;
		f[i].access.flags = FAKEHV_ACCESS_QUIET;
		frontend_run(&f[i]);
	}
	while (hv_counters().requests < before.requests + ARRAY_SIZE(f))
		sleep_ms(1);
	sleep_ms(20);
	for (i = 0; i < STORMERS; i++)
		hv_ring(FAKEHV_DM, i, 0);
	for (i = 0; i < ARRAY_SIZE(f); i++)
		EXPECT_TRUE(frontend_join(&f[i]));
	now = hv_counters();
	return now.irq_calls - before.irq_calls;
}

/*
 * One device alone keeps within half of a tick, all together take three whole
 * ones. So the first ones are served by their interrupts, the others not, unless
 * the machine below is held up, and the interrupts come in different ticks.
 */
TEST_F_TIMEOUT(storm, lines_share_a_tick, 600)
{
	unsigned int all = STORMERS * 2 * STORMERS, i;
	uint64_t calls, least = all;

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	pin_to_cpu(1);
	parameter_set("poll_ms", "0");
	serve(_metadata, self, STORMERS);
	for (i = 0; i < 50 && least > all * 2 / 3; i++) {
		calls = calls_from_interrupts(_metadata);
		if (calls < least)
			least = calls;
	}
	parameter_set("poll_ms", "1000");
	TH_LOG("%llu of %u calls were made by interrupts",
	       (unsigned long long)least, all);
	EXPECT_GE(all * 2 / 3, least);
	EXPECT_LT(0, storms(self));
}

TEST_HARNESS_MAIN
