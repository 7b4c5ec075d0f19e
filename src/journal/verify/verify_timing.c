/*
 * When the requests came: the gaps between them, how many in a while, how many
 * at once, and whether one came that should not have. All of it on the clock that
 * was asked for, from one request's start to the next one's.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "journal/verify/verify.h"

/* Timers alone make gaps differ by less. */
#define JITTER_LEAST 0.02

static int64_t
gap(const struct proof *p, int i)
{
	return p->hits[i + 1].start - p->hits[i].start;
}

static void
mark_gap(struct proof *p, int i)
{
	proof_near(p, p->hits[i].slot, "");
	proof_near(p, p->hits[i + 1].slot, "");
}

static void
say_gaps(struct proof *p)
{
	int shown = p->n - 1 < 12 ? p->n - 1 : 12;

	for (int i = 0; i < shown; i++) {
		proof_fails(p, i ? ", " : "; the gaps: ");
		proof_span(p, gap(p, i));
	}
	proof_fails(p, shown < p->n - 1 ? "..." : "");
}

static bool
wrong_gap(struct proof *p, int i, const char *bound, int64_t limit)
{
	proof_fails(p, "gap %d of %d, from seq %lld to seq %lld, was ", i + 1,
	    p->n - 1, (long long)p->hits[i].slot->seq,
	    (long long)p->hits[i + 1].slot->seq);
	proof_span(p, gap(p, i));
	proof_fails(p, ", expected at %s ", bound);
	proof_span(p, limit);
	say_gaps(p);
	mark_gap(p, i);
	return false;
}

/* A gap that may not grow beyond max need not grow any more. */
static bool
grows(struct proof *p, int i)
{
	const struct spacing *s = &p->want.spacing;
	double need = (double)gap(p, i - 1) * s->growing;

	if (s->max >= 0 && need > (double)s->max)
		return true;
	if ((double)gap(p, i) >= need)
		return true;
	proof_fails(p, "gap %d, from seq %lld to seq %lld, was ", i + 1,
	    (long long)p->hits[i].slot->seq,
	    (long long)p->hits[i + 1].slot->seq);
	proof_span(p, gap(p, i));
	proof_fails(p, " after a gap of ");
	proof_span(p, gap(p, i - 1));
	proof_fails(p, ", expected at least %g times as much, ", s->growing);
	proof_span(p, (int64_t)need);
	say_gaps(p);
	mark_gap(p, i);
	return false;
}

/* The gaps, or their growth when they shall grow, relative to their mean. */
static double
spread(const struct proof *p)
{
	bool growth = p->want.spacing.growing > 0;
	double least = 0, most = 0, sum = 0;
	int first = growth ? 1 : 0, n = p->n - 1;

	for (int i = first; i < n; i++) {
		double x = (double)gap(p, i);

		if (growth)
			x /= gap(p, i - 1) ? (double)gap(p, i - 1) : 1;
		least = i == first || x < least ? x : least;
		most = i == first || x > most ? x : most;
		sum += x;
	}
	return sum > 0 ? (most - least) / (sum / (n - first)) : 0;
}

static bool
jitters(struct proof *p)
{
	double s = spread(p);

	if (s >= JITTER_LEAST)
		return true;
	proof_fails(p,
	    "the gaps %s all alike (they differ by %.1f %% of their mean), "
	    "expected jitter of at least %.0f %%",
	    p->want.spacing.growing > 0 ? "grow" : "are", s * 100,
	    JITTER_LEAST * 100);
	say_gaps(p);
	proof_list(p, p->hits, 0);
	for (int i = 0; i + 1 < p->n; i++)
		mark_gap(p, i);
	return false;
}

bool
pace_spacing(struct proof *p)
{
	const struct spacing *s = &p->want.spacing;
	int need = 2 + (s->growing > 0) + s->jitter;

	if (p->n < need) {
		proof_fails(p, "expected at least %d requests to judge their "
			       "spacing by, found ",
		    need);
		proof_count(p, p->n);
		proof_list(p, p->hits, p->n);
		return false;
	}
	for (int i = 0; i + 1 < p->n; i++) {
		if (s->min >= 0 && gap(p, i) < s->min)
			return wrong_gap(p, i, "least", s->min);
		if (s->max >= 0 && gap(p, i) > s->max)
			return wrong_gap(p, i, "most", s->max);
		if (s->growing > 0 && i > 0 && !grows(p, i))
			return false;
	}
	return !s->jitter || jitters(p);
}

