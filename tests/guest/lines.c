// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt lines of controllers that forgive nothing: who masks a line while it
 * is active has lost it.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

#define REG		0xa003e50ULL
#define FRONTS		3
#define EVENT		1
/* Within a second, as the driver says, where the machine is not held up. */
#define SECOND_NS	1000000000ULL
#define TRIES		8
#define FOUND_MS	20000

#define CPU1_ONLINE	"/sys/devices/system/cpu/cpu1/online"

/* A CPU of another VM that has only this to do. */
struct load {
	pthread_t thread;
	volatile bool stop;
	bool rings;
	unsigned int cpu;
	volatile unsigned long done;
	int error;
};

static void *load_thread(void *data)
{
	struct fakehv_ring ring = {
		.kind = FAKEHV_IPC, .event = EVENT, .count = 20,
	};
	struct load *load = data;
	struct fakehv_access access;

	pin_to_cpu(load->cpu);
	while (!load->stop && !load->error) {
		access = (struct fakehv_access) { .addr = REG, .width = 4 };
		if (load->rings ? ioctl(hv, FAKEHV_RING, &ring) :
				  frontend_access(&access))
			load->error = errno;
		load->done++;
	}
	return NULL;
}

FIXTURE(lines) {
	struct fakehv_device dev;
	struct fakehv_device channel;
	struct load load[FRONTS + 1];
	int fd;
	int ipc;
	int efd;
};

FIXTURE_VARIANT(lines) {
	unsigned int flags;
	bool forgets;
};

/* Bao's virtual GIC. */
FIXTURE_VARIANT_ADD(lines, vgic) {
	.forgets = true,
};

FIXTURE_VARIANT_ADD(lines, gic) {
	.flags = FAKEHV_EOI_KEPT,
};

FIXTURE_VARIANT_ADD(lines, vplic) {
	.flags = FAKEHV_EOI_KEPT | FAKEHV_NO_STATE,
};

FIXTURE_VARIANT_ADD(lines, vaplic) {
	.flags = FAKEHV_DROP_MASKED | FAKEHV_NO_STATE,
};

static bool files_open(FIXTURE_DATA(lines) *self)
{
	struct pollfd pfd = { .events = POLLIN };

	self->fd = dm_open(0);
	self->ipc = channel_open(0);
	pfd.fd = self->fd;
	/* Who polls serves, and nothing is fetched before that. */
	return self->fd >= 0 && self->ipc >= 0 &&
	       !dm_ioeventfd(self->fd, self->efd, 0, REG, 4, 0) &&
	       !poll(&pfd, 1, 0);
}

static void files_close(FIXTURE_DATA(lines) *self)
{
	close(self->fd);
	close(self->ipc);
}

FIXTURE_SETUP(lines)
{
	struct fakehv_config config = {
		.num_dms = 1, .num_ipcs = 1, .num_slots = 8,
		.flags = variant->flags,
	};

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	hv_reset();
	hv_config(config);
	ASSERT_TRUE(dispatcher_create(&self->dev, 1));
	ASSERT_TRUE(channel_create(&self->channel, 0, EVENT + 1));
	self->efd = event_fd();
	/* What would hide a line that is dead. */
	parameter_set("poll_ms", "0");
	ASSERT_TRUE(files_open(self));
}

FIXTURE_TEARDOWN(lines)
{
	parameter_set("poll_ms", "1000");
	files_close(self);
	close(self->efd);
	hv_reset();
}

static void load_start(struct __test_metadata *_metadata,
		       FIXTURE_DATA(lines) *self, unsigned int cpu)
{
	struct load *load;
	unsigned int i;

	for (i = 0; i <= FRONTS; i++) {
		load = &self->load[i];
		*load = (struct load) { .rings = i == FRONTS, .cpu = cpu };
		ASSERT_EQ(0, pthread_create(&load->thread, NULL, load_thread,
					    load));
	}
	for (i = 0; i <= FRONTS; i++)
		while (!self->load[i].done && !self->load[i].error)
			sleep_ms(1);
}

static void load_stop(struct __test_metadata *_metadata,
		      FIXTURE_DATA(lines) *self)
{
	unsigned int i;

	for (i = 0; i <= FRONTS; i++)
		self->load[i].stop = true;
	for (i = 0; i <= FRONTS; i++) {
		pthread_join(self->load[i].thread, NULL);
		EXPECT_EQ(0, self->load[i].error);
	}
}

