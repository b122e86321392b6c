// SPDX-License-Identifier: GPL-2.0-only
/* Remote I/O of the vmm: states, result codes, losses. */
#include "vmm/world.h"

static void test_bad_calls(void **state)
{
	struct world *world = *state;

	assert_int_equal(remio(world, BACK, 2, 0, HV_OP_ASK, 0, 0), HV_BAD_ARGS);
	assert_int_equal(remio(world, BACK, UINT64_MAX, 0, HV_OP_ASK, 0, 0),
			 HV_BAD_ARGS);
	assert_int_equal(remio(world, THIRD, 0, 0, HV_OP_ASK, 0, 0), HV_BAD_ARGS);
	assert_int_equal(remio(world, BACK, 0, 0, 4, 0, 0), HV_BAD_ARGS);
	assert_int_equal(remio(world, BACK, 0, 0, UINT64_MAX, 0, 0), HV_BAD_ARGS);
	assert_int_equal(counter(world, "vm.back.calls_bad_args"), 4);
}

static void test_ask_empty_keeps_registers(void **state)
{
	struct hv_regs regs = { { FID_REMIO, 0, 0, HV_OP_ASK, 0, 9, 8 } };
	struct world *world = *state;

	hv_call(&world->hv, BACK, &regs);
	assert_int_equal(regs.x[0], HV_NOTHING);
	assert_int_equal(regs.x[3], HV_OP_ASK);
	assert_int_equal(regs.x[5], 9);
	assert_int_equal(regs.x[6], 8);
}

static void test_ask_with_addr_or_value(void **state)
{
	struct world *world = *state;
	struct toucher toucher;

	touch(world, &toucher, DISK, WINDOW, false, 4, 0);
	assert_int_equal(remio(world, BACK, DISK, 1, HV_OP_ASK, 0, 0), HV_NOTHING);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_ASK, 1, 0), HV_NOTHING);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_ASK, 0, 7), HV_OK);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 5, 0), HV_OK);
	assert_int_equal(finish(&toucher), 5);
}

static void test_read(void **state)
{
	struct world *world = *state;
	struct toucher toucher;
	struct hv_regs regs;

	touch(world, &toucher, DISK, WINDOW + 0x10, false, 4, 0);
	assert_int_equal(world->irqs[BACK][40], 1);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
	assert_int_equal(regs.x[1], WINDOW + 0x10);
	assert_int_equal(regs.x[2], HV_OP_READ);
	assert_int_equal(regs.x[3], 0);
	assert_int_equal(regs.x[4], 4);
	assert_int_equal(regs.x[5], 0);
	assert_int_equal(regs.x[6], 0);
	assert_false(toucher.done);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ,
			       0x123456789abcdef0, 0), HV_OK);
	/* whole, as Bao hands it over; and told of, for drivers must mask */
	assert_int_equal(finish(&toucher), 0x123456789abcdef0);
	assert_int_equal(counter(world, "remio.disk.wide_answers"), 1);
	assert_int_equal(counter(world, "remio.disk.read.calls_2"), 1);
	assert_int_equal(counter(world, "remio.disk.read.requests"), 1);
}

static void test_write_has_junk(void **state)
{
	static const unsigned int widths[] = { 1, 2, 4, 8 };
	struct world *world = *state;
	struct toucher toucher;
	struct hv_regs regs;

	for (unsigned int i = 0; i < 4; i++) {
		uint64_t mask = hv_width_mask(widths[i]);

		touch(world, &toucher, DISK, WINDOW + 0x70, true, widths[i], 1);
		assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
		assert_int_equal(regs.x[2], HV_OP_WRITE);
		assert_int_equal(regs.x[3] & mask, 1);
		assert_true(widths[i] == 8 || regs.x[3] & ~mask);
		assert_int_equal(regs.x[4], widths[i]);
		assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_WRITE, 0,
				       regs.x[5]), HV_OK);
		finish(&toucher);
	}
	assert_int_equal(counter(world, "remio.disk.write.requests"), 4);
}

