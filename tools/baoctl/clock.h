/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BAOCTL_CLOCK_H
#define BAOCTL_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

#endif /* BAOCTL_CLOCK_H */
