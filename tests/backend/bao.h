/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything this daemon asks of the kernel. A daemon for another device
 * starts by copying bao.h and bao.c.
 */
#ifndef BACKEND_BAO_H
#define BACKEND_BAO_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/bao.h>

/**
 * struct bao_dm - a device model, opened
 * @fd: the DM file; non-blocking, can be polled
 * @shm: the memory shared with the frontend, mapped
 * @shm_addr: its guest-physical address, the same for the frontend
 * @shm_size: its size in bytes
 */
struct bao_dm {
	int fd;
	uint8_t *shm;
	uint64_t shm_addr;
	uint64_t shm_size;
};

/* All of them return 0 or -errno. */
int bao_dm_open(struct bao_dm *dm, const char *control, uint32_t id);
void bao_dm_close(struct bao_dm *dm);
int bao_dm_take(const struct bao_dm *dm, struct bao_request *req);
int bao_dm_complete(const struct bao_dm *dm, const struct bao_request *req);
int bao_dm_ioeventfd(const struct bao_dm *dm, int fd, uint64_t addr,
		     uint32_t value, bool on);
int bao_dm_irqfd(const struct bao_dm *dm, int fd);
int bao_dm_answered(const struct bao_dm *dm, uint64_t *count);

#endif /* BACKEND_BAO_H */
