// SPDX-License-Identifier: GPL-2.0-only
/*
 * A daemon that knows nothing but the interface that was published first: its
 * codes and structs stand here as numbers, not in a header of ours. What such a
 * daemon does has to work for ever.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib.h"

#define WINDOW		0xa003e00ULL
#define STATUS		(WINDOW + 0x70)
#define QUEUE_NOTIFY	(WINDOW + 0x50)
#define MAGIC		WINDOW
#define CONFIG		(WINDOW + 0x100)
#define DRIVER_OK	0x0f

struct old_info {
	uint32_t id;
	uint64_t shmem_addr;
	uint64_t shmem_size;
	uint32_t irq;
	int32_t fd;
};

struct old_request {
	uint64_t dm_id;
	uint64_t addr;
	uint64_t op;
	uint64_t value;
	uint64_t access_width;
	uint64_t request_id;
};

struct old_ioeventfd {
	uint32_t fd;
	uint32_t flags;
	uint64_t addr;
	uint32_t len;
	uint32_t reserved;
	uint64_t data;
};

struct old_irqfd {
	int32_t fd;
	uint32_t flags;
};

_Static_assert(sizeof(struct old_info) == 32, "info");
_Static_assert(sizeof(struct old_request) == 48, "request");
_Static_assert(sizeof(struct old_ioeventfd) == 32, "ioeventfd");
_Static_assert(sizeof(struct old_irqfd) == 8, "irqfd");

#define OLD_GET_INFO	0xC020A601UL
#define OLD_ATTACH	0xC030A602UL
#define OLD_COMPLETE	0x4030A603UL
#define OLD_IOEVENTFD	0x4020A604UL
#define OLD_IRQFD	0x4008A605UL

struct old_daemon {
	int fd;
	char *memory;
	uint64_t size;
	int kick;
	int call;
};

/* As the published daemon starts; a status for its exit when it fails. */
static int old_start(struct old_daemon *d, uint32_t dm)
{
	struct old_irqfd irqfd;
	struct old_info info;
	int control = open("/dev/bao-io-dispatcher", O_RDWR);

	if (control < 0)
		return 10;
	memset(&info, 0xee, sizeof(info));
	info.id = dm;
	if (ioctl(control, OLD_GET_INFO, &info) < 0)
		return 11;
	d->fd = info.fd;
	d->size = info.shmem_size;
	/* It asks for the size of the file first. */
	if (lseek(d->fd, 0, SEEK_END) < (off_t)info.shmem_size ||
	    lseek(d->fd, 0, SEEK_SET))
		return 12;
	d->memory = mmap(NULL, (size_t)d->size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, d->fd, 0);
	if (d->memory == MAP_FAILED)
		return 13;
	d->call = eventfd(0, 0);
	d->kick = eventfd(0, EFD_NONBLOCK);
	irqfd.fd = d->call;
	irqfd.flags = 0;
	if (ioctl(d->fd, OLD_IRQFD, &irqfd) < 0)
		return 14;
	close(control);
	return 0;
}

/* When the driver is ready, inside that very request. */
static int old_driver_ok(struct old_daemon *d)
{
	struct old_ioeventfd args = {
		.fd = (uint32_t)d->kick, .flags = 1 << 1,
		.addr = QUEUE_NOTIFY, .len = 4, .data = 0,
	};

	return ioctl(d->fd, OLD_IOEVENTFD, &args) < 0 ? 15 : 0;
}

static int old_serve_one(struct old_daemon *d)
{
	struct old_request req;
	int ret = 0;

	memset(&req, 0xee, sizeof(req));
	if (ioctl(d->fd, OLD_ATTACH, &req) < 0)
		return 16;
	if (req.op == 1)
		/* It ignores the width: four bytes come, whatever is read. */
		req.value = req.addr == MAGIC ? 0x74726976 : 0xa1b2c3d4;
	else if (req.op == 0 && req.addr == STATUS && req.value == DRIVER_OK)
		ret = old_driver_ok(d);
	else if (req.op != 0)
		ret = 17;
	if (ret)
		return ret;
	return ioctl(d->fd, OLD_COMPLETE, &req) < 0 ? 18 : 0;
}

/* Answers kicks with interrupts, as its data plane does. */
static void *old_data_plane(void *data)
{
	struct pollfd pfd = { .events = POLLIN };
	struct old_daemon *d = data;
	uint64_t one = 1, count;

	pfd.fd = d->kick;
	while (poll(&pfd, 1, -1) == 1) {
		if (read(d->kick, &count, 8) != 8)
			continue;
		d->memory[d->size - 1]++;
		if (write(d->call, &one, 8) != 8)
			_exit(19);
	}
	return NULL;
}

