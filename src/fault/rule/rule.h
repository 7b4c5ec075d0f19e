/*
 * What the files of fault/ share: a rule as parsed, its counters, and struct
 * faults. Only files of fault/ include it.
 */
#ifndef MV_FAULT_RULE_RULE_H
#define MV_FAULT_RULE_RULE_H

#include "fault/fault.h"
#include "clock/clock.h"

/* ---- then ---- */

enum action_place {
	ACTION_AT_ACCEPT,
	ACTION_AT_HANDSHAKE,
	ACTION_AT_REQUEST,
	ACTION_AT_HEADERS,
	ACTION_AT_BODY,
	ACTION_AT_CLOSE,
};

enum delay_distribution {
	DELAY_FIXED,
	DELAY_UNIFORM,
	DELAY_NORMAL,
	DELAY_LOGNORMAL,
};

/* A random duration. All are ns; the sigma of lognormal has no unit. */
struct delay {
	enum delay_distribution distribution;
	int64_t ramp_ns;	/* it grows from nothing over this time */
	double a;		/* fixed, lower, mean, median */
	double b;		/* -, upper, stddev, sigma */
	int64_t min_ns, max_ns; /* max 0: none */
};

struct action;
struct rule;

/* What an action may look at while it acts. */
struct action_context {
	const struct rule *rule;
	const struct request_info *request_info;
	struct arena *arena;
	int64_t ordinal;  /* of the match */
	int action_index; /* of the action in `then` */
};

struct action_type {
	const char *name;
	/* Reads the value of {"name": value}; where is "then[0].name". */
	bool (*parse)(struct action *a, const json_t *value, const char *where,
	    struct error *c);
	/* Writes into the decision for a request, or into what happens to a
	 * connection. NULL: the action cannot act there. */
	void (*apply_to_request)(const struct action *a,
	    const struct action_context *by, struct fault_decision *decision);
	void (*apply_to_connection)(const struct action *a,
	    const struct action_context *by, struct conn_faults *out);
	int commit; /* enum commit it asks for when the rule names none */
	bool connection_only;
};

struct action {
	const struct action_type *kind;
	const json_t *value; /* in the rule's tree */
	json_t *owned_json;  /* canonical form of an alias */
	enum action_place at;
	struct delay delay;
	int64_t number;	     /* status, bytes, chunk, rate */
	int64_t duration_ns; /* for, every */
	double fraction;
	int choice;
	bool flag;
	const char *text; /* to, body, content type... */
	char *owned_text;
};

#define ACTIONS_MAX 8

enum rule_commit {
	COMMIT_NONE,
	COMMIT_BEFORE_FAULT,
	COMMIT_PASSTHROUGH,
	COMMIT_DEFAULT,
};

/* Reads the list `then` into out, which has room for ACTIONS_MAX; *n says how
 * many. False and an error; actions_release frees them in either case. where is
 * the list's name in errors. */
bool actions_parse(const json_t *list, const char *where, struct action *out,
    int *n, struct error *c);
void actions_release(struct action *a, int n);
/* Translates one element of `then` from the words of WireMock and Toxiproxy to
 * a list of our actions, which is the caller's. NULL: the element is not in
 * their words, or it is wrong and the error is set. */
json_t *alias_expand(const json_t *element, const char *where, struct error *c);
/* A duration in ns, not negative, drawn by 64 random bits. */
int64_t delay_draw(const struct delay *d, uint64_t random_bits);
/* Replaces {{path}}, {{method}}, {{mount}}, {{client_ip}}, {{rule}}, {{uuid}},
 * {{retry_after}}, {{limit}}, {{remaining}} and {{reset}}; the result lives in
 * the arena of ctx. */
const char *template_fill(const char *text, const struct action_context *ctx);
/* 64 random bits of this action at this match; each salt gives others. */
uint64_t action_random(const struct action_context *ctx, int salt);

/* ---- when ---- */

struct rule_when {
	int64_t skip, times, every, max_active;
	int64_t
	    open_over; /* acts on connections beyond so many open ones; -1 */
	const json_t *nth;
	double probability;
	int64_t ramp_ns; /* probability grows from 0 over this time */
	int64_t seed;
	bool has_seed;
	int64_t after_ns, for_ns;
	int clock; /* 0 real, 1 virtual */
	const char *on_event;
	const char *until_event;
	int64_t over_rate;     /* acts on what exceeds this many ... */
	int64_t over_per_ns;   /* ... in this time (ns, virtual) */
	int64_t over_block_ns; /* and on all for so long, ns */
};

/* Reads `when`; a NULL tree means always. where is its name in errors. False
 * and an error. Strings are borrowed from the tree. */
bool when_parse(struct rule_when *w, const json_t *tree, const char *where,
    struct error *c);

