// SPDX-License-Identifier: GPL-2.0-only
/* Every counter has one line, "name value", wherever it is printed or asked. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "hv.h"

#define NAME_MAX_LEN	128

struct field {
	const char *name;
	size_t offset;
};

#define DEV(field)	{ #field, offsetof(struct hv_dev_counters, field) }
#define CLASS(field)	{ #field, offsetof(struct hv_class_counters, field) }
#define VM(field)	{ #field, offsetof(struct hv_vm_counters, field) }
#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

static const struct field vm_fields[] = {
	VM(calls), VM(calls_unknown), VM(calls_bad_args), VM(calls_malformed),
	VM(ipc_notifies), VM(ipc_events), VM(ipc_events_lost),
	VM(ipc_events_ignored),
};

static const struct field dev_fields[] = {
	DEV(asks), DEV(asks_taken), DEV(asks_empty), DEV(completes),
	DEV(completes_refused), DEV(notifies), DEV(backend_irqs),
	DEV(backend_irqs_lost), DEV(frontend_irqs), DEV(frontend_irqs_lost),
	DEV(completions_lost), DEV(odd_completions), DEV(wide_answers),
	DEV(stall_max_ns), DEV(stall_sum_ns), DEV(stalls_long),
	{ "stalls_below_100us", offsetof(struct hv_dev_counters, stall_bin[0]) },
	{ "stalls_below_1ms", offsetof(struct hv_dev_counters, stall_bin[1]) },
	{ "stalls_below_10ms", offsetof(struct hv_dev_counters, stall_bin[2]) },
	{ "stalls_below_100ms", offsetof(struct hv_dev_counters, stall_bin[3]) },
	{ "stalls_below_1s", offsetof(struct hv_dev_counters, stall_bin[4]) },
	{ "stalls_below_10s", offsetof(struct hv_dev_counters, stall_bin[5]) },
	{ "stalls_above_10s", offsetof(struct hv_dev_counters, stall_bin[6]) },
};

static const struct field class_fields[] = {
	CLASS(requests), CLASS(calls_min), CLASS(calls_max), CLASS(calls_sum),
	{ "calls_1", offsetof(struct hv_class_counters, calls_bin[1]) },
	{ "calls_2", offsetof(struct hv_class_counters, calls_bin[2]) },
	{ "calls_3", offsetof(struct hv_class_counters, calls_bin[3]) },
	{ "calls_more", offsetof(struct hv_class_counters, calls_bin[4]) },
};

static const char * const class_names[HV_CLASSES] = {
	[HV_CLASS_READ] = "read",
	[HV_CLASS_WRITE] = "write",
	[HV_CLASS_KICK] = "kick",
};

void hv_count_stall(struct hv *hv, struct hv_dev *dev, uint64_t ns)
{
	struct hv_dev_counters *count = &dev->count;
	uint64_t limit = 100000;
	unsigned int bin = 0;

	for (; bin < HV_STALL_BINS - 1 && ns >= limit; bin++)
		limit *= 10;
	count->stall_bin[bin]++;
	count->stall_sum_ns += ns;
	if (ns > count->stall_max_ns)
		count->stall_max_ns = ns;
	if (ns > hv->long_stall_ns)
		count->stalls_long++;
}

/* What the backend called for this device while the request stood. */
void hv_count_calls(struct hv_dev *dev, const struct hv_slot *slot)
{
	struct hv_class_counters *count = &dev->count.class[slot->class];
	uint64_t calls = dev->calls - slot->arrived_calls;
	uint64_t bin = calls < HV_CALL_BINS ? calls : HV_CALL_BINS - 1;

	if (!count->requests || calls < count->calls_min)
		count->calls_min = calls;
	if (calls > count->calls_max)
		count->calls_max = calls;
	count->calls_sum += calls;
	count->calls_bin[bin]++;
	count->requests++;
}

