/*
 * The virtual clock: it stands, moves and runs at a rate; alarms fire in order
 * and see their own time.
 */
#include "clock/clock.h"

#include "base/duration.h"
#include "tests/support/unit.h"

#define START ((int64_t)1700000000 * NSEC_PER_SEC)

struct seen {
	struct clock *c;
	struct alarm alarm;
	int64_t at[8];
	int64_t virtual_now[8];
	int n;
	int64_t again; /* sets itself again after so long; 0: no */
};

static void
note(void *arg, int64_t now_ns)
{
	struct seen *s = arg;

	s->virtual_now[s->n] = clock_now(s->c);
	s->at[s->n++] = now_ns;
	if (s->again && s->n < 8)
		alarm_set(s->c, &s->alarm, now_ns + s->again);
}

START_TEST(frozen_stands)
{
	struct clock *c = clock_new();

	clock_freeze(c, START);
	ck_assert(clock_frozen(c));
	ck_assert_int_eq(clock_now(c), START);
	ck_assert_int_eq(clock_now_fn(c), START);
	clock_advance(c, 5 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_now(c), START + 5 * NSEC_PER_SEC);
	clock_unfreeze(c);
	ck_assert(!clock_frozen(c));
	ck_assert_int_ge(clock_now(c), START + 5 * NSEC_PER_SEC);
	ck_assert_int_lt(clock_now(c), START + 65 * NSEC_PER_SEC);
	clock_free(c);
	clock_free(NULL);
}
END_TEST

START_TEST(starts_at_wall_time)
{
	struct clock *c = clock_new();
	int64_t off = clock_now(c) - clock_real_wall();

	ck_assert_int_lt(llabs(off), NSEC_PER_SEC);
	clock_set(c, START);
	ck_assert_int_ge(clock_now(c), START);
	clock_set_rate(c, 0);
	ck_assert_int_eq(clock_now(c), clock_now(c));
	clock_set_rate(c, 1000);
	ck_assert(clock_get_rate(c) == 1000);
	clock_free(c);
}
END_TEST

START_TEST(alarms_in_order)
{
	struct clock *c = clock_new();
	struct seen seen[50];
	int n;

	clock_freeze(c, START);
	for (int i = 0; i < 50; i++) {
		seen[i] = (struct seen){ .c = c };
		alarm_init(&seen[i].alarm, note, &seen[i]);
		alarm_set(
		    c, &seen[i].alarm, START + (i * 7 % 50 + 1) * NSEC_PER_SEC);
	}
	for (int i = 0; i < 50; i += 5)
		alarm_cancel(c, &seen[i].alarm);
	alarm_cancel(c, &seen[0].alarm); /* twice is fine */
	alarm_set(c, &seen[1].alarm, START + 100 * NSEC_PER_SEC); /* moves */
	n = clock_advance(c, 50 * NSEC_PER_SEC);
	ck_assert_int_eq(n, 39);
	for (int i = 0; i < 50; i++) {
		if (i % 5 == 0 || i == 1) {
			ck_assert_int_eq(seen[i].n, 0);
			continue;
		}
		ck_assert_int_eq(seen[i].n, 1);
		ck_assert_int_eq(
		    seen[i].at[0], START + (i * 7 % 50 + 1) * NSEC_PER_SEC);
		ck_assert_int_eq(seen[i].virtual_now[0], seen[i].at[0]);
	}
	ck_assert_int_eq(clock_advance(c, 50 * NSEC_PER_SEC), 1);
	ck_assert_int_eq(seen[1].n, 1);
	clock_free(c);
}
END_TEST

START_TEST(sets_itself_again)
{
	struct clock *c = clock_new();
	struct seen s = { .c = c, .again = 10 * NSEC_PER_SEC };

	clock_freeze(c, START);
	alarm_init(&s.alarm, note, &s);
	alarm_set(c, &s.alarm, START + 10 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_advance(c, 35 * NSEC_PER_SEC), 3);
	ck_assert_int_eq(s.at[2], START + 30 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_now(c), START + 35 * NSEC_PER_SEC);
	alarm_cancel(c, &s.alarm);
	ck_assert_int_eq(clock_advance(c, 100 * NSEC_PER_SEC), 0);
	clock_free(c);
}
END_TEST

