/*
 * Finds and shows outages of the table, checks what is given for their params,
 * and makes their rules.
 */
#include "fault/outage/outage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"

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

/* What every outage that is made of rules takes, unless it has one of the same
 * name: fields of `when`. */
static const struct outage_param outage_when_params[] = {
	{ "times", "integer", NULL, NULL, false,
	    "how many matches meet it; absent: all" },
	{ "skip", "integer", NULL, NULL, false, "so many matches pass first" },
	{ "every", "integer", NULL, NULL, false, "each n-th match alone" },
	{ "probability", "number", NULL, NULL, false, "share of the matches" },
	{ "seed", "integer", NULL, NULL, false, "of that chance" },
	{ NULL, NULL, NULL, NULL, false, NULL },
};

static const struct outage_param *
outage_find_param_in(const struct outage_param *list, const char *name)
{
	for (int i = 0; list[i].name; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static const struct outage_param *
outage_find_param(const struct outage *o, const char *name, bool *is_common)
{
	const struct outage_param *own = outage_find_param_in(o->params, name);

	*is_common = !own && o->rules;
	return *is_common ? outage_find_param_in(outage_when_params, name)
			  : own;
}

/* "a|b|c" to a list; names point into the copy. */
static int
outage_split_words(char *copy, const char *words[16])
{
	int n = 0;

	for (char *w; n < 15 && (w = strsep(&copy, "|"));)
		words[n++] = w;
	words[n] = NULL;
	return n;
}

static bool
outage_check_word(const struct outage_param *p, const char *text,
    const char *where, struct error *c)
{
	const char *words[16];
	char copy[200];
	int n;

	if (!p->allowed)
		return true;
	snprintf(copy, sizeof(copy), "%s", p->allowed);
	n = outage_split_words(copy, words);
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0)
			return true;
	return error_allowed(c, where, p->name, words,
	    "\"%s\" is not one of the allowed words", text);
}

/* A number given as text (from a command line) is a number too. */
static json_t *
outage_convert_number(const json_t *value, bool whole)
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
outage_convert_bool(const json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_boolean(value))
		return json_incref((json_t *)(uintptr_t)value);
	if (text && strcmp(text, "true") == 0)
		return json_true();
	return text && strcmp(text, "false") == 0 ? json_false() : NULL;
}

/* The value in its type, a new reference; NULL and an error. */
static json_t *
outage_convert_param(const struct outage_param *p, const json_t *value,
    const char *where, struct error *c)
{
	json_t *out = NULL;
	char name[160], text[32];
	int64_t ns;

	snprintf(name, sizeof(name), "%s.%s", where, p->name);
	if (strcmp(p->type, "duration") == 0) {
		if (schema_read_duration(value, name, &ns, c))
			out = json_incref((json_t *)(uintptr_t)value);
	} else if (strcmp(p->type, "offset") == 0) {
		const struct schema one[] = { { p->name, FIELD_OFFSET, 0,
						  NULL },
			{ NULL, FIELD_ANY, 0, NULL } };
		json_t *object = json_object();

		json_object_set(object, p->name, (json_t *)(uintptr_t)value);
		if (schema_read(one, object, where, &ns, c))
			out = json_incref((json_t *)(uintptr_t)value);
		json_decref(object);
	} else if (strcmp(p->type, "boolean") == 0) {
		out = outage_convert_bool(value);
	} else if (strcmp(p->type, "string") == 0) {
		out = json_is_string(value)
		    ? json_incref((json_t *)(uintptr_t)value)
		    : NULL;
	} else {
		out = outage_convert_number(
		    value, strcmp(p->type, "integer") == 0);
	}
	if (!out) {
		error_field(c, where, p->name, "must be of type %s", p->type);
		return NULL;
	}
	snprintf(
	    text, sizeof(text), "%lld", (long long)json_integer_value(out));
	if (!outage_check_word(p,
		json_is_string(out) ? json_string_value(out) : text, where,
		c)) {
		json_decref(out);
		return NULL;
	}
	return out;
}

/* Converts the parameters that were given: the outage's own into out, those of
 * `when` into when. False and an error of the field. */
static bool
outage_read_given(const struct outage *o, const json_t *given,
    const char *where, json_t *out, json_t *when, struct error *c)
{
	const char *names[OUTAGE_PARAMS + 8] = { NULL };
	const char *key;
	json_t *value;
	int n = 0;

	for (; o->params[n].name; n++)
		names[n] = o->params[n].name;
	for (int i = 0; o->rules && outage_when_params[i].name; i++)
		if (!outage_find_param_in(
			o->params, outage_when_params[i].name))
			names[n++] = outage_when_params[i].name;
	json_object_foreach ((json_t *)(uintptr_t)given, key, value) {
		bool is_common;
		const struct outage_param *p = outage_find_param(
		    o, key, &is_common);
		json_t *one;

		if (!p)
			return error_allowed(c, where, key, names,
			    "%s has no such parameter", o->name);
		one = outage_convert_param(p, value, where, c);
		if (!one)
			return false;
		json_object_set_new(is_common ? when : out, key, one);
	}
	return true;
}

