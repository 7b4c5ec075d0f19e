/*
 * Rules of passwords: what is refused and how it is said, and that passwords
 * keep the rules.
 */
#include "core/policy/password_policy.h"

#include <string.h>

#include "tests/support/unit.h"

static struct arena *arena;

static const char *
refusal(const char *text)
{
	static const char none[] = "";
	struct password_policy p;
	struct error e = { 0 };
	char *why;

	if (password_policy_parse(arena, text, &p, &e))
		return none;
	ck_assert_int_eq(e.status, 400);
	why = arena_strdup(arena, e.text);
	return why;
}

START_TEST(refusals)
{
	static const struct {
		const char *policy, *why;
	} cases[] = {
		{ "length = 5",
		    "1 error occurred:\n\t* no charset "
		    "specified\n\n" },
		{ "rule \"charset\" { charset = \"a\" }",
		    "1 error occurred:\n\t* length must be > 0\n\n" },
		{ "",
		    "2 errors occurred:\n\t* length must be > 0\n\t* no "
		    "charset specified\n\n" },
		{ "length = 2\nrule \"charset\" { charset = \"a\" "
		  "min-chars = 5 }",
		    "1 error occurred:\n\t* specified rules require at least "
		    "5 characters but 2 is specified\n\n" },
		{ "length = 2\nrule \"charset\" { charset = \"a\\n\" }",
		    "1 error occurred:\n\t* non-printable character in "
		    "charset\n\n" },
		{ "length = 2\nrule \"x\" { }",
		    "unable to parse rules: unable to parse rule x: "
		    "unrecognized rule type x" },
		{ "length = \"2\"",
		    "failed to decode configuration: 1 "
		    "error(s) decoding:\n\n* 'length' expected type 'int', "
		    "got unconvertible type 'string', value: '2'" },
		{ "nope",
		    "unable to decode: At 1:6: key 'nope' expected "
		    "start of object ('{') or assignment ('=')" },
	};

	arena = arena_new();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(refusal(cases[i].policy), cases[i].why);
	arena_free(arena);
}
END_TEST

START_TEST(passwords_keep_the_rules)
{
	struct random *r = random_new_seeded(3);
	struct password_policy p;
	struct error e = { 0 };

	arena = arena_new();
	ck_assert(password_policy_parse(arena,
	    "{\"length\": 8, \"rule\": [{\"charset\": {\"charset\": "
	    "\"abcdef\"}}, {\"charset\": {\"charset\": \"01\", "
	    "\"min-chars\": 3}}]}",
	    &p, &e));
	for (int i = 0; i < 200; i++) {
		int tries = 1000, digits = 0;
		char *made = password_generate(r, &p, &tries);

		ck_assert_uint_eq(strlen(made), 8);
		ck_assert_uint_eq(strspn(made, "abcdef01"), 8);
		for (const char *c = made; *c; c++)
			digits += *c == '0' || *c == '1';
		ck_assert_int_ge(digits, 3);
		password_free(made);
	}
	arena_free(arena);
	random_free(r);
}
END_TEST

START_TEST(the_search_ends)
{
	struct random *r = random_new_seeded(3);
	struct password_policy p;
	struct error e = { 0 };
	int tries = 50;

	arena = arena_new();
	ck_assert(password_policy_parse(arena,
	    "length = 40\nrule \"charset\" { charset = \"abcdefghijklmnop\" }"
	    "\nrule \"charset\" { charset = \"a\" min-chars = 40 }",
	    &p, &e));
	ck_assert_ptr_null(password_generate(r, &p, &tries));
	ck_assert_int_le(tries, 0);
	arena_free(arena);
	random_free(r);
}
END_TEST

START_TEST(the_default_has_one_of_each)
{
	struct random *r = random_new_seeded(3);

	for (int i = 0; i < 200; i++) {
		char *made = password_generate_default(r);

		ck_assert_uint_eq(strlen(made), 20);
		ck_assert_ptr_nonnull(strchr(made, '-'));
		ck_assert_ptr_nonnull(strpbrk(made, "0123456789"));
		password_free(made);
	}
	random_free(r);
}
END_TEST

UNIT_MAIN("password_policy", refusals, passwords_keep_the_rules,
    the_search_ends, the_default_has_one_of_each)
