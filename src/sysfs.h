/* SPDX-License-Identifier: GPL-2.0-only */
/* Attribute groups, one for each object of a device. */
#ifndef BAO_SYSFS_H
#define BAO_SYSFS_H

#include <linux/device.h>

struct bao_group;

struct bao_group *bao_group_create(struct device *dev, const char *name,
				   const struct device_attribute *attrs,
				   unsigned int num, void *object);
void bao_group_remove(struct bao_group *group);

/* The object whose attribute is shown or stored. */
static inline void *bao_attr_object(struct device_attribute *attr)
{
	return container_of(attr, struct dev_ext_attribute, attr)->var;
}

#endif /* BAO_SYSFS_H */
