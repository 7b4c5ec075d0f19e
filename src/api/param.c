/*
 * Field conversion as Vault's framework does it: weak, with the texts of
 * mapstructure, strconv and parseutil, because clients see them.
 */
#include "api/param.h"

#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "api/route.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/json/weak_decode.h"
#include "base/text.h"

/*
 * A converter fills in *v from a field's clean JSON. It returns NULL or, when
 * the field has another type, Vault's reason, which lives in the arena.
 */
typedef const char *(*param_converter)(
    struct arena *a, struct slice raw, struct param_value *v);

static const char *
param_convert_string(struct arena *a, struct slice raw, struct param_value *v)
{
	return weak_decode_string(a, "", raw, &v->u.text);
}

static const char *
param_convert_lower(struct arena *a, struct slice raw, struct param_value *v)
{
	const char *error = weak_decode_string(a, "", raw, &v->u.text);

	if (!error)
		lower_ascii(v->u.text);
	return error;
}

static const char *
param_convert_int(struct arena *a, struct slice raw, struct param_value *v)
{
	return weak_decode_int(a, "", raw, &v->u.number);
}

static const char *
param_convert_float(struct arena *a, struct slice raw, struct param_value *v)
{
	return weak_decode_float(a, "", raw, &v->u.real);
}

static const char *
param_convert_bool(struct arena *a, struct slice raw, struct param_value *v)
{
	return weak_decode_bool(a, "", raw, &v->u.flag);
}

/* Vault 1.19: fields of durations count whole seconds. */
static const char *
param_to_seconds(struct arena *a, struct slice raw, int64_t *s)
{
	char *text;
	const char *error;
	int64_t ns;

	*s = 0;
	switch (jsontext_kind(raw)) {
	case 'n':
		return NULL;
	case '0':
	case '"':
		error = weak_decode_string(a, "", raw, &text);
		if (!error)
			error = duration_parse_why(a, text, &ns);
		if (!error)
			*s = ns / NSEC_PER_SEC;
		return error;
	}
	return "could not parse duration from input";
}

static const char *
param_convert_seconds(struct arena *a, struct slice raw, struct param_value *v)
{
	const char *error = param_to_seconds(a, raw, &v->u.number);

	if (error || v->u.number >= 0)
		return error;
	return arena_printf(
	    a, "cannot provide negative value '%lld'", (long long)v->u.number);
}

static const char *
param_convert_signed(struct arena *a, struct slice raw, struct param_value *v)
{
	const char *error = param_to_seconds(a, raw, &v->u.number);

	v->u.number *= NSEC_PER_SEC;
	return error;
}

static const char *
param_convert_strings(struct arena *a, struct slice raw, struct param_value *v)
{
	const char *error;

	if (slice_is(raw, "\"\"")) /* Vault 1.19: no list of one empty text */
		raw = SLICE("[]");
	error = weak_decode_strings(a, raw, &v->u.list.items, &v->u.list.n);
	for (int i = 0; !error && i < v->u.list.n; i++)
		v->u.list.items[i] = trim_space(v->u.list.items[i]);
	return error;
}

/* A text (or number) of several values becomes the list of them. */
static struct slice
param_split_commas(struct arena *a, struct slice raw)
{
	char kind = jsontext_kind(raw);
	char *text;

	if ((kind != '"' && kind != '0') ||
	    weak_decode_string(a, "", raw, &text))
		return raw;
	return weak_split_commas(a, text);
}

static const char *
param_convert_comma_strings(
    struct arena *a, struct slice raw, struct param_value *v)
{
	return param_convert_strings(a, param_split_commas(a, raw), v);
}

static const char *
param_convert_ints(struct arena *a, struct slice raw, struct param_value *v)
{
	return weak_decode_ints(
	    a, param_split_commas(a, raw), &v->u.ints.items, &v->u.ints.n);
}

/* A list of objects is kept as the object that they make together. */
static const char *
param_convert_map(struct arena *a, struct slice raw, struct param_value *v)
{
	struct slice map;
	const char *error;

	if (!v->given) /* nothing to make an object of */
		return NULL;
	error = weak_decode_map(a, raw, &map);
	if (!error)
		v->raw = map;
	return error;
}

/* The "k=v" of a list as clean JSON of an object. */
static const char *
param_pairs_from_list(struct arena *a, struct slice raw, char **out)
{
	char **list;
	int n;
	const char *error = weak_decode_strings(a, raw, &list, &n);
	struct buf pairs, clean;

	if (error)
		return error;
	buf_init(&pairs, 0);
	buf_char(&pairs, '{');
	for (int i = 0; i < n && !error; i++) {
		size_t key_n = strcspn(list[i], "=");

		if (key_n == 0 || list[i][key_n] == '\0')
			error = arena_printf(
			    a, "invalid key pair %s", go_quoted(a, list[i]));
		buf_str(&pairs, i ? "," : "");
		jsontext_quote(&pairs, list[i], key_n);
		buf_char(&pairs, ':');
		jsontext_quote_str(&pairs, error ? "" : list[i] + key_n + 1);
	}
	buf_char(&pairs, '}');
	buf_init(&clean, 0);
	jsontext_clean(&clean, pairs.p, pairs.n, JSONTEXT_DIGITS, NULL);
	*out = arena_strndup(a, clean.p, clean.n);
	buf_release(&clean);
	buf_release(&pairs);
	return error;
}

