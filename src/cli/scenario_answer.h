/*
 * A scenario as GET /_mock/scenarios/NAME shows it: the one place that knows
 * its fields.
 */
#ifndef MV_CLI_SCENARIO_ANSWER_H
#define MV_CLI_SCENARIO_ANSWER_H

#include "cli/ctl/ctl.h"
#include "cli/report.h"

extern const struct column scenario_columns[];

/* "loaded", "waiting", "running", "done", "failed". */
const char *scenario_answer_state(const json_t *answer);
bool scenario_answer_has_ended(const json_t *answer);
/* Its expectations, one check each; one for itself when it failed without. */
void scenario_answer_report(const json_t *answer, struct report *r);
/* POST scenarios/NAME/VERB, or with "" GET; false: said already. */
bool scenario_answer_call(struct ctl *c, const char *name, const char *verb);
/* POST scenarios/NAME/start with what the flags below say; false: said already.
 */
bool scenario_answer_start(struct ctl *c, const char *name);

/* Of a start; a verb with flags of its own repeats them. */
#define SCENARIO_START_FLAGS                                                    \
	{ "set", FLAG_LIST, "A parameter of the file",                          \
		.value = "NAME=VALUE" },                                        \
	    { "speed", FLAG_STRING,                                             \
		    "So many times as fast, with the vault's clock",            \
		    .value = "N" },                                             \
	    { "virtual", FLAG_BOOL,                                             \
		    "Its times are the vault's, however that clock is moved" }, \
	{                                                                       \
		"now", FLAG_BOOL, "Begin without waiting for a request"         \
	}

#endif
