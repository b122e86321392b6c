// SPDX-License-Identifier: GPL-2.0-only
/* Each mistake is named, and nothing else is. */
#include "overlay/world.h"

#include <stdlib.h>
#include <string.h>

#define GOOD_IPC	IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ IPC_ID)
#define GOOD_DM		DM("d0000000", DM_REG DM_IRQ "bao,id = <0>;")

/* A frontend: what is in reserved-memory, and what differs in the device. */
#define WITH_POOL(reserved, device)	\
	"/dts-v1/; /plugin/; &{/} { reserved-memory { ranges;" reserved "};" \
	"bao-bus { compatible = \"simple-bus\"; ranges; " CELLS(2) \
	"virtio@a003e00 { compatible = \"virtio,mmio\"; dma-coherent;" \
	device "memory-region = <&pool>; }; }; };"
#define CELLS(n)	"#address-cells = <" #n ">; #size-cells = <" #n ">;"
#define POOL(compatible_, reg_)	\
	"pool: buffer@d0000000 { compatible = \"" compatible_ "\";" \
	"reg = <" reg_ ">; };"
#define GOOD_POOL	CELLS(2) POOL("restricted-dma-pool", \
				      "0 0xd0000000 0 0x1000000")
#define WINDOW		"reg = <0 0xa003e00 0 0x200>;"
#define VIRTIO_IRQ	"interrupts = <0 47 1>;"
#define FRONTEND(compatible_, where)	\
	WITH_POOL(CELLS(2) POOL(compatible_, "0 " where " 0 0x1000000"), \
		  WINDOW VIRTIO_IRQ)

/**
 * struct mistake - what is wrong, and how it is called
 * @base: tree
 * @overlay: overlay
 * @severity: of the finding
 * @rule: of the finding
 * @text: a part of it, that says what to change
 */
struct mistake {
	const char *base;
	const char *overlay;
	enum severity severity;
	const char *rule;
	const char *text;
};