/* One request of a frontend; what an interrupt or the driver's look finds. */
static uint64_t stall(struct __test_metadata *_metadata,
		      FIXTURE_DATA(lines) *self)
{
	struct frontend f;

	event_count(self->efd);
	frontend_write(&f, 0, REG, 4, 0);
	EXPECT_TRUE(frontend_done(&f, FOUND_MS));
	EXPECT_EQ(1, event_count(self->efd));
	return f.access.stall_ns;
}

static void events_forget(FIXTURE_DATA(lines) *self)
{
	struct bao_ipc_events events = { 0 };

	ioctl(self->ipc, BAO_IPC_GET_EVENTS, &events);
}

static uint64_t ring(struct __test_metadata *_metadata,
		     FIXTURE_DATA(lines) *self)
{
	struct pollfd pfd = { .fd = self->ipc, .events = POLLIN };
	uint64_t start = now_ms();

	events_forget(self);
	hv_ring(FAKEHV_IPC, 0, EVENT);
	EXPECT_EQ(1, poll(&pfd, 1, FOUND_MS));
	return (now_ms() - start) * 1000000;
}

static bool is_alive(unsigned int kind, unsigned int event)
{
	uint64_t end = now_ms() + FOUND_MS;

	while (hv_line(kind, 0, event).dead) {
		if (now_ms() > end)
			return false;
		sleep_ms(2);
	}
	return true;
}

/* The request may have been found by a work item before its interrupt comes. */
static bool delivers(unsigned int kind, unsigned int event, uint64_t before)
{
	uint64_t end = now_ms() + FOUND_MS;

	while (hv_line(kind, 0, event).delivered <= before) {
		if (now_ms() > end)
			return false;
		sleep_ms(1);
	}
	return true;
}

/* Whatever came before: both lines deliver. */
static void check_alive(struct __test_metadata *_metadata,
			FIXTURE_DATA(lines) *self)
{
	uint64_t before;

	ASSERT_TRUE(is_alive(FAKEHV_DM, 0));
	ASSERT_TRUE(is_alive(FAKEHV_IPC, EVENT));
	before = hv_line(FAKEHV_DM, 0, 0).delivered;
	stall(_metadata, self);
	EXPECT_TRUE(delivers(FAKEHV_DM, 0, before));
	before = hv_line(FAKEHV_IPC, 0, EVENT).delivered;
	ring(_metadata, self);
	EXPECT_TRUE(delivers(FAKEHV_IPC, EVENT, before));
}

/* However much there is to do. */
TEST_F_TIMEOUT(lines, are_not_masked_in_service, 120)
{
	struct fakehv_line_info dm, ipc, before_dm, before_ipc;

	before_dm = hv_line(FAKEHV_DM, 0, 0);
	before_ipc = hv_line(FAKEHV_IPC, 0, EVENT);
	load_start(_metadata, self, 1);
	sleep_ms(2000);
	hv_burst(FAKEHV_DM, 0, 0);
	hv_burst(FAKEHV_IPC, 0, EVENT);
	load_stop(_metadata, self);
	if (!irq_threads())
		EXPECT_LT(0, attr_get(&self->dev, "dm0/storms"));
	dm = hv_line(FAKEHV_DM, 0, 0);
	ipc = hv_line(FAKEHV_IPC, 0, EVENT);
	EXPECT_LT(before_dm.delivered, dm.delivered);
	EXPECT_LT(before_ipc.delivered, ipc.delivered);
	EXPECT_EQ(before_dm.masked, dm.masked);
	EXPECT_EQ(before_ipc.masked, ipc.masked);
	EXPECT_EQ(before_dm.routed, dm.routed);
	EXPECT_EQ(before_ipc.routed, ipc.routed);
	EXPECT_EQ(0, hv_counters().lost_eois);
	EXPECT_EQ(0, attr_get(&self->dev, "dm0/revivals"));
	check_alive(_metadata, self);
}

/*
 * From another CPU than theirs, which is busy with nothing else: the driver has
 * them masked there, where none of them can be active then.
 */
TEST_F_TIMEOUT(lines, unbind_under_load, 300)
{
	struct fakehv_config config = {
		.num_dms = 1, .num_ipcs = 1, .num_slots = 8,
		.flags = variant->flags, .call_us = 100,
	};
	unsigned int i;

	hv_config(config);
	pin_to_cpu(1);
	load_start(_metadata, self, 0);
	for (i = 0; i < 40; i++) {
		usleep(500 + 2000 * (i % 8));
		ASSERT_EQ(0, driver_unbind(&self->dev));
		ASSERT_EQ(0, driver_unbind(&self->channel));
		files_close(self);
		EXPECT_EQ(0, hv_counters().dead);
		ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
		ASSERT_EQ(0, driver_bind(&self->channel, CHANNEL));
		ASSERT_TRUE(files_open(self));
	}
	load_stop(_metadata, self);
	EXPECT_EQ(0, hv_counters().lost_eois);
	EXPECT_EQ(0, hv_counters().hung);
	EXPECT_EQ(0, hv_counters().outstanding);
	check_alive(_metadata, self);
}

