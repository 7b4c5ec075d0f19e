/*
 * Queries of the journal: count, find, and wait until enough requests have
 * come.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/glob.h"
#include "base/mem.h"
#include "journal/entry.h"

#define FIND_LIMIT_DEFAULT 1000
#define WAIT_TIMEOUT_DEFAULT_NS 5000000000LL

struct filter_input {
	json_t *match;
	const json_t *status, *since;
	const char *rule;
	int64_t limit, n, timeout_ns;
};

#define AT(field) offsetof(struct filter_input, field)

const struct schema journal_find_schema[] = {
	{ "match", FIELD_OBJECT, AT(match), NULL },
	{ "status", FIELD_INTS, AT(status), NULL },
	{ "rule", FIELD_STRING, AT(rule), NULL },
	{ "since", FIELD_ANY, AT(since), NULL },
	{ "limit", FIELD_INT, AT(limit), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema journal_wait_schema[] = {
	{ "match", FIELD_OBJECT, AT(match), NULL },
	{ "status", FIELD_INTS, AT(status), NULL },
	{ "rule", FIELD_STRING, AT(rule), NULL },
	{ "since", FIELD_ANY, AT(since), NULL },
	{ "limit", FIELD_INT, AT(limit), NULL },
	{ "n", FIELD_INT, AT(n), NULL },
	{ "timeout", FIELD_DURATION, AT(timeout_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* ---- filters ---- */

static bool
filter_read_since(struct query_filter *q, const json_t *since, struct error *c)
{
	const char *text = json_string_value(since);

	if (!since || json_is_null(since))
		return true;
	if (json_is_integer(since) && json_integer_value(since) >= 0) {
		q->since_seq = json_integer_value(since);
		return true;
	}
	return (text && rfc3339_parse(text, &q->since_ns)) ||
	    error_field(c, "", "since",
		"must be a seq, or a time like "
		"\"2026-01-02T15:04:05Z\"");
}

static bool
filter_fill(struct query_filter *q, const struct filter_input *in, json_t *body,
    struct error *c)
{
	*q = (struct query_filter){
		.status = in->status, .rule = in->rule, .limit = in->limit
	};
	if (!filter_read_since(q, in->since, c))
		return false;
	q->match = match_parse(in->match, "match", c);
	q->tree = json_incref(body);
	if (q->match && match_is_answerable(q->match, "match", c))
		return true;
	filter_release(q);
	return false;
}

bool
filter_parse(struct query_filter *q, json_t *body, struct error *c)
{
	struct filter_input in = { .limit = FIND_LIMIT_DEFAULT };

	return schema_read(journal_find_schema, body, "", &in, c) &&
	    filter_fill(q, &in, body, c);
}

void
filter_release(struct query_filter *q)
{
	match_free(q->match);
	json_decref(q->tree);
}

static bool
filter_status_matches(const json_t *want, int status)
{
	if (!json_is_array(want))
		return json_integer_value(want) == status;
	for (size_t i = 0; i < json_array_size(want); i++)
		if (json_integer_value(json_array_get(want, i)) == status)
			return true;
	return false;
}

/* A match of a query takes health probes too; a match of a rule does not. */
bool
filter_matches(const struct query_filter *q, const struct journal_slot *s)
{
	const char *policies[ENTRY_POLICIES_MAX + 1], *rule;
	struct request_info f;

	if (s->seq <= q->since_seq || s->virtual_ns < q->since_ns)
		return false;
	if (q->status &&
	    (!s->entry || !filter_status_matches(q->status, s->entry->status)))
		return false;
	if (q->rule) {
		rule = s->entry ? entry_text(s->entry, ENTRY_RULE) : NULL;
		if (!rule || !glob_match(q->rule, rule))
			return false;
	}
	entry_request_info(s, &f, policies);
	return match_request_or_probe(q->match, &f);
}

/* ---- one entry ---- */

json_t *
journal_entry_show(const struct journal *j, int64_t seq)
{
	const struct journal_slot *s = journal_slot(j, seq);

	return s ? entry_to_json(s) : NULL;
}

bool
journal_entry_visit(const struct journal *j, int64_t seq,
    void (*fn)(void *arg, const struct request_info *info), void *arg)
{
	const char *policies[ENTRY_POLICIES_MAX + 1] = { NULL };
	const struct journal_slot *s = journal_slot(j, seq);
	struct request_info info;

	if (!s)
		return false;
	entry_request_info(s, &info, policies);
	fn(arg, &info);
	return true;
}

