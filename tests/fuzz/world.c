// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices. Slot n is the platform device fakehv.n: 0 has device models 0
 * and 1, 1 has number 2; 2 to 4 are channels 0 to 2: of the published form, of
 * the newer one, and one without interrupts that cannot be mapped.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fuzz.h"

#define EVENTS_SOME	2
#define EVENTS_ALL	32

const char *world_driver(unsigned int slot)
{
	return slot < 2 ? DISPATCHER : CHANNEL;
}

unsigned int world_dm_slot(unsigned int dm)
{
	return dm < 2 ? 0 : dm == 2 ? 1 : WORLD_DEVICES;
}

static void dispatcher_both(struct fakehv_device *d)
{
	unsigned int i;

	device_init(d, DISPATCHER);
	for (i = 0; i < 2; i++)
		device_mem(d, DM_START(i), DM_SIZE, NULL);
	for (i = 0; i < 2; i++)
		device_res(d, FAKEHV_RES_DM_IRQ, i, 0);
}

static void dispatcher_single(struct fakehv_device *d)
{
	const uint32_t id = 2;

	device_init(d, DISPATCHER);
	device_mem(d, DM_START(id), DM_SIZE, NULL);
	device_res(d, FAKEHV_RES_DM_IRQ, id, 0);
	device_u32(d, "bao,id", 1, &id);
	device_string(d, "label", "single");
}

static void channel_split(struct fakehv_device *d)
{
	const uint32_t id = 1;
	unsigned int i;

	device_init(d, CHANNEL);
	device_mem(d, IPC_START + IPC_SIZE, CHANNEL_SIZE, "read");
	device_mem(d, IPC_START + IPC_SIZE + CHANNEL_SIZE, CHANNEL_SIZE,
		   "write");
	for (i = 0; i < EVENTS_ALL; i++)
		device_res(d, FAKEHV_RES_IPC_IRQ, FAKEHV_MAX_EVENTS + i, 0);
	device_u32(d, "bao,id", 1, &id);
}

static void channel_odd(struct fakehv_device *d)
{
	const uint32_t rd[] = { 0x10, 0x230 }, wr[] = { 0x301, 0x4ff };
	const uint32_t id = 2;

	device_init(d, CHANNEL);
	device_mem(d, IPC_START + 2 * IPC_SIZE + 0x40, 0x800, NULL);
	device_u32(d, "read-channel", 2, rd);
	device_u32(d, "write-channel", 2, wr);
	device_u32(d, "id", 1, &id);
}

static void device_plain(unsigned int slot, struct fakehv_device *d)
{
	switch (slot) {
	case 0:
		dispatcher_both(d);
		break;
	case 1:
		dispatcher_single(d);
		break;
	case 2:
		channel_init(d, 0, EVENTS_SOME);
		break;
	case 3:
		channel_split(d);
		break;
	default:
		channel_odd(d);
		break;
	}
}

/* One field is not what it should be. */
static void device_damage(struct worker *w, struct fakehv_device *d)
{
	struct fakehv_res *res = &d->res[rng_below(&w->rng, d->num_res)];
	struct fakehv_prop *prop;

	switch (rng_below(&w->rng, 6)) {
	case 0:
		d->num_res = rng_below(&w->rng, d->num_res + 1);
		break;
	case 1:
		d->num_props = rng_below(&w->rng, d->num_props + 1);
		break;
	case 2:
		res->size ^= 1ULL << rng_below(&w->rng, 21);
		break;
	case 3:
		res->start ^= 1ULL << rng_below(&w->rng, 24);
		break;
	case 4:
		prop = &d->props[rng_below(&w->rng, d->num_props ?: 1)];
		prop->val[rng_below(&w->rng, 2)] = (uint32_t)rng_wild(&w->rng);
		break;
	default:
		snprintf(d->name, sizeof(d->name), "%s",
			 rng_one_in(&w->rng, 2) ? DISPATCHER : CHANNEL);
		break;
	}
	/* The window ends, and other memory is not ours to map. */
	if (res->type == FAKEHV_RES_MEM)
		res->start %= 0x4000000;
	if (res->type == FAKEHV_RES_MEM && res->size > DM_SIZE)
		res->size = DM_SIZE;
}

void device_draw(struct worker *w, unsigned int slot, struct fakehv_device *d)
{
	device_plain(slot, d);
	if (rng_one_in(&w->rng, 4))
		device_damage(w, d);
}

bool path_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text);
}

void world_make(void)
{
	struct fakehv_device dev;
	unsigned int slot;

	for (slot = 0; slot < WORLD_DEVICES; slot++) {
		device_plain(slot, &dev);
		device_create(&dev);
	}
}

/* No faults, and the parameters as they were. */
void world_calm(void)
{
	struct fakehv_config config = {
		.num_dms = FAKEHV_MAX_DMS, .num_ipcs = FAKEHV_MAX_IPCS,
		.num_slots = 8,
	};
	unsigned int kind;

	hv_config(config);
	for (kind = 0; kind < FAKEHV_FAULTS; kind++)
		hv_fault(kind, 0, 0);
	parameter_set("dm_grace_ms", "5000");
	parameter_set("poll_ms", "1000");
	doorbell_defaults();
	path_write("/sys/kernel/tracing/events/bao/enable", "0");
	path_write("/sys/kernel/tracing/tracing_on", "1");
}

/* All devices as they should be, without losing a request on the way. */
bool world_restore(void)
{
	struct fakehv_device dev;
	unsigned int slot;

	for (slot = 0; slot < FAKEHV_MAX_RESOURCES; slot++)
		ioctl(hv, FAKEHV_DESTROY, (unsigned long)slot);
	for (slot = 0; slot < WORLD_DEVICES; slot++) {
		device_plain(slot, &dev);
		if (!device_create(&dev))
			return finding("%s.%u is not bound any more", dev.name,
				       slot);
	}
	return true;
}
