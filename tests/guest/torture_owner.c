// SPDX-License-Identifier: GPL-2.0-only
/*
 * Daemons that die or hang while their file lives on in a helper, and daemons
 * that answer just before or after the kernel has done it for them.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "torture.h"

#define ROUNDS		300
#define LATE		1500
#define TAKERS		4
#define FRONTS		6
#define TIMEOUT_MS	20

/* What the daemon has done when it dies. */
enum state {
	OPENED,		/* nothing */
	REGISTERED,	/* an ioeventfd and an irqfd, without serving */
	SERVING,	/* asked for requests, there was none */
	QUEUED,		/* one came, nobody took it */
	TAKEN,		/* it took one */
	STATES,
};

/* Its file is sent away before anything else, and outlives it. */
struct victim {
	enum state state;
	int efd;
	int irq;
	int sock[2];	/* the file goes out of [1] */
	int pipe[2];	/* a byte for each step */
	struct bao_request *req;	/* what it took; shared */
};

static bool send_file(int sock, int fd)
{
	char byte = 0, room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1;
}

static int receive_file(int sock)
{
	char byte, room[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *cmsg;
	int fd = -1;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

static void victim_work(void *data)
{
	struct victim *v = data;
	int fd = dm_open(0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	if (fd < 0 || !send_file(v->sock[1], fd))
		_exit(1);
	if (v->state >= REGISTERED &&
	    (dm_ioeventfd(fd, v->efd, 0, REG_KICK, 4, 0) ||
	     dm_irqfd(fd, v->irq, 0)))
		_exit(1);
	if (v->state >= SERVING)
		poll(&pfd, 1, 0);
	if (write(v->pipe[1], "", 1) != 1)
		_exit(1);
	if (v->state == QUEUED)
		poll(&pfd, 1, -1);
	if (v->state == TAKEN && dm_attach(fd, v->req))
		_exit(1);
	if (v->state >= QUEUED && write(v->pipe[1], "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static bool heard(const struct victim *v)
{
	struct pollfd pfd = { .fd = v->pipe[0], .events = POLLIN };
	char byte;

	return poll(&pfd, 1, SLACK_MS) == 1 && read(v->pipe[0], &byte, 1) == 1;
}

FIXTURE(owner) {
	struct fakehv_device dev;
	struct book *book;
	struct victim victim;
	uint64_t rng;
	unsigned int files;
};

FIXTURE_SETUP(owner)
{
	struct victim *v = &self->victim;

	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 1));
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "-1"));
	self->rng = seed_get();
	self->book = book_open();
	v->req = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)v->req);
	v->efd = event_fd();
	v->irq = event_fd();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, v->sock));
	ASSERT_EQ(0, pipe(v->pipe));
	self->files = open_files();
}

FIXTURE_TEARDOWN(owner)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		close(self->victim.sock[i]);
		close(self->victim.pipe[i]);
	}
	close(self->victim.efd);
	close(self->victim.irq);
	munmap(self->victim.req, 4096);
	book_close(self->book);
	hv_reset();
}

static uint64_t notified(void)
{
	return hv_counters().dm_notified[0];
}

/* What a process had registered has gone with it; its file has not. */
static void check_registrations(struct __test_metadata *_metadata,
				struct victim *v, int heir)
{
	uint64_t before = notified();
	struct bao_request req;
	struct frontend f;

	eventfd_write(v->irq, 1);
	EXPECT_EQ(before, notified());
	EXPECT_EQ(1, event_count(v->irq));
	EXPECT_EQ(-1, dm_ioeventfd(heir, v->efd, BAO_IOEVENTFD_DEASSIGN,
				   REG_KICK, 4, 0));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, dm_irqfd(heir, v->irq, BAO_IRQFD_DEASSIGN));
	EXPECT_EQ(ENOENT, errno);
	frontend_write(&f, 0, REG_KICK, 4, 3);
	ASSERT_EQ(0, dm_attach(heir, &req));
	EXPECT_EQ(3, req.value);
	EXPECT_EQ(0, dm_complete(heir, &req, 0));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(0, event_count(v->efd));
}

/* The request that was there at the death, and what its taker may still say. */
static void check_request(struct __test_metadata *_metadata, struct victim *v,
			  int file, int heir, struct frontend *f)
{
	struct bao_request req;

	ASSERT_EQ(0, dm_attach(heir, &req));
	EXPECT_EQ(f->access.addr, req.addr);
	EXPECT_EQ(v->state == TAKEN,
		  !!(req.request_id & BAO_REQUEST_REDELIVERED));
	if (v->state == TAKEN) {
		/* This file had taken it: an answer is late, and then none. */
		EXPECT_EQ(0, dm_complete(file, v->req, 0xbad));
		EXPECT_EQ(-1, dm_complete(file, v->req, 0xbad));
		EXPECT_EQ(ENOENT, errno);
		EXPECT_FALSE(frontend_done(f, 2));
	}
	EXPECT_EQ(0, dm_complete(heir, &req, answer_to(0, req.addr)));
	EXPECT_TRUE(frontend_join(f));
	EXPECT_EQ(answer_to(0, req.addr), (uint32_t)f->access.value);
}

