/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BAOCTL_HEXDUMP_H
#define BAOCTL_HEXDUMP_H

#include <stddef.h>
#include <stdint.h>

/* Prints @data, whose first byte is number @offset; runs of the same line
 * are one "*". */
void hexdump(const void *data, size_t size, uint64_t offset);

#endif /* BAOCTL_HEXDUMP_H */