struct query_filter *
journal_filter_new(json_t *body, struct error *c)
{
	struct query_filter *q = xcalloc(1, sizeof(*q));

	if (filter_parse(q, body, c))
		return q;
	free(q);
	return NULL;
}

void
journal_filter_free(struct query_filter *q)
{
	if (!q)
		return;
	filter_release(q);
	free(q);
}

bool
journal_filter_matches(
    const struct query_filter *q, const struct journal *j, int64_t seq)
{
	const struct journal_slot *s = journal_slot(j, seq);

	return s && filter_matches(q, s);
}

/* ---- count, find ---- */

struct journal_search {
	const struct journal *journal;
	struct query_filter q;
	int64_t oldest, at; /* seqs; at is looked at next, from the newest on */
	int64_t *found;	    /* newest first */
	size_t n, cap;
	size_t shown;
};

/* Takes the filter over. */
static struct journal_search *
search_new_of(const struct journal *j, const struct query_filter *q)
{
	struct journal_search *s = xcalloc(1, sizeof(*s));

	s->journal = j;
	s->q = *q;
	s->oldest = journal_oldest(j);
	s->at = j->last_seq;
	return s;
}

struct journal_search *
journal_search_new(
    const struct journal *j, json_t *body, bool all, struct error *c)
{
	struct journal_search *s;
	struct query_filter q;

	if (!filter_parse(&q, body, c))
		return NULL;
	s = search_new_of(j, &q);
	if (all)
		s->q.limit = INT64_MAX;
	return s;
}

void
journal_search_free(struct journal_search *s)
{
	if (!s)
		return;
	filter_release(&s->q);
	free(s->found);
	free(s);
}

static void
search_add(struct journal_search *s, int64_t seq)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->found = xrealloc(s->found, s->cap * sizeof(*s->found));
	}
	s->found[s->n++] = seq;
}

bool
journal_search_look(struct journal_search *s, int n)
{
	for (; n > 0; n--, s->at--) {
		const struct journal_slot *slot;

		if (s->at < s->oldest || (int64_t)s->n >= s->q.limit)
			return false;
		slot = journal_slot(s->journal, s->at);
		if (slot && filter_matches(&s->q, slot))
			search_add(s, s->at);
	}
	return true;
}

int64_t
journal_search_count(const struct journal_search *s)
{
	return (int64_t)s->n;
}

json_t *
journal_search_next(struct journal_search *s)
{
	json_t *entry = NULL;

	while (!entry && s->shown < s->n)
		entry = journal_entry_show(
		    s->journal, s->found[s->n - ++s->shown]);
	return entry;
}

json_t *
journal_find(struct journal *j, json_t *body, struct error *c)
{
	struct journal_search *s = journal_search_new(j, body, false, c);
	json_t *list, *entry;

	if (!s)
		return NULL;
	while (journal_search_look(s, INT_MAX))
		;
	list = json_array();
	while ((entry = journal_search_next(s)))
		json_array_append_new(list, entry);
	journal_search_free(s);
	return json_pack("{s:o, s:I}", "requests", list, "dropped",
	    (json_int_t)journal_dropped(j));
}

/* ---- wait ---- */

struct journal_waiter {
	struct journal_waiter *next;
	struct journal *journal;
	struct query_filter q;
	int64_t wanted;
	int64_t count; /* of entries that match, have closed and are told of */
	int64_t at;    /* seq: up to here they are still to be counted */
	struct alarm timeout, counting;
	void (*fn)(void *arg, bool enough, struct journal_search *found);
	void *arg;
};

/* How many entries are counted between two looks at the time. */
#define WAIT_COUNT_STEP 64

/* The filter stays. */
static void
journal_wait_leave(struct journal_waiter *w)
{
	struct journal *j = w->journal;
	struct journal_waiter **at = &j->waiters;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	alarm_cancel(j->real_clock, &w->timeout);
	alarm_cancel(j->real_clock, &w->counting);
}

void
journal_wait_cancel(struct journal *j, struct journal_waiter *w)
{
	struct journal_waiter *at = j->waiters;

	while (at && at != w)
		at = at->next;
	if (!at)
		return;
	journal_wait_leave(w);
	filter_release(&w->q);
	free(w);
}

