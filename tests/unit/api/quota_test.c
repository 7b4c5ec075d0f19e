/*
 * Rate limits on a frozen clock: what an interval and a block allow, which rule
 * a request meets, and what ends a rule.
 */
#include "tests/support/embedded.h"

#define READ 404, "GET", "secret/data/x", NULL
#define REFUSED 429, "GET", "secret/data/x", NULL

START_TEST(an_interval_fills_again)
{
	mv = start(NULL);
	ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":2,\"interval\":\"1m\",\"path\":\"secret/\"}");
	ask(READ);
	mv_advance(mv, 30 * SECOND);
	ask(READ);
	ask(REFUSED);
	mv_advance(mv, 30 * SECOND - 1);
	ask(REFUSED);
	mv_advance(mv, 1);
	ask(READ);
	ask(READ);
	ask(REFUSED);
	ck_assert(has(ask(REFUSED),
	    "request path \\\"secret/data/x\\\": rate limit quota exceeded"));
	mv_free(mv);
}
END_TEST

/* A refusal does not prolong the block that an earlier one began. */
START_TEST(a_block_lasts)
{
	mv = start(NULL);
	ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":1,\"interval\":1,\"block_interval\":60,"
	    "\"path\":\"secret/\"}");
	ask(READ);
	ask(REFUSED);
	mv_advance(mv, 30 * SECOND);
	ask(REFUSED);
	mv_advance(mv, 30 * SECOND - 1);
	ask(REFUSED);
	mv_advance(mv, 1);
	ask(READ);
	mv_free(mv);
}
END_TEST

START_TEST(the_most_specific_rule_counts)
{
	mv = start(NULL);
	ask(204, "POST", "sys/quotas/rate-limit/all",
	    "{\"rate\":1000,\"interval\":\"1h\"}");
	ask(204, "POST", "sys/quotas/rate-limit/mount",
	    "{\"rate\":1,\"interval\":\"1h\",\"path\":\"secret/\"}");
	ask(204, "POST", "sys/quotas/rate-limit/glob",
	    "{\"rate\":2,\"interval\":\"1h\",\"path\":\"secret/data/*\"}");
	ask(204, "POST", "sys/quotas/rate-limit/path",
	    "{\"rate\":3,\"interval\":\"1h\",\"path\":\"secret/data/x\"}");
	for (int i = 0; i < 3; i++)
		ask(READ);
	ask(REFUSED);
	for (int i = 0; i < 2; i++)
		ask(404, "GET", "secret/data/y", NULL);
	ask(429, "GET", "secret/data/z", NULL);
	ask(404, "GET", "secret/metadata/x", NULL);
	ask(429, "GET", "secret/metadata/x", NULL);
	ask(200, "GET", "sys/mounts", NULL);
	ask(204, "DELETE", "sys/quotas/rate-limit/path", NULL);
	ask(REFUSED);
	mv_free(mv);
}
END_TEST

START_TEST(a_role_has_its_own)
{
	char login[200];

	mv = start(NULL);
	approle("{}", login, sizeof(login));
	ask(400, "POST", "sys/quotas/rate-limit/r",
	    "{\"rate\":1,\"path\":\"secret/\",\"role\":\"app\"}");
	ask(400, "POST", "sys/quotas/rate-limit/r",
	    "{\"rate\":1,\"path\":\"auth/approle/login\","
	    "\"role\":\"app\"}");
	ask(204, "POST", "sys/quotas/rate-limit/r",
	    "{\"rate\":1,\"interval\":\"1h\",\"path\":\"auth/approle\","
	    "\"role\":\"app\"}");
	ask(200, "POST", "auth/approle/login", login);
	ask(429, "POST", "auth/approle/login", login);
	ask(400, "POST", "auth/approle/login",
	    "{\"role_id\":\"other\",\"secret_id\":\"x\"}");
	ask(200, "GET", "auth/approle/role/app", NULL);
	mv_advance(mv, 3600 * SECOND);
	ask(200, "POST", "auth/approle/login", login);
	mv_free(mv);
}
END_TEST

START_TEST(a_rule_goes_with_its_mount)
{
	mv = start(NULL);
	ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":1,\"interval\":\"1h\",\"path\":\"secret/\"}");
	ask(READ);
	ask(REFUSED);
	ask(200, "POST", "sys/remount",
	    "{\"from\":\"secret\",\"to\":\"moved\"}");
	ck_assert(has(ask(200, "GET", "sys/quotas/rate-limit/q", NULL),
	    "\"path\":\"moved/\""));
	ask(429, "GET", "moved/data/x", NULL);
	ask(204, "DELETE", "sys/mounts/moved", NULL);
	ask(404, "GET", "sys/quotas/rate-limit/q", NULL);
	ask(404, "LIST", "sys/quotas/rate-limit", NULL);
	mv_free(mv);
}
END_TEST

/* "!" takes a path out of a longer exemption. */
START_TEST(exempt_paths_are_prefixes)
{
	mv = start(NULL);
	ask(204, "POST", "sys/quotas/config",
	    "{\"rate_limit_exempt_paths\":[\"sys/\",\"secret/data/a*\","
	    "\"!secret/data/ab\"]}");
	ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":1,\"interval\":\"1h\"}");
	ask(READ);
	ask(REFUSED);
	ask(404, "GET", "secret/data/a1", NULL);
	ask(429, "GET", "secret/data/ab1", NULL);
	ask(200, "GET", "sys/mounts", NULL);
	ask(204, "POST", "sys/quotas/config",
	    "{\"absolute_rate_limit_exempt_paths\":[\"sys/quotas\"]}");
	ask(429, "GET", "sys/mounts", NULL);
	ask(200, "GET", "sys/quotas/config", NULL);
	mv_free(mv);
}
END_TEST

/* Names that a rule needs and paths that are not there. */
START_TEST(every_path_counts)
{
	mv = start(NULL);
	ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":2,\"interval\":\"1h\"}");
	ask(404, "GET", "nowhere/x", NULL);
	ask(404, "GET", "sys/nowhere", NULL);
	ask(429, "GET", "nowhere/x", NULL);
	ask(429, "DELETE", "sys/quotas/rate-limit/q", NULL);
	ask(200, "GET", "sys/health", NULL);
	mv_free(mv);
}
END_TEST

UNIT_MAIN("quota", an_interval_fills_again, a_block_lasts,
    the_most_specific_rule_counts, a_role_has_its_own,
    a_rule_goes_with_its_mount, exempt_paths_are_prefixes, every_path_counts)
