/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel interfaces that changed between the oldest and the newest
 * supported kernel. The only reader of what the probes found.
 */
#ifndef BAO_COMPAT_H
#define BAO_COMPAT_H

#include <linux/eventfd.h>
#include <linux/hrtimer.h>
#include <linux/kconfig.h>
#include <linux/mm.h>
#include <linux/version.h>

#include "bao-config.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "bao needs Linux 5.10 or newer"
#endif

/* Spinlocks sleep: no handler can take one in hard interrupt context. */
#define BAO_PREEMPT_RT	IS_ENABLED(CONFIG_PREEMPT_RT)

/**
 * bao_eventfd_signal - add one to an eventfd's counter
 * @ctx: the eventfd
 *
 * Context: any; takes the eventfd's wait queue lock.
 * Return: false when the kernel refused because it would recurse; kernels
 * since 6.8 cannot tell.
 */
static inline bool bao_eventfd_signal(struct eventfd_ctx *ctx)
{
#if defined(BAO_HAVE_eventfd_signal_void)
	eventfd_signal(ctx);
	return true;
#elif defined(BAO_HAVE_eventfd_signal_count)
	return eventfd_signal(ctx, 1) == 1;
#else
#error "no known form of eventfd_signal()"
#endif
}

/**
 * bao_eventfd_consume - set an eventfd's counter to 0, where that is possible
 * @ctx: the eventfd
 *
 * Where it is not, the counter grows until the eventfd is given up; who is
 * woken by each write need not read it.
 *
 * Context: any, with the eventfd's wait queue lock held.
 * Return: false when the counter was 0.
 */
static inline bool bao_eventfd_consume(struct eventfd_ctx *ctx)
{
#if defined(BAO_HAVE_eventfd_ctx_do_read)
	u64 count = 0;

	eventfd_ctx_do_read(ctx, &count);
	return count;
#else
	return true;
#endif
}

/**
 * bao_vma_forbid_write - keep mprotect from making a mapping writable
 * @vma: a mapping that is not writable now
 *
 * Context: in mmap, with the mmap lock held for writing.
 */
static inline void bao_vma_forbid_write(struct vm_area_struct *vma)
{
#if defined(BAO_HAVE_vm_flags_clear)
	vm_flags_clear(vma, VM_MAYWRITE);
#elif defined(BAO_HAVE_vm_flags_plain)
	vma->vm_flags &= ~VM_MAYWRITE;
#else
#error "no known way to change vm_flags"
#endif
}

/**
 * bao_hrtimer_setup - prepare a timer for absolute times of CLOCK_MONOTONIC
 * @timer: the timer
 * @function: what it calls: in hard interrupt context, on PREEMPT_RT in a
 * thread of softirqs
 *
 * Context: any.
 */
static inline void
bao_hrtimer_setup(struct hrtimer *timer,
		  enum hrtimer_restart (*function)(struct hrtimer *))
{
#if defined(BAO_HAVE_hrtimer_setup)
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
#elif defined(BAO_HAVE_hrtimer_init)
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	timer->function = function;
#else
#error "no known way to prepare an hrtimer"
#endif
}

#endif /* BAO_COMPAT_H */
