// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entries of ipcs and remio_devs in a configuration of Bao, which is C
 * source: an initialiser with designators. It is read as such, without a
 * preprocessor: what is needed of it has to be plain numbers.
 */
#include "overlay.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SOURCE	(1u << 20)
#define MAX_NESTING	16
#define MAX_DESIGNATORS	256

/**
 * struct machine - an entry of vmlist
 * @facts: what has been found
 * @num: ipc_num and remio_dev_num
 * @error: the first value that was not understood, or NULL
 * @where: its designators
 */
struct machine {
	struct facts facts;
	uint64_t num[2];
	const char *error;
	char where[MAX_DESIGNATORS];
};

/* In that order. */
static const char *const num_names[] = { "ipc_num", "remio_dev_num" };
static const char *const list_names[] = { "ipcs", "remio_devs" };

/**
 * struct reader - where we are in the source
 * @at: next character
 * @path: designators of the value that comes, ".vmlist[0].platform..."
 * @depth: of braces
 * @machine: each of them
 * @vms: how many there are
 * @error: what the reader stumbled over, or NULL
 */
struct reader {
	const char *at;
	char path[MAX_DESIGNATORS];
	int depth;
	struct machine *machine;
	int vms;
	const char *error;
};

static const char not_plain[] = "not a plain number";
static const char not_there[] =
	"stands elsewhere; put its initialiser, { ... }, in the place of the name";

/* A string or a character, up to the quote that ends it. */
static size_t literal_size(const char *text)
{
	size_t len = 1;

	while (text[len] && text[len] != '\n' && text[len] != *text)
		len += text[len] == '\\' && text[len + 1] ? 2 : 1;
	return len + (text[len] == *text);
}

/* How much here does not concern us. */
static size_t blank_size(const char *text, bool line_start)
{
	const char *end;

	if (!strncmp(text, "/*", 2)) {
		end = strstr(text + 2, "*/");
		return end ? (size_t)(end - text) + 2 : strlen(text);
	}
	if (!strncmp(text, "//", 2) || (*text == '#' && line_start))
		return strcspn(text, "\n");
	return *text == '"' || *text == '\'' ? literal_size(text) : 0;
}

/* What the preprocessor would do to an initialiser. */
static const char *obstacle_at(const char *text, int depth)
{
	text += 1 + strspn(text + 1, " \t");
	if (!strncmp(text, "if", 2))
		return "#if";
	return depth > 0 && !strncmp(text, "include", 7) ?
	       "#include between braces" : NULL;
}

/*
 * Comments, strings and lines for the preprocessor become blanks; returns what
 * of the latter matters, or NULL.
 */
static const char *blank_out(char *text)
{
	const char *obstacle = NULL;
	bool line_start = true;
	int depth = 0;
	size_t len;

	while (*text) {
		if (*text == '#' && line_start)
			obstacle = obstacle_at(text, depth);
		if (obstacle)
			return obstacle;
		depth += (*text == '{') - (*text == '}');
		len = blank_size(text, line_start);
		if (len) {
			memset(text, ' ', len);
			text += len;
			continue;
		}
		if (*text == '\n')
			line_start = true;
		else if (!isspace((unsigned char)*text))
			line_start = false;
		text++;
	}
	return NULL;
}

static char next(struct reader *reader)
{
	while (isspace((unsigned char)*reader->at))
		reader->at++;
	return *reader->at;
}

/* The entry of an array in the path, or -1; *rest is what comes behind it. */
static int entry_of(struct reader *reader, const char *array, const char **rest)
{
	const char *at = strstr(reader->path, array);
	unsigned long entry;
	char *end;

	if (!at)
		return -1;
	entry = strtoul(at + strlen(array), &end, 0);
	if (*end != ']' || end[-1] == '[')
		reader->error = not_plain;
	else if (entry >= MAX_DEVICES)
		reader->error = "too many entries";
	if (reader->error)
		return -1;
	*rest = end + 1;
	return (int)entry;
}

static struct fact *fact_at(struct facts *facts, bool ipc, int entry)
{
	struct fact *fact;
	unsigned int i;

	for (i = 0; i < facts->num; i++) {
		fact = &facts->fact[i];
		if ((fact->kind == KIND_IPC) == ipc && fact->id == (uint32_t)entry)
			return fact;
	}
	if (facts->num == MAX_DEVICES)
		return NULL;
	fact = &facts->fact[facts->num++];
	memset(fact, 0, sizeof(*fact));
	fact->kind = ipc ? KIND_IPC : KIND_BACKEND;
	fact->id = (uint32_t)entry;
	fact->configured = true;
	return fact;
}

