// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices, files and attributes for the test programs. What can only fail when
 * the test bed is broken ends the program at once, with the status 1: the
 * harness takes others for something else than a failure.
 */

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "lib.h"

int hv = -1;

void hv_open(void)
{
	if (hv < 0)
		hv = open("/dev/fakehv", O_RDWR | O_CLOEXEC);
	if (hv < 0)
		err(1, "/dev/fakehv");
}

void hv_reset(void)
{
	hv_open();
	if (ioctl(hv, FAKEHV_RESET))
		err(1, "reset");
}

void hv_config(struct fakehv_config config)
{
	if (ioctl(hv, FAKEHV_CONFIG, &config))
		err(1, "config");
}

void hv_fault(unsigned int kind, int result, unsigned int count)
{
	struct fakehv_fault fault = {
		.kind = kind, .result = result, .count = count,
	};

	if (ioctl(hv, FAKEHV_FAULT, &fault))
		err(1, "fault");
}

struct fakehv_counters hv_counters(void)
{
	struct fakehv_counters counters;

	if (ioctl(hv, FAKEHV_COUNTERS, &counters))
		err(1, "counters");
	return counters;
}

void hv_counters_reset(void)
{
	if (ioctl(hv, FAKEHV_COUNTERS_RESET))
		err(1, "counters reset");
}

/* The calls that ring, since the counters began; the caller frees them. */
size_t hv_bells(struct fakehv_bell **bells)
{
	size_t len = 0, size = FAKEHV_MAX_BELLS * sizeof(**bells);
	char *log = malloc(size);
	ssize_t n;

	if (!log)
		err(1, "malloc");
	while ((n = pread(hv, log + len, size - len, (off_t)len)) > 0)
		len += (size_t)n;
	if (n < 0)
		err(1, "doorbells");
	*bells = (struct fakehv_bell *)log;
	return len / sizeof(**bells);
}

/* Until more than so many ASKs have found nothing: so does each drain end. */
bool hv_drained(uint64_t empty)
{
	uint64_t end = now_ms() + 10000;

	while (hv_counters().empty <= empty) {
		if (now_ms() > end)
			return false;
		sleep_ms(1);
	}
	return true;
}

struct fakehv_window hv_window(void)
{
	struct fakehv_window window;

	if (ioctl(hv, FAKEHV_WINDOW, &window))
		err(1, "window");
	return window;
}

/* The other VM's view of the shared memory. */
void *hv_map(uint64_t offset, size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, hv,
			 (off_t)offset);

	if (map == MAP_FAILED)
		err(1, "mmap of fakehv");
	return map;
}

int hv_wait(unsigned int kind, unsigned int index, unsigned int event,
	    uint64_t seen, unsigned int timeout_ms)
{
	struct fakehv_wait wait = {
		.kind = kind, .index = index, .event = event,
		.timeout_ms = timeout_ms, .seen = seen,
	};

	return ioctl(hv, FAKEHV_WAIT, &wait);
}

void hv_ring(unsigned int kind, unsigned int index, unsigned int event)
{
	struct fakehv_ring ring = {
		.kind = kind, .index = index, .event = event, .count = 1,
	};

	if (ioctl(hv, FAKEHV_RING, &ring))
		err(1, "ring");
}

/*
 * So many interrupts in one tick that a driver has to brake; more than twice as
 * many as could be needed where each takes 5 us, in a tick of 10 ms.
 */
void hv_burst(unsigned int kind, unsigned int index, unsigned int event)
{
	struct fakehv_ring ring = {
		.kind = kind, .index = index, .event = event, .count = 2500,
		.flags = FAKEHV_RING_BURST,
	};

	if (ioctl(hv, FAKEHV_RING, &ring))
		err(1, "burst");
}

void hv_cpu(unsigned int kind, unsigned int index, unsigned int event,
	    unsigned int cpu)
{
	struct fakehv_cpu set = {
		.kind = kind, .index = index, .event = event, .cpu = cpu,
	};

	if (ioctl(hv, FAKEHV_SET_CPU, &set))
		err(1, "set cpu");
}

