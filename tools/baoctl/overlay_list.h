/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices in a tree, for people and for programs.
 */
#ifndef BAOCTL_OVERLAY_LIST_H
#define BAOCTL_OVERLAY_LIST_H

#include <json-c/json.h>

#include "overlay.h"

void devices_print(const struct check *check);
/* An array of path, kind, id, label, regions and interrupts. */
struct json_object *devices_json(const struct check *check);

#endif /* BAOCTL_OVERLAY_LIST_H */
