/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trees and overlays for the tests, from source.
 */
#ifndef WORLD_H
#define WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* Before cmocka, which has a macro called fail(). */
#include "overlay.h"

#include <cmocka.h>

/* 64 MiB at 1 GiB, a GIC, and a device with SPI 15 at 0x9000000 */
extern const char arm_base[];
/* the same memory, a PLIC with 60 sources that the root does not name */
extern const char riscv_base[];
/* as the first, and the shared memory is memory as well */
extern const char frontend_base[];

/* The contents of an overlay for "/", as a whole file. */
#define OVERLAY(contents)	\
	"/dts-v1/;\n/plugin/;\n&{/} { bao-bus { compatible = \"simple-bus\";" \
	"#address-cells = <2>; #size-cells = <2>; ranges;" contents "}; };"

#define IPC(where, what)	\
	"bao-ipc@" where " { compatible = \"bao,ipcshmem\";" what "};"
#define IPC_REG		"reg = <0 0xf0000000 0 0x10000>;"
#define IPC_CHANNELS	"read-channel = <0 0x2000>;" \
			"write-channel = <0x2000 0x2000>;"
#define IPC_IRQ		"interrupts = <0 20 1>;"
#define IPC_ID		"id = <0>;"

#define DM(where, what)	\
	"dispatcher@" where " { compatible = \"bao,io-dispatcher\";" what "};"
#define DM_REG		"reg = <0 0xd0000000 0 0x1000000>;"
#define DM_IRQ		"interrupts = <0 8 1>;"

/* Compiles with dtc; @symbols: with -@. The blob is the caller's. */
void compile(struct blob *blob, const char *source, bool symbols);

/* What has been found, and where it has been looked for. */
struct world {
	struct blob base;
	struct blob overlay;
	struct blob merged;
	struct check check;
	struct findings findings;
	struct facts facts;
};

/* Checks; it is there until the next call. */
struct world *look_at(const char *base, const char *overlay,
		      const struct facts *facts);
void forget(struct world *world);

/* Runs one of the commands with a list of arguments that NULL ends. */
int run(int (*command)(int argc, char **argv), ...);
/* What the latest one had to say on standard error. */
const char *complaint(void);
/* And on standard output. */
const char *output(void);
/* A file in a directory of the test's own. */
const char *file_name(const char *name);
void write_file(const char *name, const void *data, size_t size);
void write_blob(const char *name, const char *source, bool symbols);
/* NULL if it is not there. */
char *read_file(const char *name, size_t *size);
void take_away(const char *name);
/* How many files there are. */
int count_files(void);
void remove_files(void);

#endif /* WORLD_H */
