/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hypervisor for the tests: three VMs, two devices between the first two,
 * and interrupts that are counted.
 */
#ifndef WORLD_H
#define WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "hv.h"

enum { BACK, FRONT, THIRD };
enum { DISK, NET };

#define WINDOW		UINT64_C(0xa003e00)
#define WINDOW2		UINT64_C(0xa003c00)
#define FID_IPC		UINT64_C(0xc6000001)
#define FID_REMIO	UINT64_C(0xc6000002)
#define SLOTS		2

struct world {
	struct hv hv;
	atomic_uint irqs[HV_MAX_VMS][256];
	atomic_uint warnings;
};

static void world_inject(void *ctx, unsigned int vm, unsigned int intid)
{
	struct world *world = ctx;

	world->irqs[vm][intid]++;
}

static void world_warn(void *ctx, const char *text)
{
	struct world *world = ctx;

	(void)text;
	world->warnings++;
}

static inline void world_add_dev(struct world *world, const char *name,
				 uint64_t window, unsigned int intid)
{
	struct hv_dev dev = {
		.shmem = 1, .frontend = FRONT, .backend = BACK,
		.frontend_intid = intid + 39, .backend_intid = intid,
		.window = window, .window_size = 0x200,
	};

	strcpy(dev.name, name);
	assert_true(hv_add_dev(&world->hv, &dev) >= 0);
}

static inline int world_setup(void **state)
{
	static struct world world;
	const struct hv_host host = { &world, world_inject, world_warn };

	memset(&world, 0, sizeof(world));
	assert_int_equal(hv_init(&world.hv, SLOTS, &host), 0);
	assert_int_equal(hv_add_vm(&world.hv, "back"), BACK);
	assert_int_equal(hv_add_vm(&world.hv, "front"), FRONT);
	assert_int_equal(hv_add_vm(&world.hv, "third"), THIRD);
	world_add_dev(&world, "disk", WINDOW, 40);
	world_add_dev(&world, "net", WINDOW2, 41);
	*state = &world;
	return 0;
}

static inline int world_teardown(void **state)
{
	struct world *world = *state;

	hv_destroy(&world->hv);
	return 0;
}

#define world_test(name) \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

static inline int64_t remio(struct world *world, unsigned int vm, uint64_t dm,
			    uint64_t addr, uint64_t op, uint64_t value,
			    uint64_t id)
{
	struct hv_regs regs = { { FID_REMIO, dm, addr, op, value, id, 0 } };

	hv_call(&world->hv, vm, &regs);
	return (int64_t)regs.x[0];
}

static inline int64_t ask(struct world *world, unsigned int vm, uint64_t dm,
			  struct hv_regs *regs)
{
	*regs = (struct hv_regs){ { FID_REMIO, dm, 0, HV_OP_ASK, 0, 0, 0 } };
	hv_call(&world->hv, vm, regs);
	return (int64_t)regs->x[0];
}

static inline uint64_t counter(struct world *world, const char *name)
{
	uint64_t value;

	assert_int_equal(hv_get_counter(&world->hv, name, &value), 0);
	return value;
}

/* A frontend's vCPU: one access in a thread of its own. */
struct toucher {
	struct world *world;
	struct hv_access access;
	pthread_t thread;
	atomic_bool done;
	int ret;
};

static inline void *toucher_run(void *arg)
{
	struct toucher *toucher = arg;

	toucher->ret = hv_do_access(&toucher->world->hv, &toucher->access);
	toucher->done = true;
	return NULL;
}

static inline unsigned int open_requests(struct world *world)
{
	return (unsigned int)(counter(world, "remio.disk.open") +
			      counter(world, "remio.net.open"));
}

/* Returns when the access is queued, so that tests order them as they like. */
static inline void touch(struct world *world, struct toucher *toucher,
			 unsigned int dev, uint64_t addr, bool write,
			 unsigned int width, uint64_t value)
{
	unsigned int before = open_requests(world);

	*toucher = (struct toucher){
		.world = world,
		.access = { dev, addr, width, write, value },
	};
	assert_int_equal(pthread_create(&toucher->thread, NULL, toucher_run,
					toucher), 0);
	while (open_requests(world) == before)
		usleep(100);
}

static inline uint64_t finish(struct toucher *toucher)
{
	assert_int_equal(pthread_join(toucher->thread, NULL), 0);
	assert_int_equal(toucher->ret, 0);
	return toucher->access.value;
}

#endif
