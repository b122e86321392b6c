// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl overlay make: an overlay from entries of Bao's configuration.
 */
#include "overlay.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
"usage: baoctl overlay make [OPTION...] [-o FILE]\n"
"\n"
"Writes an overlay for devices that Bao's configuration has. FILE.dtbo is a\n"
"blob, any other FILE is source; without -o source goes to standard output.\n"
"Numbers are those of the configuration: interrupts are counted from 0. What\n"
"may be a mistake is said on standard error.\n"
"\n"
"  --config FILE     all entries of a configuration of Bao\n"
"  --vm N            of its Nth machine, from 0\n"
"  --ipc SETTINGS    an entry of ipcs: base= size= irq=N[:N...] id=\n"
"                    read=OFFSET:SIZE write=OFFSET:SIZE label=\n"
"                    (default read=0:0x2000,write=0x2000:0x2000, as Bao's demos\n"
"                    have it; what is assumed is said on standard error)\n"
"  --backend SETTINGS   an entry of remio_devs: base= size= irq= id= label=\n"
"  --frontend SETTINGS  the same: window= irq= base= size= [window-size=]\n"
"                    SETTINGS are separated by commas; id= alone and others add\n"
"                    to what the configuration has\n"
"  --base FILE       the tree that it is for: its cells, its controller; the\n"
"                    overlay is checked against it\n"
"  --intc WHICH      gic (default), plic or aplic; with --base the path of the\n"
"                    controller instead\n"
"  -o, --output FILE\n";

static const struct option options[] = {
	FACTS_OPTIONS,
	{ "base", required_argument, NULL, OPTION_BASE },
	{ "intc", required_argument, NULL, OPTION_INTC },
	{ "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/**
 * struct request - what the command line says
 * @source: where the devices come from
 * @facts: the devices
 * @base: tree, or NULL
 * @intc: controller, or NULL
 * @output: file
 */
struct request {
	struct facts_source source;
	struct facts facts;
	const char *base;
	const char *intc;
	const char *output;
};

static int take_option(struct request *request, int option)
{
	switch (option) {
	case OPTION_BASE:
		request->base = optarg;
		return BAOCTL_OK;
	case OPTION_INTC:
		request->intc = optarg;
		return BAOCTL_OK;
	case 'o':
		request->output = optarg;
		return BAOCTL_OK;
	default:
		return facts_option(&request->source, option, optarg);
	}
}

static int collect(struct request *request)
{
	struct facts *facts = &request->facts;
	int status = facts_collect(facts, &request->source);
	unsigned int i;

	for (i = 0; i < facts->num && !status; i++)
		status = fact_agree(&facts->fact[i]);
	if (!status && !facts->num)
		return misuse("nothing to make; say --config, --ipc, --backend or --frontend");
	return status;
}

static bool ends_with(const char *path, const char *end)
{
	size_t len = strlen(path), size = strlen(end);

	return len > size && !strcmp(path + len - size, end);
}

static int write_source(const char *path, const void *fdt)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int status;

	if (!to)
		return fail("no memory");
	fputs("// SPDX-License-Identifier: CC0-1.0\n"
	      "// made by baoctl overlay make\n", to);
	print_source(to, fdt);
	status = fclose(to) ? fail("no memory") : save(path, text, size);
	free(text);
	return status;
}

static int check_against(struct findings *findings, const struct blob *overlay,
			 const struct blob *base, const struct facts *facts)
{
	static struct check check;
	struct blob merged;

	memset(&check, 0, sizeof(check));
	memset(findings, 0, sizeof(*findings));
	if (check_all(&check, findings, &merged, base, overlay, facts))
		blob_free(&merged);
	tree_free(&check.tree);
	return findings->errors ? fail("%s (%s)", first_error(findings)->text,
				       first_error(findings)->rule) : BAOCTL_OK;
}

/* What nobody has said may not be what the peer has. */
static void name_assumptions(const struct facts *facts)
{
	const struct fact *fact;
	unsigned int i;

	for (i = 0; i < facts->num; i++) {
		fact = &facts->fact[i];
		if (fact->assumed)
			remark("note: ipc %u: taken to be read=%#" PRIx64 ":%#" PRIx64 ",write=%#" PRIx64 ":%#" PRIx64 "; the peer needs them swapped",
			       fact->id, fact->read.start, fact->read.size,
			       fact->write.start, fact->write.size);
	}
}

static int make(const struct request *request, struct blob *base)
{
	static struct findings findings;
	struct blob overlay;
	int status = overlay_build(&overlay, &request->facts, base,
				   request->intc);

	if (status)
		return status;
	status = check_against(&findings, &overlay, base, &request->facts);
	if (!status)
		status = ends_with(request->output, ".dtbo") ?
			 save(request->output, overlay.fdt,
			      fdt_totalsize(overlay.fdt)) :
			 write_source(request->output, overlay.fdt);
	if (!status) {
		name_assumptions(&request->facts);
		remark_findings(&findings);
	}
	blob_free(&overlay);
	return status;
}

static int run(struct request *request)
{
	struct blob base;
	int status = collect(request);

	if (status)
		return status;
	status = request->base ? blob_read(&base, request->base) :
				 overlay_stand_in(&base, request->intc);
	if (status)
		return status;
	if (!request->base)
		request->intc = NULL;
	status = make(request, &base);
	blob_free(&base);
	return status;
}

int overlay_make(int argc, char **argv)
{
	static struct request request;
	int option, status;

	memset(&request, 0, sizeof(request));
	request.output = "-";
	optind = 0;
	while ((option = getopt_long(argc, argv, "o:h", options, NULL)) >= 0) {
		if (option == 'h') {
			fputs(help, stdout);
			return BAOCTL_OK;
		}
		status = take_option(&request, option);
		if (status)
			return status;
	}
	if (optind < argc)
		return misuse("'%s' is one argument too many", argv[optind]);
	if (ends_with(request.output, ".dtb"))
		return misuse("-o %s: an overlay is no tree; say FILE.dtbo, or FILE.dtso for source",
			      request.output);
	return run(&request);
}
