// SPDX-License-Identifier: GPL-2.0-only
/* Accesses that no memory answers: the devices, and the trapped windows. */
#include <inttypes.h>
#include <string.h>

#include "vmm.h"

#define LOUD_UNCLAIMED	8

static bool within(uint64_t addr, uint64_t base, uint64_t size)
{
	return addr >= base && addr - base < size;
}

static void access_uart(struct uart *uart, uint64_t reg, bool write,
			uint64_t *value)
{
	if (write)
		uart_write(uart, reg, (uint8_t)*value);
	else
		*value = uart_read(uart, reg);
}

static void access_port(struct guest *guest, uint64_t reg, bool write,
			uint64_t *value)
{
	if (write)
		port_write(&guest->port, reg, *value);
	else
		*value = port_read(&guest->port, reg);
}

/* Bao would stop the CPU; a test learns more from a log line. */
static void access_nothing(struct guest *guest, uint64_t addr, bool write)
{
	if (atomic_fetch_add(&guest->unclaimed, 1) < LOUD_UNCLAIMED)
		vmm_log(guest->vmm, guest->cfg->name,
			"%s at %#" PRIx64 ", where nothing is",
			write ? "write" : "read", addr);
}

static void do_access(struct guest *guest, uint64_t addr, unsigned int width,
		      bool write, uint64_t *value)
{
	struct hv *hv = &guest->vmm->hv;
	int dev = hv_find_dev(hv, guest->index, addr);

	if (dev >= 0) {
		struct hv_access access = {
			.dev = (unsigned int)dev, .addr = addr, .width = width,
			.write = write, .value = *value,
		};

		/* stopped: nobody will look at the value any more */
		if (!hv_do_access(hv, &access))
			*value = access.value;
	} else if (within(addr, MAP_UART(0), MAP_UARTS * MAP_UART_SIZE)) {
		uint64_t offset = addr - MAP_UART(0);

		access_uart(&guest->serial[offset / MAP_UART_SIZE].uart,
			    offset % MAP_UART_SIZE, write, value);
	} else if (within(addr, MAP_PORT, MAP_PORT_SIZE)) {
		access_port(guest, addr - MAP_PORT, write, value);
	} else if (!arch_access(guest, addr, write, value)) {
		access_nothing(guest, addr, write);
	}
}

void bus_access(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	uint64_t value = 0;

	if (run->mmio.is_write)
		memcpy(&value, run->mmio.data, run->mmio.len);
	do_access(vcpu->guest, run->mmio.phys_addr, run->mmio.len,
		  run->mmio.is_write, &value);
	if (!run->mmio.is_write)
		memcpy(run->mmio.data, &value, sizeof(value));
}
