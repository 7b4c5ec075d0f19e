/*
 * The vault's time on command: modes, what ends on the way and in which order,
 * skew, the scale of TTLs.
 */
#include "base/duration.h"
#include "core/expirer.h"
#include "core/state/export.h"
#include "tests/support/test_instance.h"

static struct test_instance box;

static void
start(void)
{
	test_instance_defaults(&box);
	test_instance_start(&box);
}

static void
put_clock(const char *body)
{
	test_request(&box, 200, "PUT", "/_mock/clock", body);
}

static int64_t
now_of_answer(void)
{
	int64_t ns;

	ck_assert(rfc3339_parse(test_string(&box, "now"), &ns));
	return ns;
}

START_TEST(modes_come_and_go)
{
	start();
	put_clock("{\"mode\":\"frozen\",\"now\":\"2030-01-02T03:04:05Z\"}");
	ck_assert_str_eq(test_string(&box, "mode"), "frozen");
	ck_assert_str_eq(test_string(&box, "now"), "2030-01-02T03:04:05Z");
	put_clock("{\"now\":\"2020-01-01T00:00:00Z\"}");
	ck_assert_str_eq(test_string(&box, "mode"), "frozen");
	ck_assert_str_eq(test_string(&box, "now"), "2020-01-01T00:00:00Z");
	put_clock("{\"mode\":\"offset\",\"offset\":\"-90s\"}");
	ck_assert_str_eq(test_string(&box, "mode"), "offset");
	ck_assert_str_eq(test_string(&box, "offset"), "-1m30s");
	put_clock("{\"rate\":60}");
	ck_assert_str_eq(test_string(&box, "mode"), "rate");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(box.answer, "rate")), 60);
	put_clock("{\"mode\":\"real\"}");
	ck_assert_str_eq(test_string(&box, "mode"), "real");
	ck_assert_str_eq(test_string(&box, "offset"), "0s");
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"1h\"}");
	test_request(&box, 200, "GET", "/_mock/clock", NULL);
	ck_assert_str_eq(test_string(&box, "mode"), "offset");
	test_instance_stop(&box);
}
END_TEST

START_TEST(nonsense_is_refused_and_changes_nothing)
{
	static const struct {
		const char *path, *body, *field;
	} wrong[] = {
		{ "", "{\"mode\":\"slow\"}", "mode" },
		{ "", "{\"mod\":\"real\"}", "mod" },
		{ "", "{\"mode\":\"real\",\"now\":\"2030-01-01T00:00:00Z\"}",
		    "now" },
		{ "", "{\"mode\":\"real\",\"offset\":\"1s\"}", "offset" },
		{ "", "{\"mode\":\"frozen\",\"rate\":2}", "rate" },
		{ "", "{\"mode\":\"frozen\",\"offset\":\"1s\"}", "offset" },
		{ "", "{\"mode\":\"rate\"}", "rate" },
		{ "", "{\"mode\":\"offset\",\"rate\":2}", "rate" },
		{ "", "{\"offset\":\"1s\",\"now\":\"2030-01-01T00:00:00Z\"}",
		    "offset" },
		{ "", "{\"rate\":0}", "rate" },
		{ "", "{\"rate\":-1}", "rate" },
		{ "", "{\"rate\":1e9}", "rate" },
		{ "", "{\"ttl_scale\":0.5}", "ttl_scale" },
		{ "", "{\"ttl_scale\":\"2\"}", "ttl_scale" },
		{ "", "{\"now\":\"yesterday\"}", "now" },
		{ "", "{\"now\":\"2500-01-01T00:00:00Z\"}", "now" },
		{ "", "{\"offset\":\"90\"}", "offset" },
		{ "", "{\"offset\":\"-1000000h\"}", "offset" },
		{ "", "{\"skew\":\"10000000h\"}", "skew" },
		{ "/advance", "{\"by\":\"-1s\"}", "by" },
		{ "/advance", "{\"to\":\"1999-01-01T00:00:00Z\"}", "to" },
		{ "/advance", "{\"to\":\"2999-01-01T00:00:00Z\"}", "to" },
		{ "/advance", "{\"by\":\"2000000h\"}", "by" },
		{ "/advance", "{\"by\":\"1s\",\"ttl_scale\":3}", "ttl_scale" },
		{ "/advance", "{}", NULL },
		{ "/advance", "{\"by\":\"1s\",\"to\":\"2999-01-01T00:00:00Z\"}",
		    NULL },
	};
	char before[300], path[60];

	start();
	put_clock("{\"mode\":\"frozen\",\"now\":\"2030-01-02T03:04:05Z\"}");
	snprintf(before, sizeof(before), "%s", test_string(&box, "now"));
	for (size_t n = 0; n < sizeof(wrong) / sizeof(wrong[0]); n++) {
		snprintf(path, sizeof(path), "/_mock/clock%s", wrong[n].path);
		test_request(&box, 400, *wrong[n].path ? "POST" : "PUT", path,
		    wrong[n].body);
		if (wrong[n].field)
			ck_assert_str_eq(
			    test_string(&box, "field"), wrong[n].field);
	}
	test_request(&box, 200, "GET", "/_mock/clock", NULL);
	ck_assert_str_eq(test_string(&box, "now"), before);
	ck_assert_str_eq(test_string(&box, "mode"), "frozen");
	test_instance_stop(&box);
}
END_TEST

