// SPDX-License-Identifier: GPL-2.0-only
/* vmm: plays the Bao hypervisor for a few Linux guests, on top of KVM. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "vmm.h"

#define KVM_API		12
#define INPUT_RETRY_MS	100

static int open_kvm(struct vmm *vmm)
{
	int size;

	vmm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vmm->kvm < 0 || ioctl(vmm->kvm, KVM_GET_API_VERSION, 0) != KVM_API) {
		vmm_log(vmm, "vmm", "/dev/kvm: %s", strerror(errno));
		return -1;
	}
	size = ioctl(vmm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < (int)sizeof(struct kvm_run)) {
		vmm_log(vmm, "vmm", "/dev/kvm: odd size of a vCPU's page");
		return -1;
	}
	vmm->run_size = (size_t)size;
	return 0;
}

static int create_shmems(struct vmm *vmm)
{
	for (unsigned int i = 0; i < CFG_MAX_SHMEMS; i++) {
		uint64_t size = vmm->config.shmem_size[i];
		int ret = size ? memory_shared(&vmm->shmem[i], size) : 0;

		if (ret) {
			vmm_log(vmm, "vmm", "region %u: %s", i, strerror(-ret));
			return -1;
		}
	}
	return 0;
}

static void inject(void *ctx, unsigned int vm, unsigned int intid)
{
	struct vmm *vmm = ctx;

	guest_pulse(&vmm->guest[vm], intid);
}

static void warn(void *ctx, const char *text)
{
	vmm_log(ctx, "hypervisor", "WARNING: %s", text);
}

static int add_ipc(struct vmm *vmm, const struct cfg_ipc *cfg)
{
	struct hv_ipc ipc = {
		.shmem = (unsigned int)cfg->shmem, .nr_events = cfg->irqs.nr,
	};

	for (unsigned int i = 0; i < cfg->irqs.nr; i++)
		ipc.intid[i] = (unsigned int)cfg->irqs.v[i];
	return hv_add_ipc(&vmm->hv, cfg->guest, &ipc);
}

static int add_remio(struct vmm *vmm, const struct cfg_remio *cfg)
{
	struct hv_dev dev = {
		.shmem = (unsigned int)cfg->shmem,
		.frontend = cfg->frontend,
		.backend = cfg->backend,
		.frontend_intid = (unsigned int)cfg->frontend_irq,
		.backend_intid = (unsigned int)cfg->backend_irq,
		.window = cfg->window,
		.window_size = cfg->window_size,
	};

	snprintf(dev.name, sizeof(dev.name), "%.31s", cfg->name);
	return hv_add_dev(&vmm->hv, &dev);
}

static int create_model(struct vmm *vmm)
{
	const struct hv_host host = { vmm, inject, warn };
	const struct config *config = &vmm->config;
	int ret;

	ret = hv_init(&vmm->hv, (unsigned int)config->slots, &host);
	vmm->hv.faults = config->faults;
	vmm->hv.long_stall_ns = config->stall_ms * 1000000u;
	for (unsigned int i = 0; i < config->nr_guests && ret >= 0; i++)
		ret = hv_add_vm(&vmm->hv, config->guest[i].name);
	for (unsigned int i = 0; i < config->nr_ipcs && ret >= 0; i++)
		ret = add_ipc(vmm, &config->ipc[i]);
	for (unsigned int i = 0; i < config->nr_remios && ret >= 0; i++) {
		if (config->remio[i].frontend != CFG_NOBODY)
			ret = add_remio(vmm, &config->remio[i]);
	}
	if (ret < 0)
		vmm_log(vmm, "vmm", "too many objects in the configuration");
	return ret < 0 ? -1 : 0;
}

static bool pins_given(const struct config *config)
{
	for (unsigned int i = 0; i < config->nr_guests; i++) {
		if (config->guest[i].pin.nr)
			return true;
	}
	return false;
}

/* CPUs of their own, as under Bao: as told, or one each when there are enough. */
static void choose_pins(struct vmm *vmm)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	bool given = pins_given(&vmm->config);
	long next = 0;

	for (unsigned int i = 0; i < vmm->nr_guests; i++)
		next += (long)vmm->guest[i].cfg->cpus;
	if (next > online)
		online = 0;
	next = 0;
	for (unsigned int i = 0; i < vmm->nr_guests; i++) {
		const struct cfg_guest *cfg = vmm->guest[i].cfg;

		for (unsigned int j = 0; j < cfg->cpus; j++, next++) {
			struct vcpu *vcpu = &vmm->guest[i].cpu[j];

			vcpu->pin = given || next >= online ? -1 : (int)next;
			if (j < cfg->pin.nr)
				vcpu->pin = (int)cfg->pin.v[j];
		}
	}
}

static int create_guests(struct vmm *vmm)
{
	vmm->nr_guests = vmm->config.nr_guests;
	for (unsigned int i = 0; i < vmm->nr_guests; i++) {
		if (guest_create(vmm, i))
			return -1;
	}
	choose_pins(vmm);
	return 0;
}

/* What is typed at a guest; as much as it has room for, until it ends. */
static void feed_console(struct guest *guest)
{
	struct serial *serial = &guest->serial[0];
	unsigned int room = uart_room(&serial->uart);
	char buffer[UART_FIFO];
	ssize_t got;

	got = read(serial->console.in, buffer, room);
	if (!got || (got < 0 && errno != EAGAIN && errno != EINTR)) {
		close(serial->console.in);
		serial->console.in = -1;
	}
	for (ssize_t i = 0; i < got; i++)
		uart_receive(&serial->uart, buffer[i]);
}

