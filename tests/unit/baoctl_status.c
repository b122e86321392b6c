// SPDX-License-Identifier: GPL-2.0-only
/*
 * baoctl status: a system where all is well, and then one mistake after the
 * other.
 */
#include "baoctl/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <json-c/json.h>

#define TREE	"/sys/firmware/devicetree/base"
#define DEVICES	"/sys/bus/platform/devices"

static void setup(void)
{
	put_module();
	put_channel(0);
	put_dm(0);
}

static void assert_problem(const char *line)
{
	baoctl("status", NULL);
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 1);
	assert_in(result.out, "problem: ");
	assert_in(result.out, line);
}

static void assert_note(const char *line)
{
	baoctl("status", NULL);
	assert_fine();
	assert_in(result.out, "no problem\n");
	assert_in(result.out, line);
}

/* The driver has not taken the channel, and the kernel's log says this. */
static void unbind_channel(const char *error)
{
	take_away(DEVICES "/f0000000.bao-ipc/driver");
	take_away("/sys/bus/platform/drivers/bao-ipcshmem");
	put("/dev/kmsg", "6,1,100,-;bao-ipcshmem f0000000.bao-ipc: hello\n"
	    "3,2,101,-;bao-ipcshmem f0000000.bao-ipc: error -EINVAL: older\n"
	    "3,3,102,-;bao-ipcshmem f0000000.bao-ipc: error -EINVAL: %s\n"
	    " SUBSYSTEM=platform\n"
	    "3,4,103,-;bao-ipcshmem 1f0000000.bao-ipc: error -EINVAL: other\n"
	    "6,5,104,-;eth0: link up", error);
}

static void test_well(void **state)
{
	(void)state;
	setup();
	baoctl("status", NULL);
	assert_fine();
	assert_in(result.out, "bao 0.1.0, Linux ");
	assert_in(result.out, "channel 0: sensors, /dev/baoipc0\n"
		  "  reads 0x2000 bytes at +0x0, writes 0x1000 at +0x2000\n"
		  "  event 0: interrupt 52 (<0 20 1> in the device tree) came 7 "
		  "times\n");
	assert_in(result.out, "device model 0: disk\n"
		  "  16384 KiB at 0xd0000000; interrupt 72 (<0 40 1> in the "
		  "device tree) came 90 times\n"
		  "  served by process 812 (bao-blk)\n"
		  "  100 requests: 60 taken by ioeventfds, 40 answered by "
		  "daemons, 0 by the kernel; 33 interrupts raised\n");
	assert_in(result.out, "no problem\n");
	assert_not_in(result.out, "note:");
	assert_not_in(result.out, "try:");
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value))
		fail_msg("no member %s", key);
	return value;
}

static void test_json(void **state)
{
	struct json_object *o, *part;

	(void)state;
	setup();
	put_of_dm("server_pid", "0");
	put_of_dm("oldest_request", "3 0xffffffff0a003e00 1500");
	put_of_dm("state", "grace");
	baoctl("status", "--json", NULL);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.err, "");
	o = json_tokener_parse(result.out);
	assert_non_null(o);
	assert_string_equal(json_object_get_string(member(o, "hypervisor")),
			    "bao");
	assert_true(json_object_get_boolean(
			    member(member(o, "module"), "loaded")));
	assert_string_equal(json_object_get_string(
		member(member(member(o, "module"), "parameters"), "poll_ms")),
		"1000");
	part = json_object_array_get_idx(member(o, "nodes"), 0);
	assert_string_equal(json_object_get_string(member(part, "bound")),
			    json_object_get_string(member(part, "driver")));
	part = json_object_array_get_idx(member(o, "device_models"), 0);
	assert_string_equal(json_object_get_string(member(part, "device")),
			    "d0000000.bao-io-dispatcher");
	assert_int_equal(json_object_get_int64(member(part, "shmem_addr")),
			 0xd0000000);
	assert_int_equal(json_object_get_int(
			 member(part, "answer_timeout_ms")), -1);
	assert_null(member(part, "server"));
	part = member(part, "oldest_request");
	assert_true(json_object_get_uint64(member(part, "addr")) ==
		    0xffffffff0a003e00);
	assert_int_equal(json_object_get_int(member(part, "age_ms")), 1500);
	assert_int_equal(json_object_array_length(member(o, "channels")), 1);
	assert_int_equal(json_object_get_int(member(o, "problems")), 1);
	part = json_object_array_get_idx(member(o, "findings"), 0);
	assert_string_equal(json_object_get_string(member(part, "kind")),
			    "problem");
	assert_string_equal(json_object_get_string(member(part, "about")),
			    "dm0");
	assert_int_equal(json_object_array_length(member(part, "try")), 1);
	json_object_put(o);
}

