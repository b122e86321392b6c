/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that others choose.
 */
#ifndef BAOCTL_TEXT_H
#define BAOCTL_TEXT_H

#include <stdbool.h>

/* UTF-8 without anything that a terminal obeys? */
bool is_printable(const char *text);
/* Replaces, byte by byte, what is not. */
void make_printable(char *text);

#endif /* BAOCTL_TEXT_H */
