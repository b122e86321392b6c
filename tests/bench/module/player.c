// SPDX-License-Identifier: GPL-2.0-only
/* Times rounds of an operation, from interrupt to interrupt. */

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sort.h>

#include "bench.h"

#define BAO_PLAY_TIMEOUT	(20 * HZ)

/**
 * bao_player_init() - prepare
 * @dev: frees it in the end
 * @player: the player
 * @kick: starts a round
 *
 * Context: process.
 * Return: 0; -ENOMEM.
 */
int bao_player_init(struct device *dev, struct bao_player *player,
		    void (*kick)(struct bao_player *player))
{
	player->kick = kick;
	init_completion(&player->finished);
	player->ns = devm_kcalloc(dev, BENCH_ROUNDS_MAX, sizeof(*player->ns),
				  GFP_KERNEL);
	return player->ns ? 0 : -ENOMEM;
}

static int bao_player_compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/**
 * bao_player_begin() - begin a play
 * @player: the player
 * @rounds: how many
 *
 * Return: 0; -EINVAL.
 */
int bao_player_begin(struct bao_player *player, unsigned int rounds)
{
	if (!rounds || rounds > BENCH_ROUNDS_MAX)
		return -EINVAL;
	player->done = 0;
	/* Last: interrupts count from here. */
	WRITE_ONCE(player->rounds, rounds);
	return 0;
}

/**
 * bao_player_record() - note how long a round took
 * @player: the player
 * @ns: the time
 */
void bao_player_record(struct bao_player *player, u64 ns)
{
	player->ns[player->done++] = ns;
}

/**
 * bao_player_end() - end a play
 * @player: the player; all rounds are done
 */
void bao_player_end(struct bao_player *player)
{
	sort(player->ns, player->done, sizeof(*player->ns), bao_player_compare,
	     NULL);
	player->median = player->ns[player->done / 2];
}

/**
 * bao_player_step() - a round has ended; start the next one
 * @player: the player
 *
 * Context: the interrupt that ends a round.
 * Return: whether a play is under way at all.
 */
bool bao_player_step(struct bao_player *player)
{
	unsigned int rounds = READ_ONCE(player->rounds);

	if (player->done >= rounds)
		return false;
	bao_player_record(player, ktime_get_ns() - player->start);
	if (player->done == rounds) {
		complete(&player->finished);
	} else {
		player->start = ktime_get_ns();
		player->kick(player);
	}
	return true;
}

/**
 * bao_player_play() - do rounds that interrupts end
 * @player: the player
 * @rounds: how many
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL; -ETIMEDOUT when an interrupt did not come.
 */
int bao_player_play(struct bao_player *player, unsigned int rounds)
{
	int ret;

	reinit_completion(&player->finished);
	ret = bao_player_begin(player, rounds);
	if (ret)
		return ret;
	player->start = ktime_get_ns();
	player->kick(player);
	if (!wait_for_completion_timeout(&player->finished, BAO_PLAY_TIMEOUT)) {
		WRITE_ONCE(player->rounds, 0);
		return -ETIMEDOUT;
	}
	bao_player_end(player);
	return 0;
}
