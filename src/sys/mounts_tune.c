/*
 * sys/mounts/PATH/tune and sys/auth/PATH/tune.
 */
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/mount/lockout.h"
#include "sys/mounts.h"

const struct param mounts_tune_params[] = {
	{ "allowed_managed_keys", P_COMMA_STRINGS, NULL, "Enterprise only" },
	{ "allowed_response_headers", P_COMMA_STRINGS, NULL,
	    "Headers an engine may set" },
	{ "audit_non_hmac_request_keys", P_COMMA_STRINGS, NULL,
	    "Request keys that audit shows" },
	{ "audit_non_hmac_response_keys", P_COMMA_STRINGS, NULL,
	    "Response keys that audit shows" },
	{ "default_lease_ttl", P_STRING, NULL, "Default lease time" },
	{ "delegated_auth_accessors", P_COMMA_STRINGS, NULL,
	    "Auth mounts it may delegate to" },
	{ "description", P_STRING, NULL, "For people" },
	{ "identity_token_key", P_STRING, NULL, "Enterprise only" },
	{ "listing_visibility", P_STRING, NULL, "unauth, hidden or empty" },
	{ "max_lease_ttl", P_STRING, NULL, "Largest lease time" },
	{ "options", P_PAIRS, NULL, "Options of the type" },
	{ "passthrough_request_headers", P_COMMA_STRINGS, NULL,
	    "Headers the engine sees" },
	{ "path", P_STRING, NULL, "The mount" },
	{ "plugin_version", P_STRING, NULL, "Version of a plugin" },
	{ "token_type", P_STRING, NULL, "Type of an auth mount's tokens" },
	{ "trim_request_trailing_slashes", P_BOOL, NULL,
	    "Cut a final slash off writes" },
	{ "user_lockout_config", P_MAP, NULL, "Lockout after wrong logins" },
	PARAM_END,
};

static struct mount *
mounts_tune_find(struct request *req, enum mount_table table, const char **path)
{
	struct mount *m;

	*path = mounts_with_slash(req, param_str(req, "path"));
	if (table == MOUNT_AUTH)
		return mount_find(req->vault, MOUNT_AUTH, *path);
	m = mount_find(req->vault, MOUNT_SECRET, *path);
	if (!m && starts_with(*path, "auth/"))
		m = mount_find(req->vault, MOUNT_AUTH, *path + 5);
	return m;
}

/* ---- user_lockout_config ---- */

static const struct {
	const char *given; /* in the request */
	const char *shown; /* in the answer, and as it is kept */
} lockout_keys[] = {
	{ "lockout_threshold", "user_lockout_threshold" },
	{ "lockout_duration", "user_lockout_duration" },
	{ "lockout_counter_reset_duration",
	    "user_lockout_counter_reset_duration" },
};

static int64_t
mounts_tune_lockout_value(struct request *req, struct slice v)
{
	const char *text = jsontext_kind(v) == '"'
	    ? jsontext_string(req->arena, v, NULL)
	    : arena_strndup(req->arena, v.p, v.n);
	int64_t ns;

	return duration_parse(text, &ns) ? ns / NSEC_PER_SEC : 0;
}

/* Vault 1.19: only methods whose logins name an alias can lock it out. */
static bool
mounts_tune_lockout(
    struct request *req, struct mount *m, enum handler_result *refusal)
{
	struct slice given = param_raw(req, "user_lockout_config"), v;
	json_t *config = json_object_get(
	    m->extra_config, "user_lockout_config");

	if (!given.p || jsontext_kind(given) != '{')
		return true;
	if (!lockout_is_supported_type(m->type)) {
		*refusal = fail(req, 400,
		    "tuning of user lockout configuration for auth type "
		    "\"%s\" not allowed",
		    m->type);
		return false;
	}
	config = config
	    ? json_copy(config)
	    : json_pack("{s:b, s:i, s:i, s:i}", "user_lockout_disable", 0,
		  lockout_keys[0].shown, 0, lockout_keys[1].shown, 0,
		  lockout_keys[2].shown, 0);
	for (size_t i = 0; i < 3; i++) {
		v = jsontext_get(given, lockout_keys[i].given);
		if (v.p)
			json_object_set_new(config, lockout_keys[i].shown,
			    json_integer(mounts_tune_lockout_value(req, v)));
	}
	v = jsontext_get(given, "lockout_disable");
	if (v.p)
		json_object_set_new(config, "user_lockout_disable",
		    json_boolean(
			v.p[0] == 't' || strncmp(v.p, "\"true", 5) == 0));
	json_object_set_new(m->extra_config, "user_lockout_config", config);
	return true;
}

static enum handler_result
mounts_tune_read_in(struct request *req, enum mount_table table)
{
	const char *path;
	const struct mount *m = mounts_tune_find(req, table, &path);
	json_t *data;

	if (!m)
		return fail(req, 400, "cannot fetch sysview for path \"%s%s\"",
		    table == MOUNT_AUTH ? "auth/" : "", path);
	data = json_pack("{s:s, s:I, s:I, s:b}", "description", m->description,
	    "default_lease_ttl", (json_int_t)mount_default_ttl(req->vault, m),
	    "max_lease_ttl", (json_int_t)mount_max_ttl(req->vault, m),
	    "force_no_cache", (int)m->force_no_cache);
	json_object_update(data, m->extra_config);
	json_object_update(
	    data, json_object_get(m->extra_config, "user_lockout_config"));
	json_object_del(data, "user_lockout_config");
	if (m->table == MOUNT_AUTH)
		json_object_set_new(data, "token_type",
		    json_string(
			*m->token_type ? m->token_type : "default-service"));
	if (json_object_size(m->options))
		json_object_set(data, "options", m->options);
	if (m->external_entropy)
		json_object_set_new(
		    data, "external_entropy_access", json_true());
	return reply_data(req, data);
}

