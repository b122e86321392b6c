// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channels: do doorbells ring on both sides?
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"
#include "model.h"
#include "root.h"
#include "status.h"

/* The channel's node in the tree, or an empty string. */
static const char *path_of(struct json_object *channel,
			   struct json_object *nodes)
{
	size_t i, n = nodes ? json_object_array_length(nodes) : 0;
	struct json_object *o;

	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(nodes, i);
		if (!strcmp(get_string(o, "device"),
			    get_string(channel, "device")))
			return get_string(o, "path");
	}
	return "";
}

static bool has_property(const char *path, const char *property)
{
	return path[0] && exists("/sys/firmware/devicetree/base%s/%s", path,
				 property);
}

static void check_no_events(struct json_object *channel,
			    struct json_object *nodes, const char *about)
{
	const char *path = path_of(channel, nodes);

	/* The rules for trees may have said what is wrong with them. */
	if (path[0] && has_problem_with(path))
		return;
	if (has_property(path, "interrupts") ||
	    has_property(path, "interrupts-extended")) {
		problem(about, "the device tree names interrupts, and none of "
			"them can be had");
		try("read the kernel's log; interrupts has <0 SPI 1> for each "
		    "event, and nobody else may have the same SPI");
		return;
	}
	note(about, "without interrupts nobody here can wait for the peer; the "
	     "device tree may name them");
}

static void check_silent(struct json_object *channel, const char *about)
{
	struct json_object *first;
	char irq[128];

	first = json_object_array_get_idx(
		json_object_object_get(channel, "events"), 0);
	describe_irq(first, irq, sizeof(irq));
	if (!get_number(channel, "notifies")) {
		note(about, "the peer has not rung yet, or %s is the wrong one",
		     irq);
		return;
	}
	/*
	 * A channel may well be for one direction, and its memory may have
	 * what a peer left long ago: nothing here tells a wrong number from
	 * a silent peer.
	 */
	note(about, "the peer was rung %lld times and never rang itself; this "
	     "side waits for %s", get_number(channel, "notifies"), irq);
	try_irq(first);
	try("the peer rings by position in this guest's list of interrupts, "
	    "event 0 first; does it run?");
	try("baoctl ipc bench, with an echo in the peer, tells a lost interrupt "
	    "from a lost message");
}

/* A write rings event 0, so a peer with Linux rings that if it rings at all. */
static void check_order(struct json_object *events, const char *about)
{
	size_t i, n = json_object_array_length(events);
	struct json_object *o;

	if (get_number(json_object_array_get_idx(events, 0), "count"))
		return;
	for (i = 1; i < n; i++) {
		o = json_object_array_get_idx(events, i);
		if (!get_number(o, "count"))
			continue;
		note(about, "event 0 never came, and event %zu did", i);
		try("if the peer rings event 0: interrupts in the device tree "
		    "is in another order than in Bao's configuration");
		return;
	}
}

static void check_event(struct json_object *event, const char *about)
{
	if (has(event, "irq") || !exists("/sys/kernel/irq"))
		return;
	problem(about, "event %lld has no interrupt",
		get_number(event, "event"));
	try("read the kernel's log; nobody else may have the same interrupt in "
	    "the device tree");
}

static void check_events(struct json_object *channel,
			 struct json_object *nodes, const char *about)
{
	struct json_object *events = json_object_object_get(channel, "events");
	size_t i, n = json_object_array_length(events);

	if (!n) {
		check_no_events(channel, nodes, about);
		return;
	}
	for (i = 0; i < n; i++)
		check_event(json_object_array_get_idx(events, i), about);
	if (get_number(channel, "refused_calls"))
		return;
	if (!get_number(channel, "interrupts"))
		check_silent(channel, about);
	else
		check_order(events, about);
	check_revivals(channel, about);
}

void check_channel(struct json_object *channel, struct json_object *nodes)
{
	long long id = get_number(channel, "id");
	char about[32];

	snprintf(about, sizeof(about), "baoipc%lld", id);
	check_node(about, get_string(channel, "node"));
	if (get_number(channel, "refused_calls")) {
		problem(about, "the hypervisor refused %lld doorbells",
			get_number(channel, "refused_calls"));
		try("id in the device tree is the index in ipcs of this guest "
		    "in Bao's configuration: there is no ipcs[%lld]", id);
	}
	check_events(channel, nodes, about);
}

static void print_event(struct json_object *event)
{
	char irq[128];

	describe_irq(event, irq, sizeof(irq));
	printf("  event %lld: %s came %lld times\n",
	       get_number(event, "event"), irq, get_number(event, "count"));
}

void print_channel(struct json_object *channel)
{
	struct json_object *events = json_object_object_get(channel, "events");
	size_t i;

	printf("channel %lld%s%s, %s\n", get_number(channel, "id"),
	       get_string(channel, "label")[0] ? ": " : "",
	       get_string(channel, "label"), get_string(channel, "node"));
	printf("  reads 0x%llx bytes at +0x%llx, writes 0x%llx at +0x%llx\n",
	       get_number(channel, "read_size"),
	       get_number(channel, "read_offset"),
	       get_number(channel, "write_size"),
	       get_number(channel, "write_offset"));
	for (i = 0; i < json_object_array_length(events); i++)
		print_event(json_object_array_get_idx(events, i));
	printf("  rang the peer %lld times, %lld of them later for the limit "
	       "on doorbells\n", get_number(channel, "notifies"),
	       get_number(channel, "doorbells_deferred"));
}
