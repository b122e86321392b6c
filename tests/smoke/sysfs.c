// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module says about its devices, and the kernel's log.
 */
#include "smoke.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

static int read_number(const char *path, long long *value)
{
	FILE *f = fopen(path, "re");
	int n;

	if (!f)
		return -1;
	n = fscanf(f, "%lld", value);
	fclose(f);
	return n == 1 ? 0 : -1;
}

/*
 * The number in @file of the @group ("dm3", "ipc") whose @key is @id, of any
 * device of @driver.
 */
int sysfs_number(const char *driver, const char *group, const char *key,
		 int id, const char *file, long long *value)
{
	char pattern[256], path[512];
	long long found;
	int ret = -1;
	glob_t dirs;
	size_t i;

	snprintf(pattern, sizeof(pattern),
		 "/sys/bus/platform/drivers/%s/*/%s", driver, group);
	if (glob(pattern, 0, NULL, &dirs))
		return -1;
	for (i = 0; i < dirs.gl_pathc && ret; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs.gl_pathv[i], key);
		if (read_number(path, &found) || found != id)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dirs.gl_pathv[i], file);
		ret = read_number(path, value);
	}
	globfree(&dirs);
	return ret;
}

/* The last lines about us: the module names the property that is wrong. */
void show_kernel_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char record[8192], last[5][256] = { "" };
	unsigned int n = 0, i;
	char *text, *end;
	ssize_t len;

	if (fd < 0)
		return;
	/* A record a read; an error only says that older ones are gone. */
	while ((len = read(fd, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		text = strchr(record, ';');
		if (!text || !strstr(text, "bao"))
			continue;
		end = strchr(text, '\n');
		if (end)
			*end = '\0';
		snprintf(last[n++ % 5], sizeof(last[0]), "%s", text + 1);
	}
	close(fd);
	for (i = n > 5 ? n - 5 : 0; i < n; i++)
		note("kernel log: %s", last[i % 5]);
}
