// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libfdt follows without looking when it merges: places where references
 * are, and paths. Its version 1.6.1 and others read and write beyond a
 * property when these lie.
 */
#include "overlay.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

static bool is_string(const char *value, int len)
{
	return value && len > 0 &&
	       memchr(value, 0, (size_t)len) == value + len - 1;
}

static bool has_cell_at(int len, unsigned long at)
{
	return len >= 4 && at <= (unsigned long)len - 4;
}

/* The node that mirrors @node, and the nodes in it. */
static bool local_fixups_sound(const void *fdt, int mirror, int node)
{
	int property, child, len, size;

	fdt_for_each_property_offset(property, fdt, mirror) {
		const char *name;
		const char *places = fdt_getprop_by_offset(fdt, property, &name,
							   &len);

		if (!places || !fdt_getprop(fdt, node, name, &size))
			return false;
		for (; len >= 4; len -= 4, places += 4)
			if (!has_cell_at(size, fdt32_ld((const void *)places)))
				return false;
	}
	fdt_for_each_subnode(child, fdt, mirror) {
		const char *name = fdt_get_name(fdt, child, NULL);
		int same = name ? fdt_subnode_offset(fdt, node, name) : -1;

		if (same < 0 || !local_fixups_sound(fdt, child, same))
			return false;
	}
	return true;
}

/* "/path:property:offset" */
static bool place_sound(const void *fdt, const char *place)
{
	const char *name = strchr(place, ':');
	const char *offset = name ? strchr(name + 1, ':') : NULL;
	unsigned long at;
	char *end;
	int node, len;

	if (!offset)
		return false;
	node = fdt_path_offset_namelen(fdt, place, (int)(name - place));
	if (node < 0 || !fdt_getprop_namelen(fdt, node, name + 1,
					     (int)(offset - name - 1), &len))
		return false;
	at = strtoul(offset + 1, &end, 10);
	return end != offset + 1 && !*end && has_cell_at(len, at);
}

static bool fixups_sound(const void *fdt, int fixups)
{
	int property, len;

	fdt_for_each_property_offset(property, fdt, fixups) {
		const char *places = fdt_getprop_by_offset(fdt, property, NULL,
							   &len);

		if (!places || len < 1 || places[len - 1])
			return false;
		while (len > 0) {
			int size = (int)strlen(places) + 1;

			if (!place_sound(fdt, places))
				return false;
			places += size;
			len -= size;
		}
	}
	return true;
}

static bool symbols_sound(const void *fdt)
{
	int node = fdt_path_offset(fdt, "/__symbols__"), property, len;

	if (node < 0)
		return true;
	fdt_for_each_property_offset(property, fdt, node) {
		const char *path = fdt_getprop_by_offset(fdt, property, NULL,
							 &len);

		if (!is_string(path, len))
			return false;
	}
	return true;
}

static bool targets_sound(const void *fdt)
{
	int node, len;

	fdt_for_each_subnode(node, fdt, 0) {
		const char *path = fdt_getprop(fdt, node, "target-path", &len);

		if (path && !is_string(path, len))
			return false;
	}
	return true;
}

bool can_merge(const void *base, const void *overlay)
{
	int local = fdt_path_offset(overlay, "/__local_fixups__");
	int fixups = fdt_path_offset(overlay, "/__fixups__");

	return symbols_sound(base) && symbols_sound(overlay) &&
	       targets_sound(overlay) &&
	       (local < 0 || local_fixups_sound(overlay, local, 0)) &&
	       (fixups < 0 || fixups_sound(overlay, fixups));
}
