// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device tree: did its nodes become devices, and did the drivers take
 * them? The kernel's log knows why not; here is what to do about it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "kmsg.h"
#include "model.h"
#include "root.h"
#include "status.h"
#include "tree.h"

/**
 * struct reason - something that the drivers say when they refuse a device
 * @log: part of the line
 * @advice: what to change
 */
struct reason {
	const char *log;
	const char *advice;
};

static const struct reason reasons[] = {
	{ "the hypervisor is not Bao",
	  "no hypervisor, or another one: the node may only be in the device "
	  "tree of a guest that runs under Bao" },
	{ "is System RAM",
	  "take the region out of the memory node, or reserve it: a "
	  "reserved-memory node with the same reg and no-map" },
	{ "is in use by another driver",
	  "cat /proc/iomem says by whom; no two nodes may have the same reg" },
	{ "does not know device model",
	  "Bao's configuration has fewer remio_devs for this guest than the "
	  "device tree: the position of a reg entry, or bao,id, is the index "
	  "there, frontend entries counted too" },
	{ "exists already",
	  "two nodes have the same number: give each its own id or bao,id" },
	{ "cannot be requested",
	  "another device has the same interrupt: cat /proc/interrupts" },
	{ "interrupts: entry",
	  "that is no interrupt of this guest's controller: <0 SPI 1>, where "
	  "SPI is the number in Bao's configuration less 32" },
	{ "entries, but reg has",
	  "one interrupt for each reg entry, in the same order" },
	{ "entries, at most",
	  "a node with bao,id has one reg entry, the others up to 16" },
	{ "leave the region",
	  "read-channel and write-channel are <offset size> inside reg" },
	{ "overlap",
	  "the channels share no byte, and are the other way round in the "
	  "peer's device tree" },
	{ "reg: missing",
	  "reg has as many cells as #address-cells and #size-cells of the "
	  "parent say; an overlay for 64 bits does not fit a tree with 1" },
	{ "empty or wraps",
	  "reg has as many cells as #address-cells and #size-cells of the "
	  "parent say; an overlay for 64 bits does not fit a tree with 1" },
	{ "missing, or not",
	  "add the property, or mend it; docs/ has examples" },
};

static void advise(const char *error)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!strstr(error, reasons[i].log))
			continue;
		try("%s", reasons[i].advice);
		return;
	}
}

static bool waits_for_supplier(const char *device)
{
	char path[PATH_SIZE], text[8];

	rooted(path, "/sys/bus/platform/devices/%s/waiting_for_supplier",
	       device);
	return read_text(path, text, sizeof(text)) > 0 && text[0] == '1';
}

static void explain_unbound(struct json_object *node)
{
	const char *device = get_string(node, "device"), *about;
	char error[512];
	bool readable;

	about = get_string(node, "path");
	if (waits_for_supplier(device)) {
		problem(about, "its driver waits for another device");
		try("is there a driver for the interrupt-parent?");
		return;
	}
	readable = kmsg_error(device, error, sizeof(error));
	if (error[0]) {
		problem(about, "the driver refused it: %s", error);
		advise(error);
		return;
	}
	problem(about, "the driver %s did not take %s",
		get_string(node, "driver"), device);
	if (!readable)
		try("as root, baoctl finds the reason in the kernel's log");
	else
		try("echo %s >/sys/bus/platform/drivers/%s/bind tries again, "
		    "and the kernel's log has the reason", device,
		    get_string(node, "driver"));
}

/* Does a bus above the node have addresses of its own? */
static bool is_translated(const char *node)
{
	char bus[PATH_SIZE], path[PATH_SIZE], ranges[16], *slash;

	snprintf(bus, sizeof(bus), "%s", node);
	while ((slash = strrchr(bus, '/')) && slash != bus) {
		*slash = '\0';
		rooted(path, "/sys/firmware/devicetree/base%s/ranges", bus);
		if (read_text(path, ranges, sizeof(ranges)) > 0)
			return true;
	}
	return false;
}

/* "bao-ipc@f0000000" became "f0000000.bao-ipc", if its cells are right. */
static void check_address(struct json_object *node)
{
	const char *at = strrchr(get_string(node, "path"), '@');
	unsigned long long wanted, found;
	char *end;

	if (!at || is_translated(get_string(node, "path")))
		return;
	wanted = strtoull(at + 1, NULL, 16);
	found = strtoull(get_string(node, "device"), &end, 16);
	if (*end != '.' || wanted == found)
		return;
	problem(get_string(node, "path"), "reg begins at 0x%llx, the name says "
		"0x%llx", found, wanted);
	try("was the overlay made for this tree? #address-cells of the parent "
	    "say how many cells an address has");
}

static void check_driver(struct json_object *node, bool loaded)
{
	const char *wanted = get_string(node, "driver");
	const char *bound = get_string(node, "bound");

	if (bound[0] && strcmp(bound, wanted)) {
		problem(get_string(node, "path"), "another driver has it, %s",
			bound);
		try("echo %s >/sys/bus/platform/drivers/%s/unbind, and keep "
		    "that driver from being loaded", get_string(node, "device"),
		    bound);
	} else if (!strcmp(wanted, DRIVER_VIRTIO)) {
		check_frontend(node);
	} else if (loaded && !bound[0]) {
		explain_unbound(node);
	}
}

static void check_node_of_tree(struct json_object *node, bool loaded)
{
	const char *path = get_string(node, "path");

	if (!has(node, "driver")) {
		problem(path, "no driver knows its compatible, %s",
			get_string(node, "compatible"));
		try("bao,ipcshmem is a channel, bao,io-dispatcher serves "
		    "devices");
	} else if (!get_number(node, "enabled")) {
		note(path, "its status is not okay, so it is left alone");
		try("write status = \"okay\" there, or no status at all");
	} else if (!has(node, "device")) {
		problem(path, "no device was made of it");
		try("it belongs below the root, or into a simple-bus; an "
		    "overlay targets \"/\"");
	} else {
		check_address(node);
		check_driver(node, loaded);
	}
}

static void check_emptiness(struct json_object *nodes)
{
	if (!nodes) {
		problem("device tree", "this machine has none, so there is "
			"nothing that says where Bao's devices are");
		return;
	}
	if (json_object_array_length(nodes))
		return;
	problem("device tree", "no node of Bao's: there is no compatible "
		"beginning with \"bao,\"");
	try("Bao itself adds none: apply an overlay, baoctl overlay make makes "
	    "one");
	if (exists("/sys/firmware/devicetree/base/fragment@0"))
		try("there is a node fragment@0: the overlay is there itself, "
		    "instead of being applied to the tree");
}

/* One of several may be meant to be off. */
static void check_enabled(struct json_object *nodes)
{
	size_t i, n = nodes ? json_object_array_length(nodes) : 0;

	for (i = 0; i < n; i++)
		if (get_number(json_object_array_get_idx(nodes, i), "enabled"))
			return;
	if (n)
		problem("device tree", "every node of Bao's is disabled");
}

void check_tree(struct json_object *nodes, bool any_bound, bool loaded)
{
	size_t i, n = nodes ? json_object_array_length(nodes) : 0;

	/* Devices can also be made without a tree, for tests. */
	if (!any_bound)
		check_emptiness(nodes);
	check_enabled(nodes);
	for (i = 0; i < n; i++)
		check_node_of_tree(json_object_array_get_idx(nodes, i), loaded);
}
