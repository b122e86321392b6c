// SPDX-License-Identifier: GPL-2.0-only
/* IPC channels: bytes, events, eventfds and mappings. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "lib.h"

#define EVENTS 3

FIXTURE(ipc) {
	struct fakehv_device dev;
	int fd;
	char *read_side;	/* as the peer sees it: it writes here */
	char *write_side;
};

FIXTURE_SETUP(ipc)
{
	hv_reset();
	doorbell_defaults();
	ASSERT_TRUE(channel_create(&self->dev, 1, EVENTS));
	self->fd = channel_open(1);
	ASSERT_LE(0, self->fd);
	self->read_side = hv_map(IPC_START + IPC_SIZE, 2 * CHANNEL_SIZE);
	self->write_side = self->read_side + CHANNEL_SIZE;
	memset(self->read_side, 0, 2 * CHANNEL_SIZE);
}

FIXTURE_TEARDOWN(ipc)
{
	doorbell_defaults();
	munmap(self->read_side, 2 * CHANNEL_SIZE);
	close(self->fd);
	hv_reset();
}

static uint64_t notified(unsigned int event)
{
	return hv_counters().ipc_notified[1][event];
}

static int notify(int fd, unsigned int event)
{
	struct bao_ipc_notify args = { .event = event };

	return ioctl(fd, BAO_IPC_NOTIFY, &args);
}

static int get_events(int fd, struct bao_ipc_events *events)
{
	memset(events, 0, sizeof(*events));
	return ioctl(fd, BAO_IPC_GET_EVENTS, events);
}

static uint32_t count_of(int fd, unsigned int event)
{
	struct bao_ipc_events events;

	return get_events(fd, &events) ? ~0U : events.count[event];
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, timeout_ms) == 1 && pfd.revents & POLLIN;
}

/* The interrupt is counted before it is handled, by a thread perhaps. */
static void ring(unsigned int channel, unsigned int event)
{
	uint64_t before = hv_counters().delivered, end = now_ms() + 10000;

	hv_ring(FAKEHV_IPC, channel, event);
	while (hv_counters().delivered == before && now_ms() < end)
		sleep_ms(1);
	sleep_ms(30);
}

static int event_config(int fd, int efd, unsigned int flags, unsigned int event)
{
	struct bao_ipc_eventfd args = {
		.fd = efd, .flags = flags, .event = event,
	};

	return ioctl(fd, BAO_IPC_EVENTFD, &args);
}

TEST_F(ipc, node)
{
	struct stat st;

	ASSERT_EQ(0, stat("/dev/baoipc1", &st));
	EXPECT_EQ(S_IFCHR | 0600, st.st_mode);
	EXPECT_EQ(1, attr_get(&self->dev, "ipc/id"));
	EXPECT_EQ(EVENTS, attr_get(&self->dev, "ipc/num_events"));
	EXPECT_EQ(CHANNEL_SIZE, attr_get(&self->dev, "ipc/read_size"));
	EXPECT_EQ(CHANNEL_SIZE, attr_get(&self->dev, "ipc/write_offset"));
}

TEST_F(ipc, info)
{
	struct bao_ipc_info info = { 0 };

	ASSERT_EQ(0, ioctl(self->fd, BAO_IPC_GET_INFO, &info));
	EXPECT_EQ(1, info.id);
	EXPECT_EQ(EVENTS, info.num_events);
	EXPECT_EQ(IPC_SIZE, info.map_size);
	EXPECT_EQ(0, info.read_offset);
	EXPECT_EQ(CHANNEL_SIZE, info.read_size);
	EXPECT_EQ(CHANNEL_SIZE, info.write_offset);
	EXPECT_EQ(CHANNEL_SIZE, info.write_size);
	EXPECT_EQ(CHANNEL_SIZE, info.writable_offset);
	EXPECT_EQ(CHANNEL_SIZE, info.writable_size);

	memset(&info, 0, sizeof(info));
	info.flags = 1;
	EXPECT_EQ(-1, ioctl(self->fd, BAO_IPC_GET_INFO, &info));
	EXPECT_EQ(EINVAL, errno);
	memset(&info, 0, sizeof(info));
	info.reserved[4] = 1;
	EXPECT_EQ(-1, ioctl(self->fd, BAO_IPC_GET_INFO, &info));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(ipc, unknown_calls_and_bad_pointers)
{
	const unsigned long calls[] = {
		0, BAO_DM_GET_INFO, BAO_DM_ATTACH, BAO_DM_GET_STATUS,
		_IO(BAO_IOCTL_TYPE, 0x20), ~0UL,
	};
	const unsigned long known[] = {
		BAO_IPC_GET_INFO, BAO_IPC_NOTIFY, BAO_IPC_GET_EVENTS,
		BAO_IPC_EVENTFD,
	};
	char buf[256] = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		EXPECT_EQ(-1, ioctl(self->fd, calls[i], buf));
		EXPECT_EQ(ENOTTY, errno) TH_LOG("call %#lx", calls[i]);
	}
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		EXPECT_EQ(-1, ioctl(self->fd, known[i], NULL));
		EXPECT_EQ(EFAULT, errno) TH_LOG("call %#lx", known[i]);
		EXPECT_EQ(-1, ioctl(self->fd, known[i], -1UL));
		EXPECT_EQ(EFAULT, errno) TH_LOG("call %#lx", known[i]);
	}
}

