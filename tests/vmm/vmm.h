/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine around the model of hv.h: guests, their vCPUs and devices.
 *
 * Everything is built before the first vCPU runs and freed after the last has
 * ended; between the two, fields change only where a comment says so.
 */
#ifndef VMM_VMM_H
#define VMM_VMM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "arch.h"
#include "config.h"
#include "console.h"
#include "hv.h"
#include "map.h"
#include "plic.h"
#include "port.h"
#include "script.h"
#include "uart.h"

#define EXIT_GUEST_RESET	65	/* a guest asked for a reset: it crashed */
#define EXIT_VMM_FAILED		66	/* KVM or the machine failed */
#define EXIT_GUEST_SILENT	67	/* off without having said how it went */
#define EXIT_TIMEOUT		124

#define STATUS_NONE		(-1)

struct vmm;
struct guest;

/* A UART of a guest and where it leads. */
struct serial {
	struct guest *guest;
	unsigned int intid;
	struct uart uart;
	struct console console;
};

struct vcpu {
	struct guest *guest;
	unsigned int index;
	int fd;
	int pin;		/* host CPU, or -1 */
	struct kvm_run *run;
	pthread_t thread;
	bool started;
};

struct guest {
	struct vmm *vmm;
	const struct cfg_guest *cfg;
	unsigned int index;
	int fd;
	int gic;		/* Arm's */
	struct plic plic;	/* RISC-V's */
	bool aarch32;
	unsigned int nr_slots;	/* KVM memory slots in use */
	char *ram;
	uint64_t entry;
	uint64_t dtb;
	uint64_t initrd;
	uint64_t initrd_size;
	struct serial serial[MAP_UARTS];
	struct port port;
	struct script script;
	struct vcpu cpu[CFG_MAX_CPUS];
	/* set once, by whoever ends the guest first */
	atomic_bool stopping;
	atomic_int status;	/* what it said, then how it ended */
	atomic_uint running;	/* vCPU threads that have not ended */
	atomic_uint unclaimed;	/* accesses that belong to no device */
};

struct shmem {
	int fd;
	char *mem;
	uint64_t size;
};

struct vmm {
	struct config config;
	struct hv hv;
	int kvm;
	int ended;		/* eventfd: a guest has ended */
	size_t run_size;
	struct shmem shmem[CFG_MAX_SHMEMS];
	unsigned int nr_guests;
	struct guest guest[HV_MAX_VMS];
	pthread_mutex_t log_lock;
	FILE *log;
};

/* log.c: whole lines, to the log and nowhere else */
__attribute__((format(printf, 3, 4)))
void vmm_log(struct vmm *vmm, const char *who, const char *format, ...);
int vmm_snapshot(struct vmm *vmm, const char *name);

/* guest.c */
int guest_create(struct vmm *vmm, unsigned int index);
int guest_start(struct guest *guest);
void guest_stop(struct guest *guest, int status);
void guest_join(struct guest *guest);
void guest_pulse(struct guest *guest, unsigned int intid);

/* memory.c: 0 or a negative errno */
int memory_private(uint64_t size, char **mem);
int memory_shared(struct shmem *shmem, uint64_t size);

/* load.c: the head of a 64-bit kernel */
struct image {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	uint64_t reserved[3];
	uint32_t magic;
	uint32_t pe_offset;
};

int guest_load(struct guest *guest);

/* fdt.c */
int fdt_build(const struct guest *guest, void *buffer, size_t size);
int fdt_take(const struct guest *guest, const void *from, size_t from_size,
	     void *buffer, size_t size);

/* vcpu.c */
int vcpu_create(struct guest *guest, unsigned int index);
int vcpu_start(struct vcpu *vcpu);
void vcpu_kick(struct vcpu *vcpu);
void vcpu_prepare_kicks(void);

/* command.c */
int port_command(void *ctx, char *line, uint64_t *value);

/* bus.c */
void bus_access(struct vcpu *vcpu);

/* call.c */
int call_handle(struct vcpu *vcpu, const struct arch_regs *regs);

#endif
