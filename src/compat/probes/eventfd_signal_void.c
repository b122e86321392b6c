// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mainline 6.8, 3652117f8548: eventfd_signal(ctx) cannot fail any more.
 * Known backports: RHEL 9.8.
 */
#include <linux/eventfd.h>

void bao_probe(struct eventfd_ctx *ctx);
void bao_probe(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx);
}
