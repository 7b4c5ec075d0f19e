/*
 * sys/mounts and sys/auth: list, one, enable, disable. Tuning is
 * mounts_tune.c.
 */
#include "sys/mounts.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/engine.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/token/identity.h"
#include "core/token/lease.h"
#include "sys/mount_info.h"
#include "sys/route_tables.h"

static enum handler_result
mounts_list_table(struct request *req, enum mount_table table)
{
	json_t *all = json_object();

	for (int i = 0; i < mount_count(req->vault, table); i++) {
		const struct mount *m = mount_at(req->vault, table, i);

		json_object_set_new(
		    all, m->name, mount_info(req->vault, m, false));
	}
	return reply_data(req, all);
}

static enum handler_result
mounts_list(struct request *req)
{
	return mounts_list_table(req, MOUNT_SECRET);
}

static enum handler_result
mounts_list_auth(struct request *req)
{
	return mounts_list_table(req, MOUNT_AUTH);
}

const char *
mounts_with_slash(struct request *req, const char *path)
{
	if (ends_with(path, "/"))
		return path;
	return arena_printf(req->arena, "%s/", path);
}

/* Vault 1.19: a path below a mount finds it, "auth/token" too. */
static enum handler_result
mounts_read(struct request *req)
{
	const char *path = mounts_with_slash(req, param_str(req, "path"));
	const struct mount *m = mount_for_path(req->vault, path);

	if (!m)
		return fail(req, 400, "No secret engine mount at %s", path);
	return reply_data(req, mount_info(req->vault, m, false));
}

static enum handler_result
mounts_read_auth(struct request *req)
{
	const char *path = mounts_with_slash(req, param_str(req, "path"));
	const struct mount *m = mount_find(req->vault, MOUNT_AUTH, path);

	if (!m)
		return fail(req, 400, "No auth engine at %s", path);
	return reply_data(req, mount_info(req->vault, m, false));
}

/* ---- enabling ---- */

/* A TTL of a config object: text or number, "system" and "" for none. */
static bool
mounts_read_ttl(struct request *req, struct slice config, const char *key,
    const char *word, int64_t *out_s, enum handler_result *refusal)
{
	struct slice v = config.p ? jsontext_get(config, key)
				  : (struct slice){ NULL, 0 };
	const char *text;
	int64_t ns;

	*out_s = 0;
	if (!v.p || jsontext_kind(v) == 'n')
		return true;
	text = jsontext_kind(v) == '"' ? jsontext_string(req->arena, v, NULL)
				       : arena_strndup(req->arena, v.p, v.n);
	if (*text == '\0' || strcmp(text, "system") == 0)
		return true;
	if (!duration_parse(text, &ns)) {
		*refusal = fail(req, 400,
		    "unable to parse %s TTL of %s: time: invalid duration "
		    "\"%s\"",
		    word, text, text);
		return false;
	}
	*out_s = ns / NSEC_PER_SEC;
	return true;
}

static bool
mounts_check_ttls(
    struct request *req, const struct mount *m, enum handler_result *refusal)
{
	int64_t max_s = req->vault->config.max_lease_ttl_s;

	if (m->default_ttl_s && m->max_ttl_s && m->default_ttl_s > m->max_ttl_s)
		*refusal = fail(req, 400,
		    "given default lease TTL greater "
		    "than given max lease TTL");
	else if (m->default_ttl_s > max_s && m->max_ttl_s == 0)
		*refusal = fail(req, 400,
		    "given default lease TTL greater than system max lease "
		    "TTL of %lld",
		    (long long)max_s);
	else
		return true;
	return false;
}

static const char *const list_keys[] = { "audit_non_hmac_request_keys",
	"audit_non_hmac_response_keys", "passthrough_request_headers",
	"allowed_response_headers", "allowed_managed_keys",
	"delegated_auth_accessors" };

