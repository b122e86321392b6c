// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every operation, when the hypervisor refuses its first call, or its second,
 * and so on; and every probe, when something that it needs is taken.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "errors.h"
#include "lib.h"

#define REG	0xa003e50ULL
#define ANSWER	0x5aU

/* Later than the driver's own look for what got lost. */
#define LATE_MS	3000

FIXTURE(errors_calls) {
	struct fakehv_device models;
	struct fakehv_device channel;
	int daemon;
	int ipc;
	int efd;
	struct frontend f;
	struct bao_request req;
};

#define SELF(data) FIXTURE_DATA(errors_calls) *self = data

static bool serve(FIXTURE_DATA(errors_calls) *self)
{
	struct pollfd pfd = { .events = POLLIN };

	self->daemon = dm_open(0);
	pfd.fd = self->daemon;
	return self->daemon >= 0 && poll(&pfd, 1, 0) >= 0;
}

FIXTURE_SETUP(errors_calls)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->models, 2));
	ASSERT_TRUE(channel_create(&self->channel, 0, 2));
	ASSERT_TRUE(serve(self));
	self->ipc = channel_open(0);
	ASSERT_LE(0, self->ipc);
	self->efd = event_fd();
}

FIXTURE_TEARDOWN(errors_calls)
{
	close(self->daemon);
	close(self->ipc);
	close(self->efd);
	hv_reset();
}

static uint64_t all_calls(void)
{
	struct fakehv_counters counters = hv_counters();
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < FAKEHV_CALLS; i++)
		sum += counters.calls[i];
	return sum;
}

static void refuse(unsigned int n, int result, unsigned int count)
{
	struct fakehv_fault fault = {
		.kind = FAKEHV_ANY_CALL, .result = result, .count = count,
		.skip = n - 1,
	};

	if (ioctl(hv, FAKEHV_FAULT, &fault))
		err(1, "fault");
}

/* Whether the operation does right, whichever of its calls is refused. */
static bool walk_calls(const char *name, bool (*operate)(void *self),
		       void *self)
{
	/* Unknown, invalid, and what no version of Bao answers. */
	static const int results[] = { -2, -3, 77 };
	unsigned int i, n, all = 0;
	bool right = true, more;
	uint64_t before;

	for (i = 0; i < ARRAY_SIZE(results) && right; i++) {
		for (n = 1, more = true; more && right; n++) {
			before = all_calls();
			refuse(n, results[i], 1);
			right = operate(self);
			more = all_calls() - before >= n;
			refuse(1, 0, 0);
			all += more;
			if (!right)
				printf("# %s: not right when call %u is answered by %d\n",
				       name, n, results[i]);
		}
	}
	printf("# %s: %u calls refused\n", name, all);
	fflush(stdout);
	return right && all;
}

static bool answered(FIXTURE_DATA(errors_calls) *self, uint64_t value)
{
	return frontend_done(&self->f, LATE_MS) && !self->f.error &&
	       self->f.access.value == value;
}

static bool read_register(void *data)
{
	SELF(data);

	frontend_read(&self->f, 0, REG, 4);
	return !dm_serve_one(self->daemon, ANSWER) && answered(self, ANSWER);
}

TEST_F_TIMEOUT(errors_calls, read, 120)
{
	EXPECT_TRUE(walk_calls("read", read_register, self));
	EXPECT_EQ(0, hv_counters().outstanding);
}

static bool write_register(void *data)
{
	SELF(data);

	frontend_write(&self->f, 0, REG, 4, 7);
	return !dm_attach(self->daemon, &self->req) && self->req.value == 7 &&
	       !dm_complete(self->daemon, &self->req, 0) && answered(self, 7);
}

TEST_F_TIMEOUT(errors_calls, write, 120)
{
	EXPECT_TRUE(walk_calls("write", write_register, self));
	EXPECT_EQ(0, hv_counters().outstanding);
}

static bool kick(void *data)
{
	SELF(data);

	frontend_write(&self->f, 0, REG, 4, 7);
	return answered(self, 7) && event_count(self->efd) == 1;
}

TEST_F_TIMEOUT(errors_calls, ioeventfd, 120)
{
	ASSERT_EQ(0, dm_ioeventfd(self->daemon, self->efd, 0, REG, 4, 0));
	EXPECT_TRUE(walk_calls("ioeventfd", kick, self));
	EXPECT_EQ(0, hv_counters().outstanding);
}

