// SPDX-License-Identifier: GPL-2.0-only
/* sysfs, parameters, /proc and tracing. */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz.h"

static const char *const dm_attrs[] = {
	"id", "label", "shmem_addr", "shmem_size", "irq", "state",
	"server_pid", "oldest_request", "interrupts", "storms", "revivals",
	"requests", "ioeventfd_hits", "delivered", "completed", "answered_by_kernel",
	"redelivered", "late_answers", "invalid_requests", "refused_calls",
	"notifies", "doorbells_deferred", "grace_ms", "answer_timeout_ms",
	"release",
};

static const char *const dm_settings[] = {
	"grace_ms", "grace_ms", "answer_timeout_ms", "answer_timeout_ms",
	"release", "state",
};

static const char *const ipc_attrs[] = {
	"id", "label", "read_offset", "read_size", "write_offset",
	"write_size", "num_events", "events", "interrupts", "revivals",
	"notifies", "doorbells_deferred", "refused_calls",
};

static const char *const parameters[] = {
	"dm_grace_ms", "poll_ms", "doorbell_rate", "doorbell_burst",
};

static void draw_attr(struct worker *w, bool setting, char *path, size_t len)
{
	unsigned int slot = rng_below(&w->rng, WORLD_DEVICES + 1);
	unsigned int dm = rng_below(&w->rng, WORLD_DMS);
	const char *name;

	if (!setting && rng_one_in(&w->rng, 3)) {
		name = ipc_attrs[rng_below(&w->rng, COUNT(ipc_attrs))];
		snprintf(path, len, "/sys/bus/platform/devices/fakehv.%u/ipc/%s",
			 slot, name);
		return;
	}
	name = setting ? dm_settings[rng_below(&w->rng, COUNT(dm_settings))] :
	       dm_attrs[rng_below(&w->rng, COUNT(dm_attrs))];
	snprintf(path, len, "/sys/bus/platform/devices/fakehv.%u/dm%u/%s",
		 world_dm_slot(dm), dm, name);
}

static void draw_number(struct worker *w, char *text, size_t len)
{
	static const char *const odd[] = {
		"", "\n", "x", "1x", " 5", "-2", "0x10", "99999999999999999999",
		"-1\n", "\xff", "1 2",
	};

	switch (rng_below(&w->rng, 6)) {
	case 0:
		snprintf(text, len, "%s", odd[rng_below(&w->rng, COUNT(odd))]);
		break;
	case 1:
		snprintf(text, len, "%lld", (long long)rng_wild(&w->rng));
		break;
	case 2:
		snprintf(text, len, "-1");
		break;
	default:
		snprintf(text, len, "%u", rng_below(&w->rng, 60));
		break;
	}
}

static long put_text(struct worker *w, const char *path, const char *text)
{
	size_t len = strlen(text);
	long ret = -1;
	int fd;

	fd = (int)CALL(w, "open attr to write", path[0], 0, 0,
		       open(path, O_WRONLY | O_CLOEXEC));
	if (fd < 0)
		return ret;
	ret = CALL(w, "write attr", fd, len, text[0], write(fd, text, len));
	close(fd);
	return ret;
}