static uint64_t *number_at(struct fact *fact, const char *member)
{
	bool ipc = fact->kind == KIND_IPC;

	if (!strcmp(member, ipc ? ".base" : ".shmem.base"))
		return &fact->shared.start;
	if (!strcmp(member, ipc ? ".size" : ".shmem.size"))
		return &fact->shared.size;
	if (ipc && !strcmp(member, ".interrupt_num"))
		return &fact->said_irqs;
	if (!strcmp(member, ".va"))
		return &fact->window.start;
	if (!strcmp(member, ".size"))
		return &fact->window.size;
	return NULL;
}

static bool read_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	end += strspn(end, "uUlL");
	return isdigit((unsigned char)*text) && !errno && !*end;
}

/* Once: C takes the last of several, who reads it the first. */
static void set_number(struct reader *reader, uint64_t *number,
		       const char *text)
{
	if (*number)
		reader->error = "is there twice";
	else if (!read_number(text, number))
		reader->error = not_plain;
}

static void set_irq(struct reader *reader, struct fact *fact, int entry,
		    const char *text)
{
	uint64_t irq;

	if (entry >= MAX_IRQS) {
		reader->error = "too many entries";
		return;
	}
	irq = fact->irq[entry];
	set_number(reader, &irq, text);
	if (irq > UINT16_MAX)
		reader->error = not_plain;
	fact->irq[entry] = (uint32_t)irq;
	if (fact->num_irqs <= (unsigned int)entry)
		fact->num_irqs = (unsigned int)entry + 1;
}

static void set_member(struct reader *reader, struct fact *fact,
		       const char *member, const char *text)
{
	uint64_t *number = number_at(fact, member);
	int entry = 0;

	if (number) {
		set_number(reader, number, text);
		fact->has_base |= number == &fact->shared.start;
		return;
	}
	if (!strcmp(member, ".type") && fact->kind != KIND_IPC) {
		fact->kind = strstr(text, "FRONTEND") ? KIND_FRONTEND :
							KIND_BACKEND;
		return;
	}
	if (strcmp(member, ".interrupt"))
		entry = entry_of(reader, ".interrupts[", &member);
	if (entry >= 0)
		set_irq(reader, fact, entry, text);
}

static bool ends_with(const char *path, size_t len, const char *end)
{
	size_t size = strlen(end);

	return len >= size && !strncmp(path + len - size, end, size);
}

/* Does something in braces belong here: a list of ours, or an entry of it? */
static bool is_list(const char *path)
{
	static const char *const lists[] = {
		".vmlist", ".platform", ".ipcs", ".remio_devs"
	};
	size_t i, len = strlen(path);

	if (strstr(path, ".ipcs[") && ends_with(path, len, ".interrupts"))
		return true;
	while (len && path[len - 1] == ']')
		while (path[--len] != '[' && len)
			;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (ends_with(path, len, lists[i]))
			return true;
	return false;
}

static void take_num(struct reader *reader, int vm, const char *text)
{
	size_t i, len = strlen(reader->path);

	for (i = 0; i < 2; i++)
		if (ends_with(reader->path, len, num_names[i]) &&
		    reader->path[len - strlen(num_names[i]) - 1] == '.')
			set_number(reader, &reader->machine[vm].num[i], text);
}

static void take_entry(struct reader *reader, int vm, const char *text)
{
	const char *rest;
	struct fact *fact;
	int entry = entry_of(reader, ".ipcs[", &rest);
	bool ipc = entry >= 0;

	if (!ipc)
		entry = entry_of(reader, ".remio_devs[", &rest);
	if (entry < 0) {
		if (!reader->error)
			take_num(reader, vm, text);
		return;
	}
	fact = fact_at(&reader->machine[vm].facts, ipc, entry);
	if (fact)
		set_member(reader, fact, rest, text);
	else
		reader->error = "too many entries";
}

/* It matters when the machine is chosen: the others are read on. */
static void leave_error(struct reader *reader, struct machine *machine)
{
	if (!machine->error) {
		machine->error = reader->error;
		strcpy(machine->where, reader->path);
	}
	reader->error = NULL;
}