/* One death. The file that is left serves on, or another one does. */
static void die(struct __test_metadata *_metadata, FIXTURE_DATA(owner) *self,
		uint32_t round)
{
	struct victim *v = &self->victim;
	uint64_t late = (uint64_t)attr_get(&self->dev, "dm0/late_answers");
	bool same = chance(&self->rng, 2);
	int file, heir;
	struct frontend f;
	pid_t pid;

	v->state = (enum state)chance(&self->rng, STATES);
	pid = kid_start(victim_work, v);
	file = receive_file(v->sock[0]);
	ASSERT_LE(0, file);
	ASSERT_TRUE(heard(v));
	if (v->state >= QUEUED) {
		frontend_read(&f, 0, REG_READ + round * 4, 4);
		ASSERT_TRUE(heard(v));
	}
	if (v->state >= SERVING)
		EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "served", 0));
	kid_kill(pid);
	if (v->state >= SERVING)
		EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "grace", 5000));
	EXPECT_EQ(0, attr_get(&self->dev, "dm0/server_pid"));

	heir = same ? file : dm_open(0);
	ASSERT_LE(0, heir);
	if (v->state >= QUEUED)
		check_request(_metadata, v, file, heir, &f);
	check_registrations(_metadata, v, heir);
	EXPECT_EQ(getpid(), attr_get(&self->dev, "dm0/server_pid"));
	EXPECT_EQ(late + (v->state == TAKEN),
		  attr_get(&self->dev, "dm0/late_answers"));
	close(file);
	if (!same)
		close(heir);
}

TEST_F_TIMEOUT(owner, dies_in_each_state, 900)
{
	uint64_t refused = hv_counters().refused;
	unsigned int i;

	for (i = 0; i < share(ROUNDS); i++)
		die(_metadata, self, i);
	EXPECT_EQ(refused, hv_counters().refused);
	EXPECT_EQ(0, hv_counters().outstanding);
	EXPECT_EQ(self->files, open_files());
	EXPECT_TRUE(dm_is_clean(&self->dev, 0));
}

/* A taker that needs about as long for an answer as it may. */
struct slow {
	struct book *book;
	int fd;
	uint64_t rng;
	volatile bool *stop;
	unsigned long answers;
	pthread_t thread;
};

static void *slow_thread(void *data)
{
	struct slow *s = data;
	struct bao_request req;
	unsigned int us;

	while (!dm_attach(s->fd, &req)) {
		book_taken(s->book, &req, 0);
		us = TIMEOUT_MS * 1000 / 2 +
		     chance(&s->rng, TIMEOUT_MS * 1000);
		/* Some do not even try. */
		if (!*s->stop && chance(&s->rng, 4))
			sleep_us(us);
		if (dm_complete(s->fd, &req, answer_to(0, req.addr)))
			book_failed(s->book, errno);
		s->answers++;
		if (!dm_complete(s->fd, &req, 0xbad) || errno != ENOENT)
			book_failed(s->book, errno);
	}
	return NULL;
}

static unsigned long accesses(const struct front *f)
{
	return fronts_sum(f, FRONTS).done;
}

TEST_F_TIMEOUT(owner, answers_about_the_timeout, 900)
{
	struct tally before = tally_get(&self->dev, 0), t;
	uint64_t refused = hv_counters().refused;
	unsigned long answers = 0, num = share(LATE);
	volatile bool stop = false;
	struct front front[FRONTS], sum;
	struct slow slow[TAKERS];
	int fd = dm_open(0);
	unsigned int i;

	ASSERT_EQ(0, attr_set(&self->dev, "dm0/answer_timeout_ms", "20"));
	memset(slow, 0, sizeof(slow));
	for (i = 0; i < TAKERS; i++) {
		slow[i].book = self->book;
		slow[i].fd = fd;
		slow[i].rng = self->rng + i;
		slow[i].stop = &stop;
		ASSERT_EQ(0, pthread_create(&slow[i].thread, NULL, slow_thread,
					    &slow[i]));
	}
	for (i = 0; i < FRONTS; i++)
		front_start(&front[i], self->book, 0, self->rng + i);
	while (accesses(front) < num)
		ASSERT_TRUE(fronts_advance(front, FRONTS));
	EXPECT_TRUE(fronts_stop(front, FRONTS));
	stop = true;
	sum = fronts_sum(front, FRONTS);
	/* All late answers have been given when nobody has a request. */
	for (i = 0; i < SLACK_MS; i += 50) {
		answers = 0;
		for (unsigned int j = 0; j < TAKERS; j++)
			answers += slow[j].answers;
		t = tally_since(&self->dev, 0, &before);
		if (answers == (unsigned long)(t.completed + t.late))
			break;
		sleep_ms(50);
	}
	EXPECT_EQ(answers, (unsigned long)(t.completed + t.late));
	EXPECT_EQ(sum.done, t.requests);
	EXPECT_EQ(t.requests, t.completed + t.kernel);
	EXPECT_LT(0, t.late);
	EXPECT_LT(0, t.completed);
	EXPECT_GE(t.kernel, t.late);
	EXPECT_GE(t.kernel, sum.zeros);
	EXPECT_EQ(0, sum.wrong);
	EXPECT_EQ(0, sum.errors);
	EXPECT_EQ(0, self->book->unmarked);
	EXPECT_EQ(0, self->book->strange);
	EXPECT_EQ(0, self->book->failed) {
		TH_LOG("last error %u", self->book->error);
	}
	EXPECT_EQ(refused, hv_counters().refused);
	TH_LOG("%lld by daemons, %lld by the kernel, %lld late", t.completed,
	       t.kernel, t.late);
	device_destroy(&self->dev);
	for (i = 0; i < TAKERS; i++)
		pthread_join(slow[i].thread, NULL);
	close(fd);
}

TEST_HARNESS_MAIN