/* A list, or a text with commas. */
static json_t *
mounts_list_value(struct request *req, struct slice v)
{
	json_t *list, *one;
	char *text, *comma;

	if (jsontext_kind(v) != '"')
		return jsontext_to_tree(v);
	list = json_array();
	for (text = jsontext_string(req->arena, v, NULL); *text;
	     text = comma ? comma + 1 : text + strlen(text)) {
		comma = strchr(text, ',');
		one = comma ? json_stringn(text, (size_t)(comma - text))
			    : json_string(text);
		json_array_append_new(list, one);
	}
	return list;
}

/* Empty means not set, and is not shown. */
static void
mounts_set_extra(struct mount *m, const char *key, json_t *value)
{
	bool empty = json_is_array(value) ? json_array_size(value) == 0
					  : json_string_length(value) == 0;

	if (!empty)
		json_object_set(m->extra_config, key, value);
	else
		json_object_del(m->extra_config, key);
	json_decref(value);
}

bool
mounts_read_extra(struct request *req, struct slice from, struct mount *m,
    enum handler_result *refusal)
{
	struct slice v;

	for (size_t i = 0; i < sizeof(list_keys) / sizeof(list_keys[0]); i++) {
		v = jsontext_get(from, list_keys[i]);
		if (v.p && jsontext_kind(v) != 'n')
			mounts_set_extra(
			    m, list_keys[i], mounts_list_value(req, v));
	}
	v = jsontext_get(from, "listing_visibility");
	if (v.p && jsontext_kind(v) == '"') {
		const char *text = jsontext_string(req->arena, v, NULL);

		if (*text && strcmp(text, "hidden") != 0 &&
		    strcmp(text, "unauth") != 0) {
			*refusal = fail(
			    req, 400, "invalid listing_visibility %s", text);
			return false;
		}
		mounts_set_extra(m, "listing_visibility", json_string(text));
	}
	v = jsontext_get(from, "trim_request_trailing_slashes");
	if (v.p && v.p[0] == 't')
		json_object_set_new(m->extra_config,
		    "trim_request_trailing_slashes", json_true());
	return true;
}

bool
mounts_set_token_type(struct request *req, struct mount *m, const char *type,
    enum handler_result *refusal)
{
	static const char *const types[] = { "", "default-service",
		"default-batch", "service", "batch" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i], type) != 0)
			continue;
		free(m->token_type);
		m->token_type = xstrdup(*type ? type : "default-service");
		return true;
	}
	*refusal = fail(req, 400, "invalid value for 'token_type'");
	return false;
}

static bool
mounts_read_config(
    struct request *req, struct mount *m, enum handler_result *refusal)
{
	struct slice config = param_raw(req, "config");
	struct slice v;

	if (!mounts_read_ttl(req, config, "default_lease_ttl", "default",
		&m->default_ttl_s, refusal) ||
	    !mounts_read_ttl(
		req, config, "max_lease_ttl", "max", &m->max_ttl_s, refusal) ||
	    !mounts_check_ttls(req, m, refusal))
		return false;
	if (!config.p)
		return true;
	v = jsontext_get(config, "force_no_cache");
	m->force_no_cache = v.p && v.p[0] == 't';
	v = jsontext_get(config, "token_type");
	if (v.p && jsontext_kind(v) == '"' && m->table == MOUNT_AUTH &&
	    !mounts_set_token_type(
		req, m, jsontext_string(req->arena, v, NULL), refusal))
		return false;
	return mounts_read_extra(req, config, m, refusal);
}

/* kv-v1 and kv-v2 are spellings of kv. */
static void
mounts_read_type(struct request *req, const char **type, json_t **options)
{
	const char *version = NULL;

	*options = param_is_given(req, "options")
	    ? (jsontext_kind(param_raw(req, "options")) == 'n'
		      ? NULL
		      : param_json_tree(req, "options"))
	    : json_object();
	if (strcmp(*type, "kv-v1") == 0)
		version = "1";
	if (strcmp(*type, "kv-v2") == 0)
		version = "2";
	if (!version)
		return;
	*type = "kv";
	if (!*options)
		*options = json_object();
	json_object_set_new(*options, "version", json_string(version));
}

