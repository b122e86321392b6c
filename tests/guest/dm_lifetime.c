// SPDX-License-Identifier: GPL-2.0-only
/* Daemons that die, hang, hand their files on, and their successors. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "lib.h"

#define REG	0xa003e00ULL

/* A process that takes requests and never answers. */
struct process {
	pid_t pid;
	int pipe;
};

static void tell(int fd)
{
	if (write(fd, "", 1) != 1)
		_exit(1);
}

static bool heard(const struct process *p)
{
	struct pollfd pfd = { .fd = p->pipe, .events = POLLIN };
	char byte;

	return poll(&pfd, 1, 5000) == 1 && read(p->pipe, &byte, 1) == 1;
}

/* Runs work(fd, arg) in a process of its own; it tells on its descriptor. */
static struct process process_start(void (*work)(int fd, long arg), long arg)
{
	struct process p;
	int fds[2];

	if (pipe(fds))
		_exit(1);
	p.pid = fork();
	p.pipe = fds[0];
	if (p.pid) {
		close(fds[1]);
		return p;
	}
	/* Helpers are in its group; they may live on, but not for ever. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(100);
	close(fds[0]);
	work(fds[1], arg);
	_exit(0);
}

static void process_kill(struct process *p)
{
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->pipe);
}

static void helpers_kill(const struct process *p)
{
	kill(-p->pid, SIGKILL);
}

static void take_and_hang(int told, long count)
{
	struct bao_request req;
	int fd = dm_open(0);

	while (count-- && !dm_attach(fd, &req))
		tell(told);
	pause();
}

static void serve(int told, long dm)
{
	struct bao_request req;
	int fd = dm_open((unsigned int)dm);

	tell(told);
	while (!dm_attach(fd, &req))
		dm_complete(fd, &req, ~req.addr & 0xffffffff);
}

static int polled;

static void add_to_epoll(int told, long ep)
{
	struct epoll_event ev = { .events = EPOLLIN };

	if (epoll_ctl((int)ep, EPOLL_CTL_ADD, polled, &ev))
		_exit(1);
	tell(told);
}

static void poll_by_epoll(int told, long ep)
{
	struct epoll_event ev;

	close(polled);
	epoll_wait((int)ep, &ev, 1, 0);
	tell(told);
	pause();
}

static void take_with(int told, long fd)
{
	struct bao_request req;

	if (!dm_attach((int)fd, &req))
		tell(told);
	pause();
}

FIXTURE(lifetime) {
	struct fakehv_device dev;
	long long answered;	/* by the kernel, before the test */
	long long redelivered;
};

/* The counters go on from one device of that number to the next. */
static long long answered_since(const struct fakehv_device *dev,
				long long before)
{
	return attr_get(dev, "dm0/answered_by_kernel") - before;
}

FIXTURE_SETUP(lifetime)
{
	hv_reset();
	ASSERT_TRUE(dispatcher_create(&self->dev, 3));
	self->answered = attr_get(&self->dev, "dm0/answered_by_kernel");
	self->redelivered = attr_get(&self->dev, "dm0/redelivered");
}

FIXTURE_TEARDOWN(lifetime)
{
	hv_reset();
}