/* Nothing but the kernel itself can move a line of ours. */
TEST_F_TIMEOUT(lines, stay_where_they_are, 60)
{
	struct fakehv_line_info before = hv_line(FAKEHV_DM, 0, 0), after;
	char path[64];

	snprintf(path, sizeof(path), "/proc/irq/%lld/smp_affinity",
		 attr_get(&self->dev, "dm0/irq"));
	ASSERT_EQ(0, access(path, F_OK));
	EXPECT_EQ(-1, file_set(path, "2"));
	after = hv_line(FAKEHV_DM, 0, 0);
	EXPECT_EQ(before.routed, after.routed);
	EXPECT_EQ(before.masked, after.masked);
	check_alive(_metadata, self);
}

/*
 * A line that is active when it is moved belongs to the CPU that took it, which
 * has forgotten it.
 */
TEST_F_TIMEOUT(lines, moved_under_load, 300)
{
	unsigned int i;

	load_start(_metadata, self, 1);
	for (i = 0; i < 40; i++) {
		hv_cpu(FAKEHV_DM, 0, 0, i % 2);
		hv_cpu(FAKEHV_IPC, 0, EVENT, i % 2);
		usleep(100 * (i % 16));
		ASSERT_TRUE(is_alive(FAKEHV_DM, 0));
		ASSERT_TRUE(is_alive(FAKEHV_IPC, EVENT));
	}
	load_stop(_metadata, self);
	TH_LOG("%llu ends were lost, brought back: %lld and %lld times",
	       (unsigned long long)hv_counters().lost_eois,
	       attr_get(&self->dev, "dm0/revivals"),
	       attr_get(&self->channel, "ipc/revivals"));
	check_alive(_metadata, self);
}

TEST_F_TIMEOUT(lines, cpu_goes_offline_under_load, 300)
{
	unsigned int i;

	if (access(CPU1_ONLINE, W_OK))
		SKIP(return, "this kernel keeps its CPUs");
	pin_to_cpu(0);
	load_start(_metadata, self, 0);
	for (i = 0; i < 3; i++) {
		hv_cpu(FAKEHV_DM, 0, 0, 1);
		hv_cpu(FAKEHV_IPC, 0, EVENT, 1);
		usleep(3000 * i);
		ASSERT_EQ(0, file_set(CPU1_ONLINE, "0"));
		EXPECT_EQ(0, hv_line(FAKEHV_DM, 0, 0).cpu);
		EXPECT_EQ(0, hv_line(FAKEHV_IPC, 0, EVENT).cpu);
		EXPECT_TRUE(is_alive(FAKEHV_DM, 0));
		EXPECT_TRUE(is_alive(FAKEHV_IPC, EVENT));
		ASSERT_EQ(0, file_set(CPU1_ONLINE, "1"));
	}
	load_stop(_metadata, self);
	check_alive(_metadata, self);
}

/* The kernel does not move what nobody has requested. */
TEST_F(lines, cpu_goes_offline_while_unbound)
{
	if (access(CPU1_ONLINE, W_OK))
		SKIP(return, "this kernel keeps its CPUs");
	hv_cpu(FAKEHV_DM, 0, 0, 1);
	hv_cpu(FAKEHV_IPC, 0, EVENT, 1);
	files_close(self);
	ASSERT_EQ(0, driver_unbind(&self->dev));
	ASSERT_EQ(0, driver_unbind(&self->channel));
	ASSERT_EQ(0, file_set(CPU1_ONLINE, "0"));
	EXPECT_EQ(0, driver_bind(&self->dev, DISPATCHER));
	EXPECT_EQ(0, driver_bind(&self->channel, CHANNEL));
	EXPECT_EQ(0, hv_line(FAKEHV_DM, 0, 0).cpu);
	EXPECT_EQ(0, hv_line(FAKEHV_IPC, 0, EVENT).cpu);
	ASSERT_TRUE(files_open(self));
	check_alive(_metadata, self);
	EXPECT_EQ(0, file_set(CPU1_ONLINE, "1"));
}

FIXTURE(dead) {
	FIXTURE_DATA(lines) l;
	int log;
};

