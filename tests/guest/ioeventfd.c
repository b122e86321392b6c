// SPDX-License-Identifier: GPL-2.0-only
/* ioeventfds: what matches, what does not, and what cannot be registered. */

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "lib.h"

#define REG		0xa003e50ULL
#define MATCH		BAO_IOEVENTFD_DATAMATCH
#define DEASSIGN	BAO_IOEVENTFD_DEASSIGN
#define JUNK		0xfedcba9800000000ULL

FIXTURE(ioeventfd) {
	struct fakehv_device dev;
	int fd;		/* the DM file, non-blocking */
	int a, b;	/* eventfds */
};

FIXTURE_SETUP(ioeventfd)
{
	struct bao_request req;

	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	self->fd = dm_open_flags(0, O_NONBLOCK);
	ASSERT_LE(0, self->fd);
	self->a = event_fd();
	self->b = event_fd();
	/* Serve, so that requests are fetched. */
	ASSERT_EQ(-1, dm_attach(self->fd, &req));
	ASSERT_EQ(EAGAIN, errno);
}

FIXTURE_TEARDOWN(ioeventfd)
{
	close(self->fd);
	close(self->a);
	close(self->b);
	hv_reset();
}

/* Whether a write is answered by the kernel; if not, it is served here. */
static bool kernel_answers(int fd, unsigned int op, uint64_t addr,
			   unsigned int width, uint64_t value)
{
	struct frontend f;
	bool kernel;

	frontend_start(&f, 0, op, addr, width, value);
	while (!frontend_done(&f, 0)) {
		if (!dm_serve_one(fd, 0)) {
			frontend_join(&f);
			return false;
		}
		sleep_ms(1);
	}
	kernel = !f.error;
	return kernel;
}

static bool write_hits(int fd, uint64_t addr, unsigned int width,
		       uint64_t value)
{
	return kernel_answers(fd, BAO_REQUEST_WRITE, addr, width, value);
}

TEST_F(ioeventfd, datamatch)
{
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, 7));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 7));
	EXPECT_EQ(1, event_count(self->a));
	/* Bao gives the whole register; above the width there is junk. */
	EXPECT_TRUE(write_hits(self->fd, REG, 4, JUNK | 7));
	EXPECT_EQ(1, event_count(self->a));
	EXPECT_FALSE(write_hits(self->fd, REG, 4, 8));
	EXPECT_FALSE(write_hits(self->fd, REG, 4, 0));
	EXPECT_FALSE(write_hits(self->fd, REG, 2, 7));
	EXPECT_FALSE(write_hits(self->fd, REG, 8, 7));
	EXPECT_FALSE(write_hits(self->fd, REG + 1, 4, 7));
	EXPECT_FALSE(write_hits(self->fd, REG - 1, 4, 7));
	EXPECT_EQ(0, event_count(self->a));
	EXPECT_EQ(2, attr_get(&self->dev, "dm0/ioeventfd_hits"));
}

TEST_F(ioeventfd, data_is_compared_in_its_width)
{
	/* What stands above the width in the registration does not count. */
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 2,
				  0xabcd0005));
	EXPECT_TRUE(write_hits(self->fd, REG, 2, 5));
	EXPECT_TRUE(write_hits(self->fd, REG, 2, 0x12340005));
	EXPECT_FALSE(write_hits(self->fd, REG, 2, 0x0105));
	EXPECT_EQ(2, event_count(self->a));
	/* So this is the same once more. */
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->b, MATCH, REG, 2, 5));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH | DEASSIGN, REG, 2,
				  5));
}

TEST_F(ioeventfd, data_of_64_bits)
{
	if (sizeof(long) < 8)
		SKIP(return, "no register is that wide");
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 8, JUNK));
	EXPECT_TRUE(write_hits(self->fd, REG, 8, JUNK));
	EXPECT_EQ(1, event_count(self->a));
	EXPECT_FALSE(write_hits(self->fd, REG, 8, JUNK ^ 1ULL << 63));
	EXPECT_FALSE(write_hits(self->fd, REG, 8, JUNK & 0xffffffff));
	EXPECT_EQ(0, event_count(self->a));
}

TEST_F(ioeventfd, all_widths)
{
	static const unsigned int widths[] = { 1, 2, 4, 8 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(widths); i++)
		ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG, widths[i],
					  0));
	for (i = 0; i < ARRAY_SIZE(widths); i++)
		EXPECT_TRUE(write_hits(self->fd, REG, widths[i], ~0ULL));
	EXPECT_EQ(4, event_count(self->a));
}

TEST_F(ioeventfd, wildcard)
{
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG, 4, 0x1234));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 0));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 0xffffffff));
	EXPECT_EQ(2, event_count(self->a));
	EXPECT_FALSE(write_hits(self->fd, REG, 1, 0));
}

TEST_F(ioeventfd, reads_go_to_the_daemon)
{
	struct frontend f;

	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG, 4, 0));
	frontend_read(&f, 0, REG, 4);
	while (dm_serve_one(self->fd, 0x99))
		ASSERT_EQ(EAGAIN, errno);
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(0x99, f.access.value);
	EXPECT_EQ(0, event_count(self->a));
}

