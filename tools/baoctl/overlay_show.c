// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl overlay show: what there is of Bao in a tree or in an overlay.
 */
#include "overlay.h"

#include <getopt.h>
#include <libfdt.h>
#include <string.h>

#include "options.h"
#include "overlay_list.h"

static const char help[] =
"usage: baoctl overlay show [OPTION...] FILE\n"
"\n"
"Lists the devices in a tree or in an overlay, with interrupts as Bao's\n"
"configuration has them, and the parameters of an overlay.\n"
"\n"
"  --source  print it as source\n"
"  --json    print an object\n";

static const struct option options[] = {
	{ "source", no_argument, NULL, OPTION_SOURCE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/* Its interrupts tell what kind of controller an overlay is for. */
static int look_inside(struct check *check, struct findings *findings,
		       struct blob *merged, const struct blob *overlay)
{
	static const char *const controllers[] = { "gic", "plic", "aplic" };
	struct blob base;
	int i, status;

	for (i = 0; i < 3; i++) {
		memset(check, 0, sizeof(*check));
		memset(findings, 0, sizeof(*findings));
		status = overlay_stand_in(&base, controllers[i]);
		if (status)
			return status;
		if (!check_all(check, findings, merged, &base, overlay, NULL))
			status = findings->errors ?
				 fail("%s", first_error(findings)->text) :
				 BAOCTL_FAILED;
		blob_free(&base);
		if (status || !findings->errors ||
		    strcmp(first_error(findings)->rule, "cells") || i == 2)
			return status;
		tree_free(&check->tree);
		blob_free(merged);
	}
	return BAOCTL_OK;
}

static struct json_object *parameters_json(const void *fdt)
{
	struct json_object *list = json_object_new_array();
	int node = fdt_path_offset(fdt, "/__overrides__"), property;

	if (node < 0)
		return list;
	fdt_for_each_property_offset(property, fdt, node) {
		const char *name;

		if (fdt_getprop_by_offset(fdt, property, &name, NULL))
			json_object_array_add(list,
					      json_object_new_string(name));
	}
	return list;
}

static void print_all(const struct check *check, const void *fdt, bool json)
{
	struct json_object *parameters = parameters_json(fdt);
	struct json_object *object;
	size_t i, num = json_object_array_length(parameters);

	if (!json) {
		devices_print(check);
		for (i = 0; i < num; i++)
			printf("%s%s", i ? " " : "parameters: ",
			       json_object_get_string(
			       json_object_array_get_idx(parameters, i)));
		fputs(num ? "\n" : "", stdout);
		json_object_put(parameters);
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "devices", devices_json(check));
	json_object_object_add(object, "parameters", parameters);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY));
	json_object_put(object);
}

static int show(const struct blob *blob, bool json)
{
	static struct check check;
	static struct findings findings;
	struct blob merged = { NULL, 0 };
	int status = BAOCTL_OK;

	memset(&check, 0, sizeof(check));
	memset(&findings, 0, sizeof(findings));
	if (has_fragments(blob->fdt)) {
		status = look_inside(&check, &findings, &merged, blob);
	} else {
		check.findings = &findings;
		status = tree_index(&check.tree, blob->fdt);
		if (!status)
			devices_collect(&check);
	}
	if (!status)
		print_all(&check, blob->fdt, json);
	tree_free(&check.tree);
	blob_free(&merged);
	return status;
}

int overlay_show(int argc, char **argv)
{
	bool json = false, source = false;
	struct blob blob;
	int option, status;

	optind = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return BAOCTL_OK;
		case OPTION_JSON:
			json = true;
			break;
		case OPTION_SOURCE:
			source = true;
			break;
		default:
			return BAOCTL_MISUSE;
		}
	}
	if (check_operands(argc, argv, 1, 1, "a tree or an overlay"))
		return BAOCTL_MISUSE;
	if (source && json)
		return misuse("--source and --json exclude each other");
	status = blob_read(&blob, argv[optind]);
	if (status)
		return status;
	if (source)
		print_source(stdout, blob.fdt);
	else
		status = show(&blob, json);
	blob_free(&blob);
	return status;
}
