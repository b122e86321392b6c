/* SPDX-License-Identifier: GPL-2.0-only */
/* The test port as a program in a guest uses it. */
#ifndef VMM_CLIENT_H
#define VMM_CLIENT_H

#include <stdint.h>

/* 0, or -1 with errno; each command too, @value may be NULL. */
int client_open(void);
int client_command(const char *line, uint64_t *value);

#endif
