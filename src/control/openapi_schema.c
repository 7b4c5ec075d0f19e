/*
 * The bodies of the control API as JSON Schema, from the tables that read them.
 */
#include <string.h>

#include "control/control.h"
#include "core/state/clock_control.h"
#include "journal/match/match.h"

static const struct {
	const char *name;
	const struct schema *fields;
} openapi_schema_table[] = {
	{ "Rule", rule_schema },
	{ "Match", match_schema },
	{ "MatchToken", match_token_schema },
	{ "MatchConnection", match_conn_schema },
	{ "When", when_schema },
	{ "Over", over_schema },
	{ "Outage", outage_schema },
	{ "Clock", clock_control_schema },
	{ "ClockAdvance", clock_control_step_schema },
	{ "Find", journal_find_schema },
	{ "Wait", journal_wait_schema },
	{ "Verify", journal_verify_schema },
	{ "VerifyTimes", verify_times_schema },
	{ "VerifySpacing", verify_spacing_schema },
	{ "VerifyRate", verify_rate_schema },
	{ "VerifyConcurrency", verify_concurrency_schema },
	{ "VerifyNoneAfter", verify_none_after_schema },
	{ "VerifyAfter", verify_after_schema },
	{ "VerifyBefore", verify_before_schema },
	{ "VerifyDistinct", verify_distinct_schema },
	{ "VerifyTokens", verify_tokens_schema },
	{ "Populate", control_populate_schema },
	{ "Node", control_node_schema },
	{ "Partition", control_partition_schema },
	{ "Network", control_network_schema },
	{ "Tls", control_tls_schema },
	{ "Space", control_space_schema },
	{ "Explain", control_explain_schema },
	{ "Asked", control_explain_request_schema },
	{ "Scenario", scenario_schema },
	{ "ScenarioStep", scenario_step_schema },
	{ "ScenarioStart", scenario_start_schema },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const openapi_times_words[] = { "some", "none", NULL };

/* Which field of which is another of them, of another type, or a word. */
static const struct {
	const char *in, *field, *is, *or_type, *const *or_words;
} openapi_field_refs[] = {
	{ "Rule", "match", "Match", NULL, NULL },
	{ "Rule", "when", "When", NULL, NULL },
	{ "Match", "token", "MatchToken", NULL, NULL },
	{ "Match", "conn", "MatchConnection", NULL, NULL },
	{ "Match", "not", "Match", NULL, NULL },
	{ "When", "over", "Over", NULL, NULL },
	{ "Outage", "match", "Match", NULL, NULL },
	{ "Find", "match", "Match", NULL, NULL },
	{ "Wait", "match", "Match", NULL, NULL },
	{ "Verify", "match", "Match", NULL, NULL },
	{ "Verify", "order", "Match", NULL, NULL },
	{ "Verify", "times", "VerifyTimes", "integer", openapi_times_words },
	{ "Verify", "spacing", "VerifySpacing", NULL, NULL },
	{ "Verify", "rate", "VerifyRate", NULL, NULL },
	{ "Verify", "concurrency", "VerifyConcurrency", NULL, NULL },
	{ "Verify", "none_after", "VerifyNoneAfter", NULL, NULL },
	{ "Verify", "after", "VerifyAfter", "string", NULL },
	{ "Verify", "before", "VerifyBefore", "string", NULL },
	{ "Verify", "distinct", "VerifyDistinct", NULL, NULL },
	{ "Verify", "tokens", "VerifyTokens", NULL, NULL },
	{ "Populate", "faults", "Rule", NULL, NULL },
	{ "Explain", "request", "Asked", NULL, NULL },
	{ "Scenario", "clock", "Clock", NULL, NULL },
	{ "Scenario", "timeline", "ScenarioStep", NULL, NULL },
	{ "Scenario", "expect", "Expectation", NULL, NULL },
};

static const struct {
	enum op op;
	const char *pattern, *schema;
} openapi_body_table[] = {
	{ OP_WRITE, "faults", "Rule" },
	{ OP_PUT, "faults/{id:seg}", "Rule" },
	{ OP_PATCH, "faults/{id:seg}", "Rule" },
	{ OP_WRITE, "explain", "Explain" },
	{ OP_PUT, "outages/{name:seg}", "Outage" },
	{ OP_PUT, "clock", "Clock" },
	{ OP_WRITE, "clock/advance", "ClockAdvance" },
	{ OP_WRITE, "requests/count", "Find" },
	{ OP_WRITE, "requests/find", "Find" },
	{ OP_WRITE, "requests/wait", "Wait" },
	{ OP_WRITE, "requests/verify", "Verify" },
	{ OP_WRITE, "populate", "Populate" },
	{ OP_PUT, "nodes/{name:seg}", "Node" },
	{ OP_WRITE, "nodes/partition", "Partition" },
	{ OP_PUT, "nodes/network", "Network" },
	{ OP_PUT, "tls", "Tls" },
	{ OP_PUT, "spaces/{id:seg}", "Space" },
	{ OP_PUT, "scenarios/{name:seg}", "Scenario" },
	{ OP_WRITE, "scenarios/{name:seg}/start", "ScenarioStart" },
	{ OP_WRITE, "reset", "Reset" },
	{ OP_PUT, "state", "State" },
};

static json_t *
control_openapi_ref(const char *name)
{
	return json_pack(
	    "{s:o}", "$ref", json_sprintf("#/components/schemas/%s", name));
}

static json_t *
control_openapi_type(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

/* A string, of these words unless it is NULL. */
static json_t *
control_openapi_enum(const char *const *words)
{
	json_t *string_type = control_openapi_type("string"), *list;

	if (!words)
		return string_type;
	list = json_array();
	for (int i = 0; words[i]; i++)
		json_array_append_new(list, json_string(words[i]));
	json_object_set_new(string_type, "enum", list);
	return string_type;
}

/* One, or a list of them; takes it over. */
static json_t *
control_openapi_one_or_more(json_t *one)
{
	return json_pack(
	    "{s:[O, {s:s, s:o}]}", "oneOf", one, "type", "array", "items", one);
}

static json_t *
control_openapi_duration(bool below_zero)
{
	json_t *number = control_openapi_type("integer");

	json_object_set_new(number, "description", json_string("milliseconds"));
	if (!below_zero)
		json_object_set_new(number, "minimum", json_integer(0));
	return json_pack("{s:[{s:s, s:s}, o]}", "oneOf", "type", "string",
	    "example", below_zero ? "-90s" : "250ms", number);
}

/* The OpenAPI schema of a field without its description; the caller owns it. */
static json_t *
control_openapi_plain_field(const struct schema *s)
{
	switch (s->type) {
	case FIELD_STRING:
		return control_openapi_type("string");
	case FIELD_INT:
		return json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
	case FIELD_REAL:
		return control_openapi_type("number");
	case FIELD_BOOL:
		return control_openapi_type("boolean");
	case FIELD_DURATION:
		return control_openapi_duration(false);
	case FIELD_OFFSET:
		return control_openapi_duration(true);
	case FIELD_TIME:
		return json_pack(
		    "{s:s, s:s}", "type", "string", "format", "date-time");
	case FIELD_ENUM:
		return control_openapi_enum(s->allowed);
	case FIELD_STRINGS:
		return control_openapi_one_or_more(
		    control_openapi_enum(s->allowed));
	case FIELD_INTS:
		return control_openapi_one_or_more(
		    control_openapi_type("integer"));
	case FIELD_OBJECT:
		return control_openapi_type("object");
	case FIELD_LIST:
		return json_pack("{s:s, s:{}}", "type", "array", "items");
	case FIELD_ANY:
		break;
	}
	return json_object();
}

static json_t *
control_openapi_field(const char *in, const struct schema *s)
{
	for (size_t i = 0; i < COUNT(openapi_field_refs); i++) {
		if (strcmp(openapi_field_refs[i].in, in) != 0 ||
		    strcmp(openapi_field_refs[i].field, s->name) != 0)
			continue;
		if (s->type == FIELD_LIST)
			return json_pack("{s:s, s:o}", "type", "array", "items",
			    control_openapi_ref(openapi_field_refs[i].is));
		if (openapi_field_refs[i].or_type)
			return json_pack("{s:[o, o, o*]}", "oneOf",
			    control_openapi_type(openapi_field_refs[i].or_type),
			    control_openapi_ref(openapi_field_refs[i].is),
			    openapi_field_refs[i].or_words
				? control_openapi_enum(
				      openapi_field_refs[i].or_words)
				: NULL);
		return control_openapi_ref(openapi_field_refs[i].is);
	}
	return control_openapi_plain_field(s);
}

static json_t *
control_openapi_object(const char *name, const struct schema *fields_schema)
{
	json_t *fields = json_object();

	for (; fields_schema->name; fields_schema++)
		json_object_set_new(fields, fields_schema->name,
		    control_openapi_field(name, fields_schema));
	return json_pack("{s:s, s:o, s:b}", "type", "object", "properties",
	    fields, "additionalProperties", 0);
}

/* A claim with a name. */
static json_t *
control_openapi_expectation(void)
{
	json_t *made = control_openapi_object("Verify", journal_verify_schema);

	json_object_set_new(json_object_get(made, "properties"), "name",
	    control_openapi_type("string"));
	return made;
}

json_t *
control_openapi_schemas(void)
{
	json_t *all = json_object();

	for (size_t i = 0; i < COUNT(openapi_schema_table); i++)
		json_object_set_new(all, openapi_schema_table[i].name,
		    control_openapi_object(openapi_schema_table[i].name,
			openapi_schema_table[i].fields));
	json_object_set_new(all, "Reset", control_reset_openapi_schema());
	json_object_set_new(all, "State", control_openapi_type("object"));
	json_object_set_new(all, "Expectation", control_openapi_expectation());
	return all;
}

static const struct {
	enum op op;
	const char *pattern;
	const struct schema *fields;
} openapi_query_table[] = {
	{ OP_READ, "events", control_events_schema },
	{ OP_READ, "inventory", control_inventory_schema },
	{ OP_READ, "requests", journal_find_schema },
};

const struct schema *
control_openapi_query_schema(enum op op, const char *pattern)
{
	for (size_t i = 0; i < COUNT(openapi_query_table); i++)
		if (openapi_query_table[i].op == op &&
		    strcmp(openapi_query_table[i].pattern, pattern) == 0)
			return openapi_query_table[i].fields;
	return NULL;
}

json_t *
control_openapi_query_field(const struct schema *field)
{
	return control_openapi_plain_field(field);
}

json_t *
control_openapi_body_schema(enum op op, const char *pattern)
{
	for (size_t i = 0; i < COUNT(openapi_body_table); i++)
		if (openapi_body_table[i].op == op &&
		    strcmp(openapi_body_table[i].pattern, pattern) == 0)
			return control_openapi_ref(
			    openapi_body_table[i].schema);
	return NULL;
}
