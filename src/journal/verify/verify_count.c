/*
 * Claims about what the requests were: how many, in which order, which tokens
 * and leases they left, which secrets they carried.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "journal/verify/verify.h"

/* ---- how many ---- */

/* For each field of a match, a match of that field alone. */
struct verify_match_parts {
	struct match *part[32];
	int n;
};

static void
verify_split_match(struct verify_match_parts *parts, const struct match *m)
{
	const char *key;
	json_t *value;

	parts->n = 0;
	json_object_foreach ((json_t *)(uintptr_t)match_tree(m), key, value) {
		struct error c = { 0 };
		json_t *one = json_object();
		struct match *made;

		json_object_set(one, key, value);
		made = match_parse(one, "match", &c);
		json_decref(one);
		error_release(&c);
		if (made && parts->n < 32)
			parts->part[parts->n++] = made;
		else
			match_free(made);
	}
}

/* How many of the fields match. */
static int
verify_count_matching_parts(
    const struct verify_match_parts *parts, const struct request_info *f)
{
	int fit = 0;

	for (int i = 0; i < parts->n; i++)
		fit += match_request_or_probe(parts->part[i], f);
	return fit;
}

/* Adds the newest entries that match all fields but one, then all but two... */
static void
verify_add_near_misses(struct verification *p)
{
	const struct match *m = p->filter.match;
	const char *policies[ENTRY_POLICIES_MAX + 1];
	struct journal *j = p->journal;
	struct verify_match_parts parts;

	verify_split_match(&parts, m);
	for (int want = parts.n - 1; want > 0 && p->nnearest < 3; want--)
		for (int64_t seq = j->last_seq; seq >= journal_oldest(j);
		     seq--) {
			const struct journal_slot *s = journal_slot(j, seq);
			struct mismatch differs = { "" };
			struct request_info f;

			if (!s || p->nnearest >= 3)
				continue;
			entry_request_info(s, &f, policies);
			if (verify_count_matching_parts(&parts, &f) != want)
				continue;
			match_request(m, &f, &differs);
			verify_add_nearest(p, s, differs.text);
		}
	for (int i = 0; i < parts.n; i++)
		match_free(parts.part[i]);
}

/* There are as many requests as the claim says. */
bool
verify_times_hold(struct verification *p)
{
	const struct verify_bounds *b = &p->expected.times;
	bool few = verify_is_too_few(b, p->nhits);
	int64_t limit;

	if (!few && !verify_is_too_many(b, p->nhits))
		return true;
	verify_say_bound(p, b, p->nhits, &limit);
	verify_say_count(p, limit);
	verify_add_reason(p, ", found %d", p->nhits);
	verify_say_hits(p, p->hits, p->nhits);
	if (!few || p->nnearest >= 3)
		return false;
	verify_add_near_misses(p);
	if (p->nnearest > 0 && *p->differs[p->nnearest - 1])
		for (int i = 0; i < p->nnearest; i++)
			if (*p->differs[i]) {
				verify_add_reason(p,
				    "; nearest is seq %lld, whose %s",
				    (long long)p->nearest[i]->seq,
				    p->differs[i]);
				break;
			}
	return false;
}

/* ---- order ---- */

static bool
verify_step_matches(
    const struct verification *p, size_t step, const struct verify_hit *h)
{
	const char *policies[ENTRY_POLICIES_MAX + 1];
	struct request_info f;

	entry_request_info(h->slot, &f, policies);
	return match_request_or_probe(p->expected.steps[step], &f);
}

static void
verify_say_step(struct verification *p, size_t step)
{
	char *text = json_dumps(
	    match_tree(p->expected.steps[step]), JSON_COMPACT);

	verify_add_reason(p, "step %zu, %s,", step + 1, text ? text : "{}");
	free(text);
}

static void
verify_say_seq(struct verification *p, const struct verify_hit *h)
{
	verify_add_reason(p, "seq %lld", (long long)h->slot->seq);
	verify_add_nearest(p, h->slot, "");
}

/* Finds each step as early as possible behind the one before. Returns how many
 * were found; *last is the index of the last one. */
static size_t
verify_walk_steps(const struct verification *p, int *last)
{
	size_t step = 0;

	*last = -1;
	for (int i = 0; i < p->nhits && step < p->expected.nsteps; i++)
		if (verify_step_matches(p, step, &p->hits[i])) {
			*last = i;
			step++;
		}
	return step;
}

/* Finds all steps without a gap. Returns the most that were found from one
 * start; *last is the index of the last one. */
static size_t
verify_walk_steps_strictly(const struct verification *p, int *last)
{
	size_t best = 0;

	*last = -1;
	for (int start = 0; start < p->nhits; start++) {
		size_t step = 0;

		while (start + (int)step < p->nhits &&
		    step < p->expected.nsteps &&
		    verify_step_matches(p, step, &p->hits[start + (int)step]))
			step++;
		if (step > best) {
			best = step;
			*last = start + (int)step - 1;
		}
	}
	return best;
}

