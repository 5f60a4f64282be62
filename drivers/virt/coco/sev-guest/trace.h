/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events of the message channel. Payloads and keys never appear.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sev_guest

#if !defined(SEV_GUEST_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SEV_GUEST_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(sev_guest_exchange,
	TP_PROTO(unsigned int vmpck, u64 seqno, u8 type, bool extended, int ret, u64 exitinfo2),
	TP_ARGS(vmpck, seqno, type, extended, ret, exitinfo2),
	TP_STRUCT__entry(
		__field(unsigned int, vmpck)
		__field(u64, seqno)
		__field(u8, type)
		__field(bool, extended)
		__field(int, ret)
		__field(u64, exitinfo2)
	),
	TP_fast_assign(
		__entry->vmpck = vmpck;
		__entry->seqno = seqno;
		__entry->type = type;
		__entry->extended = extended;
		__entry->ret = ret;
		__entry->exitinfo2 = exitinfo2;
	),
	TP_printk("vmpck=%u seqno=%llu type=%u extended=%d ret=%d exitinfo2=%#llx",
		  __entry->vmpck, __entry->seqno, __entry->type, __entry->extended, __entry->ret,
		  __entry->exitinfo2)
);

TRACE_EVENT(sev_guest_request,
	TP_PROTO(unsigned int vmpck, u8 type, int ret, u64 exitinfo2),
	TP_ARGS(vmpck, type, ret, exitinfo2),
	TP_STRUCT__entry(
		__field(unsigned int, vmpck)
		__field(u8, type)
		__field(int, ret)
		__field(u64, exitinfo2)
	),
	TP_fast_assign(
		__entry->vmpck = vmpck;
		__entry->type = type;
		__entry->ret = ret;
		__entry->exitinfo2 = exitinfo2;
	),
	TP_printk("vmpck=%u type=%u ret=%d exitinfo2=%#llx", __entry->vmpck, __entry->type,
		  __entry->ret, __entry->exitinfo2)
);

#endif /* SEV_GUEST_TRACE_H */

/* Found from include/, which every file is compiled with. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH ../drivers/virt/coco/sev-guest
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
