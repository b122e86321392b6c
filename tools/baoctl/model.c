// SPDX-License-Identifier: GPL-2.0-only
#include "model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "root.h"
#include "text.h"

static const char * const channel_numbers[] = {
	"id", "read_offset", "read_size", "write_offset", "write_size",
	"num_events", "interrupts", "revivals", "notifies",
	"doorbells_deferred", "refused_calls", NULL
};

static const char * const dm_numbers[] = {
	"id", "shmem_addr", "shmem_size", "irq", "interrupts", "storms",
	"revivals", "requests", "ioeventfd_hits", "delivered", "completed",
	"answered_by_kernel", "redelivered", "late_answers",
	"invalid_requests", "refused_calls", "notifies", "doorbells_deferred",
	"grace_ms", "answer_timeout_ms", "server_pid", NULL
};

static void add(struct json_object *to, const char *key,
		struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static struct json_object *number_from(const char *text)
{
	char *end;
	long long value = strtoll(text, &end, 0);

	/* Addresses may have the highest bit. */
	if (end == text || *end)
		return NULL;
	if (value == INT64_MAX)
		return json_object_new_uint64(strtoull(text, NULL, 0));
	return json_object_new_int64(value);
}

static void add_number(struct json_object *to, const char *dir,
		       const char *name)
{
	char text[32];

	read_string(dir, name, text, sizeof(text));
	add(to, name, number_from(text));
}

static void add_string(struct json_object *to, const char *key,
		       const char *dir, const char *name)
{
	char text[256];

	read_string(dir, name, text, sizeof(text));
	make_printable(text);
	add(to, key, json_object_new_string(text));
}

/* What all objects have: numbers, a label, a device, a node. */
static struct json_object *common(const char *dir, const char * const *names)
{
	struct json_object *o = json_object_new_object();
	char device[PATH_SIZE];

	add(o, "id", NULL);
	add_string(o, "label", dir, "label");
	snprintf(device, sizeof(device), "%.*s",
		 (int)(base_name(dir) - dir - 1), dir);
	add(o, "device", json_object_new_string(base_name(device)));
	add(o, "node", NULL);
	for (; *names; names++)
		add_number(o, dir, *names);
	return o;
}

/* What is known of the Linux interrupt that @to has already. */
static void add_irq_facts(struct json_object *to)
{
	char dir[PATH_SIZE];

	if (!has(to, "irq")) {
		add(to, "hwirq", NULL);
		add(to, "chip", NULL);
		return;
	}
	rooted(dir, "/sys/kernel/irq/%lld", get_number(to, "irq"));
	add_number(to, dir, "hwirq");
	add_string(to, "chip", dir, "chip_name");
}

/* Of the interrupt whose handler has this name, or null. */
static struct json_object *irq_of(const char *action)
{
	struct json_object *irq = NULL;
	char text[256];
	glob_t dirs;
	size_t i;

	find_files(&dirs, "/sys/kernel/irq/*");
	for (i = 0; i < dirs.gl_pathc && !irq; i++) {
		read_string(dirs.gl_pathv[i], "actions", text, sizeof(text));
		if (!strcmp(text, action))
			irq = number_from(base_name(dirs.gl_pathv[i]));
	}
	globfree(&dirs);
	return irq;
}

static struct json_object *one_event(long long channel, unsigned int event,
				     uint64_t count)
{
	struct json_object *o = json_object_new_object();
	char action[64];

	snprintf(action, sizeof(action), "bao-ipc%lld-%u", channel, event);
	add(o, "event", json_object_new_int64(event));
	add(o, "count", json_object_new_uint64(count));
	add(o, "irq", irq_of(action));
	add_irq_facts(o);
	return o;
}

static struct json_object *events(const char *dir, long long channel)
{
	struct json_object *array = json_object_new_array();
	char text[2048], *line, *rest = text;
	unsigned int event;
	uint64_t count;

	read_string(dir, "events", text, sizeof(text));
	while ((line = strsep(&rest, "\n")))
		if (sscanf(line, "%u %" SCNu64, &event, &count) == 2)
			json_object_array_add(array, one_event(channel, event,
							       count));
	return array;
}

static struct json_object *one_channel(const char *dir)
{
	struct json_object *o = common(dir, channel_numbers);
	char node[64];

	snprintf(node, sizeof(node), "/dev/baoipc%lld", get_number(o, "id"));
	add(o, "node", json_object_new_string(node));
	add(o, "events", events(dir, get_number(o, "id")));
	return o;
}

static struct json_object *oldest(const char *dir)
{
	unsigned int id, age;
	struct json_object *o;
	uint64_t addr;
	char text[64];

	read_string(dir, "oldest_request", text, sizeof(text));
	if (sscanf(text, "%u %" SCNx64 " %u", &id, &addr, &age) != 3)
		return NULL;
	o = json_object_new_object();
	add(o, "id", json_object_new_int64(id));
	add(o, "addr", json_object_new_uint64(addr));
	add(o, "age_ms", json_object_new_int64(age));
	return o;
}

/* What the process calls itself. */
static struct json_object *server(long long pid)
{
	char dir[PATH_SIZE], text[32];

	if (!pid)
		return NULL;
	rooted(dir, "/proc/%lld", pid);
	read_string(dir, "comm", text, sizeof(text));
	make_printable(text);
	return text[0] ? json_object_new_string(text) : NULL;
}

static struct json_object *one_dm(const char *dir)
{
	struct json_object *o = common(dir, dm_numbers);

	add(o, "node", json_object_new_string(NODE_DM));
	add_irq_facts(o);
	add_string(o, "state", dir, "state");
	add(o, "server", server(get_number(o, "server_pid")));
	add(o, "oldest_request", oldest(dir));
	return o;
}

static int by_id(const void *a, const void *b)
{
	struct json_object * const *x = a, * const *y = b;
	long long i = get_number(*x, "id"), j = get_number(*y, "id");

	return (i > j) - (i < j);
}

static struct json_object *all(const char *driver, const char *name,
			       struct json_object *(*one)(const char *dir))
{
	struct json_object *array = json_object_new_array(), *o;
	glob_t dirs;
	size_t i;

	find_files(&dirs, "/sys/bus/platform/drivers/%s/*/%s", driver, name);
	for (i = 0; i < dirs.gl_pathc; i++) {
		o = one(dirs.gl_pathv[i]);
		/* without a number it has gone meanwhile */
		if (has(o, "id"))
			json_object_array_add(array, o);
		else
			json_object_put(o);
	}
	globfree(&dirs);
	json_object_array_sort(array, by_id);
	return array;
}

struct json_object *model_channels(void)
{
	return all(DRIVER_IPC, "ipc", one_channel);
}

struct json_object *model_dms(void)
{
	return all(DRIVER_DM, "dm[0-9]*", one_dm);
}

int check_list(struct json_object *list, const char *what)
{
	if (json_object_array_length(list))
		return BAOCTL_OK;
	if (!exists("/sys/module/bao"))
		return fail("the module is not loaded; \"baoctl status\" says why");
	remark("there is no %s; \"baoctl status\" may say why", what);
	return BAOCTL_OK;
}

long long get_number(struct json_object *object, const char *key)
{
	return json_object_get_int64(json_object_object_get(object, key));
}

uint64_t get_unsigned(struct json_object *object, const char *key)
{
	return json_object_get_uint64(json_object_object_get(object, key));
}

const char *get_string(struct json_object *object, const char *key)
{
	const char *s;

	s = json_object_get_string(json_object_object_get(object, key));
	return s ? s : "";
}

bool has(struct json_object *object, const char *key)
{
	return json_object_object_get(object, key) != NULL;
}

void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
}
