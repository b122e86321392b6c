// SPDX-License-Identifier: GPL-2.0-only
/* DM files: what a daemon holds. */

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <linux/bao.h>

#include "dm.h"

static int bao_wait_and_take(struct file *file, struct bao_request *req)
{
	struct bao_dm_file *df = file->private_data;
	int ret;

	for (;;) {
		ret = bao_request_take(df, req);
		if (ret != -EAGAIN || file->f_flags & O_NONBLOCK)
			return ret;
		/* Exclusive: one request wakes one taker. */
		ret = wait_event_interruptible_exclusive(df->dm->wait,
							 bao_request_ready(df));
		if (ret)
			return ret;
	}
}

static int bao_attach(struct file *file, void __user *arg)
{
	struct bao_dm_file *df = file->private_data;
	struct bao_request req;
	int ret;

	ret = bao_owner_enter(df, true);
	if (ret)
		return ret;
	ret = bao_wait_and_take(file, &req);
	if (ret)
		return ret;
	if (copy_to_user(arg, &req, sizeof(req))) {
		bao_request_put_back(df, req.request_id);
		return -EFAULT;
	}
	return 0;
}

static int bao_complete(struct bao_dm_file *df, void __user *arg)
{
	struct bao_request req;

	if (copy_from_user(&req, arg, sizeof(req)))
		return -EFAULT;
	return bao_request_complete(df, req.request_id, req.value);
}

static int bao_config_ioeventfd(struct bao_dm_file *df, void __user *arg)
{
	struct bao_ioeventfd args;
	int ret;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	ret = bao_owner_enter(df, false);
	if (ret)
		return ret;
	return bao_ioeventfd_config(df, &args);
}

static int bao_config_irqfd(struct bao_dm_file *df, void __user *arg)
{
	struct bao_irqfd args;
	int ret;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	ret = bao_owner_enter(df, false);
	if (ret)
		return ret;
	return bao_irqfd_config(df, &args);
}

static unsigned int bao_count(const struct list_head *list)
{
	const struct list_head *node;
	unsigned int num = 0;

	list_for_each(node, list)
		num++;
	return num;
}

static int bao_get_status(struct bao_dm_file *df, void __user *arg)
{
	struct bao_dm *dm = df->dm;
	struct bao_dm_status status;
	int ret = 0;

	if (copy_from_user(&status, arg, sizeof(status)))
		return -EFAULT;
	if (status.flags ||
	    memchr_inv(status.reserved, 0, sizeof(status.reserved)))
		return -EINVAL;
	memset(&status, 0, sizeof(status));
	status.dm_id = dm->id;
	spin_lock_irq(&dm->lock);
	if (dm->gone)
		ret = -ENODEV;
	status.queued = bao_count(&dm->queued);
	status.taken = bao_count(&dm->taken);
	status.answered_by_kernel = dm->count.answered_by_kernel;
	status.redelivered = dm->count.redelivered;
	spin_unlock_irq(&dm->lock);
	if (!ret && copy_to_user(arg, &status, sizeof(status)))
		ret = -EFAULT;
	return ret;
}

static long bao_dm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct bao_dm_file *df = file->private_data;
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case BAO_DM_ATTACH:
		return bao_attach(file, user);
	case BAO_DM_COMPLETE:
		return bao_complete(df, user);
	case BAO_DM_IOEVENTFD:
		return bao_config_ioeventfd(df, user);
	case BAO_DM_IRQFD:
		return bao_config_irqfd(df, user);
	case BAO_DM_GET_STATUS:
		return bao_get_status(df, user);
	default:
		return -ENOTTY;
	}
}

