/*
 * What the files of fault/ share: a rule as parsed, its counters, and the
 * engine's own struct. Nobody else includes it.
 */
#ifndef MV_FAULT_RULE_RULE_H
#define MV_FAULT_RULE_RULE_H

#include "fault/fault.h"
#include "clock/clock.h"

/* ---- then ---- */

enum action_at {
	AT_ACCEPT,
	AT_HANDSHAKE,
	AT_REQUEST,
	AT_HEADERS,
	AT_BODY,
	AT_CLOSE,
};

enum spread {
	SPREAD_FIXED,
	SPREAD_UNIFORM,
	SPREAD_NORMAL,
	SPREAD_LOGNORMAL,
};

/* A duration by chance; all in ns, sigma of the lognormal without unit. */
struct delay {
	enum spread spread;
	double a; /* fixed, lower, mean, median */
	double b; /* -, upper, stddev, sigma */
	int64_t min, max; /* max 0: none */
};

struct action;
struct rule;

/* What an action may look at while it acts. */
struct acting {
	const struct rule *rule;
	const struct facts *facts;
	struct arena *arena;
	int64_t ordinal; /* of the match */
	int index; /* of the action in `then` */
};

struct action_kind {
	const char *name;
	/* Reads the value of {"name": value}; where is "then[0].name". */
	bool (*parse)(struct action *a, const json_t *value, const char *where,
	    struct complaint *c);
	/* On a request; n is the ordinal for chance. NULL: not there. */
	void (*request)(const struct action *a, const struct acting *by,
	    struct fault_plan *plan);
	void (*connection)(const struct action *a, const struct acting *by,
	    struct wire_conn *out);
	int commit; /* enum commit it asks for when the rule names none */
	bool connection_only;
};

struct action {
	const struct action_kind *kind;
	const json_t *value; /* in the rule's tree */
	json_t *owned; /* canonical form of an alias */
	enum action_at at;
	struct delay delay;
	int64_t number; /* status, bytes, chunk, rate */
	int64_t span;	/* for, every */
	double fraction;
	int word;
	bool flag;
	const char *text; /* to, body, content type... */
	char *text_owned;
};

#define ACTIONS_MAX 8

enum commit {
	COMMIT_NONE,
	COMMIT_BEFORE_FAULT,
	COMMIT_PASSTHROUGH,
	COMMIT_UNSAID,
};

bool actions_parse(const json_t *list, const char *where, struct action *out,
    int *n, struct complaint *c);
void actions_release(struct action *a, int n);
/* WireMock's and Toxiproxy's words: canonical actions for one element of
 * `then`, a list to be freed; NULL when it is none of theirs. */
json_t *alias_expand(const json_t *element, const char *where,
    struct complaint *c);
int64_t delay_draw(const struct delay *d, uint64_t chance);
/* {{path}}, {{method}}, {{mount}}, {{client_ip}}, {{rule}}, {{uuid}},
 * {{retry_after}}, {{limit}}, {{remaining}}, {{reset}}: into the arena. */
const char *template_fill(const char *text, const struct acting *by);
uint64_t acting_chance(const struct acting *by, int salt);

/* ---- when ---- */

struct when {
	int64_t skip, times, every, max_active;
	const json_t *nth;
	double probability;
	int64_t seed;
	bool has_seed;
	int64_t after, lasting;
	int clock; /* 0 real, 1 virtual */
	const char *on;
	const char *until;
	int64_t over_rate; /* acts on what exceeds this many ... */
	int64_t over_per; /* ... in this time (ns, virtual) */
	int64_t over_block; /* and on all for so long, ns */
};

bool when_parse(struct when *w, const json_t *tree, const char *where,
    struct complaint *c);

struct rule {
	char *id;
	int64_t priority;
	bool enabled;
	bool new_only; /* connections accepted after it was made */
	int64_t first_conn;
	int64_t expires_in; /* ns, 0: never */
	json_t *tree;
	struct match *match;
	struct when when;
	struct action actions[ACTIONS_MAX];
	int nactions;
	enum commit commit;
	bool for_request, for_connection;
	char outage[40]; /* the outage that made it, "" */

	int refs;
	int64_t serial; /* newest has the highest */
	int64_t matched, acted, active;
	bool waiting; /* for `on` */
	bool over; /* `until` came */
	bool exhausted;
	bool imagined; /* explain's: it tells nobody */
	int64_t since_real, since_virt; /* activation */
	int64_t window_start, window_count, blocked_until; /* of over_* */
	struct alarm expiry;
	struct faults *faults;
};

/* NULL with the complaint. The tree is kept (a reference). */
struct rule *rule_parse(json_t *tree, struct complaint *c);
void rule_put(struct rule *r);
bool rule_id_ok(const char *id, struct complaint *c);
/* Does it act now? Counts the match. why says why not. */
bool when_acts(struct rule *r, char *why, size_t why_size);
/* The same without counting, for explain. */
bool when_would(const struct rule *r, char *why, size_t why_size);
/* For the n-th match of r: 64 even bits; salt tells draws apart. */
uint64_t rule_chance(const struct rule *r, int64_t ordinal, int salt);

struct outage_run;

struct faults {
	struct vault *vault;
	struct clock *real;
	struct journal *journal;
	uint64_t seed;
	struct fault_host host;
	struct rule **rules; /* in the order they are tried */
	int n, cap;
	int nrequest; /* rules of its layer */
	int64_t serial;
	int64_t last_conn;
	int64_t made; /* ids */
	struct outage_run *runs; /* outages that are on */
	struct outage_later *later; /* those whose `after` runs */
	void (*on_event)(void *arg, const char *name);
	void *on_event_arg;
	void (*on_request)(void *arg, const struct facts *facts);
	void *on_request_arg;
	void (*on_removed)(void *arg, struct rule *r);
	void *on_removed_arg;
};

struct rule *faults_insert(struct faults *f, struct rule *r);

#endif
