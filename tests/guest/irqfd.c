// SPDX-License-Identifier: GPL-2.0-only
/* irqfds: raising the frontend's interrupt by writing to an eventfd. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib.h"

FIXTURE(irqfd) {
	struct fakehv_device dev;
	int fd;
	int efd;
};

FIXTURE_SETUP(irqfd)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	self->fd = dm_open(1);
	ASSERT_LE(0, self->fd);
	self->efd = event_fd();
}

FIXTURE_TEARDOWN(irqfd)
{
	doorbell_defaults();
	close(self->fd);
	close(self->efd);
	hv_reset();
}

static void ring(int efd)
{
	uint64_t one = 1;

	if (write(efd, &one, sizeof(one)) != sizeof(one))
		_exit(1);
}

static uint64_t notified(unsigned int dm)
{
	return hv_counters().dm_notified[dm];
}

/* The kernel has reset the counter; before 5.10.195 it cannot. */
static bool consumed(int efd)
{
	const char *without = getenv("without");

	return !event_count(efd) ||
	       (without && !strcmp(without, "eventfd_ctx_do_read"));
}

TEST_F(irqfd, raises_the_interrupt)
{
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	EXPECT_EQ(0, notified(1));
	ring(self->efd);
	EXPECT_EQ(1, notified(1));
	EXPECT_TRUE(consumed(self->efd));
	ring(self->efd);
	EXPECT_EQ(2, notified(1));
	EXPECT_EQ(0, notified(0));
	EXPECT_EQ(2, attr_get(&self->dev, "dm1/notifies"));
}

TEST_F(irqfd, what_was_written_before_counts)
{
	ring(self->efd);
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	EXPECT_EQ(1, notified(1));
	EXPECT_TRUE(consumed(self->efd));
}

#define MANY	200

/* The process lets go of a file that a helper still has. */
TEST_F(irqfd, closing_ends_them_at_once)
{
	int efd[MANY];
	pid_t helper;
	int i;

	for (i = 0; i < MANY; i++) {
		efd[i] = event_fd();
		ASSERT_EQ(0, dm_irqfd(self->fd, efd[i], 0));
	}
	helper = fork();
	ASSERT_LE(0, helper);
	if (!helper) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	close(self->fd);
	for (i = MANY - 1; i >= 0; i--)
		ring(efd[i]);
	EXPECT_EQ(0, notified(1));
	for (i = 0; i < MANY; i++) {
		EXPECT_EQ(1, event_count(efd[i]));
		close(efd[i]);
	}
	kill(helper, SIGKILL);
	EXPECT_EQ(helper, waitpid(helper, NULL, 0));
	self->fd = dm_open(1);
	EXPECT_LE(0, self->fd);
}

TEST_F(irqfd, duplicate)
{
	int other = dm_open(1);

	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	EXPECT_EQ(-1, dm_irqfd(self->fd, self->efd, 0));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, dm_irqfd(other, self->efd, 0));
	EXPECT_EQ(EBUSY, errno);
	ring(self->efd);
	EXPECT_EQ(1, notified(1));
	close(other);
}

TEST_F(irqfd, deassign)
{
	int other = dm_open(1), second = event_fd();

	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	EXPECT_EQ(-1, dm_irqfd(other, self->efd, BAO_IRQFD_DEASSIGN));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, dm_irqfd(self->fd, second, BAO_IRQFD_DEASSIGN));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, dm_irqfd(self->fd, self->efd, BAO_IRQFD_DEASSIGN));
	EXPECT_EQ(-1, dm_irqfd(self->fd, self->efd, BAO_IRQFD_DEASSIGN));
	EXPECT_EQ(ENOENT, errno);
	ring(self->efd);
	sleep_ms(20);
	EXPECT_EQ(0, notified(1));
	EXPECT_EQ(1, event_count(self->efd));
	EXPECT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	ring(self->efd);
	EXPECT_EQ(1, notified(1));
	close(other);
	close(second);
}

TEST_F(irqfd, bad_arguments)
{
	int file = open("/dev/null", O_RDWR);
	unsigned int i;

	for (i = 1; i < 32; i++) {
		EXPECT_EQ(-1, dm_irqfd(self->fd, self->efd, 1U << i));
		EXPECT_EQ(EINVAL, errno) TH_LOG("flag %u", i);
	}
	EXPECT_EQ(-1, dm_irqfd(self->fd, file, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, dm_irqfd(self->fd, -1, 0));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, dm_irqfd(self->fd, 12345, BAO_IRQFD_DEASSIGN));
	EXPECT_EQ(EBADF, errno);
	close(file);
	ring(self->efd);
	EXPECT_EQ(0, notified(1));
}

