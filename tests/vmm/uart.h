/* SPDX-License-Identifier: GPL-2.0-only */
/* A 16550A: enough for Linux's driver, both ways, with interrupts. */
#ifndef VMM_UART_H
#define VMM_UART_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define UART_FIFO	1024

struct uart_host {
	void *ctx;
	void (*put)(void *ctx, char c);
	void (*irq)(void *ctx, bool level);
};

struct uart {
	pthread_mutex_t lock;
	struct uart_host host;
	uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
	bool tx_event;		/* the transmitter ran empty, not yet told */
	bool level;
	char fifo[UART_FIFO];
	unsigned int head, count;
};

void uart_init(struct uart *uart, const struct uart_host *host);
uint8_t uart_read(struct uart *uart, uint64_t reg);
void uart_write(struct uart *uart, uint64_t reg, uint8_t value);
/* How many characters can be received now, and receiving one. */
unsigned int uart_room(struct uart *uart);
void uart_receive(struct uart *uart, char c);

#endif
