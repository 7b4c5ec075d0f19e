/*
 * ctl verify: claims about what came, as flags or as JSON, and the handler
 * result in the form that the caller's surroundings read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/mem.h"
#include "cli/ctl/ctl.h"
#include "cli/report.h"
#include "cli/value.h"

static json_t *
ctl_verify_event(const char *text, struct error *e)
{
	if (*text == '{')
		return value_json(text, e);
	return json_pack("{s:s}", "event", text);
}

/* "some", a number, or the pairs. */
static json_t *
ctl_verify_times(const char *text, struct error *e)
{
	if (*text && !text[strspn(text, "0123456789")])
		return value_number(text, e);
	if (strcmp(text, "some") == 0 || strcmp(text, "none") == 0)
		return json_string(text);
	return value_pairs(text, e);
}

/* A status, several, or a word. */
static json_t *
ctl_verify_end(const char *text, struct error *e)
{
	if (*text >= '0' && *text <= '9')
		return value_status(text, e);
	return json_string(text);
}

static json_t *
ctl_verify_matches(const char *text, struct error *e)
{
	return value_list(text, value_match, e);
}

static json_t *
ctl_verify_strings(const char *text, struct error *e)
{
	return value_list(text, value_string, e);
}

static const struct {
	const char *flag;
	const char *key;
	json_t *(*make)(const char *text, struct error *e);
} verify_claims[] = {
	{ "status", "status", value_status },
	{ "rule", "rule", value_string },
	{ "since", "since", value_since },
	{ "after", "after", ctl_verify_event },
	{ "before", "before", ctl_verify_event },
	{ "within", "within", value_string },
	{ "times", "times", ctl_verify_times },
	{ "spacing", "spacing", value_pairs },
	{ "rate", "rate", value_pairs },
	{ "concurrency", "concurrency", value_pairs },
	{ "none-after", "none_after", ctl_verify_event },
	{ "every", "every", value_string },
	{ "ends-with", "ends_with", ctl_verify_end },
	{ "distinct", "distinct", value_pairs },
	{ "order", "order", ctl_verify_matches },
	{ "tokens", "tokens", value_pairs },
	{ "clock", "clock", value_string },
	{ "secrets-in", "secrets_in", ctl_verify_strings },
};

#define NCLAIMS (sizeof(verify_claims) / sizeof(verify_claims[0]))

/* The flags as they were given make the name of the check. */
static void
ctl_verify_name_claim(const struct ctl *c, json_t *body)
{
	const char *match = args_value(&c->args, "match");
	struct buf name;

	buf_init(&name, 0);
	buf_str(&name, match ? match : "");
	for (size_t i = 0; i < NCLAIMS; i++) {
		const char *value = args_value(&c->args, verify_claims[i].flag);

		if (value)
			buf_printf(&name, "%s%s %s", name.n > 0 ? " " : "",
			    verify_claims[i].flag, value);
	}
	json_object_set_new(body, "name", json_string(name.p));
	buf_release(&name);
}

static json_t *
ctl_verify_claim_from_flags(struct ctl *c)
{
	json_t *body = ctl_match_body(c);
	bool ok = body != NULL;

	for (size_t i = 0; ok && i < NCLAIMS; i++)
		ok = ctl_put_flag(c, body, verify_claims[i].key,
		    verify_claims[i].flag, verify_claims[i].make);
	if (ok && json_object_size(body) == 0) {
		ctl_usage_error(c, "nothing is claimed");
		ok = false;
	}
	if (!ok) {
		json_decref(body);
		return NULL;
	}
	if (args_has(&c->args, "strict"))
		json_object_set_new(body, "strict", json_true());
	ctl_verify_name_claim(c, body);
	return json_pack("[o]", body);
}

/* A list of claims, said already when NULL. */
static json_t *
ctl_verify_read_claims(struct ctl *c)
{
	struct error e = { 0 };
	json_t *given;

	if (!ctl_arg(c, 0))
		return ctl_verify_claim_from_flags(c);
	given = value_json(ctl_arg(c, 0), &e);
	if (!given)
		ctl_usage_error(c, e.text);
	return !given || json_is_array(given) ? given : json_pack("[o]", given);
}

/* "name" is ours, the server knows none. */
static char *
ctl_verify_claim_name(json_t *claim, int number)
{
	const char *given = jsontree_string(claim, "name");
	char *name = *given ? xstrdup(given) : xasprintf("verify %d", number);

	if (json_is_object(claim))
		json_object_del(claim, "name");
	return name;
}

/* Of each claim that does not hold. */
static void
ctl_verify_print_details(const json_t *answer)
{
	json_t *nearest = json_object_get(answer, "nearest");

	if (json_array_size(nearest) > 0) {
		puts("nearest:");
		columns_print(
		    stdout, ctl_entry_columns, nearest, COLUMNS_TABLE);
	}
	if (*jsontree_string(answer, "curl"))
		printf("to see them: %s\n", jsontree_string(answer, "curl"));
}

