// SPDX-License-Identifier: GPL-2.0-only
/* A hypervisor, a frontend and a peer that misbehave. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

#define REG	0xa003e50ULL
/* What the driver finds by its look of each second, on a slow machine. */
#define LOOK_NS	5000000000ULL

FIXTURE(faults) {
	struct fakehv_device dev;
	struct fakehv_device channel;
	int fd;
	int ipc;
};

FIXTURE_SETUP(faults)
{
	struct pollfd pfd = { .events = POLLIN };

	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 1));
	ASSERT_TRUE(channel_create(&self->channel, 0, 2));
	self->fd = dm_open(0);
	ASSERT_LE(0, self->fd);
	self->ipc = channel_open(0);
	ASSERT_LE(0, self->ipc);
	pfd.fd = self->fd;
	ASSERT_EQ(0, poll(&pfd, 1, 0));
}

FIXTURE_TEARDOWN(faults)
{
	parameter_set("poll_ms", "1000");
	close(self->fd);
	close(self->ipc);
	hv_reset();
}

/*
 * It takes effect with the next look, and who comes to serve makes the driver
 * look, in place of the look that was due.
 */
static bool look_every(int *fd, const char *ms)
{
	struct pollfd pfd = { .events = POLLIN };
	uint64_t empty;

	parameter_set("poll_ms", ms);
	close(*fd);
	*fd = dm_open(0);
	empty = hv_counters().empty;
	pfd.fd = *fd;
	return !poll(&pfd, 1, 0) && hv_drained(empty);
}

TEST_F(faults, lost_interrupt)
{
	struct frontend f;

	hv_fault(FAKEHV_LOSE_IRQ, 0, 1);
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_serve_one(self->fd, 1));
	ASSERT_TRUE(frontend_join(&f));
	/* Found by the driver's own look, within poll_ms and some slack. */
	EXPECT_GT(LOOK_NS, f.access.stall_ns);
	EXPECT_EQ(1, hv_counters().lost);
}

TEST_F(faults, lost_interrupts_with_a_short_poll)
{
	struct frontend f;
	uint64_t fastest = LOOK_NS;
	int efd = event_fd();
	unsigned int i;

	ASSERT_TRUE(look_every(&self->fd, "50"));
	ASSERT_EQ(0, dm_ioeventfd(self->fd, efd, 0, REG, 4, 0));
	for (i = 0; i < 20; i++) {
		hv_fault(FAKEHV_LOSE_IRQ, 0, 1);
		frontend_write(&f, 0, REG, 4, i);
		ASSERT_TRUE(frontend_done(&f, 5000));
		if (f.access.stall_ns < fastest)
			fastest = f.access.stall_ns;
	}
	EXPECT_GT(500000000, fastest);
	EXPECT_EQ(20, event_count(efd));
	close(efd);
}

TEST_F(faults, lost_interrupts_and_no_poll)
{
	/* 0 is never, and so is what no clock reaches. */
	static const char *const never[] = { "0", "4294967295" };
	struct frontend f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(never); i++) {
		ASSERT_TRUE(look_every(&self->fd, never[i]));
		hv_fault(FAKEHV_LOSE_IRQ, 0, 1);
		frontend_read(&f, 0, REG, 4);
		EXPECT_FALSE(frontend_done(&f, 2500));
		/* Any interrupt finds it. */
		hv_ring(FAKEHV_DM, 0, 0);
		ASSERT_EQ(0, dm_serve_one(self->fd, i));
		ASSERT_TRUE(frontend_join(&f));
		EXPECT_EQ(i, f.access.value);

		/* Who comes to serve looks once, and from then on again. */
		parameter_set("poll_ms", "1000");
		close(self->fd);
		self->fd = dm_open(0);
		frontend_read(&f, 0, REG, 4);
		ASSERT_EQ(0, dm_serve_one(self->fd, i));
		ASSERT_TRUE(frontend_join(&f));
	}
}

