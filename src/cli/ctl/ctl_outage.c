/*
 * ctl outage: named outages on and off.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

static const struct column outage_columns[] = {
	{ "OUTAGE", "name", 0 },
	{ "ON", "mark", 0 },
	{ "PARAMETERS", "names", 0 },
	{ "WHAT IT IS", "summary", 0 },
	{ NULL, NULL, 0 },
};

/* Names of the parameters that it does not share with all others, and a mark
 * that eyes find. */
static void
ctl_outage_prepare(json_t *list)
{
	json_t *outage, *names, *value;
	const char *key;
	size_t i;

	json_array_foreach (list, i, outage) {
		bool on = json_is_true(json_object_get(outage, "active"));

		names = json_array();
		json_object_foreach (
		    json_object_get(outage, "params"), key, value)
			if (!json_is_true(json_object_get(value, "common")))
				json_array_append_new(names, json_string(key));
		json_object_set_new(outage, "names", names);
		json_object_set_new(
		    outage, "mark", json_string(on ? "on" : ""));
	}
}

static const struct column outage_run_columns[] = {
	{ "OUTAGE", "outage", 0 },
	{ "ID", "name", 0 },
	{ "STATE", "state", 0 },
	{ "UNTIL", "until", 0 },
	{ "PARAMETERS", "params", 0 },
	{ "MATCH", "match", 0 },
	{ NULL, NULL, 0 },
};

/* Each run by itself, those that are still to come too. */
static void
ctl_outage_prepare_active(json_t *list)
{
	json_t *all = json_array(), *outage, *run;
	size_t i, k;

	json_array_foreach (list, i, outage)
		json_array_foreach (json_object_get(outage, "runs"), k, run) {
			bool on = json_is_true(json_object_get(run, "active"));

			json_object_set_new(run, "state",
			    json_sprintf("%s%s", on ? "on" : "from ",
				on ? "" : jsontree_string(run, "begins")));
			json_object_set(
			    run, "name", json_object_get(run, "id"));
			json_array_append(all, run);
		}
	json_array_clear(list);
	json_array_extend(list, all);
	json_decref(all);
}

static int
ctl_outage_list(struct ctl *c)
{
	if (args_has(&c->args, "active"))
		return ctl_print_list(c, "outages", "outages",
		    outage_run_columns, ctl_outage_prepare_active);
	return ctl_print_list(
	    c, "outages", "outages", outage_columns, ctl_outage_prepare);
}

static const struct column outage_param_columns[] = {
	{ "PARAMETER", "name", 0 },
	{ "TYPE", "type", 0 },
	{ "DEFAULT", "default", 0 },
	{ "ALLOWED", "allowed", 0 },
	{ "WHAT IT IS", "help", 0 },
	{ NULL, NULL, 0 },
};

static void
ctl_outage_print_params(const json_t *outage)
{
	json_t *list = json_array(), *param;
	const char *name;

	json_object_foreach (json_object_get(outage, "params"), name, param) {
		json_object_set_new(param, "name", json_string(name));
		json_array_append(list, param);
	}
	if (json_array_size(list) > 0)
		columns_print(
		    stdout, outage_param_columns, list, COLUMNS_TABLE);
	json_decref(list);
}

static int
ctl_outage_show(struct ctl *c)
{
	char *path = ctl_path("outages", ctl_arg(c, 0), "");
	bool ok = ctl_call(c, "GET", path, NULL);
	const json_t *o = c->answer.body;
	json_t *text;
	size_t i;

	free(path);
	if (!ok || ctl_print_raw(c))
		return ok ? CTL_YES : CTL_ERROR;
	printf("%s: %s\n", jsontree_string(o, "name"),
	    jsontree_string(o, "summary"));
	ctl_outage_print_params(o);
	json_array_foreach (json_object_get(o, "texts"), i, text)
		printf("text: %s\n", json_string_value(text));
	if (*jsontree_string(o, "example"))
		printf(
		    "mockvault ctl outage %s\n", jsontree_string(o, "example"));
	return CTL_YES;
}

/* "k=v" into params; the server knows their types. for, after, clock and id are
 * the outage's own, as in --fault. */
static bool
ctl_outage_add_param(json_t *body, json_t *params, const char *pair)
{
	const char *eq = strchr(pair, '=');
	char key[64];

	if (!eq || eq == pair || eq - pair >= (long)sizeof(key))
		return false;
	snprintf(key, sizeof(key), "%.*s", (int)(eq - pair), pair);
	if (strcmp(key, "for") == 0 || strcmp(key, "after") == 0 ||
	    strcmp(key, "clock") == 0 || strcmp(key, "id") == 0)
		json_object_set_new(body, key, json_string(eq + 1));
	else
		json_object_set_new(params, key, json_string(eq + 1));
	return true;
}

