/*
 * sys/mounts/PATH/tune and sys/auth/PATH/tune.
 */
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/json/jsontext.h"
#include "base/text.h"
#include "core/mount/lockout.h"
#include "sys/mounts/mount_config.h"
#include "sys/mounts/mounts_tune.h"
#include "sys/mounts/mount_info.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const struct param mounts_tune_params[] = {
	{ "allowed_managed_keys", P_COMMA_STRINGS, NULL, "Enterprise only" },
	{ "allowed_response_headers", P_COMMA_STRINGS, NULL,
	    "Headers an engine may set" },
	{ "audit_non_hmac_request_keys", P_COMMA_STRINGS, NULL,
	    "Request keys that audit shows" },
	{ "audit_non_hmac_response_keys", P_COMMA_STRINGS, NULL,
	    "Response keys that audit shows" },
	{ "default_lease_ttl", P_STRING, NULL, "Default lease time" },
	{ "delegated_auth_accessors",
	    P_VERSION(P_COMMA_STRINGS, VERSION_MOUNT_DELEGATED), NULL,
	    "Auth mounts it may delegate to" },
	{ "description", P_STRING, NULL, "For people" },
	{ "identity_token_key", P_VERSION(P_STRING, VERSION_MOUNT_DELEGATED),
	    NULL, "Enterprise only" },
	{ "listing_visibility", P_STRING, NULL, "unauth, hidden or empty" },
	{ "max_lease_ttl", P_STRING, NULL, "Largest lease time" },
	{ "options", P_PAIRS, NULL, "Options of the type" },
	{ "passthrough_request_headers", P_COMMA_STRINGS, NULL,
	    "Headers the engine sees" },
	{ "path", P_STRING, NULL, "The mount" },
	{ "plugin_version", P_STRING, NULL, "Version of a plugin" },
	{ "token_type", P_STRING, NULL, "Type of an auth mount's tokens" },
	{ "trim_request_trailing_slashes",
	    P_VERSION(P_BOOL, VERSION_MOUNT_TRIM_SLASHES), NULL,
	    "Cut a final slash off writes" },
	{ "user_lockout_config", P_MAP, NULL, "Lockout after wrong logins" },
	PARAM_END,
};

/* The mount that a path is in: Vault 1.19 takes the longest that fits. *path
 * is the path with its slash, below "auth/" for an auth method. */