static const char *
make_token(const char *body)
{
	static char accessor[64];

	test_request(&box, 200, "POST", "auth/token/create", body);
	snprintf(accessor, sizeof(accessor), "%s",
	    test_string(&box, "auth.accessor"));
	return accessor;
}

static void
check_expired(size_t n, const char *kind, const char *key, const char *value)
{
	json_t *list = json_object_get(box.answer, "expired");
	json_t *one = json_array_get(list, n);
	const char *got = json_string_value(json_object_get(one, "kind"));

	ck_assert_msg(got && strcmp(got, kind) == 0, "%zu is no %s: %s", n,
	    kind, box.text);
	if (value)
		ck_assert_str_eq(
		    json_string_value(json_object_get(one, key)), value);
}

/* One of each kind, made in another order than they end in. */
START_TEST(an_advance_tells_what_ended_in_order)
{
	char last[64], first[64], secret[64], lease[100];

	start();
	strcpy(last, make_token("{\"ttl\":\"50m\"}"));
	test_request(&box, 204, "POST", "sys/mounts/gl",
	    "{\"type\":\"generic-leased\"}");
	test_request(&box, 204, "POST", "gl/a", "{\"v\":1,\"ttl\":\"40m\"}");
	test_request(&box, 200, "GET", "gl/a", NULL);
	snprintf(lease, sizeof(lease), "%s", test_string(&box, "lease_id"));
	test_request(&box, 204, "POST", "secret/metadata/app/x",
	    "{\"delete_version_after\":\"30m\"}");
	test_request(
	    &box, 200, "POST", "secret/data/app/x", "{\"data\":{\"k\":1}}");
	test_request(
	    &box, 204, "POST", "sys/auth/approle", "{\"type\":\"approle\"}");
	test_request(&box, 204, "POST", "auth/approle/role/r",
	    "{\"secret_id_ttl\":\"20m\"}");
	test_request(&box, 200, "POST", "auth/approle/role/r/secret-id", "{}");
	snprintf(secret, sizeof(secret), "%s",
	    test_string(&box, "data.secret_id_accessor"));
	strcpy(first, make_token("{\"ttl\":\"10m\"}"));
	make_token("{\"ttl\":\"3h\"}");
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"2h\"}");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(box.answer, "expired")), 5);
	check_expired(0, "token", "accessor", first);
	check_expired(1, "secret-id", "accessor", secret);
	check_expired(2, "version", "path", "secret/app/x");
	check_expired(3, "lease", "lease_id", lease);
	check_expired(4, "token", "accessor", last);
	ck_assert_int_eq(now_of_answer(), vault_now(&box.in.vault));
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"1s\"}");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(box.answer, "expired")), 0);
	test_instance_stop(&box);
}
END_TEST

