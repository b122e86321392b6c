// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's complaints, and threads that do not come back from a call. */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define STUCK_MS	40000
#define SHOWN_LINES	90

static const char complaint[] =
	"WARNING:|BUG|KASAN|UBSAN|Oops|Unable to handle|general protection|"
	"possible (recursive|circular|irq)|INFO: task|INFO: rcu|lockup|"
	"refcount_t:|list_(add|del) corruption|nobody cared|invalid context|"
	"Bad page|scheduling while atomic|INFO: (HARDIRQ|SOFTIRQ)|"
	"inconsistent lock state|suspicious RCU|held lock freed|"
	"lock held when returning|Poison overwritten|Kernel panic|"
	"unreferenced object|leak detector disabled";

static regex_t pattern;
static int kmsg = -1;
static bool found;
static uint64_t begin_ms;

void watch_start(void)
{
	begin_ms = now_ms();
	if (regcomp(&pattern, complaint, REG_EXTENDED | REG_NOSUB))
		errx(1, "regcomp");
	kmsg = kmsg_open();
}

/* Says what is wrong, with the last calls of all; always false. */
bool finding(const char *fmt, ...)
{
	va_list args;

	printf("# FINDING after %llu s: ",
	       (unsigned long long)(now_ms() - begin_ms) / 1000);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	if (!found)
		ring_print_all();
	found = true;
	fflush(stdout);
	return false;
}

static ssize_t kmsg_line(char *text, size_t len)
{
	char *body;
	ssize_t n;

	do {
		n = read(kmsg, text, len - 1);
	} while (n < 0 && (errno == EPIPE || errno == EINTR));
	if (n < 0)
		return -1;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	body = strchr(text, ';');
	if (body)
		memmove(text, body + 1, strlen(body));
	return n;
}

static void kmsg_show(unsigned int lines)
{
	char text[2048];

	/* What follows may still be on its way. */
	sleep_ms(500);
	while (lines-- && kmsg_line(text, sizeof(text)) >= 0)
		printf("# kernel: %s\n", text);
	fflush(stdout);
}

/* Whether the kernel has nothing to complain of. */
bool watch_kernel(void)
{
	char text[2048];

	while (kmsg_line(text, sizeof(text)) >= 0) {
		if (regexec(&pattern, text, 0, NULL, 0))
			continue;
		printf("# kernel: %s\n", text);
		kmsg_show(SHOWN_LINES);
		return finding("the kernel says: %s", text);
	}
	return true;
}

static void file_print(const char *path)
{
	char line[256];
	FILE *file = fopen(path, "re");

	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		printf("#     %s%s", line, strchr(line, '\n') ? "" : "\n");
	fclose(file);
}

void stacks_print(pid_t pid)
{
	static const char *const files[] = { "comm", "wchan", "syscall", "stack" };
	struct dirent *entry;
	char path[320];
	unsigned int i;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		printf("#   pid %d, thread %s:\n", pid, entry->d_name);
		for (i = 0; i < COUNT(files); i++) {
			snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", pid,
				 entry->d_name, files[i]);
			file_print(path);
		}
	}
	if (dir)
		closedir(dir);
}

/*
 * Signals interrupt every call of a worker within milliseconds, so an operation
 * that goes on for so long hangs in the kernel.
 */
bool watch_threads(bool all)
{
	const struct ring *ring;
	uint64_t since;
	unsigned int i;

	for (i = 0; i < RINGS - RING_CHILDREN; i++) {
		ring = &shared->ring[i];
		since = atomic_load(&ring->busy_since);
		if (!ring->role || !since || now_ms() < since + STUCK_MS)
			continue;
		if (!all && !strcmp(ring->role, role_frontend.name))
			continue;
		stacks_print(ring->pid);
		path_write("/proc/sysrq-trigger", "w");
		kmsg_show(400);
		return finding("thread %d does not come back from %s",
			       ring->tid, ring->op_name);
	}
	return true;
}
