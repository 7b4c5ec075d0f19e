/*
 * Scenarios: loaded, started, carried forward by time and events, and judged.
 */
#include "fault/scenario/scenario_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/glob.h"
#include "core/state/clock_control.h"

#define SCENARIO_SPEED_MIN 0.001 /* as the clock's rate */
#define SCENARIO_SPEED_MAX 1e6

static const char *const scenario_clocks[] = { "real", "virtual", NULL };
static const char *const scenario_states[] = { "loaded", "waiting", "running",
	"ending", "done", "failed" };

struct scenario_options {
	json_t *set;
	double speed;
	int clock, begin; /* begin -1: as the file says */
};

const struct schema scenario_start_schema[] = {
	{ "set", FIELD_OBJECT, offsetof(struct scenario_options, set), NULL },
	{ "speed", FIELD_REAL, offsetof(struct scenario_options, speed), NULL },
	{ "clock", FIELD_ENUM, offsetof(struct scenario_options, clock),
	    scenario_clocks },
	{ "begin", FIELD_ENUM, offsetof(struct scenario_options, begin),
	    scenario_begins },
	{ NULL, FIELD_ANY, 0, NULL },
};

static void scenario_on_step_alarm(void *arg, int64_t now);
static void scenario_on_end_alarm(void *arg, int64_t now);

