// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frontend with a clock: what a read that the daemon answers takes, and a
 * QueueNotify. One line for each: its name, median and minimum, in ns.
 */
#include "bed.h"
#include "mmio.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE		4096UL
#define WARM_UP		200

#if defined(__aarch64__)
static uint64_t ticks(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value) : : "memory");
	return value;
}

static double ns_per_tick(void)
{
	uint64_t frequency;

	__asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
	return 1e9 / (double)frequency;
}
#else
static uint64_t ticks(void)
{
	return now_ns();
}

static double ns_per_tick(void)
{
	return 1;
}
#endif

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void report(const char *name, uint64_t *took, size_t count)
{
	qsort(took, count, sizeof(*took), by_size);
	printf("%s %.0f %.0f\n", name, (double)took[count / 2] * ns_per_tick(),
	       (double)took[0] * ns_per_tick());
}

static int run_clock(int argc, char **argv)
{
	volatile unsigned char *window;
	uint64_t start, *took;
	size_t i, count;

	if (argc != 2)
		errx(2, "usage: %s %s", command_clock.name, command_clock.usage);
	count = number(argv[1]);
	took = calloc(count, sizeof(*took));
	if (!count || !took)
		errx(2, "no room for %zu accesses", count);
	window = map_physical(WINDOW_START & ~(PAGE - 1), PAGE) +
		 (WINDOW_START & (PAGE - 1));
	for (i = 0; i < WARM_UP; i++)
		load32(window + REG_STATUS);
	for (i = 0; i < count; i++) {
		start = ticks();
		load32(window + REG_STATUS);
		took[i] = ticks() - start;
	}
	report("read", took, count);
	for (i = 0; i < count; i++) {
		start = ticks();
		store32(window + REG_NOTIFY, 0);
		took[i] = ticks() - start;
	}
	report("notify", took, count);
	return 0;
}

const struct command command_clock = {
	"clock", "COUNT: accesses of each kind", run_clock
};
