// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that only wants the CPU: how often it gets through a loop shows what
 * others leave it.
 */
#include "bed.h"

#include <err.h>
#include <stdio.h>

#define STEPS	20000

static void turn(void)
{
	volatile unsigned int i;

	for (i = 0; i < STEPS; i++)
		;
}

static int spin(int argc, char **argv)
{
	uint64_t start, now, limit;
	uint64_t turns = 0;

	if (argc != 2)
		errx(2, "usage: %s %s", command_spin.name, command_spin.usage);
	limit = number(argv[1]) * 1000000000U;
	start = now = now_ns();
	for (; now - start < limit; now = now_ns(), turns++)
		turn();
	printf("%llu\n",
	       (unsigned long long)(turns * 1000000000U / (now - start)));
	return 0;
}

const struct command command_spin = {
	"spin", "SECONDS: prints turns of a loop in a second", spin
};
