// SPDX-License-Identifier: GPL-2.0-only
/* The log of a run, and the counters beside it. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "vmm.h"

void vmm_log(struct vmm *vmm, const char *who, const char *format, ...)
{
	va_list args;

	pthread_mutex_lock(&vmm->log_lock);
	fprintf(vmm->log, "%s: ", who);
	va_start(args, format);
	vfprintf(vmm->log, format, args);
	va_end(args);
	fputc('\n', vmm->log);
	fflush(vmm->log);
	pthread_mutex_unlock(&vmm->log_lock);
}

/* One section of the counters' file: a line "snapshot NAME", then the values. */
int vmm_snapshot(struct vmm *vmm, const char *name)
{
	const char *path = vmm->config.counters;
	FILE *file;

	if (!*path)
		return 0;
	file = fopen(path, "ae");
	if (!file) {
		vmm_log(vmm, "vmm", "%s: %s", path, strerror(errno));
		return -EIO;
	}
	fprintf(file, "snapshot %s\n", name);
	hv_print_counters(&vmm->hv, file);
	return fclose(file) ? -EIO : 0;
}