static void take_value(struct reader *reader, const char *text)
{
	const char *rest;
	int vm = entry_of(reader, ".vmlist[", &rest);

	if (reader->error)
		return;
	if (vm >= reader->vms)
		reader->vms = vm + 1;
	if (is_list(reader->path)) {
		if (strcmp(text, "NULL") && strcmp(text, "0"))
			reader->error = not_there;
	} else if (vm >= 0) {
		take_entry(reader, vm, text);
	}
	if (reader->error && vm >= 0)
		leave_error(reader, &reader->machine[vm]);
}

/* An expression, up to a comma or brace; true when a brace opens. */
static bool read_expression(struct reader *reader, char *text, size_t size)
{
	size_t used = 0;
	int parens = 0;
	char c;

	while ((c = *reader->at)) {
		if (c == '{' && !parens)
			break;
		if ((c == ',' || c == '}') && !parens)
			break;
		parens += (c == '(') - (c == ')');
		if (!isspace((unsigned char)c) && used + 1 < size)
			text[used++] = c;
		reader->at++;
	}
	text[used] = 0;
	return c == '{';
}

/* Without blanks. */
static void add_to_path(struct reader *reader, const char *text, size_t len)
{
	size_t used = strlen(reader->path);

	for (; len; len--, text++) {
		if (isspace((unsigned char)*text))
			continue;
		if (used + 1 == sizeof(reader->path)) {
			reader->error = "a designator is too long";
			break;
		}
		reader->path[used++] = *text;
	}
	reader->path[used] = 0;
}

/* Those that are there, or the position, which goes on after "[N]". */
static void read_designators(struct reader *reader, unsigned int *position)
{
	const char *start = reader->at;
	size_t len = 0;
	char number[16];

	if (*start == '.' || *start == '[')
		len = strcspn(start, "={},");
	if (len && start[len] == '=') {
		reader->at += len + 1;
		add_to_path(reader, start, len);
		if (*start == '[')
			*position = (unsigned int)strtoul(start + 1, NULL, 0);
	} else {
		snprintf(number, sizeof(number), "[%u]", *position);
		add_to_path(reader, number, strlen(number));
	}
	++*position;
}

/* From behind a brace that opens to behind the one that closes. */
static void read_list(struct reader *reader)
{
	size_t used = strlen(reader->path);
	unsigned int position = 0;
	char text[128];

	if (++reader->depth > MAX_NESTING) {
		reader->error = "braces are nested too deep";
		return;
	}
	while (!reader->error && next(reader) && *reader->at != '}') {
		read_designators(reader, &position);
		if (reader->error)
			return;
		next(reader);
		if (read_expression(reader, text, sizeof(text))) {
			reader->at++;
			read_list(reader);
		} else {
			take_value(reader, text);
		}
		if (reader->error)
			return;
		reader->path[used] = 0;
		if (next(reader) == ',')
			reader->at++;
		else if (*reader->at != '}')
			break;
	}
	if (*reader->at != '}') {
		reader->error = "a brace is not closed";
		return;
	}
	reader->at++;
	reader->depth--;
}

/* "struct config config = {" */
static const char *find_config(const char *text)
{
	const char *at = text;

	while ((at = strstr(at, "struct config"))) {
		const char *brace = at + strcspn(at, "=;{");

		at += strlen("struct config");
		if (*brace == '=' && *(brace + 1 + strspn(brace + 1, " \t\r\n")) ==
		    '{')
			return strchr(brace, '{') + 1;
	}
	return NULL;
}

/* A list that was not recognised has its number all the same. */
static bool has_devices(const struct machine *machine)
{
	return machine->facts.num || machine->num[0] || machine->num[1];
}

static int not_understood(const char *path, const struct machine *machine,
			  const char *advice)
{
	return fail("%s: cannot be read: %s: %s%s", path, machine->where,
		    machine->error, advice);
}

static int named_vm(const struct reader *reader, const char *path,
		    const char *vm)
{
	char *end;
	long wanted = strtol(vm, &end, 10);
	bool there = end != vm && !*end && wanted >= 0 && wanted < reader->vms;

	if (there && reader->machine[wanted].error)
		return -not_understood(path, &reader->machine[wanted], "");
	if (!there || !has_devices(&reader->machine[wanted]))
		return -misuse("--vm %s: not a machine of %s with ipcs or remio_devs; it has %d machines, from 0",
			       vm, path, reader->vms);
	return (int)wanted;
}

