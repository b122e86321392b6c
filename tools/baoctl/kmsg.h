/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BAOCTL_KMSG_H
#define BAOCTL_KMSG_H

#include "baoctl.h"

/*
 * The last error that the kernel's log has of a device, without the number, or
 * an empty string. Returns false when the log cannot be read.
 */
bool kmsg_error(const char *device, char *text, size_t size);

#endif /* BAOCTL_KMSG_H */
