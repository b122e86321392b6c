// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap of a channel.
 *
 * A mapping's offsets follow the spans, each beginning on a page of its own.
 * The peer's half must not be written through a mapping: only pages that lie
 * wholly inside the write channel can be writable. Nothing of that changes after
 * probe, so no lock is needed. The memory stays when the driver goes, and so do
 * mappings; new ones are refused then, for the address range may be somebody
 * else's soon.
 */

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "compat/compat.h"
#include "ipc.h"

/**
 * bao_ipc_map_layout - compute what mmap offers
 * @ipc: the channel pair, whose channels are known
 *
 * Context: process, in probe.
 */
void bao_ipc_map_layout(struct bao_ipc *ipc)
{
	u64 start = ALIGN(ipc->write.offset, (u64)PAGE_SIZE);
	u64 end = ALIGN_DOWN(ipc->write.offset + ipc->write.size,
			     (u64)PAGE_SIZE);
	unsigned int i;

	ipc->mappable = true;
	for (i = 0; i < ipc->num_spans; i++)
		if (!IS_ALIGNED(ipc->span[i].start | ipc->span[i].size,
				PAGE_SIZE))
			ipc->mappable = false;
	if (ipc->mappable && end > start) {
		ipc->writable_start = start;
		ipc->writable_size = end - start;
	}
}

/**
 * bao_ipc_map_size - how much can be mapped
 * @ipc: the channel pair
 *
 * Context: any.
 * Return: bytes from offset 0; 0 when mmap is not offered.
 */
u64 bao_ipc_map_size(const struct bao_ipc *ipc)
{
	u64 size = 0;
	unsigned int i;

	for (i = 0; ipc->mappable && i < ipc->num_spans; i++)
		size += ipc->span[i].size;
	return size;
}

static int bao_check_vma(struct bao_ipc *ipc, struct vm_area_struct *vma)
{
	u64 size = bao_ipc_map_size(ipc);
	u64 start = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u64 len = vma->vm_end - vma->vm_start;

	if (READ_ONCE(ipc->gone))
		return -ENODEV;
	/* VM_SHARED is off when the file cannot be written. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (!ipc->mappable)
		return -ENXIO;
	if (start > size || len > size - start)
		return -EINVAL;
	if (start >= ipc->writable_start &&
	    start + len <= ipc->writable_start + ipc->writable_size)
		return 0;
	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	bao_vma_forbid_write(vma);
	return 0;
}

/**
 * bao_ipc_mmap - map a channel's memory
 * @ipc: the channel pair
 * @vma: where to
 *
 * Context: mmap, with the mmap lock held for writing.
 * Return: 0; -ENODEV the driver is unbound; -EINVAL private or outside the
 * region; -EACCES writable, but not wholly inside the write channel; -ENXIO the
 * region does not consist of whole pages of this kernel.
 */
int bao_ipc_mmap(struct bao_ipc *ipc, struct vm_area_struct *vma)
{
	unsigned long pos = vma->vm_pgoff;
	unsigned long addr = vma->vm_start;
	const struct bao_span *span;
	unsigned long pages, num;
	int ret;

	ret = bao_check_vma(ipc, vma);
	for (span = ipc->span; !ret && addr < vma->vm_end; span++) {
		pages = span->size >> PAGE_SHIFT;
		if (pos >= pages) {
			pos -= pages;
			continue;
		}
		num = min(pages - pos, (vma->vm_end - addr) >> PAGE_SHIFT);
		ret = remap_pfn_range(vma, addr, PHYS_PFN(span->start) + pos,
				      num << PAGE_SHIFT, vma->vm_page_prot);
		addr += num << PAGE_SHIFT;
		pos = 0;
	}
	return ret;
}
