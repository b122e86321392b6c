/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest-physical addresses and interrupts that every guest has. */
#ifndef VMM_MAP_H
#define VMM_MAP_H

#include <stdint.h>

#define MAP_PLIC		UINT64_C(0x04000000)
#define MAP_PLIC_SIZE		UINT64_C(0x00400000)
#define MAP_GICD		UINT64_C(0x08000000)
#define MAP_GICD_SIZE		UINT64_C(0x00010000)
#define MAP_GICR		UINT64_C(0x080a0000)
#define MAP_GICR_SIZE_PER_CPU	UINT64_C(0x00020000)
#define MAP_INTIDS		256
/* two of them: the console (ttyS0), then the results (ttyS1) */
#define MAP_UARTS		2
#define MAP_UART(n)		(UINT64_C(0x09000000) + MAP_UART_SIZE * (n))
#define MAP_UART_SIZE		UINT64_C(0x1000)
#define MAP_UART_INTID(n)	(33 + (n))
#define MAP_PORT		UINT64_C(0x09010000)
#define MAP_PORT_SIZE		UINT64_C(0x1000)
#define MAP_WINDOWS		UINT64_C(0x0a000000)	/* trapped windows */
#define MAP_DEVICES_END		UINT64_C(0x40000000)	/* RAM and regions above */
#define MAP_END			UINT64_C(0x8000000000)

#define MAP_PPI_TIMERS		{ 13, 14, 11, 10 }

#endif