/* An old kernel, an interrupt controller of another kind, missing files. */
static void test_little_is_known(void **state)
{
	(void)state;
	setup();
	take_away("/sys/kernel/irq");
	take_away("/proc/812/comm");
	take_away("/sys/module/bao/version");
	baoctl("status", NULL);
	assert_fine();
	assert_in(result.out, "bao, Linux ");
	assert_in(result.out, "event 0: its interrupt came 7 times");
	assert_in(result.out, "served by process 812 ()");
	put("/sys/kernel/irq/40/hwirq", "72");
	put("/sys/kernel/irq/40/chip_name", "SiFive PLIC");
	put("/sys/kernel/irq/50/actions", "bao-ipc0-0");
	put_of_dm("interrupts", "0");
	assert_problem("problem: dm0: requests came, interrupt 72 never did\n"
		       "  try: Bao's configuration has to name interrupt 72 for "
		       "it\n1 problem\n");
}

static void test_no_module(void **state)
{
	struct utsname u;
	char path[256];

	(void)state;
	put("/sys/firmware/devicetree/base/model", "machine");
	put("/usr/src/bao-guest-0.1.0/dkms.conf", "%s", "");
	assert_problem("problem: bao: the module is not loaded\n"
		       "  try: it was not built for this kernel, ");
	assert_in(result.out, "problem: device tree: no node of Bao's");
	uname(&u);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", u.release);
	put(path, "kernel/fs/fat/fat.ko:\nextra/x.ko: updates/dkms/bao.ko");
	assert_problem("  try: it was not built for this kernel, ");
	put(path, "kernel/fs/fat/fat.ko:\nupdates/dkms/bao.ko.xz:");
	/* nothing has asked for it, and nothing will */
	assert_problem("problem: device tree: no node of Bao's");
	assert_in(result.out, "1 problem\n");
	put_bytes(TREE "/bao-ipc@f0000000/compatible", "bao,ipcshmem", 13);
	assert_problem("  try: modprobe bao;");
	assert_in(result.out, "is there an udev or mdev that loads modules");
	assert_not_in(result.out, "mokutil");
	put("/sys/kernel/security/lockdown",
	    "none [integrity] confidentiality");
	assert_problem("mokutil --import /var/lib/dkms/mok.pub");
	assert_in(result.out, "/var/lib/shim-signed/mok/MOK.der");
	put("/sys/kernel/security/lockdown",
	    "[none] integrity confidentiality");
	baoctl("status", NULL);
	assert_not_in(result.out, "mokutil");
}

/* Advice that can be followed there. */
static void test_not_installed(void **state)
{
	static const char not_built[] =
		"problem: bao: the module is not loaded\n"
		"  try: it was not built for this kernel, ";

	(void)state;
	put_bytes(TREE "/bao-ipc@f0000000/compatible", "bao,ipcshmem", 13);
	assert_problem("problem: bao: the module is not loaded\n"
		       "  try: it is not installed for this kernel, ");
	assert_in(result.out, ": install bao-guest-dkms, or add bao.ko");
	put("/var/lib/dkms/bao-guest/0.1.0/source", "%s", "");
	assert_problem(not_built);
	machine = "armv7l";
	assert_problem(not_built);
	machine = "riscv64";
	assert_problem(not_built);
	machine = "x86_64";
	assert_problem("problem: bao: the module is not loaded\n"
		       "  try: Bao runs no such guests: this machine is x86_64");
	assert_not_in(result.out, "dkms");
}