TEST_F(faults, interrupts_dropped_while_masked)
{
	struct fakehv_config config = {
		.num_dms = 1, .num_ipcs = 1, .num_slots = 4,
		.flags = FAKEHV_DROP_MASKED,
	};
	struct fakehv_storm storm = {
		.access = { .addr = REG, .width = 4 }, .ms = 1500,
	};
	int efd = event_fd();
	struct frontend f;
	uint64_t lost;

	hv_config(config);
	ASSERT_EQ(0, dm_ioeventfd(self->fd, efd, 0, REG, 4, 0));
	ASSERT_EQ(0, ioctl(hv, FAKEHV_STORM, &storm));
	EXPECT_LT(20, storm.count);
	EXPECT_GT(LOOK_NS, storm.max_ns);

	/* Before the driver is there, too: the first ATTACH looks. */
	ASSERT_EQ(0, driver_unbind(&self->dev));
	lost = hv_counters().lost;
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(frontends_wait(1));
	ASSERT_FALSE(frontend_done(&f, 50));
	EXPECT_EQ(lost + 1, hv_counters().lost);
	ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
	close(self->fd);
	self->fd = dm_open(0);
	EXPECT_EQ(0, dm_serve_one(self->fd, 5));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(5, f.access.value);
	close(efd);
}

TEST_F(faults, spurious_interrupts)
{
	struct fakehv_counters before = hv_counters(), after;
	struct frontend f;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		hv_ring(FAKEHV_DM, 0, 0);
		if (i % 100 == 0)
			sleep_ms(5);
	}
	frontend_read(&f, 0, REG, 4);
	EXPECT_EQ(0, dm_serve_one(self->fd, 1));
	EXPECT_TRUE(frontend_join(&f));
	after = hv_counters();
	EXPECT_LT(before.dm_delivered[0], after.dm_delivered[0]);
	EXPECT_EQ(before.completed + 1, after.completed);
	EXPECT_EQ(before.refused, after.refused);
}

TEST_F(faults, refused_asks)
{
	static const int results[] = { -1, -2, -3, 2 };
	struct frontend f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(results); i++) {
		hv_fault(FAKEHV_CALL_ASK, results[i], 1);
		frontend_read(&f, 0, REG, 4);
		ASSERT_EQ(0, dm_serve_one(self->fd, i));
		ASSERT_TRUE(frontend_join(&f));
		EXPECT_EQ(i, f.access.value);
		EXPECT_GT(LOOK_NS, f.access.stall_ns);
	}
	EXPECT_EQ(4, attr_get(&self->dev, "dm0/refused_calls"));
}

TEST_F(faults, refused_asks_for_a_while)
{
	int log = kmsg_open();
	struct frontend f;

	hv_fault(FAKEHV_CALL_ASK, -3, ~0U);
	frontend_read(&f, 0, REG, 4);
	EXPECT_FALSE(frontend_done(&f, 2500));
	/* No loop: some of its own looks, not thousands. */
	EXPECT_GT(20, attr_get(&self->dev, "dm0/refused_calls"));
	EXPECT_LE(1, attr_get(&self->dev, "dm0/refused_calls"));
	EXPECT_GT(20, kmsg_count(log, "dm0"));
	hv_fault(FAKEHV_CALL_ASK, 0, 0);
	EXPECT_EQ(0, dm_serve_one(self->fd, 1));
	EXPECT_TRUE(frontend_join(&f));
	close(log);
}

TEST_F(faults, refused_completions)
{
	static const int results[] = { -2, -3, 7 };
	struct bao_request req;
	struct frontend f;
	unsigned int i;

	/* The answer is not lost, nor given twice, nor changed. */
	for (i = 0; i < ARRAY_SIZE(results); i++) {
		hv_fault(FAKEHV_CALL_READ, results[i], 3);
		frontend_read(&f, 0, REG, 4);
		ASSERT_EQ(0, dm_attach(self->fd, &req));
		ASSERT_EQ(0, dm_complete(self->fd, &req, 0x40 + i));
		ASSERT_TRUE(frontend_done(&f, 3000));
		EXPECT_EQ(0x40 + i, f.access.value);
		EXPECT_EQ(-1, dm_complete(self->fd, &req, 0));
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EQ(9, attr_get(&self->dev, "dm0/refused_calls"));
	EXPECT_EQ(0, hv_counters().outstanding);
}

TEST_F(faults, two_refused_completions_at_once)
{
	struct bao_request a, b;
	struct frontend f, g;

	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &a));
	frontend_read(&g, 0, REG + 4, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &b));
	hv_fault(FAKEHV_CALL_READ, -3, 7);
	ASSERT_EQ(0, dm_complete(self->fd, &a, 1));
	ASSERT_EQ(0, dm_complete(self->fd, &b, 2));
	ASSERT_TRUE(frontend_done(&f, 3000));
	ASSERT_TRUE(frontend_done(&g, 3000));
	EXPECT_EQ(1, f.access.value);
	EXPECT_EQ(2, g.access.value);
}

