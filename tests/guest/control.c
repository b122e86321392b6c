// SPDX-License-Identifier: GPL-2.0-only
/* The control node: opening device models. */

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "lib.h"

_Static_assert(BAO_DM_GET_INFO == 0xC020A601, "GET_INFO");
_Static_assert(BAO_DM_ATTACH == 0xC030A602, "ATTACH");
_Static_assert(BAO_DM_COMPLETE == 0x4030A603, "COMPLETE");
_Static_assert(BAO_DM_IOEVENTFD == 0x4020A604, "IOEVENTFD");
_Static_assert(BAO_DM_IRQFD == 0x4008A605, "IRQFD");

FIXTURE(control) {
	struct fakehv_device dev;
	int fd;
};

FIXTURE_SETUP(control)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	self->fd = open(CONTROL_NODE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(control)
{
	close(self->fd);
	hv_reset();
}

TEST_F(control, node_is_private)
{
	struct stat st;

	ASSERT_EQ(0, stat(CONTROL_NODE, &st));
	EXPECT_EQ(S_IFCHR | 0600, st.st_mode);
}

TEST_F(control, node_lives_with_the_device_models)
{
	close(self->fd);
	self->fd = -1;
	ASSERT_EQ(0, device_destroy(&self->dev));
	EXPECT_EQ(-1, open(CONTROL_NODE, O_RDWR));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(control, get_info_ignores_everything_but_the_id)
{
	struct fakehv_window window = hv_window();
	struct bao_dm_info info;

	memset(&info, 0xff, sizeof(info));
	info.id = 1;
	ASSERT_EQ(0, ioctl(self->fd, BAO_DM_GET_INFO, &info));
	EXPECT_EQ(1, info.id);
	EXPECT_EQ(0, info.reserved);
	EXPECT_EQ(window.base + DM_START(1), info.shmem_addr);
	EXPECT_EQ(DM_SIZE, info.shmem_size);
	EXPECT_LT(0, info.irq);
	EXPECT_EQ(FD_CLOEXEC, fcntl(info.fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(info.fd, F_GETFL) & O_ACCMODE);
	close(info.fd);
}

TEST_F(control, unknown_id)
{
	const unsigned int ids[] = { 2, 15, 16, 0x80000000, 0xffffffff };
	unsigned int i, files = open_files();
	struct bao_dm_info info = { 0 };

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		info.id = ids[i];
		EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_GET_INFO, &info));
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EQ(files, open_files());
}

TEST_F(control, bad_pointer_leaks_no_file)
{
	unsigned int files = open_files();
	struct bao_dm_info *ro;
	int next = dup(self->fd);

	EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_GET_INFO, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_GET_INFO, -1UL));
	EXPECT_EQ(EFAULT, errno);

	/* Readable, so that the call gets as far as the answer. */
	ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, ro);
	EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_GET_INFO, ro));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(files + 1, open_files());
	munmap(ro, 4096);
	/* No descriptor stays reserved either. */
	EXPECT_EQ(next + 1, dup(next));

	/* The device model is none the worse. */
	EXPECT_LE(0, dm_open(0));
}

TEST_F(control, no_free_descriptor)
{
	struct bao_dm_info info = { .id = 0 };
	struct rlimit old, none;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	none = old;
	none.rlim_cur = 0;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_GET_INFO, &info));
	EXPECT_EQ(EMFILE, errno);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
}

TEST_F(control, unknown_calls)
{
	const unsigned long calls[] = {
		0, BAO_DM_ATTACH, BAO_DM_COMPLETE, BAO_DM_IOEVENTFD,
		BAO_DM_IRQFD, BAO_DM_GET_STATUS, BAO_IPC_GET_INFO,
		_IOWR(BAO_IOCTL_TYPE, 0x01, char[31]),
		_IO(BAO_IOCTL_TYPE, 0x01), _IO(BAO_IOCTL_TYPE, 0xff),
		_IOWR('x', 0x01, struct bao_dm_info), ~0UL,
	};
	char buf[64] = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		EXPECT_EQ(-1, ioctl(self->fd, calls[i], buf));
		EXPECT_EQ(ENOTTY, errno) TH_LOG("call %#lx", calls[i]);
	}
}

TEST_F(control, unknown_calls_on_a_dm_file)
{
	const unsigned long calls[] = {
		0, BAO_DM_GET_INFO, BAO_IPC_GET_INFO, BAO_IPC_NOTIFY,
		_IO(BAO_IOCTL_TYPE, 0x02), _IO(BAO_IOCTL_TYPE, 0xff),
		_IOW(BAO_IOCTL_TYPE, 0x02, struct bao_request), ~0UL,
	};
	char buf[64] = { 0 };
	unsigned int i;
	int dm = dm_open(0);

	ASSERT_LE(0, dm);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		EXPECT_EQ(-1, ioctl(dm, calls[i], buf));
		EXPECT_EQ(ENOTTY, errno) TH_LOG("call %#lx", calls[i]);
	}
	close(dm);
}

TEST_F(control, bad_pointers_on_a_dm_file)
{
	const unsigned long calls[] = {
		BAO_DM_COMPLETE, BAO_DM_IOEVENTFD, BAO_DM_IRQFD,
		BAO_DM_GET_STATUS,
	};
	unsigned int i;
	int dm = dm_open(0);

	ASSERT_LE(0, dm);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		EXPECT_EQ(-1, ioctl(dm, calls[i], NULL));
		EXPECT_EQ(EFAULT, errno) TH_LOG("call %#lx", calls[i]);
		EXPECT_EQ(-1, ioctl(dm, calls[i], -1UL));
		EXPECT_EQ(EFAULT, errno) TH_LOG("call %#lx", calls[i]);
	}
	close(dm);
}

TEST_F(control, get_status)
{
	struct bao_dm_status status = { 0 };
	int dm = dm_open(1);

	ASSERT_LE(0, dm);
	ASSERT_EQ(0, ioctl(dm, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(1, status.dm_id);
	EXPECT_EQ(0, status.queued);
	EXPECT_EQ(0, status.taken);

	memset(&status, 0, sizeof(status));
	status.flags = 1;
	EXPECT_EQ(-1, ioctl(dm, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(EINVAL, errno);
	memset(&status, 0, sizeof(status));
	status.reserved[3] = 1;
	EXPECT_EQ(-1, ioctl(dm, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(EINVAL, errno);
	close(dm);
}

TEST_F(control, open_and_status_serve_nobody)
{
	struct bao_dm_status status = { 0 };
	struct fakehv_counters before;
	struct frontend f;
	int dm = dm_open(0);

	ASSERT_LE(0, dm);
	before = hv_counters();
	frontend_read(&f, 0, 0x1000, 4);
	ASSERT_EQ(0, ioctl(dm, BAO_DM_GET_STATUS, &status));
	EXPECT_FALSE(frontend_done(&f, 300));
	EXPECT_EQ(before.calls[FAKEHV_CALL_ASK],
		  hv_counters().calls[FAKEHV_CALL_ASK]);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "idle", 0));

	/* The first ATTACH finds what came before. */
	EXPECT_EQ(0, dm_serve_one(dm, 0x55));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(0x55, f.access.value);
	close(dm);
}

TEST_HARNESS_MAIN
