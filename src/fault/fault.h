/*
 * Faults: the rules in force, asked once a connection and once a request. The
 * first rule that matches and acts decides (lowest priority number, then the
 * newest); one with commit "passthrough" shapes and lets the next look too.
 *
 * Chance is hash(seed, rule, ordinal of the match): the n-th match of a rule
 * decides alike, whatever runs beside it.
 */
#ifndef MV_FAULT_FAULT_H
#define MV_FAULT_FAULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/json/schema.h"
#include "core/vault.h"
#include "fault/response_fault.h"
#include "journal/journal.h"
#include "journal/match/match.h"

struct faults;
struct rule;

/* What shall happen to a request. Lives in the request's arena. */
struct fault_decision {
	struct rule *rule; /* that decided; NULL: none acted */
	struct rule
	    *passthrough_rules[4]; /* passthrough rules that acted as well */
	int npassthrough;
	const char *action; /* "respond", "delay"... for the journal */
	int64_t delay_ns;   /* real ns before the operation */
	bool stall; /* before the operation, for stall_for (0: for ever) */
	int64_t stall_ns;
	bool respond;	     /* status, headers and body below are the answer */
	bool skip_operation; /* the operation does not run (commit "none") */
	int status;
	const char *content_type; /* NULL: application/json */
	bool from_proxy; /* somebody between answers: none of Vault's headers */
	struct slice body;
	struct {
		const char *name;
		const char *value;
	} headers[8];
	int nheaders;
	struct response_fault response_fault;
};

/* What faults ask of the process around them; any may be NULL. */
struct fault_host {
	void *arg;
	void (*set_listener_state)(void *arg, enum listener_state gate);
	/* RST to every connection but the admin's. */
	void (*reset_connections)(void *arg);
	/* As after a restart of development mode: a fresh, empty, unsealed
	 * vault with the configured root token. */
	bool (*restart_dev)(void *arg, struct error *c);
	/* The state is another one now (an image was put back). */
	void (*on_state_restored)(void *arg);
	/* A request as an operator with every right sends it: "POST",
	 * "secret/delete/app", JSON or NULL. The status; *answer (may be
	 * NULL) is the caller's. */
	int (*admin_request)(void *arg, const char *method, const char *path,
	    const json_t *body, json_t **answer);
};

/* real is a clock that nobody moves: delays and windows are real time. */
struct faults *faults_new(
    struct vault *v, struct clock *real, struct journal *j, uint64_t seed);
void faults_free(struct faults *f);
void faults_set_host(struct faults *f, const struct fault_host *host);
struct clock *faults_real_clock(struct faults *f);

/* No rule for requests: the hot path's one question. */
bool faults_is_idle(const struct faults *f);

/* Fills plan (zeroed by the caller) for a request; texts go into the arena.
 * Every plan with a rule must come back once through faults_release_decision.
 */
void faults_decide_request(struct faults *f, const struct request_info *info,
    struct arena *a, struct fault_decision *decision);
void faults_release_decision(struct faults *f, struct fault_decision *decision);
/* The same for a connection that was just accepted. */
bool faults_decide_connection(
    struct faults *f, const struct request_info *info, struct conn_faults *out);

/* ---- rules, as /_mock/faults sees them ---- */

/* Adds a rule; NULL and an error (nothing changed). An id that is taken
 * is an error with exists set. */
struct rule *faults_add(
    struct faults *f, json_t *rule, bool *exists, struct error *c);
/* Puts another rule in the place of id, counters at zero; or adds it. */
struct rule *faults_replace(
    struct faults *f, const char *id, json_t *rule, struct error *c);
struct rule *faults_find(struct faults *f, const char *id);
bool faults_remove(struct faults *f, const char *id);
void faults_clear(struct faults *f);
/* Counters and ordinals back to zero: the same fate again. */
void faults_reset_counters(struct faults *f);
/* In the order they are tried. */
json_t *faults_show(struct faults *f);
json_t *rule_show(const struct rule *r);
const char *rule_id(const struct rule *r);
void rule_enable(struct rule *r, bool on);
/* What a request would meet: [{"id","matched","why"}], and the plan. */
json_t *faults_explain(struct faults *f, const struct request_info *info,
    struct arena *a, struct fault_decision *decision);

/* fn is called when a rule goes, before it is freed: who waits because of it
 * waits no longer. */
void faults_on_removed(
    struct faults *f, void (*fn)(void *arg, struct rule *r), void *arg);

/* ---- events ---- */

/* Something happened that rules and scenarios may wait for: "login",
 * "sealed", "expired:ACCESSOR", "rule:ID:exhausted", "request:ID:N",
 * "node:n1:active". */
void faults_event(struct faults *f, const char *name);
/* fn hears every event after the rules have. */
void faults_on_event(
    struct faults *f, void (*fn)(void *arg, const char *name), void *arg);

/* fn sees each request before its rules are asked (scenarios). */
void faults_on_request(struct faults *f,
    void (*fn)(void *arg, const struct request_info *facts), void *arg);

/* ---- outages ---- */

/* Rows of the table. n counts from 0; NULL behind the last. */
struct outage;
const struct outage *outage_at(int n);
const struct outage *outage_find(const char *name);
const char *outage_name(const struct outage *o);
/* name, number, summary, params, texts, example. */
json_t *outage_show(const struct outage *o);

/*
 * Turns an outage on or replaces it. body: {"params","for","match","after"}.
 * status is 400 or 404 on failure. The answer is {"outage","active","until",
 * "rules"}; with "after" it is not active yet.
 */
json_t *outage_start(struct faults *f, const char *name, json_t *body,
    int *status, struct error *c);
/* false when no outage of that name is active (or exists: *known). */
bool outage_stop(struct faults *f, const char *name, bool *known);
void outages_stop(struct faults *f);
bool outage_is_active(struct faults *f, const char *name);
/* The params, with defaults, of one that is active; borrowed, or NULL. */
const json_t *outage_active_params(struct faults *f, const char *name);
/* When it ends by itself (real ns), INT64_MAX: not at all; 0: it is off, or has
 * nothing that could be undone. */
int64_t outage_end_time_ns(struct faults *f, const char *name);
/* {"outages":[...]} with "active". */
json_t *outages_show(struct faults *f);
/* Would it start? All that can be said before its time. */
bool outage_check(const char *name, const json_t *body, struct error *c);
/* 'PRESET[,k=v...][@MATCH]' of --fault and MOCKVAULT_FAULTS. */
bool outage_start_from_flag(
    struct faults *f, const char *text, struct error *c);

/* ---- bodies ---- */

extern const struct schema rule_schema[], when_schema[], over_schema[],
    outage_schema[];

#endif