static void
journal_wait_finish(struct journal_waiter *w, bool enough)
{
	struct journal_search *found = search_new_of(w->journal, &w->q);
	void (*fn)(void *, bool, struct journal_search *) = w->fn;
	void *arg = w->arg;

	journal_wait_leave(w);
	free(w);
	fn(arg, enough, found);
}

static void
journal_wait_timed_out(void *arg, int64_t now_ns)
{
	(void)now_ns;
	journal_wait_finish(arg, false);
}

/* What was there before the wait, from the newest on; false: all is counted. */
static bool
journal_wait_count_some(struct journal_waiter *w)
{
	const struct journal *j = w->journal;

	for (int i = 0; i < WAIT_COUNT_STEP; i++, w->at--) {
		const struct journal_slot *s = journal_slot(j, w->at);

		if (w->at < journal_oldest(j))
			return false;
		w->count += s && s->entry && !s->unsettled &&
		    filter_matches(&w->q, s);
	}
	return true;
}

static void
journal_wait_set_counting(struct journal_waiter *w)
{
	struct clock *real = w->journal->real_clock;

	alarm_set(real, &w->counting, clock_now(real));
}

static void
journal_wait_on_counting(void *arg, int64_t now_ns)
{
	struct journal_waiter *w = arg;
	bool more;

	(void)now_ns;
	do
		more = journal_wait_count_some(w);
	while (more && !clock_slice_is_over(w->journal->real_clock));
	if (w->count >= w->wanted)
		journal_wait_finish(w, true);
	else if (more)
		journal_wait_set_counting(w);
}

/* The first slice. */
static void
journal_wait_count(struct journal_waiter *w)
{
	int64_t end_ns = clock_real_cpu() + CLOCK_FIRST_SLICE_NS;
	bool more;

	w->at = w->journal->last_seq;
	do
		more = journal_wait_count_some(w);
	while (more && clock_real_cpu() < end_ns);
	if (more)
		journal_wait_set_counting(w);
}

/* A wait that ends leaves the list, so the list is read from its start again.
 */
static void
journal_finish_waiters(struct journal *j)
{
	struct journal_waiter *w = j->waiters;

	while (w) {
		if (w->count >= w->wanted) {
			journal_wait_finish(w, true);
			w = j->waiters;
		} else {
			w = w->next;
		}
	}
}

void
journal_tell_waiters(struct journal *j, const struct journal_slot *s)
{
	for (struct journal_waiter *w = j->waiters; w; w = w->next)
		w->count += s->seq > w->at && filter_matches(&w->q, s);
	journal_finish_waiters(j);
}

void
journal_waiters_lose(struct journal *j, const struct journal_slot *s)
{
	for (struct journal_waiter *w = j->waiters; w; w = w->next)
		w->count -= s->seq > w->at && s->entry &&
		    filter_matches(&w->q, s);
}

void
journal_waiters_lose_all(struct journal *j)
{
	for (struct journal_waiter *w = j->waiters; w; w = w->next)
		w->count = 0;
}

void
journal_cancel_waiters(struct journal *j)
{
	while (j->waiters)
		journal_wait_cancel(j, j->waiters);
}

struct journal_waiter *
journal_wait(struct journal *j, json_t *body,
    void (*fn)(void *arg, bool enough, struct journal_search *found), void *arg,
    bool *done, struct error *c)
{
	struct filter_input in = { .limit = FIND_LIMIT_DEFAULT,
		.n = 1,
		.timeout_ns = WAIT_TIMEOUT_DEFAULT_NS };
	struct journal_waiter *w = xcalloc(1, sizeof(*w));

	*done = false;
	w->journal = j;
	w->fn = fn;
	w->arg = arg;
	alarm_init(&w->timeout, journal_wait_timed_out, w);
	alarm_init(&w->counting, journal_wait_on_counting, w);
	if (!schema_read(journal_wait_schema, body, "", &in, c) ||
	    !filter_fill(&w->q, &in, body, c)) {
		free(w);
		return NULL;
	}
	w->wanted = in.n;
	w->next = j->waiters;
	j->waiters = w;
	journal_wait_count(w);
	if (w->count >= w->wanted) {
		*done = true;
		journal_wait_finish(w, true);
		return NULL;
	}
	alarm_set(j->real_clock, &w->timeout,
	    time_after_ns(clock_now(j->real_clock), in.timeout_ns));
	return w;
}
