/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BAOCTL_TRACE_LINE_H
#define BAOCTL_TRACE_LINE_H

#include <json-c/json.h>

/*
 * A line of tracefs' trace_pipe as an object: time in seconds, tracepoint
 * without its "bao_", and its fields. NULL for a line of another kind.
 */
struct json_object *trace_line(const char *line);
/* What it says in words, in a line. */
void trace_print(struct json_object *event);

#endif /* BAOCTL_TRACE_LINE_H */
