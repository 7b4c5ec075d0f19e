/*
 * Counting. Samples keep sums and a short ring, so that a scrape costs no
 * sorting of more than METRIC_LAST numbers.
 */
#include "core/mount/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "core/token/token.h"

struct metrics *
metrics_new(const struct vault *v)
{
	struct metrics *m = xcalloc(1, sizeof(*m));

	m->tokens = map_new();
	m->since = vault_now(v);
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (!m)
		return;
	map_free(m->tokens, free);
	free(m);
}

void
metric_add(struct metric_sample *s, double ms)
{
	if (s->n == 0 || ms < s->min)
		s->min = ms;
	if (s->n == 0 || ms > s->max)
		s->max = ms;
	s->sum += ms;
	s->squares += ms * ms;
	s->last[s->n++ % METRIC_LAST] = (float)ms;
}

static int
kept(const struct metric_sample *s)
{
	return s->n < METRIC_LAST ? (int)s->n : METRIC_LAST;
}

/* The ring is filled up with what both remember; sums are exact. */
void
metric_merge(struct metric_sample *to, const struct metric_sample *from)
{
	struct metric_sample sum = *to;

	if (from->n == 0)
		return;
	for (int i = 0; i < kept(from); i++)
		metric_add(&sum, (double)from->last[i]);
	sum.n = to->n + from->n;
	sum.sum = to->sum + from->sum;
	sum.squares = to->squares + from->squares;
	sum.min = to->n && to->min < from->min ? to->min : from->min;
	sum.max = to->n && to->max > from->max ? to->max : from->max;
	*to = sum;
}

static int
by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

double
metric_quantile(const struct metric_sample *s, double q)
{
	float sorted[METRIC_LAST];
	int n = kept(s), at;

	if (n == 0)
		return NAN;
	memcpy(sorted, s->last, (size_t)n * sizeof(*sorted));
	qsort(sorted, (size_t)n, sizeof(*sorted), by_size);
	at = (int)ceil(q * n) - 1;
	return (double)sorted[at < 0 ? 0 : at];
}

double
metric_deviation(const struct metric_sample *s)
{
	double n = (double)s->n, spread;

	if (s->n < 2)
		return 0;
	spread = (n * s->squares - s->sum * s->sum) / (n * (n - 1));
	return spread > 0 ? sqrt(spread) : 0;
}

void
metric_route(const struct mount *m, enum metric_op op, double ms)
{
	struct metric_sample **s = &m->metrics->ops[op];

	if (!*s)
		*s = xcalloc(1, sizeof(**s));
	metric_add(*s, ms);
}

void
mount_metrics_free(struct mount_metrics *m)
{
	for (int i = 0; m && i < METRIC_OPS; i++)
		free(m->ops[i]);
	free(m);
}

const char *
metric_ttl_bucket(int64_t seconds)
{
	static const struct {
		int64_t most;
		const char *name;
	} buckets[] = {
		{ 60, "1m" },
		{ 600, "10m" },
		{ 1200, "20m" },
		{ 3600, "1h" },
		{ 7200, "2h" },
		{ 86400, "1d" },
		{ 172800, "2d" },
		{ 604800, "7d" },
		{ 2592000, "30d" },
	};

	for (size_t i = 0; seconds && i < sizeof(buckets) / sizeof(buckets[0]);
	     i++)
		if (seconds <= buckets[i].most)
			return buckets[i].name;
	return "+Inf";
}

void
metric_token_made(struct vault *v, const struct token *t)
{
	const struct mount *m = mount_by_id(v, t->mount_id);
	uint64_t *n;
	char key[400];

	snprintf(key, sizeof(key), "%s\n%s\n%s\n%s", m ? m->type : "token",
	    metric_ttl_bucket(t->ttl), m ? m->path : "auth/token/",
	    t->type == TOKEN_BATCH ? "batch" : "service");
	n = map_get(v->metrics->tokens, key);
	if (!n) {
		n = xcalloc(1, sizeof(*n));
		map_put(v->metrics->tokens, key, n);
	}
	++*n;
}
