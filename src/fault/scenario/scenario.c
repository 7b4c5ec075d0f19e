/*
 * Scenarios: loaded, started, carried forward by time and events, and judged.
 */
#include "fault/scenario/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "core/state/clock_control.h"
#include "fault/scenario/scenario_step.h"

enum start {
	START_BOOT,
	START_READY,
	START_FIRST_REQUEST,
	START_MANUAL,
};

enum state {
	LOADED,
	WAITING, /* for the first request */
	RUNNING,
	ENDING, /* judged and undone: no event moves it any more */
	DONE,
	FAILED,
};

static const char *const starts[] = { "boot", "ready", "first-request",
	"manual", NULL };
static const char *const states[] = { "loaded", "waiting", "running",
	"ending", "done", "failed" };

struct scenario {
	struct scenario *next;
	struct scenarios *all;
	char *name;
	json_t *tree;
	int start;
	int64_t seed;
	bool has_seed;
	int64_t duration; /* ns, 0: until its last timed step is done */
	struct step *steps;
	int nsteps;
	json_t *expect;
	json_t *nodes, *fixtures, *clock;

	enum state state;
	int64_t began_real, began_seq;
	json_t *touched; /* outages and rules it turned on */
	json_t *verdicts; /* [{"name","ok","reason"}] once it has ended */
	char trouble[900]; /* a step that could not be done */
	struct alarm end;
};

struct scenarios {
	struct faults *faults;
	struct scenario_host host;
	struct scenario *list;
};

/* ---- reading ---- */

struct input {
	int64_t version, seed, duration;
	const char *name, *description;
	int start;
	json_t *nodes, *fixtures, *clock, *timeline, *expect;
};

#define AT(field) offsetof(struct input, field)

