/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A system made of files in a temporary directory, and baoctl in it.
 */
#ifndef BAOCTL_WORLD_H
#define BAOCTL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/bao.h>

#define FORMAT(f, a)	__attribute__((format(printf, f, a)))

/**
 * struct channel_model - what the nodes baoipc* of this system say
 * @absent: they are of another driver
 * @info: BAO_IPC_GET_INFO
 * @echo: the peer rings all the time
 * @ring_errno: what ringing ends with
 * @events: what the next calls of BAO_IPC_GET_EVENTS give; then nothing comes
 * @num_events: how many there are
 * @fetch_errno: what BAO_IPC_GET_EVENTS ends with
 * @info_errno: what BAO_IPC_GET_INFO ends with
 * @write_errno: what a write ends with
 * @write_max: no write takes more bytes, if it is not 0
 * @incoming: what the peer writes to baoipc0 when it is waited for, or NULL
 * @incoming_size: its size
 *
 * A node is a file, so what is written there can be read there: the peer sends
 * everything back. The event that was rung last is in /rung.
 */
struct channel_model {
	bool absent;
	bool echo;
	struct bao_ipc_info info;
	int ring_errno;
	struct bao_ipc_events events[4];
	unsigned int num_events;
	int fetch_errno;
	int info_errno;
	int write_errno;
	size_t write_max;
	const void *incoming;
	size_t incoming_size;
};

extern struct channel_model channel_model;

/* What uname() says; "aarch64" to begin with. */
extern const char *machine;

/* Where the system is; setup and teardown are for each test. */
extern char world[64];
int world_setup(void **state);
int world_teardown(void **state);

/* A file with its directories, and a newline at its end as in sysfs. */
void put(const char *path, const char *format, ...) FORMAT(2, 3);
/* Without one: strings and properties of the device tree. */
void put_bytes(const char *path, const void *data, size_t size);
/* What a file has; nothing when there is none. */
void get(const char *path, char *text, size_t size);
void put_link(const char *path, const char *target);
void take_away(const char *path);
/* For a call as nobody, or for all of us when we are not root. */
void deny(const char *path);

/*
 * A tracefs, where each new instance has the module's events, and @lines come
 * out of its pipe. What the instance was told is in /told when it is removed.
 */
void put_tracefs(const char *lines);
void forget_tracefs(void);

/**
 * struct result - what a call of baoctl did
 * @status: exit status
 * @out: standard output
 * @err: standard error
 */
struct result {
	int status;
	char out[65536];
	char err[8192];
};

extern struct result result;

/* Runs it with these arguments; the last is NULL. @input may be NULL. */
void baoctl(const char *first, ...);
void baoctl_with(const char *input, bool nobody, const char * const *args);

/* It ended with @status and one line on standard error that has @text. */
void assert_complaint(int status, const char *text);
/* It ended well, without a word on standard error. */
void assert_fine(void);
void assert_in(const char *text, const char *part);
void assert_not_in(const char *text, const char *part);

/* parts.c: a module that is loaded, a channel with an event, a device model */
void put_module(void);
void put_channel(unsigned int id);
void put_dm(unsigned int id);
/* A file of the channel or device model with number 0. */
void put_of_channel(const char *name, const char *value);
void put_of_dm(const char *name, const char *value);

#endif /* BAOCTL_WORLD_H */