/* Pairs are kept as clean JSON of an object of strings, in u.text. */
static const char *
param_convert_pairs(struct arena *a, struct slice raw, struct param_value *v)
{
	struct slice map;

	if (!weak_decode_string_map(a, raw, &map))
		return param_pairs_from_list(a, raw, &v->u.text);
	if (jsontext_kind(map) == 'n')
		map = SLICE("{}");
	v->u.text = arena_strndup(a, map.p, map.n);
	return NULL;
}

static const char *
param_convert_any(struct arena *a, struct slice raw, struct param_value *v)
{
	(void)a;
	(void)raw;
	(void)v;
	return NULL;
}

/* RFC 3339, or seconds since 1970 as a number or a text. */
static const char *
param_convert_time(struct arena *a, struct slice raw, struct param_value *v)
{
	char kind = jsontext_kind(raw);
	const char *error;
	char *text;
	int64_t s;

	v->u.number = 0;
	if (kind == 'n')
		return NULL;
	if (kind != '0' && kind != '"')
		return "could not parse time from input type";
	error = weak_decode_string(a, "", raw, &text);
	if (error || (kind == '"' && rfc3339_parse(text, &v->u.number)))
		return error;
	error = go_parse_int_why(a, text, 10, &s);
	if (!error && __builtin_mul_overflow(s, NSEC_PER_SEC, &v->u.number))
		v->u.number = s < 0 ? INT64_MIN : INT64_MAX;
	return error && kind == '"' ? "could not parse string as date and time"
				    : error;
}

/* go_type is what Go's decoder calls the wanted type; NULL: lists are taken. */
static const struct {
	param_converter convert;
	const char *go_type;
} param_types[] = {
	[P_STRING] = { param_convert_string, "string" },
	[P_PATH_STRING] = { param_convert_string, "string" },
	[P_LOWER] = { param_convert_lower, "string" },
	[P_INT] = { param_convert_int, "int" },
	[P_BOOL] = { param_convert_bool, "bool" },
	[P_SECONDS] = { param_convert_seconds, NULL },
	[P_SIGNED_DURATION] = { param_convert_signed, NULL },
	[P_STRINGS] = { param_convert_strings, NULL },
	[P_COMMA_STRINGS] = { param_convert_comma_strings, NULL },
	[P_COMMA_INTS] = { param_convert_ints, NULL },
	[P_MAP] = { param_convert_map, NULL },
	[P_PAIRS] = { param_convert_pairs, NULL },
	[P_ANY] = { param_convert_any, NULL },
	[P_HEADER] = { param_convert_any, NULL },
	[P_TIME] = { param_convert_time, NULL },
	[P_FLOAT] = { param_convert_float, "float64" },
};

static int
param_table_find(const struct param *table, const char *name)
{
	for (int i = 0; table && table[i].name; i++)
		if (strcmp(table[i].name, name) == 0)
			return i;
	return -1;
}

/* The same, but -1 for a field that the claimed version does not have. */
static int
param_table_find_known(const struct request *req, const char *name)
{
	const struct param *table = req->route->params;
	int at = param_table_find(table, name);

	if (at >= 0 && !version_has(req->vault, PARAM_VERSION(table[at].type)))
		return -1;
	return at;
}

void
params_trim(const struct vault *v, const struct param *table, json_t *data)
{
	for (; table->name; table++)
		if (!version_has(v, PARAM_VERSION(table->type)))
			json_object_del(data, table->name);
}

static const char *
param_convert(struct request *req, const struct param *p, struct slice raw,
    struct param_value *v)
{
	enum param_type type = PARAM_TYPE(p->type);
	const char *go_type = param_types[type].go_type;

	/* A key that the query repeats is Go's []string. */
	if (go_type && req->op & (OP_READ | OP_LIST | OP_DELETE) &&
	    jsontext_kind(raw) == '[')
		return arena_printf(req->arena,
		    "'' expected type '%s', got unconvertible type '[]string', "
		    "value: '%s'",
		    go_type, jsontext_go_print(req->arena, raw));
	return param_types[type].convert(req->arena, raw, v);
}

/* Vault 1.19: a null is a text's, a number's, a list's zero, but a duration or
 * a time that is null was not given. */
