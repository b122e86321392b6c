// SPDX-License-Identifier: GPL-2.0-only
/* The dispatcher: devices, the registry of device models, the control node. */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/uaccess.h>

#include <linux/bao.h>

#include "dm.h"

/**
 * struct bao_dispatcher - the device models of one device
 * @dev: the device
 * @pm: asked before this guest sleeps; until the driver goes
 * @num: how many
 * @dm: the device models; one reference each
 */
struct bao_dispatcher {
	struct device *dev;
	struct notifier_block pm;
	unsigned int num;
	struct bao_dm *dm[];
};

/**
 * struct bao_history - what outlives a binding of the driver
 * @answered_by_kernel: see &struct bao_dm_counters
 * @redelivered: see &struct bao_dm_counters
 */
struct bao_history {
	u64 answered_by_kernel;
	u64 redelivered;
};

/* Protects the list of device models in service, and their history. */
static DEFINE_MUTEX(bao_registry_mutex);
static LIST_HEAD(bao_registry);
static struct bao_history bao_history[BAO_DM_MAX];

/*
 * Protects the control node and the count of device models behind it. Taken by
 * probe and removal alone, never by a file operation, so it can be held across
 * misc_deregister().
 */
static DEFINE_MUTEX(bao_node_mutex);
static unsigned int bao_node_users;

static struct bao_dm *bao_dm_find(u32 id)
{
	struct bao_dm *dm;

	lockdep_assert_held(&bao_registry_mutex);
	list_for_each_entry(dm, &bao_registry, node)
		if (dm->id == id)
			return dm;
	return NULL;
}

/* Takes a reference. */
static struct bao_dm *bao_dm_get(u32 id)
{
	struct bao_dm *dm;

	mutex_lock(&bao_registry_mutex);
	dm = bao_dm_find(id);
	if (dm)
		kref_get(&dm->ref);
	mutex_unlock(&bao_registry_mutex);
	return dm;
}

static int bao_open_dm(struct bao_dm *dm, struct bao_dm_info __user *user)
{
	struct bao_dm_info info = {
		.id = dm->id,
		.shmem_addr = dm->start,
		.shmem_size = dm->size,
		.irq = dm->line.irq,
	};
	struct file *file;

	info.fd = get_unused_fd_flags(O_CLOEXEC);
	if (info.fd < 0)
		return info.fd;
	file = bao_dm_file_open(dm);
	if (IS_ERR(file)) {
		put_unused_fd(info.fd);
		return PTR_ERR(file);
	}
	if (copy_to_user(user, &info, sizeof(info))) {
		fput(file);
		put_unused_fd(info.fd);
		return -EFAULT;
	}
	/* Last: what is installed cannot be taken back. */
	fd_install(info.fd, file);
	return 0;
}

static long bao_control_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	struct bao_dm_info __user *user = (void __user *)arg;
	struct bao_dm *dm;
	u32 id;
	int ret;

	if (cmd != BAO_DM_GET_INFO)
		return -ENOTTY;
	if (get_user(id, &user->id))
		return -EFAULT;
	dm = bao_dm_get(id);
	if (!dm)
		return -ENOENT;
	ret = bao_open_dm(dm, user);
	bao_dm_put(dm);
	return ret;
}

static const struct file_operations bao_control_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = bao_control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice bao_control = {
	.name = "bao-io-dispatcher",
	.fops = &bao_control_fops,
	.mode = 0600,
};

static int bao_node_get(void)
{
	int ret = 0;

	mutex_lock(&bao_node_mutex);
	if (!bao_node_users) {
		/* Some kernels leave the last number there. */
		bao_control.minor = MISC_DYNAMIC_MINOR;
		ret = misc_register(&bao_control);
	}
	if (!ret)
		bao_node_users++;
	mutex_unlock(&bao_node_mutex);
	return ret;
}

static void bao_node_put(void)
{
	mutex_lock(&bao_node_mutex);
	if (!--bao_node_users)
		misc_deregister(&bao_control);
	mutex_unlock(&bao_node_mutex);
}

/* All of a device's models or none. */
static int bao_register(struct bao_dispatcher *disp)
{
	unsigned int i;
	int ret = 0;

	mutex_lock(&bao_registry_mutex);
	for (i = 0; i < disp->num; i++) {
		if (bao_dm_find(disp->dm[i]->id)) {
			ret = dev_err_probe(disp->dev, -EEXIST,
					    "reg or bao,id: device model %u exists already\n",
					    disp->dm[i]->id);
			goto out;
		}
	}
	for (i = 0; i < disp->num; i++) {
		struct bao_dm *dm = disp->dm[i];

		dm->count.answered_by_kernel =
			bao_history[dm->id].answered_by_kernel;
		dm->count.redelivered = bao_history[dm->id].redelivered;
		list_add_tail(&dm->node, &bao_registry);
	}
out:
	mutex_unlock(&bao_registry_mutex);
	return ret;
}