TEST_F(lifetime, killed_with_requests_taken)
{
	struct bao_dm_status status = { 0 };
	struct bao_request req;
	struct frontend f[3];
	struct process p;
	int fd, i;

	p = process_start(take_and_hang, 2);
	for (i = 0; i < 3; i++) {
		frontend_write(&f[i], 0, REG, 4, (uint64_t)i);
		ASSERT_TRUE(frontends_wait((unsigned int)i + 1));
	}
	ASSERT_TRUE(heard(&p));
	ASSERT_TRUE(heard(&p));
	EXPECT_EQ(p.pid, attr_get(&self->dev, "dm0/server_pid"));
	process_kill(&p);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "grace", 1000));
	EXPECT_EQ(0, attr_get(&self->dev, "dm0/server_pid"));

	/* In the order of the frontend, and it says which were seen before. */
	fd = dm_open(0);
	ASSERT_LE(0, fd);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, dm_attach(fd, &req));
		EXPECT_EQ((uint64_t)i, req.value);
		EXPECT_EQ(i < 2 ? BAO_REQUEST_REDELIVERED : 0,
			  req.request_id & BAO_REQUEST_REDELIVERED);
		EXPECT_EQ(0, dm_complete(fd, &req, 0));
		EXPECT_TRUE(frontend_join(&f[i]));
	}
	ASSERT_EQ(0, ioctl(fd, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(self->answered + 0, status.answered_by_kernel);
	EXPECT_EQ(self->redelivered + 2, status.redelivered);
	EXPECT_EQ(self->redelivered + 2,
		  attr_get(&self->dev, "dm0/redelivered"));
	close(fd);
}

/* Whether another DM file gets the request that the dead process had. */
static bool successor_gets_it(struct frontend *f, uint64_t value)
{
	struct bao_request req;
	int fd = dm_open(0);
	bool ok;

	ok = !dm_attach(fd, &req) &&
	     (req.request_id & BAO_REQUEST_REDELIVERED) &&
	     !dm_complete(fd, &req, value) && frontend_join(f) &&
	     f->access.value == value;
	close(fd);
	return ok;
}

static void take_and_leave_helper(int told, long mapping)
{
	struct bao_request req;
	int fd = dm_open(0);
	void *map = mmap(NULL, DM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			 0);
	int ready[2];
	char byte;

	if (map == MAP_FAILED || pipe(ready))
		_exit(1);
	/* The helper lives on and keeps the mapping, or the descriptor too. */
	if (!fork()) {
		alarm(100);
		if (mapping)
			close(fd);
		close(told);
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
	}
	if (read(ready[0], &byte, 1) != 1 || dm_attach(fd, &req))
		_exit(1);
	tell(told);
	pause();
}

TEST_F(lifetime, helper_keeps_a_mapping)
{
	struct process p = process_start(take_and_leave_helper, 1);
	struct frontend f;

	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(heard(&p));
	process_kill(&p);
	EXPECT_TRUE(successor_gets_it(&f, 0x77));
	helpers_kill(&p);
}

TEST_F(lifetime, helper_keeps_the_descriptor)
{
	struct process p = process_start(take_and_leave_helper, 0);
	struct frontend f;

	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(heard(&p));
	process_kill(&p);
	EXPECT_TRUE(successor_gets_it(&f, 0x78));
	helpers_kill(&p);
}

TEST_F(lifetime, helpers_take_is_its_own)
{
	int fd = dm_open(0);
	struct process p = process_start(take_with, fd);
	struct bao_request req;
	struct frontend f, g;

	/* The helper has one request, this process another. */
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(heard(&p));
	frontend_read(&g, 0, REG + 4, 4);
	ASSERT_EQ(0, dm_attach(fd, &req));
	EXPECT_EQ(REG + 4, req.addr);
	process_kill(&p);
	EXPECT_EQ(0, dm_complete(fd, &req, 4));
	EXPECT_TRUE(frontend_join(&g));
	ASSERT_EQ(0, dm_attach(fd, &req));
	EXPECT_EQ(REG, req.addr);
	EXPECT_NE(0, req.request_id & BAO_REQUEST_REDELIVERED);
	EXPECT_EQ(0, dm_complete(fd, &req, 0));
	EXPECT_TRUE(frontend_join(&f));
	close(fd);
}

TEST_F(lifetime, epoll_in_another_process_serves_nobody)
{
	struct pollfd pfd = { .events = POLLIN };
	int ep = epoll_create1(0);
	struct epoll_event ev;
	struct process p;
	struct frontend f;

	polled = dm_open(0);
	ASSERT_LE(0, polled);
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "50"));
	p = process_start(add_to_epoll, ep);
	ASSERT_TRUE(heard(&p));
	process_kill(&p);
	ASSERT_TRUE(attr_wait(&self->dev, "dm0/state", "expired", 5000));
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "60000"));

	/* This one has the epoll file, and no file of the device model. */
	p = process_start(poll_by_epoll, ep);
	ASSERT_TRUE(heard(&p));
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "expired", 0));
	process_kill(&p);

	pfd.fd = polled;
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	frontend_read(&f, 0, REG, 4);
	EXPECT_EQ(1, epoll_wait(ep, &ev, 1, 3000));
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "served", 0));
	EXPECT_EQ(0, dm_serve_one(polled, 1));
	EXPECT_TRUE(frontend_join(&f));
	close(polled);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "grace", 1000));
	close(ep);
}