struct rule {
	char *id;
	int64_t priority;
	bool enabled;
	bool new_only; /* connections accepted after it was made */
	int64_t first_conn_id;
	int64_t expires_in_ns; /* ns, 0: never */
	bool expires_virtual;  /* on the vault's clock */
	json_t *tree;
	struct match *match;
	struct rule_when when;
	struct action actions[ACTIONS_MAX];
	int nactions;
	enum rule_commit commit;
	bool for_request, for_connection;
	char outage_name[40]; /* the outage that made it, "" */
	bool while_unsealed;  /* it rests while the vault is sealed */

	int refs;
	int64_t serial; /* newest has the highest */
	int64_t matched, acted, active;
	bool waits_for_event; /* for `on` */
	bool ended;	      /* `until` came */
	bool exhausted;
	bool dry_run; /* explain's: it tells nobody */
	int64_t since_real_ns, since_virtual_ns; /* activation */
	int64_t window_start_ns, window_count, blocked_until_ns; /* of over_* */
	struct alarm expiry;
	struct faults *faults;
};

/* A rule with one reference, from a copy of the tree; NULL and an error. */
struct rule *rule_parse(json_t *tree, struct error *c);
/* Gives back a reference; the last one frees the rule. */
void rule_release(struct rule *r);
/* False and an error when the id cannot stand in a path. NULL is right. */
bool rule_check_id(const char *id, struct error *c);
/* Its times (`after`, `for`, `ramp`) count from now on. */
void when_activate(struct rule *r);
/* Ns since then, on the clock of `when`. */
int64_t when_age_ns(const struct rule *r);
/* How much of a ramp of so many ns is over: 0 to 1; 1 without one. */
double when_ramp(const struct rule *r, int64_t ramp_ns);
/* Decides whether a rule that matches acts now, and counts the match. why,
 * which may be NULL, gets the reason when it does not. */
bool when_acts(struct rule *r, const char **why);
/* Decides the same without counting, for explain. */
bool when_would_act(const struct rule *r, const char **why);
/* 64 random bits, evenly distributed, of the n-th match of r. Each salt gives
 * others. */
uint64_t rule_random(const struct rule *r, int64_t ordinal, int salt);

/* A rule's mark says whether it needs to be asked, so that many rules that look
 * at other requests cost a request next to nothing: the layers, and above them
 * a hash of the only path that it matches, 0 for any. */
#define MARK_REQUEST 1U
#define MARK_CONNECTION 2U
#define MARK_EVENT 4U
#define MARK_LAYERS 7U

struct outage_run;

struct faults {
	struct vault *vault; /* whose state it is about */
	struct vault *node;  /* which outages seal, and so on: the first */
	struct clock *real;
	struct journal *journal;
	uint64_t seed;
	struct fault_host host;
	struct fault_nodes nodes;
	struct rule **rules; /* in the order they are tried */
	uint32_t *marks;     /* one a rule: what it may be asked for */
	int nrules, cap;
	int nrequest_rules;    /* those that act on requests */
	int nconnection_rules; /* and on connections */
	int nevent_rules;      /* those that wait for events */
	struct rule **ended;   /* out of the list, though nobody was told yet */
	int nended;
	struct map *ended_by_id;
	struct map *by_id; /* the rules */
	int64_t serial;
	int64_t last_conn_id;
	int64_t ids_made;	 /* by the engine: "rule-N" */
	struct outage_run *runs; /* outages that are on, or whose `after` is
				    not over; the newest first */
	struct outage_run *owed; /* over, but their edits are still in the
				    state: it is sealed */
	int64_t runs_made;
	enum listener_state listener_state; /* as outages have set it */
	/* Those that happened while one is told; they are told after it. */
	struct fault_event *events, *last_event;
	bool telling;
	void (*on_event)(void *arg, const char *name);
	void *on_event_arg;
	void (*observe)(void *arg, const char *type, json_t *details);
	void *observe_arg;
	void (*on_request)(void *arg, const struct request_info *info);
	void *on_request_arg;
	void (*on_removed)(void *arg, struct rule *r);
	void *on_removed_arg;
	int64_t (*on_released)(void *arg, struct rule *r);
	void *on_released_arg;
	/* Ends the outages, without their old state; set by the first one. */
	void (*free_outages)(struct faults *f);
	/* Hears each event before all others; set with it. */
	void (*outages_hear)(struct faults *f, const char *event);
};

/* Puts a rule in, which the list owns from now on; names it when it has no id.
 * Returns it. */
struct rule *faults_insert(struct faults *f, struct rule *r);
/* An event that the journal does not keep: outages and rules hear it, then
 * faults_on_event. While another one is told it waits until that is done. */
void faults_notify(struct faults *f, const char *name);
/* Tells the observer; takes details over. */
void faults_tell_observer(struct faults *f, const char *type, json_t *details);

#endif