static void test_completions_refused(void **state)
{
	struct world *world = *state;
	struct toucher toucher;

	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 0, 0), HV_FAILURE);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 0, SLOTS),
			 HV_FAILURE);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 0, UINT64_MAX),
			 HV_FAILURE);
	touch(world, &toucher, DISK, WINDOW, false, 4, 0);
	/* pending; then of another device; then twice */
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 0, 0), HV_FAILURE);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_ASK, 0, 0), HV_OK);
	assert_int_equal(remio(world, BACK, NET, 0, HV_OP_READ, 0, 0), HV_FAILURE);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 3, 0), HV_OK);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 4, 0), HV_FAILURE);
	assert_int_equal(finish(&toucher), 3);
	assert_int_equal(counter(world, "remio.disk.completes_refused"), 5);
}

static void test_op_not_checked(void **state)
{
	struct world *world = *state;
	struct toucher toucher;

	touch(world, &toucher, DISK, WINDOW, false, 2, 0);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_ASK, 0, 0), HV_OK);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_WRITE, 1, 0), HV_OK);
	assert_int_equal(finish(&toucher), 0x7777);
	assert_int_equal(counter(world, "remio.disk.odd_completions"), 1);
}

/* First come, first asked; has-more only says that another one waits. */
static void test_fifo_and_has_more(void **state)
{
	struct toucher first, second;
	struct world *world = *state;
	struct hv_regs regs;

	touch(world, &first, DISK, WINDOW + 4, false, 4, 0);
	touch(world, &second, DISK, WINDOW + 8, false, 4, 0);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
	assert_int_equal(regs.x[1], WINDOW + 4);
	assert_int_equal(regs.x[5], 0);
	assert_int_equal(regs.x[6], 1);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
	assert_int_equal(regs.x[1], WINDOW + 8);
	assert_int_equal(regs.x[5], 1);
	assert_int_equal(regs.x[6], 0);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_NOTHING);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 2, 1), HV_OK);
	assert_int_equal(finish(&second), 2);
	assert_false(first.done);
	/* the lower id is free again only after its own completion */
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 1, 0), HV_OK);
	assert_int_equal(finish(&first), 1);
}

static void test_ids_reused_and_aba(void **state)
{
	struct world *world = *state;
	struct toucher toucher;
	struct hv_regs regs;

	for (unsigned int i = 0; i < 3; i++) {
		touch(world, &toucher, DISK, WINDOW, false, 4, 0);
		assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
		assert_int_equal(regs.x[5], 0);
		assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, i, 0),
				 HV_OK);
		assert_int_equal(finish(&toucher), i);
	}
	/* a late second answer hits the next request once that was asked */
	touch(world, &toucher, DISK, WINDOW, false, 4, 0);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 66, 0),
			 HV_FAILURE);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 66, 0), HV_OK);
	assert_int_equal(finish(&toucher), 66);
}

static void test_pool_is_shared(void **state)
{
	struct toucher first, second, third;
	struct world *world = *state;
	struct hv_regs regs;

	touch(world, &first, DISK, WINDOW, false, 4, 0);
	touch(world, &second, NET, WINDOW2, false, 4, 0);
	third = (struct toucher){
		.world = world, .access = { NET, WINDOW2 + 4, 4, false, 0 },
	};
	assert_int_equal(pthread_create(&third.thread, NULL, toucher_run, &third),
			 0);
	usleep(20000);
	assert_int_equal(open_requests(world), SLOTS);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 1, 0), HV_OK);
	finish(&first);
	while (world->irqs[BACK][41] < 2)
		usleep(100);
	assert_int_equal(ask(world, BACK, NET, &regs), HV_OK);
	assert_int_equal(regs.x[5], 1);
	assert_int_equal(ask(world, BACK, NET, &regs), HV_OK);
	assert_int_equal(regs.x[5], 0);
	assert_int_equal(remio(world, BACK, NET, 0, HV_OP_READ, 3, 0), HV_OK);
	assert_int_equal(remio(world, BACK, NET, 0, HV_OP_READ, 2, 1), HV_OK);
	assert_int_equal(finish(&second), 2);
	assert_int_equal(finish(&third), 3);
}

