// SPDX-License-Identifier: GPL-2.0-only
/*
 * The daemon, on the published calls alone: knows a few registers, notes each
 * number that is written to one of them before it says that the write is done,
 * and has QueueNotify answered by an eventfd that nobody reads.
 *
 * After SIGTERM it answers what it has taken, and ends with 0; with 3 when the
 * device model is gone.
 */
#include "bed.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/bao.h>

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static int open_dm(void)
{
	struct bao_dm_info info = { .id = 0 };
	int control = open(NODE_CONTROL, O_RDWR | O_CLOEXEC);

	if (control < 0)
		err(1, NODE_CONTROL);
	if (ioctl(control, BAO_DM_GET_INFO, &info) < 0)
		err(1, "BAO_DM_GET_INFO");
	close(control);
	return info.fd;
}

static void take_notify(int dm)
{
	struct bao_ioeventfd notify = {
		.flags = BAO_IOEVENTFD_DATAMATCH,
		.addr = WINDOW_START + REG_NOTIFY,
		.len = 4,
	};
	int event = eventfd(0, EFD_CLOEXEC);

	if (event < 0)
		err(1, "eventfd");
	notify.fd = (uint32_t)event;
	if (ioctl(dm, BAO_DM_IOEVENTFD, &notify) < 0)
		err(1, "BAO_DM_IOEVENTFD");
}

static uint64_t value_of(uint64_t reg)
{
	switch (reg) {
	case REG_MAGIC:
		return MAGIC_VALUE;
	case REG_VERSION:
		return VERSION_VALUE;
	}
	return reg < REG_PATTERN ? 0 : PATTERN_VALUE;
}

static void answer(int dm, struct bao_request *request)
{
	volatile uint32_t *words = notebook();
	uint64_t reg = request->addr - WINDOW_START;

	if (request->request_id & BAO_REQUEST_REDELIVERED)
		words[WORD_REDELIVERED]++;
	if (request->op == BAO_REQUEST_READ) {
		request->value = value_of(reg);
		words[WORD_READS]++;
	} else {
		if (reg == REG_SEQUENCE)
			note(words + WORD_SEQUENCE, (uint32_t)request->value);
		words[WORD_WRITES]++;
	}
	if (ioctl(dm, BAO_DM_COMPLETE, request) < 0) {
		words[WORD_REFUSED]++;
		warn("BAO_DM_COMPLETE");
	}
}

/*
 * The handler is set without SA_RESTART: SIGTERM ends the wait. One that comes
 * just ahead of the wait is noticed after the next request.
 */
static int serve(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };
	struct bao_request request;
	int dm = open_dm();

	(void)argv;
	if (argc != 1)
		errx(2, "usage: %s", command_serve.name);
	sigaction(SIGTERM, &term, NULL);
	take_notify(dm);
	notebook()[WORD_STARTS]++;
	while (!stop) {
		memset(&request, 0, sizeof(request));
		if (ioctl(dm, BAO_DM_ATTACH, &request) < 0) {
			if (errno == EINTR)
				continue;
			if (errno == ENODEV)
				return 3;
			err(1, "BAO_DM_ATTACH");
		}
		answer(dm, &request);
	}
	return 0;
}

const struct command command_serve = { "serve", "", serve };
