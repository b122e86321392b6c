// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state file of the virtio disk daemon.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "state.h"

static const struct identity disk = {
	.window = 0xa003e00, .sectors = 64, .features = 7, .dm = 1, .queues = 2,
};

static char path[] = "/dev/shm/bao-state-XXXXXX";

static int set_up(void **cookie)
{
	int fd;

	(void)cookie;
	memset(path + strlen(path) - 6, 'X', 6);
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static void make_state(void)
{
	int fd;
	struct state *state = state_open(path, &disk, &fd);

	assert_non_null(state);
	state_close(state, fd);
}

static int tear_down(void **cookie)
{
	(void)cookie;
	return unlink(path);
}

static void test_outlives_its_maker(void **cookie)
{
	struct state *state;
	int fd, status;
	pid_t pid = fork();

	(void)cookie;
	if (!pid) {
		state = state_open(path, &disk, &fd);
		state->status = 15;
		state->queue[1].desc = 0xd0000000;
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	state = state_open(path, &disk, &fd);
	assert_non_null(state);
	assert_int_equal(state->status, 15);
	assert_int_equal(state->queue[1].desc, 0xd0000000);
	state_close(state, fd);
}

static void test_begins_empty(void **cookie)
{
	struct stat st;
	struct state *state;
	int fd;

	(void)cookie;
	unlink(path);
	state = state_open(path, &disk, &fd);
	assert_non_null(state);
	assert_int_equal(state->status, 0);
	assert_int_equal(state->answered, 0);
	assert_memory_equal(&state->identity, &disk, sizeof(disk));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	state_close(state, fd);
}

/* Killed while it made the file: only the magic says that it is whole. */
static void test_half_made(void **cookie)
{
	struct state half, *state;
	int fd = open(path, O_WRONLY);

	(void)cookie;
	memset(&half, 0xff, sizeof(half));
	half.magic = 0;
	assert_int_equal(write(fd, &half, sizeof(half)), sizeof(half));
	close(fd);
	state = state_open(path, &disk, &fd);
	assert_non_null(state);
	assert_int_equal(state->status, 0);
	assert_memory_equal(&state->identity, &disk, sizeof(disk));
	state_close(state, fd);
}

static void test_other_devices(void **cookie)
{
	struct identity other[5];
	int fd, i;

	(void)cookie;
	make_state();
	for (i = 0; i < 5; i++)
		other[i] = disk;
	other[0].window++;
	other[1].sectors++;
	other[2].features++;
	other[3].dm++;
	other[4].queues++;
	for (i = 0; i < 5; i++)
		assert_null(state_open(path, &other[i], &fd));
	make_state();
}

static void test_other_files(void **cookie)
{
	char junk[sizeof(struct state) + 1];
	int fd = open(path, O_WRONLY);

	(void)cookie;
	memset(junk, 'x', sizeof(junk));
	/* Of another size, then of ours without the magic: left as they are. */
	assert_int_equal(write(fd, junk, 10), 10);
	assert_null(state_open(path, &disk, &(int){ 0 }));
	assert_int_equal(lseek(fd, 0, SEEK_END), 10);
	assert_int_equal(pwrite(fd, junk, sizeof(struct state), 0),
			 sizeof(struct state));
	assert_null(state_open(path, &disk, &(int){ 0 }));
	close(fd);
	assert_null(state_open("/proc/no/such/file", &disk, &fd));
}

static void test_waits_for_its_turn(void **cookie)
{
	struct state *state;
	int fd, status;
	pid_t pid;

	(void)cookie;
	state = state_open(path, &disk, &fd);
	assert_non_null(state);
	pid = fork();
	if (!pid) {
		/* An inherited file or mapping has a share in the lock. */
		state_close(state, fd);
		state = state_open(path, &disk, &fd);
		_exit(state && state->status == 15 ? 0 : 1);
	}
	usleep(200000);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	state->status = 15;
	state_close(state, fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_without_a_file(void **cookie)
{
	struct state *state;
	int fd;

	(void)cookie;
	state = state_open(NULL, &disk, &fd);
	assert_non_null(state);
	assert_int_equal(fd, -1);
	assert_int_equal(state->status, 0);
	state_close(state, fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_outlives_its_maker),
		TEST(test_begins_empty),
		TEST(test_half_made),
		TEST(test_other_devices),
		TEST(test_other_files),
		TEST(test_waits_for_its_turn),
		TEST(test_without_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