TEST_F(lifetime, server_is_who_serves)
{
	int fd = dm_open(0), efd = event_fd();
	struct process p;
	struct frontend f;

	/* Who only rings the frontend's doorbell serves nobody. */
	EXPECT_EQ(0, attr_get(&self->dev, "dm0/server_pid"));
	ASSERT_EQ(0, dm_irqfd(fd, efd, 0));
	EXPECT_EQ(0, attr_get(&self->dev, "dm0/server_pid"));
	p = process_start(serve, 0);
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(p.pid, attr_get(&self->dev, "dm0/server_pid"));
	process_kill(&p);
	EXPECT_EQ(0, attr_get(&self->dev, "dm0/server_pid"));
	close(fd);
	close(efd);
}

TEST_F(lifetime, closing_a_duplicate_changes_nothing)
{
	int fd = dm_open(0), copy = dup(fd);
	struct bao_request req;
	struct frontend f;

	ASSERT_LE(0, copy);
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(fd, &req));
	close(fd);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "served", 0));
	EXPECT_EQ(0, dm_complete(copy, &req, 6));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(6, f.access.value);

	/* The last one of this process: what it took goes back. */
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(copy, &req));
	close(copy);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "grace", 1000));
	EXPECT_TRUE(successor_gets_it(&f, 7));
}

TEST_F(lifetime, close_while_another_thread_attaches)
{
	int fd = dm_open(0), second = dm_open(0);
	struct server s;
	struct frontend f;

	/* A closed descriptor number does not end the call that uses it. */
	server_start(&s, fd, 0x21);
	sleep_ms(50);
	close(fd);
	frontend_read(&f, 0, REG, 4);
	EXPECT_FALSE(frontend_done(&f, 0) && f.error);
	/* Served by the thread, or waiting for the file that is still there. */
	if (!frontend_done(&f, 300))
		EXPECT_EQ(0, dm_serve_one(second, 0x21));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(0x21, f.access.value);
	close(second);
	ASSERT_EQ(0, device_destroy(&self->dev));
	pthread_join(s.thread, NULL);
}

TEST_F(lifetime, attach_ends_when_its_file_is_closed)
{
	int fd = dm_open(0);
	struct server s;
	uint64_t end;

	server_start(&s, fd, 0);
	sleep_ms(50);
	close(fd);
	end = now_ms() + 3000;
	while (!s.error && now_ms() < end)
		sleep_ms(5);
	EXPECT_EQ(EBADF, s.error);
	if (!s.error)
		device_destroy(&self->dev);
	pthread_join(s.thread, NULL);
}

