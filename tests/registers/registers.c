// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes bao.ko call the hypervisor, tells the vmm what to answer, and looks at
 * the registers on both sides. Every register that a call may change comes back
 * with something else in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/bao.h>

#include "kselftest_harness.h"

#include "abi.h"
#include "client.h"

/* As in config. */
#define CHANNEL		5
#define DM		3
#define DM_INTID	43

#define DRIVERS		"/sys/bus/platform/drivers/"
#define IPC_DRIVER	DRIVERS "bao-ipcshmem"
#define DM_DRIVER	DRIVERS "bao-io-dispatcher"

#define DEADLINE_MS	5000
#define LONG_BITS	(8 * sizeof(long))

/* High bits set in every half, and no byte twice. */
#define ADDR	((unsigned long)0xfedcba98f1e2d3c4ULL)
#define VALUE	((unsigned long)0x9a8b7c6d8e5f4031ULL)
#define ID	0x8badc0deUL

struct reg {
	unsigned int number;
	unsigned long value;
};

__attribute__((format(printf, 2, 3)))
static void tell(uint64_t *value, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (client_command(line, value)) {
		printf("# vmm: %s: %s\n", line, strerror(errno));
		exit(KSFT_FAIL);
	}
}

static unsigned long calls(const char *kind)
{
	uint64_t value;

	tell(&value, "script calls %s", kind);
	return (unsigned long)value;
}

