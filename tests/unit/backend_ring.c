// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests on the rings of the virtio disk daemon, honest and hostile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/model.h"

#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE
#define DATA	(DATA_AT + 0x1000)

static struct virtio_blk_outhdr *header(struct model *m, uint32_t type,
					uint64_t sector)
{
	struct virtio_blk_outhdr *hdr = (void *)(m->shm + DATA_AT);

	*hdr = (struct virtio_blk_outhdr){ .type = type, .sector = sector };
	return hdr;
}

static void fill(uint8_t *p, size_t len, uint8_t seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)(seed + i * 7);
}

static void test_write_and_read(void **cookie)
{
	struct model *m = *cookie;
	uint8_t image[4096];

	start(m, 16);
	fill(m->shm + DATA, 4096, 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_OUT, 8, 4096, 0), 0);
	assert_int_equal(used(m, 0)->ring[0].len, 1);
	/* In the file before the used entry. */
	assert_int_equal(pread(m->blk.fd, image, 4096, 8 * 512), 4096);
	assert_memory_equal(image, m->shm + DATA, 4096);
	memset(m->shm + DATA, 0, 4096);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, 8, 0, 4096), 0);
	assert_memory_equal(image, m->shm + DATA, 4096);
	assert_int_equal(used(m, 0)->idx, 2);
	assert_int_equal(used(m, 0)->ring[1].id, 0);
	assert_int_equal(used(m, 0)->ring[1].len, 4097);
	assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0);
}

/* Header and data cut into odd pieces, empty ones too. */
static void test_pieces(void **cookie)
{
	struct model *m = *cookie;
	uint8_t image[1024];

	start(m, 16);
	header(m, VIRTIO_BLK_T_OUT, 1);
	fill(m->shm + DATA, 1024, 9);
	set_desc(m, 0, DATA_AT, 3, NEXT);
	set_desc(m, 1, DATA_AT + 3, 0, NEXT);
	set_desc(m, 2, DATA_AT + 3, 12, NEXT);
	/* The last byte of the header, then data, are not adjacent. */
	set_desc(m, 3, DATA_AT + 15, 1, NEXT);
	set_desc(m, 4, DATA, 1, NEXT);
	set_desc(m, 5, DATA + 1, 700, NEXT);
	set_desc(m, 6, DATA + 701, 323, NEXT);
	set_desc(m, 7, DATA + 2000, 0, NEXT | WRITE);
	set_desc(m, 8, DATA + 2001, 1, NEXT | WRITE);
	set_desc(m, 9, DATA + 2002, 0, WRITE);
	m->shm[DATA + 2001] = 0xee;
	submit(m, 0, 0);
	device_run_queue(&m->dev, 0);
	assert_int_equal(m->shm[DATA + 2001], 0);
	assert_int_equal(pread(m->blk.fd, image, 1024, 512), 1024);
	assert_memory_equal(image, m->shm + DATA, 1024);
}

static void test_whole_disk(void **cookie)
{
	struct model *m = *cookie;
	uint32_t len = SECTORS * 512;
	uint8_t *image = malloc(len);

	/* A bigger disk than the shared memory's data would overlap. */
	assert_true(DATA + len + 1 <= SHM_SIZE);
	start(m, 256);
	fill(m->shm + DATA, len, 3);
	assert_int_equal(request(m, VIRTIO_BLK_T_OUT, 0, len, 0), 0);
	assert_int_equal(pread(m->blk.fd, image, len, 0), len);
	assert_memory_equal(image, m->shm + DATA, len);
	free(image);
}

static void test_ranges(void **cookie)
{
	struct model *m = *cookie;

	start(m, 16);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, SECTORS - 1, 0, 512), 0);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, SECTORS, 0, 0), 0);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, SECTORS, 0, 512), 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, SECTORS - 1, 0, 1024), 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, 0, 0, 511), 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_OUT, 0, 513, 0), 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_OUT, UINT64_MAX, 512, 0), 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_OUT, 1ULL << 55, 512, 0), 1);
	assert_int_equal(used(m, 0)->ring[2].len, 0);
	assert_int_equal(used(m, 0)->ring[7].len, 1);
	/* The image has not grown. */
	assert_int_equal(lseek(m->blk.fd, 0, SEEK_END), SECTORS * 512);
	assert_int_equal(m->state.status, STATUS_RUNNING);
}

