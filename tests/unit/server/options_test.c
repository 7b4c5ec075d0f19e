/*
 * Flags, environment, and what a wrong one is told.
 */
#include "server/options.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/unit.h"

static bool
parse(struct options *o, struct error *e, char *a, char *b)
{
	char *argv[] = { a, b };

	return options_parse(o, a ? b ? 2 : 1 : 0, argv, e);
}

START_TEST(forms)
{
	struct options o;
	struct error e = { 0 };

	unsetenv("VAULT_DEV_ROOT_TOKEN_ID");
	ck_assert(parse(&o, &e, "--dev-root-token-id=a", "-dev"));
	ck_assert(o.dev);
	ck_assert_str_eq(o.dev_root_token_id, "a");
	ck_assert(parse(&o, &e, "-dev-root-token-id", "b"));
	ck_assert_str_eq(o.dev_root_token_id, "b");
	ck_assert(parse(&o, &e, "-dev=false", NULL));
	ck_assert(!o.dev);
	ck_assert(parse(&o, &e, "-config=x", "-config=y"));
	ck_assert_int_eq(o.config.n, 2);
	ck_assert_str_eq(o.config.items[1], "y");
}
END_TEST

START_TEST(a_flag_beats_the_environment)
{
	struct options o;
	struct error e = { 0 };

	setenv("VAULT_DEV_ROOT_TOKEN_ID", "env", 1);
	ck_assert(parse(&o, &e, NULL, NULL));
	ck_assert_str_eq(o.dev_root_token_id, "env");
	ck_assert(parse(&o, &e, "-dev-root-token-id=flag", NULL));
	ck_assert_str_eq(o.dev_root_token_id, "flag");
	unsetenv("VAULT_DEV_ROOT_TOKEN_ID");
}
END_TEST

/* Vault's flags end at the first argument that is none. */
START_TEST(arguments_behind_flags_are_ignored)
{
	struct options o;
	struct error e = { 0 };

	ck_assert(parse(&o, &e, "-dev", "extra"));
	ck_assert(o.dev);
}
END_TEST

START_TEST(refusals_name_the_flag)
{
	static const struct {
		char *a, *says;
	} rows[] = {
		{ "-nope", "flag provided but not defined: -nope" },
		{ "--nope=1", "flag provided but not defined: -nope" },
		{ "-seed", "flag needs an argument: -seed" },
		{ "-dev=perhaps",
		    "invalid boolean value \"perhaps\" for -dev: parse error" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options o;
		struct error e = { 0 };

		ck_assert(!parse(&o, &e, rows[i].a, NULL));
		ck_assert_str_eq(e.text, rows[i].says);
	}
}
END_TEST

UNIT_MAIN("options", forms, a_flag_beats_the_environment,
    refusals_name_the_flag, arguments_behind_flags_are_ignored)
