/*
 * JSON text: cleaning byte for byte as Go's encoder writes, refusals with Go's
 * words, the readers of clean text, and Go's printing.
 */
#include "base/json/jsontext.h"

#include <math.h>
#include <string.h>

#include "tests/support/unit.h"

static void
check_clean(const char *in, unsigned flags, const char *want)
{
	struct buf out;
	struct error e = { 0 };
	long n;

	buf_init(&out, 0);
	n = jsontext_clean(&out, in, strlen(in), flags, &e);
	ck_assert_msg(n >= 0, "%s: %s", in, e.text);
	ck_assert_str_eq(out.p, want);
	buf_release(&out);
}

static void
check_refused(const char *in, const char *want)
{
	struct buf out;
	struct error e = { 0 };
	long n;

	buf_init(&out, 0);
	n = jsontext_clean(&out, in, strlen(in), 0, &e);
	ck_assert_msg(n < 0, "%s was taken as %s", in, out.p);
	ck_assert_str_eq(e.text, want);
	buf_release(&out);
}

START_TEST(cleans)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ " { \"b\" : 1 , \"a\" : [ 1 , 2 ] } ",
		    "{\"a\":[1,2],\"b\":1}" },
		{ "{}", "{}" },
		{ "[ ]", "[]" },
		{ "null", "null" },
		{ "{\"a\":1,\"a\":2}", "{\"a\":2}" },
		{ "{\"b\":0,\"a\":1,\"b\":{\"z\":1,\"y\":2}}",
		    "{\"a\":1,\"b\":{\"y\":2,\"z\":1}}" },
		{ "\"<&>\"", "\"\\u003c\\u0026\\u003e\"" },
		{ "\"\\u2028\xe2\x80\xa9\"", "\"\\u2028\\u2029\"" },
		{ "\"\\/\\b\\f\\u0001\\u000a\"", "\"/\\b\\f\\u0001\\n\"" },
		{ "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
		{ "\"\\ud83d x\"", "\"\xef\xbf\xbd x\"" },
		{ "\"\xff\"", "\"\xef\xbf\xbd\"" },
		{ "1.0", "1.0" },
		{ "12345678901234567890", "12345678901234567890" },
		{ "{\"a\\\"\":1,\"a\":2}", "{\"a\":2,\"a\\\"\":1}" },
		{ "{\"\\n\":1,\"\\u0001\":2}", "{\"\\u0001\":2,\"\\n\":1}" },
		{ "{\"a\":1} trailing", "{\"a\":1}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_clean(rows[i].in, JSONTEXT_DIGITS, rows[i].want);
	check_clean("{\"b\":1,\"a\":2}", JSONTEXT_ORDERED, "{\"b\":1,\"a\":2}");
}
END_TEST

START_TEST(floats)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "12345678901234567890", "12345678901234567000" },
		{ "1.0", "1" },
		{ "1e21", "1e+21" },
		{ "1e20", "100000000000000000000" },
		{ "0.1", "0.1" },
		{ "1e-7", "1e-7" },
		{ "0.000001", "0.000001" },
		{ "-0", "-0" },
		{ "1.7976931348623157e308", "1.7976931348623157e+308" },
		{ "5e-324", "5e-324" },
		{ "0.30000000000000004", "0.30000000000000004" },
		{ "123.456", "123.456" },
		{ "-1.5e3", "-1500" },
		{ "1e400", "1e400" },
		{ "{\"b\":1.50,\"a\":[2.0]}", "{\"a\":[2],\"b\":1.5}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_clean(rows[i].in, JSONTEXT_FLOAT64, rows[i].want);
}
END_TEST

START_TEST(refuses_with_go_text)
{
	check_refused("", "EOF");
	check_refused("  ", "EOF");
	check_refused("{", "unexpected EOF");
	check_refused("[1", "unexpected EOF");
	check_refused("\"abc", "unexpected EOF");
	check_refused(
	    "x", "invalid character 'x' looking for beginning of value");
	check_refused("{a:1}",
	    "invalid character 'a' looking for beginning "
	    "of object key string");
	check_refused("{\"a\" 1}", "invalid character '1' after object key");
	check_refused("{\"a\":1 \"b\"}",
	    "invalid character '\"' after object key:value pair");
	check_refused("{\"a\":1,}",
	    "invalid character '}' looking for "
	    "beginning of object key string");
	check_refused("[1 2]", "invalid character '2' after array element");
	check_refused(
	    "[1,]", "invalid character ']' looking for beginning of value");
	check_refused(
	    "tru ", "invalid character ' ' in literal true (expecting 'e')");
	check_refused("\"\\x\"", "invalid character 'x' in string escape code");
	check_refused("\"\\u12g4\"",
	    "invalid character 'g' in \\u "
	    "hexadecimal character escape");
	check_refused("\"a\nb\"", "invalid character '\\n' in string literal");
	check_refused("-", "unexpected EOF");
	check_refused("-x", "invalid character 'x' in numeric literal");
	check_refused("1.x",
	    "invalid character 'x' after decimal point in "
	    "numeric literal");
	check_refused(
	    "1ex", "invalid character 'x' in exponent of numeric literal");
	check_refused("\xc3\xa9",
	    "invalid character '\xc3\x83' looking for beginning of value");
}
END_TEST

