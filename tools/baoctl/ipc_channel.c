// SPDX-License-Identifier: GPL-2.0-only
/*
 * An open channel.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "ipc.h"
#include "model.h"
#include "root.h"

/* Returns the number of the channel with this label, or -1. "" is none. */
static long long by_label(const char *label)
{
	struct json_object *channels = model_channels(), *c;
	size_t i, n = json_object_array_length(channels);
	long long id = -1;

	for (i = 0; i < n && id < 0; i++) {
		c = json_object_array_get_idx(channels, i);
		if (*label && !strcmp(get_string(c, "label"), label))
			id = get_number(c, "id");
	}
	json_object_put(channels);
	return id;
}

static int find_node(struct channel *c, const char *name)
{
	char path[PATH_SIZE];
	long long id;

	if (strchr(name, '/')) {
		snprintf(path, sizeof(path), "%s", name);
	} else if (*name && !name[strspn(name, "0123456789")]) {
		rooted(path, "/dev/baoipc%s", name);
	} else {
		id = by_label(name);
		if (id < 0)
			return fail("there is no channel with the label '%s', "
				    "see baoctl ipc list", name);
		rooted(path, "/dev/baoipc%lld", id);
	}
	if (strlen(path) >= sizeof(c->path))
		return fail("%s: %s", path, strerror(ENAMETOOLONG));
	strcpy(c->path, path);
	return 0;
}

static int explain_open(const char *path, int err)
{
	switch (err) {
	case ENOENT:
		return fail("%s: there is no such channel; baoctl status says "
			    "why", path);
	case EACCES:
	case EPERM:
		return fail("%s: permission denied; be root, or in the group "
			    "that owns it", path);
	default:
		return fail("%s: %s", path, strerror(err));
	}
}

int channel_open(struct channel *c, const char *name)
{
	int err;

	memset(c, 0, sizeof(*c));
	if (find_node(c, name))
		return BAOCTL_FAILED;
	c->fd = open(c->path, O_RDWR | O_CLOEXEC);
	if (c->fd < 0)
		return explain_open(c->path, errno);
	if (!ioctl(c->fd, BAO_IPC_GET_INFO, &c->info))
		return 0;
	err = errno;
	close(c->fd);
	if (err == ENOTTY)
		return fail("%s: not a channel of Bao, or one of another "
			    "driver", c->path);
	return fail("%s: %s", c->path, strerror(err));
}

void channel_close(struct channel *c)
{
	close(c->fd);
}

int channel_notify(const struct channel *c, uint32_t event)
{
	struct bao_ipc_notify notify = { .event = event };

	if (!ioctl(c->fd, BAO_IPC_NOTIFY, &notify))
		return 0;
	if (errno == EIO)
		return fail("%s: the hypervisor refused: its configuration of "
			    "this guest has no ipcs[%u]", c->path, c->info.id);
	return fail("%s: %s", c->path, strerror(errno));
}

int channel_check_event(const struct channel *c, uint32_t event)
{
	if (!c->info.num_events)
		return fail("%s: it has no interrupts here, so nothing can be "
			    "waited for; the device tree may name them",
			    c->path);
	if (event != ANY_EVENT && event >= c->info.num_events)
		return fail("%s: there is no event %u, only 0 to %u", c->path,
			    event, c->info.num_events - 1);
	return 0;
}

static bool came(const struct bao_ipc_events *events, uint32_t event)
{
	uint32_t i;

	for (i = 0; i < events->num_events; i++)
		if (events->count[i] && (event == ANY_EVENT || event == i))
			return true;
	return false;
}

static int too_late(const struct channel *c, int ms)
{
	return fail("%s: nothing came within %d.%03d s", c->path, ms / 1000,
		    ms % 1000);
}

int channel_wait(const struct channel *c, uint32_t event, int ms,
		 struct bao_ipc_events *events)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int64_t end = now_us() + ms * INT64_C(1000), left;
	int n, timeout = -1;

	do {
		if (ms >= 0) {
			left = (end - now_us() + 999) / 1000;
			/* Other events may come all the time. */
			if (left < 0)
				return too_late(c, ms);
			timeout = (int)left;
		}
		n = poll(&p, 1, timeout);
		if (n < 0)
			return fail("%s: %s", c->path, strerror(errno));
		if (!n)
			return too_late(c, ms);
		memset(events, 0, sizeof(*events));
		if (ioctl(c->fd, BAO_IPC_GET_EVENTS, events))
			return fail("%s: %s", c->path, strerror(errno));
	} while (!came(events, event));
	return 0;
}
