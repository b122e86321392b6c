// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of Bao in a tree.
 */
#include "overlay.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

const char *const kind_names[] = { "ipc", "backend", "frontend" };
const char *const severity_names[] = { "warning", "error" };

/* Where there is no room left, an error takes that of a warning. */
static struct finding *new_finding(struct findings *findings,
				   enum severity severity)
{
	unsigned int i = sizeof(findings->finding) /
			 sizeof(findings->finding[0]);

	if (findings->num < i)
		return &findings->finding[findings->num++];
	while (severity == ERROR && i--)
		if (findings->finding[i].severity == WARNING)
			return &findings->finding[i];
	return NULL;
}

void find_fault(struct findings *findings, enum severity severity,
		const char *rule, const char *format, ...)
{
	struct finding *new = new_finding(findings, severity);
	va_list args;

	if (severity == ERROR)
		findings->errors++;
	if (!new)
		return;
	new->severity = severity;
	new->rule = rule;
	va_start(args, format);
	vsnprintf(new->text, sizeof(new->text), format, args);
	va_end(args);
}

const struct finding *first_error(const struct findings *findings)
{
	unsigned int i;

	for (i = 0; i < findings->num; i++)
		if (findings->finding[i].severity == ERROR)
			return &findings->finding[i];
	return NULL;
}

void remark_findings(const struct findings *findings)
{
	unsigned int i;

	for (i = 0; i < findings->num; i++)
		remark("%s: %s",
		       severity_names[findings->finding[i].severity],
		       findings->finding[i].text);
}

/* A virtio device whose buffers go elsewhere, or that came with an overlay. */
static bool is_frontend(const struct tree *tree, int n)
{
	int len, parent = tree->node[n].parent;
	const char *name;

	if (!tree_is(tree, n, "virtio,mmio") || parent < 0)
		return false;
	if (tree_get(tree, n, "memory-region", &len))
		return true;
	name = fdt_get_name(tree->fdt, tree->node[parent].offset, &len);
	return name && !strcmp(name, "bao-bus");
}

static bool kind_of(const struct tree *tree, int n, enum kind *kind)
{
	if (!tree_enabled(tree, n))
		return false;
	if (tree_is(tree, n, "bao,ipcshmem"))
		*kind = KIND_IPC;
	else if (tree_is(tree, n, "bao,io-dispatcher"))
		*kind = KIND_BACKEND;
	else if (is_frontend(tree, n))
		*kind = KIND_FRONTEND;
	else
		return false;
	return true;
}

static void read_id(struct check *check, struct device *dev)
{
	const char *names[] = { "bao,id", "id" };
	int i, len;

	for (i = 0; i < (dev->kind == KIND_IPC ? 2 : 1); i++) {
		const void *id = tree_get(&check->tree, dev->n, names[i], &len);

		if (!id)
			continue;
		if (len != 4) {
			find_fault(check->findings, ERROR, "id",
				   "%s: %s: not one number; write one cell",
				   dev->path, names[i]);
			return;
		}
		dev->has_id = true;
		dev->id = fdt32_ld(id);
		return;
	}
	if (dev->kind == KIND_IPC)
		find_fault(check->findings, ERROR, "id",
			   "%s: id: missing; write the position in Bao's ipcs",
			   dev->path);
}

static bool read_channel(struct check *check, struct device *dev,
			 const char *name, struct span *channel)
{
	int len;
	const char *cells = tree_get(&check->tree, dev->n, name, &len);

	if (!cells || len != 8) {
		find_fault(check->findings, ERROR, "channel",
			   "%s: %s: missing, or not an offset and a size in two cells",
			   dev->path, name);
		return false;
	}
	channel->start = fdt32_ld((const void *)cells);
	channel->size = fdt32_ld((const void *)(cells + 4));
	return true;
}

static void read_channels(struct check *check, struct device *dev)
{
	bool read, write;

	if (dev->num_regs != 1)
		return;
	read = read_channel(check, dev, "read-channel", &dev->read);
	write = read_channel(check, dev, "write-channel", &dev->write);
	dev->has_channels = read && write;
}

static void read_label(struct check *check, struct device *dev)
{
	int len;
	const char *label = tree_get(&check->tree, dev->n, "label", &len);

	if (!label)
		return;
	if (len < 2 || memchr(label, 0, (size_t)len) != label + len - 1)
		find_fault(check->findings, ERROR, "label",
			   "%s: label: not one string", dev->path);
	else if (!is_printable(label))
		find_fault(check->findings, WARNING, "label",
			   "%s: label: not text that can be printed", dev->path);
	else
		dev->label = label;
}

static void read_device(struct check *check, struct device *dev)
{
	const char *why;

	dev->num_regs = tree_regs(&check->tree, dev->n, dev->reg, MAX_REGS + 1,
				  &why);
	if (dev->num_regs <= 0) {
		find_fault(check->findings, ERROR, "cells", "%s: %s", dev->path,
			   why);
		dev->num_regs = 0;
	}
	dev->num_irqs = tree_irqs(&check->tree, dev->n, dev->irq, MAX_IRQS + 1,
				  &why);
	if (dev->num_irqs < 0)
		find_fault(check->findings, ERROR, "cells", "%s: %s", dev->path,
			   why);
	read_id(check, dev);
	read_label(check, dev);
	if (dev->kind == KIND_IPC)
		read_channels(check, dev);
}

void devices_collect(struct check *check)
{
	enum kind kind;
	int n;

	for (n = 0; n < check->tree.num; n++) {
		struct device *dev = &check->device[check->num];

		if (!kind_of(&check->tree, n, &kind))
			continue;
		if (check->num == MAX_DEVICES) {
			find_fault(check->findings, ERROR, "devices",
				   "more than %d devices", MAX_DEVICES);
			return;
		}
		memset(dev, 0, sizeof(*dev));
		dev->kind = kind;
		dev->n = n;
		tree_path(&check->tree, n, dev->path);
		check->num++;
		read_device(check, dev);
	}
	if (!check->num)
		find_fault(check->findings, ERROR, "devices",
			   "no device of Bao is there and enabled; is it the right overlay?");
}