bool
pace_rate(struct proof *p)
{
	int max = (int)p->want.rate.max;

	for (int i = 0; i + max < p->n; i++) {
		int64_t took = p->hits[i + max].start - p->hits[i].start;

		if (took >= p->want.rate.per)
			continue;
		proof_fails(p, "expected at most %d in ", max);
		proof_span(p, p->want.rate.per);
		proof_fails(p, ", but %d of ", max + 1);
		proof_count(p, p->n);
		proof_fails(p, " came within ");
		proof_span(p, took);
		proof_fails(p, ", from ");
		proof_instant(p, p->hits[i].start);
		proof_list(p, p->hits + i, max + 1);
		return false;
	}
	return true;
}

bool
pace_concurrency(struct proof *p)
{
	struct hit *busy = xmalloc((size_t)(p->n + 1) * sizeof(*busy));
	int n = 0;
	bool ok = true;

	for (int i = 0; i < p->n && ok; i++) {
		int kept = 0;

		for (int k = 0; k < n; k++)
			if (busy[k].end > p->hits[i].start)
				busy[kept++] = busy[k];
		busy[kept++] = p->hits[i];
		n = kept;
		ok = n <= p->want.concurrency.max;
	}
	if (!ok) {
		proof_fails(p, "expected at most %lld at once, but %d of ",
		    (long long)p->want.concurrency.max, n);
		proof_count(p, p->n);
		proof_fails(p, " were under way at ");
		proof_instant(p, busy[n - 1].start);
		proof_list(p, busy, n);
	}
	free(busy);
	return ok;
}

/* ---- none after ---- */

static const struct journal_mark *
mark_at(const struct journal *j, int64_t i)
{
	return &j->marks[i % EVENTS_MAX];
}

/* The last event of that name, NULL when there was none. */
static const struct journal_mark *
find_mark(const struct journal *j, const char *name)
{
	int64_t oldest = j->nmarks > EVENTS_MAX ? j->nmarks - EVENTS_MAX : 0;

	for (int64_t i = j->nmarks - 1; i >= oldest; i--)
		if (match_glob(name, mark_at(j, i)->name))
			return mark_at(j, i);
	return NULL;
}

static bool
no_event(struct proof *p)
{
	const struct journal *j = p->journal;
	int64_t n = j->nmarks < 8 ? j->nmarks : 8;

	proof_fails(p, "the event \"%s\" has not happened; ",
	    p->want.after.event);
	proof_fails(p, n ? "the last ones were" : "there were none at all");
	for (int64_t i = j->nmarks - n; i < j->nmarks; i++)
		proof_fails(p, " %s%s", mark_at(j, i)->name,
		    i + 1 < j->nmarks ? "," : "");
	return false;
}

bool
pace_after(struct proof *p)
{
	const struct journal_mark *m =
	    find_mark(p->journal, p->want.after.event);
	int64_t then, from;
	int first = 0;

	if (!m)
		return no_event(p);
	then = p->want.clock ? m->virt : m->real;
	from = then + p->want.after.grace;
	while (first < p->n && (p->hits[first].slot->seq <= m->seq ||
				   p->hits[first].start < from))
		first++;
	if (first == p->n)
		return true;
	proof_fails(p, "expected none after the event \"%s\" at ", m->name);
	proof_instant(p, then);
	if (p->want.after.grace) {
		proof_fails(p, " and a grace of ");
		proof_span(p, p->want.after.grace);
	}
	proof_fails(p, ", but ");
	proof_count(p, p->n - first);
	proof_fails(p, " came, the first ");
	proof_span(p, p->hits[first].start - then);
	proof_fails(p, " after it");
	proof_list(p, p->hits + first, p->n - first);
	return false;
}
