// SPDX-License-Identifier: GPL-2.0-only
/* A guest's device tree, written front to back with libfdt. */
#include <inttypes.h>
#include <libfdt.h>
#include <string.h>

#include "tree.h"

static void write_chosen(struct tree *tree)
{
	const struct guest *guest = tree->guest;
	char console[32];

	snprintf(console, sizeof(console), "/serial@%" PRIx64, MAP_UART(0));
	tree_begin(tree, "chosen");
	tree_text(tree, "bootargs", guest->cfg->append);
	tree_text(tree, "stdout-path", console);
	if (guest->initrd) {
		tree_reg(tree, "linux,initrd-start", &guest->initrd, 1);
		tree_reg(tree, "linux,initrd-end",
		    &(uint64_t){ guest->initrd + guest->initrd_size }, 1);
	}
	tree_end(tree);
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
	tree_begin(tree, "memory@%" PRIx64, cfg->base);
	tree_text(tree, "device_type", "memory");
	tree_reg(tree, "reg", range, nr);
	tree_end(tree);
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
	tree_begin(tree, "reserved-memory");
	tree_u32(tree, "#address-cells", 2);
	tree_u32(tree, "#size-cells", 2);
	tree_flag(tree, "ranges");
	for (unsigned int i = 0; i < tree->config->nr_remios; i++) {
		const struct cfg_remio *remio = &tree->config->remio[i];

		if (!uses_pool(tree, remio))
			continue;
		tree_begin(tree, "buffer@%" PRIx64, remio->base);
		tree_text(tree, "compatible", "restricted-dma-pool");
		tree_reg1(tree, remio->base, remio->size);
		tree_u32(tree, "phandle", PHANDLE_POOL + i);
		tree_end(tree);
	}
	tree_end(tree);
}

static void write_uarts_and_port(struct tree *tree)
{
	char path[32], alias[16];

	tree_begin(tree, "aliases");
	for (unsigned int i = 0; i < MAP_UARTS; i++) {
		snprintf(alias, sizeof(alias), "serial%u", i);
		snprintf(path, sizeof(path), "/serial@%" PRIx64, MAP_UART(i));
		tree_text(tree, alias, path);
	}
	tree_end(tree);
	for (unsigned int i = 0; i < MAP_UARTS; i++) {
		tree_begin(tree, "serial@%" PRIx64, MAP_UART(i));
		tree_text(tree, "compatible", "ns16550a");
		tree_reg1(tree, MAP_UART(i), MAP_UART_SIZE);
		arch_tree_irqs(tree, (uint64_t[]){ MAP_UART_INTID(i) }, 1,
			       true);
		tree_u32(tree, "clock-frequency", 1843200);
		tree_u32(tree, "current-speed", 115200);
		tree_end(tree);
	}
	tree_begin(tree, "test-port@%" PRIx64, MAP_PORT);
	tree_text(tree, "compatible", "bao-guest,test-port");
	tree_reg1(tree, MAP_PORT, MAP_PORT_SIZE);
	tree_end(tree);
}

static void write_ipc_published(struct tree *tree, const struct cfg_ipc *ipc,
				uint32_t id)
{
	tree_begin(tree, "bao-ipc@%" PRIx64, ipc->base);
	tree_text(tree, "compatible", "bao,ipcshmem");
	tree_reg1(tree, ipc->base, ipc->size);
	tree_cells(tree, "read-channel", (uint32_t[]){ (uint32_t)ipc->read.v[0],
						  (uint32_t)ipc->read.v[1] }, 2);
	tree_cells(tree, "write-channel", (uint32_t[]){ (uint32_t)ipc->write.v[0],
						   (uint32_t)ipc->write.v[1] }, 2);
	tree_u32(tree, "id", id);
}

