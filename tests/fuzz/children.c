// SPDX-License-Identifier: GPL-2.0-only
/* The processes that workers make. The manager is the parent of all. */

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

static pid_t parent_of(const char *pid)
{
	char path[64], text[256], *rest;
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	file = fopen(path, "re");
	if (file) {
		n = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[n] = '\0';
	rest = strrchr(text, ')');
	return rest && strlen(rest) > 4 ? atoi(rest + 4) : -1;
}

/* Calls a function for each, and counts them. */
unsigned int children_each(void (*act)(pid_t pid))
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned int num = 0;
	pid_t pid;

	if (!dir)
		err(1, "/proc");
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    parent_of(entry->d_name) != getpid())
			continue;
		pid = atoi(entry->d_name);
		if (slot_has(pid))
			continue;
		num++;
		act(pid);
	}
	closedir(dir);
	return num;
}
