/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test port: how a guest speaks to the test around it. Lines written to
 * it, byte by byte, are commands; README.md lists them.
 */
#ifndef VMM_PORT_H
#define VMM_PORT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define PORT_CHAR	0x00	/* w: next byte of a command line */
#define PORT_STATUS	0x04	/* r: 0, or a positive errno, of the last command */
#define PORT_VALUE	0x08	/* r, 8 or twice 4 bytes: what "get" found */
#define PORT_GUEST	0x10	/* r: number of this guest */
#define PORT_LINE	512

struct port_host {
	void *ctx;
	/* Runs one command; 0 or a negative errno. Called without the lock. */
	int (*command)(void *ctx, char *line, uint64_t *value);
};

struct port {
	pthread_mutex_t lock;
	struct port_host host;
	unsigned int guest;
	unsigned int used;
	bool too_long;
	uint32_t status;
	uint64_t value;
	char line[PORT_LINE];
};

void port_init(struct port *port, unsigned int guest,
	       const struct port_host *host);
uint64_t port_read(struct port *port, uint64_t reg);
void port_write(struct port *port, uint64_t reg, uint64_t value);

#endif
