// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wrong calls: exit status 2, one line that says what is wrong.
 */
#include "baoctl/world.h"

#include <stdio.h>
#include <string.h>

#define ARGS	6

/**
 * struct misuse - a wrong call
 * @args: the command line
 * @says: part of the line
 */
struct misuse {
	const char *args[ARGS];
	const char *says;
};

static const struct misuse misuses[] = {
	{ { NULL }, "baoctl: a command is missing" },
	{ { "foo" }, "baoctl: there is no command 'foo'" },
	{ { "--foo" }, "baoctl: there is no option '--foo'" },
	{ { "status", "--foo" }, "baoctl status: unrecognized option '--foo'" },
	{ { "status", "-x" }, "baoctl status: invalid option -- 'x'" },
	{ { "status", "now" }, "baoctl status: 'now' is too much" },
	{ { "status", "--json=1" }, "doesn't allow an argument" },
	{ { "ipc" }, "baoctl ipc: a command is missing" },
	{ { "ipc", "foo" }, "baoctl ipc: there is no command 'foo'" },
	{ { "ipc", "-j" }, "baoctl ipc: there is no option '-j'" },
	{ { "ipc", "list", "0" }, "baoctl ipc list: '0' is too much" },
	{ { "ipc", "list", "--foo" }, "unrecognized option '--foo'" },
	{ { "ipc", "read" }, "baoctl ipc read: a channel is missing" },
	{ { "ipc", "read", "--foo", "0" }, "unrecognized option '--foo'" },
	{ { "ipc", "read", "0", "1" }, "'1' is too much" },
	{ { "ipc", "read", "-o", "x", "0" }, "--offset: 'x' is not a number" },
	{ { "ipc", "read", "-o", "-1", "0" }, "--offset: '-1' is not" },
	{ { "ipc", "read", "-o", "", "0" }, "--offset: '' is not a number" },
	{ { "ipc", "read", "-l", "9z", "0" }, "--length: '9z' is not" },
	{ { "ipc", "read", "-l", "99999999999999999999", "0" }, "--length:" },
	{ { "ipc", "read", "--length" }, "requires an argument" },
	{ { "ipc", "read", "-t", "1", "0" }, "--timeout: only with --wait" },
	{ { "ipc", "write" }, "baoctl ipc write: a channel is missing" },
	{ { "ipc", "write", "--foo", "0" }, "unrecognized option '--foo'" },
	{ { "ipc", "write", "0", "a", "b" }, "'b' is too much" },
	{ { "ipc", "write", "-o", "x", "0" }, "--offset: 'x' is not a number" },
	{ { "ipc", "wait" }, "baoctl ipc wait: a channel is missing" },
	{ { "ipc", "wait", "--foo", "0" }, "unrecognized option '--foo'" },
	{ { "ipc", "wait", "-e", "32", "0" }, "--event: '32' is not a number "
					      "from 0 to 31" },
	{ { "ipc", "wait", "-t", "soon", "0" }, "--timeout: 'soon' is not" },
	{ { "ipc", "wait", "-t", "nan", "0" }, "--timeout: 'nan' is not" },
	{ { "ipc", "wait", "-t", "-1", "0" }, "--timeout: '-1' is not" },
	{ { "ipc", "wait", "-t", "1e99", "0" }, "--timeout: '1e99' is not" },
	{ { "ipc", "notify" }, "baoctl ipc notify: a channel is missing" },
	{ { "ipc", "notify", "--foo", "0" }, "unrecognized option '--foo'" },
	{ { "ipc", "notify", "-e", "32", "0" }, "--event: '32' is not" },
	{ { "ipc", "notify", "0", "1" }, "'1' is too much" },
	{ { "ipc", "bench" }, "baoctl ipc bench: a channel is missing" },
	{ { "ipc", "bench", "--foo", "0" }, "unrecognized option '--foo'" },
	{ { "ipc", "bench", "-n", "0", "0" }, "--count: '0' is not a number" },
	{ { "ipc", "bench", "-e", "32", "0" }, "--event: '32' is not" },
	{ { "ipc", "bench", "-t", "", "0" }, "--timeout: '' is not" },
	{ { "ipc", "bench", "-j", "-E", "0" }, "--json: not with --echo" },
	{ { "dm" }, "baoctl dm: a command is missing" },
	{ { "dm", "foo" }, "baoctl dm: there is no command 'foo'" },
	{ { "dm", "list", "--foo" }, "unrecognized option '--foo'" },
	{ { "dm", "list", "0" }, "'0' is too much" },
	{ { "dm", "trace" }, "baoctl dm trace: a device model is missing" },
	{ { "dm", "trace", "--foo", "0" }, "unrecognized option '--foo'" },
	{ { "dm", "trace", "16" }, "DM: '16' is not a number from 0 to 15" },
	{ { "dm", "trace", "-n", "0", "0" }, "--count: '0' is not a number" },
	{ { "dm", "trace", "-t", "x", "0" }, "--timeout: 'x' is not" },
};

static void test_misuse(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
		baoctl_with(NULL, false, misuses[i].args);
		assert_complaint(2, misuses[i].says);
		assert_string_equal(result.out, "");
	}
}

static const char * const commands[][2] = {
	{ "status" },
	{ "ipc", "list" }, { "ipc", "read" }, { "ipc", "write" },
	{ "ipc", "wait" }, { "ipc", "notify" }, { "ipc", "bench" },
	{ "dm", "list" }, { "dm", "trace" },
};

static void test_help(void **state)
{
	char usage[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *args[4] = { commands[i][0], commands[i][1] };

		args[args[1] ? 2 : 1] = "--help";
		baoctl_with(NULL, false, args);
		assert_fine();
		snprintf(usage, sizeof(usage), "usage: baoctl %s%s%s ",
			 commands[i][0], commands[i][1] ? " " : "",
			 commands[i][1] ? commands[i][1] : "");
		assert_in(result.out, usage);
	}
}

static void test_help_of_families(void **state)
{
	(void)state;
	baoctl("--help", NULL);
	assert_fine();
	assert_in(result.out, "usage: baoctl COMMAND");
	assert_in(result.out, "\n  status ");
	baoctl("ipc", "--help", NULL);
	assert_fine();
	assert_in(result.out, "usage: baoctl ipc COMMAND");
	assert_in(result.out, "\n  notify ");
	baoctl("dm", "-h", NULL);
	assert_fine();
	assert_in(result.out, "\n  trace ");
}

static void test_version(void **state)
{
	(void)state;
	baoctl("--version", NULL);
	assert_fine();
	assert_string_equal(result.out, "baoctl 1.2.3\n");
	baoctl("--help", NULL);
	assert_in(result.out, "\n  --version ");
	baoctl("ipc", "--help", NULL);
	assert_not_in(result.out, "--version");
	baoctl("ipc", "--version", NULL);
	assert_complaint(2, "there is no option '--version'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_misuse, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(test_help, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(test_help_of_families,
						world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(test_version, world_setup,
						world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
