// SPDX-License-Identifier: GPL-2.0-only
/* What a device needs for itself before anything else. */

#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/mm.h>

#include "bao.h"
#include "hypercall.h"

static void bao_hyp_release(void *data)
{
	bao_hyp_put();
}

/**
 * bao_hyp_claim - make sure that Bao is there, for a device
 * @dev: for whom; the claim ends with its driver
 *
 * Context: process, in probe.
 * Return: 0; -ENODEV; -ENOMEM. Failures are reported.
 */
int bao_hyp_claim(struct device *dev)
{
	int ret = bao_hyp_get();

	if (ret)
		return dev_err_probe(dev, ret,
				     "the hypervisor is not Bao, or this architecture cannot call it\n");
	return devm_add_action_or_reset(dev, bao_hyp_release, NULL);
}

/*
 * Some address spaces hold more than page tables do, and whoever maps memory
 * for a program is not told: it would see another page. Page tables may hold
 * more than the CPU, too, but Bao has no guests with more than 48 bits.
 */
static bool bao_addressable(resource_size_t addr)
{
	if ((u64)addr >> 48)
		return false;
	return pte_pfn(pfn_pte(PHYS_PFN(addr), PAGE_KERNEL)) ==
	       addr >> PAGE_SHIFT;
}

/**
 * bao_region_claim - make sure that a region is nobody else's
 * @dev: for whom; the claim ends with its driver
 * @res: the region
 * @what: the property that describes it
 *
 * Memory that Linux allocates from cannot be shared by address: it has to lie
 * outside System RAM, or in a reserved-memory node with no-map.
 *
 * Context: process, in probe.
 * Return: 0; -EINVAL it is empty, wraps, is System RAM or where no page can be;
 * -EBUSY it is taken. Failures are reported.
 */
int bao_region_claim(struct device *dev, const struct resource *res,
		     const char *what)
{
	resource_size_t size = resource_size(res);

	if (res->end < res->start || !size || size != (size_t)size)
		return dev_err_probe(dev, -EINVAL,
				     "%s: %pR is empty or wraps\n", what, res);
	if (!bao_addressable(res->start) || !bao_addressable(res->end))
		return dev_err_probe(dev, -EINVAL,
				     "%s: %pR cannot be mapped\n", what, res);
	if (region_intersects(res->start, size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		return dev_err_probe(dev, -EINVAL,
				     "%s: %pR is System RAM; leave it out of the memory node or reserve it no-map\n",
				     what, res);
	if (!devm_request_mem_region(dev, res->start, size, dev_name(dev)))
		return dev_err_probe(dev, -EBUSY,
				     "%s: %pR is in use by another driver\n",
				     what, res);
	return 0;
}