/* The children of a token that ends, and its leases, end with it. */
START_TEST(what_ends_with_a_token_is_told_as_well)
{
	char parent[200], child[64], elder[64];

	start();
	strcpy(elder, make_token("{\"ttl\":\"10m\",\"policies\":[\"root\"]}"));
	snprintf(parent, sizeof(parent), "%s",
	    test_string(&box, "auth.client_token"));
	ck_assert_int_eq(test_request_as(&box, parent, "POST",
			     "auth/token/create", "{\"ttl\":\"1h\"}"),
	    200);
	snprintf(
	    child, sizeof(child), "%s", test_string(&box, "auth.accessor"));
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"15m\"}");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(box.answer, "expired")), 2);
	check_expired(0, "token", "accessor", child);
	check_expired(1, "token", "accessor", elder);
	test_instance_stop(&box);
}
END_TEST

/* A version that was taken back, destroyed or written over is not told. */
START_TEST(versions_that_changed_are_not_told)
{
	start();
	test_request(&box, 204, "POST", "secret/metadata/a",
	    "{\"delete_version_after\":\"30m\"}");
	for (int n = 0; n < 3; n++)
		test_request(
		    &box, 200, "POST", "secret/data/a", "{\"data\":{\"k\":1}}");
	test_request(&box, 204, "DELETE", "secret/data/a", NULL);
	test_request(
	    &box, 204, "POST", "secret/destroy/a", "{\"versions\":[1]}");
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"1h\"}");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(box.answer, "expired")), 1);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(
		json_array_get(json_object_get(box.answer, "expired"), 0),
		"version")),
	    2);
	test_instance_stop(&box);
}
END_TEST

START_TEST(skew_shifts_what_clients_see_alone)
{
	char token[200];
	int64_t seen, now;

	start();
	put_clock("{\"mode\":\"frozen\",\"now\":\"2030-01-01T00:00:00Z\","
		  "\"skew\":\"30s\"}");
	ck_assert_str_eq(test_string(&box, "skew"), "30s");
	now = vault_now(&box.in.vault);
	make_token("{\"ttl\":\"10m\"}");
	snprintf(
	    token, sizeof(token), "%s", test_string(&box, "auth.client_token"));
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    200);
	ck_assert_str_eq(test_string(&box, "data.issue_time"),
	    "2030-01-01T00:00:30.000002501Z");
	ck_assert_str_eq(
	    test_string(&box, "data.expire_time"), "2030-01-01T00:10:30Z");
	test_request(&box, 200, "GET", "sys/health", NULL);
	seen = json_integer_value(
	    json_object_get(box.answer, "server_time_utc"));
	ck_assert_int_eq(seen, now / NSEC_PER_SEC + 30);
	test_request(&box, 200, "POST", "secret/data/a", "{\"data\":{}}");
	ck_assert_str_eq(
	    test_string(&box, "data.created_time"), "2030-01-01T00:00:30Z");
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"599s\"}");
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    200);
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"1s\"}");
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    403);
	test_instance_stop(&box);
}
END_TEST

static int64_t
lease_duration(void)
{
	json_t *auth = json_object_get(box.answer, "auth");

	return json_integer_value(json_object_get(
	    json_is_object(auth) ? auth : box.answer, "lease_duration"));
}

static int64_t
renewed(const char *token, const char *body)
{
	ck_assert_int_eq(
	    test_request_as(&box, token, "POST", "auth/token/renew-self", body),
	    200);
	return lease_duration();
}

