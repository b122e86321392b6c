// SPDX-License-Identifier: GPL-2.0-only
/* The commands of the test port. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm.h"

static int to_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return errno || end == text || *end ? -EINVAL : 0;
}

/* The guest goes on until it powers off, or is told to by "off". */
static int set_status(struct guest *guest, const char *text)
{
	uint64_t status;

	if (to_number(text, &status) || status > 255)
		return -EINVAL;
	atomic_store(&guest->status, (int)status);
	return 0;
}

static int set_fault(struct guest *guest, char *text)
{
	char *value = strchr(text, ' ');
	uint64_t number;

	if (!value)
		return -EINVAL;
	*value++ = '\0';
	if (to_number(value, &number))
		return -EINVAL;
	return hv_set_fault(&guest->vmm->hv, text, number);
}

static int power_off(struct guest *guest, const char *text)
{
	int ret = *text ? set_status(guest, text) : 0;

	if (ret)
		return ret;
	guest_stop(guest, 0);
	vmm_log(guest->vmm, guest->cfg->name, "off, status %d",
		atomic_load(&guest->status));
	return 0;
}

static int raise_irq(struct guest *guest, const char *text)
{
	uint64_t intid;

	if (to_number(text, &intid) || intid >= MAP_INTIDS)
		return -EINVAL;
	guest_pulse(guest, (unsigned int)intid);
	return 0;
}

int port_command(void *ctx, char *line, uint64_t *value)
{
	struct guest *guest = ctx;
	char *rest = strchr(line, ' ');

	if (rest)
		*rest++ = '\0';
	else
		rest = line + strlen(line);
	if (!strcmp(line, "log")) {
		vmm_log(guest->vmm, guest->cfg->name, "%s", rest);
		return 0;
	}
	if (!strcmp(line, "status"))
		return set_status(guest, rest);
	if (!strcmp(line, "off"))
		return power_off(guest, rest);
	if (!strcmp(line, "snapshot"))
		return vmm_snapshot(guest->vmm, rest);
	if (!strcmp(line, "get"))
		return hv_get_counter(&guest->vmm->hv, rest, value);
	if (!strcmp(line, "fault"))
		return set_fault(guest, rest);
	if (!strcmp(line, "irq"))
		return raise_irq(guest, rest);
	if (!strcmp(line, "script"))
		return script_command(&guest->script, rest, value);
	return -ENOSYS;
}
