// SPDX-License-Identifier: GPL-2.0-only
/* A vCPU and the thread that runs it. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm.h"
#include "vmm.h"

int vcpu_get_reg(int fd, uint64_t id, uint64_t *value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

	return ioctl(fd, KVM_GET_ONE_REG, &reg) ? -errno : 0;
}

int vcpu_set_reg(int fd, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)&value };

	return ioctl(fd, KVM_SET_ONE_REG, &reg) ? -errno : 0;
}

int vcpu_create(struct guest *guest, unsigned int index)
{
	struct vcpu *vcpu = &guest->cpu[index];
	void *run;

	vcpu->guest = guest;
	vcpu->index = index;
	vcpu->fd = ioctl(guest->fd, KVM_CREATE_VCPU, (unsigned long)index);
	if (vcpu->fd < 0)
		return -errno;
	run = mmap(NULL, guest->vmm->run_size, PROT_READ | PROT_WRITE,
		   MAP_SHARED, vcpu->fd, 0);
	if (run == MAP_FAILED)
		return -errno;
	vcpu->run = run;
	return 0;
}

static void system_event(struct vcpu *vcpu)
{
	bool off = vcpu->run->system_event.type == KVM_SYSTEM_EVENT_SHUTDOWN;
	struct guest *guest = vcpu->guest;

	vmm_log(guest->vmm, guest->cfg->name, off ? "powered off" : "reset");
	guest_stop(guest, off ? EXIT_GUEST_SILENT : EXIT_GUEST_RESET);
}

static void fail(struct vcpu *vcpu, const char *what, int number)
{
	struct guest *guest = vcpu->guest;

	vmm_log(guest->vmm, guest->cfg->name, "vCPU %u: %s %d", vcpu->index,
		what, number);
	guest_stop(guest, EXIT_VMM_FAILED);
}

static void handle_exit(struct vcpu *vcpu)
{
	int ret;

	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_MMIO:
		bus_access(vcpu);
		break;
	case KVM_EXIT_SYSTEM_EVENT:
		system_event(vcpu);
		break;
	case KVM_EXIT_INTR:
		break;
	default:
		ret = arch_exit(vcpu);
		if (ret == -ENOSYS)
			fail(vcpu, "unexpected exit",
			     (int)vcpu->run->exit_reason);
		else if (ret)
			fail(vcpu, "registers:", ret);
	}
}

static void pin_self(const struct vcpu *vcpu)
{
	cpu_set_t set;

	if (vcpu->pin < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)vcpu->pin, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		vmm_log(vcpu->guest->vmm, vcpu->guest->cfg->name,
			"vCPU %u: no CPU %d here", vcpu->index, vcpu->pin);
}

static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;
	struct guest *guest = vcpu->guest;
	uint64_t one = 1;

	pin_self(vcpu);
	while (!atomic_load(&guest->stopping)) {
		if (!ioctl(vcpu->fd, KVM_RUN, 0))
			handle_exit(vcpu);
		else if (errno != EINTR && errno != EAGAIN)
			fail(vcpu, "KVM_RUN:", errno);
	}
	if (atomic_fetch_sub(&guest->running, 1) == 1 &&
	    write(guest->vmm->ended, &one, sizeof(one)) != sizeof(one))
		vmm_log(guest->vmm, guest->cfg->name, "cannot tell the end");
	return NULL;
}

int vcpu_start(struct vcpu *vcpu)
{
	int ret = pthread_create(&vcpu->thread, NULL, run_vcpu, vcpu);

	vcpu->started = !ret;
	return -ret;
}

static void on_kick(int signal)
{
	(void)signal;
}

void vcpu_prepare_kicks(void)
{
	struct sigaction action = { .sa_handler = on_kick };

	sigaction(SIGRTMIN, &action, NULL);
}

/* Out of KVM_RUN, and not into it again: the flag holds where the signal is early. */
void vcpu_kick(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
	if (vcpu->started)
		pthread_kill(vcpu->thread, SIGRTMIN);
}
