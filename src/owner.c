// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who serves a device model.
 *
 * release() comes too late to tell that a daemon died: a mapping or a helper
 * process can keep the file open. So what is taken or registered belongs to
 * the process that did it, known by its table of open files, and goes when
 * that table loses its last descriptor of the file - which flush() sees, on
 * exit too.
 */

#include <linux/fdtable.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "dm.h"

static int bao_is_file(const void *wanted, struct file *file, unsigned int fd)
{
	return file->private_data == wanted;
}

/* Whether @files still has a descriptor of the file that @df belongs to. */
static bool bao_holds(struct bao_dm_file *df, fl_owner_t files)
{
	return iterate_fd(files, 0, bao_is_file, df);
}

/**
 * bao_owner_find - look up a process among the owners
 * @df: the file
 * @files: the process
 *
 * Context: &bao_dm.lock held. The result is valid while it is held, or while
 * &bao_dm.reg_mutex is.
 * Return: the owner, or NULL.
 */
struct bao_owner *bao_owner_find(struct bao_dm_file *df, fl_owner_t files)
{
	struct bao_owner *owner;

	lockdep_assert_held(&df->dm->lock);
	list_for_each_entry(owner, &df->dm->owners, node)
		if (owner->file == df && owner->files == files)
			return owner;
	return NULL;
}

/**
 * bao_owner_current - the calling process as an owner, for a registration
 * @df: the file
 * @owner: the owner; valid while the mutex is held
 *
 * Context: process, &bao_dm.reg_mutex held, after bao_owner_enter().
 * Return: 0; -ENODEV the device model is gone; -EBADF the process has closed
 * the file meanwhile.
 */
int bao_owner_current(struct bao_dm_file *df, const struct bao_owner **owner)
{
	struct bao_dm *dm = df->dm;
	int ret = 0;

	lockdep_assert_held(&dm->reg_mutex);
	spin_lock_irq(&dm->lock);
	*owner = bao_owner_find(df, current->files);
	if (dm->gone)
		ret = -ENODEV;
	else if (!*owner)
		ret = -EBADF;
	spin_unlock_irq(&dm->lock);
	return ret;
}

static void bao_serve(struct bao_dm *dm, struct bao_owner *owner)
{
	lockdep_assert_held(&dm->lock);
	if (owner->serving || dm->gone)
		return;
	owner->serving = true;
	dm->serving++;
	if (dm->state == BAO_DM_SERVED)
		return;
	dm->state = BAO_DM_SERVED;
	bao_request_offer(dm);
	mod_delayed_work(bao_wq, &dm->timeouts, 0);
	/* Requests may have come, or their interrupt been lost, before. */
	bao_line_kick(&dm->line);
	bao_lines_watch();
}

static void bao_unserve(struct bao_dm *dm, struct bao_owner *owner)
{
	lockdep_assert_held(&dm->lock);
	if (!owner->serving || --dm->serving || dm->gone)
		return;
	dm->state = BAO_DM_GRACE;
	dm->dead_since = jiffies;
	mod_delayed_work(bao_wq, &dm->timeouts, 0);
	wake_up(&dm->settled);
}

/* Makes the calling process an owner, if need be with @fresh, which it uses up. */
static int bao_owner_try(struct bao_dm_file *df, bool serve,
			 struct bao_owner **fresh)
{
	struct bao_dm *dm = df->dm;
	struct bao_owner *owner;
	int ret = 0;

	spin_lock_irq(&dm->lock);
	owner = bao_owner_find(df, current->files);
	if (!owner && !*fresh) {
		ret = -ENOENT;
	} else if (!owner && dm->num_owners == BAO_OWNERS_MAX) {
		ret = -ENOSPC;
	} else if (!owner) {
		owner = *fresh;
		*fresh = NULL;
		list_add_tail(&owner->node, &dm->owners);
		dm->num_owners++;
	}
	if (owner && serve)
		bao_serve(dm, owner);
	spin_unlock_irq(&dm->lock);
	return ret;
}

