/*
 * Field conversion as Vault's framework does it: weak, with the texts of
 * mapstructure, strconv and parseutil, because clients see them.
 */
#include "api/param.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/duration.h"
#include "base/text.h"

struct param_conversion {
	struct request *req;
	struct arena *arena;
	char why[700];
};

static bool param_refuse(struct param_conversion *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static bool
param_refuse(struct param_conversion *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return false;
}

static bool
param_unconvertible(
    struct param_conversion *c, const char *want, struct slice raw)
{
	/* A key repeated in the query is Go's []string. */
	bool repeated = c->req->op & (OP_READ | OP_LIST | OP_DELETE) &&
	    jsontext_kind(raw) == '[';

	return param_refuse(c,
	    "'' expected type '%s', got unconvertible type '%s', value: '%s'",
	    want, repeated ? "[]string" : jsontext_go_type(raw),
	    jsontext_go_print(c->arena, raw));
}

/* Text of a string, number or bool, as weak decoding gives it. */
static bool
param_to_text(struct param_conversion *c, struct slice raw, char **out)
{
	switch (jsontext_kind(raw)) {
	case '"':
		*out = jsontext_string(c->arena, raw, NULL);
		return true;
	case '0':
		*out = arena_strndup(c->arena, raw.p, raw.n);
		return true;
	case 't':
		*out = arena_strdup(c->arena, "1");
		return true;
	case 'f':
		*out = arena_strdup(c->arena, "0");
		return true;
	case 'n':
		*out = arena_strdup(c->arena, "");
		return true;
	case '[':
		if (raw.n == 2) {
			*out = arena_strdup(c->arena, "");
			return true;
		}
	}
	return param_unconvertible(c, "string", raw);
}

static bool
param_convert_string(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	return param_to_text(c, raw, &v->u.text);
}

static bool
param_convert_lower(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	if (!param_to_text(c, raw, &v->u.text))
		return false;
	lower_ascii(v->u.text);
	return true;
}

static bool
param_parse_int(struct param_conversion *c, const char *text, int base,
    const char *what, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, base);
	if (end == text || *end || text[0] == ' ')
		return param_refuse(c,
		    "%s strconv.ParseInt: parsing \"%s\": invalid syntax", what,
		    text);
	if (errno == ERANGE)
		return param_refuse(c,
		    "%s strconv.ParseInt: parsing \"%s\": value out of range",
		    what, text);
	return true;
}

static bool
param_to_int(struct param_conversion *c, struct slice raw, int64_t *out)
{
	char *text;

	switch (jsontext_kind(raw)) {
	case '"':
		text = jsontext_string(c->arena, raw, NULL);
		if (*text == '\0') {
			*out = 0;
			return true;
		}
		return param_parse_int(
		    c, text, 0, "cannot parse '' as int:", out);
	case '0':
		text = arena_strndup(c->arena, raw.p, raw.n);
		return param_parse_int(
		    c, text, 10, "error decoding json.Number into :", out);
	case 't':
	case 'f':
	case 'n':
		*out = raw.n > 0 && raw.p[0] == 't';
		return true;
	}
	return param_unconvertible(c, "int", raw);
}

static bool
param_convert_int(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	return param_to_int(c, raw, &v->u.number);
}

static bool
param_convert_float(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	char *text, *end;

	if (!param_to_text(c, raw, &text))
		return false;
	if (*text == '\0')
		text = arena_strdup(c->arena, "0");
	v->u.real = strtod(text, &end);
	if (*end)
		return param_refuse(c,
		    "cannot parse '' as float: strconv.ParseFloat: "
		    "parsing \"%s\": invalid syntax",
		    text);
	return true;
}

static bool
param_convert_bool(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	char *text;

	switch (jsontext_kind(raw)) {
	case 't':
	case 'f':
	case 'n':
		v->u.flag = raw.n > 0 && raw.p[0] == 't';
		return true;
	case '0':
		text = arena_strndup(c->arena, raw.p, raw.n);
		v->u.flag = strtod(text, NULL) != 0;
		return true;
	case '"':
		text = jsontext_string(c->arena, raw, NULL);
		v->u.flag = false;
		if (*text == '\0' || parse_bool_go(text, &v->u.flag))
			return true;
		return param_refuse(c,
		    "cannot parse '' as bool: strconv.ParseBool: "
		    "parsing \"%s\": invalid syntax",
		    text);
	}
	return param_unconvertible(c, "bool", raw);
}