struct fakehv_line_info hv_line(unsigned int kind, unsigned int index,
				unsigned int event)
{
	struct fakehv_line_info info = {
		.kind = kind, .index = index, .event = event,
	};

	if (ioctl(hv, FAKEHV_LINE, &info))
		err(1, "line");
	return info;
}

void hv_kill(unsigned int kind, unsigned int index, unsigned int event,
	     unsigned int flags)
{
	struct fakehv_victim victim = {
		.kind = kind, .index = index, .event = event, .flags = flags,
	};

	if (ioctl(hv, FAKEHV_KILL, &victim))
		err(1, "kill");
}

static void copy_name(char *to, const char *from)
{
	snprintf(to, FAKEHV_NAME, "%s", from);
}

void device_init(struct fakehv_device *dev, const char *name)
{
	memset(dev, 0, sizeof(*dev));
	copy_name(dev->name, name);
}

void device_res(struct fakehv_device *dev, enum fakehv_res_type type,
		uint64_t start, uint64_t size)
{
	struct fakehv_res *res = &dev->res[dev->num_res++];

	res->type = type;
	res->start = start;
	res->size = size;
}

void device_mem(struct fakehv_device *dev, uint64_t start, uint64_t size,
		const char *name)
{
	device_res(dev, FAKEHV_RES_MEM, start, size);
	if (name)
		copy_name(dev->res[dev->num_res - 1].name, name);
}

void device_u32(struct fakehv_device *dev, const char *name, unsigned int count,
		const uint32_t *values)
{
	struct fakehv_prop *prop = &dev->props[dev->num_props++];

	copy_name(prop->name, name);
	prop->type = FAKEHV_PROP_U32;
	prop->count = count;
	memcpy(prop->val, values, count * sizeof(*values));
}

void device_string(struct fakehv_device *dev, const char *name,
		   const char *value)
{
	struct fakehv_prop *prop = &dev->props[dev->num_props++];

	copy_name(prop->name, name);
	prop->type = FAKEHV_PROP_STRING;
	snprintf(prop->str, sizeof(prop->str), "%s", value);
}

/* Whether the driver took it. */
bool device_create(struct fakehv_device *dev)
{
	if (ioctl(hv, FAKEHV_CREATE, dev))
		err(1, "create %s", dev->name);
	return dev->bound;
}

int device_destroy(const struct fakehv_device *dev)
{
	return ioctl(hv, FAKEHV_DESTROY, (unsigned long)dev->id);
}

/* A dispatcher with one device model, of any number. */
void model_init(struct fakehv_device *dev, uint32_t id, unsigned int region,
		unsigned int irq)
{
	device_init(dev, DISPATCHER);
	device_mem(dev, DM_START(region), DM_SIZE, NULL);
	device_res(dev, FAKEHV_RES_DM_IRQ, irq, 0);
	device_u32(dev, "bao,id", 1, &id);
}

bool dispatcher_create(struct fakehv_device *dev, unsigned int num_dms)
{
	unsigned int i;

	device_init(dev, DISPATCHER);
	for (i = 0; i < num_dms; i++)
		device_mem(dev, DM_START(i), DM_SIZE, NULL);
	for (i = 0; i < num_dms; i++)
		device_res(dev, FAKEHV_RES_DM_IRQ, i, 0);
	return device_create(dev);
}

/* Read channel first, then the write channel, then memory of neither. */
void channel_init(struct fakehv_device *dev, uint32_t id, unsigned int events)
{
	const uint32_t rd[] = { 0, CHANNEL_SIZE };
	const uint32_t wr[] = { CHANNEL_SIZE, CHANNEL_SIZE };
	unsigned int i;

	device_init(dev, CHANNEL);
	device_mem(dev, IPC_START + id * IPC_SIZE, IPC_SIZE, NULL);
	for (i = 0; i < events; i++)
		device_res(dev, FAKEHV_RES_IPC_IRQ,
			   id * FAKEHV_MAX_EVENTS + i, 0);
	device_u32(dev, "read-channel", 2, rd);
	device_u32(dev, "write-channel", 2, wr);
	device_u32(dev, "id", 1, &id);
}

