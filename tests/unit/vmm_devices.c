// SPDX-License-Identifier: GPL-2.0-only
/* The vmm's UART, test port, console and configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "console.h"
#include "port.h"
#include "uart.h"

struct line {
	char text[64];
	size_t used;
	bool irq;
};

static void put(void *ctx, char c)
{
	struct line *line = ctx;

	line->text[line->used++] = c;
}

static void set_irq(void *ctx, bool level)
{
	struct line *line = ctx;

	line->irq = level;
}

static void test_uart_sends(void **state)
{
	struct line line = { .used = 0 };
	const struct uart_host host = { &line, put, set_irq };
	struct uart uart;

	(void)state;
	uart_init(&uart, &host);
	assert_int_equal(uart_read(&uart, 5), 0x60);
	uart_write(&uart, 0, 'a');
	assert_false(line.irq);
	uart_write(&uart, 1, 2);
	assert_true(line.irq);
	assert_int_equal(uart_read(&uart, 2), 0x02);
	assert_false(line.irq);
	assert_int_equal(uart_read(&uart, 2), 0x01);
	uart_write(&uart, 0, 'b');
	assert_true(line.irq);
	/* the divisor hides the data register */
	uart_write(&uart, 3, 0x80);
	uart_write(&uart, 0, 'x');
	uart_write(&uart, 3, 0x03);
	assert_memory_equal(line.text, "ab", 3);
}

static void test_uart_receives(void **state)
{
	struct line line = { .used = 0 };
	const struct uart_host host = { &line, put, set_irq };
	struct uart uart;

	(void)state;
	uart_init(&uart, &host);
	for (unsigned int i = 0; i < UART_FIFO + 5; i++)
		uart_receive(&uart, (char)i);
	assert_int_equal(uart_room(&uart), 0);
	assert_false(line.irq);
	uart_write(&uart, 1, 1);
	assert_int_equal(uart_room(&uart), 0);
	assert_true(line.irq);
	assert_int_equal(uart_read(&uart, 2), 0x04);
	for (unsigned int i = 0; i < UART_FIFO; i++)
		assert_int_equal(uart_read(&uart, 0), (uint8_t)i);
	assert_false(line.irq);
	assert_int_equal(uart_room(&uart), UART_FIFO);
	assert_int_equal(uart_read(&uart, 5), 0x60);
}

static int command(void *ctx, char *line, uint64_t *value)
{
	strcpy(ctx, line);
	*value = UINT64_C(0x1122334455667788);
	return strcmp(line, "bad") ? 0 : -EINVAL;
}

static void say(struct port *port, const char *text)
{
	for (; *text; text++)
		port_write(port, PORT_CHAR, (uint8_t)*text);
}

static void test_port(void **state)
{
	char seen[PORT_LINE] = "", longer[PORT_LINE + 2];
	const struct port_host host = { seen, command };
	struct port port;

	(void)state;
	port_init(&port, 7, &host);
	assert_int_equal(port_read(&port, PORT_GUEST), 7);
	say(&port, "get x\n");
	assert_string_equal(seen, "get x");
	assert_int_equal(port_read(&port, PORT_STATUS), 0);
	assert_int_equal(port_read(&port, PORT_VALUE), 0x1122334455667788);
	assert_int_equal(port_read(&port, PORT_VALUE + 4), 0x11223344);
	say(&port, "bad\n");
	assert_int_equal(port_read(&port, PORT_STATUS), EINVAL);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	say(&port, longer);
	say(&port, "\n");
	assert_int_equal(port_read(&port, PORT_STATUS), E2BIG);
	assert_string_equal(seen, "bad");
	say(&port, "good\n");
	assert_int_equal(port_read(&port, PORT_STATUS), 0);
}

static void keep_line(void *ctx, const char *line)
{
	strcpy(ctx, line);
}

static void test_console(void **state)
{
	char path[] = "vmm-console-XXXXXX", last[CONSOLE_LINE], got[64];
	struct console console = { .line_done = keep_line, .ctx = last };
	int fd = mkstemp(path);
	ssize_t size;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(console_open(&console, "guest", path, ""), 0);
	for (const char *c = "# end 3\r\nmore"; *c; c++)
		console_put(&console, *c);
	assert_string_equal(last, "# end 3");
	console_close(&console);
	size = read(fd, got, sizeof(got));
	unlink(path);
	close(fd);
	assert_int_equal(size, 12);
	assert_memory_equal(got, "# end 3\nmore", 12);
	assert_int_equal(console_open(&console, "guest", "/no/such/file", ""), -1);
}