TEST_F(ipc, raw_bytes)
{
	static const char text[] = "one\0two\n\xff\0";
	char buf[64];

	memcpy(self->read_side + 5, text, sizeof(text));
	ASSERT_EQ(5, lseek(self->fd, 5, SEEK_SET));
	EXPECT_EQ(sizeof(text), read(self->fd, buf, sizeof(text)));
	EXPECT_EQ(0, memcmp(text, buf, sizeof(text)));
	EXPECT_EQ(5 + sizeof(text), lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(3, pread(self->fd, buf, 3, 9));
	EXPECT_EQ(0, memcmp(text + 4, buf, 3));

	EXPECT_EQ(sizeof(text), pwrite(self->fd, text, sizeof(text), 100));
	EXPECT_EQ(0, memcmp(text, self->write_side + 100, sizeof(text)));
	EXPECT_EQ(1, notified(0));
}

TEST_F(ipc, ends)
{
	char buf[16] = "0123456789abcdef";

	EXPECT_EQ(4, pread(self->fd, buf, 16, CHANNEL_SIZE - 4));
	EXPECT_EQ(0, pread(self->fd, buf, 16, CHANNEL_SIZE));
	EXPECT_EQ(0, pread(self->fd, buf, 16, CHANNEL_SIZE + 100));
	EXPECT_EQ(4, pwrite(self->fd, buf, 16, CHANNEL_SIZE - 4));
	EXPECT_EQ(1, notified(0));
	EXPECT_EQ(-1, pwrite(self->fd, buf, 16, CHANNEL_SIZE));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(-1, pwrite(self->fd, buf, 1, 1LL << 40));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(-1, pwrite(self->fd, buf, 1, -1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(1, notified(0));

	EXPECT_EQ(CHANNEL_SIZE, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(-1, lseek(self->fd, CHANNEL_SIZE + 1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(ipc, nothing_written_rings_nothing)
{
	void *volatile bad = NULL;	/* the compiler must not know */

	EXPECT_EQ(0, write(self->fd, "", 0));
	EXPECT_EQ(0, write(self->fd, bad, 0));
	EXPECT_EQ(-1, write(self->fd, bad, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, read(self->fd, bad, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, notified(0));
}

TEST_F(ipc, whole_channel)
{
	char *buf = malloc(2 * CHANNEL_SIZE);

	ASSERT_NE(NULL, buf);
	memset(buf, 0x5a, 2 * CHANNEL_SIZE);
	EXPECT_EQ(CHANNEL_SIZE, write(self->fd, buf, 2 * CHANNEL_SIZE));
	EXPECT_EQ(0x5a, self->write_side[0]);
	EXPECT_EQ(0x5a, self->write_side[CHANNEL_SIZE - 1]);
	memset(self->read_side, 0x33, CHANNEL_SIZE);
	ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(CHANNEL_SIZE, read(self->fd, buf, 2 * CHANNEL_SIZE));
	EXPECT_EQ(0x33, buf[CHANNEL_SIZE - 1]);
	EXPECT_EQ(0x5a, buf[CHANNEL_SIZE]);
	free(buf);
}

TEST_F(ipc, notify)
{
	struct bao_ipc_notify args = { 0 };

	EXPECT_EQ(0, notify(self->fd, 0));
	EXPECT_EQ(0, notify(self->fd, 2));
	/* More than there are here: the index is the receiver's. */
	EXPECT_EQ(0, notify(self->fd, 31));
	EXPECT_EQ(1, notified(0));
	EXPECT_EQ(0, notified(1));
	EXPECT_EQ(1, notified(2));
	EXPECT_EQ(1, notified(31));
	EXPECT_EQ(-1, notify(self->fd, 32));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, notify(self->fd, ~0U));
	EXPECT_EQ(EINVAL, errno);
	args.flags = 1;
	EXPECT_EQ(-1, ioctl(self->fd, BAO_IPC_NOTIFY, &args));
	EXPECT_EQ(EINVAL, errno);
	args.flags = 0;
	args.reserved = 1;
	EXPECT_EQ(-1, ioctl(self->fd, BAO_IPC_NOTIFY, &args));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(3, attr_get(&self->dev, "ipc/notifies"));
}

TEST_F(ipc, refused_doorbell)
{
	hv_fault(FAKEHV_CALL_IPC, -3, 2);
	EXPECT_EQ(-1, notify(self->fd, 0));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, write(self->fd, "x", 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(2, attr_get(&self->dev, "ipc/refused_calls"));
	EXPECT_EQ(1, write(self->fd, "y", 1));
	EXPECT_EQ(1, notified(0));
}

TEST_F(ipc, events_of_each_file)
{
	struct bao_ipc_events events;
	int second = channel_open(1);

	ASSERT_LE(0, second);
	ASSERT_EQ(0, get_events(self->fd, &events));
	EXPECT_EQ(EVENTS, events.num_events);
	EXPECT_FALSE(readable(self->fd, 0));
	ring(1, 2);
	ASSERT_TRUE(readable(self->fd, 1000));
	EXPECT_TRUE(readable(second, 0));
	ASSERT_EQ(0, get_events(self->fd, &events));
	EXPECT_EQ(0, events.count[0]);
	EXPECT_LE(1, events.count[2]);
	EXPECT_FALSE(readable(self->fd, 0));

	/* The other file has not looked, and is told of all. */
	EXPECT_TRUE(readable(second, 0));
	ring(1, 0);
	ASSERT_TRUE(readable(self->fd, 1000));
	ASSERT_EQ(0, get_events(second, &events));
	EXPECT_LE(1, events.count[0]);
	EXPECT_LE(1, events.count[2]);

	/* A file begins with what comes after its opening. */
	close(second);
	second = channel_open(1);
	EXPECT_FALSE(readable(second, 0));
	EXPECT_EQ(0, count_of(second, 0));
	close(second);
}

TEST_F(ipc, interrupts_are_counted)
{
	unsigned int i;

	EXPECT_EQ(0, attr_get(&self->dev, "ipc/interrupts"));
	for (i = 0; i < EVENTS; i++)
		ring(1, i);
	EXPECT_TRUE(attr_wait(&self->dev, "ipc/interrupts", "3", 10000));
	EXPECT_EQ(EVENTS, hv_counters().delivered);
}

TEST_F(ipc, events_bad_input_resets_nothing)
{
	struct bao_ipc_events events = { .flags = 1 }, *ro;

	ring(1, 1);
	ASSERT_TRUE(readable(self->fd, 1000));
	EXPECT_EQ(-1, ioctl(self->fd, BAO_IPC_GET_EVENTS, &events));
	EXPECT_EQ(EINVAL, errno);
	memset(&events, 0, sizeof(events));
	events.reserved[1] = 1;
	EXPECT_EQ(-1, ioctl(self->fd, BAO_IPC_GET_EVENTS, &events));
	EXPECT_EQ(EINVAL, errno);
	ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, ro);
	EXPECT_EQ(-1, ioctl(self->fd, BAO_IPC_GET_EVENTS, ro));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_TRUE(readable(self->fd, 0));
	EXPECT_LE(1, count_of(self->fd, 1));
	munmap(ro, 4096);
}

TEST_F(ipc, poll_and_epoll)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN | POLLOUT };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(POLLOUT, pfd.revents);
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &ev));
	EXPECT_EQ(0, epoll_wait(ep, &ev, 1, 20));
	ring(1, 1);
	EXPECT_EQ(1, epoll_wait(ep, &ev, 1, 1000));
	/* Edge-triggered: not again, until the next doorbell. */
	EXPECT_EQ(0, epoll_wait(ep, &ev, 1, 20));
	ring(1, 1);
	EXPECT_EQ(1, epoll_wait(ep, &ev, 1, 1000));
	EXPECT_LE(2, count_of(self->fd, 1));
	close(ep);
}

TEST_F(ipc, eventfd)
{
	int a = event_fd(), b = event_fd(), second = channel_open(1);

	ASSERT_EQ(0, event_config(self->fd, a, 0, 0));
	ASSERT_EQ(0, event_config(self->fd, b, 0, 2));
	ASSERT_EQ(0, event_config(second, b, 0, 0));
	ring(1, 0);
	EXPECT_TRUE(event_wait(a, 1000));
	EXPECT_LE(1, event_count(a));
	EXPECT_TRUE(event_wait(b, 1000));
	EXPECT_LE(1, event_count(b));
	ring(1, 2);
	EXPECT_TRUE(event_wait(b, 1000));
	EXPECT_EQ(0, event_count(a));

	EXPECT_EQ(-1, event_config(self->fd, b, 0, 0));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(-1, event_config(self->fd, b, BAO_IPC_EVENTFD_DEASSIGN, 0));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, event_config(self->fd, a, BAO_IPC_EVENTFD_DEASSIGN, 1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, event_config(self->fd, a, BAO_IPC_EVENTFD_DEASSIGN, 0));
	close(second);
	event_count(b);
	ring(1, 0);
	EXPECT_TRUE(readable(self->fd, 1000));
	EXPECT_EQ(0, event_count(a));
	EXPECT_EQ(0, event_count(b));
	close(a);
	close(b);
}

TEST_F(ipc, eventfd_bad_input)
{
	int a = event_fd(), null = open("/dev/null", O_RDWR);
	struct bao_ipc_eventfd args = { .fd = a, .reserved = 1 };

	EXPECT_EQ(-1, ioctl(self->fd, BAO_IPC_EVENTFD, &args));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, event_config(self->fd, a, 2, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, event_config(self->fd, a, 0, EVENTS));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, event_config(self->fd, a, 0, ~0U));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, event_config(self->fd, null, 0, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, event_config(self->fd, -1, 0, 0));
	EXPECT_EQ(EBADF, errno);
	ring(1, 0);
	EXPECT_TRUE(readable(self->fd, 1000));
	EXPECT_EQ(0, event_count(a));
	close(a);
	close(null);
}

TEST_F(ipc, eventfd_limit)
{
	int a = event_fd();
	uint64_t sum = 0;
	unsigned int i;
	int fds[257];

	/* One for each file and event; so many files. */
	for (i = 0; i < 256; i++) {
		fds[i] = channel_open(1);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ(0, event_config(fds[i], a, 0, 0));
	}
	fds[256] = channel_open(1);
	EXPECT_EQ(-1, event_config(fds[256], a, 0, 0));
	EXPECT_EQ(ENOSPC, errno);
	close(fds[0]);
	EXPECT_EQ(0, event_config(fds[256], a, 0, 0));
	ring(1, 0);
	while (sum < 256 && event_wait(a, 5000))
		sum += event_count(a);
	EXPECT_LE(256, sum);
	for (i = 1; i < 257; i++)
		close(fds[i]);
	close(a);
}

static void *map(int fd, int prot, size_t offset, size_t len)
{
	return mmap(NULL, len, prot, MAP_SHARED, fd, (off_t)offset);
}

TEST_F(ipc, mmap)
{
	const int rw = PROT_READ | PROT_WRITE;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *all, *out;

	all = map(self->fd, PROT_READ, 0, IPC_SIZE);
	ASSERT_NE(MAP_FAILED, (void *)all);
	out = map(self->fd, rw, CHANNEL_SIZE, CHANNEL_SIZE);
	ASSERT_NE(MAP_FAILED, (void *)out);
	out[3] = 0x44;
	EXPECT_EQ(0x44, self->write_side[3]);
	EXPECT_EQ(0x44, all[CHANNEL_SIZE + 3]);
	self->read_side[7] = 0x55;
	EXPECT_EQ(0x55, all[7]);

	/* The peer's half, and what belongs to nobody. */
	EXPECT_EQ(MAP_FAILED, map(self->fd, rw, 0, page));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, rw, 0, 2 * CHANNEL_SIZE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, rw, CHANNEL_SIZE - page, 2 * page));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, rw, 2 * CHANNEL_SIZE, page));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, PROT_WRITE, 0, page));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(all, page, rw));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(all + CHANNEL_SIZE, page, rw));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, mprotect(out, page, PROT_READ));
	EXPECT_EQ(0, mprotect(out, page, rw));

	EXPECT_EQ(MAP_FAILED, mmap(NULL, page, PROT_READ, MAP_PRIVATE,
				   self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, PROT_READ, 0, IPC_SIZE + page));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, PROT_READ, IPC_SIZE, page));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, PROT_READ, IPC_SIZE + page, page));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, PROT_READ, 1, page));
	EXPECT_EQ(EINVAL, errno);
	munmap(all, IPC_SIZE);
	munmap(out, CHANNEL_SIZE);
}

