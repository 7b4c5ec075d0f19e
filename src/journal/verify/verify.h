/*
 * What the files of a verification share. Only files of journal/verify/ include
 * it.
 */
#ifndef MV_JOURNAL_VERIFY_VERIFY_H
#define MV_JOURNAL_VERIFY_VERIFY_H

#include "base/buf.h"
#include "journal/entry.h"

#define NEAREST_MAX 5

struct verify_bounds {
	int64_t exact, min, max; /* -1: not asked for */
};

struct verify_spacing {
	int64_t min_ns, max_ns; /* ns; -1: not asked for */
	double growth_factor;	/* 0: not asked for */
	bool jitter;
};

/* The body, read. The flags say which checks are asked for. */
struct verify_expected {
	const json_t *times_tree, *order, *secrets_in;
	json_t *spacing_tree, *rate_tree, *concurrency_tree, *after_tree,
	    *tokens_tree;
	const json_t *match, *status, *rule, *since;
	bool strict;
	int clock; /* 1: gaps and rates on the vault's clock */
	struct verify_bounds times;
	struct verify_spacing spacing;
	struct {
		int64_t max, per;
	} rate;
	struct {
		int64_t max;
	} concurrency;
	struct {
		const char *event;
		int64_t grace;
	} after;
	struct {
		int64_t leaked, unrevoked;
	} tokens; /* -1: not asked for */
	struct match **steps;
	size_t nsteps;
};

struct verify_hit {
	const struct journal_slot *slot;
	int64_t start_ns, end_ns; /* real ns; end INT64_MAX while it is open */
};

/* One verification: what is expected, what was found, and what is wrong. */
struct verification {
	struct journal *journal;
	const struct journal_vault_probe *probe;
	struct query_filter filter;
	struct verify_expected expected;
	struct verify_hit
	    *hits; /* what the filter lets through, oldest first */
	int nhits;
	struct buf reason;
	const struct journal_slot *nearest[NEAREST_MAX];
	char differs[NEAREST_MAX][300]; /* how, "" for a hit */
	int nnearest;
};

/* Adds to the sentence that says why the claim does not hold. Returns false. */
bool verify_add_reason(struct verification *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds an entry to the nearest ones, once, while there is room. differs says
 * how it differs, "" when it does not. */
void verify_add_nearest(
    struct verification *p, const struct journal_slot *s, const char *differs);
/* "3 requests that match {...}" */
void verify_say_count(struct verification *p, int64_t n);
/* ": seq 4, 7 and 9", the first ones of many, and marks them as nearest. */
void verify_say_hits(
    struct verification *p, const struct verify_hit *hits, int n);
/* Rounded to a tenth of a millisecond. */
void verify_say_duration(struct verification *p, int64_t ns);
void verify_say_time(struct verification *p, int64_t ns);

/* Each is a claim: true when it holds, else the reason is written. */

/* verify_timing.c */
bool verify_spacing_holds(struct verification *p);
bool verify_rate_holds(struct verification *p);
bool verify_concurrency_holds(struct verification *p);
bool verify_none_after_holds(struct verification *p);

/* verify_count.c */
bool verify_times_hold(struct verification *p);
bool verify_order_holds(struct verification *p);
bool verify_tokens_hold(struct verification *p);
bool verify_secrets_hold(struct verification *p);

#endif
