// SPDX-License-Identifier: GPL-2.0-only
/*
 * An overlay as source, from which dtc makes the same blob again.
 */
#include "overlay.h"

#include <ctype.h>
#include <libfdt.h>
#include <string.h>

static void indent(FILE *to, int depth)
{
	while (depth--)
		fputc('\t', to);
}

/* The label of a path, or NULL. */
static const char *label_of(const void *fdt, const char *path)
{
	int symbols = fdt_path_offset(fdt, "/__symbols__");
	int property, len;

	if (symbols < 0)
		return NULL;
	fdt_for_each_property_offset(property, fdt, symbols) {
		const char *label;
		const char *value = fdt_getprop_by_offset(fdt, property, &label,
							  &len);

		if (value && len > 0 && !value[len - 1] && !strcmp(value, path))
			return label;
	}
	return NULL;
}

static const char *label_of_phandle(const void *fdt, uint32_t phandle)
{
	char path[MAX_PATH];
	int node = fdt_node_offset_by_phandle(fdt, phandle);

	if (node < 0 || fdt_get_path(fdt, node, path, sizeof(path)))
		return NULL;
	return label_of(fdt, path);
}

/* Is the cell at that offset a reference to another node? */
static bool is_local(const void *fdt, const char *path, const char *property,
		     int offset)
{
	char mirror[MAX_PATH + 32];
	const char *list;
	int len;

	snprintf(mirror, sizeof(mirror), "/__local_fixups__%s", path);
	list = fdt_getprop(fdt, fdt_path_offset(fdt, mirror), property, &len);
	for (; list && len >= 4; list += 4, len -= 4)
		if (fdt32_ld((const void *)list) == (uint32_t)offset)
			return true;
	return false;
}

/* The label of the base that the cell refers to, or NULL. */
static const char *fixup_of(const void *fdt, const char *path,
			    const char *property, int offset)
{
	int fixups = fdt_path_offset(fdt, "/__fixups__"), at;
	char wanted[2 * MAX_PATH];

	snprintf(wanted, sizeof(wanted), "%s:%s:%d", path, property, offset);
	if (fixups < 0)
		return NULL;
	fdt_for_each_property_offset(at, fdt, fixups) {
		const char *label;
		int len;
		const char *list = fdt_getprop_by_offset(fdt, at, &label, &len);

		if (list && len > 0 && !list[len - 1] &&
		    fdt_stringlist_contains(list, len, wanted))
			return label;
	}
	return NULL;
}

/* Strings that can be printed, each with its end. */
static bool is_text(const char *value, int len)
{
	int i, run = 0;

	if (value[len - 1])
		return false;
	for (i = 0; i < len; i++) {
		if (!value[i] && !run)
			return false;
		if (value[i] && (!isprint((unsigned char)value[i]) ||
				 strchr("\"\\", value[i])))
			return false;
		run = value[i] ? run + 1 : 0;
	}
	return true;
}

static void print_text(FILE *to, const char *value, int len)
{
	int done = 0;

	while (done < len) {
		fprintf(to, "%s\"%s\"", done ? ", " : "", value + done);
		done += (int)strlen(value + done) + 1;
	}
}

static void print_cell(FILE *to, const void *fdt, const char *path,
		       const char *name, const char *value, int offset)
{
	uint32_t cell = fdt32_ld((const void *)(value + offset));
	const char *label = fixup_of(fdt, path, name, offset);

	if (!label && is_local(fdt, path, name, offset))
		label = label_of_phandle(fdt, cell);
	if (label)
		fprintf(to, "&%s", label);
	else
		fprintf(to, cell < 1024 ? "%u" : "%#x", cell);
}

static void print_cells(FILE *to, const void *fdt, const char *path,
			const char *name, const char *value, int len)
{
	int offset;

	fputc('<', to);
	for (offset = 0; offset < len; offset += 4) {
		fputs(offset ? " " : "", to);
		print_cell(to, fdt, path, name, value, offset);
	}
	fputc('>', to);
}

static void print_bytes(FILE *to, const char *value, int len)
{
	int i;

	fputc('[', to);
	for (i = 0; i < len; i++)
		fprintf(to, "%s%02x", i ? " " : "", (unsigned char)value[i]);
	fputc(']', to);
}

/* A parameter: references and strings take turns. */
static void print_override(FILE *to, const void *fdt, const char *path,
			   const char *name, const char *value, int len)
{
	int done = 0;

	while (len - done > 5) {
		int size = (int)strnlen(value + done + 4,
					(size_t)(len - done) - 4);

		if (size == len - done - 4 ||
		    !is_text(value + done + 4, size + 1))
			break;
		fputs(done ? ", <" : "<", to);
		print_cell(to, fdt, path, name, value, done);
		fprintf(to, ">, \"%s\"", value + done + 4);
		done += 4 + size + 1;
	}
	if (done < len) {
		fputs(done ? ", " : "", to);
		print_bytes(to, value + done, len - done);
	}
}

static void print_property(FILE *to, const void *fdt, const char *path,
			   const char *name, const char *value, int len)
{
	fputs(name, to);
	if (len)
		fputs(" = ", to);
	if (len && !strcmp(path, "/__overrides__"))
		print_override(to, fdt, path, name, value, len);
	else if (len && is_text(value, len))
		print_text(to, value, len);
	else if (len % 4 == 0 && len)
		print_cells(to, fdt, path, name, value, len);
	else if (len)
		print_bytes(to, value, len);
	fputs(";\n", to);
}

/* dtc makes these itself. */
static bool is_made(const char *name)
{
	return !strcmp(name, "__symbols__") || !strcmp(name, "__fixups__") ||
	       !strcmp(name, "__local_fixups__");
}

static void print_node(FILE *to, const void *fdt, int node, int depth)
{
	char path[MAX_PATH] = "";
	const char *name = fdt_get_name(fdt, node, NULL), *label;
	int property, child, len;

	if (fdt_get_path(fdt, node, path, sizeof(path)) || !name)
		return;
	label = label_of(fdt, path);
	indent(to, depth);
	fprintf(to, "%s%s%s {\n", label ? label : "", label ? ": " : "",
		depth ? name : "/");
	fdt_for_each_property_offset(property, fdt, node) {
		const char *value = fdt_getprop_by_offset(fdt, property, &name,
							  &len);

		if (!value || (label && !strcmp(name, "phandle")))
			continue;
		indent(to, depth + 1);
		print_property(to, fdt, path, name, value, len);
	}
	fdt_for_each_subnode(child, fdt, node) {
		name = fdt_get_name(fdt, child, NULL);
		if (!depth && name && is_made(name))
			continue;
		print_node(to, fdt, child, depth + 1);
	}
	indent(to, depth);
	fputs("};\n", to);
}

void print_source(FILE *to, const void *fdt)
{
	fputs(has_fragments(fdt) ? "/dts-v1/;\n/plugin/;\n\n" :
	      "/dts-v1/;\n\n", to);
	print_node(to, fdt, 0, 0);
}
