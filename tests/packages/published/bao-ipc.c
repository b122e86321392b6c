// SPDX-License-Identifier: GPL-2.0-only
/* Has the name of a module that the Bao project published, and its device. */

#include <linux/mod_devicetable.h>
#include <linux/module.h>

static const struct of_device_id published_of_match[] = {
	{ .compatible = "bao,ipcshmem" },
	{}
};
MODULE_DEVICE_TABLE(of, published_of_match);

MODULE_DESCRIPTION("Stands where a published module would");
MODULE_LICENSE("GPL");
