// SPDX-License-Identifier: GPL-2.0-only
#include "backend/world.h"

#include <string.h>

#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>

#define NUM		16U
#define ROUNDS		2U
#define REQUESTS	16U
#define AVAIL		0x400U
#define USED		0x800U
#define DATA(slot)	(0x1000U + 0x400U * (slot))
/* In a slot: header, status, data. */
#define STATUS_AT	0x80U
#define BYTES_AT	0x100U

#define ALIVE	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER)
#define AGREED	(ALIVE | VIRTIO_CONFIG_S_FEATURES_OK)
#define RUNNING	(AGREED | VIRTIO_CONFIG_S_DRIVER_OK)

/**
 * struct step - an access
 * @op: BAO_REQUEST_READ or BAO_REQUEST_WRITE
 * @reg: offset
 * @value: to write, or which must be read
 */
struct step {
	uint64_t op;
	uint32_t reg;
	uint32_t value;
};

#define R(reg, value)	{ BAO_REQUEST_READ, VIRTIO_MMIO_ ## reg, value }
#define W(reg, value)	{ BAO_REQUEST_WRITE, VIRTIO_MMIO_ ## reg, value }

static const struct step set_up[] = {
	R(MAGIC_VALUE, 0x74726976), R(VERSION, 2), R(DEVICE_ID, 2),
	W(STATUS, 0), R(STATUS, 0), W(STATUS, ALIVE),
	W(DRIVER_FEATURES_SEL, 1), W(DRIVER_FEATURES, 1),
	W(DRIVER_FEATURES_SEL, 0), W(DRIVER_FEATURES, 0),
	W(STATUS, AGREED), R(STATUS, AGREED),
	W(QUEUE_SEL, 0), R(QUEUE_READY, 0), W(QUEUE_NUM, NUM),
	W(QUEUE_DESC_LOW, (uint32_t)WORLD_ADDR), W(QUEUE_DESC_HIGH, 0),
	W(QUEUE_AVAIL_LOW, (uint32_t)WORLD_ADDR + AVAIL),
	W(QUEUE_AVAIL_HIGH, 0),
	W(QUEUE_USED_LOW, (uint32_t)WORLD_ADDR + USED), W(QUEUE_USED_HIGH, 0),
	W(QUEUE_READY, 1), R(QUEUE_READY, 1), W(STATUS, RUNNING),
	R(STATUS, RUNNING),
};

static const struct step shut_down[] = {
	R(STATUS, RUNNING), W(STATUS, 0), R(STATUS, 0),
};

#define LENGTH(array)	((uint32_t)(sizeof(array) / sizeof(*(array))))

static void fail(struct world *w, const char *why)
{
	if (!w->error)
		w->error = why;
	w->fe.done = true;
}

static uint32_t random_number(struct frontend *fe)
{
	fe->random ^= fe->random << 13;
	fe->random ^= fe->random >> 17;
	fe->random ^= fe->random << 5;
	return fe->random;
}

static struct vring_desc *descs(struct world *w)
{
	return (struct vring_desc *)w->shm;
}

static struct vring_avail *avail(struct world *w)
{
	return (struct vring_avail *)(w->shm + AVAIL);
}

static struct vring_used *used(struct world *w)
{
	return (struct vring_used *)(w->shm + USED);
}

static void fill(uint8_t *p, uint32_t seed)
{
	uint32_t i;

	for (i = 0; i < 512; i++)
		p[i] = (uint8_t)(seed * 31 + (seed ? i : 0));
}

static bool filled(const uint8_t *p, uint32_t seed)
{
	uint8_t want[512];

	fill(want, seed);
	return !memcmp(p, want, sizeof(want));
}

/* The frontend's CPU stops at an access. */
static void touch(struct world *w, uint64_t op, uint32_t reg, uint32_t value)
{
	if (op == BAO_REQUEST_WRITE && reg == VIRTIO_MMIO_QUEUE_NOTIFY &&
	    w->listening) {
		w->kicked = true;
		return;
	}
	w->req = (struct bao_request){
		.addr = WORLD_WINDOW + reg,
		.op = op,
		.value = op == BAO_REQUEST_WRITE ? value : 0,
		.access_width = 4,
		.request_id = 7,
	};
	w->pending = true;
}

static void choose(struct frontend *fe, struct slot *slot)
{
	uint32_t r = random_number(fe);

	slot->sector = (r >> 8) % WORLD_SECTORS;
	slot->order = fe->submitted;
	slot->busy = true;
	switch (r % 4) {
	case 0:
		slot->type = VIRTIO_BLK_T_FLUSH;
		break;
	case 1:
		slot->type = VIRTIO_BLK_T_IN;
		slot->seed = fe->seeds[slot->sector];
		break;
	default:
		slot->type = VIRTIO_BLK_T_OUT;
		slot->seed = r | 1;
		fe->seeds[slot->sector] = slot->seed;
	}
}

