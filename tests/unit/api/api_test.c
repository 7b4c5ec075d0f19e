/*
 * A Vault inside the test, without a socket, on a frozen clock: what time does
 * to tokens and secrets, and that two instances share nothing.
 */
#include "tests/support/embedded.h"

static int
self(const char *token)
{
	return mv_request(mv, "GET", "auth/token/lookup-self", token, NULL,
	    &(const char *){ NULL });
}

START_TEST(a_token_lives_its_ttl)
{
	char token[200];

	mv = embedded_start(NULL);
	embedded_string(
	    embedded_ask(200, "POST", "auth/token/create", "{\"ttl\":\"10m\"}"),
	    "client_token", token, sizeof(token));
	mv_advance(mv, 599 * SECOND);
	ck_assert_int_eq(self(token), 200);
	mv_advance(mv, 2 * SECOND);
	ck_assert_int_eq(self(token), 403);
	mv_free(mv);
}
END_TEST

START_TEST(renewal_reaches_the_maximum)
{
	char token[200];
	const char *answer;

	mv = embedded_start(NULL);
	embedded_string(embedded_ask(200, "POST", "auth/token/create",
			    "{\"ttl\":\"10m\",\"explicit_max_ttl\":\"15m\"}"),
	    "client_token", token, sizeof(token));
	mv_advance(mv, 500 * SECOND);
	ck_assert_int_eq(mv_request(mv, "POST", "auth/token/renew-self", token,
			     "{\"increment\":\"1h\"}", &answer),
	    200);
	ck_assert_msg(
	    answer_has(answer, "\"lease_duration\":400"), "%s", answer);
	mv_advance(mv, 401 * SECOND);
	ck_assert_int_eq(self(token), 403);
	mv_free(mv);
}
END_TEST

START_TEST(children_go_with_their_parent)
{
	char parent[200], child[200];
	const char *answer;

	mv = embedded_start(NULL);
	embedded_string(embedded_ask(200, "POST", "auth/token/create",
			    "{\"ttl\":\"10m\",\"policies\":[\"root\"]}"),
	    "client_token", parent, sizeof(parent));
	ck_assert_int_eq(mv_request(mv, "POST", "auth/token/create", parent,
			     "{\"ttl\":\"1h\"}", &answer),
	    200);
	embedded_string(answer, "client_token", child, sizeof(child));
	ck_assert_int_eq(self(child), 200);
	mv_advance(mv, 601 * SECOND);
	ck_assert_int_eq(self(child), 403);
	mv_free(mv);
}
END_TEST

START_TEST(a_version_deletes_itself)
{
	const char *answer;

	mv = embedded_start(NULL);
	embedded_ask(204, "POST", "secret/metadata/a",
	    "{\"delete_version_after\":\"1h\"}");
	answer = embedded_ask(
	    200, "POST", "secret/data/a", "{\"data\":{\"k\":1}}");
	ck_assert_msg(
	    !answer_has(answer, "\"deletion_time\":\"\""), "%s", answer);
	mv_advance(mv, 3599 * SECOND);
	embedded_ask(200, "GET", "secret/data/a", NULL);
	mv_advance(mv, 2 * SECOND);
	answer = embedded_ask(404, "GET", "secret/data/a", NULL);
	ck_assert_msg(answer_has(answer, "\"data\":null"), "%s", answer);
	mv_free(mv);
}
END_TEST

START_TEST(an_expired_token_unwraps_nothing)
{
	char token[200];
	const char *answer;

	mv = embedded_start(NULL);
	embedded_string(embedded_ask(200, "POST", "auth/token/create",
			    "{\"ttl\":\"60s\",\"policies\":[\"default\"]}"),
	    "client_token", token, sizeof(token));
	mv_advance(mv, 61 * SECOND);
	ck_assert_int_eq(
	    mv_request(mv, "POST", "sys/wrapping/unwrap", token, NULL, &answer),
	    400);
	ck_assert_msg(answer_has(answer,
			  "wrapping token is not valid or does not "
			  "exist"),
	    "%s", answer);
	mv_free(mv);
}
END_TEST

START_TEST(a_lease_ends_on_the_clock)
{
	char lease[200], body[300];

	mv = embedded_start(NULL);
	embedded_ask(
	    204, "POST", "sys/mounts/gl", "{\"type\":\"generic-leased\"}");
	embedded_ask(204, "POST", "gl/a", "{\"v\":\"1\",\"ttl\":\"1h\"}");
	embedded_string(embedded_ask(200, "GET", "gl/a", NULL), "lease_id",
	    lease, sizeof(lease));
	snprintf(body, sizeof(body), "{\"lease_id\":\"%s\"}", lease);
	mv_advance(mv, 3599 * SECOND);
	embedded_ask(200, "POST", "sys/leases/lookup", body);
	mv_advance(mv, 2 * SECOND);
	embedded_ask(400, "POST", "sys/leases/lookup", body);
	mv_free(mv);
}
END_TEST

