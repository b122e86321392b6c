// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of the virtio disk daemon.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backend/model.h"

#define NEEDS_RESET	VIRTIO_CONFIG_S_NEEDS_RESET

static void test_identity(void **cookie)
{
	struct model *m = *cookie;

	assert_int_equal(reg_read(m, VIRTIO_MMIO_MAGIC_VALUE), 0x74726976);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_VERSION), 2);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_DEVICE_ID), 2);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_QUEUE_NUM_MAX), RING_MAX);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), 0);
}

static void test_config(void **cookie)
{
	struct model *m = *cookie;
	uint64_t at = VIRTIO_MMIO_CONFIG;
	uint64_t i;

	assert_int_equal(mmio_read(&m->dev, at, 4), SECTORS);
	assert_int_equal(mmio_read(&m->dev, at, 8), SECTORS);
	assert_int_equal(mmio_read(&m->dev, at + 4, 4), 0);
	assert_int_equal(mmio_read(&m->dev, at, 1), SECTORS & 0xff);
	assert_int_equal(mmio_read(&m->dev, at + 12, 4), RING_MAX - 2);
	assert_int_equal(mmio_read(&m->dev, at + 20, 4), 512);
	assert_int_equal(mmio_read(&m->dev, at + 34, 2), QUEUES);
	/* Behind its end, and across it: nothing, and no crash. */
	for (i = 0; i < WINDOW_SIZE - VIRTIO_MMIO_CONFIG; i++)
		if (i + 8 > sizeof(struct virtio_blk_config))
			assert_int_equal(mmio_read(&m->dev, at + i, 8), 0);
	assert_int_equal(mmio_read(&m->dev, at, 16), 0);
	assert_int_equal(mmio_read(&m->dev, UINT64_MAX, 1), 0);
}

static void test_features(void **cookie)
{
	struct model *m = *cookie;
	uint64_t features;

	reg_write(m, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	features = (uint64_t)reg_read(m, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
	reg_write(m, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	features |= reg_read(m, VIRTIO_MMIO_DEVICE_FEATURES);
	assert_true(features & 1ULL << VIRTIO_F_VERSION_1);
	assert_true(features & 1ULL << VIRTIO_F_ACCESS_PLATFORM);
	assert_true(features & 1ULL << VIRTIO_BLK_F_FLUSH);
	assert_false(features & 1ULL << VIRTIO_BLK_F_RO);
	reg_write(m, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_DEVICE_FEATURES), 0);
}

static void test_read_only(void **cookie)
{
	struct model *m = *cookie;

	assert_true(reg_read(m, VIRTIO_MMIO_DEVICE_FEATURES) &
		    1U << VIRTIO_BLK_F_RO);
}

static void test_negotiation(void **cookie)
{
	struct model *m = *cookie;

	/* Without VERSION_1, or with what was not offered: no agreement. */
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_AGREED);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), STATUS_ALIVE);
	reg_write(m, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	reg_write(m, VIRTIO_MMIO_DRIVER_FEATURES, 0xffffffff);
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_AGREED);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), STATUS_ALIVE);
	/* No DRIVER_OK without one. */
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_RUNNING);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), STATUS_ALIVE);
	assert_false(m->listening);

	negotiate(m);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), STATUS_AGREED);
	/* It stands. */
	reg_write(m, VIRTIO_MMIO_DRIVER_FEATURES, 0xffffffff);
	reg_write(m, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), STATUS_AGREED);
	/* NEEDS_RESET is not the frontend's to set. */
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_AGREED | NEEDS_RESET);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), STATUS_AGREED);
}

static void test_reset(void **cookie)
{
	struct model *m = *cookie;
	int i;

	for (i = 0; i < 3; i++) {
		memset(m->shm, 0, SHM_SIZE);
		start(m, 16);
		assert_true(m->listening);
		assert_int_equal(request(m, VIRTIO_BLK_T_IN, 0, 0, 512), 0);
		assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
		reg_write(m, VIRTIO_MMIO_STATUS, 0);
		assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), 0);
		assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
		assert_int_equal(reg_read(m, VIRTIO_MMIO_QUEUE_READY), 0);
		assert_false(m->listening);
		/* No touch of the rings after it. */
		assert_int_equal(request(m, VIRTIO_BLK_T_IN, 0, 0, 512), 0xee);
	}
	assert_int_equal(m->listens, 6);
}

