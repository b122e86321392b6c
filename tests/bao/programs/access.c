// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frontend: reads registers whose values it knows, and writes numbers of
 * which the daemon keeps the last, until the backend's script has come to a
 * step; in between it hammers on QueueNotify, if told so. What is wrong is
 * counted in the notebook while it goes on.
 */
#include "bed.h"
#include "mmio.h"

#include <err.h>
#include <stdbool.h>
#include <stdio.h>

#define PAGE		4096UL
#define SHOWN		5	/* wrong values that are printed */

struct frontend {
	volatile unsigned char *window;
	volatile uint32_t *words;
	uint32_t sequence;
	uint64_t longest;
};

static void complain(struct frontend *f, enum word counter, const char *what,
		     uint64_t wrong, uint64_t took)
{
	f->words[counter]++;
	if (f->words[counter] <= SHOWN)
		printf("round %u: %s 0x%llx after %llu us\n",
		       f->words[WORD_ROUNDS], what, (unsigned long long)wrong,
		       (unsigned long long)took / 1000);
}

static uint64_t finished(struct frontend *f, uint64_t start)
{
	uint64_t took = now_ns() - start;

	if (took > f->longest) {
		f->longest = took;
		note(f->words + WORD_LONGEST, (uint32_t)(took / 1000000));
	}
	return took;
}

static uint64_t load(const volatile unsigned char *addr, int width)
{
	switch (width) {
	case 1:
		return load8(addr);
	case 2:
		return load16(addr);
	case 4:
		return load32(addr);
	}
	return load64(addr);
}

static void read_one(struct frontend *f, unsigned int reg, int width,
		     uint64_t expected)
{
	uint64_t start = now_ns();
	uint64_t value = load(f->window + reg, width);
	uint64_t took = finished(f, start);

	if (width < 8)
		expected &= (1ULL << 8 * width) - 1;
	if (value != expected)
		complain(f, WORD_WRONG, "read", value, took);
}

static void write_one(struct frontend *f)
{
	uint64_t start = now_ns(), took;

	store32(f->window + REG_SEQUENCE, ++f->sequence);
	took = finished(f, start);
	__sync_synchronize();
	if (f->words[WORD_SEQUENCE] != f->sequence)
		complain(f, WORD_LOST, "the daemon has not got", f->sequence,
			 took);
}

static void one_round(struct frontend *f)
{
	int width = 1 << (f->words[WORD_ROUNDS] & 3);

	read_one(f, REG_MAGIC, 4, MAGIC_VALUE);
	read_one(f, REG_VERSION, 4, VERSION_VALUE);
	read_one(f, REG_PATTERN, width, PATTERN_VALUE);
	write_one(f);
	note(f->words + WORD_ROUNDS, f->words[WORD_ROUNDS] + 1);
}

static void hammer(struct frontend *f, uint32_t times)
{
	uint32_t i;

	for (i = 0; i < times; i++)
		store32(f->window + REG_NOTIFY, 0);
	note(f->words + WORD_NOTIFIED, f->words[WORD_NOTIFIED] + times);
}

static int be_frontend(int argc, char **argv)
{
	struct frontend f = { .words = notebook() };
	uint32_t until, notifies;

	if (argc != 2 && argc != 3)
		errx(2, "usage: %s %s", command_access.name,
		     command_access.usage);
	until = (uint32_t)number(argv[1]);
	notifies = argc == 3 ? (uint32_t)number(argv[2]) : 0;
	f.window = map_physical(WINDOW_START & ~(PAGE - 1), PAGE) +
		   (WINDOW_START & (PAGE - 1));
	f.sequence = f.words[WORD_SEQUENCE];
	do {
		one_round(&f);
		hammer(&f, notifies);
	} while (f.words[WORD_BACKEND] < until);
	printf("%u rounds, %u wrong, %u lost, the longest access %u ms\n",
	       f.words[WORD_ROUNDS], f.words[WORD_WRONG], f.words[WORD_LOST],
	       f.words[WORD_LONGEST]);
	return 0;
}

const struct command command_access = {
	"access", "STEP [NOTIFIES]: until the backend has come to it; in each round",
	be_frontend
};
