/*
 * The sentence that says why a claim does not hold, and the entries that are
 * nearest to it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "journal/verify/verify.h"

/* ---- bounds ---- */

static const char *const verify_count_words[] = { "some", "none", NULL };

const struct schema verify_times_schema[] = {
	{ "exact", FIELD_INT, offsetof(struct verify_bounds, exact), NULL },
	{ "min", FIELD_INT, offsetof(struct verify_bounds, min), NULL },
	{ "max", FIELD_INT, offsetof(struct verify_bounds, max), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

bool
verify_read_bounds(const json_t *tree, const char *name,
    struct verify_bounds *bounds, struct error *c)
{
	const char *word = json_string_value(tree);

	if (word && strcmp(word, "some") == 0) {
		bounds->min = 1;
		return true;
	}
	if (word && strcmp(word, "none") == 0) {
		bounds->max = 0;
		return true;
	}
	if (word)
		return error_allowed(c, "", name, verify_count_words,
		    "must be an object, a number or one of the allowed words");
	if (json_is_integer(tree)) {
		bounds->exact = json_integer_value(tree);
		return bounds->exact >= 0 ||
		    error_field(c, name, "", "must not be negative");
	}
	return schema_read(verify_times_schema, tree, name, bounds, c) &&
	    (bounds->exact >= 0 || bounds->min >= 0 || bounds->max >= 0 ||
		error_field(c, name, "", "wants exact, min or max"));
}

bool
verify_is_too_few(const struct verify_bounds *b, int64_t n)
{
	return (b->exact >= 0 && n < b->exact) || (b->min >= 0 && n < b->min);
}

bool
verify_is_too_many(const struct verify_bounds *b, int64_t n)
{
	return (b->exact >= 0 && n > b->exact) || (b->max >= 0 && n > b->max);
}

void
verify_say_bound(struct verification *p, const struct verify_bounds *b,
    int64_t n, int64_t *limit)
{
	bool few = verify_is_too_few(b, n);

	*limit = b->exact >= 0 ? b->exact : few ? b->min : b->max;
	verify_add_reason(p, "expected %s ",
	    b->exact >= 0 ? "exactly"
		: few	  ? "at least"
			  : "at most");
}

/* ---- the sentence ---- */

bool
verify_add_reason(struct verification *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&p->reason, fmt, ap);
	va_end(ap);
	return false;
}

void
verify_add_nearest(
    struct verification *p, const struct journal_slot *s, const char *differs)
{
	for (int i = 0; i < p->nnearest; i++)
		if (p->nearest[i] == s)
			return;
	if (p->nnearest == NEAREST_MAX)
		return;
	snprintf(p->differs[p->nnearest], sizeof(p->differs[0]), "%s", differs);
	p->nearest[p->nnearest++] = s;
}

int64_t
verify_event_ns(const struct verification *p, const struct journal_event *e)
{
	return p->expected.clock ? e->virtual_ns : e->real_ns;
}

static void
verify_say_window(struct verification *p)
{
	const struct verify_window *w = &p->window;

	if (p->expected.within_ns) {
		verify_add_reason(p, " within ");
		verify_say_duration(p, p->expected.within_ns);
	}
	if (w->after) {
		verify_add_reason(
		    p, " after the event \"%s\" at ", w->after->name);
		verify_say_time(p, verify_event_ns(p, w->after));
	}
	if (w->before) {
		verify_add_reason(p, "%s before the event \"%s\" at ",
		    w->after ? " and" : "", w->before->name);
		verify_say_time(p, verify_event_ns(p, w->before));
	}
}

static void
verify_say_status(struct verification *p)
{
	char *text = p->filter.status
	    ? json_dumps(p->filter.status, JSON_COMPACT | JSON_ENCODE_ANY)
	    : NULL;

	if (text)
		verify_add_reason(p, " with status %s", text);
	free(text);
}

void
verify_say_count(struct verification *p, int64_t n)
{
	const json_t *tree = match_tree(p->filter.match);
	char *text = json_object_size(tree) ? json_dumps(tree, JSON_COMPACT)
					    : NULL;

	verify_add_reason(p, "%lld request%s", (long long)n, n == 1 ? "" : "s");
	if (text)
		verify_add_reason(
		    p, " that match%s %s", n == 1 ? "es" : "", text);
	free(text);
	verify_say_status(p);
	verify_say_window(p);
}

void
verify_say_hits(struct verification *p, const struct verify_hit *hits, int n)
{
	int shown = n < NEAREST_MAX ? n : NEAREST_MAX;

	for (int i = 0; i < shown; i++) {
		verify_add_reason(p, "%s%lld",
		    i == 0	     ? ": seq "
			: i + 1 == n ? " and "
				     : ", ",
		    (long long)hits[i].slot->seq);
		verify_add_nearest(p, hits[i].slot, "");
	}
	if (shown < n)
		verify_add_reason(p, " and %d more", n - shown);
}

void
verify_say_duration(struct verification *p, int64_t ns)
{
	char text[DURATION_MAX];

	duration_format((ns + 50000) / 100000 * 100000, text);
	verify_add_reason(p, "%s", text);
}

void
verify_say_time(struct verification *p, int64_t ns)
{
	char text[RFC3339_MAX];

	rfc3339_ms(ns, text);
	verify_add_reason(p, "%s", text);
}
