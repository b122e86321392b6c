// SPDX-License-Identifier: GPL-2.0-only
#include "message.h"

#include <stddef.h>
#include <unistd.h>

#define MAGIC	0x6f616268U	/* "hbao" */

static uint32_t sum(const struct message *m)
{
	const uint32_t *words = (const uint32_t *)m;
	uint32_t s = 0;
	size_t i;

	for (i = 0; i < sizeof(*m) / sizeof(s) - 1; i++)
		s = s * 31 + words[i];
	return s;
}

struct message message_new(uint32_t number)
{
	struct message m = { .magic = MAGIC, .number = number };
	size_t i;

	for (i = 0; i < sizeof(m.text) / sizeof(m.text[0]); i++)
		m.text[i] = number * 2654435761U + (uint32_t)i;
	m.sum = sum(&m);
	return m;
}

bool message_look(int fd, struct message *m)
{
	return pread(fd, m, sizeof(*m), 0) == (ssize_t)sizeof(*m) &&
	       m->magic == MAGIC && m->sum == sum(m);
}

bool message_send(int fd, const struct message *m)
{
	return pwrite(fd, m, sizeof(*m), 0) == (ssize_t)sizeof(*m);
}
