// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz --seed N [--seconds S] [--threads N] [--stats]
 *
 * Runs inside a guest with bao.ko and fakehv.ko. Uses the module at random for
 * so long, in rounds; after each one everything has to be answered, to work and
 * to be freed. Prints TAP.
 */

#include <err.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fuzz.h"

#define ROUND_SECONDS	30

static unsigned int seconds = 60, threads = 6;
static uint64_t seed;
static bool seed_given, stats;

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "threads", required_argument, NULL, 'n' },
		{ "stats", no_argument, NULL, 'c' },
		{ "hold", required_argument, NULL, 'h' },
		{ 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			seed_given = true;
			break;
		case 't':
			seconds = (unsigned int)atoi(optarg);
			break;
		case 'n':
			threads = (unsigned int)atoi(optarg);
			break;
		case 'c':
			stats = true;
			break;
		case 'h':
			/* What a worker executes: it has files, and goes. */
			sleep_ms((unsigned int)atoi(optarg));
			_exit(0);
		default:
			exit(2);
		}
	}
	if (!seed_given)
		errx(2, "usage: fuzz --seed N [--seconds S] [--threads N] [--stats]");
}

/* After the storm; everybody but the frontends has been killed. */
static bool calm(void)
{
	if (shared->strict) {
		if (!health_answer_all())
			return false;
	} else {
		frontends_kill();
		world_calm();
	}
	return health_round() && leaks_check() && watch_kernel() &&
	       modules_cycle() && watch_kernel();
}

static bool run_round(unsigned int round, unsigned int length)
{
	shared->seed = rng_derive(seed, round, 0).state;
	/* One in four may lose requests. */
	shared->strict = shared->seed % 4;
	printf("# round %u: %s\n", round,
	       shared->strict ? "strict" : "anything goes");
	fflush(stdout);
	hv_reset();
	world_make();
	return storm(length, threads) && storm_end() && calm();
}

int main(int argc, char **argv)
{
	unsigned int left, length, round = 0;
	bool fine = true;

	parse(argc, argv);
	printf("KTAP version 1\n1..1\n# seed %#llx, %u s, %u threads\n",
	       (unsigned long long)seed, seconds, threads);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	ring_init();
	watch_start();
	hv_open();
	for (left = seconds; fine && left; left -= length) {
		length = left < 2 * ROUND_SECONDS ? left : ROUND_SECONDS;
		fine = run_round(round++, length);
	}
	stats_print(stats);
	printf("%s 1 seed %#llx\n", fine ? "ok" : "not ok",
	       (unsigned long long)seed);
	return !fine;
}