START_TEST(run_and_wait)
{
	struct clock *c = clock_new();
	struct seen s = { .c = c };
	int64_t wait;

	ck_assert_int_eq(clock_wait_ns(c), -1);
	ck_assert_int_eq(clock_run_alarms(c), 0);
	alarm_init(&s.alarm, note, &s);
	alarm_set(c, &s.alarm, clock_now(c) + 3600 * NSEC_PER_SEC);
	wait = clock_wait_ns(c);
	ck_assert_int_gt(wait, 3500 * NSEC_PER_SEC);
	ck_assert_int_le(wait, 3600 * NSEC_PER_SEC + 1);
	ck_assert_int_eq(clock_run_alarms(c), 0);
	clock_set_rate(c, 3600);
	wait = clock_wait_ns(c);
	ck_assert_int_le(wait, NSEC_PER_SEC + 1);
	clock_freeze(c, clock_now(c));
	ck_assert_int_eq(clock_wait_ns(c), -1);
	clock_set(c, clock_now(c) + 4000 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_run_alarms(c), 1);
	ck_assert_int_eq(s.n, 1);
	clock_free(c);
}
END_TEST

START_TEST(modes_show_in_what_it_does)
{
	struct clock *c = clock_new();

	ck_assert_int_eq(clock_mode(c), CLOCK_REAL);
	ck_assert_int_eq(clock_get_offset(c), 0);
	ck_assert_int_eq(clock_unmoved_fn(c), 0);
	clock_set_offset(c, -90 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_mode(c), CLOCK_OFFSET);
	ck_assert_int_eq(clock_get_offset(c), -90 * NSEC_PER_SEC);
	ck_assert_int_ge(clock_unmoved_fn(c), clock_now(c) + 89 * NSEC_PER_SEC);
	clock_set_rate(c, 60);
	ck_assert_int_eq(clock_mode(c), CLOCK_RATE);
	clock_freeze(c, START);
	ck_assert_int_eq(clock_mode(c), CLOCK_FROZEN);
	ck_assert_int_lt(clock_get_offset(c), 0);
	clock_set_offset(c, 0);
	ck_assert_int_eq(clock_mode(c), CLOCK_REAL);
	clock_free(c);
}
END_TEST

/* What is due rings at once, though the clock stands. */
START_TEST(a_frozen_clock_does_not_hold_back_what_is_due)
{
	struct clock *c = clock_new();
	struct seen s = { .c = c };

	clock_freeze(c, START);
	alarm_init(&s.alarm, note, &s);
	alarm_set(c, &s.alarm, START);
	ck_assert_int_eq(clock_wait_ns(c), 0);
	ck_assert_int_eq(clock_run_alarms(c), 1);
	clock_free(c);
}
END_TEST

/* Burns a slice of processor time, and asks for the next. */
struct burner {
	struct clock *c;
	struct alarm alarm;
	int left;
};

static void
burn(void *arg, int64_t now_ns)
{
	struct burner *b = arg;

	ck_assert(!clock_slice_is_over(b->c));
	while (!clock_slice_is_over(b->c))
		continue;
	if (--b->left > 0)
		alarm_set(b->c, &b->alarm, now_ns);
}

struct walk {
	struct clock_move move;
	struct clock *c;
	int64_t by_ns;
	int ended; /* 1: arrived, -1: not */
};

static int64_t
walk_begin(void *arg)
{
	struct walk *w = arg;

	return clock_now(w->c) + w->by_ns;
}

static void
walk_done(void *arg, bool arrived)
{
	struct walk *w = arg;

	w->ended = arrived ? 1 : -1;
}

static void
walk_init(struct walk *w, struct clock *c, int64_t by_ns)
{
	*w = (struct walk){ { walk_begin, walk_done, w, NULL }, c, by_ns, 0 };
}

START_TEST(a_way_is_gone_in_slices)
{
	struct clock *c = clock_new();
	struct burner b = { c, { 0 }, 3 };
	struct walk one, two;

	clock_freeze(c, START);
	alarm_init(&b.alarm, burn, &b);
	alarm_set(c, &b.alarm, START + NSEC_PER_SEC);
	walk_init(&one, c, 5 * NSEC_PER_SEC);
	walk_init(&two, c, 2 * NSEC_PER_SEC);
	clock_move_start(c, &one.move);
	clock_move_start(c, &two.move);
	ck_assert_int_eq(b.left, 2);
	ck_assert_int_eq(clock_now(c), START + NSEC_PER_SEC);
	ck_assert_int_eq(clock_wait_ns(c), 0);
	ck_assert_int_eq(clock_run_alarms(c), 1);
	ck_assert_int_eq(one.ended, 0);
	ck_assert_int_eq(clock_run_alarms(c), 1);
	ck_assert_int_eq(clock_run_alarms(c), 0);
	ck_assert_int_eq(one.ended, 1);
	ck_assert_int_eq(two.ended, 1);
	ck_assert_int_eq(clock_now(c), START + 7 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_wait_ns(c), -1);
	clock_free(c);
}
END_TEST

