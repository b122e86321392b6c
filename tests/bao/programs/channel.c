// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channel 0, all of it: one guest receives, and says when it wants what; the
 * other sends. The receiver's lines are "ok TEXT" or "not ok TEXT", the
 * sender's too.
 */
#include "bed.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/bao.h>

#define PATIENCE_MS	20000
#define QUIET_MS	100
#define MESSAGES	1000
#define TEXT		"a word for the neighbour"
#define MAPPED		"and one by mmap"
#define MAPPED_AT	4096

/* what the receiver asks for, in this order; numbers after each other */
enum step {
	STEP_WRITE = 1,
	STEP_EVENT_1,
	STEP_MESSAGES,
	STEP_MAP,
};

static int status;

static bool check(bool fine, const char *text)
{
	printf("%sok %s\n", fine ? "" : "not ", text);
	if (!fine)
		status = 1;
	return fine;
}

/* wait_word: until the other side has come to VALUE */
static bool wait_word(enum word which, uint32_t value)
{
	uint64_t end = now_ns() + PATIENCE_MS * 1000000ULL;

	while (notebook()[which] < value) {
		if (now_ns() > end)
			return false;
		usleep(200);
	}
	__sync_synchronize();
	return true;
}

/* rounds: the words of a run before this one do not count */
static uint32_t base;

static void ask(enum step step)
{
	note(notebook() + WORD_CHANNEL_GO, base + step);
}

static bool wakes(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1 && (p.revents & POLLIN);
}

static struct bao_ipc_events events(int fd)
{
	struct bao_ipc_events e = { .flags = 0 };

	if (ioctl(fd, BAO_IPC_GET_EVENTS, &e))
		err(1, "BAO_IPC_GET_EVENTS");
	return e;
}

static uint64_t counter(int fd)
{
	uint64_t value = 0;

	if (read(fd, &value, sizeof(value)) < 0 && errno != EAGAIN)
		err(1, "eventfd");
	return value;
}

static int attach_eventfd(int fd, unsigned int event)
{
	struct bao_ipc_eventfd attach = {
		.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), .event = event,
	};

	if (attach.fd < 0 || ioctl(fd, BAO_IPC_EVENTFD, &attach))
		err(1, "BAO_IPC_EVENTFD");
	return attach.fd;
}

static void receive_single(int fd, const int *eventfds)
{
	char text[sizeof(TEXT)] = "";
	struct bao_ipc_events e;

	check(!wakes(fd, QUIET_MS), "poll waits");
	ask(STEP_WRITE);
	check(wakes(fd, PATIENCE_MS), "poll wakes for event 0");
	check(pread(fd, text, sizeof(text), 0) == sizeof(text) &&
	      !strcmp(text, TEXT), "read gives what was written");
	e = events(fd);
	check(e.count[0] == 1 && !e.count[1], "event 0 is counted, once");
	check(counter(eventfds[0]) == 1 && !counter(eventfds[1]),
	      "its eventfd is signalled, and no other");
	check(!wakes(fd, QUIET_MS), "poll waits again");
	ask(STEP_EVENT_1);
	check(wakes(fd, PATIENCE_MS), "poll wakes for event 1");
	e = events(fd);
	check(!e.count[0] && e.count[1] == 1, "event 1 is counted, once");
	check(!counter(eventfds[0]) && counter(eventfds[1]) == 1,
	      "the other eventfd is signalled");
}

/* One after the other: the sender waits until the number was read. */
static void receive_many(int fd, int eventfd)
{
	uint32_t got, i;

	ask(STEP_MESSAGES);
	for (i = 1; i <= MESSAGES; i++) {
		if (!wakes(eventfd, PATIENCE_MS) || !counter(eventfd))
			break;
		if (pread(fd, &got, sizeof(got), 0) != sizeof(got) || got != i)
			break;
		note(notebook() + WORD_CHANNEL_SEEN, i);
	}
	if (!check(i > MESSAGES, "1000 events by eventfd, each with its number"))
		printf("message %u did not come, %u is there\n", i, got);
}