TEST_F(ipc, file_opened_for_reading)
{
	int fd = open("/dev/baoipc1", O_RDONLY | O_CLOEXEC);
	char *in;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, write(fd, "x", 1));
	EXPECT_EQ(EBADF, errno);
	in = map(fd, PROT_READ, 0, IPC_SIZE);
	ASSERT_NE(MAP_FAILED, (void *)in);
	self->read_side[9] = 0x12;
	EXPECT_EQ(0x12, in[9]);
	EXPECT_EQ(-1, mprotect(in + CHANNEL_SIZE, CHANNEL_SIZE,
			       PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, map(fd, PROT_READ | PROT_WRITE, CHANNEL_SIZE,
				  CHANNEL_SIZE));
	EXPECT_EQ(EACCES, errno);
	munmap(in, IPC_SIZE);
	close(fd);
}

TEST_F(ipc, mapping_survives_unbind)
{
	char *out = map(self->fd, PROT_READ | PROT_WRITE, CHANNEL_SIZE,
			CHANNEL_SIZE);

	ASSERT_NE(MAP_FAILED, (void *)out);
	ASSERT_EQ(0, driver_unbind(&self->dev));
	out[1] = 9;
	EXPECT_EQ(9, self->write_side[1]);
	EXPECT_EQ(MAP_FAILED, map(self->fd, PROT_READ, 0, CHANNEL_SIZE));
	EXPECT_EQ(ENODEV, errno);
	munmap(out, CHANNEL_SIZE);
}

