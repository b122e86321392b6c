// SPDX-License-Identifier: GPL-2.0-only
/* Directories in sysfs, one for each object of a device. */

#include <linux/device.h>

#include "sysfs.h"

/**
 * bao_dir_release - what a directory's type calls last
 * @kobj: the directory
 *
 * Context: process.
 */
void bao_dir_release(struct kobject *kobj)
{
	complete(&container_of(kobj, struct bao_dir, kobj)->gone);
}

/**
 * bao_dir_create - show an object in sysfs
 * @dir: its directory
 * @type: kind of directory, with its attributes
 * @dev: the device in whose directory it appears
 * @name: the directory's name
 * @object: what bao_dir_object() gives the callbacks
 *
 * Context: process.
 * Return: 0, then bao_dir_remove() is owed; a negative errno.
 */
int bao_dir_create(struct bao_dir *dir, struct kobj_type *type,
		   struct device *dev, const char *name, void *object)
{
	int ret;

	init_completion(&dir->gone);
	dir->object = object;
	ret = kobject_init_and_add(&dir->kobj, type, &dev->kobj, "%s", name);
	if (ret) {
		kobject_put(&dir->kobj);
		wait_for_completion(&dir->gone);
	}
	return ret;
}

/**
 * bao_dir_remove - undo bao_dir_create()
 * @dir: the directory
 *
 * Context: process; sleeps. When it returns, no callback runs.
 */
void bao_dir_remove(struct bao_dir *dir)
{
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
	wait_for_completion(&dir->gone);
}