TEST_F(irqfd, limit)
{
	int fds[257];
	unsigned int i;

	for (i = 0; i < 257; i++)
		fds[i] = event_fd();
	for (i = 0; i < 256; i++)
		ASSERT_EQ(0, dm_irqfd(self->fd, fds[i], 0));
	EXPECT_EQ(-1, dm_irqfd(self->fd, fds[256], 0));
	EXPECT_EQ(ENOSPC, errno);
	/* A hang-up makes room. */
	close(fds[0]);
	for (i = 0; i < 200 && dm_irqfd(self->fd, fds[256], 0); i++)
		sleep_ms(5);
	EXPECT_GT(200, i);
	for (i = 1; i < 257; i++)
		close(fds[i]);
}

TEST_F(irqfd, eventfd_is_released)
{
	int copy = dup(self->efd);

	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	close(self->efd);
	ring(copy);
	EXPECT_EQ(1, notified(1));
	close(copy);
	self->efd = event_fd();
	EXPECT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	ring(self->efd);
	EXPECT_EQ(2, notified(1));
}

TEST_F(irqfd, closing_the_file_takes_it_back)
{
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	close(self->fd);
	ring(self->efd);
	sleep_ms(20);
	EXPECT_EQ(0, notified(1));
	self->fd = dm_open(1);
	EXPECT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
}

TEST_F(irqfd, works_without_serving)
{
	/* Nobody has attached: a doorbell is no request. */
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	ring(self->efd);
	EXPECT_EQ(1, notified(1));
	EXPECT_TRUE(attr_wait(&self->dev, "dm1/state", "idle", 0));
}

TEST_F(irqfd, same_eventfd_for_both_directions)
{
	struct fakehv_access access = { .dm = 1, .addr = 0x50, .width = 4 };
	struct bao_request req;

	/* A kick that rings: the wake-up comes from inside the handler. */
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, dm_attach(self->fd, &req));
	ASSERT_EQ(0, dm_ioeventfd(self->fd, self->efd, 0, 0x50, 4, 0));
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	ASSERT_EQ(0, frontend_access(&access));
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, 0, 1000));
	EXPECT_EQ(1, notified(1));
}

struct hup {
	int fd;
	volatile int efd;
	volatile bool stop;
};

static void *closing_thread(void *data)
{
	struct hup *hup = data;
	int efd;

	while (!hup->stop) {
		efd = __atomic_exchange_n(&hup->efd, -1, __ATOMIC_ACQ_REL);
		if (efd >= 0)
			close(efd);
	}
	return NULL;
}

TEST_F_TIMEOUT(irqfd, hang_up_races_deassign, 120)
{
	struct hup hup = { .fd = self->fd, .efd = -1 };
	uint64_t end = now_ms() + 20000;
	unsigned int i, deassigned = 0;
	pthread_t thread;
	int efd, copy;

	ASSERT_EQ(0, pthread_create(&thread, NULL, closing_thread, &hup));
	/* Where the CPUs take turns, each hand-over costs a turn. */
	for (i = 0; i < 3000 && now_ms() < end; i++) {
		efd = event_fd();
		copy = dup(efd);
		ASSERT_EQ(0, dm_irqfd(self->fd, efd, 0));
		if (i % 3 == 0)
			ring(efd);
		/* Its last descriptor goes while this one deassigns. */
		__atomic_store_n(&hup.efd, copy, __ATOMIC_RELEASE);
		if (i % 2 && !dm_irqfd(self->fd, efd, BAO_IRQFD_DEASSIGN))
			deassigned++;
		close(efd);
		while (__atomic_load_n(&hup.efd, __ATOMIC_ACQUIRE) >= 0)
			;
	}
	hup.stop = true;
	pthread_join(thread, NULL);
	EXPECT_EQ(i / 2, deassigned);
	EXPECT_LT(100, i);
}

struct many {
	int fds[256];
	pthread_barrier_t start;
};

static void *hanging_up_thread(void *data)
{
	struct many *many = data;
	unsigned int i;

	pthread_barrier_wait(&many->start);
	for (i = ARRAY_SIZE(many->fds); i--; )
		close(many->fds[i]);
	return NULL;
}

TEST_F_TIMEOUT(irqfd, hang_ups_race_the_end_of_the_file, 300)
{
	struct many many;
	pthread_t thread;
	unsigned int i, round;

	for (round = 0; round < 20; round++) {
		/* As many as there may be: none of the last round's is left. */
		for (i = 0; i < ARRAY_SIZE(many.fds); i++) {
			many.fds[i] = event_fd();
			ASSERT_EQ(0, dm_irqfd(self->fd, many.fds[i], 0));
		}
		ASSERT_EQ(0, pthread_barrier_init(&many.start, NULL, 2));
		ASSERT_EQ(0, pthread_create(&thread, NULL, hanging_up_thread,
					    &many));
		pthread_barrier_wait(&many.start);
		close(self->fd);
		pthread_join(thread, NULL);
		pthread_barrier_destroy(&many.start);
		self->fd = dm_open(1);
		ASSERT_LE(0, self->fd);
	}
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	ring(self->efd);
	EXPECT_EQ(1, notified(1));
}

