/*
 * What was counted since the start: requests by kind, operation and mount,
 * statuses, tokens made. Gauges are not here: who shows them asks the parts.
 * Counting allocates nothing, but at the first request of its kind.
 */
#ifndef MV_CORE_MOUNT_METRICS_H
#define MV_CORE_MOUNT_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mount/mount.h"
#include "core/vault.h"

/* Quantiles are those of the last so many. */
#define METRIC_RECENT_MAX 32
#define METRIC_STATUSES 600

/* Durations, in milliseconds of the vault's clock. */
struct metric_sample {
	uint64_t count;
	double sum_ms, sum_squares;
	double min_ms, max_ms;
	float recent_ms[METRIC_RECENT_MAX]; /* a ring, the next one at n %
					       METRIC_RECENT_MAX */
};

enum metric_kind {
	METRIC_REQUEST,
	METRIC_LOGIN,
	METRIC_AUDIT_REQUEST,
	METRIC_AUDIT_RESPONSE,
	METRIC_KINDS,
};

enum metric_op {
	METRIC_READ,
	METRIC_LIST,
	METRIC_CREATE,
	METRIC_UPDATE,
	METRIC_DELETE,
	METRIC_PATCH,
	METRIC_OTHER,
	METRIC_OPS,
};

/* Of one mount; a member of struct mount. */
struct mount_metrics {
	struct metric_sample *ops[METRIC_OPS]; /* NULL: none yet */
};

struct metrics {
	struct metric_sample kinds[METRIC_KINDS];
	uint64_t statuses[METRIC_STATUSES];
	uint64_t audit_failures[2]; /* of requests, of responses */
	struct map
	    *tokens_created; /* labels of vault.token.creation -> uint64_t */
	int64_t since_ns;    /* ns */
};

/* Nothing counted yet; the caller frees it. */
struct metrics *metrics_new(const struct vault *v);
/* NULL is allowed. */
void metrics_free(struct metrics *m);

/* Counts one duration, in ms. */
void metric_add(struct metric_sample *sample, double ms);
/* Adds what `from` counted to `to`. */
void metric_merge(struct metric_sample *to, const struct metric_sample *from);
/* q in 0..1, of the last ones; NaN without any. */
double metric_quantile(const struct metric_sample *s, double q);
/* Of all of them; 0 with fewer than two. */
double metric_stddev(const struct metric_sample *s);

/* Counts one operation on a mount, in ms. */
void metric_add_operation(const struct mount *m, enum metric_op op, double ms);

struct token;
/* Counts a new token under its labels, joined by '\n': method, ttl, mount
 * point, type. */
void metric_add_token(struct vault *v, const struct token *t);
/* "1m", "10m"... "+Inf", as Vault groups lives of tokens; 0 is "+Inf". */
const char *metric_ttl_bucket(int64_t ttl_s);

#endif