static const char *
mounts_type_problem(const struct engine *e, const char *type,
    enum mount_table table, json_t *options, struct arena *a)
{
	if (strcmp(type, "plugin") == 0)
		return "plugin_name must be provided for plugin backend";
	if (table == MOUNT_SECRET && strcmp(type, "token") == 0)
		return "mount type of \"token\" is not mountable";
	if (!e)
		return arena_printf(
		    a, "plugin not found in the catalog: %s", type);
	if (e->flags & ENGINE_CORE)
		return table == MOUNT_AUTH && strcmp(type, "token") == 0
		    ? "token credential backend cannot be instantiated"
		    : arena_printf(
			  a, "mount type of \"%s\" is not mountable", type);
	if (!(e->flags & ENGINE_VERSIONED) &&
	    json_object_get(options, "version"))
		return arena_printf(a,
		    table == MOUNT_AUTH
			? "auth method \"%s\" does not allow setting a version"
			: "secrets engine \"%s\" does not allow setting a "
			  "version",
		    type);
	return NULL;
}

static enum handler_result
mounts_add(struct request *req, struct mount *m)
{
	const struct engine *e;
	struct error error = { 0 };
	enum handler_result refusal;

	m->local = param_bool(req, "local");
	m->seal_wrap = param_bool(req, "seal_wrap");
	m->external_entropy = param_bool(req, "external_entropy_access");
	free(m->description);
	m->description = xstrdup(param_str(req, "description"));
	if (!mounts_read_config(req, m, &refusal)) {
		mount_free(m);
		return refusal;
	}
	if (!mount_add(req->vault, m, &error)) {
		mount_free(m);
		return fail_error(req, &error);
	}
	e = m->engine;
	if (e && e->on_mount && !e->on_mount(req->vault, m, &error)) {
		mount_remove(req->vault, m);
		return fail_error(req, &error);
	}
	return reply_none(req);
}

static enum handler_result
mounts_enable_in(struct request *req, enum mount_table table)
{
	const char *path = mounts_with_slash(req, param_str(req, "path"));
	const char *type = param_str(req, "type");
	const struct engine *e;
	const char *problem, *version;
	json_t *options;
	struct mount *m;

	if (*type == '\0')
		return fail(
		    req, 400, "backend type must be specified as a string");
	mounts_read_type(req, &type, &options);
	version = json_string_value(json_object_get(options, "version"));
	e = engine_find(table, type, version);
	problem = mounts_type_problem(e, type, table, options, req->arena);
	if (problem) {
		json_decref(options);
		return fail(req, 400, "%s", problem);
	}
	m = mount_draft(req->vault, table, path, type);
	m->options = options;
	return mounts_add(req, m);
}

static enum handler_result
mounts_enable(struct request *req)
{
	return mounts_enable_in(req, MOUNT_SECRET);
}

static enum handler_result
mounts_enable_auth(struct request *req)
{
	return mounts_enable_in(req, MOUNT_AUTH);
}

/* ---- disabling ---- */

static enum handler_result
mounts_remove(struct request *req, struct mount *m)
{
	const struct engine *e = m->engine;

	if (e && e->on_unmount)
		e->on_unmount(req->vault, m);
	identity_on_unmount(req->vault, m);
	mount_remove(req->vault, m);
	return reply_none(req);
}

/* A mount that goes once its leases have. */
struct pending_disable {
	struct request *req;
	int64_t mount_id;
};

static void
mounts_on_leases_revoked(void *arg, const struct error *e)
{
	struct pending_disable *l = arg;
	struct request *req = l->req;
	struct mount *m = mount_by_id(req->vault, l->mount_id);

	store_request_begin(req->vault->store);
	if (m && e->status)
		m->tainted = false;
	pipeline_resume(req,
	    e->status ? fail_error(req, e)
		: m   ? mounts_remove(req, m)
		      : reply_none(req));
}

static enum handler_result
mounts_disable_in(struct request *req, struct mount *m)
{
	struct error error = { 0 };
	struct pending_disable *l;

	if (lease_revoke_prefix(req->vault, m->path, false, &error) < 0 ||
	    error.status)
		return fail_error(req, &error);
	if (!lease_pending_count(req->vault, m->path))
		return mounts_remove(req, m);
	l = arena_alloc(req->arena, sizeof(*l));
	*l = (struct pending_disable){ req, m->id };
	m->tainted = true;
	lease_pending_wait(
	    req->vault, m->path, true, mounts_on_leases_revoked, l);
	return PENDING;
}

