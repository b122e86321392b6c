// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl dm list
 */
#include <inttypes.h>
#include <stdio.h>

#include "dm.h"
#include "model.h"
#include "options.h"

static const char help[] =
"usage: baoctl dm list [--json]\n"
"Lists the device models that this guest serves.\n"
"\n"
"  -j, --json   as a JSON array\n"
"  -h, --help   this text\n";

static void print_dm(struct json_object *d)
{
	printf("%2lld  %-7s  %6lld  %#10" PRIx64 "  %8lldK  %8lld  %8lld  %8lld  %s\n",
	       get_number(d, "id"), get_string(d, "state"),
	       get_number(d, "server_pid"), get_unsigned(d, "shmem_addr"),
	       get_number(d, "shmem_size") >> 10, get_number(d, "interrupts"),
	       get_number(d, "requests"), get_number(d, "notifies"),
	       get_string(d, "label"));
}

static void print_table(struct json_object *dms)
{
	size_t i, n = json_object_array_length(dms);

	if (!n)
		return;
	printf("%2s  %-7s  %6s  %10s  %9s  %8s  %8s  %8s  %s\n", "DM", "STATE",
	       "SERVER", "ADDRESS", "SIZE", "IRQS", "REQUESTS", "NOTIFIES",
	       "LABEL");
	for (i = 0; i < n; i++)
		print_dm(json_object_array_get_idx(dms, i));
}

int baoctl_dm_list(int argc, char **argv)
{
	struct json_object *dms;
	bool json, done;
	int status;

	if (parse_json_only(argc, argv, help, &json, &done))
		return BAOCTL_MISUSE;
	if (done)
		return BAOCTL_OK;
	dms = model_dms();
	status = check_list(dms, "device model");
	if (!status && json)
		print_json(dms);
	else if (!status)
		print_table(dms);
	json_object_put(dms);
	return status;
}
