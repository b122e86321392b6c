// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading bao.ko, when memory fails at any point of its own initialization.
 * What the kernel allocates before that is its own business.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "errors.h"
#include "lib.h"

#define REG	0xa003e50ULL
#define ANSWER	0x5aU

FIXTURE(errors_module) {
	int file;
	char arguments[96];
	unsigned int faults;
	unsigned int survived;
};

#define SELF(data) FIXTURE_DATA(errors_module) *self = data

static int module_remove(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

static int call_load(void *data)
{
	SELF(data);

	return (int)syscall(SYS_finit_module, self->file, "", 0);
}

static int load_fakehv(FIXTURE_DATA(errors_module) *self)
{
	int fd = open("/fakehv.ko", O_RDONLY | O_CLOEXEC);
	int ret = (int)syscall(SYS_finit_module, fd, self->arguments, 0);

	close(fd);
	return ret;
}

/* With bao.ko loaded and fakehv.ko not. */
static bool module_works(FIXTURE_DATA(errors_module) *self)
{
	struct fakehv_device models, channel;
	struct frontend f;
	bool works;
	int fd;

	if (load_fakehv(self))
		return false;
	hv_open();
	works = dispatcher_create(&models, 1) &&
		channel_create(&channel, 0, 1);
	fd = dm_open(0);
	frontend_read(&f, 0, REG, 4);
	works = works && !dm_serve_one(fd, ANSWER) && frontend_join(&f) &&
		f.access.value == ANSWER;
	close(fd);
	fd = channel_open(0);
	works = works && write(fd, "text", 5) == 5;
	close(fd);
	hv_reset();
	close(hv);
	hv = -1;
	return !module_remove("fakehv") && works;
}

/* How often the kernel has come so far that it calls the module. */
static unsigned int times_begun(void)
{
	char *text = trace_read();
	unsigned int n = trace_count(text, "module_load: bao");

	free(text);
	return n;
}

FIXTURE_SETUP(errors_module)
{
	static const char *const events[] = { "module/module_load", NULL };
	struct fakehv_window window;

	errors_begin();
	hv_reset();
	window = hv_window();
	snprintf(self->arguments, sizeof(self->arguments),
		 "base=0x%llx size=0x%llx", window.base, window.size);
	close(hv);
	hv = -1;
	self->file = open("/bao.ko", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->file);
	ASSERT_EQ(0, module_remove("fakehv"));
	ASSERT_EQ(0, module_remove("bao"));
	trace_start(events, ~0U);
}

FIXTURE_TEARDOWN(errors_module)
{
	trace_stop();
	/* Whatever failed, the other programs find both modules. */
	call_load(self);
	load_fakehv(self);
	close(self->file);
}

/*
 * Whether it fails well, or is whole in spite of it: the kernel does without
 * some files of a driver. EINVAL is what it says when it has no memory for the
 * directory of a module's drivers.
 */
static bool load_well(FIXTURE_DATA(errors_module) *self, enum errors_kind kind,
		      unsigned int n)
{
	const char *before = errors_state();
	bool hit, works;
	int ret;

	ret = errors_call(kind, n, call_load, self, &hit);
	if (ret)
		return hit && (errno == ENOMEM || errno == EINVAL) &&
		       errors_same(before, errors_state());
	/* The check takes longest. */
	works = self->survived++ % 4 || module_works(self);
	return !module_remove("bao") && works;
}

/*
 * From the last fault backwards, to the first one ahead of the module's
 * initialization.
 */
static bool walk_back(FIXTURE_DATA(errors_module) *self, enum errors_kind kind,
		      unsigned int leap)
{
	unsigned int n = errors_count(call_load, self);
	unsigned int begun;

	if (module_remove("bao"))
		return false;
	for (; n > leap; n -= leap) {
		begun = times_begun();
		if (!load_well(self, kind, n)) {
			printf("# load: not well after fault %u: %s\n", n,
			       strerror(errno));
			return false;
		}
		if (times_begun() == begun)
			break;
		self->faults++;
	}
	return n > leap && !call_load(self) && module_works(self) &&
	       !module_remove("bao");
}

TEST_F_TIMEOUT(errors_module, load, 600)
{
	EXPECT_TRUE(walk_back(self, ERRORS_ONE, 1));
	EXPECT_TRUE(walk_back(self, ERRORS_DROUGHT, 4));
	TH_LOG("load: %u faults, %u of them survived", self->faults,
	       self->survived);
	EXPECT_LT(0, self->faults);
}

ERRORS_MAIN
