/*
 * The match object: what each field fits, what is refused and how it is named,
 * what a request amounts to.
 */
#include "journal/match/match.h"

#include "base/glob.h"
#include "journal/match/token_digest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/glob.h"
#include "tests/support/unit.h"

static const char *
agent(const void *arg, const char *name)
{
	return strcasecmp(name, "User-Agent") == 0 ? arg : NULL;
}

static const char *const policies[] = { "app-read", "default", NULL };

/* A read of secret/app by a token of an AppRole login. */
static struct request_info
a_read(void)
{
	return (struct request_info){
		.method = "GET",
		.path = "secret/data/app",
		.query = "version=2&name=a%20b",
		.op = "read",
		.mount = "secret/",
		.mount_type = "kv",
		.has_token = true,
		.token_id = "hvs.one",
		.accessor = "acc1",
		.role = "web",
		.auth_mount = "auth/approle/",
		.policies = policies,
		.namespace = "",
		.space = "",
		.client_ip = "10.1.2.3",
		.node = "n1",
		.node_active = true,
		.header = agent,
		.header_arg = "app/1.0",
		.body = SLICE("{\"a\":{\"b/c\":[1,\"two\"]},\"n\":7}"),
		.nth = 2,
		.reused = true,
	};
}

static struct match *
made(const char *text)
{
	struct error c = { 0 };
	json_t *tree = json_loads(text, 0, NULL);
	struct match *m;

	ck_assert_msg(tree != NULL, "no JSON: %s", text);
	m = match_parse(tree, "match", &c);
	ck_assert_msg(m != NULL, "%s: %s: %s", text, c.field, c.text);
	json_decref(tree);
	return m;
}

static bool
fits(const char *text, const struct request_info *f, char why[200])
{
	struct match *m = made(text);
	struct mismatch differs = { "" };
	bool yes = match_request(m, f, &differs);

	if (why)
		snprintf(why, 200, "%.199s", differs.text);

	match_free(m);
	return yes;
}