static bool raise_interrupt(void *data)
{
	uint64_t seen = hv_counters().dm_notified[0], one = 1;
	SELF(data);

	return write(self->efd, &one, sizeof(one)) == sizeof(one) &&
	       !hv_wait(FAKEHV_DM, 0, 0, seen, LATE_MS) &&
	       hv_counters().dm_notified[0] == seen + 1;
}

TEST_F(errors_calls, irqfd)
{
	ASSERT_EQ(0, dm_irqfd(self->daemon, self->efd, 0));
	EXPECT_TRUE(walk_calls("irqfd", raise_interrupt, self));
}

/* Refused once or not, it has rung once after this. */
static bool notify(void *data)
{
	uint64_t rung = hv_counters().ipc_notified[0][1];
	struct bao_ipc_notify args = { .event = 1 };
	SELF(data);
	int ret;

	ret = ioctl(self->ipc, BAO_IPC_NOTIFY, &args);
	if (ret && errno == EIO)
		ret = ioctl(self->ipc, BAO_IPC_NOTIFY, &args);
	return !ret && !hv_wait(FAKEHV_IPC, 0, 1, rung, LATE_MS) &&
	       hv_counters().ipc_notified[0][1] == rung + 1;
}

TEST_F(errors_calls, notify)
{
	EXPECT_TRUE(walk_calls("NOTIFY", notify, self));
}

static bool write_channel(void *data)
{
	uint64_t rung = hv_counters().ipc_notified[0][0];
	SELF(data);
	ssize_t n;

	n = pwrite(self->ipc, "text", 5, 0);
	if (n < 0 && errno == EIO)
		n = pwrite(self->ipc, "text", 5, 0);
	return n == 5 && !hv_wait(FAKEHV_IPC, 0, 0, rung, LATE_MS) &&
	       hv_counters().ipc_notified[0][0] == rung + 1;
}

TEST_F(errors_calls, write_to_channel)
{
	EXPECT_TRUE(walk_calls("write to a channel", write_channel, self));
}

/* A daemon dies with a request, and its successor answers. */
static bool change_daemons(void *data)
{
	SELF(data);
	bool found;

	frontend_read(&self->f, 0, REG, 4);
	if (dm_attach(self->daemon, &self->req))
		return false;
	close(self->daemon);
	if (!serve(self) || dm_attach(self->daemon, &self->req))
		return false;
	found = self->req.request_id & BAO_REQUEST_REDELIVERED;
	return !dm_complete(self->daemon, &self->req, ANSWER) &&
	       answered(self, ANSWER) && found;
}

TEST_F_TIMEOUT(errors_calls, succession, 120)
{
	EXPECT_TRUE(walk_calls("succession", change_daemons, self));
	EXPECT_EQ(0, hv_counters().outstanding);
}

/* A daemon dies, and the kernel answers. */
static bool expire(void *data)
{
	SELF(data);

	frontend_read(&self->f, 0, REG, 4);
	if (dm_attach(self->daemon, &self->req))
		return false;
	close(self->daemon);
	return answered(self, 0) && serve(self);
}

TEST_F_TIMEOUT(errors_calls, expiry, 120)
{
	ASSERT_EQ(0, attr_set(&self->models, "dm0/grace_ms", "0"));
	EXPECT_TRUE(walk_calls("expiry", expire, self));
	EXPECT_EQ(0, hv_counters().outstanding);
}

/* Binds, at the second try if need be; nothing is left of the first. */
static bool bind(struct fakehv_device *dev, const char *driver)
{
	const char *before = errors_state();

	if (!driver_bind(dev, driver))
		return true;
	return errors_same(before, errors_state()) &&
	       !driver_bind(dev, driver);
}

static bool bind_models(void *data)
{
	SELF(data);

	close(self->daemon);
	return !driver_unbind(&self->models) &&
	       bind(&self->models, DISPATCHER) && serve(self) &&
	       read_register(self);
}

TEST_F_TIMEOUT(errors_calls, models, 120)
{
	EXPECT_TRUE(walk_calls("models, bound", bind_models, self));
}

static bool bind_channel(void *data)
{
	SELF(data);

	close(self->ipc);
	if (driver_unbind(&self->channel) || !bind(&self->channel, CHANNEL))
		return false;
	self->ipc = channel_open(0);
	return self->ipc >= 0 && write_channel(self);
}

TEST_F(errors_calls, channel)
{
	EXPECT_TRUE(walk_calls("channel, bound", bind_channel, self));
}

