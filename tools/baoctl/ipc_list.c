// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl ipc list
 */
#include <stdio.h>

#include "ipc.h"
#include "model.h"
#include "options.h"

static const char help[] =
"usage: baoctl ipc list [--json]\n"
"Lists the channels of this guest.\n"
"\n"
"  -j, --json   as a JSON array\n"
"  -h, --help   this text\n";

static void print_channel(struct json_object *c)
{
	printf("%7lld  %-14s  %#9llx  %#9llx  %6lld  %10lld  %9lld  %s\n",
	       get_number(c, "id"), get_string(c, "node"),
	       get_number(c, "read_size"), get_number(c, "write_size"),
	       get_number(c, "num_events"), get_number(c, "interrupts"),
	       get_number(c, "notifies"), get_string(c, "label"));
}

static void print_table(struct json_object *channels)
{
	size_t i, n = json_object_array_length(channels);

	if (!n)
		return;
	printf("%7s  %-14s  %9s  %9s  %6s  %10s  %9s  %s\n", "CHANNEL", "NODE",
	       "READ", "WRITE", "EVENTS", "INTERRUPTS", "DOORBELLS", "LABEL");
	for (i = 0; i < n; i++)
		print_channel(json_object_array_get_idx(channels, i));
}

int baoctl_ipc_list(int argc, char **argv)
{
	struct json_object *channels;
	bool json, done;
	int status;

	if (parse_json_only(argc, argv, help, &json, &done))
		return BAOCTL_MISUSE;
	if (done)
		return BAOCTL_OK;
	channels = model_channels();
	status = check_list(channels, "channel");
	if (!status && json)
		print_json(channels);
	else if (!status)
		print_table(channels);
	json_object_put(channels);
	return status;
}
