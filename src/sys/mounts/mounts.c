/*
 * sys/mounts and sys/auth: list, one, enable, disable. Tuning is
 * mounts_tune.c.
 */
#include "sys/mounts/mounts_tune.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/engine.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "core/mount/unmount.h"
#include "core/token/lease.h"
#include "sys/mounts/mount_config.h"
#include "sys/mounts/mount_info.h"
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

/* Vault 1.19: a path below a mount finds it, "auth/token" too. */
static enum handler_result
mounts_read(struct request *req)
{
	const char *path = mount_path_with_slash(req, param_str(req, "path"));
	const struct mount *m = mount_for_path(req->vault, path);

	if (!m)
		return fail(req, 400, "No secret engine mount at %s", path);
	return reply_data(req, mount_info(req->vault, m, false));
}

static enum handler_result
mounts_read_auth(struct request *req)
{
	const char *path = mount_path_with_slash(req, param_str(req, "path"));
	const struct mount *m = mount_find(req->vault, MOUNT_AUTH, path);

	if (!m)
		return fail(req, 400, "No auth engine at %s", path);
	return reply_data(req, mount_info(req->vault, m, false));
}

/* ---- enabling ---- */

/* A built-in engine that an earlier Vault had, by its table. */
static bool
mounts_is_removed_type(enum mount_table table, const char *type)
{
	static const char *const secrets[] = { "cassandra", "mongodb", "mssql",
		"mysql", "postgresql" };

	if (table == MOUNT_AUTH)
		return strcmp(type, "app-id") == 0;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (strcmp(secrets[i], type) == 0)
			return true;
	return false;
}

/*
 * The engine's type: what a plugin is called, and kv for kv-v1 and kv-v2,
 * which name a version in *options. Answers and returns NULL without a type,
 * or when options.version goes to an engine without versions.
 */
static const char *
mounts_read_type(struct request *req, enum mount_table table,
    const struct mount_config *c, json_t **options)
{
	const char *type = param_str(req, "type");
	const char *version = NULL, *given;

	if (strcmp(type, "plugin") == 0) {
		type = *c->plugin_name ? c->plugin_name
				       : param_str(req, "plugin_name");
		if (*type == '\0') {
			(void)fail(req, 400,
			    "plugin_name must be provided for plugin backend");
			return NULL;
		}
	}
	if (*type == '\0') {
		(void)fail(
		    req, 400, "backend type must be specified as a string");
		return NULL;
	}
	given = json_string_value(json_object_get(*options, "version"));
	if (table == MOUNT_SECRET && strcmp(type, "kv-v1") == 0)
		version = "1";
	else if (table == MOUNT_SECRET && strcmp(type, "kv-v2") == 0)
		version = "2";
	else if (given && *given &&
	    (table == MOUNT_AUTH || strcmp(type, "kv") != 0)) {
		(void)fail(req, 400,
		    table == MOUNT_AUTH
			? "auth method \"%s\" does not allow setting a version"
			: "secrets engine \"%s\" does not allow setting a "
			  "version",
		    type);
		return NULL;
	}
	if (!version)
		return type;
	if (!*options)
		*options = json_object();
	json_object_set_new(*options, "version", json_string(version));
	return "kv";
}

/* {} when the request does not say, NULL (JSON's null) when it says null. */
static json_t *
mounts_read_options(struct request *req)
{
	if (!param_is_given(req, "options"))
		return json_object();
	return jsontext_kind(param_raw(req, "options")) == 'n'
	    ? NULL
	    : param_json_tree(req, "options");
}

static void
mounts_apply_config(
    struct request *req, struct mount *m, const struct mount_config *c)
{
	const char *name;
	json_t *list;

	m->default_ttl_s = c->default_ttl_s;
	m->max_ttl_s = c->max_ttl_s;
	m->force_no_cache = c->force_no_cache;
	json_object_foreach (c->lists, name, list)
		mount_config_set_extra(m, name, json_incref(list));
	mount_config_set_extra(
	    m, "listing_visibility", json_string(c->listing_visibility));
	mount_config_set_extra(
	    m, "identity_token_key", json_string(c->identity_token_key));
	mount_config_set_extra(m, "trim_request_trailing_slashes",
	    json_boolean(c->trim_request_trailing_slashes));
	m->local = param_bool(req, "local");
	m->seal_wrap = param_bool(req, "seal_wrap");
	m->external_entropy = param_bool(req, "external_entropy_access");
	free(m->description);
	m->description = xstrdup(param_str(req, "description"));
}

