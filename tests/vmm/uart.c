// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "uart.h"

enum {
	REG_DATA,
	REG_IER,
	REG_IIR_FCR,
	REG_LCR,
	REG_MCR,
	REG_LSR,
	REG_MSR,
	REG_SCR,
};

#define IER_RX		0x01
#define IER_TX		0x02
#define IIR_NONE	0x01
#define IIR_TX		0x02
#define IIR_RX		0x04
#define IIR_FIFOS	0xc0
#define FCR_ENABLE	0x01
#define FCR_CLEAR_RX	0x02
#define LCR_DLAB	0x80
#define LSR_DATA	0x01
#define LSR_TX_EMPTY	0x60
#define MSR_READY	0xb0	/* carrier, data set ready, clear to send */

void uart_init(struct uart *uart, const struct uart_host *host)
{
	memset(uart, 0, sizeof(*uart));
	pthread_mutex_init(&uart->lock, NULL);
	uart->host = *host;
}

static bool rx_due(const struct uart *uart)
{
	return (uart->ier & IER_RX) && uart->count;
}

static bool tx_due(const struct uart *uart)
{
	return (uart->ier & IER_TX) && uart->tx_event;
}

static void update_irq(struct uart *uart)
{
	bool level = rx_due(uart) || tx_due(uart);

	if (level == uart->level)
		return;
	uart->level = level;
	uart->host.irq(uart->host.ctx, level);
}

static uint8_t take_received(struct uart *uart)
{
	char c;

	if (!uart->count)
		return 0;
	c = uart->fifo[uart->head];
	uart->head = (uart->head + 1) % UART_FIFO;
	uart->count--;
	return (uint8_t)c;
}

/* Reading the cause takes the transmitter's back, as on the real part. */
static uint8_t take_cause(struct uart *uart)
{
	uint8_t fifos = uart->fcr & FCR_ENABLE ? IIR_FIFOS : 0;

	if (rx_due(uart))
		return fifos | IIR_RX;
	if (!tx_due(uart))
		return fifos | IIR_NONE;
	uart->tx_event = false;
	return fifos | IIR_TX;
}

static uint8_t read_locked(struct uart *uart, uint64_t reg)
{
	bool dlab = uart->lcr & LCR_DLAB;

	switch (reg) {
	case REG_DATA:
		return dlab ? uart->dll : take_received(uart);
	case REG_IER:
		return dlab ? uart->dlm : uart->ier;
	case REG_IIR_FCR:
		return take_cause(uart);
	case REG_LCR:
		return uart->lcr;
	case REG_MCR:
		return uart->mcr;
	case REG_LSR:
		return LSR_TX_EMPTY | (uart->count ? LSR_DATA : 0);
	case REG_MSR:
		return MSR_READY;
	case REG_SCR:
		return uart->scr;
	}
	return 0;
}

uint8_t uart_read(struct uart *uart, uint64_t reg)
{
	uint8_t value;

	pthread_mutex_lock(&uart->lock);
	value = read_locked(uart, reg);
	update_irq(uart);
	pthread_mutex_unlock(&uart->lock);
	return value;
}

static void write_data(struct uart *uart, uint8_t value)
{
	if (uart->lcr & LCR_DLAB) {
		uart->dll = value;
		return;
	}
	uart->host.put(uart->host.ctx, (char)value);
	uart->tx_event = true;
}

static void write_ier(struct uart *uart, uint8_t value)
{
	if (uart->lcr & LCR_DLAB) {
		uart->dlm = value;
		return;
	}
	/* the transmitter is always empty, so switching it on tells so */
	if ((value & IER_TX) && !(uart->ier & IER_TX))
		uart->tx_event = true;
	uart->ier = value & 0x0f;
}

static void write_locked(struct uart *uart, uint64_t reg, uint8_t value)
{
	switch (reg) {
	case REG_DATA:
		write_data(uart, value);
		break;
	case REG_IER:
		write_ier(uart, value);
		break;
	case REG_IIR_FCR:
		uart->fcr = value;
		if (value & FCR_CLEAR_RX)
			uart->count = 0;
		break;
	case REG_LCR:
		uart->lcr = value;
		break;
	case REG_MCR:
		uart->mcr = value;
		break;
	case REG_SCR:
		uart->scr = value;
		break;
	}
}

void uart_write(struct uart *uart, uint64_t reg, uint8_t value)
{
	pthread_mutex_lock(&uart->lock);
	write_locked(uart, reg, value);
	update_irq(uart);
	pthread_mutex_unlock(&uart->lock);
}

unsigned int uart_room(struct uart *uart)
{
	unsigned int room;

	pthread_mutex_lock(&uart->lock);
	/* a driver that starts empties the FIFO, so wait until it listens */
	room = uart->ier & IER_RX ? UART_FIFO - uart->count : 0;
	pthread_mutex_unlock(&uart->lock);
	return room;
}

void uart_receive(struct uart *uart, char c)
{
	pthread_mutex_lock(&uart->lock);
	if (uart->count < UART_FIFO) {
		uart->fifo[(uart->head + uart->count) % UART_FIFO] = c;
		uart->count++;
		update_irq(uart);
	}
	pthread_mutex_unlock(&uart->lock);
}
