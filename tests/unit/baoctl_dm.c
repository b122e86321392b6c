// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device models: the list, and the lines of the kernel's trace.
 */
#include "baoctl/world.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace_line.h"

static void test_list(void **state)
{
	struct json_object *array, *o;

	(void)state;
	baoctl("dm", "list", NULL);
	assert_complaint(1, "baoctl dm list: the module is not loaded; "
			 "\"baoctl status\" says why");
	assert_string_equal(result.out, "");
	put_module();
	baoctl("dm", "list", NULL);
	assert_complaint(0, "there is no device model; \"baoctl status\"");
	assert_string_equal(result.out, "");
	baoctl("dm", "list", "-j", NULL);
	assert_complaint(0, "there is no device model");
	assert_string_equal(result.out, "[\n]\n");
	put_dm(1);
	put_dm(0);
	put_of_dm("state", "idle");
	baoctl("dm", "list", NULL);
	assert_fine();
	assert_in(result.out, "DM  STATE ");
	assert_in(result.out, "\n 0  idle     ");
	assert_in(result.out, "\n 1  served   ");
	baoctl("dm", "list", "--json", NULL);
	assert_fine();
	array = json_tokener_parse(result.out);
	assert_int_equal(json_object_array_length(array), 2);
	o = json_object_array_get_idx(array, 1);
	assert_int_equal(json_object_get_int(
			 json_object_object_get(o, "hwirq")), 73);
	json_object_put(array);
	/* It goes while it is looked at. */
	take_away("/sys/bus/platform/devices/d0000000.bao-io-dispatcher/dm0/id");
	baoctl("dm", "list", NULL);
	assert_fine();
	assert_not_in(result.out, "\n 0 ");
	assert_in(result.out, "\n 1 ");
}

static void test_trace_fails(void **state)
{
	(void)state;
	baoctl("dm", "trace", "0", NULL);
	assert_complaint(1, "there is no device model 0 here");
	put_dm(0);
	baoctl("dm", "trace", "1", NULL);
	assert_complaint(1, "there is no device model 1 here");
	baoctl("dm", "trace", "0", NULL);
	assert_complaint(1, "mount -t tracefs");
	/* No tracepoints: a directory here is not what it is in tracefs. */
	put("/sys/kernel/tracing/instances/other/on", "1");
	baoctl("dm", "trace", "0", NULL);
	assert_complaint(1, "events/bao/bao_ask/filter: No such file");
	take_away("/sys/kernel/tracing/instances/other/on");
	take_away("/sys/kernel/tracing/instances/other");
	/* Nothing of ours is left. */
	take_away("/sys/kernel/tracing/instances");
}

#define ASK	" cat-1 [000] d.h1. 1.5: bao_ask: dm=1 addr=0xa003e00 op=1 " \
		"value=0x0 width=4 id=2 result=0\n"
#define ANSWER	" cat-1 [000] d.h1. 1.6: bao_complete: dm=1 id=2 op=1 " \
		"value=0x7 result=0\n"

static void test_trace(void **state)
{
	char told[1024];

	(void)state;
	put_dm(0);
	put_dm(1);
	put_tracefs("CPU:0 [LOST 12 EVENTS]\n" ASK ANSWER "half a line");
	baoctl("dm", "trace", "--timeout", "0.01", "1", NULL);
	assert_fine();
	assert_string_equal(result.out,
		"1.5  the frontend reads 4 bytes at 0xa003e00, request 2\n"
		"1.6  request 2 is answered: 0x7\n");
	get("/told", told, sizeof(told));
	assert_string_equal(told, "ask: dm == 1, 1\n"
		"complete: dm == 1, 1\n" "ioeventfd: dm == 1, 1\n"
		"requeue: dm == 1, 1\n" "orphan: dm == 1, 1\n"
		"doorbell: kind == 0 && id == 1, 1\n");
	baoctl("dm", "trace", "--count", "1", "--json", "1", NULL);
	assert_fine();
	assert_string_equal(result.out,
		"{\"time\":1.5,\"tracepoint\":\"ask\",\"dm\":1,"
		"\"addr\":167788032,\"op\":1,\"value\":0,\"width\":4,"
		"\"id\":2,\"result\":0}\n");
	take_away("/sys/kernel/tracing/instances/other/on");
	take_away("/sys/kernel/tracing/instances/other");
	/* No instance is left. */
	take_away("/sys/kernel/tracing/instances");
}

static void test_trace_permission(void **state)
{
	static const char * const args[] = { "dm", "trace", "0", NULL };

	(void)state;
	put_dm(0);
	put("/sys/kernel/tracing/instances/other/on", "1");
	take_away("/sys/kernel/tracing/instances/other");
	deny("/sys/kernel/tracing/instances");
	baoctl_with(NULL, true, args);
	assert_complaint(1, "Permission denied");
}

/**
 * struct line - a line of the trace
 * @trace: as the kernel writes it
 * @json: as --json prints it
 * @text: in words
 */
struct line {
	const char *trace;
	const char *json;
	const char *text;
};

