// SPDX-License-Identifier: GPL-2.0-only
/* Binding and unbinding, when memory or a copy fails at any point. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "errors.h"
#include "lib.h"

#define REG	0xa003e50ULL
#define ANSWER	0x5aU
#define MODELS	2U
#define EVENTS	2U

FIXTURE(errors_probe) {
	struct fakehv_device dev;
	void (*make)(struct fakehv_device *dev);
	bool (*works)(void);
	bool (*hold)(void *self);
	bool (*released)(void *self);
	int bind;
	int unbind;
	int fd;
	int efd;
	struct frontend f;
	struct bao_request req;
};

#define SELF(data) FIXTURE_DATA(errors_probe) *self = data

/*
 * The forms of the device tree
 */

static void make_by_position(struct fakehv_device *dev)
{
	unsigned int i;

	device_init(dev, DISPATCHER);
	for (i = 0; i < MODELS; i++) {
		device_mem(dev, DM_START(i), DM_SIZE, NULL);
		device_res(dev, FAKEHV_RES_DM_IRQ, i, 0);
	}
}

static void make_by_id(struct fakehv_device *dev)
{
	model_init(dev, 5, 5, 5);
	device_string(dev, "label", "disk");
}

static void make_one_region(struct fakehv_device *dev)
{
	channel_init(dev, 0, EVENTS);
	device_string(dev, "label", "chat");
}

static void make_two_regions(struct fakehv_device *dev)
{
	const uint32_t id = 0;
	unsigned int i;

	device_init(dev, CHANNEL);
	device_mem(dev, IPC_START, CHANNEL_SIZE, "read");
	device_mem(dev, IPC_START + CHANNEL_SIZE, CHANNEL_SIZE, "write");
	for (i = 0; i < EVENTS; i++)
		device_res(dev, FAKEHV_RES_IPC_IRQ, i, 0);
	device_u32(dev, "bao,id", 1, &id);
}

static void make_silent(struct fakehv_device *dev)
{
	channel_init(dev, 0, 0);
}

/*
 * Whether all of it works
 */

static bool model_works(unsigned int dm)
{
	uint64_t seen = hv_counters().dm_notified[dm], one = 1;
	int fd = dm_open(dm), efd = event_fd();
	struct frontend f;
	bool works;

	if (fd < 0)
		return false;
	frontend_read(&f, dm, REG, 4);
	works = !dm_serve_one(fd, ANSWER) && frontend_join(&f) &&
		f.access.value == ANSWER &&
		!dm_irqfd(fd, efd, 0) &&
		write(efd, &one, sizeof(one)) == sizeof(one) &&
		!hv_wait(FAKEHV_DM, dm, 0, seen, 1000);
	close(fd);
	close(efd);
	return works;
}

static bool models_work(void)
{
	unsigned int i;

	for (i = 0; i < MODELS; i++)
		if (!model_works(i))
			return false;
	return dm_open(MODELS) < 0;
}

static bool fifth_works(void)
{
	return model_works(5) && dm_open(0) < 0;
}

static bool bytes_arrive(int fd)
{
	char *peer = hv_map(IPC_START, IPC_SIZE);
	uint64_t rung = hv_counters().ipc_notified[0][0];
	char text[8] = "";
	bool works;

	memcpy(peer, "hello", 6);
	memset(peer + CHANNEL_SIZE, 0, 6);
	works = pread(fd, text, 6, 0) == 6 && !strcmp(text, "hello") &&
		pwrite(fd, "there", 6, 0) == 6 &&
		!strcmp(peer + CHANNEL_SIZE, "there") &&
		!hv_wait(FAKEHV_IPC, 0, 0, rung, 1000);
	munmap(peer, IPC_SIZE);
	return works;
}

static bool event_comes(int fd, unsigned int event)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct bao_ipc_events events = { 0 };

	hv_ring(FAKEHV_IPC, 0, event);
	return poll(&pfd, 1, 5000) == 1 &&
	       !ioctl(fd, BAO_IPC_GET_EVENTS, &events) &&
	       events.num_events == EVENTS && events.count[event] == 1;
}

static bool silent_works(void)
{
	int fd = channel_open(0);
	bool works = fd >= 0 && bytes_arrive(fd);

	close(fd);
	return works;
}

static bool channel_works(void)
{
	int fd = channel_open(0);
	bool works = fd >= 0 && bytes_arrive(fd);
	unsigned int i;

	for (i = 0; i < EVENTS; i++)
		works = works && event_comes(fd, i);
	close(fd);
	return works;
}

/*
 * What is in use when the driver goes
 */

static bool hold_model(FIXTURE_DATA(errors_probe) *self, unsigned int dm)
{
	self->fd = dm_open(dm);
	if (self->fd < 0)
		return false;
	frontend_read(&self->f, dm, REG, 4);
	return !dm_attach(self->fd, &self->req) &&
	       !dm_ioeventfd(self->fd, self->efd, 0, REG + 4, 4, 0) &&
	       !dm_irqfd(self->fd, self->efd, 0);
}

