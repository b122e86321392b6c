// SPDX-License-Identifier: GPL-2.0-only
/* What should be gone when nobody uses the module any more. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"

/* Lines of a file that match; they are shown. */
static unsigned int lines_with(const char *path, const char *expression)
{
	FILE *file = fopen(path, "re");
	unsigned int num = 0;
	char line[512];
	regex_t pattern;

	if (!file)
		return 0;
	if (regcomp(&pattern, expression, REG_EXTENDED | REG_NOSUB))
		errx(1, "regcomp");
	while (fgets(line, sizeof(line), file)) {
		if (regexec(&pattern, line, 0, NULL, 0))
			continue;
		printf("# %s: %s%s", path, line, strchr(line, '\n') ? "" : "\n");
		num++;
	}
	fclose(file);
	regfree(&pattern);
	return num;
}

/*
 * Who allocated what is not free: kernels booted with slub_debug=U know. Lines
 * with a number name who asked for the memory; those below them, whose caller
 * may be the module, are other people's caches.
 */
static bool slab_check(void)
{
	unsigned int num = 0;
	glob_t files;
	size_t i;

	if (glob("/sys/kernel/debug/slab/kmalloc-*/alloc_traces", 0, NULL,
		 &files))
		return true;
	for (i = 0; i < files.gl_pathc; i++) {
		num += lines_with(files.gl_pathv[i],
				  "^ *[0-9]+ .*(\\[bao\\]|do_eventfd)");
	}
	globfree(&files);
	return !num || finding("memory was not freed");
}

/* What nothing points to any more: kernels with kmemleak know. */
static bool kmemleak_check(void)
{
	/* It does not look at what is younger than this. */
	sleep_ms(6000);
	if (!path_write(KMEMLEAK, "scan") || !path_write(KMEMLEAK, "scan"))
		return finding("kmemleak does not scan: %s", strerror(errno));
	return !lines_with(KMEMLEAK, "bao|eventfd") ||
	       finding("kmemleak found something");
}

/*
 * When all devices are gone. A kernel with kmemleak has KASAN, which keeps what
 * is free for a while, so that the other way cannot be gone.
 */
bool leaks_check(void)
{
	hv_reset();
	/* Descriptors that were on their way are closed by a worker. */
	sleep_ms(300);
	return access(KMEMLEAK, W_OK) ? slab_check() : kmemleak_check();
}

static bool module_remove(const char *name)
{
	uint64_t end = now_ms() + 10000;
	char path[64];

	/* Whoever held it last may still be at it, on its way out. */
	while (syscall(SYS_delete_module, name, O_NONBLOCK)) {
		if (errno == EAGAIN && now_ms() < end) {
			sleep_ms(10);
			continue;
		}
		snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
		lines_with(path, "");
		return finding("%s cannot be removed: %s", name,
			       strerror(errno));
	}
	return true;
}

static bool module_insert(const char *name, const char *arguments)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = (int)syscall(SYS_finit_module, fd, arguments, 0);
	close(fd);
	return !ret || finding("%s cannot be loaded: %s", name,
			       strerror(errno));
}

/* Nobody holds the modules: they go, and come again. */
bool modules_cycle(void)
{
	struct fakehv_window window = hv_window();
	char arguments[96];

	snprintf(arguments, sizeof(arguments), "base=0x%llx size=0x%llx",
		 window.base, window.size);
	close(hv);
	hv = -1;
	if (!module_remove("fakehv") || !module_remove("bao") ||
	    !module_insert("bao", "") || !module_insert("fakehv", arguments))
		return false;
	hv_open();
	return true;
}
