// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures the kernel memory that a device model takes, by the kernel's own
 * trace of its allocations: what a dispatcher with many takes, less what one
 * with one takes. Prints "memory NAME BYTES LIMIT".
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib.h"

#define MANY		9
#define LIMIT		8192
#define ALLOCATIONS	65536

struct allocation {
	unsigned long long ptr;
	unsigned long bytes;
};

static struct allocation live[ALLOCATIONS];
static unsigned int num_live;

static void forget(unsigned long long ptr)
{
	unsigned int i;

	for (i = 0; i < num_live; i++) {
		if (live[i].ptr == ptr) {
			live[i] = live[--num_live];
			return;
		}
	}
}

static void remember(unsigned long long ptr, unsigned long bytes)
{
	forget(ptr);
	if (num_live == ALLOCATIONS)
		errx(2, "too many allocations");
	live[num_live].ptr = ptr;
	live[num_live++].bytes = bytes;
}

/* One line of the trace; what other threads allocate is not ours. */
static void account(const char *line)
{
	const char *ptr = strstr(line, " ptr=");
	const char *bytes = strstr(line, " bytes_alloc=");

	if (!ptr)
		return;
	if (!bytes)
		forget(strtoull(ptr + 5, NULL, 16));
	else if (strstr(line, "memory-"))
		remember(strtoull(ptr + 5, NULL, 16),
			 strtoul(bytes + 13, NULL, 10));
}

/* What creating a dispatcher leaves allocated. */
static unsigned long dispatcher_bytes(unsigned int num_dms)
{
	static const char *const events[] = {
		"kmem/kmalloc", "kmem/kmem_cache_alloc", "kmem/kfree",
		"kmem/kmem_cache_free", NULL,
	};
	struct fakehv_device dev;
	unsigned long sum = 0;
	char *text, *line, *rest;
	unsigned int i;

	hv_reset();
	trace_start(events, ~0U);
	if (!dispatcher_create(&dev, num_dms))
		errx(1, "the dispatcher is not bound");
	trace_stop();
	text = trace_read();
	num_live = 0;
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		account(line);
	free(text);
	for (i = 0; i < num_live; i++)
		sum += live[i].bytes;
	return sum;
}

int main(void)
{
	unsigned long one, many;

	/* What is allocated once for all is none of a device model's. */
	dispatcher_bytes(MANY);
	one = dispatcher_bytes(1);
	many = dispatcher_bytes(MANY);
	if (!one || many <= one)
		errx(1, "allocations are not traced: %lu, %lu", one, many);
	printf("memory device-model %lu %d\n", (many - one) / (MANY - 1),
	       LIMIT);
	hv_reset();
	return 0;
}