static bool
param_counts_as_given(const struct param *p, struct slice raw)
{
	enum param_type type = PARAM_TYPE(p->type);

	return jsontext_kind(raw) != 'n' ||
	    (type != P_SECONDS && type != P_SIGNED_DURATION && type != P_TIME);
}

/* The value of a field that the path gives, as JSON; p NULL when it gives
 * none. */
static struct slice
param_from_path(const struct request *req, const char *name)
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

static bool
param_is_captured(const struct request *req, const char *name)
{
	for (int i = 0; i < req->ncaptures; i++)
		if (strcmp(req->captures[i].name, name) == 0)
			return true;
	return false;
}

/* Does the path give it, whatever the body says? Vault 1.19: an optional part
 * of a pattern gives its fields too, empty when the path lacks it. */
static bool
param_is_from_path(const struct request *req, const char *name)
{
	int at;

	if (param_is_captured(req, name))
		return true;
	at = param_table_find(req->route->params, name);
	return at >= 0 && req->route->params[at].type == P_PATH_STRING;
}

/* The value of table[i] as it came, and whether it was given at all. */
static struct slice
param_find_raw(struct request *req, const struct param *p, bool *given)
{
	struct slice raw = { NULL, 0 };

	*given = true;
	if (p->type == P_PATH_STRING || param_is_captured(req, p->name)) {
		raw = param_from_path(req, p->name);
		return raw.p ? raw : SLICE("\"\"");
	}
	for (size_t i = 0; i < req->nfields &&
	     version_has(req->vault, PARAM_VERSION(p->type));
	     i++) {
		if (strcmp(req->fields[i].key, p->name) != 0)
			continue;
		*given = param_counts_as_given(p, req->fields[i].value);
		return req->fields[i].value;
	}
	*given = false;
	return raw;
}

/* The name among the sent fields that Vault's text is about: the first by
 * name. (Vault picks any one of several.) */
const char *
params_convert(struct request *req)
{
	const struct param *table = req->route->params;
	int n = 0, bad = -1;
	const char *error = NULL, *why;
	struct slice bad_raw = { NULL, 0 };

	while (table && table[n].name)
		n++;
	if (req->params || n == 0)
		return NULL;
	req->params = arena_zalloc(
	    req->arena, (size_t)n * sizeof(struct param_value));
	for (int i = 0; i < n; i++) {
		struct param_value *v = &req->params[i];
		struct slice raw = param_find_raw(req, &table[i], &v->given);

		if (v->given)
			v->raw = raw;
		else
			raw = table[i].default_json
			    ? slice_of(table[i].default_json)
			    : SLICE("null");
		why = param_convert(req, &table[i], raw, v);
		if (why &&
		    (bad < 0 || strcmp(table[i].name, table[bad].name) < 0)) {
			error = why;
			bad = i;
			bad_raw = raw;
		}
	}
	if (!error)
		return NULL;
	req->params = NULL;
	if (!version_has(req->vault, VERSION_FIELD_VALUE_HIDDEN))
		return arena_printf(req->arena,
		    "error converting input %s for field %s: %s",
		    jsontext_go_print(req->arena, bad_raw),
		    go_quoted(req->arena, table[bad].name), error);
	return arena_printf(req->arena,
	    "error converting input for field %s: %s",
	    go_quoted(req->arena, table[bad].name), error);
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

bool
params_have_warnings(const struct request *req)
{
	if (req->route->flags & R_NO_FIELD_WARNINGS)
		return false;
	for (size_t i = 0; i < req->nfields; i++)
		if (param_is_from_path(req, req->fields[i].key) ||
		    param_table_find_known(req, req->fields[i].key) < 0)
			return true;
	return false;
}

void
params_warn(struct request *req)
{
	const char **unknown, **replaced;
	int nunknown = 0, nreplaced = 0;

	if (req->nfields == 0 || req->route->flags & R_NO_FIELD_WARNINGS ||
	    req->reply.forced_status || req->reply.fields_warned)
		return;
	req->reply.fields_warned = true;
	unknown = arena_alloc(req->arena, req->nfields * sizeof(char *));
	replaced = arena_alloc(req->arena, req->nfields * sizeof(char *));
	for (size_t i = 0; i < req->nfields; i++) {
		const char *key = req->fields[i].key;

		if (param_is_from_path(req, key)) {
			if (jsontext_kind(req->fields[i].value) != 'n')
				replaced[nreplaced++] = key;
		} else if (param_table_find_known(req, key) < 0)
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
		abort(); /* the route does not list what its handler reads */
	return &req->params[at];
}

struct param_value *
param_value_of(const struct request *req, const char *name)
{
	int at = param_table_find(req->route->params, name);

	if (at < 0)
		abort(); /* the row does not list what its handler adjusts */
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
	if (PARAM_TYPE(req->route->params[at].type) == P_PAIRS)
		return jsontext_to_tree(slice_of(v->u.text));
	return jsontext_to_tree(v->raw);
}
