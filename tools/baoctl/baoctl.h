/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * baoctl: what is there of Bao in this guest, and what is wrong with it.
 *
 * One file for each command, or for each family of commands and each command
 * in it. A command is a function like main(): its argv[0] is its full name,
 * "baoctl ipc read", it parses its options with getopt_long() and returns the
 * exit status:
 *
 *  0  done
 *  1  it failed: "return fail(...)"
 *  2  it was called in a wrong way: "return misuse(...)", or "return
 *     BAOCTL_MISUSE" after getopt_long() has complained
 *
 * In both cases exactly one line stands on standard error; what status finds is
 * its output. Output files appear only when whole.
 *
 * To add a command: write its file (the Makefile takes every *.c), declare it
 * below, and put it in a table: baoctl_commands in baoctl.c, or the family's.
 */
#ifndef BAOCTL_H
#define BAOCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT(f, a)	__attribute__((format(printf, f, a)))

enum {
	BAOCTL_OK,
	BAOCTL_FAILED,
	BAOCTL_MISUSE,
};

/**
 * struct command - an entry of a table; the last has no name
 * @name: one word
 * @run: see above
 * @summary: a line for --help
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/*
 * Runs the command that argv[1] names, with its full name as argv[0]. Answers
 * --help with the list, complains when there is no such command.
 */
int run_command(const struct command *table, int argc, char **argv);

/* Everything but main(), so that tests can call it. */
int baoctl_main(int argc, char **argv);

/*
 * report.c: a line on standard error, with the command's name before and a
 * newline behind it. They return BAOCTL_FAILED and BAOCTL_MISUSE.
 */
int fail(const char *format, ...) FORMAT(1, 2);
int misuse(const char *format, ...) FORMAT(1, 2);
/* The same for what is done all the same: only once it is. */
void remark(const char *format, ...) FORMAT(1, 2);
/* For all of these: the full name of the command that runs. */
void report_as(const char *name);

/*
 * The commands. overlay.c is the family "overlay" (make, check, apply, show),
 * with a table of its own and run_command() as in ipc.c.
 */
int baoctl_status(int argc, char **argv);
int baoctl_ipc(int argc, char **argv);
int baoctl_dm(int argc, char **argv);
int baoctl_overlay(int argc, char **argv);

#endif /* BAOCTL_H */
