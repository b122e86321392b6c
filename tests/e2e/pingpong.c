// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages between two guests over one IPC channel: one side serves, the other
 * counts rounds, checks every byte, and tells how long a round takes.
 *
 * A message is a sequence number, a length, a checksum and so many bytes, at
 * the start of the sender's channel. The peer can rewrite the memory at any
 * time, so a message is copied first and then believed only as far as it was
 * checked. An event that came late can lead to a half-written message: its
 * checksum is wrong, and the event that belongs to it is still to come.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/bao.h>

#define DATA_MAX	1024
#define SEQ_END		UINT32_MAX

struct message {
	uint32_t seq;
	uint32_t len;
	uint32_t sum;
	unsigned char data[DATA_MAX];
};

struct options {
	const char *node;
	bool serve;
	bool use_eventfd;
	bool use_mmap;
	uint32_t event;
	uint32_t count;
	uint32_t length;
	int timeout_ms;
};

struct channel {
	const struct options *opt;
	int fd;
	int eventfd;
	struct bao_ipc_info info;
	const unsigned char *read;
	unsigned char *write;
};

static void die(const char *what)
{
	fprintf(stderr, "pingpong: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void fail(const char *what)
{
	fprintf(stderr, "pingpong: %s\n", what);
	exit(1);
}

static void map_channel(struct channel *ch)
{
	const struct bao_ipc_info *info = &ch->info;
	unsigned char *map;

	/* Two mappings: only the write channel's pages can be writable. */
	map = mmap(NULL, info->map_size, PROT_READ, MAP_SHARED, ch->fd, 0);
	if (map == MAP_FAILED)
		die("mmap of the region");
	ch->read = map + info->read_offset;
	map = mmap(NULL, info->writable_size, PROT_READ | PROT_WRITE,
		   MAP_SHARED, ch->fd, (off_t)info->writable_offset);
	if (map == MAP_FAILED)
		die("mmap of the write channel");
	ch->write = map + (info->write_offset - info->writable_offset);
}

static void open_channel(struct channel *ch, const struct options *opt)
{
	struct bao_ipc_eventfd args = { .event = opt->event };

	ch->opt = opt;
	ch->fd = open(opt->node, O_RDWR | O_CLOEXEC);
	if (ch->fd < 0)
		die(opt->node);
	if (ioctl(ch->fd, BAO_IPC_GET_INFO, &ch->info))
		die("BAO_IPC_GET_INFO");
	if (ch->info.read_size < sizeof(struct message) ||
	    ch->info.write_size < sizeof(struct message))
		fail("the channels are too small");
	if (opt->use_mmap)
		map_channel(ch);
	ch->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ch->eventfd < 0)
		die("eventfd");
	args.fd = ch->eventfd;
	if (opt->use_eventfd && ioctl(ch->fd, BAO_IPC_EVENTFD, &args))
		die("BAO_IPC_EVENTFD");
}

static void send_message(struct channel *ch, const struct message *msg)
{
	const size_t len = offsetof(struct message, data) + msg->len;
	struct bao_ipc_notify notify = { .event = ch->opt->event };

	if (!ch->opt->use_mmap) {
		/* Rings event 0. */
		if (pwrite(ch->fd, msg, len, 0) != (ssize_t)len)
			die("write");
		return;
	}
	memcpy(ch->write, msg, len);
	if (ioctl(ch->fd, BAO_IPC_NOTIFY, &notify))
		die("BAO_IPC_NOTIFY");
}

static void receive_message(struct channel *ch, struct message *msg)
{
	if (ch->opt->use_mmap)
		memcpy(msg, ch->read, sizeof(*msg));
	else if (pread(ch->fd, msg, sizeof(*msg), 0) != sizeof(*msg))
		die("read");
}

/* Whether our event came, within the time. Fetches it, before the memory. */
static bool wait_event(struct channel *ch)
{
	struct pollfd pfd = { .fd = ch->fd, .events = POLLIN };
	struct bao_ipc_events events = { .flags = 0 };
	uint64_t value;
	int ret;

	if (ch->opt->use_eventfd)
		pfd.fd = ch->eventfd;
	ret = poll(&pfd, 1, ch->opt->timeout_ms);
	if (ret < 0)
		die("poll");
	if (!ret)
		return false;
	if (!(pfd.revents & POLLIN))
		fail("poll: the channel is gone");
	if (ch->opt->use_eventfd)
		return read(ch->eventfd, &value, sizeof(value)) ==
		       sizeof(value);
	if (ioctl(ch->fd, BAO_IPC_GET_EVENTS, &events))
		die("BAO_IPC_GET_EVENTS");
	return true;
}

/* FNV-1a over everything but the sum; the length has been checked. */
static uint32_t checksum(const struct message *msg)
{
	uint32_t sum = 2166136261u ^ msg->seq;
	uint32_t i;

	for (i = 0; i < msg->len; i++)
		sum = (sum ^ msg->data[i]) * 16777619u;
	return sum ^ msg->len;
}

static bool whole(const struct message *msg)
{
	return msg->len <= DATA_MAX && msg->sum == checksum(msg);
}

/* A doorbell can stand for several messages, or for none that is new. */
static void wait_other(struct channel *ch, struct message *msg, uint32_t last)
{
	do {
		if (!wait_event(ch))
			fail("no event in time");
		receive_message(ch, msg);
	} while (!whole(msg) || msg->seq == last);
}

static void wait_for(struct channel *ch, struct message *msg, uint32_t seq)
{
	do {
		if (!wait_event(ch))
			fail("no event in time");
		receive_message(ch, msg);
	} while (!whole(msg) || msg->seq != seq);
}

static void serve(struct channel *ch)
{
	struct message msg;
	uint32_t last = SEQ_END;

	/* The first doorbell may have rung before there was an ear. */
	receive_message(ch, &msg);
	if (whole(&msg) && msg.seq != SEQ_END) {
		last = msg.seq;
		send_message(ch, &msg);
	}
	do {
		wait_other(ch, &msg, last);
		last = msg.seq;
		send_message(ch, &msg);
	} while (last != SEQ_END);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t play_round(struct channel *ch, uint32_t seq, uint32_t len)
{
	struct message out = { .seq = seq, .len = len }, in;
	uint64_t start;
	uint32_t i;

	for (i = 0; i < len; i++)
		out.data[i] = (unsigned char)(seq * 31 + i);
	out.sum = checksum(&out);
	start = now_ns();
	send_message(ch, &out);
	wait_for(ch, &in, seq);
	if (in.len != len || memcmp(in.data, out.data, len))
		fail("the echo is not what was sent");
	return now_ns() - start;
}

static void play(struct channel *ch)
{
	const struct options *opt = ch->opt;
	struct message end = { .seq = SEQ_END };
	uint64_t *ns;
	uint32_t i;

	ns = calloc(opt->count, sizeof(*ns));
	if (!ns)
		die("memory");
	for (i = 0; i < opt->count; i++)
		ns[i] = play_round(ch, i + 1, opt->length);
	end.sum = checksum(&end);
	send_message(ch, &end);
	wait_for(ch, &end, SEQ_END);
	qsort(ns, opt->count, sizeof(*ns), compare);
	printf("rounds=%" PRIu32 " median_ns=%" PRIu64 " p10_ns=%" PRIu64
	       " p90_ns=%" PRIu64 "\n", opt->count, ns[opt->count / 2],
	       ns[opt->count / 10], ns[(uint64_t)opt->count * 9 / 10]);
	free(ns);
}

static const char usage[] =
"usage: pingpong [option ...] NODE\n"
"Exchanges messages with a peer over the IPC channel NODE.\n"
"  --serve           echo until the peer ends it\n"
"  --count N         play N rounds (1000)\n"
"  --length N        bytes in a message, up to 1024 (64)\n"
"  --wait HOW        poll or eventfd (poll)\n"
"  --access HOW      file or mmap (file)\n"
"  --event N         the doorbell; file access has 0 only (0)\n"
"  --timeout MS      give up waiting after so long (20000)\n";

static uint32_t number(const char *text, uint32_t min, uint32_t max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || end == text || *end || value < min || value > max) {
		fprintf(stderr, "pingpong: %s: not from %" PRIu32 " to %" PRIu32
			"\n", text, min, max);
		exit(2);
	}
	return (uint32_t)value;
}

static void parse(struct options *opt, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "serve", no_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },
		{ "length", required_argument, NULL, 'l' },
		{ "wait", required_argument, NULL, 'w' },
		{ "access", required_argument, NULL, 'a' },
		{ "event", required_argument, NULL, 'e' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (c) {
		case 's':
			opt->serve = true;
			break;
		case 'c':
			opt->count = number(optarg, 1, 10000000);
			break;
		case 'l':
			opt->length = number(optarg, 0, DATA_MAX);
			break;
		case 'w':
			opt->use_eventfd = !strcmp(optarg, "eventfd");
			break;
		case 'a':
			opt->use_mmap = !strcmp(optarg, "mmap");
			break;
		case 'e':
			opt->event = number(optarg, 0, BAO_IPC_MAX_EVENTS - 1);
			break;
		case 't':
			opt->timeout_ms = (int)number(optarg, 1, 1000000);
			break;
		default:
			fputs(usage, c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (optind != argc - 1 || (opt->event && !opt->use_mmap)) {
		fputs(usage, stderr);
		exit(2);
	}
	opt->node = argv[optind];
}

int main(int argc, char **argv)
{
	struct options opt = {
		.count = 1000,
		.length = 64,
		.timeout_ms = 20000,
	};
	struct channel ch = { .fd = -1 };

	parse(&opt, argc, argv);
	open_channel(&ch, &opt);
	if (opt.serve)
		serve(&ch);
	else
		play(&ch);
	return 0;
}
