// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the commands share.
 */
#include "bed.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* map_physical: whole pages from START on; the descriptor is not needed again */
volatile unsigned char *map_physical(uint64_t start, size_t size)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	void *map;

	if (fd < 0)
		err(2, "/dev/mem");
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   (off_t)start);
	if (map == MAP_FAILED)
		err(2, "mmap of 0x%llx", (unsigned long long)start);
	close(fd);
	return map;
}

volatile uint32_t *notebook(void)
{
	static volatile uint32_t *words;

	if (!words)
		words = (volatile uint32_t *)map_physical(NOTEBOOK_START,
							  NOTEBOOK_SIZE);
	return words;
}

/* note: what was done before is seen by whoever sees the word */
void note(volatile uint32_t *word, uint32_t value)
{
	__sync_synchronize();
	*word = value;
	__sync_synchronize();
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

unsigned long number(const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || end == text || *end)
		errx(2, "%s is not a number", text);
	return value;
}

int open_channel(void)
{
	int fd = open(NODE_CHANNEL, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, NODE_CHANNEL);
	return fd;
}
