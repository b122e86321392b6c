// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for arguments: good, ending too early, read-only, late. What is late
 * comes by userfaultfd: the kernel sleeps in the middle of a call until a
 * thread of ours brings the page.
 */

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "fuzz.h"

#define ARENA_PAGES	8
#define ARENAS		8

static int uffd = -1;
/* The pages of all threads, for the one that brings them. */
static struct arena *arenas[ARENAS];
static _Atomic unsigned int num_arenas;

static const struct arena *arena_of(uintptr_t addr)
{
	unsigned int i, num = atomic_load(&num_arenas);
	uintptr_t late;

	for (i = 0; i < num && i < ARENAS; i++) {
		if (!arenas[i])
			continue;
		late = (uintptr_t)arenas[i]->late;
		if (addr >= late && addr < late + arenas[i]->page)
			return arenas[i];
	}
	return NULL;
}

static void late_bring(uintptr_t addr)
{
	const struct arena *arena = arena_of(addr);
	struct uffdio_copy copy = { 0 };

	if (!arena)
		return;
	copy.dst = (uintptr_t)arena->late;
	copy.src = (uintptr_t)arena->stage;
	copy.len = arena->page;
	ioctl(uffd, UFFDIO_COPY, &copy);
}

static void *late_thread(void *data)
{
	struct pollfd pfd = { .fd = uffd, .events = POLLIN };
	struct uffd_msg msg;
	unsigned int n = 0;

	(void)data;
	for (;;) {
		if (poll(&pfd, 1, -1) != 1 ||
		    read(uffd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		/* Sometimes at once, sometimes after an unbind or a signal. */
		sleep_ms(n++ % 4 ? 1 : n % 29);
		late_bring((uintptr_t)msg.arg.pagefault.address);
	}
	return NULL;
}

/* Not every kernel has it; then these pages are as good as others. */
void arena_late_start(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	pthread_t thread;

	uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0)
		return;
	if (ioctl(uffd, UFFDIO_API, &api) ||
	    pthread_create(&thread, NULL, late_thread, NULL)) {
		close(uffd);
		uffd = -1;
		return;
	}
	pthread_detach(thread);
}

static void late_register(struct arena *arena)
{
	struct uffdio_register reg = { 0 };
	unsigned int n = atomic_fetch_add(&num_arenas, 1);

	if (uffd < 0 || n >= ARENAS)
		return;
	arenas[n] = arena;
	reg.range.start = (uintptr_t)arena->late;
	reg.range.len = arena->page;
	reg.mode = UFFDIO_REGISTER_MODE_MISSING;
	ioctl(uffd, UFFDIO_REGISTER, &reg);
}

static void *map_at(void *addr, size_t len, int prot, int fd)
{
	void *map = mmap(addr, len, prot, MAP_SHARED | MAP_FIXED, fd, 0);

	if (map == MAP_FAILED)
		err(1, "mmap");
	return map;
}

void arena_init(struct worker *w)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = memfd_create("arena", MFD_CLOEXEC);
	char *base;

	base = mmap(NULL, ARENA_PAGES * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED || fd < 0 || ftruncate(fd, (off_t)page) ||
	    mprotect(base + page, page, PROT_NONE))
		err(1, "arena");
	w->arena.page = page;
	w->arena.good = base;
	w->arena.read_only = map_at(base + 2 * page, page, PROT_READ, fd);
	map_at(base + 3 * page, page, PROT_READ | PROT_WRITE, fd);
	w->arena.stage = base + 4 * page;
	w->arena.late = base + 6 * page;
	close(fd);
	late_register(&w->arena);
}

static void *place_late(struct arena *a, const void *data, size_t len)
{
	memcpy(a->stage, data, len);
	madvise(a->late, a->page, MADV_DONTNEED);
	return a->late;
}

static void *place_read_only(struct arena *a, const void *data, size_t len)
{
	/* The same page once more, writable. */
	memcpy(a->read_only + a->page, data, len);
	return a->read_only;
}

static void *place_mapped(struct worker *w)
{
	size_t len;
	char *addr;

	return map_pick(w, &addr, &len) ? addr : NULL;
}

static void *place_good(struct worker *w, const void *data, size_t len)
{
	static const unsigned int shift[] = { 0, 0, 0, 1, 3, 4 };
	char *to = w->arena.good + shift[rng_below(&w->rng, COUNT(shift))];

	/* As long as the page has bytes for it. */
	if (rng_one_in(&w->rng, 4))
		to = w->arena.good + w->arena.page - len;
	return memcpy(to, data, len);
}

/*
 * Puts an argument somewhere. @readable tells whether the kernel's answer can
 * be read there without fear.
 */
void *place(struct worker *w, const void *data, size_t len, bool *readable)
{
	struct arena *a = &w->arena;
	unsigned int way = rng_below(&w->rng, 40);

	*readable = way > 6;
	switch (way) {
	case 0:
		return (void *)(uintptr_t)rng_wild(&w->rng);
	case 1:
		return NULL;
	case 2:
		/* The last byte is missing, or the first one. */
		return a->good + a->page - (rng_one_in(&w->rng, 2) ? 0 :
					    len - 1);
	case 3:
	case 4:
		return place_read_only(a, data, len);
	case 5:
		return place_mapped(w);
	case 6:
	case 7:
	case 8:
		*readable = true;
		return place_late(a, data, len);
	default:
		return place_good(w, data, len);
	}
}
