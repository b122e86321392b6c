// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl dm trace: the kernel's tracepoints of one device model, through a
 * trace instance of its own, so that nobody else's tracing is disturbed.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "dm.h"
#include "model.h"
#include "options.h"
#include "root.h"
#include "trace_line.h"

static const char help[] =
"usage: baoctl dm trace [option ...] DM\n"
"Prints what happens to device model DM, with the time, until it is\n"
"interrupted. Needs root and a kernel with tracepoints.\n"
"\n"
"  -n, --count N     stop after so many lines\n"
"  -t, --timeout S   stop after so many seconds\n"
"  -j, --json        a JSON object in each line\n"
"  -h, --help        this text\n";

static const struct option options[] = {
	{ "count", required_argument, NULL, 'n' },
	{ "timeout", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/**
 * struct trace - the command line
 * @dm: the device model
 * @count: lines to print, 0 for all
 * @ms: how long, or -1
 * @json: the form of the output
 */
struct trace {
	uint64_t dm;
	uint64_t count;
	int ms;
	bool json;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* The calls that wait end, and the instance is removed. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = interrupt };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static int write_file(const char *dir, const char *name, const char *text)
{
	char path[PATH_SIZE];
	ssize_t n;
	int fd;

	join(path, dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	n = write(fd, text, strlen(text));
	if (n < 0)
		fail("%s: %s", path, strerror(errno));
	close(fd);
	return n < 0 ? BAOCTL_FAILED : 0;
}

static const char * const events[] = {
	"bao_ask", "bao_complete", "bao_ioeventfd", "bao_requeue", "bao_orphan"
};

static int enable(const char *dir, const char *event, const char *filter)
{
	char name[64];

	snprintf(name, sizeof(name), "events/bao/%s/filter", event);
	if (write_file(dir, name, filter))
		return BAOCTL_FAILED;
	snprintf(name, sizeof(name), "events/bao/%s/enable", event);
	return write_file(dir, name, "1");
}

static int enable_all(const char *dir, unsigned int dm)
{
	char filter[64];
	size_t i;

	snprintf(filter, sizeof(filter), "dm == %u", dm);
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (enable(dir, events[i], filter))
			return BAOCTL_FAILED;
	/* Those of channels are the other kind. */
	snprintf(filter, sizeof(filter), "kind == 0 && id == %u", dm);
	return enable(dir, "bao_doorbell", filter);
}

/* Returns whether the line was one of ours. */
static bool print_line(const struct trace *t, const char *line)
{
	struct json_object *e = trace_line(line);

	if (!e)
		return false;
	if (t->json)
		puts(json_object_to_json_string_ext(e, JSON_C_TO_STRING_PLAIN));
	else
		trace_print(e);
	json_object_put(e);
	return true;
}

/* Prints the whole lines at the start of @text; returns what is left of it. */
static size_t print_lines(const struct trace *t, char *text, size_t len,
			  uint64_t *printed)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', len)) &&
	       !(t->count && *printed == t->count)) {
		*end++ = '\0';
		*printed += print_line(t, line);
		len -= (size_t)(end - line);
		line = end;
	}
	memmove(text, line, len);
	return len;
}

/*
 * Some kernels wake who polls the pipe only when much is in it, so it is read
 * ten times a second.
 */
static int follow(const struct trace *t, int fd)
{
	int64_t end = now_us() + t->ms * INT64_C(1000);
	uint64_t printed = 0;
	char text[65536];
	size_t len = 0;
	ssize_t n;

	while (!interrupted && !(t->count && printed == t->count) &&
	       (t->ms < 0 || now_us() < end)) {
		n = read(fd, text + len, sizeof(text) - len);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail("trace_pipe: %s", strerror(errno));
		if (n <= 0) {
			usleep(100000);
			continue;
		}
		len = print_lines(t, text, len + (size_t)n, &printed);
		/* A line that long is none of ours. */
		if (len == sizeof(text))
			len = 0;
		if (fflush(stdout))
			break;
	}
	return 0;
}

static int trace_in(const struct trace *t, const char *dir)
{
	char path[PATH_SIZE];
	int fd, status;

	if (enable_all(dir, (unsigned int)t->dm))
		return BAOCTL_FAILED;
	join(path, dir, "trace_pipe");
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	status = follow(t, fd);
	close(fd);
	return status;
}

static bool dm_exists(uint64_t dm)
{
	struct json_object *dms = model_dms(), *d;
	size_t i, n = json_object_array_length(dms);
	bool found = false;

	for (i = 0; i < n; i++) {
		d = json_object_array_get_idx(dms, i);
		found |= (uint64_t)get_number(d, "id") == dm;
	}
	json_object_put(dms);
	return found;
}

/* Where tracefs is, or an empty path. */
static void find_tracefs(char path[PATH_SIZE])
{
	rooted(path, "/sys/kernel/tracing");
	if (exists("/sys/kernel/tracing/instances"))
		return;
	rooted(path, "/sys/kernel/debug/tracing");
	if (!exists("/sys/kernel/debug/tracing/instances"))
		path[0] = '\0';
}

static int trace(const struct trace *t)
{
	char tracefs[PATH_SIZE], dir[PATH_SIZE], name[64];
	int status;

	if (!dm_exists(t->dm))
		return fail("there is no device model %" PRIu64 " here, see "
			    "baoctl dm list", t->dm);
	find_tracefs(tracefs);
	if (!tracefs[0])
		return fail("the kernel's trace cannot be seen; be root and "
			    "mount -t tracefs tracefs /sys/kernel/tracing");
	snprintf(name, sizeof(name), "instances/baoctl-%d", (int)getpid());
	join(dir, tracefs, name);
	catch_signals();
	if (mkdir(dir, 0700))
		return fail("%s: %s", dir, strerror(errno));
	status = trace_in(t, dir);
	if (rmdir(dir) && !status)
		status = fail("%s: %s", dir, strerror(errno));
	return status;
}

int baoctl_dm_trace(int argc, char **argv)
{
	struct trace t = { .ms = -1 };
	int c, status = 0;

	while ((c = getopt_long(argc, argv, "n:t:jh", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			status = parse_number("--count", optarg, 1, INT64_MAX,
					      &t.count);
			break;
		case 't':
			status = parse_seconds("--timeout", optarg, &t.ms);
			break;
		case 'j':
			t.json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return BAOCTL_OK;
		default:
			return BAOCTL_MISUSE;
		}
		if (status)
			return status;
	}
	if (check_operands(argc, argv, 1, 1, "a device model") ||
	    parse_number("DM", argv[optind], 0, 15, &t.dm))
		return BAOCTL_MISUSE;
	return trace(&t);
}
