// SPDX-License-Identifier: GPL-2.0-only
/* Must compile nowhere: no kernel has this function. */
#include <linux/module.h>

int bao_probe(void);
int bao_probe(void)
{
	return bao_no_kernel_has_this_function();
}
