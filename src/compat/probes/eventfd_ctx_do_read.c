// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mainline 5.11, 28f1326710555: eventfd_ctx_do_read() is there for modules.
 * Known backports: 5.10.195.
 */
#include <linux/eventfd.h>

void bao_probe(struct eventfd_ctx *ctx);
void bao_probe(struct eventfd_ctx *ctx)
{
	__u64 count;

	eventfd_ctx_do_read(ctx, &count);
}