bool channel_create(struct fakehv_device *dev, uint32_t id, unsigned int events)
{
	channel_init(dev, id, events);
	return device_create(dev);
}

int dm_open(unsigned int id)
{
	struct bao_dm_info info;
	int control = open(CONTROL_NODE, O_RDWR | O_CLOEXEC);
	int ret;

	if (control < 0)
		return -1;
	memset(&info, 0xa5, sizeof(info));
	info.id = id;
	ret = ioctl(control, BAO_DM_GET_INFO, &info);
	close(control);
	return ret < 0 ? -1 : info.fd;
}

int dm_open_flags(unsigned int id, int flags)
{
	int fd = dm_open(id);

	if (fd >= 0 && fcntl(fd, F_SETFL, flags))
		err(1, "F_SETFL");
	return fd;
}

int channel_open(unsigned int id)
{
	char name[32];

	snprintf(name, sizeof(name), "/dev/baoipc%u", id);
	return open(name, O_RDWR | O_CLOEXEC);
}

int dm_attach(int fd, struct bao_request *req)
{
	memset(req, 0xa5, sizeof(*req));
	return ioctl(fd, BAO_DM_ATTACH, req);
}

int dm_complete(int fd, const struct bao_request *req, uint64_t value)
{
	struct bao_request answer = *req;

	answer.value = value;
	return ioctl(fd, BAO_DM_COMPLETE, &answer);
}

int dm_serve_one(int fd, uint64_t value)
{
	struct bao_request req;

	return dm_attach(fd, &req) ? -1 : dm_complete(fd, &req, value);
}

/* Until so many requests wait to be taken. */
bool dm_queued(int fd, unsigned int num)
{
	uint64_t end = now_ms() + 10000;
	struct bao_dm_status status;

	do {
		memset(&status, 0, sizeof(status));
		if (ioctl(fd, BAO_DM_GET_STATUS, &status) || now_ms() > end)
			return false;
	} while (status.queued != num);
	return true;
}

int dm_ioeventfd(int fd, int efd, unsigned int flags, uint64_t addr,
		 unsigned int len, uint64_t data)
{
	struct bao_ioeventfd args = {
		.fd = (uint32_t)efd, .flags = flags, .addr = addr, .len = len,
		.data = data,
	};

	return ioctl(fd, BAO_DM_IOEVENTFD, &args);
}

int dm_irqfd(int fd, int efd, unsigned int flags)
{
	struct bao_irqfd args = { .fd = efd, .flags = flags };

	return ioctl(fd, BAO_DM_IRQFD, &args);
}

int event_fd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0)
		err(1, "eventfd");
	return fd;
}

