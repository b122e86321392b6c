/* SPDX-License-Identifier: GPL-2.0-only */
/* The measured device, as its frontend sees it: for module and programs. */
#ifndef BAO_BENCH_LAYOUT_H
#define BAO_BENCH_LAYOUT_H

/* Offsets in a window, which is aligned to its size. */
#define BENCH_WINDOW_SIZE	0x200
#define BENCH_READ		0x00	/* a read that is answered */
#define BENCH_NOTIFY		0x50	/* a write that is taken notice of */
#define BENCH_IRQ		0x60	/* a write that is answered by an interrupt */

#define BENCH_ROUNDS_MAX	4096

#endif /* BAO_BENCH_LAYOUT_H */