TEST_F(ioeventfd, two_data_at_one_address)
{
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, 0));
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->b, MATCH, REG, 4, 1));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 1));
	EXPECT_EQ(0, event_count(self->a));
	EXPECT_EQ(1, event_count(self->b));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 0));
	EXPECT_EQ(1, event_count(self->a));
	EXPECT_EQ(0, event_count(self->b));

	/* Taking one back leaves the other. */
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH | DEASSIGN, REG, 4,
				  0));
	EXPECT_FALSE(write_hits(self->fd, REG, 4, 0));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 1));
}

TEST_F(ioeventfd, collisions)
{
	int other = dm_open(0), second = dm_open(1);

	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, 0));
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, 0));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->b, MATCH, REG, 4, 0));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(-1, dm_ioeventfd(other, self->b, MATCH, REG, 4, 0));
	EXPECT_EQ(EEXIST, errno);
	/* Any data would be this data as well. */
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->b, 0, REG, 4, 0));
	EXPECT_EQ(EEXIST, errno);

	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG + 4, 4, 0));
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->b, MATCH, REG + 4, 4, 9));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->b, 0, REG + 4, 4, 0));
	EXPECT_EQ(EEXIST, errno);

	/* Another width, address or device model is something else. */
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->b, MATCH, REG, 2, 0));
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->b, 0, REG + 8, 4, 0));
	EXPECT_EQ(0, dm_ioeventfd(second, self->b, 0, REG, 4, 0));
	close(other);
	close(second);
}

TEST_F(ioeventfd, deassign_takes_exactly_one)
{
	int other = dm_open(0);

	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, 1));
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, 2));

	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->b, MATCH | DEASSIGN, REG, 4,
				   1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, DEASSIGN, REG, 4, 1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, MATCH | DEASSIGN, REG, 2,
				   1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, MATCH | DEASSIGN, REG, 4,
				   3));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, MATCH | DEASSIGN,
				   REG + 4, 4, 1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, dm_ioeventfd(other, self->a, MATCH | DEASSIGN, REG, 4,
				   1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 1));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 2));

	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH | DEASSIGN, REG, 4,
				  1));
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, MATCH | DEASSIGN, REG, 4,
				   1));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_FALSE(write_hits(self->fd, REG, 4, 1));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 2));
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->b, MATCH, REG, 4, 1));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 1));
	close(other);
}

TEST_F(ioeventfd, bad_arguments)
{
	static const unsigned int lens[] = { 0, 3, 5, 6, 7, 9, 16, 0x80000004 };
	struct bao_ioeventfd args = { .fd = (uint32_t)self->a, .addr = REG,
				      .len = 4 };
	int file = open("/dev/null", O_RDWR);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, 0, REG, lens[i],
					   0));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, DEASSIGN, REG,
					   lens[i], 0));
		EXPECT_EQ(EINVAL, errno);
	}
	for (i = 0; i < 32; i++) {
		if (1U << i == MATCH || 1U << i == DEASSIGN)
			continue;
		EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, 1U << i, REG, 4,
					   0));
		EXPECT_EQ(EINVAL, errno) TH_LOG("flag %u", i);
	}
	args.reserved = 1;
	EXPECT_EQ(-1, ioctl(self->fd, BAO_DM_IOEVENTFD, &args));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, 0, ~0ULL, 4, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, 0, ~0ULL - 2, 4, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, file, 0, REG, 4, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, -1, 0, REG, 4, 0));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, 12345, 0, REG, 4, 0));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, 12345, DEASSIGN, REG, 4, 0));
	EXPECT_EQ(EBADF, errno);
	close(file);

	/* Nothing of all that was registered. */
	EXPECT_FALSE(write_hits(self->fd, REG, 4, 0));
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG, 4, 0));
}

TEST_F(ioeventfd, waiting_writes_are_swept)
{
	struct frontend kick, other, read;
	struct bao_request req;

	/* All wait in the table when the registration comes. */
	frontend_write(&kick, 0, REG, 4, 1);
	ASSERT_TRUE(frontends_wait(1));
	frontend_write(&other, 0, REG, 4, 2);
	ASSERT_TRUE(frontends_wait(2));
	frontend_read(&read, 0, REG, 4);
	ASSERT_TRUE(frontends_wait(3));
	ASSERT_TRUE(dm_queued(self->fd, 3));
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, 1));
	EXPECT_TRUE(frontend_join(&kick));
	EXPECT_EQ(1, event_count(self->a));
	EXPECT_FALSE(frontend_done(&other, 30));
	EXPECT_FALSE(frontend_done(&read, 0));

	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(2, req.value);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	ASSERT_EQ(0, dm_attach(self->fd, &req));
	EXPECT_EQ(BAO_REQUEST_READ, req.op);
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	EXPECT_TRUE(frontend_join(&other));
	EXPECT_TRUE(frontend_join(&read));
}

