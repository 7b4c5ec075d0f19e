/*
 * ctl spaces: instances of their own behind the address of one server.
 */
#include <stdlib.h>

#include "base/json/jsontree.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

static const struct column space_columns[] = {
	{ "SPACE", "id", 0 },
	{ "FROM", "from", 0 },
	{ "REQUESTS", "requests", 0 },
	{ "BYTES", "bytes", 0 },
	{ "AGE_MS", "age_ms", 0 },
	{ "EXPIRES", "expires_at", 0 },
	{ "ADDRESS", "address", 0 },
	{ NULL, NULL, 0 },
};

static const struct flag space_new_flags[] = {
	{ "from", FLAG_STRING, "\"start\", \"empty\", or a snapshot",
	    .value = "WHAT" },
	{ "fixtures", FLAG_STRING, "What it holds beside that",
	    .value = "JSON|@FILE" },
	{ "fault", FLAG_LIST, "An outage from its start",
	    .value = "PRESET[,k=v...][@MATCH]" },
	{ "clock", FLAG_STRING, "Its clock, as -clock of the server",
	    .value = "CLOCK" },
	{ "seed", FLAG_STRING, "For its ids and tokens", .value = "NUMBER" },
	{ "expires-in", FLAG_STRING, "It ends by itself, in real time",
	    .value = "DURATION" },
	{ "listen", FLAG_STRING, "A listener of its own", .value = "ADDRESS" },
	FLAG_END,
};

static int
ctl_spaces_list(struct ctl *c)
{
	return ctl_print_list(c, "spaces", "spaces", space_columns, NULL);
}

static void
ctl_spaces_put_faults(const struct ctl *c, json_t *body)
{
	json_t *list = json_array();
	const char *text;

	for (int i = 0; (text = args_nth(&c->args, "fault", i)); i++)
		json_array_append_new(list, json_string(text));
	json_object_set_new(body, "faults", list);
}

static int
ctl_spaces_new(struct ctl *c)
{
	json_t *body = json_object();
	char *path;
	bool ok;

	if (!ctl_put_flag(c, body, "from", "from", value_string) ||
	    !ctl_put_flag(c, body, "fixtures", "fixtures", value_json) ||
	    !ctl_put_flag(c, body, "clock", "clock", value_string) ||
	    !ctl_put_flag(c, body, "seed", "seed", value_number) ||
	    !ctl_put_flag(c, body, "expires_in", "expires-in", value_string) ||
	    !ctl_put_flag(c, body, "listen", "listen", value_string)) {
		json_decref(body);
		return CTL_ERROR;
	}
	ctl_spaces_put_faults(c, body);
	path = ctl_path("spaces", ctl_arg(c, 0), "");
	ok = ctl_call(c, "PUT", path, body);
	free(path);
	if (!ok)
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		columns_print_object(stdout, c->answer.body);
	return CTL_YES;
}

static int
ctl_spaces_drop(struct ctl *c)
{
	for (int i = 0; ctl_arg(c, i); i++) {
		char *path = ctl_path("spaces", ctl_arg(c, i), "");
		bool ok = ctl_call(c, "DELETE", path, NULL);

		free(path);
		if (!ok)
			return CTL_ERROR;
		if (!c->json)
			printf("%s dropped\n", ctl_arg(c, i));
	}
	return CTL_YES;
}

const struct ctl_verb ctl_space_verbs[] = {
	{ "spaces list", "", "The spaces, their sizes and ages", 0, 0,
	    ctl_list_flags, ctl_spaces_list, NULL },
	{ "spaces new", "ID",
	    "Make a space, in the place of one with that name", 1, 1,
	    space_new_flags, ctl_spaces_new, NULL },
	{ "spaces drop", "ID...", "End spaces with all that they hold", 1, -1,
	    NULL, ctl_spaces_drop, "@spaces" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
