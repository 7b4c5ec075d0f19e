/*
 * Named outages. Each is a line of a table: rules as JSON with $params in it,
 * and for what rules cannot do, a function that changes the real state.
 */
#ifndef MV_FAULT_OUTAGE_OUTAGE_H
#define MV_FAULT_OUTAGE_OUTAGE_H

#include "core/state/snapshot.h"
#include "core/vault.h"
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
#define OUTAGE_ERROR_MESSAGES 10

/* What a run wants of the node while it is on. Several runs may want the same:
 * it ends with the last of them. */
struct outage_claims {
	bool sealed;
	enum listener_state listener;
	bool has_role;	     /* role is what sys/health tells */
	enum node_role role; /* the newest run decides; so with standby */
	struct standby standby;
	int64_t skew_ns; /* all of them add up */
};

#define OUTAGE_ID_MAX 100

struct outage_run {
	struct outage_run *next; /* the newest first */
	const struct outage *outage;
	struct faults *faults;
	char id[OUTAGE_ID_MAX]; /* "slow.1" */
	int number;		/* 1; 0: the caller chose the id */
	int64_t serial;		/* of its start; the newest has the highest */
	char *owner;		/* a scenario; NULL: somebody's call */
	json_t *params;		/* with defaults */
	json_t *when;		/* times, skip... of every rule */
	json_t *match;		/* the caller's, or NULL */
	json_t *rules;		/* ids */
	struct outage_claims claims;
	/* With several nodes: which it is about (bit i), and what is wanted of
	 * each; NULL: the claims, of all targets. */
	unsigned targets;
	struct node_conditions *nodes;
	struct {
		unsigned done; /* the nodes that have had their turn */
		int at;	       /* whose turn it is; -1: nobody's */
		int64_t next_ns, until_ns;
	} round; /* of those that go from node to node */
	struct vault_snapshot *snapshot; /* the state before, for who puts
					    another in its place */
	bool edited;			 /* its edit is in the state now */
	json_t *saved_state;		 /* whatever else its functions need */
	struct clock *clock;		 /* that its times are of, borrowed */
	bool pending;			 /* `after` is not over */
	int64_t for_ns;
	int64_t began_ns;
	int64_t ends_ns;    /* ns of clock; 0: it ends when it is turned off */
	struct alarm alarm; /* its begin, then its end */
	struct alarm phase_alarm;
};

/* How near to Vault's a row of the catalogue is. */
enum outage_fidelity {
	OUTAGE_EXACT,
	OUTAGE_APPROXIMATED,
	OUTAGE_NEEDS_CLUSTER,
};

/* Which of several nodes it is about, where match.node does not say. */
enum outage_target {
	TARGET_ALL,
	TARGET_ACTIVE, /* the one that leads as it begins */
	TARGET_STANDBYS,
	TARGET_LAST_STANDBY,
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

	/* The real state; each may be NULL. start makes claims, or changes for
	 * good. phase says what holds now; it is asked at the start, and again
	 * when the phase_alarm that it sets is due; true: its rules let go of
	 * what they hold, and are over. edit changes rows that
	 * revert puts back. replace puts another state in the place of all. */
	bool (*start)(struct outage_run *run, struct error *c);
	bool (*phase)(struct outage_run *run);
	bool (*edit)(struct outage_run *run, struct error *c);
	bool (*revert)(struct outage_run *run);
	/* Has somebody else put back what edit changed? */
	bool (*is_undone)(struct outage_run *run);
	bool (*replace)(struct outage_run *run, struct error *c);

	/* With several nodes, in place of start and phase; its rules go too,
	 * but for rules_on_nodes. on_nodes says what is real then. */
	enum outage_target target;
	bool (*start_on_nodes)(struct outage_run *run, struct error *c);
	bool (*phase_on_nodes)(struct outage_run *run);
	bool rules_on_nodes;
	bool ends_with_leader; /* without `for`: once somebody leads */
	const char *on_nodes;