START_TEST(ways_can_be_ended_and_forgotten)
{
	struct clock *c = clock_new();
	struct burner b = { c, { 0 }, 1000 };
	struct walk one, two, three;

	clock_freeze(c, START);
	alarm_init(&b.alarm, burn, &b);
	alarm_set(c, &b.alarm, START);
	walk_init(&one, c, NSEC_PER_SEC);
	walk_init(&two, c, NSEC_PER_SEC);
	walk_init(&three, c, NSEC_PER_SEC);
	clock_move_start(c, &one.move);
	clock_move_start(c, &two.move);
	clock_move_start(c, &three.move);
	clock_move_cancel(c, &two.move);
	clock_moves_end(c);
	ck_assert_int_eq(one.ended, -1);
	ck_assert_int_eq(two.ended, 0);
	ck_assert_int_eq(three.ended, -1);
	ck_assert_int_eq(clock_now(c), START);
	alarm_cancel(c, &b.alarm);
	clock_move_start(c, &two.move);
	ck_assert_int_eq(two.ended, 1);
	clock_free(c);
}
END_TEST

/* Waits for somebody, so many times. */
static void
hold_back(void *arg, int64_t now_ns)
{
	struct burner *b = arg;

	if (b->left > 0 && clock_end_slice(b->c)) {
		b->left--;
		alarm_set(b->c, &b->alarm, now_ns);
	}
}

START_TEST(an_alarm_holds_a_way_back)
{
	struct clock *c = clock_new();
	struct burner b = { c, { 0 }, 2 };
	struct walk w;

	clock_freeze(c, START);
	alarm_init(&b.alarm, hold_back, &b);
	alarm_set(c, &b.alarm, START + NSEC_PER_SEC);
	walk_init(&w, c, 2 * NSEC_PER_SEC);
	clock_move_start(c, &w.move);
	ck_assert_int_eq(clock_now(c), START + NSEC_PER_SEC);
	ck_assert_int_eq(b.left, 1);
	clock_run_alarms(c);
	ck_assert_int_eq(b.left, 0);
	ck_assert_int_eq(w.ended, 0);
	clock_run_alarms(c);
	ck_assert_int_eq(w.ended, 1);
	ck_assert_int_eq(clock_now(c), START + 2 * NSEC_PER_SEC);
	b.left = 1; /* nobody comes again in one go */
	alarm_set(c, &b.alarm, START + 3 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_advance(c, 2 * NSEC_PER_SEC), 1);
	ck_assert_int_eq(b.left, 1);
	clock_free(c);
}
END_TEST

START_TEST(some_alarms_wait_for_the_arrival)
{
	struct clock *c = clock_new();
	struct seen s = { .c = c, .again = 10 * NSEC_PER_SEC };

	clock_freeze(c, START);
	alarm_init(&s.alarm, note, &s);
	s.alarm.at_arrival = true;
	alarm_set(c, &s.alarm, START + 10 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_advance(c, 9 * NSEC_PER_SEC), 0);
	ck_assert_int_eq(clock_advance(c, 36 * NSEC_PER_SEC), 1);
	ck_assert_int_eq(s.at[0], START + 45 * NSEC_PER_SEC);
	ck_assert_int_eq(clock_advance(c, 10 * NSEC_PER_SEC), 1);
	ck_assert_int_eq(s.at[1], START + 55 * NSEC_PER_SEC);
	alarm_cancel(c, &s.alarm);
	clock_free(c);
}
END_TEST

UNIT_MAIN("clock", modes_show_in_what_it_does,
    a_frozen_clock_does_not_hold_back_what_is_due, frozen_stands,
    starts_at_wall_time, alarms_in_order, sets_itself_again, run_and_wait,
    a_way_is_gone_in_slices, ways_can_be_ended_and_forgotten,
    an_alarm_holds_a_way_back, some_alarms_wait_for_the_arrival)
