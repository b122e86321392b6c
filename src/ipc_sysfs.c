// SPDX-License-Identifier: GPL-2.0-only
/* What sysfs shows of a channel. */

#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "ipc.h"

#define BAO_IPC_SHOW(_name, _fmt, _value)				\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	struct bao_ipc *ipc = bao_dir_object(kobj);			\
									\
	return sysfs_emit(buf, _fmt "\n", _value);			\
}									\
static struct kobj_attribute bao_ipc_##_name = __ATTR_RO(_name)

#define BAO_IPC_SHOW_BELLS(_name, _field)				\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	struct bao_ipc *ipc = bao_dir_object(kobj);			\
	struct bao_doorbell_stats sum = {};				\
	unsigned int i;							\
									\
	for (i = 0; i < BAO_IPC_MAX_EVENTS; i++)			\
		bao_doorbell_add_stats(&ipc->bell[i], &sum);		\
	return sysfs_emit(buf, "%llu\n", sum._field);			\
}									\
static struct kobj_attribute bao_ipc_##_name = __ATTR_RO(_name)

#define BAO_IPC_SHOW_LINES(_name)					\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	struct bao_ipc *ipc = bao_dir_object(kobj);			\
	unsigned long sum = 0;						\
	unsigned int i;							\
									\
	for (i = 0; i < ipc->num_events; i++)				\
		sum += READ_ONCE(ipc->event[i].line._name);		\
	return sysfs_emit(buf, "%lu\n", sum);				\
}									\
static struct kobj_attribute bao_ipc_##_name = __ATTR_RO(_name)

BAO_IPC_SHOW(id, "%u", ipc->id);
BAO_IPC_SHOW(label, "%s", ipc->label ?: "");
BAO_IPC_SHOW(read_offset, "%#llx", ipc->read.offset);
BAO_IPC_SHOW(read_size, "%#llx", ipc->read.size);
BAO_IPC_SHOW(write_offset, "%#llx", ipc->write.offset);
BAO_IPC_SHOW(write_size, "%#llx", ipc->write.size);
BAO_IPC_SHOW(num_events, "%u", ipc->num_events);
BAO_IPC_SHOW_LINES(interrupts);
BAO_IPC_SHOW_LINES(revivals);
BAO_IPC_SHOW_BELLS(notifies, sent);
BAO_IPC_SHOW_BELLS(doorbells_deferred, deferred);
BAO_IPC_SHOW_BELLS(refused_calls, refused);

static ssize_t events_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct bao_ipc *ipc = bao_dir_object(kobj);
	ssize_t len = 0;
	unsigned int i;
	u64 count;

	for (i = 0; i < ipc->num_events; i++) {
		spin_lock_irq(&ipc->lock);
		count = ipc->event[i].count;
		spin_unlock_irq(&ipc->lock);
		len += sysfs_emit_at(buf, len, "%u %llu\n", i, count);
	}
	return len;
}

static struct kobj_attribute bao_ipc_events = __ATTR_RO(events);

static struct attribute *bao_ipc_attrs[] = {
	&bao_ipc_id.attr,
	&bao_ipc_label.attr,
	&bao_ipc_read_offset.attr,
	&bao_ipc_read_size.attr,
	&bao_ipc_write_offset.attr,
	&bao_ipc_write_size.attr,
	&bao_ipc_num_events.attr,
	&bao_ipc_events.attr,
	&bao_ipc_interrupts.attr,
	&bao_ipc_revivals.attr,
	&bao_ipc_notifies.attr,
	&bao_ipc_doorbells_deferred.attr,
	&bao_ipc_refused_calls.attr,
	NULL
};
ATTRIBUTE_GROUPS(bao_ipc);

static struct kobj_type bao_ipc_dir_type = BAO_DIR_TYPE(bao_ipc);

/**
 * bao_ipc_show - make a channel appear in sysfs
 * @ipc: the channel
 *
 * Context: process, in probe.
 * Return: 0, then bao_ipc_hide() is owed; a negative errno.
 */
int bao_ipc_show(struct bao_ipc *ipc)
{
	return bao_dir_create(&ipc->dir, &bao_ipc_dir_type, ipc->dev, "ipc",
			      ipc);
}

/**
 * bao_ipc_hide - take a channel out of sysfs
 * @ipc: the channel
 *
 * Context: process; sleeps until no attribute is in use.
 */
void bao_ipc_hide(struct bao_ipc *ipc)
{
	bao_dir_remove(&ipc->dir);
}
