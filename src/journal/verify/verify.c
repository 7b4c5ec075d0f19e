/*
 * Claims about how a client behaved: reads the claim, collects the requests
 * that it is about, and answers whether it holds.
 */
#include "journal/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/mem.h"

#define AT(field) offsetof(struct verify_expected, field)

static const char *const verify_places[] = { "path", "query", "header", NULL };

static const char *const verify_clocks[] = { "real", "virtual", NULL };

const struct schema journal_verify_schema[] = {
	{ "match", FIELD_ANY, AT(match), NULL },
	{ "status", FIELD_ANY, AT(status), NULL },
	{ "rule", FIELD_ANY, AT(rule), NULL },
	{ "since", FIELD_ANY, AT(since), NULL },
	{ "after", FIELD_ANY, AT(after_tree), NULL },
	{ "before", FIELD_ANY, AT(before_tree), NULL },
	{ "within", FIELD_DURATION, AT(within_ns), NULL },
	{ "times", FIELD_ANY, AT(times_tree), NULL },
	{ "spacing", FIELD_OBJECT, AT(spacing_tree), NULL },
	{ "rate", FIELD_OBJECT, AT(rate_tree), NULL },
	{ "concurrency", FIELD_OBJECT, AT(concurrency_tree), NULL },
	{ "none_after", FIELD_OBJECT, AT(none_after_tree), NULL },
	{ "every", FIELD_ANY, AT(every_tree), NULL },
	{ "ends_with", FIELD_ANY, AT(ends_with), NULL },
	{ "distinct", FIELD_OBJECT, AT(distinct_tree), NULL },
	{ "tokens", FIELD_OBJECT, AT(tokens_tree), NULL },
	{ "secrets_in", FIELD_STRINGS, AT(secrets_in), verify_places },
	{ "order", FIELD_LIST, AT(order), NULL },
	{ "strict", FIELD_BOOL, AT(strict), NULL },
	{ "clock", FIELD_ENUM, AT(clock), verify_clocks },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema verify_spacing_schema[] = {
	{ "min", FIELD_DURATION, AT(spacing.min_ns), NULL },
	{ "max", FIELD_DURATION, AT(spacing.max_ns), NULL },
	{ "growing", FIELD_REAL, AT(spacing.growth_factor), NULL },
	{ "jitter", FIELD_BOOL, AT(spacing.jitter), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema verify_rate_schema[] = {
	{ "max", FIELD_INT, AT(rate.max), NULL },
	{ "per", FIELD_DURATION, AT(rate.per), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema verify_concurrency_schema[] = {
	{ "max", FIELD_INT, AT(concurrency.max), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

#define EVENT(field) offsetof(struct verify_event, field)

const struct schema verify_none_after_schema[] = {
	{ "event", FIELD_STRING, EVENT(event), NULL },
	{ "grace", FIELD_DURATION, EVENT(grace_ns), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

const struct schema verify_tokens_schema[] = {
	{ "leaked", FIELD_INT, AT(tokens.leaked), NULL },
	{ "unrevoked", FIELD_INT, AT(tokens.unrevoked), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

/* ---- reading ---- */

static bool
verify_read_times(struct verify_expected *w, struct error *c)
{
	return verify_read_bounds(w->times_tree, "times", &w->times, c);
}

static bool
verify_read_every(struct verify_expected *w, struct error *c)
{
	return schema_read_duration(w->every_tree, "every", &w->every_ns, c) &&
	    (w->every_ns > 0 ||
		error_field(c, "every", "", "must be more than nothing"));
}

static bool
verify_read_spacing(struct verify_expected *w, struct error *c)
{
	const struct verify_spacing *s = &w->spacing;

	if (!schema_read(
		verify_spacing_schema, w->spacing_tree, "spacing", w, c))
		return false;
	if (s->growth_factor != 0 && s->growth_factor < 1)
		return error_field(c, "spacing", "growing",
		    "must be 1 or more: each gap is at least that many times "
		    "the one before");
	return s->min_ns >= 0 || s->max_ns >= 0 || s->growth_factor > 0 ||
	    s->jitter ||
	    error_field(c, "spacing", "", "wants min, max, growing or jitter");
}

static bool
verify_read_rate(struct verify_expected *w, struct error *c)
{
	if (!schema_read(verify_rate_schema, w->rate_tree, "rate", w, c))
		return false;
	if (w->rate.per == 0)
		return error_field(
		    c, "rate", "per", "must be more than nothing");
	return w->rate.max >= 0 || error_field(c, "rate", "max", "is required");
}

static bool
verify_read_concurrency(struct verify_expected *w, struct error *c)
{
	return schema_read(verify_concurrency_schema, w->concurrency_tree,
		   "concurrency", w, c) &&
	    (w->concurrency.max >= 0 ||
		error_field(c, "concurrency", "max", "is required"));
}

static bool
verify_read_none_after(struct verify_expected *w, struct error *c)
{
	return verify_read_event(verify_none_after_schema, w->none_after_tree,
	    "none_after", &w->none_after, c);
}

static bool
verify_read_tokens(struct verify_expected *w, struct error *c)
{
	return schema_read(
		   verify_tokens_schema, w->tokens_tree, "tokens", w, c) &&
	    (w->tokens.leaked >= 0 || w->tokens.unrevoked >= 0 ||
		error_field(c, "tokens", "", "wants leaked or unrevoked"));
}

static bool
verify_read_secrets(struct verify_expected *w, struct error *c)
{
	return !json_is_array(w->secrets_in) ||
	    json_array_size(w->secrets_in) > 0 ||
	    error_allowed(
		c, "", "secrets_in", verify_places, "wants a place to look at");
}

static bool
verify_read_order(struct verify_expected *w, struct error *c)
{
	size_t n = json_array_size(w->order);

	if (n == 0)
		return error_field(c, "", "order", "wants a list of matches");
	w->steps = xcalloc(n, sizeof(*w->steps));
	for (; w->nsteps < n; w->nsteps++) {
		json_t *one = json_array_get(w->order, w->nsteps);
		char name[40];
		struct match *m;

		snprintf(name, sizeof(name), "order.%zu", w->nsteps);
		if (!json_is_object(one))
			return error_field(c, name, "", "must be a match");
		m = match_parse(one, name, c);
		if (!m)
			return false;
		w->steps[w->nsteps] = m;
		if (!match_is_answerable(m, name, c)) {
			w->nsteps++;
			return false;
		}
	}
	return true;
}

/* What entries that were dropped may do to a claim that holds without them. */
enum verify_unseen {
	UNSEEN_MAY_BREAK,
	UNSEEN_DO_NOT_MATTER,
	UNSEEN_MAY_BE_TOO_MANY, /* it matters to exact and max */
};

static const struct {
	const char *name;
	size_t at; /* of its tree */
	bool (*read)(struct verify_expected *w, struct error *c);
	bool (*holds)(struct verification *p);
	enum verify_unseen unseen;
	size_t bounds; /* of UNSEEN_MAY_BE_TOO_MANY */
	bool (*is_unsure)(
	    struct verification *p); /* decides instead, or NULL */
} verify_checks[] = {
	{ "times", AT(times_tree), verify_read_times, verify_times_hold,
	    UNSEEN_MAY_BE_TOO_MANY, AT(times), NULL },
	{ "spacing", AT(spacing_tree), verify_read_spacing,
	    verify_spacing_holds, UNSEEN_MAY_BREAK, 0, NULL },
	{ "rate", AT(rate_tree), verify_read_rate, verify_rate_holds,
	    UNSEEN_MAY_BREAK, 0, NULL },
	{ "concurrency", AT(concurrency_tree), verify_read_concurrency,
	    verify_concurrency_holds, UNSEEN_MAY_BREAK, 0, NULL },
	{ "none_after", AT(none_after_tree), verify_read_none_after,
	    verify_none_after_holds, UNSEEN_MAY_BREAK, 0,
	    verify_none_after_is_unsure },
	{ "every", AT(every_tree), verify_read_every, verify_every_holds,
	    UNSEEN_DO_NOT_MATTER, 0, NULL },
	{ "ends_with", AT(ends_with), verify_read_ends_with, verify_end_holds,
	    UNSEEN_DO_NOT_MATTER, 0, NULL },
	{ "distinct", AT(distinct_tree), verify_read_distinct,
	    verify_distinct_holds, UNSEEN_MAY_BE_TOO_MANY, AT(distinct.bounds),
	    NULL },
	{ "order", AT(order), verify_read_order, verify_order_holds,
	    UNSEEN_DO_NOT_MATTER, 0, NULL },
	{ "tokens", AT(tokens_tree), verify_read_tokens, verify_tokens_hold,
	    UNSEEN_DO_NOT_MATTER, 0, NULL },
	{ "secrets_in", AT(secrets_in), verify_read_secrets,
	    verify_secrets_hold, UNSEEN_MAY_BREAK, 0, NULL },
};

#define VERIFY_CHECK_COUNT (sizeof(verify_checks) / sizeof(verify_checks[0]))

static bool
verify_is_asked(const struct verify_expected *w, size_t check)
{
	return *(const json_t *const *)((const char *)w +
		   verify_checks[check].at) != NULL;
}

static bool
verify_read_expected(struct verify_expected *w, json_t *body, struct error *c)
{
	const char *names[VERIFY_CHECK_COUNT + 1] = { NULL };
	int n = 0;

	*w = (struct verify_expected){ .times = { -1, -1, -1 },
		.spacing = { .min_ns = -1, .max_ns = -1 },
		.rate = { -1, NSEC_PER_SEC },
		.concurrency = { -1 },
		.distinct = { .bounds = { -1, -1, -1 } },
		.tokens = { -1, -1 } };
	if (!schema_read(journal_verify_schema, body, "", w, c))
		return false;
	for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++) {
		names[i] = verify_checks[i].name;
		if (!verify_is_asked(w, i))
			continue;
		n++;
		if (!verify_checks[i].read(w, c))
			return false;
	}
	if (!verify_read_window(w, c))
		return false;
	if (w->strict && !w->order)
		return error_field(c, "", "strict", "belongs to order");
	return n > 0 ||
	    error_allowed(c, "", "", names,
		"says nothing to verify; give one or more of the allowed");
}

/* The part of the body that selects the requests. */
static json_t *
verify_filter_body(const json_t *body)
{
	static const char *const names[] = { "match", "status", "rule",
		"since" };
	json_t *out = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *value = json_object_get(body, names[i]);

		if (value && !json_is_null(value))
			json_object_set(out, names[i], value);
	}
	return out;
}

/* ---- the answer ---- */

/* Adds the text in single quotes of a shell. */
static void
verify_quote_shell(struct buf *out, const char *text)
{
	buf_char(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			buf_str(out, "'\\''");
		else
			buf_char(out, *text);
	buf_char(out, '\'');
}

static json_t *
verify_curl_line(const struct verification *p)
{
	const char *curl = p->probe ? p->probe->curl : NULL;
	char *text = json_dumps(p->filter.tree, JSON_COMPACT);
	struct buf line;
	json_t *out;

	buf_init(&line, 0);
	buf_printf(&line, "%s/_mock/requests/find -d ",
	    curl ? curl : "curl -s http://127.0.0.1:8299");
	verify_quote_shell(&line, text ? text : "{}");
	free(text);
	out = json_stringn_nocheck(line.p, line.n);
	buf_release(&line);
	return out;
}

static json_t *
verify_nearest_entries(const struct verification *p)
{
	json_t *list = json_array();

	for (int i = 0; i < p->nnearest; i++) {
		json_t *one = entry_to_json(p->nearest[i]);

		if (*p->differs[i])
			json_object_set_new(
			    one, "differs", json_string(p->differs[i]));
		json_array_append_new(list, one);
	}
	return list;
}

static void
verify_say_dropped(struct verification *p)
{
	verify_add_reason(p,
	    "the journal keeps %d requests and has dropped %lld",
	    p->journal->size, (long long)journal_dropped(p->journal));
}

static json_t *
verify_refusal(struct verification *p)
{
	return json_pack("{s:b, s:o, s:o, s:o}", "verified", 0, "reason",
	    json_stringn(p->reason.p, p->reason.n), "nearest",
	    verify_nearest_entries(p), "curl", verify_curl_line(p));
}

/* ---- checking ---- */

/* Health probes come at any time, so a strict order passes over them. */
static bool
verify_is_health_probe(const struct journal_slot *s)
{
	const char *policies[ENTRY_POLICIES_MAX + 1];
	struct request_info f;

	entry_request_info(s, &f, policies);
	return f.op && strcmp(f.op, "health") == 0;
}

static void
verify_gather_hits(struct verification *p)
{
	struct journal *j = p->journal;

	p->found = xcalloc((size_t)journal_count_all(j) + 1, sizeof(*p->found));
	for (int64_t seq = journal_oldest(j); seq <= j->last_seq; seq++) {
		const struct journal_slot *s = journal_slot(j, seq);
		int64_t at_ns;

		if (!s || !filter_matches(&p->filter, s) ||
		    (p->expected.strict && !p->expected.match &&
			verify_is_health_probe(s)))
			continue;
		at_ns = p->expected.clock ? s->virtual_ns : s->real_ns;
		p->found[p->nfound++] = (struct verify_hit){ s, at_ns,
			s->entry ? at_ns + s->entry->duration_ns : INT64_MAX };
	}
}

/* Could an entry that was dropped break the claim, which holds without it? */
static bool
verify_is_unsure(struct verification *p, size_t i)
{
	const struct verify_bounds *b =
	    (const struct verify_bounds *)((const char *)&p->expected +
		verify_checks[i].bounds);

	if (!p->window.unseen)
		return false;
	if (verify_checks[i].is_unsure)
		return verify_checks[i].is_unsure(p);
	switch (verify_checks[i].unseen) {
	case UNSEEN_MAY_BREAK:
		return true;
	case UNSEEN_DO_NOT_MATTER:
		return false;
	case UNSEEN_MAY_BE_TOO_MANY:
		return b->exact >= 0 || b->max >= 0;
	}
	return true;
}

/* A dropped entry may be the one that was expected, or one too many. */
static bool
verify_check_holds(struct verification *p, size_t i)
{
	if (!verify_checks[i].holds(p)) {
		if (!p->window.unseen)
			return false;
		verify_add_reason(p, " (");
		verify_say_dropped(p);
		return verify_add_reason(p, ")");
	}
	if (!verify_is_unsure(p, i))
		return true;
	verify_add_reason(p, "whether %s holds for ", verify_checks[i].name);
	verify_say_count(p, p->nhits);
	verify_add_reason(p, " is not known: ");
	verify_say_dropped(p);
	return verify_add_reason(
	    p, ", which may count; --journal-size keeps more");
}

static bool
verify_window_holds(struct verification *p)
{
	for (size_t i = 0; i < VERIFY_CHECK_COUNT; i++)
		if (verify_is_asked(&p->expected, i) &&
		    !verify_check_holds(p, i))
			return false;
	p->ncounted += p->nhits;
	return true;
}

static json_t *
verify_run_checks(struct verification *p, int *status)
{
	bool ok;

	verify_gather_hits(p);
	ok = verify_each_window(p, verify_window_holds);
	*status = ok ? 200 : 422;
	return ok ? json_pack("{s:b, s:i}", "verified", 1, "count", p->ncounted)
		  : verify_refusal(p);
}

static void
verification_release(struct verification *p)
{
	for (size_t i = 0; i < p->expected.nsteps; i++)
		match_free(p->expected.steps[i]);
	free(p->expected.steps);
	free(p->found);
	free(p->hits);
	buf_release(&p->reason);
}

bool
journal_verify_check(json_t *body, struct error *c)
{
	struct verification p = { .journal = NULL };
	json_t *filter = verify_filter_body(body);
	bool ok;

	buf_init(&p.reason, 0);
	ok = verify_read_expected(&p.expected, body, c) &&
	    filter_parse(&p.filter, filter, c);
	if (ok)
		filter_release(&p.filter);
	verification_release(&p);
	json_decref(filter);
	return ok;
}

/* Where the vault is another server's, nobody here knows its secrets: such a
 * claim would hold whatever happened. */
static bool
verify_can_know(const struct verification *p, struct error *c)
{
	const struct verify_expected *w = &p->expected;
	const char *upstream = p->probe ? p->probe->upstream : NULL;

	if (!upstream || (!w->tokens_tree && !w->secrets_in))
		return true;
	return error_field(c, "", w->tokens_tree ? "tokens" : "secrets_in",
	    "what is alive or secret there is known to %s alone", upstream);
}

json_t *
journal_verify(struct journal *j, json_t *body,
    const struct journal_vault_probe *probe, const struct journal_mark *from,
    int *status, struct error *c)
{
	struct verification p = { .journal = j, .probe = probe };
	json_t *filter = verify_filter_body(body), *answer = NULL;

	buf_init(&p.reason, 0);
	if (verify_read_expected(&p.expected, body, c) &&
	    verify_can_know(&p, c) && filter_parse(&p.filter, filter, c)) {
		if (from && !p.expected.since) {
			p.from = from;
			p.filter.since_seq = from->seq;
		}
		answer = verify_run_checks(&p, status);
		filter_release(&p.filter);
	}
	verification_release(&p);
	json_decref(filter);
	return answer;
}
