/*
 * Scenarios: loaded, started, carried forward by time and events, and judged.
 */
#include "fault/scenario/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/glob.h"
#include "core/state/clock_control.h"
#include "fault/scenario/scenario_step.h"

enum scenario_start_mode {
	SCENARIO_START_BOOT,
	SCENARIO_START_READY,
	SCENARIO_START_FIRST_REQUEST,
	SCENARIO_START_MANUAL,
};

enum scenario_phase {
	SCENARIO_LOADED,
	SCENARIO_WAITING, /* for the first request */
	SCENARIO_RUNNING,
	SCENARIO_ENDING, /* judged and undone: no event moves it any more */
	SCENARIO_DONE,
	SCENARIO_FAILED,
};

static const char *const scenario_starts[] = { "boot", "ready", "first-request",
	"manual", NULL };
static const char *const scenario_states[] = { "loaded", "waiting", "running",
	"ending", "done", "failed" };

struct scenario {
	struct scenario *next;
	struct scenarios *scenarios;
	char *name;
	json_t *tree;
	int start;
	int64_t seed;
	bool has_seed;
	int64_t duration_ns; /* ns, 0: until its last timed step is done */
	struct scenario_step *steps;
	int nsteps;
	json_t *expect;
	json_t *nodes, *fixtures, *clock;

	enum scenario_phase state;
	int64_t began_real_ns, began_journal_seq;
	json_t *started;       /* outages and rules it turned on */
	json_t *results;       /* [{"name","ok","reason"}] once it has ended */
	char step_error[1300]; /* a step that could not be done */
	struct alarm end_alarm;
};

struct scenarios {
	struct faults *faults;
	struct scenario_host host;
	struct scenario *list;
	struct journal_listener listener;
};

/* ---- reading ---- */

struct scenario_input {
	int64_t version, seed, duration_ns;
	const char *name, *description;
	int start;
	json_t *nodes, *fixtures, *clock, *timeline, *expect;
};

#define AT(field) offsetof(struct scenario_input, field)

const struct schema scenario_schema[] = {
	{ "version", FIELD_INT, AT(version), NULL },
	{ "name", FIELD_STRING, AT(name), NULL },
	{ "description", FIELD_STRING, AT(description), NULL },
	{ "seed", FIELD_INT, AT(seed), NULL },
	{ "start", FIELD_ENUM, AT(start), scenario_starts },
	{ "duration", FIELD_DURATION, AT(duration_ns), NULL },
	{ "nodes", FIELD_LIST, AT(nodes), NULL },
	{ "fixtures", FIELD_OBJECT, AT(fixtures), NULL },
	{ "clock", FIELD_OBJECT, AT(clock), NULL },
	{ "timeline", FIELD_LIST, AT(timeline), NULL },
	{ "expect", FIELD_LIST, AT(expect), NULL },
	{ NULL, FIELD_ANY, 0, NULL },
};

static void
scenario_free(struct scenario *s)
{
	for (int i = 0; i < s->nsteps; i++)
		step_release(&s->steps[i]);
	free(s->steps);
	json_decref(s->tree);
	json_decref(s->started);
	json_decref(s->results);
	free(s->name);
	free(s);
}

/* change is a state, "step" or "removed". */
static void
scenario_tell(const struct scenario *s, const char *change,
    const struct scenario_step *step)
{
	json_t *details = json_pack("{s:s, s:s, s:i, s:s*, s:O*}", "scenario",
	    s->name, "change", change, "steps", s->nsteps, "trouble",
	    *s->step_error ? s->step_error : NULL, "expect", s->results);

	if (step) {
		json_object_set_new(
		    details, "step", json_integer(step - s->steps + 1));
		json_object_set(details, "does", step->actions);
	}
	faults_tell_observer(s->scenarios->faults, "scenario", details);
}

static void scenario_on_step_alarm(void *arg, int64_t now_ns);
static void scenario_on_end_alarm(void *arg, int64_t now_ns);

