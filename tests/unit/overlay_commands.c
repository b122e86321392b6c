// SPDX-License-Identifier: GPL-2.0-only
/* The commands: what they make, their exit status, and what they leave. */
#include "overlay/world.h"

#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define END	((char *)NULL)
#define APPLY	overlay_apply, file_name("base"), file_name("overlay")
#define MAKE	overlay_make, "-o", file_name("out.dtbo")

/* Every form of a parameter that there is. */
static const char overlay[] = "/dts-v1/; /plugin/; &{/} { bus {"
	"#address-cells = <2>; #size-cells = <2>;"
	"dev: dev@1000 { reg = <0 0x1000 0 0x100>; bytes = [00 01 02 03];"
	"wide = <1 2>; text = \"old\"; flag; other = <&dev>;"
	"outside = <&gic>; }; }; };"
	"/ { __overrides__ {"
	"addr = <&dev>,\"reg#0\"; size = <&dev>,\"reg:12\";"
	"byte = <&dev>,\"bytes.1\"; half = <&dev>,\"bytes;2\";"
	"text = <&dev>,\"text\"; flag = <&dev>,\"flag?\";"
	"intc = <&dev>,\"interrupt-parent:0\";"
	"both = <&dev>,\"wide:0\",<&dev>,\"wide:4\";"
	"odd = <&dev>,\"wide:0{1=2}\"; gone = <0x77>,\"wide:0\"; }; };";

static int set_up(void **state)
{
	(void)state;
	write_blob("base", arm_base, true);
	write_blob("overlay", overlay, true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_files();
	return 0;
}

/* A property of what has been made, as long as @len; NULL if it is not. */
static const void *made(const char *path, const char *property, int len)
{
	static char *data;
	size_t size;
	int node, found;
	const void *value;

	free(data);
	data = read_file("out", &size);
	assert_non_null(data);
	node = fdt_path_offset(data, path);
	value = node < 0 ? NULL : fdt_getprop(data, node, property, &found);
	return value && found == len ? value : NULL;
}

static uint32_t made_cell(const char *path, const char *property, int len,
			  int at)
{
	const char *value = made(path, property, len);

	assert_non_null(value);
	return fdt32_ld((const void *)(value + at));
}

static void test_apply(void **state)
{
	(void)state;
	assert_int_equal(run(APPLY, "-o", file_name("out"), END), 0);
	assert_int_equal(made_cell("/bus/dev@1000", "reg", 16, 4), 0x1000);
	assert_int_equal(count_files(), 3);
}

#define CHANNEL(irq)	OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID irq))

static void expect_said(const char *base, const char *over, const char *text)
{
	write_blob("base", base, false);
	write_blob("overlay", over, true);
	assert_int_equal(run(APPLY, "-o", file_name("out"), END), 0);
	if (text)
		assert_non_null(strstr(complaint(), text));
	else
		assert_string_equal(complaint(), "");
	assert_non_null(made("/bao-bus/bao-ipc@f0000000", "reg", 16));
}

/* What check would find is said, and it is done. */
static void test_apply_checks(void **state)
{
	(void)state;
	expect_said(arm_base, CHANNEL(IPC_IRQ), NULL);
	expect_said(arm_base, CHANNEL("interrupts = <0 5000 1>;"),
		    "error: /bao-bus/bao-ipc@f0000000: interrupts: a GIC has no shared interrupt 5000");
	expect_said(riscv_base, CHANNEL("interrupts = <52>;"),
		    "error: /bao-bus/bao-ipc@f0000000: interrupts: no node above it names an interrupt-parent");
	expect_said(arm_base, CHANNEL(""), "warning: /bao-bus/bao-ipc@f0000000"
		    ": interrupts: none;");
	/* one that has nothing to do with Bao */
	write_blob("base", arm_base, true);
	write_blob("overlay", overlay, true);
	assert_int_equal(run(APPLY, "-o", file_name("out"), END), 0);
	assert_non_null(strstr(complaint(), "is it the right overlay?"));
}

static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(run(APPLY, "-o", file_name("out"),
			     "--param", "size=0x300", "--param", "byte=255",
			     "--param", "half=0xabcd", "--param", "both=7",
			     END), 0);
	assert_int_equal(made_cell("/bus/dev@1000", "reg", 16, 12), 0x300);
	assert_int_equal(made_cell("/bus/dev@1000", "bytes", 4, 0), 0x00ffabcd);
	assert_int_equal(made_cell("/bus/dev@1000", "wide", 8, 0), 7);
	assert_int_equal(made_cell("/bus/dev@1000", "wide", 8, 4), 7);
}

static void test_text_and_flags(void **state)
{
	(void)state;
	assert_int_equal(run(APPLY, "-o", file_name("out"), "--param",
			     "text=a new one", "--param", "flag=off", END), 0);
	assert_string_equal(made("/bus/dev@1000", "text", 10), "a new one");
	assert_null(made("/bus/dev@1000", "flag", 0));
	assert_int_equal(run(APPLY, "-o", file_name("out"), "--param",
			     "flag=on", END), 0);
	assert_non_null(made("/bus/dev@1000", "flag", 0));
}

/* The name goes with the address, and references to the node with its name. */
static void test_address(void **state)
{
	(void)state;
	assert_int_equal(run(APPLY, "-o", file_name("out"), "--param",
			     "addr=0x123450000", END), 0);
	assert_int_equal(made_cell("/bus/dev@123450000", "reg", 16, 0), 1);
	assert_int_equal(made_cell("/bus/dev@123450000", "other", 4, 0),
			 made_cell("/bus/dev@123450000", "phandle", 4, 0));
	assert_int_equal(made_cell("/bus/dev@123450000", "outside", 4, 0),
			 made_cell("/intc@8000000", "phandle", 4, 0));
	assert_string_equal(made("/__symbols__", "dev", 19),
			    "/bus/dev@123450000");
	assert_null(made("/bus/dev@1000", "reg", 16));
}

