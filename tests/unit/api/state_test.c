/*
 * The whole state: sealed for a while, made anew, made uninitialised, put back
 * from an saved, a snapshot, a document.
 */
#include "core/state/snapshot.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/json/schema.h"
#include "core/seal/seal.h"
#include "server/control_host.h"
#include "tests/support/test_instance.h"

static struct test_instance box;

static struct vault *
start(void)
{
	test_instance_defaults(&box);
	test_instance_start(&box);
	return &box.in.vault;
}

static void
write_secret(const char *path)
{
	char target[100];

	snprintf(target, sizeof(target), "secret/data/%s", path);
	test_request(&box, 200, "POST", target, "{\"data\":{\"k\":\"v\"}}");
}

START_TEST(a_suspension_seals_for_real_and_ends_without_shares)
{
	struct vault *v = start();

	write_secret("a");
	ck_assert(!seal_resume(v));
	ck_assert(seal_suspend(v));
	ck_assert(!seal_suspend(v));
	test_request(&box, 503, "GET", "secret/data/a", NULL);
	test_request(&box, 503, "GET", "sys/health", NULL);
	test_request(&box, 200, "GET", "sys/seal-status", NULL);
	ck_assert(json_is_true(json_object_get(box.answer, "sealed")));
	ck_assert(seal_resume(v));
	test_request(&box, 200, "GET", "secret/data/a", NULL);
	ck_assert(!seal_resume(v));
	/* the root key is whole: another seal and the shares open it */
	test_request(&box, 204, "POST", "sys/seal", NULL);
	ck_assert(!seal_resume(v));
	test_instance_stop(&box);
}
END_TEST

START_TEST(the_operators_key_ends_a_suspension)
{
	struct vault *v = start();
	char body[200];

	ck_assert(seal_suspend(v));
	snprintf(body, sizeof(body), "{\"key\":\"%s\"}", box.in.unseal_key);
	test_request(&box, 200, "POST", "sys/unseal", body);
	test_request(&box, 200, "GET", "sys/health", NULL);
	ck_assert(!seal_resume(v));
	test_instance_stop(&box);
}
END_TEST

START_TEST(a_new_start_forgets_and_a_snapshot_remembers)
{
	struct vault *v = start();
	struct error c = { 0 };
	struct vault_snapshot *saved;
	char token[200];

	write_secret("a");
	test_request(
	    &box, 200, "POST", "auth/token/create", "{\"ttl\":\"1h\"}");
	snprintf(
	    token, sizeof(token), "%s", test_string(&box, "auth.client_token"));
	saved = vault_snapshot_new(v);
	ck_assert_ptr_nonnull(saved);
	ck_assert(control_host_restart_dev(&box.in, &c));
	test_request(&box, 200, "GET", "sys/health", NULL);
	test_request(&box, 404, "GET", "secret/data/a", NULL);
	write_secret("b");
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    403);
	ck_assert(vault_snapshot_restore(v, saved));
	test_request(&box, 200, "GET", "secret/data/a", NULL);
	test_request(&box, 404, "GET", "secret/data/b", NULL);
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    200);
	vault_snapshot_free(saved);
	test_instance_stop(&box);
}
END_TEST

START_TEST(a_wiped_vault_is_uninitialised_and_comes_back)
{
	struct vault *v = start();
	struct vault_snapshot *saved = vault_snapshot_new(v);

	ck_assert(vault_erase(v));
	test_request(&box, 501, "GET", "sys/health", NULL);
	test_request(&box, 503, "GET", "secret/data/a", NULL);
	test_request(&box, 200, "GET", "sys/init", NULL);
	ck_assert(json_is_false(json_object_get(box.answer, "initialized")));
	test_request(&box, 200, "PUT", "sys/init",
	    "{\"secret_shares\":1,\"secret_threshold\":1}");
	ck_assert(vault_snapshot_restore(v, saved));
	test_request(&box, 200, "GET", "sys/health", NULL);
	write_secret("a");
	vault_snapshot_free(saved);
	test_instance_stop(&box);
}
END_TEST