static const struct mistake mistakes[] = {
	/* interrupts */
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				"interrupts = <0 52 1>;")),
	  WARNING, "intid", "if that says 52, write <0 20 1>" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				"interrupts = <0 1000 1>;")),
	  ERROR, "interrupts", "no shared interrupt 1000" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				"interrupts = <1 20 1>;")),
	  ERROR, "interrupts", "is no shared interrupt" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				"interrupts = <0 20 4>;")),
	  WARNING, "trigger", "write 1" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				"interrupts = <52>;")),
	  ERROR, "cells", "#interrupt-cells" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID)),
	  WARNING, "interrupts", "cannot wait" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				"interrupts = <0 20 1>, <0 20 1>;")),
	  ERROR, "interrupts", "entries 0 and 1 are the same" },
	{ arm_base, OVERLAY(DM("d0000000", DM_REG "interrupts = <0 15 1>;"
				"bao,id = <0>;")),
	  ERROR, "interrupts", "is that of /serial@9000000" },
	{ arm_base, OVERLAY(DM("d0000000", DM_REG "interrupts = <0 250 1>;"
				"bao,id = <0>;")),
	  ERROR, "interrupts", "takes up to 255" },
	{ arm_base, OVERLAY(GOOD_IPC DM("d0000000", DM_REG IPC_IRQ)),
	  ERROR, "interrupts", "each needs its own" },
	{ riscv_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				  "interrupts = <52>;")),
	  ERROR, "cells", "set interrupt-parent" },
	{ riscv_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				  "interrupts = <79>;"
				  "interrupt-parent = <9>;")),
	  ERROR, "interrupts", "beyond the controller's riscv,ndev of 60" },
	{ riscv_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID
				  "interrupts = <0>;"
				  "interrupt-parent = <9>;")),
	  ERROR, "interrupts", "no source 0" },
	/* cells */
	{ arm_base, OVERLAY(IPC("f0000000", "reg = <0xf0000000 0x10000>;"
				IPC_CHANNELS IPC_IRQ IPC_ID)),
	  ERROR, "cells", "reg: its length" },
	{ arm_base, "/dts-v1/; /plugin/; &{/} { #address-cells = <1>;"
		    "#size-cells = <2>; };",
	  ERROR, "cells", "/: the overlay changes #address-cells" },
	{ arm_base, "/dts-v1/; /plugin/; &{/} { bus { #address-cells = <2>;"
		    "#size-cells = <2>;" GOOD_IPC "}; };",
	  ERROR, "cells", "empty ranges" },
	/* where it is */
	{ arm_base, OVERLAY(IPC("43ff0000", "reg = <0 0x43ff0000 0 0x20000>;"
				IPC_CHANNELS IPC_IRQ IPC_ID)),
	  ERROR, "memory", "are memory of /memory@40000000" },
	{ arm_base, OVERLAY(IPC("9000000", "reg = <0 0x8fff000 0 0x10000>;"
				IPC_CHANNELS IPC_IRQ IPC_ID)),
	  ERROR, "overlap", "/serial@9000000" },
	{ arm_base, OVERLAY(GOOD_IPC
			    DM("f000f000", "reg = <0 0xf000f000 0 0x10000>;"
			       DM_IRQ)),
	  ERROR, "overlap", "bao-ipc@f0000000" },
	{ arm_base, OVERLAY(IPC("f0000800", "reg = <0 0xf0000800 0 0x10000>;"
				IPC_CHANNELS IPC_IRQ IPC_ID)),
	  ERROR, "pages", "not whole pages" },
	{ arm_base, "/dts-v1/; /plugin/; &{/} { reserved-memory { ranges;"
		    "#address-cells = <2>; #size-cells = <2>;"
		    "fw@f0008000 { no-map; reg = <0 0xf0008000 0 0x1000>; };"
		    "}; bao-bus { compatible = \"simple-bus\"; ranges;"
		    "#address-cells = <2>; #size-cells = <2>;" GOOD_IPC "}; };",
	  ERROR, "reserved-memory", "/reserved-memory/fw@f0008000" },
	/* channels */
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_IRQ IPC_ID
				"read-channel = <0 0x2000>;"
				"write-channel = <0xf000 0x2000>;")),
	  ERROR, "channel", "write-channel: 0x2000 bytes at 0xf000 leave" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_IRQ IPC_ID
				"read-channel = <0xfffff000 0x2000>;"
				"write-channel = <0 0x2000>;")),
	  ERROR, "channel", "read-channel: 0x2000 bytes at 0xfffff000 leave" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_IRQ IPC_ID
				"read-channel = <0 0x3000>;"
				"write-channel = <0x2000 0x2000>;")),
	  ERROR, "channel", "overlaps read-channel" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_IRQ IPC_ID
				"read-channel = <0 0x100>;"
				"write-channel = <0x1000 0x1000>;")),
	  WARNING, "channel", "cannot map it writable" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_IRQ IPC_ID
				"read-channel = <0 0x1000>;")),
	  ERROR, "channel", "write-channel: missing" },
	{ arm_base, OVERLAY(IPC("f0000000", "reg = <0 0xf0000000 0 0x1000>,"
				"<0 0xf0001000 0 0x1000>;" IPC_IRQ IPC_ID)),
	  ERROR, "channel", "reg-names" },
	/* numbers and names */
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ)),
	  ERROR, "id", "id: missing" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ
				"id = <0xffffffff>;")),
	  ERROR, "id", "is no channel's number" },
	{ arm_base, OVERLAY(GOOD_IPC
			    IPC("f1000000", "reg = <0 0xf1000000 0 0x10000>;"
				IPC_CHANNELS "interrupts = <0 21 1>;" IPC_ID)),
	  ERROR, "id", "have the same number, 0" },
	{ arm_base, OVERLAY(DM("d0000000", DM_REG DM_IRQ "bao,id = <16>;")),
	  ERROR, "id", "16 is not below 16" },
	{ arm_base, OVERLAY(DM("d0000000", DM_REG "interrupts = <0 8 1>,"
			       "<0 9 1>;")),
	  ERROR, "interrupts", "2 entries, but reg has 1" },
	{ arm_base, OVERLAY(DM("d0000000", "reg = <0 0xd0000000 0 0x1000000>,"
			       "<0 0xd1000000 0 0x1000000>;"
			       "interrupts = <0 8 1>, <0 9 1>;"
			       "bao,id = <0>;")),
	  ERROR, "reg", "one device model" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ IPC_ID
				"label = <1>;")),
	  ERROR, "label", "not one string" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ IPC_ID
				"label = \"a\";")
			    DM("d0000000", DM_REG DM_IRQ "label = \"a\";")),
	  WARNING, "label", "the same label" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ IPC_ID
				"label = \"a\\x1b[2J\";")),
	  WARNING, "label", "not text that can be printed" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ IPC_ID
				"label = \"a\\xc3\";")),
	  WARNING, "label", "not text that can be printed" },
	/* frontends */
	{ arm_base, FRONTEND("restricted-dma-pool", "0xd0000000"),
	  ERROR, "pool", "not in a memory node" },
	{ frontend_base, FRONTEND("shared-dma-pool", "0xd0000000"),
	  ERROR, "pool", "no restricted-dma-pool" },
	{ frontend_base, FRONTEND("restricted-dma-pool", "0xd0000800"),
	  ERROR, "pages", "not whole pages" },
	{ frontend_base, OVERLAY("virtio@a003e00 { dma-coherent;"
				 "compatible = \"virtio,mmio\";"
				 "reg = <0 0xa003e00 0 0x200>;"
				 "interrupts = <0 47 1>;"
				 "memory-region = <99>; };"),
	  ERROR, "pool", "there is no such node" },
	{ frontend_base, OVERLAY("virtio@a003e00 { dma-coherent;"
				 "compatible = \"virtio,mmio\";"
				 "reg = <0 0xa003e00 0 0x200>;"
				 "interrupts = <0 47 1>; };"),
	  WARNING, "pool", "memory-region: missing" },
	{ frontend_base, WITH_POOL(GOOD_POOL, VIRTIO_IRQ
				   "reg = <0 0xa003e00 0 0x80>;"),
	  ERROR, "reg", "have no room for virtio's registers" },
	{ frontend_base, WITH_POOL(GOOD_POOL, WINDOW
				   "interrupts = <0 47 1>, <0 48 1>;"),
	  ERROR, "interrupts", "one window and one interrupt" },
	{ frontend_base, WITH_POOL(GOOD_POOL
				   "fw@d0800000 { reg = <0 0xd0800000 0 4>; };",
				   WINDOW VIRTIO_IRQ),
	  ERROR, "reserved-memory", "overlap /reserved-memory/fw@d0800000" },
	{ frontend_base, WITH_POOL(CELLS(1) POOL("restricted-dma-pool",
						 "0xd0000000 0x1000000"),
				   WINDOW VIRTIO_IRQ),
	  ERROR, "cells", "/reserved-memory: Linux ignores it" },
	{ frontend_base, "/dts-v1/; /plugin/; &{/} { reserved-memory { ranges;"
	  GOOD_POOL "}; bao-bus { compatible = \"simple-bus\"; ranges;" CELLS(2)
	  "virtio@a003e00 { compatible = \"virtio,mmio\";" WINDOW VIRTIO_IRQ
	  "memory-region = <&pool>; }; }; };",
	  WARNING, "coherent", "dma-coherent: missing" },
	{ frontend_base, WITH_POOL(GOOD_POOL, WINDOW VIRTIO_IRQ
	  "memory-region = <&pool>; };"
	  "virtio@a003c00 { compatible = \"virtio,mmio\"; dma-coherent;"
	  "reg = <0 0xa003c00 0 0x200>; interrupts = <0 46 1>;"),
	  ERROR, "pool", "the same pool; each needs" },
	/* more of a device */
	{ arm_base, OVERLAY(DM("d0000000", "reg = <0 0xd0000000 0 0x2000>,"
			       "<0 0xd0001000 0 0x1000>;"
			       "interrupts = <0 8 1>, <0 10 1>;")),
	  ERROR, "overlap", "entries 0 and 1 overlap" },
	{ arm_base, OVERLAY(DM("fffffffffffff000",
			       "reg = <0xffffffff 0xfffff000 0 0x2000>;"
			       DM_IRQ)),
	  ERROR, "reg", "goes beyond the address space" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ
				"id = <0 1>;")),
	  ERROR, "id", "not one number" },
	{ arm_base, OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ IPC_ID
				"status = \"disabled\";")),
	  ERROR, "devices", "there and enabled" },
	{ "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;"
	  "interrupt-parent = <&gic>; gic: intc { compatible = \"arm,gic-v3\";"
	  "#interrupt-cells = <3>; interrupt-controller; }; };",
	  OVERLAY(IPC("100000000", "reg = <1 0 0 0x10000>;" IPC_CHANNELS
		      IPC_IRQ IPC_ID)),
	  ERROR, "cells", "an address that fits in the root's cells" },
	/* the overlay itself */
	{ "/dts-v1/; / { __symbols__ { other = \"/\"; }; };",
	  "/dts-v1/; /plugin/; &gic { " GOOD_IPC "};",
	  ERROR, "symbols", "label gic, which the base does not have" },
	{ arm_base, "/dts-v1/; / { fragment@0 { __overlay__ { a; }; }; };",
	  ERROR, "target", "neither target nor target-path" },
	{ arm_base, "/dts-v1/; / { fragment@0 { target-path = \"/\"; "
		    "__overlay__ { a = <0>; }; };"
		    "__local_fixups__ { fragment@0 { __overlay__ {"
		    "a = <4>; }; }; }; };",
	  ERROR, "merge", "cannot be merged" },
	{ arm_base, "/dts-v1/; / { " GOOD_IPC "};",
	  ERROR, "overlay", "is /plugin/; missing" },
	{ arm_base, "/dts-v1/; /plugin/; &gic { " GOOD_IPC "};",
	  ERROR, "symbols", "compile that with dtc -@" },
	{ arm_base, "/dts-v1/; /plugin/; &{/soc} { " GOOD_IPC "};",
	  ERROR, "target", "target /soc is not in the base" },
	{ arm_base, OVERLAY("other { };"),
	  ERROR, "devices", "is it the right overlay?" },
	{ "/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;"
	  "interrupt-parent = <&gic>; gic: intc { compatible = \"arm,gic-v3\";"
	  "#interrupt-cells = <3>; interrupt-controller; };"
	  "bao-bus { compatible = \"simple-bus\"; ranges;"
	  "#address-cells = <2>; #size-cells = <2>;" GOOD_IPC "}; };",
	  OVERLAY(GOOD_IPC),
	  WARNING, "exists", "/bao-bus/bao-ipc@f0000000: is in the base" },
	{ OVERLAY(GOOD_IPC), OVERLAY(GOOD_IPC),
	  ERROR, "base", "the base is an overlay itself" },
};