static void test_either_end_may_do_all(void **state)
{
	struct world *world = *state;
	struct toucher toucher;
	struct hv_regs regs;

	touch(world, &toucher, DISK, WINDOW, false, 4, 0);
	assert_int_equal(ask(world, FRONT, DISK, &regs), HV_OK);
	assert_int_equal(remio(world, FRONT, DISK, 0, HV_OP_READ, 5, 0), HV_OK);
	assert_int_equal(finish(&toucher), 5);
	assert_int_equal(remio(world, FRONT, NET, 0, HV_OP_NOTIFY, 0, 0), HV_OK);
	assert_int_equal(remio(world, BACK, NET, 0, HV_OP_NOTIFY, 0, 0), HV_OK);
	assert_int_equal(world->irqs[FRONT][80], 2);
	assert_int_equal(world->irqs[BACK][80], 0);
}

static void test_stop_frees_pending(void **state)
{
	struct world *world = *state;
	struct toucher toucher;
	struct hv_regs regs;

	touch(world, &toucher, DISK, WINDOW, false, 4, 0);
	hv_stop_vm(&world->hv, FRONT);
	pthread_join(toucher.thread, NULL);
	assert_int_equal(toucher.ret, -ECANCELED);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_NOTHING);
	assert_int_equal(open_requests(world), 0);
}

/* What the backend holds stays until it answers, for the id is its own. */
static void test_stop_while_processing(void **state)
{
	struct world *world = *state;
	struct toucher toucher;
	struct hv_regs regs;

	touch(world, &toucher, DISK, WINDOW, false, 4, 0);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
	hv_stop_vm(&world->hv, FRONT);
	pthread_join(toucher.thread, NULL);
	assert_int_equal(toucher.ret, -ECANCELED);
	assert_int_equal(open_requests(world), 1);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 0, 0), HV_OK);
	assert_int_equal(open_requests(world), 0);
}

static void test_lost_interrupt(void **state)
{
	struct toucher first, second;
	struct world *world = *state;
	struct hv_regs regs;

	assert_int_equal(hv_set_fault(&world->hv, "drop-backend-irq", 2), 0);
	touch(world, &first, DISK, WINDOW, false, 4, 0);
	touch(world, &second, DISK, WINDOW, false, 4, 0);
	assert_int_equal(world->irqs[BACK][40], 1);
	assert_int_equal(counter(world, "remio.disk.backend_irqs_lost"), 1);
	for (uint64_t id = 0; id < 2; id++) {
		assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
		assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 0, id),
				 HV_OK);
	}
	finish(&first);
	finish(&second);
}

static void test_lost_completion_hangs(void **state)
{
	struct world *world = *state;
	struct toucher toucher;
	struct hv_regs regs;

	touch(world, &toucher, DISK, WINDOW, false, 4, 0);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
	assert_int_equal(hv_set_fault(&world->hv, "queue-len", 0), 0);
	assert_int_equal(hv_set_fault(&world->hv, "queue-rate", 1), 0);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_READ, 0, 0), HV_OK);
	usleep(20000);
	assert_false(toucher.done);
	assert_int_equal(counter(world, "remio.disk.completions_lost"), 1);
	assert_int_equal(open_requests(world), 1);
	hv_stop_vm(&world->hv, FRONT);
	pthread_join(toucher.thread, NULL);
	assert_int_equal(toucher.ret, -ECANCELED);
	assert_int_equal(open_requests(world), 0);
}

