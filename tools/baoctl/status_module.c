// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: loaded, or why not.
 */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "findings.h"
#include "model.h"
#include "root.h"
#include "status.h"
#include "tree.h"

#define MODULE	"/sys/module/bao"

struct json_object *status_module(void)
{
	struct json_object *o = json_object_new_object();
	struct json_object *parameters = json_object_new_object();
	char dir[PATH_SIZE], text[64];
	glob_t files;
	size_t i;

	rooted(dir, MODULE);
	json_object_object_add(o, "loaded",
			       json_object_new_boolean(exists(MODULE)));
	read_string(dir, "version", text, sizeof(text));
	json_object_object_add(o, "version", text[0] ?
			       json_object_new_string(text) : NULL);
	find_files(&files, MODULE "/parameters/*");
	for (i = 0; i < files.gl_pathc; i++) {
		read_text(files.gl_pathv[i], text, sizeof(text));
		json_object_object_add(parameters, base_name(files.gl_pathv[i]),
				       json_object_new_string(text));
	}
	globfree(&files);
	json_object_object_add(o, "parameters", parameters);
	return o;
}

/* Whether depmod has seen it for the kernel that runs. */
static bool is_installed(const char *release)
{
	char path[PATH_SIZE], line[4096];
	bool found = false;
	FILE *f;

	rooted(path, "/lib/modules/%s/modules.dep", release);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, "/bao.ko") && strchr(line, ':') &&
			strstr(line, "/bao.ko") < strchr(line, ':');
	fclose(f);
	return found;
}

static bool is_locked_down(void)
{
	char path[PATH_SIZE], text[128];

	rooted(path, "/sys/kernel/security/lockdown");
	return read_text(path, text, sizeof(text)) > 0 &&
	       !strstr(text, "[none]");
}

static void explain_absence(struct json_object *nodes)
{
	struct utsname u;

	uname(&u);
	problem("bao", "the module is not loaded");
	if (!is_installed(u.release)) {
		try("it was not built for this kernel, %s: install its headers, "
		    "then dkms autoinstall; dkms status says what is there",
		    u.release);
		return;
	}
	try("modprobe bao; what it says, and the kernel's log, is the reason");
	if (is_locked_down())
		try("Secure Boot takes signed modules alone: enrol the key that "
		    "DKMS signs with, mokutil --import /var/lib/dkms/mok.pub "
		    "(Ubuntu: /var/lib/shim-signed/mok/MOK.der)");
	if (nodes && json_object_array_length(nodes))
		try("the device tree has its nodes, so it should load by "
		    "itself: look for blacklist bao in /etc/modprobe.d");
}

/* They bind the same devices. */
static void check_published(void)
{
	static const char * const names[] = { "bao_ipc", "bao_iodispatcher" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!exists("/sys/module/%s", names[i]))
			continue;
		problem(names[i], "a published driver is loaded that wants the "
			"same devices");
		try("rmmod %s, and remove it from /lib/modules", names[i]);
	}
}

void check_module(struct json_object *module, struct json_object *nodes)
{
	check_published();
	if (!get_number(module, "loaded") && tree_needs_module(nodes))
		explain_absence(nodes);
}
