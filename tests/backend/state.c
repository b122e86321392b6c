// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state file: mapped shared, so that every store is in the page cache, and
 * thereby safe from the death of this process, as soon as it is made. It must
 * not outlive the virtual machine: keep it on a tmpfs.
 */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* "baoblk" and the number of the layout. */
#define STATE_MAGIC	0x62616f626c6b0001ULL

/*
 * One daemon at a time: a second one waits here until the first is gone, and
 * then takes over. The kernel drops the lock of a killed process.
 */
static int open_locked(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		perror(path);
		return -1;
	}
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	if (errno == EWOULDBLOCK) {
		fprintf(stderr, "%s: in use; waiting for its daemon to end\n",
			path);
		if (!flock(fd, LOCK_EX))
			return fd;
	}
	perror(path);
	close(fd);
	return -1;
}

static int set_size(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st)) {
		perror(path);
		return -1;
	}
	if (st.st_size == (off_t)sizeof(struct state))
		return 0;
	if (st.st_size) {
		fprintf(stderr, "%s: not a state file\n", path);
		return -1;
	}
	if (ftruncate(fd, sizeof(struct state))) {
		perror(path);
		return -1;
	}
	return 0;
}

static int adopt(const char *path, struct state *state,
		 const struct identity *identity)
{
	if (!state->magic) {
		memset(state, 0, sizeof(*state));
		state->identity = *identity;
		state_order();
		state->magic = STATE_MAGIC;
	}
	if (state->magic != STATE_MAGIC) {
		fprintf(stderr, "%s: not a state file\n", path);
		return -1;
	}
	if (memcmp(&state->identity, identity, sizeof(*identity))) {
		fprintf(stderr, "%s: of another device (device model, window, "
			"size of the image, features or queues differ)\n",
			path);
		return -1;
	}
	return 0;
}

/*
 * With a NULL @path the state lives as long as the process. Returns NULL and
 * says why when there is none to be had.
 */
struct state *state_open(const char *path, const struct identity *identity,
			 int *fd)
{
	int flags = path ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	struct state *state;

	*fd = path ? open_locked(path) : -1;
	if (path && *fd < 0)
		return NULL;
	if (path && set_size(path, *fd))
		goto err_close;
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, flags, *fd,
		     0);
	if (state == MAP_FAILED) {
		perror("mmap of the state");
		goto err_close;
	}
	if (adopt(path ? path : "state", state, identity))
		goto err_unmap;
	return state;

err_unmap:
	munmap(state, sizeof(*state));
err_close:
	if (*fd >= 0)
		close(*fd);
	return NULL;
}

void state_close(struct state *state, int fd)
{
	munmap(state, sizeof(*state));
	if (fd >= 0)
		close(fd);
}
