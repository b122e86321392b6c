// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands, and how one is found.
 */
#include "baoctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct command baoctl_commands[] = {
	{ "status", baoctl_status, "what is there, what is wrong, and why" },
	{ "ipc", baoctl_ipc, "list, read, write, wait for, ring, time channels" },
	{ "dm", baoctl_dm, "list and trace device models" },
	{ "overlay", baoctl_overlay, "make, check, apply and show overlays" },
	{ NULL, NULL, NULL }
};

static int print_help(const struct command *table, const char *name)
{
	const struct command *c;

	printf("usage: %s COMMAND ...\n\n", name);
	for (c = table; c->name; c++)
		printf("  %-8s  %s\n", c->name, c->summary);
	if (table == baoctl_commands)
		printf("\n  --version  print the version of bao-guest\n");
	printf("\n\"%s COMMAND --help\" says more; so does baoctl(8).\n", name);
	return BAOCTL_OK;
}

static const struct command *find(const struct command *table, const char *name)
{
	const struct command *c;

	for (c = table; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

int run_command(const struct command *table, int argc, char **argv)
{
	static char name[64];
	const struct command *c;

	if (argc < 2)
		return misuse("a command is missing, see %s --help", argv[0]);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_help(table, argv[0]);
	c = find(table, argv[1]);
	if (!c)
		return misuse("there is no %s '%s', see %s --help",
			      argv[1][0] == '-' ? "option" : "command",
			      argv[1], argv[0]);
	/* Commands of a family come here twice, with the family's name. */
	if (argv[0] != name)
		snprintf(name, sizeof(name), "%s", argv[0]);
	snprintf(name + strlen(name), sizeof(name) - strlen(name), " %s",
		 c->name);
	argv[1] = name;
	report_as(name);
	return c->run(argc - 1, argv + 1);
}

/* Of bao-guest: all parts have the same. */
static int print_version(void)
{
	puts("baoctl " BAOCTL_VERSION);
	return BAOCTL_OK;
}

int baoctl_main(int argc, char **argv)
{
	char name[] = "baoctl";
	int status;

	argv[0] = name;
	if (argc > 1 && !strcmp(argv[1], "--version"))
		status = print_version();
	else
		status = run_command(baoctl_commands, argc, argv);
	/* Who reads the output shall not take a part for the whole. */
	if (fflush(stdout) || ferror(stdout))
		return fail("standard output: %s", strerror(errno));
	return status;
}
