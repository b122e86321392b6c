/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration file: what README.md describes, checked. */
#ifndef VMM_CONFIG_H
#define VMM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "hv.h"

#define CFG_TEXT	1024
#define CFG_MAX_SHMEMS	32
#define CFG_MAX_CPUS	8
#define CFG_NOBODY	HV_MAX_VMS	/* the frontend of a scripted guest */
#define CFG_NONE	UINT64_MAX
#define CFG_PAGE	UINT64_C(4096)

struct cfg_list {
	unsigned int nr;
	uint64_t v[HV_MAX_EVENTS];
};

struct cfg_guest {
	char name[CFG_TEXT];
	char kernel[CFG_TEXT];
	char initrd[CFG_TEXT];
	char append[CFG_TEXT];
	char console[CFG_TEXT];
	char input[CFG_TEXT];
	char results[CFG_TEXT];
	char dtb[CFG_TEXT];	/* where to leave a copy of the tree */
	char dtb_in[CFG_TEXT];	/* a tree to take instead of writing one */
	char ends[CFG_TEXT];	/* "self", or "all": its end ends the run */
	uint64_t cpus;
	uint64_t mem;
	uint64_t base;
	uint64_t scripted;	/* the test in it answers its calls */
	uint64_t ram_shmem;	/* the region that is its RAM, or CFG_NONE */
	struct cfg_list pin;	/* host CPUs of its vCPUs */
};

struct cfg_ipc {
	char guest_name[CFG_TEXT];
	unsigned int guest;
	uint64_t shmem;
	uint64_t base;
	uint64_t size;
	uint64_t id;
	struct cfg_list irqs;
	struct cfg_list read;	/* offset, size */
	struct cfg_list write;
};

struct cfg_remio {
	char name[CFG_TEXT];
	char frontend_name[CFG_TEXT];
	char backend_name[CFG_TEXT];
	char dma[CFG_TEXT];	/* "ram", "pool" or "none" */
	unsigned int frontend;
	unsigned int backend;
	uint64_t window;
	uint64_t window_size;
	uint64_t frontend_irq;
	uint64_t backend_irq;
	uint64_t shmem;
	uint64_t base;
	uint64_t size;
};

struct config {
	char counters[CFG_TEXT];
	char log[CFG_TEXT];
	char tree[CFG_TEXT];	/* "published" or "split" */
	uint64_t slots;
	uint64_t timeout;	/* seconds; 0: none */
	uint64_t stall_ms;
	uint64_t relaxed;	/* allow what would stop Bao at boot */
	struct hv_faults faults;
	uint64_t shmem_size[CFG_MAX_SHMEMS];
	unsigned int nr_guests;
	struct cfg_guest guest[HV_MAX_VMS];
	unsigned int nr_ipcs;
	struct cfg_ipc ipc[HV_MAX_VMS * HV_MAX_IPCS];
	unsigned int nr_remios;
	struct cfg_remio remio[HV_MAX_DEVS];
};

/* Both tell what is wrong on stderr and return -1. */
int config_read(struct config *config, const char *path);
int config_check(struct config *config);

bool config_splits_tree(const struct config *config);

#endif
