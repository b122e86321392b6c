// SPDX-License-Identifier: GPL-2.0-only
#include "findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

#define TEXT_SIZE	1024

static struct json_object *all;
static unsigned int problems;

static void add(const char *kind, const char *about, const char *format,
		va_list args)
{
	struct json_object *o = json_object_new_object();
	char text[TEXT_SIZE];

	vsnprintf(text, sizeof(text), format, args);
	json_object_object_add(o, "kind", json_object_new_string(kind));
	json_object_object_add(o, "about", json_object_new_string(about));
	json_object_object_add(o, "text", json_object_new_string(text));
	json_object_object_add(o, "try", json_object_new_array());
	if (!all)
		all = json_object_new_array();
	json_object_array_add(all, o);
}

void problem(const char *about, const char *format, ...)
{
	va_list args;

	problems++;
	va_start(args, format);
	add("problem", about, format, args);
	va_end(args);
}

void note(const char *about, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add("note", about, format, args);
	va_end(args);
}

void try(const char *format, ...)
{
	size_t last = json_object_array_length(all) - 1;
	struct json_object *o = json_object_array_get_idx(all, last);
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_object_array_add(json_object_object_get(o, "try"),
			      json_object_new_string(text));
}

bool has_problem_of(const char *text)
{
	size_t i, n = all ? json_object_array_length(all) : 0;
	struct json_object *o;
	const char *about;

	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(all, i);
		about = get_string(o, "about");
		if (!strcmp(get_string(o, "kind"), "problem") &&
		    about[0] == '/' && strstr(text, about))
			return true;
	}
	return false;
}

bool has_problem_with(const char *path)
{
	size_t i, n = all ? json_object_array_length(all) : 0;
	struct json_object *o;

	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(all, i);
		if (!strcmp(get_string(o, "kind"), "problem") &&
		    (!strcmp(get_string(o, "about"), path) ||
		     strstr(get_string(o, "text"), path)))
			return true;
	}
	return false;
}

struct json_object *findings(void)
{
	return all ? json_object_get(all) : json_object_new_array();
}

static void print_one(struct json_object *o)
{
	struct json_object *tries = json_object_object_get(o, "try");
	size_t i;

	printf("%s: %s: %s\n", get_string(o, "kind"), get_string(o, "about"),
	       get_string(o, "text"));
	for (i = 0; i < json_object_array_length(tries); i++)
		printf("  try: %s\n", json_object_get_string(
			       json_object_array_get_idx(tries, i)));
}

void print_findings(void)
{
	size_t i, n = all ? json_object_array_length(all) : 0;

	for (i = 0; i < n; i++)
		print_one(json_object_array_get_idx(all, i));
}

unsigned int count_problems(void)
{
	return problems;
}

unsigned int count_notes(void)
{
	return (unsigned int)(all ? json_object_array_length(all) : 0) -
	       problems;
}