START_TEST(a_transit_key_turns_on_the_clock)
{
	char sealed[400], body[500];

	mv = embedded_start(NULL);
	embedded_ask(
	    204, "POST", "sys/mounts/transit", "{\"type\":\"transit\"}");
	embedded_ask(
	    200, "POST", "transit/keys/k", "{\"auto_rotate_period\":\"1h\"}");
	embedded_string(embedded_ask(200, "POST", "transit/encrypt/k",
			    "{\"plaintext\":\"YQ==\"}"),
	    "ciphertext", sealed, sizeof(sealed));
	mv_advance(mv, 3599 * SECOND);
	ck_assert(answer_has(embedded_ask(200, "GET", "transit/keys/k", NULL),
	    "\"latest_version\":1,"));
	mv_advance(mv, 2 * SECOND);
	ck_assert(answer_has(embedded_ask(200, "GET", "transit/keys/k", NULL),
	    "\"latest_version\":2,"));
	mv_advance(mv, 7200 * SECOND);
	ck_assert(answer_has(embedded_ask(200, "POST", "transit/encrypt/k",
				 "{\"plaintext\":\"YQ==\"}"),
	    "vault:v3:"));
	snprintf(body, sizeof(body), "{\"ciphertext\":\"%s\"}", sealed);
	embedded_ask(200, "POST", "transit/decrypt/k", body);
	embedded_ask(
	    200, "POST", "transit/keys/k/config", "{\"auto_rotate_period\":0}");
	mv_advance(mv, 7200 * SECOND);
	ck_assert(answer_has(embedded_ask(200, "GET", "transit/keys/k", NULL),
	    "\"latest_version\":3,"));
	mv_free(mv);
}
END_TEST

START_TEST(a_seed_repeats_transit_keys)
{
	static const char *const types[] = { "aes256-gcm96", "ecdsa-p521",
		"ed25519", "rsa-2048" };
	char first[4][4096];

	for (int round = 0; round < 2; round++) {
		mv = embedded_start("7");
		embedded_ask(204, "POST", "sys/mounts/transit",
		    "{\"type\":\"transit\"}");
		for (int i = 0; i < 4; i++) {
			char body[80], path[80];
			const char *answer, *keys;

			snprintf(path, sizeof(path), "transit/keys/k%d", i);
			snprintf(body, sizeof(body),
			    "{\"type\":\"%s\",\"exportable\":true}", types[i]);
			embedded_ask(200, "POST", path, body);
			snprintf(path, sizeof(path), "transit/export/%s/k%d",
			    i ? "signing-key" : "encryption-key", i);
			answer = embedded_ask(200, "GET", path, NULL);
			keys = strstr(answer, "\"keys\"");
			ck_assert(keys != NULL);
			if (round == 0)
				snprintf(
				    first[i], sizeof(first[i]), "%s", keys);
			else
				ck_assert_str_eq(first[i], keys);
		}
		mv_free(mv);
	}
}
END_TEST

START_TEST(a_last_use_brings_no_lease)
{
	char token[200];
	const char *answer;

	mv = embedded_start(NULL);
	embedded_ask(
	    204, "POST", "sys/mounts/gl", "{\"type\":\"generic-leased\"}");
	embedded_ask(204, "POST", "gl/a", "{\"v\":\"1\"}");
	embedded_ask(204, "PUT", "sys/policies/acl/p",
	    "{\"policy\":\"path \\\"gl/*\\\" { capabilities = "
	    "[\\\"read\\\"] }\"}");
	embedded_string(embedded_ask(200, "POST", "auth/token/create",
			    "{\"policies\":[\"p\"],\"num_uses\":1}"),
	    "client_token", token, sizeof(token));
	ck_assert_int_eq(
	    mv_request(mv, "GET", "gl/a", token, NULL, &answer), 400);
	ck_assert_msg(answer_has(answer, "leased credentials were immediately"),
	    "%s", answer);
	embedded_ask(404, "LIST", "sys/leases/lookup/gl/a", NULL);
	mv_free(mv);
}
END_TEST

