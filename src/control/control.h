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

/* The instance's side. */
struct control_host {
	void *arg;
	/* {"main":["http://..."],"admin":"http://..." or null} */
	json_t *(*addresses)(void *arg);
	void (*shutdown)(void *arg);
	/* Fixtures and hooks: [{"name","state"}], all done or not. */
	json_t *(*hooks)(void *arg, bool *ready);
	/* Loads fixtures given as JSON, in the fixture file's shape. */
	bool (*fixtures)(void *arg, json_t *fixtures, struct complaint *c);
	/* PEM of the CA that signs the listeners' certificates (malloc'ed), or
	 * NULL. */
	char *(*ca_pem)(void *arg);
	/* State and clock as fixtures and flags made them at the start. */
	void (*reset_state)(void *arg);
	void (*reset_clock)(void *arg);
	/* The outages and the scenario that flags asked for, again. */
	void (*begin_faults)(void *arg);
	void (*begin_scenario)(void *arg);
	/* Another state is in force: read again what lies in it. */
	void (*renewed)(void *arg);
};

struct snapshot;

struct control {
	struct api *api;
	struct vault *vault;
	struct faults *faults;
	struct journal *journal;
	struct clock *real;
	struct journal_witness witness;
	struct control_host host;
	struct scenarios *scenarios;
	struct snapshot *snapshots;
	const char *token; /* NULL: none is asked for */
	uint64_t seed;
	int64_t started; /* real ns */
};

struct control *control_new(struct api *api, struct clock *real,
    uint64_t seed, const char *token, const struct control_host *host,
    bool on_main);
void control_free(struct control *c);
/* All of its tables, NULL-terminated. */
extern const struct route *const control_tables[];
struct control *control_of(const struct request *req);

/* ---- for handlers ---- */

/* The body as a tree, owned by the caller: an absent one is {}. NULL: the
 * complaint says why not. */
json_t *control_body(struct request *req, struct complaint *c);
/* The same of ?since=12&limit=50: numbers and texts. */
json_t *control_query(struct request *req);
/* Gives each entry of the journal the statements its request had run. */
void control_add_statements(struct vault *v, json_t *entries);
/* Takes object over. status 204 has none. */
verdict control_reply(struct request *req, int status, json_t *object);
/* {"errors":[...],"field":...,"allowed":[...]}; clears the complaint. */
verdict control_fail(struct request *req, int status, struct complaint *c);
/* 404 that names the thing and the nearest of names (may be NULL). */
verdict control_missing(struct request *req, const char *kind,
    const char *name, const char *const *names);

/* A row's path as people write it, "/_mock/faults/{id}". */
char *control_path(struct arena *a, const char *pattern);

extern const struct shape control_populate_shape[], control_tls_shape[],
    control_explain_shape[], control_asked_shape[], control_node_shape[];
json_t *control_reset_schema(void);
/* schema.c: what the body of a call may hold, {"$ref":...}; NULL: nothing. */
json_t *control_body_schema(enum op op, const char *pattern);
/* All that is referred to, by name. */
json_t *control_schemas(void);

/* ---- its tables; paths are relative to /_mock/ ---- */

extern const struct route control_info_routes[];
extern const struct route control_clock_routes[];
extern const struct route control_database_routes[];
extern const struct route control_state_routes[];
extern const struct route control_populate_routes[];
extern const struct route control_metrics_routes[];
extern const struct route control_openapi_routes[];
extern const struct route control_fault_routes[];
extern const struct route control_outage_routes[];
extern const struct route control_node_routes[];
extern const struct route control_request_routes[];
extern const struct route control_scenario_routes[];
extern const struct route control_tls_routes[];

#endif
