// SPDX-License-Identifier: GPL-2.0-only
/*
 * The notebook from the command line: the scripts of both guests keep step
 * with it.
 */
#include "bed.h"

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const names[WORDS] = {
	[WORD_BACKEND] = "backend",
	[WORD_FRONTEND] = "frontend",
	[WORD_CHANNEL_GO] = "channel-go",
	[WORD_CHANNEL_DONE] = "channel-done",
	[WORD_CHANNEL_SEEN] = "channel-seen",
	[WORD_STARTS] = "starts",
	[WORD_REDELIVERED] = "redelivered",
	[WORD_READS] = "reads",
	[WORD_WRITES] = "writes",
	[WORD_REFUSED] = "refused",
	[WORD_SEQUENCE] = "sequence",
	[WORD_ROUNDS] = "rounds",
	[WORD_WRONG] = "wrong",
	[WORD_LOST] = "lost",
	[WORD_LONGEST] = "longest",
	[WORD_NOTIFIED] = "notified",
	[WORD_RUNG] = "rung",
	[WORD_HEARD] = "heard",
	[WORD_LAST] = "last",
};

static volatile uint32_t *word(const char *name)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		if (!strcmp(name, names[i]))
			return notebook() + i;
	errx(2, "no word '%s'", name);
}

static int set(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: %s %s", command_set.name, command_set.usage);
	note(word(argv[1]), (uint32_t)number(argv[2]));
	return 0;
}

static int get(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: %s %s", command_get.name, command_get.usage);
	printf("%u\n", *word(argv[1]));
	return 0;
}

static int wait_for(int argc, char **argv)
{
	volatile uint32_t *watched;
	uint32_t value;
	uint64_t end;

	if (argc != 4)
		errx(2, "usage: %s %s", command_wait.name, command_wait.usage);
	watched = word(argv[1]);
	value = (uint32_t)number(argv[2]);
	end = now_ns() + number(argv[3]) * 1000000000U;
	while (*watched < value) {
		if (now_ns() > end) {
			printf("%s is %u and not %u after %s s\n", argv[1],
			       *watched, value, argv[3]);
			return 1;
		}
		usleep(10000);
	}
	return 0;
}

const struct command command_set = { "set", "WORD VALUE", set };
const struct command command_get = { "get", "WORD", get };
const struct command command_wait = {
	"wait", "WORD VALUE SECONDS: until it is that or more", wait_for
};
