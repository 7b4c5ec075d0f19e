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

enum verify_which {
	VERIFY_LAST,
	VERIFY_FIRST,
	VERIFY_EACH,
};

/* An event that a claim is narrowed by; NULL: by none. */
struct verify_event {
	const char *event; /* a glob */
	int64_t grace_ns;
	int which;
};

/* The body, read. The flags say which checks are asked for. */
struct verify_expected {
	const json_t *times_tree, *order, *secrets_in, *every_tree, *ends_with;
	json_t *spacing_tree, *rate_tree, *concurrency_tree, *none_after_tree,
	    *tokens_tree, *distinct_tree;
	const json_t *after_tree, *before_tree;
	struct verify_event after, before;
	int64_t within_ns; /* 0: not asked for */
	int64_t every_ns;
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
	struct verify_event none_after;
	struct {
		int by;
		struct verify_bounds bounds;
	} distinct;
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

/* The time that a claim is about: what began behind one event, or before
 * another. Without events it is everything. */
struct verify_window {
	const struct journal_event *after, *before; /* or NULL */
	int64_t from_seq, to_seq;		    /* from_seq is not in it */
	int64_t from_ns, to_ns;
	bool unseen; /* the ring has dropped entries that may be in it */
};

/* One verification: what is expected, what was found, and what is wrong. */
struct verification {
	struct journal *journal;
	const struct journal_vault_probe *probe;
	const struct journal_mark *from; /* or NULL */
	struct query_filter filter;
	struct verify_expected expected;
	struct verify_hit
	    *found; /* what the filter lets through, oldest first */
	int nfound;
	struct verify_window window;
	struct verify_hit *hits; /* of those, the window's */
	int nhits;
	int ncounted; /* hits of all windows that were looked at */
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
/* When it happened, on the claim's clock. */
int64_t verify_event_ns(
    const struct verification *p, const struct journal_event *e);

/* A number, or {exact, min, max}; false and an error. name is the field's. */
bool verify_read_bounds(const json_t *tree, const char *name,
    struct verify_bounds *bounds, struct error *c);
/* Is n too small for them, or too large? */
bool verify_is_too_few(const struct verify_bounds *b, int64_t n);
bool verify_is_too_many(const struct verify_bounds *b, int64_t n);
/* "expected at least "; *limit is the bound that n breaks. */
void verify_say_bound(struct verification *p, const struct verify_bounds *b,
    int64_t n, int64_t *limit);

/* ---- verify_window.c ---- */

/* Reads after, before and within; false and an error. */
bool verify_read_window(struct verify_expected *w, struct error *c);
/* Reads "sealed" or an object by the table; false and an error. */
bool verify_read_event(const struct schema *table, const json_t *tree,
    const char *name, struct verify_event *out, struct error *c);
/* Calls fn for each window that the claim is about, with its hits, as long as
 * it returns true. False: fn did, or an event is not known to have happened,
 * and the reason is written. */
bool verify_each_window(
    struct verification *p, bool (*fn)(struct verification *p));
/* The newest event of that name; NULL: none, and the reason is written. */
const struct journal_event *verify_find_last_event(
    struct verification *p, const char *name);
/* The seq of the newest entry that was dropped; 0: none was. */
int64_t verify_dropped_seq(const struct verification *p);

/* Each is a claim: true when it holds, else the reason is written. */

/* verify_timing.c */
bool verify_spacing_holds(struct verification *p);
bool verify_rate_holds(struct verification *p);
bool verify_concurrency_holds(struct verification *p);
bool verify_none_after_holds(struct verification *p);
bool verify_none_after_is_unsure(struct verification *p);
bool verify_every_holds(struct verification *p);

/* verify_count.c */
bool verify_times_hold(struct verification *p);
bool verify_order_holds(struct verification *p);
bool verify_tokens_hold(struct verification *p);
bool verify_secrets_hold(struct verification *p);

/* verify_clients.c */
bool verify_read_ends_with(struct verify_expected *w, struct error *c);
bool verify_end_holds(struct verification *p);
bool verify_read_distinct(struct verify_expected *w, struct error *c);
bool verify_distinct_holds(struct verification *p);

#endif
