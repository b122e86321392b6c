// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line for whatever goes wrong.
 */
#include "baoctl.h"

#include <stdarg.h>
#include <stdio.h>

static const char *command_name = "baoctl";

void report_as(const char *name)
{
	command_name = name;
}

static void complain(const char *format, va_list args)
{
	fprintf(stderr, "%s: ", command_name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void remark(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
}

int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return BAOCTL_FAILED;
}

int misuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	return BAOCTL_MISUSE;
}
