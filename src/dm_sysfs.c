// SPDX-License-Identifier: GPL-2.0-only
/* What sysfs shows of a device model. */

#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "dm.h"

#define BAO_DM_SHOW_FUNCTION(_name, _fmt, _value)			\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	struct bao_dm *dm = bao_dir_object(kobj);			\
									\
	return sysfs_emit(buf, _fmt "\n", _value);			\
}

#define BAO_DM_SHOW(_name, _fmt, _value)				\
BAO_DM_SHOW_FUNCTION(_name, _fmt, _value)				\
static struct kobj_attribute bao_dm_##_name = __ATTR_RO(_name)

/* 64-bit counters tear on 32-bit machines, and doorbells have another lock. */
#define BAO_DM_SHOW_COUNT(_name, _field)				\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	struct bao_dm *dm = bao_dir_object(kobj);			\
	u64 value;							\
									\
	spin_lock_irq(&dm->lock);					\
	value = dm->count._field;					\
	spin_unlock_irq(&dm->lock);					\
	return sysfs_emit(buf, "%llu\n", value);			\
}									\
static struct kobj_attribute bao_dm_##_name = __ATTR_RO(_name)

#define BAO_DM_SHOW_BELL(_name, _field)					\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	struct bao_dm *dm = bao_dir_object(kobj);			\
	struct bao_doorbell_stats sum = {};				\
									\
	bao_doorbell_add_stats(&dm->doorbell, &sum);			\
	return sysfs_emit(buf, "%llu\n", sum._field);			\
}									\
static struct kobj_attribute bao_dm_##_name = __ATTR_RO(_name)

BAO_DM_SHOW(id, "%u", dm->id);
BAO_DM_SHOW(label, "%s", dm->label ?: "");
BAO_DM_SHOW(shmem_addr, "%#llx", (u64)dm->start);
BAO_DM_SHOW(shmem_size, "%#llx", dm->size);
BAO_DM_SHOW(irq, "%d", dm->line.irq);
BAO_DM_SHOW(interrupts, "%lu", READ_ONCE(dm->line.interrupts));
BAO_DM_SHOW(storms, "%lu", READ_ONCE(dm->line.storms));
BAO_DM_SHOW(revivals, "%lu", READ_ONCE(dm->line.revivals));
BAO_DM_SHOW_COUNT(requests, requests);
BAO_DM_SHOW_COUNT(ioeventfd_hits, ioeventfd_hits);
BAO_DM_SHOW_COUNT(delivered, delivered);
BAO_DM_SHOW_COUNT(completed, completed);
BAO_DM_SHOW_COUNT(answered_by_kernel, answered_by_kernel);
BAO_DM_SHOW_COUNT(redelivered, redelivered);
BAO_DM_SHOW_COUNT(late_answers, late);
BAO_DM_SHOW_COUNT(invalid_requests, invalid);
BAO_DM_SHOW_BELL(notifies, sent);
BAO_DM_SHOW_BELL(doorbells_deferred, deferred);

static ssize_t refused_calls_show(struct kobject *kobj,
				  struct kobj_attribute *attr, char *buf)
{
	struct bao_dm *dm = bao_dir_object(kobj);
	struct bao_doorbell_stats sum = {};

	bao_doorbell_add_stats(&dm->doorbell, &sum);
	spin_lock_irq(&dm->lock);
	sum.refused += dm->count.refused;
	spin_unlock_irq(&dm->lock);
	return sysfs_emit(buf, "%llu\n", sum.refused);
}

static struct kobj_attribute bao_dm_refused_calls = __ATTR_RO(refused_calls);

static ssize_t state_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	static const char * const names[] = {
		[BAO_DM_IDLE] = "idle",
		[BAO_DM_SERVED] = "served",
		[BAO_DM_GRACE] = "grace",
		[BAO_DM_EXPIRED] = "expired",
	};
	struct bao_dm *dm = bao_dir_object(kobj);

	return sysfs_emit(buf, "%s\n", names[READ_ONCE(dm->state)]);
}

static struct kobj_attribute bao_dm_state = __ATTR_RO(state);

static ssize_t server_pid_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	struct bao_dm *dm = bao_dir_object(kobj);
	const struct bao_owner *owner;
	pid_t pid = 0;

	spin_lock_irq(&dm->lock);
	list_for_each_entry(owner, &dm->owners, node) {
		if (owner->serving) {
			pid = owner->pid;
			break;
		}
	}
	spin_unlock_irq(&dm->lock);
	return sysfs_emit(buf, "%d\n", pid);
}

static struct kobj_attribute bao_dm_server_pid = __ATTR_RO(server_pid);

