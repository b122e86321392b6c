// SPDX-License-Identifier: GPL-2.0-only
/* Reads the configuration: one directive a line, then key=value pairs. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

enum kind {
	KIND_NUMBER,
	KIND_TEXT,
	KIND_LIST,
};

struct key {
	const char *name;
	enum kind kind;
	size_t offset;
};

#define KEY(type, field, name, kind) { name, kind, offsetof(struct type, field) }
#define NUMBER(type, field, name)	KEY(type, field, name, KIND_NUMBER)
#define TEXT(type, field, name)		KEY(type, field, name, KIND_TEXT)
#define LIST(type, field, name)		KEY(type, field, name, KIND_LIST)
#define END				{ NULL, KIND_NUMBER, 0 }

static const struct key vmm_keys[] = {
	NUMBER(config, slots, "slots"),
	NUMBER(config, timeout, "timeout"),
	NUMBER(config, stall_ms, "stall-ms"),
	NUMBER(config, relaxed, "relaxed"),
	TEXT(config, counters, "counters"),
	TEXT(config, log, "log"),
	TEXT(config, tree, "tree"),
	END,
};

static const struct key fault_keys[] = {
	NUMBER(hv_faults, drop_backend_irq, "drop-backend-irq"),
	NUMBER(hv_faults, drop_notify, "drop-notify"),
	NUMBER(hv_faults, drop_ipc, "drop-ipc"),
	NUMBER(hv_faults, spurious_irq, "spurious-irq"),
	NUMBER(hv_faults, queue_len, "queue-len"),
	NUMBER(hv_faults, queue_rate, "queue-rate"),
	END,
};

static const struct key guest_keys[] = {
	TEXT(cfg_guest, kernel, "kernel"),
	TEXT(cfg_guest, initrd, "initrd"),
	TEXT(cfg_guest, append, "append"),
	TEXT(cfg_guest, console, "console"),
	TEXT(cfg_guest, input, "input"),
	TEXT(cfg_guest, results, "results"),
	TEXT(cfg_guest, dtb, "dtb"),
	TEXT(cfg_guest, dtb_in, "dtb-in"),
	TEXT(cfg_guest, ends, "ends"),
	NUMBER(cfg_guest, cpus, "cpus"),
	NUMBER(cfg_guest, mem, "mem"),
	NUMBER(cfg_guest, base, "base"),
	NUMBER(cfg_guest, scripted, "scripted"),
	NUMBER(cfg_guest, ram_shmem, "ram-shmem"),
	LIST(cfg_guest, pin, "pin"),
	END,
};

static const struct key ipc_keys[] = {
	NUMBER(cfg_ipc, shmem, "shmem"),
	NUMBER(cfg_ipc, base, "base"),
	NUMBER(cfg_ipc, size, "size"),
	NUMBER(cfg_ipc, id, "id"),
	LIST(cfg_ipc, irqs, "irqs"),
	LIST(cfg_ipc, read, "read"),
	LIST(cfg_ipc, write, "write"),
	END,
};

static const struct key remio_keys[] = {
	TEXT(cfg_remio, frontend_name, "frontend"),
	TEXT(cfg_remio, backend_name, "backend"),
	TEXT(cfg_remio, dma, "dma"),
	NUMBER(cfg_remio, window, "window"),
	NUMBER(cfg_remio, window_size, "window-size"),
	NUMBER(cfg_remio, frontend_irq, "frontend-irq"),
	NUMBER(cfg_remio, backend_irq, "backend-irq"),
	NUMBER(cfg_remio, shmem, "shmem"),
	NUMBER(cfg_remio, base, "base"),
	NUMBER(cfg_remio, size, "size"),
	END,
};

struct reader {
	const char *path;
	unsigned int line;
	char *rest;
};

static int complain(const struct reader *reader, const char *what,
		    const char *word)
{
	fprintf(stderr, "%s:%u: %s: %s\n", reader->path, reader->line, what,
		word);
	return -1;
}

/* Next word; blanks inside double quotes belong to it, the quotes do not. */
static char *next_word(struct reader *reader)
{
	char *in = reader->rest + strspn(reader->rest, " \t\n");
	char *out = in, *word = in;
	bool quoted = false;

	if (!*in || *in == '#')
		return NULL;
	for (; *in && (quoted || !strchr(" \t\n", *in)); in++) {
		if (*in == '"')
			quoted = !quoted;
		else
			*out++ = *in;
	}
	reader->rest = *in ? in + 1 : in;
	*out = '\0';
	return word;
}

/* Decimal, hexadecimal or octal, with K, M or G behind it. */
static int parse_number(const char *text, char **end, uint64_t *value)
{
	unsigned int shift = 0;

	errno = 0;
	*value = strtoull(text, end, 0);
	if (errno || *end == text || *text == '-')
		return -1;
	if (**end == 'K')
		shift = 10;
	else if (**end == 'M')
		shift = 20;
	else if (**end == 'G')
		shift = 30;
	if (!shift)
		return 0;
	if (*value > UINT64_MAX >> shift)
		return -1;
	*value <<= shift;
	(*end)++;
	return 0;
}

