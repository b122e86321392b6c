// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loads the drivers. They bind to devices of their name, or whose
 * driver_override names them.
 */

#include <linux/module.h>
#include <linux/platform_device.h>

#include "arch.h"
#include "bench.h"

/* The hypervisor: fakehv when that is loaded, else the real one. */
void (*bao_bench_call)(struct bao_call *call);
static bool bao_bench_fake;

static struct platform_driver * const bao_bench_drivers[] = {
	&bao_floor_dm_driver,
	&bao_floor_ipc_driver,
	&bao_bench_frontend_driver,
};

static int __init bao_bench_init(void)
{
	int ret;

	bao_bench_call = symbol_get(fakehv_call);
	bao_bench_fake = bao_bench_call;
	if (!bao_bench_fake)
		bao_bench_call = BAO_ARCH_CALL;
	if (!bao_bench_call)
		return -ENODEV;
	ret = platform_register_drivers(bao_bench_drivers,
					ARRAY_SIZE(bao_bench_drivers));
	if (ret && bao_bench_fake)
		symbol_put(fakehv_call);
	return ret;
}
module_init(bao_bench_init);

static void __exit bao_bench_exit(void)
{
	platform_unregister_drivers(bao_bench_drivers,
				    ARRAY_SIZE(bao_bench_drivers));
	if (bao_bench_fake)
		symbol_put(fakehv_call);
}
module_exit(bao_bench_exit);

MODULE_DESCRIPTION("Floors and frontend for benchmarks of bao.ko");
MODULE_LICENSE("GPL");
