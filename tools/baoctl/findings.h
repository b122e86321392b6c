/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong, why, and what to try: collected while the system is looked
 * at, printed at the end.
 */
#ifndef BAOCTL_FINDINGS_H
#define BAOCTL_FINDINGS_H

#include <json-c/json.h>

#include "baoctl.h"

/* @about is what it concerns: "dm0", "baoipc1", a node of the tree. */
void problem(const char *about, const char *format, ...) FORMAT(2, 3);
void note(const char *about, const char *format, ...) FORMAT(2, 3);
/* What to do about the latest problem or note. */
void try(const char *format, ...) FORMAT(1, 2);

/* Is there one already of a node of the tree that @text mentions? */
bool has_problem_of(const char *text);

/* Is there one that concerns, or mentions, this node of the tree? */
bool has_problem_with(const char *path);

/*
 * An array of kind ("problem" or "note"), about, text, and try, an array of
 * strings; a new reference.
 */
struct json_object *findings(void);
void print_findings(void);
unsigned int count_problems(void);
unsigned int count_notes(void);

#endif /* BAOCTL_FINDINGS_H */
