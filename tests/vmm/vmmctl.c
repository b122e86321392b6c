// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmmctl WORD...: gives the words to the vmm's test port as one command, from
 * inside a guest. Prints what "get" finds; fails as the command does.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "map.h"
#include "port.h"

static volatile uint32_t *map_port(void)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	void *port;

	if (fd < 0)
		return NULL;
	port = mmap(NULL, MAP_PORT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    (off_t)MAP_PORT);
	close(fd);
	return port == MAP_FAILED ? NULL : port;
}

static void send(volatile uint32_t *port, const char *text)
{
	for (; *text; text++)
		port[PORT_CHAR / 4] = (uint8_t)*text;
}

static uint64_t read_value(volatile uint32_t *port)
{
	uint64_t low = port[PORT_VALUE / 4];

	return low | (uint64_t)port[PORT_VALUE / 4 + 1] << 32;
}

int main(int argc, char **argv)
{
	volatile uint32_t *port = map_port();
	uint32_t status;

	if (!port) {
		perror("vmmctl: /dev/mem");
		return 1;
	}
	for (int i = 1; i < argc; i++) {
		if (i > 1)
			send(port, " ");
		send(port, argv[i]);
	}
	send(port, "\n");
	status = port[PORT_STATUS / 4];
	if (status) {
		fprintf(stderr, "vmmctl: %s\n", strerror((int)status));
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "get"))
		printf("%" PRIu64 "\n", read_value(port));
	return 0;
}
