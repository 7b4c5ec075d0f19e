/*
 * Who may: the token behind a request, a wrapping token's early check, and the
 * ACL's answer to what the route asks for.
 */
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "base/cidr.h"
#include "base/text.h"
#include "core/policy/acl.h"
#include "core/token/identity.h"
#include "core/token/wrap.h"

/* X-Vault-Token wins over "Authorization: Bearer"; the prefix is exact. */
const char *
request_token(struct request *req)
{
	const char *text = request_header(req, "X-Vault-Token");

	if (text && *text)
		return text;
	for (int i = 0; i < req->nheaders; i++) {
		const struct header *h = &req->headers[i];
		char *copy;

		if (strcasecmp(h->name, "Authorization") != 0 ||
		    !starts_with(h->value, "Bearer "))
			continue;
		copy = arena_strdup(req->arena, h->value + 7);
		return trim_space(copy);
	}
	return "";
}

#define TOKEN_HEADER_MAX 8192

/* Vault 2.0: asked before all that could look a token up; every header that
 * may hold one is measured, whichever counts. */
enum phase_result
phase_token_header(struct request *req)
{
	int64_t limit = req->limits.token_header ? req->limits.token_header
						 : TOKEN_HEADER_MAX;

	if (limit < 0 || !version_has(req->vault, VERSION_TOKEN_HEADER_SIZE))
		return NEXT;
	for (int i = 0; i < req->nheaders; i++) {
		const struct header *h = &req->headers[i];
		size_t n = strlen(h->value);

		if (strcasecmp(h->name, "Authorization") == 0 &&
		    starts_with(h->value, "Bearer "))
			n -= 7;
		else if (strcasecmp(h->name, "X-Vault-Token") != 0)
			continue;
		if (n > (size_t)limit)
			return phase_end(fail(req, 400,
			    "authentication token exceeds the maximum size of "
			    "%lld bytes",
			    (long long)limit));
	}
	return NEXT;
}

/* "hvs.ID.NAMESPACE": the part behind the last dot, "" when there is none. A
 * prefix of Vault's own counts for nothing. */
static const char *
token_namespace(const char *text)
{
	static const char *const prefixes[] = { "s.", "hvs.", "hvr." };
	const char *dot;

	if (starts_with(text, "b.") || starts_with(text, "hvb."))
		return "";
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!starts_with(text, prefixes[i]))
			continue;
		text += strlen(prefixes[i]);
		break;
	}
	dot = strrchr(text, '.');
	return dot ? dot + 1 : "";
}

static bool
is_token_of_other_namespace(const char *text)
{
	const char *namespace;

	if (!strchr(text, '.'))
		return false;
	namespace = token_namespace(text);
	return *namespace && strcmp(namespace, "root") != 0;
}

