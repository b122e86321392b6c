// SPDX-License-Identifier: GPL-2.0-only
/*
 * Can the two be merged, and what does the overlay do to the base by that?
 */
#include "overlay.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MERGED	(64 << 20)

static const char *cell_names[] = {
	"#address-cells", "#size-cells", "#interrupt-cells"
};

static bool is_fragment(const void *fdt, int node, int *contents)
{
	*contents = fdt_subnode_offset(fdt, node, "__overlay__");
	return *contents >= 0;
}

bool has_fragments(const void *fdt)
{
	int node, contents;

	fdt_for_each_subnode(node, fdt, 0)
		if (is_fragment(fdt, node, &contents))
			return true;
	return false;
}

/* A property that is one string, or NULL. */
static const char *get_string_of(const void *fdt, int node, const char *name)
{
	int len;
	const char *text = fdt_getprop(fdt, node, name, &len);

	if (!text || len < 1 || memchr(text, 0, (size_t)len) != text + len - 1)
		return NULL;
	return text;
}

/* Labels that the overlay wants of the base. */
static void check_labels(struct findings *findings, const void *base,
			 const void *overlay)
{
	int fixups = fdt_path_offset(overlay, "/__fixups__");
	int symbols = fdt_path_offset(base, "/__symbols__");
	int property;

	if (fixups < 0)
		return;
	fdt_for_each_property_offset(property, overlay, fixups) {
		const char *label;

		if (!fdt_getprop_by_offset(overlay, property, &label, NULL))
			continue;
		if (symbols < 0)
			find_fault(findings, ERROR, "symbols",
				   "the overlay refers to the label %s, but the base has no __symbols__; compile that with dtc -@, or target paths",
				   label);
		else if (!get_string_of(base, symbols, label))
			find_fault(findings, ERROR, "symbols",
				   "the overlay refers to the label %s, which the base does not have",
				   label);
	}
}

static void compare_cells(struct findings *findings, const void *base, int to,
			  const void *overlay, int from)
{
	char path[MAX_PATH];
	size_t i;

	for (i = 0; i < sizeof(cell_names) / sizeof(cell_names[0]); i++) {
		int len, base_len;
		const void *new = fdt_getprop(overlay, from, cell_names[i],
					      &len);
		const void *old = fdt_getprop(base, to, cell_names[i],
					      &base_len);

		if (!new || !old ||
		    (len == base_len && !memcmp(new, old, (size_t)len)))
			continue;
		if (fdt_get_path(base, to, path, sizeof(path)))
			strcpy(path, "a node");
		find_fault(findings, ERROR, "cells",
			   "%s: the overlay changes %s, and so the meaning of what is there; take it out, or write the overlay for this base: \"baoctl overlay make --base\"",
			   path, cell_names[i]);
	}
}

/*
 * Two devices at one address, or an overlay that has been applied twice. What
 * refers to the one that is there knows it by its phandle.
 */
static void compare_device(struct findings *findings, const void *base, int to,
			   const void *overlay, int from)
{
	bool lost = fdt_get_phandle(base, to) && fdt_get_phandle(overlay, from);
	char path[MAX_PATH];
	int len;

	if (!fdt_getprop(overlay, from, "reg", &len) ||
	    !fdt_getprop(base, to, "reg", &len))
		return;
	if (fdt_get_path(base, to, path, sizeof(path)))
		strcpy(path, "a node");
	find_fault(findings, lost ? ERROR : WARNING, "exists",
		   "%s: is in the base already, and becomes what the overlay says%s; for another device give another address (parameter addr, of a pool pool-addr)",
		   path, lost ? ", with a phandle that nobody there knows" : "");
}

/* Of the nodes that are in both. Deep enough is what examine() lets pass. */
static void check_cells(struct findings *findings, const void *base, int to,
			const void *overlay, int from)
{
	int node;

	compare_cells(findings, base, to, overlay, from);
	compare_device(findings, base, to, overlay, from);
	fdt_for_each_subnode(node, overlay, from) {
		const char *name = fdt_get_name(overlay, node, NULL);
		int same = name ? fdt_subnode_offset(base, to, name) : -1;

		if (same >= 0)
			check_cells(findings, base, same, overlay, node);
	}
}

static void check_fragment(struct findings *findings, const void *base,
			   const void *overlay, int fragment, int contents)
{
	const char *path = get_string_of(overlay, fragment, "target-path");
	const char *name = fdt_get_name(overlay, fragment, NULL);
	int len, target;

	if (fdt_getprop(overlay, fragment, "target", &len))
		return;
	if (!path) {
		find_fault(findings, ERROR, "target",
			   "%s of the overlay has neither target nor target-path; use target-path = \"/\"",
			   name ? name : "a fragment");
		return;
	}
	target = fdt_path_offset(base, path);
	if (target < 0)
		find_fault(findings, ERROR, "target",
			   "the overlay's target %s is not in the base; use target-path = \"/\"",
			   path);
	else
		check_cells(findings, base, target, overlay, contents);
}

void check_parts(struct findings *findings, const struct blob *base,
		 const struct blob *overlay)
{
	int node, contents;

	if (has_fragments(base->fdt))
		find_fault(findings, ERROR, "base",
			   "the base is an overlay itself; the order is base, then overlay");
	if (!has_fragments(overlay->fdt)) {
		find_fault(findings, ERROR, "overlay",
			   "the overlay has no fragments; is /plugin/; missing in its source?");
		return;
	}
	check_labels(findings, base->fdt, overlay->fdt);
	fdt_for_each_subnode(node, overlay->fdt, 0)
		if (is_fragment(overlay->fdt, node, &contents))
			check_fragment(findings, base->fdt, overlay->fdt, node,
				       contents);
}

/* libfdt spoils both when it fails, so each try has copies. */
static int try_merge(struct blob *merged, const struct blob *base,
		     const struct blob *overlay, int spare)
{
	struct blob copy;
	int error;

	if (blob_copy(merged, base, spare))
		return -FDT_ERR_INTERNAL;
	if (blob_copy(&copy, overlay, 4096)) {
		blob_free(merged);
		return -FDT_ERR_INTERNAL;
	}
	error = fdt_overlay_apply(merged->fdt, copy.fdt);
	blob_free(&copy);
	/* What it makes of a strange overlay has to be sound as well. */
	if (!error)
		error = fdt_pack(merged->fdt);
	if (!error)
		error = fdt_check_full(merged->fdt, (size_t)merged->size);
	if (error)
		blob_free(merged);
	return error;
}

int merge(struct blob *merged, const struct blob *base,
	  const struct blob *overlay)
{
	int error, spare = 2 * overlay->size + 4096;

	if (!can_merge(base->fdt, overlay->fdt))
		return -FDT_ERR_BADOVERLAY;
	do {
		error = try_merge(merged, base, overlay, spare);
		spare *= 2;
	} while (error == -FDT_ERR_NOSPACE && spare < MAX_MERGED);
	return error;
}
