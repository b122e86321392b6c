// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "port.h"

void port_init(struct port *port, unsigned int guest,
	       const struct port_host *host)
{
	memset(port, 0, sizeof(*port));
	pthread_mutex_init(&port->lock, NULL);
	port->guest = guest;
	port->host = *host;
}

uint64_t port_read(struct port *port, uint64_t reg)
{
	uint64_t value = 0;

	pthread_mutex_lock(&port->lock);
	if (reg == PORT_STATUS)
		value = port->status;
	else if (reg == PORT_VALUE)
		value = port->value;
	else if (reg == PORT_VALUE + 4)
		value = port->value >> 32;
	else if (reg == PORT_GUEST)
		value = port->guest;
	pthread_mutex_unlock(&port->lock);
	return value;
}

/* True when @c ended a line; the line is then in @line. */
static bool add_char(struct port *port, char c, char *line)
{
	if (c != '\n') {
		if (port->used < PORT_LINE - 1)
			port->line[port->used++] = c;
		else
			port->too_long = true;
		return false;
	}
	memcpy(line, port->line, port->used);
	line[port->used] = '\0';
	port->used = 0;
	return true;
}

void port_write(struct port *port, uint64_t reg, uint64_t value)
{
	char line[PORT_LINE];
	uint64_t found = 0;
	int ret = -E2BIG;
	bool whole, cut;

	if (reg != PORT_CHAR)
		return;
	pthread_mutex_lock(&port->lock);
	whole = add_char(port, (char)value, line);
	cut = port->too_long;
	if (whole)
		port->too_long = false;
	pthread_mutex_unlock(&port->lock);
	if (!whole)
		return;
	if (!cut)
		ret = port->host.command(port->host.ctx, line, &found);
	pthread_mutex_lock(&port->lock);
	port->status = (uint32_t)-ret;
	port->value = found;
	pthread_mutex_unlock(&port->lock);
}
