// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channels: doorbells, and messages there and back.
 */
#include "smoke.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/bao.h>

#include "message.h"
#include "report.h"

#define DRIVER	"bao-ipcshmem"
#define ROUNDS	10U

/**
 * struct channel - an open channel
 * @id: for the hypervisor
 * @fd: the node
 * @info: layout
 * @any_event: events seen at all
 */
struct channel {
	int id;
	int fd;
	struct bao_ipc_info info;
	bool any_event;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int open_channel(struct channel *c, const char *path)
{
	memset(c, 0, sizeof(*c));
	c->fd = open(path, O_RDWR | O_CLOEXEC);
	if (c->fd < 0) {
		problem("%s: %s", path, strerror(errno));
		return -1;
	}
	if (ioctl(c->fd, BAO_IPC_GET_INFO, &c->info) < 0) {
		problem("%s: no information: %s", path, strerror(errno));
		close(c->fd);
		return -1;
	}
	c->id = (int)c->info.id;
	return 0;
}

static int ring(const struct channel *c, uint32_t event)
{
	struct bao_ipc_notify arg = { .event = event };

	return ioctl(c->fd, BAO_IPC_NOTIFY, &arg) < 0 ? -errno : 0;
}

static void check_doorbell(const struct channel *c)
{
	int err = ring(c, 0);

	if (!err) {
		ok("baoipc%d: the doorbell rings", c->id);
		return;
	}
	problem("baoipc%d: the doorbell is refused: %s", c->id, strerror(-err));
	try("id in the device tree is the index in ipcs of this VM in Bao's "
	    "configuration: there is no ipcs[%d]", c->id);
}

static void check_channel(const char *path)
{
	struct channel c;

	if (open_channel(&c, path))
		return;
	ok("baoipc%d: reads %" PRIu64 " bytes at +0x%" PRIx64 ", writes %"
	   PRIu64 " at +0x%" PRIx64 ", %u events", c.id,
	   (uint64_t)c.info.read_size, (uint64_t)c.info.read_offset,
	   (uint64_t)c.info.write_size, (uint64_t)c.info.write_offset,
	   c.info.num_events);
	if (!c.info.num_events)
		note("baoipc%d: without interrupts nobody here can wait for "
		     "the peer; the device tree may name them", c.id);
	check_doorbell(&c);
	close(c.fd);
}

void check_channels(const struct options *opt)
{
	glob_t nodes;
	size_t i;

	(void)opt;
	if (glob("/dev/baoipc*", 0, NULL, &nodes)) {
		problem("channels are bound and no /dev/baoipc* exists");
		try("mount -t devtmpfs dev /dev, or let udev or mdev run");
		return;
	}
	for (i = 0; i < nodes.gl_pathc; i++)
		check_channel(nodes.gl_pathv[i]);
	globfree(&nodes);
}

static int open_for_echo(struct channel *c, int id)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/baoipc%d", id);
	if (open_channel(c, path))
		return -1;
	if (c->info.read_size < sizeof(struct message) ||
	    c->info.write_size < sizeof(struct message)) {
		problem("baoipc%d: too small for a message", id);
		close(c->fd);
		return -1;
	}
	return 0;
}

/*
 * Up to @ms. First the events, then the memory: whatever is rung after this
 * wakes the next wait. The memory is looked at now and then in any case, to
 * tell a lost interrupt from a lost message.
 */
static void wait_event(struct channel *c, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	struct bao_ipc_events events;

	if (poll(&p, 1, ms) <= 0 || !(p.revents & POLLIN)) {
		/* Without interrupts poll has nothing to wait for. */
		if (!c->info.num_events)
			usleep((useconds_t)ms * 1000);
		return;
	}
	memset(&events, 0, sizeof(events));
	if (!ioctl(c->fd, BAO_IPC_GET_EVENTS, &events))
		c->any_event = true;
}

