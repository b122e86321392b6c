// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings. They are touched by system calls alone, which fail where a load
 * would end the process.
 */

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static size_t draw_map_len(struct worker *w)
{
	if (rng_one_in(&w->rng, 8))
		return (size_t)rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 4))
		return DM_SIZE;
	return w->arena.page * (1 + rng_below(&w->rng, 40));
}

static off_t draw_map_offset(struct worker *w)
{
	if (rng_one_in(&w->rng, 8))
		return (off_t)(rng_wild(&w->rng) & ~(w->arena.page - 1));
	if (rng_one_in(&w->rng, 2))
		return 0;
	return (off_t)(w->arena.page * rng_below(&w->rng, 80));
}

static int draw_prot(struct worker *w)
{
	if (rng_one_in(&w->rng, 3))
		return (int)rng_below(&w->rng, 8);
	return PROT_READ | PROT_WRITE;
}

static void op_mmap(struct worker *w)
{
	static const int flags[] = {
		MAP_SHARED, MAP_SHARED, MAP_SHARED, MAP_SHARED_VALIDATE,
		MAP_PRIVATE, MAP_SHARED | MAP_POPULATE, MAP_SHARED | MAP_LOCKED,
	};
	int fd = fd_need(w, rng_one_in(&w->rng, 2) ? FD_DM : FD_IPC);
	int prot = draw_prot(w), flag;
	size_t len = draw_map_len(w);
	off_t offset = draw_map_offset(w);
	void *map;

	flag = flags[rng_below(&w->rng, COUNT(flags))];
	map = (void *)CALL(w, "mmap", fd, len,
			   (uint64_t)offset | (uint64_t)flag << 8 | prot,
			   mmap(NULL, len, prot, flag, fd, offset));
	if (map != MAP_FAILED)
		map_put(w, map, len);
}

static void op_munmap(struct worker *w)
{
	size_t len, page = w->arena.page;
	char *addr;

	if (!map_take(w, &addr, &len))
		return;
	/* A hole in the middle first. */
	if (len > 4 * page && rng_one_in(&w->rng, 3))
		CALL(w, "munmap", addr + page, page, 0,
		     munmap(addr + page, page));
	CALL(w, "munmap", addr, len, 0, munmap(addr, len));
}

static void op_mprotect(struct worker *w)
{
	int prot = (int)rng_below(&w->rng, 8);
	size_t len, page = w->arena.page;
	char *addr;

	if (!map_pick(w, &addr, &len))
		return;
	if (rng_one_in(&w->rng, 2))
		len = page;
	CALL(w, "mprotect", addr, len, prot, mprotect(addr, len, prot));
}

static void op_mremap(struct worker *w)
{
	size_t len, new_len;
	char *addr;
	void *map;

	if (!map_take(w, &addr, &len))
		return;
	new_len = rng_one_in(&w->rng, 2) ? len :
		  w->arena.page * (1 + rng_below(&w->rng, 80));
	map = (void *)CALL(w, "mremap", addr, len, new_len,
			   mremap(addr, len, new_len, MREMAP_MAYMOVE));
	if (map == MAP_FAILED)
		map_put(w, addr, len);
	else
		map_put(w, map, new_len);
}

static void op_madvise(struct worker *w)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_DONTFORK, MADV_DOFORK, MADV_WILLNEED,
		MADV_COLD, MADV_PAGEOUT, MADV_REMOVE, MADV_MERGEABLE,
		MADV_HUGEPAGE, MADV_DONTDUMP, MADV_WIPEONFORK,
		22 /* POPULATE_READ */, 23 /* POPULATE_WRITE */,
	};
	int adv = advice[rng_below(&w->rng, COUNT(advice))];
	size_t len;
	char *addr;

	if (map_pick(w, &addr, &len))
		CALL(w, "madvise", addr, len, adv, madvise(addr, len, adv));
}

static void op_sync_lock(struct worker *w)
{
	size_t len;
	char *addr;

	if (!map_pick(w, &addr, &len))
		return;
	CALL(w, "msync", addr, len, 0, msync(addr, len, MS_SYNC));
	CALL(w, "mlock", addr, len, 0, mlock(addr, len));
}

/* Through a pipe, to the memory and from it. */
static void op_touch(struct worker *w)
{
	size_t len, at;
	char *addr;
	int fd[2];

	if (!map_pick(w, &addr, &len) || pipe2(fd, O_NONBLOCK | O_CLOEXEC))
		return;
	at = rng_next(&w->rng) % len & ~7UL;
	CALL(w, "write from map", addr + at, 8, 0, write(fd[1], addr + at, 8));
	if (rng_one_in(&w->rng, 2)) {
		CALL(w, "read to map", addr + at, 8, 0,
		     read(fd[0], addr + at, 8));
	}
	close(fd[0]);
	close(fd[1]);
}

static const struct op ops[] = {
	{ "mmap", 14, op_mmap },
	{ "munmap", 8, op_munmap },
	{ "mprotect", 4, op_mprotect },
	{ "mremap", 4, op_mremap },
	{ "madvise", 5, op_madvise },
	{ "sync_lock", 2, op_sync_lock },
	{ "touch", 12, op_touch },
};

const struct op_table mem_table = { "mem", ops, COUNT(ops) };
