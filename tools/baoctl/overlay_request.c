// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options that name entries of Bao's configuration.
 */
#include "overlay.h"

int facts_option(struct facts_source *source, int option, char *argument)
{
	switch (option) {
	case OPTION_CONFIG:
		source->config = argument;
		return BAOCTL_OK;
	case OPTION_VM:
		source->vm = argument;
		return BAOCTL_OK;
	case OPTION_IPC:
	case OPTION_BACKEND:
	case OPTION_FRONTEND:
		if (source->num == MAX_DEVICES)
			return misuse("more than %d devices", MAX_DEVICES);
		source->kind[source->num] = (enum kind)(option - OPTION_IPC);
		source->setting[source->num++] = argument;
		return BAOCTL_OK;
	default:
		return BAOCTL_MISUSE;
	}
}

int facts_collect(struct facts *facts, const struct facts_source *source)
{
	int status = BAOCTL_OK;
	unsigned int i;

	if (source->vm && !source->config)
		return misuse("--vm needs --config");
	if (source->config)
		status = facts_read(facts, source->config, source->vm);
	for (i = 0; i < source->num && !status; i++)
		status = fact_parse(facts, source->kind[i],
				    source->setting[i]);
	for (i = 0; i < facts->num && !status; i++)
		status = fact_complete(&facts->fact[i]);
	return status ?: facts_apart(facts);
}
