/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMOKE_SMOKE_H
#define SMOKE_SMOKE_H

#include <stdbool.h>
#include <stdint.h>

#define CONTROL	"/dev/bao-io-dispatcher"

/**
 * struct options - the command line
 * @dm: device model to serve, -1 for none
 * @answer: complete its requests as an empty virtio slot
 * @ipc: channel to echo on, -1 for none
 * @event: event to ring
 * @echo_peer: be the one that echoes
 * @wait: seconds to wait for the other side
 */
struct options {
	int dm;
	bool answer;
	int ipc;
	uint32_t event;
	bool echo_peer;
	int wait;
};

/* probe.c: module, devices, nodes. Return whether there is one to go on with. */
bool check_module(void);
bool check_bound(const char *driver, const char *compatible);

/* sysfs.c */
int sysfs_number(const char *driver, const char *group, const char *key,
		 int id, const char *file, long long *value);
void show_kernel_log(void);

/* dm.c, ipc.c */
void check_dms(void);
void check_frontend(const struct options *opt);
void check_channels(const struct options *opt);
void check_echo(const struct options *opt);
void be_echo(const struct options *opt);

#endif /* SMOKE_SMOKE_H */