/*
 * The frontend runs on, though the last answer is refused at first. The daemon
 * has it and never answers; that is not to take its time.
 */
static bool unbind_models(void *data)
{
	SELF(data);
	bool right;

	frontend_read(&self->f, 0, REG, 4);
	right = !attr_set(&self->models, "dm0/grace_ms", "10") &&
		!dm_attach(self->daemon, &self->req) &&
		!driver_unbind(&self->models) && answered(self, 0);
	close(self->daemon);
	return bind(&self->models, DISPATCHER) && serve(self) && right;
}

TEST_F_TIMEOUT(errors_calls, unbind, 120)
{
	EXPECT_TRUE(walk_calls("models, unbound", unbind_models, self));
	EXPECT_EQ(0, hv_counters().outstanding);
}

/*
 * What a probe needs is taken
 */

#define MODELS	4U

/* Each of them is in the way of model @i. */
static void take_region(struct fakehv_device *dev, unsigned int i)
{
	const uint32_t id = 3, read[] = { 0, 64 }, write[] = { 64, 64 };

	device_init(dev, CHANNEL);
	device_mem(dev, DM_START(i) + DM_SIZE / 2, DM_SIZE / 4, NULL);
	device_u32(dev, "id", 1, &id);
	device_u32(dev, "read-channel", 2, read);
	device_u32(dev, "write-channel", 2, write);
}

static void take_interrupt(struct fakehv_device *dev, unsigned int i)
{
	model_init(dev, 15, 15, i);
}

static void take_number(struct fakehv_device *dev, unsigned int i)
{
	model_init(dev, i, 15, 15);
}

static bool probe_in_spite(struct fakehv_device *models,
			   struct fakehv_device *obstacle)
{
	const char *before;
	bool right;

	if (driver_unbind(models) || !device_create(obstacle))
		return false;
	before = errors_state();
	right = driver_bind(models, DISPATCHER) < 0 &&
		errors_same(before, errors_state());
	return !device_destroy(obstacle) &&
	       !driver_bind(models, DISPATCHER) && right;
}

TEST_F_TIMEOUT(errors_calls, obstacles, 120)
{
	static void (*const take[])(struct fakehv_device *dev,
				    unsigned int i) = {
		take_region, take_interrupt, take_number,
	};
	struct fakehv_device obstacle;
	unsigned int what, i;

	close(self->daemon);
	ASSERT_EQ(0, device_destroy(&self->models));
	ASSERT_TRUE(dispatcher_create(&self->models, MODELS));
	for (what = 0; what < ARRAY_SIZE(take); what++) {
		for (i = 0; i < MODELS; i++) {
			take[what](&obstacle, i);
			EXPECT_TRUE(probe_in_spite(&self->models, &obstacle))
				TH_LOG("obstacle %u, model %u", what, i);
		}
	}
	ASSERT_TRUE(serve(self));
	EXPECT_TRUE(read_register(self));
}

/* Interrupts that somebody else has cost a channel these events, no more. */
TEST_F(errors_calls, channel_whose_interrupt_is_taken)
{
	struct pollfd pfd = { .events = POLLIN };
	struct fakehv_device other;
	const uint32_t id = 2, read[] = { 0, 64 }, write[] = { 64, 64 };

	close(self->ipc);
	ASSERT_EQ(0, driver_unbind(&self->channel));
	device_init(&other, CHANNEL);
	device_mem(&other, IPC_START + 2 * IPC_SIZE, IPC_SIZE, NULL);
	device_res(&other, FAKEHV_RES_IPC_IRQ, 0, 0);
	device_u32(&other, "id", 1, &id);
	device_u32(&other, "read-channel", 2, read);
	device_u32(&other, "write-channel", 2, write);
	ASSERT_TRUE(device_create(&other));
	ASSERT_EQ(0, driver_bind(&self->channel, CHANNEL));
	self->ipc = channel_open(0);
	ASSERT_LE(0, self->ipc);
	pfd.fd = self->ipc;
	hv_ring(FAKEHV_IPC, 0, 0);
	EXPECT_EQ(0, poll(&pfd, 1, 100));
	hv_ring(FAKEHV_IPC, 0, 1);
	EXPECT_EQ(1, poll(&pfd, 1, 1000));
	EXPECT_TRUE(write_channel(self));
	EXPECT_EQ(0, device_destroy(&other));
}

TEST_HARNESS_MAIN
