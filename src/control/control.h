/*
 * The control API below /_mock/: what its files share, and what the process
 * around them must lend.
 */
#ifndef MV_CONTROL_CONTROL_H
#define MV_CONTROL_CONTROL_H

#include <jansson.h>

#include "api/api.h"
#include "api/reply.h"
#include "api/route.h"
#include "base/json/schema.h"
#include "fault/fault.h"
#include "fault/scenario/scenario.h"
#include "journal/journal.h"

struct control;

/* A space as it is asked for; texts and trees are borrowed. */
struct space_settings {
	const char *id;
	const char *from; /* "start", "empty", or a snapshot's name */
	json_t *fixtures, *faults;
	const char *clock;     /* as -clock; NULL: the flag's */
	int64_t seed;	       /* -1: none */
	int64_t expires_in_ns; /* real; 0: never */
	const char *listen;    /* NULL: no listener of its own */
	int owner;	       /* 0: it ends with its connection */
};

/* Who keeps the spaces, in server/. */
struct space_host {
	void *arg;
	/* What it is, the caller's; NULL and an error. *replaced: it was there
	 * before, and is gone. */
	json_t *(*make)(void *arg, struct request *req,
	    const struct space_settings *s, bool *replaced, struct error *e);
	json_t *(*show)(void *arg, const char *id); /* NULL: there is none */
	json_t *(*list)(void *arg);
	bool (*drop)(void *arg, const char *id); /* false: there is none */
	void (*names)(void *arg, struct strs *out);
};

/* The instance's side. */
struct control_host {
	void *arg;
	/* {"main":["http://..."],"admin":"http://..." or null} */
	json_t *(*addresses)(void *arg);
	void (*stop)(void *arg);
	/* Fixtures and hooks: [{"name","state"}], all done or not. */
	json_t *(*hook_states)(void *arg, bool *ready);
	/* Loads fixtures given as JSON, in the fixture file's shape. */
	bool (*apply_fixtures)(void *arg, json_t *fixtures, struct error *c);
	/* PEM of the CA that signs the listeners' certificates (malloc'ed), or
	 * NULL. */
	char *(*ca_pem)(void *arg);
	/* State and clock as fixtures and flags made them at the start; NULL:
	 * the state has no start to go back to, and no_reset says why. */
	bool (*reset_state)(void *arg); /* false: it stays as it is */
	const char *no_reset;
	void (*reset_clock)(void *arg);
	/* The outages and the scenario that flags asked for, again. */
	void (*restart_faults)(void *arg);
	void (*restart_scenario)(void *arg);
	/* Mounts, secrets, leases and tokens without values; of each at most
	 * limit. The caller's. */
	json_t *(*inventory)(void *arg, int64_t limit);
	/* Another state is in force: read again what lies in it. */
	void (*on_state_restored)(void *arg);
	/* The server whose state clients see; NULL: the state is our own. */
	const char *upstream;
	const struct space_host *spaces; /* NULL: there can be none */
	const char *no_spaces;		 /* why; a sentence */
	const char *space;		 /* which one this is; NULL: none */
};

/* The nodes of a cluster in this process; list NULL: there is one vault alone.
 * Times of the network are the cluster's, as -cluster-speed has it. */
struct control_nodes {
	void *arg;
	json_t *(*list)(void *arg);		    /* [{"id","state"...}] */
	json_t *(*show)(void *arg, const char *id); /* NULL: unknown */
	/* "kill", "restart", "pause"... of a node that is there. */
	bool (*act)(
	    void *arg, const char *id, const char *verb, struct error *c);
	void (*set_skew)(void *arg, const char *id, int64_t skew_ns);
	/* [["n1"],["n2","n3"]]: they hear their own group alone. */
	bool (*partition)(void *arg, const json_t *groups, struct error *c);
	void (*heal)(void *arg);
	/* loss: the part of messages that is lost, from 0 to 1. */
	void (*network)(void *arg, int64_t latency_ns, double loss);
	/* All are up again and the first leads; false: fn is called when. */
	bool (*recover)(void *arg, void (*fn)(void *fn_arg), void *fn_arg);
};

struct named_snapshot;
struct event_log;
struct event_stream;

