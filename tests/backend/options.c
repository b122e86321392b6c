// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "state.h"

static const char usage[] =
"usage: bao-blk --window ADDR --image FILE [option ...]\n"
"Serves FILE as a virtio disk to another virtual machine under Bao.\n"
"\n"
"  -w, --window ADDR   guest-physical address of the frontend's registers\n"
"  -i, --image FILE    the disk: a file or a block device\n"
"  -d, --dm N          device model (0)\n"
"  -q, --queues N      request queues, 1 to 8 (1)\n"
"  -r, --read-only     refuse writes\n"
"  -s, --state FILE    remember the device in FILE, so that a daemon that is\n"
"                      killed and started again goes on; on a tmpfs\n"
"      --go-on         serve the rings of before even when the kernel had to\n"
"                      answer requests in the absence of a daemon\n"
"  -b, --base ADDR     what the frontend calls the first byte of the shared\n"
"                      memory (what the kernel says)\n"
"  -c, --control NODE  control node (/dev/bao-io-dispatcher)\n"
"  -v, --verbose       report every access\n"
"  -h, --help          this text\n";

static const struct option long_options[] = {
	{ "window", required_argument, NULL, 'w' },
	{ "image", required_argument, NULL, 'i' },
	{ "dm", required_argument, NULL, 'd' },
	{ "queues", required_argument, NULL, 'q' },
	{ "read-only", no_argument, NULL, 'r' },
	{ "state", required_argument, NULL, 's' },
	{ "go-on", no_argument, NULL, 'g' },
	{ "base", required_argument, NULL, 'b' },
	{ "control", required_argument, NULL, 'c' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static uint64_t number(const char *name, const char *text, uint64_t min,
		       uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || value < min ||
	    value > max) {
		fprintf(stderr, "bao-blk: --%s: %s is not a number from %llu "
			"to %llu\n", name, text, (unsigned long long)min,
			(unsigned long long)max);
		exit(2);
	}
	return value;
}

static void set(struct options *opt, int c)
{
	switch (c) {
	case 'w':
		opt->window = number("window", optarg, 1, UINT64_MAX);
		break;
	case 'i':
		opt->image = optarg;
		break;
	case 'd':
		opt->dm = (uint32_t)number("dm", optarg, 0, 15);
		break;
	case 'q':
		opt->queues = (uint32_t)number("queues", optarg, 1, QUEUES_MAX);
		break;
	case 'r':
		opt->read_only = true;
		break;
	case 's':
		opt->state = optarg;
		break;
	case 'g':
		opt->go_on = true;
		break;
	case 'b':
		opt->base = number("base", optarg, 0, UINT64_MAX);
		opt->base_given = true;
		break;
	case 'c':
		opt->control = optarg;
		break;
	case 'v':
		opt->verbose = true;
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

void options_parse(struct options *opt, int argc, char **argv)
{
	int c;

	*opt = (struct options){
		.queues = 1,
		.control = "/dev/bao-io-dispatcher",
	};
	while ((c = getopt_long(argc, argv, "w:i:d:q:rs:b:c:vh", long_options,
				NULL)) != -1)
		set(opt, c);
	if (!opt->window || !opt->image || optind != argc) {
		fputs(usage, stderr);
		exit(2);
	}
}