static void show(const struct world *world)
{
	unsigned int i;

	for (i = 0; i < world->findings.num; i++)
		print_message("found %s: %s\n", world->findings.finding[i].rule,
			      world->findings.finding[i].text);
}

/* The finding that there is, unless there are more. A guess does not count. */
static const struct finding *only_finding(const struct world *world,
					  const char *rule)
{
	const struct finding *found = NULL;
	unsigned int i;

	for (i = 0; i < world->findings.num; i++) {
		const struct finding *one = &world->findings.finding[i];

		if (!strcmp(one->rule, "intid") && strcmp(rule, "intid"))
			continue;
		if (found)
			return NULL;
		found = one;
	}
	return found;
}

static bool is_named(const struct mistake *mistake, const struct facts *facts)
{
	struct world *world = look_at(mistake->base, mistake->overlay, facts);
	const struct finding *found = only_finding(world, mistake->rule);
	bool named = found && found->severity == mistake->severity &&
		     !strcmp(found->rule, mistake->rule) &&
		     strstr(found->text, mistake->text);

	if (!named) {
		show(world);
		print_message("wanted alone %s: %s\n", mistake->rule,
			      mistake->text);
	}
	forget(world);
	return named;
}

static void expect(const struct mistake *mistake, const struct facts *facts)
{
	assert_true(is_named(mistake, facts));
}