TEST_F(ioeventfd, taken_writes_are_not_swept)
{
	struct bao_request req;
	struct frontend f;

	frontend_write(&f, 0, REG, 4, 1);
	while (dm_attach(self->fd, &req))
		ASSERT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG, 4, 0));
	EXPECT_FALSE(frontend_done(&f, 30));
	EXPECT_EQ(0, event_count(self->a));
	EXPECT_EQ(0, dm_complete(self->fd, &req, 0));
	EXPECT_TRUE(frontend_join(&f));
}

TEST_F(ioeventfd, closed_eventfd_still_matches)
{
	/* As KVM has it: the registration holds the eventfd. */
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG, 4, 0));
	close(self->a);
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 0));
	self->a = event_fd();
}

TEST_F(ioeventfd, closing_the_file_takes_them_back)
{
	int other = dm_open(0);

	ASSERT_EQ(0, dm_ioeventfd(other, self->a, 0, REG, 4, 0));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 0));
	close(other);
	EXPECT_FALSE(write_hits(self->fd, REG, 4, 0));
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->b, 0, REG, 4, 0));
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 0));
	EXPECT_EQ(1, event_count(self->b));
}

TEST_F(ioeventfd, full_eventfd_still_completes)
{
	uint64_t most = ~0ULL - 1;
	struct frontend f;

	/* A counter that cannot grow is signalled already. */
	ASSERT_EQ(8, write(self->a, &most, 8));
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG, 4, 0));
	frontend_write(&f, 0, REG, 4, 0);
	while (!frontend_done(&f, 5))
		dm_serve_one(self->fd, 0);
	EXPECT_EQ(0, f.error);
	EXPECT_LE(most, event_count(self->a));
}

TEST_F_TIMEOUT(ioeventfd, limit, 120)
{
	unsigned int i;

	for (i = 0; i < 4096; i++)
		ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, i));
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, i));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_TRUE(write_hits(self->fd, REG, 4, 4095));
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH | DEASSIGN, REG, 4,
				  17));
	EXPECT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 4, 4096));
}

/* The longest chain of comparisons with num entries at one address. */
static unsigned int longest_chain(struct __test_metadata *_metadata, int fd,
				  int efd, unsigned int num)
{
	static const char *const events[] = { "bao/bao_ioeventfd", NULL };
	unsigned int i, steps, hits = 0, longest = 0;
	struct fakehv_access access;
	char *text, *at;

	for (i = 0; i < num; i++)
		ASSERT_EQ(0, dm_ioeventfd(fd, efd, MATCH, REG, 4, i));
	trace_start(events, 0xffffffff);
	for (i = 0; i < num; i += num > 64 ? 16 : 1) {
		memset(&access, 0, sizeof(access));
		access.addr = REG;
		access.width = 4;
		access.value = i;
		ASSERT_EQ(0, frontend_access(&access));
	}
	trace_stop();
	text = trace_read();
	for (at = strstr(text, "steps="); at; at = strstr(at + 1, "steps=")) {
		steps = (unsigned int)atoi(at + 6);
		hits++;
		if (steps > longest)
			longest = steps;
	}
	free(text);
	EXPECT_EQ(num > 64 ? num / 16 : num, hits);
	for (i = 0; i < num; i++)
		ASSERT_EQ(0, dm_ioeventfd(fd, efd, MATCH | DEASSIGN, REG, 4,
					  i));
	return longest;
}

TEST_F_TIMEOUT(ioeventfd, chain_does_not_grow, 120)
{
	static const unsigned int nums[] = { 1, 64, 1024 };
	unsigned int i, longest;

	for (i = 0; i < ARRAY_SIZE(nums); i++) {
		longest = longest_chain(_metadata, self->fd, self->a, nums[i]);
		TH_LOG("%u entries: at most %u compared", nums[i], longest);
		EXPECT_EQ(1, longest);
	}
}

TEST_F(ioeventfd, all_are_gone_with_the_driver)
{
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, 0, REG, 4, 0));
	ASSERT_EQ(0, driver_unbind(&self->dev));
	EXPECT_EQ(-1, dm_ioeventfd(self->fd, self->a, DEASSIGN, REG, 4, 0));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(ioeventfd, all_eight_bytes_are_compared)
{
	if (sizeof(long) < 8)
		SKIP(return, "no register is that wide");
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->a, MATCH, REG, 8,
				  0x100000005));
	EXPECT_TRUE(write_hits(self->fd, REG, 8, 0x100000005));
	EXPECT_FALSE(write_hits(self->fd, REG, 8, 5));
	EXPECT_FALSE(write_hits(self->fd, REG, 8, 0x200000005));
	EXPECT_EQ(1, event_count(self->a));
}

TEST_F(ioeventfd, registering_is_not_serving)
{
	int other = dm_open_flags(1, O_NONBLOCK);

	ASSERT_EQ(0, dm_ioeventfd(other, self->a, 0, REG, 4, 0));
	EXPECT_TRUE(attr_wait(&self->dev, "dm1/state", "idle", 0));
	EXPECT_EQ(0, attr_get(&self->dev, "dm1/server_pid"));
	close(other);
	EXPECT_FALSE(attr_wait(&self->dev, "dm1/state", "grace", 100));
}

TEST_HARNESS_MAIN
