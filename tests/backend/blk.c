// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of a virtio disk.
 *
 * Data goes through a buffer of our own. The shared memory has no struct
 * pages, so whatever pins pages (O_DIRECT, splice, vmsplice, io_uring with
 * fixed buffers, file systems with zero copy) fails on it with EFAULT or
 * EINVAL. A plain pread() into it works on most file systems; the copy works
 * on all, and the frontend cannot change data while a file system checksums
 * it.
 */
#include "blk.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/virtio_blk.h>

#define SECTOR	512

/**
 * struct cursor - a position in a part of a chain
 * @seg: next segment
 * @end: behind the last segment of the part
 * @offset: in @seg
 */
struct cursor {
	const struct segment *seg;
	const struct segment *end;
	uint32_t offset;
};

static uint64_t part_size(const struct cursor *c)
{
	const struct segment *seg;
	uint64_t sum = 0;

	for (seg = c->seg; seg != c->end; seg++)
		sum += seg->len;
	return sum;
}

/* Copies between @buf and the guest's segments; the caller knows the size. */
static void cursor_copy(struct cursor *c, uint8_t *buf, uint64_t len,
			bool to_guest)
{
	while (len) {
		uint32_t n = c->seg->len - c->offset;
		uint8_t *guest = c->seg->data + c->offset;

		if (n > len)
			n = (uint32_t)len;
		if (to_guest)
			memcpy(guest, buf, n);
		else
			memcpy(buf, guest, n);
		buf += n;
		len -= n;
		c->offset += n;
		if (c->offset == c->seg->len) {
			c->seg++;
			c->offset = 0;
		}
	}
}

static bool image_read(int fd, uint8_t *buf, size_t len, uint64_t pos)
{
	while (len) {
		ssize_t n = pread(fd, buf, len, (off_t)pos);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf += n;
		pos += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

static bool image_write(int fd, const uint8_t *buf, size_t len, uint64_t pos)
{
	while (len) {
		ssize_t n = pwrite(fd, buf, len, (off_t)pos);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf += n;
		pos += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

static bool range_valid(const struct blk *blk, uint64_t sector, uint64_t len)
{
	if (len % SECTOR || sector > blk->sectors)
		return false;
	return len / SECTOR <= blk->sectors - sector;
}

static uint8_t transfer(struct blk *blk, struct cursor *c, uint64_t sector,
			uint64_t len, bool to_guest)
{
	uint64_t pos = sector * SECTOR;
	size_t n;
	bool ok;

	if (!range_valid(blk, sector, len))
		return VIRTIO_BLK_S_IOERR;
	for (; len; len -= n, pos += n) {
		n = len < BLK_BOUNCE ? len : BLK_BOUNCE;
		if (to_guest) {
			ok = image_read(blk->fd, blk->bounce, n, pos);
			if (ok)
				cursor_copy(c, blk->bounce, n, true);
		} else {
			cursor_copy(c, blk->bounce, n, false);
			ok = image_write(blk->fd, blk->bounce, n, pos);
		}
		if (!ok)
			return VIRTIO_BLK_S_IOERR;
	}
	return VIRTIO_BLK_S_OK;
}

static uint8_t flush(const struct blk *blk)
{
	return fdatasync(blk->fd) ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

static uint8_t get_id(struct blk *blk, struct cursor *in, uint64_t *len)
{
	if (*len > sizeof(blk->serial))
		*len = sizeof(blk->serial);
	cursor_copy(in, (uint8_t *)blk->serial, *len, true);
	return VIRTIO_BLK_S_OK;
}

/* On return *@in_len says how many bytes of data the guest got. */
static uint8_t dispatch(struct blk *blk, const struct virtio_blk_outhdr *hdr,
			struct cursor *out, uint64_t out_len,
			struct cursor *in, uint64_t *in_len)
{
	uint64_t sector = le64toh(hdr->sector);
	uint64_t len = *in_len;

	*in_len = 0;
	switch (le32toh(hdr->type)) {
	case VIRTIO_BLK_T_IN:
		*in_len = len;
		return transfer(blk, in, sector, len, true);
	case VIRTIO_BLK_T_OUT:
		if (blk->read_only)
			return VIRTIO_BLK_S_IOERR;
		return transfer(blk, out, sector, out_len, false);
	case VIRTIO_BLK_T_FLUSH:
		return flush(blk);
	case VIRTIO_BLK_T_GET_ID:
		*in_len = len;
		return get_id(blk, in, in_len);
	default:
		return VIRTIO_BLK_S_UNSUPP;
	}
}

static uint8_t *last_byte(const struct cursor *part)
{
	const struct segment *seg = part->end - 1;

	while (!seg->len)
		seg--;
	return seg->data + seg->len - 1;
}

/*
 * Do what @chain asks for. Returns -1 when it has no room for a header or a
 * status: then the frontend is broken. May be done twice: a read gives the
 * same data, a write puts the same bytes in the same place.
 */
int blk_execute(struct blk *blk, const struct chain *chain, uint32_t *written)
{
	struct cursor out = { chain->seg, chain->seg + chain->readable, 0 };
	struct cursor in = { out.end, chain->seg + chain->count, 0 };
	uint64_t out_len = part_size(&out), room = part_size(&in);
	struct virtio_blk_outhdr hdr;
	uint64_t in_len = room - 1;
	uint8_t status;

	if (out_len < sizeof(hdr) || room < 1 || room > UINT32_MAX)
		return -1;
	cursor_copy(&out, (uint8_t *)&hdr, sizeof(hdr), false);
	out_len -= sizeof(hdr);

	status = dispatch(blk, &hdr, &out, out_len, &in, &in_len);
	*last_byte(&in) = status;
	/*
	 * The count is a promise about the first bytes of the room: without a
	 * gap between data and status, or not at all.
	 */
	if (status != VIRTIO_BLK_S_OK)
		in_len = 0;
	*written = (uint32_t)(in_len + 1 == room ? room : in_len);
	return 0;
}

int blk_open(struct blk *blk, const char *path, bool read_only)
{
	int flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	const char *name = strrchr(path, '/');
	off_t end;

	blk->fd = open(path, flags);
	if (blk->fd < 0) {
		perror(path);
		return -1;
	}
	/* A block device has no st_size. */
	end = lseek(blk->fd, 0, SEEK_END);
	if (end < SECTOR) {
		fprintf(stderr, "%s: smaller than a sector\n", path);
		close(blk->fd);
		return -1;
	}
	blk->sectors = (uint64_t)end / SECTOR;
	blk->read_only = read_only;
	memset(blk->serial, 0, sizeof(blk->serial));
	name = name ? name + 1 : path;
	memcpy(blk->serial, name, strnlen(name, sizeof(blk->serial)));
	return 0;
}
