/*
 * Claims about when the requests came: the gaps between them, how many in a
 * time, how many at once, none after an event, one in every so long. Times are
 * those of the clock that the claim names, from the start of a request to the
 * start of the next.
 */
#include <stdlib.h>

#include "base/duration.h"
#include "base/mem.h"
#include "journal/verify/verify.h"

/* Without jitter, timers make gaps differ by less. */
#define JITTER_LEAST 0.02

static int64_t
verify_gap_ns(const struct verification *p, int i)
{
	return p->hits[i + 1].start_ns - p->hits[i].start_ns;
}

static void
verify_mark_gap(struct verification *p, int i)
{
	verify_add_nearest(p, p->hits[i].slot, "");
	verify_add_nearest(p, p->hits[i + 1].slot, "");
}

static void
verify_say_gaps(struct verification *p)
{
	int shown = p->nhits - 1 < 12 ? p->nhits - 1 : 12;

	for (int i = 0; i < shown; i++) {
		verify_add_reason(p, i ? ", " : "; the gaps: ");
		verify_say_duration(p, verify_gap_ns(p, i));
	}
	verify_add_reason(p, shown < p->nhits - 1 ? "..." : "");
}

static bool
verify_wrong_gap(
    struct verification *p, int i, const char *bound, int64_t limit_ns)
{
	verify_add_reason(p, "gap %d of %d, from seq %lld to seq %lld, was ",
	    i + 1, p->nhits - 1, (long long)p->hits[i].slot->seq,
	    (long long)p->hits[i + 1].slot->seq);
	verify_say_duration(p, verify_gap_ns(p, i));
	verify_add_reason(p, ", expected at %s ", bound);
	verify_say_duration(p, limit_ns);
	verify_say_gaps(p);
	verify_mark_gap(p, i);
	return false;
}

/* A gap does not have to grow beyond `max`. */
static bool
verify_gap_grows(struct verification *p, int i)
{
	const struct verify_spacing *s = &p->expected.spacing;
	double need = (double)verify_gap_ns(p, i - 1) * s->growth_factor;

	if (s->max_ns >= 0 && need > (double)s->max_ns)
		return true;
	if ((double)verify_gap_ns(p, i) >= need)
		return true;
	verify_add_reason(p, "gap %d, from seq %lld to seq %lld, was ", i + 1,
	    (long long)p->hits[i].slot->seq,
	    (long long)p->hits[i + 1].slot->seq);
	verify_say_duration(p, verify_gap_ns(p, i));
	verify_add_reason(p, " after a gap of ");
	verify_say_duration(p, verify_gap_ns(p, i - 1));
	verify_add_reason(
	    p, ", expected at least %g times as much, ", s->growth_factor);
	verify_say_duration(p, (int64_t)need);
	verify_say_gaps(p);
	verify_mark_gap(p, i);
	return false;
}

/* The gaps, or their growth when they shall grow, relative to their mean. */
static double
verify_gap_spread(const struct verification *p)
{
	bool growth = p->expected.spacing.growth_factor > 0;
	double least = 0, most = 0, sum = 0;
	int first = growth ? 1 : 0, n = p->nhits - 1;

	for (int i = first; i < n; i++) {
		double x = (double)verify_gap_ns(p, i);

		if (growth)
			x /= verify_gap_ns(p, i - 1)
			    ? (double)verify_gap_ns(p, i - 1)
			    : 1;
		least = i == first || x < least ? x : least;
		most = i == first || x > most ? x : most;
		sum += x;
	}
	return sum > 0 ? (most - least) / (sum / (n - first)) : 0;
}

static bool
verify_has_jitter(struct verification *p)
{
	double s = verify_gap_spread(p);

	if (s >= JITTER_LEAST)
		return true;
	verify_add_reason(p,
	    "the gaps %s all alike (they differ by %.1f %% of their mean), "
	    "expected jitter of at least %.0f %%",
	    p->expected.spacing.growth_factor > 0 ? "grow" : "are", s * 100,
	    JITTER_LEAST * 100);
	verify_say_gaps(p);
	verify_say_hits(p, p->hits, 0);
	for (int i = 0; i + 1 < p->nhits; i++)
		verify_mark_gap(p, i);
	return false;
}

/* The gaps are in bounds, grow, and differ, as far as the claim asks for it.
 * */
bool
verify_spacing_holds(struct verification *p)
{
	const struct verify_spacing *s = &p->expected.spacing;
	int need = 2 + (s->growth_factor > 0) + s->jitter;

	if (p->nhits < need) {
		verify_add_reason(p,
		    "expected at least %d requests to judge their "
		    "spacing by, found ",
		    need);
		verify_say_count(p, p->nhits);
		verify_say_hits(p, p->hits, p->nhits);
		return false;
	}
	for (int i = 0; i + 1 < p->nhits; i++) {
		if (s->min_ns >= 0 && verify_gap_ns(p, i) < s->min_ns)
			return verify_wrong_gap(p, i, "least", s->min_ns);
		if (s->max_ns >= 0 && verify_gap_ns(p, i) > s->max_ns)
			return verify_wrong_gap(p, i, "most", s->max_ns);
		if (s->growth_factor > 0 && i > 0 && !verify_gap_grows(p, i))
			return false;
	}
	return !s->jitter || verify_has_jitter(p);
}

/* No window of the claimed length holds more requests than the claim allows.
 * */
