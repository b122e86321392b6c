// SPDX-License-Identifier: GPL-2.0-only
/* A call of a guest's: to the model, or by the script of a test. */
#include <stdbool.h>

#include "arch.h"
#include "script.h"
#include "vmm.h"

/* High bits set, and no two registers alike. */
#define POISON(n)	(UINT64_C(0xbad0f00dfeedface) - (n))

/* Only an ASK that has found a request has outputs. */
static bool has_outputs(const struct hv_regs *call, uint64_t result)
{
	return (uint16_t)call->x[0] == HV_CALL_REMIO && !result &&
	       call->x[3] == HV_OP_ASK;
}

static void ask_model(struct guest *guest, struct script_answer *answer)
{
	struct hv_regs call = answer->regs;

	hv_call(&guest->vmm->hv, guest->index, &answer->regs);
	answer->error = 0;
	answer->outputs = has_outputs(&call, answer->regs.x[0]);
}

/* What a call may change is not what it was, for a guest that counts on it. */
static void poison(const struct guest *guest, struct arch_regs *regs)
{
	for (unsigned int i = 0; i < arch_scratch(guest); i++)
		regs->r[i] = POISON(i);
}

int call_handle(struct vcpu *vcpu, const struct arch_regs *regs)
{
	struct guest *guest = vcpu->guest;
	struct arch_regs new = *regs;
	struct script_answer answer;

	arch_decode(regs, &answer.regs);
	if (guest->cfg->scripted) {
		script_play(&guest->script, regs, &answer);
		poison(guest, &new);
	} else {
		ask_model(guest, &answer);
	}
	arch_encode(&new, &answer);
	return arch_set_regs(vcpu, regs, &new);
}
