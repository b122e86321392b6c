// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl dm: device models.
 */
#include "dm.h"

#include "baoctl.h"

static const struct command commands[] = {
	{ "list", baoctl_dm_list, "the device models, a line each" },
	{ "trace", baoctl_dm_trace, "what happens to a device model, live" },
	{ NULL, NULL, NULL }
};

int baoctl_dm(int argc, char **argv)
{
	return run_command(commands, argc, argv);
}
