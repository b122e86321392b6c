// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a module leaves in sysfs that has nothing to complain about.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

#define DRIVERS	"/sys/bus/platform/drivers"
#define DEVICES	"/sys/bus/platform/devices"
#define TREE	"/sys/firmware/devicetree/base"

void put_module(void)
{
	put("/sys/module/bao/version", "0.1.0");
	put("/sys/module/bao/parameters/poll_ms", "1000");
}

/* A node of the tree, the device made of it, and the driver that has it. */
static void put_device(const char *driver, const char *compatible,
		       const char *unit, const char *name)
{
	char path[256], target[256];

	snprintf(path, sizeof(path), TREE "/%s@%s/compatible", name, unit);
	put_bytes(path, compatible, strlen(compatible) + 1);
	snprintf(path, sizeof(path), DEVICES "/%s.%s/of_node", unit, name);
	snprintf(target, sizeof(target),
		 "../../../firmware/devicetree/base/%s@%s", name, unit);
	put_link(path, target);
	snprintf(path, sizeof(path), DEVICES "/%s.%s/driver", unit, name);
	snprintf(target, sizeof(target), "../../drivers/%s", driver);
	put_link(path, target);
	snprintf(path, sizeof(path), DRIVERS "/%s/%s.%s", driver, unit, name);
	snprintf(target, sizeof(target), "../../devices/%s.%s", unit, name);
	put_link(path, target);
}

static void put_irq(unsigned int irq, unsigned int hwirq, const char *action)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/irq/%u/hwirq", irq);
	put(path, "%u", hwirq);
	snprintf(path, sizeof(path), "/sys/kernel/irq/%u/chip_name", irq);
	put(path, "GICv3");
	snprintf(path, sizeof(path), "/sys/kernel/irq/%u/actions", irq);
	put(path, "%s", action);
}

static void put_files(const char *dir, const char * const (*files)[2])
{
	char path[256];

	for (; (*files)[0]; files++) {
		snprintf(path, sizeof(path), "%s/%s", dir, (*files)[0]);
		put(path, "%s", (*files)[1]);
	}
}

static void put_number(const char *dir, const char *name, unsigned int number)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	put(path, "%u", number);
}

void put_channel(unsigned int id)
{
	static const char * const files[][2] = {
		{ "label", "sensors" }, { "read_offset", "0x0" },
		{ "read_size", "0x2000" }, { "write_offset", "0x2000" },
		{ "write_size", "0x1000" }, { "num_events", "1" },
		{ "events", "0 7" }, { "interrupts", "7" }, { "revivals", "0" },
		{ "notifies", "3" }, { "doorbells_deferred", "0" },
		{ "refused_calls", "0" }, { NULL, NULL }
	};
	char unit[32], dir[256], node[64], action[32];

	snprintf(unit, sizeof(unit), "f%u000000", id);
	put_device("bao-ipcshmem", "bao,ipcshmem", unit, "bao-ipc");
	snprintf(dir, sizeof(dir), DEVICES "/%s.bao-ipc/ipc", unit);
	put_files(dir, files);
	put_number(dir, "id", id);
	snprintf(action, sizeof(action), "bao-ipc%u-0", id);
	put_irq(50 + id, 52 + id, action);
	snprintf(node, sizeof(node), "/dev/baoipc%u", id);
	put_bytes(node, "", 0);
}

void put_dm(unsigned int id)
{
	static const char * const files[][2] = {
		{ "label", "disk" }, { "shmem_addr", "0xd0000000" },
		{ "shmem_size", "0x1000000" }, { "state", "served" },
		{ "server_pid", "812" }, { "oldest_request", "none" },
		{ "interrupts", "90" }, { "storms", "0" }, { "revivals", "0" },
		{ "requests", "100" }, { "ioeventfd_hits", "60" }, { "delivered", "40" },
		{ "completed", "40" }, { "answered_by_kernel", "0" },
		{ "redelivered", "0" }, { "late_answers", "0" },
		{ "invalid_requests", "0" }, { "refused_calls", "0" },
		{ "notifies", "33" }, { "doorbells_deferred", "0" },
		{ "grace_ms", "5000" }, { "answer_timeout_ms", "-1" },
		{ NULL, NULL }
	};
	char unit[32], dir[256], action[32];

	snprintf(unit, sizeof(unit), "d%u000000", id);
	put_device("bao-io-dispatcher", "bao,io-dispatcher", unit,
		   "bao-io-dispatcher");
	snprintf(dir, sizeof(dir), DEVICES "/%s.bao-io-dispatcher/dm%u", unit,
		 id);
	put_files(dir, files);
	put_number(dir, "id", id);
	put_number(dir, "irq", 40 + id);
	snprintf(action, sizeof(action), "bao-dm%u", id);
	put_irq(40 + id, 72 + id, action);
	put("/proc/812/comm", "bao-blk");
	put_bytes("/dev/bao-io-dispatcher", "", 0);
}

static void put_of(const char *dir, const char *name, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	put(path, "%s", value);
}

void put_of_channel(const char *name, const char *value)
{
	put_of(DEVICES "/f0000000.bao-ipc/ipc", name, value);
}

void put_of_dm(const char *name, const char *value)
{
	put_of(DEVICES "/d0000000.bao-io-dispatcher/dm0", name, value);
}
