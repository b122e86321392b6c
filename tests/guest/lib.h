/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test programs share: devices made by fakehv, frontends, and a look
 * at the module from outside.
 */
#ifndef LIB_H
#define LIB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/bao.h>

#include "fakehv.h"

/* Device model n's region, and the layout of the channels in the window. */
#define DM_SIZE		0x100000ULL
#define DM_START(n)	((n) * DM_SIZE)
#define IPC_START	0x2000000ULL
#define IPC_SIZE	0x100000ULL
/* Channels begin and end at pages of every size that kernels have. */
#define CHANNEL_SIZE	0x20000U

/* The module's limits on doorbells, and limits that are none. */
#define DOORBELL_RATE	4000U
#define DOORBELL_BURST	8U
#define NO_RATE		10000000U
#define NO_BURST	1024U

#define DISPATCHER	"bao-io-dispatcher"
#define CHANNEL		"bao-ipcshmem"
#define CONTROL_NODE	"/dev/bao-io-dispatcher"

/* lib.c: the hypervisor's side */
extern int hv;		/* /dev/fakehv */
void hv_open(void);
void hv_reset(void);
void hv_config(struct fakehv_config config);
void hv_fault(unsigned int kind, int result, unsigned int count);
struct fakehv_counters hv_counters(void);
void hv_counters_reset(void);
size_t hv_bells(struct fakehv_bell **bells);
bool hv_drained(uint64_t empty);
struct fakehv_window hv_window(void);
void *hv_map(uint64_t offset, size_t size);
int hv_wait(unsigned int kind, unsigned int index, unsigned int event,
	    uint64_t seen, unsigned int timeout_ms);
void hv_ring(unsigned int kind, unsigned int index, unsigned int event);
void hv_burst(unsigned int kind, unsigned int index, unsigned int event);
void hv_cpu(unsigned int kind, unsigned int index, unsigned int event,
	    unsigned int cpu);
struct fakehv_line_info hv_line(unsigned int kind, unsigned int index,
				unsigned int event);
void hv_kill(unsigned int kind, unsigned int index, unsigned int event,
	     unsigned int flags);

/* lib.c: devices */
void device_init(struct fakehv_device *dev, const char *name);
void device_mem(struct fakehv_device *dev, uint64_t start, uint64_t size,
		const char *name);
void device_res(struct fakehv_device *dev, enum fakehv_res_type type,
		uint64_t start, uint64_t size);
void device_u32(struct fakehv_device *dev, const char *name, unsigned int count,
		const uint32_t *values);
void device_string(struct fakehv_device *dev, const char *name,
		   const char *value);
bool device_create(struct fakehv_device *dev);
int device_destroy(const struct fakehv_device *dev);
void model_init(struct fakehv_device *dev, uint32_t id, unsigned int region,
		unsigned int irq);
bool dispatcher_create(struct fakehv_device *dev, unsigned int num_dms);
void channel_init(struct fakehv_device *dev, uint32_t id, unsigned int events);
bool channel_create(struct fakehv_device *dev, uint32_t id,
		    unsigned int events);

/* lib.c: the module's side */
int dm_open(unsigned int id);
int dm_open_flags(unsigned int id, int flags);
int channel_open(unsigned int id);
int dm_attach(int fd, struct bao_request *req);
int dm_complete(int fd, const struct bao_request *req, uint64_t value);
int dm_serve_one(int fd, uint64_t value);
bool dm_queued(int fd, unsigned int num);
int dm_ioeventfd(int fd, int efd, unsigned int flags, uint64_t addr,
		 unsigned int len, uint64_t data);
int dm_irqfd(int fd, int efd, unsigned int flags);
int event_fd(void);
uint64_t event_count(int efd);
bool event_wait(int efd, int timeout_ms);
long long attr_get(const struct fakehv_device *dev, const char *attr);
void attr_text(const struct fakehv_device *dev, const char *attr, char *text,
	       size_t len);
int attr_set(const struct fakehv_device *dev, const char *attr,
	     const char *value);
bool attr_wait(const struct fakehv_device *dev, const char *attr,
	       const char *value, unsigned int timeout_ms);
bool attr_reach(const struct fakehv_device *dev, const char *attr,
		long long value, unsigned int timeout_ms);
void parameter_set(const char *name, const char *value);
void doorbell_limits(unsigned int rate, unsigned int burst);
void doorbell_defaults(void);
int driver_unbind(const struct fakehv_device *dev);
int driver_bind(const struct fakehv_device *dev, const char *driver);
bool driver_bound(const struct fakehv_device *dev);
unsigned int open_files(void);

/* lib.c: time, threads, messages */
uint64_t now_ms(void);
void sleep_ms(unsigned int ms);
void pin_to_cpu(unsigned int cpu);
unsigned int num_cpus(void);
bool irq_threads(void);
bool thread_sleeps(pid_t tid, unsigned int timeout_ms);
int kmsg_open(void);
bool kmsg_find(int fd, const char *first, const char *second);
unsigned int kmsg_count(int fd, const char *text);
int file_set(const char *path, const char *text);

/* frontend.c: a CPU of the frontend VM */
struct frontend {
	struct fakehv_access access;
	pthread_t thread;
	int error;		/* errno of the access, 0 */
	bool done;
	bool joined;
};

void frontend_start(struct frontend *f, unsigned int dm, unsigned int op,
		    uint64_t addr, unsigned int width, uint64_t value);
void frontend_write(struct frontend *f, unsigned int dm, uint64_t addr,
		    unsigned int width, uint64_t value);
void frontend_read(struct frontend *f, unsigned int dm, uint64_t addr,
		   unsigned int width);
void frontend_run(struct frontend *f);
bool frontend_done(struct frontend *f, unsigned int timeout_ms);
bool frontend_join(struct frontend *f);
bool frontends_wait(unsigned int n);
int frontend_access(struct fakehv_access *access);

/* A daemon that answers every read with the same value, until it is stopped. */
struct server {
	int fd;
	uint64_t value;
	pthread_t thread;
	volatile bool stop;
	unsigned long served;
	int error;
};

void server_start(struct server *s, int fd, uint64_t value);
void server_stop(struct server *s);

/* trace.c: the kernel's tracefs */
void trace_start(const char *const *events, unsigned int cpu_mask);
void trace_stop(void);
char *trace_read(void);
unsigned int trace_count(const char *text, const char *needle);

#endif /* LIB_H */
