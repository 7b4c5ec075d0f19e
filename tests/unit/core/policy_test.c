/*
 * A policy's text: rules, and Vault's words for what it refuses.
 */
#include "core/policy/policy.h"

#include <string.h>

#include "core/policy/acl.h"
#include "tests/support/test_instance.h"

START_TEST(rules)
{
	struct arena *a = arena_new();
	struct version_set changes;
	struct policy p;
	struct error e = { 0 };

	version_set_init(&changes, "1.19.5");
	ck_assert(policy_parse(a, &changes,
	    "path \"/secret/*\" { capabilities = [\"read\", \"list\"] }\n"
	    "path \"a/+/b\" { capabilities = [\"deny\", \"read\"] }\n"
	    "path \"old\" { policy = \"write\" }\n"
	    "path \"p\" { capabilities = [\"update\"]\n"
	    "  required_parameters = [\"X\"]\n"
	    "  allowed_parameters = { \"ttl\" = [\"1h\", 5] }\n"
	    "  min_wrapping_ttl = \"1m\" max_wrapping_ttl = \"1h\" }\n"
	    "path \"id/{{identity.entity.id}}\" { capabilities = [\"read\"] }",
	    &p, &e));
	ck_assert_int_eq(p.nrules, 5);
	ck_assert_str_eq(p.rules[0].path, "secret/");
	ck_assert(p.rules[0].is_prefix && !p.rules[0].has_segments);
	ck_assert_uint_eq(p.rules[0].capabilities, CAP_READ | CAP_LIST);
	ck_assert(p.rules[1].has_segments);
	ck_assert_uint_eq(p.rules[1].capabilities, CAP_DENY);
	ck_assert_uint_eq(p.rules[2].capabilities,
	    CAP_CREATE | CAP_READ | CAP_UPDATE | CAP_DELETE | CAP_LIST);
	ck_assert_str_eq(p.rules[3].required.items[0], "X");
	ck_assert_int_eq(p.rules[3].allowed[0].nvalues, 2);
	ck_assert_int_eq(p.rules[3].min_wrap_ttl_s, 60);
	ck_assert_int_eq(p.rules[3].max_wrap_ttl_s, 3600);
	ck_assert(p.rules[4].is_templated);
	arena_free(a);
}
END_TEST

START_TEST(refusals)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "path \"x\" { capabilities = [\"fly\"] }",
		    "path \"x\": invalid capability \"fly\"" },
		{ "path \"x\" { policy = \"fly\" }",
		    "path \"x\": invalid policy \"fly\"" },
		{ "path \"x\" { nope = 1 }", "invalid key \"nope\" on line 1" },
		{ "nope = 1", "invalid key \"nope\"" },
		{ "path \"x+*\" { policy = \"read\" }", "('+*' is forbidden)" },
		{ "path \"x\" { min_wrapping_ttl = 10 max_wrapping_ttl = 5 }",
		    "max_wrapping_ttl cannot be less than min_wrapping_ttl" },
		{ "path \"{{x\" { policy = \"read\" }", "unbalanced" },
		{ "path \"x\" = \"read\"",
		    "At 1:10: nested object expected: LBRACE got: ASSIGN" },
		{ "path = \"x\"",
		    "path \"path\": cannot check HCL keys of "
		    "type *ast.LiteralType" },
		{ "path = [1]", "cannot check HCL keys of type *ast.ListType" },
		{ "path = { \"a\" = { policy = \"read\" } }",
		    "path \"path\": invalid key \"a\" on line 1" },
		{ "path \"x\" { allowed_parameters = { \"a\" = \"x\" } }",
		    "path \"x\": At 1:41: unknown slice type: "
		    "*ast.LiteralType" },
		{ "path \"x\" { required_parameters = \"a\" }",
		    "path \"x\": At 1:34: unknown slice type: "
		    "*ast.LiteralType" },
		{ "path \"x\" { denied_parameters = 1 }",
		    "root.denied_parameters: not an object type for map "
		    "(*ast.LiteralType)" },
		{ "path \"x\" { capabilities = [true] }",
		    "At 1:28: root.Capabilities[0]: unknown type for string "
		    "*ast.LiteralType" },
		{ "path \"x\" { policy = [] }",
		    "root.Policy: unknown type for string *ast.ListType" },
		{ "name = true",
		    "failed to parse policy: At 1:8: root.name: "
		    "unknown type for string *ast.LiteralType" },
		{ "path \"q\\\"\" { policy = \"\\n\" }",
		    "path \"q\\\"\": invalid policy \"\\n\"" },
		{ "{\"path\": {\"x\": {\"capabilities\": \"read\"}}}",
		    "path \"x\": At -: unknown slice type: *ast.LiteralType" },
		{ "path", "At 1:" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		struct version_set changes;
		struct policy p;
		struct error e = { 0 };

		version_set_init(&changes, "1.19.5");
		ck_assert_msg(!policy_parse(a, &changes, rows[i].text, &p, &e),
		    "%s", rows[i].text);
		ck_assert_int_eq(e.status, 400);
		ck_assert_msg(strstr(e.text, rows[i].says), "%s: %s",
		    rows[i].text, e.text);
		arena_free(a);
	}
}
END_TEST