static int parse(const char *text, struct config *config)
{
	char path[] = "vmm-config-XXXXXX";
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	ret = config_read(config, path);
	unlink(path);
	return ret ? ret : config_check(config);
}

#define GOOD \
	"# two guests\n" \
	"vmm timeout=5 tree=split\n" \
	"shmem 0 size=64K\n" \
	"shmem 1 size=0x2000000\n" \
	"guest a kernel=/k append=\"x=1 y\" cpus=2\n" \
	"guest b kernel=/k ram-shmem=1 base=0x80000000 dtb-in=/t dtb=/u\n" \
	"ipc a shmem=0 base=0xf0000000 size=64K irqs=52,53 read=0,0x2000 write=0x2000,0x2000\n" \
	"remio disk frontend=b backend=a window=0xa003e00 frontend-irq=79 " \
	"backend-irq=40 shmem=1 base=0x80000000 size=32M # end\n"

static void test_config(void **state)
{
	static struct config config;

	(void)state;
	assert_int_equal(parse(GOOD, &config), 0);
	assert_int_equal(config.nr_guests, 2);
	assert_string_equal(config.guest[0].append, "x=1 y");
	assert_int_equal(config.guest[1].mem, 32 << 20);
	assert_string_equal(config.guest[0].dtb_in, "");
	assert_string_equal(config.guest[1].dtb_in, "/t");
	assert_string_equal(config.guest[1].dtb, "/u");
	assert_int_equal(config.ipc[0].irqs.nr, 2);
	assert_int_equal(config.ipc[0].irqs.v[1], 53);
	assert_int_equal(config.remio[0].frontend, 1);
	assert_int_equal(config.remio[0].backend, 0);
	assert_int_equal(config.remio[0].window_size, 0x200);
	assert_int_equal(config.slots, 3);
	assert_true(config_splits_tree(&config));
}

static void test_bad_config(void **state)
{
	static const char *const bad[] = {
		"",
		"guest\n",
		"guest a\n",
		"guest a kernel=/k cpus=0\n",
		"guest a kernel=/k cpus=x\n",
		"guest a kernel=/k cpus=-1\n",
		"guest a kernel=/k base=0x40001000\n",
		"guest a kernel=/k base=0x8000000000\n",
		"guest a kernel=/k\nguest a kernel=/k\n",
		"guest a kernel=/k ram-shmem=4\n",
		"guest a kernel=/k ends=never\n",
		"guest a kernel=/k mem=99999999999999999999\n",
		"guest a kernel=/k mem=17179869184G\n",
		"guest a kernel=/k pin=0,\n",
		"guest a kernel=/k nonsense=1\n",
		"nonsense\n",
		"vmm tree=odd\nguest a kernel=/k\n",
		"shmem 32 size=4K\nguest a kernel=/k\n",
		"shmem 0 size=4K\nshmem 0 size=4K\nguest a kernel=/k\n",
		GOOD "ipc c shmem=0 base=0xf0000000 size=4K read=0,1 write=1,1\n",
		GOOD "ipc b shmem=9 base=0xf0000000 size=4K read=0,1 write=1,1\n",
		GOOD "ipc b shmem=0 base=0xf0000800 size=4K read=0,1 write=1,1\n",
		GOOD "ipc b shmem=0 base=0xf0000000 size=128K read=0,1 write=1,1\n",
		GOOD "ipc b shmem=0 base=0xf0000000 size=4K read=0 write=1,1\n",
		GOOD "ipc b shmem=0 base=0xf0000000 size=4K read=0,1 write=1,1 irqs=31\n",
		GOOD "remio x frontend=b backend=b\n",
		GOOD "remio net frontend=b backend=a window=0xa003c00 frontend-irq=78 "
		"backend-irq=256 shmem=1 base=0x80000000 size=32M\n",
		/* one base twice; then windows that overlap */
		GOOD "remio net frontend=b backend=a window=0xa003c00 frontend-irq=78 "
		"backend-irq=41 shmem=1 base=0x80000000 size=32M\n",
		"vmm relaxed=1\n" GOOD "remio net frontend=b backend=a window=0xa003d00 "
		"frontend-irq=78 backend-irq=41 shmem=1 base=0x80000000 size=32M\n",
	};
	static struct config config;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i], &config), -1);
	assert_int_equal(parse("vmm relaxed=1\n" GOOD
			       "remio net frontend=b backend=a window=0xa003c00 "
			       "frontend-irq=78 backend-irq=41 shmem=1 "
			       "base=0x80000000 size=32M\n", &config), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uart_sends),
		cmocka_unit_test(test_uart_receives),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_bad_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
