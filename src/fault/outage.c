/*
 * Turning outages on and off: params, rules, the state, the time they last.
 * Which outages there are is the table's (outages.c).
 */
#include "fault/outage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/gotime.h"

const struct outage *
outage_at(int n)
{
	return outages[n].name ? &outages[n] : NULL;
}

const struct outage *
outage_find(const char *name)
{
	for (int i = 0; outages[i].name; i++)
		if (strcmp(outages[i].name, name) == 0)
			return &outages[i];
	return NULL;
}

const char *
outage_name(const struct outage *o)
{
	return o->name;
}

/* ---- params ---- */

static const struct outage_param *
find_param(const struct outage *o, const char *name)
{
	for (int i = 0; o->params[i].name; i++)
		if (strcmp(o->params[i].name, name) == 0)
			return &o->params[i];
	return NULL;
}

/* "a|b|c" to a list; names point into the copy. */
static int
cut_words(char *copy, const char *words[16])
{
	int n = 0;

	for (char *w; n < 15 && (w = strsep(&copy, "|"));)
		words[n++] = w;
	words[n] = NULL;
	return n;
}

static bool
word_allowed(const struct outage_param *p, const char *text,
    const char *where, struct complaint *c)
{
	const char *words[16];
	char copy[200];
	int n;

	if (!p->allowed)
		return true;
	snprintf(copy, sizeof(copy), "%s", p->allowed);
	n = cut_words(copy, words);
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0)
			return true;
	return complain_words(c, where, p->name, words,
	    "\"%s\" is not one of the allowed words", text);
}

/* A number given as text (from a command line) is a number too. */
static json_t *
number_of(const json_t *value, bool whole)
{
	const char *text = json_string_value(value);
	char *end;
	double d;

	if (json_is_integer(value) || (json_is_real(value) && !whole))
		return json_incref((json_t *)(uintptr_t)value);
	if (!text || !*text)
		return NULL;
	d = strtod(text, &end);
	if (*end || (whole && d != (double)(long long)d))
		return NULL;
	return whole ? json_integer((json_int_t)d) : json_real(d);
}

static json_t *
flag_of(const json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_boolean(value))
		return json_incref((json_t *)(uintptr_t)value);
	if (text && strcmp(text, "true") == 0)
		return json_true();
	return text && strcmp(text, "false") == 0 ? json_false() : NULL;
}

/* The value in its type, a new reference; NULL with the complaint. */
static json_t *
convert_param(const struct outage_param *p, const json_t *value,
    const char *where, struct complaint *c)
{
	json_t *out = NULL;
	char name[160], text[32];
	int64_t ns;

	snprintf(name, sizeof(name), "%s.%s", where, p->name);
	if (strcmp(p->type, "duration") == 0) {
		if (shape_span(value, name, &ns, c))
			out = json_incref((json_t *)(uintptr_t)value);
	} else if (strcmp(p->type, "offset") == 0) {
		const struct shape one[] = { { p->name, SHAPE_OFFSET, 0,
						 NULL },
			{ NULL, SHAPE_ANY, 0, NULL } };
		json_t *object = json_object();

		json_object_set(object, p->name,
		    (json_t *)(uintptr_t)value);
		if (shape_read(one, object, where, &ns, c))
			out = json_incref((json_t *)(uintptr_t)value);
		json_decref(object);
	} else if (strcmp(p->type, "boolean") == 0) {
		out = flag_of(value);
	} else if (strcmp(p->type, "string") == 0) {
		out = json_is_string(value)
		    ? json_incref((json_t *)(uintptr_t)value)
		    : NULL;
	} else {
		out = number_of(value, strcmp(p->type, "integer") == 0);
	}
	if (!out) {
		complain(c, where, p->name, "must be of type %s", p->type);
		return NULL;
	}
	snprintf(text, sizeof(text), "%lld",
	    (long long)json_integer_value(out));
	if (!word_allowed(p, json_is_string(out) ? json_string_value(out)
						 : text,
		where, c)) {
		json_decref(out);
		return NULL;
	}
	return out;
}

