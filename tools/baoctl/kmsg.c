// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log. The module names there the property that is wrong:
 *
 *  3,412,2031245,-;bao-ipcshmem f0000000.bao-ipc: error -EINVAL: reg: ...
 */
#include "kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "root.h"

#define ERROR	": error -"

/* When @line is an error of @device: what is behind the number. */
static const char *error_in(const char *line, const char *device)
{
	const char *at = strstr(line, device), *text;

	if (!at || at == line || (at[-1] != ' ' && at[-1] != ';'))
		return NULL;
	at += strlen(device);
	if (strncmp(at, ERROR, strlen(ERROR)))
		return NULL;
	text = strstr(at + strlen(ERROR), ": ");
	return text ? text + 2 : NULL;
}

static void look(char *records, const char *device, char *text, size_t size)
{
	char *line, *rest = records;
	const char *error;

	while ((line = strsep(&rest, "\n"))) {
		error = error_in(line, device);
		if (error)
			snprintf(text, size, "%s", error);
	}
}

bool kmsg_error(const char *device, char *text, size_t size)
{
	char path[PATH_SIZE], record[16384];
	ssize_t len;
	int fd;

	text[0] = '\0';
	rooted(path, "/dev/kmsg");
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* A record a read; EPIPE says that older ones are gone. */
	for (;;) {
		len = read(fd, record, sizeof(record) - 1);
		if (!len || (len < 0 && errno != EPIPE))
			break;
		if (len < 0)
			continue;
		record[len] = '\0';
		look(record, device, text, size);
	}
	close(fd);
	return true;
}
