// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frontend of the measured device: accesses to its window, each timed. Takes
 * the place of virtio_mmio.
 */

#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#include "bench.h"

/**
 * struct bao_frontend - a device
 * @window: where every access stands still until it is answered
 * @player: the clock
 */
struct bao_frontend {
	void __iomem *window;
	struct bao_player player;
};

static void bao_frontend_kick(struct bao_player *player)
{
	struct bao_frontend *front = container_of(player, struct bao_frontend,
						  player);

	writel(0, front->window + BENCH_IRQ);
}

static irqreturn_t bao_frontend_irq(int irq, void *data)
{
	struct bao_frontend *front = data;

	bao_player_step(&front->player);
	return IRQ_HANDLED;
}

/* Accesses that are over when the instruction is. */
static int bao_frontend_access(struct bao_frontend *front, unsigned int rounds,
			       bool write)
{
	int ret = bao_player_begin(&front->player, rounds);
	u64 start;

	if (ret)
		return ret;
	while (front->player.done < rounds) {
		start = ktime_get_ns();
		if (write)
			writel(0, front->window + BENCH_NOTIFY);
		else
			readl(front->window + BENCH_READ);
		bao_player_record(&front->player, ktime_get_ns() - start);
	}
	bao_player_end(&front->player);
	return 0;
}

static ssize_t bao_frontend_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	struct bao_frontend *front = dev_get_drvdata(dev);

	return sprintf(buf, "%llu\n", front->player.median);
}

static ssize_t read_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	unsigned int rounds;
	int ret;

	ret = kstrtouint(buf, 0, &rounds);
	if (!ret)
		ret = bao_frontend_access(dev_get_drvdata(dev), rounds, false);
	return ret ? ret : count;
}

static ssize_t notify_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	unsigned int rounds;
	int ret;

	ret = kstrtouint(buf, 0, &rounds);
	if (!ret)
		ret = bao_frontend_access(dev_get_drvdata(dev), rounds, true);
	return ret ? ret : count;
}

static ssize_t irq_store(struct device *dev, struct device_attribute *attr,
			 const char *buf, size_t count)
{
	struct bao_frontend *front = dev_get_drvdata(dev);
	unsigned int rounds;
	int ret;

	ret = kstrtouint(buf, 0, &rounds);
	if (!ret)
		ret = bao_player_play(&front->player, rounds);
	return ret ? ret : count;
}

static DEVICE_ATTR(read, 0600, bao_frontend_show, read_store);
static DEVICE_ATTR(notify, 0600, bao_frontend_show, notify_store);
static DEVICE_ATTR(irq, 0600, bao_frontend_show, irq_store);

static struct attribute *bao_frontend_attrs[] = {
	&dev_attr_read.attr,
	&dev_attr_notify.attr,
	&dev_attr_irq.attr,
	NULL
};
ATTRIBUTE_GROUPS(bao_frontend);

static int bao_frontend_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct bao_frontend *front;
	int irq, ret;

	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	front = devm_kzalloc(dev, sizeof(*front), GFP_KERNEL);
	if (!front)
		return -ENOMEM;
	front->window = devm_platform_ioremap_resource(pdev, 0);
	if (IS_ERR(front->window))
		return PTR_ERR(front->window);
	ret = bao_player_init(dev, &front->player, bao_frontend_kick);
	if (ret)
		return ret;
	platform_set_drvdata(pdev, front);
	return devm_request_irq(dev, irq, bao_frontend_irq, 0, dev_name(dev),
				front);
}

struct platform_driver bao_bench_frontend_driver = {
	.probe = bao_frontend_probe,
	.driver = {
		.name = "bao-bench-frontend",
		.dev_groups = bao_frontend_groups,
	},
};