static bool
take_given(const struct outage *o, const json_t *given, const char *where,
    json_t *out, struct complaint *c)
{
	const char *names[OUTAGE_PARAMS + 1] = { NULL };
	const char *key;
	json_t *value;

	for (int i = 0; o->params[i].name; i++)
		names[i] = o->params[i].name;
	json_object_foreach((json_t *)(uintptr_t)given, key, value) {
		const struct outage_param *p = find_param(o, key);
		json_t *one;

		if (!p)
			return complain_words(c, where, key, names,
			    "%s has no such parameter", o->name);
		one = convert_param(p, value, where, c);
		if (!one)
			return false;
		json_object_set_new(out, key, one);
	}
	return true;
}

json_t *
outage_params(const struct outage *o, const json_t *given, const char *where,
    struct complaint *c)
{
	json_t *out = json_object();

	if (given && !json_is_object(given)) {
		complain(c, where, "", "must be an object");
		json_decref(out);
		return NULL;
	}
	if (!take_given(o, given, where, out, c)) {
		json_decref(out);
		return NULL;
	}
	for (int i = 0; o->params[i].name; i++) {
		const struct outage_param *p = &o->params[i];

		if (json_object_get(out, p->name))
			continue;
		if (p->required) {
			complain(c, where, p->name, "is required");
			json_decref(out);
			return NULL;
		}
		if (p->def)
			json_object_set_new(out, p->name,
			    json_loads(p->def, JSON_DECODE_ANY, NULL));
	}
	return out;
}

/* False, with the nearest name. */
bool
outage_unknown(const char *name, const char *where, struct complaint *c)
{
	const char *names[128];
	const char *near;
	int n = 0;

	for (; outages[n].name && n < 127; n++)
		names[n] = outages[n].name;
	names[n] = NULL;
	near = nearest_word(names, name);
	return complain_words(c, where, "", names, "no outage \"%s\"%s%s%s",
	    name, near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
}

/* ---- rules ---- */

static json_t *put_params(const json_t *tree, const json_t *params);

static void
append_value(struct buf *out, const json_t *value)
{
	if (json_is_string(value))
		buf_str(out, json_string_value(value));
	else if (json_is_integer(value))
		buf_int(out, json_integer_value(value));
}

/* "$x" alone is the value itself (NULL when absent); within a longer text its
 * spelling. */
static json_t *
put_text(const char *text, const json_t *params)
{
	const char *at = text;
	struct buf out;
	json_t *made;

	if (*text == '$' && strcspn(text + 1, " $:/{}\"*") == strlen(text + 1))
		return json_incref(json_object_get(params, text + 1));
	buf_init(&out, 0);
	while (*at) {
		char name[40];
		size_t n = *at == '$' ? strspn(at + 1, "abcdefghijklmnopqrstuvw"
						       "xyz_")
				      : 0;

		if (n == 0 || n >= sizeof(name)) {
			buf_char(&out, *at++);
			continue;
		}
		memcpy(name, at + 1, n);
		name[n] = '\0';
		append_value(&out, json_object_get(params, name));
		at += n + 1;
	}
	made = json_string(out.p ? out.p : "");
	buf_release(&out);
	return made;
}

static json_t *
put_object(const json_t *tree, const json_t *params)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)tree, key, value) {
		json_t *one = put_params(value, params);

		if (one)
			json_object_set_new(out, key, one);
	}
	return out;
}

static json_t *
put_params(const json_t *tree, const json_t *params)
{
	json_t *out;

	if (json_is_string(tree))
		return put_text(json_string_value(tree), params);
	if (json_is_object(tree))
		return put_object(tree, params);
	if (!json_is_array(tree))
		return json_incref((json_t *)(uintptr_t)tree);
	out = json_array();
	for (size_t i = 0; i < json_array_size(tree); i++) {
		json_t *one = put_params(json_array_get(tree, i), params);

		if (one)
			json_array_append_new(out, one);
	}
	return out;
}

/* "if": {"side": "response"}: is it so? The field goes. */
static bool
counts(json_t *rule, const json_t *params)
{
	json_t *test = json_incref(json_object_get(rule, "if"));
	const char *key;
	json_t *value;
	bool yes = true;

	json_object_foreach (test, key, value)
		yes = yes && json_equal(json_object_get(params, key), value);
	json_decref(test);
	json_object_del(rule, "if");
	return yes;
}

