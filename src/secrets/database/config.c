/*
 * config/: connections, their root password, their reset.
 */
#include <openssl/crypto.h>
#include <string.h>

#include "api/engine.h"
#include "api/plugin_version.h"
#include "api/reply.h"
#include "api/rotation_params.h"
#include "base/duration.h"
#include "base/go_text.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "secrets/database/username_template.h"
#include "core/policy/password_policy.h"
#include "secrets/database/database.h"
#include "secrets/database/database_common.h"

#define NAME                                                     \
	{                                                        \
		"name", P_STRING, NULL, "Name of the connection" \
	}

#define ROTATION(type) P_VERSION(type, VERSION_DATABASE_ROTATION_FIELDS)

/* Fields of the engine's own; every other one is the plugin's. */
static const struct param config_params[] = {
	{ "allowed_roles", P_COMMA_STRINGS, NULL,
	    "Roles that may have credentials; * for all" },
	{ "disable_automated_rotation", ROTATION(P_BOOL), NULL,
	    "Enterprise only" },
	NAME,
	{ "password_policy", P_STRING, NULL, "How passwords are made" },
	{ "plugin_name", P_STRING, NULL, "Which database plugin" },
	{ "plugin_version", P_STRING, NULL, "Its version" },
	{ "root_rotation_statements", P_STRINGS, NULL,
	    "What changes the root password" },
	{ "rotation_period", ROTATION(P_SECONDS), NULL, "Enterprise only" },
	{ "rotation_schedule", ROTATION(P_STRING), NULL, "Enterprise only" },
	{ "rotation_window", ROTATION(P_SECONDS), NULL, "Enterprise only" },
	{ "skip_static_role_import_rotation", ROTATION(P_BOOL), NULL,
	    "Enterprise only" },
	{ "verify_connection", P_BOOL, "true", "Try it before it is kept" },
	PARAM_END,
};

static const struct param name_params[] = { NAME, PARAM_END };
static const struct param reload_params[] = {
	{ "plugin_name", P_STRING, NULL, "Which database plugin" },
	PARAM_END,
};

