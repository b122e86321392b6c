// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <stddef.h>
#include <stdint.h>

static size_t length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >> 5 == 0x6)
		return 2;
	if (first >> 4 == 0xe)
		return 3;
	return first >> 3 == 0x1e ? 4 : 0;
}

/* The length of a character that can be printed, or 0. */
static size_t printable(const char *text)
{
	/* of that length, less control characters */
	static const uint32_t least[] = { 0, 0x20, 0xa0, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	size_t i, len = length_of(*byte);
	uint32_t c = *byte;

	if (len > 1)
		c &= 0x7fu >> len;
	for (i = 1; i < len; i++) {
		if (byte[i] >> 6 != 2)
			return 0;
		c = c << 6 | (byte[i] & 0x3f);
	}
	/* nor DEL, nor halves of UTF-16 */
	return c < least[len] || c == 0x7f || c >> 11 == 0x1b ||
	       c > 0x10ffff ? 0 : len;
}

bool is_printable(const char *text)
{
	size_t len = 1;

	for (; *text && len; text += len)
		len = printable(text);
	return len;
}

void make_printable(char *text)
{
	size_t len;

	for (; *text; text += len ? len : 1) {
		len = printable(text);
		if (!len)
			*text = '?';
	}
}
