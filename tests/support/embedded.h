/*
 * A Vault inside the test, without a socket, on a frozen clock, and what tests
 * ask of it.
 */
#ifndef MV_TESTS_SUPPORT_EMBEDDED_H
#define MV_TESTS_SUPPORT_EMBEDDED_H

#include "mockvault.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/unit.h"

#define SECOND INT64_C(1000000000)

static struct mockvault *mv;

__attribute__((unused)) static struct mockvault *
embedded_start(const char *seed)
{
	char why[256] = "";
	struct mockvault *made = mv_new(
	    &(struct mv_options){
		.root_token = "root", .listen = "none", .seed = seed },
	    why, sizeof(why));

	ck_assert_msg(made != NULL, "%s", why);
	mv_freeze(made);
	return made;
}

/* Asks as root and insists on the status; the body until the next call. */
__attribute__((unused)) static const char *
embedded_ask(int status, const char *method, const char *path, const char *body)
{
	const char *answer;
	int got = mv_request(mv, method, path, "root", body, &answer);

	ck_assert_msg(got == status, "%s %s: %d %s", method, path, got, answer);
	return answer;
}

/* The text of the first "key":"..." of an answer. */
__attribute__((unused)) static void
embedded_string(const char *answer, const char *key, char *out, size_t size)
{
	char name[64];
	const char *at;

	snprintf(name, sizeof(name), "\"%s\":\"", key);
	at = strstr(answer, name);
	ck_assert_msg(at != NULL, "no %s in %s", key, answer);
	at += strlen(name);
	snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

__attribute__((unused)) static bool
answer_has(const char *answer, const char *text)
{
	return strstr(answer, text) != NULL;
}

/* Makes a role and a secret id; writes the login's body. */
__attribute__((unused)) static void
embedded_approle(const char *role, char *login, size_t size)
{
	char role_id[64], secret_id[64];

	embedded_ask(204, "POST", "sys/auth/approle", "{\"type\":\"approle\"}");
	embedded_ask(204, "POST", "auth/approle/role/app", role);
	embedded_string(
	    embedded_ask(200, "GET", "auth/approle/role/app/role-id", NULL),
	    "role_id", role_id, sizeof(role_id));
	embedded_string(
	    embedded_ask(200, "POST", "auth/approle/role/app/secret-id", "{}"),
	    "secret_id", secret_id, sizeof(secret_id));
	snprintf(login, size, "{\"role_id\":\"%s\",\"secret_id\":\"%s\"}",
	    role_id, secret_id);
}

#endif
