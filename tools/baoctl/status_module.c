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

/* As dkms.conf has it. */
static bool is_supported(const char *machine)
{
	return !strcmp(machine, "aarch64") || !strcmp(machine, "riscv64") ||
	       !strncmp(machine, "arm", 3);
}

/* Is there what DKMS could build? */
static bool has_source(void)
{
	glob_t found;
	bool any;

	find_files(&found, "/usr/src/bao-guest-*");
	any = found.gl_pathc;
	globfree(&found);
	return any || exists("/var/lib/dkms/bao-guest");
}

static void try_install(const struct utsname *u)
{
	if (!is_supported(u->machine))
		try("Bao runs no such guests: this machine is %s, the module is "
		    "for arm64, arm and riscv64", u->machine);
	else if (has_source())
		try("it was not built for this kernel, %s: install its headers, "
		    "then dkms autoinstall; dkms status says what is there",
		    u->release);
	else
		try("it is not installed for this kernel, %s: install "
		    "bao-guest-dkms, or add bao.ko to the image that this "
		    "system is made from", u->release);
}

static bool is_locked_down(void)
{
	char path[PATH_SIZE], text[128];

	rooted(path, "/sys/kernel/security/lockdown");
	return read_text(path, text, sizeof(text)) > 0 &&
	       !strstr(text, "[none]");
}

/* "blacklist bao", in a file of modprobe's. */
static bool file_forbids(const char *path)
{
	char line[256], name[64];
	bool found = false;
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, " blacklist %63s", name) == 1 &&
			!strcmp(name, "bao");
	fclose(f);
	return found;
}

/* "modprobe.blacklist=nouveau,bao" or "module_blacklist=bao". */
static bool command_line_forbids(void)
{
	static const char key[] = "blacklist=";
	char path[PATH_SIZE], text[4096], *word, *name, *rest = text;

	rooted(path, "/proc/cmdline");
	read_text(path, text, sizeof(text));
	while ((word = strsep(&rest, " "))) {
		word = strstr(word, key);
		if (!word)
			continue;
		word += strlen(key);
		while ((name = strsep(&word, ",")))
			if (!strcmp(name, "bao"))
				return true;
	}
	return false;
}

/* What keeps the module from being loaded for a device; empty for nothing. */
static void find_ban(char *where, size_t size)
{
	static const char * const dirs[] = {
		"/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"
	};
	size_t i, j;
	glob_t files;

	snprintf(where, size, "%s", command_line_forbids() ?
		 "the kernel's command line" : "");
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && !where[0]; i++) {
		find_files(&files, "%s/modprobe.d/*.conf", dirs[i]);
		for (j = 0; j < files.gl_pathc && !where[0]; j++)
			if (file_forbids(files.gl_pathv[j]))
				snprintf(where, size, "%s/modprobe.d/%s",
					 dirs[i], base_name(files.gl_pathv[j]));
		globfree(&files);
	}
}

static void explain_absence(struct json_object *nodes)
{
	char ban[256];
	struct utsname u;

	uname(&u);
	find_ban(ban, sizeof(ban));
	if (ban[0]) {
		problem("bao", "the module is not loaded: %s has it on a "
			"blacklist", ban);
		try("take it out of there, then modprobe bao");
		return;
	}
	problem("bao", "the module is not loaded");
	if (!is_installed(u.release)) {
		try_install(&u);
		return;
	}
	try("modprobe bao; what it says, and the kernel's log, is the reason");
	if (is_locked_down())
		try("Secure Boot takes signed modules alone: enrol the key that "
		    "DKMS signs with, mokutil --import /var/lib/dkms/mok.pub "
		    "(Ubuntu: /var/lib/shim-signed/mok/MOK.der)");
	if (nodes && json_object_array_length(nodes))
		try("the device tree has its nodes, so it should load by "
		    "itself: is there an udev or mdev that loads modules by "
		    "their alias?");
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
	struct utsname u;

	check_published();
	if (get_number(module, "loaded") || !tree_needs_module(nodes))
		return;
	/* Nothing asks for it without a node, of which check_tree() speaks. */
	uname(&u);
	if (nodes && !json_object_array_length(nodes) && is_installed(u.release))
		return;
	explain_absence(nodes);
}
