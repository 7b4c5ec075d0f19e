/*
 * The journal: the last requests and their answers in a ring, without any
 * secret in them. An entry opens when a request comes and closes when its
 * answer is made, so a request that hangs can be seen.
 */
#ifndef MV_JOURNAL_JOURNAL_H
#define MV_JOURNAL_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "journal/match/match.h"
#include "clock/clock.h"

struct journal;

/* What is known when an entry closes. Texts are copied. */
struct journal_close {
	const struct request_info *info; /* path, op, mount, token... */
	const char *request_id;
	int status;	  /* 0: the client got none (reset, gone) */
	int64_t bytes;	  /* of the answer's body */
	bool committed;	  /* the operation took effect */
	const char *rule; /* that acted, or NULL */
	const char *action;
	const char *error; /* first error text of the answer, or NULL */
	/* The answer goes out only when the pass is kept: journal_settle says
	 * so. A cut one goes out as nothing, otherwise. */
	bool is_unsure, is_cut;
};

/* A journal of size entries; journal_free ends it. virtual_clock is the
 * vault's, real_clock one that nobody moves; both are borrowed. */
struct journal *journal_new(
    int size, struct clock *virtual_clock, struct clock *real_clock);
void journal_free(struct journal *j);
/* From now on every entry that closes is also appended to a file as a line of
 * JSON. False and an error when the file cannot be opened. */
bool journal_open_file(struct journal *j, const char *path, struct error *e);

/*
 * Opens an entry and returns its seq (1, 2, ...). info is what the request line
 * and the connection say, borrowed until the entry closes. mono_ns is the
 * reading of clock_real_mono that its times are computed from.
 */
int64_t journal_open_entry(struct journal *j, const struct request_info *info,
    const char *tls, int64_t mono_ns);
/* Closes an entry and copies what c says. Does nothing when the ring has
 * overwritten it meanwhile. */
void journal_close_entry(
    struct journal *j, int64_t seq, const struct journal_close *c);
/* What became of the unsure answers: they went out as they were (error NULL),
 * or each became a 500 with that error in a body of so many bytes. The file,
 * who waits and listeners get their entries now. */
void journal_settle(struct journal *j, const char *error, int64_t bytes);
/* The seq of the newest entry; 0 for none. */
int64_t journal_last(const struct journal *j);
/* How many entries the ring has overwritten since it was cleared. */
int64_t journal_dropped(const struct journal *j);
/* How many entries there are now. */
int journal_count_all(const struct journal *j);
/* Forgets entries and events; the seq goes on. */
void journal_clear(struct journal *j);

/* Notes an event ("sealed", "login"...) for none_after; the name is copied. */
void journal_add_event(struct journal *j, const char *name);

/* ---- queries; bodies and answers as the control API has them ---- */

/* {"requests":[...],"dropped":N}, oldest first, the newest `limit` of them; the
 * caller's. NULL and an error. */
json_t *journal_find(struct journal *j, json_t *body, struct error *c);

/*
 * The same search in steps, so that other requests go between: the newest
 * `limit` entries that match (all: every one), of those that are there now.
 * What is overwritten meanwhile is left out. NULL and an error; the caller
 * frees it.
 */
struct journal_search;
struct journal_search *journal_search_new(
    const struct journal *j, json_t *body, bool all, struct error *c);
void journal_search_free(struct journal_search *s);
/* Looks at n entries more; false: all that match are known. */
bool journal_search_look(struct journal_search *s, int n);
/* How many match. */
int64_t journal_search_count(const struct journal_search *s);
/* The next of them, oldest first, as journal_entry_show has it; NULL: that was
 * the last. */
json_t *journal_search_next(struct journal_search *s);

/* A moment in the journal: what comes later is newer than it. */
struct journal_mark {
	int64_t seq;	 /* of the newest entry then */
	int64_t nevents; /* how many events there had been */
	int64_t virtual_ns, real_ns;
};

/* The present moment. */
struct journal_mark journal_mark_now(const struct journal *j);

/* What verify asks of the vault; any member may be NULL. */
struct journal_vault_probe {
	void *arg;
	/* Calls fn for every secret in force: KV values, tokens, secret ids. */
	void (*secrets)(void *arg,
	    void (*fn)(void *fn_arg, const char *text, const char *what),
	    void *fn_arg);
	/* Live tokens that logins made, and live leases of secrets. */
	int64_t (*tokens)(void *arg);
	int64_t (*leases)(void *arg);
	/* The server whose state clients see; NULL: the state is our own. */
	const char *upstream;
	/* "curl -s http://127.0.0.1:8299": the command that reaches the API. */
	const char *curl;
};

/* Is the body a claim that journal_verify can check? False and an error. */
bool journal_verify_check(json_t *body, struct error *c);
/* Checks a claim about the requests and events since a moment (NULL: all; a
 * `since` in the body says otherwise). *status is 200, or 422 with reason,
 * nearest and curl in the answer, which is the caller's. NULL and an error
 * (400). */
json_t *journal_verify(struct journal *j, json_t *body,
    const struct journal_vault_probe *probe, const struct journal_mark *from,
    int *status, struct error *c);

/*
 * Waits until n entries that match have closed, or until the timeout in real
 * time (then enough is false). fn is called once, perhaps before this returns,
 * and owns the search for them. NULL: an error, or *done says that fn was
 * called.
 */
struct journal_waiter;
struct journal_waiter *journal_wait(struct journal *j, json_t *body,
    void (*fn)(void *arg, bool enough, struct journal_search *found), void *arg,
    bool *done, struct error *c);
/* Ends a wait; fn is not called. */
void journal_wait_cancel(struct journal *j, struct journal_waiter *w);

/* Who is told of each entry that closes; its owner keeps it. */
struct journal_listener {
	/* c is NULL for one that is told when_settled. */
	void (*fn)(void *arg, int64_t seq, const struct journal_close *c);
	void *arg;
	/* Not at once, but when it is sure that the answer goes out so. */
	bool when_settled;
	struct journal_listener *next;
};

/* It is told after those that were added before it. */
void journal_add_listener(struct journal *j, struct journal_listener *l);
void journal_remove_listener(struct journal *j, struct journal_listener *l);

/* ---- one entry ---- */

/* An entry as queries answer it; the caller's. NULL: it was overwritten or
 * cleared. */
json_t *journal_entry_show(const struct journal *j, int64_t seq);
/* Calls fn with what the journal keeps of the entry's request, borrowed until
 * fn returns. False: it was overwritten or cleared. */
bool journal_entry_visit(const struct journal *j, int64_t seq,
    void (*fn)(void *arg, const struct request_info *info), void *arg);

/* The condition of a query, for entries one by one. NULL and an error; the
 * caller frees it. */
struct query_filter;
struct query_filter *journal_filter_new(json_t *body, struct error *c);
void journal_filter_free(struct query_filter *q);
/* False also for an entry that is gone. */
bool journal_filter_matches(
    const struct query_filter *q, const struct journal *j, int64_t seq);

extern const struct schema journal_find_schema[], journal_wait_schema[],
    journal_verify_schema[], verify_times_schema[], verify_spacing_schema[],
    verify_rate_schema[], verify_concurrency_schema[],
    verify_none_after_schema[], verify_after_schema[], verify_before_schema[],
    verify_tokens_schema[], verify_distinct_schema[];

#endif
