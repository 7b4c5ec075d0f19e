/*
 * What is taken for a secret, and what stands in its place.
 */
#include <string.h>

#include "base/mem.h"
#include "proxy/shape.h"
#include "proxy/standin.h"
#include "tests/support/unit.h"

static void
blank(void *arg, const struct json_place *place, struct slice raw,
    struct buf *out)
{
	if (secret_kind_of(arg, place, raw) != SECRET_NONE)
		buf_char(out, '$');
	else
		buf_slice(out, raw);
}

/* A body with its secrets as $. */
static char *
blanked(const char *method, const char *path, const char *body,
    const char *answer, bool is_answer)
{
	json_t *tree = answer ? json_loads(answer, 0, NULL) : NULL;
	struct secret_context c;
	struct buf out;

	secret_context_init(&c, method, path, "", tree);
	c.is_answer = is_answer;
	buf_init(&out, 0);
	ck_assert(json_rewrite(body, strlen(body), blank, &c, &out));
	json_decref(tree);
	return out.p;
}

static void
check_answer(const char *path, const char *body, const char *expected)
{
	char *got = blanked("GET", path, body, body, true);

	ck_assert_str_eq(got, expected);
	free(got);
}

static void
check_request(const char *path, const char *body, const char *expected)
{
	char *got = blanked("PUT", path, body, NULL, false);

	ck_assert_str_eq(got, expected);
	free(got);
}

START_TEST(answers)
{
	check_answer("auth/approle/login",
	    "{\"data\":null,\"auth\":{\"client_token\":\"x\","
	    "\"accessor\":\"y\",\"policies\":[\"app\"]}}",
	    "{\"data\":null,\"auth\":{\"client_token\":$,"
	    "\"accessor\":$,\"policies\":[\"app\"]}}");
	check_answer("secret/data/a",
	    "{\"data\":{\"data\":{\"k\":\"v\",\"n\":[1,{\"m\":2}]},"
	    "\"metadata\":{\"version\":3}},\"mount_type\":\"kv\"}",
	    "{\"data\":{\"data\":{\"k\":$,\"n\":[$,{\"m\":$}]},"
	    "\"metadata\":{\"version\":3}},\"mount_type\":\"kv\"}");
	/* KV v1, and a Vault that does not tell the mount's type */
	check_answer("kv/a", "{\"data\":{\"k\":\"v\",\"on\":true}}",
	    "{\"data\":{\"k\":$,\"on\":true}}");
	check_answer("pki/issue/r",
	    "{\"data\":{\"serial_number\":\"1:2\",\"private_key\":\"k\"},"
	    "\"mount_type\":\"pki\"}",
	    "{\"data\":{\"serial_number\":\"1:2\",\"private_key\":$},"
	    "\"mount_type\":\"pki\"}");
	check_answer("old/issue/r",
	    "{\"data\":{\"certificate\":"
	    "\"-----BEGIN CERTIFICATE-----\\nx\"}}",
	    "{\"data\":{\"certificate\":"
	    "\"-----BEGIN CERTIFICATE-----\\nx\"}}");
	check_answer("sys/init", "{\"keys\":[\"a\"],\"root_token\":\"t\"}",
	    "{\"keys\":[$],\"root_token\":$}");
	check_answer("sys/mounts", "{\"data\":{\"secret/\":{\"type\":\"kv\"}}}",
	    "{\"data\":{\"secret/\":{\"type\":\"kv\"}}}");
	check_answer(
	    "sys/x", "{\"a\":\"hvs.abcdefghijklmnopqrstuvwx\"}", "{\"a\":$}");
}
END_TEST

START_TEST(names_of_a_list)
{
	const char *body = "{\"data\":{\"keys\":[\"a\",\"b/\"]}}";
	char *got = blanked("LIST", "kv", body, body, true);

	ck_assert_str_eq(got, body);
	free(got);
}
END_TEST

START_TEST(requests)
{
	check_request("auth/approle/login",
	    "{\"role_id\":\"r\",\"secret_id\":\"s\"}",
	    "{\"role_id\":\"r\",\"secret_id\":$}");
	check_request("secret/data/a",
	    "{\"data\":{\"k\":\"v\"},\"options\":{\"cas\":1}}",
	    "{\"data\":{\"k\":$},\"options\":{\"cas\":1}}");
	check_request("kv/a", "{\"k\":\"v\"}", "{\"k\":$}");
	check_request("secret/metadata/a", "{\"max_versions\":3}",
	    "{\"max_versions\":3}");
	check_request("sys/unseal", "{\"key\":\"k\"}", "{\"key\":$}");
	check_request(
	    "sys/policies/acl/a", "{\"policy\":\"p\"}", "{\"policy\":\"p\"}");
	check_request("sys/wrapping/wrap", "{\"a\":\"b\"}", "{\"a\":$}");
}
END_TEST

START_TEST(the_same_secret_has_the_same)
{
	struct random *random = random_new_seeded(1);
	struct standins *s = standins_new(random);
	char *token = xstrdup(standin_for(s, SECRET_TOKEN, "hvs.real"));
	struct buf out;

	ck_assert_str_eq(standin_for(s, SECRET_TOKEN, "hvs.real"), token);
	ck_assert_str_ne(standin_for(s, SECRET_TOKEN, "hvs.other"), token);
	ck_assert_str_eq(standin_known(s, "hvs.real"), token);
	ck_assert_ptr_null(standin_known(s, "hvs.rea"));
	standin_for(s, SECRET_LEASE, "database/creds/app/Abc");
	buf_init(&out, 0);
	standins_put_path(
	    s, "/v1/sys/leases/renew/database/creds/app/Abc", &out);
	ck_assert_str_eq(out.p,
	    "/v1/sys/leases/renew/database/creds/app/standinlease00000000001");
	buf_release(&out);
	free(token);
	standins_free(s);
	random_free(random);
}
END_TEST

START_TEST(a_shape_stays)
{
	struct random *random = random_new_seeded(1);
	const char *text = "aB3-0.z/\xc3\xa9!";
	struct buf out;

	buf_init(&out, 0);
	shape_text(&out, random, text, strlen(text));
	ck_assert_uint_eq(out.n, strlen(text) - 1);
	ck_assert(out.p[0] >= 'a' && out.p[0] <= 'z');
	ck_assert(out.p[1] >= 'A' && out.p[1] <= 'Z');
	ck_assert(out.p[2] >= '1' && out.p[2] <= '9');
	ck_assert_mem_eq(out.p + 3, "-0.", 3);
	ck_assert_str_eq(out.p + 8, "x!");
	buf_release(&out);
	random_free(random);
}
END_TEST

START_TEST(what_is_no_json)
{
	static const char *const wrong[] = { "", "{", "[1,]", "{\"a\"}",
		"{\"a\":1,}", "1 2", "\"", "\"\\", "]", "{1:2}" };
	struct secret_context c;

	secret_context_init(&c, "GET", "a", "", NULL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct buf out;

		buf_init(&out, 0);
		ck_assert_msg(
		    !json_rewrite(wrong[i], strlen(wrong[i]), blank, &c, &out),
		    "%s", wrong[i]);
		buf_release(&out);
	}
}
END_TEST

UNIT_MAIN("standin", answers, names_of_a_list, requests,
    the_same_secret_has_the_same, a_shape_stays, what_is_no_json)
