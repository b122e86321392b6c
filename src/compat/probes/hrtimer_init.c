// SPDX-License-Identifier: GPL-2.0-only
/* Until mainline 6.15, 9779489a31d7: the function is set by hand. */
#include <linux/hrtimer.h>

void bao_probe(struct hrtimer *timer,
	       enum hrtimer_restart (*function)(struct hrtimer *));
void bao_probe(struct hrtimer *timer,
	       enum hrtimer_restart (*function)(struct hrtimer *))
{
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	timer->function = function;
}
