// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's event trace, for tests that count. */

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib.h"

#define TRACEFS "/sys/kernel/tracing/"

static void trace_write(const char *file, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	if (*text && write(fd, text, strlen(text)) < 0)
		err(1, "%s: %s", path, text);
	close(fd);
}

static void trace_cpus(unsigned int mask)
{
	char text[16];

	snprintf(text, sizeof(text), "%x", mask & ((1U << num_cpus()) - 1));
	trace_write("tracing_cpumask", text);
}

/*
 * Events such as "bao" or "sched/sched_switch", on the CPUs of the mask. They
 * are counted instead of timed: clocks may tell a wrong order among CPUs.
 */
void trace_start(const char *const *events, unsigned int cpu_mask)
{
	char text[64];

	trace_write("tracing_on", "0");
	trace_write("events/enable", "0");
	trace_write("buffer_size_kb", "4096");
	trace_write("trace_clock", "counter");
	trace_cpus(cpu_mask);
	for (; *events; events++) {
		snprintf(text, sizeof(text), "events/%s/enable", *events);
		trace_write(text, "1");
	}
	trace_write("trace", "");
	trace_write("tracing_on", "1");
}

void trace_stop(void)
{
	trace_write("tracing_on", "0");
	trace_write("events/enable", "0");
	trace_cpus(~0U);
}

/* The trace as text; the caller frees it. */
char *trace_read(void)
{
	size_t len = 0, room = 1 << 16;
	char *text = malloc(room);
	int fd = open(TRACEFS "trace", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0 || !text)
		err(1, "trace");
	while ((n = read(fd, text + len, room - len - 1)) > 0) {
		len += (size_t)n;
		if (room - len < 4096) {
			room *= 2;
			text = realloc(text, room);
			if (!text)
				err(1, "realloc");
		}
	}
	text[len] = '\0';
	close(fd);
	return text;
}

unsigned int trace_count(const char *text, const char *needle)
{
	unsigned int n = 0;

	for (text = strstr(text, needle); text; text = strstr(text + 1, needle))
		n++;
	return n;
}