static bool send_message(const struct channel *c, const struct message *m,
			 uint32_t event)
{
	/* Writing rings event 0 already. */
	if (!message_send(c->fd, m) || (event && ring(c, event))) {
		problem("baoipc%d: sending: %s", c->id, strerror(errno));
		return false;
	}
	return true;
}

/* Returns microseconds, or -1. */
static int64_t one_round(struct channel *c, uint32_t number,
			 const struct options *opt)
{
	struct message m = message_new(number), back;
	int64_t start = now_us(), end = start + opt->wait * 1000000LL;

	if (!send_message(c, &m, opt->event))
		return -1;
	while (now_us() < end) {
		wait_event(c, c->info.num_events ? 100 : 1);
		if (message_look(c->fd, &back) && !memcmp(&back, &m, sizeof(m)))
			return now_us() - start;
	}
	return -1;
}

static void explain_no_echo(const struct channel *c, uint32_t number)
{
	struct message m;

	problem("baoipc%d: message %u did not come back", c->id, number);
	if (c->any_event)
		note("baoipc%d: the peer rings, though", c->id);
	if (message_look(c->fd, &m))
		note("baoipc%d: message %u is there instead", c->id, m.number);
	try("start bao-smoke --ipc N --echo-peer in the peer first");
	try("the peer's read-channel is our write-channel and the other way "
	    "round: compare the offsets in both device trees");
	try("in Bao's configuration both VMs name the same shmem_id, and base "
	    "is the address in each device tree");
}

static void explain_no_event(const struct channel *c)
{
	problem("baoipc%d: messages came, their interrupts never did", c->id);
	try("interrupts in the device tree: Bao's configuration has GIC INTIDs "
	    "(SPI + 32), the device tree SPI numbers; INTID 52 is <0 20 1>");
	try("the peer rings event 0: this VM's interrupts[0]");
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void check_echo(const struct options *opt)
{
	uint32_t i, first = (uint32_t)time(NULL) << 8;
	int64_t us[ROUNDS];
	struct channel c;

	if (open_for_echo(&c, opt->ipc))
		return;
	/* Numbers differ from those of an earlier run: old echoes lie there. */
	for (i = 0; i < ROUNDS; i++) {
		us[i] = one_round(&c, first + i, opt);
		if (us[i] < 0) {
			explain_no_echo(&c, first + i);
			close(c.fd);
			return;
		}
	}
	qsort(us, ROUNDS, sizeof(us[0]), compare);
	ok("baoipc%d: %u messages came back, median %" PRId64 " us, slowest %"
	   PRId64 " us", c.id, ROUNDS, us[ROUNDS / 2], us[ROUNDS - 1]);
	if (c.any_event)
		ok("baoipc%d: the peer's events come", c.id);
	else if (c.info.num_events)
		explain_no_event(&c);
	close(c.fd);
}

void be_echo(const struct options *opt)
{
	int64_t end = now_us() + opt->wait * 1000000LL;
	uint32_t last = 0, echoes = 0;
	struct message m;
	struct channel c;

	if (open_for_echo(&c, opt->ipc))
		return;
	/* What lies there is from before. */
	if (message_look(c.fd, &m))
		last = m.number;
	note("baoipc%d: sending messages back until none came for %d s", c.id,
	     opt->wait);
	while (now_us() < end) {
		wait_event(&c, c.info.num_events ? 100 : 1);
		if (!message_look(c.fd, &m) || m.number == last)
			continue;
		if (!send_message(&c, &m, opt->event))
			break;
		last = m.number;
		echoes++;
		end = now_us() + opt->wait * 1000000LL;
	}
	if (echoes)
		ok("baoipc%d: %u messages sent back", c.id, echoes);
	else
		problem("baoipc%d: no message came within %d s", c.id,
			opt->wait);
	if (echoes && !c.any_event && c.info.num_events)
		explain_no_event(&c);
	close(c.fd);
}
