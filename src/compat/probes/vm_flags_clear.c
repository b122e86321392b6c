// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mainline 6.3, bc292ab00f6c: vm_flags is read-only and has accessors.
 * Known backports: some vendor 5.15 and 6.1 trees.
 */
#include <linux/mm.h>

void bao_probe(struct vm_area_struct *vma);
void bao_probe(struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_MAYWRITE);
}
