// SPDX-License-Identifier: GPL-2.0-only
/* Every call for device models, when memory or a copy fails at any point. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "errors.h"
#include "lib.h"

#define REG	0xa003e50ULL
#define ANSWER	0x5aU

/* Device model 0 has a daemon all the time, device model 1 has none. */
FIXTURE(errors_dm) {
	struct fakehv_device dev;
	int daemon;
	int fd;			/* what a call is made on */
	int efd;
	int ep;
	int attr;
	char *map;
	char text[4096];
	struct frontend f;
	struct bao_request req;
};

#define SELF(data) FIXTURE_DATA(errors_dm) *self = data

static bool round_trip(int fd, unsigned int dm)
{
	struct frontend f;

	frontend_read(&f, dm, REG, 4);
	if (dm_serve_one(fd, ANSWER))
		return false;
	return frontend_join(&f) && f.access.value == ANSWER;
}

static bool healthy(void *data)
{
	SELF(data);

	return round_trip(self->daemon, 0);
}

FIXTURE_SETUP(errors_dm)
{
	struct pollfd pfd = { .events = POLLIN };

	errors_begin();
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	self->daemon = dm_open(0);
	ASSERT_LE(0, self->daemon);
	self->efd = event_fd();
	self->fd = -1;
	pfd.fd = self->daemon;
	ASSERT_EQ(0, poll(&pfd, 1, 0));
	ASSERT_TRUE(healthy(self));
}

FIXTURE_TEARDOWN(errors_dm)
{
	close(self->daemon);
	close(self->efd);
	hv_reset();
}

static void close_fd(void *data)
{
	SELF(data);

	close(self->fd);
}

/* A file that its process has done nothing with. */
static bool open_fresh(void *data)
{
	SELF(data);

	self->fd = dm_open(0);
	return self->fd >= 0;
}

static int call_open(void *data)
{
	SELF(data);

	self->fd = open(CONTROL_NODE, O_RDWR | O_CLOEXEC);
	return self->fd;
}

static bool opens_models(void *data)
{
	struct bao_dm_info info = { .id = 1 };
	SELF(data);

	if (ioctl(self->fd, BAO_DM_GET_INFO, &info))
		return false;
	close(info.fd);
	return info.shmem_size == DM_SIZE;
}