TEST_F(ipc, gone)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLIN };
	struct bao_ipc_events events;
	char buf[4];

	ASSERT_EQ(0, device_destroy(&self->dev));
	EXPECT_EQ(-1, read(self->fd, buf, 4));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, write(self->fd, buf, 4));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, notify(self->fd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, get_events(self->fd, &events));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_NE(0, pfd.revents & POLLHUP);
	EXPECT_EQ(-1, channel_open(1));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(ipc, without_interrupts)
{
	struct pollfd pfd = { .events = POLLIN | POLLOUT };
	struct bao_ipc_info info = { 0 };
	struct bao_ipc_events events;
	struct fakehv_device dev;
	int a = event_fd();

	ASSERT_TRUE(channel_create(&dev, 2, 0));
	pfd.fd = channel_open(2);
	ASSERT_LE(0, pfd.fd);
	ASSERT_EQ(0, ioctl(pfd.fd, BAO_IPC_GET_INFO, &info));
	EXPECT_EQ(0, info.num_events);
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(POLLOUT, pfd.revents);
	EXPECT_EQ(-1, get_events(pfd.fd, &events));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(-1, event_config(pfd.fd, a, 0, 0));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(2, write(pfd.fd, "hi", 2));
	EXPECT_EQ(1, hv_counters().ipc_notified[2][0]);
	close(pfd.fd);
	close(a);
}

