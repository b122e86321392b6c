// SPDX-License-Identifier: GPL-2.0-only
#include "hexdump.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WIDTH	16U

static void print_line(const unsigned char *bytes, size_t n, uint64_t offset)
{
	size_t i;

	printf("%08" PRIx64 " ", offset);
	for (i = 0; i < WIDTH; i++) {
		if (i < n)
			printf(" %02x", bytes[i]);
		else
			fputs("   ", stdout);
	}
	fputs("  |", stdout);
	for (i = 0; i < n; i++)
		putchar(bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '.');
	puts("|");
}

void hexdump(const void *data, size_t size, uint64_t offset)
{
	const unsigned char *bytes = data;
	bool skipping = false;
	size_t at;

	for (at = 0; at < size; at += WIDTH) {
		if (at && size - at > WIDTH &&
		    !memcmp(bytes + at, bytes + at - WIDTH, WIDTH)) {
			if (!skipping)
				puts("*");
			skipping = true;
			continue;
		}
		skipping = false;
		print_line(bytes + at, size - at < WIDTH ? size - at : WIDTH,
			   offset + at);
	}
}
