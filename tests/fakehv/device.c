// SPDX-License-Identifier: GPL-2.0-only
/*
 * Platform devices with any resources and properties, right or wrong ones.
 *
 * The platform bus claims a device's memory when it is added, and refuses what
 * is wrong with it; memory from a device tree comes to the driver unclaimed
 * and unchecked. So a device is added under a name that no driver knows,
 * without resources, and gets both before a driver is looked for.
 */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

#define FAKEHV_MAX_DEVICES 16

/**
 * struct fakehv_made - a device that exists
 * @pdev: the device, NULL when there is none
 * @name: its name, for the driver
 * @res_name: its resources' names
 * @from: its properties, as user space gave them
 * @bytes: those of them that consist of bytes
 * @props: they again, for the kernel
 * @node: what they hang from; the platform bus's own way copies properties,
 *	and refuses those that cannot be read
 */
struct fakehv_made {
	struct platform_device *pdev;
	char name[FAKEHV_NAME];
	char res_name[FAKEHV_MAX_RESOURCES][FAKEHV_NAME];
	struct fakehv_prop from[FAKEHV_MAX_PROPS];
	u8 bytes[FAKEHV_MAX_PROPS][FAKEHV_MAX_VALUES];
	struct property_entry props[FAKEHV_MAX_PROPS + 1];
	struct software_node node;
};

static DEFINE_MUTEX(fakehv_devices_lock);
static struct fakehv_made fakehv_devices[FAKEHV_MAX_DEVICES];
static u64 fakehv_base;
static u64 fakehv_size;

/* What registering one device needs. */
struct fakehv_blueprint {
	struct resource res[FAKEHV_MAX_RESOURCES];
};

static int fakehv_set_mem(struct resource *res, u64 start, u64 size)
{
	/* Whoever wants an address that wraps gets one. */
	res->start = start;
	res->end = start + size - 1;
	res->flags = IORESOURCE_MEM;
	return 0;
}

static int fakehv_set_irq(struct resource *res, int irq)
{
	res->start = irq;
	res->end = irq;
	res->flags = IORESOURCE_IRQ;
	return 0;
}

static int fakehv_set_line(struct resource *res, u32 kind, u32 index, u32 event)
{
	struct fakehv_line *line = fakehv_line(kind, index, event);

	return line ? fakehv_set_irq(res, line->irq) : -EINVAL;
}

static int fakehv_set_res(struct resource *res, struct fakehv_res *from)
{
	switch (from->type) {
	case FAKEHV_RES_MEM:
		return fakehv_set_mem(res, fakehv_base + from->start,
				      from->size);
	case FAKEHV_RES_MEM_ABS:
		return fakehv_set_mem(res, from->start, from->size);
	case FAKEHV_RES_DM_IRQ:
		return fakehv_set_line(res, FAKEHV_DM, from->start, 0);
	case FAKEHV_RES_IPC_IRQ:
		return fakehv_set_line(res, FAKEHV_IPC,
				       (u32)from->start / FAKEHV_MAX_EVENTS,
				       (u32)from->start % FAKEHV_MAX_EVENTS);
	case FAKEHV_RES_IRQ_ABS:
		return fakehv_set_irq(res, from->start);
	case FAKEHV_RES_IRQ_NONE:
		fakehv_set_irq(res, INT_MAX);
		/* Makes the platform bus look for it. */
		res->flags |= IORESOURCE_IRQ_HIGHEDGE;
		return 0;
	default:
		return -EINVAL;
	}
}

static int fakehv_set_prop(struct property_entry *prop, u8 *bytes,
			   struct fakehv_prop *from)
{
	u32 i;

	from->name[FAKEHV_NAME - 1] = '\0';
	from->str[FAKEHV_NAME - 1] = '\0';
	if (from->count > FAKEHV_MAX_VALUES)
		return -EINVAL;
	switch (from->type) {
	case FAKEHV_PROP_U32:
		*prop = PROPERTY_ENTRY_U32_ARRAY_LEN(from->name, from->val,
						     from->count);
		return 0;
	case FAKEHV_PROP_U8:
		for (i = 0; i < from->count; i++)
			bytes[i] = from->val[i];
		*prop = PROPERTY_ENTRY_U8_ARRAY_LEN(from->name, bytes,
						    from->count);
		return 0;
	case FAKEHV_PROP_STRING:
		*prop = PROPERTY_ENTRY_STRING(from->name, from->str);
		return 0;
	case FAKEHV_PROP_UNREADABLE:
		*prop = (struct property_entry) {
			.name = from->name,
			.length = from->count * sizeof(u32),
			.type = DEV_PROP_U32,
		};
		return 0;
	default:
		return -EINVAL;
	}
}

