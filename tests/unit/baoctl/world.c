// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY	65534

/* Not from baoctl.h: that has a function fail(), which is a macro here. */
int baoctl_main(int argc, char **argv);

struct channel_model channel_model;
struct result result;
const char *machine;
char world[64];

static int get_events(struct bao_ipc_events *events)
{
	struct channel_model *m = &channel_model;

	if (m->fetch_errno) {
		errno = m->fetch_errno;
		return -1;
	}
	memset(events, 0, sizeof(*events));
	events->num_events = m->info.num_events;
	if (m->echo)
		events->count[0] = 1;
	if (!m->num_events)
		return 0;
	*events = m->events[0];
	m->num_events--;
	memmove(m->events, m->events + 1, sizeof(m->events) -
		sizeof(m->events[0]));
	return 0;
}

static int notify(const struct bao_ipc_notify *notify)
{
	if (notify->flags || notify->event >= BAO_IPC_MAX_EVENTS) {
		errno = EINVAL;
		return -1;
	}
	if (channel_model.ring_errno) {
		errno = channel_model.ring_errno;
		return -1;
	}
	put("/rung", "%u", notify->event);
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	errno = ENOTTY;
	if (channel_model.absent)
		return -1;
	switch (request) {
	case BAO_IPC_GET_INFO:
		errno = channel_model.info_errno;
		if (errno)
			return -1;
		memcpy(arg, &channel_model.info, sizeof(channel_model.info));
		return 0;
	case BAO_IPC_NOTIFY:
		return notify(arg);
	case BAO_IPC_GET_EVENTS:
		return get_events(arg);
	default:
		return -1;
	}
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct channel_model *m = &channel_model;

	(void)n;
	fds->revents = 0;
	if (m->incoming)
		put_bytes("/dev/baoipc0", m->incoming, m->incoming_size);
	m->incoming = NULL;
	if (m->num_events || m->echo || m->fetch_errno) {
		fds->revents = POLLIN;
		return 1;
	}
	/* Nothing would ever come. */
	if (timeout < 0)
		abort();
	usleep((useconds_t)timeout * 1000);
	return 0;
}

ssize_t __real_pwrite(int fd, const void *data, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t offset)
{
	const struct channel_model *m = &channel_model;

	errno = m->write_errno;
	if (errno)
		return -1;
	if (m->write_max && size > m->write_max)
		size = m->write_max;
	return __real_pwrite(fd, data, size, offset);
}

int __real_uname(struct utsname *u);
int __wrap_uname(struct utsname *u);
int __wrap_uname(struct utsname *u)
{
	int error = __real_uname(u);

	snprintf(u->machine, sizeof(u->machine), "%s", machine);
	return error;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int world_setup(void **state)
{
	(void)state;
	memset(&channel_model, 0, sizeof(channel_model));
	forget_tracefs();
	machine = "aarch64";
	channel_model.info.num_events = 1;
	channel_model.info.read_size = 64;
	channel_model.info.write_size = 64;
	strcpy(world, "/tmp/baoctl-XXXXXX");
	if (!mkdtemp(world))
		return -1;
	chmod(world, 0755);
	return setenv("BAOCTL_ROOT", world, 1);
}

int world_teardown(void **state)
{
	(void)state;
	return nftw(world, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void full_path(char *full, size_t size, const char *path)
{
	char *slash;

	snprintf(full, size, "%s%s", world, path);
	for (slash = full + strlen(world) + 1; (slash = strchr(slash, '/'));
	     slash++) {
		*slash = '\0';
		if (mkdir(full, 0755) && errno != EEXIST)
			fail_msg("%s: %s", full, strerror(errno));
		*slash = '/';
	}
}

void put_bytes(const char *path, const void *data, size_t size)
{
	char full[512];
	FILE *f;

	full_path(full, sizeof(full), path);
	f = fopen(full, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

void put(const char *path, const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text) - 1, format, args);
	va_end(args);
	strcat(text, "\n");
	put_bytes(path, text, strlen(text));
}

void get(const char *path, char *text, size_t size)
{
	char full[512];
	size_t len;
	FILE *f;

	full_path(full, sizeof(full), path);
	f = fopen(full, "re");
	text[0] = '\0';
	if (!f)
		return;
	len = fread(text, 1, size - 1, f);
	text[len] = '\0';
	fclose(f);
}

void put_link(const char *path, const char *target)
{
	char full[512];

	full_path(full, sizeof(full), path);
	assert_int_equal(symlink(target, full), 0);
}

void take_away(const char *path)
{
	char full[512];

	full_path(full, sizeof(full), path);
	assert_int_equal(nftw(full, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void deny(const char *path)
{
	char full[512];

	full_path(full, sizeof(full), path);
	assert_int_equal(chmod(full, 0), 0);
}

static void read_back(FILE *f, char *text, size_t size)
{
	size_t len;

	rewind(f);
	len = fread(text, 1, size - 1, f);
	text[len] = '\0';
	fclose(f);
}

/* For the sanitizer, which looks at the process when it ends. */
static void become_nobody(void)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY) ||
	    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		_exit(99);
}

static void child(FILE *in, FILE *out, FILE *err, bool nobody,
		  const char * const *args)
{
	/* The copies stay in sight of who looks for leaks. */
	static char *copies[16], *argv[16];
	int argc = 0;

	argv[argc++] = copies[0] = strdup("baoctl");
	for (; *args; args++, argc++)
		argv[argc] = copies[argc] = strdup(*args);
	if (dup2(fileno(in), 0) < 0 || dup2(fileno(out), 1) < 0 ||
	    dup2(fileno(err), 2) < 0)
		_exit(99);
	/* One that waits for ever is not to wait longer than its test. */
	alarm(60);
	if (nobody && !geteuid())
		become_nobody();
	exit(baoctl_main(argc, argv));
}

void baoctl_with(const char *input, bool nobody, const char * const *args)
{
	FILE *in = tmpfile(), *out = tmpfile(), *err = tmpfile();
	int status;
	pid_t pid;

	assert_true(in && out && err);
	if (input)
		fputs(input, in);
	rewind(in);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		child(in, out, err, nobody, args);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	fclose(in);
	read_back(out, result.out, sizeof(result.out));
	read_back(err, result.err, sizeof(result.err));
	if (!WIFEXITED(status))
		fail_msg("signal %d: %s", WTERMSIG(status), result.err);
	result.status = WEXITSTATUS(status);
}

void baoctl(const char *first, ...)
{
	const char *argv[16] = { NULL };
	size_t n = 0;
	va_list args;

	va_start(args, first);
	for (; first; first = va_arg(args, const char *))
		argv[n++] = first;
	va_end(args);
	baoctl_with(NULL, false, argv);
}

void assert_in(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in: %s", part, text);
}

void assert_not_in(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" in: %s", part, text);
}

void assert_complaint(int status, const char *text)
{
	const char *end = strchr(result.err, '\n');

	if (!end || end[1] || end == result.err)
		fail_msg("not one line: '%s'", result.err);
	assert_in(result.err, text);
	assert_int_equal(result.status, status);
	assert_int_equal(strncmp(result.err, "baoctl", 6), 0);
}

void assert_fine(void)
{
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
}
