// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device models: can they be opened, and do requests arrive and survive?
 */
#include "smoke.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/bao.h>

#include "report.h"

#define DRIVER		"bao-io-dispatcher"

static int dm_number(int dm, const char *file, long long *value)
{
	char group[16];

	snprintf(group, sizeof(group), "dm%d", dm);
	return sysfs_number(DRIVER, group, "id", dm, file, value);
}

/* Returns a DM file, -ENOENT when there is no such device model. */
static int open_dm(int id, struct bao_dm_info *info)
{
	int control = open(CONTROL, O_RDWR | O_CLOEXEC);
	int err = 0;

	if (control < 0)
		return -errno;
	*info = (struct bao_dm_info){ .id = (uint32_t)id };
	if (ioctl(control, BAO_DM_GET_INFO, info) < 0)
		err = -errno;
	close(control);
	return err ? err : info->fd;
}

static void check_memory(int id, const struct bao_dm_info *info)
{
	void *map = mmap(NULL, info->shmem_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, info->fd, 0);
	volatile const uint8_t *bytes = map;

	if (map == MAP_FAILED) {
		problem("dm%d: its memory cannot be mapped: %s", id,
			strerror(errno));
		try("with kernel pages of 16K or 64K: align the region");
		return;
	}
	/* Where Bao maps nothing, this is where the guest gets an abort. */
	(void)bytes[0];
	(void)bytes[info->shmem_size - 1];
	munmap(map, info->shmem_size);
	ok("dm%d: %" PRIu64 " KiB shared at 0x%" PRIx64 ", interrupt %u", id,
	   (uint64_t)info->shmem_size >> 10, (uint64_t)info->shmem_addr,
	   info->irq);
}

static void check_history(int id)
{
	long long value;

	if (!dm_number(id, "refused_calls", &value) && value) {
		problem("dm%d: the hypervisor refused %lld calls", id, value);
		try("the kernel's log; is the order of remio_devs in Bao's "
		    "configuration that of the device tree?");
	}
	if (!dm_number(id, "invalid_requests", &value) && value)
		note("dm%d: %lld accesses of odd width or kind came", id,
		     value);
	if (!dm_number(id, "answered_by_kernel", &value) && value)
		note("dm%d: %lld requests were answered without a daemon; the "
		     "frontend's device needs a reset", id, value);
}

/* Opens and looks; does not serve, so the frontend notices nothing. */
void check_dms(void)
{
	struct bao_dm_info info;
	int id, fd;

	if (access(CONTROL, F_OK)) {
		problem("a dispatcher is bound and %s does not exist", CONTROL);
		try("mount -t devtmpfs dev /dev, or let udev or mdev run");
		return;
	}
	for (id = 0; id < 16; id++) {
		fd = open_dm(id, &info);
		if (fd == -ENOENT)
			continue;
		if (fd < 0) {
			problem("dm%d: cannot be opened: %s", id,
				strerror(-fd));
			continue;
		}
		check_memory(id, &info);
		check_history(id);
		close(fd);
	}
}

static int wait_readable(int fd, int seconds)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, seconds * 1000);

	return n > 0 && p.revents & POLLIN;
}

static void print_request(int id, const struct bao_request *req)
{
	if (req->op == BAO_REQUEST_READ)
		ok("dm%d: the frontend reads %u bytes at 0x%" PRIx64, id,
		   (unsigned int)req->access_width, (uint64_t)req->addr);
	else
		ok("dm%d: the frontend writes 0x%" PRIx64 ", %u bytes, to 0x%"
		   PRIx64, id, (uint64_t)req->value,
		   (unsigned int)req->access_width, (uint64_t)req->addr);
}

static void explain_silence(int id, const struct options *opt)
{
	problem("dm%d: no access of the frontend within %d s", id, opt->wait);
	try("start the frontend, or bind its virtio driver, while this waits");
	try("in Bao's configuration: the frontend's remio_dev has this "
	    "device's bind_key, and its window is where its device tree says");
	try("is dm%d the right number? It is the index in remio_devs of this "
	    "VM, frontend entries counted too", id);
}

/*
 * A request is found by its interrupt, or by the ASK that looks for lost ones.
 * The counter tells which; but the interrupt of an @old request may have come
 * before the module was there.
 */
static void check_interrupt(int id, const struct bao_dm_info *info, bool old)
{
	long long count;

	if (dm_number(id, "interrupts", &count))
		return;
	if (count) {
		ok("dm%d: interrupt %u came (%lld so far)", id, info->irq, count);
		return;
	}
	if (old) {
		note("dm%d: the access was there before; whether interrupt %u "
		     "works is not known yet", id, info->irq);
		return;
	}
	problem("dm%d: a request came, its interrupt never did", id);
	try("interrupts in the device tree: Bao's configuration has GIC INTIDs "
	    "(SPI + 32), the device tree SPI numbers; INTID 40 is <0 8 1>");
}