const struct shape scenario_shape[] = {
	{ "version", SHAPE_INT, AT(version), NULL },
	{ "name", SHAPE_TEXT, AT(name), NULL },
	{ "description", SHAPE_TEXT, AT(description), NULL },
	{ "seed", SHAPE_INT, AT(seed), NULL },
	{ "start", SHAPE_WORD, AT(start), starts },
	{ "duration", SHAPE_SPAN, AT(duration), NULL },
	{ "nodes", SHAPE_LIST, AT(nodes), NULL },
	{ "fixtures", SHAPE_OBJECT, AT(fixtures), NULL },
	{ "clock", SHAPE_OBJECT, AT(clock), NULL },
	{ "timeline", SHAPE_LIST, AT(timeline), NULL },
	{ "expect", SHAPE_LIST, AT(expect), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

static void
free_scenario(struct scenario *s)
{
	for (int i = 0; i < s->nsteps; i++)
		step_release(&s->steps[i]);
	free(s->steps);
	json_decref(s->tree);
	json_decref(s->touched);
	json_decref(s->verdicts);
	free(s->name);
	free(s);
}

static void step_is_due(void *arg, int64_t now);
static void duration_is_over(void *arg, int64_t now);

static bool
read_steps(struct scenario *s, const json_t *timeline, struct complaint *c)
{
	size_t n = json_array_size(timeline);

	s->steps = xcalloc(n ? n : 1, sizeof(*s->steps));
	for (size_t i = 0; i < n; i++) {
		struct step *step = &s->steps[s->nsteps];
		char where[60];
		bool ok;

		snprintf(where, sizeof(where), "timeline[%zu]", i);
		ok = step_parse(step, json_array_get(timeline, i), where, c);
		s->nsteps++;
		step->owner = s;
		alarm_init(&step->alarm, step_is_due, step);
		if (!ok)
			return false;
	}
	return true;
}

/* An expectation as verify takes it. */
static json_t *
claim_of(const json_t *expect)
{
	json_t *claim = without_comments(expect);

	json_object_del(claim, "name");
	return claim;
}

static bool
read_expect(const json_t *expect, struct complaint *c)
{
	for (size_t i = 0; i < json_array_size(expect); i++) {
		const json_t *one = json_array_get(expect, i);
		struct complaint own = { 0 };
		json_t *claim;
		char where[60];
		bool ok;

		snprintf(where, sizeof(where), "expect[%zu]", i);
		if (!json_is_object(one))
			return complain(c, where, "", "must be an object");
		claim = claim_of(one);
		ok = journal_verify_check(claim, &own);
		json_decref(claim);
		if (!ok)
			return complain_inside(c, where, &own);
	}
	return true;
}

static bool
fill(struct scenario *s, struct complaint *c)
{
	struct input in = { .version = 1, .start = START_READY };

	if (!shape_read(scenario_shape, s->tree, "", &in, c) ||
	    !read_steps(s, in.timeline, c) || !read_expect(in.expect, c))
		return false;
	if (in.version != 1)
		return complain(c, "", "version", "must be 1");
	if (in.clock && !timing_check(in.clock, "clock", c))
		return false;
	if (json_array_size(in.nodes) > 1)
		return complain(c, "", "nodes",
		    "this is one node: a scenario of several needs a "
		    "cluster");
	s->start = in.start;
	s->seed = in.seed;
	s->has_seed = json_object_get(s->tree, "seed") != NULL;
	s->duration = in.duration;
	s->expect = in.expect;
	s->nodes = in.nodes;
	s->fixtures = in.fixtures;
	s->clock = in.clock;
	return true;
}

static struct scenario *
find(struct scenarios *all, const char *name)
{
	struct scenario *s = all->list;

	while (s && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

static void end(struct scenario *s);

static void
drop(struct scenario *s)
{
	struct scenario **at = &s->all->list;

	if (s->state == RUNNING)
		end(s);
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	free_scenario(s);
}

bool
scenario_load(struct scenarios *all, const char *name, const json_t *tree,
    struct complaint *c)
{
	struct scenario *s = xcalloc(1, sizeof(*s)), *old = find(all, name);

	s->all = all;
	s->name = xstrdup(name);
	s->tree = json_deep_copy(tree);
	alarm_init(&s->end, duration_is_over, s);
	if (!fill(s, c)) {
		free_scenario(s);
		return false;
	}
	if (old)
		drop(old);
	s->next = all->list;
	all->list = s;
	return true;
}

static const struct shipped_scenario *
shipped(const char *name)
{
	for (int i = 0; shipped_scenarios[i].name; i++)
		if (strcmp(shipped_scenarios[i].name, name) == 0)
			return &shipped_scenarios[i];
	return NULL;
}

static struct scenario *
find_or_ship(struct scenarios *all, const char *name, struct complaint *c)
{
	const struct shipped_scenario *ship = shipped(name);
	json_t *tree;

	if (find(all, name) || !ship)
		return find(all, name);
	tree = json_loads(ship->json, 0, NULL);
	scenario_load(all, name, tree, c);
	json_decref(tree);
	return find(all, name);
}

/* ---- its end ---- */

static void
undo(struct scenario *s)
{
	struct faults *f = s->all->faults;
	size_t i;
	json_t *one;
	bool known;

	json_array_foreach (s->touched, i, one) {
		if (json_is_string(one))
			outage_stop(f, json_string_value(one), &known);
		else
			faults_remove(f, json_string_value(
			    json_object_get(one, "rule")));
	}
}

/* One expectation, put to what came since the start. */
static json_t *
judge(struct scenario *s, const json_t *expect)
{
	struct faults *f = s->all->faults;
	const char *name =
	    json_string_value(json_object_get(expect, "name"));
	json_t *body = claim_of(expect), *answer;
	struct complaint c = { 0 };
	int status = 400;
	json_t *one;

	if (!json_object_get(body, "since"))
		json_object_set_new(body, "since",
		    json_integer(s->began_seq));
	answer = f->journal
	    ? journal_verify(f->journal, body, s->all->host.witness, &status,
		  &c)
	    : NULL;
	if (!f->journal)
		complain(&c, "", "", "there is no journal to ask");
	one = json_pack("{s:s, s:b, s:s*}", "name",
	    name ? name : "an expectation", "ok", status == 200, "reason",
	    answer ? json_string_value(json_object_get(answer, "reason"))
		   : c.text);
	json_decref(answer);
	json_decref(body);
	complaint_clear(&c);
	return one;
}

static void
end(struct scenario *s)
{
	struct faults *f = s->all->faults;
	bool ok = !*s->trouble;
	char event[140];
	size_t i;
	json_t *one;

	s->state = ENDING;
	alarm_cancel(f->real, &s->end);
	for (int k = 0; k < s->nsteps; k++)
		alarm_cancel(s->steps[k].virtual_clock ? f->vault->clock
						       : f->real,
		    &s->steps[k].alarm);
	json_decref(s->verdicts);
	s->verdicts = json_array();
	json_array_foreach (s->expect, i, one) {
		json_t *verdict = judge(s, one);

		ok = ok && json_is_true(json_object_get(verdict, "ok"));
		json_array_append_new(s->verdicts, verdict);
	}
	undo(s);
	s->state = ok ? DONE : FAILED;
	snprintf(event, sizeof(event), "scenario:%s:%s", s->name,
	    states[s->state]);
	faults_event(f, event);
}

static void
duration_is_over(void *arg, int64_t now)
{
	(void)now;
	end(arg);
}

/* When the last thing that it turned on ends by itself: INT64_MAX: never. */
static int64_t
in_force_until(const struct scenario *s)
{
	struct faults *f = s->all->faults;
	int64_t last = 0;
	json_t *one;
	size_t i;

	json_array_foreach (s->touched, i, one) {
		const char *rule =
		    json_string_value(json_object_get(one, "rule"));
		int64_t until = 0;

		if (json_is_string(one))
			until = outage_until(f, json_string_value(one));
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
end_if_done(struct scenario *s)
{
	int64_t until;

	if (s->duration || s->state != RUNNING)
		return;
	for (int i = 0; i < s->nsteps; i++)
		if (!s->steps[i].done)
			return;
	until = in_force_until(s);
	if (until == 0)
		end(s);
	else if (until < INT64_MAX)
		alarm_set(s->all->faults->real, &s->end, until);
}

/* ---- its course ---- */

static void
do_step(struct scenario *s, struct step *step)
{
	struct complaint c = { 0 };

	step->armed = true;
	if (!step_do(s->all->faults, &s->all->host, step, s->touched, &c)) {
		snprintf(s->trouble, sizeof(s->trouble), "step %d: %s%s%s",
		    (int)(step - s->steps) + 1, c.field,
		    *c.field ? ": " : "", c.text);
		log_msg(s->all->faults->vault->log, LOG_WARN, "scenario",
		    "%s: %s", s->name, s->trouble);
	}
	step->done = true;
	complaint_clear(&c);
}

static void
step_is_due(void *arg, int64_t now)
{
	struct step *step = arg;
	struct scenario *s = step->owner;

	(void)now;
	do_step(s, step);
	end_if_done(s);
}

static void
arm(struct scenario *s, struct step *step, int64_t wait)
{
	struct faults *f = s->all->faults;
	struct clock *clock =
	    step->virtual_clock ? f->vault->clock : f->real;

	step->armed = true;
	if (wait == 0 && step->at < 0) {
		do_step(s, step);
		return;
	}
	alarm_set(clock, &step->alarm, clock_now(clock) + wait);
}

static bool
prepare(struct scenario *s, struct complaint *c)
{
	struct faults *f = s->all->faults;

	if (s->clock && !timing_put(f->vault, s->clock, "clock", c))
		return false;
	if (!s->fixtures)
		return true;
	if (!s->all->host.fixtures)
		return complain(c, "", "fixtures", "cannot be loaded here");
	return s->all->host.fixtures(s->all->host.arg, s->fixtures, c);
}

static void
run(struct scenario *s)
{
	struct faults *f = s->all->faults;
	char event[140];

	s->state = RUNNING;
	s->began_real = clock_now(f->real);
	s->began_seq = f->journal ? journal_last(f->journal) : 0;
	if (s->has_seed) {
		f->seed = (uint64_t)s->seed;
		faults_rewind(f);
	}
	snprintf(event, sizeof(event), "scenario:%s:running", s->name);
	faults_event(f, event);
	if (s->duration)
		alarm_set(f->real, &s->end, s->began_real + s->duration);
	for (int i = 0; i < s->nsteps; i++)
		if (s->steps[i].at == 0) {
			s->steps[i].armed = true;
			do_step(s, &s->steps[i]);
		} else if (s->steps[i].at > 0) {
			arm(s, &s->steps[i], s->steps[i].at);
		}
	end_if_done(s);
}

static void first_request(void *arg, const struct facts *facts);

static void
rewind_steps(struct scenario *s)
{
	for (int i = 0; i < s->nsteps; i++) {
		s->steps[i].done = s->steps[i].armed = false;
		s->steps[i].count_seen = 0;
	}
	*s->trouble = '\0';
	json_decref(s->verdicts);
	s->verdicts = NULL;
	json_decref(s->touched);
	s->touched = json_array();
}

bool
scenario_start(struct scenarios *all, const char *name, bool now,
    struct complaint *c)
{
	struct scenario *s = find_or_ship(all, name, c);

	if (!s)
		return complain(c, "", "", "no scenario \"%s\"", name);
	if (s->state == RUNNING)
		end(s);
	rewind_steps(s);
	if (!prepare(s, c))
		return false;
	if (!now && s->start == START_FIRST_REQUEST) {
		s->state = WAITING;
		faults_on_request(all->faults, first_request, all);
	}
	else if (!now && s->start == START_MANUAL)
		s->state = LOADED;
	else
		run(s);
	return true;
}

bool
scenario_stop(struct scenarios *all, const char *name, struct complaint *c)
{
	struct scenario *s = find(all, name);

	if (!s || (s->state != RUNNING && s->state != WAITING))
		return complain(c, "", "", "scenario \"%s\" does not run",
		    name);
	if (s->state == WAITING)
		s->state = LOADED;
	else
		end(s);
	return true;
}

bool
scenario_step(struct scenarios *all, const char *name, struct complaint *c)
{
	struct scenario *s = find_or_ship(all, name, c);

	if (!s)
		return complain(c, "", "", "no scenario \"%s\"", name);
	if (s->state != RUNNING) {
		rewind_steps(s);
		if (!prepare(s, c))
			return false;
		s->state = RUNNING;
		s->began_real = clock_now(all->faults->real);
		s->began_seq = all->faults->journal
		    ? journal_last(all->faults->journal)
		    : 0;
	}
	for (int i = 0; i < s->nsteps; i++) {
		struct step *step = &s->steps[i];

		if (step->done)
			continue;
		alarm_cancel(step->virtual_clock ? all->faults->vault->clock
						 : all->faults->real,
		    &step->alarm);
		do_step(s, step);
		end_if_done(s);
		return true;
	}
	end(s);
	return true;
}

/* ---- events and requests ---- */

static void
hear_event(void *arg, const char *name)
{
	struct scenarios *all = arg;

	for (struct scenario *s = all->list; s; s = s->next) {
		if (s->state != RUNNING)
			continue;
		for (int i = 0; i < s->nsteps && s->state == RUNNING; i++) {
			struct step *step = &s->steps[i];

			if (step->event && !step->armed &&
			    match_glob(step->event, name))
				arm(s, step, step->after);
		}
		end_if_done(s);
	}
}

static bool
is_probe(const struct facts *f)
{
	return f->op && (strcmp(f->op, "health") == 0 ||
			    strcmp(f->op, "seal-status") == 0);
}

/* Heard only while a scenario waits for it, before its rules are asked. */
static void
first_request(void *arg, const struct facts *facts)
{
	struct scenarios *all = arg;

	if (is_probe(facts))
		return;
	faults_on_request(all->faults, NULL, NULL);
	for (struct scenario *s = all->list; s; s = s->next)
		if (s->state == WAITING)
			run(s);
}

static void
hear_close(void *arg, int64_t seq, const struct journal_close *c)
{
	struct scenarios *all = arg;

	(void)seq;
	for (struct scenario *s = all->list; s; s = s->next) {
		if (s->state != RUNNING)
			continue;
		for (int i = 0; i < s->nsteps && s->state == RUNNING; i++) {
			struct step *step = &s->steps[i];

			if (!step->count || step->armed ||
			    !match_fits_any(step->count, c->facts))
				continue;
			if (++step->count_seen >= step->count_n)
				arm(s, step, step->after);
		}
		end_if_done(s);
	}
}

/* ---- showing ---- */

static int
steps_done(const struct scenario *s)
{
	int n = 0;

	for (int i = 0; i < s->nsteps; i++)
		n += s->steps[i].done;
	return n;
}

static json_t *
show(const struct scenario *s)
{
	const char *text = json_string_value(
	    json_object_get(s->tree, "description"));

	return json_pack(
	    "{s:s, s:s*, s:s, s:s, s:i, s:i, s:s*, s:O*}", "name", s->name,
	    "description", text, "state", states[s->state], "start",
	    starts[s->start], "step", steps_done(s), "steps", s->nsteps,
	    "trouble", *s->trouble ? s->trouble : NULL, "expect",
	    s->verdicts);
}

static json_t *
show_shipped(const struct shipped_scenario *ship)
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
	struct scenario *s = find(all, name);
	const struct shipped_scenario *ship = shipped(name);
	json_t *one;

	if (!s)
		return ship ? show_shipped(ship) : NULL;
	one = show(s);
	json_object_set(one, "scenario", s->tree);
	return one;
}

json_t *
scenarios_show(struct scenarios *all)
{
	json_t *list = json_array();

	for (struct scenario *s = all->list; s; s = s->next)
		json_array_append_new(list, show(s));
	for (int i = 0; shipped_scenarios[i].name; i++)
		if (!find(all, shipped_scenarios[i].name))
			json_array_append_new(list,
			    show_shipped(&shipped_scenarios[i]));
	return json_pack("{s:o}", "scenarios", list);
}

const char **
scenario_names(struct scenarios *all, struct arena *a)
{
	const char **names;
	size_t n = 1;

	for (struct scenario *s = all->list; s; s = s->next)
		n++;
	for (int i = 0; shipped_scenarios[i].name; i++)
		n++;
	names = arena_zalloc(a, n * sizeof(*names));
	n = 0;
	for (struct scenario *s = all->list; s; s = s->next)
		names[n++] = s->name;
	for (int i = 0; shipped_scenarios[i].name; i++)
		if (!find(all, shipped_scenarios[i].name))
			names[n++] = shipped_scenarios[i].name;
	return names;
}

bool
scenario_known(struct scenarios *all, const char *name)
{
	return find(all, name) || shipped(name);
}

bool
scenario_forget(struct scenarios *all, const char *name)
{
	struct scenario *s = find(all, name);

	if (s)
		drop(s);
	return s != NULL;
}

/* ---- life ---- */

struct scenarios *
scenarios_new(struct faults *f, const struct scenario_host *host)
{
	struct scenarios *all = xcalloc(1, sizeof(*all));

	all->faults = f;
	all->host = *host;
	faults_on_event(f, hear_event, all);
	if (f->journal)
		journal_on_close(f->journal, hear_close, all);
	return all;
}

void
scenarios_reset(struct scenarios *all)
{
	while (all->list)
		drop(all->list);
}

void
scenarios_free(struct scenarios *all)
{
	if (!all)
		return;
	faults_on_event(all->faults, NULL, NULL);
	faults_on_request(all->faults, NULL, NULL);
	if (all->faults->journal)
		journal_on_close(all->faults->journal, NULL, NULL);
	scenarios_reset(all);
	free(all);
}

/* ---- from the command line ---- */

static json_t *
read_text(const char *text, json_error_t *e)
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
	return !shipped(text) && text[strspn(text, " \n\t")] != '{';
}

static bool
begin_tree(struct scenarios *all, json_t *tree, const char *start,
    struct complaint *c)
{
	const char *name =
	    json_string_value(json_object_get(tree, "name"));

	if (!name)
		name = "scenario";
	if (start)
		json_object_set_new(tree, "start", json_string(start));
	return scenario_load(all, name, tree, c) &&
	    scenario_start(all, name, false, c);
}

bool
scenario_begin(struct scenarios *all, const char *text, const char *start,
    char *why, size_t why_size)
{
	const struct shipped_scenario *ship = shipped(text);
	struct complaint c = { 0 };
	json_error_t e;
	json_t *tree = ship ? json_loads(ship->json, 0, &e)
			    : read_text(text, &e);
	bool ok;

	if (!tree) {
		snprintf(why, why_size,
		    "-scenario: no shipped scenario, no file and no JSON: "
		    "%s (line %d)",
		    e.text, e.line);
		return false;
	}
	ok = begin_tree(all, tree, start, &c);
	json_decref(tree);
	if (!ok)
		snprintf(why, why_size, "-scenario %s: %s%s%s",
		    ship ? text : "", c.field, *c.field ? ": " : "", c.text);
	complaint_clear(&c);
	return ok;
}