TEST_F(ipc, interrupt_that_cannot_be_had)
{
	struct fakehv_device dev;
	int fd, log = kmsg_open();

	/* The second of three is wrong, as in published device trees. */
	channel_init(&dev, 2, 1);
	device_res(&dev, FAKEHV_RES_IRQ_ABS, 99999, 0);
	device_res(&dev, FAKEHV_RES_IPC_IRQ, 2 * FAKEHV_MAX_EVENTS + 2, 0);
	ASSERT_TRUE(device_create(&dev));
	EXPECT_TRUE(kmsg_find(log, dev.dev_name, "interrupt"));
	fd = channel_open(2);
	ASSERT_LE(0, fd);
	ring(2, 2);
	EXPECT_TRUE(readable(fd, 1000));
	EXPECT_LE(1, count_of(fd, 2));
	ring(2, 0);
	EXPECT_TRUE(readable(fd, 1000));
	EXPECT_LE(1, count_of(fd, 0));
	close(fd);
	close(log);
}

TEST_F(ipc, interrupts_none_of_which_exists)
{
	static const char *const names[] = {
		"interrupts", "interrupts-extended",
	};
	int log = kmsg_open();
	struct bao_ipc_info info;
	struct fakehv_device dev;
	const uint32_t cell = 0;
	unsigned int i;
	int fd;

	/* As with a device tree that counts from the wrong number. */
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		channel_init(&dev, 2, 0);
		device_res(&dev, FAKEHV_RES_IRQ_NONE, 0, 0);
		device_res(&dev, FAKEHV_RES_IRQ_NONE, 0, 0);
		device_u32(&dev, names[i], 1, &cell);
		ASSERT_TRUE(device_create(&dev));
		EXPECT_TRUE(kmsg_find(log, dev.dev_name, "no entry is usable"));
		fd = channel_open(2);
		ASSERT_LE(0, fd);
		memset(&info, 0, sizeof(info));
		ASSERT_EQ(0, ioctl(fd, BAO_IPC_GET_INFO, &info));
		EXPECT_EQ(0, info.num_events);
		EXPECT_EQ(2, write(fd, "hi", 2));
		EXPECT_EQ(i + 1, hv_counters().ipc_notified[2][0]);
		close(fd);
		ASSERT_EQ(0, device_destroy(&dev));
	}
	/* Who describes none does not want any, and is not told. */
	channel_init(&dev, 2, 0);
	ASSERT_TRUE(device_create(&dev));
	EXPECT_FALSE(kmsg_find(log, dev.dev_name, "interrupts"));
	close(log);
}

