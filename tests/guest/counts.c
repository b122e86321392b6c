// SPDX-License-Identifier: GPL-2.0-only
/* What a request costs, counted: calls, interrupts, switches, allocations. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "lib.h"

#define REG	0xa003e50ULL
#define ROUNDS	50

FIXTURE(counts) {
	struct fakehv_device dev;
	int fd;
	int efd;
};

FIXTURE_SETUP(counts)
{
	struct bao_request req;
	uint64_t empty;

	if (num_cpus() < 2)
		SKIP(return, "needs two CPUs");
	hv_reset();
	parameter_set("poll_ms", "0");
	doorbell_limits(NO_RATE, NO_BURST);
	ASSERT_TRUE(dispatcher_create(&self->dev, 1));
	self->fd = dm_open_flags(0, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	self->efd = event_fd();
	/* The drain that the first ATTACH begins must not be counted. */
	empty = hv_counters().empty;
	ASSERT_EQ(-1, dm_attach(self->fd, &req));
	ASSERT_TRUE(hv_drained(empty));
	/* The backend's interrupt on CPU 0, the frontend on CPU 1. */
	hv_cpu(FAKEHV_DM, 0, 0, 0);
	pin_to_cpu(1);
}

FIXTURE_TEARDOWN(counts)
{
	parameter_set("poll_ms", "1000");
	doorbell_defaults();
	close(self->fd);
	close(self->efd);
	hv_reset();
}

/*
 * When the machine below stops this one for a while inside the handler, it
 * looks like a storm to the driver, which has more to do then, and it may stop
 * at any other point as well. So what is traced is traced in batches, until
 * those that are as they should be outnumber the others.
 */
#define BATCH	10
#define BATCHES	30

static long long storms(const struct fakehv_device *dev)
{
	return attr_get(dev, "dm0/storms");
}

static struct fakehv_access kick(struct __test_metadata *_metadata)
{
	struct fakehv_access access = { .addr = REG, .width = 4 };

	EXPECT_EQ(0, frontend_access(&access));
	return access;
}

TEST_F(counts, notify_by_calls_and_interrupts)
{
	struct fakehv_counters before, after;
	struct fakehv_access access;
	unsigned int i, good = 0;
	long long stormy;

	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->efd, 0, REG, 4, 0));
	for (i = 0; i < 10 * ROUNDS && good < ROUNDS; i++) {
		stormy = storms(&self->dev);
		before = hv_counters();
		access = kick(_metadata);
		/* For calls too many. */
		sleep_ms(5);
		after = hv_counters();
		if (storms(&self->dev) != stormy) {
			/* A last drain, when the handler is back. */
			ASSERT_TRUE(hv_drained(before.empty));
			sleep_ms(50);
			continue;
		}
		good++;
		EXPECT_EQ(2, access.calls);
		/* It fetches one, and is told that there is no other. */
		EXPECT_EQ(2, after.dm_calls[0] - before.dm_calls[0]);
		EXPECT_EQ(1, after.calls[FAKEHV_CALL_ASK] -
			     before.calls[FAKEHV_CALL_ASK]);
		EXPECT_EQ(1, after.calls[FAKEHV_CALL_WRITE] -
			     before.calls[FAKEHV_CALL_WRITE]);
		EXPECT_EQ(0, after.empty - before.empty);
		EXPECT_EQ(1, after.delivered - before.delivered);
		EXPECT_EQ(1, after.raised - before.raised);
	}
	EXPECT_EQ(ROUNDS, good);
	EXPECT_EQ(i, event_count(self->efd));
	TH_LOG("%u rounds, %u of them without a storm", i, good);
}

static const char *next_line(const char *at)
{
	at = strchr(at, '\n');
	return at ? at + 1 : NULL;
}

static bool has(const char *line, const char *text)
{
	const char *end = strchr(line, '\n');
	const char *at = strstr(line, text);

	return at && (!end || at < end);
}

/*
 * From the ASK that fetches to the completion, on one CPU: how many such spans
 * there are, and how many events of others inside.
 */
static unsigned int count_spans(struct __test_metadata *_metadata,
				const char *text, unsigned int *others)
{
	unsigned int spans = 0;
	bool inside = false;
	const char *line;

	*others = 0;
	for (line = text; line; line = next_line(line)) {
		if (*line == '#')
			continue;
		if (has(line, "bao_ask: ") && has(line, "result=0"))
			inside = true;
		if (inside && !has(line, " bao_")) {
			TH_LOG("%.*s", (int)strcspn(line, "\n"), line);
			++*others;
		}
		if (inside && has(line, "bao_complete: ")) {
			spans++;
			inside = false;
		}
	}
	return spans;
}

