// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that are made to fail, by the kernel's fault injection
 * (Documentation/fault-injection/fault-injection.rst).
 *
 * fail-nth lets one allocation or copy of this thread fail. What falls back to
 * another way survives that; so there is a second walk, on which all later
 * allocations of the thread fail as well.
 */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "errors.h"
#include "lib.h"

#define FAULTS_MAX	5000
#define FAR_AWAY	1000000
#define COMPLAINTS_MAX	10
#define STATE_SIZE	(1 << 17)
#define KNOBS		"/sys/kernel/debug/"

static int nth = -1, dry = -1;

static void knob(const char *fault, const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), KNOBS "%s/%s", fault, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err(1, "%s", path);
	close(fd);
}

/*
 * What kmemleak allocates to keep its books is no business of the call, and
 * would double its faults; and where somebody gets no vmap_area the kernel warns
 * of itself. Where caches cannot be told apart, all of them count.
 */
static bool to_be_spared(const char *cache)
{
	return !strncmp(cache, "kmemleak", 8) || !strcmp(cache, "vmap_area");
}

static void choose_caches(void)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *entry;
	char path[128];
	bool all = true;
	int fd;

	while (dir && all && (entry = readdir(dir))) {
		if (*entry->d_name == '.' || to_be_spared(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%.80s/failslab", entry->d_name);
		fd = openat(dirfd(dir), path, O_WRONLY | O_CLOEXEC);
		all = fd >= 0 && write(fd, "1", 1) == 1;
		close(fd);
	}
	if (dir)
		closedir(dir);
	knob("failslab", "cache-filter", dir && all ? "1" : "0");
}

/* All allocations that sleep count; those of a dry thread always fail. */
static void set_knobs(void)
{
	static const char *const memory[] = { "failslab", "fail_page_alloc" };
	unsigned int i;

	choose_caches();

	for (i = 0; i < 2; i++) {
		knob(memory[i], "verbose", "0");
		knob(memory[i], "ignore-gfp-wait", "0");
		knob(memory[i], "task-filter", "1");
		knob(memory[i], "times", "-1");
		knob(memory[i], "probability", "100");
	}
	knob("fail_page_alloc", "min-order", "0");
	knob("fail_usercopy", "verbose", "0");
}

/* Page faults of this program are no business of the call. */
static void stay_in_memory(void)
{
	volatile char stack[1 << 16];
	size_t i;

	for (i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 0;
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
}

bool errors_possible(const char *program)
{
	if (!access("/proc/thread-self/fail-nth", F_OK) &&
	    !access(KNOBS "failslab", F_OK) &&
	    !access(KNOBS "fail_page_alloc", F_OK) &&
	    !access(KNOBS "fail_usercopy", F_OK)) {
		set_knobs();
		return true;
	}
	printf("TAP version 13\n1..1\n");
	printf("ok 1 %s # SKIP the kernel has no fault injection\n", program);
	return false;
}

void errors_begin(void)
{
	nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	dry = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	if (nth < 0 || dry < 0)
		err(1, "/proc/thread-self");
	stay_in_memory();
}

void errors_dry(bool on)
{
	if (pwrite(dry, on ? "1" : "0", 1, 0) != 1)
		err(1, "make-it-fail");
}

unsigned int errors_no_atomic(bool on)
{
	char text[16] = "";
	int fd;

	if (on) {
		knob("failslab", "times", "1000000");
		knob("failslab", "ignore-gfp-wait", "1");
		knob("failslab", "task-filter", "0");
		return 0;
	}
	knob("failslab", "task-filter", "1");
	knob("failslab", "ignore-gfp-wait", "0");
	fd = open(KNOBS "failslab/times", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		err(1, "times");
	close(fd);
	knob("failslab", "times", "-1");
	return FAR_AWAY - (unsigned int)atoi(text);
}

static void arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(nth, text, (size_t)len, 0) != len)
		err(1, "fail-nth");
}

/*
 * What is left of arm()'s number; 0 when it was used up. Reading and writing
 * the file copies too, and may get what was not due.
 */
static unsigned int disarm(void)
{
	char text[16] = "";
	ssize_t n = pread(nth, text, sizeof(text) - 1, 0);

	if (n < 0 && errno != EFAULT)
		err(1, "fail-nth");
	if (pwrite(nth, "0", 1, 0) < 0 && pwrite(nth, "0", 1, 0) < 0)
		err(1, "fail-nth");
	return n < 0 ? 1 : (unsigned int)atoi(text);
}

unsigned int errors_count(int (*call)(void *self), void *self)
{
	arm(FAR_AWAY);
	call(self);
	return FAR_AWAY - disarm();
}

int errors_call(enum errors_kind kind, unsigned int n, int (*call)(void *self),
		void *self, bool *hit)
{
	int ret, error;

	if (kind == ERRORS_DROUGHT)
		errors_dry(true);
	arm(n);
	errno = 0;
	ret = call(self);
	error = errno;
	*hit = !disarm();
	if (kind == ERRORS_DROUGHT)
		errors_dry(false);
	errno = error;
	return ret;
}

/*
 * The state
 */

struct state {
	size_t len;
	char text[STATE_SIZE];
};

static struct state states[2];
static struct state *state;

static void __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
	size_t room = sizeof(state->text) - state->len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(state->text + state->len, room, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room)
		errx(1, "the state does not fit");
	state->len += (size_t)len;
}

