// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioeventfds: writes of the frontend that the kernel answers itself, by
 * signalling an eventfd.
 *
 * A write is looked up twice, by address, width and data and by address and
 * width alone, whatever the number of entries: the table has half as many
 * buckets as there can be entries. It is a plain one, under the lock that the
 * interrupt handler holds anyway. The kernel's resizable table cannot be used:
 * before 6.3 it may not be looked at from a hard interrupt while it is resized
 * on the same CPU.
 */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <linux/bao.h>

#include "compat/compat.h"
#include "dm.h"
#include "trace.h"

#define BAO_IOEVENTFDS_MAX	4096
#define BAO_KICK_BUCKETS	(BAO_IOEVENTFDS_MAX / 2)

/**
 * struct bao_kick_key - what a write has to look like
 * @addr: guest-physical address
 * @data: the data, masked to the width; 0 when any will do
 * @len: width in bytes
 * @any: 1 when any data will do
 */
struct bao_kick_key {
	u64 addr;
	u64 data;
	u32 len;
	u32 any;
};

/**
 * struct bao_kick - an ioeventfd
 * @bucket: in the table; protected by &bao_dm.lock
 * @key: what it matches
 * @ctx: what is signalled; a reference is held
 * @owner: who registered it; protected by &bao_dm.reg_mutex
 * @node: on &bao_dm.ioeventfd_list
 */
struct bao_kick {
	struct hlist_node bucket;
	struct bao_kick_key key;
	struct eventfd_ctx *ctx;
	const struct bao_owner *owner;
	struct list_head node;
};

/*
 * The low bits of the data are added, not mixed: queues are numbered from 0, so
 * those of one device never share a bucket. Everything else is mixed.
 */
static struct hlist_head *bao_kick_bucket(struct bao_dm *dm,
					  const struct bao_kick_key *key)
{
	u64 high = key->data / BAO_KICK_BUCKETS;
	u32 words[] = {
		lower_32_bits(key->addr), upper_32_bits(key->addr),
		lower_32_bits(high), upper_32_bits(high), key->len, key->any,
	};
	u32 hash = jhash2(words, ARRAY_SIZE(words), dm->kick_seed);

	return &dm->ioeventfds[(hash + (u32)key->data) % BAO_KICK_BUCKETS];
}

static struct bao_kick *bao_kick_find(struct bao_dm *dm,
				      const struct bao_kick_key *key,
				      u32 *steps)
{
	struct bao_kick *kick;

	lockdep_assert_held(&dm->lock);
	hlist_for_each_entry(kick, bao_kick_bucket(dm, key), bucket) {
		(*steps)++;
		if (!memcmp(&kick->key, key, sizeof(*key)))
			return kick;
	}
	return NULL;
}

/**
 * bao_ioeventfd_signal - signal the eventfd that a request matches
 * @dm: the device model
 * @req: the request; checked by bao_hyp_request_valid()
 *
 * Context: &bao_dm.lock held; hard interrupt too.
 * Return: whether it was signalled, so that the request can be completed.
 */
bool bao_ioeventfd_signal(struct bao_dm *dm, const struct bao_hyp_request *req)
{
	struct bao_kick_key key = {
		.addr = req->addr,
		.data = req->value,
		.len = req->width,
	};
	struct bao_kick *kick;
	u32 steps = 0;

	if (req->op != BAO_REMIO_WRITE || !dm->ioeventfds)
		return false;
	kick = bao_kick_find(dm, &key, &steps);
	if (!kick) {
		key.data = 0;
		key.any = 1;
		kick = bao_kick_find(dm, &key, &steps);
	}
	if (!kick || !bao_eventfd_signal(kick->ctx))
		return false;
	trace_bao_ioeventfd(dm->id, req->addr, req->value, steps);
	return true;
}

/**
 * bao_ioeventfds_exit - free what the first ioeventfd allocated
 * @dm: the device model; no ioeventfd is left
 *
 * Context: process; sleeps.
 */
void bao_ioeventfds_exit(struct bao_dm *dm)
{
	kvfree(dm->ioeventfds);
}

/* Most device models never have an ioeventfd, so it waits for the first. */
static int bao_kick_table(struct bao_dm *dm)
{
	struct hlist_head *table;

	lockdep_assert_held(&dm->reg_mutex);
	if (dm->ioeventfds)
		return 0;
	/* Who asks is told; the log need not be. */
	table = kvcalloc(BAO_KICK_BUCKETS, sizeof(*table),
			 GFP_KERNEL | __GFP_NOWARN);
	if (!table)
		return -ENOMEM;
	dm->kick_seed = get_random_u32();
	spin_lock_irq(&dm->lock);
	dm->ioeventfds = table;
	spin_unlock_irq(&dm->lock);
	return 0;
}

static int bao_kick_parse(const struct bao_ioeventfd *args,
			  struct bao_kick_key *key)
{
	if (args->flags & ~(BAO_IOEVENTFD_DATAMATCH | BAO_IOEVENTFD_DEASSIGN) ||
	    args->reserved)
		return -EINVAL;
	if (args->len != 1 && args->len != 2 && args->len != 4 &&
	    args->len != 8)
		return -EINVAL;
	if (args->addr + args->len < args->addr)
		return -EINVAL;
	memset(key, 0, sizeof(*key));
	key->addr = args->addr;
	key->len = args->len;
	if (args->flags & BAO_IOEVENTFD_DATAMATCH)
		key->data = args->data & bao_hyp_mask(args->len);
	else
		key->any = 1;
	return 0;
}

