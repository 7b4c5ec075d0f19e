/*
 * Proving how a client behaved: reading what is expected, gathering the
 * requests it is about, and the sentence where it is not so.
 */
#include "journal/verify/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/mem.h"

#define AT(field) offsetof(struct expected, field)

static const char *const places[] = { "path", "query", "header", NULL };

static const char *const clocks[] = { "real", "virtual", NULL };

const struct shape journal_verify_shape[] = {
	{ "match", SHAPE_ANY, AT(match), NULL },
	{ "status", SHAPE_ANY, AT(status), NULL },
	{ "rule", SHAPE_ANY, AT(rule), NULL },
	{ "since", SHAPE_ANY, AT(since), NULL },
	{ "times", SHAPE_ANY, AT(times_tree), NULL },
	{ "spacing", SHAPE_OBJECT, AT(spacing_tree), NULL },
	{ "rate", SHAPE_OBJECT, AT(rate_tree), NULL },
	{ "concurrency", SHAPE_OBJECT, AT(concurrency_tree), NULL },
	{ "none_after", SHAPE_OBJECT, AT(after_tree), NULL },
	{ "tokens", SHAPE_OBJECT, AT(tokens_tree), NULL },
	{ "secrets_in", SHAPE_TEXTS, AT(secrets_in), places },
	{ "order", SHAPE_LIST, AT(order), NULL },
	{ "strict", SHAPE_FLAG, AT(strict), NULL },
	{ "clock", SHAPE_WORD, AT(clock), clocks },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape times_shape[] = {
	{ "exact", SHAPE_INT, AT(times.exact), NULL },
	{ "min", SHAPE_INT, AT(times.min), NULL },
	{ "max", SHAPE_INT, AT(times.max), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape spacing_shape[] = {
	{ "min", SHAPE_SPAN, AT(spacing.min), NULL },
	{ "max", SHAPE_SPAN, AT(spacing.max), NULL },
	{ "growing", SHAPE_REAL, AT(spacing.growing), NULL },
	{ "jitter", SHAPE_FLAG, AT(spacing.jitter), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape rate_shape[] = {
	{ "max", SHAPE_INT, AT(rate.max), NULL },
	{ "per", SHAPE_SPAN, AT(rate.per), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape concurrency_shape[] = {
	{ "max", SHAPE_INT, AT(concurrency.max), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape after_shape[] = {
	{ "event", SHAPE_TEXT, AT(after.event), NULL },
	{ "grace", SHAPE_SPAN, AT(after.grace), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static const struct shape tokens_shape[] = {
	{ "leaked", SHAPE_INT, AT(tokens.leaked), NULL },
	{ "unrevoked", SHAPE_INT, AT(tokens.unrevoked), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

/* ---- reading ---- */

static bool
read_times(struct expected *w, struct complaint *c)
{
	const struct bounds *b = &w->times;

	if (!json_is_integer(w->times_tree))
		return shape_read(times_shape, w->times_tree, "times", w, c) &&
		    (b->exact >= 0 || b->min >= 0 || b->max >= 0 ||
			complain(c, "times", "",
			    "wants exact, min or max"));
	w->times.exact = json_integer_value(w->times_tree);
	return b->exact >= 0 ||
	    complain(c, "times", "", "must not be negative");
}

static bool
read_spacing(struct expected *w, struct complaint *c)
{
	const struct spacing *s = &w->spacing;

	if (!shape_read(spacing_shape, w->spacing_tree, "spacing", w, c))
		return false;
	if (s->growing != 0 && s->growing < 1)
		return complain(c, "spacing", "growing",
		    "must be 1 or more: each gap is at least that many times "
		    "the one before");
	return s->min >= 0 || s->max >= 0 || s->growing > 0 || s->jitter ||
	    complain(c, "spacing", "",
		"wants min, max, growing or jitter");
}

static bool
read_rate(struct expected *w, struct complaint *c)
{
	if (!shape_read(rate_shape, w->rate_tree, "rate", w, c))
		return false;
	if (w->rate.per == 0)
		return complain(c, "rate", "per", "must be more than nothing");
	return w->rate.max >= 0 || complain(c, "rate", "max", "is required");
}

static bool
read_concurrency(struct expected *w, struct complaint *c)
{
	return shape_read(concurrency_shape, w->concurrency_tree,
		   "concurrency", w, c) &&
	    (w->concurrency.max >= 0 ||
		complain(c, "concurrency", "max", "is required"));
}

static bool
read_after(struct expected *w, struct complaint *c)
{
	return shape_read(after_shape, w->after_tree, "none_after", w, c) &&
	    (w->after.event ||
		complain(c, "none_after", "event", "is required"));
}

static bool
read_tokens(struct expected *w, struct complaint *c)
{
	return shape_read(tokens_shape, w->tokens_tree, "tokens", w, c) &&
	    (w->tokens.leaked >= 0 || w->tokens.unrevoked >= 0 ||
		complain(c, "tokens", "", "wants leaked or unrevoked"));
}

static bool
read_secrets(struct expected *w, struct complaint *c)
{
	return !json_is_array(w->secrets_in) ||
	    json_array_size(w->secrets_in) > 0 ||
	    complain_words(c, "", "secrets_in", places,
		"wants a place to look at");
}

static bool
read_order(struct expected *w, struct complaint *c)
{
	size_t n = json_array_size(w->order);

	if (n == 0)
		return complain(c, "", "order", "wants a list of matches");
	w->steps = xcalloc(n, sizeof(*w->steps));
	for (; w->nsteps < n; w->nsteps++) {
		json_t *one = json_array_get(w->order, w->nsteps);
		char name[40];
		struct match *m;

		snprintf(name, sizeof(name), "order.%zu", w->nsteps);
		if (!json_is_object(one))
			return complain(c, name, "", "must be a match");
		m = match_parse(one, name, c);
		if (!m)
			return false;
		w->steps[w->nsteps] = m;
		if (!match_recorded(m, name, c)) {
			w->nsteps++;
			return false;
		}
	}
	return true;
}

static const struct {
	const char *name;
	size_t at; /* of its tree */
	bool (*read)(struct expected *w, struct complaint *c);
	bool (*holds)(struct proof *p);
} checks[] = {
	{ "times", AT(times_tree), read_times, proof_times },
	{ "spacing", AT(spacing_tree), read_spacing, pace_spacing },
	{ "rate", AT(rate_tree), read_rate, pace_rate },
	{ "concurrency", AT(concurrency_tree), read_concurrency,
	    pace_concurrency },
	{ "none_after", AT(after_tree), read_after, pace_after },
	{ "order", AT(order), read_order, proof_order },
	{ "tokens", AT(tokens_tree), read_tokens, proof_tokens },
	{ "secrets_in", AT(secrets_in), read_secrets, proof_secrets },
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

static bool
asked(const struct expected *w, size_t check)
{
	return *(const json_t *const *)((const char *)w + checks[check].at) !=
	    NULL;
}

static bool
read_expected(struct expected *w, json_t *body, struct complaint *c)
{
	const char *names[CHECKS + 1] = { NULL };
	int n = 0;

	*w = (struct expected){ .times = { -1, -1, -1 },
		.spacing = { .min = -1, .max = -1 },
		.rate = { -1, NSEC }, .concurrency = { -1 },
		.tokens = { -1, -1 } };
	if (!shape_read(journal_verify_shape, body, "", w, c))
		return false;
	for (size_t i = 0; i < CHECKS; i++) {
		names[i] = checks[i].name;
		if (!asked(w, i))
			continue;
		n++;
		if (!checks[i].read(w, c))
			return false;
	}
	if (w->strict && !w->order)
		return complain(c, "", "strict", "belongs to order");
	return n > 0 ||
	    complain_words(c, "", "", names,
		"says nothing to verify; give one or more of the allowed");
}

/* The part of the body that says which requests are meant. */
static json_t *
filter_body(const json_t *body)
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

/* ---- the sentence ---- */

bool
proof_fails(struct proof *p, const char *fmt, ...)
{
	char text[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_str(&p->reason, text);
	return false;
}

void
proof_near(struct proof *p, const struct slot *s, const char *differs)
{
	for (int i = 0; i < p->nnearest; i++)
		if (p->nearest[i] == s)
			return;
	if (p->nnearest == NEAREST_MAX)
		return;
	snprintf(p->differs[p->nnearest], sizeof(p->differs[0]), "%s",
	    differs);
	p->nearest[p->nnearest++] = s;
}

void
proof_count(struct proof *p, int64_t n)
{
	const json_t *tree = match_tree(p->filter.match);
	char *text = json_object_size(tree) ? json_dumps(tree, JSON_COMPACT)
					    : NULL;

	proof_fails(p, "%lld request%s", (long long)n, n == 1 ? "" : "s");
	if (text)
		proof_fails(p, " that match%s %s", n == 1 ? "es" : "", text);
	free(text);
}

void
proof_list(struct proof *p, const struct hit *hits, int n)
{
	int shown = n < NEAREST_MAX ? n : NEAREST_MAX;

	for (int i = 0; i < shown; i++) {
		proof_fails(p, "%s%lld",
		    i == 0 ? ": seq "
			   : i + 1 == n ? " and " : ", ",
		    (long long)hits[i].slot->seq);
		proof_near(p, hits[i].slot, "");
	}
	if (shown < n)
		proof_fails(p, " and %d more", n - shown);
}

/* Rounded to a tenth of a millisecond. */
void
proof_span(struct proof *p, int64_t ns)
{
	char text[DURATION_MAX];

	duration_go((ns + 50000) / 100000 * 100000, text);
	proof_fails(p, "%s", text);
}

void
proof_instant(struct proof *p, int64_t ns)
{
	char text[RFC3339_MAX];

	rfc3339_ms(ns, text);
	proof_fails(p, "%s", text);
}

/* A line for a shell: the text between single quotes. */
static void
quote_shell(struct buf *out, const char *text)
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
curl_line(const struct proof *p)
{
	const char *curl = p->witness ? p->witness->curl : NULL;
	char *text = json_dumps(p->filter.tree, JSON_COMPACT);
	struct buf line;
	json_t *out;

	buf_init(&line, 0);
	buf_printf(&line, "%s/_mock/requests/find -d ",
	    curl ? curl : "curl -s http://127.0.0.1:8299");
	quote_shell(&line, text ? text : "{}");
	free(text);
	out = json_stringn_nocheck(line.p, line.n);
	buf_release(&line);
	return out;
}

static json_t *
nearest_entries(const struct proof *p)
{
	json_t *list = json_array();

	for (int i = 0; i < p->nnearest; i++) {
		json_t *one = entry_show(p->nearest[i]);

		if (*p->differs[i])
			json_object_set_new(one, "differs",
			    json_string(p->differs[i]));
		json_array_append_new(list, one);
	}
	return list;
}

/* What the ring has lost may have held the answer. */
static void
say_dropped(struct proof *p)
{
	int64_t dropped = journal_dropped(p->journal);

	if (dropped > 0 && p->filter.since_seq <= dropped)
		proof_fails(p,
		    " (the journal keeps %d requests and has dropped %lld)",
		    p->journal->size, (long long)dropped);
}

static json_t *
refusal(struct proof *p)
{
	say_dropped(p);
	return json_pack("{s:b, s:o, s:o, s:o}", "verified", 0, "reason",
	    json_stringn(p->reason.p, p->reason.n), "nearest",
	    nearest_entries(p), "curl", curl_line(p));
}

/* ---- the proof ---- */

/* Probes come between all else, so a strict order does not mind them. */
static bool
is_probe(const struct slot *s)
{
	const char *policies[ENTRY_POLICIES + 1];
	struct facts f;

	entry_facts(s, &f, policies);
	return f.op && strcmp(f.op, "health") == 0;
}

static void
gather(struct proof *p)
{
	struct journal *j = p->journal;

	p->hits = xcalloc((size_t)journal_count_all(j) + 1, sizeof(*p->hits));
	for (int64_t seq = journal_oldest(j); seq <= j->last; seq++) {
		const struct slot *s = journal_slot(j, seq);
		int64_t at;

		if (!s || !filter_fits(&p->filter, s) ||
		    (p->want.strict && !p->want.match && is_probe(s)))
			continue;
		at = p->want.clock ? s->virt : s->real;
		p->hits[p->n++] = (struct hit){ s, at,
			s->entry ? at + s->entry->took : INT64_MAX };
	}
}

static json_t *
judge(struct proof *p, int *status)
{
	gather(p);
	for (size_t i = 0; i < CHECKS; i++)
		if (asked(&p->want, i) && !checks[i].holds(p)) {
			*status = 422;
			return refusal(p);
		}
	*status = 200;
	return json_pack("{s:b, s:i}", "verified", 1, "count", p->n);
}

static void
proof_release(struct proof *p)
{
	for (size_t i = 0; i < p->want.nsteps; i++)
		match_free(p->want.steps[i]);
	free(p->want.steps);
	free(p->hits);
	buf_release(&p->reason);
}

bool
journal_verify_check(json_t *body, struct complaint *c)
{
	struct proof p = { .journal = NULL };
	json_t *filter = filter_body(body);
	bool ok;

	buf_init(&p.reason, 0);
	ok = read_expected(&p.want, body, c) &&
	    filter_parse(&p.filter, filter, c);
	if (ok)
		filter_release(&p.filter);
	proof_release(&p);
	json_decref(filter);
	return ok;
}

json_t *
journal_verify(struct journal *j, json_t *body,
    const struct journal_witness *w, int *status, struct complaint *c)
{
	struct proof p = { .journal = j, .witness = w };
	json_t *filter = filter_body(body), *answer = NULL;

	buf_init(&p.reason, 0);
	if (read_expected(&p.want, body, c) &&
	    filter_parse(&p.filter, filter, c)) {
		answer = judge(&p, status);
		filter_release(&p.filter);
	}
	proof_release(&p);
	json_decref(filter);
	return answer;
}
