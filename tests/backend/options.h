/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BACKEND_OPTIONS_H
#define BACKEND_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct options - the command line
 * @dm: device model
 * @queues: how many request queues
 * @window: guest-physical address of the trapped registers
 * @base: what the frontend calls the first byte of the shared memory
 * @base_given: @base was given; without it, what the kernel says
 * @image: the disk
 * @state: state file, or NULL
 * @control: control node of the kernel module
 * @read_only: no writes
 * @go_on: serve rings although the kernel answered requests
 * @verbose: report every access
 */
struct options {
	uint32_t dm;
	uint32_t queues;
	uint64_t window;
	uint64_t base;
	bool base_given;
	const char *image;
	const char *state;
	const char *control;
	bool read_only;
	bool go_on;
	bool verbose;
};

void options_parse(struct options *opt, int argc, char **argv);

#endif /* BACKEND_OPTIONS_H */