struct control {
	const struct route *const
	    *tables; /* all of its tables, NULL-terminated */
	struct api *api;
	struct vault *vault;
	struct faults *faults;
	struct journal *journal;
	struct clock *real_clock;
	struct journal_vault_probe vault_probe;
	struct control_host host;
	struct control_nodes nodes;
	struct scenarios *scenarios;
	struct named_snapshot *snapshots;
	bool state_stays; /* the last reset could not put it back */
	struct event_log *events;
	struct event_stream *event_streams; /* who listens to them */
	int nevent_streams;
	const char *admin_token; /* NULL: none is asked for */
	uint64_t seed;
	int64_t started_ns; /* real ns */
};

struct control *control_new(struct api *api, struct clock *real_clock,
    uint64_t seed, const char *admin_token, const struct control_host *host,
    bool on_main);
/* It works on this vault's state from now on: another node leads. Both have the
 * same clock. */
void control_set_vault(struct control *c, struct vault *v);
/* Ends it with its snapshots; NULL is allowed. */
void control_free(struct control *c);
/* The control API that serves this request. */
struct control *control_of(const struct request *req);

/* [{"id","state"...}], one of a vault alone; the caller's. */
json_t *control_nodes_show(const struct control *c);

/* ---- for handlers (control_common.c) ---- */

/* The body as a tree, owned by the caller: an absent one is {}. NULL: the
 * error says why not. */
json_t *control_read_body(struct request *req, struct error *c);
/* The same on whatever thread. */
json_t *control_parse_body(struct slice body, struct error *c);
/* The same of ?since=12&limit=50: numbers and texts. */
json_t *control_read_query(struct request *req);
/* Gives an entry of the journal the statements its request had run. */
void control_add_statements(struct vault *v, json_t *entry);
/* Forgets what database/ ran. */
void control_clear_statements(struct vault *v);
/* Takes object over. status 204 has none. */
enum handler_result control_reply(
    struct request *req, int status, json_t *object);
/* {"errors":[...],"field":...,"allowed":[...]}; releases the error. */
enum handler_result control_fail(
    struct request *req, int status, struct error *c);
typedef enum handler_result (*control_answer_fn)(
    struct request *req, void *arg);
/* After faults_clear_begin: the answer, once all were told of every rule. */
enum handler_result control_faults_clear_wait(
    struct request *req, control_answer_fn answer, void *arg);
/* 404 that names the thing and the nearest of names (may be NULL). */
enum handler_result control_not_found(struct request *req, const char *kind,
    const char *name, const char *const *names);

/* A row's path as people write it, "/_mock/faults/{id}". */
char *control_path_template(struct arena *a, const char *pattern);

extern const struct schema control_populate_schema[], control_tls_schema[],
    control_explain_schema[], control_explain_request_schema[],
    control_node_schema[], control_partition_schema[], control_network_schema[],
    control_events_schema[], control_inventory_schema[], control_space_schema[];
/* The schema of the body of POST /_mock/reset; the caller owns it. */
json_t *control_reset_openapi_schema(void);
/* openapi_schema.c: what the body of a call may hold, {"$ref":...}; NULL:
 * nothing. */
json_t *control_openapi_body_schema(enum op op, const char *pattern);
/* The fields of a call's query, NULL-terminated table; NULL: none. */
const struct schema *control_openapi_query_schema(
    enum op op, const char *pattern);
/* The schema of one field; the caller's. */
json_t *control_openapi_query_field(const struct schema *field);
/* All that is referred to, by name. */
json_t *control_openapi_schemas(void);

/* ---- its tables; paths are relative to /_mock/ ---- */

extern const struct route control_info_routes[];
extern const struct route control_clock_routes[];
extern const struct route control_database_routes[];
extern const struct route control_state_routes[];
extern const struct route control_state_document_routes[];
extern const struct route control_panel_routes[];
extern const struct route control_populate_routes[];
extern const struct route control_metrics_routes[];
extern const struct route control_event_routes[];
extern const struct route control_openapi_routes[];
extern const struct route control_fault_routes[];
extern const struct route control_outage_routes[];
extern const struct route control_node_routes[];
extern const struct route control_request_routes[];
extern const struct route control_scenario_routes[];
extern const struct route control_space_routes[];
extern const struct route control_tls_routes[];

#endif