static void write_ipc_split(struct tree *tree, const struct cfg_ipc *ipc,
			    uint32_t id)
{
	const uint64_t range[] = {
		ipc->base + ipc->read.v[0], ipc->read.v[1],
		ipc->base + ipc->write.v[0], ipc->write.v[1],
	};

	tree_begin(tree, "shmem@%" PRIx64, range[0]);
	tree_text(tree, "compatible", "bao,ipcshmem");
	tree_reg(tree, "reg", range, 4);
	tree_bytes(tree, "reg-names", "read\0write", sizeof("read\0write"));
	tree_u32(tree, "bao,id", id);
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
			arch_tree_irqs(tree, ipc->irqs.v, ipc->irqs.nr, false);
		tree_end(tree);
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
			tree_begin(tree, "bao-io-dispatcher@%" PRIx64, remio->base);
			tree_text(tree, "compatible", "bao,io-dispatcher");
			tree_reg1(tree, remio->base, remio->size);
			arch_tree_irqs(tree, &remio->backend_irq, 1, false);
			tree_u32(tree, "bao,id", position);
			tree_end(tree);
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
	tree_begin(tree, "bao-io-dispatcher@%" PRIx64, range[0]);
	tree_text(tree, "compatible", "bao,io-dispatcher");
	tree_reg(tree, "reg", range, 2 * nr);
	arch_tree_irqs(tree, intid, nr, false);
	tree_end(tree);
}

static void write_frontends(struct tree *tree)
{
	for (unsigned int i = 0; i < tree->config->nr_remios; i++) {
		const struct cfg_remio *remio = &tree->config->remio[i];

		if (remio->frontend != tree->guest->index)
			continue;
		tree_begin(tree, "virtio@%" PRIx64, remio->window);
		tree_text(tree, "compatible", "virtio,mmio");
		tree_reg1(tree, remio->window, remio->window_size);
		arch_tree_irqs(tree, &remio->frontend_irq, 1, false);
		tree_flag(tree, "dma-coherent");
		if (uses_pool(tree, remio))
			tree_u32(tree, "memory-region", PHANDLE_POOL + i);
		tree_end(tree);
	}
}

static void write_root(struct tree *tree)
{
	tree_begin(tree, "%s", "");
	tree_text(tree, "compatible", "bao-guest,vmm");
	tree_text(tree, "model", "bao-guest vmm");
	tree_u32(tree, "#address-cells", 2);
	tree_u32(tree, "#size-cells", 2);
	tree_u32(tree, "interrupt-parent", PHANDLE_IRQCHIP);
	write_chosen(tree);
	arch_tree_cpus(tree);
	write_memory(tree);
	write_pools(tree);
	arch_tree_irqchip(tree);
	write_uarts_and_port(tree);
	write_ipcs(tree);
	if (config_splits_tree(tree->config))
		write_dispatchers_split(tree);
	else
		write_dispatcher_published(tree);
	write_frontends(tree);
	tree_end(tree);
}

/* A boot loader's part, and no more: the rest of the tree is what is tested. */
int fdt_take(const struct guest *guest, const void *from, size_t from_size,
	     void *buffer, size_t size)
{
	int chosen, ret;

	if (from_size < sizeof(struct fdt_header) || fdt_check_header(from) ||
	    fdt_totalsize(from) > from_size)
		return -FDT_ERR_BADSTRUCTURE;
	ret = fdt_open_into(from, buffer, (int)size);
	if (ret)
		return ret;
	chosen = fdt_path_offset(buffer, "/chosen");
	if (chosen == -FDT_ERR_NOTFOUND)
		chosen = fdt_add_subnode(buffer, 0, "chosen");
	if (chosen < 0)
		return chosen;
	ret = fdt_setprop(buffer, chosen, "bootargs", guest->cfg->append,
			  (int)strlen(guest->cfg->append) + 1);
	if (!ret && guest->initrd)
		ret = fdt_setprop_u64(buffer, chosen, "linux,initrd-start",
				      guest->initrd);
	if (!ret && guest->initrd)
		ret = fdt_setprop_u64(buffer, chosen, "linux,initrd-end",
				      guest->initrd + guest->initrd_size);
	return ret;
}

int fdt_build(const struct guest *guest, void *buffer, size_t size)
{
	struct tree tree = {
		.guest = guest,
		.config = &guest->vmm->config,
		.buffer = buffer,
	};

	tree_check(&tree, fdt_create(buffer, (int)size));
	tree_check(&tree, fdt_finish_reservemap(buffer));
	write_root(&tree);
	tree_check(&tree, fdt_finish(buffer));
	return tree.error;
}
