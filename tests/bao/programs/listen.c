// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other end of "ring": counts interrupts of event 0 and keeps the last
 * number in the notebook, until it is killed or the channel is gone.
 */
#include "bed.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/bao.h>

static int hear(int argc, char **argv)
{
	volatile uint32_t *words = notebook();
	struct pollfd p = { .events = POLLIN };
	uint32_t value;

	(void)argv;
	if (argc != 1)
		errx(2, "usage: %s", command_listen.name);
	p.fd = open_channel();
	for (;;) {
		struct bao_ipc_events e = { .flags = 0 };

		if (poll(&p, 1, -1) < 0)
			err(1, "poll");
		if (ioctl(p.fd, BAO_IPC_GET_EVENTS, &e)) {
			if (errno == ENODEV)
				return 3;
			err(1, "BAO_IPC_GET_EVENTS");
		}
		if (pread(p.fd, &value, sizeof(value), 0) != sizeof(value))
			err(1, "read");
		note(words + WORD_LAST, value);
		note(words + WORD_HEARD, words[WORD_HEARD] + e.count[0]);
	}
}

const struct command command_listen = { "listen", "", hear };