static void test_blacklist(void **state)
{
	(void)state;
	put_bytes(TREE "/bao-ipc@f0000000/compatible", "bao,ipcshmem", 13);
	put("/usr/lib/modprobe.d/bao-guest.conf",
	    "# blacklist bao\nblacklist bao_ipc\nalias bao_ipc bao");
	put("/proc/cmdline", "console=ttyS0 modprobe.blacklist=bao_ipc,baobab");
	assert_problem("problem: bao: the module is not loaded\n");
	put("/etc/modprobe.d/local.conf", "blacklist fat\n  blacklist bao");
	assert_problem("problem: bao: the module is not loaded: "
		       "/etc/modprobe.d/local.conf has it on a blacklist\n"
		       "  try: take it out of there, then modprobe bao\n");
	put("/proc/cmdline", "quiet module_blacklist=fat,bao ro");
	assert_problem("problem: bao: the module is not loaded: the kernel's "
		       "command line has it on a blacklist\n");
	put_module();
	baoctl("status", NULL);
	assert_not_in(result.out, "blacklist");
}

static void test_published_driver(void **state)
{
	(void)state;
	setup();
	put("/sys/module/bao_ipc/refcnt", "0");
	assert_problem("problem: bao_ipc: a published driver is loaded");
}

/* One that has other names, and was faster. */
static void test_other_driver(void **state)
{
	(void)state;
	setup();
	take_away(DEVICES "/f0000000.bao-ipc/driver");
	take_away("/sys/bus/platform/drivers/bao-ipcshmem");
	put_link(DEVICES "/f0000000.bao-ipc/driver", "../../drivers/baoipc");
	assert_problem("problem: /bao-ipc@f0000000: another driver has it, "
		       "baoipc\n  try: echo f0000000.bao-ipc "
		       ">/sys/bus/platform/drivers/baoipc/unbind");
	assert_in(result.out, "1 problem\n");
}

static void test_no_tree(void **state)
{
	(void)state;
	put_module();
	assert_problem("problem: device tree: this machine has none");
}

static void test_no_node(void **state)
{
	(void)state;
	put_module();
	put(TREE "/model", "machine");
	assert_problem("problem: device tree: no node of Bao's");
	assert_in(result.out, "try: Bao itself adds none: apply an overlay");
	put(TREE "/fragment@0/target-path", "/");
	assert_problem("the overlay is there itself, instead of being applied");
}

static void test_compatible(void **state)
{
	(void)state;
	setup();
	put_bytes(TREE "/bao-ipc@f8000000/compatible", "bao,ipc", 8);
	assert_problem("problem: /bao-ipc@f8000000: no driver knows its "
		       "compatible, bao,ipc\n");
	put_bytes(TREE "/bao-ipc@f8000000/compatible", "bao-ipcshmem", 13);
	assert_problem("no driver knows its compatible, bao-ipcshmem\n");
}

/* Ours is not the first of the strings. */
static void test_compatible_list(void **state)
{
	static const char strings[] = "acme,shmem\0bao,ipcshmem";

	(void)state;
	setup();
	put_bytes(TREE "/bao-ipc@f0000000/compatible", strings,
		  sizeof(strings));
	baoctl("status", NULL);
	assert_fine();
	put_bytes(TREE "/other@f8000000/compatible", strings, sizeof(strings));
	assert_problem("problem: /other@f8000000: no device was made of it");
}

static void test_disabled(void **state)
{
	(void)state;
	setup();
	put_bytes(TREE "/bao-ipc@f8000000/compatible", "bao,ipcshmem", 13);
	put_bytes(TREE "/bao-ipc@f8000000/status", "disabled", 9);
	assert_note("note: /bao-ipc@f8000000: its status is not okay");
	assert_in(result.out, "  try: write status = \"okay\" there");
}

