// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors that travel between processes, or wait in a socket for long. */

#include <err.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"

#define MAILBOXES	3

static int mailbox[MAILBOXES][2];

/* Before the processes start: all have them. */
void mail_open(void)
{
	unsigned int i;

	for (i = 0; i < MAILBOXES; i++)
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0,
			       mailbox[i]))
			err(1, "socketpair");
}

/* What nobody fetched is closed with the sockets. */
void mail_close(void)
{
	unsigned int i;

	for (i = 0; i < MAILBOXES; i++) {
		close(mailbox[i][0]);
		close(mailbox[i][1]);
	}
}

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

void mail_send(struct worker *w, enum fd_kind kind, int fd)
{
	int box = mailbox[rng_below(&w->rng, MAILBOXES)][0];
	union control control = { .bytes = { 0 } };
	struct iovec iov = { &kind, sizeof(kind) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	CALL(w, "SCM_RIGHTS out", fd, kind, box,
	     sendmsg(box, &msg, MSG_DONTWAIT));
}

void mail_receive(struct worker *w)
{
	int fd, box = mailbox[rng_below(&w->rng, MAILBOXES)][1];
	union control control = { .bytes = { 0 } };
	enum fd_kind kind = FD_KINDS;
	struct iovec iov = { &kind, sizeof(kind) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head;

	if (CALL(w, "SCM_RIGHTS in", box, 0, 0,
		 recvmsg(box, &msg, MSG_DONTWAIT)) < 0)
		return;
	head = CMSG_FIRSTHDR(&msg);
	if (!head || head->cmsg_type != SCM_RIGHTS)
		return;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	fd_put(w, kind % FD_KINDS, fd);
}
