// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damaged blobs: whatever a tree or an overlay holds, it is refused or read,
 * and nothing is touched that is not its own. The sanitizers watch.
 */
#include "overlay/world.h"

#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef ROUNDS
#define ROUNDS	4000
#endif

static const char overlay[] = "/dts-v1/; /plugin/; &{/} {"
	"reserved-memory { ranges; #address-cells = <2>; #size-cells = <2>;"
	"pool: buffer@d0000000 { compatible = \"restricted-dma-pool\";"
	"reg = <0 0xd0000000 0 0x1000000>; }; };"
	"bao-bus { compatible = \"simple-bus\"; ranges;"
	"#address-cells = <2>; #size-cells = <2>;"
	"virtio: virtio@a003e00 { compatible = \"virtio,mmio\"; dma-coherent;"
	"reg = <0 0xa003e00 0 0x200>; interrupts = <0 47 1>;"
	"memory-region = <&pool>; };"
	"bao-ipc@f0000000 { compatible = \"bao,ipcshmem\"; id = <0>;"
	"reg = <0 0xf0000000 0 0x10000>; read-channel = <0 0x2000>;"
	"write-channel = <0x2000 0x2000>; label = \"ipc\";"
	"interrupts-extended = <&gic 0 20 1>, <&gic 0 21 1>; };"
	"dispatcher@d2000000 { compatible = \"bao,io-dispatcher\";"
	"reg = <0 0xd2000000 0 0x1000>, <0 0xd3000000 0 0x1000>;"
	"interrupts = <0 8 1>, <0 9 1>; }; }; };"
	"/ { __overrides__ { addr = <&virtio>,\"reg#0\";"
	"pool = <&pool>,\"reg#0\",<&virtio>,\"size:4\";"
	"irq = <&virtio>,\"interrupts:4\"; flag = <&virtio>,\"flag?\"; }; };";

/* Everything that is done with trees, whatever comes of it. */
static void use(const struct blob *base, const struct blob *over)
{
	static const char *const params[] = {
		"addr=0xb000000", "pool=0xd1000000", "irq=/intc@8000000",
		"flag=on",
	};
	struct check *check = calloc(1, sizeof(*check));
	struct findings *findings = calloc(1, sizeof(*findings));
	struct blob base_copy, over_copy, merged;
	size_t i;
	FILE *nowhere = fopen("/dev/null", "w");

	assert_true(check && findings && nowhere);
	if (check_all(check, findings, &merged, base, over, NULL))
		blob_free(&merged);
	tree_free(&check->tree);
	print_source(nowhere, over->fdt);
	fclose(nowhere);
	free(findings);
	free(check);
	if (blob_copy(&base_copy, base, 8192))
		return;
	if (!blob_copy(&over_copy, over, 8192)) {
		for (i = 0; i < sizeof(params) / sizeof(params[0]); i++)
			param_apply(&over_copy, &base_copy, params[i]);
		if (!merge(&merged, &base_copy, &over_copy))
			blob_free(&merged);
		blob_free(&over_copy);
	}
	blob_free(&base_copy);
}

/* A copy that ends where its size says. */
static void parse_and_use(const void *data, size_t size,
			  const struct blob *other, bool is_base)
{
	void *exact = malloc(size ? size : 1);
	struct blob blob;

	assert_non_null(exact);
	memcpy(exact, data, size);
	if (!blob_parse(&blob, "it", exact, size)) {
		if (is_base)
			use(&blob, other);
		else
			use(other, &blob);
		blob_free(&blob);
	}
	free(exact);
}