static bool
param_to_duration(struct param_conversion *c, struct slice raw, int64_t *ns)
{
	char *text;

	switch (jsontext_kind(raw)) {
	case 'n':
		*ns = 0;
		return true;
	case '0':
	case '"':
		if (!param_to_text(c, raw, &text))
			return false;
		if (duration_parse(text, ns))
			return true;
		return param_refuse(c, "time: invalid duration \"%s\"", text);
	}
	return param_refuse(c, "could not parse duration from input");
}

static bool
param_convert_seconds(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	int64_t ns;

	if (!param_to_duration(c, raw, &ns))
		return false;
	v->u.number = ns / NSEC_PER_SEC;
	if (v->u.number < 0)
		return param_refuse(c, "cannot provide negative value '%lld'",
		    (long long)v->u.number);
	return true;
}

static bool
param_convert_signed(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	return param_to_duration(c, raw, &v->u.number);
}

static void
param_list_add(
    struct param_conversion *c, struct param_value *v, int cap, char *text)
{
	if (!v->u.list.items)
		v->u.list.items = arena_zalloc(
		    c->arena, (size_t)(cap + 1) * sizeof(char *));
	v->u.list.items[v->u.list.n++] = trim_space(text);
}

static bool
param_list_from_array(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	struct slice *elements;
	size_t n = jsontext_elements(c->arena, raw, &elements);

	for (size_t i = 0; i < n; i++) {
		char *text;

		if (!param_to_text(c, elements[i], &text)) {
			char why[500];

			snprintf(why, sizeof(why), "%s", c->why + 2);
			return param_refuse(
			    c, "1 error(s) decoding:\n\n* '[%zu]%s", i, why);
		}
		param_list_add(c, v, (int)n, text);
	}
	return true;
}

static bool
param_convert_strings(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	char *text;

	if (jsontext_kind(raw) == '[')
		return param_list_from_array(c, raw, v);
	if (jsontext_kind(raw) == 'n')
		return true;
	if (jsontext_kind(raw) == '{') {
		if (raw.n == 2)
			return true;
		return param_unconvertible(c, "[]string", raw);
	}
	if (!param_to_text(c, raw, &text))
		return false;
	if (*text)
		param_list_add(c, v, 1, text);
	return true;
}

static bool
param_convert_comma_strings(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	char *text, *comma;
	int cap = 1;

	if (jsontext_kind(raw) == '[' || jsontext_kind(raw) == '{' ||
	    jsontext_kind(raw) == 'n')
		return param_convert_strings(c, raw, v);
	if (!param_to_text(c, raw, &text))
		return false;
	if (*text == '\0')
		return true;
	for (char *p = text; *p; p++)
		cap += *p == ',';
	while ((comma = strchr(text, ','))) {
		*comma = '\0';
		param_list_add(c, v, cap, text);
		text = comma + 1;
	}
	param_list_add(c, v, cap, text);
	return true;
}

static bool
param_convert_ints(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	struct param_value strings = { 0 };

	if (!param_convert_comma_strings(c, raw, &strings))
		return false;
	v->u.ints.items = arena_zalloc(
	    c->arena, (size_t)(strings.u.list.n + 1) * sizeof(int64_t));
	for (int i = 0; i < strings.u.list.n; i++) {
		if (!param_parse_int(c, strings.u.list.items[i], 0,
			"cannot parse '' as int:", &v->u.ints.items[i])) {
			char what[64];

			snprintf(what, sizeof(what),
			    "1 error(s) decoding:\n\n* cannot parse '[%d]' as "
			    "int:",
			    i);
			return param_parse_int(c, strings.u.list.items[i], 0,
			    what, &v->u.ints.items[i]);
		}
	}
	v->u.ints.n = strings.u.list.n;
	return true;
}

