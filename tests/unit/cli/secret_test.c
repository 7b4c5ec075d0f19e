/*
 * Secrets out of answers, and back in the order of the client's structs.
 */
#include "cli/vault/client/secret.h"

#include "tests/support/unit.h"

START_TEST(answers_are_read)
{
	struct arena *a = arena_new();
	struct secret *s;
	const char *why;

	ck_assert(secret_parse(a, SLICE(""), &s, &why));
	ck_assert_ptr_null(s);
	ck_assert(secret_parse(a,
	    SLICE("{\"auth\":{\"client_token\":\"t\",\"policies\":[\"p\"]},"
		  "\"request_id\":\"r\",\"mount_type\":\"kv\"}"),
	    &s, &why));
	ck_assert(s->has_auth);
	ck_assert_str_eq(s->auth.token, "t");
	ck_assert_str_eq(secret_to_json(a, s).p,
	    "{\"request_id\":\"r\",\"lease_id\":\"\",\"lease_duration\":0,"
	    "\"renewable\":false,\"data\":null,\"warnings\":null,\"auth\":{"
	    "\"client_token\":\"t\",\"accessor\":\"\",\"policies\":[\"p\"],"
	    "\"token_policies\":null,\"identity_policies\":null,\"metadata\":"
	    "null,\"orphan\":false,\"entity_id\":\"\",\"lease_duration\":0,"
	    "\"renewable\":false,\"mfa_requirement\":null},\"mount_type\":"
	    "\"kv\"}");
	arena_free(a);
}
END_TEST

START_TEST(answers_without_a_secret)
{
	struct arena *a = arena_new();
	struct secret *s;
	const char *why;

	ck_assert(
	    secret_parse(a, SLICE("{\"sealed\":true,\"n\":1}"), &s, &why));
	ck_assert_str_eq(s->data.p, "{\"n\":1,\"sealed\":true}");
	ck_assert(secret_parse(a, SLICE("{\"errors\":[]}"), &s, &why));
	ck_assert_ptr_null(s);
	ck_assert(!secret_parse(
	    a, SLICE("{\"errors\":[\"a\",\"b\"],\"x\":1}"), &s, &why));
	ck_assert_str_eq(why, "a b");
	ck_assert(!secret_parse(a, SLICE("[1]"), &s, &why));
	ck_assert_str_eq(why,
	    "json: cannot unmarshal array into Go value of "
	    "type api.Secret");
	ck_assert(
	    !secret_parse(a, SLICE("{\"lease_duration\":\"x\"}"), &s, &why));
	ck_assert_str_eq(why,
	    "json: cannot unmarshal string into Go struct "
	    "field Secret.lease_duration of type int");
	ck_assert(!secret_parse(a, SLICE("{\"x\":"), &s, &why));
	ck_assert_str_eq(why, "unexpected EOF");
	arena_free(a);
}
END_TEST

UNIT_MAIN("cli_secret", answers_are_read, answers_without_a_secret)