bool
verify_rate_holds(struct verification *p)
{
	int max = (int)p->expected.rate.max;

	for (int i = 0; i + max < p->nhits; i++) {
		int64_t elapsed_ns = p->hits[i + max].start_ns -
		    p->hits[i].start_ns;

		if (elapsed_ns >= p->expected.rate.per)
			continue;
		verify_add_reason(p, "expected at most %d in ", max);
		verify_say_duration(p, p->expected.rate.per);
		verify_add_reason(p, ", but %d of ", max + 1);
		verify_say_count(p, p->nhits);
		verify_add_reason(p, " came within ");
		verify_say_duration(p, elapsed_ns);
		verify_add_reason(p, ", from ");
		verify_say_time(p, p->hits[i].start_ns);
		verify_say_hits(p, p->hits + i, max + 1);
		return false;
	}
	return true;
}

/* At no time were more requests under way than the claim allows. */
bool
verify_concurrency_holds(struct verification *p)
{
	struct verify_hit *busy = xmalloc(
	    (size_t)(p->nhits + 1) * sizeof(*busy));
	int n = 0;
	bool ok = true;

	for (int i = 0; i < p->nhits && ok; i++) {
		int kept = 0;

		for (int k = 0; k < n; k++)
			if (busy[k].end_ns > p->hits[i].start_ns)
				busy[kept++] = busy[k];
		busy[kept++] = p->hits[i];
		n = kept;
		ok = n <= p->expected.concurrency.max;
	}
	if (!ok) {
		verify_add_reason(p,
		    "expected at most %lld at once, but %d of ",
		    (long long)p->expected.concurrency.max, n);
		verify_say_count(p, p->nhits);
		verify_add_reason(p, " were under way at ");
		verify_say_time(p, busy[n - 1].start_ns);
		verify_say_hits(p, busy, n);
	}
	free(busy);
	return ok;
}

/* ---- none after ---- */

/* No request came after the last event of that name, the grace included. */
bool
verify_none_after_holds(struct verification *p)
{
	const struct verify_event *none = &p->expected.none_after;
	const struct journal_event *m = verify_find_last_event(p, none->event);
	int64_t event_ns, from_ns;
	int first = 0;

	if (!m)
		return false;
	event_ns = verify_event_ns(p, m);
	from_ns = time_after_ns(event_ns, none->grace_ns);
	while (first < p->nhits &&
	    (p->hits[first].slot->seq <= m->seq ||
		p->hits[first].start_ns < from_ns))
		first++;
	if (first == p->nhits)
		return true;
	verify_add_reason(
	    p, "expected none after the event \"%s\" at ", m->name);
	verify_say_time(p, event_ns);
	if (none->grace_ns) {
		verify_add_reason(p, " and a grace of ");
		verify_say_duration(p, none->grace_ns);
	}
	verify_add_reason(p, ", but ");
	verify_say_count(p, p->nhits - first);
	verify_add_reason(p, " came, the first ");
	verify_say_duration(p, p->hits[first].start_ns - event_ns);
	verify_add_reason(p, " after it");
	verify_say_hits(p, p->hits + first, p->nhits - first);
	return false;
}

/* Of what was dropped, only what came after the event would break it. */
bool
verify_none_after_is_unsure(struct verification *p)
{
	const struct journal_event *m = verify_find_last_event(
	    p, p->expected.none_after.event);

	return !m || m->seq < verify_dropped_seq(p);
}

/* ---- every ---- */

/* Where the time begins that every looks at: the window's begin, else the
 * moment that `since` names, else the first request. */
static int64_t
verify_every_start_ns(const struct verification *p)
{
	const struct journal_slot *s;

	if (p->window.from_ns > INT64_MIN)
		return p->window.from_ns;
	if (p->from)
		return p->expected.clock ? p->from->virtual_ns
					 : p->from->real_ns;
	if (p->filter.since_ns && p->expected.clock)
		return p->filter.since_ns;
	s = p->filter.since_seq ? journal_slot(p->journal, p->filter.since_seq)
				: NULL;
	if (s)
		return p->expected.clock ? s->virtual_ns : s->real_ns;
	return p->nhits > 0 ? p->hits[0].start_ns : INT64_MIN;
}

static bool
verify_every_gap(
    struct verification *p, int64_t from_ns, int64_t to_ns, int next)
{
	verify_add_reason(p, "expected one in every ");
	verify_say_duration(p, p->expected.every_ns);
	verify_add_reason(p, ", but ");
	verify_say_duration(p, to_ns - from_ns);
	verify_add_reason(p, " passed without one, from ");
	verify_say_time(p, from_ns);
	if (next < p->nhits)
		verify_add_reason(
		    p, " to seq %lld", (long long)p->hits[next].slot->seq);
	verify_add_reason(p, "; found ");
	verify_say_count(p, p->nhits);
	if (next > 0)
		verify_add_nearest(p, p->hits[next - 1].slot, "");
	if (next < p->nhits)
		verify_add_nearest(p, p->hits[next].slot, "");
	return false;
}

/* No time of that length passed without a request, up to the window's end or
 * until now. */
bool
verify_every_holds(struct verification *p)
{
	struct clock *clock = p->expected.clock ? p->journal->virtual_clock
						: p->journal->real_clock;
	int64_t now_ns = clock_now(clock), at_ns = verify_every_start_ns(p);
	int64_t end_ns = p->window.to_ns < now_ns ? p->window.to_ns : now_ns;

	if (at_ns == INT64_MIN) {
		verify_add_reason(p, "expected one in every ");
		verify_say_duration(p, p->expected.every_ns);
		verify_add_reason(p, ", found ");
		verify_say_count(p, 0);
		return false;
	}
	for (int i = 0; i < p->nhits; i++) {
		if (p->hits[i].start_ns - at_ns > p->expected.every_ns)
			return verify_every_gap(
			    p, at_ns, p->hits[i].start_ns, i);
		at_ns = p->hits[i].start_ns;
	}
	return end_ns - at_ns <= p->expected.every_ns ||
	    verify_every_gap(p, at_ns, end_ns, p->nhits);
}
