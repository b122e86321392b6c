// SPDX-License-Identifier: GPL-2.0-only
/* Every call for channels, when memory or a copy fails at any point. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "errors.h"
#include "lib.h"

#define TEXT	"what the peer has to say"

FIXTURE(errors_ipc) {
	struct fakehv_device dev;
	char *peer;		/* the region, as the other VM sees it */
	int ipc;
	int fd;			/* a second file */
	int efd;
	int ep;
	uint64_t rung;
	char *map;
	char text[256];
	struct bao_ipc_info info;
	struct bao_ipc_events events;
};

#define SELF(data) FIXTURE_DATA(errors_ipc) *self = data

static uint64_t times_rung(unsigned int event)
{
	return hv_counters().ipc_notified[0][event];
}

/* Bytes in both directions, a doorbell each. */
static bool works_on(FIXTURE_DATA(errors_ipc) *self, int fd)
{
	struct bao_ipc_notify notify = { .event = 1 };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct bao_ipc_events events = { 0 };
	uint64_t rung = times_rung(0);
	char text[8] = "";

	memcpy(self->peer, "hello", 6);
	memset(self->peer + CHANNEL_SIZE, 0, 6);
	if (pread(fd, text, 6, 0) != 6 || strcmp(text, "hello") ||
	    pwrite(fd, "there", 6, 0) != 6 ||
	    strcmp(self->peer + CHANNEL_SIZE, "there") ||
	    hv_wait(FAKEHV_IPC, 0, 0, rung, 1000))
		return false;
	rung = times_rung(1);
	if (ioctl(fd, BAO_IPC_NOTIFY, &notify) ||
	    hv_wait(FAKEHV_IPC, 0, 1, rung, 1000))
		return false;
	hv_ring(FAKEHV_IPC, 0, 1);
	return poll(&pfd, 1, 1000) == 1 && (pfd.revents & POLLIN) &&
	       !ioctl(fd, BAO_IPC_GET_EVENTS, &events) &&
	       events.count[1] == 1 && events.count[0] == 0;
}

static bool healthy(void *data)
{
	SELF(data);

	return works_on(self, self->ipc);
}

FIXTURE_SETUP(errors_ipc)
{
	errors_begin();
	hv_reset();
	ASSERT_TRUE(channel_create(&self->dev, 0, 2));
	self->peer = hv_map(IPC_START, IPC_SIZE);
	self->ipc = channel_open(0);
	ASSERT_LE(0, self->ipc);
	self->efd = event_fd();
	ASSERT_TRUE(healthy(self));
	strcpy(self->peer, TEXT);
}

FIXTURE_TEARDOWN(errors_ipc)
{
	munmap(self->peer, IPC_SIZE);
	close(self->ipc);
	close(self->efd);
	hv_reset();
}

static int call_open(void *data)
{
	SELF(data);

	self->fd = open("/dev/baoipc0", O_RDWR | O_CLOEXEC);
	return self->fd;
}

static bool second_works(void *data)
{
	SELF(data);

	return works_on(self, self->fd);
}

/* What was rung for it came to the first file as well. */
static void close_fd(void *data)
{
	struct bao_ipc_events events = { 0 };
	SELF(data);

	close(self->fd);
	ioctl(self->ipc, BAO_IPC_GET_EVENTS, &events);
}

static bool open_second(void *data)
{
	return call_open(data) >= 0;
}