static __poll_t bao_dm_poll(struct file *file, poll_table *wait)
{
	struct bao_dm_file *df = file->private_data;
	struct bao_dm *dm = df->dm;
	__poll_t events = 0;
	int ret;

	/* First: epoll registers once, and looks again after an error. */
	poll_wait(file, &dm->wait, wait);
	/* Who polls for requests serves, unless it acts for somebody else. */
	ret = bao_owner_enter(df, true);
	if (ret && ret != -EBADF)
		return EPOLLERR;
	spin_lock_irq(&dm->lock);
	if (dm->gone)
		events = EPOLLHUP | EPOLLERR;
	else if (!list_empty(&dm->queued))
		events = EPOLLIN | EPOLLRDNORM;
	spin_unlock_irq(&dm->lock);
	return events;
}

static loff_t bao_dm_llseek(struct file *file, loff_t offset, int whence)
{
	struct bao_dm_file *df = file->private_data;

	return fixed_size_llseek(file, offset, whence, df->dm->size);
}

/*
 * Where the memory is never changes, and it stays when the driver goes, so
 * mappings stay as well. New ones are refused from then on, for the address
 * range may be somebody else's soon.
 */
static int bao_dm_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct bao_dm_file *df = file->private_data;
	struct bao_dm *dm = df->dm;
	unsigned long len = vma->vm_end - vma->vm_start;
	unsigned long pages = dm->size >> PAGE_SHIFT;

	if (READ_ONCE(dm->gone))
		return -ENODEV;
	/* VM_SHARED is off when the file cannot be written. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (!PAGE_ALIGNED(dm->start) || dm->size & ~PAGE_MASK)
		return -ENXIO;
	if (vma->vm_pgoff > pages || len >> PAGE_SHIFT > pages - vma->vm_pgoff)
		return -EINVAL;
	/* Cacheable, as the frontend maps it. */
	return remap_pfn_range(vma, vma->vm_start,
			       PHYS_PFN(dm->start) + vma->vm_pgoff, len,
			       vma->vm_page_prot);
}

static int bao_dm_flush(struct file *file, fl_owner_t files)
{
	bao_owner_leave(file->private_data, files);
	return 0;
}

static int bao_dm_release(struct inode *inode, struct file *file)
{
	struct bao_dm_file *df = file->private_data;

	bao_owner_leave_all(df);
	bao_dm_put(df->dm);
	kfree(df);
	return 0;
}

static void bao_dm_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct bao_dm_file *df = file->private_data;
	struct bao_dm *dm = df->dm;
	const struct bao_slot *slot;
	unsigned int taken = 0;

	spin_lock_irq(&dm->lock);
	list_for_each_entry(slot, &dm->taken, node)
		if (slot->owner->file == df)
			taken++;
	spin_unlock_irq(&dm->lock);
	seq_printf(m, "bao-dm:\t%u\nbao-taken:\t%u\n", dm->id, taken);
	bao_irqfd_show(m, df);
	bao_ioeventfd_show(m, df);
}

static const struct file_operations bao_dm_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = bao_dm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = bao_dm_poll,
	.llseek = bao_dm_llseek,
	.mmap = bao_dm_mmap,
	.flush = bao_dm_flush,
	.release = bao_dm_release,
	.show_fdinfo = bao_dm_show_fdinfo,
};

/**
 * bao_dm_file_open - make a file of a device model
 * @dm: the device model; the file takes a reference of its own
 *
 * Context: process.
 * Return: the file, or an ERR_PTR().
 */
struct file *bao_dm_file_open(struct bao_dm *dm)
{
	struct bao_dm_file *df;
	struct file *file;

	df = kzalloc(sizeof(*df), GFP_KERNEL);
	if (!df)
		return ERR_PTR(-ENOMEM);
	kref_get(&dm->ref);
	df->dm = dm;
	file = anon_inode_getfile("[bao-dm]", &bao_dm_fops, df, O_RDWR);
	if (IS_ERR(file)) {
		bao_dm_put(dm);
		kfree(df);
		return file;
	}
	/* Daemons ask lseek() for the size; older kernels take more than fops. */
	file->f_mode |= FMODE_LSEEK;
	return file;
}
