// SPDX-License-Identifier: GPL-2.0-only
/* The other VMs: frontends that access their devices, peers that ring. */

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"

static void draw_access(struct worker *w, struct fakehv_access *access)
{
	memset(access, 0, sizeof(*access));
	access->dm = rng_below(&w->rng, 3);
	access->op = rng_below(&w->rng, 2);
	access->addr = draw_reg(w);
	access->width = draw_width(w);
	access->value = rng_below(&w->rng, 4);
	if (rng_one_in(&w->rng, 32))
		access->op = (uint32_t)rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 32))
		access->width = rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 16))
		access->value = rng_wild(&w->rng);
	if (rng_one_in(&w->rng, 24))
		access->flags = FAKEHV_ACCESS_QUIET;
}

static void op_access(struct worker *w)
{
	struct fakehv_access access;

	draw_access(w, &access);
	if (!CALL(w, "ACCESS", (uint64_t)access.dm << 32 | access.op,
		  access.addr, access.width, ioctl(hv, FAKEHV_ACCESS, &access)))
		atomic_fetch_add(&shared->accesses, 1);
}

static void op_storm(struct worker *w)
{
	struct fakehv_storm storm = { .ms = 1 + rng_below(&w->rng, 60) };

	draw_access(w, &storm.access);
	CALL(w, "STORM", (uint64_t)storm.access.dm << 32 | storm.access.op,
	     storm.access.addr, storm.ms, ioctl(hv, FAKEHV_STORM, &storm));
	atomic_fetch_add(&shared->accesses, storm.count);
}

static void op_pause(struct worker *w)
{
	usleep(rng_below(&w->rng, 2000));
}

static const struct op access_ops[] = {
	{ "access", 20, op_access },
	{ "storm", 1, op_storm },
	{ "pause", 4, op_pause },
};

const struct op_table access_table = {
	"access", access_ops, COUNT(access_ops)
};

static void op_ring(struct worker *w)
{
	struct fakehv_ring ring = {
		.kind = rng_one_in(&w->rng, 3) ? FAKEHV_DM : FAKEHV_IPC,
		.index = rng_below(&w->rng, 3), .event = rng_below(&w->rng, 3),
		.count = 1, .period_us = rng_below(&w->rng, 50),
	};

	if (rng_one_in(&w->rng, 8))
		ring.count = rng_below(&w->rng, 400);
	ring.ms = 50;
	CALL(w, "RING", ring.kind, (uint64_t)ring.index << 32 | ring.event,
	     ring.count, ioctl(hv, FAKEHV_RING, &ring));
}

static void op_wait(struct worker *w)
{
	struct fakehv_wait wait = {
		.kind = rng_below(&w->rng, 2), .index = rng_below(&w->rng, 3),
		.event = rng_below(&w->rng, 3), .seen = ~0ULL,
		.timeout_ms = rng_below(&w->rng, 10),
	};

	CALL(w, "WAIT", wait.kind, wait.index, wait.event,
	     ioctl(hv, FAKEHV_WAIT, &wait));
}

static void op_line_cpu(struct worker *w)
{
	struct fakehv_cpu cpu = {
		.kind = rng_below(&w->rng, 2), .index = rng_below(&w->rng, 3),
		.event = rng_below(&w->rng, 3),
		.cpu = rng_below(&w->rng, num_cpus()),
	};

	CALL(w, "SET_CPU", cpu.kind, cpu.index, cpu.cpu,
	     ioctl(hv, FAKEHV_SET_CPU, &cpu));
}

static void op_line_kill(struct worker *w)
{
	struct fakehv_victim victim = {
		.kind = rng_below(&w->rng, 2), .index = rng_below(&w->rng, 3),
		.event = rng_below(&w->rng, 3),
	};

	CALL(w, "KILL", victim.kind, victim.index, victim.event,
	     ioctl(hv, FAKEHV_KILL, &victim));
}

static const struct op ring_ops[] = {
	{ "ring", 12, op_ring },
	{ "wait", 1, op_wait },
	{ "line_cpu", 2, op_line_cpu },
	{ "line_kill", 1, op_line_kill },
};

const struct op_table ring_table = { "ring", ring_ops, COUNT(ring_ops) };