/* The caller's match narrows: what it names replaces the preset's own. */
static void
narrow(json_t *rule, const json_t *match)
{
	json_t *own = json_object_get(rule, "match");

	if (!match)
		return;
	if (!own) {
		json_object_set_new(rule, "match", json_deep_copy(match));
		return;
	}
	json_object_update(own, (json_t *)(uintptr_t)match);
}

/* The table's way of writing JSON: ' for a quote, ` for one within a text. */
static json_t *
load_rules(const struct outage *o)
{
	struct buf text;
	json_t *list;

	if (!o->rules)
		return json_array();
	buf_init(&text, 0);
	for (const char *p = o->rules; *p; p++) {
		if (*p == '\'')
			buf_char(&text, '"');
		else if (*p == '`')
			buf_str(&text, "\\\"");
		else
			buf_char(&text, *p);
	}
	list = json_loadb(text.p, text.n, 0, NULL);
	buf_release(&text);
	if (!list)
		abort(); /* a row of the table is broken: a test reads all */
	return list;
}

json_t *
outage_rules(const struct outage *o, const json_t *params,
    const json_t *match)
{
	json_t *list = load_rules(o);
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *rule = json_array_get(list, i);

		if (!counts(rule, params))
			continue;
		rule = put_params(rule, params);
		narrow(rule, match);
		json_array_append_new(out, rule);
	}
	json_decref(list);
	return out;
}

json_t *
outage_then(const char *name, const json_t *params, const char *where,
    struct complaint *c)
{
	const struct outage *o = outage_find(name);
	json_t *checked, *rules, *then;
	char full[160];

	if (!o) {
		snprintf(full, sizeof(full), "%s.outage", where);
		outage_unknown(name, full, c);
		return NULL;
	}
	if (!o->rules) {
		complain(c, where, "outage",
		    "%s changes the state; turn it on with PUT "
		    "/_mock/outages/%s",
		    name, name);
		return NULL;
	}
	snprintf(full, sizeof(full), "%s.params", where);
	checked = outage_params(o, params, full, c);
	if (!checked)
		return NULL;
	rules = outage_rules(o, checked, NULL);
	then = json_incref(
	    json_object_get(json_array_get(rules, 0), "then"));
	json_decref(rules);
	json_decref(checked);
	return then;
}

/* ---- runs ---- */

const char *
run_text(const struct outage_run *run, const char *name)
{
	const char *text =
	    json_string_value(json_object_get(run->params, name));

	return text ? text : "";
}

int64_t
run_int(const struct outage_run *run, const char *name)
{
	return json_integer_value(json_object_get(run->params, name));
}

int64_t
run_span(const struct outage_run *run, const char *name)
{
	const json_t *value = json_object_get(run->params, name);
	const char *text = json_string_value(value);
	int64_t ns = 0;

	if (text)
		duration_parse(text, &ns);
	else
		ns = json_integer_value(value) * 1000000;
	return ns;
}

static struct outage_run *
find_run(struct faults *f, const struct outage *o)
{
	for (struct outage_run *run = f->runs; run; run = run->next)
		if (run->outage == o)
			return run;
	return NULL;
}

static void
free_run(struct outage_run *run)
{
	image_free(run->image);
	json_decref(run->params);
	json_decref(run->match);
	json_decref(run->rules);
	json_decref(run->saved);
	free(run);
}

static void
drop_rules(struct outage_run *run)
{
	for (size_t i = 0; i < json_array_size(run->rules); i++)
		faults_remove(run->faults,
		    json_string_value(json_array_get(run->rules, i)));
}

static void
end_run(struct outage_run *run)
{
	struct faults *f = run->faults;
	struct outage_run **at = &f->runs;
	char event[80];

	while (*at != run)
		at = &(*at)->next;
	*at = run->next;
	alarm_cancel(f->real, &run->end);
	drop_rules(run);
	if (run->outage->stop)
		run->outage->stop(run);
	snprintf(event, sizeof(event), "outage:%s:over", run->outage->name);
	free_run(run);
	faults_event(f, event);
}

static void
time_is_over(void *arg, int64_t now)
{
	(void)now;
	end_run(arg);
}

