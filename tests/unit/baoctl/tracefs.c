// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define INSTANCES	"/sys/kernel/tracing/instances"

static const char * const events[] = {
	"ask", "complete", "ioeventfd", "requeue", "orphan", "doorbell"
};

#define NUM_EVENTS	(sizeof(events) / sizeof(events[0]))

static char pipe_lines[4096];

int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);

void put_tracefs(const char *lines)
{
	snprintf(pipe_lines, sizeof(pipe_lines), "%s", lines);
	put(INSTANCES "/other/on", "1");
}

void forget_tracefs(void)
{
	pipe_lines[0] = '\0';
}

/* Of an instance: its path in the world, NULL for other directories. */
static const char *instance(const char *path)
{
	if (!strstr(path, INSTANCES "/baoctl-") || !pipe_lines[0])
		return NULL;
	return path + strlen(world);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
	int ret = __real_mkdir(path, mode);
	char file[256];
	const char *dir;
	size_t i;

	/* The files' own directories come here as well. */
	dir = instance(path);
	if (ret || !dir || strchr(dir + strlen(INSTANCES) + 1, '/'))
		return ret;
	for (i = 0; i < NUM_EVENTS; i++) {
		snprintf(file, sizeof(file), "%s/events/bao/bao_%s/filter", dir,
			 events[i]);
		put_bytes(file, "", 0);
		snprintf(file, sizeof(file), "%s/events/bao/bao_%s/enable", dir,
			 events[i]);
		put_bytes(file, "", 0);
	}
	snprintf(file, sizeof(file), "%s/trace_pipe", dir);
	put_bytes(file, pipe_lines, strlen(pipe_lines));
	return 0;
}

int __wrap_rmdir(const char *path)
{
	char file[256], filter[64], enable[64], told[1024] = "";
	const char *dir = instance(path);
	size_t i, len;

	if (!dir)
		return __real_rmdir(path);
	for (i = 0; i < NUM_EVENTS; i++) {
		snprintf(file, sizeof(file), "%s/events/bao/bao_%s/filter", dir,
			 events[i]);
		get(file, filter, sizeof(filter));
		snprintf(file, sizeof(file), "%s/events/bao/bao_%s/enable", dir,
			 events[i]);
		get(file, enable, sizeof(enable));
		len = strlen(told);
		snprintf(told + len, sizeof(told) - len, "%s: %s, %s\n",
			 events[i], filter, enable);
	}
	put_bytes("/told", told, strlen(told));
	take_away(dir);
	return 0;
}
