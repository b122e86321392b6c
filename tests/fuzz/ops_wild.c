// SPDX-License-Identifier: GPL-2.0-only
/* Calls that nobody should make. */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "fuzz.h"

static const unsigned long commands[] = {
	BAO_DM_GET_INFO, BAO_DM_ATTACH, BAO_DM_COMPLETE, BAO_DM_IOEVENTFD,
	BAO_DM_IRQFD, BAO_DM_GET_STATUS, BAO_IPC_GET_INFO, BAO_IPC_NOTIFY,
	BAO_IPC_GET_EVENTS, BAO_IPC_EVENTFD,
};

static unsigned long draw_command(struct worker *w)
{
	unsigned long cmd = commands[rng_below(&w->rng, COUNT(commands))];

	switch (rng_below(&w->rng, 6)) {
	case 0:
		/* Another size. */
		return cmd ^ (1UL << (16 + rng_below(&w->rng, 14)));
	case 1:
		/* Another direction, or number. */
		return cmd ^ (1UL << rng_below(&w->rng, 32));
	case 2:
		return _IOC(_IOC_READ | _IOC_WRITE, BAO_IOCTL_TYPE,
			    rng_below(&w->rng, 256), rng_below(&w->rng, 256));
	case 3:
		return (unsigned long)rng_wild(&w->rng);
	default:
		return cmd;
	}
}

static void op_wild_ioctl(struct worker *w)
{
	unsigned long cmd = draw_command(w);
	unsigned char junk[256];
	int fd = fd_any(w);
	bool readable;
	unsigned int i;
	void *arg;

	for (i = 0; i < sizeof(junk); i++)
		junk[i] = rng_one_in(&w->rng, 8) ?
			  (unsigned char)rng_next(&w->rng) : 0;
	arg = place(w, junk, sizeof(junk), &readable);
	CALL(w, "ioctl", fd, cmd, arg, ioctl(fd, cmd, arg));
}

static void op_wild_splice(struct worker *w)
{
	int in = fd_any(w), out = fd_any(w);
	off_t offset = 0;

	CALL(w, "sendfile", out, in, 0, sendfile(out, in, &offset, 64));
}

static void op_wild_file(struct worker *w)
{
	int fd = fd_any(w);

	switch (rng_below(&w->rng, 5)) {
	case 0:
		CALL(w, "ftruncate", fd, 0, 0, ftruncate(fd, 4096));
		break;
	case 1:
		CALL(w, "fsync", fd, 0, 0, fsync(fd));
		break;
	case 2:
		CALL(w, "fallocate", fd, 0, 0, fallocate(fd, 0, 0, 4096));
		break;
	case 3:
		CALL(w, "posix_fadvise", fd, 0, 0,
		     posix_fadvise(fd, 0, 4096, POSIX_FADV_DONTNEED));
		break;
	default:
		CALL(w, "F_GETFL", fd, 0, 0, fcntl(fd, F_GETFL, 0));
		break;
	}
}

static const struct op ops[] = {
	{ "wild_ioctl", 12, op_wild_ioctl },
	{ "wild_splice", 2, op_wild_splice },
	{ "wild_file", 3, op_wild_file },
};

const struct op_table wild_table = { "wild", ops, COUNT(ops) };
