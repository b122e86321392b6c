// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl ipc write
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc.h"
#include "options.h"

static const char help[] =
"usage: baoctl ipc write [option ...] CHANNEL [DATA]\n"
"Writes DATA, or standard input, to the write channel and rings the peer's\n"
"event 0. What does not fit is not written in part. CHANNEL is a number, a\n"
"label, or the path of a node.\n"
"\n"
"  -o, --offset N   begin at this byte (0)\n"
"  -h, --help       this text\n";

static const struct option options[] = {
	{ "offset", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

static int too_long(const struct channel *c, uint64_t room)
{
	return fail("%s: it does not fit: the write channel has %" PRIu64
		    " bytes of %" PRIu64 " from there; nothing was written",
		    c->path, room, (uint64_t)c->info.write_size);
}

/* In one call, so that the peer is rung when all is there. */
static int put(const struct channel *c, const void *data, size_t size,
	       uint64_t offset)
{
	ssize_t n;

	if (!size)
		return fail("there is nothing to write");
	n = pwrite(c->fd, data, size, (off_t)offset);
	if (n < 0 && errno == EIO)
		return fail("%s: the hypervisor refused to ring: its "
			    "configuration of this guest has no ipcs[%u]",
			    c->path, c->info.id);
	if (n < 0)
		return fail("%s: %s", c->path, strerror(errno));
	if ((size_t)n != size)
		return fail("%s: only %zd of %zu bytes were written", c->path,
			    n, size);
	return 0;
}

static int put_input(const struct channel *c, uint64_t room, uint64_t offset)
{
	/* One more, to see that it is too much. */
	char *data = malloc((size_t)room + 1);
	size_t size;
	int status;

	if (!data)
		return fail("%s", strerror(ENOMEM));
	size = fread(data, 1, (size_t)room + 1, stdin);
	if (ferror(stdin))
		status = fail("standard input: %s", strerror(errno));
	else if (size > room)
		status = too_long(c, room);
	else
		status = put(c, data, size, offset);
	free(data);
	return status;
}

static int write_channel(const char *name, const char *text, uint64_t offset)
{
	struct channel c;
	uint64_t room = 0;
	int status;

	status = channel_open(&c, name);
	if (status)
		return status;
	if (offset < c.info.write_size)
		room = c.info.write_size - offset;
	if (!room || (text && strlen(text) > room))
		status = too_long(&c, room);
	else if (text)
		status = put(&c, text, strlen(text), offset);
	else
		status = put_input(&c, room, offset);
	channel_close(&c);
	return status;
}

int baoctl_ipc_write(int argc, char **argv)
{
	uint64_t offset = 0;
	int c;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			if (parse_number("--offset", optarg, 0, INT64_MAX,
					 &offset))
				return BAOCTL_MISUSE;
			break;
		case 'h':
			fputs(help, stdout);
			return BAOCTL_OK;
		default:
			return BAOCTL_MISUSE;
		}
	}
	if (check_operands(argc, argv, 1, 2, "a channel"))
		return BAOCTL_MISUSE;
	return write_channel(argv[optind], argv[optind + 1], offset);
}
