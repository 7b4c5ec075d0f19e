/*
 * Entries for audit devices: one before the handler, one after it, each hashed
 * by the device that takes it. Vault 1.19: without a device that took the
 * entry, the request fails; after the handler its effect stays all the same.
 */
#include <string.h>

#include "api/api_internal.h"
#include "api/engine.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/mount/audit.h"
#include "core/mount/metrics.h"
#include "core/mount/quota.h"
#include "core/setting.h"

/* ---- hiding ---- */

static json_t *
audit_hmac_text(const struct audit_device *d, const char *text)
{
	char hash[AUDIT_HASH_MAX];

	if (d->log_raw || *text == '\0')
		return json_string(text);
	audit_hash(d, text, hash);
	return json_string(hash);
}

/* Every text within, the names stay. */
static json_t *
audit_hmac_values(const struct audit_device *d, json_t *value)
{
	json_t *out, *one;
	const char *key;
	size_t i;

	if (json_is_string(value))
		return audit_hmac_text(d, json_string_value(value));
	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach (value, i, one)
			json_array_append_new(out, audit_hmac_values(d, one));
		return out;
	}
	if (json_is_object(value)) {
		out = json_object();
		json_object_foreach (value, key, one)
			json_object_set_new(
			    out, key, audit_hmac_values(d, one));
		return out;
	}
	return json_incref(value);
}

static bool
audit_is_exempt_key(
    const struct request *req, const char *list, const char *key)
{
	json_t *names = req->mount
	    ? json_object_get(req->mount->extra_config, list)
	    : NULL;
	json_t *one;
	size_t i;

	json_array_foreach (names, i, one)
		if (strcmp(json_string_value(one), key) == 0)
			return true;
	return false;
}

/* A body: its top keys may be exempt by the mount's tuning. */
static json_t *
audit_hmac_body(const struct request *req, const struct audit_device *d,
    struct slice text, const char *exempt)
{
	json_t *tree = jsontext_to_tree(text), *out, *one;
	const char *key;

	if (!json_is_object(tree)) {
		json_decref(tree);
		return NULL;
	}
	out = json_object();
	json_object_foreach (tree, key, one)
		json_object_set_new(out, key,
		    audit_is_exempt_key(req, exempt, key)
			? json_incref(one)
			: audit_hmac_values(d, one));
	json_decref(tree);
	return out;
}

/* ---- parts of an entry ---- */

static const char *
audit_operation(const struct request *req)
{
	switch (req->op) {
	case OP_READ:
		return "read";
	case OP_LIST:
		return "list";
	case OP_WRITE:
		return req->creating ? "create" : "update";
	case OP_DELETE:
		return "delete";
	case OP_PATCH:
		return "patch";
	case OP_HELP:
		return "help";
	case OP_HEAD:
	case OP_OPTIONS:
	case OP_PUT:
		break;
	}
	return "header";
}

static json_t *
audit_accessor_json(const struct audit_device *d, const char *text)
{
	return d->hmac_accessor ? audit_hmac_text(d, text) : json_string(text);
}

static json_t *
audit_auth_part(
    const struct audit_device *d, const struct token *t, const char *text)
{
	json_t *policies = json_array();
	json_t *auth;

	for (char **p = t->policies.items; *p; p++)
		json_array_append_new(policies, json_string(*p));
	auth = json_pack("{s:o, s:o, s:s, s:O, s:o, s:s}", "client_token",
	    audit_hmac_text(d, text), "accessor",
	    audit_accessor_json(d, t->accessor), "display_name",
	    t->display_name, "policies", policies, "token_policies", policies,
	    "token_type", t->type == TOKEN_BATCH ? "batch" : "service");
	if (*t->entity_id)
		json_object_set_new(
		    auth, "entity_id", json_string(t->entity_id));
	if (t->ttl_s)
		json_object_set_new(auth, "token_ttl", json_integer(t->ttl_s));
	return auth;
}

static void
audit_add_mount(const struct request *req, json_t *part)
{
	const struct mount *m = req->mount;
	char version[64];

	if (!m)
		return;
	engine_version(req->vault, m->engine, version);
	json_object_set_new(part, "mount_accessor", json_string(m->accessor));
	json_object_set_new(part, "mount_class",
	    json_string(m->table == MOUNT_AUTH ? "auth" : "secret"));
	json_object_set_new(part, "mount_point", json_string(m->path));
	json_object_set_new(
	    part, "mount_running_version", json_string(version));
	json_object_set_new(part, "mount_type", json_string(m->type));
}

/* What is audited of the headers without being asked for, and since when. */
static const struct audit_default_header {
	const char *name;
	enum version_change change;
} audit_default_headers[] = {
	{ "correlation-id", VERSION_AUDIT_CORRELATION_ID },
	{ "x-correlation-id", VERSION_AUDIT_CORRELATION_ID },
	{ "user-agent", VERSION_AUDIT_USER_AGENT },
};

