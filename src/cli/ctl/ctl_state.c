/*
 * ctl snapshot, reset, state: the vault as a whole, kept and brought back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ctl/ctl.h"
#include "cli/value.h"

/* ---- snapshots ---- */

static const struct column columns[] = {
	{ "SNAPSHOT", "name", 0 },
	{ "TAKEN", "taken", 0 },
	{ "BYTES", "bytes", 0 },
	{ NULL, NULL, 0 },
};

static int
snapshot(struct ctl *c, const char *method, const char *more,
    const char *said)
{
	char *path = ctl_path("snapshots", ctl_word(c, 0), more);
	bool ok = ctl_ask(c, method, path, NULL);

	free(path);
	if (!ok)
		return CTL_ERROR;
	if (!ctl_raw(c))
		printf("%s %s\n", ctl_word(c, 0), said);
	return CTL_YES;
}

static int
take(struct ctl *c)
{
	return snapshot(c, "PUT", "", "taken");
}

static int
restore(struct ctl *c)
{
	return snapshot(c, "POST", "/restore", "restored");
}

static int
drop(struct ctl *c)
{
	return snapshot(c, "DELETE", "", "removed");
}

static int
list(struct ctl *c)
{
	return ctl_list(c, "snapshots", "snapshots", columns, NULL);
}

/* ---- reset ---- */

static int
reset(struct ctl *c)
{
	json_t *body = json_object();
	char *words;

	for (int i = 0; ctl_word(c, i); i++)
		json_object_set_new(body, ctl_word(c, i), json_true());
	if (!ctl_ask(c, "POST", "reset", body))
		return CTL_ERROR;
	if (ctl_raw(c))
		return CTL_YES;
	words = value_text(json_object_get(c->answer.body, "reset"));
	printf("reset: %s\n", words);
	free(words);
	return CTL_YES;
}

/* ---- export, import, populate ---- */

static int
populate(struct ctl *c)
{
	char why[300];
	json_t *wish = value_json(ctl_word(c, 0), why, sizeof(why));

	if (!wish)
		return ctl_misused(c, why);
	if (!ctl_ask(c, "POST", "populate", wish))
		return CTL_ERROR;
	if (!ctl_raw(c))
		object_print(stdout, c->answer.body);
	return CTL_YES;
}

static int
export_state(struct ctl *c)
{
	const char *path = ctl_word(c, 0);
	FILE *out;
	bool ok;

	if (!ctl_ask(c, "GET", "state", NULL))
		return CTL_ERROR;
	if (!path || strcmp(path, "-") == 0) {
		c->json = true;
		ctl_raw(c);
		return CTL_YES;
	}
	out = fopen(path, "w");
	ok = out && fwrite(c->answer.text, 1, c->answer.n, out) == c->answer.n;
	if (out && fclose(out) != 0)
		ok = false;
	if (!ok) {
		fprintf(stderr, "mockvault ctl: %s: %s\n", path,
		    strerror(errno));
		return CTL_ERROR;
	}
	if (!c->json)
		printf("%zu bytes to %s\n", c->answer.n, path);
	return CTL_YES;
}

static int
import_state(struct ctl *c)
{
	const char *path = ctl_word(c, 0);
	char why[300], *text;
	json_t *state;
	size_t n;

	text = value_file(path + (*path == '@'), &n, why, sizeof(why));
	if (!text)
		return ctl_misused(c, why);
	state = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (!state)
		return ctl_misused(c, "the file is no JSON");
	if (!ctl_ask(c, "PUT", "state", state))
		return CTL_ERROR;
	if (!ctl_raw(c))
		puts("state imported");
	return CTL_YES;
}

const struct ctl_verb ctl_state_verbs[] = {
	{ "snapshot take", "NAME", "Keep the state under a name", 1, 1, NULL,
	    take, NULL },
	{ "snapshot restore", "NAME", "Go back to it", 1, 1, NULL, restore,
	    "@snapshots" },
	{ "snapshot list", "", "What is kept", 0, 0, ctl_list_flags, list,
	    NULL },
	{ "snapshot rm", "NAME", "Forget it", 1, 1, NULL, drop, "@snapshots" },
	{ "reset", "[WHAT...]",
	    "Back to the start: everything, or faults, state, journal, clock, "
	    "scenarios, counters", 0, -1, NULL, reset,
	    "faults state journal clock scenarios counters" },
	{ "populate", "JSON|@FILE|-",
	    "Rules and fixtures at once; again makes no difference", 1, 1,
	    NULL, populate, "@files" },
	{ "state export", "[FILE]", "Write the state as JSON", 0, 1, NULL,
	    export_state, "@files" },
	{ "state import", "FILE|-", "Put a state in place of the present one",
	    1, 1, NULL, import_state, "@files" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
