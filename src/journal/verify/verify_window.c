/*
 * The time that a claim is about: behind an event, before one, within so long
 * of it. An event that happened several times makes a window of each, when the
 * claim says so.
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/glob.h"
#include "base/mem.h"
#include "journal/verify/verify.h"

static const char *const verify_which_words[] = { "last", "first", "each",
	NULL };
static const char *const verify_ends[] = { "last", "first", NULL };

#define EVENT(field) offsetof(struct verify_event, field)

const struct schema verify_after_schema[] = {
	{ "event", FIELD_STRING, EVENT(event), NULL },
	{ "grace", FIELD_DURATION, EVENT(grace_ns), NULL },
	{ "which", FIELD_ENUM, EVENT(which), verify_which_words },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema verify_before_schema[] = {
	{ "event", FIELD_STRING, EVENT(event), NULL },
	{ "which", FIELD_ENUM, EVENT(which), verify_ends },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* ---- reading ---- */

bool
verify_read_event(const struct schema *table, const json_t *tree,
    const char *name, struct verify_event *out, struct error *c)
{
	out->event = json_string_value(tree);
	if (!out->event && !json_is_object(tree))
		return error_field(c, name, "",
		    "must be the name of an event, or an object with it");
	if (!out->event && !schema_read(table, tree, name, out, c))
		return false;
	return (out->event && *out->event) ||
	    error_field(c, name, "event", "is required");
}

bool
verify_read_window(struct verify_expected *w, struct error *c)
{
	w->before.which = VERIFY_FIRST;
	if (w->after_tree &&
	    !verify_read_event(
		verify_after_schema, w->after_tree, "after", &w->after, c))
		return false;
	if (w->before_tree &&
	    !verify_read_event(
		verify_before_schema, w->before_tree, "before", &w->before, c))
		return false;
	if (w->after_tree && json_object_get(w->before_tree, "which"))
		return error_field(c, "before", "which",
		    "makes no sense with \"after\": it is the first one behind "
		    "that");
	return w->within_ns == 0 || w->after_tree || w->before_tree ||
	    error_field(c, "", "within", "belongs to after or before");
}

/* ---- events ---- */

static const struct journal_event *
verify_event_at(const struct journal *j, int64_t i)
{
	return &j->events[i % JOURNAL_EVENTS_MAX];
}

/* The oldest event that counts, whether it is still there or not. */
static int64_t
verify_first_event(const struct verification *p)
{
	int64_t n = p->journal->nevents;

	return p->from && p->from->nevents < n ? p->from->nevents
	    : p->from			       ? n
					       : 0;
}

static int64_t
verify_oldest_event(const struct verification *p)
{
	int64_t first = verify_first_event(p),
		kept = p->journal->nevents - JOURNAL_EVENTS_MAX;

	return kept > first ? kept : first;
}

static bool
verify_are_events_dropped(const struct verification *p)
{
	return verify_oldest_event(p) > verify_first_event(p);
}

static bool
verify_say_events_dropped(struct verification *p, const char *name)
{
	return verify_add_reason(p,
	    "the journal keeps %d events and has dropped %lld: whether \"%s\" "
	    "was among them is not known",
	    JOURNAL_EVENTS_MAX,
	    (long long)(verify_oldest_event(p) - verify_first_event(p)), name);
}

static bool
verify_no_event(
    struct verification *p, const char *name, const struct journal_event *after)
{
	int64_t n = p->journal->nevents, i = verify_oldest_event(p);

	if (verify_are_events_dropped(p) && !after)
		return verify_say_events_dropped(p, name);
	i = i > n - 8 ? i : n - 8;
	verify_add_reason(p, "the event \"%s\" has not happened", name);
	if (after)
		verify_add_reason(p, " after \"%s\"", after->name);
	verify_add_reason(
	    p, i < n ? "; the last ones were" : "; there were none at all");
	for (; i < n; i++)
		verify_add_reason(p, " %s%s",
		    verify_event_at(p->journal, i)->name, i + 1 < n ? "," : "");
	return false;
}

/* Did it happen in the time that `since` names? */
static bool
verify_event_counts(const struct verification *p, const struct journal_event *e)
{
	return e->seq >= p->filter.since_seq &&
	    e->virtual_ns >= p->filter.since_ns;
}

static int64_t
verify_next_event(const struct verification *p, int64_t i, const char *name)
{
	for (; i < p->journal->nevents; i++) {
		const struct journal_event *e = verify_event_at(p->journal, i);

		if (glob_match(name, e->name) && verify_event_counts(p, e))
			return i;
	}
	return -1;
}

