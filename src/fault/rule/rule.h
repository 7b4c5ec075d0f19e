/*
 * What the files of fault/ share: a rule as parsed, its counters, and the
 * engine's own struct. Nobody else includes it.
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

/* A duration by chance; all in ns, sigma of the lognormal without unit. */
struct delay {
	enum delay_distribution distribution;
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
	/* On a request; n is the ordinal for chance. NULL: not there. */
	void (*apply_to_request)(const struct action *a,
	    const struct action_context *by, struct fault_decision *plan);
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

bool actions_parse(const json_t *list, const char *where, struct action *out,
    int *n, struct error *c);
void actions_release(struct action *a, int n);
/* WireMock's and Toxiproxy's words: canonical actions for one element of
 * `then`, a list to be freed; NULL when it is none of theirs. */
json_t *alias_expand(const json_t *element, const char *where, struct error *c);
int64_t delay_draw(const struct delay *d, uint64_t random_bits);
/* {{path}}, {{method}}, {{mount}}, {{client_ip}}, {{rule}}, {{uuid}},
 * {{retry_after}}, {{limit}}, {{remaining}}, {{reset}}: into the arena. */
const char *template_fill(const char *text, const struct action_context *ctx);
uint64_t action_random(const struct action_context *ctx, int salt);

/* ---- when ---- */

struct rule_when {
	int64_t skip, times, every, max_active;
	const json_t *nth;
	double probability;
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

bool when_parse(struct rule_when *w, const json_t *tree, const char *where,
    struct error *c);

struct rule {
	char *id;
	int64_t priority;
	bool enabled;
	bool new_only; /* connections accepted after it was made */
	int64_t first_conn_id;
	int64_t expires_in_ns; /* ns, 0: never */
	json_t *tree;
	struct match *match;
	struct rule_when when;
	struct action actions[ACTIONS_MAX];
	int nactions;
	enum rule_commit commit;
	bool for_request, for_connection;
	char outage_name[40]; /* the outage that made it, "" */

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

/* NULL and an error. The tree is kept (a reference). */
struct rule *rule_parse(json_t *tree, struct error *c);
void rule_release(struct rule *r);
bool rule_check_id(const char *id, struct error *c);
/* Its times (`after`, `for`) count from now on. */
void when_activate(struct rule *r);
/* Does it act now? Counts the match. why says why not. */
bool when_acts(struct rule *r, char *why, size_t why_size);
/* The same without counting, for explain. */
bool when_would_act(const struct rule *r, char *why, size_t why_size);
/* For the n-th match of r: 64 even bits; salt tells draws apart. */
uint64_t rule_random(const struct rule *r, int64_t ordinal, int salt);

struct outage_run;

struct faults {
	struct vault *vault;
	struct clock *real;
	struct journal *journal;
	uint64_t seed;
	struct fault_host host;
	struct rule **rules; /* in the order they are tried */
	int nrules, cap;
	int nrequest_rules; /* rules of its layer */
	int64_t serial;
	int64_t last_conn_id;
	int64_t ids_made;		/* ids */
	struct outage_run *runs;	/* outages that are on */
	struct outage_pending *pending; /* those whose `after` runs */
	void (*on_event)(void *arg, const char *name);
	void *on_event_arg;
	void (*on_request)(void *arg, const struct request_info *facts);
	void *on_request_arg;
	void (*on_removed)(void *arg, struct rule *r);
	void *on_removed_arg;
	/* Ends the outages, without their old state; set by the first one. */
	void (*free_outages)(struct faults *f);
};

/* Puts a rule in, which the list owns from now on; names it when it has no id.
 * Returns it. */
struct rule *faults_insert(struct faults *f, struct rule *r);
/* An event that the journal does not keep: rules hear it, then faults_on_event.
 */
void faults_notify(struct faults *f, const char *name);

#endif
