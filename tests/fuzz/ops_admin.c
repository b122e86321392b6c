// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to devices, and what goes wrong in the hypervisor. One process
 * does this: fakehv makes and resets devices for one caller at a time.
 *
 * In a strict run nothing is done that loses a request for good: there every
 * access has to be answered in the end.
 */

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"

static void bind_write(struct worker *w, const char *what, unsigned int slot)
{
	char path[96], text[16];

	snprintf(path, sizeof(path), "/sys/bus/platform/drivers/%s/%s",
		 world_driver(slot), what);
	snprintf(text, sizeof(text), "fakehv.%u", slot);
	CALL(w, what, slot, 0, 0, path_write(path, text));
}

static void op_unbind(struct worker *w)
{
	bind_write(w, "unbind", rng_below(&w->rng, WORLD_DEVICES));
}

static void op_rebind(struct worker *w)
{
	unsigned int slot = rng_below(&w->rng, WORLD_DEVICES);

	bind_write(w, "unbind", slot);
	usleep(rng_below(&w->rng, 3000));
	bind_write(w, "bind", slot);
}

static void op_bind(struct worker *w)
{
	bind_write(w, "bind", rng_below(&w->rng, WORLD_DEVICES));
}

static void op_override(struct worker *w)
{
	static const char *const names[] = {
		"\n", "\n", "bao-ipcshmem", "bao-io-dispatcher", "nobody",
	};
	const char *name = names[rng_below(&w->rng, COUNT(names))];
	unsigned int slot = rng_below(&w->rng, WORLD_DEVICES);
	char path[96];

	snprintf(path, sizeof(path),
		 "/sys/bus/platform/devices/fakehv.%u/driver_override", slot);
	CALL(w, "driver_override", slot, name[0], 0, path_write(path, name));
}

static void op_destroy(struct worker *w)
{
	unsigned int slot = rng_below(&w->rng, WORLD_DEVICES);

	CALL(w, "DESTROY", slot, 0, 0,
	     ioctl(hv, FAKEHV_DESTROY, (unsigned long)slot));
}

/*
 * In place of the one with the lowest number that is gone. There is none
 * missing when all five are there: then a sixth is made, that takes what
 * another one has.
 */
static void op_create(struct worker *w)
{
	unsigned int slot = rng_below(&w->rng, WORLD_DEVICES);
	struct fakehv_device dev;

	if (!rng_one_in(&w->rng, 8))
		CALL(w, "DESTROY", slot, 0, 0,
		     ioctl(hv, FAKEHV_DESTROY, (unsigned long)slot));
	device_draw(w, slot, &dev);
	CALL(w, "CREATE", slot, dev.num_res, dev.num_props,
	     ioctl(hv, FAKEHV_CREATE, &dev));
}

static void op_fault(struct worker *w)
{
	static const unsigned int harmless[] = {
		FAKEHV_CALL_IPC, FAKEHV_CALL_ASK, FAKEHV_CALL_NOTIFY,
		FAKEHV_LOSE_IRQ,
	};
	static const int results[] = { -2, -3, -1, 5, -99 };
	unsigned int kind = harmless[rng_below(&w->rng, COUNT(harmless))];
	unsigned int count = 1 + rng_below(&w->rng, 6);
	int result = results[rng_below(&w->rng, COUNT(results))];
	struct fakehv_fault fault;

	if (!shared->strict && rng_one_in(&w->rng, 2)) {
		kind = rng_below(&w->rng, FAKEHV_FAULTS);
		result = rng_one_in(&w->rng, 3) ? 0 : result;
		count *= rng_below(&w->rng, 8);
	}
	fault = (struct fakehv_fault){
		.kind = kind, .result = result, .count = count,
	};
	CALL(w, "FAULT", kind, result, count, ioctl(hv, FAKEHV_FAULT, &fault));
}

static void op_config(struct worker *w)
{
	struct fakehv_config config = {
		.num_dms = FAKEHV_MAX_DMS, .num_ipcs = FAKEHV_MAX_IPCS,
		.num_slots = 1 + rng_below(&w->rng, FAKEHV_MAX_SLOTS),
	};

	if (rng_one_in(&w->rng, 2))
		config.flags = rng_one_in(&w->rng, 2) ? FAKEHV_DROP_MASKED :
						       FAKEHV_EOI_KEPT;
	if (!shared->strict && rng_one_in(&w->rng, 3)) {
		config.num_dms = rng_below(&w->rng, 4);
		config.num_ipcs = rng_below(&w->rng, 4);
	}
	if (!shared->strict && rng_one_in(&w->rng, 6))
		config.not_bao = (int)rng_below(&w->rng, 8) - 4;
	CALL(w, "CONFIG", config.num_slots, config.flags, config.not_bao,
	     ioctl(hv, FAKEHV_CONFIG, &config));
	if (!config.not_bao)
		return;
	usleep(rng_below(&w->rng, 5000));
	config.not_bao = 0;
	CALL(w, "CONFIG", config.num_slots, config.flags, 0,
	     ioctl(hv, FAKEHV_CONFIG, &config));
}

static void op_reset(struct worker *w)
{
	CALL(w, "RESET", 0, 0, 0, ioctl(hv, FAKEHV_RESET));
	world_make();
}

/* A dead bus is nothing to look at: put back what is missing. */
static void op_repair(struct worker *w)
{
	unsigned int slot;
	char path[64];

	for (slot = 0; slot < WORLD_DEVICES; slot++) {
		snprintf(path, sizeof(path),
			 "/sys/bus/platform/devices/fakehv.%u/driver_override",
			 slot);
		path_write(path, "\n");
		bind_write(w, "bind", slot);
	}
}

static void op_remake(struct worker *w)
{
	unsigned int slot;

	for (slot = 0; slot < FAKEHV_MAX_DMS; slot++)
		CALL(w, "DESTROY", slot, 0, 0,
		     ioctl(hv, FAKEHV_DESTROY, (unsigned long)slot));
	world_make();
}

/* In some rounds devices come and go all the time, in others they are used. */
static void op_idle(struct worker *w)
{
	static const unsigned int longest_us[] = { 20000, 100000, 400000 };
	unsigned int us = rng_below(&w->rng,
				    longest_us[(shared->seed >> 8) % 3]);

	CALL(w, "usleep", us, 0, 0, usleep(us));
}

static const struct op ops[] = {
	{ "unbind", 1, op_unbind },
	{ "rebind", 10, op_rebind },
	{ "bind", 4, op_bind },
	{ "override", 1, op_override },
	{ "destroy", 1, op_destroy },
	{ "create", 4, op_create },
	{ "fault", 10, op_fault },
	{ "config", 3, op_config },
	{ "reset", 1, op_reset },
	{ "repair", 20, op_repair },
	{ "remake", 2, op_remake },
	{ "idle", 70, op_idle },
};

const struct op_table admin_table = { "admin", ops, COUNT(ops) };
