/*
 * The journal: the last exchanges in a ring, without any secret in them. An
 * entry opens when a request comes and closes when its answer is made, so one
 * that hangs is there to be seen.
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
	const struct request_info *info; /* path, op, mount, token's facts */
	const char *request_id;
	int status;	  /* 0: the client got none (reset, gone) */
	int64_t bytes;	  /* of the answer's body */
	bool committed;	  /* the operation took effect */
	const char *rule; /* that acted, or NULL */
	const char *action;
	const char *error; /* first error text of the answer, or NULL */
};

/* virt gives the vault's time, real a clock that nobody moves. */
struct journal *journal_new(
    int size, struct clock *virtual_clock, struct clock *real_clock);
void journal_free(struct journal *j);
/* Every entry that closes goes to a file as a line of JSON, too. */
bool journal_open_file(struct journal *j, const char *path, struct error *e);

/*
 * Opens an entry; returns its seq (1, 2, ...). facts are those of the request
 * line and the connection, borrowed until the entry closes. mono is
 * the reading of clock_real_mono that its times are taken from.
 */
int64_t journal_open_entry(struct journal *j, const struct request_info *info,
    const char *tls, int64_t mono_ns);
/* Closes it, unless the ring has gone over it: then its facts are forgotten. */
void journal_close_entry(
    struct journal *j, int64_t seq, const struct journal_close *c);
/* The seq of the newest entry; 0 for none. */
int64_t journal_last(const struct journal *j);
int64_t journal_dropped(const struct journal *j);
int journal_count_all(const struct journal *j);
void journal_clear(struct journal *j);

/* Events ("sealed", "login"...) beside the entries, for none_after. */
void journal_add_event(struct journal *j, const char *name);

/* ---- queries; bodies and answers as the control API has them ---- */

json_t *journal_count(struct journal *j, json_t *body, struct error *c);
json_t *journal_find(struct journal *j, json_t *body, struct error *c);
/* What verify asks of the vault's side; any may be NULL. */
struct journal_vault_probe {
	void *arg;
	/* fn gets every secret in force: KV values, tokens, secret ids. */
	void (*secrets)(void *arg,
	    void (*fn)(void *fn_arg, const char *text, const char *what),
	    void *fn_arg);
	/* Live tokens that logins made, and live leases of secrets. */
	int64_t (*tokens)(void *arg);
	int64_t (*leases)(void *arg);
	/* "curl -s http://127.0.0.1:8299": how a person reaches the API. */
	const char *curl;
};

/* Is that a claim? */
bool journal_verify_check(json_t *body, struct error *c);
/* 200, or 422 with reason, nearest and curl; NULL and an error (400). */
json_t *journal_verify(struct journal *j, json_t *body,
    const struct journal_vault_probe *probe, int *status, struct error *c);

/*
 * A wait: fn is called once, when n entries have come and closed (or the
 * timeout, real time, is over: enough is false), perhaps before this returns.
 * NULL and an error, or when fn was called already (*done).
 */
struct journal_waiter;
struct journal_waiter *journal_wait(struct journal *j, json_t *body,
    void (*fn)(void *arg, bool enough, json_t *answer), void *arg, bool *done,
    struct error *c);
void journal_wait_cancel(struct journal *j, struct journal_waiter *w);

/* fn hears of each entry that closes (scenarios). */
void journal_on_close(struct journal *j,
    void (*fn)(void *arg, int64_t seq, const struct journal_close *c),
    void *arg);

extern const struct schema journal_find_schema[], journal_wait_schema[],
    journal_verify_schema[];

#endif
