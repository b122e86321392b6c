/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands of bed share: where things are in both guests, and the
 * notebook, words of memory that both guests have apart from what is tested.
 */
#ifndef BED_H
#define BED_H

#include <stddef.h>
#include <stdint.h>

/* as in the image's configuration, see ../README.md */
#define WINDOW_START	0xa00ce00UL
#define NOTEBOOK_START	0xf1000000UL
#define NOTEBOOK_SIZE	0x10000UL

/* registers that the daemon answers; what it knows is what the frontend checks */
#define REG_MAGIC	0x00
#define REG_VERSION	0x04
#define REG_NOTIFY	0x50
#define REG_SEQUENCE	0x54
#define REG_STATUS	0x70
#define REG_PATTERN	0x100

#define MAGIC_VALUE	0x74726976U
#define VERSION_VALUE	2U
#define PATTERN_VALUE	0xf1e2d3c4b5a69788ULL

#define NODE_CONTROL	"/dev/bao-io-dispatcher"
#define NODE_CHANNEL	"/dev/baoipc0"

/*
 * A word has one writer, or one at a time: that memory may be mapped uncached,
 * where nothing atomic is to be had.
 */
enum word {
	WORD_BACKEND,		/* how far the backend's script is */
	WORD_FRONTEND,		/* how far the frontend's is */
	WORD_CHANNEL_GO,	/* the receiver of a channel asks for a step */
	WORD_CHANNEL_DONE,	/* the sender has made it */
	WORD_CHANNEL_SEEN,	/* last number that the receiver has read */
	WORD_STARTS,		/* daemons that were started */
	WORD_REDELIVERED,	/* requests that were handed out before */
	WORD_READS,		/* requests that the daemons answered */
	WORD_WRITES,
	WORD_REFUSED,		/* answers that the kernel did not take */
	WORD_SEQUENCE,		/* the last number written by the frontend */
	WORD_ROUNDS,		/* of the frontend's accesses */
	WORD_WRONG,		/* reads that gave what no daemon said */
	WORD_LOST,		/* writes that no daemon saw */
	WORD_LONGEST,		/* the longest access, in ms */
	WORD_NOTIFIED,		/* QueueNotify that the frontend wrote */
	WORD_RUNG,		/* doorbells that were asked for */
	WORD_HEARD,		/* interrupts that the listener was told of */
	WORD_LAST,		/* last number that the listener has read */
	WORDS
};

struct command {
	const char *name;
	const char *usage;
	int (*run)(int argc, char **argv);
};

extern const struct command command_set, command_get, command_wait;
extern const struct command command_serve, command_access, command_clock;
extern const struct command command_send, command_receive;
extern const struct command command_ring, command_listen, command_spin;

volatile uint32_t *notebook(void);
void note(volatile uint32_t *word, uint32_t value);
volatile unsigned char *map_physical(uint64_t start, size_t size);
uint64_t now_ns(void);
unsigned long number(const char *text);
int open_channel(void);

#endif /* BED_H */