START_TEST(a_scale_shortens_what_is_granted)
{
	char token[200], lease[200];

	start();
	put_clock("{\"ttl_scale\":100}");
	make_token("{\"ttl\":\"1h\",\"explicit_max_ttl\":\"2h\"}");
	ck_assert_int_eq(lease_duration(), 36);
	snprintf(
	    token, sizeof(token), "%s", test_string(&box, "auth.client_token"));
	ck_assert_int_eq(renewed(token, "{}"), 36);
	/* as clients repeat what they got, and as they ask for an hour */
	ck_assert_int_eq(renewed(token, "{\"increment\":36}"), 36);
	ck_assert_int_eq(renewed(token, "{\"increment\":\"1h\"}"), 36);
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    200);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(
		json_object_get(box.answer, "data"), "creation_ttl")),
	    36);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(
		json_object_get(box.answer, "data"), "explicit_max_ttl")),
	    72);
	/* the maximum comes a hundred times sooner, too */
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"30s\"}");
	ck_assert_int_eq(renewed(token, "{}"), 36);
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"30s\"}");
	ck_assert_int_eq(renewed(token, "{}"), 12);
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"13s\"}");
	ck_assert_int_eq(
	    test_request_as(&box, token, "GET", "auth/token/lookup-self", NULL),
	    403);
	test_request(&box, 204, "POST", "sys/mounts/gl",
	    "{\"type\":\"generic-leased\"}");
	test_request(&box, 204, "POST", "gl/a", "{\"v\":1,\"ttl\":\"30s\"}");
	test_request(&box, 200, "GET", "gl/a", NULL);
	ck_assert_int_eq(lease_duration(), 1);
	snprintf(lease, sizeof(lease), "{\"lease_id\":\"%s\"}",
	    test_string(&box, "lease_id"));
	test_request(&box, 200, "PUT", "sys/leases/renew", lease);
	ck_assert_int_eq(lease_duration(), 1);
	test_instance_stop(&box);
}
END_TEST

START_TEST(a_scale_reaches_secret_ids_and_wrapping)
{
	struct request *req;
	json_t *data;

	start();
	put_clock("{\"ttl_scale\":60}");
	test_request(
	    &box, 204, "POST", "sys/auth/approle", "{\"type\":\"approle\"}");
	test_request(&box, 204, "POST", "auth/approle/role/r",
	    "{\"secret_id_ttl\":\"20m\",\"token_ttl\":\"1h\"}");
	test_request(&box, 200, "GET", "auth/approle/role/r", NULL);
	data = json_object_get(box.answer, "data");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(data, "secret_id_ttl")), 1200);
	test_request(&box, 200, "POST", "auth/approle/role/r/secret-id", "{}");
	data = json_object_get(box.answer, "data");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(data, "secret_id_ttl")), 20);
	req = request_new(box.in.api);
	req->method = "POST";
	req->target = arena_strdup(req->arena, "/v1/sys/wrapping/wrap");
	req->headers = (struct header[]){ { "X-Vault-Token", "root" },
		{ "X-Vault-Wrap-TTL", "10m" } };
	req->nheaders = 2;
	req->body = slice_of("{\"a\":1}");
	req->peer = "127.0.0.1";
	api_handle(box.in.api, req, test_instance_on_response, &box);
	request_free(req);
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_object_get(box.answer, "wrap_info"), "ttl")),
	    10);
	test_instance_stop(&box);
}
END_TEST

START_TEST(flags_set_the_clock_from_the_start)
{
	struct error e = { 0 };
	static const char *const bad[][2] = { { "sometimes", NULL },
		{ "frozen@noon", NULL }, { "offset=3", NULL },
		{ "rate=0", NULL }, { "rate=x", NULL }, { NULL, "much" },
		{ NULL, "0" } };

	test_instance_defaults(&box);
	box.options.clock = "frozen@2031-05-06T07:08:09Z";
	box.options.ttl_scale = "10";
	test_instance_start(&box);
	test_request(&box, 200, "GET", "/_mock/clock", NULL);
	ck_assert_str_eq(test_string(&box, "now"), "2031-05-06T07:08:09Z");
	make_token("{\"ttl\":\"1h\"}");
	ck_assert_int_eq(lease_duration(), 360);
	test_instance_stop(&box);
	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		error_release(&e);
		test_instance_defaults(&box);
		box.options.clock = bad[n][0];
		box.options.ttl_scale = bad[n][1];
		ck_assert(host_init(&box.host, &box.options, &e));
		ck_assert(!instance_init(&box.in, &box.host, &box.options, &e));
		ck_assert_msg(
		    strstr(
			e.text, bad[n][0] ? "flag -clock" : "flag -ttl-scale"),
		    "%s", e.text);
		test_instance_stop(&box);
	}
}
END_TEST

