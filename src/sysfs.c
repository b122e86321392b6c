// SPDX-License-Identifier: GPL-2.0-only
/* Attribute groups, one for each object of a device. */

#include <linux/err.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "sysfs.h"

/**
 * struct bao_group - the attributes of one object
 * @dev: the device in whose directory they stand; the group is removed first
 * @group: the group
 * @name: its name
 * @list: its attributes, ended by NULL
 * @attrs: the attributes themselves
 */
struct bao_group {
	struct device *dev;
	struct attribute_group group;
	char name[16];
	struct attribute **list;
	struct dev_ext_attribute attrs[];
};

/**
 * bao_group_create - show an object in sysfs
 * @dev: the device in whose directory it appears
 * @name: the group's name
 * @attrs: the attributes, as a pattern
 * @num: how many
 * @object: what bao_attr_object() gives the callbacks
 *
 * Context: process.
 * Return: the group, or an ERR_PTR().
 */
struct bao_group *bao_group_create(struct device *dev, const char *name,
				   const struct device_attribute *attrs,
				   unsigned int num, void *object)
{
	struct bao_group *group;
	unsigned int i;
	int ret = -ENOMEM;

	group = kzalloc(struct_size(group, attrs, num), GFP_KERNEL);
	if (!group)
		return ERR_PTR(-ENOMEM);
	group->list = kcalloc(num + 1, sizeof(*group->list), GFP_KERNEL);
	if (!group->list)
		goto err_group;
	for (i = 0; i < num; i++) {
		group->attrs[i].attr = attrs[i];
		group->attrs[i].var = object;
		sysfs_attr_init(&group->attrs[i].attr.attr);
		group->list[i] = &group->attrs[i].attr.attr;
	}
	strscpy(group->name, name, sizeof(group->name));
	group->dev = dev;
	group->group.name = group->name;
	group->group.attrs = group->list;
	ret = sysfs_create_group(&dev->kobj, &group->group);
	if (ret)
		goto err_list;
	return group;

err_list:
	kfree(group->list);
err_group:
	kfree(group);
	return ERR_PTR(ret);
}

/**
 * bao_group_remove - undo bao_group_create()
 * @group: the group
 *
 * Context: process. When it returns, no callback runs.
 */
void bao_group_remove(struct bao_group *group)
{
	sysfs_remove_group(&group->dev->kobj, &group->group);
	kfree(group->list);
	kfree(group);
}
