/*
 * sys/policies/password: the rules of passwords, and passwords made by them.
 */
#include <stdlib.h>

#include "api/reply.h"
#include "api/route.h"
#include "core/policy/password_policy.h"
#include "sys/policies.h"
#include "sys/route_tables.h"

/* Vault 1.19's bounds, and how often a new policy must prove itself. */
#define LENGTH_MIN 4
#define LENGTH_MAX 100
#define ATTEMPTS 10

static enum handler_result
sys_password_policy_list(struct request *req)
{
	struct strs names = strs_in(req->arena);

	password_policy_list(req->vault, &names);
	return reply_keys(req, &names);
}

/* Tries to make passwords, since rules that hardly any password keeps would
 * show only when one is needed; false: refused. */
static bool
sys_password_policy_try(struct request *req, const struct password_policy *p)
{
	int tries = PASSWORD_TRIES, failed = 0;

	for (int i = 0; i < ATTEMPTS; i++) {
		char *made = password_generate(req->vault->random, p, &tries);

		failed += !made;
		password_free(made);
	}
	if (failed == ATTEMPTS)
		return refuse_wrapped(req, 400,
		    "unable to generate password "
		    "from provided policy in 1s: are the rules impossible?");
	if (failed)
		reply_warn(req,
		    "failed to generate passwords %d times out of %d "
		    "attempts in 1s - is the policy too restrictive?",
		    failed, ATTEMPTS);
	return true;
}

static enum handler_result
sys_password_policy_write(struct request *req)
{
	const char *text = param_str(req, "policy");
	struct password_policy p;
	struct error e = { 0 };

	if (*text == '\0')
		return fail_wrapped(req, 400, "missing policy");
	text = policy_decode_text(req, text);
	if (!password_policy_parse(req->arena, text, &p, &e))
		return fail_wrapped(
		    req, 400, "invalid password policy: %s", e.text);
	if (p.length < LENGTH_MIN || p.length > LENGTH_MAX)
		return fail_wrapped(req, 400,
		    "passwords must be between %d and %d characters",
		    LENGTH_MIN, LENGTH_MAX);
	if (!sys_password_policy_try(req, &p))
		return HANDLED;
	password_policy_put(req->vault, param_capture(req, "name"), text);
	/* Vault 1.19: a response with a status, so it can be wrapped. */
	return req->wrap_ttl_s
	    ? reply_raw(req, 204, "application/json", SLICE(""))
	    : reply_none(req);
}

static enum handler_result
sys_password_policy_read(struct request *req)
{
	char *text = password_policy_get(
	    req->vault, param_capture(req, "name"));
	json_t *data;

	if (!text)
		return fail_wrapped(req, 404, "policy does not exist");
	data = json_pack("{s:s}", "policy", text);
	free(text);
	return reply_data(req, data);
}

static enum handler_result
sys_password_policy_delete(struct request *req)
{
	password_policy_delete(req->vault, param_capture(req, "name"));
	return reply_none(req);
}

static enum handler_result
sys_password_policy_generate(struct request *req)
{
	char *text = password_policy_get(
	    req->vault, param_capture(req, "name"));
	int tries = PASSWORD_TRIES;
	struct password_policy p;
	struct error e = { 0 };
	char *made = NULL;
	json_t *data;

	if (!text)
		return fail_wrapped(req, 404, "policy does not exist");
	if (password_policy_parse(req->arena, text, &p, &e))
		made = password_generate(req->vault->random, &p, &tries);
	free(text);
	if (e.status)
		return fail_wrapped(req, 500,
		    "stored password policy "
		    "configuration failed to parse: %s",
		    e.text);
	if (!made)
		return fail_wrapped(req, 500,
		    "failed to generate password "
		    "from policy: timed out generating string");
	data = json_pack("{s:s}", "password", made);
	password_free(made);
	return reply_data(req, data);
}

static const struct param params[] = {
	{ "name", P_STRING, NULL, "Name of the policy" },
	{ "policy", P_STRING, NULL, "Its rules" },
	PARAM_END,
};

const struct route sys_policies_password_routes[] = {
	{ OP_LIST, "sys/policies/password/?", 0, NULL, sys_password_policy_list,
	    NULL, "Names of password policies" },
	{ OP_READ, "sys/policies/password/{name:more}/generate", 0, params,
	    sys_password_policy_generate, NULL, "A password by a policy" },
	{ OP_READ, "sys/policies/password/{name:more}", 0, params,
	    sys_password_policy_read, NULL, "One password policy" },
	{ OP_WRITE, "sys/policies/password/{name:more}", 0, params,
	    sys_password_policy_write, NULL, "Write a password policy" },
	{ OP_DELETE, "sys/policies/password/{name:more}", 0, params,
	    sys_password_policy_delete, NULL, "Delete a password policy" },
	ROUTE_END,
};
