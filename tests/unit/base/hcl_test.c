/*
 * HCL1 and its JSON form: values, order, lines, refusals.
 */
#include "base/hcl/hcl.h"

#include <string.h>

#include "tests/support/unit.h"

static struct arena *arena;

static struct hcl_value *
parse(const char *text)
{
	struct hcl_error e;
	struct hcl_value *root;

	arena = arena_new();
	root = hcl_parse(arena, text, strlen(text), &e);
	ck_assert_msg(root != NULL, "%d:%d: %s", e.line, e.column, e.text);
	return root;
}

START_TEST(blocks_labels_values)
{
	struct hcl_value *root = parse("# comment\n"
				       "listener \"tcp\" {\n"
				       "  address = \"127.0.0.1:8200\" // why\n"
				       "  tls_disable = true\n"
				       "  limits = [1, \"two\", false,]\n"
				       "}\n"
				       "/* block */ n = 1.5\n");
	const struct hcl_item *l = hcl_find(root, "listener");
	const struct hcl_value *limits;

	ck_assert_int_eq(root->n, 2);
	ck_assert_str_eq(l->label, "tcp");
	ck_assert_int_eq(l->line, 2);
	ck_assert_str_eq(
	    hcl_find(l->value, "address")->value->text, "127.0.0.1:8200");
	ck_assert_int_eq(
	    hcl_find(l->value, "tls_disable")->value->kind, HCL_BOOL);
	limits = hcl_find(l->value, "limits")->value;
	ck_assert_int_eq(limits->kind, HCL_LIST);
	ck_assert_int_eq(limits->n, 3);
	ck_assert_str_eq(limits->elements[1].text, "two");
	ck_assert_int_eq(hcl_find(root, "n")->value->kind, HCL_NUMBER);
	ck_assert_ptr_null(hcl_find(root, "nothing"));
	arena_free(arena);
}
END_TEST

START_TEST(strings)
{
	struct hcl_value *root = parse("a = \"x\\n\\\"\\u00e9\"\n"
				       "b = <<EOT\none\ntwo\nEOT\n");

	ck_assert_str_eq(hcl_find(root, "a")->value->text, "x\n\"\xc3\xa9");
	ck_assert_str_eq(hcl_find(root, "b")->value->text, "one\ntwo\n");
	arena_free(arena);
}
END_TEST

START_TEST(reads_json_alike)
{
	struct hcl_value *root = parse(
	    "{\"path\": {\"a/*\": {\"capabilities\": [\"read\"]}}}");
	const struct hcl_value *path = hcl_find(root, "path")->value;

	ck_assert_int_eq(path->kind, HCL_OBJECT);
	ck_assert_str_eq(path->items[0].key, "a/*");
	arena_free(arena);
}
END_TEST

START_TEST(refusals_name_the_place)
{
	static const struct {
		const char *text;
		int line;
	} rows[] = {
		{ "a = 1\nb = [1, 2", 2 },
		{ "a {\n b = 1\n", 3 },
		{ "x = \"open\n", 1 },
		{ "{\"a\": &}", 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		struct hcl_error e;

		ck_assert_msg(
		    !hcl_parse(a, rows[i].text, strlen(rows[i].text), &e), "%s",
		    rows[i].text);
		ck_assert_msg(e.line == rows[i].line, "%s: line %d",
		    rows[i].text, e.line);
		ck_assert_str_ne(e.text, "");
		arena_free(a);
	}
}
END_TEST

START_TEST(faults_as_the_library_tells_them)
{
	static const struct {
		const char *text, *says; /* NULL: accepted */
	} rows[] = {
		{ "a = ", NULL },
		{ "{", NULL },
		{ "{\"a\": [true, [1]}", NULL },
		{ "a { b = [1 } }", NULL },
		{ "a {", "At 1:5: object expected closing RBRACE got: EOF" },
		{ "a {\n b = [\"c\" }",
		    "At 2:12: object expected closing RBRACE got: EOF" },
		{ "a",
		    "At 1:3: key 'a' expected start of object ('{') or "
		    "assignment ('=')" },
		{ "a \"b\" = 1",
		    "At 1:7: nested object expected: LBRACE got: ASSIGN" },
		{ "= 1", "At 1:1: no object keys found!" },
		{ "a = b", "At 1:5: Unknown token: 1:5 IDENT b" },
		{ "a = [1 2]",
		    "At 1:8: error parsing list, expected comma or list end, "
		    "got: NUMBER" },
		{ "a = [{ b = }]",
		    "At 1:6: error while trying to parse object within list: "
		    "At 1:13: object expected closing RBRACE got: RBRACK" },
		{ "a = \"\\q\"", "At 1:7: illegal char escape" },
		{ "a = 09", NULL },
		{ "a = 019", "At 1:8: illegal octal number" },
		{ "a = <<E\nx\n", "At 3:1: heredoc not terminated" },
		{ "/x", "At 1:1: expected '/' for comment" },
		{ "{\"a\": }", NULL },
		{ "{\"a\": :",
		    "Expected object value, got unknown token: 1:7 COLON :" },
		{ "{\"a\": &}", "1:7: illegal char: &" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		struct hcl_error e;
		struct hcl_value *root = hcl_parse(
		    a, rows[i].text, strlen(rows[i].text), &e);

		ck_assert_msg(
		    !root == !!rows[i].says, "%s: %s", rows[i].text, e.full);
		if (rows[i].says)
			ck_assert_str_eq(e.full, rows[i].says);
		arena_free(a);
	}
}
END_TEST

START_TEST(json_is_flattened)
{
	struct hcl_value *root = parse(
	    "{\"p\": {\"x\": {\"c\": 1}, \"y\": {}}, \"l\": [{\"z\": "
	    "{}}], \"m\": {\"a\": 1}}");

	hcl_flatten(arena, root);
	ck_assert_int_eq(root->n, 4);
	ck_assert_str_eq(root->items[0].label, "x");
	ck_assert_str_eq(root->items[1].label, "y");
	ck_assert_str_eq(root->items[2].label, "z");
	ck_assert_ptr_null(root->items[3].label);
	arena_free(arena);
}
END_TEST

START_TEST(heredocs)
{
	struct hcl_value *root = parse("a = <<-E\n    x\n      y\n    E\n"
				       "b = <<-E\n  x\n    E\n"
				       "c = \"${f(\"q\")}\"\n");

	ck_assert_str_eq(hcl_find(root, "a")->value->text, "x\n  y\n");
	ck_assert_str_eq(hcl_find(root, "b")->value->text, "  x\n");
	ck_assert_str_eq(hcl_find(root, "c")->value->text, "${f(\"q\")}");
	arena_free(arena);
}
END_TEST

START_TEST(depth_is_limited)
{
	char deep[5000];
	struct arena *a = arena_new();
	struct hcl_error e;

	memset(deep, '[', sizeof(deep));
	memcpy(deep, "a = ", 4);
	ck_assert(!hcl_parse(a, deep, sizeof(deep), &e));
	arena_free(a);
}
END_TEST

UNIT_MAIN("hcl", blocks_labels_values, strings, reads_json_alike,
    refusals_name_the_place, faults_as_the_library_tells_them,
    json_is_flattened, heredocs, depth_is_limited)
