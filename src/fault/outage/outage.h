/*
 * Named outages. Each is a line of a table: rules as JSON with $params in it,
 * and for what rules cannot do, a function that changes the real state.
 */
#ifndef MV_FAULT_OUTAGE_OUTAGE_H
#define MV_FAULT_OUTAGE_OUTAGE_H

#include "core/state/snapshot.h"
#include "fault/rule/rule.h"

struct outage_param {
	const char *name;
	const char *type; /* "duration", "integer", "number", "string",
	    "boolean" */
	const char
	    *default_json;   /* JSON text; NULL: none, the param is left out */
	const char *allowed; /* "a|b|c", or NULL for anything of its type */
	bool required;
	const char *help;
};

#define OUTAGE_PARAMS 8
#define OUTAGE_ERROR_MESSAGES 4

struct outage_run {
	struct outage_run *next;
	const struct outage *outage;
	struct faults *faults;
	json_t *params; /* with defaults */
	json_t *match;	/* the caller's, or NULL */
	json_t *rules;	/* ids */
	struct vault_snapshot
	    *snapshot;	     /* the state before, for who swaps it */
	json_t *saved_state; /* whatever else stop needs */
	int64_t until_ns;    /* real ns, 0: until it is turned off */
	struct alarm end_alarm;
};

struct outage {
	const char *name;
	const char *catalogue_number; /* in the catalogue: "2, 3" */
	const char *summary;
	struct outage_param params[OUTAGE_PARAMS + 1];
	/* A JSON list of rules, ' for a quote. "$x" is the param x; a field
	 * whose param is absent goes; a rule with "if": {"x": "value"} only
	 * counts then. */
	const char *rules;
	const char *error_messages[OUTAGE_ERROR_MESSAGES +
	    1]; /* what rules do not say */
	/* The real state; NULL: rules are all. */
	bool (*start)(struct outage_run *run, struct error *c);
	void (*stop)(struct outage_run *run);
	const char *example; /* after "mockvault ctl outage " */
	bool needs_cluster;  /* has no meaning on one node */
	bool narrows_tokens; /* match.token says whose */
};

extern const struct outage outages[];

/* Frees the runs of all outages; the states that they saved are not restored.
 */
void outages_free(struct faults *f);
/* Sets the error of an unknown name, which tells the nearest one. Returns
 * false. */
bool outage_refuse_unknown(
    const char *name, const char *where, struct error *c);
/* The `then` list of an outage's first rule, for {"outage": name} in a rule;
 * the caller's. NULL and an error. */
json_t *outage_first_actions(
    const char *name, const json_t *params, const char *where, struct error *c);
/* The params with defaults filled in, the caller's; NULL and an error. where is
 * the name of given in errors. */
json_t *outage_resolve_params(const struct outage *o, const json_t *given,
    const char *where, struct error *c);
/* Its rules with params and match put in; a list, which is the caller's. */
json_t *outage_make_rules(
    const struct outage *o, const json_t *params, const json_t *match);

/* ---- params, for the state functions ---- */

/* A param of a run. The string is borrowed; a param that was left out is NULL
 * or 0. */
const char *outage_param_str(const struct outage_run *run, const char *name);
int64_t outage_param_int(const struct outage_run *run, const char *name);
/* A number is milliseconds. */
int64_t outage_param_duration_ns(
    const struct outage_run *run, const char *name);

/*
 * start changes the state and returns true, or false with an error and the
 * state as before. stop undoes it.
 */

/* outage_node_states.c: seal, leader, listeners, clock. */
bool outage_seal_start(struct outage_run *run, struct error *c);
void outage_seal_stop(struct outage_run *run);
bool outage_uninitialized_start(struct outage_run *run, struct error *c);
bool outage_amnesia_start(struct outage_run *run, struct error *c);
void outage_snapshot_stop(struct outage_run *run);
bool outage_no_leader_start(struct outage_run *run, struct error *c);
void outage_no_leader_stop(struct outage_run *run);
bool outage_election_start(struct outage_run *run, struct error *c);
bool outage_health_code_start(struct outage_run *run, struct error *c);
void outage_health_code_stop(struct outage_run *run);
bool outage_refuse_start(struct outage_run *run, struct error *c);
bool outage_blackhole_start(struct outage_run *run, struct error *c);
void outage_listener_stop(struct outage_run *run);
bool outage_clock_skew_start(struct outage_run *run, struct error *c);
void outage_clock_skew_stop(struct outage_run *run);
bool outage_clock_jump_start(struct outage_run *run, struct error *c);
bool outage_dns_switch_start(struct outage_run *run, struct error *c);
void outage_dns_switch_stop(struct outage_run *run);

/* outage_token_states.c: tokens, leases, policies, secrets. */
bool outage_token_revoked_start(struct outage_run *run, struct error *c);
bool outage_token_expired_start(struct outage_run *run, struct error *c);
bool outage_token_exhausted_start(struct outage_run *run, struct error *c);
bool outage_max_ttl_start(struct outage_run *run, struct error *c);
bool outage_policy_lost_start(struct outage_run *run, struct error *c);
void outage_policy_lost_stop(struct outage_run *run);
bool outage_secret_id_expired_start(struct outage_run *run, struct error *c);
bool outage_lease_gone_start(struct outage_run *run, struct error *c);
bool outage_lease_parent_gone_start(struct outage_run *run, struct error *c);
bool outage_kv_deleted_start(struct outage_run *run, struct error *c);
void outage_kv_deleted_stop(struct outage_run *run);
bool outage_kv_destroyed_start(struct outage_run *run, struct error *c);

#endif