/* Consumes the counter. */
uint64_t event_count(int efd)
{
	uint64_t count;

	return read(efd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

bool event_wait(int efd, int timeout_ms)
{
	struct pollfd pfd = { .fd = efd, .events = POLLIN };

	return poll(&pfd, 1, timeout_ms) == 1 && (pfd.revents & POLLIN);
}

static void attr_path(const struct fakehv_device *dev, const char *attr,
		      char *path, size_t len)
{
	snprintf(path, len, "/sys/bus/platform/devices/%s/%s", dev->dev_name,
		 attr);
}

static ssize_t file_read(const char *path, char *text, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, len - 1);
	close(fd);
	if (n < 0)
		return -1;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return n;
}

int file_set(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int saved;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	saved = errno;
	close(fd);
	errno = saved;
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* The first line of an attribute; it has to exist. */
void attr_text(const struct fakehv_device *dev, const char *attr, char *text,
	       size_t len)
{
	char path[256];

	attr_path(dev, attr, path, sizeof(path));
	if (file_read(path, text, len) < 0)
		err(1, "%s", path);
}

long long attr_get(const struct fakehv_device *dev, const char *attr)
{
	char text[256];

	attr_text(dev, attr, text, sizeof(text));
	return strtoll(text, NULL, 0);
}

int attr_set(const struct fakehv_device *dev, const char *attr,
	     const char *value)
{
	char path[256];

	attr_path(dev, attr, path, sizeof(path));
	return file_set(path, value);
}

bool attr_wait(const struct fakehv_device *dev, const char *attr,
	       const char *value, unsigned int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;
	char text[256];

	for (;;) {
		attr_text(dev, attr, text, sizeof(text));
		if (!strcmp(text, value))
			return true;
		if (now_ms() > end)
			return false;
		sleep_ms(5);
	}
}

bool attr_reach(const struct fakehv_device *dev, const char *attr,
		long long value, unsigned int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;

	while (attr_get(dev, attr) < value) {
		if (now_ms() > end)
			return false;
		sleep_ms(5);
	}
	return true;
}

void parameter_set(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/bao/parameters/%s", name);
	if (file_set(path, value))
		err(1, "%s", path);
}

void doorbell_limits(unsigned int rate, unsigned int burst)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", rate);
	parameter_set("doorbell_rate", text);
	snprintf(text, sizeof(text), "%u", burst);
	parameter_set("doorbell_burst", text);
}

void doorbell_defaults(void)
{
	doorbell_limits(DOORBELL_RATE, DOORBELL_BURST);
}

bool driver_bound(const struct fakehv_device *dev)
{
	char path[256];

	attr_path(dev, "driver", path, sizeof(path));
	return access(path, F_OK) == 0;
}

int driver_unbind(const struct fakehv_device *dev)
{
	char path[256];

	attr_path(dev, "driver/unbind", path, sizeof(path));
	return file_set(path, dev->dev_name);
}

int driver_bind(const struct fakehv_device *dev, const char *driver)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/bus/platform/drivers/%s/bind",
		 driver);
	return file_set(path, dev->dev_name);
}

unsigned int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	if (!dir)
		err(1, "/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

unsigned int num_cpus(void)
{
	return (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
}

static bool realtime(void)
{
	struct utsname name;

	if (uname(&name))
		err(1, "uname");
	return strstr(name.version, "PREEMPT_RT");
}

/* Whether interrupts are served in threads. */
bool irq_threads(void)
{
	char text[8];

	if (file_read("/sys/module/bao/parameters/irq_threads", text,
		      sizeof(text)) < 0)
		err(1, "irq_threads");
	return realtime() || *text == 'Y';
}

void pin_to_cpu(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "sched_setaffinity");
}

/* Whether a thread blocks, and goes on blocking, in a system call. */
bool thread_sleeps(pid_t tid, unsigned int timeout_ms)
{
	uint64_t end = now_ms() + timeout_ms;
	char path[64], text[256];
	unsigned int calm = 0;
	char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	while (now_ms() < end) {
		if (file_read(path, text, sizeof(text)) < 0)
			return false;
		state = strrchr(text, ')');
		calm = state && strchr("SD", state[2]) ? calm + 1 : 0;
		if (calm == 5)
			return true;
		sleep_ms(2);
	}
	return false;
}

/* The kernel's messages from now on. */
int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		err(1, "/dev/kmsg");
	return fd;
}

/* Whether one message since then has both texts. */
bool kmsg_find(int fd, const char *first, const char *second)
{
	char text[2048];
	ssize_t n;

	for (;;) {
		n = read(fd, text, sizeof(text) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n < 0)
			return false;
		text[n] = '\0';
		if (strstr(text, first) && (!second || strstr(text, second)))
			return true;
	}
}

unsigned int kmsg_count(int fd, const char *text)
{
	unsigned int n = 0;

	while (kmsg_find(fd, text, NULL))
		n++;
	return n;
}
