// SPDX-License-Identifier: GPL-2.0-only
/* Function ids and IPC notify of the vmm. */
#include "vmm/world.h"

static int64_t call(struct world *world, unsigned int vm, uint64_t fid,
		    uint64_t arg0, uint64_t arg1)
{
	struct hv_regs regs = { { fid, arg0, arg1, 33, 44, 55, 66 } };

	hv_call(&world->hv, vm, &regs);
	assert_int_equal(regs.x[3], 33);
	assert_int_equal(regs.x[4], 44);
	assert_int_equal(regs.x[5], 55);
	assert_int_equal(regs.x[6], 66);
	return (int64_t)regs.x[0];
}

static void add_ipc(struct world *world, unsigned int vm, unsigned int shmem,
		    unsigned int nr, unsigned int intid)
{
	struct hv_ipc ipc = { .shmem = shmem, .nr_events = nr };

	for (unsigned int i = 0; i < nr; i++)
		ipc.intid[i] = intid + i;
	assert_true(hv_add_ipc(&world->hv, vm, &ipc) >= 0);
}

static void test_function_ids(void **state)
{
	struct world *world = *state;

	add_ipc(world, BACK, 0, 1, 52);
	assert_int_equal(call(world, BACK, 0xc6000001, 0, 0), HV_OK);
	assert_int_equal(call(world, BACK, 0x86000001, 0, 0), HV_OK);
	/* the upper half is not looked at */
	assert_int_equal(call(world, BACK, 0xffffffff86000001, 0, 0), HV_OK);
	assert_int_equal(call(world, BACK, 0x46000001, 0, 0), HV_FAILURE);
	assert_int_equal(call(world, BACK, 0xc6010001, 0, 0), HV_FAILURE);
	assert_int_equal(call(world, BACK, 0xc6000000, 0, 0), HV_UNKNOWN);
	assert_int_equal(call(world, BACK, 0xc6000003, 0, 0), HV_UNKNOWN);
	assert_int_equal(call(world, BACK, 0x8600ff01, 0, 0), HV_UNKNOWN);
	assert_int_equal(counter(world, "vm.back.calls"), 8);
	assert_int_equal(counter(world, "vm.back.calls_unknown"), 3);
	assert_int_equal(counter(world, "vm.back.calls_malformed"), 2);
	assert_int_equal(world->warnings, 3);
}

static void test_bad_ids(void **state)
{
	struct world *world = *state;

	assert_int_equal(call(world, FRONT, FID_IPC, UINT64_MAX, 0), HV_BAD_ARGS);
	assert_int_equal(call(world, FRONT, FID_IPC, 0, 0), HV_BAD_ARGS);
	add_ipc(world, FRONT, 0, 1, 60);
	assert_int_equal(call(world, FRONT, FID_IPC, 0, 0), HV_OK);
	assert_int_equal(call(world, FRONT, FID_IPC, 1, 0), HV_BAD_ARGS);
	assert_int_equal(counter(world, "vm.front.calls_bad_args"), 3);
}

/* Everybody else on the region hears it, by their own list of interrupts. */
static void test_delivery(void **state)
{
	struct world *world = *state;

	add_ipc(world, BACK, 3, 1, 52);
	add_ipc(world, BACK, 0, 2, 54);
	add_ipc(world, FRONT, 0, 2, 60);
	add_ipc(world, THIRD, 0, 1, 70);
	add_ipc(world, THIRD, 0, 2, 80);
	assert_int_equal(call(world, BACK, FID_IPC, 1, 1), HV_OK);
	assert_int_equal(world->irqs[FRONT][61], 1);
	/* the first object on the region counts, and it has one event only */
	assert_int_equal(world->irqs[THIRD][81], 0);
	assert_int_equal(counter(world, "vm.third.ipc_events_ignored"), 1);
	assert_int_equal(world->irqs[BACK][55], 0);
	assert_int_equal(call(world, THIRD, FID_IPC, 1, 0), HV_OK);
	assert_int_equal(world->irqs[BACK][54], 1);
	assert_int_equal(world->irqs[FRONT][60], 1);
	assert_int_equal(world->irqs[THIRD][70], 0);
	assert_int_equal(call(world, BACK, FID_IPC, 0, 0), HV_OK);
	assert_int_equal(call(world, BACK, FID_IPC, 1, UINT64_MAX), HV_OK);
	assert_int_equal(counter(world, "vm.front.ipc_events_ignored"), 1);
	assert_int_equal(counter(world, "vm.back.ipc_notifies"), 3);
}

static void test_drops(void **state)
{
	struct world *world = *state;

	add_ipc(world, BACK, 0, 1, 52);
	add_ipc(world, FRONT, 0, 1, 60);
	assert_int_equal(hv_set_fault(&world->hv, "drop-ipc", 3), 0);
	assert_int_equal(hv_set_fault(&world->hv, "no-such-fault", 3), -ENOENT);
	for (int i = 0; i < 9; i++)
		assert_int_equal(call(world, BACK, FID_IPC, 0, 0), HV_OK);
	assert_int_equal(world->irqs[FRONT][60], 6);
	assert_int_equal(counter(world, "vm.front.ipc_events_lost"), 3);
}

static void test_flood(void **state)
{
	struct world *world = *state;

	add_ipc(world, BACK, 0, 1, 52);
	add_ipc(world, FRONT, 0, 1, 60);
	assert_int_equal(hv_set_fault(&world->hv, "queue-rate", 1), 0);
	for (int i = 0; i < 300; i++)
		assert_int_equal(call(world, BACK, FID_IPC, 0, 0), HV_OK);
	/* 253 fit; a second may pass under a slow sanitizer */
	assert_in_range(world->irqs[FRONT][60], 253, 260);
	assert_int_equal(world->irqs[FRONT][60] + world->warnings, 300);
}

static void test_stopped_vm_hears_nothing(void **state)
{
	struct world *world = *state;

	add_ipc(world, BACK, 0, 1, 52);
	add_ipc(world, FRONT, 0, 1, 60);
	hv_stop_vm(&world->hv, FRONT);
	assert_int_equal(call(world, BACK, FID_IPC, 0, 0), HV_OK);
	assert_int_equal(world->irqs[FRONT][60], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(test_function_ids),
		world_test(test_bad_ids),
		world_test(test_delivery),
		world_test(test_drops),
		world_test(test_flood),
		world_test(test_stopped_vm_hears_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