static void
scenario_free(struct scenario *s)
{
	scenario_fill_release(s);
	json_decref(s->started);
	scenario_restore_release(&s->kept);
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

static struct scenario *
scenario_find(struct scenarios *all, const char *name)
{
	struct scenario *s = all->list;

	while (s && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

static void scenario_end(struct scenario *s);
static void scenario_undo(struct scenario *s);

static void
scenario_remove(struct scenario *s)
{
	struct scenario **at = &s->scenarios->list;

	if (s->state == SCENARIO_RUNNING)
		scenario_end(s);
	else if (s->state == SCENARIO_WAITING)
		scenario_undo(s);
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	scenario_free(s);
}

/* Takes the place of the one of that name; NULL and an error: nothing has
 * changed. */
static struct scenario *
scenario_replace(struct scenarios *all, const char *name, const json_t *tree,
    const json_t *set, struct error *c)
{
	struct scenario *s = xcalloc(1, sizeof(*s)),
			*old = scenario_find(all, name);

	s->scenarios = all;
	s->name = xstrdup(name);
	s->tree = json_deep_copy(tree);
	alarm_init(&s->end_alarm, scenario_on_end_alarm, s);
	if (!scenario_fill(s, set, c)) {
		scenario_free(s);
		return NULL;
	}
	for (int i = 0; i < s->nsteps; i++) {
		s->steps[i].scenario = s;
		alarm_init(
		    &s->steps[i].alarm, scenario_on_step_alarm, &s->steps[i]);
	}
	if (old)
		scenario_remove(old);
	s->next = all->list;
	all->list = s;
	return s;
}

bool
scenario_load(struct scenarios *all, const char *name, const json_t *tree,
    struct error *c)
{
	struct scenario *s = scenario_replace(all, name, tree, NULL, c);

	if (s)
		scenario_tell(s, scenario_states[s->state], NULL);
	return s != NULL;
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

/* The clock that its times are of. */
static struct clock *
scenario_clock(const struct scenario *s)
{
	struct faults *f = s->scenarios->faults;

	return s->virtual_clock ? f->vault->clock : f->real;
}

static struct clock *
scenario_step_clock(const struct scenario *s, const struct scenario_step *step)
{
	return step->virtual_clock ? s->scenarios->faults->vault->clock
				   : scenario_clock(s);
}

/* ---- its end ---- */

/* Who kept the state of the vault next after this one. */
static struct scenario_restore *
scenario_later_state(struct scenario *s)
{
	struct scenario_restore *later = NULL;

	for (struct scenario *o = s->scenarios->list; o; o = o->next)
		if (o->kept.state &&
		    o->kept.state_serial > s->kept.state_serial &&
		    (!later || o->kept.state_serial < later->state_serial))
			later = &o->kept;
	return later;
}

/* Turns off what it turned on, and puts back what it changed. */
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
	scenario_put_back(&s->kept, scenario_later_state(s), f);
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

	if (s->virtual_clock && !json_object_get(body, "clock"))
		json_object_set_new(body, "clock", json_string("virtual"));
	answer = f->journal
	    ? journal_verify(f->journal, body, s->scenarios->host.vault_probe,
		  &s->began, &status, &c)
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
	alarm_cancel(scenario_clock(s), &s->end_alarm);
	for (int k = 0; k < s->nsteps; k++)
		alarm_cancel(
		    scenario_step_clock(s, &s->steps[k]), &s->steps[k].alarm);
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
	struct scenario *s = arg;

	(void)now_ns;
	if (!faults_wait_for_nodes(
		s->scenarios->faults, scenario_clock(s), &s->end_alarm))
		scenario_end(s);
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
			until = outage_end_time_ns(
			    f, json_string_value(one), scenario_clock(s));
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
		alarm_set(scenario_clock(s), &s->end_alarm, until_ns);
}

/* ---- its course ---- */

static void
scenario_run_step(struct scenario *s, struct scenario_step *step)
{
	struct error c = { 0 };
	const struct step_owner owner = { s->name, s->virtual_clock, s->started,
		&s->kept };

	step->scheduled = true;
	scenario_tell(s, "step", step);
	if (!step_do(
		s->scenarios->faults, &s->scenarios->host, step, &owner, &c)) {
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
	if (faults_wait_for_nodes(s->scenarios->faults,
		scenario_step_clock(s, step), &step->alarm))
		return;
	scenario_run_step(s, step);
	scenario_end_if_done(s);
}

static void
scenario_schedule_step(
    struct scenario *s, struct scenario_step *step, int64_t wait_ns)
{
	struct clock *clock = scenario_step_clock(s, step);

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

	if (s->clock)
		scenario_keep_clock(&s->kept, f);
	if (s->clock && !clock_control_put(f->vault, s->clock, "clock", c))
		return false;
	if (!s->fixtures)
		return true;
	scenario_keep_state(&s->kept, f);
	if (!s->scenarios->host.fixtures)
		return error_field(c, "", "fixtures", "cannot be loaded here");
	return s->scenarios->host.fixtures(
	    s->scenarios->host.arg, s->fixtures, c);
}

/* The moment that its time and its expectations count from. A request that
 * begins it, which the journal has already, belongs to it. */
static void
scenario_mark_begin(struct scenario *s, bool with_request)
{
	struct faults *f = s->scenarios->faults;

	s->state = SCENARIO_RUNNING;
	if (f->journal)
		s->began = journal_mark_now(f->journal);
	if (with_request && s->began.seq > 0)
		s->began.seq--;
}

static void
scenario_set_speed(struct scenario *s)
{
	struct faults *f = s->scenarios->faults;

	if (s->speed == 0)
		return;
	scenario_keep_clock(&s->kept, f);
	clock_unfreeze(f->vault->clock);
	clock_set_rate(f->vault->clock, s->speed);
}

static void
scenario_run(struct scenario *s, bool with_request)
{
	struct faults *f = s->scenarios->faults;
	char event[140];

	scenario_mark_begin(s, with_request);
	scenario_set_speed(s);
	scenario_tell(s, scenario_states[s->state], NULL);
	if (s->has_seed) {
		scenario_keep_seed(&s->kept, f);
		f->seed = (uint64_t)s->seed;
		faults_reset_counters(f);
	}
	snprintf(event, sizeof(event), "scenario:%s:running", s->name);
	faults_event(f, event);
	if (s->duration_ns)
		alarm_set(scenario_clock(s), &s->end_alarm,
		    time_after_ns(
			clock_now(scenario_clock(s)), s->duration_ns));
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

static bool
scenario_read_options(
    const json_t *options, struct scenario_options *out, struct error *c)
{
	*out = (struct scenario_options){ .begin = -1 };
	if (!schema_read(scenario_start_schema, options, "", out, c))
		return false;
	if (json_object_get(options, "speed") &&
	    !(out->speed >= SCENARIO_SPEED_MIN &&
		out->speed <= SCENARIO_SPEED_MAX))
		return error_field(
		    c, "", "speed", "must lie between 0.001 and 1000000");
	return out->speed == 0 || out->clock ||
	    !json_object_get(options, "clock") ||
	    error_field(c, "", "clock",
		"makes no sense with \"speed\": that is the vault's clock");
}

/* The scenario as it is to run now: with other parameters it is made anew. */
static struct scenario *
scenario_make_ready(struct scenarios *all, const char *name,
    const struct scenario_options *o, struct error *c)
{
	bool was_loaded = scenario_find(all, name) != NULL;
	struct scenario *s = scenario_find_or_load(all, name, c), *shipped = s;
	json_t *tree;

	if (!s) {
		error_field(c, "", "", "no scenario \"%s\"", name);
		return NULL;
	}
	tree = json_incref(s->tree);
	s = scenario_replace(all, name, tree, o->set, c);
	json_decref(tree);
	if (!s) {
		if (!was_loaded)
			scenario_remove(shipped);
		return NULL;
	}
	s->virtual_clock = o->clock == 1 || o->speed > 0;
	s->speed = o->speed;
	if (o->begin >= 0)
		s->begin = o->begin;
	scenario_reset_steps(s);
	return s;
}

static void
scenario_wait(struct scenario *s)
{
	s->state = SCENARIO_WAITING;
	scenario_tell(s, scenario_states[s->state], NULL);
	faults_on_request(
	    s->scenarios->faults, scenario_on_first_request, s->scenarios);
}

/* Fixtures and the clock are there before it begins. */
static bool
scenario_prepare_or_undo(struct scenario *s, struct error *c)
{
	if (scenario_prepare(s, c))
		return true;
	scenario_undo(s);
	return false;
}

bool
scenario_start(struct scenarios *all, const char *name, const json_t *options,
    struct error *c)
{
	struct scenario_options o;
	struct scenario *s;

	if (!scenario_read_options(options, &o, c))
		return false;
	s = scenario_make_ready(all, name, &o, c);
	if (!s || !scenario_prepare_or_undo(s, c))
		return false;
	if (s->begin == SCENARIO_BEGIN_FIRST_REQUEST)
		scenario_wait(s);
	else
		scenario_run(s, false);
	return true;
}

/* As the server's flag does it: `start` has a say. */
static bool
scenario_start_as_told(struct scenarios *all, const char *name,
    const json_t *options, struct error *c)
{
	struct scenario *s = scenario_find(all, name);
	struct scenario_options o;

	if (s->start != SCENARIO_START_FIRST_REQUEST &&
	    s->start != SCENARIO_START_MANUAL)
		return scenario_start(all, name, options, c);
	if (!scenario_read_options(options, &o, c))
		return false;
	s = scenario_make_ready(all, name, &o, c);
	if (!s || !scenario_prepare_or_undo(s, c))
		return false;
	if (s->start == SCENARIO_START_FIRST_REQUEST)
		scenario_wait(s);
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
	if (s->state == SCENARIO_RUNNING) {
		scenario_end(s);
		return true;
	}
	scenario_undo(s);
	s->state = SCENARIO_LOADED;
	scenario_tell(s, scenario_states[s->state], NULL);
	return true;
}

bool
scenario_next_step(struct scenarios *all, const char *name, struct error *c)
{
	struct scenario *s = scenario_find_or_load(all, name, c);

	if (!s)
		return error_field(c, "", "", "no scenario \"%s\"", name);
	if (s->state == SCENARIO_WAITING) {
		scenario_mark_begin(s, false);
	} else if (s->state != SCENARIO_RUNNING) {
		scenario_reset_steps(s);
		if (!scenario_prepare_or_undo(s, c))
			return false;
		scenario_mark_begin(s, false);
		scenario_tell(s, scenario_states[s->state], NULL);
	}
	for (int i = 0; i < s->nsteps; i++) {
		struct scenario_step *step = &s->steps[i];

		if (step->done)
			continue;
		alarm_cancel(scenario_step_clock(s, step), &step->alarm);
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

static bool
scenario_is_probe(const struct request_info *f)
{
	return f->op &&
	    (strcmp(f->op, "health") == 0 || strcmp(f->op, "seal-status") == 0);
}

static bool
scenario_begins_with(const struct scenario *s, const struct request_info *info)
{
	if (s->state != SCENARIO_WAITING)
		return false;
	return s->begin_match ? match_request(s->begin_match, info, NULL)
			      : !scenario_is_probe(info);
}

/* Heard only while a scenario waits for it, before its rules are asked. */
static void
scenario_on_first_request(void *arg, const struct request_info *info)
{
	struct scenarios *all = arg;
	bool more = false;

	for (struct scenario *s = all->list; s; s = s->next)
		if (scenario_begins_with(s, info)) {
			scenario_run(s, true);
		} else {
			more |= s->state == SCENARIO_WAITING;
		}
	if (!more)
		faults_on_request(all->faults, NULL, NULL);
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
	    json_object_get(s->filled, "description"));

	return json_pack(
	    "{s:s, s:s*, s:s, s:s, s:s, s:O, s:s, s:i, s:i, s:s*, s:O*}",
	    "name", s->name, "description", text, "state",
	    scenario_states[s->state], "start", scenario_starts[s->start],
	    "begin", scenario_begins[s->begin], "params", s->params, "clock",
	    scenario_clocks[s->virtual_clock], "step", scenario_count_done(s),
	    "steps", s->nsteps, "trouble",
	    *s->step_error ? s->step_error : NULL, "expect", s->results);
}

/* As it is with its defaults. */
static json_t *
scenario_show_shipped(const struct shipped_scenario *ship, bool whole)
{
	struct scenario s = { .name = (char *)(uintptr_t)ship->name,
		.tree = json_loads(ship->json, 0, NULL) };
	struct error ignored = { 0 };
	json_t *one = NULL;

	if (scenario_fill(&s, NULL, &ignored)) {
		one = scenario_show_loaded(&s);
		json_object_set_new(one, "state", json_string("shipped"));
		if (whole)
			json_object_set(one, "scenario", s.tree);
	}
	error_release(&ignored);
	scenario_fill_release(&s);
	return one;
}

json_t *
scenario_show(struct scenarios *all, const char *name)
{
	struct scenario *s = scenario_find(all, name);
	const struct shipped_scenario *ship = scenario_find_shipped(name);
	json_t *one;

	if (!s)
		return ship ? scenario_show_shipped(ship, true) : NULL;
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
			json_array_append_new(list,
			    scenario_show_shipped(
				&shipped_scenarios[i], false));
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

static void
scenario_forget(struct scenario *s)
{
	if (s->state == SCENARIO_RUNNING) /* its end is told first */
		scenario_end(s);
	scenario_tell(s, "removed", NULL);
	scenario_remove(s);
}

bool
scenario_delete(struct scenarios *all, const char *name)
{
	struct scenario *s = scenario_find(all, name);

	if (s)
		scenario_forget(s);
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
		scenario_forget(all->list);
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
scenario_start_tree(struct scenarios *all, json_t *tree, const char *start,
    const json_t *options, struct error *c)
{
	const char *name = json_string_value(json_object_get(tree, "name"));

	if (!name)
		name = "scenario";
	if (start)
		json_object_set_new(tree, "start", json_string(start));
	return scenario_load(all, name, tree, c) &&
	    scenario_start_as_told(all, name, options, c);
}

bool
scenario_start_option(struct scenarios *all, const char *text,
    const char *start, const json_t *options, struct error *e)
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
	ok = scenario_start_tree(all, tree, start, options, &c);
	json_decref(tree);
	if (!ok)
		error_set(e, 400, "-scenario %s: %s%s%s", ship ? text : "",
		    c.field, *c.field ? ": " : "", c.text);
	error_release(&c);
	return ok;
}