TEST_F(errors_dm, open)
{
	const struct errors_walk walk = {
		.name = "open", .call = call_open, .works = opens_models,
		.undo = close_fd, .healthy = healthy,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool open_control(void *data)
{
	return call_open(data) >= 0;
}

static int call_get_info(void *data)
{
	SELF(data);
	struct bao_dm_info info = { .id = 0 };

	self->attr = ioctl(self->fd, BAO_DM_GET_INFO, &info) ? -1 : info.fd;
	return self->attr;
}

static bool info_serves(void *data)
{
	SELF(data);

	return round_trip(self->attr, 0);
}

static void close_info(void *data)
{
	SELF(data);

	close(self->attr);
}

TEST_F(errors_dm, get_info)
{
	const struct errors_walk walk = {
		.name = "GET_INFO", .prepare = open_control,
		.call = call_get_info, .works = info_serves,
		.undo = close_info, .clean = close_fd, .healthy = healthy,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

/* A request is in the kernel's hands, and nobody has it. */
static bool request_waits(void *data)
{
	struct bao_dm_status status;
	unsigned int i;
	SELF(data);

	for (i = 0; i < 500; i++) {
		memset(&status, 0, sizeof(status));
		if (ioctl(self->daemon, BAO_DM_GET_STATUS, &status))
			return false;
		if (status.queued == 1 && status.taken == 0)
			return true;
		sleep_ms(2);
	}
	return false;
}

static bool send_request(void *data)
{
	SELF(data);

	frontend_read(&self->f, 0, REG, 4);
	return request_waits(self);
}

static bool send_request_to_fresh(void *data)
{
	return open_fresh(data) && send_request(data);
}

static int call_attach(void *data)
{
	SELF(data);

	return dm_attach(self->fd, &self->req);
}

static bool answers(void *data)
{
	SELF(data);

	return !dm_complete(self->fd, &self->req, ANSWER) &&
	       frontend_join(&self->f) && self->f.access.value == ANSWER;
}

/* It is there for whoever comes next, not marked as seen. */
static bool waits_for_the_next(void *data)
{
	SELF(data);

	return request_waits(self) && !dm_attach(self->daemon, &self->req) &&
	       !(self->req.request_id & BAO_REQUEST_REDELIVERED) &&
	       !dm_complete(self->daemon, &self->req, ANSWER) &&
	       frontend_join(&self->f) && self->f.access.value == ANSWER;
}

TEST_F(errors_dm, first_attach)
{
	const struct errors_walk walk = {
		.name = "first ATTACH", .prepare = send_request_to_fresh,
		.call = call_attach, .works = answers,
		.healthy = waits_for_the_next, .clean = close_fd,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

TEST_F(errors_dm, attach)
{
	const struct errors_walk walk = {
		.name = "ATTACH", .prepare = send_request,
		.call = call_attach, .works = answers,
		.healthy = waits_for_the_next,
	};

	self->fd = self->daemon;
	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool open_fresh_nonblock(void *data)
{
	SELF(data);

	self->fd = dm_open_flags(0, O_NONBLOCK);
	return self->fd >= 0;
}

static int call_attach_in_vain(void *data)
{
	int ret = call_attach(data);

	return ret && errno == EAGAIN ? 0 : ret;
}

static bool serves(void *data)
{
	SELF(data);

	frontend_read(&self->f, 0, REG, 4);
	return request_waits(self) && !call_attach(self) && answers(self);
}

TEST_F(errors_dm, attach_in_vain)
{
	const struct errors_walk walk = {
		.name = "ATTACH without a request",
		.prepare = open_fresh_nonblock, .call = call_attach_in_vain,
		.works = serves, .healthy = healthy, .clean = close_fd,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool take_request(void *data)
{
	SELF(data);

	self->fd = self->daemon;
	return send_request(self) && !call_attach(self);
}

static int call_complete(void *data)
{
	SELF(data);

	return dm_complete(self->fd, &self->req, ANSWER);
}

static bool is_answered(void *data)
{
	SELF(data);

	return frontend_join(&self->f) && self->f.access.value == ANSWER;
}

TEST_F(errors_dm, complete)
{
	const struct errors_walk walk = {
		.name = "COMPLETE", .prepare = take_request,
		.call = call_complete, .works = is_answered, .healthy = answers,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

/* Device model 1 as if nobody had ever had an ioeventfd there. */
static bool open_unused(void *data)
{
	SELF(data);

	close(self->daemon);
	if (driver_unbind(&self->dev) || driver_bind(&self->dev, DISPATCHER))
		return false;
	self->daemon = dm_open(0);
	self->fd = dm_open(1);
	return self->daemon >= 0 && self->fd >= 0;
}

static int call_ioeventfd(void *data)
{
	SELF(data);

	return dm_ioeventfd(self->fd, self->efd, BAO_IOEVENTFD_DATAMATCH, REG,
			    4, 7);
}

static bool kick(void *data, unsigned int dm)
{
	SELF(data);

	frontend_write(&self->f, dm, REG, 4, 7);
	return frontend_join(&self->f) && event_count(self->efd) == 1;
}

/* Who has an ioeventfd serves only when it asks for requests, too. */
static bool first_kick(void *data)
{
	struct pollfd pfd = { .events = POLLIN };
	SELF(data);

	pfd.fd = self->fd;
	return !poll(&pfd, 1, 0) && kick(self, 1);
}

static bool ioeventfd_comes_later(void *data)
{
	return healthy(data) && !call_ioeventfd(data) && first_kick(data);
}

TEST_F_TIMEOUT(errors_dm, first_ioeventfd, 120)
{
	const struct errors_walk walk = {
		.name = "first IOEVENTFD", .prepare = open_unused,
		.call = call_ioeventfd, .works = first_kick,
		.healthy = ioeventfd_comes_later, .clean = close_fd,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

/* A write that no ioeventfd takes comes to the daemon. */
static bool write_comes_to_daemon(void *data)
{
	SELF(data);

	frontend_write(&self->f, 0, REG, 4, 7);
	return !dm_serve_one(self->daemon, 0) && frontend_join(&self->f) &&
	       event_count(self->efd) == 0;
}

static bool kick_daemon(void *data)
{
	return kick(data, 0);
}

static void deassign_ioeventfd(void *data)
{
	SELF(data);

	dm_ioeventfd(self->fd, self->efd,
		     BAO_IOEVENTFD_DATAMATCH | BAO_IOEVENTFD_DEASSIGN, REG, 4,
		     7);
}

TEST_F(errors_dm, ioeventfd)
{
	const struct errors_walk walk = {
		.name = "IOEVENTFD", .call = call_ioeventfd,
		.works = kick_daemon, .undo = deassign_ioeventfd,
		.healthy = write_comes_to_daemon,
	};

	self->fd = self->daemon;
	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool assign_ioeventfd(void *data)
{
	return call_ioeventfd(data) == 0;
}

static int call_deassign_ioeventfd(void *data)
{
	SELF(data);

	return dm_ioeventfd(self->fd, self->efd,
			    BAO_IOEVENTFD_DATAMATCH | BAO_IOEVENTFD_DEASSIGN,
			    REG, 4, 7);
}

TEST_F(errors_dm, deassign_ioeventfd)
{
	const struct errors_walk walk = {
		.name = "IOEVENTFD DEASSIGN", .prepare = assign_ioeventfd,
		.call = call_deassign_ioeventfd,
		.works = write_comes_to_daemon, .healthy = kick_daemon,
		.clean = deassign_ioeventfd,
	};

	self->fd = self->daemon;
	EXPECT_TRUE(errors_walk(&walk, self));
}

static int call_irqfd(void *data)
{
	SELF(data);

	return dm_irqfd(self->fd, self->efd, 0);
}

static bool raises(void *data)
{
	uint64_t seen = hv_counters().dm_notified[0], one = 1;
	SELF(data);

	return write(self->efd, &one, sizeof(one)) == sizeof(one) &&
	       !hv_wait(FAKEHV_DM, 0, 0, seen, 1000) &&
	       event_count(self->efd) == 0;
}

static bool raises_nothing(void *data)
{
	uint64_t seen = hv_counters().dm_notified[0], one = 1;
	SELF(data);

	return write(self->efd, &one, sizeof(one)) == sizeof(one) &&
	       event_count(self->efd) == 1 &&
	       hv_counters().dm_notified[0] == seen && healthy(self);
}

static void deassign_irqfd(void *data)
{
	SELF(data);

	dm_irqfd(self->fd, self->efd, BAO_IRQFD_DEASSIGN);
}

TEST_F(errors_dm, first_irqfd)
{
	const struct errors_walk walk = {
		.name = "first IRQFD", .prepare = open_fresh,
		.call = call_irqfd, .works = raises, .undo = deassign_irqfd,
		.healthy = raises_nothing, .clean = close_fd,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool assign_irqfd(void *data)
{
	return call_irqfd(data) == 0;
}

static int call_deassign_irqfd(void *data)
{
	SELF(data);

	return dm_irqfd(self->fd, self->efd, BAO_IRQFD_DEASSIGN);
}

TEST_F(errors_dm, deassign_irqfd)
{
	const struct errors_walk walk = {
		.name = "IRQFD DEASSIGN", .prepare = assign_irqfd,
		.call = call_deassign_irqfd, .works = raises_nothing,
		.healthy = raises, .clean = deassign_irqfd,
	};

	self->fd = self->daemon;
	EXPECT_TRUE(errors_walk(&walk, self));
}

static int call_get_status(void *data)
{
	struct bao_dm_status status = { 0 };
	SELF(data);

	if (ioctl(self->daemon, BAO_DM_GET_STATUS, &status))
		return -1;
	return status.taken == 1 ? 0 : 1;
}

static void answer(void *data)
{
	answers(data);
}

TEST_F(errors_dm, get_status)
{
	const struct errors_walk walk = {
		.name = "GET_STATUS", .prepare = take_request,
		.call = call_get_status, .clean = answer,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

/* A poll that fails says so in its events. */
static int call_poll(void *data)
{
	struct pollfd pfd = { .events = POLLIN };
	SELF(data);
	int ret;

	pfd.fd = self->fd;
	ret = poll(&pfd, 1, 0);
	if (ret == 1 && pfd.revents == POLLERR)
		errno = ENOMEM;
	return ret ? -1 : 0;
}

static bool open_served_by_nobody(void *data)
{
	SELF(data);

	self->fd = dm_open(1);
	return self->fd >= 0;
}

static bool serves_the_other(void *data)
{
	SELF(data);

	return attr_wait(&self->dev, "dm1/state", "served", 0) &&
	       round_trip(self->fd, 1);
}

TEST_F(errors_dm, first_poll)
{
	const struct errors_walk walk = {
		.name = "first poll", .prepare = open_served_by_nobody,
		.call = call_poll, .works = serves_the_other,
		.healthy = healthy, .clean = close_fd,
	};

	/* Its time must not run out between two looks at the state. */
	ASSERT_EQ(0, attr_set(&self->dev, "dm1/grace_ms", "-1"));
	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool open_epoll(void *data)
{
	SELF(data);

	self->ep = epoll_create1(EPOLL_CLOEXEC);
	return self->ep >= 0 && open_fresh(self);
}

static int call_epoll_add(void *data)
{
	struct epoll_event event = { .events = EPOLLIN };
	SELF(data);

	return epoll_ctl(self->ep, EPOLL_CTL_ADD, self->fd, &event);
}

/* What an event loop does: it looks again after an error. */
static bool epoll_in(int ep)
{
	struct epoll_event event;
	uint64_t end = now_ms() + 3000;

	while (now_ms() < end)
		if (epoll_wait(ep, &event, 1, 100) == 1 &&
		    event.events == EPOLLIN)
			return true;
	return false;
}

static bool epoll_tells(void *data)
{
	struct epoll_event event;
	SELF(data);
	bool told;

	/* The loop is asleep when the request comes. */
	epoll_wait(self->ep, &event, 1, 0);
	epoll_wait(self->ep, &event, 1, 0);
	frontend_read(&self->f, 0, REG, 4);
	told = epoll_in(self->ep);
	return !call_attach(self) && answers(self) && told;
}

static void close_epoll(void *data)
{
	SELF(data);

	close(self->ep);
	close(self->fd);
}

TEST_F_TIMEOUT(errors_dm, epoll_add, 120)
{
	const struct errors_walk walk = {
		.name = "EPOLL_CTL_ADD", .prepare = open_epoll,
		.call = call_epoll_add, .works = epoll_tells,
		.healthy = healthy, .clean = close_epoll,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static int call_mmap(void *data)
{
	SELF(data);

	self->map = mmap(NULL, DM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->daemon, 0);
	return self->map == MAP_FAILED ? -1 : 0;
}

static bool is_shared(void *data)
{
	char *other = hv_map(DM_START(0), DM_SIZE);
	SELF(data);
	bool same;

	self->map[0]++;
	self->map[DM_SIZE - 1]++;
	same = self->map[0] == other[0] &&
	       self->map[DM_SIZE - 1] == other[DM_SIZE - 1];
	munmap(other, DM_SIZE);
	return same;
}

static void unmap(void *data)
{
	SELF(data);

	munmap(self->map, DM_SIZE);
}

TEST_F(errors_dm, mmap)
{
	const struct errors_walk walk = {
		.name = "mmap", .call = call_mmap, .works = is_shared,
		.undo = unmap, .healthy = healthy, .also = { EAGAIN },
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool open_fdinfo(void *data)
{
	char path[64];
	SELF(data);

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->daemon);
	self->attr = open(path, O_RDONLY | O_CLOEXEC);
	return self->attr >= 0;
}

static int call_read(void *data)
{
	SELF(data);
	ssize_t n = read(self->attr, self->text, sizeof(self->text) - 1);

	if (n >= 0)
		self->text[n] = '\0';
	return n < 0 ? -1 : 0;
}

static bool fdinfo_is_whole(void *data)
{
	SELF(data);

	return strstr(self->text, "bao-dm:\t0\nbao-taken:\t1\nbao-irqfds:\t1\n")
	       && strstr(self->text, "bao-ioeventfd:\t0xa003e50 4 0x7\n");
}

TEST_F(errors_dm, fdinfo)
{
	const struct errors_walk walk = {
		.name = "read of fdinfo", .prepare = open_fdinfo,
		.call = call_read, .works = fdinfo_is_whole,
		.clean = close_info,
	};

	ASSERT_TRUE(take_request(self));
	ASSERT_TRUE(assign_ioeventfd(self));
	ASSERT_TRUE(assign_irqfd(self));
	EXPECT_TRUE(errors_walk(&walk, self));
	EXPECT_TRUE(answers(self));
}

static bool hold_everything(void *data)
{
	return send_request_to_fresh(data) && !call_attach(data) &&
	       !call_ioeventfd(data) && !call_irqfd(data);
}

static int call_close(void *data)
{
	SELF(data);

	return close(self->fd);
}

/* Its request comes back, its registrations are gone. */
static bool is_let_go(void *data)
{
	SELF(data);

	return request_waits(self) && !dm_attach(self->daemon, &self->req) &&
	       (self->req.request_id & BAO_REQUEST_REDELIVERED) &&
	       !dm_complete(self->daemon, &self->req, ANSWER) &&
	       frontend_join(&self->f) && write_comes_to_daemon(self) &&
	       raises_nothing(self);
}

TEST_F(errors_dm, close)
{
	const struct errors_walk walk = {
		.name = "close", .prepare = hold_everything,
		.call = call_close, .works = is_let_go, .steady = true,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

/* A daemon that dies where there is no memory left. */
TEST_F(errors_dm, death)
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		errors_begin();
		if (!hold_everything(self))
			_exit(2);
		errors_dry(true);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	ASSERT_TRUE(request_waits(self));
	ASSERT_EQ(0, dm_attach(self->daemon, &self->req));
	EXPECT_TRUE(self->req.request_id & BAO_REQUEST_REDELIVERED);
	/* Its frontend died with it. */
	EXPECT_EQ(0, dm_complete(self->daemon, &self->req, ANSWER));
	EXPECT_TRUE(write_comes_to_daemon(self));
	EXPECT_TRUE(raises_nothing(self));
}

static int attr_open(const struct fakehv_device *dev, const char *name,
		     int flags)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/devices/platform/%.64s/%s",
		 dev->dev_name, name);
	return open(path, flags | O_CLOEXEC);
}

static int call_write_number(void *data)
{
	SELF(data);

	return pwrite(self->attr, self->text, strlen(self->text), 0) < 0 ? -1 :
	       0;
}

static bool number_is_there(void *data)
{
	SELF(data);

	return attr_get(&self->dev, "dm1/grace_ms") == 1234;
}

static void reset_number(void *data)
{
	SELF(data);

	attr_set(&self->dev, "dm1/grace_ms", "5000");
}

TEST_F(errors_dm, write_grace)
{
	const struct errors_walk walk = {
		.name = "write of grace_ms", .call = call_write_number,
		.works = number_is_there, .undo = reset_number,
		.healthy = healthy,
	};

	self->attr = attr_open(&self->dev, "dm1/grace_ms", O_WRONLY);
	ASSERT_LE(0, self->attr);
	strcpy(self->text, "1234");
	EXPECT_TRUE(errors_walk(&walk, self));
	close(self->attr);
}

static bool timeout_is_there(void *data)
{
	SELF(data);

	return attr_get(&self->dev, "dm1/answer_timeout_ms") == 1234;
}

static void reset_timeout(void *data)
{
	SELF(data);

	attr_set(&self->dev, "dm1/answer_timeout_ms", "-1");
}

TEST_F(errors_dm, write_timeout)
{
	const struct errors_walk walk = {
		.name = "write of answer_timeout_ms",
		.call = call_write_number, .works = timeout_is_there,
		.undo = reset_timeout, .healthy = healthy,
	};

	self->attr = attr_open(&self->dev, "dm1/answer_timeout_ms", O_WRONLY);
	ASSERT_LE(0, self->attr);
	strcpy(self->text, "1234");
	EXPECT_TRUE(errors_walk(&walk, self));
	close(self->attr);
}

static bool is_released(void *data)
{
	SELF(data);

	return frontend_join(&self->f) && self->f.access.value == 0 &&
	       !dm_complete(self->daemon, &self->req, 1);
}

TEST_F(errors_dm, write_release)
{
	const struct errors_walk walk = {
		.name = "write of release", .prepare = take_request,
		.call = call_write_number, .works = is_released,
		.healthy = answers,
	};

	self->attr = attr_open(&self->dev, "dm0/release", O_WRONLY);
	ASSERT_LE(0, self->attr);
	strcpy(self->text, "1");
	EXPECT_TRUE(errors_walk(&walk, self));
	close(self->attr);
}

static bool open_attribute(void *data)
{
	SELF(data);

	self->attr = attr_open(&self->dev, "dm0/shmem_size", O_RDONLY);
	return self->attr >= 0;
}

static bool attribute_is_whole(void *data)
{
	SELF(data);

	return !strcmp(self->text, "0x100000\n");
}

TEST_F(errors_dm, read_attribute)
{
	const struct errors_walk walk = {
		.name = "read of an attribute", .prepare = open_attribute,
		.call = call_read, .works = attribute_is_whole,
		.clean = close_info,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

/* What interrupts and their work do needs no memory. */
TEST_F(errors_dm, interrupts)
{
	unsigned int i, failed;
	bool right = true;

	self->fd = self->daemon;
	ASSERT_EQ(0, call_irqfd(self));
	errors_no_atomic(true);
	for (i = 0; i < 30 && right; i++)
		right = healthy(self) && write_comes_to_daemon(self) &&
			raises(self);
	failed = errors_no_atomic(false);
	EXPECT_TRUE(right);
	TH_LOG("%u allocations of others failed", failed);
}

ERRORS_MAIN