static bool all_ended(struct vmm *vmm)
{
	bool all = true;

	for (unsigned int i = 0; i < vmm->nr_guests; i++) {
		struct guest *guest = &vmm->guest[i];

		if (atomic_load(&guest->running))
			all = false;
		else if (!strcmp(guest->cfg->ends, "all"))
			return true;
	}
	return all;
}

static void stop_all(struct vmm *vmm, int status)
{
	for (unsigned int i = 0; i < vmm->nr_guests; i++)
		guest_stop(&vmm->guest[i], status);
}

/* True when the run is over. */
static bool handle_signal(struct vmm *vmm, int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo == SIGUSR1) {
		vmm_snapshot(vmm, "signal");
		return false;
	}
	vmm_log(vmm, "vmm", "ended by signal %u", info.ssi_signo);
	stop_all(vmm, EXIT_VMM_FAILED);
	return true;
}

/* Milliseconds that are left, for poll(). */
static int time_left(uint64_t deadline)
{
	uint64_t now = hv_now_ns();

	if (!deadline)
		return -1;
	return now >= deadline ? 0 : (int)((deadline - now) / 1000000u) + 1;
}

/* True when a guest's input waits for room, which nothing will tell of. */
static bool watch_inputs(struct vmm *vmm, struct pollfd *fds)
{
	bool waits = false;

	for (unsigned int i = 0; i < vmm->nr_guests; i++) {
		struct serial *serial = &vmm->guest[i].serial[0];
		bool room = uart_room(&serial->uart);

		fds[i].fd = room ? serial->console.in : -1;
		fds[i].events = POLLIN;
		fds[i].revents = 0;
		if (!room && serial->console.in >= 0)
			waits = true;
	}
	return waits;
}

static void wait_for_end(struct vmm *vmm, int signals)
{
	struct pollfd fds[2 + HV_MAX_VMS] = {
		{ .fd = vmm->ended, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	uint64_t deadline = 0, count;

	if (vmm->config.timeout)
		deadline = hv_now_ns() + vmm->config.timeout * 1000000000u;
	while (!all_ended(vmm)) {
		int left = time_left(deadline);

		if (!left) {
			vmm_log(vmm, "vmm", "timeout");
			stop_all(vmm, EXIT_TIMEOUT);
			return;
		}
		if (watch_inputs(vmm, fds + 2) &&
		    (left < 0 || left > INPUT_RETRY_MS))
			left = INPUT_RETRY_MS;
		if (poll(fds, 2 + vmm->nr_guests, left) <= 0)
			continue;
		if (fds[0].revents && read(vmm->ended, &count, sizeof(count)) < 0)
			return;
		if (fds[1].revents && handle_signal(vmm, signals))
			return;
		for (unsigned int i = 0; i < vmm->nr_guests; i++) {
			if (fds[2 + i].revents & (POLLIN | POLLHUP | POLLERR))
				feed_console(&vmm->guest[i]);
		}
	}
}

static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	vcpu_prepare_kicks();
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int run(struct vmm *vmm, int signals)
{
	int status = 0;

	vmm->ended = eventfd(0, EFD_CLOEXEC);
	if (vmm->ended < 0 || open_kvm(vmm) || create_shmems(vmm) ||
	    create_model(vmm) || create_guests(vmm))
		return EXIT_VMM_FAILED;
	for (unsigned int i = 0; i < vmm->nr_guests; i++) {
		if (guest_start(&vmm->guest[i]))
			return EXIT_VMM_FAILED;
	}
	wait_for_end(vmm, signals);
	/* a hang shows in the counters, so take them while it lasts */
	vmm_snapshot(vmm, "end");
	stop_all(vmm, 0);
	for (unsigned int i = 0; i < vmm->nr_guests; i++) {
		struct guest *guest = &vmm->guest[i];

		guest_join(guest);
		vmm_log(vmm, guest->cfg->name, "ended, status %d",
			atomic_load(&guest->status));
		if (!status)
			status = atomic_load(&guest->status);
	}
	return status;
}

static int usage(void)
{
	fputs("usage: vmm [--check] [--timeout SECONDS] [--counters FILE] CONFIG\n",
	      stderr);
	return EXIT_VMM_FAILED;
}

static int open_log(struct vmm *vmm)
{
	const char *path = vmm->config.log;

	pthread_mutex_init(&vmm->log_lock, NULL);
	vmm->log = *path ? fopen(path, "ae") : stdout;
	if (vmm->log)
		return 0;
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

static int read_options(int argc, char **argv, struct config *config,
			bool *check_only)
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "timeout", required_argument, NULL, 't' },
		{ "counters", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	const char *timeout = NULL, *counters = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'c')
			*check_only = true;
		else if (option == 't')
			timeout = optarg;
		else if (option == 'o')
			counters = optarg;
		else
			return -1;
	}
	if (optind + 1 != argc || config_read(config, argv[optind]))
		return -1;
	if (timeout)
		config->timeout = strtoul(timeout, NULL, 0);
	if (counters)
		snprintf(config->counters, CFG_TEXT, "%s", counters);
	return config_check(config);
}

int main(int argc, char **argv)
{
	static struct vmm vmm;
	bool check_only = false;
	int signals;

	if (read_options(argc, argv, &vmm.config, &check_only))
		return usage();
	if (check_only)
		return 0;
	signals = block_signals();
	if (signals < 0 || open_log(&vmm))
		return EXIT_VMM_FAILED;
	return run(&vmm, signals);
}