FIXTURE_SETUP(dead)
{
	uint64_t empty;

	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->l.dev, 1));
	ASSERT_TRUE(channel_create(&self->l.channel, 0, EVENT + 1));
	self->l.efd = event_fd();
	parameter_set("poll_ms", "0");
	self->log = kmsg_open();
	/* What the first look would find is not found by another one. */
	empty = hv_counters().empty;
	ASSERT_TRUE(files_open(&self->l));
	ASSERT_TRUE(hv_drained(empty));
}

FIXTURE_TEARDOWN(dead)
{
	parameter_set("poll_ms", "1000");
	close(self->log);
	files_close(&self->l);
	close(self->l.efd);
	hv_reset();
}

TEST_F_TIMEOUT(dead, device_model, 240)
{
	uint64_t ns, empty, fastest = ~0ULL;
	unsigned int i;

	for (i = 0; i < TRIES && (i < 2 || fastest >= SECOND_NS); i++) {
		empty = hv_counters().empty;
		hv_kill(FAKEHV_DM, 0, 0, 0);
		ASSERT_EQ(1, hv_line(FAKEHV_DM, 0, 0).dead);
		ns = stall(_metadata, &self->l);
		if (ns < fastest)
			fastest = ns;
		EXPECT_EQ(0, hv_line(FAKEHV_DM, 0, 0).dead);
		/* The interrupt finds it, and the look nothing, or the other. */
		ASSERT_TRUE(hv_drained(empty));
	}
	EXPECT_GT(SECOND_NS, fastest);
	EXPECT_EQ(i, attr_get(&self->l.dev, "dm0/revivals"));
	/* Said once, however often it happens. */
	EXPECT_EQ(1, kmsg_count(self->log, "has lost the line"));
	check_alive(_metadata, &self->l);
	EXPECT_EQ(i, attr_get(&self->l.dev, "dm0/revivals"));
}

/* The interrupt that was pending counts as one, the look for others as one. */
static bool looked_for_more(FIXTURE_DATA(lines) *self)
{
	uint64_t end = now_ms() + FOUND_MS, seen = 0;
	struct bao_ipc_events events;

	while (seen < 2) {
		memset(&events, 0, sizeof(events));
		if (ioctl(self->ipc, BAO_IPC_GET_EVENTS, &events) ||
		    now_ms() > end)
			return false;
		seen += events.count[EVENT];
	}
	return true;
}

TEST_F_TIMEOUT(dead, channel, 240)
{
	uint64_t ns, fastest = ~0ULL;
	unsigned int i;

	for (i = 0; i < TRIES && (i < 2 || fastest >= SECOND_NS); i++) {
		hv_kill(FAKEHV_IPC, 0, EVENT, 0);
		ASSERT_EQ(1, hv_line(FAKEHV_IPC, 0, EVENT).dead);
		ns = ring(_metadata, &self->l);
		if (ns < fastest)
			fastest = ns;
		EXPECT_EQ(0, hv_line(FAKEHV_IPC, 0, EVENT).dead);
		/* Until that, one more loss is part of the same revival. */
		ASSERT_TRUE(looked_for_more(&self->l));
	}
	EXPECT_GT(SECOND_NS, fastest);
	EXPECT_EQ(i, attr_get(&self->l.channel, "ipc/revivals"));
	EXPECT_EQ(1, kmsg_count(self->log, "has lost the line"));
	check_alive(_metadata, &self->l);
}

/* As Bao does when the kernel moves a line. */
TEST_F_TIMEOUT(dead, masked_by_the_controller, 60)
{
	hv_kill(FAKEHV_DM, 0, 0, FAKEHV_VICTIM_MASKED);
	ASSERT_EQ(0, hv_line(FAKEHV_DM, 0, 0).enabled);
	stall(_metadata, &self->l);
	EXPECT_EQ(1, hv_line(FAKEHV_DM, 0, 0).enabled);
	EXPECT_EQ(1, attr_get(&self->l.dev, "dm0/revivals"));
	hv_kill(FAKEHV_IPC, 0, EVENT, FAKEHV_VICTIM_MASKED);
	ring(_metadata, &self->l);
	EXPECT_EQ(1, hv_line(FAKEHV_IPC, 0, EVENT).enabled);
	EXPECT_EQ(1, attr_get(&self->l.channel, "ipc/revivals"));
	check_alive(_metadata, &self->l);
}

