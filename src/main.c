// SPDX-License-Identifier: GPL-2.0-only
/* Module init and exit. */

#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/workqueue.h>

#include "bao.h"
#include "dm.h"
#include "doorbell.h"
#include "line.h"

struct workqueue_struct *bao_wq;

static int __init bao_init(void)
{
	int ret;

	bao_wq = alloc_workqueue("%s", WQ_UNBOUND, 0, "bao");
	if (!bao_wq)
		return -ENOMEM;
	bao_doorbells_init();
	ret = bao_irqfd_init();
	if (ret)
		goto err_wq;
	ret = platform_driver_register(&bao_ipc_driver);
	if (ret)
		goto err_irqfd;
	ret = platform_driver_register(&bao_dispatcher_driver);
	if (ret)
		goto err_ipc;
	return 0;

err_ipc:
	platform_driver_unregister(&bao_ipc_driver);
err_irqfd:
	bao_irqfd_exit();
err_wq:
	bao_lines_exit();
	bao_doorbells_exit();
	destroy_workqueue(bao_wq);
	return ret;
}
module_init(bao_init);

static void __exit bao_exit(void)
{
	platform_driver_unregister(&bao_dispatcher_driver);
	platform_driver_unregister(&bao_ipc_driver);
	bao_irqfd_exit();
	bao_lines_exit();
	bao_doorbells_exit();
	destroy_workqueue(bao_wq);
}
module_exit(bao_exit);

MODULE_DESCRIPTION("Bao hypervisor guest: IPC channels and I/O dispatcher");
MODULE_AUTHOR("The bao-guest developers");
MODULE_LICENSE("GPL v2");
MODULE_VERSION("0.1.0");
/* The modules that the Bao project published. */
MODULE_ALIAS("bao-ipc");
MODULE_ALIAS("bao-iodispatcher");