static int64_t
verify_last_event(const struct verification *p, const char *name)
{
	int64_t oldest = verify_oldest_event(p);

	for (int64_t i = p->journal->nevents - 1; i >= oldest; i--)
		if (glob_match(name, verify_event_at(p->journal, i)->name))
			return i;
	return -1;
}

const struct journal_event *
verify_find_last_event(struct verification *p, const char *name)
{
	int64_t i = verify_last_event(p, name);

	if (i >= 0)
		return verify_event_at(p->journal, i);
	verify_no_event(p, name, NULL);
	return NULL;
}

/* The event that the claim means, -1 and the reason. The first one is known
 * only while none was dropped. */
static int64_t
verify_find_which(struct verification *p, const struct verify_event *what)
{
	int64_t i = what->which == VERIFY_LAST
	    ? verify_last_event(p, what->event)
	    : verify_next_event(p, verify_oldest_event(p), what->event);

	if (i < 0)
		verify_no_event(p, what->event, NULL);
	else if (what->which != VERIFY_LAST && verify_are_events_dropped(p)) {
		verify_say_events_dropped(p, what->event);
		i = -1;
	}
	return i;
}

/* ---- windows ---- */

int64_t
verify_dropped_seq(const struct verification *p)
{
	return journal_dropped(p->journal) > 0 ? journal_oldest(p->journal) - 1
					       : 0;
}

/* Entries are dropped in their order, so the newest one tells. */
static bool
verify_window_has_unseen(const struct verification *p)
{
	const struct verify_window *w = &p->window;
	const struct journal *j = p->journal;
	int64_t seq = verify_dropped_seq(p);
	int64_t at_ns = p->expected.clock ? j->dropped_virtual_ns
					  : j->dropped_real_ns;

	return seq > w->from_seq && seq > p->filter.since_seq &&
	    w->to_seq >= j->first_seq && at_ns >= w->from_ns &&
	    j->dropped_virtual_ns >= p->filter.since_ns;
}

static bool
verify_is_in_window(const struct verify_window *w, const struct verify_hit *h)
{
	return h->slot->seq > w->from_seq && h->slot->seq <= w->to_seq &&
	    h->start_ns >= w->from_ns && h->start_ns <= w->to_ns;
}

static void
verify_open_window(struct verification *p, const struct journal_event *after,
    const struct journal_event *before)
{
	const struct verify_expected *e = &p->expected;
	struct verify_window w = { after, before, -1, INT64_MAX, INT64_MIN,
		INT64_MAX, false };

	if (before) {
		w.to_seq = before->seq;
		w.to_ns = verify_event_ns(p, before);
	}
	if (after) {
		int64_t at_ns = verify_event_ns(p, after);
		int64_t end_ns = time_after_ns(at_ns, e->within_ns);

		w.from_seq = after->seq;
		w.from_ns = time_after_ns(at_ns, e->after.grace_ns);
		if (e->within_ns && end_ns < w.to_ns)
			w.to_ns = end_ns;
	} else if (before && e->within_ns) {
		w.from_ns = w.to_ns - e->within_ns;
	}
	p->window = w;
	p->window.unseen = verify_window_has_unseen(p);
	p->nhits = 0;
	for (int i = 0; i < p->nfound; i++)
		if (verify_is_in_window(&w, &p->found[i]))
			p->hits[p->nhits++] = p->found[i];
}

/* The window behind an event of `after`: up to the first one of `before`. */
static bool
verify_window_after(
    struct verification *p, int64_t i, bool (*fn)(struct verification *p))
{
	const struct journal_event *after = verify_event_at(p->journal, i);
	const char *until = p->expected.before.event;
	int64_t end = until ? verify_next_event(p, i + 1, until) : -1;

	if (until && end < 0)
		return verify_no_event(p, until, after);
	verify_open_window(
	    p, after, until ? verify_event_at(p->journal, end) : NULL);
	return fn(p);
}

bool
verify_each_window(struct verification *p, bool (*fn)(struct verification *p))
{
	const struct verify_expected *e = &p->expected;
	int64_t i;

	p->hits = xcalloc((size_t)p->nfound + 1, sizeof(*p->hits));
	if (!e->after.event && !e->before.event) {
		verify_open_window(p, NULL, NULL);
		return fn(p);
	}
	i = verify_find_which(p, e->after.event ? &e->after : &e->before);
	if (i < 0)
		return false;
	if (!e->after.event) {
		verify_open_window(p, NULL, verify_event_at(p->journal, i));
		return fn(p);
	}
	for (; i >= 0; i = verify_next_event(p, i + 1, e->after.event))
		if (!verify_window_after(p, i, fn))
			return false;
		else if (e->after.which != VERIFY_EACH)
			return true;
	return true;
}
