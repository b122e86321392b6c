// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading bao.ko. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "lib.h"

static int module_insert(const char *path, const char *arguments)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = (int)syscall(SYS_finit_module, fd, arguments, 0);

	close(fd);
	return ret;
}

static int module_remove(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

/* How many hold fakehv; -1 if nobody knows. */
static int backend_users(void)
{
	FILE *file = fopen("/sys/module/fakehv/refcnt", "re");
	int users = -1;

	if (file) {
		if (fscanf(file, "%d", &users) != 1)
			users = -1;
		fclose(file);
	}
	return users;
}

FIXTURE(module) {
	char arguments[96];
};

FIXTURE_SETUP(module)
{
	struct fakehv_window window;

	hv_reset();
	window = hv_window();
	snprintf(self->arguments, sizeof(self->arguments),
		 "base=0x%llx size=0x%llx", window.base, window.size);
}

FIXTURE_TEARDOWN(module)
{
	/* Whatever failed, the other programs find both modules. */
	module_insert("/bao.ko", "");
	module_insert("/fakehv.ko", self->arguments);
}

TEST_F(module, files_pin_it)
{
	struct fakehv_device dev;
	int dm, ipc;

	ASSERT_TRUE(dispatcher_create(&dev, 1));
	dm = dm_open(0);
	ASSERT_LE(0, dm);
	/* A bound device pins its backend. */
	close(hv);
	EXPECT_EQ(-1, module_remove("fakehv"));
	EXPECT_TRUE(errno == EAGAIN || errno == EBUSY);
	hv = -1;
	hv_open();
	ASSERT_EQ(0, device_destroy(&dev));
	ASSERT_TRUE(channel_create(&dev, 0, 1));
	ipc = channel_open(0);
	ASSERT_LE(0, ipc);
	ASSERT_EQ(0, device_destroy(&dev));
	close(hv);
	hv = -1;
	ASSERT_EQ(0, module_remove("fakehv"));
	EXPECT_EQ(-1, module_remove("bao"));
	EXPECT_TRUE(errno == EAGAIN || errno == EBUSY);
	close(dm);
	EXPECT_EQ(-1, module_remove("bao"));
	close(ipc);
	EXPECT_EQ(0, module_remove("bao"));
}

TEST_F(module, a_bound_device_pins_the_backend)
{
	struct fakehv_device dev;
	int users;

	/* Without interrupts: each of them pins what makes it, too. */
	ASSERT_TRUE(channel_create(&dev, 0, 0));
	users = backend_users();
	ASSERT_LE(1, users);
	ASSERT_EQ(0, driver_unbind(&dev));
	EXPECT_EQ(users - 1, backend_users());
	ASSERT_EQ(0, driver_bind(&dev, CHANNEL));
	EXPECT_EQ(users, backend_users());
	EXPECT_EQ(0, device_destroy(&dev));
}

TEST_F(module, again_and_again)
{
	struct fakehv_device dev;
	int i, dm;

	for (i = 0; i < 5; i++) {
		ASSERT_TRUE(dispatcher_create(&dev, 2));
		dm = dm_open(1);
		ASSERT_LE(0, dm);
		close(dm);
		hv_reset();
		close(hv);
		hv = -1;
		ASSERT_EQ(0, module_remove("fakehv"));
		ASSERT_EQ(0, module_remove("bao"));
		ASSERT_EQ(0, module_insert("/bao.ko", "poll_ms=500"));
		EXPECT_EQ(-1, module_insert("/bao.ko", ""));
		EXPECT_EQ(EEXIST, errno);
		ASSERT_EQ(0, module_insert("/fakehv.ko", self->arguments));
		hv_open();
	}
}

static int backend(enum fakehv_backend what)
{
	return ioctl(hv, FAKEHV_BACKEND, what);
}

TEST_F(module, one_hypervisor_at_a_time)
{
	struct fakehv_device dev;

	EXPECT_EQ(-1, backend(FAKEHV_BACKEND_OTHER_IN));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, backend(FAKEHV_BACKEND_OTHER_OUT));
	EXPECT_EQ(ENOENT, errno);
	/* Least of all while a device is bound. */
	ASSERT_TRUE(dispatcher_create(&dev, 1));
	EXPECT_EQ(-1, backend(FAKEHV_BACKEND_OTHER_IN));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, backend(FAKEHV_BACKEND_OUT));
	EXPECT_EQ(EBUSY, errno);
	ASSERT_EQ(0, device_destroy(&dev));

	EXPECT_EQ(0, backend(FAKEHV_BACKEND_OUT));
	EXPECT_EQ(0, backend(FAKEHV_BACKEND_OTHER_IN));
	EXPECT_EQ(-1, backend(FAKEHV_BACKEND_IN));
	EXPECT_EQ(EBUSY, errno);
	/* It is the one that is asked, and it is not Bao. */
	EXPECT_FALSE(dispatcher_create(&dev, 1));
	ASSERT_EQ(0, device_destroy(&dev));
	EXPECT_EQ(0, backend(FAKEHV_BACKEND_OTHER_OUT));
	EXPECT_EQ(0, backend(FAKEHV_BACKEND_IN));
	EXPECT_TRUE(dispatcher_create(&dev, 1));
	EXPECT_EQ(0, device_destroy(&dev));
}

TEST_F(module, a_mapping_keeps_it)
{
	struct fakehv_device dev;
	char *map;
	int dm;

	ASSERT_TRUE(dispatcher_create(&dev, 1));
	dm = dm_open(0);
	map = mmap(NULL, DM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, dm, 0);
	ASSERT_NE(MAP_FAILED, (void *)map);
	close(dm);
	hv_reset();
	close(hv);
	hv = -1;
	ASSERT_EQ(0, module_remove("fakehv"));
	EXPECT_EQ(-1, module_remove("bao"));
	map[0] = 1;
	munmap(map, DM_SIZE);
	EXPECT_EQ(0, module_remove("bao"));
}

TEST_HARNESS_MAIN
