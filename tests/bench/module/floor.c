// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor: handlers that do what the hypervisor asks for and nothing else.
 * No table, no lock, no daemon, nothing counted. What bao.ko costs above this
 * is what bao.ko costs.
 */

#include <linux/interrupt.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>

#include "bench.h"
#include "hypercall.h"

/**
 * struct bao_floor - a device
 * @id: device model or channel
 * @player: times rounds of doorbells (channels only)
 */
struct bao_floor {
	u32 id;
	struct bao_player player;
};

static void bao_floor_complete(u32 dm, const struct bao_call *ask)
{
	struct bao_call call = {
		.id = BAO_CALL_REMIO,
		.arg = { dm, ask->out[0], ask->out[1], 0, ask->out[4] },
	};

	bao_bench_call(&call);
}

static void bao_floor_raise(u32 dm)
{
	struct bao_call call = {
		.id = BAO_CALL_REMIO,
		.arg = { dm, 0, BAO_REMIO_NOTIFY },
	};

	bao_bench_call(&call);
}

/* Fetch and complete, as long as there is said to be more. */
static irqreturn_t bao_floor_dm_irq(int irq, void *data)
{
	struct bao_floor *floor = data;

	bool more;

	do {
		struct bao_call ask = {
			.id = BAO_CALL_REMIO,
			.arg = { floor->id, 0, BAO_REMIO_ASK },
		};

		bao_bench_call(&ask);
		if (ask.result != BAO_RESULT_OK)
			break;
		more = ask.out[5];
		bao_floor_complete(floor->id, &ask);
		if (ask.out[0] % BENCH_WINDOW_SIZE == BENCH_IRQ)
			bao_floor_raise(floor->id);
	} while (more);
	return IRQ_HANDLED;
}

static void bao_floor_ring(struct bao_player *player)
{
	struct bao_floor *floor = container_of(player, struct bao_floor,
					       player);
	struct bao_call call = {
		.id = BAO_CALL_IPC,
		.arg = { floor->id, 0 },
	};

	bao_bench_call(&call);
}

/* Ring straight back: for the player's sake, or for the peer's. */
static irqreturn_t bao_floor_ipc_irq(int irq, void *data)
{
	struct bao_floor *floor = data;

	if (!bao_player_step(&floor->player) &&
	    !READ_ONCE(floor->player.median))
		bao_floor_ring(&floor->player);
	return IRQ_HANDLED;
}

static ssize_t play_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct bao_floor *floor = dev_get_drvdata(dev);

	return sprintf(buf, "%llu\n", floor->player.median);
}

/* Who has played once does not echo any more: both ends would ring for ever. */
static ssize_t play_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	struct bao_floor *floor = dev_get_drvdata(dev);
	unsigned int rounds;
	int ret;

	ret = kstrtouint(buf, 0, &rounds);
	if (!ret)
		ret = bao_player_play(&floor->player, rounds);
	return ret ? ret : count;
}
static DEVICE_ATTR_RW(play);

static struct attribute *bao_floor_ipc_attrs[] = {
	&dev_attr_play.attr,
	NULL
};
ATTRIBUTE_GROUPS(bao_floor_ipc);

static int bao_floor_probe(struct platform_device *pdev, irq_handler_t handler)
{
	struct device *dev = &pdev->dev;
	struct bao_floor *floor;
	int irq, ret;

	irq = platform_get_irq(pdev, 0);
	if (irq < 0)
		return irq;
	floor = devm_kzalloc(dev, sizeof(*floor), GFP_KERNEL);
	if (!floor)
		return -ENOMEM;
	ret = device_property_read_u32(dev, "bao,id", &floor->id);
	if (ret)
		return ret;
	ret = bao_player_init(dev, &floor->player, bao_floor_ring);
	if (ret)
		return ret;
	platform_set_drvdata(pdev, floor);
	return devm_request_irq(dev, irq, handler, 0, dev_name(dev), floor);
}

static int bao_floor_dm_probe(struct platform_device *pdev)
{
	return bao_floor_probe(pdev, bao_floor_dm_irq);
}

static int bao_floor_ipc_probe(struct platform_device *pdev)
{
	return bao_floor_probe(pdev, bao_floor_ipc_irq);
}

struct platform_driver bao_floor_dm_driver = {
	.probe = bao_floor_dm_probe,
	.driver = {
		.name = "bao-floor-dm",
	},
};

struct platform_driver bao_floor_ipc_driver = {
	.probe = bao_floor_ipc_probe,
	.driver = {
		.name = "bao-floor-ipc",
		.dev_groups = bao_floor_ipc_groups,
	},
};
