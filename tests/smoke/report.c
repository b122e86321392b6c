// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

static int oks, problems;

static void line(const char *tag, const char *format, va_list args)
{
	fputs(tag, stdout);
	vprintf(format, args);
	putchar('\n');
	/* A guest that hangs next has said so much. */
	fflush(stdout);
}

void ok(const char *format, ...)
{
	va_list args;

	oks++;
	va_start(args, format);
	line("ok: ", format, args);
	va_end(args);
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("note: ", format, args);
	va_end(args);
}

void problem(const char *format, ...)
{
	va_list args;

	problems++;
	va_start(args, format);
	line("problem: ", format, args);
	va_end(args);
}

void try(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line("  try: ", format, args);
	va_end(args);
}

int report_end(void)
{
	printf("bao-smoke: %d ok, %d problem%s\n", oks, problems,
	       problems == 1 ? "" : "s");
	return problems || !oks;
}
