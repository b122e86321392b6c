/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BAOCTL_IPC_H
#define BAOCTL_IPC_H

#include <linux/bao.h>

#include "baoctl.h"

/* The family "ipc". */
int baoctl_ipc_list(int argc, char **argv);
int baoctl_ipc_read(int argc, char **argv);
int baoctl_ipc_write(int argc, char **argv);
int baoctl_ipc_wait(int argc, char **argv);
int baoctl_ipc_notify(int argc, char **argv);
int baoctl_ipc_bench(int argc, char **argv);

#define ANY_EVENT	BAO_IPC_MAX_EVENTS

/**
 * struct channel - an open channel
 * @fd: the node
 * @path: its name
 * @info: its layout
 */
struct channel {
	int fd;
	char path[256];
	struct bao_ipc_info info;
};

/*
 * ipc_channel.c: functions that return 0, or BAOCTL_FAILED when they have
 * complained.
 */

/* @name is a number, a label, or the path of a node. */
int channel_open(struct channel *c, const char *name);
void channel_close(struct channel *c);
int channel_notify(const struct channel *c, uint32_t event);
/* Whether @event, or any, can be waited for. */
int channel_check_event(const struct channel *c, uint32_t event);
/*
 * Until @event, or any, comes, for @ms or for ever when that is negative; what
 * came is in @events. Time that runs out is reported as well.
 */
int channel_wait(const struct channel *c, uint32_t event, int ms,
		 struct bao_ipc_events *events);

#endif /* BAOCTL_IPC_H */
