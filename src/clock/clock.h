/*
 * Time, and the alarms that wait for it. The only room that reads the system's
 * clock. An instance owns one clock; tests and /_mock/clock move it.
 *
 * Instants are nanoseconds since 1970 UTC. The virtual time is
 *     base + (real - anchor) * rate
 * and stands still while frozen.
 */
#ifndef MV_CLOCK_CLOCK_H
#define MV_CLOCK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock;

typedef void (*alarm_fn)(void *arg, int64_t now);

/*
 * An alarm belongs to whoever embeds it. It fires once, at or after `at`, from
 * clock_run_alarms; it may set itself again.
 */
struct alarm {
	int64_t at_ns;
	alarm_fn fn;
	void *arg;
	int heap_index; /* place in the heap, 0 when not set */
};

struct clock *clock_new(void);
void clock_free(struct clock *c);

/* Virtual now. */
int64_t clock_now(const struct clock *c);
/* The same, in the shape that struct log asks for; arg is a struct clock. */
int64_t clock_now_fn(void *arg);
/* Virtual time at a reading of clock_real_mono: one serves several clocks. */
int64_t clock_at_mono(const struct clock *c, int64_t mono_ns);
/* Real monotonic time, for durations shown to people and for benchmarks. */
int64_t clock_real_mono(void);
/* The machine's own wall clock. */
int64_t clock_real_wall(void);

void clock_freeze(struct clock *c, int64_t at_ns);
void clock_unfreeze(struct clock *c);
bool clock_frozen(const struct clock *c);
/*
 * How it runs, told by what it does: frozen; faster or slower than real time;
 * beside real time; or with it.
 */
enum clock_mode {
	CLOCK_REAL,
	CLOCK_FROZEN,
	CLOCK_OFFSET,
	CLOCK_RATE,
};
enum clock_mode clock_mode(const struct clock *c);
/* The time that it would show had nobody ever moved it. */
int64_t clock_unmoved(const struct clock *c);
/* How far it is ahead of that. */
int64_t clock_get_offset(const struct clock *c);
/* Runs beside real time from now on: not frozen, rate 1. */
void clock_set_offset(struct clock *c, int64_t offset_ns);
/* For struct log; arg is a struct clock: real time, 0 when it shows that. */
int64_t clock_unmoved_fn(void *arg);
/* Moves to an instant and keeps running from there. */
void clock_set(struct clock *c, int64_t at_ns);
void clock_set_rate(struct clock *c, double rate);
double clock_get_rate(const struct clock *c);
/*
 * Moves forward by `by`, stopping at each alarm on the way in its order, so
 * that an alarm sees its own instant as now. Returns how many fired.
 */
int clock_advance(struct clock *c, int64_t by_ns);

void alarm_init(struct alarm *a, alarm_fn fn, void *arg);
/* Sets or moves. */
void alarm_set(struct clock *c, struct alarm *a, int64_t at_ns);
void alarm_cancel(struct clock *c, struct alarm *a);

/* Fires what is due. Returns how many. */
int clock_run_alarms(struct clock *c);
/* Real nanoseconds until the next alarm; -1 for none, or one that a frozen
 * clock never reaches. */
int64_t clock_wait_ns(const struct clock *c);

#endif
