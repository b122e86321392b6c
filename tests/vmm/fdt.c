// SPDX-License-Identifier: GPL-2.0-only
/* A guest's device tree, written front to back with libfdt. */
#include <inttypes.h>
#include <libfdt.h>
#include <stdarg.h>
#include <string.h>

#include "vmm.h"

#define PHANDLE_GIC	1
#define PHANDLE_POOL	16	/* and up, one for each remote I/O device */

#define IRQ_SPI		0
#define IRQ_PPI		1
#define IRQ_EDGE	1
#define IRQ_LEVEL	4

/* The first error sticks, so that callers check once, at the end. */
struct tree {
	const struct guest *guest;
	const struct config *config;
	void *buffer;
	int error;
};

static void check(struct tree *tree, int error)
{
	if (!tree->error)
		tree->error = error;
}

__attribute__((format(printf, 2, 3)))
static void begin(struct tree *tree, const char *format, ...)
{
	char name[64];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	check(tree, fdt_begin_node(tree->buffer, name));
}

static void end(struct tree *tree)
{
	check(tree, fdt_end_node(tree->buffer));
}

static void flag(struct tree *tree, const char *name)
{
	check(tree, fdt_property(tree->buffer, name, NULL, 0));
}

static void text(struct tree *tree, const char *name, const char *value)
{
	check(tree, fdt_property(tree->buffer, name, value,
				 (int)strlen(value) + 1));
}

static void u32(struct tree *tree, const char *name, uint32_t value)
{
	check(tree, fdt_property_u32(tree->buffer, name, value));
}

static void cells(struct tree *tree, const char *name, const uint32_t *cell,
		  unsigned int nr)
{
	void *to;

	check(tree, fdt_property_placeholder(tree->buffer, name,
					     (int)(nr * sizeof(fdt32_t)), &to));
	for (unsigned int i = 0; i < nr && !tree->error; i++)
		fdt32_st((char *)to + i * sizeof(fdt32_t), cell[i]);
}

/* Pairs of address and size, two cells each. */
static void reg(struct tree *tree, const char *name, const uint64_t *value,
		unsigned int nr)
{
	uint32_t cell[4 * HV_MAX_DEVS];

	for (unsigned int i = 0; i < nr; i++) {
		cell[2 * i] = (uint32_t)(value[i] >> 32);
		cell[2 * i + 1] = (uint32_t)value[i];
	}
	cells(tree, name, cell, 2 * nr);
}

static void reg1(struct tree *tree, uint64_t base, uint64_t size)
{
	reg(tree, "reg", (uint64_t[]){ base, size }, 2);
}

/* INTIDs as Bao counts them; the tree counts shared ones from 32. */
static void spis(struct tree *tree, const uint64_t *intid, unsigned int nr,
		 uint32_t type)
{
	uint32_t cell[3 * HV_MAX_EVENTS];

	for (unsigned int i = 0; i < nr; i++) {
		cell[3 * i] = IRQ_SPI;
		cell[3 * i + 1] = (uint32_t)intid[i] - 32;
		cell[3 * i + 2] = type;
	}
	cells(tree, "interrupts", cell, 3 * nr);
}

static void write_chosen(struct tree *tree)
{
	const struct guest *guest = tree->guest;
	char console[32];

	snprintf(console, sizeof(console), "/serial@%" PRIx64, MAP_UART(0));
	begin(tree, "chosen");
	text(tree, "bootargs", guest->cfg->append);
	text(tree, "stdout-path", console);
	if (guest->initrd) {
		reg(tree, "linux,initrd-start", &guest->initrd, 1);
		reg(tree, "linux,initrd-end",
		    &(uint64_t){ guest->initrd + guest->initrd_size }, 1);
	}
	end(tree);
}

static void write_cpus(struct tree *tree)
{
	begin(tree, "cpus");
	u32(tree, "#address-cells", 1);
	u32(tree, "#size-cells", 0);
	for (unsigned int i = 0; i < tree->guest->cfg->cpus; i++) {
		begin(tree, "cpu@%x", i);
		text(tree, "device_type", "cpu");
		text(tree, "compatible", "arm,armv8");
		text(tree, "enable-method", "psci");
		u32(tree, "reg", i);
		end(tree);
	}
	end(tree);
	begin(tree, "psci");
	check(tree, fdt_property(tree->buffer, "compatible",
				 "arm,psci-1.0\0arm,psci-0.2",
				 sizeof("arm,psci-1.0\0arm,psci-0.2")));
	text(tree, "method", "hvc");
	end(tree);
}

static bool uses_pool(const struct tree *tree, const struct cfg_remio *remio)
{
	return remio->frontend == tree->guest->index &&
	       !strcmp(remio->dma, "pool");
}