START_TEST(path_globs)
{
	static const struct {
		const char *pattern, *path;
		bool fits;
	} rows[] = {
		{ "secret/data/app", "secret/data/app", true },
		{ "secret/data/app", "secret/data/apps", false },
		{ "secret/data/*", "secret/data/app", true },
		{ "secret/data/*", "secret/data/app/db", false },
		{ "secret/data/a*p", "secret/data/app", true },
		{ "secret/data/a*b*c", "secret/data/axbxbc", true },
		{ "secret/**", "secret/data/app/db", true },
		{ "secret/**", "secret", false },
		{ "**", "sys/health", true },
		{ "**/login", "auth/team/approle/login", true },
		{ "**/a*/z", "x/a1/y/ab/z", true },
		{ "auth/*/login", "auth/approle/login", true },
		{ "auth/*/login", "auth/a/b/login", false },
		{ "auth/+/login", "auth/approle/login", true },
		{ "auth/+/login", "auth/a/b/login", false },
		{ "a+", "a+", true },
		{ "a+", "ab", false },
		{ "*", "", true },
		{ "", "", true },
		{ "", "a", false },
		{ "*/b/*c", "a/b/xc", true },
		{ "*/b/*c", "a/b/x/c", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(glob_match_path(rows[i].pattern, rows[i].path) ==
			rows[i].fits,
		    "%s, %s", rows[i].pattern, rows[i].path);
	ck_assert(glob_match("a*/c", "a/b/c"));
	ck_assert(glob_match("*", ""));
	ck_assert(!glob_match("a*c", "ab"));
	ck_assert(!glob_match_path("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	ck_assert(glob_match_path_loose("secret/", "secret"));
	ck_assert(glob_match("a*b*", "axxbyy"));
}
END_TEST

START_TEST(ops)
{
	static const struct {
		const char *method, *path;
		bool list;
		const char *op;
	} rows[] = {
		{ "GET", "secret/data/app", false, "read" },
		{ "HEAD", "secret/data/app", false, "read" },
		{ "GET", "secret/metadata", true, "list" },
		{ "LIST", "secret/metadata/", false, "list" },
		{ "PATCH", "secret/data/app", false, "write" },
		{ "DELETE", "secret/data/app", false, "delete" },
		{ "PUT", "auth/approle/login", false, "login" },
		{ "POST", "auth/userpass/login/ann", false, "login" },
		{ "GET", "auth/userpass/login/ann", false, "read" },
		{ "POST", "auth/approle/role/login", false, "write" },
		{ "POST", "auth/token/renew-self", false, "renew" },
		{ "PUT", "sys/leases/renew", false, "renew" },
		{ "PUT", "sys/renew/secret/x", false, "renew" },
		{ "GET", "auth/token/lookup-self", false, "lookup" },
		{ "PUT", "sys/leases/lookup", false, "lookup" },
		{ "LIST", "sys/leases/lookup/auth/", false, "list" },
		{ "POST", "auth/token/revoke-self", false, "revoke" },
		{ "PUT", "sys/leases/revoke-prefix/a/b", false, "revoke" },
		{ "PUT", "sys/revoke-force/a", false, "revoke" },
		{ "GET", "sys/health", false, "health" },
		{ "HEAD", "sys/health", false, "health" },
		{ "GET", "sys/seal-status", false, "seal-status" },
		{ "PUT", "sys/unseal", false, "write" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(match_operation_of(rows[i].method,
				     rows[i].path, rows[i].list),
		    rows[i].op);
}
END_TEST

START_TEST(each_field)
{
	static const struct {
		const char *text;
		bool fits;
		const char *why;
	} rows[] = {
		{ "{}", true, "" },
		{ "{\"method\":\"GET\"}", true, "" },
		{ "{\"method\":[\"PUT\",\"POST\"]}", false,
		    "method is \"GET\", not [\"PUT\",\"POST\"]" },
		{ "{\"method\":\"LIST\"}", false, "method is" },
		{ "{\"path\":\"secret/*/app\"}", true, "" },
		{ "{\"path\":\"secret/data/app/\"}", true, "" },
		{ "{\"path\":[\"x\",\"secret/**\"]}", true, "" },
		{ "{\"path\":\"auth/**\"}", false,
		    "path is \"secret/data/app\", not \"auth/**\"" },
		{ "{\"path\":{\"regex\":\"^secret/(data|meta)/a+p*$\"}}", true,
		    "" },
		{ "{\"path\":{\"regex\":\"^data\"}}", false, "path is" },
		{ "{\"path\":{\"regex\":\"^s.cret\\\\*?/(data|x){1,2}/\"}}",
		    true, "" },
		{ "{\"op\":[\"read\",\"list\"]}", true, "" },
		{ "{\"op\":\"any\"}", true, "" },
		{ "{\"op\":\"write\"}", false, "op is \"read\"" },
		{ "{\"mount\":\"secret\"}", true, "" },
		{ "{\"mount\":\"secret/\"}", true, "" },
		{ "{\"mount\":\"sec\"}", false, "mount is" },
		{ "{\"mount\":{\"type\":\"kv\"}}", true, "" },
		{ "{\"mount\":{\"type\":\"pki\"}}", false, "mount's type" },
		{ "{\"token\":{}}", true, "" },
		{ "{\"token\":{\"id\":\"hvs.*\"}}", true, "" },
		{ "{\"token\":{\"id\":\"hvs.two\"}}", false, "token.id" },
		{ "{\"token\":{\"accessor\":[\"x\",\"acc*\"]}}", true, "" },
		{ "{\"token\":{\"policy\":\"app-*\",\"role\":\"w*\"}}", true,
		    "" },
		{ "{\"token\":{\"policy\":\"root\"}}", false,
		    "token.policy is \"app-read, default\", not \"root\"" },
		{ "{\"token\":{\"auth_mount\":\"approle\"}}", true, "" },
		{ "{\"token\":{\"auth_mount\":\"auth/app*\"}}", true, "" },
		{ "{\"token\":{\"auth_mount\":\"ldap\"}}", false,
		    "token.auth_mount" },
		{ "{\"token\":{\"none\":true}}", false, "a token was sent" },
		{ "{\"token\":{\"none\":false}}", true, "" },
		{ "{\"namespace\":\"\",\"space\":\"*\"}", true, "" },
		{ "{\"namespace\":\"team-*\"}", false, "namespace is" },
		{ "{\"client_ip\":[\"192.168.0.0/16\",\"10.0.0.0/8\"]}", true,
		    "" },
		{ "{\"client_ip\":\"10.1.2.4\"}", false, "client_ip is" },
		{ "{\"node\":\"active\"}", true, "" },
		{ "{\"node\":[\"n2\",\"n1\"]}", true, "" },
		{ "{\"node\":\"standby\"}", false, "node is \"n1\"" },
		{ "{\"header\":{\"user-agent\":\"app/*\"}}", true, "" },
		{ "{\"header\":{\"User-Agent\":\"vault*\"}}", false,
		    "header.User-Agent is \"app/1.0\"" },
		{ "{\"header\":{\"X-None\":\"*\"}}", false, "not known" },
		{ "{\"query\":{\"version\":\"2\",\"name\":\"a b\"}}", true,
		    "" },
		{ "{\"query\":{\"list\":\"true\"}}", false, "list=true" },
		{ "{\"body\":{\"/n\":7,\"/a/b~1c/1\":\"t*\"}}", true, "" },
		{ "{\"body\":{\"/n\":\"7\"}}", true, "" },
		{ "{\"body\":{\"\":{\"n\":7}}}", false, "body has another" },
		{ "{\"body\":{\"/a/b~1c/x\":\"*\"}}", false, "body has" },
		{ "{\"conn\":{\"tls\":false,\"reused\":true,\"nth\":[1,2]}}",
		    true, "" },
		{ "{\"conn\":{\"tls\":true}}", false, "conn.tls is false" },
		{ "{\"conn\":{\"nth\":1}}", false, "conn.nth is 2" },
		{ "{\"not\":{\"path\":\"sys/**\"}}", true, "" },
		{ "{\"not\":{\"token\":{\"policy\":\"app-*\"}}}", false,
		    "exception" },
		{ "{\"not\":{\"not\":{\"op\":\"read\"}}}", true, "" },
	};
	struct request_info f = a_read();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char why[200] = "";
		bool yes = fits(rows[i].text, &f, why);

		ck_assert_msg(yes == rows[i].fits, "%s: %s", rows[i].text, why);
		ck_assert_msg(yes || strstr(why, rows[i].why), "%s: %s",
		    rows[i].text, why);
	}
}
END_TEST

START_TEST(probes)
{
	struct request_info f = { .method = "GET",
		.path = "sys/health",
		.query = "",
		.op = "health" };
	struct match *all = match_parse(NULL, "match", NULL);

	ck_assert(!match_request(all, &f, NULL));
	ck_assert(match_tree(all) == NULL);
	match_free(all);
	ck_assert(!fits("{}", &f, NULL));
	ck_assert(!fits("{\"method\":\"GET\"}", &f, NULL));
	ck_assert(!fits("{\"not\":{\"path\":\"secret/**\"}}", &f, NULL));
	all = made("{}");
	ck_assert(match_request_or_probe(all, &f));
	match_free(all);
	ck_assert(fits("{\"op\":\"health\"}", &f, NULL));
	ck_assert(fits("{\"op\":\"any\"}", &f, NULL));
	ck_assert(fits("{\"path\":\"sys/**\"}", &f, NULL));
	f.path = "sys/seal-status";
	f.op = "seal-status";
	ck_assert(fits("{}", &f, NULL));
}
END_TEST

START_TEST(a_regex_gives_up_in_time)
{
	static const char *const endless[] = { "^(a+)+$", "^(a|aa)+$",
		"^(.*)*(.*)*(.*)*x$", "^(?:a?){60}a{60}$", "^(a|(?1)a)*$" };
	struct request_info f = a_read();
	char path[400], text[200], why[200] = "";

	memset(path, 'a', sizeof(path) - 2);
	path[sizeof(path) - 2] = '!';
	path[sizeof(path) - 1] = '\0';
	f.path = path;
	for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
		snprintf(text, sizeof(text), "{\"path\":{\"regex\":\"%s\"}}",
		    endless[i]);
		ck_assert_msg(!fits(text, &f, why), "%s", endless[i]);
		ck_assert_msg(strstr(why, "path") != NULL, "%s", why);
	}
	fits("{\"path\":{\"regex\":\"^(a+)+$\"}}", &f, why);
	ck_assert_ptr_nonnull(strstr(why, "too many steps"));
	ck_assert(fits("{\"path\":{\"regex\":\"(a)\\\\1!$\"}}", &f, why));
}
END_TEST

START_TEST(tokens_by_digest)
{
	struct request_info f = a_read();
	struct token_digester *d = token_digester_new();
	char digest[TOKEN_DIGEST_SIZE], other[TOKEN_DIGEST_SIZE];

	token_digest(d, "hvs.one", other);
	token_digest(d, "hvs.one", digest);
	ck_assert_str_eq(digest, other);
	token_digest(d, "hvs.onf", other);
	token_digester_free(d);
	ck_assert_uint_eq(strlen(digest), 16);
	ck_assert_str_ne(digest, other);
	f.token_id = NULL;
	f.token_digest = digest;
	ck_assert(fits("{\"token\":{\"id\":[\"x\",\"hvs.one\"]}}", &f, NULL));
	ck_assert(!fits("{\"token\":{\"id\":\"hvs.onf\"}}", &f, NULL));
	f.has_token = false;
	ck_assert(fits("{\"token\":{\"none\":true}}", &f, NULL));
	ck_assert(!fits("{\"token\":{}}", &f, NULL));
}
END_TEST

START_TEST(lists_by_either_way)
{
	struct request_info f = a_read();

	f.op = "list";
	f.path = "secret/metadata/app/";
	ck_assert(fits("{\"method\":\"LIST\",\"path\":\"secret/metadata/app\"}",
	    &f, NULL));
	ck_assert(fits("{\"method\":\"GET\"}", &f, NULL));
}
END_TEST

START_TEST(bare_connections)
{
	struct request_info f = { .client_ip = "127.0.0.1", .nth = 1 };
	struct match *m = made("{\"client_ip\":\"127.0.0.0/8\","
			       "\"conn\":{\"tls\":false}}");

	ck_assert(!match_needs_request(m));
	ck_assert(match_request(m, &f, NULL));
	match_free(m);
	m = made("{\"conn\":{\"nth\":1}}");
	ck_assert(match_needs_request(m));
	match_free(m);
	m = made("{\"not\":{\"header\":{\"a\":\"b\"}}}");
	ck_assert(match_needs_request(m));
	match_free(m);
	ck_assert(!fits("{\"path\":\"**\"}", &f, NULL));
	ck_assert(!fits("{\"method\":\"GET\"}", &f, NULL));
}
END_TEST

START_TEST(refusals)
{
	static const struct {
		const char *text, *field, *says;
	} rows[] = {
		{ "{\"pathh\":\"x\"}", "match.pathh", "did you mean \"path\"" },
		{ "{\"method\":\"FETCH\"}", "match.method", "FETCH" },
		{ "{\"op\":[\"fly\"]}", "match.op", "fly" },
		{ "{\"path\":7}", "match.path", "must be a glob" },
		{ "{\"path\":[7]}", "match.path", "must be a glob" },
		{ "{\"path\":\"/v1/secret\"}", "match.path", "behind /v1/" },
		{ "{\"path\":\"v1/secret\"}", "match.path", "behind /v1/" },
		{ "{\"path\":{\"regex\":\"(\"}}", "match.path.regex",
		    "does not compile" },
		{ "{\"path\":{\"regex\":\"((a{999}){999}){999}\"}}",
		    "match.path.regex", "too large" },
		{ "{\"path\":{\"regex\":\"a\\\\\"}}", "match.path.regex",
		    "does not compile" },
		{ "{\"path\":{}}", "match.path", "regex" },
		{ "{\"mount\":{\"kind\":\"kv\"}}", "match.mount.kind",
		    "unknown field" },
		{ "{\"mount\":{}}", "match.mount", "type" },
		{ "{\"mount\":1}", "match.mount", "type" },
		{ "{\"token\":{\"none\":true,\"id\":\"x\"}}",
		    "match.token.none", "stands alone" },
		{ "{\"token\":{\"none\":1}}", "match.token.none", "true or" },
		{ "{\"token\":{\"policies\":\"x\"}}", "match.token.policies",
		    "unknown field" },
		{ "{\"client_ip\":\"10.0.0.0/99\"}", "match.client_ip",
		    "no address" },
		{ "{\"header\":{\"a\":1}}", "match.header.a", "glob" },
		{ "{\"body\":{\"a\":1}}", "match.body.a", "JSON pointer" },
		{ "{\"conn\":{\"tls\":\"yes\"}}", "match.conn.tls", "true" },
		{ "{\"conn\":{\"nth\":\"x\"}}", "match.conn.nth", "number" },
		{ "{\"not\":{\"pat\":\"x\"}}", "match.not.pat", "unknown" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error c = { 0 };
		json_t *tree = json_loads(rows[i].text, 0, NULL);

		ck_assert(tree != NULL);
		ck_assert_msg(
		    match_parse(tree, "match", &c) == NULL, "%s", rows[i].text);
		ck_assert_str_eq(c.field, rows[i].field);
		ck_assert_msg(strstr(c.text, rows[i].says), "%s: %s",
		    rows[i].text, c.text);
		error_release(&c);
		json_decref(tree);
	}
}
END_TEST

START_TEST(what_the_journal_keeps)
{
	static const struct {
		const char *text, *field;
	} rows[] = {
		{ "{\"path\":\"**\",\"token\":{\"id\":\"hvs.x\"}}", NULL },
		{ "{\"body\":{\"/a\":1}}", "match.body" },
		{ "{\"token\":{\"id\":\"hvs.*\"}}", "match.token.id" },
		{ "{\"not\":{\"body\":{\"/a\":1}}}", "match.not.body" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error c = { 0 };
		struct match *m = made(rows[i].text);

		ck_assert(
		    match_is_answerable(m, "match", &c) == !rows[i].field);
		ck_assert_str_eq(c.field, rows[i].field ? rows[i].field : "");
		match_free(m);
	}
}
END_TEST

UNIT_MAIN("match", a_regex_gives_up_in_time, path_globs, ops, each_field,
    probes, tokens_by_digest, lists_by_either_way, bare_connections, refusals,
    what_the_journal_keeps)
