/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest whose calls the test itself answers: it tells the next result and
 * outputs of each kind of call, and looks at the registers that came.
 */
#ifndef VMM_SCRIPT_H
#define VMM_SCRIPT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch.h"
#include "hv.h"

enum script_kind {
	SCRIPT_CONFIRM,		/* a doorbell of a channel that nobody has */
	SCRIPT_IPC,
	SCRIPT_CHECK,		/* an ASK with an address, which finds nothing */
	SCRIPT_WRITE,
	SCRIPT_READ,
	SCRIPT_ASK,
	SCRIPT_NOTIFY,
	SCRIPT_OTHER,
	SCRIPT_KINDS,
};

struct script_answer {
	struct hv_regs regs;	/* result, then outputs */
	bool outputs;
	uint64_t error;		/* SBI's, on RISC-V */
};

struct script_entry {
	uint64_t calls;
	struct arch_regs last;
	bool scripted;		/* the next call gets this answer */
	struct script_answer answer;
};

struct script {
	pthread_mutex_t lock;
	struct script_entry entry[SCRIPT_KINDS];
};

void script_init(struct script *script);
/* Keeps @raw; @answer holds the call, and then what becomes of it. */
void script_play(struct script *script, const struct arch_regs *raw,
		 struct script_answer *answer);
/* "reply KIND RESULT [ERROR [OUT...]]", "calls KIND" or "reg KIND N" */
int script_command(struct script *script, char *line, uint64_t *value);

#endif