/* A restricted pool must lie in the linear map, so in the memory node. */
static void write_memory(struct tree *tree)
{
	const struct cfg_guest *cfg = tree->guest->cfg;
	uint64_t range[2 + 2 * HV_MAX_DEVS] = { cfg->base, cfg->mem };
	unsigned int nr = 2;

	for (unsigned int i = 0; i < tree->config->nr_remios; i++) {
		const struct cfg_remio *remio = &tree->config->remio[i];

		if (!uses_pool(tree, remio))
			continue;
		range[nr++] = remio->base;
		range[nr++] = remio->size;
	}
	begin(tree, "memory@%" PRIx64, cfg->base);
	text(tree, "device_type", "memory");
	reg(tree, "reg", range, nr);
	end(tree);
}

static bool has_pool(const struct tree *tree)
{
	for (unsigned int i = 0; i < tree->config->nr_remios; i++) {
		if (uses_pool(tree, &tree->config->remio[i]))
			return true;
	}
	return false;
}

static void write_pools(struct tree *tree)
{
	if (!has_pool(tree))
		return;
	begin(tree, "reserved-memory");
	u32(tree, "#address-cells", 2);
	u32(tree, "#size-cells", 2);
	flag(tree, "ranges");
	for (unsigned int i = 0; i < tree->config->nr_remios; i++) {
		const struct cfg_remio *remio = &tree->config->remio[i];

		if (!uses_pool(tree, remio))
			continue;
		begin(tree, "buffer@%" PRIx64, remio->base);
		text(tree, "compatible", "restricted-dma-pool");
		reg1(tree, remio->base, remio->size);
		u32(tree, "phandle", PHANDLE_POOL + i);
		end(tree);
	}
	end(tree);
}

static void write_gic(struct tree *tree)
{
	uint64_t redist = MAP_GICR_SIZE_PER_CPU * tree->guest->cfg->cpus;

	begin(tree, "interrupt-controller@%" PRIx64, MAP_GICD);
	text(tree, "compatible", "arm,gic-v3");
	u32(tree, "#interrupt-cells", 3);
	flag(tree, "interrupt-controller");
	reg(tree, "reg", (uint64_t[]){ MAP_GICD, MAP_GICD_SIZE, MAP_GICR,
				       redist }, 4);
	u32(tree, "phandle", PHANDLE_GIC);
	end(tree);
}

static void write_timer(struct tree *tree)
{
	static const uint32_t ppi[] = MAP_PPI_TIMERS;
	uint32_t cell[12];

	for (unsigned int i = 0; i < 4; i++) {
		cell[3 * i] = IRQ_PPI;
		cell[3 * i + 1] = ppi[i];
		cell[3 * i + 2] = IRQ_LEVEL;
	}
	begin(tree, "timer");
	text(tree, "compatible", "arm,armv8-timer");
	cells(tree, "interrupts", cell, 12);
	flag(tree, "always-on");
	end(tree);
}

static void write_uarts_and_port(struct tree *tree)
{
	char path[32], alias[16];

	begin(tree, "aliases");
	for (unsigned int i = 0; i < MAP_UARTS; i++) {
		snprintf(alias, sizeof(alias), "serial%u", i);
		snprintf(path, sizeof(path), "/serial@%" PRIx64, MAP_UART(i));
		text(tree, alias, path);
	}
	end(tree);
	for (unsigned int i = 0; i < MAP_UARTS; i++) {
		begin(tree, "serial@%" PRIx64, MAP_UART(i));
		text(tree, "compatible", "ns16550a");
		reg1(tree, MAP_UART(i), MAP_UART_SIZE);
		spis(tree, (uint64_t[]){ MAP_UART_INTID(i) }, 1, IRQ_LEVEL);
		u32(tree, "clock-frequency", 1843200);
		u32(tree, "current-speed", 115200);
		end(tree);
	}
	begin(tree, "test-port@%" PRIx64, MAP_PORT);
	text(tree, "compatible", "bao-guest,test-port");
	reg1(tree, MAP_PORT, MAP_PORT_SIZE);
	end(tree);
}

static void write_ipc_published(struct tree *tree, const struct cfg_ipc *ipc,
				uint32_t id)
{
	begin(tree, "bao-ipc@%" PRIx64, ipc->base);
	text(tree, "compatible", "bao,ipcshmem");
	reg1(tree, ipc->base, ipc->size);
	cells(tree, "read-channel", (uint32_t[]){ (uint32_t)ipc->read.v[0],
						  (uint32_t)ipc->read.v[1] }, 2);
	cells(tree, "write-channel", (uint32_t[]){ (uint32_t)ipc->write.v[0],
						   (uint32_t)ipc->write.v[1] }, 2);
	u32(tree, "id", id);
}

