/*
 * Flags by Go's rules.
 */
#include "cli/vault/output/goflag.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/unit.h"

static const struct flag flags[] = {
	{ "text", FLAG_STRING, "A text.", "preset", "CLI_GOFLAG_TEXT", NULL },
	{ "yes", FLAG_BOOL, "A boolean.", NULL, NULL, "y" },
	{ "maybe", FLAG_MAYBE_BOOL, "One that may be absent.", NULL, NULL,
	    NULL },
	{ "count", FLAG_INT, "A number.", "-1", NULL, "n" },
	{ "size", FLAG_UINT, "A number.", NULL, NULL, NULL },
	{ "ttl", FLAG_DURATION, "A time.", NULL, NULL, NULL },
	{ "word", FLAG_LIST, "Words.", NULL, "CLI_GOFLAG_WORDS", NULL },
	{ "pair", FLAG_MAP, "Pairs.", NULL, NULL, NULL },
	{ "secret", FLAG_STRING, NULL, NULL, NULL, NULL },
	{ NULL, 0, NULL, NULL, NULL, NULL },
};
static const struct goflag_set set = { "Test Options", flags };

START_TEST(values_are_read)
{
	char *argv[] = { "-text", "a", "--yes", "-n=0x10", "-size", "7",
		"--ttl=1h30m", "-word= x ", "-word", "y", "-pair=b=1", "-pair",
		"a=2=3", "-maybe=false", "-pair=b=4", "rest", "-yes", NULL };
	struct arena *a = arena_new();
	const struct goflag_value *v;
	struct goflags f;
	const char *why;

	goflags_init(&f, a);
	goflags_add(&f, &set);
	ck_assert(goflags_parse(&f, 17, argv, &why));
	ck_assert_str_eq(goflag_text(&f, "text"), "a");
	ck_assert(goflag_is(&f, "yes"));
	ck_assert_int_eq(goflag_number(&f, "count"), 16);
	ck_assert_int_eq(goflag_number(&f, "size"), 7);
	ck_assert_int_eq(goflag_number(&f, "ttl"), INT64_C(5400000000000));
	ck_assert(goflag_given(&f, "maybe"));
	ck_assert(!goflag_is(&f, "maybe"));
	v = goflag_find(&f, "word");
	ck_assert_int_eq(v->n, 2);
	ck_assert_str_eq(v->list[0], "x");
	v = goflag_find(&f, "pair");
	ck_assert_int_eq(v->n, 2);
	ck_assert_str_eq(v->pairs[0].key, "a");
	ck_assert_str_eq(v->pairs[0].value, "2=3");
	ck_assert_str_eq(v->pairs[1].value, "4");
	ck_assert_int_eq(f.nargs, 2);
	ck_assert_str_eq(f.args[1], "-yes");
	arena_free(a);
}
END_TEST

START_TEST(presets_and_variables)
{
	char *argv[] = { "--", "-text", NULL };
	struct arena *a = arena_new();
	struct goflags f;
	const char *why;

	goflags_init(&f, a);
	goflags_add(&f, &set);
	ck_assert(goflags_parse(&f, 2, argv, &why));
	ck_assert_str_eq(goflag_text(&f, "text"), "preset");
	ck_assert_int_eq(goflag_number(&f, "count"), -1);
	ck_assert(!goflag_given(&f, "maybe"));
	ck_assert_int_eq(f.nargs, 1);
	setenv("CLI_GOFLAG_TEXT", "", 1);
	setenv("CLI_GOFLAG_WORDS", "a, b", 1);
	goflags_init(&f, a);
	goflags_add(&f, &set);
	ck_assert_str_eq(goflag_text(&f, "text"), "");
	ck_assert_int_eq(goflag_find(&f, "word")->n, 2);
	ck_assert_str_eq(goflag_find(&f, "word")->list[1], "b");
	arena_free(a);
}
END_TEST

START_TEST(refusals_are_go_s)
{
	static const char *const rows[][2] = {
		{ "-nosuch", "flag provided but not defined: -nosuch" },
		{ "--nosuch=1", "flag provided but not defined: -nosuch" },
		{ "-text", "flag needs an argument: -text" },
		{ "---x", "bad flag syntax: ---x" },
		{ "-=x", "bad flag syntax: -=x" },
		{ "-yes=maybe",
		    "invalid boolean value \"maybe\" for -yes: "
		    "strconv.ParseBool: parsing \"maybe\": invalid syntax" },
		{ "-n=one",
		    "invalid value \"one\" for flag -n: "
		    "strconv.ParseInt: parsing \"one\": invalid "
		    "syntax" },
		{ "-size=-1",
		    "invalid value \"-1\" for flag -size: "
		    "strconv.ParseUint: parsing \"-1\": invalid "
		    "syntax" },
		{ "-count=9223372036854775808",
		    "invalid value \"9223372036854775808\" for flag -count: "
		    "strconv.ParseInt: parsing \"9223372036854775808\": value "
		    "out of range" },
		{ "-ttl=abc",
		    "invalid value \"abc\" for flag -ttl: time: "
		    "invalid duration \"abc\"" },
		{ "-ttl=1.5",
		    "invalid value \"1.5\" for flag -ttl: time: "
		    "missing unit in duration \"1.5\"" },
		{ "-ttl=5y",
		    "invalid value \"5y\" for flag -ttl: time: "
		    "unknown unit \"y\" in duration \"5y\"" },
		{ "-ttl=bad",
		    "invalid value \"bad\" for flag -ttl: "
		    "strconv.ParseInt: parsing \"ba\": invalid "
		    "syntax" },
		{ "-pair=x",
		    "invalid value \"x\" for flag -pair: missing = "
		    "in KV pair: \"x\"" },
		{ "-h", "flag: help requested" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		char *argv[] = { arena_strdup(a, rows[i][0]), NULL };
		struct goflags f;
		const char *why;

		goflags_init(&f, a);
		goflags_add(&f, &set);
		ck_assert(!goflags_parse(&f, 1, argv, &why));
		ck_assert_str_eq(why, rows[i][1]);
		arena_free(a);
	}
}
END_TEST

START_TEST(help_is_sorted_and_typed)
{
	struct arena *a = arena_new();
	struct goflags f;
	struct buf out;

	goflags_init(&f, a);
	goflags_add(&f, &set);
	buf_init(&out, 0);
	goflags_help(&f, &out);
	ck_assert(strncmp(out.p, "Test Options:\n\n  -count=<int>\n", 30) == 0);
	ck_assert_ptr_nonnull(strstr(out.p, "\n  -maybe=<*bool>\n"));
	ck_assert_ptr_nonnull(strstr(out.p, "\n  -pair=<key=value>\n"));
	ck_assert_ptr_nonnull(strstr(out.p, "\n  -yes\n"));
	ck_assert_ptr_null(strstr(out.p, "-secret"));
	ck_assert_ptr_null(strstr(out.p, "-y\n"));
	ck_assert_int_ne(out.p[out.n - 1], '\n');
	buf_release(&out);
	arena_free(a);
}
END_TEST

UNIT_MAIN("cli_goflag", values_are_read, presets_and_variables,
    refusals_are_go_s, help_is_sorted_and_typed)