static void receive_mapped(int fd, const struct bao_ipc_info *info)
{
	char *map = mmap(NULL, info->map_size, PROT_READ, MAP_SHARED, fd, 0);

	if (!check(map != MAP_FAILED, "the region can be mapped to read"))
		return;
	check(mmap(NULL, info->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0) == MAP_FAILED && errno == EACCES,
	      "the peer's half cannot be mapped to write");
	ask(STEP_MAP);
	check(wait_word(WORD_CHANNEL_DONE, base + STEP_MAP) &&
	      !memcmp(map + info->read_offset + MAPPED_AT, MAPPED,
		      sizeof(MAPPED)),
	      "a mapping shows what the peer wrote through its own");
}

static void receive_refused(int fd)
{
	struct bao_ipc_notify ring = { .event = BAO_IPC_MAX_EVENTS };

	check(ioctl(fd, BAO_IPC_NOTIFY, &ring) < 0 && errno == EINVAL,
	      "an event that nobody can have is refused");
	ring.event = 7;
	check(!ioctl(fd, BAO_IPC_NOTIFY, &ring),
	      "an event that the peer has not is none of our business");
}

static struct bao_ipc_info layout(int fd)
{
	struct bao_ipc_info info = { .flags = 0 };

	if (ioctl(fd, BAO_IPC_GET_INFO, &info))
		err(1, "BAO_IPC_GET_INFO");
	return info;
}

static int receive(int argc, char **argv)
{
	int fd = open_channel();
	struct bao_ipc_info info = layout(fd);
	int eventfds[2];

	if (argc != 2)
		errx(2, "usage: %s %s", command_receive.name,
		     command_receive.usage);
	base = 10 * (uint32_t)number(argv[1]);
	if (!check(info.num_events == 2, "the channel has two events"))
		return 1;
	eventfds[0] = attach_eventfd(fd, 0);
	eventfds[1] = attach_eventfd(fd, 1);
	events(fd);
	receive_single(fd, eventfds);
	receive_many(fd, eventfds[0]);
	receive_mapped(fd, &info);
	receive_refused(fd);
	return status;
}

static bool send_many(int fd)
{
	uint32_t i;

	for (i = 1; i <= MESSAGES; i++)
		if (pwrite(fd, &i, sizeof(i), 0) != sizeof(i) ||
		    !wait_word(WORD_CHANNEL_SEEN, i))
			return false;
	return true;
}

static bool send_mapped(int fd)
{
	struct bao_ipc_info info = layout(fd);
	char *map = mmap(NULL, info.writable_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, (off_t)info.writable_offset);

	if (map == MAP_FAILED)
		return false;
	memcpy(map + MAPPED_AT, MAPPED, sizeof(MAPPED));
	note(notebook() + WORD_CHANNEL_DONE, base + STEP_MAP);
	return true;
}

static int send(int argc, char **argv)
{
	struct bao_ipc_notify ring = { .event = 1 };
	int fd = open_channel();

	if (argc != 2)
		errx(2, "usage: %s %s", command_send.name, command_send.usage);
	base = 10 * (uint32_t)number(argv[1]);
	note(notebook() + WORD_CHANNEL_SEEN, 0);
	check(wait_word(WORD_CHANNEL_GO, base + STEP_WRITE) &&
	      pwrite(fd, TEXT, sizeof(TEXT), 0) == sizeof(TEXT),
	      "a message is written");
	check(wait_word(WORD_CHANNEL_GO, base + STEP_EVENT_1) &&
	      !ioctl(fd, BAO_IPC_NOTIFY, &ring), "event 1 is rung");
	check(wait_word(WORD_CHANNEL_GO, base + STEP_MESSAGES) && send_many(fd),
	      "1000 messages are written, each read before the next");
	check(wait_word(WORD_CHANNEL_GO, base + STEP_MAP) && send_mapped(fd),
	      "our half can be mapped to write");
	return status;
}

const struct command command_send = { "send", "ROUND", send };
const struct command command_receive = { "receive", "ROUND", receive };