static bool
ctl_verify_check(struct ctl *c, struct report *r, const json_t *claim,
    int number, json_t *answers)
{
	json_t *body = json_copy((json_t *)(uintptr_t)claim);
	char *name = ctl_verify_claim_name(body, number);
	bool ok = ctl_call_any_status(
	    c, "POST", "requests/verify", body, CLIENT_TIMEOUT_S);

	if (ok && c->answer.status != 200 && c->answer.status != 422) {
		ctl_print_server_error(c);
		ok = false;
	}
	if (ok) {
		report_add(r, name, c->answer.status == 200,
		    jsontree_string(c->answer.body, "reason"));
		json_array_append(answers, c->answer.body);
	}
	free(name);
	return ok;
}

static void
ctl_verify_print(
    const struct report *r, enum report_format format, const json_t *answers)
{
	struct buf text;

	report_print(r, format, stdout);
	for (size_t i = 0;
	     format == REPORT_HUMAN && i < json_array_size(answers); i++)
		ctl_verify_print_details(json_array_get(answers, i));
	if (format != REPORT_JSON)
		return;
	buf_init(&text, 0);
	jsontext_put_ordered(&text,
	    json_array_size(answers) == 1 ? json_array_get(answers, 0)
					  : answers);
	puts(text.p);
	buf_release(&text);
}

static int
ctl_verify(struct ctl *c)
{
	const char *word = args_value(&c->args, "format");
	enum report_format format = c->json ? REPORT_JSON : REPORT_HUMAN;
	struct report *r;
	json_t *list, *answers, *claim;
	bool ok = true;
	int status;
	size_t i;

	if (word && !report_format_parse(word, &format))
		return ctl_usage_error(c, "--format is one of " REPORT_FORMATS);
	list = ctl_verify_read_claims(c);
	if (!list)
		return CTL_ERROR;
	answers = json_array();
	r = report_new("mockvault verify");
	json_array_foreach (list, i, claim)
		if (ok)
			ok = ctl_verify_check(c, r, claim, (int)i + 1, answers);
	if (ok)
		ctl_verify_print(r, format, answers);
	status = !ok ? CTL_ERROR : report_ok(r) ? CTL_YES : CTL_NO;
	report_free(r);
	json_decref(answers);
	json_decref(list);
	return status;
}

static const struct flag verify_flags[] = {
	{ "match", FLAG_STRING, "Which requests are meant",
	    .value = "JSON|GLOB" },
	{ "status", FLAG_STRING, "Only answers of this status",
	    .value = "N[,N]" },
	{ "rule", FLAG_STRING, "Only those that this rule acted on",
	    .value = "ID" },
	{ "since", FLAG_STRING, "Only later ones", .value = "SEQ|INSTANT" },
	{ "after", FLAG_STRING, "Only what began after an event: unsealed",
	    .value = "EVENT" },
	{ "before", FLAG_STRING, "Only what began before an event",
	    .value = "EVENT" },
	{ "within", FLAG_STRING, "Only so long after it, or before it",
	    .value = "DURATION" },
	{ "times", FLAG_STRING, "How many: 3, some, none",
	    .value = "N|exact=N,min=N,max=N" },
	{ "spacing", FLAG_STRING, "Back-off between them",
	    .value = "min=200ms,growing=1.5,jitter" },
	{ "rate", FLAG_STRING, "At most so many a time",
	    .value = "max=N,per=1s" },
	{ "concurrency", FLAG_STRING, "At most so many at once",
	    .value = "max=N" },
	{ "none-after", FLAG_STRING, "None after an event: sealed",
	    .value = "EVENT" },
	{ "every", FLAG_STRING, "No longer time without one",
	    .value = "DURATION" },
	{ "ends-with", FLAG_STRING, "What became of the last: success, failure",
	    .value = "WORD|STATUS" },
	{ "distinct", FLAG_STRING, "How many clients, tokens or peers",
	    .value = "by=clients,exact=N,min=N,max=N" },
	{ "clock", FLAG_STRING, "Times are real, or virtual: the vault's",
	    .value = "CLOCK", .words = "real virtual" },
	{ "order", FLAG_STRING, "Matches that came in this order",
	    .value = "A,B" },
	{ "strict", FLAG_BOOL, "Nothing else between those of --order" },
	{ "tokens", FLAG_STRING, "What is left behind",
	    .value = "leaked=0,unrevoked=0" },
	{ "secrets-in", FLAG_STRING, "No known secret is there",
	    .value = "path,query,header" },
	{ "format", FLAG_STRING, "human, json, junit or github",
	    .value = "FORMAT", .words = REPORT_FORMATS },
	FLAG_END,

};

const struct ctl_verb ctl_verify_verbs[] = {
	{ "verify", "[JSON|@FILE|-]",
	    "Check a claim about what came, or each of a list", 0, 1,
	    verify_flags, ctl_verify, "@files" },
	{ NULL, NULL, NULL, 0, 0, NULL, NULL, NULL },
};