TEST_F(errors_ipc, open)
{
	const struct errors_walk walk = {
		.name = "open", .call = call_open, .works = second_works,
		.undo = close_fd, .healthy = healthy,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool ask_nothing(void *data)
{
	SELF(data);

	memset(&self->info, 0, sizeof(self->info));
	return true;
}

static int call_get_info(void *data)
{
	SELF(data);

	return ioctl(self->ipc, BAO_IPC_GET_INFO, &self->info);
}

static bool info_is_whole(void *data)
{
	SELF(data);

	return self->info.num_events == 2 &&
	       self->info.map_size == IPC_SIZE &&
	       self->info.write_offset == CHANNEL_SIZE;
}

TEST_F(errors_ipc, get_info)
{
	const struct errors_walk walk = {
		.name = "GET_INFO", .prepare = ask_nothing,
		.call = call_get_info, .works = info_is_whole,
		.healthy = healthy,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool count_rings(void *data)
{
	SELF(data);

	self->rung = times_rung(0) + times_rung(1);
	memset(self->peer + CHANNEL_SIZE, 0, sizeof(TEXT));
	return lseek(self->ipc, 0, SEEK_SET) == 0;
}

static bool nothing_rang(void *data)
{
	SELF(data);

	return times_rung(0) + times_rung(1) == self->rung && healthy(self);
}

static int call_notify(void *data)
{
	struct bao_ipc_notify notify = { .event = 1 };
	SELF(data);

	return ioctl(self->ipc, BAO_IPC_NOTIFY, &notify);
}

static bool rang(void *data)
{
	SELF(data);

	return times_rung(0) + times_rung(1) == self->rung + 1;
}

TEST_F(errors_ipc, notify)
{
	const struct errors_walk walk = {
		.name = "NOTIFY", .prepare = count_rings,
		.call = call_notify, .works = rang, .healthy = nothing_rang,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool ring(void *data)
{
	struct pollfd pfd = { .events = POLLIN };
	SELF(data);

	pfd.fd = self->ipc;
	memset(&self->events, 0, sizeof(self->events));
	hv_ring(FAKEHV_IPC, 0, 1);
	return poll(&pfd, 1, 1000) == 1;
}

static int call_get_events(void *data)
{
	SELF(data);

	return ioctl(self->ipc, BAO_IPC_GET_EVENTS, &self->events);
}

static bool one_event(void *data)
{
	SELF(data);

	return self->events.num_events == 2 && self->events.count[0] == 0 &&
	       self->events.count[1] == 1;
}

/* The event is not lost with the copy. */
static bool event_is_still_there(void *data)
{
	SELF(data);

	memset(&self->events, 0, sizeof(self->events));
	return !call_get_events(self) && one_event(self) && healthy(self);
}

TEST_F(errors_ipc, get_events)
{
	const struct errors_walk walk = {
		.name = "GET_EVENTS", .prepare = ring,
		.call = call_get_events, .works = one_event,
		.healthy = event_is_still_there,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static int config_eventfd(FIXTURE_DATA(errors_ipc) *self, unsigned int flags)
{
	struct bao_ipc_eventfd args = {
		.fd = self->efd, .flags = flags, .event = 1,
	};

	return ioctl(self->ipc, BAO_IPC_EVENTFD, &args);
}

static int call_eventfd(void *data)
{
	SELF(data);

	return config_eventfd(self, 0);
}

static int call_deassign(void *data)
{
	SELF(data);

	return config_eventfd(self, BAO_IPC_EVENTFD_DEASSIGN);
}

static void deassign(void *data)
{
	call_deassign(data);
}

static bool assign(void *data)
{
	return call_eventfd(data) == 0;
}

static bool is_signalled(void *data)
{
	SELF(data);

	return healthy(self) && event_wait(self->efd, 1000) &&
	       event_count(self->efd) == 1;
}

static bool is_not_signalled(void *data)
{
	SELF(data);

	return healthy(self) && event_count(self->efd) == 0;
}

TEST_F(errors_ipc, eventfd)
{
	const struct errors_walk walk = {
		.name = "EVENTFD", .call = call_eventfd,
		.works = is_signalled, .undo = deassign,
		.healthy = is_not_signalled,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

TEST_F(errors_ipc, deassign)
{
	const struct errors_walk walk = {
		.name = "EVENTFD DEASSIGN", .prepare = assign,
		.call = call_deassign, .works = is_not_signalled,
		.healthy = is_signalled, .clean = deassign,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool rewind_second(void *data)
{
	SELF(data);

	memset(self->text, 0, sizeof(self->text));
	strcpy(self->peer, TEXT);
	return lseek(self->ipc, 0, SEEK_SET) == 0;
}

static int call_read(void *data)
{
	SELF(data);

	return read(self->ipc, self->text, sizeof(TEXT)) == sizeof(TEXT) ? 0 :
	       -1;
}

static bool is_read(void *data)
{
	SELF(data);

	return !strcmp(self->text, TEXT) &&
	       lseek(self->ipc, 0, SEEK_CUR) == sizeof(TEXT);
}

static bool did_not_move(void *data)
{
	SELF(data);

	return lseek(self->ipc, 0, SEEK_CUR) == 0 && healthy(self);
}

TEST_F(errors_ipc, read)
{
	const struct errors_walk walk = {
		.name = "read", .prepare = rewind_second, .call = call_read,
		.works = is_read, .healthy = did_not_move,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static int call_write(void *data)
{
	SELF(data);

	return write(self->ipc, TEXT, sizeof(TEXT)) == sizeof(TEXT) ? 0 : -1;
}

static bool is_written(void *data)
{
	SELF(data);

	return !strcmp(self->peer + CHANNEL_SIZE, TEXT) && rang(self) &&
	       lseek(self->ipc, 0, SEEK_CUR) == sizeof(TEXT);
}

/* Nobody is told of what was not written. */
static bool is_not_written(void *data)
{
	SELF(data);

	return self->peer[CHANNEL_SIZE] == '\0' &&
	       lseek(self->ipc, 0, SEEK_CUR) == 0 && nothing_rang(self);
}

TEST_F(errors_ipc, write)
{
	const struct errors_walk walk = {
		.name = "write", .prepare = count_rings, .call = call_write,
		.works = is_written, .healthy = is_not_written,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static int call_poll(void *data)
{
	struct pollfd pfd = { .events = POLLIN };
	SELF(data);
	int ret;

	pfd.fd = self->ipc;
	ret = poll(&pfd, 1, 0);
	return ret == 1 && pfd.revents == POLLIN ? 0 : -1;
}

TEST_F(errors_ipc, poll)
{
	const struct errors_walk walk = {
		.name = "poll", .prepare = ring, .call = call_poll,
		.works = event_is_still_there,
		.healthy = event_is_still_there,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool open_epoll(void *data)
{
	SELF(data);

	self->ep = epoll_create1(EPOLL_CLOEXEC);
	return self->ep >= 0;
}

static int call_epoll_add(void *data)
{
	struct epoll_event event = { .events = EPOLLIN };
	SELF(data);

	return epoll_ctl(self->ep, EPOLL_CTL_ADD, self->ipc, &event);
}

static bool epoll_tells(void *data)
{
	struct epoll_event event;
	SELF(data);

	if (epoll_wait(self->ep, &event, 1, 0))
		return false;
	hv_ring(FAKEHV_IPC, 0, 1);
	return epoll_wait(self->ep, &event, 1, 1000) == 1 &&
	       event.events == EPOLLIN && event_is_still_there(self);
}

static void close_epoll(void *data)
{
	SELF(data);

	close(self->ep);
}

TEST_F(errors_ipc, epoll_add)
{
	const struct errors_walk walk = {
		.name = "EPOLL_CTL_ADD", .prepare = open_epoll,
		.call = call_epoll_add, .works = epoll_tells,
		.healthy = healthy, .clean = close_epoll,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static int call_mmap_all(void *data)
{
	SELF(data);

	self->map = mmap(NULL, IPC_SIZE, PROT_READ, MAP_SHARED, self->ipc, 0);
	return self->map == MAP_FAILED ? -1 : 0;
}

static bool shows_the_peer(void *data)
{
	SELF(data);

	self->peer[0]++;
	self->peer[IPC_SIZE - 1]++;
	return self->map[0] == self->peer[0] &&
	       self->map[IPC_SIZE - 1] == self->peer[IPC_SIZE - 1] &&
	       mprotect(self->map, IPC_SIZE, PROT_READ | PROT_WRITE) < 0;
}

static void unmap_all(void *data)
{
	SELF(data);

	munmap(self->map, IPC_SIZE);
}

TEST_F(errors_ipc, mmap)
{
	const struct errors_walk walk = {
		.name = "mmap", .call = call_mmap_all, .works = shows_the_peer,
		.undo = unmap_all, .healthy = healthy, .also = { EAGAIN },
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static int call_mmap_writable(void *data)
{
	SELF(data);

	self->map = mmap(NULL, CHANNEL_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED, self->ipc, CHANNEL_SIZE);
	return self->map == MAP_FAILED ? -1 : 0;
}

static bool tells_the_peer(void *data)
{
	SELF(data);

	self->map[CHANNEL_SIZE - 1]++;
	return self->map[CHANNEL_SIZE - 1] == self->peer[2 * CHANNEL_SIZE - 1];
}

static void unmap_writable(void *data)
{
	SELF(data);

	munmap(self->map, CHANNEL_SIZE);
}

TEST_F(errors_ipc, mmap_writable)
{
	const struct errors_walk walk = {
		.name = "writable mmap", .call = call_mmap_writable,
		.works = tells_the_peer, .undo = unmap_writable,
		.healthy = healthy, .also = { EAGAIN },
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool open_second_with_eventfd(void *data)
{
	struct bao_ipc_eventfd args = { .event = 1 };
	SELF(data);

	args.fd = self->efd;
	return open_second(self) && !ioctl(self->fd, BAO_IPC_EVENTFD, &args);
}

static int call_close(void *data)
{
	SELF(data);

	return close(self->fd);
}

TEST_F(errors_ipc, close)
{
	const struct errors_walk walk = {
		.name = "close", .prepare = open_second_with_eventfd,
		.call = call_close, .works = is_not_signalled, .steady = true,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

static bool open_attribute(void *data)
{
	char path[256];
	SELF(data);

	snprintf(path, sizeof(path), "/sys/devices/platform/%.64s/ipc/events",
		 self->dev.dev_name);
	memset(self->text, 0, sizeof(self->text));
	self->fd = open(path, O_RDONLY | O_CLOEXEC);
	return self->fd >= 0;
}

static int call_read_attribute(void *data)
{
	SELF(data);

	return read(self->fd, self->text, sizeof(self->text) - 1) < 0 ? -1 : 0;
}

static bool attribute_is_whole(void *data)
{
	SELF(data);

	return !strcmp(self->text, "0 0\n1 1\n");
}

TEST_F(errors_ipc, read_attribute)
{
	const struct errors_walk walk = {
		.name = "read of an attribute", .prepare = open_attribute,
		.call = call_read_attribute, .works = attribute_is_whole,
		.clean = close_fd,
	};

	EXPECT_TRUE(errors_walk(&walk, self));
}

ERRORS_MAIN
