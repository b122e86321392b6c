/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BAOCTL_TREE_H
#define BAOCTL_TREE_H

#include <json-c/json.h>

#include "baoctl.h"

#define DRIVER_VIRTIO	"virtio-mmio"

/*
 * The nodes of the live device tree that are there because of Bao: those whose
 * compatible begins with "bao,", and virtio windows with memory of their own,
 * which are frontends. An array of: path, compatible, driver (that should take
 * it, or null), enabled, device (the platform device made of it, or null),
 * bound (the driver that has taken it, or null). NULL when this machine has no
 * device tree.
 */
struct json_object *tree_nodes(void);

/* Whether any of them needs the module: frontends do not. */
bool tree_needs_module(struct json_object *nodes);

#endif /* BAOCTL_TREE_H */
