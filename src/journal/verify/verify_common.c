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