TEST_F(ipc, interrupt_that_does_not_exist_ahead_of_one_that_does)
{
	struct fakehv_device dev;
	int fd, log = kmsg_open();

	/* Events keep the numbers of their entries. */
	channel_init(&dev, 2, 0);
	device_res(&dev, FAKEHV_RES_IRQ_NONE, 0, 0);
	device_res(&dev, FAKEHV_RES_IPC_IRQ, 2 * FAKEHV_MAX_EVENTS + 1, 0);
	ASSERT_TRUE(device_create(&dev));
	EXPECT_TRUE(kmsg_find(log, dev.dev_name, "without event 0"));
	EXPECT_EQ(2, attr_get(&dev, "ipc/num_events"));
	fd = channel_open(2);
	ASSERT_LE(0, fd);
	ring(2, 1);
	EXPECT_TRUE(readable(fd, 1000));
	EXPECT_LE(1, count_of(fd, 1));
	close(fd);
	close(log);
}

TEST_F(ipc, split_form)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const uint64_t start = IPC_START + 2 * IPC_SIZE;
	struct bao_ipc_info info = { 0 };
	struct fakehv_device dev;
	char *all, *out, *peer;
	uint32_t id = 2;
	int fd;

	/* The write region lies ahead of the read region. */
	device_init(&dev, CHANNEL);
	device_mem(&dev, start + CHANNEL_SIZE, CHANNEL_SIZE, "read");
	device_mem(&dev, start, CHANNEL_SIZE / 2, "write");
	device_u32(&dev, "bao,id", 1, &id);
	ASSERT_TRUE(device_create(&dev));
	fd = channel_open(2);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, BAO_IPC_GET_INFO, &info));
	EXPECT_EQ(0, info.read_offset);
	EXPECT_EQ(CHANNEL_SIZE, info.read_size);
	EXPECT_EQ(CHANNEL_SIZE, info.write_offset);
	EXPECT_EQ(CHANNEL_SIZE / 2, info.write_size);
	EXPECT_EQ(CHANNEL_SIZE * 3 / 2, info.map_size);

	peer = hv_map(start, 2 * CHANNEL_SIZE);
	EXPECT_EQ(4, pwrite(fd, "abcd", 4, 8));
	EXPECT_EQ(0, memcmp(peer + 8, "abcd", 4));
	all = map(fd, PROT_READ, 0, (size_t)info.map_size);
	ASSERT_NE(MAP_FAILED, (void *)all);
	EXPECT_EQ(0, memcmp(all + CHANNEL_SIZE + 8, "abcd", 4));
	peer[CHANNEL_SIZE + 5] = 0x66;
	EXPECT_EQ(0x66, all[5]);
	out = map(fd, PROT_READ | PROT_WRITE, CHANNEL_SIZE, CHANNEL_SIZE / 2);
	ASSERT_NE(MAP_FAILED, (void *)out);
	out[0] = 0x67;
	EXPECT_EQ(0x67, peer[0]);
	EXPECT_EQ(MAP_FAILED, map(fd, PROT_READ | PROT_WRITE,
				  CHANNEL_SIZE - page, 2 * page));
	EXPECT_EQ(EACCES, errno);
	munmap(all, (size_t)info.map_size);
	munmap(out, CHANNEL_SIZE / 2);
	munmap(peer, 2 * CHANNEL_SIZE);
	close(fd);
}