	const char *subject; /* the param that tells one run from another */
	const char *example; /* after "mockvault ctl outage " */
	bool final;	     /* done at once, nothing ends */
	bool narrows_tokens; /* match.token says whose */
	bool whole_node;     /* though it has rules: match.node alone */
	bool while_unsealed; /* its rules rest while the vault is sealed */
	/* What is left of it where the state is another server's: NULL: its
	 * rules, when it has no function; "*": all that matters; "as=a|b": it
	 * works with that param alone. */
	const char *upstream;
	enum outage_fidelity fidelity;
	const char *how; /* it is approximated */
};

extern const struct outage outages[];

/* False and an error: it needs several nodes, and there are none. */
bool outage_check_nodes(
    const struct faults *f, const struct outage *o, struct error *c);
/* Frees the runs of all outages; the states that they saved are not restored.
 */
void outages_free(struct faults *f);
/* What an event means to outages. */
void outages_hear(struct faults *f, const char *event);
/* Sets the error of an unknown name, which tells the nearest one. Returns
 * false. */
bool outage_refuse_unknown(
    const char *name, const char *where, struct error *c);
/* The `then` list of an outage's first rule, for {"outage": name} in a rule;
 * the caller's. NULL and an error. */
json_t *outage_first_actions(
    const char *name, const json_t *params, const char *where, struct error *c);
/* The params with defaults filled in, the caller's; NULL and an error. where is
 * the name of given in errors. *when, which may be NULL, gets {"times": ...} of
 * what was given for every rule, the caller's as well. */
json_t *outage_resolve_params(const struct outage *o, const json_t *given,
    const char *where, json_t **when, struct error *c);
/* Its rules with params, when and match put in, on nodes without those that are
 * for one alone ("one_node"); a list, which is the caller's. */
json_t *outage_make_rules(const struct outage *o, const json_t *params,
    const json_t *when, const json_t *match, bool on_nodes);

/* ---- outage_run_show.c ---- */

/* Does a run stay in the list once it has started? A final one of no rules is
 * done at once. */
bool outage_run_is_kept(const struct outage_run *run);
/* {"outage","id","active","until"...}; the caller's. */
json_t *outage_run_show(const struct outage_run *run);

/* ---- outage_conditions.c ---- */

/* Makes the node what all runs together claim, and tells of what changed.
 * Listeners to that may end runs. */
void outage_conditions_update(struct faults *f);

/* ---- outage_nodes.c ---- */

/* Are there several nodes? */
bool outage_run_has_nodes(const struct outage_run *run);
/* Finds its targets and what it wants of them; false and an error. */
bool outage_nodes_start(struct outage_run *run, struct error *c);
/* Is it about some of the requests alone? */
bool outage_run_is_of_requests(const struct outage_run *run);
/* What all runs want of a node. */
struct node_conditions outage_nodes_add_up(const struct faults *f, int at);
/* ["n1"], its targets; the caller's. */
json_t *outage_nodes_targets(const struct outage_run *run);

/* ---- outage_state.c ---- */

/* Makes an edit in an open vault; false and an error. */
bool outage_state_edit(struct outage_run *run, struct error *c);
/* Takes it back. False: the vault is sealed by somebody else, or another
 * outage's state is in force. */
bool outage_state_revert(struct outage_run *run);
/* Keeps the state aside without what outages edited in it, and puts another in
 * its place; false and an error, the state is as before. */
bool outage_state_replace(struct outage_run *run, struct error *c);
/* The run has left the list: what it kept aside is in force again, or is kept
 * by the run that came after it. */
void outage_state_give_back(struct outage_run *run);
/* Is another state in force, since this run began? */
bool outage_state_is_covered(const struct outage_run *run);

/* ---- errors ---- */

