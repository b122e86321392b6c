// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree as the boot loader or Bao left it, by the rules for overlays: what
 * the drivers accept may be wrong all the same.
 */
#include <string.h>
#include <unistd.h>

#include "findings.h"
#include "overlay.h"
#include "root.h"
#include "status.h"

static void report(const struct findings *found)
{
	const struct finding *f;
	unsigned int i;

	for (i = 0; i < found->num; i++) {
		f = &found->finding[i];
		/* What a driver, or check_tree(), has said is enough. */
		if (has_problem_of(f->text) || !strcmp(f->rule, "devices"))
			continue;
		if (f->severity == ERROR)
			problem("device tree", "%s", f->text);
		else
			note("device tree", "%s", f->text);
	}
}

void check_rules(void)
{
	static struct findings found;
	static struct check check;
	char path[PATH_SIZE];
	struct blob blob;

	rooted(path, "/sys/firmware/fdt");
	if (access(path, R_OK))
		return;
	if (blob_read(&blob, path)) {
		problem("device tree", "%s is no tree", path);
		return;
	}
	check.findings = &found;
	if (!tree_index(&check.tree, blob.fdt)) {
		devices_collect(&check);
		check_ids(&check);
		check_layout(&check);
		check_frontends(&check);
		check_memory(&check);
		check_irqs(&check, true);
		report(&found);
		tree_free(&check.tree);
	}
	blob_free(&blob);
}