static enum handler_result
mounts_disable(struct request *req)
{
	const char *path = mounts_with_slash(req, param_str(req, "path"));
	struct mount *m = mount_find(req->vault, MOUNT_SECRET, path);
	const struct engine *e = m ? m->engine : NULL;

	if ((e && e->flags & ENGINE_CORE) || starts_with(path, "sys/") ||
	    starts_with(path, "auth/"))
		return fail(req, 400, "cannot unmount \"%s\"", path);
	return m ? mounts_disable_in(req, m) : reply_none(req);
}

static enum handler_result
mounts_disable_auth(struct request *req)
{
	const char *path = mounts_with_slash(req, param_str(req, "path"));
	struct mount *m = mount_find(req->vault, MOUNT_AUTH, path);

	if (m && strcmp(m->type, "token") == 0)
		return fail(
		    req, 400, "token credential backend cannot be disabled");
	return m ? mounts_disable_in(req, m) : reply_none(req);
}

/* ---- rows ---- */

static const struct param enable_params[] = {
	{ "config", P_MAP, NULL, "Lease times and headers of the mount" },
	{ "description", P_STRING, NULL, "For people" },
	{ "external_entropy_access", P_BOOL, NULL, "Enterprise only" },
	{ "local", P_BOOL, NULL, "Not replicated" },
	{ "options", P_PAIRS, NULL, "Options of the type: version of kv" },
	{ "path", P_STRING, NULL, "Where to mount" },
	{ "plugin_name", P_STRING, NULL, "Name of a plugin" },
	{ "plugin_version", P_STRING, NULL, "Version of a plugin" },
	{ "seal_wrap", P_BOOL, NULL, "Enterprise only" },
	{ "type", P_STRING, NULL, "Type of the engine" },
	PARAM_END,
};

const struct route sys_mounts_routes[] = {
	{ OP_READ, "sys/mounts", R_INJECT, NULL, mounts_list, NULL,
	    "Secrets engines" },
	{ OP_READ, "sys/mounts/{path:more}/tune", R_INJECT, mounts_tune_params,
	    mounts_tune_read, NULL, "Settings of a mount" },
	{ OP_WRITE, "sys/mounts/{path:more}/tune", R_INJECT, mounts_tune_params,
	    mounts_tune_write, NULL, "Change settings of a mount" },
	{ OP_READ, "sys/mounts/{path:more}", R_INJECT, enable_params,
	    mounts_read, NULL, "One secrets engine" },
	{ OP_WRITE, "sys/mounts/{path:more}", R_INJECT, enable_params,
	    mounts_enable, NULL, "Enable a secrets engine" },
	{ OP_DELETE, "sys/mounts/{path:more}", R_INJECT, enable_params,
	    mounts_disable, NULL, "Disable a secrets engine" },
	ROUTE_END,
};

const struct route sys_auth_routes[] = {
	{ OP_READ, "sys/auth", R_INJECT, NULL, mounts_list_auth, NULL,
	    "Auth methods" },
	{ OP_READ, "sys/auth/{path:more}/tune", R_INJECT | R_SUDO,
	    mounts_tune_params, mounts_tune_read_auth, NULL,
	    "Settings of an auth method" },
	{ OP_WRITE, "sys/auth/{path:more}/tune", R_INJECT | R_SUDO,
	    mounts_tune_params, mounts_tune_write_auth, NULL,
	    "Change settings of an auth method" },
	{ OP_READ, "sys/auth/{path:more}", R_INJECT | R_SUDO, enable_params,
	    mounts_read_auth, NULL, "One auth method" },
	{ OP_WRITE, "sys/auth/{path:more}", R_INJECT | R_SUDO, enable_params,
	    mounts_enable_auth, NULL, "Enable an auth method" },
	{ OP_DELETE, "sys/auth/{path:more}", R_INJECT | R_SUDO, enable_params,
	    mounts_disable_auth, NULL, "Disable an auth method" },
	ROUTE_END,
};
