/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories in sysfs, one for each object of a device. */
#ifndef BAO_SYSFS_H
#define BAO_SYSFS_H

#include <linux/completion.h>
#include <linux/kobject.h>

struct device;

/**
 * struct bao_dir - an object's directory
 * @kobj: the directory
 * @object: whose
 * @gone: nothing refers to the directory any more
 *
 * Embedded in the object. Attributes are static and find the object through
 * the directory. It does not keep the object: bao_dir_remove() waits.
 */
struct bao_dir {
	struct kobject kobj;
	void *object;
	struct completion gone;
};

int bao_dir_create(struct bao_dir *dir, struct kobj_type *type,
		   struct device *dev, const char *name, void *object);
void bao_dir_remove(struct bao_dir *dir);
void bao_dir_release(struct kobject *kobj);

/* The object whose attribute is shown or stored. */
static inline void *bao_dir_object(struct kobject *kobj)
{
	return container_of(kobj, struct bao_dir, kobj)->object;
}

/* The kind of directory that has the attributes of @_group. */
#define BAO_DIR_TYPE(_group) {						\
	.sysfs_ops = &kobj_sysfs_ops,					\
	.release = bao_dir_release,					\
	.default_groups = _group##_groups,				\
}

#endif /* BAO_SYSFS_H */