static void sleep_ms(long ms)
{
	struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

static bool calls_reach(const char *kind, unsigned long number)
{
	for (int ms = 0; ms < DEADLINE_MS; ms += 10) {
		if (calls(kind) >= number)
			return true;
		sleep_ms(10);
	}
	printf("# only %lu calls '%s'\n", calls(kind), kind);
	return false;
}

/* What the next call of this kind gets; @out: six outputs, or NULL. */
static void reply(const char *kind, long result, const unsigned long *out)
{
	static const unsigned long none[6];
	const unsigned long *o = out ? out : none;

	if (!out)
		tell(NULL, "script reply %s %#lx", kind, result);
	else
		tell(NULL, "script reply %s %#lx 0 %#lx %#lx %#lx %#lx %#lx %#lx",
		     kind, result, o[0], o[1], o[2], o[3], o[4], o[5]);
}

static bool reg_is(const char *kind, struct reg reg)
{
	uint64_t value;

	tell(&value, "script reg %s %u", kind, reg.number);
	if (value == reg.value)
		return true;
	printf("# %s: register %u is %#" PRIx64 ", not %#lx\n", kind,
	       reg.number, value, reg.value);
	return false;
}

/* Whether the last call of a kind was this, as far as @used says. */
static bool called(const char *kind, unsigned long id, const char *used,
		   const unsigned long *arg)
{
	struct reg function[] = ABI_FUNCTION(id);
	bool fine = true;

	for (size_t i = 0; i < sizeof(function) / sizeof(*function); i++)
		fine &= reg_is(kind, function[i]);
	for (unsigned int i = 0; used[i]; i++) {
		struct reg reg = { ABI_FIRST_ARG + i, arg[i] };

		if (used[i] == 'x')
			fine &= reg_is(kind, reg);
	}
	return fine;
}

static bool called_remio(const char *kind, unsigned long op, const char *used,
			 unsigned long value, unsigned long id)
{
	const unsigned long arg[] = { DM, 0, op, value, id };

	return called(kind, CALL_REMIO, used, arg);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

/* The first path that matches, or "". */
static void find(const char *pattern, char *path, size_t size)
{
	glob_t found;

	*path = '\0';
	if (!glob(pattern, 0, NULL, &found))
		snprintf(path, size, "%s", found.gl_pathv[0]);
	globfree(&found);
}

static long attr(const char *name)
{
	char pattern[128], path[256], text[32] = "";
	int fd;

	snprintf(pattern, sizeof(pattern), DM_DRIVER "/*/dm%d/%s", DM, name);
	find(pattern, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0) {
		printf("# no attribute %s\n", name);
		exit(KSFT_FAIL);
	}
	close(fd);
	return atol(text);
}

static int open_dm(void)
{
	struct bao_dm_info info = { .id = DM };
	int control = open("/dev/bao-io-dispatcher", O_RDWR | O_CLOEXEC);
	int ret = ioctl(control, BAO_DM_GET_INFO, &info);

	close(control);
	return ret < 0 ? -1 : info.fd;
}

static bool ready(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, ms) == 1;
}

/* A frontend's access, from the interrupt to user space. */
static bool fetch(int fd, const unsigned long *out, struct bao_request *req)
{
	reply("ask", 0, out);
	tell(NULL, "irq %d", DM_INTID);
	return ready(fd, DEADLINE_MS) && !ioctl(fd, BAO_DM_ATTACH, req);
}

static int notify(int fd, unsigned int event)
{
	struct bao_ipc_notify notify = { .event = event };

	return ioctl(fd, BAO_IPC_NOTIFY, &notify) ? -errno : 0;
}

/* The width of an access, as far as a register holds it. */
static unsigned long mask(unsigned long width)
{
	return width >= sizeof(long) ? ~0UL : (1UL << 8 * width) - 1;
}

/* Once, before the harness makes a process for each test. */
__attribute__((constructor))
static void open_port(void)
{
	if (client_open()) {
		perror("# /dev/mem");
		exit(KSFT_FAIL);
	}
}

TEST(confirm)
{
	const unsigned long arg[] = { ~0UL, 0 };

	ASSERT_GE(calls("confirm"), 2);
	EXPECT_TRUE(called("confirm", CALL_IPC, "xx", arg));
}

TEST(check)
{
	/* one for each device model; the last was of the last */
	ASSERT_EQ(calls("check"), DM + 1);
	EXPECT_TRUE(called_remio("check", OP_ASK, "x.xx", 0, 0));
}

FIXTURE(ipc)
{
	int fd;
};

FIXTURE_SETUP(ipc)
{
	self->fd = open("/dev/baoipc5", O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(ipc)
{
	close(self->fd);
}

TEST_F(ipc, notify)
{
	static const unsigned int events[] = { 0, 1, 18, BAO_IPC_MAX_EVENTS - 1 };

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		const unsigned long arg[] = { CHANNEL, events[i] };
		unsigned long before = calls("ipc");

		ASSERT_EQ(notify(self->fd, events[i]), 0);
		ASSERT_EQ(calls("ipc"), before + 1);
		ASSERT_TRUE(called("ipc", CALL_IPC, "xx", arg));
	}
}

TEST_F(ipc, results)
{
	static const long refusals[] = {
		-1, -2, -3, 1, (long)TOP_BIT,
#if __SIZEOF_LONG__ == 8
		/* the lower half alone would be success */
		0x100000000L, (long)0xffffffff00000000UL,
#endif
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		reply("ipc", refusals[i], NULL);
		EXPECT_EQ(notify(self->fd, 1), -EIO);
		EXPECT_EQ(notify(self->fd, 1), 0);
	}
}

#if defined(__riscv)
TEST_F(ipc, sbi_error)
{
	tell(NULL, "script reply ipc 0 %#lx", -2L);
	EXPECT_EQ(notify(self->fd, 1), -EIO);
	EXPECT_EQ(notify(self->fd, 1), 0);
}
#endif

FIXTURE(dm)
{
	int fd;
};

FIXTURE_SETUP(dm)
{
	self->fd = open_dm();
	ASSERT_GE(self->fd, 0);
	/* serving begins */
	ASSERT_FALSE(ready(self->fd, 0));
}

FIXTURE_TEARDOWN(dm)
{
	close(self->fd);
}

TEST_F(dm, ask)
{
	struct bao_request req;
	const unsigned long out[] = {
		ADDR, OP_WRITE, VALUE, sizeof(long), ID, ~0UL,
	};

	ASSERT_TRUE(fetch(self->fd, out, &req));
	EXPECT_EQ(req.dm_id, DM);
	EXPECT_EQ(req.addr, ADDR);
	EXPECT_EQ(req.op, BAO_REQUEST_WRITE);
	EXPECT_EQ(req.value, VALUE);
	EXPECT_EQ(req.access_width, sizeof(long));
	EXPECT_TRUE(called_remio("ask", OP_ASK, "xxxx", 0, 0));
	EXPECT_EQ(ioctl(self->fd, BAO_DM_COMPLETE, &req), 0);
	EXPECT_TRUE(called_remio("write", OP_WRITE, "x.x.x", 0, ID));
}

TEST_F(dm, writes)
{
	for (unsigned long width = 1; width <= sizeof(long); width *= 2) {
		const unsigned long out[] = {
			ADDR + width, OP_WRITE, VALUE, width, ID + width, 0,
		};
		unsigned long before = calls("write");
		struct bao_request req;

		ASSERT_TRUE(fetch(self->fd, out, &req));
		EXPECT_EQ(req.addr, out[0]);
		EXPECT_EQ(req.op, BAO_REQUEST_WRITE);
		EXPECT_EQ(req.value, VALUE & mask(width));
		EXPECT_EQ(req.access_width, width);
		req.value = ~0ULL;
		ASSERT_EQ(ioctl(self->fd, BAO_DM_COMPLETE, &req), 0);
		ASSERT_EQ(calls("write"), before + 1);
		EXPECT_TRUE(called_remio("write", OP_WRITE, "x.x.x", 0,
					 out[4]));
	}
}

/* The answer, in the form that the frontend's load leaves in a register. */
static unsigned long answer(unsigned long value, unsigned long width)
{
	return width == 4 ? ABI_WORD(value) : value & mask(width);
}

TEST_F(dm, reads)
{
	/* the sign of 32 bits both ways */
	static const unsigned long values[] = { VALUE, VALUE ^ 0x80000000UL };

	for (unsigned long i = 0; i < 8; i++) {
		unsigned long width = 1UL << i / 2, value = values[i % 2];
		const unsigned long out[] = {
			ADDR + i, OP_READ, 0, width, ID + i, i % 2,
		};
		unsigned long before = calls("read");
		struct bao_request req;

		if (width > sizeof(long))
			break;
		ASSERT_TRUE(fetch(self->fd, out, &req));
		EXPECT_EQ(req.addr, out[0]);
		EXPECT_EQ(req.op, BAO_REQUEST_READ);
		EXPECT_EQ(req.value, 0);
		EXPECT_EQ(req.access_width, width);
		req.value = value;
		ASSERT_EQ(ioctl(self->fd, BAO_DM_COMPLETE, &req), 0);
		ASSERT_EQ(calls("read"), before + 1);
		EXPECT_TRUE(called_remio("read", OP_READ, "x.xxx",
					 answer(value, width), out[4]));
	}
}

/* Each output by itself: what is not in reach of user space is seen elsewhere. */
TEST_F(dm, impossible)
{
	const unsigned long out[][6] = {
		{ ADDR, OP_READ | TOP_BIT, VALUE, 4, ID, 0 },
		{ ADDR, OP_READ, VALUE, 4 | TOP_BIT, ID + 1, 0 },
		{ ADDR, OP_ASK, VALUE, 4, ID + 2, 0 },
		{ ADDR, OP_READ, VALUE, 3, ID + 3, 0 },
	};

	for (size_t i = 0; i < sizeof(out) / sizeof(*out); i++) {
		unsigned long before = calls("write");
		long invalid = attr("invalid_requests");

		reply("ask", 0, out[i]);
		tell(NULL, "irq %d", DM_INTID);
		ASSERT_TRUE(calls_reach("write", before + 1));
		EXPECT_TRUE(called_remio("write", OP_WRITE, "x.x.x", 0,
					 out[i][4]));
		EXPECT_EQ(attr("invalid_requests"), invalid + 1);
		EXPECT_FALSE(ready(self->fd, 0));
	}
}

TEST_F(dm, ask_results)
{
	static const struct {
		long result;
		bool refused;
	} cases[] = {
		{ 1, false }, { -1, true }, { -2, true }, { -3, true },
		{ (long)TOP_BIT, true },
#if __SIZEOF_LONG__ == 8
		{ 0x100000000L, true }, { 0x100000001L, true },
#endif
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned long before = calls("ask");
		long refused = attr("refused_calls");

		reply("ask", cases[i].result, NULL);
		tell(NULL, "irq %d", DM_INTID);
		ASSERT_TRUE(calls_reach("ask", before + 1));
		EXPECT_EQ(attr("refused_calls"), refused + cases[i].refused);
		EXPECT_FALSE(ready(self->fd, 0));
	}
}

TEST_F(dm, complete_results)
{
	static const struct {
		long result;
		long refused;
	} cases[] = {
		/* -1 says that the request is answered already */
		{ -1, 0 }, { -2, 1 }, { -3, 1 }, { 1, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const unsigned long out[] = {
			ADDR, OP_WRITE, VALUE, 4, ID + i, 0,
		};
		unsigned long before = calls("write");
		long refused = attr("refused_calls");
		struct bao_request req;

		ASSERT_TRUE(fetch(self->fd, out, &req));
		reply("write", cases[i].result, NULL);
		EXPECT_EQ(ioctl(self->fd, BAO_DM_COMPLETE, &req), 0);
		EXPECT_EQ(attr("refused_calls"), refused + cases[i].refused);
		/* and is made again when it was refused */
		ASSERT_TRUE(calls_reach("write",
					before + 1 + (unsigned long)cases[i].refused));
		EXPECT_TRUE(called_remio("write", OP_WRITE, "x.x.x", 0,
					 ID + i));
	}
}

TEST_F(dm, notify)
{
	struct bao_irqfd irqfd = { .fd = eventfd(0, EFD_CLOEXEC) };
	unsigned long before = calls("notify");

	ASSERT_GE(irqfd.fd, 0);
	ASSERT_EQ(ioctl(self->fd, BAO_DM_IRQFD, &irqfd), 0);
	ASSERT_EQ(eventfd_write(irqfd.fd, 1), 0);
	ASSERT_TRUE(calls_reach("notify", before + 1));
	EXPECT_TRUE(called_remio("notify", OP_NOTIFY, "x.x", 0, 0));
	/* a refusal is tried again, success is not */
	reply("notify", -1, NULL);
	ASSERT_EQ(eventfd_write(irqfd.fd, 1), 0);
	ASSERT_TRUE(calls_reach("notify", before + 3));
	sleep_ms(100);
	EXPECT_EQ(calls("notify"), before + 3);
	close(irqfd.fd);
}

/* Whatever the compiler keeps in registers around a call has to survive it. */
TEST_F(dm, many)
{
	for (unsigned long i = 0; i < 100; i++) {
		const unsigned long out[] = {
			ADDR ^ i << (LONG_BITS - 8), i % 2, VALUE * i, 4,
			ID ^ i << 16, i,
		};
		unsigned long value = VALUE + i;
		struct bao_request req;
		bool fine;

		ASSERT_TRUE(fetch(self->fd, out, &req));
		ASSERT_EQ(req.addr, out[0]);
		ASSERT_EQ(req.op, out[1]);
		if (out[1] == OP_WRITE)
			ASSERT_EQ(req.value, out[2] & mask(4));
		req.value = value;
		ASSERT_EQ(ioctl(self->fd, BAO_DM_COMPLETE, &req), 0);
		fine = out[1] == OP_READ ?
		       called_remio("read", OP_READ, "x.xxx", ABI_WORD(value),
				    out[4]) :
		       called_remio("write", OP_WRITE, "x.x.x", 0, out[4]);
		ASSERT_TRUE(fine);
	}
}

/* A device that is bound to a driver, and bound again with each answer. */
struct binding {
	const char *driver;
	char path[256];
	const char *name;
};

static bool binding_find(struct binding *binding, const char *driver,
			 const char *group)
{
	char pattern[128];

	snprintf(pattern, sizeof(pattern), "%s/*/%s", driver, group);
	find(pattern, binding->path, sizeof(binding->path));
	if (!*binding->path)
		return false;
	*strrchr(binding->path, '/') = '\0';
	binding->driver = driver;
	binding->name = strrchr(binding->path, '/') + 1;
	return true;
}

/* Whether the device is bound after having been bound anew. */
static bool rebound(const struct binding *binding)
{
	char path[128];

	if (!access(binding->path, F_OK)) {
		snprintf(path, sizeof(path), "%s/unbind", binding->driver);
		write_file(path, binding->name);
	}
	snprintf(path, sizeof(path), "%s/bind", binding->driver);
	write_file(path, binding->name);
	return !access(binding->path, F_OK);
}

TEST(confirm_results)
{
	static const long refusals[] = {
		0, 1, -1, -2, 3,
#if __SIZEOF_LONG__ == 8
		/* not -3, but its lower half */
		0xfffffffdL,
#endif
	};
	struct binding channel;

	ASSERT_TRUE(binding_find(&channel, IPC_DRIVER, "ipc"));
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		reply("confirm", refusals[i], NULL);
		EXPECT_FALSE(rebound(&channel));
	}
#if defined(__riscv)
	/* an error of SBI's is one, whatever the value is */
	tell(NULL, "script reply confirm -3 -2");
	EXPECT_FALSE(rebound(&channel));
#endif
	EXPECT_TRUE(rebound(&channel));
}

TEST(check_results)
{
	static const long refusals[] = { 0, -1, -2, -3 };
	struct binding dispatcher;

	ASSERT_TRUE(binding_find(&dispatcher, DM_DRIVER, "dm3"));
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		reply("check", refusals[i], NULL);
		EXPECT_FALSE(rebound(&dispatcher));
	}
	EXPECT_TRUE(rebound(&dispatcher));
}

TEST(nothing_else)
{
	EXPECT_EQ(calls("other"), 0);
}

TEST_HARNESS_MAIN