static void test_driver_ok_twice(void **cookie)
{
	struct model *m = *cookie;

	start(m, 16);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, 0, 0, 512), 0);
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_RUNNING);
	assert_int_equal(m->listens, 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, 0, 0, 512), 0);
	assert_int_equal(used(m, 0)->idx, 2);
}

static void test_odd_accesses(void **cookie)
{
	struct model *m = *cookie;
	struct state before;
	uint64_t width, offset;

	start(m, 16);
	before = m->state;
	for (width = 0; width < 20; width++) {
		for (offset = 0; offset < WINDOW_SIZE; offset++) {
			if (width == 4)
				continue;
			mmio_write(&m->dev, offset, width, 0);
			if (offset < VIRTIO_MMIO_CONFIG)
				assert_int_equal(mmio_read(&m->dev, offset,
							   width), 0);
		}
	}
	/* Read-only, unknown and misaligned registers. */
	for (offset = 0; offset < 0x1000; offset++)
		if (offset % 4 || offset < VIRTIO_MMIO_DEVICE_FEATURES_SEL ||
		    offset >= VIRTIO_MMIO_CONFIG)
			mmio_write(&m->dev, offset, 4, 0xa5a5a5a5);
	assert_memory_equal(&before, &m->state, sizeof(before));
}

static void test_queue_registers(void **cookie)
{
	struct model *m = *cookie;

	negotiate(m);
	set_up_queue(m, 0, 16);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_QUEUE_READY), 1);
	/* A queue at work does not move. */
	reg_write(m, VIRTIO_MMIO_QUEUE_NUM, 8);
	reg_write(m, VIRTIO_MMIO_QUEUE_DESC_LOW, 0);
	assert_int_equal(m->state.queue[0].num, 16);
	assert_int_equal(m->state.queue[0].desc, SHM_ADDR);
	reg_write(m, VIRTIO_MMIO_QUEUE_READY, 0);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_QUEUE_READY), 0);
	/* Queues that do not exist. */
	reg_write(m, VIRTIO_MMIO_QUEUE_SEL, QUEUES);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
	reg_write(m, VIRTIO_MMIO_QUEUE_SEL, UINT32_MAX);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
	reg_write(m, VIRTIO_MMIO_QUEUE_NUM, 16);
	reg_write(m, VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_QUEUE_READY), 0);
	assert_false(reg_read(m, VIRTIO_MMIO_STATUS) & NEEDS_RESET);
}

/* A queue of that size and place is refused and fails the device. */
static void assert_refused(struct model *m, uint32_t num, uint64_t d,
			   uint64_t a, uint64_t u)
{
	negotiate(m);
	set_up_queue(m, 0, num);
	reg_write(m, VIRTIO_MMIO_STATUS, 0);
	negotiate(m);
	reg_write(m, VIRTIO_MMIO_QUEUE_NUM, num);
	m->state.queue[0].desc = d;
	m->state.queue[0].driver = a;
	m->state.queue[0].device = u;
	reg_write(m, VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_QUEUE_READY), 0);
	assert_true(reg_read(m, VIRTIO_MMIO_STATUS) & NEEDS_RESET);
	reg_write(m, VIRTIO_MMIO_STATUS, STATUS_RUNNING);
	assert_false(m->dev.ring[0].on);
}