START_TEST(a_secret_id_ends_on_the_clock)
{
	char login[200];

	mv = embedded_start(NULL);
	embedded_approle("{\"secret_id_ttl\":\"10m\"}", login, sizeof(login));
	mv_advance(mv, 599 * SECOND);
	embedded_ask(200, "POST", "auth/approle/login", login);
	mv_advance(mv, 2 * SECOND);
	embedded_ask(400, "POST", "auth/approle/login", login);
	mv_free(mv);
}
END_TEST

START_TEST(a_lockout_ends_after_fifteen_minutes)
{
	char login[200];

	mv = embedded_start(NULL);
	embedded_approle("{}", login, sizeof(login));
	for (int i = 0; i < 5; i++) {
		char wrong[200];

		snprintf(wrong, sizeof(wrong), "%s", login);
		wrong[strlen(wrong) - 3] = '-';
		embedded_ask(400, "POST", "auth/approle/login", wrong);
	}
	embedded_ask(403, "POST", "auth/approle/login", login);
	mv_advance(mv, 899 * SECOND);
	embedded_ask(403, "POST", "auth/approle/login", login);
	mv_advance(mv, 2 * SECOND);
	embedded_ask(200, "POST", "auth/approle/login", login);
	mv_free(mv);
}
END_TEST

START_TEST(a_frozen_clock_stands)
{
	char first[64], second[64];
	int64_t now;

	mv = embedded_start(NULL);
	now = mv_now(mv);
	embedded_string(
	    embedded_ask(200, "POST", "secret/data/a", "{\"data\":{}}"),
	    "created_time", first, sizeof(first));
	embedded_string(
	    embedded_ask(200, "POST", "secret/data/b", "{\"data\":{}}"),
	    "created_time", second, sizeof(second));
	ck_assert_str_eq(first, second);
	ck_assert_int_eq(mv_now(mv), now);
	mv_free(mv);
}
END_TEST

START_TEST(a_seed_repeats_itself)
{
	char first[200], again[200];

	for (int i = 0; i < 2; i++) {
		mv = embedded_start("7");
		embedded_string(
		    embedded_ask(200, "POST", "auth/token/create", "{}"),
		    "client_token", i ? again : first, sizeof(first));
		mv_free(mv);
	}
	ck_assert_str_eq(first, again);
}
END_TEST

START_TEST(instances_share_nothing)
{
	struct mockvault *one = embedded_start(NULL),
			 *two = embedded_start(NULL);
	const char *answer;

	mv = one;
	embedded_ask(200, "POST", "secret/data/a", "{\"data\":{\"k\":1}}");
	mv_advance(one, 3600 * SECOND);
	mv = two;
	embedded_ask(404, "GET", "secret/data/a", NULL);
	ck_assert_int_lt(mv_now(two), mv_now(one));
	mv_free(one);
	ck_assert_int_eq(
	    mv_request(two, "GET", "sys/health", NULL, NULL, &answer), 200);
	mv_free(two);
}
END_TEST

START_TEST(outages_from_inside)
{
	const char *answer;

	mv = embedded_start(NULL);
	ck_assert_int_eq(
	    mv_control(mv, "PUT", "outages/sealed", NULL, &answer), 200);
	ck_assert_ptr_nonnull(strstr(answer, "\"active\":true"));
	embedded_ask(503, "GET", "secret/data/a", NULL);
	ck_assert_int_eq(mv_control(mv, "DELETE", "outages", NULL, NULL), 204);
	mv_control(mv, "PUT", "outages/reset", NULL, NULL);
	ck_assert_int_eq(
	    mv_request(mv, "GET", "secret/data/a", "root", NULL, &answer), 0);
	ck_assert_str_eq(answer, "");
	mv_control(mv, "POST", "reset", NULL, NULL);
	mv_control(mv, "PUT", "outages/slow",
	    "{\"params\":{\"delay\":\"5ms\"}}", NULL);
	embedded_ask(404, "GET", "secret/data/a", NULL);
	ck_assert_int_eq(
	    mv_control(mv, "PUT", "outages/seald", NULL, &answer), 404);
	ck_assert_ptr_nonnull(strstr(answer, "did you mean"));
	mv_free(mv);
}
END_TEST

UNIT_MAIN("api", a_token_lives_its_ttl, renewal_reaches_the_maximum,
    children_go_with_their_parent, a_version_deletes_itself,
    an_expired_token_unwraps_nothing, a_lease_ends_on_the_clock,
    a_transit_key_turns_on_the_clock, a_seed_repeats_transit_keys,
    a_last_use_brings_no_lease, a_secret_id_ends_on_the_clock,
    a_lockout_ends_after_fifteen_minutes, a_frozen_clock_stands,
    a_seed_repeats_itself, instances_share_nothing, outages_from_inside)
