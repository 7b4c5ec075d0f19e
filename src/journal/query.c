/*
 * Asking the journal: count, find, and waiting until enough has come.
 */
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/mem.h"
#include "journal/entry.h"

#define LIMIT_DEFAULT 1000
#define TIMEOUT_DEFAULT 5000000000LL

struct filter_input {
	json_t *match;
	const json_t *status, *since;
	const char *rule;
	int64_t limit, n, timeout;
};

#define AT(field) offsetof(struct filter_input, field)

const struct shape journal_find_shape[] = {
	{ "match", SHAPE_OBJECT, AT(match), NULL },
	{ "status", SHAPE_INTS, AT(status), NULL },
	{ "rule", SHAPE_TEXT, AT(rule), NULL },
	{ "since", SHAPE_ANY, AT(since), NULL },
	{ "limit", SHAPE_INT, AT(limit), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

const struct shape journal_wait_shape[] = {
	{ "match", SHAPE_OBJECT, AT(match), NULL },
	{ "status", SHAPE_INTS, AT(status), NULL },
	{ "rule", SHAPE_TEXT, AT(rule), NULL },
	{ "since", SHAPE_ANY, AT(since), NULL },
	{ "limit", SHAPE_INT, AT(limit), NULL },
	{ "n", SHAPE_INT, AT(n), NULL },
	{ "timeout", SHAPE_SPAN, AT(timeout), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* ---- filters ---- */

static bool
read_since(struct query_filter *q, const json_t *since, struct complaint *c)
{
	const char *text = json_string_value(since);

	if (!since || json_is_null(since))
		return true;
	if (json_is_integer(since) && json_integer_value(since) >= 0) {
		q->since_seq = json_integer_value(since);
		return true;
	}
	return (text && rfc3339_parse(text, &q->since_time)) ||
	    complain(c, "", "since",
		"must be a seq, or an instant like "
		"\"2026-01-02T15:04:05Z\"");
}

static bool
fill_filter(struct query_filter *q, const struct filter_input *in,
    json_t *body, struct complaint *c)
{
	*q = (struct query_filter){ .status = in->status, .rule = in->rule,
		.limit = in->limit };
	if (!read_since(q, in->since, c))
		return false;
	q->match = match_parse(in->match, "match", c);
	q->tree = json_incref(body);
	if (q->match && match_recorded(q->match, "match", c))
		return true;
	filter_release(q);
	return false;
}

bool
filter_parse(struct query_filter *q, json_t *body, struct complaint *c)
{
	struct filter_input in = { .limit = LIMIT_DEFAULT };

	return shape_read(journal_find_shape, body, "", &in, c) &&
	    fill_filter(q, &in, body, c);
}

void
filter_release(struct query_filter *q)
{
	match_free(q->match);
	json_decref(q->tree);
}

static bool
status_fits(const json_t *want, int status)
{
	if (!json_is_array(want))
		return json_integer_value(want) == status;
	for (size_t i = 0; i < json_array_size(want); i++)
		if (json_integer_value(json_array_get(want, i)) == status)
			return true;
	return false;
}

/* An empty match takes health probes as well: it is no fault. */
bool
filter_fits(const struct query_filter *q, const struct slot *s)
{
	const char *policies[ENTRY_POLICIES + 1], *rule;
	struct facts f;

	if (s->seq <= q->since_seq || s->virt < q->since_time)
		return false;
	if (q->status && (!s->entry || !status_fits(q->status,
					   s->entry->status)))
		return false;
	if (q->rule) {
		rule = s->entry ? entry_text(s->entry, ENTRY_RULE) : NULL;
		if (!rule || !match_glob(q->rule, rule))
			return false;
	}
	entry_facts(s, &f, policies);
	return match_fits_any(q->match, &f);
}

/* ---- count, find ---- */

static int64_t
count_fits(const struct journal *j, const struct query_filter *q,
    bool closed_only)
{
	int64_t n = 0;

	for (int64_t seq = journal_oldest(j); seq <= j->last; seq++) {
		const struct slot *s = journal_slot(j, seq);

		if (s && (s->entry || !closed_only) && filter_fits(q, s))
			n++;
	}
	return n;
}

/* The newest `limit` of what fits, oldest first. */
static json_t *
find_fits(const struct journal *j, const struct query_filter *q)
{
	json_t *list = json_array(), *answer;
	int64_t skip = count_fits(j, q, false) - q->limit;

	for (int64_t seq = journal_oldest(j); seq <= j->last; seq++) {
		const struct slot *s = journal_slot(j, seq);

		if (s && filter_fits(q, s) && skip-- <= 0)
			json_array_append_new(list, entry_show(s));
	}
	answer = json_pack("{s:o, s:I}", "requests", list, "dropped",
	    (json_int_t)journal_dropped(j));
	return answer;
}

json_t *
journal_count(struct journal *j, json_t *body, struct complaint *c)
{
	struct query_filter q;
	int64_t n;

	if (!filter_parse(&q, body, c))
		return NULL;
	n = count_fits(j, &q, false);
	filter_release(&q);
	return json_pack("{s:I}", "count", (json_int_t)n);
}

json_t *
journal_find(struct journal *j, json_t *body, struct complaint *c)
{
	struct query_filter q;
	json_t *answer;

	if (!filter_parse(&q, body, c))
		return NULL;
	answer = find_fits(j, &q);
	filter_release(&q);
	return answer;
}

/* ---- wait ---- */

struct journal_wait {
	struct journal_wait *next;
	struct journal *journal;
	struct query_filter q;
	int64_t n;
	struct alarm alarm;
	void (*fn)(void *arg, bool enough, json_t *answer);
	void *arg;
};

void
journal_wait_cancel(struct journal *j, struct journal_wait *w)
{
	struct journal_wait **at = &j->waits;

	while (*at && *at != w)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = w->next;
	alarm_cancel(j->real, &w->alarm);
	filter_release(&w->q);
	free(w);
}

static void
tell(struct journal_wait *w, bool enough)
{
	struct journal *j = w->journal;
	json_t *answer = find_fits(j, &w->q);
	void (*fn)(void *, bool, json_t *) = w->fn;
	void *arg = w->arg;

	journal_wait_cancel(j, w);
	fn(arg, enough, answer);
}

static void
time_is_over(void *arg, int64_t now)
{
	(void)now;
	tell(arg, false);
}

static bool
enough(const struct journal_wait *w)
{
	return count_fits(w->journal, &w->q, true) >= w->n;
}

/* A wait that is told goes from the list, so the list is read anew. */
void
waits_look(struct journal *j)
{
	struct journal_wait *w = j->waits;

	while (w) {
		if (enough(w)) {
			tell(w, true);
			w = j->waits;
		} else {
			w = w->next;
		}
	}
}

void
waits_free(struct journal *j)
{
	while (j->waits)
		journal_wait_cancel(j, j->waits);
}

struct journal_wait *
journal_wait(struct journal *j, json_t *body,
    void (*fn)(void *arg, bool enough, json_t *answer), void *arg, bool *done,
    struct complaint *c)
{
	struct filter_input in = { .limit = LIMIT_DEFAULT, .n = 1,
		.timeout = TIMEOUT_DEFAULT };
	struct journal_wait *w = xcalloc(1, sizeof(*w));

	*done = false;
	w->journal = j;
	w->fn = fn;
	w->arg = arg;
	alarm_init(&w->alarm, time_is_over, w);
	if (!shape_read(journal_wait_shape, body, "", &in, c) ||
	    !fill_filter(&w->q, &in, body, c)) {
		free(w);
		return NULL;
	}
	w->n = in.n;
	w->next = j->waits;
	j->waits = w;
	if (enough(w)) {
		*done = true;
		tell(w, true);
		return NULL;
	}
	alarm_set(j->real, &w->alarm, clock_now(j->real) + in.timeout);
	return w;
}
