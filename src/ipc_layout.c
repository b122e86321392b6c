// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a channel's memory is: both forms of the device-tree binding.
 *
 * Published: one region, "read-channel" and "write-channel" as offset and size
 * inside it. Newer: two regions, named "read" and "write".
 */

#include <linux/device.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/property.h>

#include "ipc.h"

static int bao_span_add(struct bao_ipc *ipc, const struct resource *res,
			const char *what)
{
	struct bao_span *span = &ipc->span[ipc->num_spans];
	void *va;
	int ret;

	ret = bao_region_claim(ipc->dev, res, what);
	if (ret)
		return ret;
	/* The peers map it cacheable; anything else would not be coherent. */
	va = devm_memremap(ipc->dev, res->start, resource_size(res),
			   MEMREMAP_WB);
	if (IS_ERR(va))
		return dev_err_probe(ipc->dev, PTR_ERR(va),
				     "%s: %pR cannot be mapped\n", what, res);
	span->start = res->start;
	span->size = resource_size(res);
	span->va = va;
	ipc->num_spans++;
	return 0;
}

static int bao_read_channel(struct bao_ipc *ipc, const char *name,
			    struct bao_channel *channel)
{
	const struct bao_span *span = &ipc->span[0];
	u32 cells[2];
	int ret;

	if (device_property_count_u32(ipc->dev, name) != ARRAY_SIZE(cells))
		return dev_err_probe(ipc->dev, -EINVAL,
				     "%s: missing, or not an offset and a size\n",
				     name);
	ret = device_property_read_u32_array(ipc->dev, name, cells,
					     ARRAY_SIZE(cells));
	if (ret)
		return dev_err_probe(ipc->dev, ret, "%s: unreadable\n", name);
	if (!cells[1] || cells[1] > span->size ||
	    cells[0] > span->size - cells[1])
		return dev_err_probe(ipc->dev, -EINVAL,
				     "%s: %#x bytes at %#x leave the region of %#llx bytes, or are none\n",
				     name, cells[1], cells[0], span->size);
	channel->va = span->va + cells[0];
	channel->offset = cells[0];
	channel->size = cells[1];
	return 0;
}

static int bao_layout_single(struct bao_ipc *ipc, const struct resource *res)
{
	const struct bao_channel *read = &ipc->read, *write = &ipc->write;
	int ret;

	ret = bao_span_add(ipc, res, "reg");
	if (ret)
		return ret;
	ret = bao_read_channel(ipc, "read-channel", &ipc->read);
	if (ret)
		return ret;
	ret = bao_read_channel(ipc, "write-channel", &ipc->write);
	if (ret)
		return ret;
	if (read->offset < write->offset + write->size &&
	    write->offset < read->offset + read->size)
		return dev_err_probe(ipc->dev, -EINVAL,
				     "write-channel: overlaps read-channel\n");
	return 0;
}

static int bao_layout_split(struct bao_ipc *ipc, const struct resource *read,
			    const struct resource *write)
{
	int ret;

	if (resource_overlaps((struct resource *)read,
			      (struct resource *)write))
		return dev_err_probe(ipc->dev, -EINVAL,
				     "reg: the entries read and write overlap\n");
	ret = bao_span_add(ipc, read, "reg");
	if (ret)
		return ret;
	ret = bao_span_add(ipc, write, "reg");
	if (ret)
		return ret;
	ipc->read.va = ipc->span[0].va;
	ipc->read.size = ipc->span[0].size;
	ipc->write.va = ipc->span[1].va;
	ipc->write.size = ipc->span[1].size;
	ipc->write.offset = PAGE_ALIGN(ipc->span[0].size);
	return 0;
}

/**
 * bao_ipc_layout - find out where the channels are, and map them
 * @ipc: the channel pair, under construction
 *
 * Context: process, in probe. What is mapped is unmapped with the driver.
 * Return: 0; a negative errno, reported with the property's name.
 */
int bao_ipc_layout(struct bao_ipc *ipc)
{
	struct platform_device *pdev = to_platform_device(ipc->dev);
	const struct resource *first, *read, *write;
	int ret;

	first = platform_get_resource(pdev, IORESOURCE_MEM, 0);
	if (!first)
		return dev_err_probe(ipc->dev, -EINVAL,
				     "reg: missing or malformed\n");
	read = platform_get_resource_byname(pdev, IORESOURCE_MEM, "read");
	write = platform_get_resource_byname(pdev, IORESOURCE_MEM, "write");
	if (read && write) {
		ret = bao_layout_split(ipc, read, write);
	} else if (read || write ||
		   platform_get_resource(pdev, IORESOURCE_MEM, 1)) {
		return dev_err_probe(ipc->dev, -EINVAL,
				     "reg-names: two regions have to be named read and write\n");
	} else {
		ret = bao_layout_single(ipc, first);
	}
	if (!ret)
		bao_ipc_map_layout(ipc);
	return ret;
}
