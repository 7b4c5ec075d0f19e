/*
 * What the files of a verification share; nobody else includes it.
 */
#ifndef MV_JOURNAL_VERIFY_VERIFY_H
#define MV_JOURNAL_VERIFY_VERIFY_H

#include "base/buf.h"
#include "journal/entry.h"

#define NEAREST_MAX 5

struct bounds {
	int64_t exact, min, max; /* -1: not asked for */
};

struct spacing {
	int64_t min, max; /* ns; -1: not asked for */
	double growing; /* 0: not asked for */
	bool jitter;
};

/* The body, read. The flags say which checks are asked for. */
struct expected {
	const json_t *times_tree, *order, *secrets_in;
	json_t *spacing_tree, *rate_tree, *concurrency_tree, *after_tree,
	    *tokens_tree;
	const json_t *match, *status, *rule, *since;
	bool strict;
	int clock; /* 1: gaps and rates on the vault's clock */
	struct bounds times;
	struct spacing spacing;
	struct { int64_t max, per; } rate;
	struct { int64_t max; } concurrency;
	struct { const char *event; int64_t grace; } after;
	struct { int64_t leaked, unrevoked; } tokens; /* -1: not asked for */
	struct match **steps;
	size_t nsteps;
};

struct hit {
	const struct slot *slot;
	int64_t start, end; /* real ns; end INT64_MAX while it is open */
};

/* One verification: what is expected, what was found, and what is wrong. */
struct proof {
	struct journal *journal;
	const struct journal_witness *witness;
	struct query_filter filter;
	struct expected want;
	struct hit *hits; /* what the filter lets through, oldest first */
	int n;
	struct buf reason;
	const struct slot *nearest[NEAREST_MAX];
	char differs[NEAREST_MAX][300]; /* how, "" for a hit */
	int nnearest;
};

/* Adds to the reason. Always false. */
bool proof_fails(struct proof *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void proof_near(struct proof *p, const struct slot *s, const char *differs);
/* "3 requests that match {...}" */
void proof_count(struct proof *p, int64_t n);
/* ": seq 4, 7 and 9", the first ones of many, and marks them as nearest. */
void proof_list(struct proof *p, const struct hit *hits, int n);
void proof_span(struct proof *p, int64_t ns);
void proof_instant(struct proof *p, int64_t ns);

/* pace.c: true when it holds. */
bool pace_spacing(struct proof *p);
bool pace_rate(struct proof *p);
bool pace_concurrency(struct proof *p);
bool pace_after(struct proof *p);

/* proof.c */
bool proof_times(struct proof *p);
bool proof_order(struct proof *p);
bool proof_tokens(struct proof *p);
bool proof_secrets(struct proof *p);

#endif
