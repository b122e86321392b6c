/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BAOCTL_TREE_H
#define BAOCTL_TREE_H

#include <json-c/json.h>

#include "baoctl.h"

/*
 * The nodes of the live device tree whose compatible begins with "bao,", an
 * array of: path, compatible, driver (that should take it, or null), enabled,
 * device (the platform device made of it, or null), bound. NULL when this
 * machine has no device tree.
 */
struct json_object *tree_nodes(void);

#endif /* BAOCTL_TREE_H */
