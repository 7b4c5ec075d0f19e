/*
 * What the requests were: how many, in which order, what they left behind and
 * what they carried.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "journal/verify/verify.h"

/* ---- how many ---- */

/* A match of one field alone for each field of another. */
struct parts {
	struct match *part[32];
	int n;
};

static void
take_apart(struct parts *parts, const struct match *m)
{
	const char *key;
	json_t *value;

	parts->n = 0;
	json_object_foreach((json_t *)(uintptr_t)match_tree(m), key, value) {
		struct complaint c = { 0 };
		json_t *one = json_object();
		struct match *made;

		json_object_set(one, key, value);
		made = match_parse(one, "match", &c);
		json_decref(one);
		complaint_clear(&c);
		if (made && parts->n < 32)
			parts->part[parts->n++] = made;
		else
			match_free(made);
	}
}

/* Facts under one field's eyes. */
static int
parts_that_fit(const struct parts *parts, const struct facts *f)
{
	int fit = 0;

	for (int i = 0; i < parts->n; i++)
		fit += match_fits_any(parts->part[i], f);
	return fit;
}

/* The newest of those that fit all but a field, then all but two... */
static void
near_misses(struct proof *p)
{
	const struct match *m = p->filter.match;
	const char *policies[ENTRY_POLICIES + 1];
	struct journal *j = p->journal;
	struct parts parts;

	take_apart(&parts, m);
	for (int want = parts.n - 1; want > 0 && p->nnearest < 3; want--)
		for (int64_t seq = j->last; seq >= journal_oldest(j); seq--) {
			const struct slot *s = journal_slot(j, seq);
			char differs[300] = "";
			struct facts f;

			if (!s || p->nnearest >= 3)
				continue;
			entry_facts(s, &f, policies);
			if (parts_that_fit(&parts, &f) != want)
				continue;
			match_fits(m, &f, differs, sizeof(differs));
			proof_near(p, s, differs);
		}
	for (int i = 0; i < parts.n; i++)
		match_free(parts.part[i]);
}

bool
proof_times(struct proof *p)
{
	const struct bounds *b = &p->want.times;
	bool few = (b->exact >= 0 && p->n < b->exact) ||
	    (b->min >= 0 && p->n < b->min);
	bool many = (b->exact >= 0 && p->n > b->exact) ||
	    (b->max >= 0 && p->n > b->max);
	const char *how = b->exact >= 0 ? "exactly" : few ? "at least"
							    : "at most";

	if (!few && !many)
		return true;
	proof_fails(p, "expected %s ", how);
	proof_count(p, b->exact >= 0 ? b->exact : few ? b->min : b->max);
	proof_fails(p, ", found %d", p->n);
	proof_list(p, p->hits, p->n);
	if (!few || p->nnearest >= 3)
		return false;
	near_misses(p);
	if (p->nnearest > 0 && *p->differs[p->nnearest - 1])
		for (int i = 0; i < p->nnearest; i++)
			if (*p->differs[i]) {
				proof_fails(p, "; nearest is seq %lld, whose %s",
				    (long long)p->nearest[i]->seq,
				    p->differs[i]);
				break;
			}
	return false;
}

/* ---- order ---- */

static bool
step_fits(const struct proof *p, size_t step, const struct hit *h)
{
	const char *policies[ENTRY_POLICIES + 1];
	struct facts f;

	entry_facts(h->slot, &f, policies);
	return match_fits_any(p->want.steps[step], &f);
}

static void
say_step(struct proof *p, size_t step)
{
	char *text = json_dumps(match_tree(p->want.steps[step]),
	    JSON_COMPACT);

	proof_fails(p, "step %zu, %s,", step + 1, text ? text : "{}");
	free(text);
}

static void
say_where(struct proof *p, const struct hit *h)
{
	proof_fails(p, "seq %lld", (long long)h->slot->seq);
	proof_near(p, h->slot, "");
}

/* Each step at its first chance behind the one before; how many were found and
 * where the last one was. */
static size_t
walk(const struct proof *p, int *last)
{
	size_t step = 0;

	*last = -1;
	for (int i = 0; i < p->n && step < p->want.nsteps; i++)
		if (step_fits(p, step, &p->hits[i])) {
			*last = i;
			step++;
		}
	return step;
}

/* All steps in a row, from some start on; else the longest beginning. */
static size_t
walk_strictly(const struct proof *p, int *last)
{
	size_t best = 0;

	*last = -1;
	for (int start = 0; start < p->n; start++) {
		size_t step = 0;

		while (start + (int)step < p->n && step < p->want.nsteps &&
		    step_fits(p, step, &p->hits[start + (int)step]))
			step++;
		if (step > best) {
			best = step;
			*last = start + (int)step - 1;
		}
	}
	return best;
}

static void
say_earlier(struct proof *p, size_t step, int before)
{
	for (int i = before; i >= 0; i--)
		if (step_fits(p, step, &p->hits[i])) {
			proof_fails(p, "; it came before, as ");
			say_where(p, &p->hits[i]);
			return;
		}
	proof_fails(p, "; it never came");
}

