/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints. Every hypercall but the checks at probe is one event of
 * bao_ask, bao_complete, or bao_doorbell with deferred=0.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM bao

#if !defined(BAO_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define BAO_TRACE_H

#include <linux/tracepoint.h>

#include "hypercall.h"

TRACE_EVENT(bao_ask,
	TP_PROTO(u32 dm, const struct bao_hyp_request *req, long result),
	TP_ARGS(dm, req, result),
	TP_STRUCT__entry(
		__field(u32, dm)
		__field(u64, addr)
		__field(u64, op)
		__field(u64, value)
		__field(u64, width)
		__field(u64, id)
		__field(s64, result)
	),
	TP_fast_assign(
		__entry->dm = dm;
		__entry->addr = req->addr;
		__entry->op = req->op;
		__entry->value = req->value;
		__entry->width = req->width;
		__entry->id = req->id;
		__entry->result = result;
	),
	TP_printk("dm=%u addr=%#llx op=%llu value=%#llx width=%llu id=%llu result=%lld",
		  __entry->dm, __entry->addr, __entry->op, __entry->value,
		  __entry->width, __entry->id, __entry->result)
);

TRACE_EVENT(bao_complete,
	TP_PROTO(u32 dm, u64 id, u64 op, u64 value, long result),
	TP_ARGS(dm, id, op, value, result),
	TP_STRUCT__entry(
		__field(u32, dm)
		__field(u64, id)
		__field(u64, op)
		__field(u64, value)
		__field(s64, result)
	),
	TP_fast_assign(
		__entry->dm = dm;
		__entry->id = id;
		__entry->op = op;
		__entry->value = value;
		__entry->result = result;
	),
	TP_printk("dm=%u id=%llu op=%llu value=%#llx result=%lld",
		  __entry->dm, __entry->id, __entry->op, __entry->value,
		  __entry->result)
);

TRACE_EVENT(bao_ioeventfd,
	TP_PROTO(u32 dm, u64 addr, u64 value, u32 steps),
	TP_ARGS(dm, addr, value, steps),
	TP_STRUCT__entry(
		__field(u32, dm)
		__field(u64, addr)
		__field(u64, value)
		__field(u32, steps)
	),
	TP_fast_assign(
		__entry->dm = dm;
		__entry->addr = addr;
		__entry->value = value;
		__entry->steps = steps;
	),
	TP_printk("dm=%u addr=%#llx value=%#llx steps=%u",
		  __entry->dm, __entry->addr, __entry->value, __entry->steps)
);

#define BAO_DOORBELL_KINDS	{ 0, "remio" }, { 1, "ipc" }

TRACE_EVENT(bao_doorbell,
	TP_PROTO(u32 kind, u32 id, u32 event, int result, bool deferred),
	TP_ARGS(kind, id, event, result, deferred),
	TP_STRUCT__entry(
		__field(u32, kind)
		__field(u32, id)
		__field(u32, event)
		__field(s32, result)
		__field(u32, deferred)
	),
	TP_fast_assign(
		__entry->kind = kind;
		__entry->id = id;
		__entry->event = event;
		__entry->result = result;
		__entry->deferred = deferred;
	),
	TP_printk("kind=%s id=%u event=%u result=%d deferred=%u",
		  __print_symbolic(__entry->kind, BAO_DOORBELL_KINDS),
		  __entry->id, __entry->event, __entry->result,
		  __entry->deferred)
);

TRACE_EVENT(bao_requeue,
	TP_PROTO(u32 dm, u64 id, u64 addr),
	TP_ARGS(dm, id, addr),
	TP_STRUCT__entry(
		__field(u32, dm)
		__field(u64, id)
		__field(u64, addr)
	),
	TP_fast_assign(
		__entry->dm = dm;
		__entry->id = id;
		__entry->addr = addr;
	),
	TP_printk("dm=%u id=%llu addr=%#llx", __entry->dm, __entry->id,
		  __entry->addr)
);

TRACE_EVENT(bao_orphan,
	TP_PROTO(u32 dm, const struct bao_hyp_request *req),
	TP_ARGS(dm, req),
	TP_STRUCT__entry(
		__field(u32, dm)
		__field(u64, id)
		__field(u64, addr)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->dm = dm;
		__entry->id = req->id;
		__entry->addr = req->addr;
		__entry->op = req->op;
	),
	TP_printk("dm=%u id=%llu addr=%#llx op=%llu", __entry->dm,
		  __entry->id, __entry->addr, __entry->op)
);

TRACE_EVENT(bao_channel_event,
	TP_PROTO(u32 ipc, u32 event, u64 count),
	TP_ARGS(ipc, event, count),
	TP_STRUCT__entry(
		__field(u32, ipc)
		__field(u32, event)
		__field(u64, count)
	),
	TP_fast_assign(
		__entry->ipc = ipc;
		__entry->event = event;
		__entry->count = count;
	),
	TP_printk("ipc=%u event=%u count=%llu", __entry->ipc, __entry->event,
		  __entry->count)
);

#endif /* BAO_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
