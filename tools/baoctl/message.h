/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that a peer sends back. bao-smoke sends and expects the same. A
 * peer that is not Linux does it so: on event 0, when the bytes at the
 * beginning of its read channel have changed, copy them to the beginning of
 * its write channel and ring event 0.
 */
#ifndef BAOCTL_MESSAGE_H
#define BAOCTL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct message - at the beginning of a channel
 * @magic: tells that it is one
 * @number: of the message; the echo has the same
 * @text: anything
 * @sum: of the words before; a message that is being written does not have it
 */
struct message {
	uint32_t magic;
	uint32_t number;
	uint32_t text[5];
	uint32_t sum;
};

struct message message_new(uint32_t number);
/* A copy, then the checks: the peer may write to @fd at any time. */
bool message_look(int fd, struct message *m);
/* Whether all of it was written; this rings event 0. */
bool message_send(int fd, const struct message *m);

#endif /* BAOCTL_MESSAGE_H */
