/*
 * ctl scenario: those that the server has, started and stopped.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/json_tree.h"
#include "cli/scenario_answer.h"

const struct column scenario_columns[] = {
	{ "SCENARIO", "name", 0 },
	{ "STATE", "state", 0 },
	{ "START", "start", 0 },
	{ "STEP", "step", 0 },
	{ "OF", "steps", 0 },
	{ "WHAT IT IS", "description", 0 },
	{ NULL, NULL, 0 },
};

const char *
scenario_state(const json_t *answer)
{
	return json_text(answer, "state");
}

bool
scenario_ended(const json_t *answer)
{
	return strcmp(scenario_state(answer), "done") == 0 ||
	    strcmp(scenario_state(answer), "failed") == 0;
}

void
scenario_report(const json_t *answer, struct report *r)
{
	const json_t *list = json_object_get(answer, "expect");
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		report_add(r, json_text(one, "name"),
		    json_is_true(json_object_get(one, "ok")),
		    json_text(one, "reason"));
	if (report_ok(r) && strcmp(scenario_state(answer), "failed") == 0)
		report_add(r, json_text(answer, "name"), false,
		    *json_text(answer, "trouble") ? json_text(answer, "trouble")
						 : "the scenario failed");
}

bool
scenario_ask(struct ctl *c, const char *name, const char *verb)
{
	char *path = ctl_path("scenarios", name, verb);
	bool ok = ctl_ask(c, *verb ? "POST" : "GET", path, NULL);

	free(path);
	return ok;
}

/* Descriptions are several sentences; a line has room for the
 * first, up to its colon. */
static void
shorten(json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		const char *text = json_text(one, "description");
		size_t n = strcspn(text, ".:");

		json_object_set_new(one, "description",
		    json_stringn(text, n));
	}
}

static int
list(struct ctl *c)
{
	return ctl_list(c, "scenarios", "scenarios", scenario_columns,
	    shorten);
}

static int
act(struct ctl *c, const char *verb, const char *said)
{
	if (!scenario_ask(c, ctl_word(c, 0), verb))
		return CTL_ERROR;
	if (!ctl_raw(c))
		printf("%s %s\n", ctl_word(c, 0), said);
	return CTL_YES;
}

static int
start(struct ctl *c)
{
	return act(c, "/start", "started");
}

static int
stop(struct ctl *c)
{
	return act(c, "/stop", "stopped");
}

static int
step(struct ctl *c)
{
	return act(c, "/step", "went one step on");
}

static int
show(struct ctl *c)
{
	struct report *r;

	if (!scenario_ask(c, ctl_word(c, 0), ""))
		return CTL_ERROR;
	if (ctl_raw(c))
		return CTL_YES;
	printf("%s: %s\n", json_text(c->answer.body, "name"),
	    scenario_state(c->answer.body));
	if (*json_text(c->answer.body, "description"))
		puts(json_text(c->answer.body, "description"));
	r = report_new("");
	scenario_report(c->answer.body, r);
	report_print(r, REPORT_HUMAN, stdout);
	report_free(r);
	return CTL_YES;
}

const struct ctl_verb ctl_scenario_verbs[] = {
	{ "scenario list", "", "Those that the server has", 0, 0,
	    ctl_list_flags, list, NULL },
	{ "scenario start", "NAME", "Start one", 1, 1, NULL, start,
	    "@scenarios" },
	{ "scenario stop", "NAME", "Stop it", 1, 1, NULL, stop,
	    "@scenarios" },
	{ "scenario step", "NAME", "Take its next step now", 1, 1, NULL, step,
	    "@scenarios" },
	{ "scenario show", "NAME", "Its state and expectations", 1, 1, NULL,
	    show, "@scenarios" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
