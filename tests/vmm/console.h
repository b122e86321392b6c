/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest's console goes: a file of its own, or standard output, where
 * whole lines carry the guest's name. The UART's lock covers it.
 */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include <stddef.h>

#define CONSOLE_LINE	512

struct console {
	int out;
	int in;			/* -1: no input */
	size_t prefix;		/* length of what every line begins with */
	size_t used;
	/* told of every line, without its end; may be NULL */
	void (*line_done)(void *ctx, const char *line);
	void *ctx;
	char line[CONSOLE_LINE];
};

int console_open(struct console *console, const char *name, const char *out,
		 const char *in);
void console_put(struct console *console, char c);
void console_flush(struct console *console);
void console_close(struct console *console);

#endif