static void test_mistakes(void **state)
{
	size_t i, missed = 0;

	(void)state;
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		missed += !is_named(&mistakes[i], NULL);
	assert_int_equal(missed, 0);
}

static void expect_nothing(const char *base, const char *overlay, int devices,
			   const struct facts *facts)
{
	struct world *world = look_at(base, overlay, facts);

	show(world);
	assert_int_equal(world->findings.num, 0);
	assert_int_equal(world->check.num, devices);
	forget(world);
}

static void test_no_mistake(void **state)
{
	(void)state;
	expect_nothing(arm_base, OVERLAY(GOOD_IPC GOOD_DM), 2, NULL);
	expect_nothing(arm_base,
		       OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_IRQ
				   IPC_ID "label = \"Gr\\xc3\\xb6\\xc3\\x9fe\";")),
		       1, NULL);
	expect_nothing(arm_base,
		       OVERLAY(IPC("f0000000", IPC_IRQ "bao,id = <0>;"
				   "reg = <0 0xf0000000 0 0x1000>,"
				   "<0 0xf0001000 0 0x1000>;"
				   "reg-names = \"read\", \"write\";")),
		       1, NULL);
	expect_nothing(frontend_base,
		       FRONTEND("restricted-dma-pool", "0xd0000000"), 1, NULL);
	/* up to the last byte, and side by side */
	expect_nothing(arm_base,
		       OVERLAY(IPC("f0000000", IPC_REG IPC_IRQ IPC_ID
				   "read-channel = <0 0x8000>;"
				   "write-channel = <0x8000 0x8000>;")
			       DM("44000000", "reg = <0 0x44000000 0 0x1000>;"
				  DM_IRQ)), 2, NULL);
	/* memory that Linux leaves alone */
	expect_nothing("/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;"
		       "interrupt-parent = <&gic>;"
		       "memory { device_type = \"memory\";"
		       "reg = <0 0xf0000000 0 0x100000>; };"
		       "reserved-memory { ranges; #address-cells = <2>;"
		       "#size-cells = <2>;"
		       "ipc@f0000000 { no-map; reg = <0 0xf0000000 0 0x10000>;"
		       "}; }; gic: intc { compatible = \"arm,gic-v3\";"
		       "#interrupt-cells = <3>; interrupt-controller; }; };",
		       OVERLAY(GOOD_IPC), 1, NULL);
}

