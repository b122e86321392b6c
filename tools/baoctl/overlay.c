// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family "overlay".
 */
#include "overlay.h"

static const struct command overlay_commands[] = {
	{ "make", overlay_make, "an overlay from what Bao's configuration says" },
	{ "check", overlay_check, "does an overlay fit a tree, and Bao?" },
	{ "apply", overlay_apply, "put an overlay into a tree" },
	{ "show", overlay_show, "what there is of Bao in a tree or an overlay" },
	{ NULL, NULL, NULL }
};

int baoctl_overlay(int argc, char **argv)
{
	return run_command(overlay_commands, argc, argv);
}
