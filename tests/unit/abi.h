/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The published numbers and sizes, as daemons in the field have them compiled
 * in. Included after the user header, in C and in C++.
 */
#ifdef __cplusplus
#define BAO_CHECK(condition)	static_assert(condition, #condition)
#else
#define BAO_CHECK(condition)	_Static_assert(condition, #condition)
#endif

BAO_CHECK(sizeof(struct bao_dm_info) == 32);
BAO_CHECK(sizeof(struct bao_request) == 48);
BAO_CHECK(sizeof(struct bao_ioeventfd) == 32);
BAO_CHECK(sizeof(struct bao_irqfd) == 8);
BAO_CHECK(BAO_DM_GET_INFO == 0xC020A601);
BAO_CHECK(BAO_DM_ATTACH == 0xC030A602);
BAO_CHECK(BAO_DM_COMPLETE == 0x4030A603);
BAO_CHECK(BAO_DM_IOEVENTFD == 0x4020A604);
BAO_CHECK(BAO_DM_IRQFD == 0x4008A605);
BAO_CHECK(BAO_IOEVENTFD_DATAMATCH == 2);
BAO_CHECK(BAO_IOEVENTFD_DEASSIGN == 4);
BAO_CHECK(BAO_IRQFD_DEASSIGN == 1);

/* New here; may never change either. */
BAO_CHECK(sizeof(struct bao_dm_status) == 64);
BAO_CHECK(sizeof(struct bao_ipc_info) == 112);
BAO_CHECK(sizeof(struct bao_ipc_notify) == 16);
BAO_CHECK(sizeof(struct bao_ipc_events) == 152);
BAO_CHECK(sizeof(struct bao_ipc_eventfd) == 16);
