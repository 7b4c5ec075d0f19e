/*
 * The bodies of the control API as JSON Schema, from the tables that read them.
 */
#include <string.h>

#include "control/control.h"
#include "core/state/clock_control.h"
#include "journal/match/match.h"

static const struct {
	const char *name;
	const struct shape *shape;
} schemas[] = {
	{ "Rule", rule_shape },
	{ "Match", match_shape },
	{ "MatchToken", match_token_shape },
	{ "MatchConnection", match_conn_shape },
	{ "When", when_shape },
	{ "Over", over_shape },
	{ "Outage", outage_shape },
	{ "Clock", timing_shape },
	{ "ClockAdvance", timing_step_shape },
	{ "Find", journal_find_shape },
	{ "Wait", journal_wait_shape },
	{ "Verify", journal_verify_shape },
	{ "Populate", control_populate_shape },
	{ "Node", control_node_shape },
	{ "Tls", control_tls_shape },
	{ "Explain", control_explain_shape },
	{ "Asked", control_asked_shape },
	{ "Scenario", scenario_shape },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Which field of which is another of them. */
static const struct {
	const char *in, *field, *is;
} parts[] = {
	{ "Rule", "match", "Match" },
	{ "Rule", "when", "When" },
	{ "Match", "token", "MatchToken" },
	{ "Match", "conn", "MatchConnection" },
	{ "Match", "not", "Match" },
	{ "When", "over", "Over" },
	{ "Outage", "match", "Match" },
	{ "Find", "match", "Match" },
	{ "Wait", "match", "Match" },
	{ "Verify", "match", "Match" },
	{ "Verify", "order", "Match" },
	{ "Populate", "faults", "Rule" },
	{ "Explain", "request", "Asked" },
	{ "Scenario", "clock", "Clock" },
};

static const struct {
	enum op op;
	const char *pattern, *schema;
} bodies[] = {
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
	{ OP_PUT, "tls", "Tls" },
	{ OP_PUT, "scenarios/{name:seg}", "Scenario" },
	{ OP_WRITE, "reset", "Reset" },
	{ OP_PUT, "state", "State" },
};

static json_t *
ref(const char *name)
{
	return json_pack("{s:o}", "$ref",
	    json_sprintf("#/components/schemas/%s", name));
}

static json_t *
typed(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

static json_t *
words_of(const struct shape *s)
{
	json_t *one = typed("string"), *list;

	if (!s->words)
		return one;
	list = json_array();
	for (int i = 0; s->words[i]; i++)
		json_array_append_new(list, json_string(s->words[i]));
	json_object_set_new(one, "enum", list);
	return one;
}

/* One, or a list of them; takes it over. */
static json_t *
one_or_more(json_t *one)
{
	return json_pack("{s:[O, {s:s, s:o}]}", "oneOf", one, "type", "array",
	    "items", one);
}

static json_t *
span(bool below_zero)
{
	json_t *number = typed("integer");

	json_object_set_new(number, "description", json_string("milliseconds"));
	if (!below_zero)
		json_object_set_new(number, "minimum", json_integer(0));
	return json_pack("{s:[{s:s, s:s}, o]}", "oneOf", "type", "string",
	    "example", below_zero ? "-90s" : "250ms", number);
}

static json_t *
plain(const struct shape *s)
{
	switch (s->type) {
	case SHAPE_TEXT:
		return typed("string");
	case SHAPE_INT:
		return json_pack("{s:s, s:i}", "type", "integer", "minimum",
		    0);
	case SHAPE_REAL:
		return typed("number");
	case SHAPE_FLAG:
		return typed("boolean");
	case SHAPE_SPAN:
		return span(false);
	case SHAPE_OFFSET:
		return span(true);
	case SHAPE_INSTANT:
		return json_pack("{s:s, s:s}", "type", "string", "format",
		    "date-time");
	case SHAPE_WORD:
		return words_of(s);
	case SHAPE_TEXTS:
		return one_or_more(words_of(s));
	case SHAPE_INTS:
		return one_or_more(typed("integer"));
	case SHAPE_OBJECT:
		return typed("object");
	case SHAPE_LIST:
		return json_pack("{s:s, s:{}}", "type", "array", "items");
	case SHAPE_ANY:
		break;
	}
	return json_object();
}

static json_t *
field(const char *in, const struct shape *s)
{
	for (size_t i = 0; i < COUNT(parts); i++) {
		if (strcmp(parts[i].in, in) != 0 ||
		    strcmp(parts[i].field, s->name) != 0)
			continue;
		if (s->type == SHAPE_LIST)
			return json_pack("{s:s, s:o}", "type", "array",
			    "items", ref(parts[i].is));
		return ref(parts[i].is);
	}
	return plain(s);
}

static json_t *
schema(const char *name, const struct shape *shape)
{
	json_t *fields = json_object();

	for (; shape->name; shape++)
		json_object_set_new(fields, shape->name, field(name, shape));
	return json_pack("{s:s, s:o, s:b}", "type", "object", "properties",
	    fields, "additionalProperties", 0);
}

json_t *
control_schemas(void)
{
	json_t *all = json_object();

	for (size_t i = 0; i < COUNT(schemas); i++)
		json_object_set_new(all, schemas[i].name,
		    schema(schemas[i].name, schemas[i].shape));
	json_object_set_new(all, "Reset", control_reset_schema());
	json_object_set_new(all, "State", typed("object"));
	return all;
}

json_t *
control_body_schema(enum op op, const char *pattern)
{
	for (size_t i = 0; i < COUNT(bodies); i++)
		if (bodies[i].op == op &&
		    strcmp(bodies[i].pattern, pattern) == 0)
			return ref(bodies[i].schema);
	return NULL;
}
