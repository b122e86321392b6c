// SPDX-License-Identifier: GPL-2.0-only
/* IPC channels: devices, the list of channels, start and stop. */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/platform_device.h>
#include <linux/poll.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "ipc.h"

/* Protects the list of all channels, where each id stands once. */
static DEFINE_MUTEX(bao_ipcs_mutex);
static LIST_HEAD(bao_ipcs);

static void bao_ipc_free(struct kref *ref)
{
	struct bao_ipc *ipc = container_of(ref, struct bao_ipc, ref);

	put_device(ipc->dev);
	kfree(ipc);
}

/**
 * bao_ipc_put - drop a reference to a channel pair
 * @ipc: the channel pair
 *
 * Context: process; sleeps.
 */
void bao_ipc_put(struct bao_ipc *ipc)
{
	kref_put(&ipc->ref, bao_ipc_free);
}

static void bao_ipc_put_action(void *data)
{
	bao_ipc_put(data);
}

static bool bao_describes_interrupts(struct device *dev)
{
	return device_property_present(dev, "interrupts") ||
	       device_property_present(dev, "interrupts-extended");
}

/*
 * The events that can be received. Many published device trees name the wrong
 * interrupt; a channel without events is still of use, so only a controller
 * that is not there yet is a reason to wait.
 */
static int bao_count_events(struct platform_device *pdev)
{
	int num = 0;
	int i, irq;

	for (i = 0; i < BAO_IPC_MAX_EVENTS; i++) {
		irq = platform_get_irq_optional(pdev, i);
		if (irq == -EPROBE_DEFER)
			return irq;
		if (irq > 0)
			num = i + 1;
	}
	if (!num && bao_describes_interrupts(&pdev->dev))
		dev_warn(&pdev->dev,
			 "interrupts: no entry is usable, going on without events\n");
	return num;
}

static int bao_read_properties(struct bao_ipc *ipc)
{
	const char *name = "bao,id";

	if (!device_property_present(ipc->dev, name))
		name = "id";
	if (device_property_count_u32(ipc->dev, name) != 1 ||
	    device_property_read_u32(ipc->dev, name, &ipc->id))
		return dev_err_probe(ipc->dev, -EINVAL,
				     "%s: missing, or not one number\n", name);
	if (ipc->id > INT_MAX)
		return dev_err_probe(ipc->dev, -EINVAL,
				     "%s: %#x is no channel's number\n", name,
				     ipc->id);
	if (device_property_present(ipc->dev, "label") &&
	    device_property_read_string(ipc->dev, "label", &ipc->label))
		return dev_err_probe(ipc->dev, -EINVAL,
				     "label: not a string\n");
	return 0;
}

static struct bao_ipc *bao_ipc_create(struct platform_device *pdev)
{
	int num = bao_count_events(pdev);
	struct bao_ipc *ipc;
	unsigned int i;
	int ret;

	if (num < 0)
		return ERR_PTR(num);
	ipc = kzalloc(struct_size(ipc, event, num), GFP_KERNEL);
	if (!ipc)
		return ERR_PTR(-ENOMEM);
	kref_init(&ipc->ref);
	init_rwsem(&ipc->life);
	mutex_init(&ipc->write_mutex);
	init_waitqueue_head(&ipc->wait);
	spin_lock_init(&ipc->lock);
	INIT_LIST_HEAD(&ipc->eventfds);
	ipc->num_events = num;
	ipc->dev = get_device(&pdev->dev);
	ret = devm_add_action_or_reset(ipc->dev, bao_ipc_put_action, ipc);
	if (ret)
		return ERR_PTR(ret);
	ret = bao_read_properties(ipc);
	if (ret)
		return ERR_PTR(ret);
	for (i = 0; i < BAO_IPC_MAX_EVENTS; i++)
		bao_doorbell_init(&ipc->bell[i], BAO_DOORBELL_IPC, ipc->id, i);
	return ipc;
}