TEST_F(faults, refused_completions_at_unbind)
{
	struct bao_request req;
	struct frontend f, g;

	/* The last chance: nobody could answer after the driver is gone. */
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	frontend_read(&g, 0, REG + 4, 4);
	ASSERT_TRUE(frontends_wait(2));
	ASSERT_TRUE(dm_queued(self->fd, 1));
	hv_fault(FAKEHV_CALL_READ, -3, 4);
	ASSERT_EQ(0, driver_unbind(&self->dev));
	EXPECT_TRUE(frontend_done(&f, 1000));
	EXPECT_TRUE(frontend_done(&g, 1000));
}

TEST_F(faults, completions_refused_for_good_at_unbind)
{
	uint64_t start = now_ms();
	int log = kmsg_open();
	struct frontend f, g;

	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(frontends_wait(1));
	ASSERT_TRUE(dm_queued(self->fd, 1));
	hv_fault(FAKEHV_CALL_READ, -3, ~0U);
	/*
	 * It does not wait for ever, on top of the grace period of who serves,
	 * and says what it leaves behind.
	 */
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "100"));
	ASSERT_EQ(0, driver_unbind(&self->dev));
	EXPECT_GT(5000, now_ms() - start);
	EXPECT_TRUE(kmsg_find(log, self->dev.dev_name, "may stand still"));
	EXPECT_FALSE(frontend_done(&f, 50));
	hv_fault(FAKEHV_CALL_READ, 0, 0);

	/* The next ones are served. */
	ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
	close(self->fd);
	self->fd = dm_open(0);
	frontend_read(&g, 0, REG, 4);
	EXPECT_EQ(0, dm_serve_one(self->fd, 2));
	EXPECT_TRUE(frontend_join(&g));
	EXPECT_EQ(2, g.access.value);
	hv_reset();
	frontend_join(&f);
	close(log);
}

TEST_F(faults, refused_completion_of_an_ioeventfd)
{
	int efd = event_fd();
	struct frontend f;

	ASSERT_EQ(0, dm_ioeventfd(self->fd, efd, 0, REG, 4, 0));
	hv_fault(FAKEHV_CALL_WRITE, -3, 2);
	frontend_write(&f, 0, REG, 4, 0);
	EXPECT_TRUE(frontend_done(&f, 3000));
	EXPECT_EQ(1, event_count(efd));
	EXPECT_EQ(0, hv_counters().outstanding);
	close(efd);
}

TEST_F(faults, forgotten_by_the_hypervisor)
{
	struct bao_request req;
	struct frontend f;

	/* -1: it has no such request. So be it. */
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	hv_fault(FAKEHV_CALL_READ, -1, 1);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 1));
	EXPECT_EQ(1, attr_get(&self->dev, "dm0/late_answers"));
	EXPECT_EQ(-1, dm_complete(self->fd, &req, 1));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(faults, messages_are_limited)
{
	int log = kmsg_open();
	struct fakehv_storm storm = {
		.access = { .addr = REG, .width = 3 }, .ms = 2000,
	};
	unsigned int lines;

	ASSERT_EQ(0, ioctl(hv, FAKEHV_STORM, &storm));
	EXPECT_EQ(storm.count,
		  attr_get(&self->dev, "dm0/invalid_requests"));
	lines = kmsg_count(log, "width 3");
	EXPECT_LT(2 * lines, storm.count);
	EXPECT_GT(25, lines);
	close(log);
}

struct spinner {
	volatile bool stop;
	volatile unsigned long turns;
	unsigned int cpu;
};

static void *spinning_thread(void *data)
{
	struct spinner *spinner = data;

	pin_to_cpu(spinner->cpu);
	while (!spinner->stop)
		spinner->turns++;
	return NULL;
}