static void
verify_say_earlier(struct verification *p, size_t step, int before)
{
	for (int i = before; i >= 0; i--)
		if (verify_step_matches(p, step, &p->hits[i])) {
			verify_add_reason(p, "; it came before, as ");
			verify_say_seq(p, &p->hits[i]);
			return;
		}
	verify_add_reason(p, "; it never came");
}

/* The steps came in their order, with strict without any other request
 * between. */
bool
verify_order_holds(struct verification *p)
{
	int last;
	size_t found = p->expected.strict ? verify_walk_steps_strictly(p, &last)
					  : verify_walk_steps(p, &last);

	if (found == p->expected.nsteps)
		return true;
	verify_say_step(p, found);
	verify_add_reason(
	    p, p->expected.strict ? " is not next" : " is missing");
	if (last >= 0) {
		verify_add_reason(p, " after step %zu, ", found);
		verify_say_seq(p, &p->hits[last]);
	}
	if (p->expected.strict && last >= 0 && last + 1 < p->nhits) {
		verify_add_reason(p, "; next came ");
		verify_say_seq(p, &p->hits[last + 1]);
	} else {
		verify_say_earlier(p, found, last);
	}
	return false;
}

/* ---- what is left behind ---- */

static void
verify_add_logins(struct verification *p)
{
	const char *policies[ENTRY_POLICIES_MAX + 1];
	struct journal *j = p->journal;

	for (int64_t seq = j->last_seq; seq >= journal_oldest(j); seq--) {
		const struct journal_slot *s = journal_slot(j, seq);
		struct request_info f;

		if (!s || !s->entry || s->entry->status >= 300)
			continue;
		entry_request_info(s, &f, policies);
		if (f.op && strcmp(f.op, "login") == 0)
			verify_add_nearest(p, s, "");
	}
}

static bool
verify_too_many(struct verification *p, int64_t n, int64_t most,
    const char *one, const char *many)
{
	if (most < 0 || n <= most)
		return false;
	verify_add_reason(p, "%lld %s still alive, expected at most %lld",
	    (long long)n, n == 1 ? one : many, (long long)most);
	return true;
}

bool
verify_tokens_hold(struct verification *p)
{
	const struct journal_vault_probe *w = p->probe;

	if (w && w->tokens &&
	    verify_too_many(p, w->tokens(w->arg), p->expected.tokens.leaked,
		"token of a login is", "tokens of logins are")) {
		verify_add_logins(p);
		return false;
	}
	return !w || !w->leases ||
	    !verify_too_many(p, w->leases(w->arg), p->expected.tokens.unrevoked,
		"lease of a secret is", "leases of secrets are");
}

/* ---- secrets where they must not be ---- */

/* Shorter secrets occur in requests by accident. */
#define SECRET_SHORTEST 6

struct secret_search {
	struct verification *p;
	bool places[3];
	bool found;
};

static bool
verify_is_place_asked(const json_t *places, const char *name)
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
verify_query_carries(const char *query, const char *secret)
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
verify_header_carries(const struct entry *e, const char *secret)
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
verify_place_of_secret(const struct secret_search *s,
    const struct verify_hit *h, const char *secret)
{
	const char *policies[ENTRY_POLICIES_MAX + 1];
	struct request_info f;

	entry_request_info(h->slot, &f, policies);
	if (s->places[0] && f.path && strstr(f.path, secret))
		return "path";
	if (s->places[1] && f.query && verify_query_carries(f.query, secret))
		return "query";
	return s->places[2] ? verify_header_carries(h->slot->entry, secret)
			    : NULL;
}

/* The reason tells where the secret comes from and never shows it. */
static void
verify_look_for_secret(void *arg, const char *secret, const char *what)
{
	struct secret_search *s = arg;

	if (s->found || strlen(secret) < SECRET_SHORTEST)
		return;
	for (int i = 0; i < s->p->nhits && !s->found; i++) {
		const struct verify_hit *h = &s->p->hits[i];
		const char *place = verify_place_of_secret(s, h, secret);

		if (!place)
			continue;
		s->found = true;
		verify_add_reason(s->p,
		    "seq %lld carries a secret in its %s%s: %s",
		    (long long)h->slot->seq, place,
		    strcmp(place, "path") && strcmp(place, "query") ? " header"
								    : "",
		    what);
		verify_add_nearest(s->p, h->slot, "");
	}
}

bool
verify_secrets_hold(struct verification *p)
{
	const struct journal_vault_probe *w = p->probe;
	struct secret_search s = { .p = p };

	s.places[0] = verify_is_place_asked(p->expected.secrets_in, "path");
	s.places[1] = verify_is_place_asked(p->expected.secrets_in, "query");
	s.places[2] = verify_is_place_asked(p->expected.secrets_in, "header");
	if (w && w->secrets)
		w->secrets(w->arg, verify_look_for_secret, &s);
	return !s.found;
}