/* What a file says; nothing when it cannot be read. */
static void note_file_at(int dir, const char *path)
{
	char text[4096];
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = read(fd, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		note("%s", text);
	}
	close(fd);
}

static void note_file(const char *path)
{
	note_file_at(AT_FDCWD, path);
}

/* The lines that have a word, from it on. */
static void note_lines(const char *path, const char *word)
{
	char line[1024], *at;
	FILE *file = fopen(path, "re");

	if (!file)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), file)) {
		at = strstr(line, word);
		if (at)
			note("%s: %s", path, at);
	}
	fclose(file);
}

static void note_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	char path[64], target[128];
	struct dirent *entry;
	ssize_t n;

	if (!dir)
		err(1, "/proc/self/fd");
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.' || atoi(entry->d_name) == dirfd(dir))
			continue;
		n = readlinkat(dirfd(dir), entry->d_name, target,
			       sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		note("fd %s: %s\n", entry->d_name, target);
		if (!strstr(target, "bao"))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%.16s",
			 entry->d_name);
		note_file(path);
	}
	closedir(dir);
}

static void note_names(const char *path, const char *prefix)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (!dir)
		err(1, "%s", path);
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix)))
			note("%s/%s\n", path, entry->d_name);
	closedir(dir);
}

/* These count what a failed call tried, or what goes on meanwhile. */
static bool unsteady(const char *name)
{
	static const char *const names[] = {
		"delivered", "oldest_request", "interrupts", "server_pid",
		"doorbells_deferred",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* A device's directory: all names, and the values of our own attributes. */
static void note_tree(const char *path, bool values)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	char name[256];

	if (!dir)
		err(1, "%s", path);
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.' || !strcmp(entry->d_name, "power"))
			continue;
		snprintf(name, sizeof(name), "%s/%.64s", path, entry->d_name);
		note("%s\n", name);
		if (entry->d_type == DT_DIR)
			note_tree(name, !strncmp(entry->d_name, "dm", 2) ||
				  !strcmp(entry->d_name, "ipc"));
		else if (values && !unsteady(entry->d_name))
			note_file_at(dirfd(dir), entry->d_name);
	}
	closedir(dir);
}

static void note_devices(void)
{
	struct dirent *entry;
	DIR *dir = opendir("/sys/devices/platform");
	char path[128];

	if (!dir)
		err(1, "/sys/devices/platform");
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "fakehv.", 7))
			continue;
		snprintf(path, sizeof(path), "/sys/devices/platform/%.64s",
			 entry->d_name);
		note_tree(path, false);
	}
	closedir(dir);
}

