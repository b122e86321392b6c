// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl ipc: channels.
 */
#include "ipc.h"

static const struct command commands[] = {
	{ "list", baoctl_ipc_list, "the channels, a line each" },
	{ "read", baoctl_ipc_read, "what the peer has written" },
	{ "write", baoctl_ipc_write, "write for the peer, and ring" },
	{ "wait", baoctl_ipc_wait, "wait for the peer to ring" },
	{ "notify", baoctl_ipc_notify, "ring the peer" },
	{ "bench", baoctl_ipc_bench, "time messages there and back" },
	{ NULL, NULL, NULL }
};

int baoctl_ipc(int argc, char **argv)
{
	return run_command(commands, argc, argv);
}
