// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl status: what there is, and what is wrong with it. It looks, and
 * changes nothing: nobody on the other side notices.
 */
#include "status.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "findings.h"
#include "model.h"
#include "options.h"
#include "tree.h"

static const char help[] =
"usage: baoctl status [--json] [--strict]\n"
"Shows channels and device models, and says what is wrong, why, and what to\n"
"try. The exit status is 1 when there is a problem.\n"
"\n"
"  -j, --json     as a JSON object\n"
"  -s, --strict   the exit status is 1 when there is a note, too\n"
"  -h, --help     this text\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "strict", no_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/**
 * struct status - what was found
 * @u: the kernel
 * @module: the module, see status_module()
 * @nodes: the device tree, see tree_nodes()
 * @channels: see model_channels()
 * @dms: see model_dms()
 */
struct status {
	struct utsname u;
	struct json_object *module;
	struct json_object *nodes;
	struct json_object *channels;
	struct json_object *dms;
};

static void look(struct status *s)
{
	uname(&s->u);
	s->module = status_module();
	s->nodes = tree_nodes();
	s->channels = model_channels();
	s->dms = model_dms();
}

static bool any_bound(const struct status *s)
{
	return json_object_array_length(s->channels) ||
	       json_object_array_length(s->dms);
}

static void check(const struct status *s)
{
	size_t i;

	check_module(s->module, s->nodes);
	check_tree(s->nodes, any_bound(s), get_number(s->module, "loaded"));
	check_rules();
	for (i = 0; i < json_object_array_length(s->channels); i++)
		check_channel(json_object_array_get_idx(s->channels, i),
			      s->nodes);
	if (json_object_array_length(s->dms))
		check_node("dm", NODE_DM);
	for (i = 0; i < json_object_array_length(s->dms); i++)
		check_dm(json_object_array_get_idx(s->dms, i));
}

static void print_count(bool strict)
{
	unsigned int problems = count_problems(), notes = count_notes();

	if (problems)
		printf("%u problem%s", problems, problems == 1 ? "" : "s");
	else
		fputs("no problem", stdout);
	if (strict && notes)
		printf(", %u note%s", notes, notes == 1 ? "" : "s");
	putchar('\n');
}

static void print_text(const struct status *s, bool strict)
{
	size_t i;

	if (get_number(s->module, "loaded"))
		printf("bao%s%s, ", has(s->module, "version") ? " " : "",
		       get_string(s->module, "version"));
	printf("Linux %s, %s\n", s->u.release, s->u.machine);
	for (i = 0; i < json_object_array_length(s->channels); i++)
		print_channel(json_object_array_get_idx(s->channels, i));
	for (i = 0; i < json_object_array_length(s->dms); i++)
		print_dm(json_object_array_get_idx(s->dms, i));
	print_frontends(s->nodes);
	print_findings();
	print_count(strict);
}

/* A device is only bound when the hypervisor has answered as Bao does. */
static struct json_object *hypervisor(const struct status *s)
{
	return any_bound(s) ? json_object_new_string("bao") : NULL;
}

static void print_object(const struct status *s)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "kernel",
			       json_object_new_string(s->u.release));
	json_object_object_add(o, "machine",
			       json_object_new_string(s->u.machine));
	json_object_object_add(o, "hypervisor", hypervisor(s));
	json_object_object_add(o, "module", json_object_get(s->module));
	json_object_object_add(o, "nodes", json_object_get(s->nodes));
	json_object_object_add(o, "channels", json_object_get(s->channels));
	json_object_object_add(o, "device_models", json_object_get(s->dms));
	json_object_object_add(o, "findings", findings());
	json_object_object_add(o, "problems",
			       json_object_new_int64(count_problems()));
	print_json(o);
	json_object_put(o);
}

static void forget(struct status *s)
{
	json_object_put(s->module);
	json_object_put(s->nodes);
	json_object_put(s->channels);
	json_object_put(s->dms);
}

static int run(bool json, bool strict)
{
	struct status s;

	look(&s);
	check(&s);
	if (json)
		print_object(&s);
	else
		print_text(&s, strict);
	forget(&s);
	return count_problems() || (strict && count_notes()) ? BAOCTL_FAILED :
							       BAOCTL_OK;
}

int baoctl_status(int argc, char **argv)
{
	bool json = false, strict = false;
	int c;

	while ((c = getopt_long(argc, argv, "jsh", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			json = true;
			break;
		case 's':
			strict = true;
			break;
		case 'h':
			fputs(help, stdout);
			return BAOCTL_OK;
		default:
			return BAOCTL_MISUSE;
		}
	}
	if (check_operands(argc, argv, 0, 0, "nothing"))
		return BAOCTL_MISUSE;
	return run(json, strict);
}
