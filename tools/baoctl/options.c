// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int parse_number(const char *what, const char *text, uint64_t min, uint64_t max,
		 uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (!errno && end != text && !*end && !strchr(text, '-') &&
	    *value >= min && *value <= max)
		return 0;
	if (max == UINT64_MAX)
		return misuse("%s: '%s' is not a number", what, text);
	return misuse("%s: '%s' is not a number from %" PRIu64 " to %" PRIu64,
		      what, text, min, max);
}

int parse_seconds(const char *what, const char *text, int *ms)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(text, &end);
	/* In this form "nan" is refused as well. */
	if (errno || end == text || *end ||
	    !(seconds >= 0 && seconds <= INT_MAX / 1000))
		return misuse("%s: '%s' is not a number of seconds", what, text);
	*ms = (int)(seconds * 1000);
	return 0;
}

int check_operands(int argc, char **argv, int min, int max, const char *what)
{
	int n = argc - optind;

	if (n < min)
		return misuse("%s is missing, see %s --help", what, argv[0]);
	if (n > max)
		return misuse("'%s' is too much, see %s --help",
			      argv[optind + max], argv[0]);
	return 0;
}

int parse_json_only(int argc, char **argv, const char *help, bool *json,
		    bool *done)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	*json = false;
	*done = false;
	while ((c = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			*json = true;
			break;
		case 'h':
			fputs(help, stdout);
			*done = true;
			return 0;
		default:
			return BAOCTL_MISUSE;
		}
	}
	return check_operands(argc, argv, 0, 0, "nothing");
}
