// SPDX-License-Identifier: GPL-2.0-only
/* Frontends, daemons and the book of their accesses; see torture.h. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "torture.h"

#define IRQFDS_MAX	256

static uint64_t environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

/* At least once, or nothing would be tested. */
unsigned int share(unsigned int full)
{
	uint64_t part = full * environment("BAO_TORTURE", 100) / 100;

	return part ? (unsigned int)part : 1;
}

/* The same for all programs of a run; printed, to be given again. */
uint64_t seed_get(void)
{
	static uint64_t seed;

	if (!seed) {
		seed = environment("BAO_SEED", (uint64_t)time(NULL));
		printf("# seed %llu\n", (unsigned long long)seed);
		fflush(stdout);
	}
	return seed;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
	x = (x ^ x >> 29) * 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 32;
}

/* A number below, from a row that begins with the value of *rng. */
uint32_t chance(uint64_t *rng, uint32_t below)
{
	*rng += 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(mix(*rng) >> 16) % below;
}

void sleep_us(unsigned int us)
{
	struct timespec ts = { us / 1000000, (long)(us % 1000000) * 1000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

struct book *book_open(void)
{
	struct book *book = mmap(NULL, sizeof(*book), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (book == MAP_FAILED)
		err(1, "book");
	return book;
}

void book_close(struct book *book)
{
	munmap(book, sizeof(*book));
}

static uint32_t book_add(uint32_t *count)
{
	return __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

/* A daemon has got a request. */
void book_taken(struct book *book, const struct bao_request *req,
		unsigned int dm)
{
	uint64_t num;

	if (req->dm_id != dm || req->access_width != 4)
		goto strange;
	if (req->op == BAO_REQUEST_WRITE && req->addr == REG_KICK)
		return;
	num = req->op == BAO_REQUEST_READ ? (req->addr - REG_READ) / 4 :
					    req->value;
	if (num >= book->next)
		goto strange;
	if (__atomic_fetch_add(&book->handed[num], 1, __ATOMIC_RELAXED) &&
	    !(req->request_id & BAO_REQUEST_REDELIVERED))
		book_add(&book->unmarked);
	return;

strange:
	book_add(&book->strange);
}

void book_failed(struct book *book, int error)
{
	book->error = (uint32_t)error;
	book_add(&book->failed);
}

/* Accesses that no daemon has seen. */
uint32_t book_missing(const struct book *book)
{
	uint32_t i, missing = 0;

	for (i = 0; i < book->next; i++)
		missing += !book->handed[i];
	return missing;
}

uint32_t answer_to(unsigned int dm, uint64_t addr)
{
	return (uint32_t)mix(addr << 8 | dm) | 1;
}

static void front_read(struct front *f, struct fakehv_access *access,
		       uint32_t num)
{
	access->op = BAO_REQUEST_READ;
	access->addr = REG_READ + num * 4ULL;
	access->value = 0xdead;
	if (frontend_access(access))
		return;
	f->reads++;
	/* Some architectures extend the sign. */
	if (!access->value) {
		/* The kernel is too fast: leave some for the daemons. */
		f->zeros++;
		sleep_ms(1);
	} else if ((uint32_t)access->value != answer_to(f->dm, access->addr) ||
		 access->done_op != BAO_REQUEST_READ) {
		f->wrong++;
	}
}

static void front_write(struct front *f, struct fakehv_access *access,
			uint64_t addr, uint32_t value)
{
	access->op = BAO_REQUEST_WRITE;
	access->addr = addr;
	access->value = value;
	if (frontend_access(access))
		return;
	if (addr == REG_KICK)
		f->kicks++;
	else
		f->writes++;
	if (access->done_op != BAO_REQUEST_WRITE)
		f->wrong++;
}

static void front_step(struct front *f)
{
	struct fakehv_access access = { .dm = f->dm, .width = 4 };
	uint32_t kind = chance(&f->rng, 4);
	unsigned long before = f->reads + f->writes + f->kicks;

	if (kind == 0)
		front_write(f, &access, REG_KICK, chance(&f->rng, QUEUES));
	else if (kind == 1)
		front_write(f, &access, REG_WRITE, book_add(&f->book->next));
	else
		front_read(f, &access, book_add(&f->book->next));
	if (before == f->reads + f->writes + f->kicks)
		f->errors++;
	else if (access.stall_ns > f->max_ns)
		f->max_ns = access.stall_ns;
}

static void *front_thread(void *data)
{
	struct front *f = data;

	while (!f->stop && !f->errors && f->book->next < BOOK_SIZE - 64) {
		front_step(f);
		__atomic_fetch_add(&f->done, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&f->ended, true, __ATOMIC_RELEASE);
	return NULL;
}

void front_start(struct front *f, struct book *book, unsigned int dm,
		 uint64_t seed)
{
	memset(f, 0, sizeof(*f));
	f->book = book;
	f->dm = dm;
	f->rng = seed;
	if (pthread_create(&f->thread, NULL, front_thread, f))
		errx(1, "pthread_create");
}

static unsigned long front_done(const struct front *f)
{
	return __atomic_load_n(&f->done, __ATOMIC_ACQUIRE);
}

/* Whether each gets at least one whole access done, from now on. */
bool fronts_advance(const struct front *f, unsigned int num)
{
	uint64_t end = now_ms() + SLACK_MS;
	unsigned long before[FRONTS_MAX];
	unsigned int i;

	for (i = 0; i < num; i++)
		before[i] = front_done(&f[i]);
	for (i = 0; i < num; i++) {
		while (front_done(&f[i]) < before[i] + 2) {
			if (now_ms() > end)
				return false;
			sleep_ms(1);
		}
	}
	return true;
}

/*
 * Whether all came to their end, which needs somebody who answers. Those that
 * hang are freed by force.
 */
bool fronts_stop(struct front *f, unsigned int num)
{
	uint64_t end = now_ms() + SLACK_MS;
	bool ended = true;
	unsigned int i;

	for (i = 0; i < num; i++)
		f[i].stop = true;
	for (i = 0; i < num && ended; i++) {
		while (!__atomic_load_n(&f[i].ended, __ATOMIC_ACQUIRE)) {
			if (now_ms() > end) {
				ended = false;
				break;
			}
			sleep_ms(1);
		}
	}
	if (!ended)
		hv_reset();
	for (i = 0; i < num; i++)
		pthread_join(f[i].thread, NULL);
	return ended;
}

struct front fronts_sum(const struct front *f, unsigned int num)
{
	struct front sum = { .book = f->book };
	unsigned int i;

	for (i = 0; i < num; i++) {
		sum.reads += f[i].reads;
		sum.zeros += f[i].zeros;
		sum.writes += f[i].writes;
		sum.kicks += f[i].kicks;
		sum.wrong += f[i].wrong;
		sum.errors += f[i].errors;
		sum.done += f[i].done;
		if (f[i].max_ns > sum.max_ns)
			sum.max_ns = f[i].max_ns;
	}
	return sum;
}

/* Helpers are in its group. Nobody outlives the test by much. */
pid_t kid_start(void (*work)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(1000);
	work(arg);
	_exit(0);
}

void kid_kill(pid_t pid)
{
	if (kill(pid, SIGKILL) || waitpid(pid, NULL, 0) != pid)
		err(1, "kill");
}

void kid_kill_helpers(pid_t pid)
{
	if (kill(-pid, SIGKILL) && errno != ESRCH)
		err(1, "kill helpers");
}

static long long dm_attr(const struct fakehv_device *dev, unsigned int dm,
			 const char *name)
{
	char attr[64];

	snprintf(attr, sizeof(attr), "dm%u/%s", dm, name);
	return attr_get(dev, attr);
}

struct tally tally_get(const struct fakehv_device *dev, unsigned int dm)
{
	return (struct tally) {
		.requests = dm_attr(dev, dm, "requests"),
		.hits = dm_attr(dev, dm, "ioeventfd_hits"),
		.completed = dm_attr(dev, dm, "completed"),
		.kernel = dm_attr(dev, dm, "answered_by_kernel"),
		.late = dm_attr(dev, dm, "late_answers"),
	};
}

struct tally tally_since(const struct fakehv_device *dev, unsigned int dm,
			 const struct tally *before)
{
	struct tally now = tally_get(dev, dm);

	now.requests -= before->requests;
	now.hits -= before->hits;
	now.completed -= before->completed;
	now.kernel -= before->kernel;
	now.late -= before->late;
	return now;
}

/* The whole number of irqfds can be had again, by a new file. */
static bool irqfds_are_free(int fd)
{
	int efd[IRQFDS_MAX];
	bool ok = true;
	int i, num;

	for (num = 0; num < IRQFDS_MAX && ok; num++) {
		efd[num] = event_fd();
		ok = !dm_irqfd(fd, efd[num], 0);
	}
	for (i = 0; i < num; i++)
		close(efd[i]);
	return ok;
}

static bool kicks_are_free(int fd, int efd)
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++)
		if (dm_ioeventfd(fd, efd, BAO_IOEVENTFD_DATAMATCH, REG_KICK, 4,
				 i))
			return false;
	return true;
}

bool dm_is_clean(const struct fakehv_device *dev, unsigned int dm)
{
	struct bao_dm_status status = { 0 };
	int fd = dm_open(dm), efd = event_fd();
	char attr[64], text[64];
	bool ok;

	snprintf(attr, sizeof(attr), "dm%u/oldest_request", dm);
	attr_text(dev, attr, text, sizeof(text));
	ok = !strcmp(text, "none") && !dm_attr(dev, dm, "server_pid") &&
	     !ioctl(fd, BAO_DM_GET_STATUS, &status) && !status.queued &&
	     !status.taken && kicks_are_free(fd, efd) && irqfds_are_free(fd);
	close(efd);
	close(fd);
	return ok;
}

long long module_users(void)
{
	char text[32] = "";
	int fd = open("/sys/module/bao/refcnt", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		err(1, "refcnt");
	close(fd);
	return atoll(text);
}
