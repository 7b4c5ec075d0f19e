/*
 * Metrics on a frozen clock: what is counted, under which names and labels, and
 * what the virtual time makes of durations.
 */
#include "tests/support/embedded.h"

static void
shown(const char *format, const char *line)
{
	const char *answer = embedded_ask(200, "GET", format, NULL);

	ck_assert_msg(answer_has(answer, line), "no %s in %s", line, answer);
}

#define PROMETHEUS "sys/metrics?format=prometheus"

START_TEST(requests_are_counted_by_route)
{
	mv = embedded_start(NULL);
	embedded_ask(200, "POST", "secret/data/a", "{\"data\":{}}");
	embedded_ask(200, "POST", "secret/data/a", "{\"data\":{}}");
	for (int i = 0; i < 3; i++)
		embedded_ask(200, "GET", "secret/data/a", NULL);
	embedded_ask(404, "GET", "secret/data/b", NULL);
	shown(PROMETHEUS, "\nvault_route_create_secret__count 1\n");
	shown(PROMETHEUS, "\nvault_route_update_secret__count 1\n");
	shown(PROMETHEUS, "\nvault_route_read_secret__count 4\n");
	shown(PROMETHEUS, "\nvault_core_handle_request_count 6\n");
	shown(PROMETHEUS, "{code=\"404\",type=\"4xx\"} 1\n");
	shown("sys/metrics",
	    "{\"Name\":\"vault.route.read.secret-\","
	    "\"Count\":4,");
	mv_free(mv);
}
END_TEST

/* What a token may not do reaches no route. */
START_TEST(a_refusal_is_no_route)
{
	const char *answer;

	mv = embedded_start(NULL);
	mv_request(mv, "GET", "secret/data/a", NULL, NULL, &answer);
	answer = embedded_ask(200, "GET", PROMETHEUS, NULL);
	ck_assert(!answer_has(answer, "vault_route_read_secret_"));
	ck_assert(answer_has(answer, "{code=\"403\",type=\"4xx\"} 1\n"));
	mv_free(mv);
}
END_TEST

START_TEST(tokens_and_leases_are_gauges)
{
	mv = embedded_start(NULL);
	embedded_ask(200, "POST", "auth/token/create",
	    "{\"ttl\":\"10m\",\"policies\":[\"p\"]}");
	embedded_ask(200, "POST", "secret/data/a", "{\"data\":{}}");
	shown(PROMETHEUS, "policy=\"p\"} 1\n");
	shown(PROMETHEUS, "creation_ttl=\"10m\"} 1\n");
	shown(PROMETHEUS, "mount_point=\"secret/\"} 1\n");
	shown(PROMETHEUS, "\nvault_expire_num_leases 2\n");
	shown(PROMETHEUS, ",token_type=\"service\"} 1\n");
	mv_advance(mv, 601 * SECOND);
	shown(PROMETHEUS, "\nvault_expire_num_leases 1\n");
	ck_assert(!answer_has(
	    embedded_ask(200, "GET", PROMETHEUS, NULL), "policy=\"p\""));
	mv_free(mv);
}
END_TEST

START_TEST(logins_and_limits_are_counted)
{
	char login[200];

	mv = embedded_start(NULL);
	embedded_approle("{}", login, sizeof(login));
	embedded_ask(200, "POST", "auth/approle/login", login);
	embedded_ask(204, "POST", "sys/quotas/rate-limit/q",
	    "{\"rate\":1,\"interval\":\"1h\",\"path\":\"secret/\"}");
	embedded_ask(404, "GET", "secret/data/a", NULL);
	embedded_ask(429, "GET", "secret/data/a", NULL);
	shown(PROMETHEUS, "\nvault_core_handle_login_request_count 1\n");
	shown(PROMETHEUS, "\nvault_quota_rate_limit_violation{name=\"q\"} 1\n");
	shown(PROMETHEUS, "auth_method=\"approle\"} 1\n");
	mv_free(mv);
}
END_TEST

/* One name in Prometheus' alphabet is one family. */
START_TEST(routes_of_one_name_are_one)
{
	const char *answer, *first;

	mv = embedded_start(NULL);
	embedded_ask(204, "POST", "sys/mounts/a-b", "{\"type\":\"kv\"}");
	embedded_ask(204, "POST", "sys/mounts/a/b", "{\"type\":\"kv\"}");
	embedded_ask(404, "GET", "a-b/x", NULL);
	embedded_ask(404, "GET", "a/b/x", NULL);
	answer = embedded_ask(200, "GET", PROMETHEUS, NULL);
	ck_assert(answer_has(answer, "\nvault_route_read_a_b__count 2\n"));
	first = strstr(answer, "# TYPE vault_route_read_a_b_ summary");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(
	    strstr(first + 1, "# TYPE vault_route_read_a_b_ summary"));
	mv_free(mv);
}
END_TEST

START_TEST(a_frozen_request_takes_no_time)
{
	mv = embedded_start(NULL);
	embedded_ask(200, "POST", "secret/data/a", "{\"data\":{}}");
	shown(PROMETHEUS, "\nvault_core_handle_request_sum 0\n");
	shown(PROMETHEUS, "vault_core_handle_request{quantile=\"0.99\"} 0\n");
	shown("sys/metrics",
	    "{\"Name\":\"vault.token.creation\","
	    "\"Count\":2,\"Rate\":0.2,");
	mv_free(mv);
}
END_TEST

START_TEST(a_request_sees_itself_in_flight)
{
	mv = embedded_start(NULL);
	ck_assert(
	    answer_has(embedded_ask(200, "GET", "sys/in-flight-req", NULL),
		"\"client_remote_address\":\"127.0.0.1:0\","
		"\"request_path\":\"/v1/sys/in-flight-req\","
		"\"request_method\":\"GET\""));
	shown(PROMETHEUS, "\nvault_core_in_flight_requests 1\n");
	mv_free(mv);
}
END_TEST

UNIT_MAIN("metrics", requests_are_counted_by_route, a_refusal_is_no_route,
    tokens_and_leases_are_gauges, logins_and_limits_are_counted,
    routes_of_one_name_are_one, a_frozen_request_takes_no_time,
    a_request_sees_itself_in_flight)
