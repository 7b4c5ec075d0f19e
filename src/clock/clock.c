/*
 * The virtual clock and its heap of alarms.
 */
#include "clock/clock.h"

#include <stdlib.h>
#include <time.h>

#include "base/duration.h"
#include "base/mem.h"

struct clock {
	int64_t base_ns;	/* virtual time at `anchor` */
	int64_t anchor_mono_ns; /* monotonic real time */
	double rate;
	bool frozen;
	int64_t created_ns; /* wall time when it was made */
	int64_t created_mono_ns;
	struct alarm **heap; /* 1-based binary heap by `at` */
	int nalarms, cap;
	void (*on_moved)(void *arg);
	void *on_moved_arg;
	void (*on_change)(void *arg);
	void *on_change_arg;
	struct clock_move *moves; /* in the order they were asked for */
	bool move_begun;	  /* the first of them */
	int64_t target_ns;	  /* whereto it goes */
	bool running;		  /* alarms fire just now */
	int64_t slice_end_ns;	  /* processor time; 0: no end */
	int holds;		  /* see clock_hold */
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

int64_t
clock_real_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

struct clock *
clock_new(void)
{
	struct clock *c = xcalloc(1, sizeof(*c));

	c->rate = 1;
	c->base_ns = c->created_ns = clock_real_wall();
	c->anchor_mono_ns = c->created_mono_ns = clock_real_mono();
	return c;
}

void
clock_free(struct clock *c)
{
	if (!c)
		return;
	clock_moves_end(c);
	free(c->heap);
	free(c);
}

int64_t
clock_at_mono(const struct clock *c, int64_t mono_ns)
{
	int64_t elapsed_ns;

	if (c->frozen)
		return c->base_ns;
	elapsed_ns = mono_ns - c->anchor_mono_ns;
	if (c->rate == 1)
		return c->base_ns + elapsed_ns;
	return c->base_ns + (int64_t)((double)elapsed_ns * c->rate);
}

int64_t
clock_now(const struct clock *c)
{
	return clock_at_mono(c, c->frozen ? 0 : clock_real_mono());
}

static int64_t
clock_unmoved_at_mono(const struct clock *c, int64_t mono_ns)
{
	return c->created_ns + mono_ns - c->created_mono_ns;
}

int64_t
clock_unmoved(const struct clock *c)
{
	return clock_unmoved_at_mono(c, clock_real_mono());
}

int64_t
clock_get_offset(const struct clock *c)
{
	int64_t mono_ns = clock_real_mono();

	return clock_at_mono(c, mono_ns) - clock_unmoved_at_mono(c, mono_ns);
}

enum clock_mode
clock_mode(const struct clock *c)
{
	if (c->frozen)
		return CLOCK_FROZEN;
	if (c->rate != 1)
		return CLOCK_RATE;
	return clock_get_offset(c) ? CLOCK_OFFSET : CLOCK_REAL;
}

void
clock_on_moved(struct clock *c, void (*fn)(void *arg), void *arg)
{
	c->on_moved = fn;
	c->on_moved_arg = arg;
}

void
clock_on_change(struct clock *c, void (*fn)(void *arg), void *arg)
{
	c->on_change = fn;
	c->on_change_arg = arg;
}

static void
clock_tell_moved(struct clock *c)
{
	if (c->on_change)
		c->on_change(c->on_change_arg);
	if (c->on_moved)
		c->on_moved(c->on_moved_arg);
}

void
clock_set_offset(struct clock *c, int64_t offset_ns)
{
	c->frozen = false;
	c->rate = 1;
	c->anchor_mono_ns = clock_real_mono();
	c->base_ns = clock_unmoved_at_mono(c, c->anchor_mono_ns) + offset_ns;
	clock_tell_moved(c);
}

int64_t
clock_unmoved_fn(void *arg)
{
	return clock_mode(arg) == CLOCK_REAL ? 0 : clock_unmoved(arg);
}

int64_t
clock_now_fn(void *arg)
{
	return clock_now(arg);
}

/* Virtual time is counted from at_ns and the present real time on. */
static void
clock_rebase(struct clock *c, int64_t at_ns)
{
	c->base_ns = at_ns;
	c->anchor_mono_ns = clock_real_mono();
}

void
clock_freeze(struct clock *c, int64_t at_ns)
{
	clock_rebase(c, at_ns);
	c->frozen = true;
	clock_tell_moved(c);
}

void
clock_unfreeze(struct clock *c)
{
	if (!c->frozen)
		return;
	clock_rebase(c, c->base_ns);
	c->frozen = false;
	clock_tell_moved(c);
}

bool
clock_frozen(const struct clock *c)
{
	return c->frozen;
}

void
clock_set(struct clock *c, int64_t at_ns)
{
	clock_rebase(c, at_ns);
	clock_tell_moved(c);
}

void
clock_set_rate(struct clock *c, double rate)
{
	clock_rebase(c, clock_now(c));
	c->rate = rate;
	clock_tell_moved(c);
}

double
clock_get_rate(const struct clock *c)
{
	return c->rate;
}

static void
alarm_place(struct clock *c, struct alarm *a, int index)
{
	c->heap[index] = a;
	a->heap_index = index;
}

static void
alarm_sift_up(struct clock *c, struct alarm *a, int index)
{
	while (index > 1 && c->heap[index / 2]->at_ns > a->at_ns) {
		alarm_place(c, c->heap[index / 2], index);
		index /= 2;
	}
	alarm_place(c, a, index);
}

static void
alarm_sift_down(struct clock *c, struct alarm *a, int index)
{
	for (;;) {
		int child = index * 2;

		if (child > c->nalarms)
			break;
		if (child < c->nalarms &&
		    c->heap[child + 1]->at_ns < c->heap[child]->at_ns)
			child++;
		if (c->heap[child]->at_ns >= a->at_ns)
			break;
		alarm_place(c, c->heap[child], index);
		index = child;
	}
	alarm_place(c, a, index);
}

void
alarm_init(struct alarm *a, alarm_fn fn, void *arg)
{
	a->at_ns = 0;
	a->fn = fn;
	a->arg = arg;
	a->heap_index = 0;
	a->at_arrival = false;
}

void
alarm_cancel(struct clock *c, struct alarm *a)
{
	int index = a->heap_index;
	struct alarm *last;

	if (!index)
		return;
	last = c->heap[c->nalarms--];
	a->heap_index = 0;
	if (last == a)
		return;
	if (index > 1 && c->heap[index / 2]->at_ns > last->at_ns)
		alarm_sift_up(c, last, index);
	else
		alarm_sift_down(c, last, index);
}

void
alarm_set(struct clock *c, struct alarm *a, int64_t at_ns)
{
	alarm_cancel(c, a);
	a->at_ns = at_ns;
	if (c->nalarms + 1 >= c->cap) {
		c->cap = c->cap ? c->cap * 2 : 16;
		c->heap = xrealloc(
		    c->heap, (size_t)c->cap * sizeof(struct alarm *));
	}
	alarm_sift_up(c, a, ++c->nalarms);
	if (c->heap[1] == a && c->on_change)
		c->on_change(c->on_change_arg);
}

bool
clock_slice_is_over(const struct clock *c)
{
	return c->slice_end_ns && clock_real_cpu() >= c->slice_end_ns;
}

bool
clock_end_slice(struct clock *c)
{
	if (!c->slice_end_ns)
		return false;
	c->slice_end_ns = 1;
	return true;
}

bool
clock_has_slices(const struct clock *c)
{
	return c->slice_end_ns != 0;
}

void
clock_hold(struct clock *c)
{
	c->holds++;
}

void
clock_release(struct clock *c)
{
	c->holds--;
	if (!c->holds && c->on_change)
		c->on_change(c->on_change_arg);
}

/* Within a slice, something belongs to the time that it shows. */
static bool
clock_is_held(const struct clock *c)
{
	return c->holds > 0 && c->slice_end_ns != 0;
}

bool
clock_is_behind(const struct clock *c)
{
	return c->nalarms > 0 && c->heap[1]->at_ns <= clock_now(c);
}

static int
clock_fire_due(struct clock *c, int64_t now_ns)
{
	int fired = 0;

	while (c->nalarms > 0 && c->heap[1]->at_ns <= now_ns) {
		struct alarm *a = c->heap[1];

		alarm_cancel(c, a);
		a->fn(a->arg, now_ns);
		fired++;
		if (clock_slice_is_over(c))
			break;
	}
	return fired;
}

/* Goes towards the target as far as the slice allows. */
static bool
clock_go_towards(struct clock *c, int64_t target_ns, int *fired)
{
	while (c->nalarms > 0 && c->heap[1]->at_ns <= target_ns) {
		struct alarm *a = c->heap[1];

		if (a->at_arrival && a->at_ns < target_ns) {
			alarm_set(c, a, target_ns);
			continue;
		}
		if (a->at_ns > clock_now(c))
			clock_rebase(c, a->at_ns);
		*fired += clock_fire_due(c, a->at_ns);
		if (clock_slice_is_over(c) || clock_is_held(c))
			return false;
	}
	if (target_ns > clock_now(c))
		clock_rebase(c, target_ns);
	return true;
}

int
clock_advance(struct clock *c, int64_t by_ns)
{
	int64_t slice_end_ns = c->slice_end_ns;
	bool running = c->running;
	int fired = 0;

	c->slice_end_ns = 0;
	c->running = true;
	(void)clock_go_towards(c, time_after_ns(clock_now(c), by_ns), &fired);
	c->running = running;
	c->slice_end_ns = slice_end_ns;
	clock_tell_moved(c);
	return fired;
}

int
clock_advance_to_next(struct clock *c)
{
	int64_t left_ns;

	if (c->nalarms == 0)
		return 0;
	left_ns = c->heap[1]->at_ns - clock_now(c);
	return clock_advance(c, left_ns > 0 ? left_ns : 0);
}

int64_t
clock_wait_ns(const struct clock *c)
{
	int64_t left_ns;

	if (c->moves)
		return c->holds ? -1 : 0; /* its release wakes */
	if (c->nalarms == 0)
		return -1;
	left_ns = c->heap[1]->at_ns - clock_now(c);
	if (left_ns <= 0)
		return 0;
	if (c->frozen || c->rate <= 0)
		return -1;
	return (int64_t)((double)left_ns / c->rate) + 1;
}

/* ---- ways forward ---- */

/* Takes the first one out. */
static void
clock_finish_move(struct clock *c, bool arrived)
{
	struct clock_move *m = c->moves;

	c->moves = m->next;
	c->move_begun = false;
	m->done(m->arg, arrived);
}

/* A slice of the first; those behind it follow while there is time. */
static int
clock_run_moves(struct clock *c)
{
	int fired = 0;

	while (c->moves && !clock_slice_is_over(c) && !clock_is_held(c)) {
		struct clock_move *m = c->moves;

		if (!c->move_begun) {
			c->move_begun = true;
			c->target_ns = m->begin(m->arg);
		}
		if (!clock_go_towards(c, c->target_ns, &fired))
			break;
		if (c->moves == m) { /* no alarm has ended it */
			clock_tell_moved(c);
			clock_finish_move(c, true);
		}
	}
	return fired;
}

static int
clock_run_slice(struct clock *c, int64_t slice_ns)
{
	int fired;

	if (c->nalarms == 0 && !c->moves)
		return 0;
	if (!c->moves && c->heap[1]->at_ns > clock_now(c))
		return 0;
	c->running = true;
	c->slice_end_ns = clock_real_cpu() + slice_ns;
	fired = c->moves ? clock_run_moves(c) : clock_fire_due(c, clock_now(c));
	c->slice_end_ns = 0;
	c->running = false;
	return fired;
}

int
clock_run_alarms(struct clock *c)
{
	return clock_run_slice(c, CLOCK_SLICE_NS);
}

void
clock_move_start(struct clock *c, struct clock_move *m)
{
	struct clock_move **at = &c->moves;

	while (*at)
		at = &(*at)->next;
	m->next = NULL;
	*at = m;
	if (c->on_change)
		c->on_change(c->on_change_arg);
	if (!c->running && c->moves == m)
		(void)clock_run_slice(c, CLOCK_FIRST_SLICE_NS);
}

void
clock_move_cancel(struct clock *c, struct clock_move *m)
{
	struct clock_move **at = &c->moves;

	while (*at && *at != m)
		at = &(*at)->next;
	if (!*at)
		return;
	if (at == &c->moves)
		c->move_begun = false;
	*at = m->next;
}

void
clock_moves_end(struct clock *c)
{
	while (c->moves)
		clock_finish_move(c, false);
}