/* One that was not understood may have devices, and be the one that is meant. */
static int only_vm(const struct reader *reader, const char *path)
{
	int i, found = -1;

	for (i = 0; i < reader->vms; i++)
		if (reader->machine[i].error)
			return -not_understood(path, &reader->machine[i],
					       reader->vms == 1 ? "" :
					       "; --vm N reads machine N alone");
	for (i = 0; i < reader->vms; i++) {
		if (!has_devices(&reader->machine[i]))
			continue;
		if (found >= 0)
			return -misuse("%s has several machines with devices; choose with --vm, from 0",
				       path);
		found = i;
	}
	if (found < 0)
		return -fail("%s: no machine has ipcs or remio_devs", path);
	return found;
}

/* How many entries the initialiser of ipcs, or of remio_devs, has. */
static uint32_t count_entries(const struct facts *facts, bool ipc)
{
	uint32_t num = 0;
	unsigned int i;

	for (i = 0; i < facts->num; i++)
		if ((facts->fact[i].kind == KIND_IPC) == ipc &&
		    facts->fact[i].id >= num)
			num = facts->fact[i].id + 1;
	return num;
}

static int differ(const char *path, int vm, const char *name, uint64_t num,
		  const char *list, uint32_t entries)
{
	return fail("%s: machine %d: %s is %" PRIu64 "%s, but %s has %u entr%s; Bao goes by the number",
		    path, vm, name, num, num ? "" : " or missing", list,
		    entries, entries == 1 ? "y" : "ies");
}

/* Bao looks at as many entries as the numbers beside the lists say. */
static int check_nums(const char *path, int vm, const struct machine *machine)
{
	const struct facts *facts = &machine->facts;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (machine->num[i] != count_entries(facts, !i))
			return differ(path, vm, num_names[i], machine->num[i],
				      list_names[i], count_entries(facts, !i));
	for (i = 0; i < facts->num; i++) {
		const struct fact *fact = &facts->fact[i];
		char list[32];

		snprintf(list, sizeof(list), "ipcs[%u].interrupts", fact->id);
		if (fact->kind == KIND_IPC &&
		    fact->said_irqs != fact->num_irqs)
			return differ(path, vm, "interrupt_num",
				      fact->said_irqs, list, fact->num_irqs);
	}
	return BAOCTL_OK;
}

static int compare_ids(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;
	bool ipc_x = x->kind == KIND_IPC, ipc_y = y->kind == KIND_IPC;

	if (ipc_x != ipc_y)
		return ipc_y - ipc_x;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int add_facts(struct facts *facts, const struct facts *new)
{
	unsigned int i;

	for (i = 0; i < new->num; i++) {
		if (facts->num == MAX_DEVICES)
			return fail("more than %d devices", MAX_DEVICES);
		facts->fact[facts->num++] = new->fact[i];
	}
	qsort(facts->fact, facts->num, sizeof(facts->fact[0]), compare_ids);
	return BAOCTL_OK;
}

static int parse_config(struct facts *facts, const char *path, char *text,
			const char *vm, struct machine *all)
{
	struct reader reader = { .machine = all };
	const char *obstacle = blank_out(text);
	int chosen;

	if (obstacle)
		return fail("%s: has %s, which is not understood here; give a copy without",
			    path, obstacle);
	reader.at = find_config(text);
	if (!reader.at)
		return fail("%s: has no \"struct config ... = {\"", path);
	read_list(&reader);
	if (reader.error)
		return fail("%s: cannot be read: %s%s%s", path, reader.path,
			    *reader.path ? ": " : "", reader.error);
	chosen = vm ? named_vm(&reader, path, vm) : only_vm(&reader, path);
	if (chosen < 0)
		return -chosen;
	return check_nums(path, chosen, &all[chosen]) ?:
	       add_facts(facts, &all[chosen].facts);
}

int facts_read(struct facts *facts, const char *path, const char *vm)
{
	struct machine *all = calloc(MAX_DEVICES, sizeof(*all));
	char *text = calloc(1, MAX_SOURCE + 1);
	FILE *file = fopen(path, "re");
	int status;

	if (!file)
		status = fail("%s: %s", path, strerror(errno));
	else if (!all || !text)
		status = fail("no memory");
	else if (fread(text, 1, MAX_SOURCE, file) == MAX_SOURCE || ferror(file))
		status = fail("%s: cannot be read, or is too long", path);
	else
		status = parse_config(facts, path, text, vm, all);
	if (file)
		fclose(file);
	free(text);
	free(all);
	return status;
}