/* All rules are parsed before one is put in. */
static bool
insert_rules(struct outage_run *run, const json_t *list, struct complaint *c)
{
	struct rule *made[16];
	int n = (int)json_array_size(list);
	char id[80];

	for (int i = 0; i < n; i++) {
		json_t *tree = json_array_get(list, (size_t)i);

		snprintf(id, sizeof(id), n > 1 ? "%s-%d" : "%s",
		    run->outage->name, i + 1);
		if (!json_object_get(tree, "id"))
			json_object_set_new(tree, "id", json_string(id));
		made[i] = rule_parse(tree, c);
		if (made[i])
			continue;
		while (i-- > 0)
			rule_put(made[i]);
		return false;
	}
	for (int i = n - 1; i >= 0; i--) { /* the first is tried first */
		faults_remove(run->faults, made[i]->id);
		snprintf(made[i]->outage, sizeof(made[i]->outage), "%s",
		    run->outage->name);
		faults_insert(run->faults, made[i]);
		json_array_insert_new(run->rules, 0,
		    json_string(made[i]->id));
	}
	return true;
}

static struct outage_run *
new_run(struct faults *f, const struct outage *o, json_t *params,
    const json_t *match)
{
	struct outage_run *run = xcalloc(1, sizeof(*run));

	run->faults = f;
	run->outage = o;
	run->params = params;
	run->match = match ? json_deep_copy(match) : NULL;
	run->rules = json_array();
	alarm_init(&run->end, time_is_over, run);
	return run;
}

/* Asked before the run that it replaces goes. */
static bool
rules_ok(const struct outage_run *run, struct complaint *c)
{
	json_t *rules = outage_rules(run->outage, run->params, run->match);
	json_t *tree;
	bool ok = true;
	size_t i;

	json_array_foreach (rules, i, tree) {
		struct rule *r = ok ? rule_parse(tree, c) : NULL;

		ok = r != NULL;
		if (r)
			rule_put(r);
	}
	json_decref(rules);
	return ok;
}

static bool
begin(struct outage_run *run, int64_t lasting, struct complaint *c)
{
	struct faults *f = run->faults;
	json_t *rules = outage_rules(run->outage, run->params, run->match);
	bool ok = insert_rules(run, rules, c);

	json_decref(rules);
	if (!ok)
		return false;
	if (run->outage->start && !run->outage->start(run, c)) {
		drop_rules(run);
		return false;
	}
	run->next = f->runs;
	f->runs = run;
	if (lasting) {
		run->until = clock_now(f->real) + lasting;
		alarm_set(f->real, &run->end, run->until);
	}
	return true;
}

static json_t *
show_run(const struct outage_run *run)
{
	char until[RFC3339_MAX];

	rfc3339_nano(run->until, until);
	return json_pack("{s:s, s:b, s:o, s:O}", "outage", run->outage->name,
	    "active", 1, "until",
	    run->until ? json_string(until) : json_null(), "rules",
	    run->rules);
}

struct start_input {
	const json_t *params, *match;
	int64_t lasting, after;
};

const struct shape outage_shape[] = {
	{ "params", SHAPE_OBJECT, offsetof(struct start_input, params), NULL },
	{ "for", SHAPE_SPAN, offsetof(struct start_input, lasting), NULL },
	{ "match", SHAPE_OBJECT, offsetof(struct start_input, match), NULL },
	{ "after", SHAPE_SPAN, offsetof(struct start_input, after), NULL },
	{ NULL, SHAPE_ANY, 0, NULL },
};

struct outage_later {
	struct outage_later *next;
	struct faults *faults;
	char *name;
	json_t *body;
	struct alarm alarm;
};

static void
free_later(struct outage_later *l)
{
	struct outage_later **at = &l->faults->later;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	alarm_cancel(l->faults->real, &l->alarm);
	json_decref(l->body);
	free(l->name);
	free(l);
}

/* Turned off before it began. */
static void
forget_later(struct faults *f, const char *name)
{
	struct outage_later *next;

	for (struct outage_later *l = f->later; l; l = next) {
		next = l->next;
		if (strcmp(l->name, name) == 0)
			free_later(l);
	}
}

static void
start_later(void *arg, int64_t now)
{
	struct outage_later *l = arg;
	struct complaint c = { 0 };
	int status;

	(void)now;
	json_decref(outage_start(l->faults, l->name, l->body, &status, &c));
	if (*c.text)
		log_msg(l->faults->vault->log, LOG_WARN, "fault", "%s: %s",
		    l->name, c.text);
	complaint_clear(&c);
	free_later(l);
}