/* Two dots, and none where Vault's own tokens have theirs. */
static bool
is_token_jwt(const char *text)
{
	const char *first = strchr(text, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;

	return second && !strchr(second + 1, '.') && text[1] != '.' &&
	    !starts_with(text, "hvs.") && !starts_with(text, "hvr.");
}

/* Vault 1.19: a token that names a namespace which is not there is an error of
 * the server's, on every path. A JWT may belong to a login and is left alone
 * until its rights are asked for. */
enum phase_result
phase_token_namespace(struct request *req)
{
	const char *text;

	if (req->route) /* a dedicated handler */
		return NEXT;
	text = request_token(req);
	if (!is_token_of_other_namespace(text) || is_token_jwt(text))
		return NEXT;
	return phase_end(fail(req, 500,
	    "error performing token check: failed to look up namespace from "
	    "the token: no namespace"));
}

/* Vault 1.17 and later: an unknown token is told so, a missing one is not. */
enum phase_result
phase_token(struct request *req)
{
	struct token *t;

	req->token_text = request_token(req);
	if (req->route && req->route->flags & R_UNAUTH) {
		if (*req->token_text)
			req->token = token_lookup(req->vault, req->token_text);
		return NEXT;
	}
	if (*req->token_text == '\0')
		return phase_end(fail(req, 403, "permission denied"));
	if (is_token_of_other_namespace(req->token_text))
		return phase_end(fail_wrapped(req, 500, "internal error"));
	t = token_lookup(req->vault, req->token_text);
	if (!t)
		return phase_end(fail_invalid_token(req));
	req->token = t;
	if (!cidr_allows(t->bound_cidrs.items, req->peer) ||
	    !identity_is_enabled(req->vault, t->entity_id))
		return phase_end(fail(req, 403, "permission denied"));
	return NEXT;
}

/* The token of the body; "" with *given false when there is none, or null.
 * NULL: it is no text. */
static const char *
authorize_body_token(struct request *req, bool *given)
{
	*given = false;
	for (size_t i = 0; i < req->nfields; i++) {
		struct slice v = req->fields[i].value;

		if (strcmp(req->fields[i].key, "token") != 0 ||
		    jsontext_kind(v) == 'n')
			continue;
		*given = true;
		return jsontext_kind(v) == '"'
		    ? jsontext_string(req->arena, v, NULL)
		    : NULL;
	}
	return "";
}

/* Vault checks the wrapping token of these three before anything else. */
enum phase_result
phase_wrapping_token(struct request *req)
{
	static const char *const paths[] = { "sys/wrapping/unwrap",
		"sys/wrapping/lookup", "sys/wrapping/rewrap" };
	struct wrapped w;
	const char *text;
	bool given = false, mine = false;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		mine |= strcmp(req->path, paths[i]) == 0;
	if (!mine || !(req->op & (OP_WRITE | OP_READ)))
		return NEXT;
	text = authorize_body_token(req, &given);
	if (!text)
		return phase_end(fail(req, 403,
		    "error validating wrapping token: could not decode token "
		    "in request body"));
	if (given && !*text)
		return phase_end(fail(req, 403,
		    "error validating wrapping token: empty token in request "
		    "body"));
	if (!given)
		text = request_token(req);
	if (!*text)
		return phase_end(fail(req, 403,
		    "error validating wrapping token: token is empty"));
	if (!wrap_lookup(req->vault, text, &w))
		return phase_end(fail(
		    req, 400, "wrapping token is not valid or does not exist"));
	wrapped_release(&w);
	return NEXT;
}

static enum capability
authorize_capability(const struct request *req)
{
	switch (req->op) {
	case OP_READ:
		return CAP_READ;
	case OP_LIST:
		return CAP_LIST;
	case OP_WRITE:
		return req->creating ? CAP_CREATE : CAP_UPDATE;
	case OP_DELETE:
		return CAP_DELETE;
	case OP_PATCH:
		return CAP_PATCH;
	case OP_HEAD:
	case OP_HELP:
	case OP_OPTIONS:
	case OP_PUT:
		break;
	}
	return CAP_DENY;
}

static bool
authorize_is_allowed(struct request *req)
{
	struct acl_request q = {
		.path = req->path,
		.capability = authorize_capability(req),
		.sudo = req->needs_sudo,
		.is_list = req->op == OP_LIST,
		.wrap_ttl_s = req->wrap_ttl_s,
		.data = req->fields,
		.ndata = req->nfields,
		.check_params = (req->op & (OP_READ | OP_WRITE | OP_PATCH)) !=
		    0,
	};

	return acl_allows(req->vault, req->token, &q);
}

/* Vault 1.19: the existence check runs before the ACL, so a field of the wrong
 * type is a 400 even for who may not write here; a use is counted before both,
 * so that refusals use a limited token up as well. */
enum phase_result
phase_rights(struct request *req)
{
	const struct route *r = req->route;

	if (r && r->flags & R_UNAUTH)
		return NEXT;
	if (!token_consume_use(req->vault, req->token))
		return phase_end(fail_invalid_token(req));
	if (req->token->num_uses)
		store_keep_request_writes(req->vault->store);
	if (r && r->exists && req->op == OP_WRITE) {
		const char *error = params_convert(req);

		if (error)
			return phase_end(fail(req, 400, "%s", error));
		req->creating = !r->exists(req);
	}
	return authorize_is_allowed(req) ? NEXT : phase_end(fail_denied(req));
}