/* How far a program on CPU 0 gets in a second. */
static unsigned long turns_in_a_second(void)
{
	struct spinner spinner = { .cpu = 0 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, spinning_thread, &spinner))
		return 0;
	sleep_ms(1000);
	spinner.stop = true;
	pthread_join(thread, NULL);
	return spinner.turns;
}

struct hammer {
	unsigned long call;
	struct fakehv_storm storm;
	struct fakehv_ring ring;
};

static void *hammering_thread(void *data)
{
	struct hammer *hammer = data;

	pin_to_cpu(1);
	if (hammer->call == FAKEHV_STORM)
		ioctl(hv, FAKEHV_STORM, &hammer->storm);
	else
		ioctl(hv, FAKEHV_RING, &hammer->ring);
	return NULL;
}

/* In percent of what it does in peace. */
static unsigned long progress_under(struct hammer *hammer, unsigned int threads)
{
	unsigned long peace, war;
	pthread_t thread[4];
	unsigned int i;

	peace = turns_in_a_second();
	for (i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, hammering_thread, hammer))
			return 0;
	sleep_ms(100);
	war = turns_in_a_second();
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	return peace ? war * 100 / peace : 0;
}

/*
 * The interrupts go to CPU 0, and a program there has to get on. How far is not
 * for an emulator to say, where taking an interrupt costs more than all that the
 * driver does; and the machine below may be busy with other things for a
 * second, but not each time.
 */
static void survive(struct __test_metadata *_metadata, struct hammer *hammer,
		    unsigned int threads)
{
	unsigned long percent = 0;
	unsigned int i;

	for (i = 0; i < 16 && percent < 2; i++) {
		percent = progress_under(hammer, threads);
		TH_LOG("a program on the interrupt's CPU gets %lu%%", percent);
	}
	EXPECT_LE(2, percent);
}

/*
 * Who hammers on a device model has to be braked, which the attribute storms
 * counts. Where the machine is slow, too few interrupts come in a tick for
 * that, so then there is a burst of them. Threads may never need it.
 */
static void braked(struct __test_metadata *_metadata,
		   const struct fakehv_device *dev)
{
	if (irq_threads())
		return;
	if (!attr_get(dev, "dm0/storms"))
		hv_burst(FAKEHV_DM, 0, 0);
	EXPECT_LT(0, attr_get(dev, "dm0/storms"));
}

TEST_F_TIMEOUT(faults, frontend_that_hammers_a_doorbell, 120)
{
	struct hammer hammer = {
		.call = FAKEHV_STORM,
		.storm = { .access = { .addr = REG, .width = 4 }, .ms = 2000 },
	};
	int efd = event_fd();
	struct frontend f;
	long long before;
	unsigned int i;

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	ASSERT_EQ(0, dm_ioeventfd(self->fd, efd, 0, REG, 4, 0));
	survive(_metadata, &hammer, 3);
	braked(_metadata, &self->dev);
	EXPECT_EQ(0, hv_counters().outstanding);
	/* And interrupts serve again. */
	before = attr_get(&self->dev, "dm0/interrupts");
	for (i = 0; i < 50; i++) {
		frontend_write(&f, 0, REG, 4, 0);
		ASSERT_TRUE(frontend_done(&f, 5000));
		if (attr_get(&self->dev, "dm0/interrupts") > before)
			break;
	}
	EXPECT_GT(50, i);
	close(efd);
}

TEST_F_TIMEOUT(faults, spurious_interrupts_that_hammer, 120)
{
	struct hammer hammer = {
		.call = FAKEHV_RING,
		.ring = { .kind = FAKEHV_DM, .ms = 2000 },
	};
	struct frontend f;

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	survive(_metadata, &hammer, 1);
	braked(_metadata, &self->dev);
	frontend_read(&f, 0, REG, 4);
	EXPECT_EQ(0, dm_serve_one(self->fd, 0));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_GT(LOOK_NS, f.access.stall_ns);
}

