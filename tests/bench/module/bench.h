/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of bao-bench.ko: the least that a guest can do with an interrupt
 * (floor.c), a frontend's accesses (frontend.c), and a clock for both
 * (player.c).
 */
#ifndef BAO_BENCH_H
#define BAO_BENCH_H

#include <linux/completion.h>
#include <linux/device.h>
#include <linux/types.h>

#include "layout.h"

struct bao_call;
struct platform_driver;

/**
 * struct bao_player - rounds of the same operation, each timed
 * @kick: starts a round; called in process and in hard interrupt context
 * @finished: all rounds are done
 * @ns: how long each took
 * @rounds: how many are wanted
 * @done: how many were; @rounds when none is under way
 * @start: when the present one began
 * @median: of the last play
 *
 * One play at a time: whoever plays is alone.
 */
struct bao_player {
	void (*kick)(struct bao_player *player);
	struct completion finished;
	u64 *ns;
	unsigned int rounds;
	unsigned int done;
	u64 start;
	u64 median;
};

int bao_player_init(struct device *dev, struct bao_player *player,
		    void (*kick)(struct bao_player *player));
int bao_player_play(struct bao_player *player, unsigned int rounds);
bool bao_player_step(struct bao_player *player);
void bao_player_record(struct bao_player *player, u64 ns);
int bao_player_begin(struct bao_player *player, unsigned int rounds);
void bao_player_end(struct bao_player *player);

/* fakehv's hypercalls, when it is loaded. */
void fakehv_call(struct bao_call *call);

extern void (*bao_bench_call)(struct bao_call *call);
extern struct platform_driver bao_floor_dm_driver;
extern struct platform_driver bao_floor_ipc_driver;
extern struct platform_driver bao_bench_frontend_driver;

#endif /* BAO_BENCH_H */
