/*
 * Flags by table, and words as the JSON that they stand for.
 */
#include "cli/args.h"

#include <string.h>

#include "cli/value.h"
#include "tests/support/unit.h"

static const struct flag own[] = {
	{ "for", FLAG_STRING, "" },
	{ "names", FLAG_BOOL, "" },
	FLAG_END,
};
static const struct flag common[] = { { "url", FLAG_STRING, "" }, FLAG_END };

START_TEST(flags_stand_anywhere)
{
	char *argv[] = { "a", "--for=1s", "-names", "-90s", "-for", "2s",
		"--url", "u", "-", "--", "--names" };
	struct args a = { .tables = { own, common } };
	struct error e = { 0 };

	ck_assert(args_parse(&a, 11, argv, &e));
	ck_assert_str_eq(args_value(&a, "for"), "2s");
	ck_assert_str_eq(args_nth(&a, "for", 0), "1s");
	ck_assert_ptr_null(args_nth(&a, "for", 2));
	ck_assert_str_eq(args_value(&a, "url"), "u");
	ck_assert(args_has(&a, "names"));
	ck_assert_int_eq(a.npositionals, 4);
	ck_assert_str_eq(args_positional(&a, 1), "-90s");
	ck_assert_str_eq(args_positional(&a, 3), "--names");
	ck_assert_ptr_null(args_positional(&a, 4));
	args_release(&a);
}
END_TEST

START_TEST(flags_at_the_front_are_counted)
{
	char *argv[] = { "--url", "u", "-url=v", "a", "--url", "w" };
	char *unknown[] = { "--nope", "a" };
	char *lacking[] = { "--url" };
	struct args a = { .tables = { NULL, common } };

	ck_assert_int_eq(args_count_leading(&a, 6, argv), 3);
	ck_assert_int_eq(args_count_leading(&a, 2, unknown), 0);
	ck_assert_int_eq(args_count_leading(&a, 1, lacking), 0);
	ck_assert_int_eq(args_count_leading(&a, 0, argv), 0);
}
END_TEST

START_TEST(refusals_name_the_flag)
{
	static const struct {
		char *arg, *says;
	} rows[] = {
		{ "--nope=1", "flag provided but not defined: -nope" },
		{ "--names=x",
		    "invalid boolean value \"x\" for -names: it takes no "
		    "value" },
		{ "-for", "flag needs an argument: -for" },
		{ "--=1", "bad flag syntax: --=1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct args a = { .tables = { own, NULL } };
		char *argv[] = { rows[i].arg };
		struct error e = { 0 };

		ck_assert(!args_parse(&a, 1, argv, &e));
		ck_assert_str_eq(e.text, rows[i].says);
		args_release(&a);
	}
}
END_TEST

static void
check_json(json_t *tree, const char *want)
{
	char *text = tree ? json_dumps(tree,
				JSON_COMPACT | JSON_SORT_KEYS |
				    JSON_ENCODE_ANY | JSON_REAL_PRECISION(4))
			  : strdup("none");

	ck_assert_str_eq(text, want);
	free(text);
	json_decref(tree);
}

START_TEST(words_become_json)
{
	static const struct {
		json_t *(*make)(const char *text, struct error *e);
		const char *text, *want;
	} rows[] = {
		{ value_pairs, "min=1,max=,x=1.5,y=200ms,z=true,j",
		    "{\"j\":true,\"min\":1,\"x\":1.5,\"y\":\"200ms\",\"z\":true}" },
		{ value_pairs, "{\"a\":1}", "{\"a\":1}" },
		{ value_pairs, "=1", "none" },
		{ value_pairs, "a,,b", "none" },
		{ value_match, "/v1/auth/*/login",
		    "{\"path\":\"auth/*/login\"}" },
		{ value_match, "PUT a", "{\"method\":\"PUT\",\"path\":\"a\"}" },
		{ value_match, "PUT", "{\"path\":\"PUT\"}" },
		{ value_match, "{", "none" },
		{ value_status, "503", "503" },
		{ value_status, "500,503", "[500,503]" },
		{ value_status, "5x", "none" },
		{ value_status, "", "none" },
		{ value_json, "{\"a\":1,\"a\":2}", "none" },
	};
	struct error e = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_json(rows[i].make(rows[i].text, &e), rows[i].want);
}
END_TEST

START_TEST(lists_are_cut_outside_of_json)
{
	struct error e = { 0 };

	check_json(
	    value_list("{\"a\":[1,2],\"b\":\"},\\\"\"},x", value_match, &e),
	    "[{\"a\":[1,2],\"b\":\"},\\\"\"},{\"path\":\"x\"}]");
	check_json(value_list("a,{", value_match, &e), "none");
}
END_TEST

START_TEST(durations)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "90d", "2160h0m0s" },
		{ "1d12h", "36h0m0s" },
		{ "-1d1h", "-25h0m0s" },
		{ "1h30m", "1h30m0s" },
		{ "-90s", "-1m30s" },
		{ "90", NULL },
		{ "d", NULL },
		{ "1d2", NULL },
		{ "", NULL },
		{ "soon", NULL },
		{ "999999999d", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = value_duration(rows[i].text);

		if (rows[i].want)
			ck_assert_str_eq(got, rows[i].want);
		else
			ck_assert_ptr_null(got);
		free(got);
	}
}
END_TEST

UNIT_MAIN("flags", flags_stand_anywhere, flags_at_the_front_are_counted,
    refusals_name_the_flag, words_become_json, lists_are_cut_outside_of_json,
    durations)