static bool
scenario_read_steps(struct scenario *s, const json_t *timeline, struct error *c)
{
	size_t n = json_array_size(timeline);

	s->steps = xcalloc(n ? n : 1, sizeof(*s->steps));
	for (size_t i = 0; i < n; i++) {
		struct scenario_step *step = &s->steps[s->nsteps];
		char where[60];
		bool ok;

		snprintf(where, sizeof(where), "timeline[%zu]", i);
		ok = step_parse(step, json_array_get(timeline, i), where, c);
		s->nsteps++;
		step->scenario = s;
		alarm_init(&step->alarm, scenario_on_step_alarm, step);
		if (!ok)
			return false;
	}
	return true;
}

/* An expectation as verify takes it. */
static json_t *
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

static bool
scenario_fill(struct scenario *s, struct error *c)
{
	struct scenario_input in = { .version = 1,
		.start = SCENARIO_START_READY };

	if (!schema_read(scenario_schema, s->tree, "", &in, c) ||
	    !scenario_read_steps(s, in.timeline, c) ||
	    !scenario_check_expectations(in.expect, c))
		return false;
	if (in.version != 1)
		return error_field(c, "", "version", "must be 1");
	if (in.clock && !clock_control_check(in.clock, "clock", c))
		return false;
	if (json_array_size(in.nodes) > 1)
		return error_field(c, "", "nodes",
		    "this is one node: a scenario of several needs a "
		    "cluster");
	s->start = in.start;
	s->seed = in.seed;
	s->has_seed = json_object_get(s->tree, "seed") != NULL;
	s->duration_ns = in.duration_ns;
	s->expect = in.expect;
	s->nodes = in.nodes;
	s->fixtures = in.fixtures;
	s->clock = in.clock;
	return true;
}

