// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls a daemon makes to bao.ko.
 */
#include "bao.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int call(int fd, unsigned long nr, void *arg)
{
	return ioctl(fd, nr, arg) < 0 ? -errno : 0;
}

int bao_dm_open(struct bao_dm *dm, const char *control, uint32_t id)
{
	struct bao_dm_info info = { .id = id };
	void *map;
	int fd, err;

	fd = open(control, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = call(fd, BAO_DM_GET_INFO, &info);
	/* The DM file lives without the control node. */
	close(fd);
	if (err)
		return err;

	map = mmap(NULL, info.shmem_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   info.fd, 0);
	if (map == MAP_FAILED || fcntl(info.fd, F_SETFL, O_RDWR | O_NONBLOCK)) {
		err = -errno;
		if (map != MAP_FAILED)
			munmap(map, info.shmem_size);
		close(info.fd);
		return err;
	}

	dm->fd = info.fd;
	dm->shm = map;
	dm->shm_addr = info.shmem_addr;
	dm->shm_size = info.shmem_size;
	return 0;
}

void bao_dm_close(struct bao_dm *dm)
{
	munmap(dm->shm, dm->shm_size);
	close(dm->fd);
}

/* -EAGAIN: none is waiting; poll the file. */
int bao_dm_take(const struct bao_dm *dm, struct bao_request *req)
{
	return call(dm->fd, BAO_DM_ATTACH, req);
}

int bao_dm_complete(const struct bao_dm *dm, const struct bao_request *req)
{
	struct bao_request answer = *req;

	return call(dm->fd, BAO_DM_COMPLETE, &answer);
}

/* Turns 32-bit writes of @value to @addr into signals of the eventfd @fd. */
int bao_dm_ioeventfd(const struct bao_dm *dm, int fd, uint64_t addr,
		     uint32_t value, bool on)
{
	struct bao_ioeventfd arg = {
		.fd = (uint32_t)fd,
		.flags = BAO_IOEVENTFD_DATAMATCH,
		.addr = addr,
		.len = 4,
		.data = value,
	};

	if (!on)
		arg.flags |= BAO_IOEVENTFD_DEASSIGN;
	return call(dm->fd, BAO_DM_IOEVENTFD, &arg);
}

/* From now on a write to the eventfd @fd interrupts the frontend. */
int bao_dm_irqfd(const struct bao_dm *dm, int fd)
{
	struct bao_irqfd arg = { .fd = fd };

	return call(dm->fd, BAO_DM_IRQFD, &arg);
}

/* How many requests the kernel answered because no daemon did. */
int bao_dm_answered(const struct bao_dm *dm, uint64_t *count)
{
	struct bao_dm_status arg = { .flags = 0 };
	int err = call(dm->fd, BAO_DM_GET_STATUS, &arg);

	if (!err)
		*count = arg.answered_by_kernel;
	return err;
}
