// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frontend that writes anything anywhere, before and while the device works.
 *
 * BAO_FUZZ_SEED and BAO_FUZZ_ROUNDS repeat or lengthen a run.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/model.h"

static uint64_t number;

static uint64_t random_number(void)
{
	number ^= number << 13;
	number ^= number >> 7;
	number ^= number << 17;
	return number;
}

static uint32_t below(uint32_t limit)
{
	return (uint32_t)(random_number() % limit);
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* Values near the limits find more than evenly spread ones. */
static uint64_t interesting(void)
{
	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX - below(16);
	case 2:
		return SHM_ADDR + below(SHM_SIZE);
	case 3:
		return SHM_ADDR + SHM_SIZE - below(64);
	case 4:
		return below(16);
	case 5:
		return 1ULL << below(64);
	case 6:
		return UINT32_MAX - below(600);
	default:
		return random_number();
	}
}

static void fuzz_desc(struct model *m)
{
	struct vring_desc *d = desc(m, below(QUEUES), below(16));

	d->addr = below(4) ? SHM_ADDR + DATA_AT + below(0x10000) :
		  interesting();
	d->len = (uint32_t)(below(4) ? below(2048) : interesting());
	d->flags = (uint16_t)(below(4) ? below(4) : interesting());
	d->next = (uint16_t)(below(4) ? below(16) : interesting());
}

static void fuzz_memory(struct model *m)
{
	uint32_t n = below(40);

	while (n--) {
		fuzz_desc(m);
		if (!below(8))
			m->shm[below(SHM_SIZE)] = (uint8_t)random_number();
		if (!below(8))
			memcpy(m->shm + DATA_AT + below(0x10000), &n,
			       sizeof(n));
		if (!below(16))
			avail(m, below(QUEUES))->idx = (uint16_t)interesting();
	}
	for (n = below(8); n; n--)
		submit(m, below(QUEUES), below(16));
}

static void fuzz_registers(struct model *m)
{
	uint32_t n = below(20);

	while (n--) {
		uint64_t reg = below(4) ? below(WINDOW_SIZE / 4) * 4 :
			       interesting();
		uint64_t width = below(8) ? 4 : below(10);

		if (below(2))
			mmio_read(&m->dev, reg, width);
		else
			mmio_write(&m->dev, reg, width, interesting());
	}
}

static void assert_sane(const struct model *m)
{
	const struct state *st = &m->state;

	assert_int_equal(st->identity.sectors, SECTORS);
	assert_int_equal(st->identity.queues, QUEUES);
	assert_int_equal(st->isr & ~3U, 0);
	assert_int_equal(st->status & ~0xffffffffU, 0);
	if (!(st->status & VIRTIO_CONFIG_S_DRIVER_OK))
		assert_false(m->listening);
	assert_int_equal(lseek(m->blk.fd, 0, SEEK_END), SECTORS * 512);
}

/* A successor has to cope with whatever state this one leaves. */
static void restart(struct model *m)
{
	struct device *dev = &m->dev;

	memset(dev->ring, 0, sizeof(dev->ring));
	dev->listening = false;
	m->listening = false;
	dev->unseen = 0;
	device_resume(dev, true);
}

static void test_fuzz(void **cookie)
{
	struct model *m = *cookie;
	uint64_t rounds = from_environment("BAO_FUZZ_ROUNDS", 30000);
	uint64_t served = 0, failed = 0;
	unsigned int q;

	while (rounds--) {
		if (!below(10)) {
			memset(m->shm, 0, QUEUES * QUEUE_AT(1));
			start(m, 16);
		}
		fuzz_memory(m);
		if (!below(3))
			fuzz_registers(m);
		if (!below(20))
			restart(m);
		for (q = 0; q < QUEUES; q++)
			device_run_queue(&m->dev, q);
		served += m->dev.ring[0].on;
		failed += !!(m->state.status & VIRTIO_CONFIG_S_NEEDS_RESET);
		assert_sane(m);
	}
	/* It came past the front door in both ways. */
	assert_true(served > 100);
	assert_true(failed > 100);
}

static void *scribble(void *arg)
{
	struct model *m = arg;
	uint64_t x = number | 1;

	while (!__atomic_load_n(&m->listens, __ATOMIC_RELAXED))
		;
	/* Ends when the test says so, through a byte that nobody else uses. */
	while (!__atomic_load_n(&m->shm[SHM_SIZE - 1], __ATOMIC_RELAXED)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		__atomic_fetch_xor(&m->shm[x % 0x1400], (uint8_t)(x >> 32),
				   __ATOMIC_RELAXED);
	}
	return NULL;
}

/* The frontend's other CPU rewrites descriptors while we walk them. */
static void test_race(void **cookie)
{
	struct model *m = *cookie;
	uint64_t rounds = from_environment("BAO_FUZZ_ROUNDS", 30000);
	pthread_t thread;

	start(m, 16);
	assert_int_equal(pthread_create(&thread, NULL, scribble, m), 0);
	while (rounds--) {
		start(m, 16);
		fuzz_desc(m);
		fuzz_desc(m);
		submit(m, 0, below(16));
		device_run_queue(&m->dev, 0);
	}
	__atomic_store_n(&m->shm[SHM_SIZE - 1], 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_sane(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fuzz, model_setup,
						model_teardown),
		cmocka_unit_test_setup_teardown(test_race, model_setup,
						model_teardown),
	};

	number = from_environment("BAO_FUZZ_SEED",
				  (uint64_t)time(NULL) << 16 ^
				  (uint64_t)getpid()) | 1;
	printf("# BAO_FUZZ_SEED=%llu\n", (unsigned long long)number);
	/* The seed of a run that a sanitizer ends must be seen. */
	fflush(stdout);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