static void test_controller(void **state)
{
	uint32_t gic;

	(void)state;
	assert_int_equal(run(APPLY, "-o", file_name("out"), "--param",
			     "intc=/intc@8000000", END), 0);
	gic = made_cell("/intc@8000000", "phandle", 4, 0);
	assert_int_equal(made_cell("/bus/dev@1000", "interrupt-parent", 4, 0),
			 gic);
	assert_int_equal(run(APPLY, "-o", file_name("out"), "--param",
			     "intc=&gic", END), 0);
	assert_int_equal(made_cell("/bus/dev@1000", "interrupt-parent", 4, 0),
			 gic);
	/* one that had none gets a phandle */
	assert_int_equal(run(APPLY, "-o", file_name("out"), "--param",
			     "intc=/serial@9000000", END), 0);
	assert_int_equal(made_cell("/bus/dev@1000", "interrupt-parent", 4, 0),
			 made_cell("/serial@9000000", "phandle", 4, 0));
}

/* One line, the right exit status, and no file. */
static void refuse(int status, int wanted, const char *text)
{
	const char *line = complaint();

	if (!strstr(line, text))
		print_message("said: %s", line);
	assert_int_equal(status, wanted);
	assert_non_null(strstr(line, text));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_int_equal(count_files(), 2);
}

static void refuse_param(const char *param, int wanted, const char *text)
{
	refuse(run(APPLY, "-o", file_name("out"), "--param", param, END),
	       wanted, text);
}

static void test_wrong_parameters(void **state)
{
	(void)state;
	refuse_param("wrong=1", BAOCTL_MISUSE, "it has addr size byte");
	refuse_param("size", BAOCTL_MISUSE, "is not NAME=VALUE");
	refuse_param("=1", BAOCTL_MISUSE, "is not NAME=VALUE");
	refuse_param("size=x", BAOCTL_MISUSE, "'x' is not a number");
	refuse_param("size=-1", BAOCTL_MISUSE, "'-1' is not a number");
	refuse_param("size=0x100000000", BAOCTL_MISUSE, "in 32 bits");
	refuse_param("byte=256", BAOCTL_MISUSE, "in 8 bits");
	refuse_param("flag=maybe", BAOCTL_MISUSE, "not on or off");
	refuse_param("odd=1", BAOCTL_FAILED, "beyond this program");
	refuse_param("gone=1", BAOCTL_FAILED, "is not in the overlay");
	refuse_param("intc=/none", BAOCTL_FAILED, "no node /none");
	refuse_param("intc=&none", BAOCTL_FAILED, "no label none");
}

static void test_wrong_calls(void **state)
{
	(void)state;
	refuse(run(overlay_apply, END), BAOCTL_MISUSE, "missing");
	refuse(run(overlay_apply, "a", "b", "c", "-o", "d", END),
	       BAOCTL_MISUSE, "'c'");
	refuse(run(APPLY, END), BAOCTL_MISUSE, "-o FILE");
	refuse(run(APPLY, "--wrong", END), BAOCTL_MISUSE, "--wrong");
	refuse(run(overlay_check, END), BAOCTL_MISUSE, "missing");
	refuse(run(overlay_check, "--vm", "1", "a", END), BAOCTL_MISUSE,
	       "--vm needs --config");
	refuse(run(overlay_show, END), BAOCTL_MISUSE, "missing");
	refuse(run(overlay_show, "--json", "--source", "a", END),
	       BAOCTL_MISUSE, "exclude");
	refuse(run(overlay_make, END), BAOCTL_MISUSE, "nothing to make");
	refuse(run(overlay_make, "more", END), BAOCTL_MISUSE, "'more'");
	refuse(run(overlay_make, "-o", file_name("x.dtb"), "--ipc",
		   "base=0xf0000000,size=0x10000", END), BAOCTL_MISUSE,
	       "an overlay is no tree");
	refuse(run(overlay_check, file_name("overlay"), END), BAOCTL_MISUSE,
	       "is an overlay; give the base tree first: BASE ");
}

/* A tree is no plugin, and both are what they were. */
static void test_source(void **state)
{
	struct blob again;

	(void)state;
	assert_int_equal(run(overlay_show, "--source", file_name("overlay"),
			     END), 0);
	assert_non_null(strstr(output(), "/plugin/;"));
	assert_int_equal(run(overlay_show, "--source", file_name("base"), END),
			 0);
	assert_null(strstr(output(), "/plugin/;"));
	compile(&again, output(), false);
	assert_true(fdt_path_offset(again.fdt, "/serial@9000000") > 0);
	blob_free(&again);
}

static void test_wrong_files(void **state)
{
	(void)state;
	refuse(run(overlay_apply, file_name("none"), file_name("overlay"),
		   "-o", file_name("out"), END), BAOCTL_FAILED,
	       "No such file");
	refuse(run(overlay_apply, "/tmp", file_name("overlay"),
		   "-o", file_name("out"), END), BAOCTL_FAILED, "directory");
	refuse(run(overlay_apply, file_name("overlay"), file_name("overlay"),
		   "-o", file_name("out"), END), BAOCTL_FAILED,
	       "an overlay itself");
	refuse(run(overlay_apply, file_name("base"), file_name("base"),
		   "-o", file_name("out"), END), BAOCTL_FAILED,
	       "no fragments");
	refuse(run(APPLY, "-o", "/none/out", END), BAOCTL_FAILED,
	       "/none/out: No such file");
}