/* An interrupt that is lost together with its line leaves no trace. */
TEST_F_TIMEOUT(dead, what_was_lost_meanwhile, 60)
{
	struct frontend f = { .access = {
		.addr = REG, .width = 4, .flags = FAKEHV_ACCESS_QUIET,
	} };

	hv_kill(FAKEHV_DM, 0, 0, 0);
	frontend_run(&f);
	EXPECT_TRUE(frontend_done(&f, FOUND_MS));
	EXPECT_EQ(1, event_count(self->l.efd));
	EXPECT_EQ(1, attr_get(&self->l.dev, "dm0/revivals"));
	hv_kill(FAKEHV_IPC, 0, EVENT, 0);
	hv_fault(FAKEHV_LOSE_IRQ, 0, 1);
	ring(_metadata, &self->l);
	EXPECT_EQ(1, hv_counters().lost);
	EXPECT_EQ(1, attr_get(&self->l.channel, "ipc/revivals"));
}

/* Nobody is there who would miss anything: the driver does not look. */
TEST_F_TIMEOUT(dead, nobody_there, 60)
{
	close(self->l.fd);
	ASSERT_EQ(0, driver_unbind(&self->l.dev));
	close(self->l.ipc);
	hv_kill(FAKEHV_IPC, 0, EVENT, 0);
	sleep_ms(1500);
	EXPECT_EQ(1, hv_line(FAKEHV_IPC, 0, EVENT).dead);
	EXPECT_EQ(0, attr_get(&self->l.channel, "ipc/revivals"));
	/* Whoever comes has it brought back. */
	self->l.ipc = channel_open(0);
	ASSERT_LE(0, self->l.ipc);
	EXPECT_TRUE(is_alive(FAKEHV_IPC, EVENT));
	ring(_metadata, &self->l);
	EXPECT_EQ(1, attr_get(&self->l.channel, "ipc/revivals"));
	self->l.fd = -1;
}

/* Both as the controller shows it, and where it does not. */
TEST_F(dead, unbound)
{
	static const unsigned int how[] = { 0, FAKEHV_VICTIM_HIDDEN };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(how); i++) {
		hv_kill(FAKEHV_DM, 0, 0, how[i]);
		hv_kill(FAKEHV_IPC, 0, EVENT, how[i]);
		EXPECT_EQ(2, hv_counters().dead);
		ASSERT_EQ(0, driver_unbind(&self->l.dev));
		ASSERT_EQ(0, driver_unbind(&self->l.channel));
		EXPECT_EQ(0, hv_counters().dead);
		EXPECT_EQ(0, hv_counters().hung);
		files_close(&self->l);
		ASSERT_EQ(0, driver_bind(&self->l.dev, DISPATCHER));
		ASSERT_EQ(0, driver_bind(&self->l.channel, CHANNEL));
		ASSERT_TRUE(files_open(&self->l));
		check_alive(_metadata, &self->l);
	}
}

/* While nobody serves, but the driver answers. */
TEST_F_TIMEOUT(dead, in_expired, 60)
{
	struct frontend f;

	attr_set(&self->l.dev, "dm0/grace_ms", "10");
	close(self->l.fd);
	ASSERT_TRUE(attr_wait(&self->l.dev, "dm0/state", "expired",
			      FOUND_MS));
	sleep_ms(1000);
	hv_kill(FAKEHV_DM, 0, 0, 0);
	frontend_read(&f, 0, REG, 4);
	EXPECT_TRUE(frontend_done(&f, FOUND_MS));
	EXPECT_EQ(1, attr_get(&self->l.dev, "dm0/revivals"));
	self->l.fd = dm_open(0);
}

/* By an earlier driver, or by another kernel before this one. */
TEST_F(dead, left_by_another)
{
	bool told = !file_set("/proc/dynamic_debug/control", "module bao +p");

	files_close(&self->l);
	ASSERT_EQ(0, driver_unbind(&self->l.dev));
	ASSERT_EQ(0, driver_unbind(&self->l.channel));
	hv_kill(FAKEHV_DM, 0, 0, 0);
	hv_kill(FAKEHV_IPC, 0, EVENT, 0);
	EXPECT_EQ(2, hv_counters().dead);
	ASSERT_EQ(0, driver_bind(&self->l.dev, DISPATCHER));
	ASSERT_EQ(0, driver_bind(&self->l.channel, CHANNEL));
	EXPECT_EQ(0, hv_counters().dead);
	if (told)
		EXPECT_EQ(2, kmsg_count(self->log, "active already"));
	file_set("/proc/dynamic_debug/control", "module bao -p");
	ASSERT_TRUE(files_open(&self->l));
	check_alive(_metadata, &self->l);
	EXPECT_EQ(0, attr_get(&self->l.dev, "dm0/revivals"));
	EXPECT_EQ(0, kmsg_count(self->log, "has lost the line"));
}

TEST_HARNESS_MAIN
