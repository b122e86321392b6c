// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl overlay show: what there is of Bao in a tree or in an overlay.
 */
#include "overlay.h"

#include <getopt.h>
#include <libfdt.h>
#include <string.h>

#include "options.h"
#include "overlay_list.h"

static const char help[] =
"usage: baoctl overlay show [OPTION...] FILE\n"
"\n"
"Lists the devices in a tree or in an overlay, with interrupts as Bao's\n"
"configuration has them, and the parameters of an overlay. An overlay alone may\n"
"not tell what its interrupts mean: then their cells are there, in < and >, and\n"
"baoctl overlay check BASE OVERLAY knows.\n"
"\n"
"  --source  print it as source\n"
"  --json    print an object\n";

static const struct option options[] = {
	{ "source", no_argument, NULL, OPTION_SOURCE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/* One of IRQ_TYPE_* */
static bool is_trigger(uint32_t cell)
{
	return cell == 1 || cell == 2 || cell == 4 || cell == 8;
}

static bool makes_sense(const struct irq *irq)
{
	switch (irq->num) {
	case 1:
		return irq->cell[0];
	case 2:
		return irq->cell[0] && is_trigger(irq->cell[1]);
	default:
		return irq->cell[0] <= 3 && is_trigger(irq->cell[2] & 0xf);
	}
}

/* Did one before it have the same interrupt? */
static bool is_repeated(const struct check *check, int d, int i)
{
	const struct irq *irq = &check->device[d].irq[i];
	int e, j;

	for (e = 0; e <= d; e++)
		for (j = 0; j < (e < d ? check->device[e].num_irqs : i); j++)
			if (same_irq(&check->device[e].irq[j], irq))
				return true;
	return false;
}

/* Can the overlay be for the controller that it was merged with? */
static bool fits(const struct check *check)
{
	int d, i;

	for (d = 0; d < check->num; d++) {
		const struct device *dev = &check->device[d];

		if (dev->num_irqs < 0 ||
		    (dev->kind != KIND_IPC && dev->num_irqs != dev->num_regs))
			return false;
		for (i = 0; i < dev->num_irqs; i++)
			if (!makes_sense(&dev->irq[i]) ||
			    is_repeated(check, d, i))
				return false;
	}
	return true;
}

static int look_with(const char *controller, struct check *check,
		     struct blob *merged, const struct blob *overlay)
{
	static struct findings findings;
	struct blob base;
	int status = overlay_stand_in(&base, controller);

	if (status)
		return status;
	tree_free(&check->tree);
	blob_free(merged);
	memset(check, 0, sizeof(*check));
	memset(&findings, 0, sizeof(findings));
	if (!check_all(check, &findings, merged, &base, overlay, NULL))
		status = findings.errors ?
			 fail("%s", first_error(&findings)->text) :
			 BAOCTL_FAILED;
	blob_free(&base);
	return status;
}

/*
 * Its interrupts may tell what kind of controller an overlay is for; where they
 * do not, they have no number.
 */
static int look_inside(struct check *check, struct blob *merged,
		       const struct blob *overlay)
{
	static const char *const controllers[] = { "gic", "plic", "aplic" };
	int i, right = 0, num = 0, status = BAOCTL_OK;

	for (i = 0; i < 3 && !status; i++) {
		status = look_with(controllers[i], check, merged, overlay);
		if (status || !fits(check))
			continue;
		right = i;
		num++;
	}
	if (!status)
		status = look_with(controllers[right], check, merged, overlay);
	for (i = 0; i < check->num && num != 1; i++)
		if (check->device[i].num_irqs)
			check->device[i].num_irqs = -1;
	return status;
}

static struct json_object *parameters_json(const void *fdt)
{
	struct json_object *list = json_object_new_array();
	int node = fdt_path_offset(fdt, "/__overrides__"), property;

	if (node < 0)
		return list;
	fdt_for_each_property_offset(property, fdt, node) {
		const char *name;

		if (fdt_getprop_by_offset(fdt, property, &name, NULL))
			json_object_array_add(list,
					      json_object_new_string(name));
	}
	return list;
}

static void print_all(const struct check *check, const void *fdt, bool json)
{
	struct json_object *parameters = parameters_json(fdt);
	struct json_object *object;
	size_t i, num = json_object_array_length(parameters);

	if (!json) {
		devices_print(check);
		for (i = 0; i < num; i++)
			printf("%s%s", i ? " " : "parameters: ",
			       json_object_get_string(
			       json_object_array_get_idx(parameters, i)));
		fputs(num ? "\n" : "", stdout);
		json_object_put(parameters);
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "devices", devices_json(check));
	json_object_object_add(object, "parameters", parameters);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY));
	json_object_put(object);
}

static int show(const struct blob *blob, bool json)
{
	static struct check check;
	static struct findings findings;
	struct blob merged = { NULL, 0 };
	int status = BAOCTL_OK;

	memset(&check, 0, sizeof(check));
	memset(&findings, 0, sizeof(findings));
	if (has_fragments(blob->fdt)) {
		status = look_inside(&check, &merged, blob);
	} else {
		check.findings = &findings;
		status = tree_index(&check.tree, blob->fdt);
		if (!status)
			devices_collect(&check);
	}
	if (!status)
		print_all(&check, blob->fdt, json);
	tree_free(&check.tree);
	blob_free(&merged);
	return status;
}

int overlay_show(int argc, char **argv)
{
	bool json = false, source = false;
	struct blob blob;
	int option, status;

	optind = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return BAOCTL_OK;
		case OPTION_JSON:
			json = true;
			break;
		case OPTION_SOURCE:
			source = true;
			break;
		default:
			return BAOCTL_MISUSE;
		}
	}
	if (check_operands(argc, argv, 1, 1, "a tree or an overlay"))
		return BAOCTL_MISUSE;
	if (source && json)
		return misuse("--source and --json exclude each other");
	status = blob_read(&blob, argv[optind]);
	if (status)
		return status;
	if (source)
		print_source(stdout, blob.fdt);
	else
		status = show(&blob, json);
	blob_free(&blob);
	return status;
}