static void
count(void *arg, const struct expiry *x)
{
	(void)x;
	++*(int *)arg;
}

/* A revocation is no expiry; listeners come and go. */
START_TEST(only_ends_by_time_are_told)
{
	int heard = 0;
	char body[200];

	start();
	expirer_add_listener(&box.in.vault, count, &heard);
	snprintf(body, sizeof(body), "{\"accessor\":\"%s\"}",
	    make_token("{\"ttl\":\"1h\"}"));
	test_request(&box, 204, "POST", "auth/token/revoke-accessor", body);
	ck_assert_int_eq(heard, 0);
	make_token("{\"ttl\":\"1h\"}");
	clock_advance(box.in.vault.clock, 2 * 3600 * SECOND);
	ck_assert_int_eq(heard, 1);
	expirer_remove_listener(&box.in.vault, count, &heard);
	make_token("{\"ttl\":\"1h\"}");
	clock_advance(box.in.vault.clock, 2 * 3600 * SECOND);
	ck_assert_int_eq(heard, 1);
	test_instance_stop(&box);
}
END_TEST

START_TEST(a_large_advance_is_quick)
{
	int64_t begun;

	start();
	for (int n = 0; n < 2000; n++)
		make_token("{\"ttl\":\"1h\"}");
	begun = clock_real_mono();
	test_request(
	    &box, 200, "POST", "/_mock/clock/advance", "{\"by\":\"876000h\"}");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(box.answer, "expired")), 2000);
	ck_assert_int_lt(clock_real_mono() - begun, 20 * SECOND);
	test_instance_stop(&box);
}
END_TEST

static void
on_answer(struct request *req, void *arg)
{
	bool *answered = arg;

	ck_assert_int_eq(req->reply.status, 200);
	*answered = true;
}

static struct request *
send_advance(const char *body, bool *answered)
{
	struct request *req = request_new(box.in.api);

	req->method = "POST";
	req->target = arena_strdup(req->arena, "/_mock/clock/advance");
	req->admin = true;
	req->body = slice_of(body);
	req->peer = "127.0.0.1";
	api_handle(box.in.api, req, on_answer, answered);
	return req;
}

static int
lookup_status(const char *token)
{
	return test_request_as(
	    &box, token, "GET", "auth/token/lookup-self", NULL);
}

/* The rows that are there, whatever they are worth. */
static int64_t
token_rows(void)
{
	int64_t n = 0;
	json_t *doc;
	struct buf text;

	buf_init(&text, 0);
	vault_export(&box.in.vault, &text);
	doc = json_loadb(text.p, text.n, 0, NULL);
	n = (int64_t)json_array_size(
	    json_object_get(json_object_get(doc, "tables"), "token"));
	json_decref(doc);
	buf_release(&text);
	return n;
}

/* Much that ends at once ends in slices: others are served in between, as if
 * all had ended. A second command waits for the first. */
