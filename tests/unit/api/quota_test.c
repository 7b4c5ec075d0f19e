/*
 * Rate limits on a frozen clock: what an interval and a block allow, which rule
 * a request meets, and what ends a rule.
 */
#include "tests/support/embedded.h"

#define READ 404, "GET", "secret/data/x", NULL
#define REFUSED 429, "GET", "secret/data/x", NULL

START_TEST(an_interval_fills_again)
{
	mv = embedded_start(NULL);
	embedded_ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":2,\"interval\":\"1m\",\"path\":\"secret/\"}");
	embedded_ask(READ);
	mv_advance(mv, 30 * SECOND);
	embedded_ask(READ);
	embedded_ask(REFUSED);
	mv_advance(mv, 30 * SECOND - 1);
	embedded_ask(REFUSED);
	mv_advance(mv, 1);
	embedded_ask(READ);
	embedded_ask(READ);
	embedded_ask(REFUSED);
	ck_assert(answer_has(embedded_ask(REFUSED),
	    "request path \\\"secret/data/x\\\": rate limit quota exceeded"));
	mv_free(mv);
}
END_TEST

/* A refusal does not prolong the block that an earlier one began. */
START_TEST(a_block_lasts)
{
	mv = embedded_start(NULL);
	embedded_ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":1,\"interval\":1,\"block_interval\":60,"
	    "\"path\":\"secret/\"}");
	embedded_ask(READ);
	embedded_ask(REFUSED);
	mv_advance(mv, 30 * SECOND);
	embedded_ask(REFUSED);
	mv_advance(mv, 30 * SECOND - 1);
	embedded_ask(REFUSED);
	mv_advance(mv, 1);
	embedded_ask(READ);
	mv_free(mv);
}
END_TEST

START_TEST(the_most_specific_rule_counts)
{
	mv = embedded_start(NULL);
	embedded_ask(204, "POST", "sys/quotas/rate-limit/all",
	    "{\"rate\":1000,\"interval\":\"1h\"}");
	embedded_ask(204, "POST", "sys/quotas/rate-limit/mount",
	    "{\"rate\":1,\"interval\":\"1h\",\"path\":\"secret/\"}");
	embedded_ask(204, "POST", "sys/quotas/rate-limit/glob",
	    "{\"rate\":2,\"interval\":\"1h\",\"path\":\"secret/data/*\"}");
	embedded_ask(204, "POST", "sys/quotas/rate-limit/path",
	    "{\"rate\":3,\"interval\":\"1h\",\"path\":\"secret/data/x\"}");
	for (int i = 0; i < 3; i++)
		embedded_ask(READ);
	embedded_ask(REFUSED);
	for (int i = 0; i < 2; i++)
		embedded_ask(404, "GET", "secret/data/y", NULL);
	embedded_ask(429, "GET", "secret/data/z", NULL);
	embedded_ask(404, "GET", "secret/metadata/x", NULL);
	embedded_ask(429, "GET", "secret/metadata/x", NULL);
	embedded_ask(200, "GET", "sys/mounts", NULL);
	embedded_ask(204, "DELETE", "sys/quotas/rate-limit/path", NULL);
	embedded_ask(REFUSED);
	mv_free(mv);
}
END_TEST

START_TEST(a_role_has_its_own)
{
	char login[200];

	mv = embedded_start(NULL);
	embedded_approle("{}", login, sizeof(login));
	embedded_ask(400, "POST", "sys/quotas/rate-limit/r",
	    "{\"rate\":1,\"path\":\"secret/\",\"role\":\"app\"}");
	embedded_ask(400, "POST", "sys/quotas/rate-limit/r",
	    "{\"rate\":1,\"path\":\"auth/approle/login\","
	    "\"role\":\"app\"}");
	embedded_ask(204, "POST", "sys/quotas/rate-limit/r",
	    "{\"rate\":1,\"interval\":\"1h\",\"path\":\"auth/approle\","
	    "\"role\":\"app\"}");
	embedded_ask(200, "POST", "auth/approle/login", login);
	embedded_ask(429, "POST", "auth/approle/login", login);
	embedded_ask(400, "POST", "auth/approle/login",
	    "{\"role_id\":\"other\",\"secret_id\":\"x\"}");
	embedded_ask(200, "GET", "auth/approle/role/app", NULL);
	mv_advance(mv, 3600 * SECOND);
	embedded_ask(200, "POST", "auth/approle/login", login);
	mv_free(mv);
}
END_TEST

START_TEST(a_rule_goes_with_its_mount)
{
	mv = embedded_start(NULL);
	embedded_ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":1,\"interval\":\"1h\",\"path\":\"secret/\"}");
	embedded_ask(READ);
	embedded_ask(REFUSED);
	embedded_ask(200, "POST", "sys/remount",
	    "{\"from\":\"secret\",\"to\":\"moved\"}");
	ck_assert(answer_has(
	    embedded_ask(200, "GET", "sys/quotas/rate-limit/q", NULL),
	    "\"path\":\"moved/\""));
	embedded_ask(429, "GET", "moved/data/x", NULL);
	embedded_ask(204, "DELETE", "sys/mounts/moved", NULL);
	embedded_ask(404, "GET", "sys/quotas/rate-limit/q", NULL);
	embedded_ask(404, "LIST", "sys/quotas/rate-limit", NULL);
	mv_free(mv);
}
END_TEST

/* "!" takes a path out of a longer exemption. */
START_TEST(exempt_paths_are_prefixes)
{
	mv = embedded_start(NULL);
	embedded_ask(204, "POST", "sys/quotas/config",
	    "{\"rate_limit_exempt_paths\":[\"sys/\",\"secret/data/a*\","
	    "\"!secret/data/ab\"]}");
	embedded_ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":1,\"interval\":\"1h\"}");
	embedded_ask(READ);
	embedded_ask(REFUSED);
	embedded_ask(404, "GET", "secret/data/a1", NULL);
	embedded_ask(429, "GET", "secret/data/ab1", NULL);
	embedded_ask(200, "GET", "sys/mounts", NULL);
	embedded_ask(204, "POST", "sys/quotas/config",
	    "{\"absolute_rate_limit_exempt_paths\":[\"sys/quotas\"]}");
	embedded_ask(429, "GET", "sys/mounts", NULL);
	embedded_ask(200, "GET", "sys/quotas/config", NULL);
	mv_free(mv);
}
END_TEST

/* Names that a rule needs and paths that are not there. */
START_TEST(every_path_counts)
{
	mv = embedded_start(NULL);
	embedded_ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":2,\"interval\":\"1h\"}");
	embedded_ask(404, "GET", "nowhere/x", NULL);
	embedded_ask(404, "GET", "sys/nowhere", NULL);
	embedded_ask(429, "GET", "nowhere/x", NULL);
	embedded_ask(429, "DELETE", "sys/quotas/rate-limit/q", NULL);
	embedded_ask(200, "GET", "sys/health", NULL);
	mv_free(mv);
}
END_TEST

UNIT_MAIN("quota", an_interval_fills_again, a_block_lasts,
    the_most_specific_rule_counts, a_role_has_its_own,
    a_rule_goes_with_its_mount, exempt_paths_are_prefixes, every_path_counts)
