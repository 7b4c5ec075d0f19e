/*
 * Named outages: a row of a table is a preset, its rules a piece of JSON with
 * $params in it, and what no rule can tell is a change of the real state.
 */
#ifndef MV_FAULT_OUTAGE_OUTAGE_H
#define MV_FAULT_OUTAGE_OUTAGE_H

#include "core/state/snapshot.h"
#include "fault/rule/rule.h"

struct outage_param {
	const char *name;
	const char *type; /* "duration", "integer", "number", "string",
	    "boolean" */
	const char *def; /* JSON text; NULL: none, the param is left out */
	const char *allowed; /* "a|b|c", or NULL for anything of its type */
	bool required;
	const char *help;
};

#define OUTAGE_PARAMS 8
#define OUTAGE_TEXTS 4

struct outage_run {
	struct outage_run *next;
	const struct outage *outage;
	struct faults *faults;
	json_t *params; /* with defaults */
	json_t *match; /* the caller's, or NULL */
	json_t *rules; /* ids */
	struct image *image; /* the state before, for who swaps it */
	json_t *saved; /* whatever else stop needs */
	int64_t until; /* real ns, 0: until it is turned off */
	struct alarm end;
};

struct outage {
	const char *name;
	const char *number; /* in the catalogue: "2, 3" */
	const char *summary;
	struct outage_param params[OUTAGE_PARAMS + 1];
	/* A JSON list of rules, ' for a quote. "$x" is the param x; a field whose param is
	 * absent goes; a rule with "if": {"x": "value"} only counts then. */
	const char *rules;
	const char *texts[OUTAGE_TEXTS + 1]; /* what rules do not say */
	/* The real state; NULL: rules are all. */
	bool (*start)(struct outage_run *run, struct complaint *c);
	void (*stop)(struct outage_run *run);
	const char *example; /* after "mockvault ctl outage " */
	bool cluster; /* has no meaning on one node */
	bool by_token; /* match.token says whose */
};

extern const struct outage outages[];

void outages_free(struct faults *f);
/* False, with the nearest name. */
bool outage_unknown(const char *name, const char *where, struct complaint *c);
/* The then list of an outage's first rule, for {"outage": name} in a rule. */
json_t *outage_then(const char *name, const json_t *params, const char *where,
    struct complaint *c);
/* Checked and with defaults; NULL with the complaint. */
json_t *outage_params(const struct outage *o, const json_t *given,
    const char *where, struct complaint *c);
/* Its rules with params and match put in; a new list. */
json_t *outage_rules(const struct outage *o, const json_t *params,
    const json_t *match);

/* ---- params, for the state functions ---- */

const char *run_text(const struct outage_run *run, const char *name);
int64_t run_int(const struct outage_run *run, const char *name);
int64_t run_span(const struct outage_run *run, const char *name); /* ns */

/* states.c */
bool state_sealed(struct outage_run *run, struct complaint *c);
void state_unsealed(struct outage_run *run);
bool state_uninitialized(struct outage_run *run, struct complaint *c);
bool state_amnesia(struct outage_run *run, struct complaint *c);
void state_image_back(struct outage_run *run);
bool state_leaderless(struct outage_run *run, struct complaint *c);
void state_leader_back(struct outage_run *run);
bool state_election(struct outage_run *run, struct complaint *c);
bool state_health_code(struct outage_run *run, struct complaint *c);
void state_health_code_back(struct outage_run *run);
bool state_refused(struct outage_run *run, struct complaint *c);
bool state_blackhole(struct outage_run *run, struct complaint *c);
void state_gate_open(struct outage_run *run);
bool state_skew(struct outage_run *run, struct complaint *c);
void state_skew_back(struct outage_run *run);
bool state_jump(struct outage_run *run, struct complaint *c);
bool state_dns_switch(struct outage_run *run, struct complaint *c);
void state_dns_back(struct outage_run *run);

/* state_tokens.c: what operators and time do to tokens, leases, policies. */
bool state_token_revoked(struct outage_run *run, struct complaint *c);
bool state_token_expired(struct outage_run *run, struct complaint *c);
bool state_token_exhausted(struct outage_run *run, struct complaint *c);
bool state_max_ttl(struct outage_run *run, struct complaint *c);
bool state_policy_lost(struct outage_run *run, struct complaint *c);
void state_policy_back(struct outage_run *run);
bool state_secret_id_gone(struct outage_run *run, struct complaint *c);
bool state_lease_gone(struct outage_run *run, struct complaint *c);
bool state_parent_gone(struct outage_run *run, struct complaint *c);
bool state_kv_deleted(struct outage_run *run, struct complaint *c);
void state_kv_undeleted(struct outage_run *run);
bool state_kv_destroyed(struct outage_run *run, struct complaint *c);

#endif
