// SPDX-License-Identifier: GPL-2.0-only
/*
 * irqfds that end in all ways at once: their eventfd is released, they are
 * deassigned, their file is closed, their device model goes - while they are
 * written to.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "torture.h"

#define SLOTS		6
#define WRITERS		2
#define SETTERS		2
#define SECONDS		25

/**
 * struct chaos - what the threads share
 * @efd: eventfds; a writer may find one closed, or somebody else's
 * @file: DM files; as well
 * @writes: written to eventfds
 * @set: registrations made
 * @unset: registrations taken back
 * @hung_up: eventfds released
 * @odd: errors that are not documented
 * @error: the last one
 * @binds: how often the driver was bound again
 * @stop: set to end all
 * @seed: of their numbers
 */
struct chaos {
	volatile int efd[SLOTS];
	volatile int file[SLOTS];
	unsigned long writes;
	unsigned long set;
	unsigned long unset;
	unsigned long hung_up;
	unsigned long odd;
	int error;
	unsigned int binds;
	volatile bool stop;
	uint64_t seed;
};

static void count(unsigned long *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

static void *writer_thread(void *data)
{
	struct chaos *c = data;
	uint64_t rng = c->seed;

	while (!c->stop)
		if (!eventfd_write(c->efd[chance(&rng, SLOTS)], 1))
			count(&c->writes);
	return NULL;
}

static void *setter_thread(void *data)
{
	/* EINVAL and ENOTTY: the number is another file's by now. */
	static const int known[] = {
		EBADF, EBUSY, ENOENT, ENODEV, EINVAL, ENOTTY,
	};
	struct chaos *c = data;
	uint64_t rng = c->seed + 1;
	bool assign;
	unsigned int i;

	while (!c->stop) {
		assign = chance(&rng, 3);
		if (!dm_irqfd(c->file[chance(&rng, SLOTS)],
			      c->efd[chance(&rng, SLOTS)],
			      assign ? 0 : BAO_IRQFD_DEASSIGN)) {
			count(assign ? &c->set : &c->unset);
			continue;
		}
		for (i = 0; i < ARRAY_SIZE(known) && known[i] != errno; i++)
			;
		if (i == ARRAY_SIZE(known)) {
			c->error = errno;
			count(&c->odd);
		}
	}
	return NULL;
}

/* The last close of an eventfd, most times. */
static void *closer_thread(void *data)
{
	struct chaos *c = data;
	uint64_t rng = c->seed + 2;
	volatile int *slot;
	int old;

	while (!c->stop) {
		slot = &c->efd[chance(&rng, SLOTS)];
		old = *slot;
		*slot = event_fd();
		close(old);
		count(&c->hung_up);
	}
	return NULL;
}

static void *file_thread(void *data)
{
	struct chaos *c = data;
	uint64_t rng = c->seed + 3;
	volatile int *slot;
	int old, fresh;

	while (!c->stop) {
		slot = &c->file[chance(&rng, SLOTS)];
		fresh = dm_open(chance(&rng, 2));
		if (fresh < 0)
			continue;
		old = *slot;
		*slot = fresh;
		close(old);
		sleep_us(chance(&rng, 2000));
	}
	return NULL;
}

FIXTURE(irqfd) {
	struct fakehv_device dev;
	struct chaos chaos;
	unsigned int files;
	long long users;
};

FIXTURE_SETUP(irqfd)
{
	unsigned int i;

	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 2));
	self->files = open_files();
	self->users = module_users();
	self->chaos.seed = seed_get();
	for (i = 0; i < SLOTS; i++) {
		self->chaos.efd[i] = event_fd();
		self->chaos.file[i] = dm_open(i % 2);
	}
}

FIXTURE_TEARDOWN(irqfd)
{
	hv_reset();
}

static void threads_run(struct __test_metadata *_metadata,
			FIXTURE_DATA(irqfd) *self)
{
	uint64_t end = now_ms() + share(SECONDS * 1000);
	pthread_t thread[WRITERS + SETTERS + 2];
	uint64_t rng = self->chaos.seed;
	unsigned int i, num = 0;

	for (i = 0; i < WRITERS; i++)
		pthread_create(&thread[num++], NULL, writer_thread,
			       &self->chaos);
	for (i = 0; i < SETTERS; i++)
		pthread_create(&thread[num++], NULL, setter_thread,
			       &self->chaos);
	pthread_create(&thread[num++], NULL, closer_thread, &self->chaos);
	pthread_create(&thread[num++], NULL, file_thread, &self->chaos);
	while (now_ms() < end) {
		sleep_us(chance(&rng, 200000));
		ASSERT_EQ(0, driver_unbind(&self->dev));
		sleep_us(chance(&rng, 2000));
		ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
		self->chaos.binds++;
	}
	self->chaos.stop = true;
	for (i = 0; i < num; i++)
		pthread_join(thread[i], NULL);
}

TEST_F_TIMEOUT(irqfd, all_ends_at_once, 900)
{
	uint64_t refused = hv_counters().refused, before;
	struct chaos *c = &self->chaos;
	int fd, efd = event_fd();
	unsigned int i;

	threads_run(_metadata, self);
	EXPECT_EQ(0, c->odd) {
		TH_LOG("last error %d", c->error);
	}
	EXPECT_LT(0, c->writes);
	EXPECT_LT(0, c->set);
	EXPECT_LT(0, c->unset);
	for (i = 0; i < SLOTS; i++) {
		close(c->efd[i]);
		close(c->file[i]);
	}
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(dm_is_clean(&self->dev, i));
		fd = dm_open(i);
		EXPECT_EQ(0, dm_irqfd(fd, efd, 0));
		before = hv_counters().dm_notified[i];
		eventfd_write(efd, 1);
		EXPECT_EQ(0, hv_wait(FAKEHV_DM, i, 0, before, SLACK_MS));
		close(fd);
	}
	close(efd);
	/* A call that must be refused tells Bao from others, each time. */
	EXPECT_EQ(refused + c->binds, hv_counters().refused);
	EXPECT_EQ(self->files, open_files());
	EXPECT_EQ(self->users, module_users());
	TH_LOG("%lu writes, %lu assigned, %lu deassigned, %lu eventfds released",
	       c->writes, c->set, c->unset, c->hung_up);
}

TEST_HARNESS_MAIN
