// SPDX-License-Identifier: GPL-2.0-only
/* Must compile everywhere. */
#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/module.h>

int bao_probe(struct eventfd_ctx *ctx, struct vm_area_struct *vma);
int bao_probe(struct eventfd_ctx *ctx, struct vm_area_struct *vma)
{
	return ctx && vma;
}
