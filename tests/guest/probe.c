// SPDX-License-Identifier: GPL-2.0-only
/* What is wrong with a device's description, and who is told. */

#include <errno.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "lib.h"

FIXTURE(probe) {
	int log;
};

FIXTURE_SETUP(probe)
{
	hv_reset();
	self->log = kmsg_open();
}

FIXTURE_TEARDOWN(probe)
{
	close(self->log);
	hv_reset();
}

/*
 * The driver refuses, a line of the log names the device and what is wrong,
 * and nothing is left behind: the same device, but right, works afterwards.
 */
#define EXPECT_REFUSED(dev, what) do {					\
	EXPECT_FALSE(device_create(dev));				\
	EXPECT_TRUE(kmsg_find(self->log, (dev)->dev_name, what))	\
		TH_LOG("no message about %s", what);			\
	EXPECT_EQ(0, device_destroy(dev));				\
	EXPECT_TRUE(nothing_left());					\
} while (0)

static bool nothing_left(void)
{
	struct fakehv_device dev;
	bool ok;

	if (!access(CONTROL_NODE, F_OK) || !access("/dev/baoipc1", F_OK))
		return false;
	ok = dispatcher_create(&dev, 2);
	device_destroy(&dev);
	if (!ok)
		return false;
	ok = channel_create(&dev, 1, 2);
	device_destroy(&dev);
	return ok;
}

static void set_u32(struct fakehv_device *dev, const char *name,
		    unsigned int count, uint32_t a, uint32_t b)
{
	const uint32_t values[] = { a, b, 0 };

	device_u32(dev, name, count, values);
}

/* A channel with the given properties; sizes of 0 leave the property out. */
static void channel_make(struct fakehv_device *dev, uint32_t roff,
			 uint32_t rsize, uint32_t woff, uint32_t wsize)
{
	device_init(dev, CHANNEL);
	device_mem(dev, IPC_START, 0x10000, NULL);
	set_u32(dev, "read-channel", 2, roff, rsize);
	set_u32(dev, "write-channel", 2, woff, wsize);
	set_u32(dev, "id", 1, 1, 0);
}

TEST_F(probe, channel_layouts)
{
	static const struct {
		uint32_t roff, rsize, woff, wsize;
		const char *what;
	} bad[] = {
		{ 0, 0, 0x2000, 0x2000, "read-channel" },
		{ 0, 0x2000, 0x2000, 0, "write-channel" },
		{ 0, 0x2001, 0x2000, 0x2000, "-channel" },
		{ 0x2000, 0x2000, 0x2000, 0x2000, "-channel" },
		{ 0x1000, 0x2000, 0, 0x10000, "-channel" },
		{ 0, 0x10001, 0x2000, 0x2000, "read-channel" },
		{ 0xf000, 0x1001, 0, 0x1000, "read-channel" },
		{ 0, 0x1000, 0x10000, 1, "write-channel" },
		{ 0xfffff000, 0x2000, 0x2000, 0x2000, "read-channel" },
		{ 0, 0x1000, 0xffffffff, 0xffffffff, "write-channel" },
		{ 0, 0x1000, 0xffffffff, 1, "write-channel" },
	};
	struct fakehv_device dev;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		channel_make(&dev, bad[i].roff, bad[i].rsize, bad[i].woff,
			     bad[i].wsize);
		EXPECT_REFUSED(&dev, bad[i].what);
	}
}

TEST_F(probe, channel_layouts_that_just_fit)
{
	static const uint32_t good[][4] = {
		{ 0, 0x8000, 0x8000, 0x8000 },
		{ 0x8000, 0x8000, 0, 0x8000 },
		{ 0, 1, 1, 1 },
		{ 0xffff, 1, 0xfffe, 1 },
	};
	struct fakehv_device dev;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		channel_make(&dev, good[i][0], good[i][1], good[i][2],
			     good[i][3]);
		EXPECT_TRUE(device_create(&dev));
		EXPECT_EQ(0, device_destroy(&dev));
	}
}

