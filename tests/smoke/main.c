// SPDX-License-Identifier: GPL-2.0-only
/*
 * bao-smoke: does the Bao support of this guest work? If not, why?
 */
#include "smoke.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

static const char usage[] =
"usage: bao-smoke [option ...]\n"
"Checks, in a guest of Bao, what the module bao needs, and says in words what\n"
"is wrong. Without options it disturbs nobody: it opens every device model\n"
"without serving it and rings event 0 of every channel once.\n"
"\n"
"  --dm N         serve device model N for a moment: wait for an access of the\n"
"                 frontend, kill a daemon that holds it, see it come again.\n"
"                 Start the frontend, or bind its driver, while this waits.\n"
"                 At the end the access is put back, for a real daemon to\n"
"                 answer within the grace period\n"
"  --answer       with --dm: answer instead, like an empty virtio slot\n"
"  --ipc N        send messages on channel N and expect them back\n"
"  --echo-peer    with --ipc: be the one that sends them back; start this in\n"
"                 the peer first\n"
"  --event E      with --ipc: ring event E of the other side (0)\n"
"  --wait S       seconds to wait for the other side (10)\n"
"  --help         this text\n"
"\n"
"Lines begin with \"ok:\", \"problem:\" (with \"try:\" below) or \"note:\".\n"
"The exit code is 0 without a problem, 1 with one, 2 for a wrong option.\n";

static const struct option long_options[] = {
	{ "dm", required_argument, NULL, 'd' },
	{ "answer", no_argument, NULL, 'a' },
	{ "ipc", required_argument, NULL, 'i' },
	{ "echo-peer", no_argument, NULL, 'p' },
	{ "event", required_argument, NULL, 'e' },
	{ "wait", required_argument, NULL, 'w' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void usage_error(void)
{
	fputs(usage, stderr);
	exit(2);
}

static int number(const char *text, long max)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 0);
	if (errno || end == text || *end || value < 0 || value > max)
		usage_error();
	return (int)value;
}

static void set(struct options *opt, int c)
{
	switch (c) {
	case 'd':
		opt->dm = number(optarg, 15);
		break;
	case 'a':
		opt->answer = true;
		break;
	case 'i':
		opt->ipc = number(optarg, 0x7fffffff);
		break;
	case 'p':
		opt->echo_peer = true;
		break;
	case 'e':
		opt->event = (uint32_t)number(optarg, 31);
		break;
	case 'w':
		opt->wait = number(optarg, 86400);
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		usage_error();
	}
}

static void parse(struct options *opt, int argc, char **argv)
{
	int c;

	*opt = (struct options){ .dm = -1, .ipc = -1, .wait = 10 };
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set(opt, c);
	if (optind != argc || (opt->answer && opt->dm < 0) ||
	    (opt->echo_peer && opt->ipc < 0))
		usage_error();
}

static void check_all(const struct options *opt)
{
	bool dispatcher, channels;

	if (!check_module())
		return;
	dispatcher = check_bound("bao-io-dispatcher", "bao,io-dispatcher");
	channels = check_bound("bao-ipcshmem", "bao,ipcshmem");
	if (!dispatcher && !channels) {
		problem("the module has no device to drive");
		try("add the nodes to the device tree of this guest; Bao "
		    "itself adds none");
	}
	if (dispatcher)
		check_dms();
	if (channels)
		check_channels(opt);
	if (opt->dm >= 0)
		check_frontend(opt);
	if (opt->ipc >= 0 && opt->echo_peer)
		be_echo(opt);
	else if (opt->ipc >= 0)
		check_echo(opt);
}

int main(int argc, char **argv)
{
	struct options opt;

	parse(&opt, argc, argv);
	check_all(&opt);
	return report_end();
}
