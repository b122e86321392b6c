// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"
#include "map.h"
#include "port.h"

static volatile uint32_t *port;

int client_open(void)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	void *mem;

	if (fd < 0)
		return -1;
	mem = mmap(NULL, MAP_PORT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   (off_t)MAP_PORT);
	close(fd);
	if (mem == MAP_FAILED)
		return -1;
	port = mem;
	return 0;
}

int client_command(const char *line, uint64_t *value)
{
	uint32_t status;

	for (; *line; line++)
		port[PORT_CHAR / 4] = (uint8_t)*line;
	port[PORT_CHAR / 4] = '\n';
	status = port[PORT_STATUS / 4];
	if (status) {
		errno = (int)status;
		return -1;
	}
	if (value)
		*value = port[PORT_VALUE / 4] |
			 (uint64_t)port[PORT_VALUE / 4 + 1] << 32;
	return 0;
}
