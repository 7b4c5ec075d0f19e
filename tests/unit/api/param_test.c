/*
 * Weak conversion of fields: what each type takes, and the text of its refusal.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "api/param.h"
#include "api/route.h"
#include "base/duration.h"
#include "core/vault.h"
#include "support/unit.h"

static const struct param table[] = {
	{ "text", P_STRING, NULL, NULL },
	{ "lower", P_LOWER, NULL, NULL },
	{ "n", P_INT, "7", NULL },
	{ "flag", P_BOOL, "true", NULL },
	{ "ttl", P_SECONDS, NULL, NULL },
	{ "signed", P_SIGNED_DURATION, NULL, NULL },
	{ "list", P_STRINGS, NULL, NULL },
	{ "comma", P_COMMA_STRINGS, NULL, NULL },
	{ "ints", P_COMMA_INTS, NULL, NULL },
	{ "map", P_MAP, NULL, NULL },
	{ "pairs", P_PAIRS, NULL, NULL },
	{ "real", P_FLOAT, NULL, NULL },
	{ "time", P_TIME, NULL, NULL },
	{ "newer", P_VERSION(P_STRING, VERSION_KV2_CREATED_BY), NULL, NULL },
	PARAM_END,
};

static const struct route row = { OP_WRITE, "x", 0, table, NULL, NULL, NULL };

/* A request whose fields were converted; *error is the refusal or NULL. */
static struct request *
with_version(const char *version, const char *body, const char **error)
{
	struct request *req = calloc(1, sizeof(*req));
	struct buf clean;

	req->vault = calloc(1, sizeof(*req->vault));
	version_set_init(&req->vault->config.changes, version);
	req->arena = arena_new();
	req->route = &row;
	buf_init(&clean, 0);
	jsontext_clean(&clean, body, strlen(body), JSONTEXT_DIGITS, NULL);
	req->json.p = arena_strndup(req->arena, clean.p, clean.n);
	req->json.n = clean.n;
	buf_release(&clean);
	req->nfields = jsontext_members(req->arena, req->json, &req->fields);
	*error = params_convert(req);
	return req;
}

static struct request *
with(const char *body, const char **error)
{
	return with_version("1.19.5", body, error);
}

static void
drop(struct request *req)
{
	arena_free(req->arena);
	free(req->vault);
	free(req);
}

static void
refused(const char *body, const char *text)
{
	const char *error;
	struct request *req = with(body, &error);

	ck_assert_msg(error != NULL, "%s was taken", body);
	ck_assert_str_eq(error, text);
	drop(req);
}

START_TEST(defaults_and_given)
{
	const char *e;
	struct request *req = with("{}", &e);

	ck_assert_ptr_null(e);
	ck_assert_int_eq(param_int(req, "n"), 7);
	ck_assert(param_bool(req, "flag"));
	ck_assert_str_eq(param_str(req, "text"), "");
	ck_assert(!param_is_given(req, "n"));
	ck_assert_ptr_nonnull(param_strings(req, "list", NULL));
	drop(req);
}
END_TEST

START_TEST(weak_scalars)
{
	const char *e;
	struct request *req = with("{\"text\":12.50,\"lower\":\"AbC\","
				   "\"n\":\"0x10\",\"flag\":\"f\","
				   "\"ttl\":\"1h\",\"signed\":-3}",
	    &e);

	ck_assert_ptr_null(e);
	ck_assert_str_eq(param_str(req, "text"), "12.50");
	ck_assert_str_eq(param_str(req, "lower"), "abc");
	ck_assert_int_eq(param_int(req, "n"), 16);
	ck_assert(!param_bool(req, "flag"));
	ck_assert_int_eq(param_duration(req, "ttl"), 3600);
	ck_assert_int_eq(param_duration(req, "signed"), -3 * NSEC_PER_SEC);
	drop(req);
}
END_TEST

START_TEST(lists_and_pairs)
{
	const char *e;
	struct request *req = with("{\"list\":\"a,b\",\"comma\":\" a , b\","
				   "\"ints\":\"1,2\","
				   "\"pairs\":[\"k=v\",\"a=b=c\"]}",
	    &e);
	json_t *pairs;
	int n;

	ck_assert_ptr_null(e);
	ck_assert_str_eq(param_strings(req, "list", &n)[0], "a,b");
	ck_assert_int_eq(n, 1);
	ck_assert_str_eq(param_strings(req, "comma", &n)[1], "b");
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(param_ints(req, "ints", &n)[1], 2);
	pairs = param_json_tree(req, "pairs");
	ck_assert_str_eq(json_string_value(json_object_get(pairs, "a")), "b=c");
	json_decref(pairs);
	drop(req);
}
END_TEST