static void test_bad_queues(void **cookie)
{
	static const uint32_t bad[] = { 0, 3, 12, 255, 512, 1U << 31,
					UINT32_MAX };
	struct model *m = *cookie;
	uint64_t d = SHM_ADDR, a = d + AVAIL_AT, u = d + USED_AT;
	uint64_t end = SHM_ADDR + SHM_SIZE;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_refused(m, bad[i], d, a, u);
	/* Not aligned. */
	assert_refused(m, 16, d + 8, a, u);
	assert_refused(m, 16, d, a + 1, u);
	assert_refused(m, 16, d, a, u + 2);
	/* Before, behind and across the ends; sums that wrap. */
	assert_refused(m, 16, d - 16, a, u);
	assert_refused(m, 16, 0, a, u);
	assert_refused(m, 16, end, a, u);
	assert_refused(m, 16, end - 15 * 16, a, u);
	assert_refused(m, 16, d, end - 34, u);
	assert_refused(m, 16, d, a, end - 128);
	assert_refused(m, 16, UINT64_MAX - 15, a, u);
	assert_refused(m, 16, d, UINT64_MAX - 1, u);
	assert_refused(m, 16, d, a, UINT64_MAX - 3);
}

static void test_interrupt_status(void **cookie)
{
	struct model *m = *cookie;

	start(m, 16);
	request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
	assert_int_equal(m->interrupts, 1);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
	reg_write(m, VIRTIO_MMIO_INTERRUPT_ACK, 1);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	assert_int_equal(m->interrupts, 1);

	/* Done between read and acknowledgement: not lost. */
	request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
	request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
	assert_int_equal(m->interrupts, 3);
	reg_write(m, VIRTIO_MMIO_INTERRUPT_ACK, 1);
	assert_int_equal(m->interrupts, 4);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
	reg_write(m, VIRTIO_MMIO_INTERRUPT_ACK, UINT32_MAX);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	assert_int_equal(m->interrupts, 4);
}

static void test_no_interrupt(void **cookie)
{
	struct model *m = *cookie;

	start(m, 16);
	avail(m, 0)->flags = VRING_AVAIL_F_NO_INTERRUPT;
	assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0);
	assert_int_equal(m->interrupts, 0);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	avail(m, 0)->flags = 0;
	assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0);
	assert_int_equal(m->interrupts, 1);
}

static void test_answered_by_kernel(void **cookie)
{
	struct model *m = *cookie;

	start(m, 16);
	device_check_answered(&m->dev, 0);
	assert_int_equal(m->interrupts, 0);
	device_check_answered(&m->dev, 3);
	assert_int_equal(m->interrupts, 1);
	assert_int_equal(m->state.answered, 3);
	assert_true(reg_read(m, VIRTIO_MMIO_STATUS) & NEEDS_RESET);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_INTERRUPT_STATUS),
			 VIRTIO_MMIO_INT_CONFIG);
	assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0xee);
	/* Unless the operator wants it otherwise. */
	m->dev.go_on = true;
	device_run_queue(&m->dev, 0);
	assert_int_equal(used(m, 0)->idx, 1);
	/* Known by now. */
	device_check_answered(&m->dev, 3);
	memset(m->shm, 0, SHM_SIZE);
	start(m, 16);
	device_check_answered(&m->dev, 3);
	assert_int_equal(reg_read(m, VIRTIO_MMIO_STATUS), STATUS_RUNNING);
	assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0);
}

/* Killed after it set NEEDS_RESET, before it stored the count. */
static void test_answered_again(void **cookie)
{
	struct model *m = *cookie;

	start(m, 16);
	m->state.status |= NEEDS_RESET;
	m->dev.ring[0].on = false;
	m->dev.ring[1].on = false;
	m->dev.listening = false;
	device_resume(&m->dev, true);
	assert_true(m->state.isr & VIRTIO_MMIO_INT_CONFIG);
	device_check_answered(&m->dev, 2);
	assert_int_equal(m->state.answered, 2);
	assert_true(m->interrupts >= 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0xee);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, model_setup, model_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identity),
		TEST(test_config),
		TEST(test_features),
		cmocka_unit_test_setup_teardown(test_read_only,
						model_setup_read_only,
						model_teardown),
		TEST(test_negotiation),
		TEST(test_reset),
		TEST(test_driver_ok_twice),
		TEST(test_odd_accesses),
		TEST(test_queue_registers),
		TEST(test_bad_queues),
		TEST(test_interrupt_status),
		TEST(test_no_interrupt),
		TEST(test_answered_by_kernel),
		TEST(test_answered_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
