// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parameters in the manner of the Raspberry Pi: __overrides__ says for each
 * which property of which node it changes, and where in it. Of the forms that
 * their firmware knows: numbers, strings and flags.
 */
#include "overlay.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PROPERTY	4096
#define FORM_STRING	0
#define FORMS		".;:#?"

/**
 * struct target - what a parameter changes
 * @node: offset in the overlay
 * @property: its name
 * @form: one of FORMS, or FORM_STRING
 * @at: where in the property
 */
struct target {
	int node;
	char property[64];
	char form;
	int at;
};

static int width_of(char form)
{
	switch (form) {
	case '.':
		return 1;
	case ';':
		return 2;
	case ':':
		return 4;
	default:
		return 8;
	}
}

static bool parse_target(struct target *target, const char *text)
{
	size_t len = strcspn(text, FORMS "!=[{");
	char *end = NULL;
	unsigned long at = 0;

	if (!len || len >= sizeof(target->property))
		return false;
	memcpy(target->property, text, len);
	target->property[len] = 0;
	target->form = text[len];
	if (target->form == FORM_STRING)
		return true;
	if (!strchr(FORMS, target->form))
		return false;
	if (target->form == '?')
		return !text[len + 1];
	at = strtoul(text + len + 1, &end, 10);
	target->at = (int)at;
	return end != text + len + 1 && !*end && at < MAX_PROPERTY - 8;
}

/* A node of the base by path or by label, as its phandle. */
static int phandle_of(struct blob *base, const char *name, uint64_t *value)
{
	char path[MAX_PATH];
	uint32_t phandle;
	int node, len, symbols;
	const char *symbol = name;

	if (*name == '&') {
		symbols = fdt_path_offset(base->fdt, "/__symbols__");
		symbol = symbols < 0 ? NULL :
			 fdt_getprop(base->fdt, symbols, name + 1, &len);
		if (!symbol || len < 1 || symbol[len - 1] ||
		    (size_t)len > sizeof(path))
			return fail("the base has no label %s; give a path",
				    name + 1);
	}
	snprintf(path, sizeof(path), "%s", symbol);
	node = fdt_path_offset(base->fdt, path);
	if (node < 0)
		return fail("the base has no node %s", path);
	phandle = fdt_get_phandle(base->fdt, node);
	if (!phandle) {
		if (fdt_generate_phandle(base->fdt, &phandle) ||
		    fdt_setprop_u32(base->fdt, node, "phandle", phandle))
			return fail("%s: cannot get a phandle", path);
	}
	*value = phandle;
	return BAOCTL_OK;
}

static int read_value(struct blob *base, const struct target *target,
		      const char *name, const char *text, uint64_t *value)
{
	int width = width_of(target->form);
	char *end;

	if (target->form == ':' && (*text == '/' || *text == '&'))
		return phandle_of(base, text, value);
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		return misuse("--param %s: '%s' is not a number", name, text);
	if (width < 8 && *value >> (8 * width))
		return misuse("--param %s: %s does not fit in %d bits", name,
			      text, 8 * width);
	return BAOCTL_OK;
}

/* As long as it has to be for the value; what was not there is 0. */
static int set_number(struct blob *overlay, const struct target *target,
		      uint64_t value)
{
	uint8_t property[MAX_PROPERTY] = { 0 };
	int i, len, width = width_of(target->form);
	const void *old = fdt_getprop(overlay->fdt, target->node,
				      target->property, &len);

	if (!old)
		len = 0;
	if (len > MAX_PROPERTY)
		return -FDT_ERR_BADVALUE;
	if (len)
		memcpy(property, old, (size_t)len);
	if (len < target->at + width)
		len = target->at + width;
	for (i = width; i--; value >>= 8)
		property[target->at + i] = (uint8_t)value;
	return fdt_setprop(overlay->fdt, target->node, target->property,
			   property, len);
}

/* "yes", "on", "1", and the other way */
static int read_flag(const char *text)
{
	static const char *const words[] = {
		"0", "1", "n", "y", "no", "yes", "off", "on", "false", "true"
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(text, words[i]))
			return (int)i % 2;
	return -1;
}

static int set_flag(struct blob *overlay, const struct target *target, int on)
{
	int error;

	if (on)
		return fdt_setprop(overlay->fdt, target->node,
				   target->property, NULL, 0);
	error = fdt_delprop(overlay->fdt, target->node, target->property);
	return error == -FDT_ERR_NOTFOUND ? 0 : error;
}

/*
 * Replaces a node's path where a list of strings begins with it. A path ends
 * with the string, a slash or a colon.
 */
static int replace_path(void *fdt, int node, const char *property,
			const char *old, const char *new)
{
	char list[MAX_PROPERTY];
	size_t old_len = strlen(old), used = 0;
	int len;
	const char *at = fdt_getprop(fdt, node, property, &len);

	while (at && len > 0) {
		size_t size = strnlen(at, (size_t)len);
		bool same = size >= old_len && !memcmp(at, old, old_len) &&
			    (size == old_len || strchr("/:", at[old_len]));

		if (size == (size_t)len)
			return -FDT_ERR_BADVALUE;
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s%s", same ? new : "",
					 same ? at + old_len : at) + 1;
		if (used >= sizeof(list))
			return -FDT_ERR_NOSPACE;
		at += size + 1;
		len -= (int)size + 1;
	}
	return fdt_setprop(fdt, node, property, list, (int)used);
}