/* Headers that sys/config/auditing names, and Vault's own. */
static json_t *
audit_headers_part(const struct request *req, const struct audit_device *d)
{
	json_t *wanted = setting_get(req->vault, SETTING_AUDITED_HEADERS);
	json_t *out = json_object(), *rule;
	const char *name;

	for (size_t i = 0; i <
	     sizeof(audit_default_headers) / sizeof(audit_default_headers[0]);
	     i++) {
		const char *value = request_header(
		    req, audit_default_headers[i].name);

		if (value &&
		    version_has(req->vault, audit_default_headers[i].change))
			json_object_set_new(out, audit_default_headers[i].name,
			    json_pack("[s]", value));
	}
	json_object_foreach (wanted, name, rule) {
		const char *value = request_header(req, name);
		bool hide = json_is_true(json_object_get(rule, "hmac"));

		if (value)
			json_object_set_new(out, name,
			    json_pack("[o]",
				hide ? audit_hmac_text(d, value)
				     : json_string(value)));
	}
	json_decref(wanted);
	return out;
}

static json_t *
audit_request_part(const struct request *req, const struct audit_device *d)
{
	json_t *part = json_pack("{s:s, s:s, s:s, s:{s:s}, s:s, s:i, s:o}",
	    "id", req->id, "operation", audit_operation(req), "path", req->path,
	    "namespace", "id", "root", "remote_address", req->peer,
	    "remote_port", req->peer_port, "headers",
	    audit_headers_part(req, d));
	json_t *data = audit_hmac_body(
	    req, d, req->json, "audit_non_hmac_request_keys");

	if (data)
		json_object_set_new(part, "data", data);
	if (req->token_text && *req->token_text)
		json_object_set_new(
		    part, "client_token", audit_hmac_text(d, req->token_text));
	if (req->token)
		json_object_set_new(part, "client_token_accessor",
		    audit_accessor_json(d, req->token->accessor));
	if (req->wrap_ttl_s)
		json_object_set_new(
		    part, "wrap_ttl", json_integer(req->wrap_ttl_s));
	audit_add_mount(req, part);
	return part;
}

static json_t *
audit_response_part(const struct request *req, const struct audit_device *d)
{
	const struct reply *r = &req->reply;
	json_t *part = json_object();
	json_t *data = audit_hmac_body(req, d,
	    (struct slice){ r->data.p, r->data.n },
	    "audit_non_hmac_response_keys");

	audit_add_mount(req, part);
	if (data)
		json_object_set_new(part, "data", data);
	if (r->auth)
		json_object_set_new(part, "auth",
		    audit_auth_part(d, r->auth->token, r->auth->client_token));
	if (r->lease_id)
		json_object_set_new(part, "secret",
		    json_pack("{s:s}", "lease_id", r->lease_id));
	if (r->wrap_info) {
		json_t *info = jsontext_to_tree(slice_of(r->wrap_info));

		json_object_set_new(
		    part, "wrap_info", audit_hmac_values(d, info));
		json_decref(info);
	}
	return part;
}

static json_t *
audit_entry_new(
    const struct request *req, const struct audit_device *d, bool response)
{
	char now[RFC3339_MAX];
	json_t *entry;

	rfc3339_nano(vault_now(req->vault), now);
	entry = json_pack("{s:s, s:s, s:o}", "time", now, "type",
	    response ? "response" : "request", "request",
	    audit_request_part(req, d));
	json_object_set_new(entry, "auth",
	    req->token ? audit_auth_part(d, req->token, req->token_text)
		       : json_pack("{s:s}", "token_type", "default"));
	if (response)
		json_object_set_new(
		    entry, "response", audit_response_part(req, d));
	if ((response || req->rate_limited) && req->reply.kind == REPLY_ERROR)
		json_object_set_new(entry, "error",
		    json_string(req->reply.error ? req->reply.error : ""));
	return entry;
}

/* ---- writing ---- */

/* Did one of them take it? True without devices. */
static bool
audit_write_entries(struct request *req, bool response)
{
	int n = audit_count(req->vault);
	bool accepted = n == 0;
	struct metrics *m = req->vault->metrics;
	int64_t began_ns = vault_now(req->vault);

	for (int i = 0; i < n; i++) {
		struct audit_device *d = audit_at(req->vault, i);
		json_t *entry = audit_entry_new(req, d, response);

		accepted |= audit_write(d, entry);
		json_decref(entry);
	}
	metric_add(
	    &m->kinds[response ? METRIC_AUDIT_RESPONSE : METRIC_AUDIT_REQUEST],
	    (double)(vault_now(req->vault) - began_ns) / 1e6);
	m->audit_failures[response] += !accepted;
	return accepted;
}

/* Neither the control API's requests nor those that were refused before their
 * headers were read. */
static bool
audit_is_required(const struct request *req)
{
	return req->path && req->token_text && audit_count(req->vault) > 0 &&
	    !(req->route && req->route->flags & R_DEDICATED);
}

enum phase_result
phase_audit(struct request *req)
{
	if (!audit_is_required(req))
		return NEXT;
	req->audited = true;
	if (audit_write_entries(req, false))
		return NEXT;
	return phase_end(fail_wrapped(req, 500, "internal error"));
}

void
audit_response(struct request *req)
{
	/* Vault 1.19: one entry, on wish, and nothing hangs on it. */
	if (req->rate_limited && audit_count(req->vault) > 0 &&
	    json_is_true(json_object_get(
		quota_config(req->vault), "enable_rate_limit_audit_logging")))
		audit_write_entries(req, false);
	if (!audit_is_required(req))
		return;
	if (!req->audited && !audit_write_entries(req, false)) {
		fail_wrapped(req, 500, "internal error");
		return;
	}
	if (!audit_write_entries(req, true))
		fail(req, 500, "internal error");
}