/* A daemon that takes a request and is killed before it answers. */
static pid_t take_and_hang(int fd, int tell)
{
	struct bao_request req;
	pid_t pid = fork();

	if (pid)
		return pid;
	memset(&req, 0, sizeof(req));
	if (ioctl(fd, BAO_DM_ATTACH, &req) < 0 ||
	    write(tell, &req, sizeof(req)) != (ssize_t)sizeof(req))
		_exit(1);
	for (;;)
		pause();
}

static bool same_access(const struct bao_request *a,
			const struct bao_request *b)
{
	return a->addr == b->addr && a->op == b->op && a->value == b->value &&
	       a->access_width == b->access_width;
}

static bool take_again(int id, int fd, const struct bao_request *lost,
		       struct bao_request *req)
{
	if (!wait_readable(fd, 2) || ioctl(fd, BAO_DM_ATTACH, req) < 0) {
		problem("dm%d: a request died with the daemon that had it", id);
		try("report this, with the kernel's log: the frontend's CPU "
		    "stands still");
		show_kernel_log();
		return false;
	}
	if (!(req->request_id & BAO_REQUEST_REDELIVERED) ||
	    !same_access(req, lost)) {
		problem("dm%d: after a daemon's death another request came "
			"than the one it had", id);
		return false;
	}
	ok("dm%d: a daemon was killed, its request came again", id);
	return true;
}

/* On success @req is ours to answer. */
static bool check_kill(int id, int fd, struct bao_request *req)
{
	struct bao_request lost;
	int tell[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(tell, O_CLOEXEC)) {
		problem("pipe: %s", strerror(errno));
		return false;
	}
	pid = take_and_hang(fd, tell[1]);
	close(tell[1]);
	n = read(tell[0], &lost, sizeof(lost));
	close(tell[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (n != (ssize_t)sizeof(lost)) {
		problem("dm%d: a child could not take the request", id);
		return false;
	}
	print_request(id, &lost);
	return take_again(id, fd, &lost, req);
}

/*
 * A virtio slot without a device: magic and version, and device id 0. A driver
 * leaves it alone and does not complain.
 */
static uint64_t empty_slot(const struct bao_request *req)
{
	if (req->op != BAO_REQUEST_READ)
		return 0;
	switch (req->addr & 0x1ff) {
	case 0x000:
		return 0x74726976;
	case 0x004:
		return 2;
	default:
		return 0;
	}
}

/* @req, and what comes in the two seconds after it. */
static void answer_all(int id, int fd, struct bao_request *req)
{
	time_t end = time(NULL) + 2;
	int answers = 0;

	do {
		req->value = empty_slot(req);
		if (ioctl(fd, BAO_DM_COMPLETE, req) < 0) {
			problem("dm%d: an answer was refused: %s", id,
				strerror(errno));
			try("EIO: the hypervisor refused it; the kernel's log");
			return;
		}
		answers++;
	} while (time(NULL) < end && wait_readable(fd, 1) &&
		 !ioctl(fd, BAO_DM_ATTACH, req));
	ok("dm%d: %d accesses answered; the frontend sees an empty virtio slot",
	   id, answers);
}

static bool served_by_other(int id)
{
	long long pid = 0;

	if (dm_number(id, "server_pid", &pid) || !pid)
		return false;
	problem("dm%d: process %lld serves it", id, pid);
	try("stop that daemon first");
	return true;
}

/* What becomes of the request that stays in the kernel's hands. */
static void say_goodbye(int id)
{
	long long grace = 0;

	if (dm_number(id, "grace_ms", &grace) || grace < 0)
		return;
	note("dm%d: the access waits for a daemon for %lld ms, then the kernel "
	     "answers 0", id, grace);
}

static void serve(const struct options *opt, const struct bao_dm_info *info)
{
	int id = opt->dm, fd = info->fd;
	bool old = wait_readable(fd, 0);
	struct bao_request req;

	note("dm%d: waiting for the frontend for %d s", id, opt->wait);
	if (!wait_readable(fd, opt->wait)) {
		explain_silence(id, opt);
		return;
	}
	check_interrupt(id, info, old);
	if (check_kill(id, fd, &req) && opt->answer)
		answer_all(id, fd, &req);
	else
		say_goodbye(id);
}

void check_frontend(const struct options *opt)
{
	struct bao_dm_info info;
	int fd;

	if (served_by_other(opt->dm))
		return;
	fd = open_dm(opt->dm, &info);
	if (fd < 0) {
		problem("dm%d: cannot be opened: %s", opt->dm, strerror(-fd));
		try("this VM has fewer device models; see the lines above");
		return;
	}
	serve(opt, &info);
	/* Whatever we hold is put back. */
	close(fd);
}