START_TEST(a_reset_goes_back_to_the_start)
{
	char token[200];

	start();
	test_request(
	    &box, 200, "POST", "auth/token/create", "{\"ttl\":\"1h\"}");
	snprintf(
	    token, sizeof(token), "%s", test_string(&box, "auth.client_token"));
	write_secret("a");
	test_request(&box, 204, "POST", "sys/mounts/more", "{\"type\":\"kv\"}");
	test_request(&box, 200, "PUT", "/_mock/clock",
	    "{\"ttl_scale\":7,\"skew\":\"1s\"}");
	test_request(&box, 204, "POST", "auth/token/revoke-self", NULL);
	ck_assert_int_eq(
	    test_request_as(&box, "root", "GET", "secret/data/a", NULL), 403);
	test_request(&box, 200, "POST", "/_mock/reset", "{\"state\":true}");
	ck_assert_str_eq(box.text, "{\"reset\":[\"state\"]}\n");
	test_request(&box, 404, "GET", "secret/data/a", NULL);
	test_request(&box, 404, "GET", "more/a", NULL);
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    403);
	test_request(&box, 200, "GET", "/_mock/clock", NULL);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(box.answer, "ttl_scale")), 7);
	test_request(&box, 200, "POST", "/_mock/reset", NULL);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(box.answer, "reset")), 6);
	test_request(&box, 200, "GET", "/_mock/clock", NULL);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(box.answer, "ttl_scale")), 1);
	test_request(&box, 200, "POST", "/_mock/reset", "{\"clock\":false}");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(box.answer, "reset")), 5);
	test_request(&box, 400, "POST", "/_mock/reset", "{\"stat\":true}");
	ck_assert_str_eq(test_string(&box, "field"), "stat");
	test_request(&box, 400, "POST", "/_mock/reset", "{\"state\":1}");
	test_instance_stop(&box);
}
END_TEST

/* Sealed, with a rekey under way and another key share, and all is as before.
 */
START_TEST(a_reset_unseals_what_was_unsealed)
{
	struct vault *v = start();
	char key[64], body[200];

	snprintf(key, sizeof(key), "%s", box.in.unseal_key);
	test_request(&box, 200, "PUT", "sys/rekey/init",
	    "{\"secret_shares\":1,\"secret_threshold\":1}");
	snprintf(body, sizeof(body), "{\"nonce\":\"%s\",\"key\":\"%s\"}",
	    test_string(&box, "nonce"), key);
	test_request(&box, 200, "PUT", "sys/rekey/update", body);
	test_request(&box, 204, "PUT", "sys/seal", NULL);
	test_request(&box, 200, "POST", "/_mock/reset", NULL);
	test_request(&box, 200, "GET", "sys/health", NULL);
	write_secret("a");
	test_request(&box, 204, "PUT", "sys/seal", NULL);
	snprintf(body, sizeof(body), "{\"key\":\"%s\"}", key);
	test_request(&box, 200, "PUT", "sys/unseal", body);
	ck_assert(!seal_is_sealed(v));
	test_instance_stop(&box);
}
END_TEST

START_TEST(snapshots_are_taken_and_put_back)
{
	start();
	write_secret("a");
	test_request(&box, 201, "PUT", "/_mock/snapshots/one", NULL);
	ck_assert_str_eq(test_string(&box, "name"), "one");
	write_secret("b");
	test_request(&box, 201, "PUT", "/_mock/snapshots/both", "{}");
	test_request(&box, 204, "DELETE", "secret/metadata/a", NULL);
	test_request(&box, 204, "PUT", "sys/seal", NULL);
	test_request(&box, 200, "POST", "/_mock/snapshots/one/restore", NULL);
	test_request(&box, 200, "GET", "secret/data/a", NULL);
	test_request(&box, 404, "GET", "secret/data/b", NULL);
	test_request(&box, 200, "POST", "/_mock/snapshots/both/restore", NULL);
	test_request(&box, 200, "GET", "secret/data/b", NULL);
	test_request(&box, 200, "GET", "/_mock/snapshots", NULL);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(box.answer, "snapshots")), 2);
	test_request(&box, 204, "DELETE", "/_mock/snapshots/both", NULL);
	test_request(&box, 404, "DELETE", "/_mock/snapshots/both", NULL);
	test_request(&box, 404, "POST", "/_mock/snapshots/onee/restore", NULL);
	ck_assert_msg(strstr(box.text, "did you mean"), "%s", box.text);
	test_request(&box, 400, "PUT", "/_mock/snapshots/x", "{\"a\":1}");
	test_instance_stop(&box);
}
END_TEST

static char *
document(void)
{
	char *text;

	test_request(&box, 200, "GET", "/_mock/state", NULL);
	text = json_dumps(box.answer, 0);
	ck_assert_ptr_nonnull(text);
	return text;
}

