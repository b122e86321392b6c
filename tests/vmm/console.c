// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

static int open_or_complain(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return fd;
}

int console_open(struct console *console, const char *name, const char *out,
		 const char *in)
{
	console->in = -1;
	console->out = STDOUT_FILENO;
	if (*out) {
		/* no truncation: the path may be a port or a pipe */
		console->out = open_or_complain(out, O_WRONLY | O_CREAT | O_APPEND);
		if (console->out < 0)
			return -1;
	} else {
		console->prefix = (size_t)snprintf(console->line, CONSOLE_LINE,
						   "[%.32s] ", name);
	}
	console->used = console->prefix;
	if (*in) {
		/* for a pipe: neither wait for a writer, nor see one leave */
		console->in = open_or_complain(in, O_RDWR | O_NONBLOCK);
		if (console->in < 0)
			return -1;
	}
	return 0;
}

/* A reader that went away loses the output, not the guest. */
void console_flush(struct console *console)
{
	size_t done = 0;
	ssize_t ret;

	if (console->used == console->prefix)
		return;
	while (done < console->used) {
		ret = write(console->out, console->line + done,
			    console->used - done);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			break;
		done += (size_t)ret;
	}
	console->used = console->prefix;
}

void console_put(struct console *console, char c)
{
	if (c == '\r')
		return;
	if (c == '\n' && console->line_done) {
		console->line[console->used] = '\0';
		console->line_done(console->ctx, console->line + console->prefix);
	}
	console->line[console->used++] = c;
	/* room for the line's end that a cut line needs on a shared output */
	if (c != '\n' && console->used == CONSOLE_LINE - 1 && console->prefix)
		console->line[console->used++] = '\n';
	if (c == '\n' || console->used >= CONSOLE_LINE - 1)
		console_flush(console);
}

void console_close(struct console *console)
{
	console_flush(console);
	if (console->out > STDERR_FILENO)
		close(console->out);
	if (console->in >= 0)
		close(console->in);
}
