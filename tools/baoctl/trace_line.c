// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of the kernel's trace. They look like
 *
 *  cat-1234 [001] d..1.  12.345678: bao_ask: dm=0 addr=0xa003e00 op=1 ...
 */
#include "trace_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define PREFIX	": bao_"

/* Moves to the next "name=value" and adds it; false at the end. */
static bool add_field(struct json_object *o, char **rest)
{
	char *field, *value, *end;
	long long number;

	while ((field = strsep(rest, " ")) && !*field)
		;
	if (!field)
		return false;
	value = strchr(field, '=');
	if (!value)
		return true;
	*value++ = '\0';
	number = strtoll(value, &end, 0);
	if (end == value || *end)
		json_object_object_add(o, field, json_object_new_string(value));
	else if (number == INT64_MAX)
		json_object_object_add(o, field, json_object_new_uint64(
					       strtoull(value, NULL, 0)));
	else
		json_object_object_add(o, field, json_object_new_int64(number));
	return true;
}

/*
 * As the kernel writes it: a double alone would get digits that mean nothing.
 * NULL if it is none.
 */
static struct json_object *time_before(const char *line, const char *mark)
{
	const char *from = mark;
	char text[32];

	while (from > line && from[-1] != ' ')
		from--;
	if (from == mark || strspn(from, "0123456789.") != (size_t)(mark - from))
		return NULL;
	snprintf(text, sizeof(text), "%.*s", (int)(mark - from), from);
	return json_object_new_double_s(strtod(text, NULL), text);
}

struct json_object *trace_line(const char *line)
{
	/* The task before the CPU has any name it likes. */
	const char *cpu = strrchr(line, '[');
	const char *mark = cpu ? strstr(cpu, PREFIX) : NULL;
	struct json_object *o, *time = mark ? time_before(cpu, mark) : NULL;
	char text[512], *rest = text, *name;

	if (!time)
		return NULL;
	snprintf(text, sizeof(text), "%s", mark + strlen(PREFIX));
	text[strcspn(text, "\n")] = '\0';
	name = strsep(&rest, ":");
	if (!rest) {
		json_object_put(time);
		return NULL;
	}
	o = json_object_new_object();
	json_object_object_add(o, "time", time);
	json_object_object_add(o, "tracepoint", json_object_new_string(name));
	while (add_field(o, &rest))
		;
	return o;
}

static void print_access(struct json_object *e)
{
	printf("the frontend %s %lld bytes at 0x%" PRIx64,
	       get_number(e, "op") ? "reads" : "writes",
	       get_number(e, "width"), get_unsigned(e, "addr"));
	if (!get_number(e, "op"))
		printf(": 0x%" PRIx64, get_unsigned(e, "value"));
	printf(", request %lld\n", get_number(e, "id"));
}

static void print_answer(struct json_object *e)
{
	printf("request %lld is answered", get_number(e, "id"));
	if (get_number(e, "op"))
		printf(": 0x%" PRIx64, get_unsigned(e, "value"));
	if (get_number(e, "result"))
		printf(", which the hypervisor refuses (%lld)",
		       get_number(e, "result"));
	putchar('\n');
}

static void print_doorbell(struct json_object *e)
{
	if (get_number(e, "deferred"))
		puts("the frontend's interrupt has to wait");
	else if (get_number(e, "result"))
		printf("the frontend's interrupt is refused (%lld)\n",
		       get_number(e, "result"));
	else
		puts("the frontend's interrupt is raised");
}

void trace_print(struct json_object *e)
{
	const char *name = get_string(e, "tracepoint");

	printf("%s  ", get_string(e, "time"));
	if (!strcmp(name, "ask") && !get_number(e, "result"))
		print_access(e);
	else if (!strcmp(name, "ask") && get_number(e, "result") == 1)
		puts("nothing is pending");
	else if (!strcmp(name, "ask"))
		printf("the hypervisor refuses to hand out requests (%lld)\n",
		       get_number(e, "result"));
	else if (!strcmp(name, "complete"))
		print_answer(e);
	else if (!strcmp(name, "ioeventfd"))
		printf("an ioeventfd takes the write to 0x%" PRIx64 "\n",
		       get_unsigned(e, "addr"));
	else if (!strcmp(name, "doorbell"))
		print_doorbell(e);
	else if (!strcmp(name, "requeue"))
		printf("request %lld is put back, its daemon went away\n",
		       get_number(e, "id"));
	else if (!strcmp(name, "orphan"))
		printf("request %lld is answered without a daemon\n",
		       get_number(e, "id"));
	else
		puts(name);
}