TEST_F(lifetime, grace_then_expired_then_served)
{
	struct bao_dm_status status = { 0 };
	struct bao_request req;
	struct frontend f, g;
	struct process p;
	uint64_t start;
	int fd, late = 0;

	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "2000"));
	EXPECT_EQ(2000, attr_get(&self->dev, "dm0/grace_ms"));
	p = process_start(take_and_hang, 1);
	frontend_read(&f, 0, REG, 4);
	f.access.value = ~0ULL;
	ASSERT_TRUE(heard(&p));
	start = now_ms();
	process_kill(&p);

	/* One more in the grace time: it is not fetched. */
	frontend_write(&g, 0, REG, 4, 1);
	EXPECT_FALSE(frontend_done(&g, 200));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_LE(1980, now_ms() - start);
	EXPECT_GE(4500, now_ms() - start);
	EXPECT_EQ(0, f.access.value);
	EXPECT_EQ(BAO_REQUEST_READ, f.access.done_op);
	ASSERT_TRUE(frontend_join(&g));
	EXPECT_EQ(BAO_REQUEST_WRITE, g.access.done_op);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "expired", 0));

	/* From now on at once, unless the machine below stops this one. */
	for (;;) {
		frontend_read(&f, 0, REG, 4);
		ASSERT_TRUE(frontend_join(&f));
		EXPECT_EQ(0, f.access.value);
		if (f.access.stall_ns < 300000000)
			break;
		ASSERT_GT(5, ++late);
	}
	EXPECT_EQ(3 + late, answered_since(&self->dev, self->answered));

	/* Until somebody serves again. */
	fd = dm_open(0);
	frontend_read(&f, 0, REG, 4);
	EXPECT_TRUE(frontend_join(&f));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, dm_attach(fd, &req));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "served", 0));
	frontend_read(&f, 0, REG, 4);
	EXPECT_FALSE(frontend_done(&f, 100));
	ASSERT_EQ(0, dm_serve_one(fd, 8));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(8, f.access.value);
	ASSERT_EQ(0, ioctl(fd, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(self->answered + 4 + late, status.answered_by_kernel);
	close(fd);
}

TEST_F(lifetime, no_grace)
{
	struct process p;
	struct frontend f;

	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "0"));
	p = process_start(take_and_hang, 1);
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(heard(&p));
	process_kill(&p);
	/* Less than the time that is set when nobody sets one. */
	ASSERT_TRUE(frontend_done(&f, 3000));
	EXPECT_EQ(0, f.access.value);
	EXPECT_EQ(1, answered_since(&self->dev, self->answered));
}

TEST_F(lifetime, endless_grace)
{
	struct process p;
	struct frontend f;

	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "-1"));
	p = process_start(take_and_hang, 1);
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(heard(&p));
	process_kill(&p);
	EXPECT_FALSE(frontend_done(&f, 6000));
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "grace", 0));
	/* Shortened afterwards it ends. */
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/grace_ms", "100"));
	EXPECT_TRUE(frontend_done(&f, 3000));
}

TEST_F(lifetime, bad_times)
{
	static const char *const bad[] = { "-2", "x", "", "99999999999" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		/* An empty write never reaches the attribute. */
		if (!*bad[i])
			continue;
		EXPECT_EQ(-1, attr_set(&self->dev, "dm0/grace_ms", bad[i]));
		EXPECT_EQ(-1, attr_set(&self->dev, "dm0/answer_timeout_ms",
				       bad[i]));
	}
}

TEST_F(lifetime, late_answer_after_timeout)
{
	struct bao_dm_status status = { 0 };
	int fd = dm_open(0);
	struct bao_request req, next;
	struct frontend f;

	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(fd, &req));
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/answer_timeout_ms", "150"));
	ASSERT_TRUE(frontend_done(&f, 3000));
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/answer_timeout_ms", "-1"));
	EXPECT_EQ(0, f.access.value);
	EXPECT_LE(140000000ULL, f.access.stall_ns);

	/* The next one has Bao's id of the first; the answer must not hit it */
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(fd, &next));
	EXPECT_EQ(0, dm_complete(fd, &req, 0xbad));
	EXPECT_FALSE(frontend_done(&f, 20));
	EXPECT_EQ(0, dm_complete(fd, &next, 2));
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ(2, f.access.value);
	EXPECT_EQ(1, attr_get(&self->dev, "dm0/late_answers"));
	EXPECT_EQ(1, answered_since(&self->dev, self->answered));
	/* It was answered now. */
	EXPECT_EQ(-1, dm_complete(fd, &req, 0xbad));
	EXPECT_EQ(ENOENT, errno);
	ASSERT_EQ(0, ioctl(fd, BAO_DM_GET_STATUS, &status));
	EXPECT_EQ(self->answered + 1, status.answered_by_kernel);
	close(fd);
}

