/*
 * ctl outage: named outages on and off.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/json_tree.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

static const struct column columns[] = {
	{ "OUTAGE", "name", 0 },
	{ "ON", "mark", 0 },
	{ "PARAMETERS", "names", 0 },
	{ "WHAT IT IS", "summary", 0 },
	{ NULL, NULL, 0 },
};

/* Names of the parameters, and a mark that eyes find. */
static void
prepare(json_t *list)
{
	json_t *outage, *names, *value;
	const char *key;
	size_t i;

	json_array_foreach (list, i, outage) {
		bool on = json_is_true(json_object_get(outage, "active"));

		names = json_array();
		json_object_foreach (json_object_get(outage, "params"), key,
		    value)
			json_array_append_new(names, json_string(key));
		json_object_set_new(outage, "names", names);
		json_object_set_new(outage, "mark",
		    json_string(on ? "on" : ""));
	}
}

static void
prepare_active(json_t *list)
{
	for (size_t i = json_array_size(list); i-- > 0;)
		if (!json_is_true(json_object_get(json_array_get(list, i),
			"active")))
			json_array_remove(list, i);
	prepare(list);
}

static int
list(struct ctl *c)
{
	return ctl_list(c, "outages", "outages", columns,
	    args_has(&c->args, "active") ? prepare_active : prepare);
}

static const struct column param_columns[] = {
	{ "PARAMETER", "name", 0 },
	{ "TYPE", "type", 0 },
	{ "DEFAULT", "default", 0 },
	{ "ALLOWED", "allowed", 0 },
	{ "WHAT IT IS", "help", 0 },
	{ NULL, NULL, 0 },
};

static void
print_params(const json_t *outage)
{
	json_t *list = json_array(), *param;
	const char *name;

	json_object_foreach (json_object_get(outage, "params"), name, param) {
		json_object_set_new(param, "name", json_string(name));
		json_array_append(list, param);
	}
	if (json_array_size(list) > 0)
		columns_print(stdout, param_columns, list, COLUMNS_TABLE);
	json_decref(list);
}

static int
show(struct ctl *c)
{
	char *path = ctl_path("outages", ctl_word(c, 0), "");
	bool ok = ctl_ask(c, "GET", path, NULL);
	const json_t *o = c->answer.body;
	json_t *text;
	size_t i;

	free(path);
	if (!ok || ctl_raw(c))
		return ok ? CTL_YES : CTL_ERROR;
	printf("%s: %s\n", json_text(o, "name"), json_text(o, "summary"));
	print_params(o);
	json_array_foreach (json_object_get(o, "texts"), i, text)
		printf("text: %s\n", json_string_value(text));
	if (*json_text(o, "example"))
		printf("mockvault ctl outage %s\n", json_text(o, "example"));
	return CTL_YES;
}

/* "k=v" into params; the server knows their types. for and after are the
 * outage's own, as in --fault. */
static bool
add_param(json_t *body, json_t *params, const char *pair)
{
	const char *eq = strchr(pair, '=');
	char key[64];

	if (!eq || eq == pair || eq - pair >= (long)sizeof(key))
		return false;
	snprintf(key, sizeof(key), "%.*s", (int)(eq - pair), pair);
	if (strcmp(key, "for") == 0 || strcmp(key, "after") == 0)
		json_object_set_new(body, key, json_string(eq + 1));
	else
		json_object_set_new(params, key, json_string(eq + 1));
	return true;
}

static json_t *
start_body(struct ctl *c)
{
	json_t *body = ctl_matched(c), *params = json_object();
	bool ok = body && ctl_put(c, body, "for", "for", value_text_item) &&
	    ctl_put(c, body, "after", "after", value_text_item);

	for (int i = 1; ok && ctl_word(c, i); i++)
		if (!add_param(body, params, ctl_word(c, i))) {
			ctl_misused(c, "parameters are written name=value");
			ok = false;
		}
	if (ok && json_object_size(params) > 0)
		json_object_set(body, "params", params);
	json_decref(params);
	if (ok)
		return body;
	json_decref(body);
	return NULL;
}

/* Nothing where there is nothing to say. */
static void
say(const char *before, const json_t *value)
{
	char *text = value_text(value);

	if (strcmp(text, "-") != 0)
		printf("%s%s", before, text);
	free(text);
}

static int
start(struct ctl *c)
{
	json_t *body = start_body(c);
	char *path;
	bool ok;

	if (!body)
		return CTL_ERROR;
	path = ctl_path("outages", ctl_word(c, 0), "");
	ok = ctl_ask(c, "PUT", path, body);
	free(path);
	if (!ok || ctl_raw(c))
		return ok ? CTL_YES : CTL_ERROR;
	if (!json_is_true(json_object_get(c->answer.body, "active"))) {
		printf("%s comes later\n", json_text(c->answer.body, "outage"));
		return CTL_YES;
	}
	printf("%s is on", json_text(c->answer.body, "outage"));
	say(" until ", json_object_get(c->answer.body, "until"));
	say("; rules: ", json_object_get(c->answer.body, "rules"));
	putchar('\n');
	return CTL_YES;
}

static int
stop(struct ctl *c)
{
	bool all = strcmp(ctl_word(c, 0), "all") == 0;
	char *path = ctl_path("outages", ctl_word(c, 0), "");
	bool ok = ctl_ask(c, "DELETE", all ? "outages" : path, NULL);

	free(path);
	if (!ok)
		return CTL_ERROR;
	if (!c->json)
		printf("%s off\n", all ? "every outage is" : ctl_word(c, 0));
	return CTL_YES;
}

static const struct flag start_flags[] = {
	{ "for", "DURATION", "End it by itself: 30s, 2m", NULL },
	{ "after", "DURATION", "Begin later", NULL },
	{ "match", "JSON|GLOB", "Only requests that fit: a match object, or "
				"a path like auth/*/login", NULL },
	FLAG_END,
};

static const struct flag list_flags[] = {
	{ "active", NULL, "Only those that are on", NULL },
	{ "names", NULL, "Names alone, one a line", NULL },
	FLAG_END,
};

const struct ctl_verb ctl_outage_verbs[] = {
	{ "outage", "NAME [name=value...]", "Turn an outage on, or replace it",
	    1, -1, start_flags, start, "@outages" },
	{ "outage list", "", "Every outage with its parameters", 0, 0,
	    list_flags, list, NULL },
	{ "outage show", "NAME", "One outage: parameters, texts, an example",
	    1, 1, NULL, show, "@outages" },
	{ "outage off", "NAME|all", "Turn an outage off and undo its state",
	    1, 1, NULL, stop, "@outages all" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