/* There, handlers are threads, and every interrupt is a switch. */
/* Not at the few points of a voluntary one, which distributions ship. */
static bool preempted_anywhere(void)
{
	struct utsname name;

	return uname(&name) || (strstr(name.version, "PREEMPT") &&
				!strstr(name.version, "PREEMPT_DYNAMIC"));
}

TEST_F(counts, notify_switches_and_allocates_nothing)
{
	static const char *const events[] = {
		"bao", "sched/sched_switch", "kmem/kmalloc",
		"kmem/kmem_cache_alloc", "kmem/mm_page_alloc",
		"workqueue/workqueue_queue_work", NULL,
	};
	unsigned int i, batch, others, spans;
	long long stormy;
	bool good;
	int lead = 0;
	char *text;

	if (irq_threads())
		SKIP(return, "interrupts are served in threads");
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->efd, 0, REG, 4, 0));
	kick(_metadata);
	for (batch = 0; batch < BATCHES && lead < 1; batch++) {
		stormy = storms(&self->dev);
		trace_start(events, 1 << 0);
		for (i = 0; i < BATCH; i++)
			kick(_metadata);
		trace_stop();
		text = trace_read();
		spans = count_spans(_metadata, text, &others);
		free(text);
		good = storms(&self->dev) == stormy && spans == BATCH &&
		       !others;
		lead += good ? 1 : -1;
		TH_LOG("batch %u: %u spans, %u events of others", batch, spans,
		       others);
	}
	EXPECT_LT(0, lead);
}

struct daemon {
	int fd;
	volatile pid_t tid;
	volatile bool stop;
};

static void *daemon_thread(void *data)
{
	struct daemon *daemon = data;
	struct bao_request req;

	pin_to_cpu(0);
	daemon->tid = (pid_t)syscall(SYS_gettid);
	while (!dm_attach(daemon->fd, &req) && !daemon->stop)
		dm_complete(daemon->fd, &req, 1);
	if (daemon->stop)
		dm_complete(daemon->fd, &req, 1);
	return NULL;
}

static unsigned int count_lines(const char *text, const char *a, const char *b)
{
	unsigned int n = 0;

	for (; text; text = next_line(text))
		if (has(text, a) && has(text, b))
			n++;
	return n;
}

TEST_F(counts, read_switches_once_each_way)
{
	static const char *const events[] = {
		"sched/sched_switch", "raw_syscalls/sys_enter", NULL,
	};
	struct fakehv_access access = { 0 };
	struct daemon daemon = { 0 };
	struct frontend last;
	char to[32], from[32], call[32];
	unsigned int i, batch, calls, in, out, entries;
	bool good;
	int lead = 0;
	char *text;
	pthread_t thread;
	long long stormy;

	if (irq_threads())
		SKIP(return, "interrupts are served in threads");
	if (preempted_anywhere())
		SKIP(return, "a kernel that is preempted anywhere switches more");
	daemon.fd = dm_open(0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, daemon_thread, &daemon));
	while (!daemon.tid)
		sleep_ms(1);
	ASSERT_TRUE(thread_sleeps(daemon.tid, 2000));
	snprintf(to, sizeof(to), "next_pid=%d ", daemon.tid);
	snprintf(from, sizeof(from), "prev_pid=%d ", daemon.tid);
	snprintf(call, sizeof(call), "-%d ", daemon.tid);
	for (batch = 0; batch < BATCHES && lead < 1; batch++) {
		calls = 0;
		stormy = storms(&self->dev);
		trace_start(events, 1 << 0);
		for (i = 0; i < BATCH; i++) {
			memset(&access, 0, sizeof(access));
			access.op = BAO_REQUEST_READ;
			access.addr = REG;
			access.width = 4;
			ASSERT_EQ(0, frontend_access(&access));
			calls += access.calls;
			ASSERT_TRUE(thread_sleeps(daemon.tid, 10000));
		}
		trace_stop();
		text = trace_read();
		in = trace_count(text, to);
		out = trace_count(text, from);
		entries = count_lines(text, call, "sys_enter: ");
		free(text);
		/*
		 * ASK and the completion; COMPLETE and the next ATTACH. A tick
		 * may have had the daemon give way to somebody else.
		 */
		good = storms(&self->dev) == stormy && calls == 2 * BATCH &&
		       in == BATCH && out == BATCH && entries == 2 * BATCH;
		lead += good ? 1 : -1;
		TH_LOG("batch %u: %u calls, %u switches to, %u from, %u entries",
		       batch, calls, in, out, entries);
	}
	EXPECT_LT(0, lead);
	daemon.stop = true;
	frontend_read(&last, 0, REG, 4);
	EXPECT_TRUE(frontend_join(&last));
	pthread_join(thread, NULL);
	close(daemon.fd);
}