static void test_damaged_files(void **state)
{
	size_t size;
	char *data = read_file("base", &size);

	(void)state;
	write_file("base", "/dts-v1/; / { };", 16);
	refuse(run(overlay_show, file_name("base"), END), BAOCTL_FAILED,
	       "is source");
	write_file("base", "", 0);
	refuse(run(overlay_show, file_name("base"), END), BAOCTL_FAILED,
	       "is no device tree blob");
	write_file("base", data, size - 1);
	refuse(run(overlay_show, file_name("base"), END), BAOCTL_FAILED,
	       "is cut off");
	memset(data + fdt_off_dt_struct(data), 0xff, 64);
	write_file("base", data, size);
	refuse(run(overlay_show, file_name("base"), END), BAOCTL_FAILED,
	       "is damaged");
	free(data);
}

/* What was there stays until what comes is whole. */
static void test_output_is_kept(void **state)
{
	size_t size;
	char *data;

	(void)state;
	write_file("overlay", "x", 1);
	write_file("out", "precious", 8);
	assert_int_equal(run(APPLY, "-o", file_name("out"), END),
			 BAOCTL_FAILED);
	data = read_file("out", &size);
	assert_int_equal(size, 8);
	assert_memory_equal(data, "precious", 8);
	free(data);
	assert_int_equal(count_files(), 3);
}

static void test_output_mode(void **state)
{
	mode_t old = umask(027);
	struct stat stat_buf;

	(void)state;
	assert_int_equal(run(APPLY, "-o", file_name("out"), END), 0);
	umask(old);
	assert_int_equal(stat(file_name("out"), &stat_buf), 0);
	assert_int_equal(stat_buf.st_mode & 0777, 0640);
}