static void test_all_disabled(void **state)
{
	(void)state;
	put_module();
	put_bytes(TREE "/bao-ipc@f8000000/compatible", "bao,ipcshmem", 13);
	put_bytes(TREE "/bao-ipc@f8000000/status", "disabled", 9);
	assert_problem("problem: device tree: every node of Bao's is disabled");
}

static void test_no_device(void **state)
{
	(void)state;
	setup();
	put_bytes(TREE "/chosen/bao-ipc@f8000000/compatible", "bao,ipcshmem",
		  13);
	assert_problem("problem: /chosen/bao-ipc@f8000000: no device was made "
		       "of it\n  try: it belongs below the root");
}

/* The overlay has two cells for an address, the tree one. */
static void test_cells(void **state)
{
	(void)state;
	setup();
	put_bytes(TREE "/bao-ipc@f8000000/compatible", "bao,ipcshmem", 13);
	put_link(DEVICES "/0.bao-ipc/of_node",
		 "../../../firmware/devicetree/base/bao-ipc@f8000000");
	assert_problem("problem: /bao-ipc@f8000000: reg begins at 0x0, the "
		       "name says 0xf8000000\n"
		       "  try: was the overlay made for this tree?");
}

/* A bus of the tree has addresses of its own. */
static void test_translated(void **state)
{
	(void)state;
	setup();
	put_bytes(TREE "/soc/bus/bao-ipc@1000/compatible", "bao,ipcshmem", 13);
	put_link(DEVICES "/f8001000.bao-ipc/of_node",
		 "../../../firmware/devicetree/base/soc/bus/bao-ipc@1000");
	put_link(DEVICES "/f8001000.bao-ipc/driver",
		 "../../drivers/bao-ipcshmem");
	put_bytes(TREE "/soc/bus/ranges", "", 0);
	assert_problem("reg begins at 0xf8001000, the name says 0x1000");
	put_bytes(TREE "/soc/ranges", "\0\0\0\0\xf8\0\0\0\0\1\0\0", 12);
	baoctl("status", NULL);
	assert_fine();
}

/**
 * struct refusal - what a driver says, and what is advised
 * @error: in the kernel's log
 * @advice: part of the answer
 */
struct refusal {
	const char *error;
	const char *advice;
};

static const struct refusal refusals[] = {
	{ "the hypervisor is not Bao, or this architecture cannot call it",
	  "no hypervisor, or another one" },
	{ "reg: [mem 0x40000000-0x4000ffff] is System RAM; leave it out of the "
	  "memory node or reserve it no-map",
	  "take the region out of the memory node" },
	{ "reg: [mem 0xf0000000-0xf000ffff] is in use by another driver",
	  "cat /proc/iomem says by whom" },
	{ "reg or bao,id: the hypervisor does not know device model 3 of this "
	  "VM", "fewer remio_devs" },
	{ "id or bao,id: channel 0 exists already",
	  "two nodes have the same number" },
	{ "interrupts: entry for device model 0 cannot be requested",
	  "another device has the same interrupt" },
	{ "interrupts: entry 0 is unusable", "<0 SPI 1>" },
	{ "interrupts: 1 entries, but reg has 2", "one interrupt for each reg" },
	{ "read-channel: 0x2000 bytes at 0xf000 leave the region of 0x10000 "
	  "bytes, or are none", "<offset size> inside reg" },
	{ "write-channel: overlaps read-channel", "the other way round" },
	{ "reg: missing or malformed", "#address-cells and #size-cells" },
	{ "reg: [mem size 0x00000000] is empty or wraps", "#address-cells" },
	{ "id: missing, or not one number", "add the property" },
	{ "reg: 17 entries, at most 16 possible", "up to 16" },
};

