// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random numbers. Every operation has a generator of its own, derived from the
 * seed, the stream and its position there: what an operation does with its
 * numbers, which depends on timing, changes nothing for the next one.
 */

#include "fuzz.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

struct rng rng_derive(uint64_t seed, uint64_t stream, uint64_t index)
{
	return (struct rng){ mix(mix(mix(seed) + stream) + index) };
}

uint64_t rng_next(struct rng *r)
{
	r->state += 0x9e3779b97f4a7c15ULL;
	return mix(r->state);
}

unsigned int rng_below(struct rng *r, unsigned int n)
{
	return (unsigned int)(rng_next(r) % n);
}

bool rng_one_in(struct rng *r, unsigned int n)
{
	return !rng_below(r, n);
}

/* Numbers that programs stumble over. */
uint64_t rng_wild(struct rng *r)
{
	static const uint64_t edge[] = {
		0, 1, 2, 7, 8, 31, 32, 64, 255, 4095, 4096, 4097, 65536,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
		0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffff000,
		0xffffffffffffffff,
	};
	unsigned int way = rng_below(r, 4);

	if (way == 0)
		return rng_next(r);
	if (way == 1)
		return 1ULL << rng_below(r, 64);
	return edge[rng_below(r, COUNT(edge))] + (way == 2 ? 0 :
		rng_below(r, 3) - 1ULL);
}