/* Vault 1.19: a version that is not the built-in's. The engines that the
 * server itself carries say so, for all others the catalogue is asked. */
static bool
mounts_check_version(
    struct request *req, struct mount *m, const struct mount_config *c)
{
	const char *version;

	if (*c->plugin_version == '\0')
		return true;
	if (!mount_config_read_version(req, c->plugin_version, m, &version))
		return false;
	if (*version == '\0')
		return true;
	if (m->table == MOUNT_SECRET &&
	    (strcmp(m->type, "kv") == 0 || strcmp(m->type, "database") == 0))
		return refuse(req, 400,
		    "cannot select non-builtin version of secrets plugin %s",
		    m->type);
	return refuse(req, 400,
	    "plugin not found in the catalog: %s, version=%s", m->type,
	    version);
}

/* Vault 1.19: the path is judged before the catalogue is asked. */
static bool
mounts_add(struct request *req, struct mount *m)
{
	const struct engine *e = m->engine;
	struct error error = { 0 };

	if (!mount_check_path(req->vault, m, &error))
		return refuse_error(req, &error);
	if (!e && strcmp(m->type, "kv") == 0) {
		/* Vault 1.19: there is kv, but not of this version. */
		return refuse(req, 400,
		    "nil backend of type \"kv\" returned from factory");
	}
	if (!e || e->flags & ENGINE_CORE)
		return refuse(
		    req, 400, "plugin not found in the catalog: %s", m->type);
	mount_add(req->vault, m);
	if (e->on_mount && !e->on_mount(req->vault, m, &error)) {
		mount_remove(req->vault, m);
		(void)fail_error(req, &error);
	} else {
		(void)reply_none(req);
	}
	return true;
}

/* Answers in every case. */
static void
mounts_enable_decoded(
    struct request *req, enum mount_table table, const struct mount_config *c)
{
	const char *path = mount_path_with_slash(req, param_str(req, "path"));
	json_t *options = mounts_read_options(req);
	const char *type = mounts_read_type(req, table, c, &options);
	struct mount *m;

	if (!type) {
		json_decref(options);
		return;
	}
	m = mount_draft(req->vault, table, path, type);
	m->options = options;
	engine_attach(req->vault, m);
	mounts_apply_config(req, m, c);
	if ((table == MOUNT_AUTH &&
		!mount_config_set_token_type(req, m, c->token_type)) ||
	    !mounts_check_version(req, m, c) ||
	    !mount_config_check_visibility(req, c->listing_visibility)) {
		mount_free(m);
		return;
	}
	if (mounts_is_removed_type(table, type)) {
		(void)fail(req, 400,
		    "could not mount \"%s\": mount entry associated with "
		    "removed builtin",
		    type);
		mount_free(m);
		return;
	}
	if (!mounts_add(req, m))
		mount_free(m);
}

static enum handler_result
mounts_enable_in(struct request *req, enum mount_table table)
{
	struct mount_config config;

	if (mount_config_decode(req, param_raw(req, "config"),
		table == MOUNT_AUTH ? "auth" : "mount", &config))
		mounts_enable_decoded(req, table, &config);
	mount_config_release(&config);
	return HANDLED;
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

/* A mount that goes once its leases have, and then what it kept. */
struct pending_disable {
	struct request *req;
	int64_t mount_id;
};

static void
mounts_on_unmounted(void *arg)
{
	struct pending_disable *l = arg;
	struct request *req = l->req;
	const struct mount *m = mount_by_id(req->vault, l->mount_id);

	pipeline_resume(req,
	    m ? fail(req, 500,
		    "\"%s\" is there again: the state was put back meanwhile",
		    m->path)
	      : reply_none(req));
}

static enum handler_result
mounts_remove(struct request *req, struct mount *m)
{
	struct vault *v = req->vault;
	int64_t id = m->id;
	struct pending_disable *l;

	if (!unmount_is_under_way(v, id) &&
	    unmount_begin(v, m, req->internal && !req->forwarded))
		return reply_none(req);
	l = arena_alloc(req->arena, sizeof(*l));
	*l = (struct pending_disable){ req, id };
	unmount_wait(v, id, mounts_on_unmounted, l);
	return PENDING;
}

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

	(void)lease_revoke_prefix(req->vault, m->path, false, &error);
	if (error.status)
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
	const char *path = mount_path_with_slash(req, param_str(req, "path"));
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
	const char *path = mount_path_with_slash(req, param_str(req, "path"));
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