static void bao_unregister(struct bao_dispatcher *disp)
{
	unsigned int i;

	mutex_lock(&bao_registry_mutex);
	for (i = 0; i < disp->num; i++)
		list_del_init(&disp->dm[i]->node);
	mutex_unlock(&bao_registry_mutex);
}

static void bao_remember(const struct bao_dm *dm)
{
	mutex_lock(&bao_registry_mutex);
	bao_history[dm->id].answered_by_kernel = dm->count.answered_by_kernel;
	bao_history[dm->id].redelivered = dm->count.redelivered;
	mutex_unlock(&bao_registry_mutex);
}

/* Closed together: daemons have the same time for all of them. */
static void bao_stop_all(struct bao_dispatcher *disp, unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++)
		bao_requests_close(disp->dm[i]);
	while (num--)
		bao_dm_stop(disp->dm[num]);
}

static int bao_start_all(struct bao_dispatcher *disp)
{
	struct platform_device *pdev = to_platform_device(disp->dev);
	unsigned int i;
	int ret;

	for (i = 0; i < disp->num; i++) {
		ret = platform_get_irq(pdev, i);
		if (ret < 0) {
			dev_err_probe(disp->dev, ret,
				      "interrupts: entry %u is unusable\n", i);
			goto err_stop;
		}
		ret = bao_dm_start(disp->dm[i], ret);
		if (ret)
			goto err_stop;
	}
	return 0;

err_stop:
	bao_stop_all(disp, i);
	return ret;
}

static void bao_put_all(void *data)
{
	struct bao_dispatcher *disp = data;

	while (disp->num--)
		bao_dm_put(disp->dm[disp->num]);
	kfree(disp);
}

/*
 * In this order: no new files, then no requests, interrupts and calls. Files
 * that are still open keep their device model, but not its binding.
 */
static void bao_dispatcher_stop(void *data)
{
	struct bao_dispatcher *disp = data;
	unsigned int i;

	bao_node_put();
	bao_unregister(disp);
	bao_stop_all(disp, disp->num);
	for (i = 0; i < disp->num; i++)
		bao_remember(disp->dm[i]);
}

static int bao_count_models(struct platform_device *pdev, bool single)
{
	unsigned int regs = 0;
	int irqs;

	while (platform_get_resource(pdev, IORESOURCE_MEM, regs))
		regs++;
	irqs = platform_irq_count(pdev);
	if (irqs < 0)
		return dev_err_probe(&pdev->dev, irqs,
				     "interrupts: cannot be read\n");
	if (!regs)
		return dev_err_probe(&pdev->dev, -EINVAL,
				     "reg: missing or malformed\n");
	if (regs > BAO_DM_MAX || (single && regs > 1))
		return dev_err_probe(&pdev->dev, -EINVAL,
				     "reg: %u entries, at most %d possible\n",
				     regs, single ? 1 : BAO_DM_MAX);
	if (irqs != regs)
		return dev_err_probe(&pdev->dev, -EINVAL,
				     "interrupts: %d entries, but reg has %u\n",
				     irqs, regs);
	return regs;
}

/* One node for all, numbered by position; or one each, with its number. */
static int bao_read_id(struct device *dev, u32 *id)
{
	*id = 0;
	if (!device_property_present(dev, "bao,id"))
		return 0;
	if (device_property_count_u32(dev, "bao,id") != 1 ||
	    device_property_read_u32(dev, "bao,id", id) || *id >= BAO_DM_MAX)
		return dev_err_probe(dev, -EINVAL,
				     "bao,id: not one number below %d\n",
				     BAO_DM_MAX);
	return 0;
}

static int bao_create_all(struct platform_device *pdev,
			  struct bao_dispatcher *disp, unsigned int num,
			  u32 first)
{
	struct device *dev = &pdev->dev;
	const char *label = NULL;
	struct resource *res;
	struct bao_dm *dm;
	int ret;

	if (device_property_present(dev, "label") &&
	    device_property_read_string(dev, "label", &label))
		return dev_err_probe(dev, -EINVAL, "label: not a string\n");
	while (disp->num < num) {
		res = platform_get_resource(pdev, IORESOURCE_MEM, disp->num);
		ret = bao_region_claim(dev, res, "reg");
		if (ret)
			return ret;
		dm = bao_dm_create(dev, first + disp->num, res, label);
		if (IS_ERR(dm))
			return PTR_ERR(dm);
		disp->dm[disp->num++] = dm;
	}
	return 0;
}

