// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl ipc wait
 */
#include <getopt.h>
#include <stdio.h>

#include "ipc.h"
#include "model.h"
#include "options.h"

static const char help[] =
"usage: baoctl ipc wait [option ...] CHANNEL\n"
"Waits until the peer rings, and prints which events came how often at least.\n"
"What came before the start is not seen.\n"
"\n"
"  -e, --event E     wait for this one, the position in this side's list of\n"
"                    interrupts\n"
"  -t, --timeout S   give up after so many seconds, with exit status 1\n"
"  -j, --json        as a JSON array\n"
"  -h, --help        this text\n";

static const struct option options[] = {
	{ "event", required_argument, NULL, 'e' },
	{ "timeout", required_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/**
 * struct wait - the command line
 * @event: what to wait for, or ANY_EVENT
 * @ms: how long, or -1
 * @json: the form of the output
 */
struct wait {
	uint64_t event;
	int ms;
	bool json;
};

static void print_text(const struct bao_ipc_events *events)
{
	uint32_t i;

	for (i = 0; i < events->num_events; i++)
		if (events->count[i])
			printf("event %u: %u\n", i, events->count[i]);
}

static void print_array(const struct bao_ipc_events *events)
{
	struct json_object *array = json_object_new_array(), *o;
	uint32_t i;

	for (i = 0; i < events->num_events; i++) {
		if (!events->count[i])
			continue;
		o = json_object_new_object();
		json_object_object_add(o, "event", json_object_new_int64(i));
		json_object_object_add(o, "count",
				json_object_new_int64(events->count[i]));
		json_object_array_add(array, o);
	}
	print_json(array);
	json_object_put(array);
}

static int wait_for(const char *name, const struct wait *w)
{
	struct bao_ipc_events events;
	struct channel c;
	int status;

	status = channel_open(&c, name);
	if (status)
		return status;
	status = channel_check_event(&c, (uint32_t)w->event);
	if (!status)
		status = channel_wait(&c, (uint32_t)w->event, w->ms, &events);
	channel_close(&c);
	if (status)
		return status;
	if (w->json)
		print_array(&events);
	else
		print_text(&events);
	return BAOCTL_OK;
}

int baoctl_ipc_wait(int argc, char **argv)
{
	struct wait w = { .event = ANY_EVENT, .ms = -1 };
	int c, status = 0;

	while ((c = getopt_long(argc, argv, "e:t:jh", options, NULL)) != -1) {
		switch (c) {
		case 'e':
			status = parse_number("--event", optarg, 0,
					      BAO_IPC_MAX_EVENTS - 1, &w.event);
			break;
		case 't':
			status = parse_seconds("--timeout", optarg, &w.ms);
			break;
		case 'j':
			w.json = true;
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
	if (check_operands(argc, argv, 1, 1, "a channel"))
		return BAOCTL_MISUSE;
	return wait_for(argv[optind], &w);
}