START_TEST(a_document_carries_the_whole_state)
{
	char *first, *again, *empty, token[200];

	start();
	empty = document();
	write_secret("a");
	write_secret("a");
	test_request(&box, 204, "PUT", "sys/policies/acl/p",
	    "{\"policy\":\"path \\\"x\\\" { capabilities = [\\\"read\\\"] }\"}");
	test_request(
	    &box, 204, "POST", "sys/auth/approle", "{\"type\":\"approle\"}");
	test_request(&box, 204, "POST", "auth/approle/role/r", "{}");
	test_request(&box, 200, "POST", "auth/token/create",
	    "{\"ttl\":\"1h\",\"policies\":[\"p\"],\"meta\":{\"a\":\"\\u00e9\"}}");
	snprintf(
	    token, sizeof(token), "%s", test_string(&box, "auth.client_token"));
	first = document();
	test_request(&box, 200, "PUT", "/_mock/state", empty);
	test_request(&box, 404, "GET", "secret/data/a", NULL);
	test_request(&box, 200, "PUT", "/_mock/state", first);
	again = document();
	ck_assert_str_eq(first, again);
	test_request(&box, 200, "GET", "secret/data/a?version=1", NULL);
	test_request(&box, 200, "GET", "auth/approle/role/r", NULL);
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    200);
	test_request(&box, 204, "POST", "sys/mounts/new", "{\"type\":\"kv\"}");
	free(first);
	free(again);
	free(empty);
	test_instance_stop(&box);
}
END_TEST

/* Into another server, which was made with other keys and tokens. */
START_TEST(a_document_moves_house)
{
	char *text, token[200];

	start();
	write_secret("a");
	test_request(
	    &box, 200, "POST", "auth/token/create", "{\"ttl\":\"1h\"}");
	snprintf(
	    token, sizeof(token), "%s", test_string(&box, "auth.client_token"));
	text = document();
	test_instance_stop(&box);
	test_instance_defaults(&box);
	box.options.dev_root_token_id = "other";
	test_instance_start(&box);
	ck_assert_int_eq(
	    test_request_as(&box, "other", "PUT", "/_mock/state", text), 200);
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    200);
	test_request(&box, 200, "GET", "secret/data/a", NULL);
	ck_assert_str_eq(box.in.root_token, "root");
	/* sealed travels as well, and this key share opens it */
	test_request(&box, 204, "PUT", "sys/seal", NULL);
	free(text);
	text = document();
	test_request(&box, 200, "POST", "/_mock/reset", NULL);
	test_request(&box, 200, "PUT", "/_mock/state", text);
	test_request(&box, 503, "GET", "sys/health", NULL);
	free(text);
	test_instance_stop(&box);
}
END_TEST

/* Each breaks one thing of a good document. */
static const struct {
	const char *table; /* NULL: at the top */
	const char *key;
	const char *value; /* JSON; NULL removes it */
	const char *field;
} breaks[] = {
	{ NULL, "format", "\"mockvault-state/9\"", "format" },
	{ NULL, "format", NULL, "format" },
	{ NULL, "tables", NULL, "tables" },
	{ NULL, "tabels", "{}", "tabels" },
	{ NULL, "seal", "{\"sealed\":false,\"root_key\":\"eA==\"}",
	    "seal.root_key" },
	{ NULL, "seal", "{\"sealed\":false}", "seal.root_key" },
	{ "token", "id", "null", "tables.token[0].id" },
	{ "token", "id", NULL, "tables.token[0].id" },
	{ "token", "idd", "1", "tables.token[0].idd" },
	{ "token", "ttl", "\"x\"", "tables.token[0].ttl" },
	{ "token", "policies", "\"[1]\"", "tables.token[0].policies" },
	{ "token", "policies", "\"[\"", "tables.token[0].policies" },
	{ "token", "id", "{\"base64\":\"YQBi\"}", "tables.token[0].id" },
	{ "token", "ttl", "-9000000000000000000", "tables.token[0].ttl" },
	{ "token", "meta", "\"{\\\"a\\\":1}\"", "tables.token[0].meta" },
	{ "mount", "kind", "\"other\"", "tables.mount[0]" },
	{ "mount", "extra", "\"[]\"", "tables.mount[0].extra" },
	{ "seal", "root_key", "{\"base64\":\"eA==\"}",
	    "tables.seal[0].root_key" },
	{ "seal", "root_key", "{\"base64\":\"!\"}", "tables.seal[0].root_key" },
};

START_TEST(a_bad_document_is_named_and_changes_nothing)
{
	char *good, *bad, *after;

	start();
	good = document();
	for (size_t n = 0; n < sizeof(breaks) / sizeof(breaks[0]); n++) {
		json_t *doc = json_loads(good, 0, NULL), *at = doc;

		if (breaks[n].table)
			at = json_array_get(
			    json_object_get(json_object_get(doc, "tables"),
				breaks[n].table),
			    0);
		if (breaks[n].value)
			json_object_set_new(at, breaks[n].key,
			    json_loads(breaks[n].value, JSON_DECODE_ANY, NULL));
		else
			json_object_del(at, breaks[n].key);
		bad = json_dumps(doc, 0);
		test_request(&box, 400, "PUT", "/_mock/state", bad);
		ck_assert_str_eq(test_string(&box, "field"), breaks[n].field);
		free(bad);
		json_decref(doc);
	}
	test_request(&box, 400, "PUT", "/_mock/state",
	    "{\"format\":\"mockvault-state/1\",\"tables\":{\"x\":[]}}");
	ck_assert_str_eq(test_string(&box, "field"), "tables.x");
	test_request(&box, 400, "PUT", "/_mock/state", "[]");
	after = document();
	ck_assert_str_eq(good, after);
	test_request(&box, 200, "GET", "sys/health", NULL);
	free(good);
	free(after);
	test_instance_stop(&box);
}
END_TEST

