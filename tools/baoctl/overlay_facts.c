// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of Bao's configuration from the command line:
 * "base=0xf0000000,size=0x10000,irq=52:53,read=0:0x2000,write=0x2000:0x2000".
 */
#include "overlay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "text.h"

/* What Bao's demos agree on. */
#define DEMO_CHANNEL	0x2000

enum key {
	KEY_BASE,
	KEY_SIZE,
	KEY_IRQ,
	KEY_ID,
	KEY_LABEL,
	KEY_READ,
	KEY_WRITE,
	KEY_WINDOW,
	KEY_WINDOW_SIZE,
};

static char *const keys[] = {
	[KEY_BASE] = (char[]){ "base" },
	[KEY_SIZE] = (char[]){ "size" },
	[KEY_IRQ] = (char[]){ "irq" },
	[KEY_ID] = (char[]){ "id" },
	[KEY_LABEL] = (char[]){ "label" },
	[KEY_READ] = (char[]){ "read" },
	[KEY_WRITE] = (char[]){ "write" },
	[KEY_WINDOW] = (char[]){ "window" },
	[KEY_WINDOW_SIZE] = (char[]){ "window-size" },
	NULL
};

/* Which keys a kind has beside base, size and irq. */
static bool has_key(enum kind kind, enum key key)
{
	switch (key) {
	case KEY_READ:
	case KEY_WRITE:
		return kind == KIND_IPC;
	case KEY_WINDOW:
	case KEY_WINDOW_SIZE:
		return kind == KIND_FRONTEND;
	case KEY_LABEL:
		return kind != KIND_FRONTEND;
	default:
		return true;
	}
}

static int parse_span(const char *what, char *text, struct span *span)
{
	char *colon = strchr(text, ':');

	if (!colon)
		return misuse("%s: '%s' is not OFFSET:SIZE", what, text);
	*colon = 0;
	return parse_number(what, text, 0, UINT32_MAX, &span->start) ?:
	       parse_number(what, colon + 1, 1, UINT32_MAX, &span->size);
}

static int parse_irqs(struct fact *fact, char *text)
{
	char *one, *rest = text;
	uint64_t irq;

	fact->num_irqs = 0;
	while ((one = strsep(&rest, ":"))) {
		if (fact->num_irqs == MAX_IRQS)
			return misuse("irq: more than %d", MAX_IRQS);
		if (parse_number("irq", one, 1, UINT16_MAX, &irq))
			return BAOCTL_MISUSE;
		fact->irq[fact->num_irqs++] = (uint32_t)irq;
	}
	return BAOCTL_OK;
}

/* What udev can make a link of, and a source can have as a string. */
static int parse_label(struct fact *fact, char *text)
{
	if (!*text || strlen(text) >= sizeof(fact->label) || *text == '.' ||
	    strpbrk(text, "\"\\/") || !is_printable(text)) {
		make_printable(text);
		return misuse("label: '%s' is none: up to %zu characters that can be printed, no dot in front, no slash, backslash or quote",
			      text, sizeof(fact->label) - 1);
	}
	strcpy(fact->label, text);
	return BAOCTL_OK;
}

static int parse_value(struct fact *fact, enum key key, char *text)
{
	uint64_t id;
	int status;

	switch (key) {
	case KEY_BASE:
		fact->has_base = true;
		return parse_number("base", text, 0, UINT64_MAX,
				    &fact->shared.start);
	case KEY_SIZE:
		return parse_number("size", text, 1, UINT64_MAX,
				    &fact->shared.size);
	case KEY_WINDOW:
		return parse_number("window", text, 0, UINT64_MAX,
				    &fact->window.start);
	case KEY_WINDOW_SIZE:
		return parse_number("window-size", text, 1, UINT64_MAX,
				    &fact->window.size);
	case KEY_IRQ:
		return parse_irqs(fact, text);
	case KEY_ID:
		status = parse_number("id", text, 0,
				      fact->kind == KIND_IPC ? INT32_MAX :
				      MAX_REGS - 1, &id);
		fact->id = (uint32_t)id;
		return status;
	case KEY_LABEL:
		return parse_label(fact, text);
	case KEY_READ:
		return parse_span("read", text, &fact->read);
	case KEY_WRITE:
		return parse_span("write", text, &fact->write);
	}
	return BAOCTL_OK;
}

/* A wrong call, unless it is the configuration that lacks it. */
static int incomplete(const struct fact *fact, const char *what)
{
	const char *kind = kind_names[fact->kind];

	if (fact->configured)
		return fail("the configuration's %s %u: %s", kind, fact->id,
			    what);
	return misuse("--%s: %s", kind, what);
}

