// SPDX-License-Identifier: GPL-2.0-only
/*
 * fakehv: the Bao hypervisor, a frontend VM and an IPC peer inside one kernel,
 * to test bao.ko without any of them. /dev/fakehv is how tests steer it.
 */

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hypercall.h"
#include "internal.h"

static ulong base;
module_param(base, ulong, 0444);
MODULE_PARM_DESC(base, "Physical address of the shared memory");
static ulong size;
module_param(size, ulong, 0444);
MODULE_PARM_DESC(size, "Its size in bytes");

static const struct bao_backend fakehv_backend = {
	.owner = THIS_MODULE,
	.call = fakehv_call,
};

static void fakehv_other_call(struct bao_call *call)
{
	call->result = BAO_RESULT_UNKNOWN;
}

static const struct bao_backend fakehv_other = {
	.owner = THIS_MODULE,
	.call = fakehv_other_call,
};

union fakehv_argument {
	struct fakehv_config config;
	struct fakehv_device device;
	struct fakehv_access access;
	struct fakehv_storm storm;
	struct fakehv_ring ring;
	struct fakehv_wait wait;
	struct fakehv_cpu cpu;
	struct fakehv_fault fault;
	struct fakehv_counters counters;
	struct fakehv_window window;
	struct fakehv_line_info line;
	struct fakehv_victim victim;
};

static int fakehv_reset(void)
{
	fakehv_destroy_all();
	fakehv_abort_accesses();
	fakehv_lines_reset();
	fakehv_hv_reset();
	return 0;
}

static int fakehv_change_backend(unsigned long what)
{
	switch (what) {
	case FAKEHV_BACKEND_IN:
		return bao_backend_register(&fakehv_backend);
	case FAKEHV_BACKEND_OUT:
		return bao_backend_unregister(&fakehv_backend);
	case FAKEHV_BACKEND_OTHER_IN:
		return bao_backend_register(&fakehv_other);
	case FAKEHV_BACKEND_OTHER_OUT:
		return bao_backend_unregister(&fakehv_other);
	default:
		return -EINVAL;
	}
}

static int fakehv_do_ioctl(unsigned int cmd, union fakehv_argument *arg)
{
	switch (cmd) {
	case FAKEHV_CONFIG:
		return fakehv_configure(&arg->config);
	case FAKEHV_CREATE:
		return fakehv_create(&arg->device);
	case FAKEHV_ACCESS:
		return fakehv_access(&arg->access);
	case FAKEHV_STORM:
		return fakehv_storm(&arg->storm);
	case FAKEHV_RING:
		return fakehv_ring(&arg->ring);
	case FAKEHV_WAIT:
		return fakehv_wait(&arg->wait);
	case FAKEHV_SET_CPU:
		return fakehv_set_cpu(&arg->cpu);
	case FAKEHV_LINE:
		return fakehv_get_line(&arg->line);
	case FAKEHV_KILL:
		return fakehv_kill_line(&arg->victim);
	case FAKEHV_FAULT:
		return fakehv_fault(&arg->fault);
	case FAKEHV_COUNTERS:
		fakehv_get_counters(&arg->counters);
		return 0;
	case FAKEHV_WINDOW:
		arg->window.base = base;
		arg->window.size = size;
		return 0;
	default:
		return -ENOTTY;
	}
}

static long fakehv_ioctl_struct(unsigned int cmd, void __user *user)
{
	size_t len = _IOC_SIZE(cmd);
	union fakehv_argument *arg;
	int ret;

	if (_IOC_TYPE(cmd) != FAKEHV_TYPE || len > sizeof(*arg))
		return -ENOTTY;
	arg = kzalloc(sizeof(*arg), GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	if ((_IOC_DIR(cmd) & _IOC_WRITE) && copy_from_user(arg, user, len)) {
		ret = -EFAULT;
		goto out;
	}
	ret = fakehv_do_ioctl(cmd, arg);
	if ((_IOC_DIR(cmd) & _IOC_READ) && copy_to_user(user, arg, len))
		ret = -EFAULT;
out:
	kfree(arg);
	return ret;
}

static long fakehv_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case FAKEHV_RESET:
		return fakehv_reset();
	case FAKEHV_DESTROY:
		return fakehv_destroy(arg);
	case FAKEHV_COUNTERS_RESET:
		fakehv_reset_counters();
		return 0;
	case FAKEHV_BACKEND:
		return fakehv_change_backend(arg);
	default:
		return fakehv_ioctl_struct(cmd, (void __user *)arg);
	}
}

/* What the other VM sees: the same memory, cacheable as well. */
static int fakehv_mmap(struct file *file, struct vm_area_struct *vma)
{
	phys_addr_t start = base;

	return vm_iomap_memory(vma, start, size);
}

static ssize_t fakehv_read(struct file *file, char __user *user, size_t len,
			   loff_t *pos)
{
	return simple_read_from_buffer(user, len, pos, fakehv.bells,
				       fakehv_bells_size());
}

static const struct file_operations fakehv_fops = {
	.owner = THIS_MODULE,
	.read = fakehv_read,
	.unlocked_ioctl = fakehv_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = fakehv_mmap,
};

static struct miscdevice fakehv_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "fakehv",
	.fops = &fakehv_fops,
	.mode = 0600,
};

static int __init fakehv_init(void)
{
	int ret;

	fakehv_hv_init();
	ret = fakehv_devices_init(base, size);
	if (ret)
		return ret;
	ret = fakehv_lines_init();
	if (ret)
		return ret;
	ret = bao_backend_register(&fakehv_backend);
	if (ret)
		goto err_lines;
	ret = misc_register(&fakehv_misc);
	if (ret)
		goto err_backend;
	return 0;

err_backend:
	bao_backend_unregister(&fakehv_backend);
err_lines:
	fakehv_lines_exit();
	return ret;
}
module_init(fakehv_init);

static void __exit fakehv_exit(void)
{
	misc_deregister(&fakehv_misc);
	/* The backend pins this module, so no device is bound any more. */
	fakehv_destroy_all();
	WARN_ON(bao_backend_unregister(&fakehv_backend));
	fakehv_lines_exit();
}
module_exit(fakehv_exit);

MODULE_DESCRIPTION("Stand-in for the Bao hypervisor, for tests");
MODULE_LICENSE("GPL");
