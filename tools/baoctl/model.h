/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module shows in sysfs, as JSON objects: what the commands print as
 * text is computed from the same objects that --json prints.
 */
#ifndef BAOCTL_MODEL_H
#define BAOCTL_MODEL_H

#include <json-c/json.h>

#include "baoctl.h"

#define DRIVER_IPC	"bao-ipcshmem"
#define DRIVER_DM	"bao-io-dispatcher"
#define NODE_DM		"/dev/bao-io-dispatcher"

/*
 * Arrays, in order of the numbers; the caller's. A channel:
 *  id, label, device, node, read_offset, read_size, write_offset, write_size,
 *  num_events, interrupts, revivals, notifies, doorbells_deferred, refused_calls,
 *  events: of event, count, irq, hwirq, chip
 * A device model:
 *  id, label, device, node, shmem_addr, shmem_size, irq, hwirq, chip, state,
 *  server_pid, server, oldest_request: null or id, addr, age_ms; and the
 *  counters of docs/sysfs.md
 * What cannot be read is null; "hwirq" is the number at the interrupt
 * controller, "chip" its name.
 */
struct json_object *model_channels(void);
struct json_object *model_dms(void);

/*
 * Says when the list is empty, and where to find why; an exit status, for
 * without the module that is no answer.
 */
int check_list(struct json_object *list, const char *what);

/* 0 and "" when there is no such member. */
long long get_number(struct json_object *object, const char *key);
/* For addresses and what a register holds. */
uint64_t get_unsigned(struct json_object *object, const char *key);
const char *get_string(struct json_object *object, const char *key);
bool has(struct json_object *object, const char *key);

/* With the newline. */
void print_json(struct json_object *object);

#endif /* BAOCTL_MODEL_H */
