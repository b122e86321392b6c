// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel at full rate, in both directions: whatever way a receiver waits,
 * after the last doorbell it wakes and sees the last message.
 */

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "torture.h"

#define EVENTS		4
#define BURSTS		2500
#define BURST_MAX	24
#define LAST		0xffffffff

enum way {
	POLL,			/* poll, then BAO_IPC_GET_EVENTS */
	EPOLL_EDGE,		/* epoll with EPOLLET */
	EVENTFD_READ,		/* sleeps in read() of an eventfd */
	EVENTFD_POLL,		/* polls eventfds of all events */
	WAYS,
};

/**
 * struct receiver - a thread that waits for messages
 * @way: how
 * @fd: a channel file of its own
 * @efd: eventfds, for those who have them
 * @seen: the last one that it saw
 * @wakes: how often it woke
 * @error: what went wrong
 * @thread: the thread
 */
struct receiver {
	enum way way;
	int fd;
	int efd[EVENTS];
	volatile uint32_t seen;
	unsigned long wakes;
	int error;
	pthread_t thread;
};

static int fetch(int fd)
{
	struct bao_ipc_events events = { 0 };

	return ioctl(fd, BAO_IPC_GET_EVENTS, &events);
}

static int sleep_in_poll(struct receiver *r)
{
	struct pollfd pfd = { .fd = r->fd, .events = POLLIN };

	return poll(&pfd, 1, -1) == 1 ? fetch(r->fd) : -1;
}

static int sleep_in_epoll(struct receiver *r, int ep)
{
	struct epoll_event ev;

	return epoll_wait(ep, &ev, 1, -1) == 1 ? fetch(r->fd) : -1;
}

/* Event 0 only; blocks. */
static int sleep_in_read(struct receiver *r)
{
	uint64_t value;

	return read(r->efd[0], &value, 8) == 8 ? 0 : -1;
}

static int sleep_in_eventfds(struct receiver *r)
{
	struct pollfd pfd[EVENTS];
	int i;

	for (i = 0; i < EVENTS; i++)
		pfd[i] = (struct pollfd) { .fd = r->efd[i], .events = POLLIN };
	if (poll(pfd, EVENTS, -1) < 1)
		return -1;
	for (i = 0; i < EVENTS; i++)
		if (pfd[i].revents)
			event_count(r->efd[i]);
	return 0;
}

/* Sleeps first, looks afterwards. */
static void *receiver_thread(void *data)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct receiver *r = data;
	int ep = epoll_create1(EPOLL_CLOEXEC);
	uint32_t message = 0;
	int ret = 0;

	if (r->way == EPOLL_EDGE)
		ret = epoll_ctl(ep, EPOLL_CTL_ADD, r->fd, &ev);
	while (!ret && message != LAST) {
		if (r->way == EPOLL_EDGE)
			ret = sleep_in_epoll(r, ep);
		else if (r->way == EVENTFD_READ)
			ret = sleep_in_read(r);
		else if (r->way == EVENTFD_POLL)
			ret = sleep_in_eventfds(r);
		else
			ret = sleep_in_poll(r);
		r->wakes++;
		if (pread(r->fd, &message, 4, 0) != 4)
			ret = -1;
		r->seen = message;
	}
	r->error = ret ? errno : 0;
	close(ep);
	return NULL;
}

FIXTURE(ipc) {
	struct fakehv_device channel;
	struct receiver receiver[WAYS];
	volatile uint32_t *inbox;
	volatile uint32_t *outbox;
	uint64_t rng;
};

FIXTURE_SETUP(ipc)
{
	hv_reset();
	ASSERT_TRUE(channel_create(&self->channel, 0, EVENTS));
	self->inbox = hv_map(IPC_START, 4096);
	self->outbox = hv_map(IPC_START + CHANNEL_SIZE, 4096);
	*self->inbox = 0;
	*self->outbox = 0;
	self->rng = seed_get();
}

FIXTURE_TEARDOWN(ipc)
{
	munmap((void *)self->inbox, 4096);
	munmap((void *)self->outbox, 4096);
	doorbell_defaults();
	hv_reset();
}

static void receiver_start(struct __test_metadata *_metadata,
			   struct receiver *r, enum way way)
{
	struct bao_ipc_eventfd args = { 0 };
	unsigned int i;

	r->way = way;
	r->fd = channel_open(0);
	ASSERT_LE(0, r->fd);
	for (i = 0; i < EVENTS; i++) {
		r->efd[i] = eventfd(0, way == EVENTFD_READ ? 0 : EFD_NONBLOCK);
		args.fd = way == EVENTFD_READ ? r->efd[0] : r->efd[i];
		args.event = i;
		if (way == EVENTFD_READ || way == EVENTFD_POLL)
			ASSERT_EQ(0, ioctl(r->fd, BAO_IPC_EVENTFD, &args));
	}
	ASSERT_EQ(0, pthread_create(&r->thread, NULL, receiver_thread, r));
}

static bool all_have_seen(FIXTURE_DATA(ipc) *self, uint32_t message)
{
	uint64_t end = now_ms() + SLACK_MS;
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		while (self->receiver[i].seen != message) {
			if (now_ms() > end)
				return false;
			/* Soon again: the next burst meets it half asleep. */
			sched_yield();
		}
	}
	return true;
}

/* Messages of a few doorbells, on this event and that. */
static void send(FIXTURE_DATA(ipc) *self, uint32_t message)
{
	*self->inbox = message;
	__sync_synchronize();
	hv_ring(FAKEHV_IPC, 0, chance(&self->rng, EVENTS));
}