TEST_F(ipc, channels_that_share_a_page_with_others)
{
	const uint32_t rd[] = { 0, 100 }, wr[] = { 100, CHANNEL_SIZE };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct bao_ipc_info info = { 0 };
	struct fakehv_device dev;
	uint32_t id = 2;
	int fd;

	device_init(&dev, CHANNEL);
	device_mem(&dev, IPC_START + 2 * IPC_SIZE, IPC_SIZE, NULL);
	device_u32(&dev, "read-channel", 2, rd);
	device_u32(&dev, "write-channel", 2, wr);
	device_u32(&dev, "id", 1, &id);
	ASSERT_TRUE(device_create(&dev));
	fd = channel_open(2);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, BAO_IPC_GET_INFO, &info));
	EXPECT_EQ(page, info.writable_offset);
	EXPECT_EQ(CHANNEL_SIZE - page, info.writable_size);
	EXPECT_EQ(MAP_FAILED, map(fd, PROT_READ | PROT_WRITE, 0, 2 * page));
	EXPECT_EQ(EACCES, errno);
	/* Its last page is shared with what comes behind the channel. */
	EXPECT_EQ(MAP_FAILED, map(fd, PROT_WRITE, CHANNEL_SIZE, page));
	EXPECT_EQ(EACCES, errno);
	EXPECT_NE(MAP_FAILED, map(fd, PROT_READ | PROT_WRITE, page,
				  CHANNEL_SIZE - page));
	close(fd);
}

TEST_F(ipc, region_that_is_not_page_aligned)
{
	const uint32_t rd[] = { 0, 64 }, wr[] = { 64, 64 };
	struct bao_ipc_info info = { 0 };
	struct fakehv_device dev;
	uint32_t id = 2;
	int fd;

	device_init(&dev, CHANNEL);
	device_mem(&dev, IPC_START + 2 * IPC_SIZE + 512, 512, NULL);
	device_u32(&dev, "read-channel", 2, rd);
	device_u32(&dev, "write-channel", 2, wr);
	device_u32(&dev, "id", 1, &id);
	ASSERT_TRUE(device_create(&dev));
	fd = channel_open(2);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, BAO_IPC_GET_INFO, &info));
	EXPECT_EQ(0, info.map_size);
	EXPECT_EQ(0, info.writable_size);
	EXPECT_EQ(MAP_FAILED, map(fd, PROT_READ, 0, 512));
	EXPECT_EQ(ENXIO, errno);
	EXPECT_EQ(2, write(fd, "ok", 2));
	close(fd);
}

struct peer {
	volatile uint32_t *word;
	unsigned int rounds;
};

static void *ringing_peer(void *data)
{
	struct peer *peer = data;
	unsigned int i;

	for (i = 1; i <= peer->rounds; i++) {
		*peer->word = i;
		__sync_synchronize();
		hv_ring(FAKEHV_IPC, 1, i % EVENTS);
		/* Pauses of all lengths, so that all orders come up. */
		if (i % 50 == 0)
			sleep_ms(i / 50 % 3);
	}
	return NULL;
}

TEST_F_TIMEOUT(ipc, last_doorbell_is_always_seen, 300)
{
	struct peer peer = { (uint32_t *)self->read_side, 1000 };
	struct bao_ipc_events events;
	pthread_t thread;
	uint32_t word;
	int round;

	for (round = 0; round < 10; round++) {
		*peer.word = 0;
		word = 0;
		get_events(self->fd, &events);
		ASSERT_EQ(0, pthread_create(&thread, NULL, ringing_peer,
					    &peer));
		while (word != peer.rounds) {
			ASSERT_TRUE(readable(self->fd, 5000));
			ASSERT_EQ(0, get_events(self->fd, &events));
			ASSERT_EQ(4, pread(self->fd, &word, 4, 0));
		}
		pthread_join(thread, NULL);
	}
}

