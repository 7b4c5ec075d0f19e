/*
 * Faults: the rules in force, asked once a connection and once a request. The
 * first rule that matches and acts decides (lowest priority number, then the
 * newest). A rule with commit "passthrough" changes the answer and lets the
 * next rule look too.
 *
 * A random decision is hash(seed, rule, ordinal of the match): the n-th match
 * of a rule always decides the same, whatever other requests run meanwhile.
 */
#ifndef MV_FAULT_FAULT_H
#define MV_FAULT_FAULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/json/schema.h"
#include "core/vault.h"
#include "fault/fault_nodes.h"
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
	struct rule *hold_rule; /* that stalls it until faults_release */
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
	bool (*has_tls)(void *arg); /* does any listener speak it? */
	/* RST to every connection but the admin's. */
	void (*reset_connections)(void *arg);
	/* As after a restart of development mode: a fresh, empty, unsealed
	 * vault with the configured root token. */
	bool (*restart_dev)(void *arg, struct error *c);
	/* Another state is in force (a snapshot was restored). */
	void (*on_state_restored)(void *arg);
	/* The server whose state clients see; NULL: the state is our own. */
	const char *upstream;
	/* A request as an operator with every right sends it: "POST",
	 * "secret/delete/app", JSON or NULL. The status; *answer (may be
	 * NULL) is the caller's. */
	int (*admin_request)(void *arg, const char *method, const char *path,
	    const json_t *body, json_t **answer);
};

/* An engine without rules; faults_free ends it. real is a clock that nobody
 * moves: delays and windows are real time. j may be NULL. All are borrowed. */
struct faults *faults_new(
    struct vault *v, struct clock *real, struct journal *j, uint64_t seed);
/* Outages change the state of this vault from now on: another node leads. What
 * they do to a node they do to the first. */
void faults_set_vault(struct faults *f, struct vault *v);
/* Frees rules and outages; a state that an outage saved is not restored. */
void faults_free(struct faults *f);
/* Copies the struct. Until this call there is no host. */
void faults_set_host(struct faults *f, const struct fault_host *host);
/* There are several nodes from now on; copies the struct. NULL: no longer. */
void faults_set_nodes(struct faults *f, const struct fault_nodes *nodes);
/* An alarm of the vault's clock asks this first: the nodes have not come to
 * its time yet, so it comes again once they have. */
bool faults_wait_for_nodes(
    struct faults *f, struct clock *clock, struct alarm *alarm);
/* Can the state be changed? Not while nobody leads several nodes. */
bool faults_can_write(const struct faults *f);
/* The clock that delays wait on, borrowed. */
struct clock *faults_real_clock(struct faults *f);

/* True when no rule and no scenario looks at requests. Every request asks. */
bool faults_is_idle(const struct faults *f);

/* Fills in a zeroed decision for a request; its strings live in the arena. A
 * decision with a rule holds a reference to it, which faults_release_decision
 * gives back. */
void faults_decide_request(struct faults *f, const struct request_info *info,
    struct arena *a, struct fault_decision *decision);
void faults_release_decision(struct faults *f, struct fault_decision *decision);
/* Does a rule ask how many connections are open? */
bool faults_count_conns(const struct faults *f);
/* Decides for a connection that was just accepted. False: no rule acts, and out
 * is as before. */
bool faults_decide_connection(
    struct faults *f, const struct request_info *info, struct conn_faults *out);

/* ---- rules, as /_mock/faults sees them ---- */

/* Adds a rule, which the engine owns, from its JSON (borrowed). NULL and an
 * error: nothing has changed. *exists says that the id is taken. */
struct rule *faults_add(
    struct faults *f, json_t *rule, bool *exists, struct error *c);
/* Replaces the rule id by another, with counters at zero, or adds it. NULL and
 * an error: nothing has changed. */
struct rule *faults_replace(
    struct faults *f, const char *id, json_t *rule, struct error *c);
/* The rule id, borrowed until it is removed; NULL: there is none. */
struct rule *faults_find(struct faults *f, const char *id);
/* Lets the requests that a rule's `hold` keeps waiting go on; how many. -1:
 * there is no rule id. */
int64_t faults_release(struct faults *f, const char *id);
/* fn does that. */
void faults_on_released(
    struct faults *f, int64_t (*fn)(void *arg, struct rule *r), void *arg);
/* False when there is no rule id. */
bool faults_remove(struct faults *f, const char *id);
/* Removes every rule. */
void faults_clear(struct faults *f);
/* The same in steps: none acts from the first on; each other one tells the
 * observer of n that have ended and frees them. true while there are more. */
void faults_clear_begin(struct faults *f);
bool faults_clear_some(struct faults *f, int n);
/* Sets counters and ordinals to zero: the same requests then meet the same
 * random decisions once more. */
void faults_reset_counters(struct faults *f);
/* How many rules there are. */
int faults_count(const struct faults *f);
/* A place among the rules in the order in which they are tried; {0} is before
 * the first. It stays right while rules come and go. */
