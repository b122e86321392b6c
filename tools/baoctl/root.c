// SPDX-License-Identifier: GPL-2.0-only
#include "root.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void prefixed(char path[PATH_SIZE], const char *format, va_list args)
{
	const char *root = getenv("BAOCTL_ROOT");
	size_t len;

	snprintf(path, PATH_SIZE, "%s", root ? root : "");
	len = strlen(path);
	vsnprintf(path + len, PATH_SIZE - len, format, args);
}

void rooted(char path[PATH_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	prefixed(path, format, args);
	va_end(args);
}

bool exists(const char *format, ...)
{
	char path[PATH_SIZE];
	va_list args;

	va_start(args, format);
	prefixed(path, format, args);
	va_end(args);
	return !access(path, F_OK);
}

void find_files(glob_t *files, const char *format, ...)
{
	char path[PATH_SIZE];
	va_list args;

	va_start(args, format);
	prefixed(path, format, args);
	va_end(args);
	if (glob(path, 0, NULL, files))
		memset(files, 0, sizeof(*files));
}

void join(char path[PATH_SIZE], const char *dir, const char *name)
{
	if (snprintf(path, PATH_SIZE, "%s/%s", dir, name) >= PATH_SIZE)
		path[0] = '\0';
}

const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

long read_text(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t len;
	int err;

	text[0] = '\0';
	if (!f)
		return -errno;
	len = fread(text, 1, size - 1, f);
	err = ferror(f) ? EIO : 0;
	fclose(f);
	if (err)
		len = 0;
	if (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return err ? -err : (long)len;
}

void read_string(const char *dir, const char *name, char *text, size_t size)
{
	char path[PATH_SIZE];

	join(path, dir, name);
	read_text(path, text, size);
}