START_TEST(a_large_advance_goes_in_slices)
{
	enum { MANY = 3000 };
	struct clock *c;
	static char child[200], parent[200];
	bool first = false, second = false;
	struct request *one, *two;
	int64_t begun_ns, longest_ns = 0, start_ns;
	int passes = 0;

	start();
	c = box.in.vault.clock;
	start_ns = clock_now(c);
	for (int n = 0; n < MANY; n++)
		make_token("{\"ttl\":\"1h\"}");
	snprintf(parent, sizeof(parent), "%s",
	    test_string(&box, "auth.client_token"));
	test_request_as(
	    &box, parent, "POST", "auth/token/create", "{\"ttl\":\"30m\"}");
	snprintf(
	    child, sizeof(child), "%s", test_string(&box, "auth.client_token"));
	ck_assert_int_eq(lookup_status(child), 200);
	one = send_advance("{\"by\":\"2h\"}", &first);
	two = send_advance("{\"by\":\"1h\"}", &second);
	ck_assert(!first && !second);
	while (!first) {
		ck_assert(!second);
		ck_assert_int_eq(clock_wait_ns(c), 0);
		ck_assert_int_eq(lookup_status(parent),
		    clock_now(c) < start_ns + 3600 * SECOND ? 200 : 403);
		ck_assert_int_eq(lookup_status(child),
		    clock_now(c) < start_ns + 1800 * SECOND ? 200 : 403);
		ck_assert_int_eq(lookup_status("root"), 200);
		begun_ns = clock_real_cpu();
		clock_run_alarms(c);
		begun_ns = clock_real_cpu() - begun_ns;
		longest_ns = begun_ns > longest_ns ? begun_ns : longest_ns;
		passes++;
	}
	while (!second)
		clock_run_alarms(c);
	ck_assert_int_gt(passes, 2);
	ck_assert_int_lt(longest_ns, 30 * CLOCK_SLICE_NS);
	ck_assert_int_eq(clock_now(c), start_ns + 3 * 3600 * SECOND);
	ck_assert_int_eq(token_rows(), 1);
	request_free(one);
	request_free(two);
	test_instance_stop(&box);
}
END_TEST

/* What goes back ends what is under way. */
START_TEST(a_reset_ends_a_way_forward)
{
	bool answered = false;
	struct request *req;

	start();
	for (int n = 0; n < 3000; n++)
		make_token("{\"ttl\":\"1h\"}");
	req = send_advance("{\"by\":\"2h\"}", &answered);
	ck_assert(!answered);
	test_request(&box, 200, "POST", "/_mock/reset", NULL);
	ck_assert(answered);
	clock_run_alarms(box.in.vault.clock);
	ck_assert_int_eq(lookup_status("root"), 200);
	ck_assert_int_eq(token_rows(), 1);
	request_free(req);
	test_instance_stop(&box);
}
END_TEST

/* A token with many below it: all are refused from the moment it is revoked. */
START_TEST(a_large_tree_is_revoked_at_once)
{
	static char root_of_tree[200], leaf[200], other[200];

	start();
	make_token("{\"ttl\":\"1h\"}");
	snprintf(
	    other, sizeof(other), "%s", test_string(&box, "auth.client_token"));
	make_token("{\"ttl\":\"1h\"}");
	snprintf(root_of_tree, sizeof(root_of_tree), "%s",
	    test_string(&box, "auth.client_token"));
	for (int n = 0; n < 150; n++) {
		test_request_as(&box, n % 2 ? leaf : root_of_tree, "POST",
		    "auth/token/create", "{\"ttl\":\"30m\"}");
		snprintf(leaf, sizeof(leaf), "%s",
		    test_string(&box, "auth.client_token"));
	}
	ck_assert_int_eq(lookup_status(leaf), 200);
	ck_assert_int_eq(test_request_as(&box, root_of_tree, "POST",
			     "auth/token/revoke-self", NULL),
	    204);
	ck_assert_int_eq(token_rows(), 153);
	ck_assert_int_eq(lookup_status(root_of_tree), 403);
	ck_assert_int_eq(lookup_status(leaf), 403);
	ck_assert_int_eq(lookup_status(other), 200);
	while (clock_wait_ns(box.in.vault.clock) == 0)
		clock_run_alarms(box.in.vault.clock);
	ck_assert_int_eq(token_rows(), 2);
	ck_assert_int_eq(lookup_status(leaf), 403);
	ck_assert_int_eq(lookup_status(other), 200);
	test_instance_stop(&box);
}
END_TEST

UNIT_MAIN("time", modes_come_and_go, nonsense_is_refused_and_changes_nothing,
    an_advance_tells_what_ended_in_order,
    what_ends_with_a_token_is_told_as_well, versions_that_changed_are_not_told,
    skew_shifts_what_clients_see_alone, a_scale_shortens_what_is_granted,
    a_scale_reaches_secret_ids_and_wrapping, flags_set_the_clock_from_the_start,
    only_ends_by_time_are_told, a_large_advance_is_quick,
    a_large_advance_goes_in_slices, a_reset_ends_a_way_forward,
    a_large_tree_is_revoked_at_once)
