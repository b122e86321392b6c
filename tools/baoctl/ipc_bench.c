// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl ipc bench
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "ipc.h"
#include "message.h"
#include "model.h"
#include "options.h"

static const char help[] =
"usage: baoctl ipc bench [option ...] CHANNEL\n"
"Sends messages of 32 bytes, one after the other, and times their way there\n"
"and back. The peer has to send them back: start \"baoctl ipc bench --echo\" or\n"
"\"bao-smoke --echo-peer\" there first. CHANNEL is a number, a label, or the\n"
"path of a node.\n"
"\n"
"  -E, --echo        be the one that sends them back\n"
"  -n, --count N     so many messages (1000)\n"
"  -e, --event E     ring this one, the position in the peer's list of\n"
"                    interrupts, instead of 0 alone\n"
"  -t, --timeout S   wait so long for the peer (10)\n"
"  -j, --json        as a JSON object\n"
"  -h, --help        this text\n";

static const struct option options[] = {
	{ "echo", no_argument, NULL, 'E' },
	{ "count", required_argument, NULL, 'n' },
	{ "event", required_argument, NULL, 'e' },
	{ "timeout", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/**
 * struct bench - the command line, and what was seen
 * @echo: be the peer
 * @count: messages
 * @event: what to ring
 * @ms: how long to wait
 * @json: the form of the output
 * @c: the channel
 * @events: interrupts that came
 */
struct bench {
	bool echo;
	uint64_t count;
	uint64_t event;
	int ms;
	bool json;
	struct channel c;
	uint64_t events;
};

/*
 * Up to 100 ms. First the events, then the memory: whatever is rung after this
 * wakes the next wait. The memory is looked at now and then in any case, to
 * tell a lost interrupt from a lost message.
 */
static int wait_event(struct bench *b)
{
	struct pollfd p = { .fd = b->c.fd, .events = POLLIN };
	struct bao_ipc_events events;
	uint32_t i;

	/* Without interrupts poll has nothing to wait for. */
	if (!b->c.info.num_events) {
		usleep(50);
		return 0;
	}
	if (poll(&p, 1, 100) <= 0)
		return 0;
	memset(&events, 0, sizeof(events));
	if (ioctl(b->c.fd, BAO_IPC_GET_EVENTS, &events))
		return fail("%s: %s", b->c.path, strerror(errno));
	for (i = 0; i < events.num_events; i++)
		b->events += events.count[i];
	return 0;
}

static int send_message(const struct bench *b, const struct message *m)
{
	if (!message_send(b->c.fd, m))
		return fail("%s: sending: %s", b->c.path, strerror(errno));
	/* Writing has rung event 0. */
	return b->event ? channel_notify(&b->c, (uint32_t)b->event) : 0;
}

static int one_round(struct bench *b, uint32_t number, int64_t *us)
{
	struct message m = message_new(number), back;
	int64_t start = now_us(), end = start + b->ms * INT64_C(1000);
	int status = send_message(b, &m);

	while (!status && now_us() < end) {
		status = wait_event(b);
		if (status)
			break;
		if (message_look(b->c.fd, &back) &&
		    !memcmp(&back, &m, sizeof(m))) {
			*us = now_us() - start;
			return 0;
		}
	}
	if (status)
		return status;
	return fail("%s: a message did not come back within %d ms; does the "
		    "peer run baoctl ipc bench --echo, and is its read-channel "
		    "our write-channel?", b->c.path, b->ms);
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_figures(const struct bench *b, int64_t *us)
{
	size_t n = (size_t)b->count;
	int64_t median, slow;

	qsort(us, n, sizeof(*us), compare);
	median = us[n / 2];
	slow = us[n - 1 - n / 100];
	if (!b->json) {
		printf("%zu messages there and back: fastest %" PRId64
		       " us, median %" PRId64 " us, 99%% below %" PRId64
		       " us, slowest %" PRId64 " us\n", n, us[0], median, slow,
		       us[n - 1]);
		return;
	}
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "count", json_object_new_uint64(b->count));
	json_object_object_add(o, "min_us", json_object_new_int64(us[0]));
	json_object_object_add(o, "median_us", json_object_new_int64(median));
	json_object_object_add(o, "p99_us", json_object_new_int64(slow));
	json_object_object_add(o, "max_us", json_object_new_int64(us[n - 1]));
	json_object_object_add(o, "events", json_object_new_uint64(b->events));
	print_json(o);
	json_object_put(o);
}

static int check_events(const struct bench *b)
{
	if (b->events || !b->c.info.num_events)
		return 0;
	return fail("%s: messages came, their interrupts never did; baoctl "
		    "status says which ones are expected", b->c.path);
}

static int measure(struct bench *b)
{
	/* Numbers differ from those of an earlier run: old echoes lie there. */
	uint32_t first = (uint32_t)time(NULL) << 8;
	int64_t *us = calloc((size_t)b->count, sizeof(*us));
	int status = 0;
	uint32_t i;

	if (!us)
		return fail("%s", strerror(ENOMEM));
	for (i = 0; i < b->count && !status; i++)
		status = one_round(b, first + i, &us[i]);
	if (!status) {
		print_figures(b, us);
		status = check_events(b);
	}
	free(us);
	return status;
}

static int send_back(struct bench *b)
{
	int64_t end = now_us() + b->ms * INT64_C(1000);
	struct message m, last;
	uint64_t echoes = 0;
	int status = 0;

	/* What lies there is from before. */
	if (!message_look(b->c.fd, &last))
		memset(&last, 0, sizeof(last));
	while (!status && now_us() < end) {
		status = wait_event(b);
		if (status || !message_look(b->c.fd, &m) ||
		    !memcmp(&m, &last, sizeof(m)))
			continue;
		status = send_message(b, &m);
		last = m;
		echoes++;
		end = now_us() + b->ms * INT64_C(1000);
	}
	if (!status && !echoes)
		return fail("%s: no message came within %d ms", b->c.path,
			    b->ms);
	return status ? status : check_events(b);
}

static int bench(struct bench *b, const char *name)
{
	int status;

	status = channel_open(&b->c, name);
	if (status)
		return status;
	if (b->c.info.read_size < sizeof(struct message) ||
	    b->c.info.write_size < sizeof(struct message))
		status = fail("%s: too small for a message", b->c.path);
	else if (b->echo)
		status = send_back(b);
	else
		status = measure(b);
	channel_close(&b->c);
	return status;
}

static int set(struct bench *b, int c)
{
	switch (c) {
	case 'E':
		b->echo = true;
		return 0;
	case 'n':
		return parse_number("--count", optarg, 1, 10000000, &b->count);
	case 'e':
		return parse_number("--event", optarg, 0,
				    BAO_IPC_MAX_EVENTS - 1, &b->event);
	case 't':
		return parse_seconds("--timeout", optarg, &b->ms);
	case 'j':
		b->json = true;
		return 0;
	default:
		return BAOCTL_MISUSE;
	}
}

int baoctl_ipc_bench(int argc, char **argv)
{
	struct bench b = { .count = 1000, .ms = 10000 };
	int c;

	while ((c = getopt_long(argc, argv, "En:e:t:jh", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return BAOCTL_OK;
		}
		if (set(&b, c))
			return BAOCTL_MISUSE;
	}
	if (b.echo && b.json)
		return misuse("--json: not with --echo");
	if (check_operands(argc, argv, 1, 1, "a channel"))
		return BAOCTL_MISUSE;
	return bench(&b, argv[optind]);
}
