// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl overlay apply: a tree with an overlay in it.
 */
#include "overlay.h"

#include <getopt.h>
#include <libfdt.h>
#include <string.h>

#include "options.h"

#define MAX_PARAMS	64

static const char help[] =
"usage: baoctl overlay apply [OPTION...] BASE OVERLAY -o FILE\n"
"\n"
"Writes BASE with OVERLAY in it to FILE, which appears when it is whole. What\n"
"baoctl overlay check finds in it is said on standard error.\n"
"\n"
"  --param NAME=VALUE  a parameter of the overlay, see dts/README; a number that\n"
"                      is a node's phandle may be given as its path, or &LABEL\n"
"  -o, --output FILE   \"-\" is standard output\n";

static const struct option options[] = {
	{ "param", required_argument, NULL, OPTION_PARAM },
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/* Room for what the parameters make longer. */
static int grow(struct blob *blob)
{
	struct blob more;
	int status = blob_copy(&more, blob, 64 << 10);

	if (status)
		return status;
	blob_free(blob);
	*blob = more;
	return BAOCTL_OK;
}

static int apply(struct blob *base, struct blob *overlay, char **param,
		 int params, const char *output)
{
	static struct findings findings;
	static struct check check;
	struct blob merged;
	int i, status;

	status = grow(base) ?: grow(overlay);
	for (i = 0; i < params && !status; i++)
		status = param_apply(overlay, base, param[i]);
	if (status)
		return status;
	memset(&findings, 0, sizeof(findings));
	memset(&check, 0, sizeof(check));
	if (!check_all(&check, &findings, &merged, base, overlay, NULL))
		return findings.errors ?
		       fail("%s", first_error(&findings)->text) : BAOCTL_FAILED;
	status = save(output, merged.fdt, fdt_totalsize(merged.fdt));
	if (!status)
		remark_findings(&findings);
	tree_free(&check.tree);
	blob_free(&merged);
	return status;
}

static int apply_files(char **path, char **param, int params,
		       const char *output)
{
	struct blob base, overlay;
	int status = blob_read(&base, path[0]);

	if (status)
		return status;
	status = blob_read(&overlay, path[1]);
	if (!status) {
		status = apply(&base, &overlay, param, params, output);
		blob_free(&overlay);
	}
	blob_free(&base);
	return status;
}

int overlay_apply(int argc, char **argv)
{
	char *param[MAX_PARAMS];
	const char *output = NULL;
	int option, params = 0;

	optind = 0;
	while ((option = getopt_long(argc, argv, "o:h", options, NULL)) >= 0) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return BAOCTL_OK;
		case 'o':
			output = optarg;
			break;
		case OPTION_PARAM:
			if (params == MAX_PARAMS)
				return misuse("more than %d parameters",
					      MAX_PARAMS);
			param[params++] = optarg;
			break;
		default:
			return BAOCTL_MISUSE;
		}
	}
	if (check_operands(argc, argv, 2, 2, "a base tree and an overlay"))
		return BAOCTL_MISUSE;
	if (!output)
		return misuse("where to? say -o FILE");
	return apply_files(argv + optind, param, params, output);
}
