/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of the system. Every path goes through rooted(), so that a test can
 * show baoctl a machine that is not there: BAOCTL_ROOT is put before it.
 */
#ifndef BAOCTL_ROOT_H
#define BAOCTL_ROOT_H

#include <glob.h>

#include "baoctl.h"

#define PATH_SIZE	4096

void rooted(char path[PATH_SIZE], const char *format, ...) FORMAT(2, 3);
/* Is there one? */
bool exists(const char *format, ...) FORMAT(1, 2);
/* Paths with the root before them; an empty list when nothing matches. */
void find_files(glob_t *files, const char *format, ...) FORMAT(2, 3);
/* Joins without the root: for what find_files() has found. */
void join(char path[PATH_SIZE], const char *dir, const char *name);
/* The last part of a path. */
const char *base_name(const char *path);
/*
 * The first @size - 1 bytes of a file, without the newline at their end.
 * Returns their number or a negative errno.
 */
long read_text(const char *path, char *text, size_t size);
/* A string of up to @size - 1 bytes in @dir; empty when it cannot be read. */
void read_string(const char *dir, const char *name, char *text, size_t size);

#endif /* BAOCTL_ROOT_H */