TEST_F(lifetime, each_request_has_its_own_time)
{
	struct bao_request a, b;
	struct frontend f, g;
	int fd = dm_open(0);

	ASSERT_EQ(0, attr_set(&self->dev, "dm0/answer_timeout_ms", "600"));
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(fd, &a));
	sleep_ms(300);
	frontend_read(&g, 0, REG + 4, 4);
	ASSERT_EQ(0, dm_attach(fd, &b));
	/* The first one's end is not the second one's. */
	ASSERT_TRUE(frontend_join(&f));
	ASSERT_TRUE(frontend_join(&g));
	EXPECT_LE(590000000ULL, f.access.stall_ns);
	EXPECT_LE(590000000ULL, g.access.stall_ns);
	EXPECT_EQ(2, answered_since(&self->dev, self->answered));
	close(fd);
}

TEST_F(lifetime, first_attach_after_the_end)
{
	int fd = dm_open(0);
	struct bao_request req;

	ASSERT_EQ(0, device_destroy(&self->dev));
	EXPECT_EQ(-1, dm_attach(fd, &req));
	EXPECT_EQ(ENODEV, errno);
	close(fd);
}

TEST_F(lifetime, timeout_of_what_nobody_takes)
{
	struct pollfd pfd = { .fd = dm_open(0), .events = POLLIN };
	struct frontend f;

	/* A daemon that polls and then never attaches hangs as well. */
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/answer_timeout_ms", "150"));
	poll(&pfd, 1, 0);
	frontend_read(&f, 0, REG, 4);
	EXPECT_TRUE(frontend_done(&f, 3000));
	EXPECT_EQ(0, f.access.value);
	close(pfd.fd);
}

TEST_F(lifetime, release)
{
	int fd = dm_open(0);
	struct bao_request req;
	struct frontend f, g;

	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(fd, &req));
	frontend_read(&g, 0, REG, 4);
	ASSERT_TRUE(dm_queued(fd, 1));
	ASSERT_EQ(0, attr_set(&self->dev, "dm0/release", "1"));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_TRUE(frontend_join(&g));
	EXPECT_EQ(0, f.access.value);
	EXPECT_EQ(2, answered_since(&self->dev, self->answered));
	EXPECT_EQ(0, dm_complete(fd, &req, 1));
	EXPECT_EQ(1, attr_get(&self->dev, "dm0/late_answers"));

	/* The daemon goes on as before. */
	frontend_read(&f, 0, REG, 4);
	EXPECT_EQ(0, dm_serve_one(fd, 3));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(3, f.access.value);
	close(fd);
}

TEST_F(lifetime, three_daemons_one_dies)
{
	struct process p[3];
	struct frontend f;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		p[i] = process_start(serve, i);
		ASSERT_TRUE(heard(&p[i]));
	}
	for (i = 0; i < 3; i++) {
		frontend_read(&f, i, REG + i * 4, 4);
		ASSERT_TRUE(frontend_join(&f));
		EXPECT_EQ((uint32_t)~(REG + i * 4),
			  (uint32_t)f.access.value);
	}
	process_kill(&p[1]);
	for (i = 0; i < 3; i += 2) {
		frontend_read(&f, i, REG, 4);
		ASSERT_TRUE(frontend_join(&f));
		EXPECT_EQ((uint32_t)~REG, (uint32_t)f.access.value);
	}
	p[1] = process_start(serve, 1);
	frontend_read(&f, 1, REG, 4);
	ASSERT_TRUE(frontend_join(&f));
	EXPECT_EQ((uint32_t)~REG, (uint32_t)f.access.value);
	for (i = 0; i < 3; i++)
		process_kill(&p[i]);
}

