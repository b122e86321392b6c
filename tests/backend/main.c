// SPDX-License-Identifier: GPL-2.0-only
/*
 * bao-blk: a virtio disk for another virtual machine under Bao.
 *
 * One thread, one loop: requests of the frontend come from the DM file, kicks
 * of its queues from eventfds.
 */
#include "bao.h"
#include "device.h"
#include "options.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <linux/virtio_mmio.h>

/* Requests in a row, before the queues and signals have their turn. */
#define REQUESTS_MAX	64

/* What an epoll event is about: a queue, or one of these. */
#define EVENT_DM	QUEUES_MAX
#define EVENT_SIGNAL	(QUEUES_MAX + 1)

/**
 * struct daemon - everything there is
 * @opt: options
 * @dm: the kernel's side
 * @dev: the frontend's side
 * @blk: the disk
 * @state_fd: state file, -1 for none
 * @epoll: what the loop waits for
 * @irqfd: eventfd that interrupts the frontend
 * @kick: eventfds that the frontend's kicks arrive at
 * @signals: SIGTERM and SIGINT
 * @strays: accesses outside the window were reported
 */
struct daemon {
	struct options opt;
	struct bao_dm dm;
	struct device dev;
	struct blk blk;
	int state_fd;
	int epoll;
	int irqfd;
	int kick[QUEUES_MAX];
	int signals;
	bool strays;
};

static void fatal(const char *what, int err)
{
	fprintf(stderr, "%s: %s\n", what, strerror(-err));
	exit(1);
}

static void signal_eventfd(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		perror("eventfd");
}

static void on_interrupt(void *ctx)
{
	struct daemon *d = ctx;

	signal_eventfd(d->irqfd);
}

static void on_listen(void *ctx, bool on)
{
	struct daemon *d = ctx;
	uint64_t addr = d->opt.window + VIRTIO_MMIO_QUEUE_NOTIFY;
	uint32_t i;
	int err;

	for (i = 0; i < d->opt.queues; i++) {
		err = bao_dm_ioeventfd(&d->dm, d->kick[i], addr, i, on);
		if (err)
			fatal("ioeventfd", err);
	}
}

static const struct device_ops ops = {
	.listen = on_listen,
	.interrupt = on_interrupt,
};

static void serve(struct daemon *d, struct bao_request *req)
{
	uint64_t offset = req->addr - d->opt.window;

	if (d->opt.verbose)
		fprintf(stderr, "%s 0x%03" PRIx64 " value 0x%" PRIx64 "%s\n",
			req->op == BAO_REQUEST_READ ? "read " : "write",
			offset, (uint64_t)req->value,
			req->request_id & BAO_REQUEST_REDELIVERED ?
			" (again)" : "");
	if (offset >= WINDOW_SIZE) {
		if (!d->strays)
			fprintf(stderr, "access to 0x%" PRIx64 ", outside the "
				"window: is --window right?\n",
				(uint64_t)req->addr);
		d->strays = true;
		req->value = 0;
	} else if (req->op == BAO_REQUEST_READ) {
		req->value = mmio_read(&d->dev, offset, req->access_width);
	} else {
		mmio_write(&d->dev, offset, req->access_width, req->value);
	}
}

static void run_queue(struct daemon *d, unsigned int queue)
{
	uint64_t kicks;

	/* Consume the kick, then look: a kick in between comes again. */
	if (read(d->kick[queue], &kicks, sizeof(kicks)) < 0 && errno != EAGAIN)
		perror("eventfd");
	if (device_run_queue(&d->dev, queue))
		signal_eventfd(d->kick[queue]);
}

static void run_queues(struct daemon *d)
{
	unsigned int i;

	for (i = 0; i < d->opt.queues; i++)
		run_queue(d, i);
}

static void check_answered(struct daemon *d)
{
	uint64_t answered;
	int err = bao_dm_answered(&d->dm, &answered);

	if (err)
		fatal("status", err);
	device_check_answered(&d->dev, answered);
}

/*
 * Registers first, then the answer: whatever the frontend does after it, our
 * successor knows. The rings come last, the frontend's CPU runs already.
 */
