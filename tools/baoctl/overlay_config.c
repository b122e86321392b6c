// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entries of ipcs and remio_devs in a configuration of Bao, which is C
 * source: an initialiser with designators. It is read as such, without a
 * preprocessor: what is needed of it has to be plain numbers.
 */
#include "overlay.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SOURCE	(1u << 20)
#define MAX_NESTING	16

/**
 * struct reader - where we are in the source
 * @at: next character
 * @path: designators of the value that comes, ".vmlist[0].platform..."
 * @depth: of braces
 * @facts: what has been found, for each machine
 * @vms: how many machines there are
 * @error: what the reader stumbled over, or NULL
 */
struct reader {
	const char *at;
	char path[256];
	int depth;
	struct facts *facts;
	int vms;
	const char *error;
};

/* Comments and lines for the preprocessor become blanks. */
static void blank_out(char *text)
{
	bool line_start = true;

	while (*text) {
		size_t len = 0;

		if (text[0] == '/' && text[1] == '*') {
			const char *end = strstr(text + 2, "*/");

			len = end ? (size_t)(end - text) + 2 : strlen(text);
		} else if ((text[0] == '/' && text[1] == '/') ||
			   (text[0] == '#' && line_start)) {
			len = strcspn(text, "\n");
		}
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
}

static char next(struct reader *reader)
{
	while (isspace((unsigned char)*reader->at))
		reader->at++;
	return *reader->at;
}


/* The entry of an array in a path; *rest is what comes behind it. */
static int entry_of(const char *path, const char *array, const char **rest)
{
	const char *at = strstr(path, array);
	char *end;
	unsigned long entry;

	if (!at)
		return -1;
	entry = strtoul(at + strlen(array), &end, 10);
	*rest = *end ? end + 1 : end;
	return entry < MAX_DEVICES ? (int)entry : -1;
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
	return fact;
}

static uint64_t *number_at(struct fact *fact, const char *member)
{
	bool ipc = fact->kind == KIND_IPC;

	if (!strcmp(member, ipc ? ".base" : ".shmem.base"))
		return &fact->shared.start;
	if (!strcmp(member, ipc ? ".size" : ".shmem.size"))
		return &fact->shared.size;
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

static bool set_member(struct fact *fact, const char *member, const char *text)
{
	uint64_t *number = number_at(fact, member), irq;

	if (number)
		return read_number(text, number);
	if (!strcmp(member, ".type") && fact->kind != KIND_IPC) {
		fact->kind = strstr(text, "FRONTEND") ? KIND_FRONTEND :
							KIND_BACKEND;
		return true;
	}
	if (strncmp(member, ".interrupts[", 12) && strcmp(member, ".interrupt"))
		return true;
	if (fact->num_irqs == MAX_IRQS || !read_number(text, &irq) ||
	    irq > UINT16_MAX)
		return false;
	fact->irq[fact->num_irqs++] = (uint32_t)irq;
	return true;
}

static void take_value(struct reader *reader, const char *text)
{
	const char *rest;
	struct fact *fact;
	int vm = entry_of(reader->path, ".vmlist[", &rest), entry;
	bool ipc;

	if (vm < 0)
		return;
	if (vm >= reader->vms)
		reader->vms = vm + 1;
	entry = entry_of(reader->path, ".ipcs[", &rest);
	ipc = entry >= 0;
	if (!ipc)
		entry = entry_of(reader->path, ".remio_devs[", &rest);
	if (entry < 0)
		return;
	fact = fact_at(&reader->facts[vm], ipc, entry);
	if (!fact || !set_member(fact, rest, text))
		reader->error = reader->path;
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

static void read_designators(struct reader *reader, unsigned int position)
{
	size_t used = strlen(reader->path);
	const char *start = reader->at;
	size_t len = 0;

	if (*start == '.' || *start == '[')
		len = strcspn(start, "={},");
	if (len && start[len] == '=') {
		reader->at += len + 1;
		while (len && isspace((unsigned char)start[len - 1]))
			len--;
		if (used + len < sizeof(reader->path)) {
			memcpy(reader->path + used, start, len);
			reader->path[used + len] = 0;
			return;
		}
		reader->error = "a designator is too long";
		return;
	}
	if ((size_t)snprintf(reader->path + used, sizeof(reader->path) - used,
			     "[%u]", position) >= sizeof(reader->path) - used)
		reader->error = "a designator is too long";
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
		read_designators(reader, position++);
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

static bool has_devices(const struct facts *facts)
{
	return facts->num;
}

static int choose_vm(const struct reader *reader, const char *path,
		     const char *vm)
{
	int i, found = -1;
	char *end;
	long wanted;

	if (vm) {
		wanted = strtol(vm, &end, 10);
		if (end == vm || *end || wanted < 0 || wanted >= reader->vms ||
		    !has_devices(&reader->facts[wanted]))
			return -misuse("--vm %s: not a machine of %s with ipcs or remio_devs; it has %d machines, from 0",
				       vm, path, reader->vms);
		return (int)wanted;
	}
	for (i = 0; i < reader->vms; i++) {
		if (!has_devices(&reader->facts[i]))
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
			const char *vm, struct facts *all)
{
	struct reader reader = { .facts = all };
	int chosen;

	blank_out(text);
	reader.at = find_config(text);
	if (!reader.at)
		return fail("%s: has no \"struct config ... = {\"", path);
	read_list(&reader);
	if (reader.error)
		return fail("%s: cannot be read: %s%s", path, reader.error,
			    reader.error == reader.path ?
			    ": not a plain number" : "");
	chosen = choose_vm(&reader, path, vm);
	if (chosen < 0)
		return -chosen;
	return add_facts(facts, &all[chosen]);
}

int facts_read(struct facts *facts, const char *path, const char *vm)
{
	struct facts *all = calloc(MAX_DEVICES, sizeof(*all));
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
