/*
 * Scenarios: a timeline of outages and of everything else that a tester may do,
 * by time and by event, and what is expected of the clients meanwhile.
 */
#ifndef MV_FAULT_SCENARIO_SCENARIO_H
#define MV_FAULT_SCENARIO_SCENARIO_H

#include <jansson.h>
#include <stdbool.h>

#include "base/json/schema.h"
#include "fault/fault.h"

struct scenarios;

struct scenario_host {
	void *arg;
	/* Loads fixtures, in the form of a fixture file. NULL: not possible. */
	bool (*fixtures)(void *arg, const json_t *fixtures, struct error *c);
	/* What expectations ask of the vault; see journal_verify. */
	const struct journal_vault_probe *vault_probe;
};

/* No scenario is loaded. f is borrowed, host is copied. scenarios_free ends all
 * of them, before f ends. */
struct scenarios *scenarios_new(
    struct faults *f, const struct scenario_host *host);
void scenarios_free(struct scenarios *s);

/*
 * Loads a scenario under a name and replaces the one that had it. False and an
 * error: nothing has changed. The tree is copied.
 */
bool scenario_load(
    struct scenarios *s, const char *name, const json_t *tree, struct error *c);
/* Is it loaded? A shipped scenario is loaded by this call. */
bool scenario_exists(struct scenarios *s, const char *name);
/* Ends and forgets it; false when there is none. */
bool scenario_delete(struct scenarios *s, const char *name);
/* Adds the names of all of them, the shipped ones too. */
void scenario_names(struct scenarios *s, struct strs *names);

/*
 * Starts it, or lets it wait for the request that its `begin` names. options is
 * NULL or {"set": parameters, "speed": N, "clock": "virtual", "begin": "now"}.
 * False and an error.
 */
bool scenario_start(struct scenarios *s, const char *name,
    const json_t *options, struct error *c);
/* Ends it: turns its outages off and checks its expectations. False and an
 * error when it does not run. */
bool scenario_stop(struct scenarios *s, const char *name, struct error *c);
/* Does its next step now; false and an error. */
bool scenario_next_step(struct scenarios *s, const char *name, struct error *c);
/* {"name","state","start","step","steps","expect":[...]}, of one or of all; the
 * caller's. NULL: there is no such scenario. */
json_t *scenario_show(struct scenarios *s, const char *name);
json_t *scenarios_show(struct scenarios *s);
/* Ends and forgets everything that is loaded. */
void scenarios_reset(struct scenarios *s);
/* Starts what --scenario names: a file, a shipped scenario, or JSON, as its
 * `start` says. start, which may be NULL, replaces that, options are those of
 * scenario_start. False and an error. */
bool scenario_start_option(struct scenarios *s, const char *text,
    const char *start, const json_t *options, struct error *e);
/* Is that the name of a file? */
bool scenario_is_file(const char *text);

/* The shipped ones (made from fixtures/scenarios at build time). */
struct shipped_scenario {
	const char *name;
	const char *json;
};
extern const struct shipped_scenario shipped_scenarios[]; /* name NULL ends */

extern const struct schema scenario_schema[], scenario_start_schema[],
    scenario_step_schema[];

#endif
