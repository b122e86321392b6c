// SPDX-License-Identifier: GPL-2.0-only
/* Puts kernel, initrd and device tree into a guest's RAM. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm.h"

#define ALIGN_DOWN(x, a)	((x) & ~((uint64_t)(a) - 1))
#define ALIGN_UP(x, a)		ALIGN_DOWN((x) + (a) - 1, a)
#define FDT_ROOM		(UINT64_C(64) << 10)
#define IMAGE_ALIGN		(UINT64_C(2) << 20)

static int complain(const struct guest *guest, const char *path,
		    const char *what)
{
	vmm_log(guest->vmm, guest->cfg->name, "%s: %s", path, what);
	return -EINVAL;
}

static int read_all(int fd, char *to, uint64_t size)
{
	while (size) {
		ssize_t ret = read(fd, to, size);

		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			return ret ? -errno : -EIO;
		to += ret;
		size -= (uint64_t)ret;
	}
	return 0;
}

/* Opens @path, which must fit into @room bytes. */
static int open_file(const struct guest *guest, const char *path,
		     uint64_t room, uint64_t *size)
{
	struct stat stat;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return complain(guest, path, strerror(errno));
	if (fstat(fd, &stat) || !S_ISREG(stat.st_mode) ||
	    (uint64_t)stat.st_size > room) {
		close(fd);
		return complain(guest, path, "does not fit into the guest");
	}
	*size = (uint64_t)stat.st_size;
	return fd;
}

static int load_kernel(struct guest *guest, uint64_t room, uint64_t *end)
{
	const char *path = guest->cfg->kernel;
	uint64_t size, offset = 0, image_size = 0;
	int fd, ret;

	fd = open_file(guest, path, room, &size);
	if (fd < 0)
		return fd;
	ret = read_all(fd, guest->ram, size);
	close(fd);
	if (ret)
		return complain(guest, path, "cannot be read");
	if (size < sizeof(struct image) ||
	    arch_place_kernel(guest, guest->ram, &offset, &image_size))
		return complain(guest, path, "is no kernel for this machine");
	if (image_size < size)
		image_size = size;
	if (offset > room || image_size > room - offset)
		return complain(guest, path, "does not fit into the guest");
	/* 0 on current arm64 kernels; others want to lie further up */
	if (offset)
		memmove(guest->ram + offset, guest->ram, size);
	guest->entry = guest->cfg->base + offset;
	*end = offset + image_size;
	return 0;
}

static int load_initrd(struct guest *guest, uint64_t from, uint64_t to)
{
	const char *path = guest->cfg->initrd;
	uint64_t offset;
	int fd, ret;

	if (!*path)
		return 0;
	fd = open_file(guest, path, to - from, &guest->initrd_size);
	if (fd < 0)
		return fd;
	offset = ALIGN_DOWN(to - guest->initrd_size, CFG_PAGE);
	ret = offset < from ? -EFBIG :
	      read_all(fd, guest->ram + offset, guest->initrd_size);
	close(fd);
	if (ret)
		return complain(guest, path, "cannot be loaded");
	guest->initrd = guest->cfg->base + offset;
	return 0;
}

/* A tree of somebody else's making, or one for what the configuration says. */
static int load_tree(struct guest *guest, char *to)
{
	const char *path = guest->cfg->dtb_in;
	uint64_t size;
	void *tree;
	int fd, ret;

	if (!*path) {
		ret = fdt_build(guest, to, FDT_ROOM);
		return ret ? complain(guest, "device tree",
				      "cannot be written") : 0;
	}
	fd = open_file(guest, path, FDT_ROOM, &size);
	if (fd < 0)
		return fd;
	tree = malloc(size + 1);
	ret = tree ? read_all(fd, tree, size) : -ENOMEM;
	close(fd);
	if (!ret)
		ret = fdt_take(guest, tree, size, to, FDT_ROOM);
	free(tree);
	return ret ? complain(guest, path, "is no tree that can be used") : 0;
}

static int save_tree(const struct guest *guest, const void *tree)
{
	const char *path = guest->cfg->dtb;
	FILE *file;
	size_t done;

	if (!*path)
		return 0;
	file = fopen(path, "we");
	if (!file)
		return complain(guest, path, strerror(errno));
	done = fwrite(tree, FDT_ROOM, 1, file);
	if (fclose(file) || done != 1)
		return complain(guest, path, "cannot be written");
	return 0;
}

/* From the bottom: kernel; from the top: tree, then initrd. */
int guest_load(struct guest *guest)
{
	uint64_t size = guest->cfg->mem, tree, end;
	int ret;

	if (size < 2 * IMAGE_ALIGN)
		return complain(guest, "RAM", "too small");
	tree = ALIGN_DOWN(size - FDT_ROOM, IMAGE_ALIGN);
	ret = load_kernel(guest, tree, &end);
	if (!ret)
		ret = load_initrd(guest, ALIGN_UP(end, CFG_PAGE), tree);
	if (ret)
		return ret;
	guest->dtb = guest->cfg->base + tree;
	ret = load_tree(guest, guest->ram + tree);
	if (ret)
		return ret;
	return save_tree(guest, guest->ram + tree);
}
