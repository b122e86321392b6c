// SPDX-License-Identifier: GPL-2.0-only
/*
 * bed COMMAND [ARGUMENT...] - what the two guests of tests/bao are tried with
 */
#include "bed.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
	&command_set, &command_get, &command_wait,
	&command_serve, &command_access, &command_clock,
	&command_send, &command_receive,
	&command_ring, &command_listen, &command_spin,
};

#define COUNT	(sizeof(commands) / sizeof(commands[0]))

int main(int argc, char **argv)
{
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; argc > 1 && i < COUNT; i++)
		if (!strcmp(argv[1], commands[i]->name))
			return commands[i]->run(argc - 1, argv + 1);
	for (i = 0; i < COUNT; i++)
		fprintf(stderr, "usage: bed %s %s\n", commands[i]->name,
			commands[i]->usage);
	return 2;
}