TEST_F(probe, channel_property_missing)
{
	static const char *const names[] = {
		"read-channel", "write-channel", "id",
	};
	struct fakehv_device dev;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
		dev.props[i] = dev.props[2];
		dev.num_props = 2;
		EXPECT_REFUSED(&dev, names[i]);
	}
	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	dev.num_res = 0;
	EXPECT_REFUSED(&dev, "reg");
}

TEST_F(probe, channel_property_malformed)
{
	static const char *const names[] = {
		"read-channel", "write-channel", "id",
	};
	struct fakehv_device dev;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		/* Too many, too few cells, bytes, text. */
		channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
		dev.props[i].count++;
		EXPECT_REFUSED(&dev, names[i]);
		if (dev.props[i].count > 2) {
			dev.props[i].count = 1;
			EXPECT_REFUSED(&dev, names[i]);
		}
		channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
		dev.props[i].type = FAKEHV_PROP_U8;
		dev.props[i].count = 3;
		EXPECT_REFUSED(&dev, names[i]);
		channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
		dev.props[i].type = FAKEHV_PROP_UNREADABLE;
		EXPECT_REFUSED(&dev, names[i]);
	}
}

TEST_F(probe, channel_ids)
{
	struct fakehv_device dev, first, second;

	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	dev.props[2].val[0] = 0xffffffff;
	EXPECT_REFUSED(&dev, "id");
	dev.props[2].val[0] = 0x80000000;
	EXPECT_REFUSED(&dev, "id");

	ASSERT_TRUE(channel_create(&first, 1, 2));
	channel_init(&second, 2, 2);
	second.props[2].val[0] = 1;
	EXPECT_FALSE(device_create(&second));
	EXPECT_TRUE(kmsg_find(self->log, second.dev_name, "id"));
	EXPECT_EQ(0, device_destroy(&second));
	EXPECT_EQ(0, access("/dev/baoipc1", F_OK));
	EXPECT_EQ(0, device_destroy(&first));
}

TEST_F(probe, channel_regions)
{
	struct fakehv_device dev, other;
	uint32_t id = 1;

	/* In RAM, empty, also at address 0, wrapping, somebody else's. */
	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	dev.res[0].type = FAKEHV_RES_MEM_ABS;
	dev.res[0].start = hv_window().base - 0x100000;
	EXPECT_REFUSED(&dev, "reg");
	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	dev.res[0].size = 0;
	EXPECT_REFUSED(&dev, "empty");
	dev.res[0].type = FAKEHV_RES_MEM_ABS;
	dev.res[0].start = 0;
	EXPECT_REFUSED(&dev, "empty");
	dev.res[0].start = sizeof(long) == 8 ? ~0ULL - 0xfff : 0xfffff000;
	dev.res[0].size = 0x2000;
	EXPECT_FALSE(device_create(&dev));
	EXPECT_EQ(0, device_destroy(&dev));
	EXPECT_TRUE(nothing_left());

	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	ASSERT_TRUE(device_create(&dev));
	channel_make(&other, 0, 0x1000, 0x1000, 0x1000);
	other.props[2].val[0] = 2;
	EXPECT_FALSE(device_create(&other));
	EXPECT_TRUE(kmsg_find(self->log, other.dev_name, "reg"));
	EXPECT_EQ(0, device_destroy(&other));
	EXPECT_EQ(0, device_destroy(&dev));

	/* Split form: overlap, names missing. */
	device_init(&dev, CHANNEL);
	device_mem(&dev, IPC_START, 0x2000, "read");
	device_mem(&dev, IPC_START + 0x1000, 0x2000, "write");
	device_u32(&dev, "bao,id", 1, &id);
	EXPECT_REFUSED(&dev, "reg");
	device_init(&dev, CHANNEL);
	device_mem(&dev, IPC_START, 0x1000, "read");
	device_mem(&dev, IPC_START + 0x1000, 0x1000, "other");
	device_u32(&dev, "bao,id", 1, &id);
	EXPECT_REFUSED(&dev, "reg");
	device_init(&dev, CHANNEL);
	device_mem(&dev, IPC_START, 0x1000, "other");
	device_mem(&dev, IPC_START + 0x1000, 0x1000, "write");
	device_u32(&dev, "bao,id", 1, &id);
	EXPECT_REFUSED(&dev, "reg-names");
	/* Two regions would do, but which is which? */
	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	device_mem(&dev, IPC_START + 0x10000, 0x10000, NULL);
	EXPECT_REFUSED(&dev, "reg-names");
}