static struct scenario *
scenario_find(struct scenarios *all, const char *name)
{
	struct scenario *s = all->list;

	while (s && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

static void scenario_end(struct scenario *s);

static void
scenario_remove(struct scenario *s)
{
	struct scenario **at = &s->scenarios->list;

	if (s->state == SCENARIO_RUNNING)
		scenario_end(s);
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	scenario_tell(s, "removed", NULL);
	scenario_free(s);
}

bool
scenario_load(struct scenarios *all, const char *name, const json_t *tree,
    struct error *c)
{
	struct scenario *s = xcalloc(1, sizeof(*s)),
			*old = scenario_find(all, name);

	s->scenarios = all;
	s->name = xstrdup(name);
	s->tree = json_deep_copy(tree);
	alarm_init(&s->end_alarm, scenario_on_end_alarm, s);
	if (!scenario_fill(s, c)) {
		scenario_free(s);
		return false;
	}
	if (old)
		scenario_remove(old);
	s->next = all->list;
	all->list = s;
	scenario_tell(s, scenario_states[s->state], NULL);
	return true;
}

static const struct shipped_scenario *
scenario_find_shipped(const char *name)
{
	for (int i = 0; shipped_scenarios[i].name; i++)
		if (strcmp(shipped_scenarios[i].name, name) == 0)
			return &shipped_scenarios[i];
	return NULL;
}

static struct scenario *
scenario_find_or_load(struct scenarios *all, const char *name, struct error *c)
{
	const struct shipped_scenario *ship = scenario_find_shipped(name);
	json_t *tree;

	if (scenario_find(all, name) || !ship)
		return scenario_find(all, name);
	tree = json_loads(ship->json, 0, NULL);
	scenario_load(all, name, tree, c);
	json_decref(tree);
	return scenario_find(all, name);
}

/* ---- its end ---- */

static void
scenario_undo(struct scenario *s)
{
	struct faults *f = s->scenarios->faults;
	size_t i;
	json_t *one;
	bool known;

	json_array_foreach (s->started, i, one) {
		if (json_is_string(one))
			outage_stop_owned(
			    f, json_string_value(one), s->name, &known);
		else
			faults_remove(
			    f, json_string_value(json_object_get(one, "rule")));
	}
}

/* One expectation, put to what came since the start. */
static json_t *
scenario_verify_expectation(struct scenario *s, const json_t *expect)
{
	struct faults *f = s->scenarios->faults;
	const char *name = json_string_value(json_object_get(expect, "name"));
	json_t *body = scenario_expectation_claim(expect), *answer;
	struct error c = { 0 };
	int status = 400;
	json_t *one;

	if (!json_object_get(body, "since"))
		json_object_set_new(
		    body, "since", json_integer(s->began_journal_seq));
	answer = f->journal ? journal_verify(f->journal, body,
				  s->scenarios->host.vault_probe, &status, &c)
			    : NULL;
	if (!f->journal)
		error_field(&c, "", "", "there is no journal to ask");
	one = json_pack("{s:s, s:b, s:s*}", "name",
	    name ? name : "an expectation", "ok", status == 200, "reason",
	    answer ? json_string_value(json_object_get(answer, "reason"))
		   : c.text);
	json_decref(answer);
	json_decref(body);
	error_release(&c);
	return one;
}

static void
scenario_end(struct scenario *s)
{
	struct faults *f = s->scenarios->faults;
	bool ok = !*s->step_error;
	char event[140];
	size_t i;
	json_t *one;

	s->state = SCENARIO_ENDING;
	alarm_cancel(f->real, &s->end_alarm);
	for (int k = 0; k < s->nsteps; k++)
		alarm_cancel(
		    s->steps[k].virtual_clock ? f->vault->clock : f->real,
		    &s->steps[k].alarm);
	json_decref(s->results);
	s->results = json_array();
	json_array_foreach (s->expect, i, one) {
		json_t *result = scenario_verify_expectation(s, one);

		ok = ok && json_is_true(json_object_get(result, "ok"));
		json_array_append_new(s->results, result);
	}
	scenario_undo(s);
	s->state = ok ? SCENARIO_DONE : SCENARIO_FAILED;
	scenario_tell(s, scenario_states[s->state], NULL);
	snprintf(event, sizeof(event), "scenario:%s:%s", s->name,
	    scenario_states[s->state]);
	faults_event(f, event);
}

static void
scenario_on_end_alarm(void *arg, int64_t now_ns)
{
	(void)now_ns;
	scenario_end(arg);
}

/* When the last thing that it turned on ends by itself: INT64_MAX: never. */
static int64_t
scenario_effects_end_ns(const struct scenario *s)
{
	struct faults *f = s->scenarios->faults;
	int64_t last = 0;
	json_t *one;
	size_t i;

	json_array_foreach (s->started, i, one) {
		const char *rule = json_string_value(
		    json_object_get(one, "rule"));
		int64_t until = 0;

		if (json_is_string(one))
			until = outage_end_time_ns(f, json_string_value(one));
		else if (rule && faults_find(f, rule))
			until = INT64_MAX;
		last = until > last ? until : last;
	}
	return last;
}

/* Without a duration it ends with its last step and the outages that have an
 * end of their own. What has none stays, and so does the scenario, as it does
 * while steps wait for events: then somebody stops it. */
static void
scenario_end_if_done(struct scenario *s)
{
	int64_t until_ns;

	if (s->duration_ns || s->state != SCENARIO_RUNNING)
		return;
	for (int i = 0; i < s->nsteps; i++)
		if (!s->steps[i].done)
			return;
	until_ns = scenario_effects_end_ns(s);
	if (until_ns == 0)
		scenario_end(s);
	else if (until_ns < INT64_MAX)
		alarm_set(s->scenarios->faults->real, &s->end_alarm, until_ns);
}

/* ---- its course ---- */

static void
scenario_run_step(struct scenario *s, struct scenario_step *step)
{
	struct error c = { 0 };

	step->scheduled = true;
	scenario_tell(s, "step", step);
	if (!step_do(s->scenarios->faults, &s->scenarios->host, step, s->name,
		s->started, &c)) {
		snprintf(s->step_error, sizeof(s->step_error),
		    "step %d: %s%s%s", (int)(step - s->steps) + 1, c.field,
		    *c.field ? ": " : "", c.text);
		log_msg(s->scenarios->faults->vault->log, LOG_WARN, "scenario",
		    "%s: %s", s->name, s->step_error);
	}
	step->done = true;
	error_release(&c);
}

static void
scenario_on_step_alarm(void *arg, int64_t now_ns)
{
	struct scenario_step *step = arg;
	struct scenario *s = step->scenario;

	(void)now_ns;
	scenario_run_step(s, step);
	scenario_end_if_done(s);
}

static void
scenario_schedule_step(
    struct scenario *s, struct scenario_step *step, int64_t wait_ns)
{
	struct faults *f = s->scenarios->faults;
	struct clock *clock = step->virtual_clock ? f->vault->clock : f->real;

	step->scheduled = true;
	if (wait_ns == 0 && step->at_ns < 0) {
		scenario_run_step(s, step);
		return;
	}
	alarm_set(
	    clock, &step->alarm, time_after_ns(clock_now(clock), wait_ns));
}

static bool
scenario_prepare(struct scenario *s, struct error *c)
{
	struct faults *f = s->scenarios->faults;

	if (s->clock && !clock_control_put(f->vault, s->clock, "clock", c))
		return false;
	if (!s->fixtures)
		return true;
	if (!s->scenarios->host.fixtures)
		return error_field(c, "", "fixtures", "cannot be loaded here");
	return s->scenarios->host.fixtures(
	    s->scenarios->host.arg, s->fixtures, c);
}

static void
scenario_run(struct scenario *s)
{
	struct faults *f = s->scenarios->faults;
	char event[140];

	s->state = SCENARIO_RUNNING;
	s->began_real_ns = clock_now(f->real);
	s->began_journal_seq = f->journal ? journal_last(f->journal) : 0;
	scenario_tell(s, scenario_states[s->state], NULL);
	if (s->has_seed) {
		f->seed = (uint64_t)s->seed;
		faults_reset_counters(f);
	}
	snprintf(event, sizeof(event), "scenario:%s:running", s->name);
	faults_event(f, event);
	if (s->duration_ns)
		alarm_set(f->real, &s->end_alarm,
		    time_after_ns(s->began_real_ns, s->duration_ns));
	for (int i = 0; i < s->nsteps; i++)
		if (s->steps[i].at_ns == 0) {
			s->steps[i].scheduled = true;
			scenario_run_step(s, &s->steps[i]);
		} else if (s->steps[i].at_ns > 0) {
			scenario_schedule_step(
			    s, &s->steps[i], s->steps[i].at_ns);
		}
	scenario_end_if_done(s);
}

static void scenario_on_first_request(
    void *arg, const struct request_info *info);

static void
scenario_reset_steps(struct scenario *s)
{
	for (int i = 0; i < s->nsteps; i++) {
		s->steps[i].done = s->steps[i].scheduled = false;
		s->steps[i].count_seen = 0;
	}
	*s->step_error = '\0';
	json_decref(s->results);
	s->results = NULL;
	json_decref(s->started);
	s->started = json_array();
}

bool
scenario_start(
    struct scenarios *all, const char *name, bool now, struct error *c)
{
	struct scenario *s = scenario_find_or_load(all, name, c);

	if (!s)
		return error_field(c, "", "", "no scenario \"%s\"", name);
	if (s->state == SCENARIO_RUNNING)
		scenario_end(s);
	scenario_reset_steps(s);
	if (!scenario_prepare(s, c))
		return false;
	if (!now && s->start == SCENARIO_START_FIRST_REQUEST) {
		s->state = SCENARIO_WAITING;
		faults_on_request(all->faults, scenario_on_first_request, all);
	} else if (!now && s->start == SCENARIO_START_MANUAL)
		s->state = SCENARIO_LOADED;
	else
		scenario_run(s);
	return true;
}

bool
scenario_stop(struct scenarios *all, const char *name, struct error *c)
{
	struct scenario *s = scenario_find(all, name);

	if (!s ||
	    (s->state != SCENARIO_RUNNING && s->state != SCENARIO_WAITING))
		return error_field(
		    c, "", "", "scenario \"%s\" does not run", name);
	if (s->state == SCENARIO_WAITING)
		s->state = SCENARIO_LOADED;
	else
		scenario_end(s);
	return true;
}

bool
scenario_next_step(struct scenarios *all, const char *name, struct error *c)
{
	struct scenario *s = scenario_find_or_load(all, name, c);

	if (!s)
		return error_field(c, "", "", "no scenario \"%s\"", name);
	if (s->state != SCENARIO_RUNNING) {
		scenario_reset_steps(s);
		if (!scenario_prepare(s, c))
			return false;
		s->state = SCENARIO_RUNNING;
		s->began_real_ns = clock_now(all->faults->real);
		s->began_journal_seq = all->faults->journal
		    ? journal_last(all->faults->journal)
		    : 0;
		scenario_tell(s, scenario_states[s->state], NULL);
	}
	for (int i = 0; i < s->nsteps; i++) {
		struct scenario_step *step = &s->steps[i];

		if (step->done)
			continue;
		alarm_cancel(step->virtual_clock ? all->faults->vault->clock
						 : all->faults->real,
		    &step->alarm);
		scenario_run_step(s, step);
		scenario_end_if_done(s);
		return true;
	}
	scenario_end(s);
	return true;
}

/* ---- events and requests ---- */

static void
scenario_on_event(void *arg, const char *name)
{
	struct scenarios *all = arg;

	for (struct scenario *s = all->list; s; s = s->next) {
		if (s->state != SCENARIO_RUNNING)
			continue;
		for (int i = 0; i < s->nsteps && s->state == SCENARIO_RUNNING;
		     i++) {
			struct scenario_step *step = &s->steps[i];

			if (step->event && !step->scheduled &&
			    glob_match(step->event, name))
				scenario_schedule_step(s, step, step->after_ns);
		}
		scenario_end_if_done(s);
	}
}

/* Heard only while a scenario waits for it, before its rules are asked. */
static void
scenario_on_first_request(void *arg, const struct request_info *info)
{
	struct scenarios *all = arg;

	if (info->op &&
	    (strcmp(info->op, "health") == 0 ||
		strcmp(info->op, "seal-status") == 0))
		return;
	faults_on_request(all->faults, NULL, NULL);
	for (struct scenario *s = all->list; s; s = s->next)
		if (s->state == SCENARIO_WAITING)
			scenario_run(s);
}

static void
scenario_on_request_done(void *arg, int64_t seq, const struct journal_close *c)
{
	struct scenarios *all = arg;

	(void)seq;
	for (struct scenario *s = all->list; s; s = s->next) {
		if (s->state != SCENARIO_RUNNING)
			continue;
		for (int i = 0; i < s->nsteps && s->state == SCENARIO_RUNNING;
		     i++) {
			struct scenario_step *step = &s->steps[i];

			if (!step->count_match || step->scheduled ||
			    !match_request_or_probe(step->count_match, c->info))
				continue;
			if (++step->count_seen >= step->count_n)
				scenario_schedule_step(s, step, step->after_ns);
		}
		scenario_end_if_done(s);
	}
}

/* ---- showing ---- */

static int
scenario_count_done(const struct scenario *s)
{
	int n = 0;

	for (int i = 0; i < s->nsteps; i++)
		n += s->steps[i].done;
	return n;
}

/* The steps that are done, by their place from 1. */
static json_t *
scenario_show_done(const struct scenario *s)
{
	json_t *list = json_array();

	for (int i = 0; i < s->nsteps; i++)
		if (s->steps[i].done)
			json_array_append_new(list, json_integer(i + 1));
	return list;
}

static json_t *
scenario_show_loaded(const struct scenario *s)
{
	const char *text = json_string_value(
	    json_object_get(s->tree, "description"));

	return json_pack("{s:s, s:s*, s:s, s:s, s:i, s:i, s:s*, s:O*}", "name",
	    s->name, "description", text, "state", scenario_states[s->state],
	    "start", scenario_starts[s->start], "step", scenario_count_done(s),
	    "steps", s->nsteps, "trouble",
	    *s->step_error ? s->step_error : NULL, "expect", s->results);
}

static json_t *
scenario_show_shipped(const struct shipped_scenario *ship)
{
	json_t *tree = json_loads(ship->json, 0, NULL);
	json_t *one = json_pack("{s:s, s:O*, s:s, s:s?, s:i, s:i}", "name",
	    ship->name, "description", json_object_get(tree, "description"),
	    "state", "shipped", "start",
	    json_string_value(json_object_get(tree, "start")), "step", 0,
	    "steps", (int)json_array_size(json_object_get(tree, "timeline")));

	json_decref(tree);
	return one;
}

json_t *
scenario_show(struct scenarios *all, const char *name)
{
	struct scenario *s = scenario_find(all, name);
	const struct shipped_scenario *ship = scenario_find_shipped(name);
	json_t *one;

	if (!s && !ship)
		return NULL;
	if (!s) {
		one = scenario_show_shipped(ship);
		json_object_set_new(
		    one, "scenario", json_loads(ship->json, 0, NULL));
		return one;
	}
	one = scenario_show_loaded(s);
	json_object_set_new(one, "done", scenario_show_done(s));
	json_object_set(one, "scenario", s->tree);
	return one;
}

json_t *
scenarios_show(struct scenarios *all)
{
	json_t *list = json_array();

	for (struct scenario *s = all->list; s; s = s->next)
		json_array_append_new(list, scenario_show_loaded(s));
	for (int i = 0; shipped_scenarios[i].name; i++)
		if (!scenario_find(all, shipped_scenarios[i].name))
			json_array_append_new(
			    list, scenario_show_shipped(&shipped_scenarios[i]));
	return json_pack("{s:o}", "scenarios", list);
}

void
scenario_names(struct scenarios *all, struct strs *names)
{
	for (struct scenario *s = all->list; s; s = s->next)
		strs_add(names, s->name);
	for (int i = 0; shipped_scenarios[i].name; i++)
		if (!scenario_find(all, shipped_scenarios[i].name))
			strs_add(names, shipped_scenarios[i].name);
}

bool
scenario_exists(struct scenarios *all, const char *name)
{
	return scenario_find(all, name) || scenario_find_shipped(name);
}

bool
scenario_delete(struct scenarios *all, const char *name)
{
	struct scenario *s = scenario_find(all, name);

	if (s)
		scenario_remove(s);
	return s != NULL;
}

/* ---- life ---- */

struct scenarios *
scenarios_new(struct faults *f, const struct scenario_host *host)
{
	struct scenarios *all = xcalloc(1, sizeof(*all));

	all->faults = f;
	all->host = *host;
	faults_on_event(f, scenario_on_event, all);
	all->listener = (struct journal_listener){
		.fn = scenario_on_request_done, .arg = all
	};
	if (f->journal)
		journal_add_listener(f->journal, &all->listener);
	return all;
}

void
scenarios_reset(struct scenarios *all)
{
	while (all->list)
		scenario_remove(all->list);
}

void
scenarios_free(struct scenarios *all)
{
	if (!all)
		return;
	faults_on_event(all->faults, NULL, NULL);
	faults_on_request(all->faults, NULL, NULL);
	if (all->faults->journal)
		journal_remove_listener(all->faults->journal, &all->listener);
	scenarios_reset(all);
	free(all);
}

/* ---- from the command line ---- */

static json_t *
scenario_read_option(const char *text, json_error_t *e)
{
	while (*text == ' ' || *text == '\n' || *text == '\t')
		text++;
	if (*text == '{')
		return json_loads(text, 0, e);
	return json_load_file(text, 0, e);
}

bool
scenario_is_file(const char *text)
{
	return !scenario_find_shipped(text) &&
	    text[strspn(text, " \n\t")] != '{';
}

static bool
scenario_start_tree(
    struct scenarios *all, json_t *tree, const char *start, struct error *c)
{
	const char *name = json_string_value(json_object_get(tree, "name"));

	if (!name)
		name = "scenario";
	if (start)
		json_object_set_new(tree, "start", json_string(start));
	return scenario_load(all, name, tree, c) &&
	    scenario_start(all, name, false, c);
}

bool
scenario_start_option(
    struct scenarios *all, const char *text, const char *start, struct error *e)
{
	const struct shipped_scenario *ship = scenario_find_shipped(text);
	struct error c = { 0 };
	json_error_t bad;
	json_t *tree = ship ? json_loads(ship->json, 0, &bad)
			    : scenario_read_option(text, &bad);
	bool ok;

	if (!tree)
		return error_set(e, 400,
		    "-scenario: no shipped scenario, no file and no JSON: "
		    "%s (line %d)",
		    bad.text, bad.line);
	ok = scenario_start_tree(all, tree, start, &c);
	json_decref(tree);
	if (!ok)
		error_set(e, 400, "-scenario %s: %s%s%s", ship ? text : "",
		    c.field, *c.field ? ": " : "", c.text);
	error_release(&c);
	return ok;
}
