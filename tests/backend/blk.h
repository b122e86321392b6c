/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio-blk requests on an image file.
 */
#ifndef BACKEND_BLK_H
#define BACKEND_BLK_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

#define BLK_BOUNCE	(128 * 1024)

/**
 * struct blk - the disk
 * @fd: the image
 * @sectors: its size, in 512 bytes
 * @read_only: writes are refused
 * @serial: answer to GET_ID, padded with zeros
 * @bounce: between guest memory and the image, see blk.c
 */
struct blk {
	int fd;
	uint64_t sectors;
	bool read_only;
	char serial[20];
	uint8_t bounce[BLK_BOUNCE];
};

int blk_open(struct blk *blk, const char *path, bool read_only);
int blk_execute(struct blk *blk, const struct chain *chain, uint32_t *written);

#endif /* BACKEND_BLK_H */