START_TEST(depth)
{
	struct buf in, out;
	struct error e = { 0 };

	for (int deep = 10000; deep <= 10001; deep++) {
		buf_init(&in, 0);
		buf_init(&out, 0);
		for (int i = 0; i < deep; i++)
			buf_str(&in, i % 2 ? "{\"a\":" : "[");
		buf_char(&in, '1');
		for (int i = deep - 1; i >= 0; i--)
			buf_char(&in, i % 2 ? '}' : ']');
		ck_assert_int_eq(jsontext_clean(&out, in.p, in.n, 0, &e),
		    deep == 10000 ? (long)in.n : -1);
		buf_release(&in);
		buf_release(&out);
	}
	ck_assert_str_eq(e.text, "exceeded max depth");
}
END_TEST

START_TEST(cap)
{
	struct buf out;
	const char *in = "{\"b\":\"xxxxxxxxxxxxxxxxxxxxxx\",\"a\":1}";

	buf_init(&out, 20);
	jsontext_clean(&out, in, strlen(in), 0, NULL);
	ck_assert(out.over);
	buf_release(&out);
}
END_TEST

START_TEST(members_and_elements)
{
	static const char text[] =
	    "{\"a\":[1,\"x,]\",{\"q\":\"}\"}],\"b\\\"c\":null,\"d\":\"\"}";
	struct slice object = SLICE(text);
	struct arena *a = arena_new();
	struct jsontext_member *m;
	struct slice *e;

	ck_assert_uint_eq(jsontext_members(a, object, &m), 3);
	ck_assert_str_eq(m[0].key, "a");
	ck_assert_str_eq(m[1].key, "b\"c");
	ck_assert(slice_is(m[1].value, "null"));
	ck_assert(slice_is(m[2].value, "\"\""));
	ck_assert_uint_eq(jsontext_elements(a, m[0].value, &e), 3);
	ck_assert(slice_is(e[0], "1"));
	ck_assert(slice_is(e[1], "\"x,]\""));
	ck_assert(slice_is(e[2], "{\"q\":\"}\"}"));
	ck_assert_uint_eq(jsontext_members(a, SLICE("{}"), &m), 0);
	ck_assert_uint_eq(jsontext_elements(a, SLICE("[]"), &e), 0);
	ck_assert_uint_eq(jsontext_members(a, SLICE("[1]"), &m), 0);
	ck_assert(slice_is(jsontext_get(object, "d"), "\"\""));
	ck_assert(slice_is(jsontext_get(e[0].p ? object : object, "a"),
	    "[1,\"x,]\",{\"q\":\"}\"}]"));
	ck_assert_ptr_null(jsontext_get(object, "z").p);
	ck_assert_ptr_null(jsontext_get(SLICE("{}"), "z").p);
	ck_assert_ptr_null(jsontext_get(SLICE("null"), "z").p);
	arena_free(a);
}
END_TEST

START_TEST(strings)
{
	struct arena *a = arena_new();
	size_t n;

	ck_assert_str_eq(
	    jsontext_string(a, SLICE("\"a\\n\\u003c\\u2028\\\\\""), &n),
	    "a\n<\xe2\x80\xa8\\");
	ck_assert_uint_eq(n, 7);
	ck_assert_str_eq(jsontext_string(a, SLICE("\"\""), NULL), "");
	arena_free(a);
}
END_TEST

START_TEST(trees)
{
	json_t *tree = json_pack("{s:i,s:s,s:[n]}", "b", 1, "a", "<", "c");
	struct buf out;

	buf_init(&out, 0);
	jsontext_put(&out, tree);
	ck_assert_str_eq(out.p, "{\"a\":\"\\u003c\",\"b\":1,\"c\":[null]}");
	buf_clear(&out);
	jsontext_put_ordered(&out, tree);
	ck_assert_str_eq(out.p, "{\"b\":1,\"a\":\"\\u003c\",\"c\":[null]}");
	buf_clear(&out);
	jsontext_put(&out, NULL);
	ck_assert_str_eq(out.p, "null");
	json_decref(tree);
	tree = jsontext_to_tree(SLICE("{\"a\":\"x\"}"));
	ck_assert_str_eq(json_string_value(json_object_get(tree, "a")), "x");
	json_decref(tree);
	buf_release(&out);
}
END_TEST

