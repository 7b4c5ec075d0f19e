/*
 * Counting. Samples keep sums and a short ring, so that a scrape costs no
 * sorting of more than METRIC_RECENT_MAX numbers.
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

	m->tokens_created = map_new();
	m->since_ns = vault_now(v);
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (!m)
		return;
	map_free(m->tokens_created, free);
	free(m);
}

void
metric_add(struct metric_sample *sample, double ms)
{
	if (sample->count == 0 || ms < sample->min_ms)
		sample->min_ms = ms;
	if (sample->count == 0 || ms > sample->max_ms)
		sample->max_ms = ms;
	sample->sum_ms += ms;
	sample->sum_squares += ms * ms;
	sample->recent_ms[sample->count++ % METRIC_RECENT_MAX] = (float)ms;
}

static int
metric_recent_count(const struct metric_sample *s)
{
	return s->count < METRIC_RECENT_MAX ? (int)s->count : METRIC_RECENT_MAX;
}

/* The ring is filled up with what both remember; sums are exact. */
void
metric_merge(struct metric_sample *to, const struct metric_sample *from)
{
	struct metric_sample sum = *to;

	if (from->count == 0)
		return;
	for (int i = 0; i < metric_recent_count(from); i++)
		metric_add(&sum, (double)from->recent_ms[i]);
	sum.count = to->count + from->count;
	sum.sum_ms = to->sum_ms + from->sum_ms;
	sum.sum_squares = to->sum_squares + from->sum_squares;
	sum.min_ms = to->count && to->min_ms < from->min_ms ? to->min_ms
							    : from->min_ms;
	sum.max_ms = to->count && to->max_ms > from->max_ms ? to->max_ms
							    : from->max_ms;
	*to = sum;
}

static int
metric_compare_floats(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

double
metric_quantile(const struct metric_sample *s, double q)
{
	float sorted[METRIC_RECENT_MAX];
	int n = metric_recent_count(s), at;

	if (n == 0)
		return NAN;
	memcpy(sorted, s->recent_ms, (size_t)n * sizeof(*sorted));
	qsort(sorted, (size_t)n, sizeof(*sorted), metric_compare_floats);
	at = (int)ceil(q * n) - 1;
	return (double)sorted[at < 0 ? 0 : at];
}

double
metric_stddev(const struct metric_sample *s)
{
	double n = (double)s->count, variance;

	if (s->count < 2)
		return 0;
	variance = (n * s->sum_squares - s->sum_ms * s->sum_ms) / (n * (n - 1));
	return variance > 0 ? sqrt(variance) : 0;
}

void
metric_add_operation(const struct mount *m, enum metric_op op, double ms)
{
	struct metric_sample **s = &m->metrics->ops[op];

	if (!*s)
		*s = xcalloc(1, sizeof(**s));
	metric_add(*s, ms);
}

const char *
metric_ttl_bucket(int64_t ttl_s)
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

	for (size_t i = 0; ttl_s && i < sizeof(buckets) / sizeof(buckets[0]);
	     i++)
		if (ttl_s <= buckets[i].most)
			return buckets[i].name;
	return "+Inf";
}

void
metric_add_token(struct vault *v, const struct token *t)
{
	const struct mount *m = mount_by_id(v, t->mount_id);
	uint64_t *n;
	struct buf key;

	buf_init(&key, 0);
	buf_str(&key, m ? m->type : "token");
	buf_char(&key, '\n');
	buf_str(&key, metric_ttl_bucket(t->ttl_s));
	buf_char(&key, '\n');
	buf_str(&key, m ? m->path : "auth/token/");
	buf_str(&key, t->type == TOKEN_BATCH ? "\nbatch" : "\nservice");
	n = map_get(v->metrics->tokens_created, key.p);
	if (!n) {
		n = xcalloc(1, sizeof(*n));
		map_put(v->metrics->tokens_created, key.p, n);
	}
	buf_release(&key);
	++*n;
}