static uint32_t random_number(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static const uint32_t nasty[] = {
	0, 1, 2, 3, 4, 9, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 0xd00dfeed
};

static void mutate(unsigned char *data, size_t size, uint32_t *seed)
{
	uint32_t times = 1 + random_number(seed) % 4;

	while (times--) {
		size_t at = random_number(seed) % size;

		switch (random_number(seed) % 4) {
		case 0:
			data[at] = (unsigned char)random_number(seed);
			break;
		case 1:
			data[at] ^= (unsigned char)(1 << random_number(seed) % 8);
			break;
		case 2:
			at &= ~(size_t)3;
			if (at + 4 <= size)
				fdt32_st(data + at,
					 nasty[random_number(seed) % 11]);
			break;
		default:
			if (at + 16 <= size)
				memmove(data + at, data + random_number(seed) %
					(size - 16), 16);
		}
	}
}

static void damage(bool is_base, uint32_t seed)
{
	struct blob base, over, *victim = is_base ? &base : &over;
	unsigned char *copy;
	size_t size;
	int i;

	compile(&base, frontend_base, true);
	compile(&over, overlay, true);
	/* without the room behind it, where damage would do nothing */
	assert_int_equal(fdt_pack(victim->fdt), 0);
	size = fdt_totalsize(victim->fdt);
	copy = malloc(size);
	assert_non_null(copy);
	for (i = 0; i < ROUNDS; i++) {
		memcpy(copy, victim->fdt, size);
		mutate(copy, size, &seed);
		parse_and_use(copy, size, is_base ? &over : &base, is_base);
	}
	free(copy);
	blob_free(&base);
	blob_free(&over);
}

static void test_damaged_base(void **state)
{
	(void)state;
	damage(true, 4711);
}

static void test_damaged_overlay(void **state)
{
	(void)state;
	damage(false, 815);
}

static void test_cut_off(void **state)
{
	struct blob base, over, taken;
	size_t size, cut;

	(void)state;
	compile(&base, frontend_base, true);
	compile(&over, overlay, true);
	assert_int_equal(fdt_pack(over.fdt), 0);
	size = fdt_totalsize(over.fdt);
	for (cut = 0; cut < size; cut++)
		assert_int_equal(blob_parse(&taken, "it", over.fdt, cut),
				 BAOCTL_FAILED);
	parse_and_use(over.fdt, size, &base, false);
	blob_free(&base);
	blob_free(&over);
}

/* The root's name of an old tree is a path, for which libfdt has no mercy. */
static void test_old_version(void **state)
{
	struct blob base, over;

	(void)state;
	compile(&base, frontend_base, true);
	compile(&over, overlay, true);
	fdt_set_version(base.fdt, 3);
	fdt_set_last_comp_version(base.fdt, 2);
	parse_and_use(base.fdt, fdt_totalsize(base.fdt), &over, true);
	blob_free(&base);
	blob_free(&over);
}

/* Nodes in nodes: libfdt would call itself for each. */
static void test_too_deep(void **state)
{
	static char source[64 << 10];
	struct blob blob;
	size_t used = 0;
	int depth, fd;
	char name[] = "/tmp/overlay-deep-XXXXXX", command[128];

	(void)state;
	used += (size_t)sprintf(source, "/dts-v1/; / {");
	for (depth = 0; depth < 1000; depth++)
		used += (size_t)sprintf(source + used, "n { ");
	for (depth = 0; depth < 1001; depth++)
		used += (size_t)sprintf(source + used, "}; ");
	fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, source, used), used);
	close(fd);
	snprintf(command, sizeof(command),
		 "dtc -q -q -f -I dts -O dtb -o %s.dtb %s", name, name);
	assert_int_equal(system(command), 0);
	unlink(name);
	strcat(strcpy(command, name), ".dtb");
	assert_int_equal(blob_read(&blob, command), BAOCTL_FAILED);
	unlink(command);
}

static void test_damaged_configuration(void **state)
{
	static const char good[] = "struct config c = { .vmlist = { { "
		".platform = { .ipcs = (struct ipc[]) { { .base = 0xf0000000, "
		".size = 0x10000, .interrupts = (irqid_t[]) {52, 53} } } } } } };";
	static const char letters[] = "{}[]().=,;0x/*\" \n#";
	char copy[sizeof(good)];
	static struct facts facts;
	uint32_t seed = 99;
	int i, j;

	(void)state;
	for (i = 0; i < ROUNDS / 4; i++) {
		memcpy(copy, good, sizeof(good));
		for (j = 0; j < 3; j++)
			copy[random_number(&seed) % (sizeof(good) - 1)] =
				letters[random_number(&seed) %
					(sizeof(letters) - 1)];
		write_file("config.c", copy, random_number(&seed) % 8 ?
			   sizeof(good) - 1 :
			   random_number(&seed) % sizeof(good));
		facts.num = 0;
		facts_read(&facts, file_name("config.c"), NULL);
	}
	remove_files();
}

/*
 * What is refused is refused aloud, thousands of times. To see a sanitizer's
 * report as well: ASAN_OPTIONS=log_path=FILE UBSAN_OPTIONS=log_path=FILE
 */
static int be_quiet(void **state)
{
	int fd = open("/dev/null", O_WRONLY);

	(void)state;
	return fd < 0 || dup2(fd, 2) < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_old_version),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_damaged_base),
		cmocka_unit_test(test_damaged_overlay),
		cmocka_unit_test(test_damaged_configuration),
	};

	return cmocka_run_group_tests(tests, be_quiet, NULL);
}