static bool
mounts_tune_ttl(struct request *req, const char *name, int64_t *out_s,
    enum handler_result *refusal)
{
	const char *text = param_str(req, name);
	int64_t ns;

	if (!param_is_given(req, name) || *text == '\0')
		return true;
	if (strcmp(text, "system") == 0) {
		*out_s = 0;
		return true;
	}
	if (!duration_parse(text, &ns)) {
		*refusal = fail(
		    req, 400, "time: invalid duration \"%s\"", text);
		return false;
	}
	*out_s = ns / NSEC_PER_SEC;
	return true;
}

static bool
mounts_tune_token_type(
    struct request *req, struct mount *m, enum handler_result *refusal)
{
	const char *type = param_str(req, "token_type");

	if (!param_is_given(req, "token_type"))
		return true;
	if (m->table != MOUNT_AUTH) {
		*refusal = fail(req, 400,
		    "'token_type' can only be modified "
		    "on auth mounts");
		return false;
	}
	if (strcmp(m->type, "token") == 0) {
		*refusal = fail(req, 400,
		    "'token_type' cannot be set for "
		    "'token' or 'ns_token' auth mounts");
		return false;
	}
	return mounts_set_token_type(req, m, type, refusal);
}

/* Only kv has options that can change: its version, upwards. */
static bool
mounts_tune_options(struct request *req, struct mount *m, bool *upgraded,
    enum handler_result *refusal)
{
	json_t *options = param_json_tree(req, "options");
	const char *version = json_string_value(
	    json_object_get(options, "version"));
	const char *now = mount_option(m, "version");
	bool ok = true;

	*upgraded = false;
	if (version && strcmp(version, "1") != 0 && strcmp(version, "2") != 0) {
		*refusal = fail(
		    req, 400, "invalid version provided: %s", version);
		ok = false;
	} else if (version && now && strcmp(now, "2") == 0 &&
	    strcmp(version, "1") == 0) {
		*refusal = fail(
		    req, 400, "cannot downgrade mount from version 2");
		ok = false;
	} else if (json_object_size(options)) {
		*upgraded = version && strcmp(version, "2") == 0 &&
		    (!now || strcmp(now, "2") != 0);
		if (!m->options)
			m->options = json_object();
		json_object_update(m->options, options);
	}
	json_decref(options);
	return ok;
}

static enum handler_result
mounts_tune_apply(struct request *req, struct mount *m)
{
	int64_t default_ttl_s = m->default_ttl_s, max_ttl_s = m->max_ttl_s;
	struct error e = { 0 };
	bool versioned = mount_option(m, "version") != NULL;
	bool upgraded;
	enum handler_result refusal;

	if (!mounts_tune_ttl(
		req, "default_lease_ttl", &default_ttl_s, &refusal) ||
	    !mounts_tune_ttl(req, "max_lease_ttl", &max_ttl_s, &refusal))
		return refusal;
	if (default_ttl_s && max_ttl_s && default_ttl_s > max_ttl_s)
		return fail(req, 400,
		    "backend max lease TTL of %lld would be less than backend "
		    "default lease TTL of %lld",
		    (long long)max_ttl_s, (long long)default_ttl_s);
	if (!mounts_tune_lockout(req, m, &refusal) ||
	    !mounts_tune_token_type(req, m, &refusal) ||
	    !mounts_tune_options(req, m, &upgraded, &refusal) ||
	    !mounts_read_extra(req, req->json, m, &refusal))
		return refusal;
	m->default_ttl_s = default_ttl_s;
	m->max_ttl_s = max_ttl_s;
	if (param_is_given(req, "description")) {
		free(m->description);
		m->description = xstrdup(param_str(req, "description"));
	}
	mount_save(req->vault, m);
	if (!upgraded)
		return reply_none(req);
	engine_attach(m);
	if (((const struct engine *)m->engine)->on_mount &&
	    !((const struct engine *)m->engine)->on_mount(req->vault, m, &e))
		return fail_error(req, &e);
	reply_warn(req,
	    "Upgrading mount from version %d to version 2. This mount will be "
	    "unavailable for a brief period and will resume service shortly.",
	    versioned ? 1 : 0);
	return reply_data(req, NULL);
}

static enum handler_result
mounts_tune_write_in(struct request *req, enum mount_table table)
{
	const char *path;
	struct mount *m = mounts_tune_find(req, table, &path);
	const struct engine *e = m ? m->engine : NULL;

	if (m && m->table == MOUNT_SECRET && e && e->flags & ENGINE_CORE)
		return fail(req, 400, "cannot tune \"%s\"", path);
	if (!m)
		return fail(req, 400,
		    "tune of path \"%s%s\" failed: no mount entry found",
		    table == MOUNT_AUTH ? "auth/" : "", path);
	return mounts_tune_apply(req, m);
}

enum handler_result
mounts_tune_read(struct request *req)
{
	return mounts_tune_read_in(req, MOUNT_SECRET);
}

enum handler_result
mounts_tune_write(struct request *req)
{
	return mounts_tune_write_in(req, MOUNT_SECRET);
}

enum handler_result
mounts_tune_read_auth(struct request *req)
{
	return mounts_tune_read_in(req, MOUNT_AUTH);
}

enum handler_result
mounts_tune_write_auth(struct request *req)
{
	return mounts_tune_write_in(req, MOUNT_AUTH);
}