const char *errors_state(void)
{
	state = state == states ? states + 1 : states;
	state->len = 0;
	note_files();
	note_devices();
	note_names("/dev", "bao");
	note_names("/sys/class/misc", "bao");
	note_names("/sys/module", "bao");
	note_names("/sys/bus/platform/drivers", "bao");
	note_lines("/proc/interrupts", "bao-");
	note_lines("/proc/iomem", "fakehv.");
	note_lines("/proc/self/maps", "bao");
	note_file("/sys/module/bao/refcnt");
	return state->text;
}

static void complain(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

/* Whether they are; prints the first line where they differ. */
bool errors_same(const char *before, const char *after)
{
	size_t was, is;

	for (;;) {
		was = strcspn(before, "\n");
		is = strcspn(after, "\n");
		if (was != is || strncmp(before, after, was))
			break;
		if (!before[was] && !after[is])
			return true;
		before += was + !!before[was];
		after += is + !!after[is];
	}
	complain("it was: %.*s", (int)was, before);
	complain("it is: %.*s", (int)is, after);
	return false;
}

/*
 * The walk
 */

static bool expected(const struct errors_walk *walk, int error)
{
	unsigned int i;

	if (error == ENOMEM || error == EFAULT)
		return true;
	for (i = 0; i < sizeof(walk->also) / sizeof(*walk->also); i++)
		if (error && walk->also[i] == error)
			return true;
	return false;
}

static bool failed_well(const struct errors_walk *walk, void *self, bool hit,
			const char *before, int error, unsigned int n)
{
	bool well = true;

	if (!hit || !expected(walk, error)) {
		complain("%s: unexpected: %s%s", walk->name, strerror(error),
			 hit ? "" : ", and nothing was made to fail");
		well = false;
	}
	well &= errors_same(before, errors_state());
	if (walk->healthy && n % (walk->stride ?: 1) == 0 &&
	    !walk->healthy(self)) {
		complain("%s: does not work afterwards", walk->name);
		well = false;
	}
	return well;
}

static bool succeeded_well(const struct errors_walk *walk, void *self)
{
	bool well = !walk->works || walk->works(self);

	if (!well)
		complain("%s: succeeds, but does not do its work", walk->name);
	if (walk->undo)
		walk->undo(self);
	return well;
}

/* One step; sets whether there is another one. */
static bool step(const struct errors_walk *walk, enum errors_kind kind,
		 unsigned int n, void *self, bool *more, unsigned int *survived)
{
	const char *before;
	bool well;
	int ret;

	if (walk->prepare && !walk->prepare(self)) {
		complain("%s: cannot be prepared", walk->name);
		*more = false;
		return false;
	}
	before = errors_state();
	ret = errors_call(kind, n, walk->call, self, more);
	if (ret < 0) {
		well = failed_well(walk, self, *more, before, errno, n);
	} else {
		well = succeeded_well(walk, self);
		*survived += *more;
	}
	if (!well)
		complain("%s: that was fault %u%s", walk->name, n,
			 kind == ERRORS_ONE ? "" : " and all after it");
	if (walk->clean)
		walk->clean(self);
	return well;
}

/* Returns how many faults there were, or -1. */
static int walk_to_the_end(const struct errors_walk *walk,
			   enum errors_kind kind, void *self,
			   unsigned int *survived)
{
	unsigned int leap = kind == ERRORS_DROUGHT && walk->leap ? walk->leap :
			    1;
	unsigned int n = 1, complaints = 0;
	int faults = 0;
	bool more;

	while (n < FAULTS_MAX && complaints < COMPLAINTS_MAX) {
		if (!step(walk, kind, n, self, &more, survived))
			complaints++;
		if (!more)
			return complaints ? -1 : faults;
		faults++;
		n += leap;
	}
	complain("%s: given up", walk->name);
	return -1;
}

bool errors_walk(const struct errors_walk *walk, void *self)
{
	unsigned int survived = 0;
	int one, all;

	one = walk_to_the_end(walk, ERRORS_ONE, self, &survived);
	all = walk_to_the_end(walk, ERRORS_DROUGHT, self, &survived);
	if (one < 0 || all < 0)
		return false;
	complain("%s: %d faults, %u of them survived", walk->name, one + all,
		 survived);
	return (one > 0) != walk->steady;
}
