// SPDX-License-Identifier: GPL-2.0-only
/* backend DM WINDOW: the measured daemon, in a guest of its own. */

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon.h"

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: backend DM WINDOW");
	daemon_start((unsigned int)strtoul(argv[1], NULL, 0),
		     strtoul(argv[2], NULL, 0));
	for (;;)
		pause();
}