int fact_complete(struct fact *fact)
{
	if (!fact->has_base || !fact->shared.size)
		return incomplete(fact, "base= and size= of the shared memory are missing");
	if (fact->kind == KIND_FRONTEND && !fact->window.start)
		return incomplete(fact, "window= is missing, .va in Bao's configuration");
	if (fact->kind != KIND_IPC && fact->num_irqs != 1)
		return incomplete(fact, "irq= has to be one number, as in Bao's configuration");
	/* In a configuration a frontend's .size may be missing as well. */
	if (!fact->window.size)
		fact->window.size = 0x200;
	return BAOCTL_OK;
}

int fact_agree(struct fact *fact)
{
	if (fact->kind != KIND_IPC || (fact->read.size && fact->write.size))
		return BAOCTL_OK;
	if (fact->read.size || fact->write.size ||
	    fact->shared.size < 2 * DEMO_CHANNEL)
		return incomplete(fact, "read= and write= are missing, OFFSET:SIZE of the channels");
	fact->read = (struct span){ 0, DEMO_CHANNEL };
	fact->write = (struct span){ DEMO_CHANNEL, DEMO_CHANNEL };
	fact->assumed = true;
	return BAOCTL_OK;
}

/* Positions are counted in ipcs, and in remio_devs whatever an entry is. */
static uint32_t next_id(const struct facts *facts, enum kind kind)
{
	uint32_t id = 0;
	unsigned int i;

	for (i = 0; i < facts->num; i++)
		id += (facts->fact[i].kind == KIND_IPC) == (kind == KIND_IPC);
	return id;
}

static struct fact *find_fact(struct facts *facts, const struct fact *like)
{
	unsigned int i;

	for (i = 0; i < facts->num; i++)
		if (facts->fact[i].kind == like->kind &&
		    facts->fact[i].id == like->id)
			return &facts->fact[i];
	return NULL;
}

static int parse_keys(struct fact *fact, char *text)
{
	char *value;
	int key, status;

	while (*text) {
		char *start = text;

		key = getsubopt(&text, keys, &value);
		if (key < 0 || !has_key(fact->kind, (enum key)key))
			return misuse("--%s: '%s' is no setting of it",
				      kind_names[fact->kind], start);
		if (!value)
			return misuse("--%s: %s= needs a value",
				      kind_names[fact->kind], keys[key]);
		status = parse_value(fact, (enum key)key, value);
		if (status)
			return status;
	}
	return BAOCTL_OK;
}

int fact_parse(struct facts *facts, enum kind kind, char *text)
{
	struct fact fact = {
		.kind = kind,
		.id = next_id(facts, kind),
	};
	struct fact *known;
	char *again = strdup(text);
	int status;

	if (!again)
		return fail("no memory");
	status = parse_keys(&fact, text);
	known = status ? NULL : find_fact(facts, &fact);
	if (known && !fact.shared.size) {
		/* more about an entry that the configuration has */
		status = parse_keys(known, again);
		free(again);
		return status;
	}
	free(again);
	if (status)
		return status;
	if (facts->num == MAX_DEVICES)
		return misuse("more than %d devices", MAX_DEVICES);
	facts->fact[facts->num++] = fact;
	return BAOCTL_OK;
}

/* A wrong call, unless both are the configuration's. */
static int clash(const struct fact *a, const struct fact *b, const char *what,
		 const struct span *span_a, const struct span *span_b)
{
	char text[160];

	snprintf(text, sizeof(text), "%s %u and %s %u: %s at %#" PRIx64 " and %#" PRIx64 " overlap; each needs its own",
		 kind_names[a->kind], a->id, kind_names[b->kind], b->id, what,
		 span_a->start, span_b->start);
	if (span_a->start == span_b->start)
		snprintf(text, sizeof(text), "%s %u and %s %u have the same %s, %#" PRIx64 "; each needs its own",
			 kind_names[a->kind], a->id, kind_names[b->kind], b->id,
			 what, span_a->start);
	return a->configured && b->configured ? fail("%s", text) :
						misuse("%s", text);
}

static int compare_places(const struct fact *a, const struct fact *b)
{
	if (spans_overlap(&a->shared, &b->shared))
		return clash(a, b, "base", &a->shared, &b->shared);
	if (a->kind == KIND_FRONTEND && b->kind == KIND_FRONTEND &&
	    spans_overlap(&a->window, &b->window))
		return clash(a, b, "window", &a->window, &b->window);
	return BAOCTL_OK;
}

int facts_apart(const struct facts *facts)
{
	int status = BAOCTL_OK;
	unsigned int i, j;

	for (i = 0; i < facts->num; i++)
		for (j = 0; j < i && !status; j++)
			status = compare_places(&facts->fact[j],
						&facts->fact[i]);
	return status;
}
