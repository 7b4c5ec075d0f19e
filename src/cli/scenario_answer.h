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

#endif