/* A dispatcher with so many regions and interrupts. */
static void dispatcher_init(struct fakehv_device *dev, unsigned int regs,
			    unsigned int irqs)
{
	unsigned int i;

	device_init(dev, DISPATCHER);
	for (i = 0; i < regs; i++)
		device_mem(dev, DM_START(i), DM_SIZE, NULL);
	for (i = 0; i < irqs; i++)
		device_res(dev, FAKEHV_RES_DM_IRQ, i % FAKEHV_MAX_DMS, 0);
}

TEST_F(probe, dispatcher_counts)
{
	struct fakehv_device dev;
	int fd;

	dispatcher_init(&dev, 0, 0);
	EXPECT_REFUSED(&dev, "reg");
	dispatcher_init(&dev, 0, 2);
	EXPECT_REFUSED(&dev, "reg");
	dispatcher_init(&dev, 2, 0);
	EXPECT_REFUSED(&dev, "interrupts");
	dispatcher_init(&dev, 2, 1);
	EXPECT_REFUSED(&dev, "interrupts");
	dispatcher_init(&dev, 1, 2);
	EXPECT_REFUSED(&dev, "interrupts");
	dispatcher_init(&dev, 17, 17);
	EXPECT_REFUSED(&dev, "reg");

	dispatcher_init(&dev, 16, 16);
	EXPECT_TRUE(device_create(&dev));
	fd = dm_open(15);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_F(probe, dispatcher_ids)
{
	struct fakehv_device dev, first, second;
	int fd;

	/* One node each, with its number. */
	dispatcher_init(&first, 1, 1);
	set_u32(&first, "bao,id", 1, 7, 0);
	ASSERT_TRUE(device_create(&first));
	fd = dm_open(7);
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_EQ(-1, dm_open(0));
	EXPECT_EQ(ENOENT, errno);

	/* A second one of that number, while the first goes on. */
	device_init(&second, DISPATCHER);
	device_mem(&second, DM_START(3), DM_SIZE, NULL);
	device_res(&second, FAKEHV_RES_DM_IRQ, 3, 0);
	set_u32(&second, "bao,id", 1, 7, 0);
	EXPECT_FALSE(device_create(&second));
	EXPECT_TRUE(kmsg_find(self->log, second.dev_name, "id"));
	EXPECT_EQ(0, device_destroy(&second));
	fd = dm_open(7);
	EXPECT_LE(0, fd);
	close(fd);
	second.props[0].val[0] = 3;
	EXPECT_TRUE(device_create(&second));
	fd = dm_open(3);
	EXPECT_LE(0, fd);
	close(fd);
	EXPECT_EQ(0, device_destroy(&second));
	EXPECT_EQ(0, device_destroy(&first));

	dispatcher_init(&dev, 1, 1);
	set_u32(&dev, "bao,id", 1, 16, 0);
	EXPECT_REFUSED(&dev, "bao,id");
	dispatcher_init(&dev, 1, 1);
	set_u32(&dev, "bao,id", 2, 1, 2);
	EXPECT_REFUSED(&dev, "bao,id");
	dispatcher_init(&dev, 1, 1);
	set_u32(&dev, "bao,id", 3, 1, 2);
	dev.props[0].type = FAKEHV_PROP_U8;
	EXPECT_REFUSED(&dev, "bao,id");
	dispatcher_init(&dev, 1, 1);
	set_u32(&dev, "bao,id", 1, 1, 0);
	dev.props[0].type = FAKEHV_PROP_UNREADABLE;
	EXPECT_REFUSED(&dev, "bao,id");
	/* With a number it is one device model, however many regions. */
	dispatcher_init(&dev, 2, 2);
	set_u32(&dev, "bao,id", 1, 1, 0);
	EXPECT_REFUSED(&dev, "at most 1 ");
	dispatcher_init(&dev, 17, 17);
	set_u32(&dev, "bao,id", 1, 1, 0);
	EXPECT_REFUSED(&dev, "at most 1 ");
}

TEST_F(probe, dispatcher_regions)
{
	struct fakehv_device dev;

	dispatcher_init(&dev, 2, 2);
	dev.res[1].type = FAKEHV_RES_MEM_ABS;
	dev.res[1].start = hv_window().base - 0x100000;
	EXPECT_REFUSED(&dev, "reg");
	dispatcher_init(&dev, 2, 2);
	dev.res[1].size = 0;
	EXPECT_REFUSED(&dev, "reg");
	/* Two device models must not share memory. */
	dispatcher_init(&dev, 2, 2);
	dev.res[1].start = dev.res[0].start + DM_SIZE / 2;
	EXPECT_REFUSED(&dev, "reg");
	dispatcher_init(&dev, 2, 2);
	dev.res[1].start = dev.res[0].start;
	EXPECT_REFUSED(&dev, "reg");
}

/*
 * Two cells in the wrong order, or a cell that is missing. A page table would
 * drop what is too much, and show other memory. On amd64 the address space may
 * end before, and then there is no device.
 */
static void refuse_address(struct __test_metadata *_metadata,
			   const FIXTURE_DATA(probe) *self, uint64_t start)
{
	struct fakehv_device dev;

	dispatcher_init(&dev, 2, 2);
	dev.res[1].type = FAKEHV_RES_MEM_ABS;
	dev.res[1].start = start;
#ifdef __x86_64__
	(void)self;
	EXPECT_FALSE(device_create(&dev));
	EXPECT_EQ(0, device_destroy(&dev));
#else
	EXPECT_REFUSED(&dev, "cannot be mapped");
	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	dev.res[0].type = FAKEHV_RES_MEM_ABS;
	dev.res[0].start = start;
	EXPECT_REFUSED(&dev, "cannot be mapped");
#endif
}

TEST_F(probe, addresses_that_no_page_has)
{
	if (sizeof(long) < 8)
		SKIP(return, "an address has 32 bits");
	refuse_address(_metadata, self, 0xd000000000000000);
	refuse_address(_metadata, self, hv_window().base + (1ULL << 48));
}

TEST_F(probe, dispatcher_interrupts)
{
	struct fakehv_device dev;

	/* Absent, and the same one for two. */
	dispatcher_init(&dev, 2, 2);
	dev.res[3].type = FAKEHV_RES_IRQ_ABS;
	dev.res[3].start = 99999;
	EXPECT_REFUSED(&dev, "interrupts");
	dispatcher_init(&dev, 2, 2);
	dev.res[3].start = dev.res[2].start;
	EXPECT_REFUSED(&dev, "interrupts");
	dispatcher_init(&dev, 2, 2);
	dev.res[3].type = FAKEHV_RES_IRQ_NONE;
	EXPECT_REFUSED(&dev, "interrupts");
}

TEST_F(probe, unknown_to_the_hypervisor)
{
	struct fakehv_config config = { .num_dms = 1, .num_ipcs = 1,
					.num_slots = 4 };
	struct fakehv_device dev;

	hv_config(config);
	EXPECT_FALSE(dispatcher_create(&dev, 2));
	EXPECT_TRUE(kmsg_find(self->log, dev.dev_name, "device model 1"));
	EXPECT_EQ(0, device_destroy(&dev));
	EXPECT_EQ(-1, access(CONTROL_NODE, F_OK));
	EXPECT_TRUE(dispatcher_create(&dev, 1));
}

TEST_F(probe, not_bao)
{
	static const int results[] = { -1, -2, 0, 1 };
	struct fakehv_config config = { .num_dms = 16, .num_ipcs = 4,
					.num_slots = 4 };
	struct fakehv_counters counters;
	struct fakehv_device dev;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(results); i++) {
		/* 0 would be the default; a lost call looks the same. */
		config.not_bao = results[i];
		hv_config(config);
		if (!results[i])
			hv_fault(FAKEHV_CALL_IPC, 0, 2);
		EXPECT_FALSE(dispatcher_create(&dev, 1));
		EXPECT_TRUE(kmsg_find(self->log, dev.dev_name, "not Bao"));
		EXPECT_EQ(0, device_destroy(&dev));
		EXPECT_FALSE(channel_create(&dev, 1, 1));
		EXPECT_TRUE(kmsg_find(self->log, dev.dev_name, "not Bao"));
		EXPECT_EQ(0, device_destroy(&dev));
	}
	/* Nothing but the one harmless call was made. */
	counters = hv_counters();
	EXPECT_EQ(8, counters.calls[FAKEHV_CALL_IPC]);
	EXPECT_EQ(0, counters.calls[FAKEHV_CALL_ASK]);
	EXPECT_EQ(0, counters.calls[FAKEHV_CALL_NOTIFY]);
	config.not_bao = 0;
	hv_config(config);
	EXPECT_TRUE(nothing_left());
}