static void write_ipc_split(struct tree *tree, const struct cfg_ipc *ipc,
			    uint32_t id)
{
	const uint64_t range[] = {
		ipc->base + ipc->read.v[0], ipc->read.v[1],
		ipc->base + ipc->write.v[0], ipc->write.v[1],
	};

	begin(tree, "shmem@%" PRIx64, range[0]);
	text(tree, "compatible", "bao,ipcshmem");
	reg(tree, "reg", range, 4);
	check(tree, fdt_property(tree->buffer, "reg-names", "read\0write",
				 sizeof("read\0write")));
	u32(tree, "bao,id", id);
}

/* An id in the configuration overrides the position, so that a test can lie. */
static void write_ipcs(struct tree *tree)
{
	uint32_t position = 0;

	for (unsigned int i = 0; i < tree->config->nr_ipcs; i++) {
		const struct cfg_ipc *ipc = &tree->config->ipc[i];
		uint32_t id;

		if (ipc->guest != tree->guest->index)
			continue;
		id = ipc->id == CFG_NONE ? position : (uint32_t)ipc->id;
		if (config_splits_tree(tree->config))
			write_ipc_split(tree, ipc, id);
		else
			write_ipc_published(tree, ipc, id);
		if (ipc->irqs.nr)
			spis(tree, ipc->irqs.v, ipc->irqs.nr, IRQ_EDGE);
		end(tree);
		position++;
	}
}

/* dm id: the position among all of this VM's entries, frontends included. */
static void write_dispatchers_split(struct tree *tree)
{
	uint32_t position = 0;

	for (unsigned int i = 0; i < tree->config->nr_remios; i++) {
		const struct cfg_remio *remio = &tree->config->remio[i];

		if (remio->backend == tree->guest->index) {
			begin(tree, "bao-io-dispatcher@%" PRIx64, remio->base);
			text(tree, "compatible", "bao,io-dispatcher");
			reg1(tree, remio->base, remio->size);
			spis(tree, &remio->backend_irq, 1, IRQ_EDGE);
			u32(tree, "bao,id", position);
			end(tree);
		}
		if (remio->backend == tree->guest->index ||
		    remio->frontend == tree->guest->index)
			position++;
	}
}

static void write_dispatcher_published(struct tree *tree)
{
	uint64_t range[2 * HV_MAX_VM_DEVS], intid[HV_MAX_VM_DEVS];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < tree->config->nr_remios; i++) {
		const struct cfg_remio *remio = &tree->config->remio[i];

		if (remio->backend != tree->guest->index)
			continue;
		range[2 * nr] = remio->base;
		range[2 * nr + 1] = remio->size;
		intid[nr++] = remio->backend_irq;
	}
	if (!nr)
		return;
	begin(tree, "bao-io-dispatcher@%" PRIx64, range[0]);
	text(tree, "compatible", "bao,io-dispatcher");
	reg(tree, "reg", range, 2 * nr);
	spis(tree, intid, nr, IRQ_EDGE);
	end(tree);
}

static void write_frontends(struct tree *tree)
{
	for (unsigned int i = 0; i < tree->config->nr_remios; i++) {
		const struct cfg_remio *remio = &tree->config->remio[i];

		if (remio->frontend != tree->guest->index)
			continue;
		begin(tree, "virtio@%" PRIx64, remio->window);
		text(tree, "compatible", "virtio,mmio");
		reg1(tree, remio->window, remio->window_size);
		spis(tree, &remio->frontend_irq, 1, IRQ_EDGE);
		flag(tree, "dma-coherent");
		if (uses_pool(tree, remio))
			u32(tree, "memory-region", PHANDLE_POOL + i);
		end(tree);
	}
}

static void write_root(struct tree *tree)
{
	begin(tree, "%s", "");
	text(tree, "compatible", "bao-guest,vmm");
	text(tree, "model", "bao-guest vmm");
	u32(tree, "#address-cells", 2);
	u32(tree, "#size-cells", 2);
	u32(tree, "interrupt-parent", PHANDLE_GIC);
	write_chosen(tree);
	write_cpus(tree);
	write_memory(tree);
	write_pools(tree);
	write_gic(tree);
	write_timer(tree);
	write_uarts_and_port(tree);
	write_ipcs(tree);
	if (config_splits_tree(tree->config))
		write_dispatchers_split(tree);
	else
		write_dispatcher_published(tree);
	write_frontends(tree);
	end(tree);
}

int fdt_build(const struct guest *guest, void *buffer, size_t size)
{
	struct tree tree = {
		.guest = guest,
		.config = &guest->vmm->config,
		.buffer = buffer,
	};

	check(&tree, fdt_create(buffer, (int)size));
	check(&tree, fdt_finish_reservemap(buffer));
	write_root(&tree);
	check(&tree, fdt_finish(buffer));
	return tree.error;
}
