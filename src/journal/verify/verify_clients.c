/*
 * Claims about who asked and how it ended: how many different clients there
 * were, and what became of the last request.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "journal/match/token_digest.h"
#include "journal/verify/verify.h"

#define AT(field) offsetof(struct verify_expected, field)

/* ---- how it ended ---- */

static const char *const verify_end_words[] = { "success", "failure", NULL };

bool
verify_read_ends_with(struct verify_expected *w, struct error *c)
{
	const char *word = json_string_value(w->ends_with);
	size_t n = json_is_array(w->ends_with) ? json_array_size(w->ends_with)
					       : 1;

	if (word &&
	    (strcmp(word, "success") == 0 || strcmp(word, "failure") == 0))
		return true;
	if (word || n == 0)
		return error_allowed(c, "", "ends_with", verify_end_words,
		    "must be one of the allowed words, a status or a list");
	for (size_t i = 0; i < n; i++)
		if (!json_is_integer(json_is_array(w->ends_with)
			    ? json_array_get(w->ends_with, i)
			    : w->ends_with))
			return error_allowed(c, "", "ends_with",
			    verify_end_words,
			    "must be one of the allowed words, a status or a "
			    "list of them");
	return true;
}

static bool
verify_is_success(int status)
{
	return status >= 200 && status < 300;
}

static bool
verify_end_matches(const json_t *want, int status)
{
	const char *word = json_string_value(want);

	if (word)
		return verify_is_success(status) ==
		    (strcmp(word, "success") == 0);
	if (!json_is_array(want))
		return json_integer_value(want) == status;
	for (size_t i = 0; i < json_array_size(want); i++)
		if (json_integer_value(json_array_get(want, i)) == status)
			return true;
	return false;
}

static void
verify_say_last(struct verification *p, const struct journal_slot *last)
{
	char *want = json_dumps(p->expected.ends_with, JSON_ENCODE_ANY);

	verify_add_reason(p, "expected the last of ");
	verify_say_count(p, p->nhits);
	verify_add_reason(p, " to end with %s, but seq %lld ", want ? want : "",
	    (long long)last->seq);
	if (!last->entry)
		verify_add_reason(p, "is not answered yet");
	else if (last->entry->status == 0)
		verify_add_reason(p, "got no answer");
	else
		verify_add_reason(p, "got %d", last->entry->status);
	verify_add_nearest(p, last, "");
	free(want);
}

/* The last request ended as the claim says. */
bool
verify_end_holds(struct verification *p)
{
	const struct journal_slot *last;

	if (p->nhits == 0) {
		verify_add_reason(p, "expected a last request, found ");
		verify_say_count(p, 0);
		return false;
	}
	last = p->hits[p->nhits - 1].slot;
	if (last->entry &&
	    verify_end_matches(p->expected.ends_with, last->entry->status))
		return true;
	verify_say_last(p, last);
	return false;
}

/* ---- how many clients ---- */

enum verify_client_kind {
	VERIFY_CLIENTS, /* a token; without one, the peer */
	VERIFY_TOKENS,
	VERIFY_PEERS,
};

static const char *const verify_client_words[] = { "clients", "tokens", "peers",
	NULL };

const struct schema verify_distinct_schema[] = {
	{ "by", FIELD_ENUM, AT(distinct.by), verify_client_words },
	{ "exact", FIELD_INT, AT(distinct.bounds.exact), NULL },
	{ "min", FIELD_INT, AT(distinct.bounds.min), NULL },
	{ "max", FIELD_INT, AT(distinct.bounds.max), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

bool
verify_read_distinct(struct verify_expected *w, struct error *c)
{
	const struct verify_bounds *b = &w->distinct.bounds;

	return schema_read(verify_distinct_schema, w->distinct_tree, "distinct",
		   w, c) &&
	    (b->exact >= 0 || b->min >= 0 || b->max >= 0 ||
		error_field(c, "distinct", "", "wants exact, min or max"));
}

/* Who sent it, as far as the claim tells clients apart; false: nobody that it
 * counts. An entry that is open has no digest yet. */
static bool
verify_client_name(const struct verification *p, const struct journal_slot *s,
    char *out, size_t size)
{
	const char *policies[ENTRY_POLICIES_MAX + 1];
	struct request_info f;
	char digest[TOKEN_DIGEST_SIZE] = "";
	int by = p->expected.distinct.by;

	entry_request_info(s, &f, policies);
	if (f.token_digest)
		snprintf(digest, sizeof(digest), "%s", f.token_digest);
	else if (f.token_id)
		token_digest(p->journal->digester, f.token_id, digest);
	if (by != VERIFY_PEERS && *digest) {
		snprintf(out, size, "token %s", digest);
		return true;
	}
	if (by == VERIFY_TOKENS)
		return false;
	snprintf(out, size, "peer %s", f.client_ip ? f.client_ip : "");
	return true;
}

/* As many different clients sent the requests as the claim says. */
bool
verify_distinct_holds(struct verification *p)
{
	const struct verify_bounds *b = &p->expected.distinct.bounds;
	struct map *seen = map_new();
	int64_t n = 0, limit;
	char name[100];
	bool ok;

	for (int i = 0; i < p->nhits; i++) {
		const struct journal_slot *s = p->hits[i].slot;

		if (!verify_client_name(p, s, name, sizeof(name)) ||
		    map_get(seen, name))
			continue;
		map_put(seen, name, p);
		n++;
	}
	map_free(seen, NULL);
	ok = !verify_is_too_few(b, n) && !verify_is_too_many(b, n);
	if (ok)
		return true;
	verify_say_bound(p, b, n, &limit);
	verify_add_reason(p, "%lld different %s, found %lld in ",
	    (long long)limit, verify_client_words[p->expected.distinct.by],
	    (long long)n);
	verify_say_count(p, p->nhits);
	verify_say_hits(p, p->hits, p->nhits);
	return false;
}