/* Some architectures extend the sign of 32 bits, so only those are compared. */
static void *reading_thread(void *data)
{
	volatile bool *stop = data;
	struct fakehv_access access;
	unsigned long i, wrong = 0;

	for (i = 0; !*stop; i++) {
		memset(&access, 0, sizeof(access));
		access.op = BAO_REQUEST_READ;
		access.width = 4;
		access.addr = REG + i % 128 * 4;
		if (frontend_access(&access) ||
		    (uint32_t)access.value != (uint32_t)~access.addr)
			wrong++;
	}
	return (void *)wrong;
}

TEST_F_TIMEOUT(lifetime, killed_again_and_again_under_load, 300)
{
	volatile bool stop = false;
	pthread_t thread[4];
	struct process p;
	unsigned int i;
	void *wrong;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, reading_thread,
					    (void *)&stop));
	for (i = 0; i < 30; i++) {
		p = process_start(serve, 0);
		ASSERT_TRUE(heard(&p));
		sleep_ms(20 + i % 7 * 5);
		process_kill(&p);
	}
	stop = true;
	p = process_start(serve, 0);
	for (i = 0; i < 4; i++) {
		pthread_join(thread[i], &wrong);
		EXPECT_EQ(NULL, wrong);
	}
	process_kill(&p);
	EXPECT_EQ(0, answered_since(&self->dev, self->answered));
	TH_LOG("%lld requests, %lld redelivered",
	       attr_get(&self->dev, "dm0/requests"),
	       attr_get(&self->dev, "dm0/redelivered"));
}

TEST_F(lifetime, many_late_answers)
{
	struct bao_request req[100];
	int i, fd = dm_open(0);
	struct frontend f;

	/* More than the kernel remembers; the last ones are late, not wrong. */
	for (i = 0; i < 100; i++) {
		frontend_read(&f, 0, REG, 4);
		ASSERT_EQ(0, dm_attach(fd, &req[i]));
		ASSERT_EQ(0, attr_set(&self->dev, "dm0/release", "1"));
		ASSERT_TRUE(frontend_join(&f));
	}
	for (i = 0; i < 100; i++) {
		errno = 0;
		EXPECT_EQ(i < 36 ? -1 : 0, dm_complete(fd, &req[i], 1));
		EXPECT_EQ(i < 36 ? ENOENT : 0, errno);
	}
	EXPECT_EQ(64, attr_get(&self->dev, "dm0/late_answers"));
	close(fd);
}

TEST_F(lifetime, redelivered_once)
{
	struct bao_request req;
	struct frontend f;
	struct process p;
	int i, fd;

	p = process_start(take_and_hang, 1);
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(heard(&p));
	process_kill(&p);
	ASSERT_TRUE(successor_gets_it(&f, 1));
	/* Every place in the table is used again, and forgets what was. */
	fd = dm_open(0);
	for (i = 0; i < 70; i++) {
		frontend_read(&f, 0, REG, 4);
		ASSERT_EQ(0, dm_attach(fd, &req));
		EXPECT_EQ(0, req.request_id & BAO_REQUEST_REDELIVERED);
		ASSERT_EQ(0, dm_complete(fd, &req, 0));
		ASSERT_TRUE(frontend_join(&f));
	}
	close(fd);
}

TEST_F(lifetime, successor_has_the_whole_time)
{
	struct bao_request req;
	struct frontend f;
	struct process p;
	int fd;

	ASSERT_EQ(0, attr_set(&self->dev, "dm0/answer_timeout_ms", "1500"));
	p = process_start(take_and_hang, 1);
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(heard(&p));
	process_kill(&p);
	/* Nobody is late while there is nobody. */
	EXPECT_FALSE(frontend_done(&f, 2500));
	fd = dm_open(0);
	ASSERT_EQ(0, dm_attach(fd, &req));
	EXPECT_FALSE(frontend_done(&f, 100));
	EXPECT_EQ(0, dm_complete(fd, &req, 5));
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_EQ(5, f.access.value);
	EXPECT_EQ(0, answered_since(&self->dev, self->answered));
	close(fd);
}