static const struct line lines[] = {
	{ "            <idle>-0       [000] d.h1.    12.345670: bao_ask: dm=0 "
	  "addr=0xa003e00 op=1 value=0x0 width=4 id=2 result=0\n",
	  "{\"time\":12.345670,\"tracepoint\":\"ask\",\"dm\":0,\"addr\":167788032,"
	  "\"op\":1,\"value\":0,\"width\":4,\"id\":2,\"result\":0}",
	  "12.345670  the frontend reads 4 bytes at 0xa003e00, request 2\n" },
	{ " a: b-1 [000] d.h1. 1.5: bao_ask: dm=0 addr=0xffffffffffffff00 op=0 "
	  "value=0x7 width=8 id=0 result=0",
	  "{\"time\":1.5,\"tracepoint\":\"ask\",\"dm\":0,"
	  "\"addr\":18446744073709551360,\"op\":0,\"value\":7,\"width\":8,"
	  "\"id\":0,\"result\":0}",
	  "1.5  the frontend writes 8 bytes at 0xffffffffffffff00: 0x7, "
	  "request 0\n" },
	{ " x: bao_ask: y-7 [0] ..... 2.0: bao_complete: dm=0 id=2 op=1 "
	  "value=0x7 result=0", "{\"time\":2.0,\"tracepoint\":\"complete\","
	  "\"dm\":0,\"id\":2,\"op\":1,\"value\":7,\"result\":0}",
	  "2.0  request 2 is answered: 0x7\n" },
	{ "x-1 [0] 2.0: bao_ask: dm=0 addr=0x0 op=0 value=0x0 width=0 id=0 "
	  "result=1", NULL, "2.0  nothing is pending\n" },
	{ "x-1 [0] 2.0: bao_ask: dm=0 addr=0x0 op=0 value=0x0 width=0 id=0 "
	  "result=-3", NULL,
	  "2.0  the hypervisor refuses to hand out requests (-3)\n" },
	{ "x-1 [0] 2.0: bao_complete: dm=0 id=2 op=1 value=0x74726976 result=0",
	  "{\"time\":2.0,\"tracepoint\":\"complete\",\"dm\":0,\"id\":2,\"op\":1,"
	  "\"value\":1953655158,\"result\":0}",
	  "2.0  request 2 is answered: 0x74726976\n" },
	{ "x-1 [0] 2.0: bao_complete: dm=0 id=2 op=0 value=0x0 result=-1", NULL,
	  "2.0  request 2 is answered, which the hypervisor refuses (-1)\n" },
	{ "x-1 [0] 2.0: bao_ioeventfd: dm=0 addr=0xa003e50 value=0x0 steps=1",
	  NULL, "2.0  an ioeventfd takes the write to 0xa003e50\n" },
	{ "x-1 [0] 2.0: bao_doorbell: kind=remio id=0 event=0 result=0 "
	  "deferred=0",
	  "{\"time\":2.0,\"tracepoint\":\"doorbell\",\"kind\":\"remio\",\"id\":0,"
	  "\"event\":0,\"result\":0,\"deferred\":0}",
	  "2.0  the frontend's interrupt is raised\n" },
	{ "x-1 [0] 2.0: bao_doorbell: kind=remio id=0 event=0 result=0 "
	  "deferred=1", NULL, "2.0  the frontend's interrupt has to wait\n" },
	{ "x-1 [0] 2.0: bao_doorbell: kind=remio id=0 event=0 result=-5 "
	  "deferred=0", NULL, "2.0  the frontend's interrupt is refused (-5)\n" },
	{ "x-1 [0] 2.0: bao_requeue: dm=0 id=2 addr=0xa003e00", NULL,
	  "2.0  request 2 is put back, its daemon went away\n" },
	{ "x-1 [0] 2.0: bao_orphan: dm=0 id=2 addr=0xa003e00 op=1", NULL,
	  "2.0  request 2 is answered without a daemon\n" },
	{ "x-1 [0] 2.0: bao_news: dm=0", NULL, "2.0  news\n" },
};

/* What trace_print() writes. */
static void in_words(struct json_object *e, char *text, size_t size)
{
	FILE *f = tmpfile();
	int saved = dup(1);
	size_t len;

	assert_non_null(f);
	fflush(stdout);
	dup2(fileno(f), 1);
	trace_print(e);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	rewind(f);
	len = fread(text, 1, size - 1, f);
	text[len] = '\0';
	fclose(f);
}

static void test_lines(void **state)
{
	struct json_object *e;
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		e = trace_line(lines[i].trace);
		assert_non_null(e);
		if (lines[i].json)
			assert_string_equal(json_object_to_json_string_ext(e,
				JSON_C_TO_STRING_PLAIN), lines[i].json);
		in_words(e, text, sizeof(text));
		assert_string_equal(text, lines[i].text);
		json_object_put(e);
	}
}

static void test_other_lines(void **state)
{
	(void)state;
	assert_null(trace_line(""));
	assert_null(trace_line("# tracer: nop"));
	assert_null(trace_line("x-1 [0] 2.0: sched_switch: prev=1"));
	assert_null(trace_line("CPU:0 [LOST 12 EVENTS]"));
	assert_null(trace_line("x-1 [0] 2.0: bao_ask"));
	assert_null(trace_line("x-1 [0] x: bao_orphan: dm=0"));
	assert_null(trace_line("2.0: bao_orphan: dm=0"));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_list), TEST(test_trace), TEST(test_trace_fails),
		TEST(test_trace_permission), TEST(test_lines),
		TEST(test_other_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
