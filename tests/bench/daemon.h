/* SPDX-License-Identifier: GPL-2.0-only */
/* The measured daemon: the least that a daemon does. */
#ifndef BENCH_DAEMON_H
#define BENCH_DAEMON_H

#include <stdint.h>
#include <sys/types.h>

enum daemon_thread {
	DAEMON_REQUESTS,	/* answers what comes out of ATTACH */
	DAEMON_KICKS,		/* answers an ioeventfd by an irqfd */
	DAEMON_THREADS,
};

/* A new DM file of a device model that is served from now on. */
int daemon_open(unsigned int dm);
void daemon_ioeventfd(int dm_fd, int efd, unsigned int flags, uint64_t addr,
		      uint64_t data);
/* Returns when both threads wait; they end when the device model is gone. */
void daemon_start(unsigned int dm, uint64_t window);
/* How often the scheduler has taken the CPU from it, by will or by force. */
unsigned long daemon_switches(pid_t tid);

extern pid_t daemon_tid[DAEMON_THREADS];

#endif
