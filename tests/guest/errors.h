/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks along a call's ways to fail: its first allocation or copy fails, then
 * its second, and so on, until nothing is left that could. The errors_*
 * programs share it.
 */
#ifndef ERRORS_H
#define ERRORS_H

#include <stdbool.h>

/**
 * struct errors_walk - a call and what belongs to it
 * @name: for the report
 * @prepare: brings about what the call needs; runs before each call
 * @call: the call; -1 and errno when it fails
 * @works: whether a call that succeeded has done all that it is for
 * @healthy: whether everything works after a call that failed
 * @undo: takes back what a call that succeeded has done
 * @clean: takes back what @prepare did
 * @stride: of a long walk: @healthy is asked after every so many faults only
 * @leap: of a long walk: every so many faults are enough when all that follow
 *	happen as well
 * @also: errno that the call may have besides ENOMEM and EFAULT
 * @steady: it neither allocates nor copies
 *
 * All but @name and @call can be left out.
 */
struct errors_walk {
	const char *name;
	bool (*prepare)(void *self);
	int (*call)(void *self);
	bool (*works)(void *self);
	bool (*healthy)(void *self);
	void (*undo)(void *self);
	void (*clean)(void *self);
	unsigned int stride;
	unsigned int leap;
	int also[4];
	bool steady;
};

/* In place of TEST_HARNESS_MAIN: one skip where nothing can be made to fail. */
#define ERRORS_MAIN							\
	int main(int argc, char **argv)					\
	{								\
		if (!errors_possible(*argv))				\
			return 0;					\
		return test_harness_run(argc, argv);			\
	}

bool errors_possible(const char *program);

/* Once in each process, before the other functions. */
void errors_begin(void);

/*
 * Whether the call fails well in all its ways: with an errno that says so, all
 * that can be seen from outside as it was before, and with success the next
 * time. Prints what does not, and the number of faults.
 */
bool errors_walk(const struct errors_walk *walk, void *self);

/* One call; whether its n-th allocation or copy failed. */
enum errors_kind {
	ERRORS_ONE,		/* that one alone */
	ERRORS_DROUGHT,		/* and all allocations after it */
};

int errors_call(enum errors_kind kind, unsigned int n, int (*call)(void *self),
		void *self, bool *hit);

/* How many allocations and copies a call makes. */
unsigned int errors_count(int (*call)(void *self), void *self);

/* All that can be seen from outside, as text; kept until the next but one. */
const char *errors_state(void);
bool errors_same(const char *before, const char *after);

/* From now on this thread gets no memory, or gets it again. */
void errors_dry(bool on);

/*
 * From now on nobody gets memory without waiting for it, as in interrupts; or
 * everybody again, then how often somebody got none.
 */
unsigned int errors_no_atomic(bool on);

#endif /* ERRORS_H */
