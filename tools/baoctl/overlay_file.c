// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trees come from files and go to files.
 */
#include "overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE	(8u << 20)
#define OLDEST		16u

static int depth_of(const void *fdt)
{
	int offset = 0, depth = 0, deepest = 0;

	/* behind the root's end it is -1 */
	while (offset >= 0 && depth >= 0) {
		offset = fdt_next_node(fdt, offset, &depth);
		if (depth > deepest)
			deepest = depth;
	}
	return offset >= 0 || offset == -FDT_ERR_NOTFOUND ? deepest : -1;
}

/* libfdt goes as deep as the tree does, and trusts what is sound. */
static int examine(const char *name, const void *data, size_t size)
{
	int error, depth;

	if (size >= 8 && !memcmp(data, "/dts-v1/", 8))
		return fail("%s is source; compile it first: dtc -@ -O dtb",
			    name);
	if (size < sizeof(struct fdt_header) || fdt_magic(data) != FDT_MAGIC)
		return fail("%s is no device tree blob", name);
	if (fdt_totalsize(data) > size)
		return fail("%s is cut off: %zu of %u bytes are there", name,
			    size, fdt_totalsize(data));
	/* libfdt 1.6.1 crashes while it looks at what is older */
	if (fdt_version(data) < OLDEST)
		return fail("%s has version %u of the format; make it again with dtc",
			    name, fdt_version(data));
	error = fdt_check_full(data, size);
	if (error)
		return fail("%s is damaged (%s); make it again with dtc", name,
			    fdt_strerror(error));
	depth = depth_of(data);
	if (depth < 0 || depth > MAX_DEPTH)
		return fail("%s is damaged, or its nodes are more than %d deep",
			    name, MAX_DEPTH);
	return BAOCTL_OK;
}

int blob_parse(struct blob *blob, const char *name, const void *data,
	       size_t size)
{
	int error, status = examine(name, data, size);

	blob->fdt = NULL;
	if (status)
		return status;
	blob->size = (int)fdt_totalsize(data) + 4096;
	blob->fdt = calloc(1, (size_t)blob->size);
	if (!blob->fdt)
		return fail("%s: no memory", name);
	error = fdt_open_into(data, blob->fdt, blob->size);
	if (!error)
		error = fdt_check_full(blob->fdt, (size_t)blob->size);
	if (error) {
		blob_free(blob);
		return fail("%s is damaged (%s); make it again with dtc", name,
			    fdt_strerror(error));
	}
	return BAOCTL_OK;
}

static void *read_all(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rbe");
	char *data = NULL;

	if (!file)
		return NULL;
	data = malloc(MAX_FILE + 1);
	if (data) {
		*size = fread(data, 1, MAX_FILE + 1, file);
		if (!ferror(file))
			errno = *size > MAX_FILE ? EFBIG : 0;
		if (errno) {
			int error = errno;

			free(data);
			data = NULL;
			errno = error;
		}
	}
	fclose(file);
	return data;
}

int blob_read(struct blob *blob, const char *path)
{
	size_t size = 0;
	void *data, *exact;
	int status;

	blob->fdt = NULL;
	errno = 0;
	data = read_all(path, &size);
	if (!data)
		return fail("%s: %s", path, strerror(errno));
	/* so that a sanitizer sees where it ends */
	exact = realloc(data, size ? size : 1);
	status = blob_parse(blob, path, exact ? exact : data, size);
	free(exact ? exact : data);
	return status;
}

int blob_copy(struct blob *to, const struct blob *from, int spare)
{
	to->size = (int)fdt_totalsize(from->fdt) + spare;
	to->fdt = calloc(1, (size_t)to->size);
	if (!to->fdt)
		return fail("no memory");
	if (fdt_open_into(from->fdt, to->fdt, to->size)) {
		blob_free(to);
		return fail("a tree cannot be copied");
	}
	return BAOCTL_OK;
}

void blob_free(struct blob *blob)
{
	free(blob->fdt);
	blob->fdt = NULL;
}

static bool write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t done = write(fd, data, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		data += done;
		size -= (size_t)done;
	}
	return true;
}

/* The mode that open() would have given a new file. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* To a device or a pipe, which stays what it is. */
static int save_into(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool fine;

	if (fd < 0)
		return fail("%s: %s", path, strerror(errno));
	fine = write_all(fd, data, size);
	fine = !close(fd) && fine;
	return fine ? BAOCTL_OK : fail("%s: %s", path, strerror(errno));
}

static int save_file(const char *path, mode_t mode, const void *data,
		     size_t size)
{
	char *temporary;
	bool fine;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return fail("no memory");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		free(temporary);
		return fail("%s: %s", path, strerror(errno));
	}
	fine = write_all(fd, data, size) && !fchmod(fd, mode) && !fsync(fd);
	fine = !close(fd) && fine;
	fine = fine && !rename(temporary, path);
	if (!fine) {
		int error = errno;

		unlink(temporary);
		errno = error;
	}
	free(temporary);
	return fine ? BAOCTL_OK : fail("%s: %s", path, strerror(errno));
}

int save(const char *path, const void *data, size_t size)
{
	struct stat st;
	char *target;
	int status;

	/* baoctl_main() says why it fails */
	if (!strcmp(path, "-"))
		return fwrite(data, 1, size, stdout) == size &&
		       !fflush(stdout) ? BAOCTL_OK : BAOCTL_FAILED;
	if (lstat(path, &st))
		return save_file(path, usual_mode(), data, size);
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return save_into(path, data, size);
	/* a link stays one */
	target = realpath(path, NULL);
	if (!target)
		return fail("%s: %s", path, strerror(errno));
	status = save_file(target, st.st_mode & 0777, data, size);
	free(target);
	return status;
}