/* Zeros for an answer take an interrupt, too. */
static bool bao_may_sleep(struct bao_dispatcher *disp)
{
	bool idle = true;
	unsigned int i;

	for (i = 0; i < disp->num && idle; i++) {
		spin_lock_irq(&disp->dm[i]->lock);
		idle = disp->dm[i]->state == BAO_DM_IDLE;
		spin_unlock_irq(&disp->dm[i]->lock);
	}
	if (!idle)
		dev_notice_ratelimited(disp->dev,
				       "other guests wait for this one, it cannot sleep\n");
	return idle;
}

/*
 * A guest that serves others does not sleep: their CPUs would stand still until
 * somebody else wakes it. That has to be said before the daemon is frozen.
 */
static int bao_pm_notify(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	struct bao_dispatcher *disp = container_of(nb, struct bao_dispatcher,
						   pm);

	if (event != PM_SUSPEND_PREPARE && event != PM_HIBERNATION_PREPARE)
		return NOTIFY_DONE;
	return bao_may_sleep(disp) ? NOTIFY_OK : notifier_from_errno(-EBUSY);
}

static void bao_pm_release(void *data)
{
	unregister_pm_notifier(data);
}

static int bao_pm_claim(struct bao_dispatcher *disp)
{
	int ret;

	disp->pm.notifier_call = bao_pm_notify;
	ret = register_pm_notifier(&disp->pm);
	if (ret)
		return ret;
	return devm_add_action_or_reset(disp->dev, bao_pm_release, &disp->pm);
}

static int bao_dispatcher_publish(struct bao_dispatcher *disp)
{
	int ret = bao_start_all(disp);

	if (ret)
		return ret;
	ret = bao_register(disp);
	if (ret)
		goto err_stop;
	ret = bao_node_get();
	if (ret)
		goto err_unregister;
	return 0;

err_unregister:
	bao_unregister(disp);
err_stop:
	bao_stop_all(disp, disp->num);
	return ret;
}

static int bao_dispatcher_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct bao_dispatcher *disp;
	int num, ret;
	u32 id;

	ret = bao_read_id(dev, &id);
	if (ret)
		return ret;
	num = bao_count_models(pdev, device_property_present(dev, "bao,id"));
	if (num < 0)
		return num;
	ret = bao_hyp_claim(dev);
	if (ret)
		return ret;
	disp = kzalloc(struct_size(disp, dm, num), GFP_KERNEL);
	if (!disp)
		return -ENOMEM;
	disp->dev = dev;
	ret = devm_add_action_or_reset(dev, bao_put_all, disp);
	if (ret)
		return ret;
	ret = bao_create_all(pdev, disp, num, id);
	if (ret)
		return ret;
	ret = bao_pm_claim(disp);
	if (ret)
		return ret;
	ret = bao_dispatcher_publish(disp);
	if (ret)
		return ret;
	platform_set_drvdata(pdev, disp);
	return devm_add_action_or_reset(dev, bao_dispatcher_stop, disp);
}

/* Before a reboot or kexec, whose kernel would know of no request. */
static void bao_dispatcher_shutdown(struct platform_device *pdev)
{
	devm_release_action(&pdev->dev, bao_dispatcher_stop,
			    platform_get_drvdata(pdev));
}

/* Backstop, for a daemon that began between the notifier and the freezer. */
static int bao_dispatcher_prepare(struct device *dev)
{
	return bao_may_sleep(dev_get_drvdata(dev)) ? 0 : -EBUSY;
}

static const struct dev_pm_ops bao_dispatcher_pm_ops = {
	.prepare = bao_dispatcher_prepare,
};

static const struct of_device_id bao_dispatcher_of_match[] = {
	{ .compatible = "bao,io-dispatcher" },
	{}
};
MODULE_DEVICE_TABLE(of, bao_dispatcher_of_match);

static const struct platform_device_id bao_dispatcher_ids[] = {
	{ .name = "bao-io-dispatcher" },
	{}
};
MODULE_DEVICE_TABLE(platform, bao_dispatcher_ids);

struct platform_driver bao_dispatcher_driver = {
	.probe = bao_dispatcher_probe,
	.shutdown = bao_dispatcher_shutdown,
	.id_table = bao_dispatcher_ids,
	.driver = {
		.name = "bao-io-dispatcher",
		.of_match_table = bao_dispatcher_of_match,
		.pm = &bao_dispatcher_pm_ops,
	},
};
