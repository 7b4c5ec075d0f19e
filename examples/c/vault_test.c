/*
 * A Vault inside a test program: each test has one of its own, in a
 * millisecond, without a port.
 */
#include <check.h>
#include <mockvault.h>
#include <string.h>

static struct mockvault *mv;

static void
setup(void)
{
	char why[256];

	mv = mv_new(&(struct mv_options){ .root_token = "root",
			.listen = "none",
			.faults_follow_clock = 1 },
	    why, sizeof(why));
	ck_assert_msg(mv != NULL, "%s", why);
	mv_freeze(mv);
}

static void
teardown(void)
{
	mv_free(mv);
}

START_TEST(a_secret_comes_back)
{
	const char *answer;

	ck_assert_int_eq(mv_request(mv, "POST", "secret/data/app", "root",
			     "{\"data\":{\"password\":\"s3cret\"}}", NULL),
	    200);
	ck_assert_int_eq(
	    mv_request(mv, "GET", "secret/data/app", "root", NULL, &answer),
	    200);
	ck_assert_ptr_nonnull(strstr(answer, "s3cret"));
}
END_TEST

START_TEST(a_token_ends)
{
	ck_assert_int_eq(mv_request(mv, "POST", "auth/token/create", "root",
			     "{\"id\":\"app\",\"ttl\":\"1h\"}", NULL),
	    200);
	mv_advance(mv, INT64_C(3601) * 1000000000);
	ck_assert_int_eq(
	    mv_request(mv, "GET", "auth/token/lookup-self", "app", NULL, NULL),
	    403);
}
END_TEST

START_TEST(an_outage_and_its_end)
{
	char why[1024] = "";

	ck_assert_msg(
	    mv_outage(mv, "sealed", NULL, why, sizeof(why)), "%s", why);
	ck_assert_int_eq(
	    mv_request(mv, "GET", "secret/data/app", "root", NULL, NULL), 503);
	ck_assert_msg(mv_outage_end(mv, "sealed", why, sizeof(why)), "%s", why);
	ck_assert_msg(mv_verify(mv,
			  "{\"match\":{\"path\":\"secret/**\"},\"status\":503,"
			  "\"times\":1}",
			  why, sizeof(why)),
	    "%s", why);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("vault");
	TCase *t = tcase_create("vault");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_secret_comes_back);
	tcase_add_test(t, a_token_ends);
	tcase_add_test(t, an_outage_and_its_end);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
