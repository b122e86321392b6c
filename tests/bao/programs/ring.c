// SPDX-License-Identifier: GPL-2.0-only
/*
 * A peer that rings: writes one number after the other, each with a doorbell of
 * event 0, at a pace or as fast as it goes. The word "rung" goes on from where
 * it was.
 */
#include "bed.h"

#include <err.h>
#include <stdio.h>
#include <unistd.h>

/* pause_until: what is late is not made up for */
static void pause_until(uint64_t *due, uint64_t every)
{
	uint64_t now = now_ns();

	*due += every;
	if (*due > now)
		usleep((useconds_t)((*due - now) / 1000));
	else
		*due = now;
}

static int ring(int argc, char **argv)
{
	volatile uint32_t *words = notebook();
	uint64_t every, start, due, end;
	uint32_t first, value;
	int fd;

	if (argc != 3)
		errx(2, "usage: %s %s", command_ring.name, command_ring.usage);
	every = number(argv[2]) * 1000U;
	fd = open_channel();
	first = value = words[WORD_RUNG];
	start = due = now_ns();
	end = start + number(argv[1]) * 1000000000U;
	while (now_ns() < end) {
		note(words + WORD_RUNG, ++value);
		if (pwrite(fd, &value, sizeof(value), 0) != sizeof(value))
			err(1, "write");
		if (every)
			pause_until(&due, every);
	}
	printf("%u doorbells asked for in %s s\n", value - first, argv[1]);
	return 0;
}

const struct command command_ring = {
	"ring", "SECONDS MICROSECONDS: between two, 0 for none", ring
};
