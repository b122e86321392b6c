// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channels: what the commands do to a node, and what they say when it is not
 * there or refuses.
 */
#include "baoctl/world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "message.h"

static void setup(void)
{
	put_module();
	put_channel(0);
}

static void assert_rung(const char *event)
{
	char text[16];

	get("/rung", text, sizeof(text));
	assert_string_equal(text, event);
}

static const char * const on_channel[] = {
	"read", "write", "wait", "notify", "bench"
};

static void call_each(const char *channel, bool nobody, const char *says)
{
	size_t i;

	for (i = 0; i < sizeof(on_channel) / sizeof(on_channel[0]); i++) {
		const char *args[] = { "ipc", on_channel[i], channel, NULL };

		baoctl_with("text", nobody, args);
		assert_complaint(1, says);
		assert_string_equal(result.out, "");
	}
}

static void test_no_channel(void **state)
{
	(void)state;
	setup();
	call_each("5", false, "/dev/baoipc5: there is no such channel");
	call_each("lamps", false, "no channel with the label 'lamps'");
	call_each("/nowhere/baoipc0", false, "there is no such channel");
	put_of_channel("label", "");
	call_each("", false, "no channel with the label ''");
}

/* What a label says is not obeyed. */
static void test_label(void **state)
{
	struct json_object *channels;

	(void)state;
	setup();
	put_of_channel("label", "\033[2Ja\nproblem: b\377 \303\266");
	baoctl("ipc", "list", NULL);
	assert_fine();
	assert_in(result.out, "  ?[2Ja?problem: b? \303\266\n");
	baoctl("ipc", "list", "--json", NULL);
	channels = json_tokener_parse(result.out);
	assert_non_null(channels);
	json_object_put(channels);
	assert_in(result.out, "\"?[2Ja?problem: b? \303\266\"");
}

static void test_permission(void **state)
{
	(void)state;
	setup();
	deny("/dev/baoipc0");
	call_each("0", true, "/dev/baoipc0: permission denied; be root, or in");
}

static void test_other_driver(void **state)
{
	(void)state;
	setup();
	channel_model.absent = true;
	call_each("0", false, "/dev/baoipc0: not a channel of Bao");
}

static void test_open_fails(void **state)
{
	char path[400];

	(void)state;
	setup();
	call_each("/tmp", false, "/tmp: Is a directory");
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	path[0] = '/';
	call_each(path, false, "File name too long");
	channel_model.info_errno = ENODEV;
	call_each("0", false, "/dev/baoipc0: No such device");
}