/* Where SQLite counted the mounts, and no row of ours did. */
START_TEST(an_older_document_is_read)
{
	char *text;
	json_t *doc, *tables;

	start();
	write_secret("a");
	text = document();
	doc = json_loads(text, 0, NULL);
	free(text);
	tables = json_object_get(doc, "tables");
	ck_assert_int_eq(json_object_del(tables, "mount_last"), 0);
	json_object_set_new(tables, "sqlite_sequence",
	    json_pack("[{s:s, s:i}]", "name", "mount", "seq", 9));
	text = json_dumps(doc, 0);
	test_request(&box, 200, "PUT", "/_mock/state", text);
	test_request(&box, 200, "GET", "secret/data/a", NULL);
	test_request(&box, 204, "POST", "sys/mounts/new", "{\"type\":\"kv\"}");
	test_request(&box, 204, "POST", "new/b", "{\"c\":\"d\"}");
	test_request(&box, 200, "GET", "secret/data/a", NULL);
	free(text);
	json_decref(doc);
	test_instance_stop(&box);
}
END_TEST

static double
ms_since(int64_t begun)
{
	return (double)(clock_real_mono() - begun) / 1e6;
}

/* The budget is 5 ms (make bench measures it); a loaded machine under
 * sanitizers gets more. */
START_TEST(a_thousand_secrets_go_back_quickly)
{
	char path[40];
	int64_t begun;

	start();
	for (int n = 0; n < 1000; n++) {
		snprintf(path, sizeof(path), "many/%d", n);
		write_secret(path);
	}
	test_request(&box, 201, "PUT", "/_mock/snapshots/full", NULL);
	begun = clock_real_mono();
	test_request(&box, 200, "POST", "/_mock/reset", NULL);
	ck_assert_msg(ms_since(begun) < 500, "%g ms", ms_since(begun));
	begun = clock_real_mono();
	test_request(&box, 200, "POST", "/_mock/snapshots/full/restore", NULL);
	ck_assert_msg(ms_since(begun) < 500, "%g ms", ms_since(begun));
	test_request(&box, 200, "GET", "secret/data/many/999", NULL);
	test_instance_stop(&box);
}
END_TEST

/* A large database is read out only when it is about to change. */
START_TEST(a_large_start_is_put_back_as_well)
{
	char home[] = "/tmp/mockvault-stateXXXXXX", db[60], *body;

	ck_assert_ptr_nonnull(mkdtemp(home));
	snprintf(db, sizeof(db), "%s/state.db", home);
	body = malloc(1100000);
	memset(body, 'x', 1099999);
	body[1099999] = '\0';
	memcpy(body, "{\"data\":{\"k\":\"", 14);
	memcpy(body + 1099996, "\"}}", 3);
	test_instance_defaults(&box);
	box.options.db_path = db;
	test_instance_start(&box);
	for (int n = 0; n < 12; n++) {
		char path[40];

		snprintf(path, sizeof(path), "secret/data/big/%d", n);
		test_request(&box, 200, "POST", path, body);
	}
	test_instance_stop(&box);
	test_instance_defaults(&box);
	box.options.db_path = db;
	test_instance_start(&box);
	test_request(&box, 200, "POST", "/_mock/reset", NULL);
	test_request(&box, 200, "GET", "secret/data/big/7", NULL);
	test_request(&box, 204, "DELETE", "secret/metadata/big/7", NULL);
	write_secret("small");
	test_request(&box, 200, "POST", "/_mock/reset", NULL);
	test_request(&box, 200, "GET", "secret/data/big/7", NULL);
	test_request(&box, 404, "GET", "secret/data/small", NULL);
	test_instance_stop(&box);
	free(body);
	unlink(db);
	snprintf(db, sizeof(db), "%s/state.db-wal", home);
	unlink(db);
	rmdir(home);
}
END_TEST

UNIT_MAIN("state", a_suspension_seals_for_real_and_ends_without_shares,
    the_operators_key_ends_a_suspension,
    a_new_start_forgets_and_a_snapshot_remembers,
    a_wiped_vault_is_uninitialised_and_comes_back,
    a_reset_goes_back_to_the_start, a_reset_unseals_what_was_unsealed,
    snapshots_are_taken_and_put_back, a_document_carries_the_whole_state,
    a_document_moves_house, a_bad_document_is_named_and_changes_nothing,
    an_older_document_is_read, a_thousand_secrets_go_back_quickly,
    a_large_start_is_put_back_as_well)
