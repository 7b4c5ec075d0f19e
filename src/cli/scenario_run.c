/*
 * mockvault scenario run: loads a scenario into a running server, starts it,
 * waits for its end and says which expectations held.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/scenario_answer.h"
#include "cli/value.h"

#define POLL_MS 100

/* A name says what the server has; everything else is a file. */
static bool
scenario_run_is_file(const char *word)
{
	return strchr(word, '/') || *word == '@' || strcmp(word, "-") == 0 ||
	    ends_with(word, ".json") || access(word, R_OK) == 0;
}

/* "dir/leader-crash.json" without a name of its own is leader-crash. */
static char *
scenario_run_name_of_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *start = slash ? slash + 1 : path;
	size_t n = strlen(start);

	if (ends_with(start, ".json"))
		n -= 5;
	return n > 0 ? xstrndup(start, n) : xstrdup("scenario");
}

/* Puts the file into the server; its name, or NULL when that was said. */
static char *
scenario_run_load(struct ctl *c, const char *word)
{
	bool is_path = *word != '@' && strcmp(word, "-") != 0;
	char *from = is_path ? xasprintf("@%s", word) : xstrdup(word);
	struct error e = { 0 };
	char *name, *path;
	json_t *tree = value_json(from, &e);

	free(from);
	if (!tree) {
		ctl_usage_error(c, e.text);
		return NULL;
	}
	name = *jsontree_string(tree, "name")
	    ? xstrdup(jsontree_string(tree, "name"))
	    : is_path ? scenario_run_name_of_file(word)
		      : xstrdup("scenario");
	path = ctl_path("scenarios", name, "");
	if (!ctl_call(c, "PUT", path, tree)) {
		free(name);
		name = NULL;
	}
	free(path);
	return name;
}

/* Polls: CTL_YES at its end, CTL_NO when limit (ms; 0: none) is over. */
static int
scenario_run_wait(struct ctl *c, const char *name, int64_t limit_ms)
{
	for (int64_t waited_ms = 0;; waited_ms += POLL_MS) {
		if (!scenario_answer_call(c, name, ""))
			return CTL_ERROR;
		if (scenario_answer_has_ended(c->answer.body))
			return CTL_YES;
		if (limit_ms > 0 && waited_ms >= limit_ms)
			return CTL_NO;
		usleep(POLL_MS * 1000);
	}
}

static int
scenario_run_report(
    struct ctl *c, const char *name, enum report_format format, bool ended)
{
	struct report *r = report_new(name);
	char reason[200];
	bool ok;

	scenario_answer_report(c->answer.body, r);
	if (!ended) {
		snprintf(reason, sizeof(reason),
		    "did not end in time: it is %s",
		    scenario_answer_state(c->answer.body));
		report_add(r, name, false, reason);
	}
	report_print(r, format, stdout);
	ok = report_ok(r);
	if (format == REPORT_JSON) {
		c->json = true;
		ctl_print_raw(c);
	} else if (format == REPORT_HUMAN) {
		printf(
		    "%s: %s\n", name, ok ? "all expectations held" : "failed");
	}
	report_free(r);
	return ok ? CTL_YES : CTL_NO;
}

static int
scenario_run_named(struct ctl *c, const char *name, enum report_format format,
    int64_t limit_ms)
{
	int status;

	if (!scenario_answer_start(c, name))
		return CTL_ERROR;
	status = scenario_run_wait(c, name, limit_ms);
	return status == CTL_ERROR
	    ? status
	    : scenario_run_report(c, name, format, status == CTL_YES);
}

static int
scenario_run_command(struct ctl *c)
{
	const char *word = args_value(&c->args, "format");
	const char *timeout = args_value(&c->args, "timeout");
	enum report_format format = c->json ? REPORT_JSON : REPORT_HUMAN;
	int64_t limit_ns = 0;
	char *name;
	int status;

	if (word && !report_format_parse(word, &format))
		return ctl_usage_error(c, "--format is one of " REPORT_FORMATS);
	if (timeout && !duration_parse(timeout, &limit_ns))
		return ctl_usage_error(c, "--timeout: wanted a duration, 30s");
	word = ctl_arg(c, 0);
	name = scenario_run_is_file(word) ? scenario_run_load(c, word)
					  : xstrdup(word);
	if (!name)
		return CTL_ERROR;
	status = scenario_run_named(
	    c, name, format, limit_ns / (NSEC_PER_SEC / 1000));
	free(name);
	return status;
}

static const struct flag scenario_run_flags[] = {
	SCENARIO_START_FLAGS,
	{ "timeout", FLAG_STRING, "Give up after so long",
	    .value = "DURATION" },
	{ "format", FLAG_STRING, "human, json, junit or github",
	    .value = "FORMAT", .words = REPORT_FORMATS },
	FLAG_END,

};

const struct ctl_verb scenario_verbs[] = {
	{ "run", "FILE|NAME",
	    "Load it when it is a file, start it, wait for "
	    "its end",
	    1, 1, scenario_run_flags, scenario_run_command,
	    "@files @scenarios" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