static void test_read(void **state)
{
	char text[65];

	(void)state;
	setup();
	memset(text, 'a', 64);
	memcpy(text, "hello", 5);
	put_bytes("/dev/baoipc0", text, 64);
	text[64] = '\0';
	baoctl("ipc", "read", "0", NULL);
	assert_fine();
	assert_string_equal(result.out, text);
	baoctl("ipc", "read", "-o", "1", "--length", "0x4", "sensors", NULL);
	assert_fine();
	assert_string_equal(result.out, "ello");
	baoctl("ipc", "read", "-l", "0", "0", NULL);
	assert_fine();
	assert_string_equal(result.out, "");
	baoctl("ipc", "read", "-l", "65", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: the read channel ends after 64 bytes");
	baoctl("ipc", "read", "-o", "60", "-l", "5", "0", NULL);
	assert_complaint(1, "the read channel ends after 64 bytes");
	baoctl("ipc", "read", "-o", "65", "0", NULL);
	assert_complaint(1, "the read channel ends after 64 bytes");
	assert_string_equal(result.out, "");
}

static void test_read_hex(void **state)
{
	char text[64] = "hello";

	(void)state;
	setup();
	put_bytes("/dev/baoipc0", text, 64);
	baoctl("ipc", "read", "-x", "0", NULL);
	assert_fine();
	assert_string_equal(result.out,
		"00000000  68 65 6c 6c 6f 00 00 00 00 00 00 00 00 00 00 00"
		"  |hello...........|\n"
		"00000010  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
		"  |................|\n"
		"*\n"
		"00000030  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
		"  |................|\n");
	baoctl("ipc", "read", "-x", "-o", "2", "-l", "2", "0", NULL);
	assert_fine();
	assert_in(result.out, "00000002  6c 6c     ");
	assert_in(result.out, "|ll|\n");
}

/* The node ends before it said it would. */
static void test_read_short(void **state)
{
	(void)state;
	setup();
	put_bytes("/dev/baoipc0", "1234", 4);
	baoctl("ipc", "read", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: it ends after 4 bytes");
	assert_string_equal(result.out, "");
}

static void test_read_wait(void **state)
{
	(void)state;
	setup();
	put_bytes("/dev/baoipc0", "1234", 4);
	baoctl("ipc", "read", "-w", "-t", "0.05", "-l", "4", "0", NULL);
	assert_complaint(1, "nothing came within 0.050 s");
	assert_string_equal(result.out, "");
	channel_model.echo = true;
	baoctl("ipc", "read", "-w", "-l", "4", "0", NULL);
	assert_fine();
	assert_string_equal(result.out, "1234");
}

static void test_write(void **state)
{
	static const char * const from_input[] = {
		"ipc", "write", "-o", "2", "0", NULL
	};
	char text[128];

	(void)state;
	setup();
	baoctl("ipc", "write", "0", "hello", NULL);
	assert_fine();
	get("/dev/baoipc0", text, sizeof(text));
	assert_string_equal(text, "hello");
	baoctl_with("y!", false, from_input);
	assert_fine();
	get("/dev/baoipc0", text, sizeof(text));
	assert_string_equal(text, "hey!o");
	baoctl_with("", false, from_input);
	assert_complaint(1, "there is nothing to write");
}

/* All or nothing. */
static void test_write_too_much(void **state)
{
	static const char * const from_input[] = { "ipc", "write", "0", NULL };
	char text[128], big[66];

	(void)state;
	setup();
	memset(big, 'x', 65);
	big[65] = '\0';
	baoctl("ipc", "write", "0", big, NULL);
	assert_complaint(1, "nothing was written");
	baoctl_with(big, false, from_input);
	assert_complaint(1, "the write channel has 64 bytes of 64 from there");
	baoctl("ipc", "write", "-o", "64", "0", "x", NULL);
	assert_complaint(1, "the write channel has 0 bytes of 64 from there");
	get("/dev/baoipc0", text, sizeof(text));
	assert_string_equal(text, "");
	baoctl("ipc", "write", "0", big + 1, NULL);
	assert_fine();
	get("/dev/baoipc0", text, sizeof(text));
	assert_string_equal(text, big + 1);
}

static void test_write_fails(void **state)
{
	(void)state;
	setup();
	channel_model.write_max = 3;
	baoctl("ipc", "write", "0", "hello", NULL);
	assert_complaint(1, "/dev/baoipc0: only 3 of 5 bytes were written");
	channel_model.write_errno = ENODEV;
	baoctl("ipc", "write", "0", "hello", NULL);
	assert_complaint(1, "/dev/baoipc0: No such device");
	baoctl("ipc", "bench", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: sending: No such device");
	channel_model.write_errno = EIO;
	baoctl("ipc", "write", "0", "hello", NULL);
	assert_complaint(1, "the hypervisor refused to ring: its configuration "
			 "of this guest has no ipcs[0]");
}

static void test_notify(void **state)
{
	(void)state;
	setup();
	baoctl("ipc", "notify", "0", NULL);
	assert_fine();
	assert_rung("0\n");
	baoctl("ipc", "notify", "--event", "31", "0", NULL);
	assert_fine();
	assert_rung("31\n");
	channel_model.ring_errno = EIO;
	channel_model.info.id = 3;
	baoctl("ipc", "notify", "0", NULL);
	assert_complaint(1, "the hypervisor refused: its configuration of this "
			 "guest has no ipcs[3]");
	channel_model.ring_errno = ENODEV;
	baoctl("ipc", "notify", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: No such device");
}

static void test_wait(void **state)
{
	(void)state;
	setup();
	channel_model.info.num_events = 3;
	channel_model.num_events = 2;
	channel_model.events[0].num_events = 3;
	channel_model.events[0].count[1] = 5;
	channel_model.events[1] = channel_model.events[0];
	channel_model.events[1].count[2] = 1;
	baoctl("ipc", "wait", "0", NULL);
	assert_fine();
	assert_string_equal(result.out, "event 1: 5\n");
	/* Each call is a process of its own, and the model is as before. */
	baoctl("ipc", "wait", "--event", "2", "-t", "5", "0", NULL);
	assert_fine();
	assert_string_equal(result.out, "event 1: 5\nevent 2: 1\n");
	baoctl("ipc", "wait", "--event", "0", "--timeout", "0.02", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: nothing came within 0.020 s");
}

/* Other events that come all the time do not keep it from giving up. */
static void test_wait_ends(void **state)
{
	(void)state;
	setup();
	channel_model.info.num_events = 2;
	channel_model.echo = true;
	baoctl("ipc", "wait", "-e", "1", "-t", "0.05", "0", NULL);
	assert_complaint(1, "nothing came within 0.050 s");
}

static void test_wait_json(void **state)
{
	struct json_object *array, *o;

	(void)state;
	setup();
	channel_model.info.num_events = 2;
	channel_model.num_events = 1;
	channel_model.events[0].num_events = 2;
	channel_model.events[0].count[1] = 5;
	baoctl("ipc", "wait", "--json", "0", NULL);
	assert_fine();
	array = json_tokener_parse(result.out);
	assert_int_equal(json_object_array_length(array), 1);
	o = json_object_array_get_idx(array, 0);
	assert_int_equal(json_object_get_int(
			 json_object_object_get(o, "event")), 1);
	assert_int_equal(json_object_get_int(
			 json_object_object_get(o, "count")), 5);
	json_object_put(array);
}

static void test_wait_impossible(void **state)
{
	(void)state;
	setup();
	channel_model.info.num_events = 2;
	baoctl("ipc", "wait", "-e", "2", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: there is no event 2, only 0 to 1");
	channel_model.fetch_errno = ENODEV;
	baoctl("ipc", "wait", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: No such device");
	channel_model.info.num_events = 0;
	baoctl("ipc", "wait", "0", NULL);
	assert_complaint(1, "it has no interrupts here");
	baoctl("ipc", "read", "--wait", "0", NULL);
	assert_complaint(1, "it has no interrupts here");
}

/* Everything that is written can be read there at once. */
static void test_bench(void **state)
{
	(void)state;
	setup();
	channel_model.echo = true;
	baoctl("ipc", "bench", "-n", "20", "0", NULL);
	assert_fine();
	assert_in(result.out, "20 messages there and back: fastest ");
	baoctl("ipc", "bench", "-n", "3", "-e", "4", "0", NULL);
	assert_fine();
	assert_rung("4\n");
	channel_model.echo = false;
	channel_model.info.num_events = 0;
	baoctl("ipc", "bench", "-n", "3", "0", NULL);
	assert_fine();
}

static void test_bench_json(void **state)
{
	static const char * const keys[] = {
		"min_us", "median_us", "p99_us", "max_us"
	};
	struct json_object *o;
	int64_t last = 0;
	size_t i;

	(void)state;
	setup();
	channel_model.echo = true;
	baoctl("ipc", "bench", "--json", "-n", "20", "0", NULL);
	assert_fine();
	o = json_tokener_parse(result.out);
	assert_int_equal(json_object_get_int(
			 json_object_object_get(o, "count")), 20);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		int64_t us = json_object_get_int64(
			json_object_object_get(o, keys[i]));

		assert_true(us >= last);
		last = us;
	}
	json_object_put(o);
}

/* The peer's side: what comes goes back; what was there before does not. */
static void test_echo(void **state)
{
	struct message old = message_new(1), m = message_new(2);
	char text[sizeof(m) + 1];

	(void)state;
	setup();
	put_bytes("/dev/baoipc0", &old, sizeof(old));
	channel_model.echo = true;
	baoctl("ipc", "bench", "--echo", "-t", "0.1", "0", NULL);
	assert_complaint(1, "no message came within 100 ms");
	channel_model.incoming = &m;
	channel_model.incoming_size = sizeof(m);
	baoctl("ipc", "bench", "-E", "-e", "2", "-t", "0.1", "0", NULL);
	assert_fine();
	assert_rung("2\n");
	get("/dev/baoipc0", text, sizeof(text));
	assert_memory_equal(text, &m, sizeof(m));
}

static void test_bench_fails(void **state)
{
	(void)state;
	setup();
	baoctl("ipc", "bench", "-n", "1", "0", NULL);
	assert_complaint(1, "messages came, their interrupts never did");
	assert_in(result.out, "1 messages there and back");
	channel_model.ring_errno = EIO;
	baoctl("ipc", "bench", "-n", "1", "-e", "1", "0", NULL);
	assert_complaint(1, "the hypervisor refused");
	channel_model.fetch_errno = ENODEV;
	baoctl("ipc", "bench", "-n", "1", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: No such device");
	channel_model.info.write_size = 31;
	baoctl("ipc", "bench", "0", NULL);
	assert_complaint(1, "/dev/baoipc0: too small for a message");
	put_link("/dev/baoipc9", "/dev/null");
	channel_model = (struct channel_model){
		.info = { .read_size = 64, .write_size = 64 }
	};
	baoctl("ipc", "bench", "-t", "0.05", "9", NULL);
	assert_complaint(1, "did not come back within 50 ms");
	baoctl("ipc", "bench", "--echo", "-t", "0.05", "9", NULL);
	assert_complaint(1, "no message came within 50 ms");
}

static void test_list(void **state)
{
	struct json_object *array, *o;

	(void)state;
	baoctl("ipc", "list", "--json", NULL);
	assert_complaint(1, "baoctl ipc list: the module is not loaded; "
			 "\"baoctl status\" says why");
	assert_string_equal(result.out, "");
	put_module();
	baoctl("ipc", "list", NULL);
	assert_complaint(0, "there is no channel; \"baoctl status\"");
	assert_string_equal(result.out, "");
	baoctl("ipc", "list", "--json", NULL);
	assert_complaint(0, "there is no channel");
	array = json_tokener_parse(result.out);
	assert_int_equal(json_object_array_length(array), 0);
	json_object_put(array);
	put_channel(2);
	put_channel(0);
	put_of_channel("label", "a \"b\" \\ c\x01");
	baoctl("ipc", "list", NULL);
	assert_fine();
	assert_in(result.out, "CHANNEL  NODE ");
	assert_in(result.out, "      0  /dev/baoipc0 ");
	baoctl("ipc", "list", "--json", NULL);
	assert_fine();
	array = json_tokener_parse(result.out);
	assert_int_equal(json_object_array_length(array), 2);
	o = json_object_array_get_idx(array, 0);
	assert_string_equal(json_object_get_string(
		json_object_object_get(o, "label")), "a \"b\" \\ c?");
	assert_int_equal(json_object_get_int64(
		json_object_object_get(o, "write_offset")), 0x2000);
	o = json_object_array_get_idx(json_object_object_get(o, "events"), 0);
	assert_int_equal(json_object_get_int(
		json_object_object_get(o, "hwirq")), 52);
	json_object_put(array);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_channel), TEST(test_label), TEST(test_permission),
		TEST(test_other_driver), TEST(test_open_fails),
		TEST(test_read), TEST(test_read_hex), TEST(test_read_short),
		TEST(test_read_wait), TEST(test_write),
		TEST(test_write_too_much), TEST(test_write_fails),
		TEST(test_notify), TEST(test_wait), TEST(test_wait_ends),
		TEST(test_wait_json), TEST(test_wait_impossible),
		TEST(test_bench), TEST(test_echo), TEST(test_bench_json),
		TEST(test_bench_fails), TEST(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