static void test_refused(void **state)
{
	char line[512];
	size_t i;

	(void)state;
	setup();
	unbind_channel("first");
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		put("/dev/kmsg", "3,3,102,-;bao-ipcshmem f0000000.bao-ipc: "
		    "error -22: %s", refusals[i].error);
		snprintf(line, sizeof(line), "problem: /bao-ipc@f0000000: the "
			 "driver refused it: %s\n  try: ", refusals[i].error);
		assert_problem(line);
		assert_in(result.out, refusals[i].advice);
	}
}

static void test_log(void **state)
{
	(void)state;
	setup();
	unbind_channel("newest");
	assert_problem("the driver refused it: newest\n");
	put("/dev/kmsg", "6,5,104,-;eth0: link up");
	assert_problem("the driver bao-ipcshmem did not take f0000000.bao-ipc");
	assert_in(result.out, "echo f0000000.bao-ipc "
		  ">/sys/bus/platform/drivers/bao-ipcshmem/bind");
	take_away("/dev/kmsg");
	assert_problem("as root, baoctl finds the reason");
	put(DEVICES "/f0000000.bao-ipc/waiting_for_supplier", "1");
	assert_problem("its driver waits for another device");
}

static void test_nodes(void **state)
{
	(void)state;
	setup();
	take_away("/dev/baoipc0");
	assert_problem("problem: baoipc0: /dev/baoipc0: No such file");
	assert_in(result.out, "try: mount -t devtmpfs");
	put_bytes("/dev/baoipc0", "", 0);
	take_away("/dev/bao-io-dispatcher");
	assert_problem("problem: dm: /dev/bao-io-dispatcher: No such file");
}

static void test_permission(void **state)
{
	static const char * const args[] = { "status", NULL };

	(void)state;
	setup();
	deny("/dev/baoipc0");
	deny("/dev/bao-io-dispatcher");
	baoctl_with(NULL, true, args);
	assert_fine();
	assert_in(result.out, "note: baoipc0: /dev/baoipc0: permission denied");
	assert_in(result.out, "note: dm: /dev/bao-io-dispatcher: permission");
	assert_in(result.out, "try: be root; the packages have a rule for udev");
}

static void test_channel_refused(void **state)
{
	(void)state;
	setup();
	put_of_channel("refused_calls", "4");
	put_of_channel("interrupts", "0");
	put_of_channel("notifies", "4");
	assert_problem("problem: baoipc0: the hypervisor refused 4 doorbells\n"
		       "  try: id in the device tree is the index in ipcs");
	/* that nobody heard them is no wonder */
	assert_in(result.out, "1 problem\n");
}

/* INTID 52 became <0 52 1>, which is INTID 84. */
static void test_channel_silent(void **state)
{
	(void)state;
	setup();
	put_of_channel("interrupts", "0");
	put_of_channel("notifies", "0");
	assert_note("note: baoipc0: the peer has not rung yet, or interrupt 52 "
		    "(<0 20 1> in the device tree) is the wrong one");
	put_of_channel("notifies", "3");
	put("/sys/kernel/irq/50/hwirq", "84");
	assert_note("note: baoipc0: the peer was rung 3 times and never rang "
		    "itself; this side waits for interrupt 84 (<0 52 1> in the "
		    "device tree)\n"
		    "  try: Bao's configuration has to name interrupt 84 for "
		    "it\n"
		    "  try: if it names 52, the device tree is wrong: it "
		    "counts from 32, Bao from 0; write <0 20 1> there\n");
}

/* A note counts for who wants it. */
static void test_strict(void **state)
{
	(void)state;
	setup();
	baoctl("status", "--strict", NULL);
	assert_fine();
	assert_in(result.out, "\nno problem\n");
	put_of_channel("interrupts", "0");
	baoctl("status", NULL);
	assert_fine();
	assert_in(result.out, "\nno problem\n");
	baoctl("status", "--strict", NULL);
	assert_int_equal(result.status, 1);
	assert_string_equal(result.err, "");
	assert_in(result.out, "\nno problem, 1 note\n");
	baoctl("status", "-sj", NULL);
	assert_int_equal(result.status, 1);
	assert_in(result.out, "\"problems\": 0");
	put_of_channel("revivals", "2");
	put_of_dm("state", "grace");
	put_of_dm("server_pid", "0");
	baoctl("status", "-s", NULL);
	assert_int_equal(result.status, 1);
	assert_in(result.out, "\n1 problem, 2 notes\n");
}

