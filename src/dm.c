// SPDX-License-Identifier: GPL-2.0-only
/* Device models: creation, start, stop. */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "dm.h"

static int dm_grace_ms = BAO_GRACE_MS;
module_param(dm_grace_ms, int, 0644);
MODULE_PARM_DESC(dm_grace_ms,
		 "how long requests wait for a new daemon, in ms; -1 = for ever");

static void bao_dm_free(struct kref *ref)
{
	struct bao_dm *dm = container_of(ref, struct bao_dm, ref);

	bao_ioeventfds_exit(dm);
	kfree(dm->slots);
	put_device(dm->dev);
	kfree(dm);
}

/**
 * bao_dm_put - drop a reference to a device model
 * @dm: the device model
 *
 * Context: process; sleeps.
 */
void bao_dm_put(struct bao_dm *dm)
{
	kref_put(&dm->ref, bao_dm_free);
}

/**
 * bao_dm_create - make a device model, not yet in service
 * @dev: the dispatcher's device
 * @id: number for the hypervisor
 * @region: the shared memory; claimed by the caller
 * @label: what people call it, or NULL; lives as long as @dev
 *
 * Context: process, in probe.
 * Return: the device model with one reference, or an ERR_PTR().
 */
struct bao_dm *bao_dm_create(struct device *dev, u32 id,
			     const struct resource *region, const char *label)
{
	struct bao_dm *dm;
	int ret;

	dm = kzalloc(sizeof(*dm), GFP_KERNEL);
	if (!dm)
		return ERR_PTR(-ENOMEM);
	kref_init(&dm->ref);
	INIT_LIST_HEAD(&dm->node);
	INIT_LIST_HEAD(&dm->ioeventfd_list);
	INIT_LIST_HEAD(&dm->irqfds);
	INIT_LIST_HEAD(&dm->owners);
	mutex_init(&dm->reg_mutex);
	spin_lock_init(&dm->lock);
	init_waitqueue_head(&dm->wait);
	init_waitqueue_head(&dm->settled);
	dm->id = id;
	dm->label = label;
	dm->start = region->start;
	dm->size = resource_size(region);
	dm->grace_ms = max(dm_grace_ms, -1);
	dm->answer_ms = -1;
	bao_doorbell_init(&dm->doorbell, BAO_DOORBELL_REMIO, id, 0);
	ret = bao_requests_init(dm);
	if (ret) {
		kfree(dm);
		return ERR_PTR(ret);
	}
	dm->dev = get_device(dev);
	return dm;
}

/**
 * bao_dm_start - take a device model into service
 * @dm: the device model
 * @irq: Linux interrupt number
 *
 * Context: process, in probe.
 * Return: 0, then bao_dm_stop() is owed; a negative errno, reported.
 */
int bao_dm_start(struct bao_dm *dm, int irq)
{
	int ret = bao_hyp_check_dm(dm->id);

	if (ret)
		return dev_err_probe(dm->dev, ret,
				     "reg or bao,id: the hypervisor does not know device model %u of this VM\n",
				     dm->id);
	ret = bao_line_request(&dm->line, &bao_request_line_ops, irq,
			       "bao-dm%u", dm->id);
	if (ret)
		return dev_err_probe(dm->dev, ret,
				     "interrupts: entry for device model %u cannot be requested\n",
				     dm->id);
	ret = bao_dm_show(dm);
	if (ret)
		goto err_line;
	return 0;

err_line:
	/* An attribute may have been written already. */
	cancel_delayed_work_sync(&dm->timeouts);
	bao_line_release(&dm->line);
	return ret;
}

/**
 * bao_dm_stop - take a device model out of service
 * @dm: the device model, after bao_requests_close(); in no registry, so nobody
 *	opens new files
 *
 * Everything that was fetched is answered, by daemons as long as they serve and
 * the grace period lasts. Files that are open get -ENODEV from then on, mappings
 * stay. When it returns, no call to the hypervisor is under way or will be made.
 *
 * Context: process; sleeps.
 */
void bao_dm_stop(struct bao_dm *dm)
{
	/* Before the attributes go: the operator may be in a hurry. */
	bao_requests_wait(dm);
	bao_dm_hide(dm);
	/* Sets gone: from here on nobody fetches, takes or registers. */
	bao_requests_shutdown(dm);
	mutex_lock(&dm->reg_mutex);
	bao_ioeventfd_drop(dm, NULL);
	bao_irqfd_drop(dm, NULL);
	mutex_unlock(&dm->reg_mutex);
	bao_irqfd_flush();
	bao_line_release(&dm->line);
	bao_doorbell_flush(&dm->doorbell);
}
