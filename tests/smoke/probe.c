// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the module there, and did it find its devices?
 */
#include "smoke.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "report.h"

bool check_module(void)
{
	struct utsname u;

	uname(&u);
	if (geteuid()) {
		problem("not root");
		try("run as root: the nodes are for root alone");
		return false;
	}
	if (access("/sys/module/bao", F_OK)) {
		problem("the module bao is not loaded");
		try("modprobe bao (or insmod bao.ko); if it is not found, it "
		    "was not built for this kernel, %s", u.release);
		return false;
	}
	ok("the module bao is loaded, kernel %s, %s", u.release, u.machine);
	return true;
}

static bool is_compatible(const char *path, const char *compatible)
{
	char text[256], *p;
	FILE *f = fopen(path, "re");
	size_t len;

	if (!f)
		return false;
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[len] = '\0';
	for (p = text; p < text + len; p += strlen(p) + 1)
		if (!strcmp(p, compatible))
			return true;
	return false;
}

static size_t count_nodes(const char *compatible)
{
	static const char pattern[] =
		"/sys/bus/platform/devices/*/of_node/compatible";
	size_t i, n = 0;
	glob_t files;

	if (glob(pattern, 0, NULL, &files))
		return 0;
	for (i = 0; i < files.gl_pathc; i++)
		n += is_compatible(files.gl_pathv[i], compatible);
	globfree(&files);
	return n;
}

/* Only the bound devices are links with a directory of ours in them. */
static size_t count_bound(const char *driver)
{
	char pattern[256];
	glob_t links;
	size_t n;

	snprintf(pattern, sizeof(pattern),
		 "/sys/bus/platform/drivers/%s/*/driver", driver);
	if (glob(pattern, 0, NULL, &links))
		return 0;
	n = links.gl_pathc;
	globfree(&links);
	return n;
}

static void explain_unbound(const char *driver, const char *compatible,
			    size_t nodes)
{
	problem("%zu device tree node%s \"%s\", and the driver %s took none",
		nodes, nodes == 1 ? "" : "s", compatible, driver);
	try("read the kernel's log; it names the property");
	try("\"the hypervisor is not Bao\": this VM does not run under it, or "
	    "another hypervisor is between");
	try("\"no device model\": the number of remio_devs of this VM in Bao's "
	    "configuration is smaller than that of the device tree");
	try("a region in System RAM: take it out of the memory node, or "
	    "reserve it with no-map");
	show_kernel_log();
}

/* Returns whether a device is bound; none at all is for the caller to judge. */
bool check_bound(const char *driver, const char *compatible)
{
	size_t nodes = count_nodes(compatible);
	size_t bound = count_bound(driver);

	if (bound) {
		ok("%s: %zu device%s", driver, bound, bound == 1 ? "" : "s");
		if (nodes > bound)
			explain_unbound(driver, compatible, nodes - bound);
		return true;
	}
	if (nodes)
		explain_unbound(driver, compatible, nodes);
	else
		note("%s: no device; the device tree has no enabled node with "
		     "compatible = \"%s\"", driver, compatible);
	return false;
}