struct rule_place {
	int64_t priority, serial; /* of the rule before it */
	int at;
};
/* The rule behind the place, which moves on; NULL: that was the last. */
struct rule *faults_next(const struct faults *f, struct rule_place *place);
/* A rule as it was given, with its counters; the caller's. */
json_t *rule_show(const struct rule *r);
/* Borrowed from the rule. */
const char *rule_id(const struct rule *r);
int64_t rule_matched(const struct rule *r);
int64_t rule_acted(const struct rule *r);
/* A rule that is not enabled neither matches nor counts. */
void rule_enable(struct rule *r, bool on);
/* What would happen to a request: asked rule by rule, and counted by none. It
 * begins with all zeros but for the arena. */
struct fault_dry_run {
	struct arena *arena; /* the decision's strings live in it */
	struct rule_place place;
	bool decided;
	struct fault_decision decision; /* so far */
};
/* {"id","matched","why"} of the next rule, the caller's; NULL: that was the
 * last. Rules may come and go between two calls. */
json_t *faults_explain_next(const struct faults *f, struct fault_dry_run *d,
    const struct request_info *info);

/* fn is called when a rule is removed, before it is freed: requests that wait
 * because of it can go on. NULL: all rules were. */
void faults_on_removed(
    struct faults *f, void (*fn)(void *arg, struct rule *r), void *arg);

/* ---- events ---- */

/* Tells rules, scenarios and the journal that something happened: "login",
 * "sealed", "expired:ACCESSOR", "rule:ID:exhausted", "request:ID:N",
 * "node:n1:active". A listener may remove rules. */
void faults_event(struct faults *f, const char *name);
/* fn is called for every event, after the rules. */
void faults_on_event(
    struct faults *f, void (*fn)(void *arg, const char *name), void *arg);

/* fn only looks on: it is told of every event's name ("event", {"name"}), and
 * of what outages, rules and scenarios do, with details that are its own. */
void faults_observe(struct faults *f,
    void (*fn)(void *arg, const char *type, json_t *details), void *arg);

/* fn is called for each request before the rules are asked (scenarios). */
void faults_on_request(struct faults *f,
    void (*fn)(void *arg, const struct request_info *info), void *arg);

/* ---- outages ---- */

/* The n-th outage of the table, from 0; NULL behind the last. */
struct outage;
const struct outage *outage_at(int n);
/* NULL: no outage has this name. */
const struct outage *outage_find(const char *name);
const char *outage_name(const struct outage *o);
/* {"name","number","summary","params","texts","example"}; the caller's. */
json_t *outage_show(const struct outage *o);

/*
 * Turns an outage on. Each time is a run with an id of its own, "slow.1"; a run
 * of the same outage with the same match takes the place of the other. body,
 * which may be NULL, holds "params", "for", "match", "after", "clock" and "id".
 * The answer {"outage","id","active","until","rules"...} is the caller's; with
 * "after" it is not active yet. NULL and an error: *status is 400, 404, or 409
 * when it would change nothing now.
 */
json_t *outage_start(struct faults *f, const char *name, json_t *body,
    int *status, struct error *c);
/* Turns off the run with this id, or every run of the outage with this name,
 * and takes back what each changed. False when there was none; *known says
 * whether there is such an outage. */
bool outage_stop(struct faults *f, const char *name, bool *known);
/* The same for a scenario: its runs stand beside those of others, and only
 * they are turned off. */
json_t *outage_start_owned(struct faults *f, const char *name, json_t *body,
    const char *owner, int *status, struct error *c);
bool outage_stop_owned(
    struct faults *f, const char *name, const char *owner, bool *known);
/* Turns every outage off. */
void outages_stop(struct faults *f);

enum outage_condition {
	OUTAGE_CONDITION_STANDBY,
	OUTAGE_CONDITION_SEALED,
	OUTAGE_CONDITION_DOWN,
};

/* Turns off what keeps the node in this condition. */
void outages_stop_condition(struct faults *f, enum outage_condition condition);
/* With several nodes: what a scenario holds one of them in is over. */
void outages_stop_node(struct faults *f, const char *owner, const char *node);
/* Takes back what outages changed in rows of the state, so that it can be read
 * as it is without them, and changes it again. */
void outages_revert_edits(struct faults *f);
void outages_repeat_edits(struct faults *f);
/* Another state is in force by somebody's call. */
void outages_on_state_replaced(struct faults *f);
/* By an outage's name, or a run's id. */
bool outage_is_active(struct faults *f, const char *name);
/* The params of an active outage's newest run, defaults included; borrowed.
 * NULL: it is not active. */
const json_t *outage_active_params(struct faults *f, const char *name);
/* When the run, or the outage's newest, ends by itself, in ns of the clock.
 * INT64_MAX: it does not, or by the other clock. 0: it is over. */
int64_t outage_end_time_ns(
    struct faults *f, const char *name, const struct clock *clock);
/* outage_show with "active" and "runs"; the caller's. */
json_t *outage_show_state(struct faults *f, const struct outage *o);
/* {"outages":[...]} of them; the caller's. */
json_t *outages_show(struct faults *f);
/* Could it start? Checks the name and the body; false and an error. */
bool outage_check(const char *name, const json_t *body, struct error *c);
/* Starts 'PRESET[,k=v...][@MATCH]' of --fault and MOCKVAULT_FAULTS; false and
 * an error. */
bool outage_start_from_flag(
    struct faults *f, const char *text, struct error *c);

/* ---- what request bodies may hold ---- */

extern const struct schema rule_schema[], when_schema[], over_schema[],
    outage_schema[];

#endif