TEST_F_TIMEOUT(faults, peer_that_hammers, 120)
{
	struct hammer hammer = {
		.call = FAKEHV_RING,
		.ring = { .kind = FAKEHV_IPC, .event = 1, .ms = 2000 },
	};
	struct pollfd pfd = { .fd = self->ipc, .events = POLLIN };
	struct bao_ipc_events events;
	uint64_t end, seen = 0;

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	survive(_metadata, &hammer, 1);
	end = now_ms() + 10000;
	do {
		memset(&events, 0, sizeof(events));
		ASSERT_EQ(0, ioctl(self->ipc, BAO_IPC_GET_EVENTS, &events));
		seen += events.count[1];
	} while (poll(&pfd, 1, 50) && now_ms() < end);
	EXPECT_GT(end, now_ms());
	EXPECT_LT(0, seen);
	/* And the next single one is not missed. */
	hv_ring(FAKEHV_IPC, 0, 1);
	EXPECT_EQ(1, poll(&pfd, 1, 5000));
}

TEST_F(faults, killed_frontend)
{
	struct bao_request req;
	struct frontend f;
	pid_t pid;

	/* Its VM dies while the backend works: the answer goes nowhere. */
	pid = fork();
	if (!pid) {
		struct fakehv_access access = { .op = 1, .width = 4 };

		frontend_access(&access);
		_exit(0);
	}
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	frontend_read(&f, 0, REG, 4);
	EXPECT_EQ(0, dm_serve_one(self->fd, 2));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(2, f.access.value);
}

TEST_F(faults, full_table_without_poll)
{
	struct fakehv_config config = {
		.num_dms = 1, .num_ipcs = 1, .num_slots = 64,
	};
	struct pollfd pfd = { .events = POLLIN };
	struct frontend f[64];
	unsigned int i;

	/* Who frees the first slot has to go on fetching. */
	ASSERT_TRUE(look_every(&self->fd, "0"));
	pfd.fd = self->fd;
	hv_config(config);
	for (i = 0; i < 64; i++)
		frontend_write(&f[i], 0, REG, 4, i);
	/* One that came later would raise an interrupt, and that fetches. */
	ASSERT_TRUE(frontends_wait(64));
	for (i = 0; i < 64; i++) {
		ASSERT_EQ(1, poll(&pfd, 1, 5000));
		ASSERT_EQ(0, dm_serve_one(self->fd, 0));
	}
	for (i = 0; i < 64; i++)
		EXPECT_TRUE(frontend_join(&f[i]));
}

TEST_F(faults, refused_ask_without_poll)
{
	struct frontend f;

	ASSERT_TRUE(look_every(&self->fd, "0"));
	hv_fault(FAKEHV_CALL_ASK, -3, 1);
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_serve_one(self->fd, 1));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_GT(LOOK_NS, f.access.stall_ns);
}

/* So many interrupts that a work item serves when they end; threads: perhaps. */
static void hammer(void)
{
	struct fakehv_ring ring = { .kind = FAKEHV_DM, .ms = 100 };

	if (irq_threads())
		ioctl(hv, FAKEHV_RING, &ring);
	else
		hv_burst(FAKEHV_DM, 0, 0);
}

/*
 * The worst moment is between the work's last ASK and the handler's return to
 * duty: slow calls make it long, and the frontend comes a little later each
 * time.
 */
TEST_F_TIMEOUT(faults, edge_while_the_work_serves, 120)
{
	struct fakehv_config config = {
		.num_dms = 1, .num_ipcs = 1, .num_slots = 4,
		/* Threads need some steps in a tick before they are over. */
		.call_us = irq_threads() ? 250 : 1000,
	};
	int i, efd = event_fd();
	struct fakehv_access access;

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	pin_to_cpu(1);
	/* What is lost stays lost. */
	ASSERT_TRUE(look_every(&self->fd, "0"));
	hv_config(config);
	ASSERT_EQ(0, dm_ioeventfd(self->fd, efd, 0, REG, 4, 0));
	for (i = 0; i < 100; i++) {
		hammer();
		usleep(25 * (unsigned int)i);
		access = (struct fakehv_access) { .addr = REG, .width = 4 };
		/* No thread, which would be late: the timeout tells. */
		ASSERT_EQ(0, frontend_access(&access));
	}
	close(efd);
	if (!irq_threads())
		EXPECT_LT(50, attr_get(&self->dev, "dm0/storms"));
	EXPECT_EQ(0, hv_counters().lost_eois);
}

TEST_HARNESS_MAIN