/* A type, an input, and either what it becomes or the reason why not. */
static const struct {
	const char *field;
	const char *json;
	const char *want;
} conversions[] = {
	{ "text", "\"a\"", "a" },
	{ "text", "12.50", "12.50" },
	{ "text", "true", "1" },
	{ "text", "false", "0" },
	{ "text", "null", "" },
	{ "text", "[]",
	    "!'' expected type 'string', got unconvertible type "
	    "'[]interface {}', value: '[]'" },
	{ "text", "{\"a\":[1,null,\"x y\"]}",
	    "!'' expected type 'string', got unconvertible type "
	    "'map[string]interface {}', value: 'map[a:[1 <nil> x y]]'" },
	{ "lower", "\"AbC\"", "abc" },
	{ "n", "7", "7" },
	{ "n", "-0", "0" },
	{ "n", "\"0x1F\"", "31" },
	{ "n", "\"-0b11\"", "-3" },
	{ "n", "\"0o17\"", "15" },
	{ "n", "\"017\"", "15" },
	{ "n", "\"1_000\"", "1000" },
	{ "n", "\"+5\"", "5" },
	{ "n", "\"\"", "0" },
	{ "n", "null", "0" },
	{ "n", "true", "1" },
	{ "n", "9223372036854775807", "9223372036854775807" },
	{ "n", "\"-9223372036854775808\"", "-9223372036854775808" },
	{ "n", "\"9223372036854775808\"",
	    "!cannot parse '' as int: strconv.ParseInt: parsing "
	    "\"9223372036854775808\": value out of range" },
	{ "n", "1e3",
	    "!cannot parse '' as int: strconv.ParseInt: parsing \"1e3\": "
	    "invalid syntax" },
	{ "n", "\"1__0\"",
	    "!cannot parse '' as int: strconv.ParseInt: parsing \"1__0\": "
	    "invalid syntax" },
	{ "n", "\"0x\"",
	    "!cannot parse '' as int: strconv.ParseInt: parsing \"0x\": "
	    "invalid syntax" },
	{ "n", "\" 5\"",
	    "!cannot parse '' as int: strconv.ParseInt: parsing \" 5\": "
	    "invalid syntax" },
	{ "n", "\"a\\\"\\t\\u00fc\\u0001\"",
	    "!cannot parse '' as int: strconv.ParseInt: parsing "
	    "\"a\\\"\\t\xc3\xbc\\x01\": invalid syntax" },
	{ "n", "[5]",
	    "!'' expected type 'int', got unconvertible type "
	    "'[]interface {}', value: '[5]'" },
	{ "flag", "true", "true" },
	{ "flag", "0", "false" },
	{ "flag", "1", "true" },
	{ "flag", "\"T\"", "true" },
	{ "flag", "\"\"", "false" },
	{ "flag", "2",
	    "!cannot parse '' as bool: strconv.ParseBool: parsing \"2\": "
	    "invalid syntax" },
	{ "flag", "{}",
	    "!'' expected type 'bool', got unconvertible type "
	    "'map[string]interface {}', value: 'map[]'" },
	{ "real", "1.5", "1.5" },
	{ "real", "\"1e3\"", "1000" },
	{ "real", "\"0x1p-1\"", "0.5" },
	{ "real", "\"\"", "0" },
	{ "real", "true", "1" },
	{ "real", "\"1e999\"",
	    "!cannot parse '' as float: strconv.ParseFloat: parsing "
	    "\"1e999\": value out of range" },
	{ "real", "\"x\"",
	    "!cannot parse '' as float: strconv.ParseFloat: parsing \"x\": "
	    "invalid syntax" },
	{ "ttl", "90", "90" },
	{ "ttl", "\"1h\"", "3600" },
	{ "ttl", "\"2d\"", "172800" },
	{ "ttl", "\"1999ms\"", "1" },
	{ "ttl", "\"-500ms\"", "0" },
	{ "ttl", "\"\"", "0" },
	{ "ttl", "\"-1s\"", "!cannot provide negative value '-1'" },
	{ "ttl", "\"1w\"", "!time: unknown unit \"w\" in duration \"1w\"" },
	{ "ttl", "1.5", "!time: missing unit in duration \"1.5\"" },
	{ "ttl", "\"\\u00fc\"", "!time: invalid duration \"\\xc3\\xbc\"" },
	{ "ttl", "\"1.5d\"",
	    "!strconv.ParseInt: parsing \"1.5\": invalid syntax" },
	{ "ttl", "9223372036854775807",
	    "!multiplication of durations resulted in overflow, one operand "
	    "may be too large" },
	{ "ttl", "[]", "!could not parse duration from input" },
	{ "ttl", "true", "!could not parse duration from input" },
	{ "signed", "\"-1500ms\"", "-1" },
	{ "list", "\"a,b\"", "a,b" },
	{ "list", "[\" a \",5,true,null]", "a|5|1|" },
	{ "list", "{}", "" },
	{ "list", "\"\"", "" },
	{ "list", "{\"a\":1}",
	    "!1 error(s) decoding:\n\n* '[0]' expected type 'string', got "
	    "unconvertible type 'map[string]interface {}', value: "
	    "'map[a:1]'" },
	{ "list", "[[],\"x\",{}]",
	    "!2 error(s) decoding:\n\n* '[0]' expected type 'string', got "
	    "unconvertible type '[]interface {}', value: '[]'\n* '[2]' "
	    "expected type 'string', got unconvertible type "
	    "'map[string]interface {}', value: 'map[]'" },
	{ "comma", "\" a , b,\"", "a|b|" },
	{ "comma", "[\"a,b\"]", "a,b" },
	{ "comma", "5", "5" },
	{ "ints", "\"1,0x2,\"", "1|2|0" },
	{ "ints", "[null,\"3\",true]", "0|3|1" },
	{ "ints", "5", "5" },
	{ "ints", "\"1, 2\"",
	    "!1 error(s) decoding:\n\n* cannot parse '[1]' as int: "
	    "strconv.ParseInt: parsing \" 2\": invalid syntax" },
	{ "map", "{\"a\":1}", "{\"a\":1}" },
	{ "map", "[]", "{}" },
	{ "map", "[{\"a\":1},null,[{\"b\":2,\"a\":3}]]", "{\"a\":3,\"b\":2}" },
	{ "map", "\"x\"", "!'' expected a map, got 'string'" },
	{ "map", "1", "!'' expected a map, got 'string'" },
	{ "map", "false", "!'' expected a map, got 'bool'" },
	{ "map", "[{},[[],7]]", "!'[1][1]' expected a map, got 'string'" },
	{ "pairs", "{\"a\":1,\"b\":null}", "{\"a\":\"1\",\"b\":\"\"}" },
	{ "pairs", "[{\"a\":1},{\"b\":true}]", "{\"a\":\"1\",\"b\":\"1\"}" },
	{ "pairs", "[[]]", "{}" },
	{ "pairs", "null", "{}" },
	{ "pairs", "[\"a=1\",\"a=2=3\"]", "{\"a\":\"2=3\"}" },
	{ "pairs", "\"a=b\"", "{\"a\":\"b\"}" },
	{ "pairs", "[\"=x\"]", "!invalid key pair \"=x\"" },
	{ "pairs", "\"{\\\"a\\\": 1}\"",
	    "!invalid key pair \"{\\\"a\\\": 1}\"" },
	{ "pairs", "{\"a\":[1]}",
	    "!1 error(s) decoding:\n\n* '[0]' expected type 'string', got "
	    "unconvertible type 'map[string]interface {}', value: "
	    "'map[a:[1]]'" },
	{ "time", "1000", "1000" },
	{ "time", "\"1970-01-01T00:00:05Z\"", "5" },
	{ "time", "1.5", "!strconv.ParseInt: parsing \"1.5\": invalid syntax" },
	{ "time", "\"x\"", "!could not parse string as date and time" },
	{ "time", "{}", "!could not parse time from input type" },
};

