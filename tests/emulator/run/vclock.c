/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "emu_protocol.h"
#include "vclock.h"

#define NS_PER_S 1000000000LL
/* Every run starts at the same moment, so that logs can be compared. */
#define START_DATE_S 1704067200LL	/* 2024-01-01 00:00:00 UTC */
/* Not 0: programs take a monotonic time of 0 for "never". */
#define START_UPTIME_S 1000LL

struct vclock {
	struct emu_page *page;
};

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static struct emu_page *map_page(const char *path)
{
	struct emu_page *page = MAP_FAILED;
	int saved;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return MAP_FAILED;
	if (!ftruncate(fd, sizeof(*page)))
		page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	saved = errno;
	close(fd);
	errno = saved;
	return page;
}

struct vclock *vclock_new(const char *path, bool virtual_clock)
{
	struct vclock *clock;
	struct emu_page *page = map_page(path);

	if (page == MAP_FAILED)
		return NULL;
	clock = malloc(sizeof(*clock));
	if (!clock)
		abort();
	clock->page = page;
	page->virtual_clock = virtual_clock;
	page->realtime_base_ns = START_DATE_S * NS_PER_S;
	page->monotonic_base_ns = START_UPTIME_S * NS_PER_S;
	page->real_start_ns = monotonic_ns();
	page->magic = EMU_MAGIC;
	return clock;
}

void vclock_free(struct vclock *clock)
{
	if (!clock)
		return;
	munmap(clock->page, sizeof(*clock->page));
	free(clock);
}

void vclock_publish(struct vclock *clock, int64_t now_ns, uint32_t attached)
{
	atomic_store_explicit(&clock->page->attached, attached, memory_order_release);
	atomic_store_explicit(&clock->page->now_ns, now_ns, memory_order_release);
}

int64_t vclock_real(const struct vclock *clock)
{
	return monotonic_ns() - clock->page->real_start_ns;
}