/* The objects of a list as one object, the last of equal keys kept. */
static struct slice
param_merge_maps(struct arena *a, const struct slice *maps, size_t n)
{
	struct buf all, clean;
	struct slice merged;

	buf_init(&all, 0);
	buf_init(&clean, 0);
	buf_char(&all, '{');
	for (size_t i = 0; i < n; i++) {
		if (maps[i].n <= 2 || jsontext_kind(maps[i]) != '{')
			continue;
		if (all.n > 1)
			buf_char(&all, ',');
		buf_add(&all, maps[i].p + 1, maps[i].n - 2);
	}
	buf_char(&all, '}');
	jsontext_clean(&clean, all.p, all.n, JSONTEXT_DIGITS, NULL, 0);
	merged.n = clean.n;
	merged.p = arena_strndup(a, clean.p, clean.n);
	buf_release(&all);
	buf_release(&clean);
	return merged;
}

static bool
param_convert_map(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	static const char *const kinds[] = { "\"string", "0string", "tbool",
		"fbool", "[slice" };
	const char *where = "";
	struct slice *elements;
	size_t n;

	/* A list counts as objects to merge. */
	if (jsontext_kind(raw) == '[') {
		n = jsontext_elements(c->arena, raw, &elements);
		v->raw = param_merge_maps(c->arena, elements, n);
		raw = v->raw;
		for (size_t i = 0; i < n; i++) {
			if (jsontext_kind(elements[i]) == '{' ||
			    jsontext_kind(elements[i]) == 'n')
				continue;
			raw = elements[i];
			where = arena_printf(c->arena, "[%zu]", i);
			break;
		}
	}
	if (jsontext_kind(raw) == '{' || jsontext_kind(raw) == 'n')
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i][0] == jsontext_kind(raw))
			return param_refuse(c, "'%s' expected a map, got '%s'",
			    where, kinds[i] + 1);
	return false;
}

/* Pairs are kept as clean JSON of an object of strings, in u.text. */
static void
param_put_pair(struct buf *out, const char *key, const char *value)
{
	buf_char(out, out->n ? ',' : '{');
	jsontext_quote_str(out, key);
	buf_char(out, ':');
	jsontext_quote_str(out, value);
}

static bool
param_pairs_from_map(
    struct param_conversion *c, struct slice raw, struct buf *out)
{
	struct jsontext_member *members;
	size_t n = jsontext_members(c->arena, raw, &members);

	for (size_t i = 0; i < n; i++) {
		char *text;

		if (!param_to_text(c, members[i].value, &text)) {
			char why[500];

			snprintf(why, sizeof(why), "%s", c->why + 2);
			return param_refuse(c,
			    "1 error(s) decoding:\n\n* '[%s]'%s",
			    members[i].key, why);
		}
		param_put_pair(out, members[i].key, text);
	}
	return true;
}

static bool
param_pairs_from_list(
    struct param_conversion *c, struct slice raw, struct buf *out)
{
	struct param_value list = { 0 };

	if (!param_convert_strings(c, raw, &list))
		return false;
	for (int i = 0; i < list.u.list.n; i++) {
		char *eq = strchr(list.u.list.items[i], '=');

		if (!eq)
			return param_refuse(
			    c, "invalid key pair \"%s\"", list.u.list.items[i]);
		*eq = '\0';
		param_put_pair(out, list.u.list.items[i], eq + 1);
	}
	return true;
}

static bool
param_convert_pairs(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	struct buf out, clean;
	bool ok;

	buf_init(&out, 0);
	ok = jsontext_kind(raw) == '{' ? param_pairs_from_map(c, raw, &out)
				       : param_pairs_from_list(c, raw, &out);
	buf_str(&out, out.n ? "}" : "{}");
	if (ok) {
		buf_init(&clean, 0);
		jsontext_clean(&clean, out.p, out.n, JSONTEXT_DIGITS, NULL, 0);
		v->u.text = arena_strndup(c->arena, clean.p, clean.n);
		buf_release(&clean);
	}
	buf_release(&out);
	return ok;
}

