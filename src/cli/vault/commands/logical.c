/*
 * Reading, listing, writing and deleting as the client's library does it.
 */
#include <string.h>

#include "base/json/jsontext.h"
#include "base/text.h"
#include "cli/vault/client/kvargs.h"
#include "cli/vault/client/secret.h"
#include "cli/vault/output/gotext.h"

/*
 * A 404 may carry a secret with warnings or data. `keep` says whether the
 * error stays then. true when the answer was such a 404 and is done with;
 * *ok is then the result.
 */
static bool
logical_not_found(struct vclient *c, const struct vreply *reply, bool keep,
    struct secret **out, const char **why, bool *ok)
{
	struct secret *s;

	if (!reply->answered || reply->status != 404)
		return false;
	*ok = secret_parse(c->arena, reply->body, &s, why);
	if (!*ok) {
		if (strcmp(*why, "EOF") == 0) {
			*why = NULL;
			*ok = true;
		}
		return true;
	}
	if (s &&
	    (secret_warning_count(c->arena, s) ||
		secret_data_count(c->arena, s))) {
		*out = s;
		*ok = !keep;
		*why = keep ? reply->why : NULL;
		return true;
	}
	return !keep;
}

static bool
logical_finish(struct vclient *c, const struct vreply *reply, bool keep,
    struct secret **out, const char **why)
{
	bool ok;

	*out = NULL;
	*why = NULL;
	if (logical_not_found(c, reply, keep, out, why, &ok))
		return ok;
	if (reply->why) {
		*why = reply->why;
		return false;
	}
	return secret_parse(c->arena, reply->body, out, why);
}

bool
logical_read(struct vclient *c, const char *path, const char *query,
    struct secret **out, const char **why)
{
	struct vrequest r;
	struct vreply reply;

	vrequest_init(&r, "GET", path);
	if (query)
		buf_str(&r.query, query);
	(void)vclient_ask(c, &r, &reply);
	return logical_finish(c, &reply, false, out, why);
}

bool
logical_list(
    struct vclient *c, const char *path, struct secret **out, const char **why)
{
	return logical_read(c, path, "list=true", out, why);
}

bool
logical_write(struct vclient *c, const char *method, const char *path,
    struct slice body, struct secret **out, const char **why)
{
	struct vrequest r;
	struct vreply reply;

	vrequest_init(&r, method, path);
	r.body = body;
	(void)vclient_ask(c, &r, &reply);
	return logical_finish(c, &reply, true, out, why);
}

bool
logical_patch(struct vclient *c, const char *path, struct slice body,
    struct secret **out, const char **why, int *status)
{
	struct vrequest r;
	struct vreply reply;

	vrequest_init(&r, "PATCH", path);
	r.body = body;
	r.content_type = "application/merge-patch+json";
	(void)vclient_ask(c, &r, &reply);
	*status = reply.refused ? reply.status : 0;
	return logical_finish(c, &reply, true, out, why);
}

bool
logical_delete(struct vclient *c, const char *path, const char *query,
    struct secret **out, const char **why)
{
	struct vrequest r;
	struct vreply reply;

	vrequest_init(&r, "DELETE", path);
	if (query)
		buf_str(&r.query, query);
	(void)vclient_ask(c, &r, &reply);
	return logical_finish(c, &reply, true, out, why);
}

bool
logical_ask(struct vclient *c, const char *method, const char *path,
    struct slice body, struct secret **out, const char **why)
{
	struct vreply reply;

	*out = NULL;
	*why = NULL;
	if (!vclient_do(c, method, path, body, &reply)) {
		*why = reply.why;
		return false;
	}
	return secret_parse(c->arena, reply.body, out, why);
}

/* Vault before 0.6.2 keeps the wrapped answer in the token's cubbyhole. */
static bool
logical_unwrap_cubbyhole(
    struct vclient *c, const char *token, struct secret **out, const char **why)
{
	const char *path = "cubbyhole/response";
	char *was = c->token;
	struct secret *s;
	const char *text;
	bool ok;

	if (*token)
		c->token = arena_strdup(c->arena, token);
	ok = logical_read(c, path, NULL, &s, why);
	c->token = was;
	if (!ok) {
		*why = arena_printf(
		    c->arena, "error reading \"%s\": %s", path, *why);
		return false;
	}
	if (!s)
		*why = arena_printf(c->arena, "no value found at \"%s\"", path);
	else if (!s->data.p)
		*why = "\"data\" not found in wrapping response";
	else if (!part_get(s->data, "response").p)
		*why = "\"response\" not found in wrapping response \"data\" "
		       "map";
	if (*why)
		return false;
	text = part_text(c->arena, s->data, "response");
	return secret_parse(c->arena, slice_of(text), out, why);
}

bool
logical_unwrap(
    struct vclient *c, const char *token, struct secret **out, const char **why)
{
	const char *trimmed = gotext_trim(c->arena, token);
	struct vreply reply;
	struct kvargs data;
	bool ok;

	*out = NULL;
	*why = NULL;
	kvargs_init(&data, c->arena, true);
	if (*token && !*c->token)
		c->token = arena_strdup(c->arena, trimmed);
	else if (*token && strcmp(token, c->token) != 0)
		kvargs_put_text(&data, "token", trimmed);
	ok = vclient_do(
	    c, "PUT", "sys/wrapping/unwrap", kvargs_json(&data), &reply);
	if (!reply.answered || reply.status != 404) {
		*why = reply.why;
		return ok && secret_parse(c->arena, reply.body, out, why);
	}
	if (logical_not_found(c, &reply, false, out, why, &ok) && (!ok || *out))
		return ok;
	return logical_unwrap_cubbyhole(c, token, out, why);
}
