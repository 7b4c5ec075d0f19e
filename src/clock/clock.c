/*
 * The virtual clock and its heap of alarms. Knows nothing of who waits.
 */
#include "clock/clock.h"

#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

struct clock {
	int64_t base;   /* virtual time at `anchor` */
	int64_t anchor; /* monotonic real time */
	double rate;
	bool frozen;
	int64_t born; /* wall time at its birth */
	int64_t born_mono;
	struct alarm **heap; /* 1-based binary heap by `at` */
	int n, cap;
};

int64_t
clock_real_mono(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
clock_real_wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

struct clock *
clock_new(void)
{
	struct clock *c = xcalloc(1, sizeof(*c));

	c->rate = 1;
	c->base = c->born = clock_real_wall();
	c->anchor = c->born_mono = clock_real_mono();
	return c;
}

void
clock_free(struct clock *c)
{
	if (!c)
		return;
	free(c->heap);
	free(c);
}

int64_t
clock_at(const struct clock *c, int64_t mono)
{
	int64_t run;

	if (c->frozen)
		return c->base;
	run = mono - c->anchor;
	if (c->rate == 1)
		return c->base + run;
	return c->base + (int64_t)((double)run * c->rate);
}

int64_t
clock_now(const struct clock *c)
{
	return clock_at(c, c->frozen ? 0 : clock_real_mono());
}

static int64_t
real_at(const struct clock *c, int64_t mono)
{
	return c->born + mono - c->born_mono;
}

int64_t
clock_real(const struct clock *c)
{
	return real_at(c, clock_real_mono());
}

int64_t
clock_offset(const struct clock *c)
{
	int64_t mono = clock_real_mono();

	return clock_at(c, mono) - real_at(c, mono);
}

enum clock_mode
clock_mode(const struct clock *c)
{
	if (c->frozen)
		return CLOCK_FROZEN;
	if (c->rate != 1)
		return CLOCK_RATE;
	return clock_offset(c) ? CLOCK_OFFSET : CLOCK_REAL;
}

void
clock_offset_set(struct clock *c, int64_t offset)
{
	c->frozen = false;
	c->rate = 1;
	c->anchor = clock_real_mono();
	c->base = real_at(c, c->anchor) + offset;
}

int64_t
clock_moved_fn(void *arg)
{
	return clock_mode(arg) == CLOCK_REAL ? 0 : clock_real(arg);
}

int64_t
clock_now_fn(void *arg)
{
	return clock_now(arg);
}

/* From here on, virtual time is counted from now. */
static void
rebase(struct clock *c, int64_t at)
{
	c->base = at;
	c->anchor = clock_real_mono();
}

void
clock_freeze(struct clock *c, int64_t at)
{
	rebase(c, at);
	c->frozen = true;
}

void
clock_unfreeze(struct clock *c)
{
	if (!c->frozen)
		return;
	rebase(c, c->base);
	c->frozen = false;
}

bool
clock_frozen(const struct clock *c)
{
	return c->frozen;
}

void
clock_set(struct clock *c, int64_t at)
{
	rebase(c, at);
}

void
clock_rate(struct clock *c, double rate)
{
	rebase(c, clock_now(c));
	c->rate = rate;
}

double
clock_rate_get(const struct clock *c)
{
	return c->rate;
}

static void
place(struct clock *c, struct alarm *a, int slot)
{
	c->heap[slot] = a;
	a->slot = slot;
}

static void
sift_up(struct clock *c, struct alarm *a, int slot)
{
	while (slot > 1 && c->heap[slot / 2]->at > a->at) {
		place(c, c->heap[slot / 2], slot);
		slot /= 2;
	}
	place(c, a, slot);
}

static void
sift_down(struct clock *c, struct alarm *a, int slot)
{
	for (;;) {
		int child = slot * 2;

		if (child > c->n)
			break;
		if (child < c->n && c->heap[child + 1]->at < c->heap[child]->at)
			child++;
		if (c->heap[child]->at >= a->at)
			break;
		place(c, c->heap[child], slot);
		slot = child;
	}
	place(c, a, slot);
}

void
alarm_init(struct alarm *a, alarm_fn fn, void *arg)
{
	a->at = 0;
	a->fn = fn;
	a->arg = arg;
	a->slot = 0;
}

void
alarm_cancel(struct clock *c, struct alarm *a)
{
	int slot = a->slot;
	struct alarm *last;

	if (!slot)
		return;
	last = c->heap[c->n--];
	a->slot = 0;
	if (last == a)
		return;
	if (slot > 1 && c->heap[slot / 2]->at > last->at)
		sift_up(c, last, slot);
	else
		sift_down(c, last, slot);
}

void
alarm_set(struct clock *c, struct alarm *a, int64_t at)
{
	alarm_cancel(c, a);
	a->at = at;
	if (c->n + 1 >= c->cap) {
		c->cap = c->cap ? c->cap * 2 : 16;
		c->heap = xrealloc(c->heap,
		    (size_t)c->cap * sizeof(struct alarm *));
	}
	sift_up(c, a, ++c->n);
}

static int
fire_due(struct clock *c, int64_t now)
{
	int fired = 0;

	while (c->n > 0 && c->heap[1]->at <= now) {
		struct alarm *a = c->heap[1];

		alarm_cancel(c, a);
		a->fn(a->arg, now);
		fired++;
	}
	return fired;
}

int
clock_run(struct clock *c)
{
	return c->n > 0 ? fire_due(c, clock_now(c)) : 0;
}

int
clock_advance(struct clock *c, int64_t by)
{
	int64_t target = clock_now(c) + by;
	int fired = 0;

	while (c->n > 0 && c->heap[1]->at <= target) {
		int64_t at = c->heap[1]->at;

		if (at > clock_now(c))
			rebase(c, at);
		fired += fire_due(c, at);
	}
	if (target > clock_now(c))
		rebase(c, target);
	return fired;
}

int64_t
clock_wait(const struct clock *c)
{
	int64_t left;

	if (c->n == 0)
		return -1;
	left = c->heap[1]->at - clock_now(c);
	if (left <= 0)
		return 0;
	if (c->frozen || c->rate <= 0)
		return -1;
	return (int64_t)((double)left / c->rate) + 1;
}
