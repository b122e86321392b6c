// SPDX-License-Identifier: GPL-2.0-only
/* The frontend's memory: mmap and lseek of a DM file. */

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib.h"

FIXTURE(dm_mmap) {
	struct fakehv_device dev;
	int fd;
	size_t page;
};

FIXTURE_SETUP(dm_mmap)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	self->fd = dm_open(1);
	ASSERT_LE(0, self->fd);
	self->page = (size_t)sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(dm_mmap)
{
	close(self->fd);
	hv_reset();
}

static void *map(int fd, size_t len, int flags, off_t offset)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, offset);
}

TEST_F(dm_mmap, is_what_the_frontend_sees)
{
	char *mine = map(self->fd, DM_SIZE, MAP_SHARED, 0);
	char *its = hv_map(DM_START(1), DM_SIZE);

	ASSERT_NE(MAP_FAILED, (void *)mine);
	memset(mine, 0x11, DM_SIZE);
	EXPECT_EQ(0x11, its[0]);
	EXPECT_EQ(0x11, its[DM_SIZE - 1]);
	its[DM_SIZE - 1] = 0x22;
	EXPECT_EQ(0x22, mine[DM_SIZE - 1]);
	munmap(mine, DM_SIZE);
	munmap(its, DM_SIZE);
}

TEST_F(dm_mmap, parts_and_twice)
{
	char *a = map(self->fd, DM_SIZE, MAP_SHARED, 0);
	char *b = map(self->fd, self->page, MAP_SHARED,
		      (off_t)(DM_SIZE - self->page));

	ASSERT_NE(MAP_FAILED, (void *)a);
	ASSERT_NE(MAP_FAILED, (void *)b);
	b[5] = 0x33;
	EXPECT_EQ(0x33, a[DM_SIZE - self->page + 5]);
	munmap(a, DM_SIZE);
	munmap(b, self->page);
}

TEST_F(dm_mmap, private)
{
	EXPECT_EQ(MAP_FAILED, map(self->fd, DM_SIZE, MAP_PRIVATE, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, DM_SIZE, PROT_READ, MAP_PRIVATE,
				   self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(dm_mmap, beyond)
{
	const size_t size = DM_SIZE, page = self->page;

	EXPECT_EQ(MAP_FAILED, map(self->fd, size + page, MAP_SHARED, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, size, MAP_SHARED, (off_t)page));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, page, MAP_SHARED, (off_t)size));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, page, MAP_SHARED, 1LL << 62));
	EXPECT_TRUE(errno == EINVAL || errno == EOVERFLOW);
	EXPECT_EQ(MAP_FAILED, map(self->fd, 1, MAP_SHARED, (off_t)size));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(dm_mmap, misaligned)
{
	EXPECT_EQ(MAP_FAILED, map(self->fd, self->page, MAP_SHARED, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, map(self->fd, self->page, MAP_SHARED, 512));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(dm_mmap, lseek)
{
	EXPECT_EQ(DM_SIZE, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(4096, lseek(self->fd, 4096, SEEK_SET));
	EXPECT_EQ(4096, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(-1, lseek(self->fd, -1, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, 1LL << 62, SEEK_CUR));
	EXPECT_EQ(4096, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(dm_mmap, no_read_no_write)
{
	char buf[4];

	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->fd, "abcd", 4));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(dm_mmap, survives_close_and_unbind)
{
	char *mine = map(self->fd, DM_SIZE, MAP_SHARED, 0);

	ASSERT_NE(MAP_FAILED, (void *)mine);
	close(self->fd);
	self->fd = -1;
	mine[0] = 1;
	ASSERT_EQ(0, driver_unbind(&self->dev));
	mine[0] = 2;
	EXPECT_EQ(2, mine[0]);
	ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
	self->fd = dm_open(1);
	ASSERT_LE(0, self->fd);
	munmap(mine, DM_SIZE);
}

TEST_F(dm_mmap, gone_file_maps_nothing)
{
	ASSERT_EQ(0, device_destroy(&self->dev));
	EXPECT_EQ(MAP_FAILED, map(self->fd, DM_SIZE, MAP_SHARED, 0));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(dm_mmap, region_that_is_not_page_aligned)
{
	struct fakehv_device odd;
	int fd;

	ASSERT_EQ(0, device_destroy(&self->dev));
	device_init(&odd, DISPATCHER);
	device_mem(&odd, DM_START(0) + 512, self->page, NULL);
	device_res(&odd, FAKEHV_RES_DM_IRQ, 0, 0);
	ASSERT_TRUE(device_create(&odd));
	fd = dm_open(0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, map(fd, self->page, MAP_SHARED, 0));
	EXPECT_EQ(ENXIO, errno);
	close(fd);

	/* At its end, too: what follows on the page is somebody else's. */
	ASSERT_EQ(0, device_destroy(&odd));
	odd.res[0].start = DM_START(0);
	odd.res[0].size = 2 * self->page + 512;
	ASSERT_TRUE(device_create(&odd));
	fd = dm_open(0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(MAP_FAILED, map(fd, self->page, MAP_SHARED, 0));
	EXPECT_EQ(ENXIO, errno);
	close(fd);
}

TEST_HARNESS_MAIN