static void test_other_types(void **cookie)
{
	struct model *m = *cookie;

	start(m, 16);
	assert_int_equal(request(m, VIRTIO_BLK_T_GET_ID, 0, 0, 20), 0);
	assert_string_equal((char *)m->shm + DATA, "disk");
	assert_int_equal(used(m, 0)->ring[0].len, 21);
	/* Less room, and more. */
	assert_int_equal(request(m, VIRTIO_BLK_T_GET_ID, 0, 0, 2), 0);
	assert_int_equal(used(m, 0)->ring[1].len, 3);
	assert_int_equal(request(m, VIRTIO_BLK_T_GET_ID, 0, 0, 40), 0);
	assert_int_equal(used(m, 0)->ring[2].len, 20);
	assert_int_equal(request(m, VIRTIO_BLK_T_DISCARD, 0, 16, 0),
			 VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(request(m, UINT32_MAX, 0, 0, 0), VIRTIO_BLK_S_UNSUPP);
}

static void test_refuses_writes(void **cookie)
{
	struct model *m = *cookie;
	uint8_t byte = 0xff;

	start(m, 16);
	fill(m->shm + DATA, 512, 1);
	assert_int_equal(request(m, VIRTIO_BLK_T_OUT, 0, 512, 0), 1);
	assert_int_equal(pread(m->blk.fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 0);
	assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0);
	assert_int_equal(request(m, VIRTIO_BLK_T_IN, 0, 0, 512), 0);
}

static void test_indexes_wrap(void **cookie)
{
	struct model *m = *cookie;
	uint32_t i;

	avail(m, 0)->idx = 65530;
	used(m, 0)->idx = 65530;
	start(m, 4);
	for (i = 0; i < 20; i++)
		assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0);
	assert_int_equal(used(m, 0)->idx, 14);
}

/* At most one ring's worth in a turn; then it says that there is more. */
static void test_turns(void **cookie)
{
	struct model *m = *cookie;
	int i;

	start(m, 4);
	header(m, VIRTIO_BLK_T_FLUSH, 0);
	set_desc(m, 0, DATA_AT, 16, NEXT);
	set_desc(m, 1, DATA, 1, WRITE);
	for (i = 0; i < 4; i++)
		submit(m, 0, 0);
	assert_true(device_run_queue(&m->dev, 0));
	assert_int_equal(used(m, 0)->idx, 4);
	assert_false(device_run_queue(&m->dev, 0));
	assert_int_equal(m->interrupts, 1);
}

/* The one ring that was set up in @m is broken: noticed, and nothing done. */
static void assert_broken(struct model *m)
{
	submit(m, 0, 0);
	device_run_queue(&m->dev, 0);
	assert_true(m->state.status & VIRTIO_CONFIG_S_NEEDS_RESET);
	assert_true(m->state.isr & VIRTIO_MMIO_INT_CONFIG);
	assert_int_equal(m->interrupts, 1);
	assert_int_equal(used(m, 0)->idx, 0);
	/* The other queue belongs to the same device. */
	submit(m, 1, 0);
	device_run_queue(&m->dev, 1);
	assert_int_equal(used(m, 1)->idx, 0);
	/* A reset repairs it. */
	m->interrupts = 0;
	memset(m->shm, 0, SHM_SIZE);
	start(m, 8);
	assert_int_equal(request(m, VIRTIO_BLK_T_FLUSH, 0, 0, 0), 0);
	assert_int_equal(m->interrupts, 1);
	m->interrupts = 0;
	memset(m->shm, 0, SHM_SIZE);
	start(m, 8);
	header(m, VIRTIO_BLK_T_IN, 0);
	set_desc(m, 0, DATA_AT, 16, NEXT);
	set_desc(m, 1, DATA, 512, NEXT | WRITE);
	set_desc(m, 2, DATA + 512, 1, WRITE);
}

static void begin(struct model *m)
{
	start(m, 8);
	header(m, VIRTIO_BLK_T_IN, 0);
	set_desc(m, 0, DATA_AT, 16, NEXT);
	set_desc(m, 1, DATA, 512, NEXT | WRITE);
	set_desc(m, 2, DATA + 512, 1, WRITE);
}

