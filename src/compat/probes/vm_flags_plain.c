// SPDX-License-Identifier: GPL-2.0-only
/* Up to mainline 6.2: vm_flags is an ordinary member. */
#include <linux/mm.h>

void bao_probe(struct vm_area_struct *vma);
void bao_probe(struct vm_area_struct *vma)
{
	vma->vm_flags &= ~VM_MAYWRITE;
}