static enum param_type
type_of(const char *field)
{
	for (const struct param *p = table; p->name; p++)
		if (strcmp(p->name, field) == 0)
			return p->type;
	ck_abort_msg("no field %s", field);
}

/* A converted value as text; elements of lists are parted by '|'. */
static void
put_value(struct request *req, const char *field, struct buf *out)
{
	char **strings;
	int64_t *ints;
	int n;

	switch (type_of(field)) {
	case P_INT:
	case P_SECONDS:
		buf_int(out, param_int(req, field));
		return;
	case P_SIGNED_DURATION:
	case P_TIME:
		buf_int(out, param_duration(req, field) / NSEC_PER_SEC);
		return;
	case P_BOOL:
		buf_str(out, param_bool(req, field) ? "true" : "false");
		return;
	case P_FLOAT:
		buf_printf(out, "%.17g", param_float(req, field));
		return;
	case P_STRINGS:
	case P_COMMA_STRINGS:
		strings = param_strings(req, field, &n);
		for (int i = 0; i < n; i++)
			buf_printf(out, "%s%s", i ? "|" : "", strings[i]);
		return;
	case P_COMMA_INTS:
		ints = param_ints(req, field, &n);
		for (int i = 0; i < n; i++)
			buf_printf(
			    out, "%s%lld", i ? "|" : "", (long long)ints[i]);
		return;
	case P_MAP:
		buf_slice(out, param_raw(req, field));
		return;
	case P_STRING:
	case P_PATH_STRING:
	case P_LOWER:
	case P_PAIRS:
	case P_ANY:
	case P_HEADER:
		break;
	}
	buf_str(out, param_str(req, field));
}