static void test_channel_events(void **state)
{
	(void)state;
	setup();
	put("/sys/kernel/irq/50/actions", "eth0");
	assert_problem("problem: baoipc0: event 0 has no interrupt");
	put_of_channel("events", "");
	put_of_channel("num_events", "0");
	put_of_channel("interrupts", "0");
	assert_note("note: baoipc0: without interrupts nobody here can wait");
	put_bytes(TREE "/bao-ipc@f0000000/interrupts", "1234567890ab", 12);
	assert_problem("problem: baoipc0: the device tree names interrupts, "
		       "and none of them can be had");
}

/* Two interrupts the wrong way round. */
static void test_channel_order(void **state)
{
	(void)state;
	setup();
	put_of_channel("num_events", "2");
	put_of_channel("events", "0 0\n1 7");
	put("/sys/kernel/irq/51/actions", "bao-ipc0-1");
	put("/sys/kernel/irq/51/hwirq", "53");
	assert_note("note: baoipc0: event 0 never came, and event 1 did\n"
		    "  try: if the peer rings event 0: interrupts");
	put_of_channel("events", "0 1\n1 7");
	baoctl("status", NULL);
	assert_not_in(result.out, "never came");
}

static void test_channel_revivals(void **state)
{
	(void)state;
	setup();
	put_of_channel("revivals", "2");
	assert_note("note: baoipc0: the interrupt controller lost its line 2 "
		    "times, and it was brought back");
}

static void put_frontend(void)
{
	put_bytes(TREE "/virtio@a003e00/compatible", "virtio,mmio", 12);
	put_bytes(TREE "/virtio@a003e00/memory-region", "\0\0\0\1", 4);
	put_link(DEVICES "/a003e00.virtio/of_node",
		 "../../../firmware/devicetree/base/virtio@a003e00");
}

/* A guest that only uses devices needs no module. */
static void test_frontend(void **state)
{
	(void)state;
	put_frontend();
	put_bytes(TREE "/virtio@a000000/compatible", "virtio,mmio", 12);
	assert_problem("problem: /virtio@a003e00: no driver: this kernel has "
		       "no virtio_mmio\n  try: modprobe virtio_mmio\n"
		       "1 problem\n");
	assert_in(result.out, "frontend /virtio@a003e00: no device\n");
	put("/sys/bus/platform/drivers/virtio-mmio/uevent", "%s", "");
	assert_problem("problem: /virtio@a003e00: nobody answered as a virtio "
		       "device");
	put_link(DEVICES "/a003e00.virtio/driver",
		 "../../drivers/virtio-mmio");
	assert_note("note: /virtio@a003e00: the backend shows an empty slot");
	put(DEVICES "/a003e00.virtio/virtio3/device", "0x0002");
	baoctl("status", NULL);
	assert_fine();
	assert_in(result.out, "frontend /virtio@a003e00: virtio3\nno problem\n");
	assert_not_in(result.out, "a000000");
}