/* The parameters of an outage: what was given, and defaults for the rest; the
 * caller owns them. Those of `when` go into when. NULL and an error of the
 * field. */
static json_t *
outage_fill_params(const struct outage *o, const json_t *given,
    const char *where, json_t *when, struct error *c)
{
	json_t *out = json_object();

	if (given && !json_is_object(given)) {
		error_field(c, where, "", "must be an object");
		json_decref(out);
		return NULL;
	}
	if (!outage_read_given(o, given, where, out, when, c)) {
		json_decref(out);
		return NULL;
	}
	for (int i = 0; o->params[i].name; i++) {
		const struct outage_param *p = &o->params[i];

		if (json_object_get(out, p->name))
			continue;
		if (p->required) {
			error_field(c, where, p->name, "is required");
			json_decref(out);
			return NULL;
		}
		if (p->default_json)
			json_object_set_new(out, p->name,
			    json_loads(p->default_json, JSON_DECODE_ANY, NULL));
	}
	return out;
}

json_t *
outage_resolve_params(const struct outage *o, const json_t *given,
    const char *where, json_t **when, struct error *c)
{
	json_t *common = json_object();
	json_t *out = outage_fill_params(o, given, where, common, c);

	if (out && when && json_object_size(common) > 0)
		*when = json_incref(common);
	json_decref(common);
	return out;
}

bool
outage_refuse_unknown(const char *name, const char *where, struct error *c)
{
	const char *names[128];
	const char *near;
	int n = 0;

	for (; outages[n].name && n < 127; n++)
		names[n] = outages[n].name;
	names[n] = NULL;
	near = nearest_word(names, name);
	return error_allowed(c, where, "", names, "no outage \"%s\"%s%s%s",
	    name, near ? "; did you mean \"" : "", near ? near : "",
	    near ? "\"?" : "");
}

/* ---- rules ---- */

static json_t *outage_expand_params(const json_t *tree, const json_t *params);

static void
outage_append_value(struct buf *out, const json_t *value)
{
	if (json_is_string(value))
		buf_str(out, json_string_value(value));
	else if (json_is_integer(value))
		buf_int(out, json_integer_value(value));
}

/* "$x" alone is the value itself (NULL when absent); within a longer text its
 * spelling. */
static json_t *
outage_expand_string(const char *text, const json_t *params)
{
	const char *at = text;
	struct buf out;
	json_t *made;

	if (*text == '$' && strcspn(text + 1, " $:/{}\"*") == strlen(text + 1))
		return json_incref(json_object_get(params, text + 1));
	buf_init(&out, 0);
	while (*at) {
		char name[40];
		size_t n = *at == '$' ? strspn(at + 1,
					    "abcdefghijklmnopqrstuvw"
					    "xyz_")
				      : 0;

		if (n == 0 || n >= sizeof(name)) {
			buf_char(&out, *at++);
			continue;
		}
		memcpy(name, at + 1, n);
		name[n] = '\0';
		outage_append_value(&out, json_object_get(params, name));
		at += n + 1;
	}
	made = json_string(out.p ? out.p : "");
	buf_release(&out);
	return made;
}

static json_t *
outage_expand_object(const json_t *tree, const json_t *params)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach ((json_t *)(uintptr_t)tree, key, value) {
		json_t *one = outage_expand_params(value, params);

		if (one)
			json_object_set_new(out, key, one);
	}
	return out;
}

static json_t *
outage_expand_params(const json_t *tree, const json_t *params)
{
	json_t *out;

	if (json_is_string(tree))
		return outage_expand_string(json_string_value(tree), params);
	if (json_is_object(tree))
		return outage_expand_object(tree, params);
	if (!json_is_array(tree))
		return json_incref((json_t *)(uintptr_t)tree);
	out = json_array();
	for (size_t i = 0; i < json_array_size(tree); i++) {
		json_t *one = outage_expand_params(
		    json_array_get(tree, i), params);

		if (one)
			json_array_append_new(out, one);
	}
	return out;
}

/* "if": {"side": "response"}: is it so? The field goes. */
static bool
outage_rule_applies(json_t *rule, const json_t *params, bool on_nodes)
{
	json_t *test = json_incref(json_object_get(rule, "if"));
	const char *key;
	json_t *value;
	bool yes = true;

	json_object_foreach (test, key, value)
		yes = yes && json_equal(json_object_get(params, key), value);
	json_decref(test);
	if (json_object_get(rule, "one_node"))
		yes = yes && !on_nodes;
	json_object_del(rule, "one_node");
	json_object_del(rule, "if");
	return yes;
}

