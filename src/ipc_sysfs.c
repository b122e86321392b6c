// SPDX-License-Identifier: GPL-2.0-only
/* What sysfs shows of a channel. */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "ipc.h"
#include "sysfs.h"

#define BAO_IPC_SHOW(_name, _fmt, _value)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct bao_ipc *ipc = bao_attr_object(attr);			\
									\
	return sysfs_emit(buf, _fmt "\n", _value);			\
}

#define BAO_IPC_SHOW_BELLS(_name, _field)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct bao_ipc *ipc = bao_attr_object(attr);			\
	struct bao_doorbell_stats sum = {};				\
	unsigned int i;							\
									\
	for (i = 0; i < BAO_IPC_MAX_EVENTS; i++)			\
		bao_doorbell_add_stats(&ipc->bell[i], &sum);		\
	return sysfs_emit(buf, "%llu\n", sum._field);			\
}

#define BAO_IPC_SHOW_LINES(_name)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct bao_ipc *ipc = bao_attr_object(attr);			\
	unsigned long sum = 0;						\
	unsigned int i;							\
									\
	for (i = 0; i < ipc->num_events; i++)				\
		sum += READ_ONCE(ipc->event[i].line._name);		\
	return sysfs_emit(buf, "%lu\n", sum);				\
}

BAO_IPC_SHOW(id, "%u", ipc->id)
BAO_IPC_SHOW(label, "%s", ipc->label ?: "")
BAO_IPC_SHOW(read_offset, "%#llx", ipc->read.offset)
BAO_IPC_SHOW(read_size, "%#llx", ipc->read.size)
BAO_IPC_SHOW(write_offset, "%#llx", ipc->write.offset)
BAO_IPC_SHOW(write_size, "%#llx", ipc->write.size)
BAO_IPC_SHOW(num_events, "%u", ipc->num_events)
BAO_IPC_SHOW_LINES(interrupts)
BAO_IPC_SHOW_LINES(storms)
BAO_IPC_SHOW_BELLS(notifies, sent)
BAO_IPC_SHOW_BELLS(doorbells_deferred, deferred)
BAO_IPC_SHOW_BELLS(refused_calls, refused)

static ssize_t events_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct bao_ipc *ipc = bao_attr_object(attr);
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

static const struct device_attribute bao_ipc_attrs[] = {
	__ATTR_RO(id),
	__ATTR_RO(label),
	__ATTR_RO(read_offset),
	__ATTR_RO(read_size),
	__ATTR_RO(write_offset),
	__ATTR_RO(write_size),
	__ATTR_RO(num_events),
	__ATTR_RO(events),
	__ATTR_RO(interrupts),
	__ATTR_RO(storms),
	__ATTR_RO(notifies),
	__ATTR_RO(doorbells_deferred),
	__ATTR_RO(refused_calls),
};

/**
 * bao_ipc_show - make a channel appear in sysfs
 * @ipc: the channel
 *
 * Context: process, in probe.
 * Return: 0, then bao_ipc_hide() is owed; a negative errno.
 */
int bao_ipc_show(struct bao_ipc *ipc)
{
	struct bao_group *group;

	group = bao_group_create(ipc->dev, "ipc", bao_ipc_attrs,
				 ARRAY_SIZE(bao_ipc_attrs), ipc);
	if (IS_ERR(group))
		return PTR_ERR(group);
	ipc->group = group;
	return 0;
}

/**
 * bao_ipc_hide - take a channel out of sysfs
 * @ipc: the channel
 *
 * Context: process; sleeps until no attribute is in use.
 */
void bao_ipc_hide(struct bao_ipc *ipc)
{
	bao_group_remove(ipc->group);
}