static int fakehv_draw(struct fakehv_blueprint *bp, struct fakehv_device *from)
{
	u32 i;
	int ret;

	if (from->num_res > FAKEHV_MAX_RESOURCES)
		return -EINVAL;
	for (i = 0; i < from->num_res; i++) {
		ret = fakehv_set_res(&bp->res[i], &from->res[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int fakehv_describe(struct fakehv_made *made,
			   const struct fakehv_device *device)
{
	u32 i;
	int ret;

	if (device->num_props > FAKEHV_MAX_PROPS)
		return -EINVAL;
	memcpy(made->from, device->props, sizeof(made->from));
	memset(made->props, 0, sizeof(made->props));
	for (i = 0; i < device->num_props; i++) {
		ret = fakehv_set_prop(&made->props[i], made->bytes[i],
				      &made->from[i]);
		if (ret)
			return ret;
	}
	made->node.properties = made->props;
	return software_node_register(&made->node);
}

/* Since 7.3 a node stays as long as anybody has the device that is gone. */
static int fakehv_free_id(void)
{
	int id;

	for (id = 0; id < FAKEHV_MAX_DEVICES; id++)
		if (!fakehv_devices[id].pdev &&
		    !software_node_fwnode(&fakehv_devices[id].node))
			return id;
	return -ENOSPC;
}

static int fakehv_give_resources(struct fakehv_made *made,
				 struct fakehv_device *device,
				 struct fakehv_blueprint *bp)
{
	struct resource *res;
	u32 i;

	for (i = 0; i < device->num_res; i++) {
		strscpy(made->res_name[i], device->res[i].name, FAKEHV_NAME);
		bp->res[i].name = made->res_name[i][0] ? made->res_name[i] :
				  made->name;
	}
	res = kmemdup(bp->res, device->num_res * sizeof(*res), GFP_KERNEL);
	if (!res)
		return -ENOMEM;
	/* Freed with the device. */
	made->pdev->resource = res;
	made->pdev->num_resources = device->num_res;
	return 0;
}

static int fakehv_offer(struct fakehv_made *made, struct fakehv_device *device,
			struct fakehv_blueprint *bp)
{
	struct platform_device *pdev = made->pdev;
	int ret;

	strscpy(made->name, device->name, sizeof(made->name));
	if (device->num_res) {
		ret = fakehv_give_resources(made, device, bp);
		if (ret)
			return ret;
	}
	pdev->name = made->name;
	ret = device_attach(&pdev->dev);
	if (ret < 0)
		return ret;

	device_lock(&pdev->dev);
	device->bound = !!pdev->dev.driver;
	device_unlock(&pdev->dev);
	strscpy(device->dev_name, dev_name(&pdev->dev),
		sizeof(device->dev_name));
	return 0;
}

static void fakehv_forget(struct fakehv_made *made)
{
	platform_device_unregister(made->pdev);
	made->pdev = NULL;
	software_node_unregister(&made->node);
}

static int fakehv_register(struct fakehv_device *device,
			   struct fakehv_blueprint *bp)
{
	struct platform_device_info info = { .name = "fakehv" };
	struct fakehv_made *made;
	int id = fakehv_free_id();
	int ret;

	if (id < 0)
		return id;
	made = &fakehv_devices[id];
	ret = fakehv_describe(made, device);
	if (ret)
		return ret;
	info.id = id;
	info.fwnode = software_node_fwnode(&made->node);
	made->pdev = platform_device_register_full(&info);
	if (IS_ERR(made->pdev)) {
		ret = PTR_ERR(made->pdev);
		made->pdev = NULL;
		software_node_unregister(&made->node);
		return ret;
	}
	device->id = id;
	ret = fakehv_offer(made, device, bp);
	if (ret)
		fakehv_forget(made);
	return ret;
}

/**
 * fakehv_create() - create a platform device
 * @device: from user space
 *
 * Return: 0, whether the driver took it or not, or a negative errno
 */
int fakehv_create(struct fakehv_device *device)
{
	struct fakehv_blueprint *bp;
	int ret;

	device->name[FAKEHV_NAME - 1] = '\0';
	bp = kzalloc(sizeof(*bp), GFP_KERNEL);
	if (!bp)
		return -ENOMEM;
	ret = fakehv_draw(bp, device);
	if (!ret) {
		mutex_lock(&fakehv_devices_lock);
		ret = fakehv_register(device, bp);
		mutex_unlock(&fakehv_devices_lock);
	}
	kfree(bp);
	return ret;
}

/**
 * fakehv_destroy() - remove a platform device
 * @id: from fakehv_create()
 *
 * Return: 0 or -ENOENT
 */
int fakehv_destroy(unsigned long id)
{
	int ret = -ENOENT;

	mutex_lock(&fakehv_devices_lock);
	if (id < FAKEHV_MAX_DEVICES && fakehv_devices[id].pdev) {
		fakehv_forget(&fakehv_devices[id]);
		ret = 0;
	}
	mutex_unlock(&fakehv_devices_lock);
	return ret;
}

/**
 * fakehv_destroy_all() - remove all platform devices
 */
void fakehv_destroy_all(void)
{
	unsigned long id;

	for (id = 0; id < FAKEHV_MAX_DEVICES; id++)
		fakehv_destroy(id);
}

/**
 * fakehv_devices_init() - remember the window
 * @base: its address
 * @size: its size
 *
 * Return: 0, or -EINVAL when there is none or it is the kernel's memory
 */
int fakehv_devices_init(u64 base, u64 size)
{
	if (!size || !PAGE_ALIGNED(base) ||
	    region_intersects(base, size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT) {
		pr_err("fakehv: base= and size= must be outside System RAM\n");
		return -EINVAL;
	}
	fakehv_base = base;
	fakehv_size = size;
	return 0;
}