TEST_F(irqfd, flood_is_deferred_and_none_is_lost)
{
	uint64_t before, start = now_ms();
	unsigned int i;

	parameter_set("doorbell_rate", "100");
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	for (i = 0; i < 5000; i++)
		ring(self->efd);
	before = notified(1);
	EXPECT_GT(DOORBELL_BURST + (now_ms() - start) / 10 + 10, before);
	ring(self->efd);
	EXPECT_LT(0, attr_get(&self->dev, "dm1/doorbells_deferred"));
	/* The last one is sent in the end. */
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, before, 2000));
	doorbell_defaults();
	/* At once again, when no deferred one waits any more. */
	for (i = 0; i < 100; i++) {
		sleep_ms(100);
		before = notified(1);
		ring(self->efd);
		if (notified(1) == before + 1)
			break;
	}
	EXPECT_GT(100, i);
}

/* A doorbell that is refused every time has all its tries. */
static bool tried(const struct fakehv_device *dev, int efd)
{
	long long refused = attr_get(dev, "dm1/refused_calls") + 10;

	hv_fault(FAKEHV_CALL_NOTIFY, -1, ~0U);
	ring(efd);
	if (!attr_reach(dev, "dm1/refused_calls", refused, 10000))
		return false;
	/* But not for ever. */
	sleep_ms(200);
	return attr_get(dev, "dm1/refused_calls") == refused;
}

TEST_F(irqfd, refused_by_the_hypervisor)
{
	/* Nobody hears of it, so the kernel tries again by itself. */
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	hv_fault(FAKEHV_CALL_NOTIFY, -1, 3);
	ring(self->efd);
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, 0, 2000));
	EXPECT_EQ(1, notified(1));
	EXPECT_LE(3, attr_get(&self->dev, "dm1/refused_calls"));

	EXPECT_TRUE(tried(&self->dev, self->efd));
	hv_fault(FAKEHV_CALL_NOTIFY, 0, 0);
	ring(self->efd);
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, 1, 2000));
	/* The next one has as many tries as the first, whatever was before. */
	EXPECT_TRUE(tried(&self->dev, self->efd));
	hv_fault(FAKEHV_CALL_NOTIFY, -1, 3);
	ring(self->efd);
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, 2, 2000));
}

TEST_F(irqfd, refused_is_tried_again_later)
{
	struct fakehv_bell *bell;
	size_t i, num;

	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	hv_counters_reset();
	EXPECT_TRUE(tried(&self->dev, self->efd));
	num = hv_bells(&bell);
	EXPECT_EQ(10, num);
	for (i = 1; i < num; i++)
		EXPECT_LE(10000000, bell[i].ns - bell[i - 1].ns);
	free(bell);
}

TEST_F(irqfd, rung_while_a_refused_one_waits)
{
	long long refused;

	/* It joins the one that waits, which has few tries left. */
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	hv_fault(FAKEHV_CALL_NOTIFY, -1, ~0U);
	refused = attr_get(&self->dev, "dm1/refused_calls");
	ring(self->efd);
	while (attr_get(&self->dev, "dm1/refused_calls") < refused + 7)
		;
	hv_fault(FAKEHV_CALL_NOTIFY, -1, 6);
	ring(self->efd);
	EXPECT_EQ(0, hv_wait(FAKEHV_DM, 1, 0, 0, 2000));
}

TEST_F(irqfd, all_are_gone_with_the_driver)
{
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	ASSERT_EQ(0, driver_unbind(&self->dev));
	EXPECT_EQ(-1, dm_irqfd(self->fd, self->efd, BAO_IRQFD_DEASSIGN));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(irqfd, deferred_is_raised_before_the_driver_goes)
{
	unsigned int i;
	uint64_t before;

	parameter_set("doorbell_rate", "1");
	ASSERT_EQ(0, dm_irqfd(self->fd, self->efd, 0));
	for (i = 0; i < 200; i++) {
		ring(self->efd);
		if (attr_get(&self->dev, "dm1/doorbells_deferred"))
			break;
	}
	ASSERT_GT(200, i);
	before = notified(1);
	ASSERT_EQ(0, driver_unbind(&self->dev));
	EXPECT_EQ(before + 1, notified(1));
}

TEST_HARNESS_MAIN