static ssize_t oldest_request_show(struct kobject *kobj,
				   struct kobj_attribute *attr, char *buf)
{
	struct bao_dm *dm = bao_dir_object(kobj);
	const struct bao_slot *slot;
	ssize_t len = 0;
	u32 oldest = 0;
	u64 addr = 0;
	u32 id = 0;
	int i;

	spin_lock_irq(&dm->lock);
	for (i = 0; i < BAO_SLOTS; i++) {
		slot = &dm->slots[i];
		if (slot->state == BAO_SLOT_FREE ||
		    (len && (u32)jiffies - slot->stamp <= oldest))
			continue;
		oldest = (u32)jiffies - slot->stamp;
		addr = slot->req.addr;
		id = slot->req.id;
		len = 1;
	}
	spin_unlock_irq(&dm->lock);
	if (!len)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "%u %#llx %u\n", id, addr,
			  jiffies_to_msecs(oldest));
}

static struct kobj_attribute bao_dm_oldest_request = __ATTR_RO(oldest_request);

static ssize_t bao_dm_set_ms(struct bao_dm *dm, int *ms, const char *buf,
			     size_t len)
{
	int value;
	int ret;

	ret = kstrtoint(buf, 0, &value);
	if (ret)
		return ret;
	if (value < -1)
		return -EINVAL;
	spin_lock_irq(&dm->lock);
	*ms = value;
	/* Deadlines are computed anew. */
	if (!dm->gone)
		mod_delayed_work(bao_wq, &dm->timeouts, 0);
	spin_unlock_irq(&dm->lock);
	return len;
}

BAO_DM_SHOW_FUNCTION(grace_ms, "%d", READ_ONCE(dm->grace_ms))

static ssize_t grace_ms_store(struct kobject *kobj, struct kobj_attribute *attr,
			      const char *buf, size_t len)
{
	struct bao_dm *dm = bao_dir_object(kobj);

	return bao_dm_set_ms(dm, &dm->grace_ms, buf, len);
}

static struct kobj_attribute bao_dm_grace_ms = __ATTR_RW(grace_ms);

BAO_DM_SHOW_FUNCTION(answer_timeout_ms, "%d", READ_ONCE(dm->answer_ms))

static ssize_t answer_timeout_ms_store(struct kobject *kobj,
				       struct kobj_attribute *attr,
				       const char *buf, size_t len)
{
	struct bao_dm *dm = bao_dir_object(kobj);

	return bao_dm_set_ms(dm, &dm->answer_ms, buf, len);
}

static struct kobj_attribute bao_dm_answer_timeout_ms = __ATTR_RW(answer_timeout_ms);

static ssize_t release_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t len)
{
	bao_request_release(bao_dir_object(kobj));
	return len;
}

static struct kobj_attribute bao_dm_release = __ATTR_WO(release);

static struct attribute *bao_dm_attrs[] = {
	&bao_dm_id.attr,
	&bao_dm_label.attr,
	&bao_dm_shmem_addr.attr,
	&bao_dm_shmem_size.attr,
	&bao_dm_irq.attr,
	&bao_dm_state.attr,
	&bao_dm_server_pid.attr,
	&bao_dm_oldest_request.attr,
	&bao_dm_interrupts.attr,
	&bao_dm_storms.attr,
	&bao_dm_revivals.attr,
	&bao_dm_requests.attr,
	&bao_dm_ioeventfd_hits.attr,
	&bao_dm_delivered.attr,
	&bao_dm_completed.attr,
	&bao_dm_answered_by_kernel.attr,
	&bao_dm_redelivered.attr,
	&bao_dm_late_answers.attr,
	&bao_dm_invalid_requests.attr,
	&bao_dm_refused_calls.attr,
	&bao_dm_notifies.attr,
	&bao_dm_doorbells_deferred.attr,
	&bao_dm_grace_ms.attr,
	&bao_dm_answer_timeout_ms.attr,
	&bao_dm_release.attr,
	NULL
};
ATTRIBUTE_GROUPS(bao_dm);

static struct kobj_type bao_dm_dir_type = BAO_DIR_TYPE(bao_dm);

/**
 * bao_dm_show - make a device model appear in sysfs
 * @dm: the device model
 *
 * Context: process, in probe.
 * Return: 0, then bao_dm_hide() is owed; a negative errno.
 */
int bao_dm_show(struct bao_dm *dm)
{
	char name[8];

	snprintf(name, sizeof(name), "dm%u", dm->id % BAO_DM_MAX);
	return bao_dir_create(&dm->dir, &bao_dm_dir_type, dm->dev, name, dm);
}

/**
 * bao_dm_hide - take a device model out of sysfs
 * @dm: the device model
 *
 * Context: process; sleeps until no attribute is in use.
 */
void bao_dm_hide(struct bao_dm *dm)
{
	bao_dir_remove(&dm->dir);
}
