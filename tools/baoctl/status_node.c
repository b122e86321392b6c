// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files in /dev.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "findings.h"
#include "root.h"
#include "status.h"

void check_node(const char *about, const char *node)
{
	char path[PATH_SIZE];

	rooted(path, "%s", node);
	if (!access(path, R_OK | W_OK))
		return;
	if (errno == EACCES) {
		note(about, "%s: permission denied for this user", node);
		try("be root, or in the group that owns it: ls -l %s", node);
		return;
	}
	problem(about, "%s: %s", node, strerror(errno));
	try("mount -t devtmpfs dev /dev, or let udev or mdev run");
}