START_TEST(every_type_with_every_input)
{
	for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]);
	     i++) {
		const char *field = conversions[i].field, *error;
		struct buf body, got;
		struct request *req;

		buf_init(&body, 0);
		buf_init(&got, 0);
		buf_printf(&body, "{\"%s\":%s}", field, conversions[i].json);
		req = with(body.p, &error);
		if (error)
			buf_printf(&got, "!%s",
			    strchr(error, ':') + 2); /* behind the field */
		else
			put_value(req, field, &got);
		ck_assert_msg(
		    strcmp(got.p ? got.p : "", conversions[i].want) == 0,
		    "%s: got %s, want %s", body.p, got.p, conversions[i].want);
		drop(req);
		buf_release(&body);
		buf_release(&got);
	}
}
END_TEST

START_TEST(null_is_given_but_for_times)
{
	const char *e;
	struct request *req = with(
	    "{\"text\":null,\"ttl\":null,\"time\":null}", &e);

	ck_assert_ptr_null(e);
	ck_assert(param_is_given(req, "text"));
	ck_assert(!param_is_given(req, "ttl"));
	ck_assert(!param_is_given(req, "time"));
	drop(req);
}
END_TEST

START_TEST(a_field_is_there_since_its_version)
{
	const char *e;
	struct request *req = with_version("1.21.0", "{\"newer\":\"x\"}", &e);

	ck_assert_ptr_null(e);
	ck_assert_str_eq(param_str(req, "newer"), "x");
	ck_assert(!params_have_warnings(req));
	drop(req);
	req = with("{\"newer\":{}}", &e);
	ck_assert_ptr_null(e);
	ck_assert(!param_is_given(req, "newer"));
	ck_assert_str_eq(param_str(req, "newer"), "");
	ck_assert(params_have_warnings(req));
	drop(req);
	req = with_version("1.14.8", "{\"n\":\"abc\"}", &e);
	ck_assert_str_eq(e,
	    "error converting input abc for field \"n\": cannot parse '' as "
	    "int: strconv.ParseInt: parsing \"abc\": invalid syntax");
	drop(req);
}
END_TEST

START_TEST(refusals_name_the_first_field)
{
	refused("{\"ttl\":-1,\"n\":\"abc\",\"text\":{}}",
	    "error converting input for field \"n\": cannot parse '' as "
	    "int: strconv.ParseInt: parsing \"abc\": invalid syntax");
}
END_TEST

/* ---- generated inputs ---- */

static unsigned
next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void
put_random_string(struct buf *out, uint32_t *r)
{
	static const char *const pieces[] = { "", "a", "1", "-", "0x", "1h",
		"d", ",", "=", " ", "\\\"", "\\\\", "\\n", "\\u00fc", "\\u2028",
		"\\ud83d\\ude00", "\\ud800", "true", "_", ".", "e", "\xff",
		"9223372036854775807", "{\\\"a\\\":1}", "s", "2006-01-02T" };

	buf_char(out, '"');
	for (unsigned n = next_random(r) % 5; n > 0; n--)
		buf_str(out,
		    pieces[next_random(r) %
			(sizeof(pieces) / sizeof(pieces[0]))]);
	buf_char(out, '"');
}