/* What is no file is written to, and where a link leads is written. */
static void test_output_of_other_kinds(void **state)
{
	struct stat stat_buf;
	char magic[4];
	int fd;

	(void)state;
	assert_int_equal(mkfifo(file_name("pipe"), 0600), 0);
	fd = open(file_name("pipe"), O_RDWR | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(run(APPLY, "-o", file_name("pipe"), END), 0);
	assert_int_equal(lstat(file_name("pipe"), &stat_buf), 0);
	assert_true(S_ISFIFO(stat_buf.st_mode));
	assert_int_equal(read(fd, magic, 4), 4);
	assert_int_equal(fdt32_ld((const void *)magic), FDT_MAGIC);
	close(fd);
	write_file("out", "x", 1);
	assert_int_equal(chmod(file_name("out"), 0604), 0);
	assert_int_equal(symlink("out", file_name("link")), 0);
	assert_int_equal(run(APPLY, "-o", file_name("link"), END), 0);
	assert_int_equal(lstat(file_name("link"), &stat_buf), 0);
	assert_true(S_ISLNK(stat_buf.st_mode));
	assert_int_equal(lstat(file_name("out"), &stat_buf), 0);
	assert_int_equal(stat_buf.st_mode & 0777, 0604);
	assert_non_null(made("/bus/dev@1000", "reg", 16));
	assert_int_equal(symlink("none", file_name("nowhere")), 0);
	assert_int_equal(run(APPLY, "-o", file_name("nowhere"), END),
			 BAOCTL_FAILED);
	assert_int_equal(lstat(file_name("nowhere"), &stat_buf), 0);
	assert_true(S_ISLNK(stat_buf.st_mode));
}

/* As many nodes, each with an address and what else there is to be in it. */
static void write_nodes(const char *name, const char *start, const char *in,
			const char *end)
{
	static char source[16 << 10];
	size_t used = (size_t)sprintf(source, "/dts-v1/; %s", start);
	int i;

	for (i = 0; i < 70; i++)
		used += (size_t)sprintf(source + used,
					"n%x: dev@%x { reg = <0 %d>; %s };", i,
					i, i, in);
	strcpy(source + used, end);
	write_blob(name, source, false);
}

/* More warnings than are kept do not hide an error. */
static void test_many_warnings(void **state)
{
	(void)state;
	write_nodes("base", "/ {", "", "};");
	write_nodes("overlay", "/plugin/; &{/} {", "",
		    "}; &{/none} { a; };");
	refuse(run(APPLY, "-o", file_name("out"), END), BAOCTL_FAILED,
	       "target /none is not in the base");
	assert_int_equal(run(overlay_check, file_name("base"),
			     file_name("overlay"), END), BAOCTL_FAILED);
	assert_non_null(strstr(output(), "error: target: "));
}

/* It is done, and said. */
static void test_warning(void **state)
{
	(void)state;
	write_blob("base", "/dts-v1/; / { bus { dev@1000 { reg = <0>; }; };"
		   "gic: intc { }; };", true);
	assert_int_equal(run(APPLY, "-o", file_name("out"), END), 0);
	assert_non_null(strstr(complaint(), ": warning: /bus/dev@1000: is in "
			       "the base already"));
	write_blob("base", "/dts-v1/; / { bus { dev@1000 { reg = <0>;"
		   "phandle = <7>; }; }; user { of = <7>; };"
		   "gic: intc { }; };", true);
	take_away("out");
	refuse_param("size=0x200", BAOCTL_FAILED,
		     "with a phandle that nobody there knows");
}

#define ALL	"--ipc", "base=0xf0000000,size=0x10000,irq=52:53,label=rtos", \
		"--backend", "base=0xd2000000,size=0x1000000,irq=40", \
		"--frontend", \
		"window=0xa003e00,irq=79,base=0xd1000000,size=0x1000000"

/* Source and blob are both what has been asked for. */
static void test_make(void **state)
{
	struct blob again;
	size_t size;
	char *text;

	(void)state;
	write_blob("base", frontend_base, false);
	assert_int_equal(run(MAKE, "--base", file_name("base"), ALL, END), 0);
	assert_non_null(strstr(complaint(), "note: ipc 0: taken to be read="
			       "0:0x2000,write=0x2000:0x2000; "));
	assert_int_equal(run(MAKE, "--ipc", "base=0,size=0x2000,irq=52,"
			     "read=0:0x1000,write=0x1000:0x1000", END), 0);
	assert_string_equal(complaint(), "");
	assert_int_equal(run(MAKE, "--base", file_name("base"), ALL, END), 0);
	assert_int_equal(run(overlay_make, "--base", file_name("base"), ALL,
			     "-o", file_name("out.dtso"), END), 0);
	assert_int_equal(run(overlay_check, file_name("base"),
			     file_name("out.dtbo"), ALL, END), 0);
	text = read_file("out.dtso", &size);
	compile(&again, text, true);
	free(text);
	write_file("again.dtbo", again.fdt, fdt_totalsize(again.fdt));
	blob_free(&again);
	assert_int_equal(run(overlay_check, file_name("base"),
			     file_name("again.dtbo"), ALL, END), 0);
}

/* It is made, and said; check says the same. */
static void test_make_warns(void **state)
{
	static const char *const wanted[] = {
		"warning: /bao-bus/bao-ipc@f0000000: interrupts: none;",
		"/bao-bus/bao-ipc@f0000000: read-channel: not whole pages",
		"/bao-bus/bao-ipc@f0000000: write-channel: not whole pages",
	};
	const char *const setting = "base=0xf0000000,size=0x10000,"
		"read=0:0x100,write=0x100:0x100";
	size_t i;

	(void)state;
	assert_int_equal(run(MAKE, "--ipc", setting, END), 0);
	for (i = 0; i < 3; i++)
		assert_non_null(strstr(complaint(), wanted[i]));
	take_away("out.dtbo");
	refuse(run(MAKE, "--ipc", setting, "--backend",
		   "base=0xd0000800,size=0x1000,irq=40", END), BAOCTL_FAILED,
	       "are not whole pages");
}

/* What is made for a controller is shown as Bao counts, or as it is. */
static void shown(const char *intc, const char *irqs, const char *line,
		  const char *json)
{
	char setting[128];

	snprintf(setting, sizeof(setting),
		 "base=0xf0000000,size=0x10000,irq=%s", irqs);
	assert_int_equal(run(MAKE, "--intc", intc, "--ipc", setting, END), 0);
	assert_int_equal(run(overlay_show, file_name("out.dtbo"), END), 0);
	if (!strstr(output(), line))
		fail_msg("%s: no \"%s\" in: %s", intc, line, output());
	assert_int_equal(run(overlay_show, "--json", file_name("out.dtbo"),
			     END), 0);
	if (!strstr(output(), json))
		fail_msg("%s: no \"%s\" in: %s", intc, json, output());
}

static void test_show(void **state)
{
	(void)state;
	shown("gic", "52", ", interrupt 52\n", "52\n");
	shown("gic", "52:1000", ", interrupt 52 1000\n", "1000\n");
	shown("plic", "52", ", interrupt 52\n", "52\n");
	shown("plic", "52:53", ", interrupt 52 53\n", "53\n");
	shown("plic", "52:53:54", ", interrupt 52 53 54\n", "54\n");
	shown("aplic", "52:53", ", interrupt 52 53\n", "53\n");
	/* the same cells, or such as a GIC has, too */
	shown("aplic", "52", ", interrupt <52 1>\n", "\"interrupts\":null");
	shown("plic", "52:1", ", interrupt <52 1>\n", "\"interrupts\":null");
	shown("plic", "2:53:1", ", interrupt <2 53 1>\n",
	      "\"interrupts\":null");
	/* one device tells it of another */
	assert_int_equal(run(MAKE, "--intc", "aplic", "--ipc",
			     "base=0xf0000000,size=0x10000,irq=52", "--backend",
			     "base=0xd0000000,size=0x1000,irq=40", END), 0);
	assert_int_equal(run(overlay_show, file_name("out.dtbo"), END), 0);
	assert_non_null(strstr(output(), ", interrupt 52\n"));
	assert_non_null(strstr(output(), ", interrupt 40\n"));
}

/* One that Bao cannot send, and a controller that is elsewhere. */
static void test_show_cells(void **state)
{
	(void)state;
	write_blob("overlay", CHANNEL("interrupts = <1 20 4>, <0 21 1>;"),
		   true);
	write_blob("base", arm_base, true);
	assert_int_equal(run(APPLY, "-o", file_name("out"), END), 0);
	assert_int_equal(run(overlay_show, file_name("out"), END), 0);
	assert_non_null(strstr(output(), ", interrupt <1 20 4> 53\n"));
	assert_int_equal(run(overlay_show, "--json", file_name("out"), END), 0);
	assert_non_null(strstr(output(), "null,\n"));
	assert_null(strstr(output(), "-1"));
	write_blob("overlay", CHANNEL("interrupt-parent = <9>;"
				      "interrupts = <0 20 1>;"), true);
	assert_int_equal(run(overlay_show, file_name("overlay"), END), 0);
	assert_non_null(strstr(output(), ", interrupt <0 20 1>\n"));
}

/* Positions in remio_devs count frontends as well. */
static void test_positions(void **state)
{
	(void)state;
	write_blob("base", frontend_base, false);
	assert_int_equal(run(MAKE, "--base", file_name("base"), "--frontend",
			     "window=0xa003e00,irq=79,base=0xd1000000,size=0x1000000",
			     "--ipc", "base=0xf0000000,size=0x10000,irq=52",
			     "--backend", "base=0xd2000000,size=0x1000000,irq=40",
			     END), 0);
	assert_int_equal(run(overlay_apply, file_name("base"),
			     file_name("out.dtbo"), "-o", file_name("out"),
			     END), 0);
	assert_int_equal(made_cell("/bao-bus/bao-ipc@f0000000", "id", 4, 0), 0);
	assert_int_equal(made_cell("/bao-bus/bao-io-dispatcher@d2000000",
				   "bao,id", 4, 0), 1);
}

static void refuse_make(const char *kind, const char *setting, int wanted,
			const char *text)
{
	refuse(run(MAKE, kind, setting, END), wanted, text);
}

static void refuse_label(const char *label)
{
	char setting[128];

	snprintf(setting, sizeof(setting),
		 "base=0xf0000000,size=0x10000,irq=52,label=%s", label);
	refuse_make("--ipc", setting, BAOCTL_MISUSE, "no dot in front");
	assert_null(strchr(complaint(), '\x1b'));
}

static void test_wrong_settings(void **state)
{
	(void)state;
	refuse_make("--ipc", "base=1,wrong=2", BAOCTL_MISUSE, "'wrong=2'");
	refuse_make("--ipc", "base", BAOCTL_MISUSE, "base= needs a value");
	refuse_make("--ipc", "base=x", BAOCTL_MISUSE, "'x' is not a number");
	refuse_make("--ipc", "irq=52", BAOCTL_MISUSE, "base= and size=");
	refuse_make("--ipc", "size=0x10000,irq=52", BAOCTL_MISUSE,
		    "base= and size=");
	refuse_make("--ipc", "base=0xf0000000,size=0x1000,irq=52",
		    BAOCTL_MISUSE, "read= and write=");
	refuse_make("--ipc", "base=0xf0000000,size=0x10000,irq=20",
		    BAOCTL_FAILED, "are 32 to 1019");
	refuse_make("--ipc", "base=0xf0000000,size=0x10000,irq=52,read=1",
		    BAOCTL_MISUSE, "OFFSET:SIZE");
	refuse_make("--ipc", "base=0xf0000800,size=0x10000,irq=52",
		    BAOCTL_FAILED, "whole pages");
	refuse_make("--ipc", "base=0xf0000000,size=0x10000,irq=52,label=a/b",
		    BAOCTL_MISUSE, "label: 'a/b' is none: up to 31 characters");
	refuse_label("..");
	refuse_label(".");
	refuse_label(".a");
	refuse_label("/");
	refuse_label("a\nb");
	refuse_label("a\x1b[2J");
	refuse_label("a\xc3");
	refuse_make("--ipc", "base=0xf0000000,size=0x10000,id=0x80000000",
		    BAOCTL_MISUSE, "id");
	refuse_make("--backend", "base=0xd0000000,size=0x1000,irq=40,id=16",
		    BAOCTL_MISUSE, "id");
	refuse_make("--backend", "base=0xd0000000,size=0x1000", BAOCTL_MISUSE,
		    "irq= has to be one");
	refuse_make("--backend", "base=0xd0000000,size=0x1000,irq=300",
		    BAOCTL_FAILED, "takes up to 255");
	refuse_make("--frontend", "base=0xd0000000,size=0x1000,irq=79",
		    BAOCTL_MISUSE, "window=");
	refuse_make("--frontend", "read=0:1", BAOCTL_MISUSE, "'read=0:1'");
	refuse_make("--intc", "foo", BAOCTL_MISUSE, "nothing to make");
	refuse(run(MAKE, ALL, "--intc", "foo", END), BAOCTL_MISUSE,
	       "not gic, plic or aplic");
}

static const char config[] =
	"#include <config.h>\n"
	"VM_IMAGE(linux_image, XSTR(LINUX_IMAGE_PATH)); /* { */\n"
	"struct config config = {\n"
	"	.shmemlist_size = 2,\n"
	"	.shmemlist = (struct shmem[]) { [0] = { .size = 0x10000 },\n"
	"		[1] = { .size = 0x01000000, } },\n"
	"	.vmlist_size = 2, // a comment, with a } in it\n"
	"	.vmlist = (struct vm_config[]) {\n"
	"		{ .entry = 0x60000000, .platform = { .cpu_num = 2 } },\n"
	"		{\n"
	"			.image = VM_IMAGE_BUILTIN(linux_image, 0x60000000),\n"
	"			.platform = {\n"
	"				.regions = (struct vm_mem_region[]) {\n"
	"					{ .base = 0x60000000, .size = 1 }\n"
	"				},\n"
	"				.ipc_num = 1,\n"
	"				.ipcs = (struct ipc[]) { {\n"
	"					.base = 0xf0000000, .size = 0x00010000,\n"
	"					.shmem_id = 0, .interrupt_num = 2,\n"
	"					.interrupts = (irqid_t[]) {52, 53} } },\n"
	"				.remio_dev_num = 2,\n"
	"				.remio_devs = (struct remio_dev[]) { {\n"
	"					.bind_key = 1,\n"
	"					.type = REMIO_DEV_FRONTEND,\n"
	"					.va = 0xa003e00, .size = 0x200,\n"
	"					.interrupt = 79, .shmem = {\n"
	"					.base = 0xd1000000,\n"
	"					.size = 0x01000000UL, .shmem_id = 2\n"
	"				} }, { .bind_key = 0,\n"
	"					.type = REMIO_DEV_BACKEND,\n"
	"					.interrupt = 40, .shmem = {\n"
	"					.base = 0xd2000000,\n"
	"					.size = 0x01000000, .shmem_id = 1\n"
	"				} } },\n"
	"			},\n"
	"		},\n"
	"	},\n"
	"};\n";

static void test_configuration(void **state)
{
	static struct facts facts;

	(void)state;
	facts.num = 0;
	write_file("config.c", config, strlen(config));
	assert_int_equal(facts_read(&facts, file_name("config.c"), NULL), 0);
	assert_int_equal(facts.num, 3);
	assert_int_equal(facts.fact[0].kind, KIND_IPC);
	assert_int_equal(facts.fact[0].shared.start, 0xf0000000);
	assert_int_equal(facts.fact[0].shared.size, 0x10000);
	assert_int_equal(facts.fact[0].num_irqs, 2);
	assert_int_equal(facts.fact[0].irq[1], 53);
	assert_int_equal(facts.fact[1].kind, KIND_FRONTEND);
	assert_int_equal(facts.fact[1].window.start, 0xa003e00);
	assert_int_equal(facts.fact[1].shared.start, 0xd1000000);
	assert_int_equal(facts.fact[1].irq[0], 79);
	assert_int_equal(facts.fact[2].kind, KIND_BACKEND);
	assert_int_equal(facts.fact[2].id, 1);
	assert_int_equal(facts.fact[2].shared.start, 0xd2000000);
}

#define CONFIG(devices)	"struct config c = { .x = \"http://a\", .vmlist = { " \
			"{ .platform = { " devices " } } } };"
#define IPCS(num, entries) \
	CONFIG(".ipc_num = " num ", .ipcs = (struct ipc[]) { " entries " }")
#define ENTRY(base, rest)	"{ .base = " base ", .size = 0x10000, " rest " }"

/* They would be one node in the tree, or one in the other's memory. */
static void test_one_place(void **state)
{
	static const char text[] = IPCS("2", ENTRY("0xf0000000", "") ", "
					ENTRY("0xf0000000", ""));

	(void)state;
	refuse(run(MAKE, "--ipc", "base=0xf0000000,size=0x10000", "--ipc",
		   "base=0xf0000000,size=0x20000", END), BAOCTL_MISUSE,
	       "ipc 0 and ipc 1 have the same base, 0xf0000000");
	refuse(run(MAKE, "--ipc", "base=0xf0000000,size=0x10000", "--backend",
		   "base=0xf000f000,size=0x1000,irq=40", END), BAOCTL_MISUSE,
	       "ipc 0 and backend 0: base at 0xf0000000 and 0xf000f000 overlap");
	refuse(run(MAKE, "--frontend",
		   "window=0xa003e00,irq=79,base=0xd1000000,size=0x1000000",
		   "--frontend",
		   "window=0xa003f00,irq=78,base=0xd2000000,size=0x1000000",
		   END), BAOCTL_MISUSE,
	       "frontend 0 and frontend 1: window at 0xa003e00 and 0xa003f00");
	write_file("overlay", text, strlen(text));
	refuse(run(overlay_check, file_name("base"), "--config",
		   file_name("overlay"), END), BAOCTL_FAILED,
	       "ipc 0 and ipc 1 have the same base");
}

/* As C counts: after [N] comes N + 1. */
static void test_designators(void **state)
{
	static const char text[] = IPCS("3", "[ 1 ] = " ENTRY("0xf1000000",
		".interrupt_num = 4, .interrupts = (irqid_t[]) { [1] = 54, [0] = 53, [0x2] = 60, 61 }")
		", " ENTRY("0xf2000000", "")
		", [0] = " ENTRY("0xf0000000",
			".interrupts[0] = 52, .interrupt_num = 1"));
	static struct facts facts;

	(void)state;
	facts.num = 0;
	write_file("config.c", text, strlen(text));
	assert_int_equal(facts_read(&facts, file_name("config.c"), NULL), 0);
	assert_int_equal(facts.num, 3);
	assert_int_equal(facts.fact[0].shared.start, 0xf0000000);
	assert_int_equal(facts.fact[0].irq[0], 52);
	assert_int_equal(facts.fact[1].shared.start, 0xf1000000);
	assert_int_equal(facts.fact[1].num_irqs, 4);
	assert_int_equal(facts.fact[1].irq[0], 53);
	assert_int_equal(facts.fact[1].irq[1], 54);
	assert_int_equal(facts.fact[1].irq[3], 61);
	assert_int_equal(facts.fact[2].id, 2);
	assert_int_equal(facts.fact[2].shared.start, 0xf2000000);
}

/* A window has its usual size, for both. */
static void test_size_is_missing(void **state)
{
	static const char text[] = CONFIG(".remio_dev_num = 1, "
		".remio_devs = { { .interrupt = 79, "
		".type = REMIO_DEV_FRONTEND, .va = 0xa003e00, .shmem = { "
		".base = 0xd1000000, .size = 0x1000000 } } }");

	(void)state;
	write_file("config.c", text, strlen(text));
	write_blob("base", frontend_base, false);
	assert_int_equal(run(MAKE, "--config", file_name("config.c"), "--base",
			     file_name("base"), END), 0);
	assert_int_equal(run(overlay_check, "--config", file_name("config.c"),
			     file_name("base"), file_name("out.dtbo"), END), 0);
}

/* The order of remio_devs is kept: the backend is number 1. */
static void test_make_of_configuration(void **state)
{
	(void)state;
	write_file("config.c", config, strlen(config));
	write_blob("base", frontend_base, false);
	assert_int_equal(run(MAKE, "--config", file_name("config.c"), "--ipc",
			     "id=0,label=rtos,read=0:0x8000,write=0x8000:0x8000",
			     "--base", file_name("base"), END), 0);
	assert_int_equal(run(overlay_check, "--config", file_name("config.c"),
			     "--vm", "1", file_name("base"),
			     file_name("out.dtbo"), END), 0);
	assert_int_equal(run(overlay_apply, file_name("base"),
			     file_name("out.dtbo"), "-o", file_name("out"),
			     END), 0);
	assert_int_equal(made_cell("/bao-bus/bao-io-dispatcher@d2000000",
				   "bao,id", 4, 0), 1);
	assert_int_equal(made_cell("/bao-bus/bao-io-dispatcher@d2000000",
				   "interrupts", 12, 4), 8);
	assert_string_equal(made("/bao-bus/bao-ipc@f0000000", "label", 5),
			    "rtos");
}

static void refuse_config(const char *text, const char *vm, int wanted,
			  const char *says)
{
	write_file("overlay", text, strlen(text));
	refuse(vm ? run(MAKE, "--config", file_name("overlay"), "--vm", vm, END) :
		    run(MAKE, "--config", file_name("overlay"), END),
	       wanted, says);
}

/* What is not understood is not taken for nothing. */
static void test_lists_elsewhere(void **state)
{
	(void)state;
	refuse_config(CONFIG(".ipc_num = 1, .ipcs = {" ENTRY("0xf0000000", "")
			     "}, .remio_dev_num = 1, .remio_devs = devs"),
		      NULL, BAOCTL_FAILED,
		      ".platform.remio_devs: stands elsewhere; put its initialiser");
	refuse_config(CONFIG(".ipc_num = 1, .ipcs = (struct ipc *)IPCS"), NULL,
		      BAOCTL_FAILED, ".platform.ipcs: stands elsewhere");
	refuse_config(CONFIG(".ipc_num = 1, .ipcs = ((struct ipc[]) { { 1 } })"),
		      NULL, BAOCTL_FAILED, ".platform.ipcs: stands elsewhere");
	refuse_config(IPCS("2", ENTRY("0xf0000000", "") ", [1] = IPC1"), NULL,
		      BAOCTL_FAILED, ".ipcs[1]: stands elsewhere");
	refuse_config(IPCS("1", ENTRY("0xf0000000", ".interrupt_num = 1, "
				      ".interrupts = irqs")),
		      NULL, BAOCTL_FAILED,
		      ".ipcs[0].interrupts: stands elsewhere");
	refuse_config("struct config c = { .vmlist = vms };", NULL,
		      BAOCTL_FAILED, ".vmlist: stands elsewhere");
	refuse_config("struct config c = { .vmlist = { VM0, VM1 } };", NULL,
		      BAOCTL_FAILED, ".vmlist[0]: stands elsewhere");
	refuse_config("struct config c = { .vmlist = { { .platform = P } } };",
		      NULL, BAOCTL_FAILED, ".platform: stands elsewhere");
	refuse_config(CONFIG("\n#include \"devices.h\"\n"), NULL,
		      BAOCTL_FAILED, "has #include between braces");
}

#define TWO(first, second) \
	"struct config c = { .vmlist = { " first ", " second " } };"
#define VM(devices)	"{ .platform = { " devices " } }"
#define GOOD_VM		VM(".ipc_num = 1, .ipcs = { " ENTRY("0xf0000000", "") " }")

static void read_vm(const char *text, const char *vm)
{
	write_file("config.c", text, strlen(text));
	assert_int_equal(run(MAKE, "--config", file_name("config.c"), "--vm",
			     vm, END), 0);
	assert_int_equal(unlink(file_name("config.c")), 0);
	assert_int_equal(unlink(file_name("out.dtbo")), 0);
}

/* The machine that was asked for is read, whatever another one is like. */
static void expect_other(const char *text, const char *says)
{
	read_vm(text, "0");
	refuse_config(text, "1", BAOCTL_FAILED, says);
	assert_null(strstr(complaint(), "--vm"));
	refuse_config(text, NULL, BAOCTL_FAILED, says);
	refuse_config(text, NULL, BAOCTL_FAILED, "; --vm N reads machine N alone");
}

static void test_other_machine(void **state)
{
	(void)state;
	expect_other(TWO(GOOD_VM, VM(".ipc_num = 1, .ipcs = freertos_ipcs")),
		     ".vmlist[1].platform.ipcs: stands elsewhere");
	expect_other(TWO(GOOD_VM, "{ .platform = P }"),
		     ".vmlist[1].platform: stands elsewhere");
	expect_other(TWO(GOOD_VM, VM(".ipc_num = N, .remio_devs = devs")),
		     ".vmlist[1].platform.ipc_num: not a plain number");
	expect_other(TWO(GOOD_VM, "VM1"), ".vmlist[1]: stands elsewhere");
	/* machines behind it have their places */
	read_vm(TWO("{ .platform = P }", GOOD_VM), "1");
	/* what the reader lost its way in concerns all */
	refuse_config(TWO(GOOD_VM, VM(".ipcs = { { 1 ")), "0", BAOCTL_FAILED,
		      "a brace is not closed");
	refuse_config(TWO(GOOD_VM, "[N] = " GOOD_VM), "0", BAOCTL_FAILED,
		      ".vmlist[N].platform.ipc_num: not a plain number");
}

/* Legal C; no list is seen, but its number is. */
static void test_list_in_disguise(void **state)
{
	static const char ipcs[] = TWO(VM(".ipc_num = 1, .ipcs = &(struct ipc) "
		ENTRY("0xf1000000", "")), GOOD_VM);
	static const char remio_devs[] = TWO(VM(".remio_dev_num = 1, "
		".remio_devs = &(struct remio_dev) { .interrupt = 40 }"),
		GOOD_VM);

	(void)state;
	refuse_config(ipcs, NULL, BAOCTL_MISUSE, "choose with --vm");
	refuse_config(ipcs, "0", BAOCTL_FAILED,
		      "machine 0: ipc_num is 1, but ipcs has 0 entries");
	read_vm(ipcs, "1");
	refuse_config(remio_devs, NULL, BAOCTL_MISUSE, "choose with --vm");
	refuse_config(remio_devs, "0", BAOCTL_FAILED,
		      "remio_dev_num is 1, but remio_devs has 0 entries");
}

static void test_nums(void **state)
{
	static const char none[] = CONFIG(".devs = { { .interrupts = IRQS } }, "
		".remio_devs = NULL, .ipc_num = 1, .ipcs = { "
		ENTRY("0xf0000000", ".interrupts = 0") " }");

	(void)state;
	refuse_config(IPCS("1", ENTRY("0xf0000000", "") ", "
			   ENTRY("0xf1000000", "")), NULL, BAOCTL_FAILED,
		      "machine 0: ipc_num is 1, but ipcs has 2 entries");
	refuse_config(IPCS("2", ENTRY("0xf0000000", "")), NULL, BAOCTL_FAILED,
		      "ipc_num is 2, but ipcs has 1 entry");
	refuse_config(CONFIG(".ipcs = { " ENTRY("0xf0000000", "") " }"), NULL,
		      BAOCTL_FAILED,
		      "ipc_num is 0 or missing, but ipcs has 1 entry");
	refuse_config(IPCS("N", ENTRY("0xf0000000", "")), NULL, BAOCTL_FAILED,
		      ".ipc_num: not a plain number");
	refuse_config(CONFIG(".remio_devs = { { .interrupt = 40, .shmem = { "
			     ".base = 0xd0000000, .size = 0x1000 } } }"),
		      NULL, BAOCTL_FAILED,
		      "remio_dev_num is 0 or missing, but remio_devs has 1");
	refuse_config(IPCS("1", ENTRY("0xf0000000", ".interrupt_num = 1, "
				      ".interrupts = { 52, 53 }")),
		      NULL, BAOCTL_FAILED,
		      "interrupt_num is 1, but ipcs[0].interrupts has 2");
	refuse_config(IPCS("1", ENTRY("0xf0000000", ".interrupts = { 52 }")),
		      NULL, BAOCTL_FAILED,
		      "interrupt_num is 0 or missing, but ipcs[0].interrupts");
	/* none of the other kind, none at all, and those of another device */
	write_file("config.c", none, strlen(none));
	assert_int_equal(run(MAKE, "--config", file_name("config.c"), END), 0);
}

static void test_wrong_configurations(void **state)
{
	(void)state;
	refuse_config("", NULL, BAOCTL_FAILED, "struct config");
	refuse_config("struct config config = {", NULL, BAOCTL_FAILED,
		      "not closed");
	refuse_config("struct config c = { .vmlist = { { .a = 1 } } };", NULL,
		      BAOCTL_FAILED, "no machine has");
	refuse_config("struct config c = { .vmlist = { { .platform = { .ipcs = "
		      "{ { .base = IPC_BASE } } } } } };", NULL, BAOCTL_FAILED,
		      ".ipcs[0].base: not a plain number");
	refuse_config("struct config c = {{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{", NULL,
		      BAOCTL_FAILED, "too deep");
	refuse_config(IPCS("1", "{ .size = 0x10000 }"), NULL,
		      BAOCTL_FAILED, "configuration's ipc 0: base= and size=");
	refuse_config(IPCS("1", ENTRY("1", ".base = 2")), NULL, BAOCTL_FAILED,
		      ".ipcs[0].base: is there twice");
	refuse_config(IPCS("1", ENTRY("1", ".interrupts = { 52, [0] = 53 }")), NULL,
		      BAOCTL_FAILED, ".interrupts[0]: is there twice");
	refuse_config(IPCS("1", "[FIRST] = " ENTRY("1", "")), NULL, BAOCTL_FAILED,
		      ".ipcs[FIRST].base: not a plain number");
	refuse_config(IPCS("1", "[64] = " ENTRY("1", "")), NULL, BAOCTL_FAILED,
		      ".ipcs[64].base: too many entries");
	refuse_config(IPCS("1", ENTRY("1", ".interrupts = { [32] = 1 }")), NULL,
		      BAOCTL_FAILED, ".interrupts[32]: too many entries");
	refuse_config(IPCS("1", "{ .base\n = IPC_BASE }"), NULL, BAOCTL_FAILED,
		      ".ipcs[0].base: not a plain number");
	refuse_config(" # if 0\n" IPCS("1", ENTRY("1", "")), NULL, BAOCTL_FAILED,
		      "has #if");
	refuse_config(config, "0", BAOCTL_MISUSE, "--vm 0");
	refuse_config(config, "x", BAOCTL_MISUSE, "--vm x");
}

int main(void)
{
#define TEST(name)	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_apply),
		TEST(test_apply_checks),
		TEST(test_numbers),
		TEST(test_text_and_flags),
		TEST(test_address),
		TEST(test_controller),
		TEST(test_wrong_parameters),
		TEST(test_wrong_calls),
		TEST(test_source),
		TEST(test_wrong_files),
		TEST(test_damaged_files),
		TEST(test_output_is_kept),
		TEST(test_output_mode),
		TEST(test_output_of_other_kinds),
		TEST(test_many_warnings),
		TEST(test_warning),
		TEST(test_make),
		TEST(test_make_warns),
		TEST(test_show),
		TEST(test_show_cells),
		TEST(test_positions),
		TEST(test_wrong_settings),
		TEST(test_configuration),
		TEST(test_one_place),
		TEST(test_designators),
		TEST(test_size_is_missing),
		TEST(test_make_of_configuration),
		TEST(test_lists_elsewhere),
		TEST(test_other_machine),
		TEST(test_list_in_disguise),
		TEST(test_nums),
		TEST(test_wrong_configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