static void op_attr_read(struct worker *w)
{
	char path[96], text[128];
	int fd;

	draw_attr(w, false, path, sizeof(path));
	fd = (int)CALL(w, "open attr", 0, 0, 0,
		       open(path, O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return;
	CALL(w, "read attr", fd, 0, 0, read(fd, text, sizeof(text)));
	close(fd);
}

/* Stays open while its object goes. */
static void op_attr_hold(struct worker *w)
{
	bool setting = rng_one_in(&w->rng, 2);
	char path[96];

	draw_attr(w, setting, path, sizeof(path));
	fd_put(w, FD_ATTR, (int)CALL(w, "open attr to hold", 0, 0, 0,
				     open(path, O_RDWR | O_CLOEXEC)));
}

static void op_attr_held(struct worker *w)
{
	char text[64], number[32];
	int fd = fd_pick(w, FD_ATTR);

	if (fd < 0)
		return;
	draw_number(w, number, sizeof(number));
	CALL(w, "pread attr", fd, 0, 0, pread(fd, text, sizeof(text), 0));
	CALL(w, "pwrite attr", fd, strlen(number), number[0],
	     pwrite(fd, number, strlen(number), 0));
}

static void op_attr_write(struct worker *w)
{
	char path[96], text[32];

	draw_attr(w, true, path, sizeof(path));
	draw_number(w, text, sizeof(text));
	put_text(w, path, text);
}

static void op_parameter(struct worker *w)
{
	char path[96], text[32];

	snprintf(path, sizeof(path), "/sys/module/bao/parameters/%s",
		 parameters[rng_below(&w->rng, COUNT(parameters))]);
	draw_number(w, text, sizeof(text));
	put_text(w, path, text);
}

static void op_bind(struct worker *w)
{
	unsigned int slot = rng_below(&w->rng, WORLD_DEVICES);
	bool unbind = rng_one_in(&w->rng, 5);
	char path[96], text[16];

	snprintf(path, sizeof(path), "/sys/bus/platform/drivers/%s/%s",
		 rng_one_in(&w->rng, 16) ? "bao-ipcshmem" : world_driver(slot),
		 unbind ? "unbind" : "bind");
	snprintf(text, sizeof(text), "fakehv.%u", slot);
	put_text(w, path, text);
}

static void op_trace(struct worker *w)
{
	static const char *const paths[] = {
		"events/bao/enable", "events/bao/enable",
		"events/bao/bao_doorbell/enable", "tracing_on",
		"events/bao/bao_requeue/filter", "trace",
	};
	char path[96], text[4096];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/%s",
		 paths[rng_below(&w->rng, COUNT(paths))]);
	/*
	 * QEMU's emulation of several x86 CPUs trips over the breakpoints with
	 * which the kernel changes its code.
	 */
#ifndef __x86_64__
	put_text(w, path, rng_one_in(&w->rng, 2) ? "1" : "0");
#endif
	if (!rng_one_in(&w->rng, 4))
		return;
	fd = open("/sys/kernel/tracing/trace", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	CALL(w, "read trace", fd, 0, 0, read(fd, text, sizeof(text)));
	close(fd);
}

/* Of our own descriptors and of others'. */
static void op_proc_read(struct worker *w)
{
	unsigned int other = rng_below(&w->rng, RINGS);
	pid_t pid = rng_one_in(&w->rng, 2) ? getpid() :
		    shared->ring[other].pid;
	char path[64], text[1024];
	int fd;

	if (rng_one_in(&w->rng, 8))
		snprintf(path, sizeof(path), "/proc/interrupts");
	else if (rng_one_in(&w->rng, 8))
		snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	else
		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid,
			 fd_pick(w, rng_below(&w->rng, FD_KINDS)));
	fd = (int)CALL(w, "open proc", pid, 0, 0,
		       open(path, O_RDONLY | O_CLOEXEC));
	if (fd < 0)
		return;
	while (CALL(w, "read proc", fd, 0, 0, read(fd, text, sizeof(text))) > 0)
		;
	close(fd);
}

static void op_module(struct worker *w)
{
	static const char *const names[] = { "bao", "fakehv" };
	const char *name = names[rng_below(&w->rng, 2)];
	int fd;

	/* Never in force: whatever uses them has to keep them. */
	CALL(w, "delete_module", name[0], 0, 0,
	     syscall(SYS_delete_module, name, O_NONBLOCK));
	if (!rng_one_in(&w->rng, 4))
		return;
	fd = open("/bao.ko", O_RDONLY | O_CLOEXEC);
	CALL(w, "finit_module", fd, 0, 0,
	     syscall(SYS_finit_module, fd, "", 0));
	close(fd);
}

static const struct op ops[] = {
	{ "attr_read", 14, op_attr_read },
	{ "attr_hold", 4, op_attr_hold },
	{ "attr_held", 6, op_attr_held },
	{ "attr_write", 6, op_attr_write },
	{ "parameter", 3, op_parameter },
	{ "bind", 5, op_bind },
	{ "trace", 3, op_trace },
	{ "proc_read", 10, op_proc_read },
	{ "module", 1, op_module },
};

const struct op_table sysfs_table = { "sysfs", ops, COUNT(ops) };