TEST_F(lifetime, taking_in_vain_gains_no_time)
{
	int fd = dm_open_flags(0, O_NONBLOCK);
	uint64_t end = now_ms() + 5000;
	struct frontend f;

	ASSERT_EQ(0, attr_set(&self->dev, "dm0/answer_timeout_ms", "300"));
	EXPECT_EQ(-1, ioctl(fd, BAO_DM_ATTACH, NULL));
	EXPECT_EQ(EAGAIN, errno);
	frontend_read(&f, 0, REG, 4);
	while (!frontend_done(&f, 50) && now_ms() < end) {
		EXPECT_EQ(-1, ioctl(fd, BAO_DM_ATTACH, NULL));
		EXPECT_TRUE(errno == EFAULT || errno == EAGAIN);
	}
	EXPECT_GT(end, now_ms());
	EXPECT_EQ(1, answered_since(&self->dev, self->answered));
	close(fd);
	EXPECT_TRUE(frontend_join(&f));
}

TEST_F(lifetime, taking_in_vain_keeps_the_order)
{
	int fd = dm_open_flags(0, O_NONBLOCK);
	struct bao_request req;
	struct frontend f, g;

	EXPECT_EQ(-1, dm_attach(fd, &req));
	EXPECT_EQ(EAGAIN, errno);
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(dm_queued(fd, 1));
	frontend_read(&g, 0, REG + 4, 4);
	ASSERT_TRUE(dm_queued(fd, 2));
	EXPECT_EQ(-1, ioctl(fd, BAO_DM_ATTACH, NULL));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, dm_attach(fd, &req));
	EXPECT_EQ(REG, req.addr);
	ASSERT_EQ(0, dm_complete(fd, &req, 1));
	ASSERT_EQ(0, dm_attach(fd, &req));
	EXPECT_EQ(REG + 4, req.addr);
	ASSERT_EQ(0, dm_complete(fd, &req, 2));
	close(fd);
	EXPECT_TRUE(frontend_join(&f));
	EXPECT_TRUE(frontend_join(&g));
}

#define USERS	256

/* A process counts once for each of its files, as long as it has it. */
TEST_F(lifetime, users_are_limited)
{
	struct pollfd pfd[USERS + 1];
	struct bao_request req;
	int efd = event_fd();
	unsigned int i;

	for (i = 0; i <= USERS; i++) {
		pfd[i].fd = dm_open_flags(0, O_NONBLOCK);
		pfd[i].events = POLLIN;
		ASSERT_LE(0, pfd[i].fd);
	}
	EXPECT_EQ(0, poll(pfd, USERS, 0));
	EXPECT_EQ(0, poll(pfd, USERS, 0));
	EXPECT_EQ(1, poll(&pfd[USERS], 1, 0));
	EXPECT_EQ(POLLERR, pfd[USERS].revents);
	EXPECT_EQ(-1, dm_attach(pfd[USERS].fd, &req));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(-1, dm_ioeventfd(pfd[USERS].fd, efd, 0, REG, 4, 0));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(-1, dm_irqfd(pfd[USERS].fd, efd, 0));
	EXPECT_EQ(ENOSPC, errno);
	close(pfd[0].fd);
	EXPECT_EQ(0, poll(&pfd[USERS], 1, 0));
	EXPECT_EQ(0, dm_irqfd(pfd[USERS].fd, efd, 0));
	for (i = 1; i <= USERS; i++)
		close(pfd[i].fd);
	close(efd);
}

