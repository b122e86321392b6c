// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl overlay check: does an overlay fit a tree, and both Bao?
 */
#include "overlay.h"

#include <getopt.h>
#include <json-c/json.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "overlay_list.h"

static const char help[] =
"usage: baoctl overlay check [OPTION...] BASE [OVERLAY]\n"
"\n"
"Says what is wrong with the overlay in that base, and what to change; without\n"
"an overlay, with the base as it is. Lists the devices first, with interrupts\n"
"as Bao's configuration has them.\n"
"\n"
"  --config FILE     compare with all entries of a configuration of Bao\n"
"  --vm N            of its Nth machine, from 0\n"
"  --ipc SETTINGS    compare with these entries, see baoctl overlay make --help\n"
"  --backend SETTINGS   the same\n"
"  --frontend SETTINGS  the same\n"
"  --json            print an object\n";

static const struct option options[] = {
	FACTS_OPTIONS,
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static bool check_merged(struct check *check, struct findings *findings,
			 const void *fdt, const struct facts *facts)
{
	check->findings = findings;
	if (tree_index(&check->tree, fdt))
		return false;
	devices_collect(check);
	check_ids(check);
	check_layout(check);
	check_frontends(check);
	check_memory(check);
	check_irqs(check, !facts || !facts->num);
	if (facts)
		check_facts(check, facts);
	return true;
}

bool check_all(struct check *check, struct findings *findings,
	       struct blob *merged, const struct blob *base,
	       const struct blob *overlay, const struct facts *facts)
{
	int error;

	check_parts(findings, base, overlay);
	if (findings->errors)
		return false;
	error = merge(merged, base, overlay);
	if (error) {
		find_fault(findings, ERROR, "merge",
			   "the overlay cannot be merged (%s); compile both again with dtc -@",
			   fdt_strerror(error));
		return false;
	}
	if (check_merged(check, findings, merged->fdt, facts))
		return true;
	blob_free(merged);
	return false;
}

static struct json_object *findings_json(const struct findings *findings)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < findings->num; i++) {
		const struct finding *one = &findings->finding[i];
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "severity",
				       json_object_new_string(
				       severity_names[one->severity]));
		json_object_object_add(object, "rule",
				       json_object_new_string(one->rule));
		json_object_object_add(object, "text",
				       json_object_new_string(one->text));
		json_object_array_add(list, object);
	}
	return list;
}

static int report(const struct check *check, const struct findings *findings,
		  bool json)
{
	unsigned int i;

	if (json) {
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "devices", devices_json(check));
		json_object_object_add(object, "findings",
				       findings_json(findings));
		puts(json_object_to_json_string_ext(object,
						    JSON_C_TO_STRING_PRETTY));
		json_object_put(object);
	} else {
		devices_print(check);
		for (i = 0; i < findings->num; i++)
			printf("%s: %s: %s\n",
			       severity_names[findings->finding[i].severity],
			       findings->finding[i].rule,
			       findings->finding[i].text);
	}
	if (!findings->errors)
		return BAOCTL_OK;
	return fail("%u mistake%s found", findings->errors,
		    findings->errors == 1 ? "" : "s");
}

static int check_files(const char *base_path, const char *overlay_path,
		       const struct facts *facts, struct check *check,
		       bool json)
{
	static struct findings findings;
	struct blob base, overlay, merged = { NULL, 0 };
	int status = blob_read(&base, base_path);

	memset(&findings, 0, sizeof(findings));
	if (status)
		return status;
	overlay.fdt = NULL;
	if (!overlay_path && has_fragments(base.fdt)) {
		status = misuse("%s is an overlay; give the base tree first: BASE %s",
				base_path, base_path);
	} else if (overlay_path) {
		status = blob_read(&overlay, overlay_path);
		if (!status)
			check_all(check, &findings, &merged, &base, &overlay,
				  facts);
	} else {
		check_merged(check, &findings, base.fdt, facts);
	}
	if (!status)
		status = report(check, &findings, json);
	tree_free(&check->tree);
	blob_free(&merged);
	blob_free(&overlay);
	blob_free(&base);
	return status;
}

int overlay_check(int argc, char **argv)
{
	static struct facts_source source;
	static struct facts facts;
	static struct check check;
	bool json = false;
	int option, status;

	memset(&source, 0, sizeof(source));
	memset(&facts, 0, sizeof(facts));
	memset(&check, 0, sizeof(check));
	optind = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option == 'h') {
			fputs(help, stdout);
			return BAOCTL_OK;
		}
		status = BAOCTL_OK;
		if (option == OPTION_JSON)
			json = true;
		else
			status = facts_option(&source, option, optarg);
		if (status)
			return status;
	}
	status = check_operands(argc, argv, 1, 2, "a base tree") ?:
		 facts_collect(&facts, &source);
	if (status)
		return status;
	return check_files(argv[optind], argv[optind + 1], &facts, &check,
			   json);
}