static void bursts(struct __test_metadata *_metadata, FIXTURE_DATA(ipc) *self)
{
	uint32_t message = 0, burst, num;
	unsigned int i;

	for (i = 0; i < WAYS; i++)
		receiver_start(_metadata, &self->receiver[i], (enum way)i);
	for (burst = 0; burst < share(BURSTS); burst++) {
		num = 1 + chance(&self->rng, BURST_MAX);
		while (num--)
			send(self, ++message);
		if (!chance(&self->rng, 8))
			sleep_us(chance(&self->rng, 3000));
		ASSERT_TRUE(all_have_seen(self, message)) {
			for (i = 0; i < WAYS; i++)
				TH_LOG("way %u saw %u of %u, woke %lu times",
				       i, self->receiver[i].seen, message,
				       self->receiver[i].wakes);
		}
	}
	send(self, LAST);
	for (i = 0; i < WAYS; i++) {
		pthread_join(self->receiver[i].thread, NULL);
		EXPECT_EQ(0, self->receiver[i].error);
	}
	TH_LOG("%u messages in %u bursts; woke %lu, %lu, %lu, %lu times; left to work items %lld times",
	       message, burst, self->receiver[0].wakes,
	       self->receiver[1].wakes, self->receiver[2].wakes,
	       self->receiver[3].wakes,
	       attr_get(&self->channel, "ipc/storms"));
}

TEST_F_TIMEOUT(ipc, last_message_is_seen, 900)
{
	bursts(_metadata, self);
}

/* What comes while a line is masked is forgotten, if one ever is. */
TEST_F_TIMEOUT(ipc, last_message_is_seen_in_a_storm, 900)
{
	struct fakehv_config config = {
		.num_dms = 1, .num_ipcs = 1, .num_slots = 8,
		.flags = FAKEHV_DROP_MASKED,
	};
	struct fakehv_ring ring = {
		.kind = FAKEHV_IPC,
	};
	unsigned int i;
	uint32_t message = 0;

	hv_config(config);
	for (i = 0; i < WAYS; i++)
		receiver_start(_metadata, &self->receiver[i], (enum way)i);
	for (i = 0; i < share(BURSTS / 20); i++) {
		*self->inbox = ++message;
		ring.count = 1 + chance(&self->rng, 4000);
		ring.event = chance(&self->rng, EVENTS);
		ASSERT_EQ(0, ioctl(hv, FAKEHV_RING, &ring));
		hv_burst(FAKEHV_IPC, 0, ring.event);
		send(self, ++message);
		ASSERT_TRUE(all_have_seen(self, message));
	}
	send(self, LAST);
	for (i = 0; i < WAYS; i++) {
		pthread_join(self->receiver[i].thread, NULL);
		EXPECT_EQ(0, self->receiver[i].error);
	}
	EXPECT_EQ(0, hv_counters().lost);
}

/* The peer, which sleeps until it is rung and looks then. */
struct peer {
	volatile uint32_t *outbox;
	unsigned int event;
	volatile uint32_t seen;
	unsigned long wakes;
	pthread_t thread;
};

static void *peer_thread(void *data)
{
	struct fakehv_wait wait = { .kind = FAKEHV_IPC, .timeout_ms = 600000 };
	struct peer *p = data;

	wait.event = p->event;
	while (p->seen != LAST && !ioctl(hv, FAKEHV_WAIT, &wait)) {
		p->wakes++;
		p->seen = p->outbox[p->event];
	}
	return NULL;
}

static bool peer_has_seen(const struct peer *p, uint32_t message)
{
	uint64_t end = now_ms() + SLACK_MS;

	while (p->seen != message) {
		if (now_ms() > end)
			return false;
		sched_yield();
	}
	return true;
}

TEST_F_TIMEOUT(ipc, peer_sees_the_last_message, 900)
{
	struct bao_ipc_notify notify = { 0 };
	struct peer peer[EVENTS];
	uint32_t message = 0, burst, num;
	int fd = channel_open(0);
	unsigned int i;

	memset(peer, 0, sizeof(peer));
	for (i = 0; i < EVENTS; i++) {
		peer[i].outbox = self->outbox;
		peer[i].event = i;
		self->outbox[i] = 0;
		ASSERT_EQ(0, pthread_create(&peer[i].thread, NULL, peer_thread,
					    &peer[i]));
	}
	for (burst = 0; burst < share(BURSTS); burst++) {
		/* Some are at once, most are deferred. */
		if (burst % 500 == 0)
			doorbell_limits(burst % 1000 ? 2000 : DOORBELL_RATE,
					DOORBELL_BURST);
		notify.event = chance(&self->rng, EVENTS);
		num = 1 + chance(&self->rng, BURST_MAX);
		while (num--) {
			message++;
			if (notify.event) {
				self->outbox[notify.event] = message;
				ASSERT_EQ(0, ioctl(fd, BAO_IPC_NOTIFY,
						   &notify));
			} else {
				ASSERT_EQ(4, pwrite(fd, &message, 4, 0));
			}
		}
		ASSERT_TRUE(peer_has_seen(&peer[notify.event], message)) {
			TH_LOG("event %u: saw %u of %u", notify.event,
			       peer[notify.event].seen, message);
		}
	}
	for (i = 0; i < EVENTS; i++) {
		self->outbox[i] = LAST;
		notify.event = i;
		ASSERT_EQ(0, ioctl(fd, BAO_IPC_NOTIFY, &notify));
		pthread_join(peer[i].thread, NULL);
	}
	TH_LOG("%u messages in %u bursts; woke %lu, %lu, %lu, %lu times",
	       message, burst, peer[0].wakes, peer[1].wakes, peer[2].wakes,
	       peer[3].wakes);
	close(fd);
}

TEST_HARNESS_MAIN
