// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files in /dev.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "findings.h"
#include "root.h"
#include "status.h"

/* From the file, for a static program has nothing else. */
static void group_name(gid_t gid, char *name, size_t size)
{
	struct group *group;
	char path[PATH_SIZE];
	FILE *f;

	name[0] = '\0';
	rooted(path, "/etc/group");
	f = fopen(path, "re");
	if (!f)
		return;
	while (!name[0] && (group = fgetgrent(f)))
		if (group->gr_gid == gid)
			snprintf(name, size, "%s", group->gr_name);
	fclose(f);
}

static void explain_permission(const char *path, const char *node)
{
	char name[64] = "";
	struct stat st;

	if (!stat(path, &st) && st.st_gid && (st.st_mode & 0060) == 0060)
		group_name(st.st_gid, name, sizeof(name));
	if (name[0])
		try("be root, or in the group %s: adduser USER %s, then log in "
		    "again", name, name);
	else
		try("be root; the packages have a rule for udev that gives %s "
		    "to the group bao", node);
}

void check_node(const char *about, const char *node)
{
	char path[PATH_SIZE];

	rooted(path, "%s", node);
	if (!access(path, R_OK | W_OK))
		return;
	if (errno == EACCES) {
		note(about, "%s: permission denied for this user", node);
		explain_permission(path, node);
		return;
	}
	problem(about, "%s: %s", node, strerror(errno));
	try("mount -t devtmpfs dev /dev, or let udev or mdev run");
}