static void test_bad_chains(void **cookie)
{
	struct model *m = *cookie;

	begin(m);
	/* Loops: to itself, to the first. */
	desc(m, 0, 1)->next = 1;
	assert_broken(m);
	desc(m, 0, 1)->next = 0;
	assert_broken(m);
	/* Next outside the ring. */
	desc(m, 0, 1)->next = 8;
	assert_broken(m);
	desc(m, 0, 1)->next = 0xffff;
	assert_broken(m);
	/* Not offered. */
	desc(m, 0, 0)->flags |= VRING_DESC_F_INDIRECT;
	assert_broken(m);
	/* To read after to write. */
	desc(m, 0, 2)->flags = 0;
	assert_broken(m);
	/* No room for the status; no whole header. */
	desc(m, 0, 0)->flags = 0;
	assert_broken(m);
	desc(m, 0, 0)->len = 15;
	assert_broken(m);
	desc(m, 0, 1)->len = 0;
	desc(m, 0, 2)->len = 0;
	assert_broken(m);
}

static void test_bad_addresses(void **cookie)
{
	struct model *m = *cookie;
	struct vring_desc *d = desc(m, 0, 1);

	begin(m);
	d->addr = SHM_ADDR - 1;
	assert_broken(m);
	d->addr = SHM_ADDR + SHM_SIZE;
	assert_broken(m);
	d->addr = SHM_ADDR + SHM_SIZE - 511;
	assert_broken(m);
	d->addr = 0;
	assert_broken(m);
	d->addr = UINT64_MAX - 100;
	assert_broken(m);
	d->addr = UINT64_MAX;
	d->len = UINT32_MAX;
	assert_broken(m);
	d->len = UINT32_MAX;
	assert_broken(m);
	d->len = SHM_SIZE;
	assert_broken(m);
}

static void test_bad_indexes(void **cookie)
{
	struct model *m = *cookie;

	begin(m);
	/* More requests than fit. */
	avail(m, 0)->idx = 8;
	assert_broken(m);
	avail(m, 0)->idx = 0xfffe;
	assert_broken(m);
	/* A head outside the ring. */
	avail(m, 0)->ring[0] = 8;
	avail(m, 0)->idx = 1;
	device_run_queue(&m->dev, 0);
	assert_true(m->state.status & VIRTIO_CONFIG_S_NEEDS_RESET);
	assert_int_equal(used(m, 0)->idx, 0);
}

/* Touches the very first and last byte of the shared memory, legally. */
static void test_edges(void **cookie)
{
	struct model *m = *cookie;

	start(m, 8);
	header(m, VIRTIO_BLK_T_IN, 0);
	set_desc(m, 0, DATA_AT, 16, NEXT);
	set_desc(m, 1, DATA, 512, NEXT | WRITE);
	set_desc(m, 2, SHM_SIZE - 1, 1, NEXT | WRITE);
	set_desc(m, 3, SHM_SIZE, 0, WRITE);
	m->shm[SHM_SIZE - 1] = 0xee;
	submit(m, 0, 0);
	device_run_queue(&m->dev, 0);
	assert_int_equal(m->shm[SHM_SIZE - 1], 0);
	assert_int_equal(used(m, 0)->idx, 1);
}

static void test_queues_are_apart(void **cookie)
{
	struct model *m = *cookie;

	start(m, 8);
	header(m, VIRTIO_BLK_T_FLUSH, 0);
	*desc(m, 1, 5) = (struct vring_desc){ SHM_ADDR + DATA_AT, 16, NEXT, 2 };
	*desc(m, 1, 2) = (struct vring_desc){ SHM_ADDR + DATA, 1, WRITE, 0 };
	m->shm[DATA] = 0xee;
	submit(m, 1, 5);
	assert_false(device_run_queue(&m->dev, 0));
	assert_int_equal(m->shm[DATA], 0xee);
	assert_false(device_run_queue(&m->dev, 1));
	assert_int_equal(m->shm[DATA], 0);
	assert_int_equal(used(m, 1)->idx, 1);
	assert_int_equal(used(m, 1)->ring[0].id, 5);
	assert_int_equal(used(m, 0)->idx, 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, model_setup, model_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write_and_read),
		TEST(test_pieces),
		TEST(test_whole_disk),
		TEST(test_ranges),
		TEST(test_other_types),
		cmocka_unit_test_setup_teardown(test_refuses_writes,
						model_setup_read_only,
						model_teardown),
		TEST(test_indexes_wrap),
		TEST(test_turns),
		TEST(test_bad_chains),
		TEST(test_bad_addresses),
		TEST(test_bad_indexes),
		TEST(test_edges),
		TEST(test_queues_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
