/*
 * mockvault scenario run: loads a scenario into a running server, starts it,
 * waits for its end and says which expectations held.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/json/json_tree.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/scenario_answer.h"
#include "cli/value.h"

#define POLL_MS 100

/* A name says what the server has; everything else is a file. */
static bool
is_file(const char *word)
{
	return strchr(word, '/') || *word == '@' || strcmp(word, "-") == 0 ||
	    ends_with(word, ".json") || access(word, R_OK) == 0;
}

/* "dir/leader-crash.json" without a name of its own is leader-crash. */
static char *
stem(const char *path)
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
load(struct ctl *c, const char *word)
{
	bool plain = *word != '@' && strcmp(word, "-") != 0;
	char *from = plain ? xasprintf("@%s", word) : xstrdup(word);
	char why[300], *name, *path;
	json_t *tree = value_json(from, why, sizeof(why));

	free(from);
	if (!tree) {
		ctl_misused(c, why);
		return NULL;
	}
	name = *json_text(tree, "name") ? xstrdup(json_text(tree, "name"))
	    : plain ? stem(word) : xstrdup("scenario");
	path = ctl_path("scenarios", name, "");
	if (!ctl_ask(c, "PUT", path, tree)) {
		free(name);
		name = NULL;
	}
	free(path);
	return name;
}

/* Polls: CTL_YES at its end, CTL_NO when limit (ms; 0: none) is over. */
static int
await(struct ctl *c, const char *name, int64_t limit)
{
	for (int64_t waited = 0;; waited += POLL_MS) {
		if (!scenario_ask(c, name, ""))
			return CTL_ERROR;
		if (scenario_ended(c->answer.body))
			return CTL_YES;
		if (limit > 0 && waited >= limit)
			return CTL_NO;
		usleep(POLL_MS * 1000);
	}
}

static int
conclude(struct ctl *c, const char *name, enum report_format format,
    bool ended)
{
	struct report *r = report_new(name);
	char why[200];
	bool ok;

	scenario_report(c->answer.body, r);
	if (!ended) {
		snprintf(why, sizeof(why), "did not end in time: it is %s",
		    scenario_state(c->answer.body));
		report_add(r, name, false, why);
	}
	report_print(r, format, stdout);
	ok = report_ok(r);
	if (format == REPORT_JSON) {
		c->json = true;
		ctl_raw(c);
	} else if (format == REPORT_HUMAN) {
		printf("%s: %s\n", name,
		    ok ? "all expectations held" : "failed");
	}
	report_free(r);
	return ok ? CTL_YES : CTL_NO;
}

static int
run_named(struct ctl *c, const char *name, enum report_format format,
    int64_t limit)
{
	int end;

	if (!scenario_ask(c, name, "/start"))
		return CTL_ERROR;
	end = await(c, name, limit);
	return end == CTL_ERROR ? end
				: conclude(c, name, format, end == CTL_YES);
}

static int
run(struct ctl *c)
{
	const char *word = args_value(&c->args, "format");
	const char *timeout = args_value(&c->args, "timeout");
	enum report_format format = c->json ? REPORT_JSON : REPORT_HUMAN;
	int64_t limit = 0;
	char *name;
	int status;

	if (word && !report_format_of(word, &format))
		return ctl_misused(c, "--format is one of " REPORT_FORMATS);
	if (timeout && !duration_parse(timeout, &limit))
		return ctl_misused(c, "--timeout: wanted a duration, 30s");
	word = ctl_word(c, 0);
	name = is_file(word) ? load(c, word) : xstrdup(word);
	if (!name)
		return CTL_ERROR;
	status = run_named(c, name, format, limit / (NSEC / 1000));
	free(name);
	return status;
}

static const struct flag flags[] = {
	{ "timeout", "DURATION", "Give up after so long", NULL },
	{ "format", "FORMAT", "human, json, junit or github",
	    REPORT_FORMATS },
	FLAG_END,
};

const struct ctl_verb scenario_verbs[] = {
	{ "run", "FILE|NAME", "Load it when it is a file, start it, wait for "
			      "its end", 1, 1, flags, run, "@files @scenarios" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