TEST_F(ipc, own_flood_is_limited_and_the_last_one_arrives)
{
	uint64_t before, start = now_ms();
	unsigned int i;

	parameter_set("doorbell_rate", "100");
	for (i = 0; i < 3000; i++)
		ASSERT_EQ(0, notify(self->fd, 1));
	before = notified(1);
	EXPECT_GT(DOORBELL_BURST + (now_ms() - start) / 10 + 10, before);
	ASSERT_EQ(0, notify(self->fd, 1));
	EXPECT_LT(0, attr_get(&self->dev, "ipc/doorbells_deferred"));
	EXPECT_EQ(0, hv_wait(FAKEHV_IPC, 1, 1, before, 2000));
}

/* How many of so many events the peer has got. */
static uint64_t all_notified(unsigned int num)
{
	struct fakehv_counters c = hv_counters();
	uint64_t sum = 0;

	while (num--)
		sum += c.ipc_notified[1][num];
	return sum;
}

TEST_F_TIMEOUT(ipc, tokens_are_counted, 60)
{
	uint64_t start, sum, passed;
	long long deferred;
	unsigned int i;

	/* A token takes 200 ms, and there are at most five. */
	parameter_set("doorbell_rate", "5");
	parameter_set("doorbell_burst", "5");
	sleep_ms(1500);
	start = now_ms();
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, notify(self->fd, i));
	sum = all_notified(10);
	passed = now_ms() - start;
	EXPECT_LE(5, sum);
	EXPECT_GE(5 + passed / 200, sum);
	for (i = 0; i < 300 && all_notified(10) < 10; i++)
		sleep_ms(10);
	passed = now_ms() - start;
	EXPECT_EQ(10, all_notified(10));
	EXPECT_LE(990, passed);
	EXPECT_GE(4000, passed);
	EXPECT_EQ(10, attr_get(&self->dev, "ipc/notifies"));
	/* Some of those may have been sent when the sum was taken. */
	deferred = attr_get(&self->dev, "ipc/doorbells_deferred");
	EXPECT_LE(10 - (long long)sum, deferred);
	EXPECT_GE(5, deferred);
}

TEST_F(ipc, limits_of_nothing)
{
	uint64_t before = notified(1);

	/* Neither divides by 0 nor waits for ever: one each second. */
	parameter_set("doorbell_rate", "0");
	parameter_set("doorbell_burst", "0");
	EXPECT_EQ(0, notify(self->fd, 1));
	EXPECT_EQ(0, hv_wait(FAKEHV_IPC, 1, 1, before, 5000));
	/* Five tokens of a second each do not fit in 32 bits. */
	parameter_set("doorbell_rate", "1");
	parameter_set("doorbell_burst", "5");
	EXPECT_EQ(0, notify(self->fd, 1));
	EXPECT_EQ(0, hv_wait(FAKEHV_IPC, 1, 1, before + 1, 5000));
}

TEST_F(ipc, deferred_is_rung_before_the_driver_goes)
{
	uint64_t before;

	parameter_set("doorbell_rate", "1");
	while (!attr_get(&self->dev, "ipc/doorbells_deferred"))
		ASSERT_EQ(0, notify(self->fd, 1));
	before = notified(1);
	ASSERT_EQ(0, driver_unbind(&self->dev));
	EXPECT_EQ(before + 1, notified(1));
}

TEST_F(ipc, attributes_of_each_event)
{
	unsigned int event, num[EVENTS] = { 0 };
	unsigned long long count;
	char path[128];
	FILE *file;

	EXPECT_EQ(0, attr_get(&self->dev, "ipc/interrupts"));
	ring(1, 0);
	ring(1, 0);
	ring(1, 2);
	EXPECT_TRUE(attr_wait(&self->dev, "ipc/interrupts", "3", 10000));
	snprintf(path, sizeof(path), "/sys/bus/platform/devices/%s/ipc/events",
		 self->dev.dev_name);
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	while (fscanf(file, "%u %llu", &event, &count) == 2) {
		ASSERT_GT(EVENTS, event);
		num[event] = (unsigned int)count;
	}
	fclose(file);
	EXPECT_LE(2, num[0]);
	EXPECT_EQ(0, num[1]);
	EXPECT_LE(1, num[2]);
}

TEST_HARNESS_MAIN