/* Reserved alone is not enough: Linux maps it all the same. */
static void test_reserved_memory(void **state)
{
	struct world *world = look_at("/dts-v1/; / {" CELLS(2)
		"interrupt-parent = <&gic>; memory { device_type = \"memory\";"
		"reg = <0 0xf0000000 0 0x100000>; }; reserved-memory { ranges;"
		CELLS(2) "ipc@f0000000 { reg = <0 0xf0000000 0 0x10000>; }; };"
		"gic: intc { compatible = \"arm,gic-v3\";"
		"#interrupt-cells = <3>; interrupt-controller; }; };",
		OVERLAY(GOOD_IPC), NULL);

	(void)state;
	assert_int_equal(world->findings.num, 2);
	assert_string_equal(world->findings.finding[0].rule, "memory");
	assert_non_null(strstr(world->findings.finding[0].text, "no-map"));
	assert_string_equal(world->findings.finding[1].rule,
			    "reserved-memory");
	forget(world);
}

static struct facts facts_of_kind(enum kind kind, const char *settings)
{
	struct facts facts = { 0 };
	char *text = strdup(settings);

	assert_non_null(text);
	assert_int_equal(fact_parse(&facts, kind, text), BAOCTL_OK);
	assert_int_equal(fact_complete(&facts.fact[0]), BAOCTL_OK);
	free(text);
	return facts;
}

