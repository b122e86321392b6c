/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments that several commands have. The functions return 0, or
 * BAOCTL_MISUSE when they have complained.
 */
#ifndef BAOCTL_OPTIONS_H
#define BAOCTL_OPTIONS_H

#include "baoctl.h"

/* A number in C's notation; @what is how the user calls it. */
int parse_number(const char *what, const char *text, uint64_t min, uint64_t max,
		 uint64_t *value);
/* Seconds, also with a fraction, as milliseconds. */
int parse_seconds(const char *what, const char *text, int *ms);
/*
 * What follows the options in @argv: at least @min and at most @max of them.
 * @what is what the first one is, for the message.
 */
int check_operands(int argc, char **argv, int min, int max, const char *what);
/* For a command that knows no option but --json; prints @help for --help. */
int parse_json_only(int argc, char **argv, const char *help, bool *json,
		    bool *done);

#endif /* BAOCTL_OPTIONS_H */
