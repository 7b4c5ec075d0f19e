/*
 * Versions as data: comparison, and what holds when.
 */
#include "core/version.h"

#include <string.h>

#include "tests/support/unit.h"

START_TEST(compares_numbers_not_texts)
{
	ck_assert(version_compare("1.9.0", "1.19.0") < 0);
	ck_assert(version_compare("2.0.0", "1.21.4") > 0);
	ck_assert(version_compare("1.19.5", "1.19.5") == 0);
	ck_assert(version_compare("1.19.10", "1.19.9") > 0);
}
END_TEST

START_TEST(takes_three_numbers_only)
{
	ck_assert(version_is_valid("1.14.8"));
	ck_assert(!version_is_valid("1.14"));
	ck_assert(!version_is_valid("v1.14.8"));
	ck_assert(!version_is_valid("1..8"));
	ck_assert(!version_is_valid(""));
}
END_TEST

START_TEST(rows_hold_between_since_and_until)
{
	struct version_set set;

	version_set_init(&set, "1.15.6");
	ck_assert(!version_set_has(&set, VERSION_ENVELOPE_MOUNT_TYPE));
	ck_assert(version_set_has(&set, VERSION_QUOTA_INHERITABLE));
	ck_assert(version_set_has(&set, VERSION_COUNTERS_TOKENS));
	version_set_init(&set, "2.0.0");
	ck_assert(version_set_has(&set, VERSION_SHARES_NEED_TOKEN));
	ck_assert(version_set_has(&set, VERSION_PATH_REFUSED));
	ck_assert(!version_set_has(&set, VERSION_COUNTERS_TOKENS));
	version_set_init(&set, "2.2.0");
	ck_assert(!version_set_has(&set, VERSION_PATH_REFUSED));
	ck_assert(version_set_has(&set, VERSION_PATH_REDIRECT_KEPT));
	ck_assert(version_set_has(&set, VERSION_ALWAYS));
}
END_TEST

START_TEST(patches_of_older_lines_hold_in_their_own)
{
	static const struct {
		const char *version;
		bool holds;
	} cases[] = { { "1.14.5", false }, { "1.14.6", true },
		{ "1.14.10", true }, { "1.15.0", false }, { "1.15.1", false },
		{ "1.15.2", true }, { "1.16.0", true }, { "2.0.0", true } };
	struct version_set set;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		version_set_init(&set, cases[i].version);
		ck_assert_msg(version_set_has(&set,
				  VERSION_POLICY_LIST_SLASH) == cases[i].holds,
		    "%s", cases[i].version);
	}
}
END_TEST

START_TEST(every_row_says_something)
{
	for (int i = VERSION_ALWAYS + 1; i < VERSION_COUNT; i++) {
		const struct version_row *row = version_row(
		    (enum version_change)i);

		ck_assert(*row->what != '\0');
		for (const char *since = row->since; since && *since;) {
			char one[16] = "";
			size_t n = strcspn(since, " ");

			ck_assert(n < sizeof(one));
			memcpy(one, since, n);
			ck_assert(version_is_valid(one));
			since += n + (since[n] == ' ');
		}
		ck_assert(!row->until || version_is_valid(row->until));
		ck_assert(row->since || row->until);
	}
}
END_TEST

UNIT_MAIN("version", compares_numbers_not_texts, takes_three_numbers_only,
    rows_hold_between_since_and_until, patches_of_older_lines_hold_in_their_own,
    every_row_says_something)