TEST_F(counts, irqfd_costs_one_call)
{
	struct fakehv_counters before, after;
	uint64_t one = 1;
	unsigned int i;

	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	before = hv_counters();
	for (i = 0; i < ROUNDS; i++)
		ASSERT_EQ(8, write(self->efd, &one, 8));
	after = hv_counters();
	EXPECT_EQ(ROUNDS, after.dm_calls[0] - before.dm_calls[0]);
	EXPECT_EQ(ROUNDS, after.dm_notified[0] - before.dm_notified[0]);
}

TEST_F(counts, every_call_is_traced)
{
	static const char *const events[] = { "bao", NULL };
	struct fakehv_counters before, after;
	unsigned int i, traced;
	uint64_t one = 1, calls = 0;
	int ifd = event_fd();
	char *text;

	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->efd, 0, REG, 4, 0));
	ASSERT_EQ(0, dm_irqfd(self->fd, ifd, 0));
	trace_start(events, ~0U);
	before = hv_counters();
	for (i = 0; i < ROUNDS; i++) {
		kick(_metadata);
		ASSERT_EQ(8, write(ifd, &one, 8));
	}
	sleep_ms(50);
	after = hv_counters();
	trace_stop();
	text = trace_read();
	traced = trace_count(text, "bao_ask: ") +
		 trace_count(text, "bao_complete: ") +
		 trace_count(text, "deferred=0");
	for (i = 0; i < FAKEHV_CALLS; i++)
		calls += after.calls[i] - before.calls[i];
	EXPECT_EQ(calls, traced);
	EXPECT_EQ(ROUNDS, trace_count(text, "bao_ioeventfd: "));
	free(text);
	close(ifd);
}

TEST_F(counts, idle_device_models_are_not_asked)
{
	struct fakehv_counters before;
	struct bao_request req;

	parameter_set("poll_ms", "20");
	close(self->fd);
	self->fd = dm_open_flags(0, O_NONBLOCK);
	before = hv_counters();
	ASSERT_EQ(-1, dm_attach(self->fd, &req));
	/* It looks again and again, as long as there is somebody. */
	ASSERT_TRUE(hv_drained(before.empty + 3));
	close(self->fd);
	ASSERT_TRUE(attr_wait(&self->dev, "dm0/state", "grace", 5000));
	sleep_ms(100);
	before = hv_counters();
	sleep_ms(300);
	EXPECT_EQ(before.calls[FAKEHV_CALL_ASK],
		  hv_counters().calls[FAKEHV_CALL_ASK]);
	self->fd = -1;
}

TEST_F(counts, traces_tell_what_happened)
{
	static const char *const events[] = { "bao", NULL };
	struct fakehv_device channel;
	struct fakehv_access access = { .op = 1, .addr = REG + 4, .width = 4 };
	struct bao_ipc_notify notify = { .event = 3 };
	struct frontend f;
	uint64_t one = 1, empty;
	char *text;
	int ipc;

	ASSERT_TRUE(channel_create(&channel, 2, 1));
	ipc = channel_open(2);
	ASSERT_LE(0, ipc);
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	trace_start(events, ~0U);
	frontend_read(&f, 0, access.addr, 4);
	while (dm_serve_one(self->fd, 0x1234))
		ASSERT_EQ(EAGAIN, errno);
	ASSERT_TRUE(frontend_join(&f));
	/* A spurious interrupt, after which an ASK finds nothing. */
	empty = hv_counters().empty;
	hv_ring(FAKEHV_DM, 0, 0);
	ASSERT_TRUE(hv_drained(empty));
	ASSERT_EQ(8, write(self->efd, &one, 8));
	ASSERT_EQ(0, ioctl(ipc, BAO_IPC_NOTIFY, &notify));
	hv_ring(FAKEHV_IPC, 2, 0);
	doorbell_limits(100, 1);
	while (!attr_get(&channel, "ipc/doorbells_deferred"))
		ASSERT_EQ(0, ioctl(ipc, BAO_IPC_NOTIFY, &notify));
	doorbell_limits(NO_RATE, NO_BURST);
	ASSERT_TRUE(attr_wait(&channel, "ipc/interrupts", "1", 5000));
	sleep_ms(50);
	trace_stop();
	text = trace_read();
	EXPECT_LE(1, trace_count(text, "addr=0xa003e54 op=1 value=0x0 width=4"));
	EXPECT_LE(1, trace_count(text, "op=1 value=0x1234 result=0"));
	EXPECT_LE(1, trace_count(text, "kind=remio id=0 event=0 result=0 deferred=0"));
	EXPECT_LE(1, trace_count(text, "kind=ipc id=2 event=3 result=0 deferred=0"));
	EXPECT_LE(1, trace_count(text, "kind=ipc id=2 event=3 result=0 deferred=1"));
	EXPECT_LE(1, trace_count(text, "bao_channel_event: ipc=2 event=0 count="));
	EXPECT_LE(1, trace_count(text, "result=1"));
	free(text);
	close(ipc);
}

TEST_HARNESS_MAIN
