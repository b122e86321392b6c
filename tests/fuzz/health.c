// SPDX-License-Identifier: GPL-2.0-only
/* After the storm: whether everything is answered, and works. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define DMS		3
#define ANSWER_MS	30000
#define REG		0xa003e00ULL

static int served[DMS];

static bool serve_open(void)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < DMS; i++) {
		served[i] = dm_open_flags(i, O_NONBLOCK);
		all &= served[i] >= 0;
	}
	return all;
}

static void serve_close(void)
{
	unsigned int i;

	for (i = 0; i < DMS; i++)
		if (served[i] >= 0)
			close(served[i]);
}

static void serve_all(void)
{
	unsigned int i;

	for (i = 0; i < DMS; i++)
		while (!dm_serve_one(served[i], 0x5a))
			;
}

/* Devices that are as they should be are left as they are. */
static bool serve_begin(void)
{
	if (serve_open())
		return true;
	serve_close();
	if (!world_restore())
		return false;
	return serve_open() || finding("a device model cannot be opened");
}

static bool nothing_outstanding(void)
{
	uint64_t end = now_ms() + ANSWER_MS;

	while (hv_counters().outstanding) {
		serve_all();
		sleep_ms(1);
		if (now_ms() > end)
			return finding("%llu requests are never answered",
				       hv_counters().outstanding);
	}
	return true;
}

static bool attr_is(unsigned int dm, const char *attr, const char *value)
{
	struct fakehv_device dev;
	char name[32], text[64];

	snprintf(dev.dev_name, sizeof(dev.dev_name), "fakehv.%u",
		 world_dm_slot(dm));
	snprintf(name, sizeof(name), "dm%u/%s", dm, attr);
	attr_text(&dev, name, text, sizeof(text));
	return !strcmp(text, value) ||
	       finding("%s/%s is '%s', not '%s'", dev.dev_name, name, text,
		       value);
}

/* Nobody is left who could hold a request or serve. */
static bool nobody_left(void)
{
	unsigned int i;

	for (i = 0; i < DMS; i++) {
		if (world_dm_slot(i) >= WORLD_DEVICES)
			continue;
		if (!attr_is(i, "oldest_request", "none") ||
		    !attr_is(i, "server_pid", "0"))
			return false;
	}
	return true;
}

/* Frontends that stand still go on, once there is a daemon. */
bool health_answer_all(void)
{
	bool fine;

	world_calm();
	if (!serve_begin())
		return false;
	fine = frontends_end(ANSWER_MS, serve_all) ||
	       finding("a frontend stands still for ever");
	fine = fine && nothing_outstanding();
	serve_close();
	/* Where what was expected to be there may be made in odd ways. */
	return fine && world_restore() && nobody_left();
}

static bool round_dm(unsigned int dm)
{
	int fd = dm_open(dm), kick = event_fd(), call = event_fd();
	uint64_t seen = hv_counters().dm_notified[dm], one = 1;
	struct frontend f;
	bool fine;

	frontend_read(&f, dm, REG, 4);
	fine = !dm_serve_one(fd, 0x1234) && frontend_join(&f) &&
	       f.access.value == 0x1234;
	fine = fine && !dm_ioeventfd(fd, kick, 0, REG, 4, 0) &&
	       !dm_irqfd(fd, call, 0);
	if (fine) {
		frontend_write(&f, dm, REG, 4, 7);
		fine = frontend_join(&f) && event_wait(kick, 5000) &&
		       event_count(kick) == 1;
	}
	fine = fine && write(call, &one, sizeof(one)) == sizeof(one) &&
	       !hv_wait(FAKEHV_DM, dm, 0, seen, 5000);
	close(fd);
	close(kick);
	close(call);
	return fine || finding("device model %u does not work any more", dm);
}

static bool round_ipc_event(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct bao_ipc_events events = { 0 };

	hv_ring(FAKEHV_IPC, 0, 1);
	return poll(&pfd, 1, 5000) == 1 && (pfd.revents & POLLIN) &&
	       !ioctl(fd, BAO_IPC_GET_EVENTS, &events) &&
	       events.num_events == 2 && events.count[1] == 1;
}

static bool round_ipc(void)
{
	struct fakehv_counters before = hv_counters();
	struct bao_ipc_notify notify = { .event = 5 };
	char *peer = hv_map(IPC_START, 2 * CHANNEL_SIZE), text[8];
	int fd = channel_open(0);
	bool fine;

	memcpy(peer, "hello", 6);
	fine = pread(fd, text, sizeof(text), 0) == sizeof(text) &&
	       !memcmp(text, "hello", 6) && pwrite(fd, "world", 6, 0) == 6 &&
	       !memcmp(peer + CHANNEL_SIZE, "world", 6);
	fine = fine && !hv_wait(FAKEHV_IPC, 0, 0, before.ipc_notified[0][0],
				5000);
	fine = fine && !ioctl(fd, BAO_IPC_NOTIFY, &notify) &&
	       !hv_wait(FAKEHV_IPC, 0, 5, before.ipc_notified[0][5], 5000);
	fine = fine && round_ipc_event(fd);
	close(fd);
	munmap(peer, 2 * CHANNEL_SIZE);
	return fine || finding("the channel does not work any more: %s",
			       strerror(errno));
}

/* With new devices, everything once. */
bool health_round(void)
{
	unsigned int i;

	hv_reset();
	world_calm();
	world_make();
	for (i = 0; i < DMS; i++)
		if (!round_dm(i))
			return false;
	return round_ipc();
}
