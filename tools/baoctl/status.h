/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of "baoctl status". Each looks at what it is given and says with
 * problem() and note() what it finds.
 */
#ifndef BAOCTL_STATUS_H
#define BAOCTL_STATUS_H

#include <json-c/json.h>

#include "baoctl.h"

/* status_module.c: of loaded, version, and the module's parameters. */
struct json_object *status_module(void);
void check_module(struct json_object *module, struct json_object *nodes);

/* status_tree.c */
void check_tree(struct json_object *nodes, bool any_bound, bool loaded);

/* status_frontend.c: a window whose accesses another guest answers */
void check_frontend(struct json_object *node);
void print_frontends(struct json_object *nodes);

/* status_rules.c: the rules for overlays, on the tree of the boot loader */
void check_rules(void);

/* status_irq.c: an interrupt in the words of Bao and of the device tree. */
void describe_irq(struct json_object *of, char *text, size_t size);
/* Whether the hypervisor's interrupt controller has lost it. */
void check_revivals(struct json_object *of, const char *about);
/* What to try when it never comes. */
void try_irq(struct json_object *of);

/* status_ipc.c, status_dm.c */
void check_channel(struct json_object *channel, struct json_object *nodes);
void print_channel(struct json_object *channel);
void check_dm(struct json_object *dm);
void print_dm(struct json_object *dm);

/* status_node.c: whether the file in /dev is there and can be used. */
void check_node(const char *about, const char *node);

#endif /* BAOCTL_STATUS_H */
