// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for guests, in huge pages where the kernel gives any: each page that
 * a guest touches first costs a trap, and inside QEMU a trap is dear.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm.h"

#define HUGE	((uint64_t)2 << 20)

/* Private when @fd is -1; aligned, so that huge pages fit a guest's too. */
static int map_aligned(int fd, uint64_t size, char **mem)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
	uint64_t room = size + HUGE;
	char *hole, *at;

	hole = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (hole == MAP_FAILED)
		return -errno;
	at = hole + (HUGE - (uintptr_t)hole % HUGE) % HUGE;
	if (mmap(at, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0) ==
	    MAP_FAILED)
		return -errno;
	/* a kernel without huge pages refuses, and that is fine */
	madvise(at, size, MADV_HUGEPAGE);
	*mem = at;
	return 0;
}

int memory_private(uint64_t size, char **mem)
{
	return map_aligned(-1, size, mem);
}

int memory_shared(struct shmem *shmem, uint64_t size)
{
	shmem->size = size;
	shmem->fd = memfd_create("shmem", MFD_CLOEXEC);
	if (shmem->fd < 0 || ftruncate(shmem->fd, (off_t)size))
		return -errno;
	return map_aligned(shmem->fd, size, &shmem->mem);
}