static int parse_list(char *text, struct cfg_list *list)
{
	char *end;

	for (list->nr = 0; list->nr < HV_MAX_EVENTS; text = end + 1) {
		if (parse_number(text, &end, &list->v[list->nr]))
			return -1;
		list->nr++;
		if (!*end)
			return 0;
		if (*end != ',')
			return -1;
	}
	return -1;
}

static int set_key(const struct key *key, void *base, char *value)
{
	char *field = (char *)base + key->offset;
	struct cfg_list list;
	uint64_t number;
	char *end;

	switch (key->kind) {
	case KIND_NUMBER:
		if (parse_number(value, &end, &number) || *end)
			return -1;
		memcpy(field, &number, sizeof(number));
		return 0;
	case KIND_TEXT:
		if (strlen(value) >= CFG_TEXT)
			return -1;
		memcpy(field, value, strlen(value) + 1);
		return 0;
	case KIND_LIST:
		if (parse_list(value, &list))
			return -1;
		memcpy(field, &list, sizeof(list));
		return 0;
	}
	return -1;
}

static int read_keys(struct reader *reader, const struct key *keys, void *base)
{
	const struct key *key;
	char *word, *value;

	while ((word = next_word(reader))) {
		value = strchr(word, '=');
		if (!value)
			return complain(reader, "expected key=value", word);
		*value++ = '\0';
		for (key = keys; key->name; key++) {
			if (!strcmp(key->name, word))
				break;
		}
		if (!key->name)
			return complain(reader, "unknown key", word);
		if (set_key(key, base, value))
			return complain(reader, "bad value", word);
	}
	return 0;
}

static int read_name(struct reader *reader, char *name)
{
	char *word = next_word(reader);

	if (!word || strchr(word, '=') || strlen(word) >= HV_NAME_LEN)
		return complain(reader, "expected a name", word ? word : "");
	memcpy(name, word, strlen(word) + 1);
	return 0;
}

static int read_guest(struct reader *reader, struct config *config)
{
	struct cfg_guest *guest = &config->guest[config->nr_guests];

	if (config->nr_guests == HV_MAX_VMS)
		return complain(reader, "too many", "guest");
	guest->cpus = 1;
	guest->mem = UINT64_C(256) << 20;
	guest->base = UINT64_C(0x40000000);
	guest->ram_shmem = CFG_NONE;
	strcpy(guest->ends, "self");
	if (read_name(reader, guest->name))
		return -1;
	config->nr_guests++;
	return read_keys(reader, guest_keys, guest);
}

static int read_ipc(struct reader *reader, struct config *config)
{
	struct cfg_ipc *ipc = &config->ipc[config->nr_ipcs];

	if (config->nr_ipcs == sizeof(config->ipc) / sizeof(*config->ipc))
		return complain(reader, "too many", "ipc");
	ipc->id = CFG_NONE;
	if (read_name(reader, ipc->guest_name))
		return -1;
	config->nr_ipcs++;
	return read_keys(reader, ipc_keys, ipc);
}

static int read_remio(struct reader *reader, struct config *config)
{
	struct cfg_remio *remio = &config->remio[config->nr_remios];

	if (config->nr_remios == HV_MAX_DEVS)
		return complain(reader, "too many", "remio");
	remio->window_size = 0x200;
	strcpy(remio->dma, "ram");
	if (read_name(reader, remio->name))
		return -1;
	config->nr_remios++;
	return read_keys(reader, remio_keys, remio);
}

static int read_shmem(struct reader *reader, struct config *config)
{
	static const struct key keys[] = { { "size", KIND_NUMBER, 0 }, END };
	char name[CFG_TEXT];
	uint64_t id;
	char *end;

	if (read_name(reader, name))
		return -1;
	if (parse_number(name, &end, &id) || *end || id >= CFG_MAX_SHMEMS)
		return complain(reader, "bad region id", name);
	if (config->shmem_size[id])
		return complain(reader, "region defined twice", name);
	return read_keys(reader, keys, &config->shmem_size[id]);
}

static int read_line(struct reader *reader, struct config *config)
{
	char *word = next_word(reader);

	if (!word)
		return 0;
	if (!strcmp(word, "vmm"))
		return read_keys(reader, vmm_keys, config);
	if (!strcmp(word, "fault"))
		return read_keys(reader, fault_keys, &config->faults);
	if (!strcmp(word, "shmem"))
		return read_shmem(reader, config);
	if (!strcmp(word, "guest"))
		return read_guest(reader, config);
	if (!strcmp(word, "ipc"))
		return read_ipc(reader, config);
	if (!strcmp(word, "remio"))
		return read_remio(reader, config);
	return complain(reader, "unknown directive", word);
}

int config_read(struct config *config, const char *path)
{
	struct reader reader = { .path = path };
	char *line = NULL;
	size_t size = 0;
	int ret = 0;
	FILE *file;

	memset(config, 0, sizeof(*config));
	config->stall_ms = 1000;
	config->faults.queue_len = 253;
	strcpy(config->tree, "published");
	file = fopen(path, "re");
	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (!ret && getline(&line, &size, file) >= 0) {
		reader.line++;
		reader.rest = line;
		ret = read_line(&reader, config);
	}
	free(line);
	fclose(file);
	return ret;
}

bool config_splits_tree(const struct config *config)
{
	return !strcmp(config->tree, "split");
}