static struct facts facts_of(const char *ipc)
{
	return facts_of_kind(KIND_IPC, ipc);
}

#define WITH_IRQ(irq)	OVERLAY(IPC("f0000000", IPC_REG IPC_CHANNELS IPC_ID \
				    "interrupts = <0 " irq " 1>;"))

static void test_against_configuration(void **state)
{
	struct facts facts = facts_of("base=0xf0000000,size=0x10000,irq=52");
	struct mistake intid = { arm_base, WITH_IRQ("52"), ERROR, "intid",
				 "write <0 20 1>" };
	struct mistake other = { arm_base, WITH_IRQ("21"), ERROR, "interrupts",
				 "is 53 as Bao counts, whose configuration has 52" };

	(void)state;
	expect_nothing(arm_base, OVERLAY(GOOD_IPC), 1, &facts);
	expect(&intid, &facts);
	expect(&other, &facts);
	/* once it is known, a high number is no guess */
	facts = facts_of("base=0xf0000000,size=0x10000,irq=84");
	expect_nothing(arm_base, WITH_IRQ("52"), 1, &facts);
}

static void test_other_than_configuration(void **state)
{
	struct mistake size = { arm_base, OVERLAY(GOOD_IPC), ERROR, "reg",
				"configuration has 0x20000" };
	struct mistake id = { arm_base, OVERLAY(GOOD_IPC), ERROR, "id",
			      "configuration is 1" };
	struct mistake events = { arm_base, OVERLAY(GOOD_IPC), ERROR,
				  "interrupts", "entry 1 is missing" };
	struct facts facts;

	(void)state;
	facts = facts_of("base=0xf0000000,size=0x20000,irq=52");
	expect(&size, &facts);
	facts = facts_of("base=0xf0000000,size=0x10000,irq=52,id=1");
	expect(&id, &facts);
	facts = facts_of("base=0xf0000000,size=0x10000,irq=52:53");
	expect(&events, &facts);
}

static void test_pool_of_configuration(void **state)
{
	static const char overlay[] = FRONTEND("restricted-dma-pool",
					       "0xd0000000");
	struct mistake elsewhere = { frontend_base, overlay, ERROR, "pool",
				     "0x1000000 bytes at 0xd0000000 are not in" };
	struct facts facts;

	(void)state;
	facts = facts_of_kind(KIND_FRONTEND,
			      "window=0xa003e00,irq=79,base=0xd0000000,size=0x1000000");
	expect_nothing(frontend_base, overlay, 1, &facts);
	facts = facts_of_kind(KIND_FRONTEND,
			      "window=0xa003e00,irq=79,base=0xc0000000,size=0x20000000");
	expect_nothing(frontend_base, overlay, 1, &facts);
	facts = facts_of_kind(KIND_FRONTEND,
			      "window=0xa003e00,irq=79,base=0xd1000000,size=0x1000000");
	expect(&elsewhere, &facts);
	facts = facts_of_kind(KIND_FRONTEND,
			      "window=0xa003e00,irq=79,base=0xd0000000,size=0x800000");
	expect(&elsewhere, &facts);
}

static void test_missing_of_configuration(void **state)
{
	struct facts facts = facts_of("base=0xf1000000,size=0x10000,irq=52");
	struct world *world = look_at(arm_base, OVERLAY(GOOD_IPC), &facts);

	(void)state;
	assert_int_equal(world->findings.num, 2);
	assert_non_null(strstr(world->findings.finding[0].text,
			       "no ipc at 0xf1000000"));
	assert_non_null(strstr(world->findings.finding[1].text,
			       "has no ipc at 0xf0000000"));
	forget(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_mistake),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_reserved_memory),
		cmocka_unit_test(test_against_configuration),
		cmocka_unit_test(test_other_than_configuration),
		cmocka_unit_test(test_pool_of_configuration),
		cmocka_unit_test(test_missing_of_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
