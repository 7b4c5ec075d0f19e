/*
 * Time, and the alarms that wait for it. Only this folder reads the system's
 * clock. An instance owns one clock; tests and /_mock/clock move it.
 *
 * Times are nanoseconds since 1970 UTC. The virtual time is
 *     base + (real - anchor) * rate
 * and stands still while frozen.
 */
#ifndef MV_CLOCK_CLOCK_H
#define MV_CLOCK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock;

typedef void (*alarm_fn)(void *arg, int64_t now_ns);

/*
 * An alarm belongs to whoever embeds it. It fires once, at or after `at`, from
 * clock_run_alarms; it may set itself again.
 */
struct alarm {
	int64_t at_ns;
	alarm_fn fn;
	void *arg;
	int heap_index; /* place in the heap, 0 when not set */
	/* On a way forward it waits for the end: what was missed on the way is
	 * done once. */
	bool at_arrival;
};

/*
 * A way forward. The clock goes it in slices, from clock_run_alarms, so that
 * other work goes on meanwhile; ways that are asked for together are gone one
 * after the other. It belongs to whoever embeds it, until done was called.
 */
struct clock_move {
	/* At its turn: whereto. What lies behind is no way at all. */
	int64_t (*begin)(void *arg);
	/* It is there; or it never will be, as the clock was set or ended. */
	void (*done)(void *arg, bool arrived);
	void *arg;
	struct clock_move *next; /* the clock's */
};

/* What the alarms of one call of clock_run_alarms may take, in processor time:
 * those that are left fire in the next. A request may have to wait for two of
 * them, on each of two clocks, and their commits, in 10 ms. */
#define CLOCK_SLICE_NS ((int64_t)1500000)
/* What work may take that begins within a request, so that little is done at
 * once; the rest goes in slices. */
#define CLOCK_FIRST_SLICE_NS ((int64_t)2000000)

/* A clock that runs with real time; clock_free ends it. */
struct clock *clock_new(void);
/* Alarms that are set are forgotten, not fired. */
void clock_free(struct clock *c);

/* The virtual time. */
int64_t clock_now(const struct clock *c);
/* The same as a callback of struct log; arg is a struct clock. */
int64_t clock_now_fn(void *arg);
/* The virtual time at a reading of clock_real_mono. One reading serves several
 * clocks. */
int64_t clock_at_mono(const struct clock *c, int64_t mono_ns);
/* Real monotonic time, for durations shown to people and for benchmarks. */
int64_t clock_real_mono(void);
/* The processor time of this thread. */
int64_t clock_real_cpu(void);
/* The machine's own wall clock. */
int64_t clock_real_wall(void);

/* Stops the clock at a time. */
void clock_freeze(struct clock *c, int64_t at_ns);
/* Runs on from the time that it shows, at the rate it had. */
void clock_unfreeze(struct clock *c);
bool clock_frozen(const struct clock *c);
/*
 * How it runs: frozen, faster or slower than real time, at a distance from real
 * time, or with it.
 */
enum clock_mode {
	CLOCK_REAL,
	CLOCK_FROZEN,
	CLOCK_OFFSET,
	CLOCK_RATE,
};
enum clock_mode clock_mode(const struct clock *c);
/* The time that it would show if it had never been moved. */
int64_t clock_unmoved(const struct clock *c);
/* By how much it is ahead of that, in ns. */
int64_t clock_get_offset(const struct clock *c);
/* Runs at this distance from real time: not frozen, rate 1. */
void clock_set_offset(struct clock *c, int64_t offset_ns);
/* A callback of struct log; arg is a struct clock. The real time, or 0 when the
 * clock shows the real time. */
int64_t clock_unmoved_fn(void *arg);
/* Moves to a time and runs on from there. */
void clock_set(struct clock *c, int64_t at_ns);
/* So many virtual seconds pass in a real one, from the present time on. */
void clock_set_rate(struct clock *c, double rate);
double clock_get_rate(const struct clock *c);
/*
 * Moves forward and stops at each alarm on the way, in the order of their
 * times, so that an alarm sees its own time as now. Returns how many fired.
 */
int clock_advance(struct clock *c, int64_t by_ns);
/* The same in slices; the first is gone at once, unless alarms run just now. */
void clock_move_start(struct clock *c, struct clock_move *m);
/* Forgets it; done is not called. */
void clock_move_cancel(struct clock *c, struct clock_move *m);
/* Ends all ways where they are: done is told that they did not arrive. */
void clock_moves_end(struct clock *c);
/* An alarm that has much to do asks this after each piece: is it time to leave
 * the rest to the next pass? It sets itself again then. Never within
 * clock_advance. */
bool clock_slice_is_over(const struct clock *c);
/* An alarm must wait for somebody else: it has set itself again for now, and
 * the rest is left to the next pass. False: there is none, as in clock_advance.
 */
bool clock_end_slice(struct clock *c);
/* Is it within a slice, so that what is left waits for the next pass? */
bool clock_has_slices(const struct clock *c);
/* What an alarm has begun goes on elsewhere, and belongs to the time that it
 * shows: ways forward go no further before as many releases. */
void clock_hold(struct clock *c);
void clock_release(struct clock *c);
/* Is an alarm due that has not fired yet? */
bool clock_is_behind(const struct clock *c);

/* Moves to the next alarm, if there is one. Returns how many fired. */
int clock_advance_to_next(struct clock *c);

/* fn is called at the end of each call above that moves it. NULL: nobody. */
void clock_on_moved(struct clock *c, void (*fn)(void *arg), void *arg);

/* fn is called when it was moved, and when an alarm has become the next: who
 * waits for that one waits for another time. NULL: nobody. */
void clock_on_change(struct clock *c, void (*fn)(void *arg), void *arg);

/* Prepares an alarm that is not set. fn gets arg and the time. */
void alarm_init(struct alarm *a, alarm_fn fn, void *arg);
/* Sets an alarm, or moves it. Its owner cancels it before freeing it. */
void alarm_set(struct clock *c, struct alarm *a, int64_t at_ns);
void alarm_cancel(struct clock *c, struct alarm *a);

/* Fires the alarms that are due, as many as a slice takes, and goes on with the
 * ways forward. Returns how many fired. */
int clock_run_alarms(struct clock *c);
/* Real nanoseconds until the next alarm; -1 for none, or one that a frozen
 * clock never reaches. */
int64_t clock_wait_ns(const struct clock *c);

#endif
