/*
 * ctl snapshot, reset, state: the vault as a whole, kept and brought back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ctl/ctl.h"
#include "cli/value.h"

/* ---- snapshots ---- */

static const struct column snapshot_columns[] = {
	{ "SNAPSHOT", "name", 0 },
	{ "TAKEN", "taken", 0 },
	{ "BYTES", "bytes", 0 },
	{ NULL, NULL, 0 },
};

static int
ctl_snapshot_call(
    struct ctl *c, const char *method, const char *more, const char *past_tense)
{
	char *path = ctl_path("snapshots", ctl_arg(c, 0), more);
	bool ok = ctl_call(c, method, path, NULL);

	free(path);
	if (!ok)
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		printf("%s %s\n", ctl_arg(c, 0), past_tense);
	return CTL_YES;
}

static int
ctl_snapshot_take(struct ctl *c)
{
	return ctl_snapshot_call(c, "PUT", "", "taken");
}

static int
ctl_snapshot_restore(struct ctl *c)
{
	return ctl_snapshot_call(c, "POST", "/restore", "restored");
}

static int
ctl_snapshot_remove(struct ctl *c)
{
	return ctl_snapshot_call(c, "DELETE", "", "removed");
}

static int
ctl_snapshot_list(struct ctl *c)
{
	return ctl_print_list(
	    c, "snapshots", "snapshots", snapshot_columns, NULL);
}

/* ---- reset ---- */

static int
ctl_state_reset(struct ctl *c)
{
	json_t *body = json_object();
	char *words;

	for (int i = 0; ctl_arg(c, i); i++)
		json_object_set_new(body, ctl_arg(c, i), json_true());
	if (!ctl_call(c, "POST", "reset", body))
		return CTL_ERROR;
	if (ctl_print_raw(c))
		return CTL_YES;
	words = column_value_text(json_object_get(c->answer.body, "reset"));
	printf("reset: %s\n", words);
	free(words);
	return CTL_YES;
}

/* ---- export, import, populate ---- */

static int
ctl_state_populate(struct ctl *c)
{
	struct error e = { 0 };
	json_t *body = value_json(ctl_arg(c, 0), &e);

	if (!body)
		return ctl_usage_error(c, e.text);
	if (!ctl_call(c, "POST", "populate", body))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		columns_print_object(stdout, c->answer.body);
	return CTL_YES;
}

static int
ctl_state_export(struct ctl *c)
{
	const char *path = ctl_arg(c, 0);
	FILE *out;
	bool ok;

	if (!ctl_call(c, "GET", "state", NULL))
		return CTL_ERROR;
	if (!path || strcmp(path, "-") == 0) {
		c->json = true;
		ctl_print_raw(c);
		return CTL_YES;
	}
	out = fopen(path, "w");
	ok = out &&
	    fwrite(c->answer.text, 1, c->answer.length, out) ==
		c->answer.length;
	if (out && fclose(out) != 0)
		ok = false;
	if (!ok) {
		fprintf(
		    stderr, "mockvault ctl: %s: %s\n", path, strerror(errno));
		return CTL_ERROR;
	}
	if (!c->json)
		printf("%zu bytes to %s\n", c->answer.length, path);
	return CTL_YES;
}

static int
ctl_state_import(struct ctl *c)
{
	const char *path = ctl_arg(c, 0);
	struct error e = { 0 };
	char *text;
	json_t *state;
	size_t n;

	text = value_file(path + (*path == '@'), &n, &e);
	if (!text)
		return ctl_usage_error(c, e.text);
	state = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (!state)
		return ctl_usage_error(c, "the file is no JSON");
	if (!ctl_call(c, "PUT", "state", state))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		puts("state imported");
	return CTL_YES;
}

const struct ctl_verb ctl_state_verbs[] = {
	{ "snapshot take", "NAME", "Keep the state under a name", 1, 1, NULL,
	    ctl_snapshot_take, NULL },
	{ "snapshot restore", "NAME", "Go back to it", 1, 1, NULL,
	    ctl_snapshot_restore, "@snapshots" },
	{ "snapshot list", "", "What is kept", 0, 0, ctl_list_flags,
	    ctl_snapshot_list, NULL },
	{ "snapshot rm", "NAME", "Forget it", 1, 1, NULL, ctl_snapshot_remove,
	    "@snapshots" },
	{ "reset", "[WHAT...]",
	    "Back to the start: everything, or faults, state, journal, clock, "
	    "scenarios, counters",
	    0, -1, NULL, ctl_state_reset,
	    "faults state journal clock scenarios counters" },
	{ "populate", "JSON|@FILE|-",
	    "Rules and fixtures at once; again makes no difference", 1, 1, NULL,
	    ctl_state_populate, "@files" },
	{ "state export", "[FILE]", "Write the state as JSON", 0, 1, NULL,
	    ctl_state_export, "@files" },
	{ "state import", "FILE|-", "Put a state in place of the present one",
	    1, 1, NULL, ctl_state_import, "@files" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
