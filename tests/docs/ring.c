// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of docs/ipc-rtos.md: two threads exchange messages through it, and
 * one of them starts anew in between. Its doorbell is the other thread's
 * polling.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

#define MESSAGES	200000u
#define SESSIONS	20u

static struct ring_half here, there;

static void fail(const char *what, uint32_t number)
{
	fprintf(stderr, "%s %u\n", what, number);
	exit(1);
}

static void send_number(struct ring *r, uint32_t number)
{
	uint8_t bytes[RING_BYTES];
	uint32_t length = 4 + number % (RING_BYTES - 3);
	bool news = false;

	memset(bytes, (uint8_t)number, sizeof(bytes));
	memcpy(bytes, &number, sizeof(number));
	while (!ring_up(r, &news) || !ring_send(r, bytes, length))
		sched_yield();
}

static uint32_t take_number(struct ring *r)
{
	struct ring_message message;
	uint32_t number, i;
	bool news = false;

	while (!ring_up(r, &news) || !ring_take(r, &message))
		sched_yield();
	memcpy(&number, message.bytes, sizeof(number));
	if (message.length != 4 + number % (RING_BYTES - 3))
		fail("wrong length in message", number);
	for (i = 4; i < message.length; i++)
		if (message.bytes[i] != (uint8_t)number)
			fail("wrong contents in message", number);
	return number;
}

/* Sends back whatever comes, for ever. */
static void *echo(void *unused)
{
	struct ring_message message = { .length = 0 };
	struct ring r;
	bool news, held = false;

	ring_start(&r, &there, &here, 4711);
	for (;;) {
		bool up;

		news = false;
		up = ring_up(&r, &news);
		if (news)
			held = false;
		if (!up) {
			sched_yield();
		} else if (held || ring_take(&r, &message)) {
			held = !ring_send(&r, message.bytes, message.length);
			if (held)
				sched_yield();
		} else {
			sched_yield();
		}
	}
	return unused;
}

/* A session that ends with messages under way, but for the last. */
static void session(uint32_t number, uint32_t messages)
{
	uint32_t i, taken = 0;
	struct ring r;

	ring_start(&r, &here, &there, number);
	for (i = 0; i < messages; i++) {
		send_number(&r, i);
		/* Never more under way than one ring holds. */
		if (i - taken >= RING_SLOTS / 2 && take_number(&r) != taken++)
			fail("out of order, after", taken - 1);
	}
	if (number != SESSIONS)
		return;
	while (taken < messages)
		if (take_number(&r) != taken++)
			fail("out of order, after", taken - 1);
}

/* Whatever the peer writes, nothing outside the ring is touched. */
static void nonsense(void)
{
	static struct ring_half ours, theirs;
	struct ring_message message;
	bool news = false;
	uint32_t i;
	struct ring r;

	ring_start(&r, &ours, &theirs, 1);
	theirs.session = 2;
	if (ring_up(&r, &news))
		fail("up, although its echo is", theirs.echo);
	theirs.echo = 1;
	if (!ring_up(&r, &news) || !news)
		fail("not up, with", 2);
	theirs.head = RING_SLOTS + 1;
	if (ring_take(&r, &message))
		fail("took a message with head", theirs.head);
	theirs.tail = 1;
	if (ring_send(&r, "x", 1))
		fail("sent with tail", theirs.tail);
	theirs.head = 1;
	theirs.tail = 0;
	theirs.slot[0].length = UINT32_MAX;
	if (!ring_take(&r, &message) || message.length != RING_BYTES)
		fail("took a length of", message.length);
	if (ring_send(&r, "x", RING_BYTES + 1))
		fail("sent too much:", RING_BYTES + 1);
	for (i = 0; i < RING_SLOTS; i++)
		if (!ring_send(&r, "x", 1))
			fail("no room for message", i);
	if (ring_send(&r, "x", 1))
		fail("room for message", i);
}

int main(void)
{
	pthread_t thread;
	uint32_t i;

	/* What memory holds at boot. */
	memset(&here, 0xa5, sizeof(here));
	memset(&there, 0xa5, sizeof(there));
	nonsense();
	if (pthread_create(&thread, NULL, echo, NULL))
		fail("no thread", 0);
	for (i = 1; i <= SESSIONS; i++)
		session(i, i < SESSIONS ? 1000 : MESSAGES);
	return 0;
}