static void old_daemon_main(uint32_t dm, int ready, int socket)
{
	struct old_daemon d;
	pthread_t thread;
	char byte = 0;
	int ret = old_start(&d, dm);

	if (ret)
		_exit(ret);
	if (socket >= 0) {
		union {
			struct cmsghdr header;
			char space[CMSG_SPACE(sizeof(int))];
		} control = {
			.header = {
				.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
			},
		};
		struct iovec iov = { &byte, 1 };
		struct msghdr msg = {
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = &control,
			.msg_controllen = sizeof(control),
		};

		memcpy(CMSG_DATA(&control.header), &d.fd, sizeof(int));
		if (sendmsg(socket, &msg, 0) != 1)
			_exit(20);
	}
	if (pthread_create(&thread, NULL, old_data_plane, &d))
		_exit(21);
	if (write(ready, &byte, 1) != 1)
		_exit(22);
	while (!ret)
		ret = old_serve_one(&d);
	_exit(ret);
}

static pid_t old_daemon_fork(uint32_t dm, int socket)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		old_daemon_main(dm, ready[1], socket);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

static void old_daemon_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

FIXTURE(published) {
	struct fakehv_device dev;
};

FIXTURE_SETUP(published)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 3));
}

FIXTURE_TEARDOWN(published)
{
	hv_reset();
}

static void kick_device(struct __test_metadata *_metadata, unsigned int dm)
{
	char *memory = hv_map(DM_START(dm), DM_SIZE);
	uint64_t seen = hv_counters().dm_notified[dm];
	char before = memory[DM_SIZE - 1];
	struct frontend f;

	frontend_write(&f, dm, QUEUE_NOTIFY, 4, 0);
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, dm, 0, seen, 3000));
	EXPECT_EQ((char)(before + 1), memory[DM_SIZE - 1]);
	munmap(memory, DM_SIZE);
}

/* What a frontend's driver does at start, and one transfer. */
static void use_device(struct __test_metadata *_metadata, unsigned int dm)
{
	struct frontend f;

	frontend_read(&f, dm, MAGIC, 4);
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(0x74726976, f.access.value);
	/* One byte of the configuration: no more may reach the register. */
	frontend_read(&f, dm, CONFIG, 1);
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(0xd4, f.access.value);
	frontend_write(&f, dm, STATUS, 4, DRIVER_OK);
	ASSERT_TRUE(frontend_join(&f));
	kick_device(_metadata, dm);
}

TEST_F(published, runs_unmodified)
{
	pid_t pid = old_daemon_fork(1, -1);
	struct frontend f;

	ASSERT_LT(0, pid);
	use_device(_metadata, 1);
	EXPECT_EQ(1, attr_get(&self->dev, "dm1/ioeventfd_hits"));
	/* A queue that it did not register comes to it. */
	frontend_write(&f, 1, QUEUE_NOTIFY, 4, 1);
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(1, attr_get(&self->dev, "dm1/ioeventfd_hits"));
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	old_daemon_kill(pid);
}

TEST_F(published, three_at_once)
{
	pid_t pid[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		pid[i] = old_daemon_fork(i, -1);
		ASSERT_LT(0, pid[i]);
	}
	for (i = 0; i < 3; i++)
		use_device(_metadata, i);
	for (i = 0; i < 3; i++)
		old_daemon_kill(pid[i]);
}

TEST_F(published, successor_takes_over)
{
	unsigned int i;
	pid_t pid;

	for (i = 0; i < 5; i++) {
		pid = old_daemon_fork(0, -1);
		ASSERT_LT(0, pid);
		/* Its ioeventfd is not in the way of the next one's. */
		use_device(_metadata, 0);
		old_daemon_kill(pid);
	}
}

TEST_F(published, helper_with_the_descriptor_outlives_it)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = { 0 };
	struct iovec iov;
	char byte, *memory;
	int sockets[2];
	pid_t pid;
	int fd;

	/* This process is the helper, a vhost-user backend for one. */
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	pid = old_daemon_fork(0, sockets[1]);
	ASSERT_LT(0, pid);
	iov = (struct iovec){ &byte, 1 };
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	ASSERT_EQ(1, recvmsg(sockets[0], &msg, 0));
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	memory = mmap(NULL, DM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)memory);
	use_device(_metadata, 0);
	old_daemon_kill(pid);

	/* Descriptor and mapping are still here, and in nobody's way. */
	pid = old_daemon_fork(0, -1);
	ASSERT_LT(0, pid);
	use_device(_metadata, 0);
	memory[0] = 1;
	close(fd);
	kick_device(_metadata, 0);
	munmap(memory, DM_SIZE);
	old_daemon_kill(pid);
}

TEST_HARNESS_MAIN
