// SPDX-License-Identifier: GPL-2.0-only
/* Checks a configuration for what Bao, or a guest, would trip over. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "map.h"

#define MIN_INTID	32	/* shared interrupts begin here */
#define MAX_INTID	(MAP_INTIDS - 1)
#define MAX_REMIO_INTID	255	/* Bao keeps these in eight bits */

__attribute__((format(printf, 1, 2)))
static int bad(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("configuration: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return -1;
}

static int find_guest(const struct config *config, const char *name,
		      unsigned int *index)
{
	for (unsigned int i = 0; i < config->nr_guests; i++) {
		if (strcmp(config->guest[i].name, name))
			continue;
		*index = i;
		return 0;
	}
	return bad("no guest is called '%s'", name);
}

static int check_region(const struct config *config, const char *who,
			uint64_t shmem, uint64_t base, uint64_t size)
{
	if (shmem >= CFG_MAX_SHMEMS || !config->shmem_size[shmem])
		return bad("%s: no such region", who);
	if (base % CFG_PAGE)
		return bad("%s: base is not page-aligned", who);
	if (!size || size % CFG_PAGE || size > config->shmem_size[shmem])
		return bad("%s: bad size for its region", who);
	if (base < MAP_DEVICES_END || base + size < base ||
	    base + size > MAP_END)
		return bad("%s: outside the guest's address space", who);
	return 0;
}

static int check_guest(const struct config *config, struct cfg_guest *guest)
{
	if (!guest->cpus || guest->cpus > CFG_MAX_CPUS)
		return bad("%s: cpus", guest->name);
	if (!*guest->kernel)
		return bad("%s: no kernel", guest->name);
	if (strcmp(guest->ends, "self") && strcmp(guest->ends, "all"))
		return bad("%s: ends is neither self nor all", guest->name);
	if (guest->base % (UINT64_C(2) << 20) || guest->mem % CFG_PAGE)
		return bad("%s: RAM is not aligned", guest->name);
	if (guest->base < MAP_DEVICES_END || guest->mem > MAP_END ||
	    guest->base > MAP_END - guest->mem)
		return bad("%s: RAM outside the address space", guest->name);
	if (guest->ram_shmem == CFG_NONE)
		return 0;
	if (guest->ram_shmem >= CFG_MAX_SHMEMS ||
	    !config->shmem_size[guest->ram_shmem])
		return bad("%s: no such region for its RAM", guest->name);
	guest->mem = config->shmem_size[guest->ram_shmem];
	return 0;
}

static int check_ipc(struct config *config, struct cfg_ipc *ipc)
{
	if (find_guest(config, ipc->guest_name, &ipc->guest))
		return -1;
	if (check_region(config, ipc->guest_name, ipc->shmem, ipc->base,
			 ipc->size))
		return -1;
	if (ipc->read.nr != 2 || ipc->write.nr != 2)
		return bad("%s: read and write take an offset and a size",
			   ipc->guest_name);
	for (unsigned int i = 0; i < ipc->irqs.nr; i++) {
		if (ipc->irqs.v[i] < MIN_INTID || ipc->irqs.v[i] > MAX_INTID)
			return bad("%s: irqs", ipc->guest_name);
	}
	return 0;
}

/* A guest whose calls are scripted needs nobody at the other end. */
static int find_frontend(const struct config *config, struct cfg_remio *remio)
{
	if (strcmp(remio->frontend_name, "none"))
		return find_guest(config, remio->frontend_name,
				  &remio->frontend);
	if (!config->guest[remio->backend].scripted ||
	    strcmp(remio->dma, "none"))
		return bad("%s: no frontend: %s has to be scripted, and dma=none",
			   remio->name, remio->backend_name);
	remio->frontend = CFG_NOBODY;
	return 0;
}

static int check_dma(const struct config *config, const struct cfg_remio *remio)
{
	const struct cfg_guest *guest = &config->guest[remio->frontend];

	if (!strcmp(remio->dma, "pool") || !strcmp(remio->dma, "none"))
		return 0;
	if (strcmp(remio->dma, "ram"))
		return bad("%s: dma is none of ram, pool, none", remio->name);
	if (guest->ram_shmem != remio->shmem || guest->base != remio->base ||
	    guest->mem != remio->size)
		return bad("%s: dma=ram, but the region is not the RAM of %s",
			   remio->name, guest->name);
	return 0;
}

static int check_remio(struct config *config, struct cfg_remio *remio)
{
	if (find_guest(config, remio->backend_name, &remio->backend) ||
	    find_frontend(config, remio))
		return -1;
	if (remio->frontend == remio->backend)
		return bad("%s: both ends in one guest", remio->name);
	if (check_region(config, remio->name, remio->shmem, remio->base,
			 remio->size))
		return -1;
	if (remio->frontend_irq < MIN_INTID || remio->backend_irq < MIN_INTID ||
	    remio->frontend_irq > MAX_REMIO_INTID ||
	    remio->backend_irq > MAX_REMIO_INTID)
		return bad("%s: interrupt out of range", remio->name);
	if (remio->window < MAP_WINDOWS || !remio->window_size ||
	    remio->window_size > MAP_DEVICES_END - MAP_WINDOWS ||
	    remio->window > MAP_DEVICES_END - remio->window_size)
		return bad("%s: window out of range", remio->name);
	return check_dma(config, remio);
}

/* Bao stops a VM with two devices on one base. */
static int check_pairs(const struct config *config)
{
	for (unsigned int i = 0; i < config->nr_remios; i++) {
		const struct cfg_remio *a = &config->remio[i];

		for (unsigned int j = 0; j < i; j++) {
			const struct cfg_remio *b = &config->remio[j];

			if (!strcmp(a->name, b->name))
				return bad("%s: defined twice", a->name);
			if (a->base == b->base && !config->relaxed)
				return bad("%s and %s have one base (relaxed=1 lets it pass)",
					   a->name, b->name);
			if (a->frontend == b->frontend &&
			    a->window < b->window + b->window_size &&
			    b->window < a->window + a->window_size)
				return bad("%s and %s: windows overlap",
					   a->name, b->name);
		}
	}
	return 0;
}

static int check_all(struct config *config)
{
	for (unsigned int i = 0; i < config->nr_guests; i++) {
		if (check_guest(config, &config->guest[i]))
			return -1;
		for (unsigned int j = 0; j < i; j++) {
			if (!strcmp(config->guest[i].name, config->guest[j].name))
				return bad("two guests are called '%s'",
					   config->guest[i].name);
		}
	}
	for (unsigned int i = 0; i < config->nr_ipcs; i++) {
		if (check_ipc(config, &config->ipc[i]))
			return -1;
	}
	for (unsigned int i = 0; i < config->nr_remios; i++) {
		if (check_remio(config, &config->remio[i]))
			return -1;
	}
	return check_pairs(config);
}

int config_check(struct config *config)
{
	uint64_t cpus = 0;

	if (!config->nr_guests)
		return bad("no guest");
	if (strcmp(config->tree, "published") && strcmp(config->tree, "split"))
		return bad("tree is neither published nor split");
	if (check_all(config))
		return -1;
	for (unsigned int i = 0; i < config->nr_guests; i++)
		cpus += config->guest[i].cpus;
	/* Bao has one slot for each physical CPU, and a vCPU has its own */
	if (!config->slots)
		config->slots = cpus;
	if (config->slots > HV_MAX_SLOTS)
		return bad("slots: at most %d", HV_MAX_SLOTS);
	return 0;
}