/* What the boot loader handed over: as compiled from this, with two channels. */
static void put_blob(unsigned int spi, const char *second_base)
{
	char command[256];
	FILE *dtc;

	put("/sys/firmware/empty", "%s", "");
	snprintf(command, sizeof(command),
		 "dtc -q -O dtb -o %s/sys/firmware/fdt -", world);
	dtc = popen(command, "w");
	assert_non_null(dtc);
	fprintf(dtc, "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;\n"
		"interrupt-parent = <&gic>;\n"
		"memory@40000000 { device_type = \"memory\";\n"
		"	reg = <0x40000000 0x10000000>; };\n"
		"gic: intc@8000000 { compatible = \"arm,gic-v3\";\n"
		"	interrupt-controller; #interrupt-cells = <3>;\n"
		"	reg = <0x8000000 0x10000 0x80a0000 0x60000>; };\n"
		"bao-ipc@f0000000 { compatible = \"bao,ipcshmem\";\n"
		"	reg = <0xf0000000 0x10000>; id = <0>;\n"
		"	read-channel = <0 0x2000>;\n"
		"	write-channel = <0x2000 0x2000>;\n"
		"	interrupts = <0 20 1>; };\n"
		"bao-ipc@f1000000 { compatible = \"bao,ipcshmem\";\n"
		"	reg = <%s 0x10000>; id = <1>;\n"
		"	read-channel = <0 0x2000>;\n"
		"	write-channel = <0x2000 0x2000>;\n"
		"	interrupts = <0 %u 1>; };\n"
		"};\n", second_base, spi);
	assert_int_equal(pclose(dtc), 0);
}

static void test_rules(void **state)
{
	(void)state;
	setup();
	put_blob(21, "0xf1000000");
	baoctl("status", NULL);
	assert_fine();
	assert_in(result.out, "no problem\n");
	put_blob(20, "0xf1000000");
	assert_problem("problem: device tree: /bao-ipc@f0000000: interrupts: "
		       "entry 0 is that of /bao-ipc@f1000000, too");
	put_blob(21, "0x40001000");
	assert_problem("problem: device tree: /bao-ipc@f1000000: ");
	/* Which the driver has said already. */
	put_blob(20, "0xf1000000");
	put_bytes(TREE "/bao-ipc@f1000000/compatible", "bao,ipcshmem", 13);
	put_link(DEVICES "/f1000000.bao-ipc/of_node",
		 "../../../firmware/devicetree/base/bao-ipc@f1000000");
	put("/dev/kmsg", "3,3,102,-;bao-ipcshmem f1000000.bao-ipc: error -22: "
	    "interrupts: entry 0 is unusable");
	assert_problem("problem: /bao-ipc@f1000000: the driver refused it: "
		       "interrupts: entry 0 is unusable");
	assert_in(result.out, "1 problem\n");
}

/* Only one of the two checks says so. */
static void test_rules_without_node(void **state)
{
	char command[256];

	(void)state;
	put_module();
	put(TREE "/model", "machine");
	snprintf(command, sizeof(command), "echo '/dts-v1/; / { };' | "
		 "dtc -q -O dtb -o %s/sys/firmware/fdt -", world);
	assert_int_equal(system(command), 0);
	assert_problem("problem: device tree: no node of Bao's");
	assert_in(result.out, "\n1 problem\n");
}

static void test_blob_is_broken(void **state)
{
	(void)state;
	setup();
	put("/sys/firmware/fdt", "no tree at all");
	baoctl("status", NULL);
	assert_complaint(1, "/sys/firmware/fdt");
	assert_in(result.out, "/sys/firmware/fdt is no tree\n1 problem\n");
}

static void test_dm_interrupt(void **state)
{
	(void)state;
	setup();
	put_of_dm("interrupts", "0");
	assert_problem("problem: dm0: requests came, interrupt 72 (<0 40 1> in "
		       "the device tree) never did\n"
		       "  try: Bao's configuration has to name interrupt 72 for "
		       "it\n"
		       "  try: if it names 40, the device tree is wrong: it "
		       "counts from 32, Bao from 0; write <0 8 1> there\n");
	put("/sys/kernel/irq/40/hwirq", "40");
	assert_problem("interrupt 40 (<0 8 1>");
	assert_not_in(result.out, "is wrong");
	put_of_dm("requests", "0");
	assert_note("note: dm0: the frontend has not accessed its device yet");
}

