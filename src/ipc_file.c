// SPDX-License-Identifier: GPL-2.0-only
/* /dev/baoipc<id>: file operations. */

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ipc.h"

/**
 * struct bao_ipc_file - an open file
 * @ipc: the channel pair; the file holds a reference
 * @seen: the events' counters as this file has fetched them; protected by
 *	&bao_ipc.lock
 */
struct bao_ipc_file {
	struct bao_ipc *ipc;
	u64 seen[BAO_IPC_MAX_EVENTS];
};

static int bao_ipc_open(struct inode *inode, struct file *file)
{
	struct miscdevice *misc = file->private_data;
	struct bao_ipc *ipc = container_of(misc, struct bao_ipc, misc);
	struct bao_ipc_file *f;
	unsigned int i;

	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	/* The node's removal waits for open(), so the reference is there. */
	kref_get(&ipc->ref);
	f->ipc = ipc;
	spin_lock_irq(&ipc->lock);
	for (i = 0; i < ipc->num_events; i++)
		f->seen[i] = ipc->event[i].count;
	spin_unlock_irq(&ipc->lock);
	atomic_inc(&ipc->num_files);
	bao_lines_watch();
	file->private_data = f;
	return 0;
}

static int bao_ipc_release(struct inode *inode, struct file *file)
{
	struct bao_ipc_file *f = file->private_data;

	bao_ipc_eventfd_drop(f->ipc, file);
	atomic_dec(&f->ipc->num_files);
	bao_ipc_put(f->ipc);
	kfree(f);
	return 0;
}

/* On success the driver stays bound until up_read(&ipc->life). */
static int bao_ipc_enter(struct bao_ipc *ipc)
{
	if (down_read_killable(&ipc->life))
		return -EINTR;
	if (!ipc->gone)
		return 0;
	up_read(&ipc->life);
	return -ENODEV;
}

static ssize_t bao_ipc_read(struct file *file, char __user *buf, size_t len,
			    loff_t *pos)
{
	struct bao_ipc_file *f = file->private_data;
	struct bao_ipc *ipc = f->ipc;
	ssize_t ret;

	ret = bao_ipc_enter(ipc);
	if (ret)
		return ret;
	ret = simple_read_from_buffer(buf, len, pos, ipc->read.va,
				      ipc->read.size);
	up_read(&ipc->life);
	return ret;
}

static ssize_t bao_ipc_write(struct file *file, const char __user *buf,
			     size_t len, loff_t *pos)
{
	struct bao_ipc_file *f = file->private_data;
	struct bao_ipc *ipc = f->ipc;
	ssize_t ret;

	if (!len)
		return 0;
	ret = bao_ipc_enter(ipc);
	if (ret)
		return ret;
	if (*pos >= ipc->write.size) {
		ret = -ENOSPC;
		goto out;
	}
	ret = mutex_lock_killable(&ipc->write_mutex);
	if (ret)
		goto out;
	ret = simple_write_to_buffer(ipc->write.va, ipc->write.size, pos, buf,
				     len);
	mutex_unlock(&ipc->write_mutex);
	if (ret > 0 && bao_doorbell_ring(&ipc->bell[0]))
		ret = -EIO;
out:
	up_read(&ipc->life);
	return ret;
}

static loff_t bao_ipc_llseek(struct file *file, loff_t offset, int whence)
{
	struct bao_ipc_file *f = file->private_data;

	return fixed_size_llseek(file, offset, whence,
				 max(f->ipc->read.size, f->ipc->write.size));
}

static __poll_t bao_ipc_poll(struct file *file, poll_table *wait)
{
	struct bao_ipc_file *f = file->private_data;
	struct bao_ipc *ipc = f->ipc;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;
	unsigned int i;

	poll_wait(file, &ipc->wait, wait);
	spin_lock_irq(&ipc->lock);
	for (i = 0; i < ipc->num_events; i++)
		if (ipc->event[i].count != f->seen[i])
			events |= EPOLLIN | EPOLLRDNORM;
	spin_unlock_irq(&ipc->lock);
	/* Who is too early for it is on the list that is woken after it. */
	if (READ_ONCE(ipc->gone))
		events |= EPOLLHUP | EPOLLERR;
	return events;
}

