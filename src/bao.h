/* SPDX-License-Identifier: GPL-2.0-only */
/* What all parts of the module share. */
#ifndef BAO_H
#define BAO_H

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt)	"bao: " fmt

struct device;
struct platform_driver;
struct resource;
struct workqueue_struct;

/* For everything that must not wait for an interrupt's CPU. */
extern struct workqueue_struct *bao_wq;

extern struct platform_driver bao_ipc_driver;
extern struct platform_driver bao_dispatcher_driver;

int bao_hyp_claim(struct device *dev);
int bao_region_claim(struct device *dev, const struct resource *res,
		     const char *what);

#endif /* BAO_H */
