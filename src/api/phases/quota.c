/*
 * Rate limits before anything else is looked at. Vault 1.19: the check wraps
 * the whole of the HTTP handler, so a path that does not exist counts as well,
 * and a refused request meets no CORS, no token, no audit device.
 */
#include "core/mount/quota.h"

#include <stdio.h>
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "base/text.h"
#include "core/seal/seal.h"

/* Methods whose logins name their role in a field of the body. */
static const struct {
	const char *type;
	const char *field;
} role_fields[] = {
	{ "alicloud", "role" },
	{ "aws", "role" },
	{ "azure", "role" },
	{ "cert", "name" },
	{ "cf", "role" },
	{ "gcp", "role" },
	{ "jwt", "role" },
	{ "kubernetes", "role" },
	{ "oidc", "role" },
};

static const char *
quota_role_field(const struct mount *m)
{
	for (size_t i = 0; i < sizeof(role_fields) / sizeof(role_fields[0]);
	     i++)
		if (strcmp(role_fields[i].type, m->type) == 0)
			return role_fields[i].field;
	return NULL;
}

bool
quota_has_roles(const struct mount *m)
{
	const struct engine *e = m->engine;

	return (e && e->login_role) || quota_role_field(m);
}

static const char *
quota_login_role(struct request *req, const struct mount *m)
{
	const struct engine *e = m->engine;
	const char *field = quota_role_field(m);
	struct slice body, value;
	struct buf clean;

	if (!quota_has_roles(m))
		return "";
	buf_init(&clean, 0);
	if (jsontext_clean(&clean, req->body.p ? req->body.p : "", req->body.n,
		JSONTEXT_DIGITS, NULL) < 0 ||
	    clean.over || clean.p[0] != '{') {
		buf_release(&clean);
		return "";
	}
	body.p = arena_strndup(req->arena, clean.p, clean.n);
	body.n = clean.n;
	buf_release(&clean);
	if (e && e->login_role)
		return e->login_role(req, m, body);
	value = jsontext_get(body, field);
	return value.p && jsontext_kind(value) == '"'
	    ? jsontext_string(req->arena, value, NULL)
	    : "";
}

static void
quota_number_header(struct request *req, const char *name, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	reply_header(req, name, text);
}

static void
quota_add_headers(struct request *req, const struct quota_result *a)
{
	if (!json_is_true(json_object_get(quota_config(req->vault),
		"enable_rate_limit_response_headers")))
		return;
	if (a->has_counts) {
		quota_number_header(req, "X-Ratelimit-Limit", a->limit);
		quota_number_header(req, "X-Ratelimit-Remaining", a->remaining);
		quota_number_header(
		    req, "X-Ratelimit-Reset", (uint64_t)a->reset_s);
	}
	if (!a->allowed)
		quota_number_header(
		    req, "Retry-After", (uint64_t)a->retry_after_s);
}

static enum phase_result
quota_check(struct request *req, const char *path)
{
	const struct mount *m = mount_for_path(req->vault, path);
	const char *role = "";
	struct quota_result a;
	int i;

	if (m && quota_has_role_rule(req->vault, m))
		role = quota_login_role(req, m);
	i = quota_match(req->vault, m, path, role);
	if (i < 0 || quota_is_exempt(req->vault, path))
		return NEXT;
	a = quota_consume(req->vault, i, req->peer);
	quota_add_headers(req, &a);
	if (a.allowed)
		return NEXT;
	req->rate_limited = true;
	return phase_end(fail(
	    req, 429, "request path \"%s\": rate limit quota exceeded", path));
}

enum phase_result
phase_quota(struct request *req)
{
	const char *path = req->path;
	enum phase_result v;

	if (!req->vault->quotas->n)
		return NEXT;
	if ((req->internal && !req->forwarded) || seal_is_sealed(req->vault))
		return NEXT;
	if ((v = phase_method(req)))
		return v;
	if (req->op == OP_LIST && !ends_with(path, "/"))
		path = arena_printf(req->arena, "%s/", path);
	return quota_check(req, path);
}