bool
proof_order(struct proof *p)
{
	int last;
	size_t found =
	    p->want.strict ? walk_strictly(p, &last) : walk(p, &last);

	if (found == p->want.nsteps)
		return true;
	say_step(p, found);
	proof_fails(p, p->want.strict ? " is not next" : " is missing");
	if (last >= 0) {
		proof_fails(p, " after step %zu, ", found);
		say_where(p, &p->hits[last]);
	}
	if (p->want.strict && last >= 0 && last + 1 < p->n) {
		proof_fails(p, "; next came ");
		say_where(p, &p->hits[last + 1]);
	} else {
		say_earlier(p, found, last);
	}
	return false;
}

/* ---- what is left behind ---- */

static void
near_logins(struct proof *p)
{
	const char *policies[ENTRY_POLICIES + 1];
	struct journal *j = p->journal;

	for (int64_t seq = j->last; seq >= journal_oldest(j); seq--) {
		const struct slot *s = journal_slot(j, seq);
		struct facts f;

		if (!s || !s->entry || s->entry->status >= 300)
			continue;
		entry_facts(s, &f, policies);
		if (f.op && strcmp(f.op, "login") == 0)
			proof_near(p, s, "");
	}
}

static bool
too_many(struct proof *p, int64_t n, int64_t most, const char *one,
    const char *many)
{
	if (most < 0 || n <= most)
		return false;
	proof_fails(p, "%lld %s still alive, expected at most %lld",
	    (long long)n, n == 1 ? one : many, (long long)most);
	return true;
}

bool
proof_tokens(struct proof *p)
{
	const struct journal_witness *w = p->witness;

	if (w && w->tokens &&
	    too_many(p, w->tokens(w->arg), p->want.tokens.leaked,
		"token of a login is", "tokens of logins are")) {
		near_logins(p);
		return false;
	}
	return !w || !w->leases ||
	    !too_many(p, w->leases(w->arg), p->want.tokens.unrevoked,
		"lease of a secret is", "leases of secrets are");
}

/* ---- secrets where they must not be ---- */

/* Shorter ones are found by chance. */
#define SECRET_SHORTEST 6

struct search {
	struct proof *p;
	bool places[3];
	bool found;
};

static bool
asked_place(const json_t *places, const char *name)
{
	if (!json_is_array(places))
		return strcmp(json_string_value(places), name) == 0;
	for (size_t i = 0; i < json_array_size(places); i++)
		if (strcmp(json_string_value(json_array_get(places, i)),
			name) == 0)
			return true;
	return false;
}

static bool
query_carries(const char *query, const char *secret)
{
	char *plain = xstrdup(query);
	size_t n = strlen(plain);
	bool found = strstr(query, secret) != NULL;

	if (!found && percent_decode(plain, &n, true))
		found = strstr(plain, secret) != NULL;
	free(plain);
	return found;
}

/* The name of the header that carries it, or NULL. */
static const char *
header_carries(const struct entry *e, const char *secret)
{
	const char *at = e && e->headers ? e->data + e->headers : "";

	while (*at) {
		const char *value = at + strlen(at) + 1;

		if (strstr(value, secret))
			return at;
		at = value + strlen(value) + 1;
	}
	return NULL;
}

static const char *
place_of(const struct search *s, const struct hit *h, const char *secret)
{
	const char *policies[ENTRY_POLICIES + 1];
	struct facts f;

	entry_facts(h->slot, &f, policies);
	if (s->places[0] && f.path && strstr(f.path, secret))
		return "path";
	if (s->places[1] && f.query && query_carries(f.query, secret))
		return "query";
	return s->places[2] ? header_carries(h->slot->entry, secret) : NULL;
}

/* The sentence names the secret, never shows it. */
static void
look_for(void *arg, const char *secret, const char *what)
{
	struct search *s = arg;

	if (s->found || strlen(secret) < SECRET_SHORTEST)
		return;
	for (int i = 0; i < s->p->n && !s->found; i++) {
		const struct hit *h = &s->p->hits[i];
		const char *place = place_of(s, h, secret);

		if (!place)
			continue;
		s->found = true;
		proof_fails(s->p, "seq %lld carries a secret in its %s%s: %s",
		    (long long)h->slot->seq, place,
		    strcmp(place, "path") && strcmp(place, "query")
			? " header"
			: "",
		    what);
		proof_near(s->p, h->slot, "");
	}
}

bool
proof_secrets(struct proof *p)
{
	const struct journal_witness *w = p->witness;
	struct search s = { .p = p };

	s.places[0] = asked_place(p->want.secrets_in, "path");
	s.places[1] = asked_place(p->want.secrets_in, "query");
	s.places[2] = asked_place(p->want.secrets_in, "header");
	if (w && w->secrets)
		w->secrets(w->arg, look_for, &s);
	return !s.found;
}
