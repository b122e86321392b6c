// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl ipc read
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hexdump.h"
#include "ipc.h"
#include "options.h"

static const char help[] =
"usage: baoctl ipc read [option ...] CHANNEL\n"
"Copies the read channel to standard output, byte for byte. CHANNEL is a\n"
"number, a label, or the path of a node.\n"
"\n"
"  -o, --offset N    begin at this byte (0)\n"
"  -l, --length N    so many bytes (the rest)\n"
"  -w, --wait        wait until the peer rings\n"
"  -t, --timeout S   give up waiting after so many seconds, with exit status 1\n"
"  -x, --hex         for people to read\n"
"  -h, --help        this text\n";

static const struct option options[] = {
	{ "offset", required_argument, NULL, 'o' },
	{ "length", required_argument, NULL, 'l' },
	{ "wait", no_argument, NULL, 'w' },
	{ "timeout", required_argument, NULL, 't' },
	{ "hex", no_argument, NULL, 'x' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/**
 * struct read_args - the command line
 * @offset: where to begin
 * @length: how much; REST
 * @wait: wait for an event
 * @ms: how long, or -1
 * @hex: the form of the output
 */
struct read_args {
	uint64_t offset;
	uint64_t length;
	bool wait;
	int ms;
	bool hex;
};

#define REST	UINT64_MAX

static int check_range(const struct channel *c, const struct read_args *args)
{
	uint64_t size = c->info.read_size;

	if (args->offset <= size &&
	    (args->length == REST || args->length <= size - args->offset))
		return 0;
	return fail("%s: the read channel ends after %" PRIu64 " bytes",
		    c->path, size);
}

static int wait_first(const struct channel *c, const struct read_args *args)
{
	struct bao_ipc_events events;
	int status;

	if (!args->wait)
		return 0;
	status = channel_check_event(c, ANY_EVENT);
	if (status)
		return status;
	return channel_wait(c, ANY_EVENT, args->ms, &events);
}

static int read_all(const struct channel *c, void *data, size_t length,
		    uint64_t offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < length) {
		n = pread(c->fd, (char *)data + done, length - done,
			  (off_t)(offset + done));
		if (n < 0)
			return fail("%s: %s", c->path, strerror(errno));
		if (!n)
			return fail("%s: it ends after %zu bytes", c->path,
				    (size_t)offset + done);
		done += (size_t)n;
	}
	return 0;
}

static int copy_out(const struct channel *c, const struct read_args *args)
{
	uint64_t length = args->length;
	void *data;
	int status;

	if (length == REST)
		length = c->info.read_size - args->offset;
	data = malloc(length ? (size_t)length : 1);
	if (!data)
		return fail("%s", strerror(ENOMEM));
	status = read_all(c, data, (size_t)length, args->offset);
	if (!status && args->hex)
		hexdump(data, (size_t)length, args->offset);
	else if (!status)
		fwrite(data, 1, (size_t)length, stdout);
	free(data);
	return status;
}

static int read_channel(const char *name, const struct read_args *args)
{
	struct channel c;
	int status;

	status = channel_open(&c, name);
	if (status)
		return status;
	status = check_range(&c, args);
	if (!status)
		status = wait_first(&c, args);
	if (!status)
		status = copy_out(&c, args);
	channel_close(&c);
	return status;
}

static int set(struct read_args *args, int c)
{
	switch (c) {
	case 'o':
		return parse_number("--offset", optarg, 0, INT64_MAX,
				    &args->offset);
	case 'l':
		return parse_number("--length", optarg, 0, INT64_MAX,
				    &args->length);
	case 't':
		return parse_seconds("--timeout", optarg, &args->ms);
	case 'w':
		args->wait = true;
		return 0;
	case 'x':
		args->hex = true;
		return 0;
	default:
		return BAOCTL_MISUSE;
	}
}

int baoctl_ipc_read(int argc, char **argv)
{
	struct read_args args = { .length = REST, .ms = -1 };
	int c;

	while ((c = getopt_long(argc, argv, "o:l:wt:xh", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return BAOCTL_OK;
		}
		if (set(&args, c))
			return BAOCTL_MISUSE;
	}
	if (args.ms >= 0 && !args.wait)
		return misuse("--timeout: only with --wait");
	if (check_operands(argc, argv, 1, 1, "a channel"))
		return BAOCTL_MISUSE;
	return read_channel(argv[optind], &args);
}
