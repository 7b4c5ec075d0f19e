/*
 * ctl scenario: those that the server has, started and stopped.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "base/mem.h"
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
scenario_answer_state(const json_t *answer)
{
	return jsontree_string(answer, "state");
}

bool
scenario_answer_has_ended(const json_t *answer)
{
	return strcmp(scenario_answer_state(answer), "done") == 0 ||
	    strcmp(scenario_answer_state(answer), "failed") == 0;
}

void
scenario_answer_report(const json_t *answer, struct report *r)
{
	const json_t *list = json_object_get(answer, "expect");
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		report_add(r, jsontree_string(one, "name"),
		    json_is_true(json_object_get(one, "ok")),
		    jsontree_string(one, "reason"));
	if (report_ok(r) &&
	    strcmp(scenario_answer_state(answer), "failed") == 0)
		report_add(r, jsontree_string(answer, "name"), false,
		    *jsontree_string(answer, "trouble")
			? jsontree_string(answer, "trouble")
			: "the scenario failed");
}

bool
scenario_answer_call(struct ctl *c, const char *name, const char *verb)
{
	char *path = ctl_path("scenarios", name, verb);
	bool ok = ctl_call(c, *verb ? "POST" : "GET", path, NULL);

	free(path);
	return ok;
}

/* --set NAME=VALUE, as often as wanted. */
static bool
scenario_answer_put_params(struct ctl *c, json_t *body)
{
	json_t *set = json_object();
	const char *pair;

	if (args_has(&c->args, "set"))
		json_object_set(body, "set", set);
	json_decref(set);
	for (int i = 0; (pair = args_nth(&c->args, "set", i)); i++) {
		const char *eq = strchr(pair, '=');
		char *name;

		if (!eq || eq == pair) {
			ctl_usage_error(c, "--set wants NAME=VALUE");
			return false;
		}
		name = xstrndup(pair, (size_t)(eq - pair));
		json_object_set_new(set, name, json_string(eq + 1));
		free(name);
	}
	return true;
}

static json_t *
scenario_answer_speed(const char *text, struct error *e)
{
	json_t *number = json_loads(text, JSON_DECODE_ANY, NULL);

	if (json_is_number(number))
		return number;
	json_decref(number);
	error_set(e, 400, "\"%s\" is no number", text);
	return NULL;
}

bool
scenario_answer_start(struct ctl *c, const char *name)
{
	json_t *body = json_object();
	char *path;
	bool ok;

	if (!scenario_answer_put_params(c, body) ||
	    !ctl_put_flag(c, body, "speed", "speed", scenario_answer_speed)) {
		json_decref(body);
		return false;
	}
	if (args_has(&c->args, "virtual"))
		json_object_set_new(body, "clock", json_string("virtual"));
	if (args_has(&c->args, "now"))
		json_object_set_new(body, "begin", json_string("now"));
	path = ctl_path("scenarios", name, "/start");
	if (json_object_size(body) == 0) {
		json_decref(body);
		body = NULL;
	}
	ok = ctl_call(c, "POST", path, body);
	free(path);
	return ok;
}

/* Descriptions are several sentences; a line has room for the
 * first, up to its colon. */
static void
ctl_scenario_shorten(json_t *list)
{
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		const char *text = jsontree_string(one, "description");
		size_t n = strcspn(text, ".:");

		json_object_set_new(one, "description", json_stringn(text, n));
	}
}

static int
ctl_scenario_list(struct ctl *c)
{
	return ctl_print_list(c, "scenarios", "scenarios", scenario_columns,
	    ctl_scenario_shorten);
}

static int
ctl_scenario_act(struct ctl *c, const char *verb, const char *past_tense)
{
	if (!scenario_answer_call(c, ctl_arg(c, 0), verb))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		printf("%s %s\n", ctl_arg(c, 0), past_tense);
	return CTL_YES;
}

static int
ctl_scenario_start(struct ctl *c)
{
	if (!scenario_answer_start(c, ctl_arg(c, 0)))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		printf("%s %s\n", ctl_arg(c, 0),
		    strcmp(scenario_answer_state(c->answer.body), "waiting") ==
			    0
			? "waits for the first request"
			: "started");
	return CTL_YES;
}

static int
ctl_scenario_stop(struct ctl *c)
{
	return ctl_scenario_act(c, "/stop", "stopped");
}

static int
ctl_scenario_step(struct ctl *c)
{
	return ctl_scenario_act(c, "/step", "went one step on");
}

/* "  --set policy=app  the policy that is removed", one a line. */
static void
ctl_scenario_print_params(const json_t *answer)
{
	const json_t *declared = json_object_get(
	    json_object_get(answer, "scenario"), "params");
	const char *name;
	json_t *value;

	json_object_foreach (json_object_get(answer, "params"), name, value) {
		const char *help = json_string_value(
		    json_object_get(json_object_get(declared, name), "help"));
		char *text = json_is_string(value)
		    ? xstrdup(json_string_value(value))
		    : json_dumps(value, JSON_ENCODE_ANY);

		printf("  --set %s=%s%s%s\n", name, text, help ? "  " : "",
		    help ? help : "");
		free(text);
	}
}

static int
ctl_scenario_show(struct ctl *c)
{
	struct report *r;

	if (!scenario_answer_call(c, ctl_arg(c, 0), ""))
		return CTL_ERROR;
	if (ctl_print_raw(c))
		return CTL_YES;
	printf("%s: %s\n", jsontree_string(c->answer.body, "name"),
	    scenario_answer_state(c->answer.body));
	if (*jsontree_string(c->answer.body, "description"))
		puts(jsontree_string(c->answer.body, "description"));
	ctl_scenario_print_params(c->answer.body);
	r = report_new("");
	scenario_answer_report(c->answer.body, r);
	report_print(r, REPORT_HUMAN, stdout);
	report_free(r);
	return CTL_YES;
}

static const struct flag ctl_scenario_start_flags[] = {
	SCENARIO_START_FLAGS,
	FLAG_END,

};

const struct ctl_verb ctl_scenario_verbs[] = {
	{ "scenario list", "", "Those that the server has", 0, 0,
	    ctl_list_flags, ctl_scenario_list, NULL },
	{ "scenario start", "NAME", "Start one", 1, 1, ctl_scenario_start_flags,
	    ctl_scenario_start, "@scenarios" },
	{ "scenario stop", "NAME", "Stop it", 1, 1, NULL, ctl_scenario_stop,
	    "@scenarios" },
	{ "scenario step", "NAME", "Take its next step now", 1, 1, NULL,
	    ctl_scenario_step, "@scenarios" },
	{ "scenario show", "NAME", "Its state and expectations", 1, 1, NULL,
	    ctl_scenario_show, "@scenarios" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
