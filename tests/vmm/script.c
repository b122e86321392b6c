// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

#define FID_BITS	0xbfff0000u	/* all but number and calling bit */
#define FID_VENDOR_HYP	0x86000000u
#define NO_CHANNEL	0x10000u	/* no guest has as many */

static const struct {
	const char *name;
	int64_t result;		/* unless the test tells another */
} kinds[SCRIPT_KINDS] = {
	[SCRIPT_CONFIRM] = { "confirm", HV_BAD_ARGS },
	[SCRIPT_IPC] = { "ipc", HV_OK },
	[SCRIPT_CHECK] = { "check", HV_NOTHING },
	[SCRIPT_WRITE] = { "write", HV_OK },
	[SCRIPT_READ] = { "read", HV_OK },
	[SCRIPT_ASK] = { "ask", HV_NOTHING },
	[SCRIPT_NOTIFY] = { "notify", HV_OK },
	[SCRIPT_OTHER] = { "other", HV_UNKNOWN },
};

void script_init(struct script *script)
{
	memset(script, 0, sizeof(*script));
	pthread_mutex_init(&script->lock, NULL);
}

static enum script_kind classify_remio(const struct hv_regs *call)
{
	switch (call->x[3]) {
	case HV_OP_WRITE:
		return SCRIPT_WRITE;
	case HV_OP_READ:
		return SCRIPT_READ;
	case HV_OP_ASK:
		return call->x[2] ? SCRIPT_CHECK : SCRIPT_ASK;
	case HV_OP_NOTIFY:
		return SCRIPT_NOTIFY;
	}
	return SCRIPT_OTHER;
}

static enum script_kind classify(const struct hv_regs *call)
{
	uint32_t fid = (uint32_t)call->x[0];

	if ((fid & FID_BITS) != FID_VENDOR_HYP)
		return SCRIPT_OTHER;
	switch (fid & ~FID_BITS & ~0x40000000u) {
	case HV_CALL_IPC:
		return call->x[1] < NO_CHANNEL ? SCRIPT_IPC : SCRIPT_CONFIRM;
	case HV_CALL_REMIO:
		return classify_remio(call);
	}
	return SCRIPT_OTHER;
}

void script_play(struct script *script, const struct arch_regs *raw,
		 struct script_answer *answer)
{
	enum script_kind kind = classify(&answer->regs);
	struct script_entry *entry = &script->entry[kind];

	pthread_mutex_lock(&script->lock);
	entry->calls++;
	entry->last = *raw;
	if (entry->scripted) {
		*answer = entry->answer;
	} else {
		memset(answer, 0, sizeof(*answer));
		answer->regs.x[0] = (uint64_t)kinds[kind].result;
	}
	entry->scripted = false;
	pthread_mutex_unlock(&script->lock);
}

static int to_number(const char *word, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 0);
	return errno || end == word || *end ? -EINVAL : 0;
}

/* @rest: RESULT [ERROR [OUT...]] */
static int set_reply(struct script *script, struct script_entry *entry,
		     char *rest)
{
	struct script_answer answer = { .outputs = false };
	uint64_t value[8] = { 0 };
	unsigned int nr = 0;
	char *word;

	for (word = strtok_r(NULL, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest)) {
		if (nr == 8 || to_number(word, &value[nr++]))
			return -EINVAL;
	}
	if (!nr)
		return -EINVAL;
	answer.regs.x[0] = value[0];
	answer.error = value[1];
	answer.outputs = nr > 2;
	memcpy(answer.regs.x + 1, value + 2, 6 * sizeof(*value));
	pthread_mutex_lock(&script->lock);
	entry->answer = answer;
	entry->scripted = true;
	pthread_mutex_unlock(&script->lock);
	return 0;
}

static int get_reg(struct script *script, const struct script_entry *entry,
		   const char *word, uint64_t *value)
{
	uint64_t n;
	int ret = -ENOENT;

	if (!word || to_number(word, &n))
		return -EINVAL;
	pthread_mutex_lock(&script->lock);
	if (n < entry->last.nr) {
		*value = entry->last.r[n];
		ret = 0;
	}
	pthread_mutex_unlock(&script->lock);
	return ret;
}

static struct script_entry *find(struct script *script, const char *name)
{
	for (unsigned int i = 0; name && i < SCRIPT_KINDS; i++) {
		if (!strcmp(name, kinds[i].name))
			return &script->entry[i];
	}
	return NULL;
}

int script_command(struct script *script, char *line, uint64_t *value)
{
	char *rest = line, *verb = strtok_r(line, " ", &rest);
	struct script_entry *entry = find(script, strtok_r(NULL, " ", &rest));

	if (!verb || !entry)
		return -EINVAL;
	if (!strcmp(verb, "reply"))
		return set_reply(script, entry, rest);
	if (!strcmp(verb, "reg"))
		return get_reg(script, entry, strtok_r(NULL, " ", &rest), value);
	if (strcmp(verb, "calls"))
		return -EINVAL;
	pthread_mutex_lock(&script->lock);
	*value = entry->calls;
	pthread_mutex_unlock(&script->lock);
	return 0;
}