static bool
param_convert_any(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	(void)c;
	(void)raw;
	(void)v;
	return true;
}

static bool
param_convert_time(
    struct param_conversion *c, struct slice raw, struct param_value *v)
{
	char *text, *end;
	int64_t s;

	if (!param_to_text(c, raw, &text))
		return false;
	s = strtoll(text, &end, 10);
	v->u.number = s * NSEC_PER_SEC;
	if (*text && *end == '\0')
		return true;
	if (*text == '\0') {
		v->u.number = 0;
		return true;
	}
	return rfc3339_parse(text, &v->u.number) ||
	    param_refuse(c, "could not parse time from input: \"%s\"", text);
}

static bool (*const param_converters[])(
    struct param_conversion *, struct slice, struct param_value *) = {
	[P_STRING] = param_convert_string,
	[P_LOWER] = param_convert_lower,
	[P_INT] = param_convert_int,
	[P_BOOL] = param_convert_bool,
	[P_SECONDS] = param_convert_seconds,
	[P_SIGNED_DURATION] = param_convert_signed,
	[P_STRINGS] = param_convert_strings,
	[P_COMMA_STRINGS] = param_convert_comma_strings,
	[P_COMMA_INTS] = param_convert_ints,
	[P_MAP] = param_convert_map,
	[P_PAIRS] = param_convert_pairs,
	[P_ANY] = param_convert_any,
	[P_HEADER] = param_convert_any,
	[P_TIME] = param_convert_time,
	[P_FLOAT] = param_convert_float,
};

static int
param_table_size(const struct param *table)
{
	int n = 0;

	while (table && table[n].name)
		n++;
	return n;
}

static int
param_table_find(const struct param *table, const char *name)
{
	for (int i = 0; table && table[i].name; i++)
		if (strcmp(table[i].name, name) == 0)
			return i;
	return -1;
}

static bool
param_convert_one(struct param_conversion *c, const struct param *p,
    struct slice raw, struct param_value *v)
{
	if (p->type == P_PAIRS && jsontext_kind(raw) == 'n')
		raw = SLICE("{}");
	return param_converters[p->type](c, raw, v);
}

static void
params_set_defaults(struct param_conversion *c, const struct param *table)
{
	for (int i = 0; table && table[i].name; i++) {
		struct slice def = { "null", 4 };

		if (c->req->params[i].given)
			continue;
		if (table[i].default_json)
			def = slice_of(table[i].default_json);
		param_convert_one(c, &table[i], def, &c->req->params[i]);
	}
}

/* A field that the path gives is taken from the path, whatever the body says.
 */
static struct slice
param_from_path(struct request *req, const char *name)
{
	struct buf quoted;
	struct slice value = { NULL, 0 };

	for (int i = 0; i < req->ncaptures; i++) {
		if (strcmp(req->captures[i].name, name) != 0)
			continue;
		buf_init(&quoted, 0);
		jsontext_quote_str(&quoted, req->captures[i].value);
		value.p = arena_strndup(req->arena, quoted.p, quoted.n);
		value.n = quoted.n;
		buf_release(&quoted);
	}
	return value;
}

bool
params_convert(struct request *req, struct error *e)
{
	const struct param *table = req->route->params;
	struct param_conversion c = { .req = req, .arena = req->arena };
	int n = param_table_size(table);

	if (req->params || n == 0)
		return true;
	req->params = arena_zalloc(
	    req->arena, (size_t)n * sizeof(struct param_value));
	for (size_t i = 0; i < req->nfields; i++) {
		int at = param_table_find(table, req->fields[i].key);
		struct slice raw = req->fields[i].value;

		if (at < 0 || param_from_path(req, req->fields[i].key).p)
			continue;
		req->params[at].given = true;
		req->params[at].raw = raw;
		if (!param_convert_one(&c, &table[at], raw, &req->params[at]))
			return error_set(e, 400,
			    "error converting input %s for field \"%s\": %s",
			    jsontext_go_print(req->arena, raw), table[at].name,
			    c.why);
	}
	for (int i = 0; i < n; i++) {
		struct slice raw = param_from_path(req, table[i].name);

		if (!raw.p)
			continue;
		req->params[i].given = true;
		req->params[i].raw = raw;
		if (!param_convert_one(&c, &table[i], raw, &req->params[i]))
			return error_set(e, 400, "%s", c.why);
	}
	params_set_defaults(&c, table);
	return true;
}