/* What a version takes and another refuses. */
START_TEST(versions)
{
	static const struct {
		const char *text, *refused_by, *says, *taken_by;
	} rows[] = {
		{ "path \"x\" { capabilities = [\"read\"]\n"
		  "capabilities = [\"list\"] }",
		    "1.21.0",
		    "failed to parse policy: The argument \"capabilities\" at "
		    "2:1 was already set. Each argument can only be defined "
		    "once",
		    "1.20.4" },
		{ "path \"x\" { allowed_parameters = { \"a\" = [], \"a\" = [] "
		  "} }",
		    "2.0.0", "The argument \"\\\"a\\\"\" at 1:45 was already",
		    "1.19.5" },
		{ "path \"x\" { capabilities = [\"recover\"] }", "1.19.5",
		    "invalid capability \"recover\"", "1.20.0" },
		{ "path \"x\" { capabilities = [\"subscribe\"] }", "1.14.8",
		    "invalid capability \"subscribe\"", "1.15.0" },
		{ "path \"x\" { subscribe_event_types = [\"*\"] }", "1.14.8",
		    "invalid key \"subscribe_event_types\"", "1.15.0" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new();
		struct version_set changes;
		struct policy p;
		struct error e = { 0 };

		version_set_init(&changes, rows[i].taken_by);
		ck_assert_msg(policy_parse(a, &changes, rows[i].text, &p, &e),
		    "%s: %s", rows[i].text, e.text);
		version_set_init(&changes, rows[i].refused_by);
		ck_assert_msg(!policy_parse(a, &changes, rows[i].text, &p, &e),
		    "%s", rows[i].text);
		ck_assert_msg(strstr(e.text, rows[i].says), "%s: %s",
		    rows[i].text, e.text);
		arena_free(a);
	}
}
END_TEST

/* Each set of policies is compiled by itself; together they stay in bounds. */
START_TEST(compiled_policies_are_bounded)
{
	static struct test_instance box;
	static char token[300];
	struct buf body;
	size_t most = 0;
	int evictions = 0;

	test_instance_defaults(&box);
	test_instance_start(&box);
	buf_init(&body, 0);
	buf_str(&body, "{\"policy\":\"");
	for (int i = 0; i < 5000; i++)
		buf_printf(&body,
		    "path \\\"secret/data/%d/*\\\" "
		    "{ capabilities = [\\\"read\\\"] }\\n",
		    i);
	buf_str(&body, "\"}");
	test_request(&box, 204, "PUT", "sys/policies/acl/big", body.p);
	for (int i = 0; i < 40; i++) {
		size_t before = acls_bytes(&box.in.vault);

		buf_clear(&body);
		buf_printf(&body, "{\"policies\":[\"big\",\"p%d\"]}", i);
		test_request(&box, 200, "POST", "auth/token/create", body.p);
		snprintf(token, sizeof(token), "%s",
		    test_string(&box, "auth.client_token"));
		ck_assert_int_eq(test_request_as(&box, token, "GET",
				     "secret/data/4999/x", NULL),
		    404);
		ck_assert_int_eq(test_request_as(&box, token, "GET",
				     "secret/data/5000/x", NULL),
		    403);
		ck_assert_uint_le(acls_bytes(&box.in.vault), ACLS_BYTES_MAX);
		evictions += acls_bytes(&box.in.vault) < before;
		if (acls_bytes(&box.in.vault) > most)
			most = acls_bytes(&box.in.vault);
	}
	ck_assert_uint_gt(most, ACLS_BYTES_MAX / 2);
	ck_assert_int_gt(evictions, 0);
	acls_invalidate(&box.in.vault);
	ck_assert_uint_eq(acls_bytes(&box.in.vault), 0);
	buf_release(&body);
	test_instance_stop(&box);
}
END_TEST

UNIT_MAIN("policy", rules, refusals, versions, compiled_policies_are_bounded)
