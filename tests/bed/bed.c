// SPDX-License-Identifier: GPL-2.0-only
/*
 * bed [OPTION...] COMMAND - the other virtual machines around what is tried
 *
 * Makes a dispatcher with two device models and channel 1, runs COMMAND and
 * returns its status.
 *
 * --frontend  after a second, the frontend of device model 0 reads a register
 *             twice; what it read goes to standard error
 * --deaf      the interrupts of its accesses are lost
 * --peer      the peer on channel 1 sends messages back
 * --mute      without ringing
 * --refuse    the hypervisor refuses doorbells
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib.h"

#define MESSAGE	32

static int frontend, deaf, peer, mute, refuse;

static const struct option options[] = {
	{ "frontend", no_argument, &frontend, 1 },
	{ "deaf", no_argument, &deaf, 1 },
	{ "peer", no_argument, &peer, 1 },
	{ "mute", no_argument, &mute, 1 },
	{ "refuse", no_argument, &refuse, 1 },
	{ NULL, 0, NULL, 0 },
};

static void *be_peer(void *arg)
{
	char *to = hv_map(IPC_START + IPC_SIZE, 2 * CHANNEL_SIZE);
	char *from = to + CHANNEL_SIZE;

	(void)arg;
	for (;;) {
		usleep(1000);
		if (!memcmp(to, from, MESSAGE))
			continue;
		memcpy(to, from, MESSAGE);
		if (!mute)
			hv_ring(FAKEHV_IPC, 1, 0);
	}
	return NULL;
}

static void *be_frontend(void *arg)
{
	struct frontend f;
	int i;

	(void)arg;
	sleep(1);
	for (i = 0; i < 2; i++) {
		frontend_read(&f, 0, 0xa003e00 + 4 * (uint64_t)i, 4);
		frontend_join(&f);
		fprintf(stderr, "frontend: 0x%llx\n",
			(unsigned long long)f.access.value);
	}
	return NULL;
}

static int run(const char *command)
{
	pthread_t front, other;
	int status;

	if (refuse)
		hv_fault(FAKEHV_CALL_IPC, -3, 1000);
	if (deaf)
		hv_fault(FAKEHV_LOSE_IRQ, 0, 1000);
	if (peer && pthread_create(&other, NULL, be_peer, NULL))
		errx(1, "pthread_create");
	if (frontend && pthread_create(&front, NULL, be_frontend, NULL))
		errx(1, "pthread_create");
	status = system(command);
	if (frontend)
		pthread_join(front, NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

int main(int argc, char **argv)
{
	struct fakehv_device dispatcher, channel;
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c)
			return 127;
	if (optind != argc - 1)
		return 127;
	hv_open();
	hv_reset();
	if (!dispatcher_create(&dispatcher, 2) ||
	    !channel_create(&channel, 1, 2))
		return 127;
	status = run(argv[optind]);
	device_destroy(&dispatcher);
	device_destroy(&channel);
	return status;
}
