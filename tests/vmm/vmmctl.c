// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmmctl WORD...: gives the words to the vmm's test port as one command, from
 * inside a guest. Prints what "get" finds; fails as the command does.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "port.h"

int main(int argc, char **argv)
{
	char line[PORT_LINE] = "";
	size_t used = 0;
	uint64_t value;

	if (client_open()) {
		perror("vmmctl: /dev/mem");
		return 1;
	}
	for (int i = 1; i < argc && used < sizeof(line); i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used,
					 "%s%s", i > 1 ? " " : "", argv[i]);
	if (client_command(line, &value)) {
		perror("vmmctl");
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "get"))
		printf("%" PRIu64 "\n", value);
	return 0;
}