/* The outage would change nothing now: 409. Returns false. */
bool outage_no_effect(struct error *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- params, for the state functions ---- */

/* A param of a run. The string is borrowed; a param that was left out is NULL
 * or 0. */
const char *outage_param_str(const struct outage_run *run, const char *name);
int64_t outage_param_int(const struct outage_run *run, const char *name);
/* A number is milliseconds. */
int64_t outage_param_duration_ns(
    const struct outage_run *run, const char *name);

/* outage_node_states.c: seal, leader, listeners, clock. */
bool outage_seal_start(struct outage_run *run, struct error *c);
bool outage_uninitialized_replace(struct outage_run *run, struct error *c);
bool outage_amnesia_replace(struct outage_run *run, struct error *c);
bool outage_no_leader_start(struct outage_run *run, struct error *c);
bool outage_election_start(struct outage_run *run, struct error *c);
bool outage_election_phase(struct outage_run *run);
bool outage_quorum_loss_start(struct outage_run *run, struct error *c);
bool outage_quorum_loss_phase(struct outage_run *run);
bool outage_redirect_start(struct outage_run *run, struct error *c);
bool outage_forward_fail_start(struct outage_run *run, struct error *c);
bool outage_forward_fail_phase(struct outage_run *run);
bool outage_stale_read_start(struct outage_run *run, struct error *c);
bool outage_health_code_start(struct outage_run *run, struct error *c);
bool outage_refuse_start(struct outage_run *run, struct error *c);
bool outage_blackhole_start(struct outage_run *run, struct error *c);
bool outage_clock_skew_start(struct outage_run *run, struct error *c);
bool outage_clock_jump_start(struct outage_run *run, struct error *c);
bool outage_dns_switch_start(struct outage_run *run, struct error *c);
bool outage_tls_start(struct outage_run *run, struct error *c);

/* outage_nodes.c: the same with several nodes. */
bool outage_no_leader_on_nodes(struct outage_run *run, struct error *c);
bool outage_election_on_nodes(struct outage_run *run, struct error *c);
bool outage_crash_on_nodes(struct outage_run *run, struct error *c);
bool outage_flapping_on_nodes(struct outage_run *run, struct error *c);
bool outage_flapping_phase(struct outage_run *run);
bool outage_quorum_loss_on_nodes(struct outage_run *run, struct error *c);
bool outage_split_on_nodes(struct outage_run *run, struct error *c);
bool outage_redirect_on_nodes(struct outage_run *run, struct error *c);
bool outage_forward_fail_on_nodes(struct outage_run *run, struct error *c);
bool outage_stale_read_on_nodes(struct outage_run *run, struct error *c);
bool outage_dns_switch_on_nodes(struct outage_run *run, struct error *c);
bool outage_sealed_on_nodes(struct outage_run *run, struct error *c);
bool outage_rolling_on_nodes(struct outage_run *run, struct error *c);
bool outage_rolling_phase(struct outage_run *run);

/* outage_token_states.c: tokens, leases, policies, secrets. */
bool outage_token_revoked_start(struct outage_run *run, struct error *c);
bool outage_token_expired_start(struct outage_run *run, struct error *c);
bool outage_token_exhausted_start(struct outage_run *run, struct error *c);
bool outage_max_ttl_start(struct outage_run *run, struct error *c);
bool outage_policy_lost_edit(struct outage_run *run, struct error *c);
bool outage_policy_lost_revert(struct outage_run *run);
bool outage_policy_lost_is_undone(struct outage_run *run);
bool outage_secret_id_expired_start(struct outage_run *run, struct error *c);
bool outage_lease_gone_start(struct outage_run *run, struct error *c);
bool outage_lease_parent_gone_start(struct outage_run *run, struct error *c);
bool outage_kv_deleted_edit(struct outage_run *run, struct error *c);
bool outage_kv_deleted_revert(struct outage_run *run);
bool outage_kv_deleted_is_undone(struct outage_run *run);
bool outage_kv_destroyed_start(struct outage_run *run, struct error *c);

#endif