/* One visit to every counter; stops early when the visitor says so. */
struct visit {
	bool (*see)(struct visit *visit, const char *name, uint64_t value);
	FILE *to;
	const char *wanted;
	uint64_t value;
};

__attribute__((format(printf, 3, 4)))
static bool see(struct visit *visit, uint64_t value, const char *format, ...)
{
	char name[NAME_MAX_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	return visit->see(visit, name, value);
}

static uint64_t value_at(const void *base, const struct field *field)
{
	uint64_t value;

	memcpy(&value, (const char *)base + field->offset, sizeof(value));
	return value;
}

static bool visit_vm(struct visit *visit, const struct hv_vm *vm)
{
	for (size_t i = 0; i < COUNT(vm_fields); i++) {
		if (see(visit, value_at(&vm->count, &vm_fields[i]), "vm.%s.%s",
			vm->name, vm_fields[i].name))
			return true;
	}
	return false;
}

static bool visit_class(struct visit *visit, const struct hv_dev *dev, int class)
{
	const struct hv_class_counters *count = &dev->count.class[class];

	for (size_t i = 0; i < COUNT(class_fields); i++) {
		if (see(visit, value_at(count, &class_fields[i]),
			"remio.%s.%s.%s", dev->name, class_names[class],
			class_fields[i].name))
			return true;
	}
	return false;
}

/* Requests nobody has answered yet stall too: a hang must show. */
static bool visit_open(struct hv *hv, struct visit *visit, unsigned int dev)
{
	uint64_t now = hv_now_ns(), open = 0, oldest = 0;

	for (unsigned int i = 0; i < hv->nr_slots; i++) {
		const struct hv_slot *slot = &hv->slot[i];

		if (slot->state == HV_FREE || slot->dev != dev)
			continue;
		open++;
		if (now - slot->arrived_ns > oldest)
			oldest = now - slot->arrived_ns;
	}
	return see(visit, open, "remio.%s.open", hv->dev[dev].name) ||
	       see(visit, oldest, "remio.%s.open_oldest_ns", hv->dev[dev].name);
}

static bool visit_dev(struct hv *hv, struct visit *visit, unsigned int id)
{
	const struct hv_dev *dev = &hv->dev[id];

	for (int class = 0; class < HV_CLASSES; class++) {
		if (visit_class(visit, dev, class))
			return true;
	}
	for (size_t i = 0; i < COUNT(dev_fields); i++) {
		if (see(visit, value_at(&dev->count, &dev_fields[i]),
			"remio.%s.%s", dev->name, dev_fields[i].name))
			return true;
	}
	return visit_open(hv, visit, id);
}

static bool visit_all(struct hv *hv, struct visit *visit)
{
	for (unsigned int i = 0; i < hv->nr_vms; i++) {
		if (visit_vm(visit, &hv->vm[i]))
			return true;
	}
	for (unsigned int i = 0; i < hv->nr_devs; i++) {
		if (visit_dev(hv, visit, i))
			return true;
	}
	return false;
}

static bool print(struct visit *visit, const char *name, uint64_t value)
{
	fprintf(visit->to, "%s %" PRIu64 "\n", name, value);
	return false;
}

void hv_print_counters(struct hv *hv, FILE *to)
{
	struct visit visit = { .see = print, .to = to };

	pthread_mutex_lock(&hv->lock);
	visit_all(hv, &visit);
	pthread_mutex_unlock(&hv->lock);
}

static bool compare(struct visit *visit, const char *name, uint64_t value)
{
	visit->value = value;
	return !strcmp(visit->wanted, name);
}

int hv_get_counter(struct hv *hv, const char *name, uint64_t *value)
{
	struct visit visit = { .see = compare, .wanted = name };
	bool found;

	pthread_mutex_lock(&hv->lock);
	found = visit_all(hv, &visit);
	pthread_mutex_unlock(&hv->lock);
	if (!found)
		return -ENOENT;
	*value = visit.value;
	return 0;
}