static char *
param_join_names(struct request *req, const char **names, int n)
{
	struct buf out;
	char *text;

	buf_init(&out, 0);
	for (int i = 0; i < n; i++)
		buf_printf(&out, "%s%s", i ? " " : "", names[i]);
	text = arena_strndup(req->arena, out.p, out.n);
	buf_release(&out);
	return text;
}

void
params_warn(struct request *req)
{
	const char **unknown, **replaced;
	int nunknown = 0, nreplaced = 0;

	if (req->nfields == 0 || req->route->flags & R_NO_FIELD_WARNINGS)
		return;
	unknown = arena_alloc(req->arena, req->nfields * sizeof(char *));
	replaced = arena_alloc(req->arena, req->nfields * sizeof(char *));
	for (size_t i = 0; i < req->nfields; i++) {
		const char *key = req->fields[i].key;

		if (*param_capture(req, key) || param_from_path(req, key).p)
			replaced[nreplaced++] = key;
		else if (param_table_find(req->route->params, key) < 0)
			unknown[nunknown++] = key;
	}
	if (nunknown)
		reply_warn(req,
		    "Endpoint ignored these unrecognized parameters: [%s]",
		    param_join_names(req, unknown, nunknown));
	if (nreplaced)
		reply_warn(req,
		    "Endpoint replaced the value of these parameters with the "
		    "values captured from the endpoint's path: [%s]",
		    param_join_names(req, replaced, nreplaced));
}

const char *
param_capture(const struct request *req, const char *name)
{
	for (int i = 0; i < req->ncaptures; i++)
		if (strcmp(req->captures[i].name, name) == 0)
			return req->captures[i].value;
	return "";
}

static const struct param_value *
param_get_value(const struct request *req, const char *name)
{
	int at = param_table_find(req->route->params, name);

	if (at < 0)
		abort(); /* the row does not list what its handler reads */
	return &req->params[at];
}

bool
param_is_given(const struct request *req, const char *name)
{
	return param_get_value(req, name)->given;
}

const char *
param_str(const struct request *req, const char *name)
{
	if (param_table_find(req->route->params, name) < 0)
		return param_capture(req, name);
	return param_get_value(req, name)->u.text;
}

int64_t
param_int(const struct request *req, const char *name)
{
	return param_get_value(req, name)->u.number;
}

int64_t
param_duration(const struct request *req, const char *name)
{
	return param_get_value(req, name)->u.number;
}

bool
param_bool(const struct request *req, const char *name)
{
	return param_get_value(req, name)->u.flag;
}

double
param_float(const struct request *req, const char *name)
{
	return param_get_value(req, name)->u.real;
}

char **
param_strings(const struct request *req, const char *name, int *n)
{
	const struct param_value *v = param_get_value(req, name);

	if (n)
		*n = v->u.list.n;
	if (v->u.list.items)
		return v->u.list.items;
	return arena_zalloc(req->arena, sizeof(char *));
}

int64_t *
param_ints(const struct request *req, const char *name, int *n)
{
	const struct param_value *v = param_get_value(req, name);

	*n = v->u.ints.n;
	return v->u.ints.items;
}

struct slice
param_raw(const struct request *req, const char *name)
{
	return param_get_value(req, name)->raw;
}

json_t *
param_json_tree(const struct request *req, const char *name)
{
	const struct param_value *v = param_get_value(req, name);
	int at = param_table_find(req->route->params, name);

	if (!v->given)
		return NULL;
	if (req->route->params[at].type == P_PAIRS)
		return jsontext_to_tree(slice_of(v->u.text));
	return jsontext_to_tree(v->raw);
}
