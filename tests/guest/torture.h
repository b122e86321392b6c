/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the torture programs share: one knob for their length, numbers that can
 * be replayed, a book of all accesses, and frontends and daemons that keep it.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include "lib.h"

#define QUEUES		4
#define FRONTS_MAX	32
#define BOOK_SIZE	(1U << 22)

/* A frontend that gets no answer for so long will never get one. */
#define SLACK_MS	30000

/* Every read has an address of its own, every write a value of its own. */
#define REG_READ	0x10000000ULL
#define REG_WRITE	0x0a003000ULL
#define REG_KICK	0x0a003050ULL

/* The length that was asked for, in percent, from the environment. */
unsigned int share(unsigned int full);
uint64_t seed_get(void);
uint32_t chance(uint64_t *rng, uint32_t below);
void sleep_us(unsigned int us);

/**
 * struct book - what became of the accesses, seen by all processes
 * @next: number of the next access that has one
 * @unmarked: handed out for a second time, without the mark that says so
 * @strange: requests that no frontend made, or of another device model
 * @failed: calls that failed with an error they should not have
 * @error: the last such error
 * @handed: how often each access was handed out
 */
struct book {
	uint32_t next;
	uint32_t unmarked;
	uint32_t strange;
	uint32_t failed;
	uint32_t error;
	uint8_t handed[BOOK_SIZE];
};

struct book *book_open(void);
void book_close(struct book *book);
void book_taken(struct book *book, const struct bao_request *req,
		unsigned int dm);
void book_failed(struct book *book, int error);
uint32_t book_missing(const struct book *book);

/* The answer to a read; never 0, which is the kernel's. */
uint32_t answer_to(unsigned int dm, uint64_t addr);

/**
 * struct front - a CPU of the frontend, that reads, writes and kicks
 * @book: where it keeps what it does
 * @dm: its device model
 * @rng: its numbers
 * @reads: done
 * @zeros: of these, answered by the kernel
 * @writes: done
 * @kicks: done
 * @wrong: answers that are nobody's
 * @errors: accesses that ended without an answer
 * @max_ns: the longest stall
 * @done: accesses done
 * @stop: set to end it
 * @ended: it has
 * @thread: the thread
 */
struct front {
	struct book *book;
	unsigned int dm;
	uint64_t rng;
	unsigned long reads;
	unsigned long zeros;
	unsigned long writes;
	unsigned long kicks;
	unsigned long wrong;
	unsigned long errors;
	uint64_t max_ns;
	unsigned long done;
	volatile bool stop;
	bool ended;
	pthread_t thread;
};

void front_start(struct front *f, struct book *book, unsigned int dm,
		 uint64_t seed);
bool fronts_advance(const struct front *f, unsigned int num);
bool fronts_stop(struct front *f, unsigned int num);
struct front fronts_sum(const struct front *f, unsigned int num);

/* A process that can be killed with its helpers. */
pid_t kid_start(void (*work)(void *), void *arg);
void kid_kill(pid_t pid);
void kid_kill_helpers(pid_t pid);

/* The counters of a device model in sysfs. */
struct tally {
	long long requests;
	long long hits;
	long long completed;
	long long kernel;
	long long late;
};

struct tally tally_get(const struct fakehv_device *dev, unsigned int dm);
struct tally tally_since(const struct fakehv_device *dev, unsigned int dm,
			 const struct tally *before);

/* Whether nothing is left in the kernel of what was taken or registered. */
bool dm_is_clean(const struct fakehv_device *dev, unsigned int dm);
long long module_users(void);

#endif /* TORTURE_H */
