// SPDX-License-Identifier: GPL-2.0-only
/* A guest: its VM, memory, interrupt controller and devices. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vmm.h"

static int map_memory(struct guest *guest, uint64_t base, uint64_t size,
		      void *mem)
{
	struct kvm_userspace_memory_region region = {
		.slot = guest->nr_slots,
		.guest_phys_addr = base,
		.memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	if (ioctl(guest->fd, KVM_SET_USER_MEMORY_REGION, &region)) {
		int ret = -errno;

		vmm_log(guest->vmm, guest->cfg->name,
			"memory at %#" PRIx64 ": %s", base, strerror(errno));
		return ret;
	}
	guest->nr_slots++;
	return 0;
}

static int create_ram(struct guest *guest)
{
	const struct cfg_guest *cfg = guest->cfg;
	int ret = 0;

	if (cfg->ram_shmem != CFG_NONE)
		guest->ram = guest->vmm->shmem[cfg->ram_shmem].mem;
	else
		ret = memory_private(cfg->mem, &guest->ram);
	if (ret)
		return ret;
	return map_memory(guest, cfg->base, cfg->mem, guest->ram);
}

static int map_remio(struct guest *guest, const struct cfg_remio *remio)
{
	struct vmm *vmm = guest->vmm;

	if (remio->frontend != guest->index && remio->backend != guest->index)
		return 0;
	/* mapped already, as RAM or by an earlier device on the same region */
	if (guest->cfg->ram_shmem == remio->shmem)
		return 0;
	for (const struct cfg_remio *o = vmm->config.remio; o != remio; o++) {
		if ((o->frontend == guest->index || o->backend == guest->index) &&
		    o->shmem == remio->shmem && o->base == remio->base)
			return 0;
	}
	return map_memory(guest, remio->base, remio->size,
			  vmm->shmem[remio->shmem].mem);
}

static int map_regions(struct guest *guest)
{
	const struct config *config = &guest->vmm->config;
	int ret = 0;

	for (unsigned int i = 0; i < config->nr_ipcs && !ret; i++) {
		const struct cfg_ipc *ipc = &config->ipc[i];

		if (ipc->guest == guest->index)
			ret = map_memory(guest, ipc->base, ipc->size,
					 guest->vmm->shmem[ipc->shmem].mem);
	}
	for (unsigned int i = 0; i < config->nr_remios && !ret; i++)
		ret = map_remio(guest, &config->remio[i]);
	return ret;
}

/* Rise and fall: the edge stays latched in the guest's controller. */
void guest_pulse(struct guest *guest, unsigned int intid)
{
	arch_irq(guest, intid, true);
	arch_irq(guest, intid, false);
}

static void put_char(void *ctx, char c)
{
	struct serial *serial = ctx;

	console_put(&serial->console, c);
}

static void uart_irq(void *ctx, bool level)
{
	struct serial *serial = ctx;

	arch_irq(serial->guest, serial->intid, level);
}

/* A test's last line, "# end STATUS", is what the guest ends with. */
static void results_line(void *ctx, const char *line)
{
	struct guest *guest = ctx;
	int status;

	if (sscanf(line, "# end %d", &status) == 1)
		atomic_store(&guest->status, status);
}

static int create_devices(struct guest *guest)
{
	struct port_host port = { guest, port_command };
	const struct cfg_guest *cfg = guest->cfg;

	if (console_open(&guest->serial[0].console, cfg->name, cfg->console,
			 cfg->input) ||
	    console_open(&guest->serial[1].console, cfg->name, cfg->results, ""))
		return -EIO;
	guest->serial[1].console.line_done = results_line;
	guest->serial[1].console.ctx = guest;
	for (unsigned int i = 0; i < MAP_UARTS; i++) {
		struct serial *serial = &guest->serial[i];
		struct uart_host host = { serial, put_char, uart_irq };

		serial->guest = guest;
		serial->intid = MAP_UART_INTID(i);
		uart_init(&serial->uart, &host);
	}
	port_init(&guest->port, guest->index, &port);
	script_init(&guest->script);
	return 0;
}

static int create_vm(struct guest *guest)
{
	guest->fd = ioctl(guest->vmm->kvm, KVM_CREATE_VM, 0ul);
	return guest->fd < 0 ? -errno : arch_create_vm(guest);
}

static int create_vcpus(struct guest *guest)
{
	int ret = 0;

	for (unsigned int i = 0; i < guest->cfg->cpus && !ret; i++)
		ret = vcpu_create(guest, i);
	return ret;
}

static int init_vcpus(struct guest *guest)
{
	int ret = 0;

	for (unsigned int i = 0; i < guest->cfg->cpus && !ret; i++)
		ret = arch_init_vcpu(&guest->cpu[i]);
	return ret;
}

int guest_create(struct vmm *vmm, unsigned int index)
{
	struct guest *guest = &vmm->guest[index];
	int ret;

	guest->vmm = vmm;
	guest->index = index;
	guest->cfg = &vmm->config.guest[index];
	atomic_store(&guest->status, STATUS_NONE);
	ret = create_vm(guest);
	if (!ret)
		ret = create_devices(guest);
	if (!ret)
		ret = create_ram(guest);
	if (!ret)
		ret = map_regions(guest);
	if (!ret)
		ret = create_vcpus(guest);
	if (!ret)
		ret = guest_load(guest);
	if (!ret)
		ret = init_vcpus(guest);
	if (!ret)
		ret = arch_create_irqchip(guest);
	if (ret)
		vmm_log(vmm, guest->cfg->name, "cannot be built: %s",
			strerror(-ret));
	return ret;
}

int guest_start(struct guest *guest)
{
	unsigned int cpus = (unsigned int)guest->cfg->cpus;
	int ret = 0;

	atomic_store(&guest->running, cpus);
	for (unsigned int i = 0; i < cpus && !ret; i++)
		ret = vcpu_start(&guest->cpu[i]);
	return ret;
}

/* A failure that the guest told of outlives its end, success does not. */
static int final_status(int said, int end)
{
	if (said == STATUS_NONE || (!said && end != EXIT_GUEST_SILENT))
		return end;
	return said;
}

/* Any thread, vCPUs' own included; the first one's status counts. */
void guest_stop(struct guest *guest, int status)
{
	if (atomic_exchange(&guest->stopping, true))
		return;
	atomic_store(&guest->status,
		     final_status(atomic_load(&guest->status), status));
	hv_stop_vm(&guest->vmm->hv, guest->index);
	for (unsigned int i = 0; i < guest->cfg->cpus; i++)
		vcpu_kick(&guest->cpu[i]);
}

void guest_join(struct guest *guest)
{
	for (unsigned int i = 0; i < guest->cfg->cpus; i++) {
		if (guest->cpu[i].started)
			pthread_join(guest->cpu[i].thread, NULL);
	}
	for (unsigned int i = 0; i < MAP_UARTS; i++)
		console_close(&guest->serial[i].console);
}