static void submit(struct world *w, uint32_t i)
{
	struct slot *slot = &w->fe.slot[i];
	struct virtio_blk_outhdr *hdr = (void *)(w->shm + DATA(i));
	struct vring_desc *d = descs(w) + 3 * i;
	uint64_t at = WORLD_ADDR + DATA(i);
	bool write;

	choose(&w->fe, slot);
	write = slot->type == VIRTIO_BLK_T_OUT;
	fill(w->shm + DATA(i) + BYTES_AT, write ? slot->seed : 0);
	w->shm[DATA(i) + STATUS_AT] = 0xee;
	hdr->type = slot->type;
	hdr->ioprio = 0;
	hdr->sector = slot->sector;
	d[0] = (struct vring_desc){ at, sizeof(*hdr), VRING_DESC_F_NEXT,
				    (uint16_t)(3 * i + 1) };
	d[1] = (struct vring_desc){ at + BYTES_AT, 512, VRING_DESC_F_NEXT,
				    (uint16_t)(3 * i + 2) };
	if (!write)
		d[1].flags |= VRING_DESC_F_WRITE;
	if (slot->type == VIRTIO_BLK_T_FLUSH)
		d[1].len = 0;
	d[2] = (struct vring_desc){ at + STATUS_AT, 1, VRING_DESC_F_WRITE, 0 };
	avail(w)->ring[avail(w)->idx % NUM] = (uint16_t)(3 * i);
	avail(w)->idx++;
	w->fe.submitted++;
	touch(w, BAO_REQUEST_WRITE, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
}

static void check_reaped(struct world *w, uint32_t i)
{
	struct frontend *fe = &w->fe;
	struct slot *slot = &fe->slot[i];
	uint8_t *data = w->shm + DATA(i) + BYTES_AT;

	if (!slot->busy)
		fail(w, "a request was answered twice");
	if (slot->order != fe->reaped)
		fail(w, "a request was answered out of order");
	if (w->shm[DATA(i) + STATUS_AT])
		fail(w, "a request failed");
	if (slot->type == VIRTIO_BLK_T_IN && !filled(data, slot->seed))
		fail(w, "wrong data were read");
	/* Unless it is to be overwritten already. */
	if (slot->type == VIRTIO_BLK_T_OUT &&
	    fe->seeds[slot->sector] == slot->seed &&
	    !filled(w->image + 512 * slot->sector, slot->seed))
		fail(w, "data were not written when the request ended");
	slot->busy = false;
	fe->reaped++;
}

static void reap(struct world *w)
{
	struct frontend *fe = &w->fe;
	uint32_t id;

	while (fe->last_used != used(w)->idx && !w->error) {
		id = used(w)->ring[fe->last_used % NUM].id;
		if (id % 3 || id / 3 >= WORLD_SLOTS) {
			fail(w, "a used entry names no request");
			return;
		}
		check_reaped(w, id / 3);
		fe->last_used++;
	}
}

/* From the handler, or from another CPU during it. */
static void submit_in_between(struct world *w)
{
	uint32_t i;

	if (!w->listening || random_number(&w->fe) % 2)
		return;
	for (i = 0; i < WORLD_SLOTS && w->fe.submitted < REQUESTS; i++) {
		if (!w->fe.slot[i].busy) {
			submit(w, i);
			return;
		}
	}
}

static void end_interrupt(struct world *w)
{
	w->fe.irq_step = 0;
	if (w->fe.habits & MUTE_RING) {
		avail(w)->flags = 0;
		/* What came while the ring was mute. */
		reap(w);
	}
}

static void step_interrupt(struct world *w)
{
	struct frontend *fe = &w->fe;

	switch (fe->irq_step++) {
	case 1:
		touch(w, BAO_REQUEST_READ, VIRTIO_MMIO_INTERRUPT_STATUS, 0);
		break;
	case 2:
		fe->isr = (uint32_t)w->req.value;
		if (!(fe->isr & VIRTIO_MMIO_INT_VRING)) {
			fe->spurious++;
			fe->irq_step = 0;
			break;
		}
		if (fe->habits & MUTE_RING)
			avail(w)->flags = VRING_AVAIL_F_NO_INTERRUPT;
		if (fe->habits & HANDLE_THEN_ACK)
			reap(w);
		submit_in_between(w);
		touch(w, BAO_REQUEST_WRITE, VIRTIO_MMIO_INTERRUPT_ACK, fe->isr);
		break;
	default:
		if (!(fe->habits & HANDLE_THEN_ACK))
			reap(w);
		end_interrupt(w);
	}
}

/* A step of a script: first the access, then a look at the answer. */
static bool step_script(struct world *w, const struct step *s, uint32_t length)
{
	struct frontend *fe = &w->fe;
	uint32_t n = fe->script;

	if (n && s[n - 1].op == BAO_REQUEST_READ &&
	    w->req.value != s[n - 1].value)
		fail(w, "a register has a wrong value");
	if (n == length)
		return true;
	fe->script++;
	touch(w, s[n].op, s[n].reg, s[n].value);
	return false;
}

static void next_round(struct world *w)
{
	struct frontend *fe = &w->fe;

	fe->script = 0;
	fe->shutting_down = false;
	fe->submitted = 0;
	fe->reaped = 0;
	fe->last_used = 0;
	memset(w->shm, 0, sizeof(w->shm));
	if (!--fe->rounds)
		fe->done = true;
}

/*
 * Returns whether there was anything to do. Now and then it prefers to wait
 * for what it has submitted, so that interrupts and requests mix.
 */
static bool step_io(struct world *w)
{
	struct frontend *fe = &w->fe;
	uint32_t i;

	if (fe->submitted > fe->reaped && random_number(fe) % 2)
		return false;
	for (i = 0; i < WORLD_SLOTS && fe->submitted < REQUESTS; i++) {
		if (!fe->slot[i].busy) {
			submit(w, i);
			return true;
		}
	}
	if (fe->reaped < REQUESTS)
		return false;
	fe->shutting_down = true;
	fe->script = 0;
	return true;
}

static bool step_program(struct world *w)
{
	struct frontend *fe = &w->fe;

	if (fe->shutting_down) {
		if (step_script(w, shut_down, LENGTH(shut_down)))
			next_round(w);
		return true;
	}
	if (fe->script <= LENGTH(set_up)) {
		if (!step_script(w, set_up, LENGTH(set_up)))
			return true;
		fe->script++;
	}
	return step_io(w);
}

static bool in_script(const struct frontend *fe)
{
	return fe->shutting_down || fe->script <= LENGTH(set_up);
}

/*
 * Until it stands still or waits for an interrupt. Interrupts come at any
 * moment between requests; a script runs with interrupts off, for its answers
 * are kept where the handler's are.
 */
static void run_frontend(struct world *w)
{
	struct frontend *fe = &w->fe;

	while (!w->pending && !fe->done) {
		if (fe->irq_step) {
			step_interrupt(w);
		} else if (w->irq && !in_script(fe) && random_number(fe) % 2) {
			w->irq = false;
			fe->irq_step = 1;
		} else if (!step_program(w) && !w->irq) {
			return;
		}
	}
}

static int take(struct world *w)
{
	run_frontend(w);
	if (!w->pending || w->taken)
		return -1;
	w->taken = true;
	w->req.request_id = 7;
	if (w->handed_out)
		w->req.request_id |= BAO_REQUEST_REDELIVERED;
	w->handed_out = true;
	return 0;
}

static void complete(struct world *w)
{
	if (!w->taken)
		fail(w, "an answer to what was not asked");
	w->pending = false;
	w->taken = false;
	w->handed_out = false;
	/* Its CPU does not wait for what the daemon does next. */
	if (random_number(&w->fe) % 2)
		run_frontend(w);
}

static void listen(struct world *w, bool on)
{
	if (w->listening == on)
		fail(w, "ioeventfds twice, or none to take back");
	w->listening = on;
	/* A kick may wait already. */
	if (on && w->pending && !w->taken &&
	    w->req.addr == WORLD_WINDOW + VIRTIO_MMIO_QUEUE_NOTIFY) {
		w->pending = false;
		w->handed_out = false;
		w->kicked = true;
	}
}

/* The daemon has nothing to do: then the frontend knows what was done. */
static int idle(struct world *w)
{
	if (!w->irq && !w->fe.irq_step && w->fe.last_used != used(w)->idx)
		fail(w, "a request is done and the frontend is not told");
	run_frontend(w);
	if (w->fe.done)
		return 0;
	if (!w->pending && !w->kicked) {
		fail(w, "the frontend waits for ever");
		return 0;
	}
	return 1;
}

/* The kernel's half of a call: nothing kills that in the middle. */
static int kernel(struct world *w, uint32_t call)
{
	bool kicked = w->kicked;

	switch (call) {
	case CALL_TAKE:
		return take(w);
	case CALL_COMPLETE:
		complete(w);
		break;
	case CALL_LISTEN:
	case CALL_DEAF:
		listen(w, call == CALL_LISTEN);
		break;
	case CALL_INTERRUPT:
		if (!w->state.isr)
			fail(w, "an interrupt without a reason");
		w->irq = true;
		if (random_number(&w->fe) % 2)
			run_frontend(w);
		break;
	case CALL_KICKED:
		w->kicked = false;
		return kicked;
	case CALL_IDLE:
		return idle(w);
	}
	return 0;
}

int world_call(struct world *w, uint32_t call)
{
	return kernel(w, call);
}

/* What the kernel does when a daemon dies. */
void world_kill(struct world *w)
{
	w->taken = false;
	w->listening = false;
	w->kicked = false;
	w->call = CALL_NONE;
}

void world_check_end(struct world *w)
{
	uint32_t i;

	if (!w->fe.done || w->fe.rounds)
		fail(w, "the frontend did not come to its end");
	for (i = 0; i < WORLD_SECTORS; i++)
		if (!filled(w->image + 512 * i, w->fe.seeds[i]))
			fail(w, "the image is wrong");
}

void world_init(struct world *w, uint32_t habits, uint32_t seed)
{
	memset(w, 0, sizeof(*w));
	w->fe.habits = habits;
	w->fe.random = seed | 1;
	w->fe.rounds = ROUNDS;
	w->state.identity.sectors = WORLD_SECTORS;
	w->state.identity.queues = 1;
	w->state.identity.features = device_features(false, 1);
}