/* The caller's match narrows: what it names replaces the preset's own. */
static void
outage_narrow_match(json_t *rule, const json_t *match)
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
outage_load_rules(const struct outage *o)
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
		abort(); /* the table is broken: a test reads all of it */
	return list;
}

/* What the preset says itself stays. */
static void
outage_add_when(json_t *rule, const json_t *when)
{
	json_t *own = json_object_get(rule, "when");

	if (!when)
		return;
	if (own)
		json_object_update_missing(own, (json_t *)(uintptr_t)when);
	else
		json_object_set_new(rule, "when", json_deep_copy(when));
}

json_t *
outage_make_rules(const struct outage *o, const json_t *params,
    const json_t *when, const json_t *match, bool on_nodes)
{
	json_t *list = outage_load_rules(o);
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *rule = json_array_get(list, i);

		if (!outage_rule_applies(rule, params, on_nodes))
			continue;
		rule = outage_expand_params(rule, params);
		outage_add_when(rule, when);
		outage_narrow_match(rule, match);
		json_array_append_new(out, rule);
	}
	json_decref(list);
	return out;
}

json_t *
outage_first_actions(
    const char *name, const json_t *params, const char *where, struct error *c)
{
	const struct outage *o = outage_find(name);
	json_t *checked, *rules, *then;
	char full[160];

	if (!o) {
		snprintf(full, sizeof(full), "%s.outage", where);
		outage_refuse_unknown(name, full, c);
		return NULL;
	}
	if (!o->rules) {
		error_field(c, where, "outage",
		    "%s changes the state; turn it on with PUT "
		    "/_mock/outages/%s",
		    name, name);
		return NULL;
	}
	snprintf(full, sizeof(full), "%s.params", where);
	checked = outage_resolve_params(o, params, full, NULL, c);
	if (!checked)
		return NULL;
	rules = outage_make_rules(o, checked, NULL, NULL, false);
	then = json_incref(json_object_get(json_array_get(rules, 0), "then"));
	json_decref(rules);
	json_decref(checked);
	return then;
}

/* ---- showing ---- */

static json_t *
outage_show_param(const struct outage_param *p, bool is_common)
{
	const char *words[16];
	char copy[200];
	json_t *allowed = json_null();

	if (p->allowed) {
		snprintf(copy, sizeof(copy), "%s", p->allowed);
		allowed = json_array();
		for (int i = 0, n = outage_split_words(copy, words); i < n; i++)
			json_array_append_new(allowed, json_string(words[i]));
	}
	return json_pack("{s:s, s:o, s:o, s:b, s:s, s:b}", "type", p->type,
	    "default",
	    p->default_json ? json_loads(p->default_json, JSON_DECODE_ANY, NULL)
			    : json_null(),
	    "allowed", allowed, "required", (int)p->required, "help", p->help,
	    "common", (int)is_common);
}

/* Every text under "errors" of the rules, each once. */
static void
outage_collect_errors(const json_t *tree, json_t *into)
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
	json_object_foreach ((json_t *)(uintptr_t)tree, key, value)
		outage_collect_errors(value, into);
	for (size_t i = 0; i < json_array_size(tree); i++)
		outage_collect_errors(json_array_get(tree, i), into);
}

json_t *
outage_show(const struct outage *o)
{
	static const char *const fidelities[] = { "exact", "approximated",
		"needs a cluster" };
	json_t *params = json_object(), *messages = json_array();
	json_t *rules = outage_load_rules(o);

	for (int i = 0; o->params[i].name; i++)
		json_object_set_new(params, o->params[i].name,
		    outage_show_param(&o->params[i], false));
	for (int i = 0; o->rules && outage_when_params[i].name; i++) {
		const struct outage_param *p = &outage_when_params[i];

		if (!outage_find_param_in(o->params, p->name))
			json_object_set_new(
			    params, p->name, outage_show_param(p, true));
	}
	for (int i = 0; o->error_messages[i]; i++)
		json_array_append_new(
		    messages, json_string(o->error_messages[i]));
	outage_collect_errors(rules, messages);
	json_decref(rules);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:b, s:s, s:s?, s:s?}",
	    "name", o->name, "number", o->catalogue_number, "summary",
	    o->summary, "params", params, "texts", messages, "example",
	    o->example, "needs_cluster", o->fidelity == OUTAGE_NEEDS_CLUSTER,
	    "fidelity", fidelities[o->fidelity], "how", o->how, "on_nodes",
	    o->on_nodes);
}