static int bao_ipc_register(struct bao_ipc *ipc)
{
	const struct bao_ipc *other;
	int ret = 0;

	mutex_lock(&bao_ipcs_mutex);
	list_for_each_entry(other, &bao_ipcs, node)
		if (other->id == ipc->id)
			ret = -EEXIST;
	if (!ret)
		list_add_tail(&ipc->node, &bao_ipcs);
	mutex_unlock(&bao_ipcs_mutex);
	if (ret)
		dev_err_probe(ipc->dev, ret, "id or bao,id: channel %u exists already\n",
			      ipc->id);
	return ret;
}

static void bao_ipc_unregister(struct bao_ipc *ipc)
{
	mutex_lock(&bao_ipcs_mutex);
	list_del(&ipc->node);
	mutex_unlock(&bao_ipcs_mutex);
}

static int bao_ipc_publish(struct bao_ipc *ipc)
{
	snprintf(ipc->name, sizeof(ipc->name), "baoipc%u", ipc->id);
	ipc->misc.minor = MISC_DYNAMIC_MINOR;
	ipc->misc.name = ipc->name;
	ipc->misc.fops = &bao_ipc_fops;
	ipc->misc.parent = ipc->dev;
	ipc->misc.mode = 0600;
	return misc_register(&ipc->misc);
}

static int bao_ipc_start(struct bao_ipc *ipc)
{
	int ret;

	ret = bao_ipc_register(ipc);
	if (ret)
		return ret;
	ret = bao_ipc_events_start(ipc);
	if (ret)
		goto err_unregister;
	ret = bao_ipc_show(ipc);
	if (ret)
		goto err_events;
	ret = bao_ipc_publish(ipc);
	if (ret)
		goto err_hide;
	return 0;

err_hide:
	bao_ipc_hide(ipc);
err_events:
	bao_ipc_events_stop(ipc);
err_unregister:
	bao_ipc_unregister(ipc);
	return ret;
}

/*
 * In this order: no new files, no calls under way, nobody asleep, then no
 * interrupts. Files that are still open keep the object, but not its memory,
 * which is unmapped after this.
 */
static void bao_ipc_stop(void *data)
{
	struct bao_ipc *ipc = data;
	unsigned int i;

	misc_deregister(&ipc->misc);
	bao_ipc_hide(ipc);
	down_write(&ipc->life);
	WRITE_ONCE(ipc->gone, true);
	up_write(&ipc->life);
	wake_up_all(&ipc->wait);
	bao_ipc_events_stop(ipc);
	for (i = 0; i < BAO_IPC_MAX_EVENTS; i++)
		bao_doorbell_flush(&ipc->bell[i]);
	bao_ipc_unregister(ipc);
}

static int bao_ipc_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct bao_ipc *ipc;
	int ret;

	ret = bao_hyp_claim(dev);
	if (ret)
		return ret;
	ipc = bao_ipc_create(pdev);
	if (IS_ERR(ipc))
		return PTR_ERR(ipc);
	ret = bao_ipc_layout(ipc);
	if (ret)
		return ret;
	ret = bao_ipc_start(ipc);
	if (ret)
		return ret;
	platform_set_drvdata(pdev, ipc);
	return devm_add_action_or_reset(dev, bao_ipc_stop, ipc);
}

static const struct of_device_id bao_ipc_of_match[] = {
	{ .compatible = "bao,ipcshmem" },
	{}
};
MODULE_DEVICE_TABLE(of, bao_ipc_of_match);

static const struct platform_device_id bao_ipc_ids[] = {
	{ .name = "bao-ipcshmem" },
	{}
};
MODULE_DEVICE_TABLE(platform, bao_ipc_ids);

struct platform_driver bao_ipc_driver = {
	.probe = bao_ipc_probe,
	.id_table = bao_ipc_ids,
	.driver = {
		.name = "bao-ipcshmem",
		.of_match_table = bao_ipc_of_match,
	},
};
