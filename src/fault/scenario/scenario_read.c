/*
 * Reads a scenario: its parameters put in, its steps, its expectations; what is
 * wrong is said before anything begins.
 */
#include "fault/scenario/scenario_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/state/clock_control.h"
#include "fault/scenario/scenario_params.h"

const char *const scenario_starts[] = { "boot", "ready", "first-request",
	"manual", NULL };
const char *const scenario_begins[] = { "now", "first-request", NULL };

struct scenario_input {
	int64_t version, seed, duration_ns;
	const char *name, *description;
	int start;
	bool keep_state;
	json_t *begin, *params;
	json_t *nodes, *fixtures, *clock, *timeline, *expect, *with_nodes;
};

#define AT(field) offsetof(struct scenario_input, field)

const struct schema scenario_schema[] = {
	{ "version", FIELD_INT, AT(version), NULL },
	{ "name", FIELD_STRING, AT(name), NULL },
	{ "description", FIELD_STRING, AT(description), NULL },
	{ "seed", FIELD_INT, AT(seed), NULL },
	{ "start", FIELD_ENUM, AT(start), scenario_starts },
	{ "begin", FIELD_ANY, AT(begin), NULL },
	{ "params", FIELD_OBJECT, AT(params), NULL },
	{ "duration", FIELD_DURATION, AT(duration_ns), NULL },
	{ "nodes", FIELD_LIST, AT(nodes), NULL },
	{ "fixtures", FIELD_OBJECT, AT(fixtures), NULL },
	{ "clock", FIELD_OBJECT, AT(clock), NULL },
	{ "keep_state", FIELD_BOOL, AT(keep_state), NULL },
	{ "timeline", FIELD_LIST, AT(timeline), NULL },
	{ "expect", FIELD_LIST, AT(expect), NULL },
	{ "with_nodes", FIELD_OBJECT, AT(with_nodes), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

void
scenario_fill_release(struct scenario *s)
{
	for (int i = 0; i < s->nsteps; i++)
		step_release(&s->steps[i]);
	free(s->steps);
	json_decref(s->tree);
	json_decref(s->filled);
	json_decref(s->params);
	match_free(s->begin_match);
}

/* NULL: it is only looked at. */
static const struct faults *
scenario_faults(const struct scenario *s)
{
	return s->scenarios ? s->scenarios->faults : NULL;
}

/* Where there are several nodes, what stands in with_nodes takes the place of
 * the fields of the same names. */
static bool
scenario_take_nodes_part(struct scenario *s, struct error *c)
{
	static const struct schema schema[] = {
		{ "timeline", FIELD_LIST, 0, NULL },
		{ "expect", FIELD_LIST, sizeof(json_t *), NULL },
		{ "duration", FIELD_DURATION, 2 * sizeof(json_t *), NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};
	struct {
		json_t *timeline, *expect;
		int64_t duration_ns;
	} ignored = { NULL, NULL, 0 };
	json_t *part = json_object_get(s->filled, "with_nodes");
	const struct faults *f = scenario_faults(s);

	if (!part || !json_is_object(part))
		return true;
	if (!schema_read(schema, part, "with_nodes", &ignored, c))
		return false;
	if (f && f->nodes.n > 0)
		json_object_update(s->filled, part);
	else if (f && !json_object_get(s->filled, "timeline"))
		return error_field(c, "", "timeline",
		    "is of several nodes alone; this is one node");
	return true;
}

static bool
scenario_check_nodes(
    const struct scenario *s, const json_t *nodes, struct error *c)
{
	const struct faults *f = scenario_faults(s);
	size_t n = f && f->nodes.n > 0 ? (size_t)f->nodes.n : 1;

	if (json_array_size(nodes) <= n)
		return true;
	return n == 1
	    ? error_field(c, "", "nodes",
		  "this is one node: a scenario of several needs a "
		  "cluster")
	    : error_field(c, "", "nodes", "are %zu, and the server has %zu",
		  json_array_size(nodes), n);
}

static bool
scenario_read_steps(struct scenario *s, const json_t *timeline, struct error *c)
{
	const struct faults *f = scenario_faults(s);
	size_t n = json_array_size(timeline);

	s->steps = xcalloc(n ? n : 1, sizeof(*s->steps));
	for (size_t i = 0; i < n; i++) {
		struct scenario_step *step = &s->steps[s->nsteps];
		char where[60];
		bool ok;

		snprintf(where, sizeof(where), "timeline[%zu]", i);
		ok = step_parse(step, json_array_get(timeline, i), where, f, c);
		s->nsteps++;
		if (!ok)
			return false;
	}
	return true;
}

json_t *
scenario_expectation_claim(const json_t *expect)
{
	json_t *claim = step_strip_comments(expect);

	json_object_del(claim, "name");
	return claim;
}

static bool
scenario_check_expectations(const json_t *expect, struct error *c)
{
	for (size_t i = 0; i < json_array_size(expect); i++) {
		const json_t *one = json_array_get(expect, i);
		struct error own = { 0 };
		json_t *claim;
		char where[60];
		bool ok;

		snprintf(where, sizeof(where), "expect[%zu]", i);
		if (!json_is_object(one))
			return error_field(c, where, "", "must be an object");
		claim = scenario_expectation_claim(one);
		ok = journal_verify_check(claim, &own);
		json_decref(claim);
		if (!ok)
			return error_inside(c, where, &own);
	}
	return true;
}

/* "now", "first-request", or {"match": {...}}: the first that matches. */
static bool
scenario_read_begin(struct scenario *s, const json_t *begin, struct error *c)
{
	static const struct schema schema[] = {
		{ "match", FIELD_OBJECT, 0, NULL },
		{ NULL, FIELD_ANY, 0, NULL },
	};
	const char *word = json_string_value(begin);
	json_t *match = NULL;

	for (int i = 0; word && scenario_begins[i]; i++)
		if (strcmp(word, scenario_begins[i]) == 0) {
			s->begin = i;
			return true;
		}
	if (!begin)
		return true;
	if (!json_is_object(begin))
		return error_allowed(c, "", "begin", scenario_begins,
		    "must be one of the allowed words, or an object with a "
		    "match");
	if (!schema_read(schema, begin, "begin", &match, c))
		return false;
	s->begin = SCENARIO_BEGIN_FIRST_REQUEST;
	s->begin_match = match ? match_parse(match, "begin.match", c) : NULL;
	return s->begin_match ||
	    error_field(c, "begin", "match", "is required");
}

bool
scenario_fill(struct scenario *s, const json_t *set, struct error *c)
{
	struct scenario_input in = { .version = 1,
		.start = SCENARIO_START_READY };

	s->filled = scenario_params_fill(s->tree, set, &s->params, c);
	if (!s->filled || !scenario_take_nodes_part(s, c) ||
	    !schema_read(scenario_schema, s->filled, "", &in, c) ||
	    !scenario_read_begin(s, in.begin, c) ||
	    !scenario_read_steps(s, in.timeline, c) ||
	    !scenario_check_expectations(in.expect, c))
		return false;
	if (in.version != 1)
		return error_field(c, "", "version", "must be 1");
	if (in.clock && !clock_control_check(in.clock, "clock", c))
		return false;
	if (!scenario_check_nodes(s, in.nodes, c))
		return false;
	s->start = in.start;
	s->kept.state_stays = in.keep_state;
	s->seed = in.seed;
	s->has_seed = json_object_get(s->filled, "seed") != NULL;
	s->duration_ns = in.duration_ns;
	s->expect = in.expect;
	s->nodes = in.nodes;
	s->fixtures = in.fixtures;
	s->clock = in.clock;
	return true;
}
