// SPDX-License-Identifier: GPL-2.0-only
/* Mainline 6.13, 908a1d775422: one call sets clock and function. */
#include <linux/hrtimer.h>

void bao_probe(struct hrtimer *timer,
	       enum hrtimer_restart (*function)(struct hrtimer *));
void bao_probe(struct hrtimer *timer,
	       enum hrtimer_restart (*function)(struct hrtimer *))
{
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
}