static bool hold_first(void *data)
{
	return hold_model(data, 0);
}

static bool hold_fifth(void *data)
{
	return hold_model(data, 5);
}

static bool model_released(void *data)
{
	SELF(data);

	return frontend_join(&self->f) && access(CONTROL_NODE, F_OK) < 0 &&
	       dm_complete(self->fd, &self->req, 0) < 0 && errno == ENODEV;
}

static bool hold_channel(void *data)
{
	struct bao_ipc_eventfd args = { .event = 0 };
	SELF(data);

	self->fd = channel_open(0);
	args.fd = self->efd;
	return self->fd >= 0 &&
	       (!ioctl(self->fd, BAO_IPC_EVENTFD, &args) || errno == ENXIO);
}

static bool channel_released(void *data)
{
	SELF(data);
	char text;

	return access("/dev/baoipc0", F_OK) < 0 &&
	       read(self->fd, &text, 1) < 0 && errno == ENODEV;
}

FIXTURE_VARIANT(errors_probe) {
	void (*make)(struct fakehv_device *dev);
	bool (*works)(void);
	bool (*hold)(void *self);
	bool (*released)(void *self);
	const char *driver;
};

FIXTURE_VARIANT_ADD(errors_probe, models_by_position) {
	.make = make_by_position, .works = models_work,
	.hold = hold_first, .released = model_released,
	.driver = DISPATCHER,
};

FIXTURE_VARIANT_ADD(errors_probe, model_by_id) {
	.make = make_by_id, .works = fifth_works,
	.hold = hold_fifth, .released = model_released,
	.driver = DISPATCHER,
};

FIXTURE_VARIANT_ADD(errors_probe, channel) {
	.make = make_one_region, .works = channel_works,
	.hold = hold_channel, .released = channel_released,
	.driver = CHANNEL,
};

FIXTURE_VARIANT_ADD(errors_probe, channel_of_two_regions) {
	.make = make_two_regions, .works = channel_works,
	.hold = hold_channel, .released = channel_released,
	.driver = CHANNEL,
};

FIXTURE_VARIANT_ADD(errors_probe, silent_channel) {
	.make = make_silent, .works = silent_works,
	.hold = hold_channel, .released = channel_released,
	.driver = CHANNEL,
};

static int driver_file(const char *driver, const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/platform/drivers/%s/%s", driver,
		 name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd;
}

FIXTURE_SETUP(errors_probe)
{
	errors_begin();
	hv_reset();
	self->works = variant->works;
	self->hold = variant->hold;
	self->released = variant->released;
	self->efd = event_fd();
	variant->make(&self->dev);
	ASSERT_TRUE(device_create(&self->dev));
	ASSERT_TRUE(self->works());
	ASSERT_EQ(0, driver_unbind(&self->dev));
	self->bind = driver_file(variant->driver, "bind");
	self->unbind = driver_file(variant->driver, "unbind");
	ASSERT_LE(0, self->bind);
	ASSERT_LE(0, self->unbind);
}

FIXTURE_TEARDOWN(errors_probe)
{
	close(self->bind);
	close(self->unbind);
	close(self->efd);
	hv_reset();
}

static int write_name(FIXTURE_DATA(errors_probe) *self, int fd)
{
	size_t len = strlen(self->dev.dev_name);

	return pwrite(fd, self->dev.dev_name, len, 0) == (ssize_t)len ? 0 : -1;
}

static int call_bind(void *data)
{
	SELF(data);

	return write_name(self, self->bind);
}

static int call_unbind(void *data)
{
	SELF(data);

	return write_name(self, self->unbind);
}

static bool works(void *data)
{
	SELF(data);

	return self->works();
}

static bool bind_works(void *data)
{
	return !call_bind(data) && works(data) && !call_unbind(data);
}

static void unbind(void *data)
{
	call_unbind(data);
}

/*
 * The kernel does not tell why a region cannot be claimed, nor why it cannot
 * be mapped, nor why there is no number for a device node.
 */
TEST_F_TIMEOUT(errors_probe, bind, 600)
{
	const struct errors_walk walk = {
		.name = "bind", .call = call_bind, .works = works,
		.undo = unbind, .healthy = bind_works,
		.stride = 16, .leap = 4, .also = { EBUSY, ENXIO },
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool bind_and_hold(void *data)
{
	SELF(data);

	return !call_bind(self) && self->hold(self);
}

static bool released(void *data)
{
	SELF(data);

	return self->released(self);
}

/* The write itself failed: what was held works on, and goes now. */
static bool still_bound(void *data)
{
	SELF(data);

	return driver_bound(&self->dev) && !call_unbind(self) &&
	       self->released(self);
}

static void let_go(void *data)
{
	SELF(data);

	close(self->fd);
}

TEST_F_TIMEOUT(errors_probe, unbind, 600)
{
	const struct errors_walk walk = {
		.name = "unbind", .prepare = bind_and_hold,
		.call = call_unbind, .works = released,
		.healthy = still_bound, .clean = let_go,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
	EXPECT_TRUE(bind_works(self));
}

ERRORS_MAIN