/**
 * bao_owner_enter - make the calling process an owner
 * @df: the file that it uses
 * @serve: it asks for requests
 *
 * Context: process.
 * Return: 0; -ENOMEM; -ENOSPC there are too many; -EBADF the process has no
 * descriptor of the file, or not any more.
 */
int bao_owner_enter(struct bao_dm_file *df, bool serve)
{
	struct bao_owner *fresh = NULL;
	int ret;

	ret = bao_owner_try(df, serve, &fresh);
	if (ret != -ENOENT)
		return ret;
	/* A poll can come from somebody who has no descriptor, as epoll does. */
	if (!current->files || !bao_holds(df, current->files))
		return -EBADF;
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	fresh->file = df;
	fresh->files = current->files;
	fresh->pid = task_tgid_nr(current);
	ret = bao_owner_try(df, serve, &fresh);
	if (fresh) {
		/* There is no room, or another thread of it was faster. */
		kfree(fresh);
		return ret;
	}
	/*
	 * A close in another thread came either before the owner was on the
	 * list, then its flush() missed it and it is seen here; or after, then
	 * its flush() removes it.
	 */
	if (bao_holds(df, current->files))
		return 0;
	bao_owner_leave(df, current->files);
	return -EBADF;
}

static void bao_owner_remove(struct bao_dm *dm, struct bao_owner *owner)
{
	lockdep_assert_held(&dm->reg_mutex);
	/* First, so that nothing more is signalled to nobody. */
	bao_ioeventfd_drop(dm, owner);
	bao_irqfd_drop(dm, owner);
	spin_lock_irq(&dm->lock);
	list_del(&owner->node);
	dm->num_owners--;
	bao_unserve(dm, owner);
	bao_request_disown(dm, owner);
	spin_unlock_irq(&dm->lock);
	kfree(owner);
	/* Its threads that still wait for requests have to hear of it. */
	wake_up_all(&dm->wait);
}

/**
 * bao_owner_leave - a process has closed a descriptor of a file
 * @df: the file
 * @files: the process
 *
 * Does nothing while the process has another descriptor of it.
 *
 * Context: process; sleeps.
 */
void bao_owner_leave(struct bao_dm_file *df, fl_owner_t files)
{
	struct bao_dm *dm = df->dm;
	struct bao_owner *owner;

	/* A process that exits has no table any more: then all is over. */
	if (files == current->files && bao_holds(df, files))
		return;
	mutex_lock(&dm->reg_mutex);
	spin_lock_irq(&dm->lock);
	owner = bao_owner_find(df, files);
	spin_unlock_irq(&dm->lock);
	if (owner)
		bao_owner_remove(dm, owner);
	mutex_unlock(&dm->reg_mutex);
	bao_irqfd_flush();
}

/* Some owner of the file; only holders of the mutex remove it. */
static struct bao_owner *bao_owner_any(struct bao_dm_file *df)
{
	struct bao_dm *dm = df->dm;
	struct bao_owner *owner;

	lockdep_assert_held(&dm->reg_mutex);
	spin_lock_irq(&dm->lock);
	list_for_each_entry(owner, &dm->owners, node)
		if (owner->file == df)
			goto out;
	owner = NULL;
out:
	spin_unlock_irq(&dm->lock);
	return owner;
}

/**
 * bao_owner_leave_all - nobody can use a file any more
 * @df: the file
 *
 * Context: process; sleeps.
 */
void bao_owner_leave_all(struct bao_dm_file *df)
{
	struct bao_dm *dm = df->dm;
	struct bao_owner *owner;

	mutex_lock(&dm->reg_mutex);
	/* Nobody can add to this file any more. */
	while ((owner = bao_owner_any(df)))
		bao_owner_remove(dm, owner);
	mutex_unlock(&dm->reg_mutex);
	bao_irqfd_flush();
}