START_TEST(go_printing)
{
	static const struct {
		const char *text, *print, *type;
		char kind;
	} rows[] = {
		{ "{\"a\":1,\"b\":[\"x\",null]}", "map[a:1 b:[x <nil>]]",
		    "map[string]interface {}", '{' },
		{ "[]", "[]", "[]interface {}", '[' },
		{ "\"a b\"", "a b", "string", '"' },
		{ "true", "true", "bool", 't' },
		{ "false", "false", "bool", 'f' },
		{ "null", "<nil>", "nil", 'n' },
		{ "-1.5", "-1.5", "json.Number", '0' },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice s = slice_of(rows[i].text);

		ck_assert_str_eq(jsontext_go_print(a, s), rows[i].print);
		ck_assert_str_eq(jsontext_go_type(s), rows[i].type);
		ck_assert_int_eq(jsontext_kind(s), rows[i].kind);
	}
	arena_free(a);
}
END_TEST

START_TEST(quoting)
{
	struct buf out;

	buf_init(&out, 0);
	jsontext_quote(&out, "a\0b", 3);
	jsontext_quote_str(&out, "\x7f\t\"\xe2\x82");
	ck_assert_str_eq(
	    out.p, "\"a\\u0000b\"\"\x7f\\t\\\"\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_release(&out);
}
END_TEST

START_TEST(doubles_of_trees)
{
	json_t *tree = json_pack("[f, f, f, I]", 0.018, 1.0, 0.1 + 0.2,
	    (json_int_t)9007199254740993);
	struct buf out;

	buf_init(&out, 0);
	jsontext_put(&out, tree);
	jsontext_put_ordered(&out, tree);
	ck_assert_str_eq(out.p,
	    "[0.018,1.0,0.30000000000000004,9007199254740993]"
	    "[0.018,1.0,0.30000000000000004,9007199254740993]");
	json_decref(tree);
	buf_release(&out);
}
END_TEST

/* A tree is written as its dump would be cleaned. */
START_TEST(trees_and_their_dumps)
{
	static const char *const texts[] = { "{}", "[]", "null", "true", "-5",
		"\"a<b>&\\u2028\\u00fc\\u0001\\\"\\\\\\n\"", "0.1", "1.0",
		"1e300", "-0.0", "1e-7", "123456789012345678", "2.5e21",
		"{\"b\":1,\"a\":[1,{\"z\":null,\"y\":{}},[]],\"\":false}",
		"{\"a\\u0001\":\"\",\"A\":[[[[\"x\"]]]],\"aa\":0.30000000000000004}",
		"[1.5,\"\\ud83d\\ude00\",\"\\u0000x\"]" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *tree = json_loads(
		    texts[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		char *dump = json_dumps(
		    tree, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
		char *ordered = json_dumps(
		    tree, JSON_COMPACT | JSON_ENCODE_ANY);
		struct buf want, got;

		ck_assert_msg(tree != NULL, "%s", texts[i]);
		buf_init(&want, 0);
		buf_init(&got, 0);
		jsontext_clean(
		    &want, dump, strlen(dump), JSONTEXT_SHORT_FLOATS, NULL);
		jsontext_put(&got, tree);
		ck_assert_str_eq(got.p, want.p);
		buf_clear(&want);
		buf_clear(&got);
		jsontext_clean(&want, ordered, strlen(ordered),
		    JSONTEXT_ORDERED | JSONTEXT_SHORT_FLOATS, NULL);
		jsontext_put_ordered(&got, tree);
		ck_assert_str_eq(got.p, want.p);
		buf_release(&want);
		buf_release(&got);
		free(dump);
		free(ordered);
		json_decref(tree);
	}
}
END_TEST

START_TEST(deep_trees_need_no_stack)
{
	json_t *tree = json_array();
	struct buf out;

	for (int i = 0; i < 2000; i++)
		tree = json_pack("[o]", tree);
	buf_init(&out, 0);
	jsontext_put(&out, tree);
	ck_assert_uint_eq(out.n, 2 * 2001);
	buf_release(&out);
	json_decref(tree);
}
END_TEST

UNIT_MAIN("jsontext", doubles_of_trees, cleans, floats, refuses_with_go_text,
    depth, cap, members_and_elements, strings, trees, go_printing, quoting,
    trees_and_their_dumps, deep_trees_need_no_stack)