/* Its name and params have been looked at, its start comes later. */
static void
start_after(struct faults *f, const char *name, const json_t *body,
    int64_t wait)
{
	struct outage_later *l = xcalloc(1, sizeof(*l));

	l->faults = f;
	l->name = xstrdup(name);
	l->body = json_copy((json_t *)(uintptr_t)body);
	json_object_del(l->body, "after");
	l->next = f->later;
	f->later = l;
	alarm_init(&l->alarm, start_later, l);
	alarm_set(f->real, &l->alarm, clock_now(f->real) + wait);
}

static bool
match_ok(const json_t *match, struct complaint *c)
{
	struct match *m =
	    match_parse((json_t *)(uintptr_t)match, "match", c);

	match_free(m);
	return m != NULL;
}

/* What a match can narrow: rules by anything, tokens by what they are; the
 * state of a whole server by nothing but its name. */
static bool
match_helps(const struct outage *o, const json_t *match, struct complaint *c)
{
	static const char *const whole[] = { "node", NULL };
	static const char *const tokens[] = { "token", "node", NULL };
	const char *const *words = o->by_token ? tokens : whole;
	const char *key;
	json_t *value;

	if (o->rules)
		return true;
	json_object_foreach((json_t *)(uintptr_t)match, key, value) {
		bool fits = false;

		for (int i = 0; words[i]; i++)
			fits = fits || strcmp(words[i], key) == 0;
		if (!fits)
			return complain_words(c, "match", key, words,
			    "%s is no matter of single requests", o->name);
	}
	return true;
}

/* All that can be said before its time; params are new. */
static bool
look_at(const struct outage *o, const json_t *body, struct start_input *in,
    json_t **params, struct complaint *c)
{
	struct outage_run *run;
	bool ok;

	if (o->cluster)
		return complain(c, "", "",
		    "%s needs a cluster of several nodes; this is one node",
		    o->name);
	if (!shape_read(outage_shape, body, "", in, c) ||
	    (in->match && (!match_ok(in->match, c) ||
			      !match_helps(o, in->match, c))) ||
	    !(*params = outage_params(o, in->params, "params", c)))
		return false;
	run = new_run(NULL, o, json_incref(*params), in->match);
	ok = rules_ok(run, c);
	free_run(run);
	if (!ok)
		json_decref(*params);
	return ok;
}

bool
outage_check(const char *name, const json_t *body, struct complaint *c)
{
	const struct outage *o = outage_find(name);
	struct start_input in = { NULL, NULL, 0, 0 };
	json_t *params = NULL;
	bool ok = o ? look_at(o, body, &in, &params, c)
		    : outage_unknown(name, "", c);

	if (ok)
		json_decref(params);
	return ok;
}

/* The old one goes first; when the new cannot begin, it comes back. */
static bool
replace(struct outage_run *run, int64_t lasting, struct complaint *c)
{
	struct faults *f = run->faults;
	struct outage_run *old = find_run(f, run->outage), *again = NULL;
	struct complaint ignored = { 0 };
	int64_t left = 0;

	if (old) {
		again = new_run(f, old->outage, json_incref(old->params),
		    old->match);
		if (old->until)
			left = old->until - clock_now(f->real);
	}
	while ((old = find_run(f, run->outage))) /* its end may start one */
		end_run(old);
	if (begin(run, lasting, c)) {
		if (again)
			free_run(again);
		return true;
	}
	if (again && (left < 0 || !begin(again, left, &ignored)))
		free_run(again);
	complaint_clear(&ignored);
	return false;
}

json_t *
outage_start(struct faults *f, const char *name, json_t *body, int *status,
    struct complaint *c)
{
	const struct outage *o = outage_find(name);
	struct start_input in = { NULL, NULL, 0, 0 };
	struct outage_run *run;
	json_t *params = NULL, *answer;
	char event[80];