static void test_stall_is_counted(void **state)
{
	struct world *world = *state;
	struct toucher toucher;
	struct hv_regs regs;

	world->hv.long_stall_ns = 1000000;
	touch(world, &toucher, DISK, WINDOW + 0x50, true, 4, 0);
	usleep(5000);
	assert_true(counter(world, "remio.disk.open_oldest_ns") > 4000000);
	/* two empty ASKs of the other device do not count, one of ours does */
	assert_int_equal(ask(world, BACK, NET, &regs), HV_NOTHING);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_OK);
	assert_int_equal(ask(world, BACK, DISK, &regs), HV_NOTHING);
	assert_int_equal(remio(world, BACK, DISK, 0, HV_OP_WRITE, 0, 0), HV_OK);
	finish(&toucher);
	assert_int_equal(counter(world, "remio.disk.stalls_long"), 1);
	assert_true(counter(world, "remio.disk.stall_max_ns") > 4000000);
	assert_int_equal(counter(world, "remio.disk.kick.requests"), 1);
	assert_int_equal(counter(world, "remio.disk.kick.calls_3"), 1);
	assert_int_equal(counter(world, "remio.disk.kick.calls_max"), 3);
}

static void test_windows(void **state)
{
	struct world *world = *state;

	assert_int_equal(hv_find_dev(&world->hv, FRONT, WINDOW), DISK);
	assert_int_equal(hv_find_dev(&world->hv, FRONT, WINDOW + 0x1ff), DISK);
	assert_int_equal(hv_find_dev(&world->hv, FRONT, WINDOW + 0x200), -1);
	assert_int_equal(hv_find_dev(&world->hv, FRONT, WINDOW2 + 0x1ff), NET);
	assert_int_equal(hv_find_dev(&world->hv, FRONT, WINDOW2 - 1), -1);
	assert_int_equal(hv_find_dev(&world->hv, BACK, WINDOW), -1);
}

#define ROUNDS 2000

static void *hammer(void *arg)
{
	struct toucher *toucher = arg;

	for (unsigned int i = 0; i < ROUNDS && !toucher->ret; i++) {
		toucher->access.addr = WINDOW + 8 * (i % 16);
		toucher->ret = hv_do_access(&toucher->world->hv,
					    &toucher->access);
		if (toucher->access.value != toucher->access.addr)
			toucher->ret = -EIO;
	}
	toucher->done = true;
	return NULL;
}

static void *serve(void *arg)
{
	struct toucher *const *toucher = arg;
	struct world *world = toucher[0]->world;
	struct hv_regs regs;

	while (!toucher[0]->done || !toucher[1]->done) {
		if (ask(world, BACK, DISK, &regs) == HV_OK)
			remio(world, BACK, DISK, 0, HV_OP_READ, regs.x[1],
			      regs.x[5]);
		else
			sched_yield();
	}
	return NULL;
}

/* Two vCPUs and two servers: every access gets the answer to its own. */
static void test_race(void **state)
{
	struct toucher a = { .world = *state, .access = { .width = 8 } };
	struct toucher b = a;
	struct toucher *both[] = { &a, &b };
	pthread_t thread[4];

	assert_int_equal(pthread_create(&thread[0], NULL, hammer, &a), 0);
	assert_int_equal(pthread_create(&thread[1], NULL, hammer, &b), 0);
	assert_int_equal(pthread_create(&thread[2], NULL, serve, both), 0);
	assert_int_equal(pthread_create(&thread[3], NULL, serve, both), 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(a.ret, 0);
	assert_int_equal(b.ret, 0);
	assert_int_equal(counter(*state, "remio.disk.read.requests"), 2 * ROUNDS);
	assert_int_equal(counter(*state, "remio.disk.completes_refused"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(test_bad_calls),
		world_test(test_ask_empty_keeps_registers),
		world_test(test_ask_with_addr_or_value),
		world_test(test_read),
		world_test(test_write_has_junk),
		world_test(test_completions_refused),
		world_test(test_op_not_checked),
		world_test(test_fifo_and_has_more),
		world_test(test_ids_reused_and_aba),
		world_test(test_pool_is_shared),
		world_test(test_either_end_may_do_all),
		world_test(test_stop_frees_pending),
		world_test(test_stop_while_processing),
		world_test(test_lost_interrupt),
		world_test(test_lost_completion_hangs),
		world_test(test_stall_is_counted),
		world_test(test_windows),
		world_test(test_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
