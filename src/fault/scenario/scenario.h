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
	/* Fixtures in the fixture file's shape; NULL: there are none here. */
	bool (*fixtures)(void *arg, const json_t *fixtures, struct error *c);
	/* The witness of expectations; see journal_verify. */
	const struct journal_vault_probe *vault_probe;
};

struct scenarios *scenarios_new(
    struct faults *f, const struct scenario_host *host);
void scenarios_free(struct scenarios *s);

/*
 * Loads a scenario under a name, in the place of one that had it. false with
 * an error, nothing changed. *exists: it took another's place.
 */
bool scenario_load(
    struct scenarios *s, const char *name, const json_t *tree, struct error *c);
/* A loaded one, or a shipped one, which is loaded then. */
bool scenario_exists(struct scenarios *s, const char *name);
bool scenario_delete(struct scenarios *s, const char *name);
/* All of them, the shipped ones too, NULL-terminated in the arena. */
const char **scenario_names(struct scenarios *s, struct arena *a);

/* Begins as its `start` says; now begins at once. false and an error. */
bool scenario_start(
    struct scenarios *s, const char *name, bool now, struct error *c);
/* Ends it: outages off, expectations looked at. */
bool scenario_stop(struct scenarios *s, const char *name, struct error *c);
/* Does its next step now. */
bool scenario_next_step(struct scenarios *s, const char *name, struct error *c);
/* {"name","state","start","step","steps","expect":[...]}; NULL: unknown. */
json_t *scenario_show(struct scenarios *s, const char *name);
json_t *scenarios_show(struct scenarios *s);
/* Stops and forgets everything loaded. */
void scenarios_reset(struct scenarios *s);
/* --scenario: a file, a shipped name, or JSON itself; start may be NULL. */
bool scenario_start_option(
    struct scenarios *s, const char *text, const char *start, struct error *e);
/* Is that the name of a file? */
bool scenario_is_file(const char *text);

/* The shipped ones (made from fixtures/scenarios at build time). */
struct shipped_scenario {
	const char *name;
	const char *json;
};
extern const struct shipped_scenario shipped_scenarios[]; /* name NULL ends */

extern const struct schema scenario_schema[];

#endif
