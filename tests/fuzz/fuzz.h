/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the fuzzer share.
 *
 * One process, the manager, starts the others: workers of several threads that
 * use the module, frontends whose accesses the workers answer, and an admin
 * who makes, unbinds and removes devices. Everybody does operations of a table,
 * drawn from a stream of random numbers of his own.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "lib.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* rng.c */
struct rng {
	uint64_t state;
};

struct rng rng_derive(uint64_t seed, uint64_t stream, uint64_t index);
uint64_t rng_next(struct rng *r);
unsigned int rng_below(struct rng *r, unsigned int n);
bool rng_one_in(struct rng *r, unsigned int n);
uint64_t rng_wild(struct rng *r);

/*
 * ring.c: the last calls of every thread, in memory that all processes share
 */
#define RING_CALLS	40
#define RINGS		48
/* The last ones belong to processes that workers fork. */
#define RING_CHILDREN	16
#define FUZZ_CHILDREN	12

struct call {
	const char *what;
	uint64_t arg[3];
	uint64_t op;
	uint64_t begin_ms;
	long ret;
	int error;
	bool done;
};

struct ring {
	const char *role;
	const char *op_name;
	pid_t pid;
	pid_t tid;
	unsigned int generation;
	_Atomic uint64_t busy_since;	/* 0: between two operations */
	_Atomic uint64_t num_calls;
	struct call call[RING_CALLS];
};

/* How often a call was made; told apart by the text's address. */
#define STATS		128

struct stat_of_call {
	const char *_Atomic what;
	_Atomic uint64_t calls;
	_Atomic uint64_t failed;
};

struct shared {
	uint64_t seed;
	bool strict;			/* nothing that loses a request */
	_Atomic bool stop;
	_Atomic bool frontends_stop;
	_Atomic uint64_t ops;
	_Atomic uint64_t accesses;
	_Atomic int num_children;
	struct stat_of_call stat[STATS];
	struct ring ring[RINGS];
};

extern struct shared *shared;

struct worker;
void ring_init(void);
void ring_take(struct worker *w, unsigned int index, const char *role);
void ring_print(const struct ring *ring);
void ring_print_all(void);
void stats_print(bool all);
void call_begin(struct worker *w, const char *what, uint64_t a, uint64_t b,
		uint64_t c);
long call_end(struct worker *w, long ret);

#define ARG(x)	((uint64_t)(uintptr_t)(x))
#define CALL(w, what, a, b, c, expr)					\
	(call_begin(w, what, ARG(a), ARG(b), ARG(c)),			\
	 call_end(w, (long)(expr)))

/* worker.c: a thread that does operations */
struct op {
	const char *name;
	unsigned int weight;
	void (*run)(struct worker *w);
};

struct op_table {
	const char *name;
	const struct op *op;
	unsigned int num;
};

struct role {
	const char *name;
	unsigned int threads;
	bool stands_still;	/* frontends may wait for ever */
	const struct op_table *const *tables;
};

struct arena {
	char *good;		/* ends before a page that is not there */
	char *read_only;
	char *stage;		/* what comes out of the late page */
	char *late;		/* comes a while after it was touched */
	size_t page;
};

struct worker {
	const struct role *role;
	unsigned int slot;
	unsigned int thread;
	unsigned int generation;
	bool child;
	bool stale;		/* the last call said that its device is gone */
	uint64_t op;
	struct rng rng;		/* of the operation under way */
	struct ring *ring;
	struct arena arena;
};

extern const struct role role_worker, role_frontend, role_admin;
void worker_main(const struct role *role, unsigned int slot,
		 unsigned int generation, unsigned int ring);
void worker_timer(unsigned int interval_us);
void worker_do(struct worker *w, const struct op_table *const *tables);

/* model.c: what a worker's process has */
enum fd_kind {
	FD_CONTROL,
	FD_DM,
	FD_IPC,
	FD_EVENT,
	FD_EPOLL,
	FD_ATTR,
	FD_KINDS,
};

#define MODEL_FDS	6
#define MODEL_KICKS	16
#define MODEL_REQUESTS	16
#define MODEL_MAPS	8

/* Threads change these at the same time; a torn one is a wild one. */
struct model_kick {
	_Atomic int fd;
	_Atomic int efd;
	_Atomic uint32_t flags;
	_Atomic uint32_t len;
	_Atomic uint64_t addr;
	_Atomic uint64_t data;
};

struct model_request {
	_Atomic int fd;
	_Atomic uint64_t id;
};

struct model_map {
	_Atomic uintptr_t addr;
	_Atomic size_t len;
};

struct model {
	_Atomic int fd[FD_KINDS][MODEL_FDS];	/* 0: none */
	struct model_kick kick[MODEL_KICKS];
	struct model_request request[MODEL_REQUESTS];
	struct model_map map[MODEL_MAPS];
};

extern struct model model;

int fd_pick(struct worker *w, enum fd_kind kind);
int fd_any(struct worker *w);
int fd_take(struct worker *w, enum fd_kind kind);
int fd_put(struct worker *w, enum fd_kind kind, int fd);
int fd_need(struct worker *w, enum fd_kind kind);
void fd_forget_all(void);
void request_put(struct worker *w, int fd, uint64_t id);
bool request_take(struct worker *w, int *fd, uint64_t *id);
void kick_put(struct worker *w, int fd, const struct bao_ioeventfd *args);
bool kick_pick(struct worker *w, int *fd, struct bao_ioeventfd *args);
void map_put(struct worker *w, void *addr, size_t len);
bool map_pick(struct worker *w, char **addr, size_t *len);
bool map_take(struct worker *w, char **addr, size_t *len);

/* arena.c: pointers, good and bad */
void arena_init(struct worker *w);
void arena_late_start(void);
void *place(struct worker *w, const void *data, size_t len, bool *readable);

/* world.c: devices, made by the admin; slot n is the platform device fakehv.n */
#define WORLD_DEVICES	5
#define WORLD_DMS	4
#define WORLD_CHANNELS	3
void world_make(void);
bool world_restore(void);
void world_calm(void);
void device_draw(struct worker *w, unsigned int slot, struct fakehv_device *d);
const char *world_driver(unsigned int slot);
unsigned int world_dm_slot(unsigned int dm);
bool path_write(const char *path, const char *text);

/* ops_*.c */
extern const struct op_table dm_table, ipc_table, fd_table, poll_table,
	mem_table, proc_table, sysfs_table, wild_table, ring_table, access_table,
	admin_table;
uint64_t draw_reg(struct worker *w);
uint32_t draw_width(struct worker *w);
void op_fd_close(struct worker *w);

/* children.c: what workers fork */
unsigned int children_each(void (*act)(pid_t pid));

/* mail.c: descriptors on their way from one process to another */
void mail_open(void);
void mail_close(void);
void mail_send(struct worker *w, enum fd_kind kind, int fd);
void mail_receive(struct worker *w);

/* manager.c */
bool storm(unsigned int seconds, unsigned int threads);
bool storm_end(void);
bool frontends_end(unsigned int timeout_ms, void (*meanwhile)(void));
void frontends_kill(void);
bool slot_has(pid_t pid);

/* health.c */
bool health_answer_all(void);
bool health_round(void);

/* leaks.c */
bool leaks_check(void);
bool modules_cycle(void);

/* watch.c: the kernel's messages, and threads that do not come back */
void watch_start(void);
bool watch_kernel(void);
bool watch_threads(bool all);
bool finding(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void stacks_print(pid_t pid);

#endif /* FUZZ_H */