static void test_dm_no_daemon(void **state)
{
	(void)state;
	setup();
	put_of_dm("server_pid", "0");
	put_of_dm("state", "idle");
	assert_problem("problem: dm0: no daemon: the frontend waits for an "
		       "answer and nobody has served");
	assert_in(result.out, "  idle, no daemon\n");
	put_of_dm("requests", "0");
	put_of_dm("interrupts", "0");
	assert_note("note: dm0: no daemon has served it yet");
	put_of_dm("state", "grace");
	assert_problem("problem: dm0: no daemon: it went away, and the");
	put_of_dm("state", "expired");
	put_of_dm("answered_by_kernel", "9");
	assert_problem("problem: dm0: no daemon: it went away and none came "
		       "within 5000 ms, so the kernel answers with 0");
	put_of_dm("state", "served");
	assert_note("note: dm0: 9 requests were answered without a daemon");
}

static void test_dm_slow(void **state)
{
	(void)state;
	setup();
	put("/proc/812/comm", "a\nproblem: b");
	baoctl("status", NULL);
	assert_fine();
	assert_in(result.out, "served by process 812 (a?problem: b)\n");
	put("/proc/812/comm", "bao-blk");
	put_of_dm("oldest_request", "0 0xa003e00 999");
	baoctl("status", NULL);
	assert_fine();
	put_of_dm("oldest_request", "0 0xa003e00 61000");
	assert_problem("problem: dm0: process 812 (bao-blk) has owed the "
		       "frontend an answer for 61000 ms, for the access at "
		       "0xa003e00");
}

static void test_dm_counters(void **state)
{
	(void)state;
	setup();
	put_of_dm("refused_calls", "5");
	assert_problem("problem: dm0: the hypervisor refused 5 calls\n"
		       "  try: is the order of remio_devs");
	put_of_dm("refused_calls", "0");
	put_of_dm("invalid_requests", "6");
	put_of_dm("late_answers", "7");
	put_of_dm("revivals", "8");
	assert_note("note: dm0: 6 accesses of odd width");
	assert_in(result.out, "note: dm0: 7 answers of daemons came too late");
	assert_in(result.out, "note: dm0: the interrupt controller lost its "
		  "line 8 times");
}

static void test_dm_memory(void **state)
{
	(void)state;
	setup();
	put_of_dm("shmem_addr", "0xd0000800");
	assert_problem("problem: dm0: its memory cannot be mapped: 0x1000000 "
		       "bytes at 0xd0000800 are not whole pages of ");
	put_of_dm("shmem_addr", "0xd0000000");
	put_of_dm("shmem_size", "0x1000001");
	assert_problem("problem: dm0: its memory cannot be mapped");
}

static void test_several(void **state)
{
	(void)state;
	setup();
	put_channel(1);
	put_dm(1);
	put_of_dm("state", "grace");
	put_of_channel("refused_calls", "1");
	assert_problem("2 problems\n");
	assert_in(result.out, "channel 1: sensors, /dev/baoipc1");
	assert_in(result.out, "device model 1: disk");
	assert_not_in(result.out, "dm1:");
	assert_not_in(result.out, "baoipc1:");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_well), TEST(test_json), TEST(test_little_is_known),
		TEST(test_no_module), TEST(test_not_installed),
		TEST(test_blacklist),
		TEST(test_published_driver), TEST(test_all_disabled),
		TEST(test_other_driver),
		TEST(test_no_tree), TEST(test_no_node), TEST(test_compatible),
		TEST(test_compatible_list), TEST(test_disabled),
		TEST(test_no_device), TEST(test_cells), TEST(test_translated),
		TEST(test_refused),
		TEST(test_log), TEST(test_nodes), TEST(test_permission),
		TEST(test_channel_refused), TEST(test_channel_silent),
		TEST(test_strict),
		TEST(test_channel_events), TEST(test_channel_order),
		TEST(test_channel_revivals),
		TEST(test_frontend), TEST(test_rules),
		TEST(test_rules_without_node), TEST(test_blob_is_broken),
		TEST(test_dm_interrupt), TEST(test_dm_no_daemon),
		TEST(test_dm_slow), TEST(test_dm_counters),
		TEST(test_dm_memory), TEST(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
