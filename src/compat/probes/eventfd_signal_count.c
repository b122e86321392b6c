// SPDX-License-Identifier: GPL-2.0-only
/* Up to mainline 6.7: eventfd_signal(ctx, n) tells how much it added. */
#include <linux/eventfd.h>

__u64 bao_probe(struct eventfd_ctx *ctx);
__u64 bao_probe(struct eventfd_ctx *ctx)
{
	return eventfd_signal(ctx, 1);
}