static json_t *
ctl_outage_start_body(struct ctl *c)
{
	json_t *body = ctl_match_body(c), *params = json_object();
	bool ok = body && ctl_put_flag(c, body, "for", "for", value_string) &&
	    ctl_put_flag(c, body, "after", "after", value_string) &&
	    ctl_put_flag(c, body, "id", "id", value_string);

	for (int i = 1; ok && ctl_arg(c, i); i++)
		if (!ctl_outage_add_param(body, params, ctl_arg(c, i))) {
			ctl_usage_error(c, "parameters are written name=value");
			ok = false;
		}
	if (ok && json_object_size(params) > 0)
		json_object_set(body, "params", params);
	json_decref(params);
	if (ok && args_has(&c->args, "virtual"))
		json_object_set_new(body, "clock", json_string("virtual"));
	if (ok)
		return body;
	json_decref(body);
	return NULL;
}

/* Nothing where there is nothing to say. */
static void
ctl_outage_print_value(const char *before, const json_t *value)
{
	char *text = column_value_text(value);

	if (strcmp(text, "-") != 0)
		printf("%s%s", before, text);
	free(text);
}

/* `ctl outage NAME [K=V...]`: turns an outage on and says until when. CTL_NO
 * when it would have no effect. */
static int
ctl_outage_start(struct ctl *c)
{
	json_t *body = ctl_outage_start_body(c);
	char *path;
	bool ok;

	if (!body)
		return CTL_ERROR;
	path = ctl_path("outages", ctl_arg(c, 0), "");
	ok = ctl_call(c, "PUT", path, body);
	free(path);
	if (!ok && c->answer.status == 409)
		return CTL_NO; /* it would have no effect */
	if (!ok || ctl_print_raw(c))
		return ok ? CTL_YES : CTL_ERROR;
	if (json_is_true(json_object_get(c->answer.body, "final"))) {
		printf(
		    "%s is done\n", jsontree_string(c->answer.body, "outage"));
		return CTL_YES;
	}
	if (!json_is_true(json_object_get(c->answer.body, "active"))) {
		printf("%s comes later\n",
		    jsontree_string(c->answer.body, "outage"));
		return CTL_YES;
	}
	printf("%s is on", jsontree_string(c->answer.body, "outage"));
	ctl_outage_print_value(
	    " until ", json_object_get(c->answer.body, "until"));
	ctl_outage_print_value(
	    "; rules: ", json_object_get(c->answer.body, "rules"));
	putchar('\n');
	return CTL_YES;
}

static int
ctl_outage_stop(struct ctl *c)
{
	bool all = strcmp(ctl_arg(c, 0), "all") == 0;
	char *path = ctl_path("outages", ctl_arg(c, 0), "");
	bool ok = ctl_call(c, "DELETE", all ? "outages" : path, NULL);

	free(path);
	if (!ok)
		return CTL_ERROR;
	if (!c->json)
		printf("%s off\n", all ? "every outage is" : ctl_arg(c, 0));
	return CTL_YES;
}

static const struct flag outage_start_flags[] = {
	{ "for", FLAG_STRING, "End it by itself: 30s, 2m",
	    .value = "DURATION" },
	{ "after", FLAG_STRING, "Begin later", .value = "DURATION" },
	{ "virtual", FLAG_BOOL,
	    "Both by the vault's clock, which ctl clock moves" },
	{ "id", FLAG_STRING, "Its own, to turn it off by", .value = "ID" },
	{ "match", FLAG_STRING,
	    "Only requests that fit: a match object, or "
	    "a path like auth/*/login",
	    .value = "JSON|GLOB" },
	{ "node", FLAG_STRING, "Only these nodes, or active, standby",
	    .value = "NAME[,NAME]" },
	FLAG_END,
};

static const struct flag outage_list_flags[] = {
	{ "active", FLAG_BOOL, "What is on or comes later, each with its id" },
	{ "names", FLAG_BOOL, "Names alone, one a line" },
	FLAG_END,
};

const struct ctl_verb ctl_outage_verbs[] = {
	{ "outage", "NAME [name=value...]",
	    "Turn an outage on; exits with 1 when it would have no effect", 1,
	    -1, outage_start_flags, ctl_outage_start, "@outages" },
	{ "outage list", "", "Every outage with its parameters", 0, 0,
	    outage_list_flags, ctl_outage_list, NULL },
	{ "outage show", "NAME", "One outage: parameters, texts, an example", 1,
	    1, NULL, ctl_outage_show, "@outages" },
	{ "outage off", "NAME|ID|all",
	    "Turn an outage off and take back what it changed", 1, 1, NULL,
	    ctl_outage_stop, "@outages all" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