static int bao_get_info(struct bao_ipc *ipc, void __user *arg)
{
	struct bao_ipc_info info;

	if (copy_from_user(&info, arg, sizeof(info)))
		return -EFAULT;
	if (info.flags || memchr_inv(info.reserved, 0, sizeof(info.reserved)))
		return -EINVAL;
	memset(&info, 0, sizeof(info));
	info.id = ipc->id;
	info.num_events = ipc->num_events;
	info.map_size = bao_ipc_map_size(ipc);
	info.read_offset = ipc->read.offset;
	info.read_size = ipc->read.size;
	info.write_offset = ipc->write.offset;
	info.write_size = ipc->write.size;
	info.writable_offset = ipc->writable_start;
	info.writable_size = ipc->writable_size;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static int bao_notify(struct bao_ipc *ipc, void __user *arg)
{
	struct bao_ipc_notify notify;
	unsigned int event;

	if (copy_from_user(&notify, arg, sizeof(notify)))
		return -EFAULT;
	if (notify.flags || notify.reserved ||
	    notify.event >= BAO_IPC_MAX_EVENTS)
		return -EINVAL;
	event = array_index_nospec(notify.event, BAO_IPC_MAX_EVENTS);
	return bao_doorbell_ring(&ipc->bell[event]);
}

static int bao_get_events(struct bao_ipc_file *f, void __user *arg)
{
	struct bao_ipc *ipc = f->ipc;
	struct bao_ipc_events events;
	u64 now[BAO_IPC_MAX_EVENTS];
	unsigned int i, num = ipc->num_events;

	if (copy_from_user(&events, arg, sizeof(events)))
		return -EFAULT;
	if (events.flags ||
	    memchr_inv(events.reserved, 0, sizeof(events.reserved)))
		return -EINVAL;
	if (!num)
		return -ENXIO;
	memset(&events, 0, sizeof(events));
	events.num_events = num;
	spin_lock_irq(&ipc->lock);
	for (i = 0; i < num; i++) {
		now[i] = ipc->event[i].count;
		events.count[i] = min_t(u64, now[i] - f->seen[i],
					U32_MAX);
	}
	spin_unlock_irq(&ipc->lock);
	if (copy_to_user(arg, &events, sizeof(events)))
		return -EFAULT;
	/* Another thread may have fetched later events meanwhile. */
	spin_lock_irq(&ipc->lock);
	for (i = 0; i < num; i++)
		f->seen[i] = max(f->seen[i], now[i]);
	spin_unlock_irq(&ipc->lock);
	return 0;
}

static int bao_config_eventfd(struct file *file, void __user *arg)
{
	struct bao_ipc_file *f = file->private_data;
	struct bao_ipc_eventfd args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	return bao_ipc_eventfd_config(f->ipc, file, &args);
}

static long bao_ipc_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	struct bao_ipc_file *f = file->private_data;
	void __user *user = (void __user *)arg;
	struct bao_ipc *ipc = f->ipc;
	long ret;

	ret = bao_ipc_enter(ipc);
	if (ret)
		return ret;
	switch (cmd) {
	case BAO_IPC_GET_INFO:
		ret = bao_get_info(ipc, user);
		break;
	case BAO_IPC_NOTIFY:
		ret = bao_notify(ipc, user);
		break;
	case BAO_IPC_GET_EVENTS:
		ret = bao_get_events(f, user);
		break;
	case BAO_IPC_EVENTFD:
		ret = bao_config_eventfd(file, user);
		break;
	default:
		ret = -ENOTTY;
		break;
	}
	up_read(&ipc->life);
	return ret;
}

static int bao_ipc_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct bao_ipc_file *f = file->private_data;

	return bao_ipc_mmap(f->ipc, vma);
}

const struct file_operations bao_ipc_fops = {
	.owner = THIS_MODULE,
	.open = bao_ipc_open,
	.release = bao_ipc_release,
	.read = bao_ipc_read,
	.write = bao_ipc_write,
	.llseek = bao_ipc_llseek,
	.poll = bao_ipc_poll,
	.unlocked_ioctl = bao_ipc_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = bao_ipc_file_mmap,
};
