// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frontends: virtio devices whose accesses another guest answers.
 */
#include <stdio.h>
#include <string.h>

#include "findings.h"
#include "model.h"
#include "root.h"
#include "status.h"
#include "tree.h"

/* The virtio device behind the window, or an empty string. */
static void virtio_name(struct json_object *node, char *name, size_t size)
{
	glob_t found;

	name[0] = '\0';
	if (!has(node, "device"))
		return;
	find_files(&found, "/sys/bus/platform/devices/%s/virtio[0-9]*",
		   get_string(node, "device"));
	if (found.gl_pathc)
		snprintf(name, size, "%s", base_name(found.gl_pathv[0]));
	globfree(&found);
}

static void explain_unbound(const char *about, const char *device)
{
	if (!exists("/sys/bus/platform/drivers/" DRIVER_VIRTIO)) {
		problem(about, "no driver: this kernel has no virtio_mmio");
		try("modprobe virtio_mmio");
		return;
	}
	problem(about, "nobody answered as a virtio device when its driver "
		"asked");
	try("start the daemon in the backend, then: echo %s "
	    ">/sys/bus/platform/drivers/" DRIVER_VIRTIO "/bind", device);
	try("is the window where Bao's configuration has it?");
}

void check_frontend(struct json_object *node)
{
	const char *about = get_string(node, "path");
	char name[64];

	if (!has(node, "bound")) {
		explain_unbound(about, get_string(node, "device"));
		return;
	}
	virtio_name(node, name, sizeof(name));
	if (!name[0])
		note(about, "the backend shows an empty slot, without a "
		     "device");
}

void print_frontends(struct json_object *nodes)
{
	size_t i, n = nodes ? json_object_array_length(nodes) : 0;
	struct json_object *node;
	char name[64];

	for (i = 0; i < n; i++) {
		node = json_object_array_get_idx(nodes, i);
		if (strcmp(get_string(node, "driver"), DRIVER_VIRTIO))
			continue;
		virtio_name(node, name, sizeof(name));
		printf("frontend %s: %s\n", get_string(node, "path"),
		       name[0] ? name : "no device");
	}
}