/* A value of at most that depth; the caller's loop has an end. */
static void
put_random_value(struct buf *out, uint32_t *r, int depth)
{
	static const char *const scalars[] = { "null", "true", "false", "0",
		"-1", "1.5", "1e3", "-0", "100000000000000000000", "7" };
	unsigned kind = next_random(r) % (depth > 0 ? 8 : 5), n;

	if (kind < 3) {
		buf_str(out, scalars[next_random(r) % 10]);
	} else if (kind < 5) {
		put_random_string(out, r);
	} else {
		n = next_random(r) % 4;
		buf_char(out, kind == 5 ? '{' : '[');
		for (unsigned i = 0; i < n; i++) {
			buf_str(out, i ? "," : "");
			if (kind == 5) {
				put_random_string(out, r);
				buf_char(out, ':');
			}
			put_random_value(out, r, depth - 1);
		}
		buf_char(out, kind == 5 ? '}' : ']');
	}
}

/* A converted value as JSON that must convert to itself. */
static void
put_value_json(struct request *req, const char *field, struct buf *out)
{
	enum param_type type = type_of(field);
	char **strings;
	int n;

	if (type == P_STRING || type == P_LOWER) {
		jsontext_quote_str(out, param_str(req, field));
	} else if (type == P_STRINGS || type == P_COMMA_STRINGS) {
		strings = param_strings(req, field, &n);
		buf_char(out, '[');
		for (int i = 0; i < n; i++) {
			buf_str(out, i ? "," : "");
			jsontext_quote_str(out, strings[i]);
		}
		buf_char(out, ']');
	} else if (type == P_COMMA_INTS) {
		buf_char(out, '"');
		put_value(req, field, out);
		for (char *p = out->p; p && *p; p++)
			*p = *p == '|' ? ',' : *p;
		buf_char(out, '"');
	} else if (type == P_FLOAT || type == P_SECONDS || type == P_INT) {
		buf_char(out, '"');
		put_value(req, field, out);
		buf_char(out, '"');
	} else {
		put_value(req, field, out);
	}
}

static void
check_generated(const char *field, const char *json)
{
	static const char before[] = "error converting input for field \"";
	struct buf body, value, again, want, got;
	const char *error;
	struct request *req;

	buf_init(&body, 0);
	buf_printf(&body, "{\"%s\":%s}", field, json);
	req = with(body.p, &error);
	buf_release(&body);
	if (error) {
		ck_assert(strncmp(error, before, sizeof(before) - 1) == 0);
		drop(req);
		return;
	}
	if (!param_is_given(req, field) || type_of(field) == P_MAP) {
		drop(req);
		return;
	}
	buf_init(&value, 0);
	buf_init(&again, 0);
	buf_init(&want, 0);
	buf_init(&got, 0);
	put_value(req, field, &want);
	put_value_json(req, field, &value);
	drop(req);
	buf_printf(&again, "{\"%s\":%s}", field, value.p);
	req = with(again.p, &error);
	ck_assert_msg(!error, "%s: %s of %s", again.p, error, json);
	put_value(req, field, &got);
	ck_assert_msg(strcmp(got.p ? got.p : "", want.p ? want.p : "") == 0,
	    "%s: %s became %s", json, want.p, got.p);
	drop(req);
	buf_release(&value);
	buf_release(&again);
	buf_release(&want);
	buf_release(&got);
}

/* What is taken converts to itself; what is not is refused with a text. */
START_TEST(generated_inputs)
{
	uint32_t state = 20250319;

	for (int i = 0; i < 100000; i++) {
		size_t fields = sizeof(table) / sizeof(table[0]) - 2;
		struct buf json;

		buf_init(&json, 0);
		put_random_value(&json, &state, 3);
		check_generated(
		    table[next_random(&state) % fields].name, json.p);
		buf_release(&json);
	}
}
END_TEST

START_TEST(deep_lists_need_no_stack)
{
	struct buf body;
	struct request *req;
	const char *error;

	buf_init(&body, 0);
	buf_str(&body, "{\"map\":");
	for (int i = 0; i < 9000; i++)
		buf_char(&body, '[');
	for (int i = 0; i < 9000; i++)
		buf_char(&body, ']');
	buf_char(&body, '}');
	req = with(body.p, &error);
	ck_assert_ptr_null(error);
	ck_assert(slice_is(param_raw(req, "map"), "{}"));
	drop(req);
	buf_release(&body);
}
END_TEST

UNIT_MAIN("param", defaults_and_given, weak_scalars, lists_and_pairs,
    every_type_with_every_input, null_is_given_but_for_times,
    a_field_is_there_since_its_version, refusals_name_the_first_field,
    generated_inputs, deep_lists_need_no_stack)
