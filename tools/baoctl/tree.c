// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device tree that the kernel runs with.
 */
#include "tree.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "model.h"
#include "root.h"

#define BASE	"/sys/firmware/devicetree/base"

/* For nftw(), which passes nothing on. */
static struct json_object *nodes;
static size_t base_len;

static const char *driver_for(const char *compatible)
{
	if (!strcmp(compatible, "bao,ipcshmem"))
		return DRIVER_IPC;
	if (!strcmp(compatible, "bao,io-dispatcher"))
		return DRIVER_DM;
	if (!strcmp(compatible, "virtio,mmio"))
		return DRIVER_VIRTIO;
	return NULL;
}

/* A machine may have other virtio devices, whose memory is all of it. */
static bool is_frontend(const char *dir, const char *compatible)
{
	char path[PATH_SIZE];

	join(path, dir, "memory-region");
	return !strcmp(compatible, "virtio,mmio") && !access(path, F_OK);
}

/* Ours, or meant to be. */
static bool is_bao(const char *compatible)
{
	return !strncasecmp(compatible, "bao,", 4) ||
	       strcasestr(compatible, "ipcshmem") ||
	       strcasestr(compatible, "io-dispatcher");
}

/* Fills in which of the compatible strings concerns us; false for none. */
static bool bao_compatible(const char *dir, char *compatible, size_t size)
{
	char path[PATH_SIZE], text[256], *p;
	long len;

	join(path, dir, "compatible");
	len = read_text(path, text, sizeof(text));
	for (p = text; p < text + len; p += strlen(p) + 1) {
		if (!is_bao(p) && !is_frontend(dir, p))
			continue;
		snprintf(compatible, size, "%s", p);
		return true;
	}
	return false;
}

static bool is_enabled(const char *dir)
{
	char status[16];

	read_string(dir, "status", status, sizeof(status));
	return !status[0] || !strcmp(status, "okay") || !strcmp(status, "ok");
}

static void add_node(const char *dir, const char *compatible)
{
	const char *driver = driver_for(compatible);
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "path",
			       json_object_new_string(dir + base_len));
	json_object_object_add(o, "compatible",
			       json_object_new_string(compatible));
	json_object_object_add(o, "driver", driver ?
			       json_object_new_string(driver) : NULL);
	json_object_object_add(o, "enabled",
			       json_object_new_boolean(is_enabled(dir)));
	json_object_object_add(o, "device", NULL);
	json_object_object_add(o, "bound", NULL);
	json_object_array_add(nodes, o);
}

static int visit(const char *path, const struct stat *st, int type,
		 struct FTW *ftw)
{
	char compatible[256];

	(void)st;
	(void)ftw;
	if (type == FTW_D &&
	    bao_compatible(path, compatible, sizeof(compatible)))
		add_node(path, compatible);
	return 0;
}

/* The node of a platform device, as a path in the tree. */
static bool node_of(const char *device, char *path)
{
	char link[PATH_SIZE], target[PATH_SIZE];
	const char *base;
	ssize_t len;

	join(link, device, "of_node");
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	base = strstr(target, "devicetree/base/");
	if (!base)
		return false;
	snprintf(path, PATH_SIZE, "%s", base + strlen("devicetree/base"));
	return true;
}

/* The driver that has @device, or null. */
static struct json_object *driver_of(const char *device)
{
	char link[PATH_SIZE], target[PATH_SIZE];
	ssize_t len;

	join(link, device, "driver");
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return NULL;
	target[len] = '\0';
	return json_object_new_string(base_name(target));
}

static void match_device(const char *device)
{
	size_t i, n = json_object_array_length(nodes);
	char path[PATH_SIZE];
	struct json_object *o;

	if (!node_of(device, path))
		return;
	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(nodes, i);
		if (strcmp(get_string(o, "path"), path))
			continue;
		json_object_object_add(o, "device", json_object_new_string(
					       base_name(device)));
		json_object_object_add(o, "bound", driver_of(device));
	}
}

struct json_object *tree_nodes(void)
{
	char base[PATH_SIZE];
	glob_t devices;
	size_t i;

	rooted(base, BASE);
	if (access(base, F_OK))
		return NULL;
	nodes = json_object_new_array();
	base_len = strlen(base);
	nftw(base, visit, 16, FTW_PHYS);
	find_files(&devices, "/sys/bus/platform/devices/*");
	for (i = 0; i < devices.gl_pathc; i++)
		match_device(devices.gl_pathv[i]);
	globfree(&devices);
	return nodes;
}

bool tree_needs_module(struct json_object *nodes)
{
	size_t i, n = nodes ? json_object_array_length(nodes) : 0;
	struct json_object *o;

	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(nodes, i);
		if (!strncmp(get_string(o, "compatible"), "bao,", 4))
			return true;
	}
	/* Without any node the question is why there is none. */
	return !n;
}