static int replace_paths(void *fdt, const char *where, const char *old,
			 const char *new)
{
	int property, i = 0, error = 0;
	int node = fdt_path_offset(fdt, where);

	if (node < 0)
		return 0;
	/* Setting one moves those behind it, but not their order. */
	while (!error) {
		const char *name;
		char copy[256];
		int n = 0;

		for (property = fdt_first_property_offset(fdt, node);
		     property >= 0 && n < i;
		     property = fdt_next_property_offset(fdt, property))
			n++;
		if (property < 0)
			break;
		if (!fdt_getprop_by_offset(fdt, property, &name, NULL))
			return -FDT_ERR_BADSTRUCTURE;
		if (snprintf(copy, sizeof(copy), "%s", name) >=
		    (int)sizeof(copy))
			return -FDT_ERR_BADVALUE;
		error = replace_path(fdt, node, copy, old, new);
		i++;
	}
	return error;
}

/* A node's address is part of its name, which others refer to. */
static int rename_node(struct blob *overlay, int node, uint64_t address)
{
	char path[MAX_PATH], new_path[MAX_PATH + 24];
	char mirror[MAX_PATH + 32], name[300];
	int len, error, at;
	const char *old = fdt_get_name(overlay->fdt, node, &len);

	if (!old || len > 255 || !strchr(old, '@'))
		return 0;
	error = fdt_get_path(overlay->fdt, node, path, sizeof(path));
	if (error)
		return error;
	snprintf(name, sizeof(name), "%.*s@%" PRIx64,
		 (int)strcspn(old, "@"), old, address);
	if (!strcmp(old, name))
		return 0;
	snprintf(new_path, sizeof(new_path), "%.*s%s",
		 (int)(strlen(path) - (size_t)len), path, name);
	snprintf(mirror, sizeof(mirror), "/__local_fixups__%s", path);
	error = replace_paths(overlay->fdt, "/__symbols__", path, new_path) ?:
		replace_paths(overlay->fdt, "/__fixups__", path, new_path);
	if (error)
		return error;
	at = fdt_path_offset(overlay->fdt, mirror);
	if (at >= 0)
		error = fdt_set_name(overlay->fdt, at, name);
	at = fdt_path_offset(overlay->fdt, path);
	return error ?: at < 0 ? at : fdt_set_name(overlay->fdt, at, name);
}

static int set_target(struct blob *overlay, struct blob *base,
		      const struct target *target, const char *name,
		      const char *text)
{
	uint64_t value = 0;
	int error, flag, status;

	if (target->form == FORM_STRING) {
		error = fdt_setprop(overlay->fdt, target->node,
				    target->property, text,
				    (int)strlen(text) + 1);
	} else if (target->form == '?') {
		flag = read_flag(text);
		if (flag < 0)
			return misuse("--param %s: '%s' is not on or off",
				      name, text);
		error = set_flag(overlay, target, flag);
	} else {
		status = read_value(base, target, name, text, &value);
		if (status)
			return status;
		error = set_number(overlay, target, value);
		if (!error && !strcmp(target->property, "reg") && !target->at)
			error = rename_node(overlay, target->node, value);
	}
	if (error)
		return fail("parameter %s: %s", name, fdt_strerror(error));
	return BAOCTL_OK;
}

/* Of the overlay's parameters, for who has misspelt one. */
static int no_parameter(const struct blob *overlay, const char *name)
{
	int node = fdt_path_offset(overlay->fdt, "/__overrides__");
	int property;
	char list[256] = "";

	if (node < 0)
		return misuse("--param %s: the overlay has no parameters", name);
	fdt_for_each_property_offset(property, overlay->fdt, node) {
		const char *other;
		size_t used = strlen(list);

		if (fdt_getprop_by_offset(overlay->fdt, property, &other, NULL))
			snprintf(list + used, sizeof(list) - used, " %s", other);
	}
	return misuse("--param %s: the overlay has no such parameter; it has%s",
		      name, list);
}

/* Targets follow each other: a phandle and a string. */
static int apply_all(struct blob *overlay, struct blob *base, const char *name,
		     const char *list, int len, const char *value)
{
	struct target target = { 0 };
	int size, status;

	while (len > 0) {
		size = len > 4 ? (int)strnlen(list + 4, (size_t)len - 4) + 5 : 0;
		if (!size || size > len)
			return fail("parameter %s: its target is malformed",
				    name);
		if (!parse_target(&target, list + 4))
			return fail("parameter %s: targets like '%s' are beyond this program",
				    name, list + 4);
		target.node = fdt_node_offset_by_phandle(overlay->fdt,
				fdt32_ld((const void *)list));
		if (target.node < 0)
			return fail("parameter %s: its target is not in the overlay",
				    name);
		status = set_target(overlay, base, &target, name, value);
		if (status)
			return status;
		list += size;
		len -= size;
	}
	return BAOCTL_OK;
}

int param_apply(struct blob *overlay, struct blob *base, const char *setting)
{
	const char *equals = strchr(setting, '=');
	char name[64], list[MAX_PROPERTY];
	const void *found;
	int node, len;

	if (!equals || equals == setting ||
	    equals - setting >= (long)sizeof(name))
		return misuse("--param %s: is not NAME=VALUE", setting);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - setting), setting);
	node = fdt_path_offset(overlay->fdt, "/__overrides__");
	found = node < 0 ? NULL : fdt_getprop(overlay->fdt, node, name, &len);
	if (!found)
		return no_parameter(overlay, name);
	if (len > (int)sizeof(list))
		return fail("parameter %s: has too many targets", name);
	/* The overlay changes on the way. */
	memcpy(list, found, (size_t)len);
	return apply_all(overlay, base, name, list, len, equals + 1);
}
