/*
 * ctl fault: rules, and what a request would meet.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontree.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

static const struct column fault_columns[] = {
	{ "ID", "id", 0 },
	{ "PRIO", "priority", 0 },
	{ "ON", "enabled", 0 },
	{ "MATCHED", "matched", 0 },
	{ "ACTED", "acted", 0 },
	{ "LEFT", "remaining", 0 },
	{ "MATCH", "match", 0 },
	{ "THEN", "then", 0 },
	{ NULL, NULL, 0 },
};

static const struct column explain_columns[] = {
	{ "RULE", "id", 0 },
	{ "MATCHED", "matched", 0 },
	{ "WHY", "why", 0 },
	{ NULL, NULL, 0 },
};

static int
ctl_fault_list(struct ctl *c)
{
	return ctl_print_list(c, "faults", "faults", fault_columns, NULL);
}

static int
ctl_fault_add_one(struct ctl *c, json_t *rule)
{
	if (!ctl_call(c, "POST", "faults", json_incref(rule)))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		printf("%s added\n", jsontree_string(c->answer.body, "id"));
	return CTL_YES;
}

/* One rule, or a list of them. */
static int
ctl_fault_add(struct ctl *c)
{
	struct error e = { 0 };
	json_t *given = value_json(ctl_arg(c, 0), &e), *one;
	int status = CTL_YES;
	size_t i;

	if (!given)
		return ctl_usage_error(c, e.text);
	if (!json_is_array(given))
		status = ctl_fault_add_one(c, given);
	json_array_foreach (given, i, one)
		if (status == CTL_YES)
			status = ctl_fault_add_one(c, one);
	json_decref(given);
	return status;
}

static int
ctl_fault_remove(struct ctl *c)
{
	bool all = strcmp(ctl_arg(c, 0), "all") == 0;
	char *path = ctl_path("faults", ctl_arg(c, 0), "");
	bool ok = ctl_call(c, "DELETE", all ? "faults" : path, NULL);

	free(path);
	if (!ok)
		return CTL_ERROR;
	if (!c->json)
		printf("%s removed\n", all ? "every rule" : ctl_arg(c, 0));
	return CTL_YES;
}

static int
ctl_fault_release(struct ctl *c)
{
	char *path = ctl_path("faults", ctl_arg(c, 0), "/release");
	bool ok = ctl_call(c, "POST", path, NULL);

	free(path);
	if (!ok)
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		printf("%lld released\n",
		    (long long)json_integer_value(
			json_object_get(c->answer.body, "released")));
	return CTL_YES;
}

static bool
ctl_fault_add_headers(struct ctl *c, json_t *request)
{
	json_t *headers = json_object();
	const char *pair;
	char name[100];

	json_object_set_new(request, "headers", headers);
	for (int i = 0; (pair = args_nth(&c->args, "header", i)); i++) {
		size_t n = strcspn(pair, "=");

		if (n == 0 || n >= sizeof(name) || !pair[n]) {
			ctl_usage_error(c, "--header: wanted NAME=VALUE");
			return false;
		}
		snprintf(name, sizeof(name), "%.*s", (int)n, pair);
		json_object_set_new(headers, name, json_string(pair + n + 1));
	}
	if (json_object_size(headers) == 0)
		json_object_del(request, "headers");
	return true;
}

/* The request that words and flags describe, or an entry of the journal. NULL:
 * said already. */
static json_t *
ctl_fault_explain_body(struct ctl *c)
{
	json_t *body = json_object(), *request = NULL;
	bool by_seq = args_has(&c->args, "seq");

	if (by_seq == (c->args.npositionals == 2)) {
		json_decref(body);
		ctl_usage_error(c, "wanted METHOD and PATH, or --seq");
		return NULL;
	}
	if (!by_seq)
		request = json_pack("{s:s, s:s}", "method", ctl_arg(c, 0),
		    "path", ctl_arg(c, 1));
	if (request)
		json_object_set_new(body, "request", request);
	if (request ? ctl_fault_add_headers(c, request) &&
		    ctl_put_flag(c, request, "token", "token", value_string) &&
		    ctl_put_flag(c, request, "body", "body", value_json)
		    : ctl_put_flag(c, body, "seq", "seq", value_number))
		return body;
	json_decref(body);
	return NULL;
}

static int
ctl_fault_explain(struct ctl *c)
{
	json_t *body = ctl_fault_explain_body(c);

	if (!body || !ctl_call(c, "POST", "explain", body))
		return CTL_ERROR;
	if (ctl_print_raw(c))
		return CTL_YES;
	printf("would get: %s\n", jsontree_string(c->answer.body, "would"));
	columns_print(stdout, explain_columns,
	    json_object_get(c->answer.body, "rules"), COLUMNS_TABLE);
	return CTL_YES;
}

static const struct flag explain_flags[] = {
	{ "token", FLAG_STRING, "The request's token", .value = "TOKEN" },
	{ "header", FLAG_STRING, "A header of it; may be given again",
	    .value = "NAME=VALUE" },
	{ "body", FLAG_STRING, "Its body", .value = "JSON" },
	{ "seq", FLAG_STRING, "An entry of the journal instead", .value = "N" },
	FLAG_END,

};

const struct ctl_verb ctl_fault_verbs[] = {
	{ "fault add", "JSON|@FILE|-", "Add a rule, or a list of them", 1, 1,
	    NULL, ctl_fault_add, "@files" },
	{ "fault list", "", "Rules in the order they are tried", 0, 0,
	    ctl_list_flags, ctl_fault_list, NULL },
	{ "fault rm", "ID|all", "Remove a rule", 1, 1, NULL, ctl_fault_remove,
	    "@faults all" },
	{ "fault release", "ID",
	    "Let the requests that its hold keeps waiting go on", 1, 1, NULL,
	    ctl_fault_release, "@faults" },
	{ "fault explain", "[METHOD PATH]",
	    "Which rules a request would meet, and why not the others", 0, 2,
	    explain_flags, ctl_fault_explain, "GET PUT POST DELETE LIST" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