static bool bao_kick_collides(struct bao_dm *dm, const struct bao_kick_key *key)
{
	const struct bao_kick *kick;

	lockdep_assert_held(&dm->reg_mutex);
	list_for_each_entry(kick, &dm->ioeventfd_list, node) {
		if (kick->key.addr != key->addr || kick->key.len != key->len)
			continue;
		if (kick->key.any || key->any || kick->key.data == key->data)
			return true;
	}
	return false;
}

static void bao_kick_remove(struct bao_dm *dm, struct bao_kick *kick)
{
	lockdep_assert_held(&dm->reg_mutex);
	spin_lock_irq(&dm->lock);
	hlist_del(&kick->bucket);
	spin_unlock_irq(&dm->lock);
	list_del(&kick->node);
	dm->num_ioeventfds--;
	eventfd_ctx_put(kick->ctx);
	kfree(kick);
}

static int bao_kick_insert(struct bao_dm *dm, struct bao_kick *kick)
{
	int ret;

	lockdep_assert_held(&dm->reg_mutex);
	if (bao_kick_collides(dm, &kick->key))
		return -EEXIST;
	if (dm->num_ioeventfds >= BAO_IOEVENTFDS_MAX)
		return -ENOSPC;
	ret = bao_kick_table(dm);
	if (ret)
		return ret;
	list_add_tail(&kick->node, &dm->ioeventfd_list);
	dm->num_ioeventfds++;
	spin_lock_irq(&dm->lock);
	hlist_add_head(&kick->bucket, bao_kick_bucket(dm, &kick->key));
	spin_unlock_irq(&dm->lock);
	return 0;
}

/* Takes over the reference to @ctx on success. */
static int bao_kick_assign(struct bao_dm_file *df, struct eventfd_ctx *ctx,
			   const struct bao_kick_key *key)
{
	struct bao_dm *dm = df->dm;
	struct bao_kick *kick;
	int ret;

	kick = kzalloc(sizeof(*kick), GFP_KERNEL);
	if (!kick)
		return -ENOMEM;
	kick->key = *key;
	kick->ctx = ctx;
	mutex_lock(&dm->reg_mutex);
	ret = bao_owner_current(df, &kick->owner);
	if (!ret)
		ret = bao_kick_insert(dm, kick);
	mutex_unlock(&dm->reg_mutex);
	if (ret) {
		kfree(kick);
		return ret;
	}
	bao_request_sweep(dm);
	return 0;
}

static int bao_kick_deassign(struct bao_dm_file *df, struct eventfd_ctx *ctx,
			     const struct bao_kick_key *key)
{
	struct bao_dm *dm = df->dm;
	struct bao_kick *kick;
	int ret = -ENOENT;

	mutex_lock(&dm->reg_mutex);
	list_for_each_entry(kick, &dm->ioeventfd_list, node) {
		if (kick->ctx == ctx && kick->owner->file == df &&
		    !memcmp(&kick->key, key, sizeof(*key))) {
			bao_kick_remove(dm, kick);
			ret = 0;
			break;
		}
	}
	mutex_unlock(&dm->reg_mutex);
	return ret;
}

/**
 * bao_ioeventfd_config - add or remove an ioeventfd
 * @df: the file that asks
 * @args: as user space gave them
 *
 * Context: process.
 * Return: 0 or the errors of BAO_DM_IOEVENTFD.
 */
int bao_ioeventfd_config(struct bao_dm_file *df,
			 const struct bao_ioeventfd *args)
{
	struct bao_kick_key key;
	struct eventfd_ctx *ctx;
	int ret;

	ret = bao_kick_parse(args, &key);
	if (ret)
		return ret;
	ctx = eventfd_ctx_fdget((int)args->fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	if (args->flags & BAO_IOEVENTFD_DEASSIGN) {
		ret = bao_kick_deassign(df, ctx, &key);
	} else {
		ret = bao_kick_assign(df, ctx, &key);
		if (!ret)
			return 0;
	}
	eventfd_ctx_put(ctx);
	return ret;
}

/**
 * bao_ioeventfd_drop - remove the ioeventfds of a process
 * @dm: the device model
 * @owner: the process, or NULL for all
 *
 * Context: process, &bao_dm.reg_mutex held.
 */
void bao_ioeventfd_drop(struct bao_dm *dm, const struct bao_owner *owner)
{
	struct bao_kick *kick, *next;

	lockdep_assert_held(&dm->reg_mutex);
	list_for_each_entry_safe(kick, next, &dm->ioeventfd_list, node)
		if (!owner || kick->owner == owner)
			bao_kick_remove(dm, kick);
}

/**
 * bao_ioeventfd_show - list a file's ioeventfds
 * @m: where to
 * @df: the file
 *
 * Context: process.
 */
void bao_ioeventfd_show(struct seq_file *m, struct bao_dm_file *df)
{
	struct bao_kick *kick;

	mutex_lock(&df->dm->reg_mutex);
	list_for_each_entry(kick, &df->dm->ioeventfd_list, node) {
		if (kick->owner->file != df)
			continue;
		seq_printf(m, "bao-ioeventfd:\t%#llx %u ", kick->key.addr,
			   kick->key.len);
		if (kick->key.any)
			seq_puts(m, "any\n");
		else
			seq_printf(m, "%#llx\n", kick->key.data);
	}
	mutex_unlock(&df->dm->reg_mutex);
}