TEST_F(probe, labels)
{
	struct fakehv_device dev;
	char text[64];

	dispatcher_init(&dev, 2, 2);
	device_string(&dev, "label", "disks");
	ASSERT_TRUE(device_create(&dev));
	attr_text(&dev, "dm1/label", text, sizeof(text));
	EXPECT_STREQ("disks", text);
	EXPECT_EQ(1, attr_get(&dev, "dm1/id"));
	EXPECT_EQ(DM_SIZE, attr_get(&dev, "dm1/shmem_size"));
	EXPECT_EQ(hv_window().base + DM_START(1),
		  attr_get(&dev, "dm1/shmem_addr"));
	EXPECT_EQ(0, device_destroy(&dev));

	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	device_string(&dev, "label", "neighbour");
	ASSERT_TRUE(device_create(&dev));
	attr_text(&dev, "ipc/label", text, sizeof(text));
	EXPECT_STREQ("neighbour", text);
	EXPECT_EQ(0, device_destroy(&dev));
}

TEST_F(probe, labels_that_are_no_text)
{
	struct fakehv_device dev;

	dispatcher_init(&dev, 1, 1);
	device_string(&dev, "label", "disks");
	dev.props[0].type = FAKEHV_PROP_UNREADABLE;
	dev.props[0].count = 2;
	EXPECT_REFUSED(&dev, "label");
	channel_make(&dev, 0, 0x1000, 0x1000, 0x1000);
	device_string(&dev, "label", "to Zephyr");
	dev.props[3].type = FAKEHV_PROP_UNREADABLE;
	dev.props[3].count = 2;
	EXPECT_REFUSED(&dev, "label");
	dev.props[3].type = FAKEHV_PROP_STRING;
	EXPECT_TRUE(device_create(&dev));
}

TEST_F_TIMEOUT(probe, again_and_again, 300)
{
	struct fakehv_device disp, channel;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		ASSERT_TRUE(dispatcher_create(&disp, 16));
		ASSERT_TRUE(channel_create(&channel, 1, 32));
		ASSERT_EQ(0, device_destroy(&channel));
		ASSERT_EQ(0, device_destroy(&disp));
	}
}

TEST_HARNESS_MAIN
