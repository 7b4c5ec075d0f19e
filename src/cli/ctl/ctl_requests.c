/*
 * ctl requests: what the journal holds.
 */
#include "base/duration.h"
#include "base/json/jsontree.h"
#include "cli/ctl/ctl.h"
#include "cli/value.h"

const struct column ctl_entry_columns[] = {
	{ "SEQ", "seq", 5 },
	{ "TIME", "time", 24 },
	{ "METHOD", "method", 6 },
	{ "PATH", "path", 32 },
	{ "STATUS", "status", 6 },
	{ "MS", "duration_ms", 8 },
	{ "RULE", "rule", 12 },
	{ "ACTION", "action", 8 },
	{ "ERROR", "error", 0 },
	{ NULL, NULL, 0 },
};

/* How long beyond its own time a long poll may take. */
#define WAIT_MARGIN_S 15

static json_t *
ctl_requests_query(struct ctl *c)
{
	json_t *body = ctl_match_body(c);

	if (!body)
		return NULL;
	if (ctl_put_flag(c, body, "status", "status", value_status) &&
	    ctl_put_flag(c, body, "limit", "limit", value_number) &&
	    ctl_put_flag(c, body, "n", "n", value_number) &&
	    ctl_put_flag(c, body, "rule", "rule", value_string) &&
	    ctl_put_flag(c, body, "timeout", "timeout", value_string))
		return body;
	json_decref(body);
	return NULL;
}

static json_t *
ctl_requests_query_since(struct ctl *c)
{
	json_t *body = ctl_requests_query(c);

	if (body && ctl_put_flag(c, body, "since", "since", value_since))
		return body;
	json_decref(body);
	return NULL;
}

static void
ctl_requests_print(struct ctl *c)
{
	json_t *dropped = json_object_get(c->answer.body, "dropped");

	if (ctl_print_raw(c))
		return;
	columns_print(stdout, ctl_entry_columns,
	    json_object_get(c->answer.body, "requests"), COLUMNS_TABLE);
	if (json_integer_value(dropped) > 0)
		printf("%lld older ones are gone\n",
		    (long long)json_integer_value(dropped));
}

static int
ctl_requests_find(struct ctl *c)
{
	json_t *body = ctl_requests_query_since(c);

	if (!body || !ctl_call(c, "POST", "requests/find", body))
		return CTL_ERROR;
	ctl_requests_print(c);
	return CTL_YES;
}

static int
ctl_requests_count(struct ctl *c)
{
	json_t *body = ctl_requests_query_since(c);

	if (!body || !ctl_call(c, "POST", "requests/count", body))
		return CTL_ERROR;
	if (!ctl_print_raw(c))
		printf("%lld\n",
		    (long long)json_integer_value(
			json_object_get(c->answer.body, "count")));
	return CTL_YES;
}

static int
ctl_requests_wait(struct ctl *c)
{
	json_t *body = ctl_requests_query_since(c);
	int64_t timeout_ns = 0;

	if (!body)
		return CTL_ERROR;
	duration_parse(jsontree_string(body, "timeout"), &timeout_ns);
	if (!ctl_call_any_status(c, "POST", "requests/wait", body,
		CLIENT_TIMEOUT_S + WAIT_MARGIN_S +
		    (int)(timeout_ns / NSEC_PER_SEC)))
		return CTL_ERROR;
	if (c->answer.status != 200 && c->answer.status != 408)
		return ctl_print_server_error(c);
	ctl_requests_print(c);
	if (c->answer.status == 200)
		return CTL_YES;
	fflush(stdout);
	fputs("mockvault ctl: they did not all come in time\n", stderr);
	return CTL_NO;
}

static int
ctl_requests_clear(struct ctl *c)
{
	if (!ctl_call(c, "DELETE", "requests", NULL))
		return CTL_ERROR;
	if (!c->json)
		puts("the journal is empty");
	return CTL_YES;
}

#define MATCH_FLAG                                                           \
	{ "match", FLAG_STRING,                                              \
		"A match object, auth/*/login, or \"PUT auth/*/login\"",     \
		.value = "JSON|GLOB" },                                      \
	{                                                                    \
		"node", FLAG_STRING, "Only these nodes, or active, standby", \
		    .value = "NAME[,NAME]"                                   \
	}
#define QUERY_FLAGS                                                      \
	MATCH_FLAG,                                                      \
	    { "status", FLAG_STRING, "Only answers of this status",      \
		    .value = "N[,N]" },                                  \
	    { "rule", FLAG_STRING, "Only those that this rule acted on", \
		    .value = "ID" },                                     \
	{                                                                \
		"since", FLAG_STRING, "Only later ones",                 \
		    .value = "SEQ|INSTANT"                               \
	}

static const struct flag find_flags[] = {
	QUERY_FLAGS,
	{ "limit", FLAG_STRING, "At most so many", .value = "N" },
	FLAG_END,

};

static const struct flag count_flags[] = {
	QUERY_FLAGS,
	FLAG_END,
};

static const struct flag wait_flags[] = {
	QUERY_FLAGS,
	{ "n", FLAG_STRING, "How many, 1 when not given", .value = "N" },
	{ "timeout", FLAG_STRING, "How long at most: 5s", .value = "DURATION" },
	FLAG_END,

};

const struct ctl_verb ctl_request_verbs[] = {
	{ "requests", "", "What the journal holds", 0, 0, find_flags,
	    ctl_requests_find, NULL },
	{ "requests count", "", "How many fit", 0, 0, count_flags,
	    ctl_requests_count, NULL },
	{ "requests wait", "",
	    "Wait until so many have come; 1 when not in "
	    "time",
	    0, 0, wait_flags, ctl_requests_wait, NULL },
	{ "requests clear", "", "Empty the journal", 0, 0, NULL,
	    ctl_requests_clear, NULL },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