	*status = o ? 400 : 404;
	if (!o && !outage_unknown(name, "", c))
		return NULL;
	if (!look_at(o, body, &in, &params, c))
		return NULL;
	run = new_run(f, o, params, in.match);
	if (in.after) {
		*status = 200;
		answer = show_run(run);
		json_object_set_new(answer, "active", json_false());
		free_run(run);
		start_after(f, name, body, in.after);
		return answer;
	}
	if (!replace(run, in.lasting, c)) {
		free_run(run);
		return NULL;
	}
	*status = 200;
	answer = show_run(run);
	snprintf(event, sizeof(event), "outage:%s", name);
	faults_event(f, event); /* who hears it may end the run */
	return answer;
}

bool
outage_stop(struct faults *f, const char *name, bool *known)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = o ? find_run(f, o) : NULL;

	*known = o != NULL;
	if (o)
		forget_later(f, name);
	if (run)
		end_run(run);
	return run != NULL;
}

bool
outage_active(struct faults *f, const char *name)
{
	const struct outage *o = outage_find(name);

	return o && find_run(f, o);
}

int64_t
outage_until(struct faults *f, const char *name)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = o ? find_run(f, o) : NULL;

	if (!run || (!o->stop && !json_array_size(run->rules)))
		return 0;
	return run->until ? run->until : INT64_MAX;
}

const json_t *
outage_running(struct faults *f, const char *name)
{
	const struct outage *o = outage_find(name);
	struct outage_run *run = o ? find_run(f, o) : NULL;

	return run ? run->params : NULL;
}

/* ---- showing ---- */

static json_t *
show_param(const struct outage_param *p)
{
	const char *words[16];
	char copy[200];
	json_t *allowed = json_null();

	if (p->allowed) {
		snprintf(copy, sizeof(copy), "%s", p->allowed);
		allowed = json_array();
		for (int i = 0, n = cut_words(copy, words); i < n; i++)
			json_array_append_new(allowed, json_string(words[i]));
	}
	return json_pack("{s:s, s:o, s:o, s:b, s:s}", "type", p->type,
	    "default",
	    p->def ? json_loads(p->def, JSON_DECODE_ANY, NULL) : json_null(),
	    "allowed", allowed, "required", (int)p->required, "help",
	    p->help);
}

/* Every text under "errors" of the rules, each once. */
static void
collect_texts(const json_t *tree, json_t *into)
{
	const json_t *errors = json_object_get(tree, "errors");
	const char *key;
	json_t *value;

	for (size_t i = 0; i < json_array_size(errors); i++) {
		json_t *text = json_array_get(errors, i);
		bool known = false;

		for (size_t k = 0; k < json_array_size(into); k++)
			known = known ||
			    json_equal(json_array_get(into, k), text);
		if (!known)
			json_array_append(into, text);
	}
	json_object_foreach((json_t *)(uintptr_t)tree, key, value)
		collect_texts(value, into);
	for (size_t i = 0; i < json_array_size(tree); i++)
		collect_texts(json_array_get(tree, i), into);
}

json_t *
outage_show(const struct outage *o)
{
	json_t *params = json_object(), *texts = json_array();
	json_t *rules = load_rules(o);

	for (int i = 0; o->params[i].name; i++)
		json_object_set_new(params, o->params[i].name,
		    show_param(&o->params[i]));
	for (int i = 0; o->texts[i]; i++)
		json_array_append_new(texts, json_string(o->texts[i]));
	collect_texts(rules, texts);
	json_decref(rules);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:b}", "name",
	    o->name, "number", o->number, "summary", o->summary, "params",
	    params, "texts", texts, "example", o->example, "needs_cluster",
	    (int)o->cluster);
}

json_t *
outages_show(struct faults *f)
{
	json_t *list = json_array();

	for (int i = 0; outages[i].name; i++) {
		json_t *one = outage_show(&outages[i]);

		json_object_set_new(one, "active",
		    json_boolean(find_run(f, &outages[i]) != NULL));
		json_array_append_new(list, one);
	}
	return json_pack("{s:o}", "outages", list);
}

/* ---- the end ---- */

void
outages_stop(struct faults *f)
{
	while (f->later)
		free_later(f->later);
	while (f->runs)
		end_run(f->runs);
}

/* At the end of the process nobody needs the old state back. */
void
outages_free(struct faults *f)
{
	while (f->later)
		free_later(f->later);
	while (f->runs) {
		struct outage_run *run = f->runs;

		f->runs = run->next;
		alarm_cancel(f->real, &run->end);
		free_run(run);
	}
}