static void run_requests(struct daemon *d)
{
	struct bao_request req;
	bool wrote = false;
	int err = 0, n;

	for (n = 0; n < REQUESTS_MAX; n++) {
		err = bao_dm_take(&d->dm, &req);
		if (err)
			break;
		serve(d, &req);
		wrote |= req.op == BAO_REQUEST_WRITE;
		err = bao_dm_complete(&d->dm, &req);
		if (err == -ENODEV)
			break;
		/* What the hypervisor refused is for its log. */
		err = 0;
	}
	if (err && err != -EAGAIN)
		fatal("device model", err);
	check_answered(d);
	if (wrote)
		run_queues(d);
}

static void watch(struct daemon *d, int fd, uint32_t what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = what };

	if (epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event))
		fatal("epoll_ctl", -errno);
}

static int new_eventfd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		fatal("eventfd", -errno);
	return fd;
}

static void open_loop(struct daemon *d)
{
	sigset_t set;
	uint32_t i;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->signals = signalfd(-1, &set, SFD_CLOEXEC);
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->signals < 0 || d->epoll < 0)
		fatal("signalfd or epoll", -errno);
	watch(d, d->signals, EVENT_SIGNAL);
	for (i = 0; i < d->opt.queues; i++) {
		d->kick[i] = new_eventfd();
		watch(d, d->kick[i], i);
	}
	d->irqfd = new_eventfd();
}

/* Returns whether there was a predecessor. */
static bool open_state(struct daemon *d)
{
	struct identity identity = {
		.window = d->opt.window,
		.sectors = d->blk.sectors,
		.features = device_features(d->opt.read_only, d->opt.queues),
		.dm = d->opt.dm,
		.queues = d->opt.queues,
	};

	d->dev.state = state_open(d->opt.state, &identity, &d->state_fd);
	if (!d->dev.state)
		exit(1);
	return d->dev.state->status;
}

static void open_dm(struct daemon *d)
{
	int err;

	err = bao_dm_open(&d->dm, d->opt.control, d->opt.dm);
	if (err)
		fatal(d->opt.control, err);
	err = bao_dm_irqfd(&d->dm, d->irqfd);
	if (err)
		fatal("irqfd", err);
	d->dev.shm = (struct shm){
		.base = d->dm.shm,
		.addr = d->opt.base_given ? d->opt.base : d->dm.shm_addr,
		.size = d->dm.shm_size,
	};
	d->dev.blk = &d->blk;
	d->dev.ops = &ops;
	d->dev.ctx = d;
	d->dev.go_on = d->opt.go_on;
}

/*
 * The order matters. The state is locked before anything else is touched: then
 * a predecessor is gone. Rings and kicks are set up before the DM file is
 * polled first; from that moment on the kernel fetches requests for us and no
 * longer answers them itself, so only then its count of answers is final.
 */
static void start(struct daemon *d)
{
	bool restarted;

	if (blk_open(&d->blk, d->opt.image, d->opt.read_only))
		exit(1);
	restarted = open_state(d);
	open_dm(d);
	device_resume(&d->dev, restarted);
	watch(d, d->dm.fd, EVENT_DM);
	check_answered(d);
	run_queues(d);
	printf("bao-blk: device model %" PRIu32 " serves %s, %" PRIu64
	       " sectors%s\n", d->opt.dm, d->opt.image, d->blk.sectors,
	       restarted ? ", taken over" : "");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct daemon d;
	struct epoll_event event;

	options_parse(&d.opt, argc, argv);
	open_loop(&d);
	start(&d);
	for (;;) {
		if (epoll_wait(d.epoll, &event, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			fatal("epoll_wait", -errno);
		}
		if (event.data.u32 == EVENT_SIGNAL)
			break;
		if (event.data.u32 == EVENT_DM)
			run_requests(&d);
		else
			run_queue(&d, event.data.u32);
	}
	/* Like any other end: the successor goes on from the state file. */
	bao_dm_close(&d.dm);
	state_close(d.dev.state, d.state_fd);
	return 0;
}