static struct mount *
mounts_tune_find(struct request *req, enum mount_table table, const char **path)
{
	*path = mount_path_with_slash(req, param_str(req, "path"));
	if (table == MOUNT_AUTH)
		*path = arena_printf(req->arena, "auth/%s", *path);
	return mount_for_path(req->vault, *path);
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

/* A text of user_lockout_config, or a number as it was written; NULL when it
 * is neither. */
static const char *
mounts_tune_lockout_text(struct request *req, struct slice v)
{
	if (jsontext_kind(v) == '"')
		return jsontext_string(req->arena, v, NULL);
	return jsontext_kind(v) == '0' ? arena_strndup(req->arena, v.p, v.n)
				       : NULL;
}

static bool
mounts_tune_parse_ttl(struct request *req, const char *text, int64_t *out_s)
{
	const char *why;
	int64_t ns;

	*out_s = 0;
	if (strcmp(text, "system") == 0)
		return true;
	why = duration_parse_why(req->arena, text, &ns);
	if (why)
		return refuse(req, 400, "%s", why);
	*out_s = ns / NSEC_PER_SEC;
	return true;
}

static bool
mounts_tune_lockout_threshold(
    struct request *req, const char *text, int64_t *out)
{
	uint64_t value = 0;
	const char *why = go_parse_uint_why(req->arena, text, 10, &value);

	*out = (int64_t)value;
	if (why)
		(void)fail_wrapped(req, 500,
		    "unable to parse user lockout threshold: %s", why);
	return !why;
}

/* Go's strict decoding of user_lockout_config: texts, and one bool. */
static bool
mounts_tune_check_lockout_kinds(struct request *req, struct slice given)
{
	struct slice v = jsontext_get(given, "lockout_disable");
	bool ok = !v.p || strchr("tfn", jsontext_kind(v));

	for (size_t i = 0; i < COUNT(lockout_keys); i++) {
		v = jsontext_get(given, lockout_keys[i].given);
		ok = ok &&
		    (!v.p || jsontext_kind(v) == 'n' ||
			mounts_tune_lockout_text(req, v));
	}
	if (!ok)
		(void)fail(req, 400,
		    "unable to convert given user lockout config information");
	return ok;
}

/* Vault 1.19: only methods whose logins name an alias can lock it out. */
static bool
mounts_tune_lockout(struct request *req, struct mount *m)
{
	struct slice given = param_raw(req, "user_lockout_config"), v;
	json_t *config = json_object_get(
	    m->extra_config, "user_lockout_config");
	const char *text;
	int64_t value;

	if (!given.p || jsontext_kind(given) != '{' || given.n <= 2)
		return true;
	if (!mounts_tune_check_lockout_kinds(req, given))
		return false;
	if (!lockout_is_supported_type(m->type))
		return refuse(req, 400,
		    "tuning of user lockout configuration for auth type "
		    "\"%s\" not allowed",
		    m->type);
	config = config
	    ? json_copy(config)
	    : json_pack("{s:b, s:i, s:i, s:i}", "user_lockout_disable", 0,
		  lockout_keys[0].shown, 0, lockout_keys[1].shown, 0,
		  lockout_keys[2].shown, 0);
	for (size_t i = 0; i < COUNT(lockout_keys); i++) {
		v = jsontext_get(given, lockout_keys[i].given);
		text = v.p ? mounts_tune_lockout_text(req, v) : NULL;
		if (!text || *text == '\0')
			continue;
		if (!(i == 0 ? mounts_tune_lockout_threshold(req, text, &value)
			     : mounts_tune_parse_ttl(req, text, &value))) {
			json_decref(config);
			return false;
		}
		json_object_set_new(
		    config, lockout_keys[i].shown, json_integer(value));
	}
	v = jsontext_get(given, "lockout_disable");
	if (v.p && jsontext_kind(v) != 'n')
		json_object_set_new(config, "user_lockout_disable",
		    json_boolean(v.p[0] == 't'));
	json_object_set_new(m->extra_config, "user_lockout_config", config);
	return true;
}

/* The settings in force, by table. */
static enum handler_result
mounts_tune_read_in(struct request *req, enum mount_table table)
{
	const char *path;
	const struct mount *m = mounts_tune_find(req, table, &path);
	json_t *data;

	if (!m)
		return fail(
		    req, 400, "cannot fetch sysview for path \"%s\"", path);
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
	if (*m->plugin_version)
		json_object_set_new(
		    data, "plugin_version", json_string(m->plugin_version));
	if (m->external_entropy)
		json_object_set_new(
		    data, "external_entropy_access", json_true());
	return reply_data(req, data);
}

static bool
mounts_tune_ttl(struct request *req, const char *name, int64_t *out_s)
{
	const char *text = param_str(req, name);

	return *text == '\0' || mounts_tune_parse_ttl(req, text, out_s);
}

static bool
mounts_tune_token_type(struct request *req, struct mount *m)
{
	if (!param_is_given(req, "token_type"))
		return true;
	if (m->table != MOUNT_AUTH)
		return refuse(req, 400,
		    "'token_type' can only be modified "
		    "on auth mounts");
	if (strcmp(m->type, "token") == 0) {
		return refuse(req, 400,
		    "'token_type' cannot be set for "
		    "'token' or 'ns_token' auth mounts");
	}
	return mount_config_set_token_type(
	    req, m, param_str(req, "token_type"));
}

/* A version of an options object: "" and none are 0. */
static bool
mounts_tune_parse_version(struct request *req, const char *text, int64_t *out)
{
	const char *why;

	*out = 0;
	if (!text || *text == '\0')
		return true;
	why = go_parse_int_why(req->arena, text, 10, out);
	if (why)
		(void)fail(req, 400, "unable to parse options: %s", why);
	return !why;
}

/*
 * Options are added to those of the mount, an empty one is taken away. The
 * version goes upwards only; *from and *to are the versions, equal when it
 * stays.
 */
static bool
mounts_tune_options(
    struct request *req, struct mount *m, int64_t *from, int64_t *to)
{
	json_t *options = param_json_tree(req, "options"), *value;
	json_t *version = json_object_get(options, "version");
	const char *key;
	bool ok = true;

	*from = *to = 0;
	if (version) {
		ok = mounts_tune_parse_version(
			 req, mount_option(m, "version"), from) &&
		    mounts_tune_parse_version(
			req, json_string_value(version), to);
		if (ok && *to != 1 && *to != 2) {
			(void)fail(req, 400, "invalid version provided: %lld",
			    (long long)*to);
			ok = false;
		} else if (ok && *from > *to) {
			(void)fail(req, 400,
			    "cannot downgrade mount from version %lld",
			    (long long)*from);
			ok = false;
		}
	}
	if (ok && json_object_size(options) && !m->options)
		m->options = json_object();
	if (ok)
		json_object_foreach (options, key, value) {
			if (json_string_length(value))
				json_object_set(m->options, key, value);
			else
				json_object_del(m->options, key);
		}
	json_decref(options);
	return ok;
}

/* Vault 1.19: the version must be one that the catalogue has. */
static bool
mounts_tune_plugin_version(struct request *req, struct mount *m)
{
	const char *text = param_str(req, "plugin_version"), *version;
	char builtin[64];

	if (!param_is_given(req, "plugin_version"))
		return true;
	if (!mount_config_read_version(req, text, m, &version))
		return false;
	if (*version)
		return refuse(req, 400,
		    "plugin not found in the catalog: %s, version=%s", m->type,
		    version);
	engine_version(req->vault, m->engine, builtin);
	free(m->plugin_version);
	m->plugin_version = xstrdup(builtin);
	return true;
}

/* Does an empty list unset the key? */
static bool
mounts_tune_can_unset(struct request *req, const char *key)
{
	return strcmp(key, "allowed_response_headers") != 0 ||
	    version_has(req->vault, VERSION_MOUNT_HEADERS_UNSET);
}

/* The optional keys: lists and texts that are shown when they are set. */
static bool
mounts_tune_extra(struct request *req, struct mount *m)
{
	static const char *const lists[] = { "audit_non_hmac_request_keys",
		"audit_non_hmac_response_keys", "passthrough_request_headers",
		"allowed_response_headers", "allowed_managed_keys",
		"delegated_auth_accessors" };
	const char *text;

	for (size_t i = 0; i < COUNT(lists); i++) {
		json_t *list = json_array();
		int n;
		char **items = param_strings(req, lists[i], &n);

		for (int k = 0; k < n; k++)
			json_array_append_new(list, json_string(items[k]));
		if (param_is_given(req, lists[i]) &&
		    (n > 0 || mounts_tune_can_unset(req, lists[i])))
			mount_config_set_extra(m, lists[i], list);
		else
			json_decref(list);
	}
	if (param_is_given(req, "listing_visibility")) {
		text = param_str(req, "listing_visibility");
		if (!mount_config_check_visibility(req, text))
			return false;
		mount_config_set_extra(
		    m, "listing_visibility", json_string(text));
	}
	if (param_is_given(req, "identity_token_key"))
		mount_config_set_extra(m, "identity_token_key",
		    json_string(param_str(req, "identity_token_key")));
	if (param_is_given(req, "trim_request_trailing_slashes"))
		mount_config_set_extra(m, "trim_request_trailing_slashes",
		    json_boolean(
			param_bool(req, "trim_request_trailing_slashes")));
	return true;
}

/* Gives the copy every field that is given, in Vault's order of checks. */
static bool
mounts_tune_read_fields(
    struct request *req, struct mount *copy, int64_t *from, int64_t *to)
{
	if (!mounts_tune_ttl(req, "default_lease_ttl", &copy->default_ttl_s) ||
	    !mounts_tune_ttl(req, "max_lease_ttl", &copy->max_ttl_s))
		return false;
	if (copy->default_ttl_s && copy->max_ttl_s &&
	    copy->default_ttl_s > copy->max_ttl_s)
		return refuse(req, 400,
		    "backend max lease TTL of %lld would be less than backend "
		    "default lease TTL of %lld",
		    (long long)copy->max_ttl_s, (long long)copy->default_ttl_s);
	if (!mounts_tune_lockout(req, copy) ||
	    !mounts_tune_plugin_version(req, copy) ||
	    !mounts_tune_extra(req, copy) ||
	    !mounts_tune_token_type(req, copy) ||
	    !mounts_tune_options(req, copy, from, to))
		return false;
	if (param_is_given(req, "description")) {
		free(copy->description);
		copy->description = xstrdup(param_str(req, "description"));
	}
	return true;
}

/* The mount goes to another version of its engine, or stays as it was. */
static bool
mounts_tune_upgrade(
    struct request *req, struct mount *m, struct mount *copy, struct error *e)
{
	const struct engine *engine;

	engine_attach(req->vault, m);
	engine = m->engine;
	if (!engine || !engine->on_mount || engine->on_mount(req->vault, m, e))
		return true;
	mount_swap_settings(m, copy);
	engine_attach(req->vault, m);
	return false;
}

static enum handler_result
mounts_tune_take(struct request *req, struct mount *m, struct mount *copy,
    int64_t from, int64_t to)
{
	struct error e = { 0 };

	mount_swap_settings(m, copy);
	mount_save(req->vault, m);
	if (from == to)
		return reply_none(req);
	if (!mounts_tune_upgrade(req, m, copy, &e))
		return fail_error(req, &e);
	reply_warn(req,
	    "Upgrading mount from version %lld to version %lld. This mount "
	    "will be unavailable for a brief period and will resume service "
	    "shortly.",
	    (long long)from, (long long)to);
	return reply_data(req, NULL);
}

/* All fields, or none when one is refused. */
static enum handler_result
mounts_tune_apply(struct request *req, struct mount *m)
{
	struct mount *copy = mount_copy(m);
	enum handler_result v = HANDLED;
	int64_t from, to;

	if (mounts_tune_read_fields(req, copy, &from, &to))
		v = mounts_tune_take(req, m, copy, from, to);
	mount_free(copy);
	return v;
}

/* Vault 1.19: the server's own mounts are refused by their path. */
static bool
mounts_tune_is_untunable(const struct vault *v, const char *path)
{
	static const char *const paths[] = { "cubbyhole/", "sys/", "audit/" };

	for (size_t i = 0; i < COUNT(paths); i++)
		if (starts_with(path, paths[i]))
			return true;
	return starts_with(path, "identity/") &&
	    !version_has(v, VERSION_MOUNT_TUNE_IDENTITY);
}

static enum handler_result
mounts_tune_write_in(struct request *req, enum mount_table table)
{
	const char *path;
	struct mount *m = mounts_tune_find(req, table, &path);

	if (mounts_tune_is_untunable(req->vault, path))
		return fail(req, 400, "cannot tune \"%s\"", path);
	if (!m)
		return fail(req, 400,
		    "tune of path \"%s\" failed: no mount entry found", path);
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
