// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes and reads a file with several threads, past the page cache, and knows
 * at every moment what each block must hold. Ends on SIGTERM with a full check.
 *
 * Each thread has blocks of its own. A block's content is made from its number
 * and a version; the version of the last write that was acknowledged is what a
 * read has to find.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BLOCK		4096
#define BLOCKS		512	/* of each thread */
#define THREADS_MAX	16

struct worker {
	pthread_t thread;
	int fd;
	unsigned int index;
	uint64_t random;
	uint32_t version[BLOCKS];
	uint64_t *buffer;
	uint64_t writes;
	uint64_t reads;
	uint64_t slowest_ns;
	bool failed;
};

static atomic_bool stop;

static void on_term(int sig)
{
	(void)sig;
	atomic_store(&stop, true);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* xorshift64: the state is never 0 */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t word(uint64_t block, uint32_t version, unsigned int i)
{
	return (block << 40) ^ ((uint64_t)version << 16) ^ i ^
	       (block + 1) * (version + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static off_t place(const struct worker *w, uint32_t block)
{
	return ((off_t)w->index * BLOCKS + block) * BLOCK;
}

static bool write_block(struct worker *w, uint32_t block)
{
	const uint64_t number = (uint64_t)w->index * BLOCKS + block;
	uint32_t version = w->version[block] + 1;

	for (unsigned int i = 0; i < BLOCK / 8; i++)
		w->buffer[i] = word(number, version, i);
	if (pwrite(w->fd, w->buffer, BLOCK, place(w, block)) != BLOCK) {
		printf("# block %" PRIu64 ": write: %s\n", number,
		       strerror(errno));
		return false;
	}
	w->version[block] = version;
	w->writes++;
	return true;
}

static bool check_block(struct worker *w, uint32_t block)
{
	const uint64_t number = (uint64_t)w->index * BLOCKS + block;

	if (pread(w->fd, w->buffer, BLOCK, place(w, block)) != BLOCK) {
		printf("# block %" PRIu64 ": read: %s\n", number,
		       strerror(errno));
		return false;
	}
	w->reads++;
	for (unsigned int i = 0; i < BLOCK / 8; i++) {
		if (w->buffer[i] == word(number, w->version[block], i))
			continue;
		printf("# block %" PRIu64 " version %u: wrong data at %u\n",
		       number, w->version[block], i * 8);
		return false;
	}
	return true;
}

static bool step(struct worker *w)
{
	uint64_t random = next_random(&w->random);
	uint32_t block = (uint32_t)(random >> 8) % BLOCKS;
	uint64_t start = now_ns(), took;
	bool fine;

	if (random & 1 || !w->version[block])
		fine = write_block(w, block);
	else
		fine = check_block(w, block);
	took = now_ns() - start;
	if (took > w->slowest_ns)
		w->slowest_ns = took;
	return fine;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load(&stop) && !w->failed)
		w->failed = !step(w);
	for (uint32_t block = 0; block < BLOCKS && !w->failed; block++)
		if (w->version[block])
			w->failed = !check_block(w, block);
	return NULL;
}

static void start_worker(struct worker *w, int fd, unsigned int index,
			 uint64_t seed)
{
	w->fd = fd;
	w->index = index;
	w->random = seed * 1000003 + index + 1;
	w->buffer = aligned_alloc(BLOCK, BLOCK);
	if (!w->buffer || pthread_create(&w->thread, NULL, work, w)) {
		fprintf(stderr, "load: no thread\n");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static struct worker worker[THREADS_MAX];
	uint64_t writes = 0, reads = 0, slowest = 0;
	unsigned int threads;
	bool failed = false;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: load FILE THREADS SEED\n");
		return 2;
	}
	threads = (unsigned int)strtoul(argv[2], NULL, 0);
	if (!threads || threads > THREADS_MAX) {
		fprintf(stderr, "load: 1 to %d threads\n", THREADS_MAX);
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_CREAT | O_DIRECT, 0600);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	signal(SIGTERM, on_term);
	for (unsigned int i = 0; i < threads; i++)
		start_worker(&worker[i], fd, i, strtoull(argv[3], NULL, 0));
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(worker[i].thread, NULL);
		failed |= worker[i].failed;
		writes += worker[i].writes;
		reads += worker[i].reads;
		if (worker[i].slowest_ns > slowest)
			slowest = worker[i].slowest_ns;
		free(worker[i].buffer);
	}
	printf("# load: seed %s, %" PRIu64 " writes, %" PRIu64
	       " reads, slowest %" PRIu64 " ms\n", argv[3], writes, reads,
	       slowest / 1000000);
	close(fd);
	return failed;
}
