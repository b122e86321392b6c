// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl ipc notify
 */
#include <getopt.h>
#include <stdio.h>

#include "ipc.h"
#include "options.h"

static const char help[] =
"usage: baoctl ipc notify [--event E] CHANNEL\n"
"Rings the peer. CHANNEL is a number, a label, or the path of a node.\n"
"\n"
"  -e, --event E   position in the peer's list of interrupts (0)\n"
"  -h, --help      this text\n";

static const struct option options[] = {
	{ "event", required_argument, NULL, 'e' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static int notify(const char *name, uint32_t event)
{
	struct channel c;
	int status;

	status = channel_open(&c, name);
	if (status)
		return status;
	status = channel_notify(&c, event);
	channel_close(&c);
	return status;
}

int baoctl_ipc_notify(int argc, char **argv)
{
	uint64_t event = 0;
	int c;

	while ((c = getopt_long(argc, argv, "e:h", options, NULL)) != -1) {
		switch (c) {
		case 'e':
			if (parse_number("--event", optarg, 0,
					 BAO_IPC_MAX_EVENTS - 1, &event))
				return BAOCTL_MISUSE;
			break;
		case 'h':
			fputs(help, stdout);
			return BAOCTL_OK;
		default:
			return BAOCTL_MISUSE;
		}
	}
	if (check_operands(argc, argv, 1, 1, "a channel"))
		return BAOCTL_MISUSE;
	return notify(argv[optind], (uint32_t)event);
}