static bool
db_config_is_engine_field(const char *name)
{
	for (const struct param *p = config_params; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return false;
}

static bool
db_config_exists(struct request *req)
{
	struct db_connection c;

	return db_connection_get(req->vault, req->arena, req->mount->id,
	    param_capture(req, "name"), &c);
}

/* ---- reading ---- */

/* Go's url.Parse takes these in user and password. */
static bool
db_config_userinfo_is_valid(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strchr("-._:~!$&'()*+,;=%@", text[i]) &&
		    !((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z') &&
		    !(text[i] >= '0' && text[i] <= '9'))
			return false;
	return true;
}

/* Where a password stands in a URL; NULL when there is none. */
static const char *
db_config_find_url_password(const char *url, size_t *n)
{
	const char *start = strstr(url, "://"), *at, *colon;

	if (!start)
		return NULL;
	start += 3;
	at = memrchr(start, '@', strcspn(start, "/?#"));
	if (!at || !db_config_userinfo_is_valid(start, (size_t)(at - start)))
		return NULL;
	colon = memchr(start, ':', (size_t)(at - start));
	if (!colon)
		return NULL;
	*n = (size_t)(at - colon) - 1;
	return colon + 1;
}

/* A copy of details in the arena, without the members in `names` (ended by
 * NULL), with one member more when `name` is given. Values stay text. */
static struct slice
db_config_copy_details(struct arena *a, struct slice details,
    const char *const *names, const char *name, const char *value)
{
	struct jsontext_member *m;
	size_t n = jsontext_members(a, details, &m);
	struct buf all, clean;
	struct slice out;

	buf_init(&all, 0);
	buf_init(&clean, 0);
	buf_char(&all, '{');
	for (size_t i = 0; i < n; i++) {
		const char *const *left_out = names;

		while (*left_out && strcmp(*left_out, m[i].key) != 0)
			left_out++;
		if (*left_out)
			continue;
		if (all.n > 1)
			buf_char(&all, ',');
		jsontext_quote_str(&all, m[i].key);
		buf_char(&all, ':');
		buf_slice(&all, m[i].value);
	}
	if (name) {
		if (all.n > 1)
			buf_char(&all, ',');
		jsontext_quote_str(&all, name);
		buf_char(&all, ':');
		jsontext_quote_str(&all, value);
	}
	buf_char(&all, '}');
	jsontext_clean(&clean, all.p, all.n, JSONTEXT_DIGITS, NULL);
	out.p = arena_strndup(a, clean.p, clean.n);
	out.n = clean.n;
	OPENSSL_cleanse(all.p, all.n);
	OPENSSL_cleanse(clean.p, clean.n);
	buf_release(&all);
	buf_release(&clean);
	return out;
}

/* The details as a client may see them. */
static struct slice
db_config_visible_details(struct request *req, const struct db_connection *c)
{
	static const char *const all[] = { "service_account_json", "password",
		"private_key", NULL };
	const char *const *secrets = version_has(req->vault,
					 VERSION_DATABASE_HIDE_ACCOUNT)
	    ? all
	    : all + 1;
	const char *url = db_connection_detail(req->arena, c, "connection_url");
	size_t n = 0;
	const char *password = db_config_find_url_password(url, &n);

	if (!password)
		return db_config_copy_details(
		    req->arena, c->details, secrets, NULL, NULL);
	return db_config_copy_details(req->arena, c->details, secrets,
	    "connection_url",
	    arena_printf(req->arena, "%.*sxxxxx%s", (int)(password - url), url,
		password + n));
}

/* Replies with a connection without its secrets. Details stay text, so that
 * numbers of any size are shown as they were given. */
static enum handler_result
db_config_read(struct request *req)
{
	struct db_connection c;
	struct slice details;
	struct buf text, clean;
	enum handler_result v;
	json_t *data;

	if (!db_connection_get(req->vault, req->arena, req->mount->id,
		param_capture(req, "name"), &c))
		return reply_none(req);
	data = json_pack("{s:o, s:s, s:s, s:s, s:o, s:b}", "allowed_roles",
	    jsontree_strings(c.allowed_roles), "password_policy",
	    c.password_policy, "plugin_name", c.plugin, "plugin_version",
	    c.plugin_version, "root_credentials_rotate_statements",
	    jsontree_strings(c.root_statements), "verify_connection",
	    (int)c.verify);
	json_object_set_new(data, "disable_automated_rotation", json_false());
	json_object_set_new(data, "rotation_period", json_integer(0));
	json_object_set_new(data, "rotation_schedule", json_string(""));
	json_object_set_new(data, "rotation_window", json_integer(0));
	json_object_set_new(
	    data, "skip_static_role_import_rotation", json_false());
	params_trim(req->vault, config_params, data);
	details = db_config_visible_details(req, &c);
	buf_init(&text, 0);
	buf_init(&clean, 0);
	jsontext_put(&text, data);
	json_decref(data);
	text.n--; /* the '}': one member more */
	buf_str(&text, ",\"connection_details\":");
	buf_slice(&text, details);
	buf_char(&text, '}');
	jsontext_clean(&clean, text.p, text.n, JSONTEXT_DIGITS, NULL);
	v = reply_text(req, (struct slice){ clean.p, clean.n });
	buf_release(&text);
	buf_release(&clean);
	return v;
}

static enum handler_result
db_config_list(struct request *req)
{
	return db_reply_names(req, DB_CONNECTIONS);
}

static enum handler_result
db_config_delete(struct request *req)
{
	db_delete(req->vault, DB_CONNECTIONS, req->mount->id,
	    param_capture(req, "name"));
	return reply_none(req);
}

/* ---- writing ---- */

/* The details that a write makes of the stored ones, as clean JSON. Values stay
 * text, so that numbers of any size are kept. */
static struct slice
db_config_merge_details(struct request *req, const struct db_connection *c)
{
	struct buf all, clean;
	struct slice out;

	buf_init(&all, 0);
	buf_init(&clean, 0);
	buf_char(&all, '{');
	if (c->details.n > 2)
		buf_add(&all, c->details.p + 1, c->details.n - 2);
	for (size_t i = 0; i < req->nfields; i++) {
		if (db_config_is_engine_field(req->fields[i].key))
			continue;
		if (all.n > 1)
			buf_char(&all, ',');
		jsontext_quote_str(&all, req->fields[i].key);
		buf_char(&all, ':');
		buf_slice(&all, req->fields[i].value);
	}
	buf_char(&all, '}');
	jsontext_clean(&clean, all.p, all.n, JSONTEXT_DIGITS, NULL);
	out.p = arena_strndup(req->arena, clean.p, clean.n);
	out.n = clean.n;
	OPENSSL_cleanse(all.p, all.n);
	buf_release(&all);
	OPENSSL_cleanse(clean.p, clean.n);
	buf_release(&clean);
	return out;
}

#define CREATING "error creating database object: "

/* Go's weak decoding of a whole number; false: refused. */
static bool
db_config_check_int(
    struct request *req, const struct db_connection *c, const char *name)
{
	struct slice value = jsontext_get(c->details, name);
	char kind = jsontext_kind(value);
	const char *text, *why = NULL;
	int64_t n;

	if (!value.p || kind == 'n' || kind == 't' || kind == 'f')
		return true;
	text = kind == '"' ? jsontext_string(req->arena, value, NULL)
			   : arena_strndup(req->arena, value.p, value.n);
	if (kind == '{' || kind == '[') {
		return refuse(req, 400,
		    CREATING "1 error(s) decoding:\n\n* '%s' expected type "
			     "'int', got unconvertible type '%s', value: '%s'",
		    name, jsontext_go_type(value),
		    jsontext_go_print(req->arena, value));
	}
	if (kind == '"' && *text == '\0')
		return true;
	switch (go_parse_int(text, kind == '"' ? 0 : 10, &n)) {
	case GO_INT_OK:
		return true;
	case GO_INT_SYNTAX:
		why = "invalid syntax";
		break;
	case GO_INT_RANGE:
		why = "value out of range";
		break;
	}
	return refuse(req, 400,
	    CREATING "1 error(s) decoding:\n\n* cannot parse '%s' as int: "
		     "strconv.ParseInt: parsing %s: %s",
	    name, go_quoted(req->arena, text), why);
}

/* What the plugin says before it connects; false: refused. */
static bool
db_config_check_details(struct request *req, const struct db_connection *c)
{
	const struct db_plugin *p = db_plugin_find(c->plugin);
	const char *user = db_connection_detail(req->arena, c, "username");
	const char *password = db_connection_detail(req->arena, c, "password");
	const char *lifetime = db_connection_detail(
	    req->arena, c, "max_connection_lifetime");
	const char *ca = db_connection_detail(req->arena, c, "tls_ca");
	struct slice needed = p->required_detail
	    ? jsontext_get(c->details, p->required_detail)
	    : (struct slice){ NULL, 0 };
	const char *why;
	int64_t ns;

	if (p->required_detail &&
	    strcmp(p->required_detail, "connection_url") == 0 &&
	    (!db_config_check_int(req, c, "max_open_connections") ||
		!db_config_check_int(req, c, "max_idle_connections")))
		return false;
	why = *lifetime ? duration_parse_why(req->arena, lifetime, &ns) : NULL;
	if (p->required_detail && (!needed.p || slice_is(needed, "\"\"")))
		(void)fail(req, 400, CREATING "%s cannot be empty",
		    p->required_detail);
	else if (strstr(user, "{{username}}") || strstr(user, "{{password}}") ||
	    strstr(password, "{{username}}") ||
	    strstr(password, "{{password}}"))
		(void)fail(req, 400,
		    CREATING "username and/or password "
			     "cannot contain the template variables");
	else if (why)
		(void)fail(req, 400,
		    CREATING "invalid max_connection_lifetime: %s", why);
	else if (*ca && starts_with(c->plugin, "mysql-") &&
	    !strstr(ca, "-----BEGIN CERTIFICATE-----"))
		(void)fail(
		    req, 400, CREATING "failed to append CA to client options");
	else
		return true;
	return false;
}

/* False: refused. */
static bool
db_config_check_authentication(
    struct request *req, const struct db_connection *c)
{
	const char *how = db_connection_detail(
	    req->arena, c, "password_authentication");

	if (*how == '\0' || strcmp(how, "password") == 0 ||
	    strcmp(how, "scram-sha-256") == 0 ||
	    !db_plugin_find(c->plugin)->has_live_mode)
		return true;
	return refuse(req, 400,
	    CREATING "'%s' is not a valid password "
		     "authentication type",
	    how);
}

/* What the plugin says after it has connected; false: refused. */
static bool
db_config_check_name_template(
    struct request *req, const struct db_connection *c)
{
	const char *text = db_connection_detail(
	    req->arena, c, "username_template");
	struct error e = { 0 };
	struct username_data nobody = { "", "", req->vault->random,
		req->started_ns };
	const struct username_template *t;

	if (*text == '\0')
		return db_config_check_authentication(req, c);
	t = username_template_parse(req->arena, text, &e);
	if (!t)
		return refuse(req, 400,
		    CREATING "unable to initialize username template: %s",
		    e.text);
	if (!username_template_render(req->arena, t, &nobody, &e)) {
		return refuse(
		    req, 400, CREATING "invalid username template: %s", e.text);
	}
	return db_config_check_authentication(req, c);
}

/* Sets "plugin_version" of the connection: "" when it is the builtin one's.
 * False: refused. */
static bool
db_config_read_version(struct request *req, struct db_connection *c)
{
	const struct db_plugin *p = db_plugin_find(c->plugin);
	const char *version;
	char builtin[64];

	if (*c->plugin_version == '\0')
		return true;
	version = plugin_version_read(req, c->plugin_version);
	if (!version)
		return false;
	engine_version(req->vault, req->mount->engine, builtin);
	if (p && strcmp(version, p->version ? p->version : builtin) == 0) {
		c->plugin_version = "";
		return true;
	}
	return refuse(req, 400,
	    CREATING "no database plugin found with name %s and version %s",
	    go_quoted(req->arena, c->plugin), go_quoted(req->arena, version));
}

/* The connection that a write makes of the stored one; false: refused. */
static bool
db_config_read_fields(struct request *req, struct db_connection *c)
{
	bool exists = db_connection_get(req->vault, req->arena, req->mount->id,
	    param_capture(req, "name"), c);
	const char *problem;

	c->name = param_capture(req, "name");
	if (!exists || param_is_given(req, "plugin_name"))
		c->plugin = param_str(req, "plugin_name");
	if (!exists || param_is_given(req, "plugin_version"))
		c->plugin_version = param_str(req, "plugin_version");
	if (!exists || param_is_given(req, "allowed_roles"))
		c->allowed_roles = param_strings(req, "allowed_roles", NULL);
	if (!exists || param_is_given(req, "root_rotation_statements"))
		c->root_statements = param_strings(
		    req, "root_rotation_statements", NULL);
	if (!exists || param_is_given(req, "password_policy"))
		c->password_policy = param_str(req, "password_policy");
	c->verify = param_bool(req, "verify_connection");
	if (*c->plugin == '\0')
		return refuse(req, 400, "empty plugin name");
	problem = rotation_params_problem(req);
	if (problem)
		return refuse(req, 400, "%s", problem);
	if (!db_config_read_version(req, c))
		return false;
	if (!db_plugin_find(c->plugin))
		return refuse(req, 400,
		    CREATING "invalid database version: 2 errors "
			     "occurred:\n\t* plugin not found in the catalog: "
			     "%s\n\t* plugin not found in the catalog: "
			     "%s\n\n",
		    c->plugin, c->plugin);
	c->details = db_config_merge_details(req, c);
	return db_config_check_details(req, c);
}

static enum handler_result
db_config_store(struct request *req, struct db_call *call)
{
	struct db_connection c = { 0 };
	const char *url;
	size_t n;

	if (call && call->error.status)
		return fail(req, 400, CREATING "%s", call->error.text);
	if (!db_config_read_fields(req, &c) ||
	    !db_config_check_name_template(req, &c))
		return HANDLED;
	if (rotation_params_ask(req))
		return fail(req, 400, ROTATION_REFUSAL);
	db_connection_put(req->vault, req->mount->id, &c);
	url = db_connection_detail(req->arena, &c, "connection_url");
	if (!db_config_find_url_password(url, &n))
		return reply_none(req);
	reply_warn(req,
	    "Password found in connection_url, use a templated url to "
	    "enable root rotation and prevent read access to password "
	    "information.");
	return reply_data(req, NULL);
}

static enum handler_result
db_config_write(struct request *req)
{
	struct db_connection c = { 0 };

	if (!db_config_read_fields(req, &c))
		return HANDLED;
	if (!c.verify)
		return db_config_store(req, NULL);
	return db_call_run_for_request(req,
	    db_call_new_for_request(
		req, &c, DB_VERIFY, NULL, (struct db_values){ 0 }),
	    db_config_store);
}

static enum handler_result
db_config_was_reset(struct request *req, struct db_call *call)
{
	return call->error.status ? fail_error(req, &call->error)
				  : reply_none(req);
}

/* Vault 1.19: the connection is closed and opened anew at once, even when it
 * was not tried when it was written. */
static enum handler_result
db_config_reset_connection(struct request *req)
{
	struct db_connection c;
	struct error e = { 0 };

	if (!db_connection_require(req->vault, req->arena, req->mount->id,
		param_capture(req, "name"), &c, &e))
		return fail_error(req, &e);
	return db_call_run_for_request(req,
	    db_call_new_for_request(
		req, &c, DB_VERIFY, NULL, (struct db_values){ 0 }),
	    db_config_was_reset);
}

/* Vault 1.19: what the plugin's connections are called, and how many they are;
 * nothing is kept open here that could be closed. */
static enum handler_result
db_config_reload_plugin(struct request *req)
{
	struct strs names = strs_in(req->arena), found = strs_in(req->arena);
	struct db_connection c;

	db_names(req->vault, DB_CONNECTIONS, req->mount->id, &names);
	for (size_t i = 0; i < names.n; i++)
		if (db_connection_get(req->vault, req->arena, req->mount->id,
			names.items[i], &c) &&
		    strcmp(c.plugin, param_capture(req, "plugin_name")) == 0)
			strs_add(&found, names.items[i]);
	return reply_data(req,
	    json_pack("{s:o, s:I}", "connections", jsontree_of_strs(&found),
		"count", (json_int_t)found.n));
}

/* ---- the root password ---- */

/* The connection as it is now: it may have been written meanwhile. */
static enum handler_result
db_config_root_rotated(struct request *req, struct db_call *call)
{
	static const char *const none[] = { NULL };
	struct db_connection c;

	if (call->error.status)
		return fail_wrapped(
		    req, 500, "failed to update user: %s", call->error.text);
	if (!db_connection_get(
		req->vault, req->arena, req->mount->id, call->connection, &c))
		return reply_none(req);
	c.details = db_config_copy_details(
	    req->arena, c.details, none, "password", call->secret);
	db_connection_put(req->vault, req->mount->id, &c);
	OPENSSL_cleanse((char *)(uintptr_t)c.details.p, c.details.n);
	return reply_none(req);
}

/* Makes a new password for the connection's own user, has it set in the
 * database and stores it when that worked. */
static enum handler_result
db_config_rotate_root(struct request *req)
{
	struct db_connection c;
	struct db_secret fresh;
	struct db_call *call;
	struct error e = { 0 };
	const char *user;

	if (!db_connection_require(req->vault, req->arena, req->mount->id,
		param_capture(req, "name"), &c, &e))
		return fail_error(req, &e);
	user = db_connection_detail(req->arena, &c, "username");
	if (*user == '\0')
		return fail_wrapped(req, 500,
		    "unable to rotate root "
		    "credentials: no username in configuration");
	if (*db_connection_detail(req->arena, &c, "password") == '\0')
		return fail_wrapped(req, 500,
		    "unable to rotate root "
		    "credentials: no password in configuration");
	if (!db_secret_make(
		req->vault, &c, "password", SLICE("{}"), NULL, &fresh, &e))
		return fail_error(req, &e);
	call = db_call_new_for_request(req, &c, DB_ROTATE_ROOT,
	    c.root_statements,
	    (struct db_values){ user, fresh.secret, NULL, "" });
	db_secret_release(&fresh);
	return db_call_run_for_request(req, call, db_config_root_rotated);
}

const struct route database_config_routes[] = {
	{ OP_LIST, "config/?", 0, NULL, db_config_list, NULL,
	    "Names of the connections" },
	{ OP_READ, "config/{name}", 0, config_params, db_config_read, NULL,
	    "Read a connection" },
	{ OP_WRITE, "config/{name}", R_NO_FIELD_WARNINGS, config_params,
	    db_config_write, db_config_exists, "Make or change a connection" },
	{ OP_DELETE, "config/{name}", 0, config_params, db_config_delete, NULL,
	    "Remove a connection" },
	{ OP_WRITE, "reset/{name}", 0, name_params, db_config_reset_connection,
	    NULL, "Connect anew" },
	{ OP_WRITE, "reload/{plugin_name}", R_VERSION(VERSION_DATABASE_RELOAD),
	    reload_params, db_config_reload_plugin, NULL,
	    "Connect anew, for a plugin" },
	{ OP_WRITE, "rotate-root/{name}", 0, name_params, db_config_rotate_root,
	    NULL, "Change the connection's own password" },
	ROUTE_END,
};
