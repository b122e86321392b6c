// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device models: does the frontend get its answers?
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "findings.h"
#include "model.h"
#include "status.h"

/* A daemon that takes so long for an answer hangs. */
#define SLOW_MS	1000

static bool is_in(struct json_object *dm, const char *state)
{
	return !strcmp(get_string(dm, "state"), state);
}

static void check_interrupt(struct json_object *dm, const char *about)
{
	char irq[128];

	if (get_number(dm, "interrupts"))
		return;
	describe_irq(dm, irq, sizeof(irq));
	if (!get_number(dm, "requests")) {
		note(about, "the frontend has not accessed its device yet, or "
		     "%s is the wrong one", irq);
		return;
	}
	problem(about, "requests came, %s never did", irq);
	try_irq(dm);
}

static void check_absent(struct json_object *dm, const char *about)
{
	if (is_in(dm, "idle") && get_number(dm, "interrupts")) {
		problem(about, "no daemon: the frontend waits for an answer "
			"and nobody has served this device model yet");
		try("start its daemon, for device model %lld",
		    get_number(dm, "id"));
	} else if (is_in(dm, "idle")) {
		note(about, "no daemon has served it yet");
	} else if (is_in(dm, "grace")) {
		problem(about, "no daemon: it went away, and the frontend's "
			"accesses wait for the next one");
		try("start it again; after %lld ms the kernel answers in its "
		    "place", get_number(dm, "grace_ms"));
	} else if (is_in(dm, "expired")) {
		problem(about, "no daemon: it went away and none came within "
			"%lld ms, so the kernel answers with 0",
			get_number(dm, "grace_ms"));
		try("start it again, then reset the device in the frontend");
	}
}

static void check_slow(struct json_object *dm, const char *about)
{
	struct json_object *oldest;

	oldest = json_object_object_get(dm, "oldest_request");
	if (!is_in(dm, "served") || get_number(oldest, "age_ms") < SLOW_MS)
		return;
	problem(about, "process %lld (%s) has owed the frontend an answer for "
		"%lld ms, for the access at 0x%" PRIx64 "; its CPU stands "
		"still meanwhile", get_number(dm, "server_pid"),
		get_string(dm, "server"), get_number(oldest, "age_ms"),
		get_unsigned(oldest, "addr"));
	try("look at the daemon; kill it and start it again, the access goes "
	    "to its successor");
}

static void check_counters(struct json_object *dm, const char *about)
{
	long long n;

	n = get_number(dm, "refused_calls");
	if (n) {
		problem(about, "the hypervisor refused %lld calls", n);
		try("is the order of remio_devs in Bao's configuration that of "
		    "the device tree? Positions count frontends too");
	}
	n = get_number(dm, "answered_by_kernel");
	if (n && !is_in(dm, "expired"))
		note(about, "%lld requests were answered without a daemon; the "
		     "frontend's device needs a reset", n);
	n = get_number(dm, "invalid_requests");
	if (n)
		note(about, "%lld accesses of odd width or kind came", n);
	n = get_number(dm, "late_answers");
	if (n)
		note(about, "%lld answers of daemons came too late", n);
	check_revivals(dm, about);
}

static void check_memory(struct json_object *dm, const char *about)
{
	uint64_t addr = get_unsigned(dm, "shmem_addr");
	uint64_t size = get_unsigned(dm, "shmem_size");
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (!((addr | size) & (page - 1)))
		return;
	problem(about, "its memory cannot be mapped: 0x%" PRIx64 " bytes at 0x%"
		PRIx64 " are not whole pages of %" PRIu64 " KiB", size, addr,
		page >> 10);
	try("align the region in Bao's configuration and in the device trees "
	    "of both sides");
}

void check_dm(struct json_object *dm)
{
	char about[32];

	snprintf(about, sizeof(about), "dm%lld", get_number(dm, "id"));
	check_interrupt(dm, about);
	check_absent(dm, about);
	check_slow(dm, about);
	check_counters(dm, about);
	check_memory(dm, about);
}

void print_dm(struct json_object *dm)
{
	char irq[128];

	describe_irq(dm, irq, sizeof(irq));
	printf("device model %lld%s%s\n", get_number(dm, "id"),
	       get_string(dm, "label")[0] ? ": " : "", get_string(dm, "label"));
	printf("  %lld KiB at 0x%" PRIx64 "; %s came %lld times\n",
	       get_number(dm, "shmem_size") >> 10,
	       get_unsigned(dm, "shmem_addr"), irq,
	       get_number(dm, "interrupts"));
	if (get_number(dm, "server_pid"))
		printf("  served by process %lld (%s)\n",
		       get_number(dm, "server_pid"), get_string(dm, "server"));
	else
		printf("  %s, no daemon\n", get_string(dm, "state"));
	printf("  %lld requests: %lld taken by ioeventfds, %lld answered by "
	       "daemons, %lld by the kernel; %lld interrupts raised\n",
	       get_number(dm, "requests"), get_number(dm, "ioeventfd_hits"),
	       get_number(dm, "completed"), get_number(dm, "answered_by_kernel"),
	       get_number(dm, "notifies"));
}