TEST_F(lifetime, two_deadlines)
{
	int fd = dm_open(0);
	struct bao_request req;
	struct frontend f, g;

	ASSERT_EQ(0, attr_set(&self->dev, "dm0/answer_timeout_ms", "1000"));
	frontend_read(&f, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(fd, &req));
	EXPECT_FALSE(frontend_done(&f, 300));
	frontend_read(&g, 0, REG, 4);
	ASSERT_EQ(0, dm_attach(fd, &req));
	EXPECT_TRUE(frontend_done(&f, 3000));
	EXPECT_TRUE(frontend_done(&g, 3000));
	EXPECT_LE(990000000ULL, g.access.stall_ns);
	close(fd);
}

TEST_F(lifetime, two_serve_one_leaves)
{
	struct process p = process_start(serve, 0);
	int fd = dm_open(0);
	struct bao_request req;

	ASSERT_TRUE(heard(&p));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, dm_attach(fd, &req));
	EXPECT_EQ(-1, dm_attach(fd, &req));
	process_kill(&p);
	EXPECT_FALSE(attr_wait(&self->dev, "dm0/state", "grace", 200));
	close(fd);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "grace", 1000));
}

TEST_F(lifetime, counters_outlive_a_binding)
{
	struct process p;
	struct frontend f;
	long long answered, redelivered;

	p = process_start(take_and_hang, 1);
	frontend_read(&f, 0, REG, 4);
	ASSERT_TRUE(heard(&p));
	process_kill(&p);
	EXPECT_TRUE(attr_wait(&self->dev, "dm0/state", "grace", 1000));
	answered = attr_get(&self->dev, "dm0/answered_by_kernel");
	redelivered = attr_get(&self->dev, "dm0/redelivered");
	EXPECT_EQ(self->redelivered + 1, redelivered);
	/* The driver's last answer counts as well. */
	ASSERT_EQ(0, driver_unbind(&self->dev));
	EXPECT_TRUE(frontend_join(&f));
	ASSERT_EQ(0, driver_bind(&self->dev, DISPATCHER));
	EXPECT_EQ(answered + 1, attr_get(&self->dev, "dm0/answered_by_kernel"));
	EXPECT_EQ(redelivered, attr_get(&self->dev, "dm0/redelivered"));
}

/* 0 or an errno. */
static int power_write(const char *file, const char *word)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	ret = write(fd, word, strlen(word)) < 0 ? errno : 0;
	close(fd);
	return ret;
}

/*
 * Where it did, the machine would only try, and come back. The device of the
 * fixture, which serves nobody, is asked first, and has nothing against it.
 */
TEST_F(lifetime, does_not_sleep_while_others_wait)
{
	int log = kmsg_open(), fd;
	const uint32_t id = 5;
	struct fakehv_device other;
	struct bao_request req;

	if (power_write("power/pm_test", "devices"))
		SKIP(return, "the kernel cannot try to sleep");
	device_init(&other, DISPATCHER);
	device_mem(&other, DM_START(id), DM_SIZE, NULL);
	device_res(&other, FAKEHV_RES_DM_IRQ, id, 0);
	device_u32(&other, "bao,id", 1, &id);
	ASSERT_TRUE(device_create(&other));
	fd = dm_open(id);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, dm_attach(fd, &req));

	EXPECT_EQ(EBUSY, power_write("power/state", "freeze"));
	EXPECT_TRUE(kmsg_find(log, other.dev_name, "cannot sleep"));
	/* With zeros for an answer, too. */
	ASSERT_EQ(0, attr_set(&other, "dm5/grace_ms", "0"));
	close(fd);
	EXPECT_TRUE(attr_wait(&other, "dm5/state", "expired", 3000));
	EXPECT_EQ(EBUSY, power_write("power/state", "freeze"));
	EXPECT_TRUE(kmsg_find(log, other.dev_name, "cannot sleep"));
	/* It is said before the daemon stands still. */
	lseek(log, 0, SEEK_SET);
	EXPECT_FALSE(kmsg_find(log, "Freezing user space", NULL));

	EXPECT_EQ(0, device_destroy(&other));
	EXPECT_EQ(0, power_write("power/pm_test", "none"));
	close(log);
}

TEST_HARNESS_MAIN
