/*
 * config/: connections, their root password, their reset.
 */
#include <openssl/crypto.h>
#include <string.h>

#include "api/reply.h"
#include "base/duration.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "secrets/database/username_template.h"
#include "core/policy/password_policy.h"
#include "secrets/database/database.h"

#define NAME                                                     \
	{                                                        \
		"name", P_STRING, NULL, "Name of the connection" \
	}

/* Fields of the engine's own; every other one is the plugin's. */
static const struct param config_params[] = {
	{ "allowed_roles", P_COMMA_STRINGS, NULL,
	    "Roles that may have credentials; * for all" },
	{ "disable_automated_rotation", P_BOOL, NULL, "Enterprise only" },
	NAME,
	{ "password_policy", P_STRING, NULL, "How passwords are made" },
	{ "plugin_name", P_STRING, NULL, "Which database plugin" },
	{ "plugin_version", P_STRING, NULL, "Its version" },
	{ "root_rotation_statements", P_STRINGS, NULL,
	    "What changes the root password" },
	{ "rotation_period", P_SECONDS, NULL, "Enterprise only" },
	{ "rotation_schedule", P_STRING, NULL, "Enterprise only" },
	{ "rotation_window", P_SECONDS, NULL, "Enterprise only" },
	{ "skip_static_role_import_rotation", P_BOOL, NULL, "Enterprise only" },
	{ "verify_connection", P_BOOL, "true", "Try it before it is kept" },
	PARAM_END,
};

static const struct param name_params[] = { NAME, PARAM_END };

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

static json_t *
db_config_details_json(struct request *req, const struct db_connection *c)
{
	json_t *details = jsontext_to_tree(c->details);
	const char *url = json_string_value(
	    json_object_get(details, "connection_url"));
	size_t n = 0;
	const char *password = url ? db_config_find_url_password(url, &n)
				   : NULL;

	if (password)
		json_object_set_new(details, "connection_url",
		    json_string(arena_printf(req->arena, "%.*sxxxxx%s",
			(int)(password - url), url, password + n)));
	json_object_del(details, "password");
	json_object_del(details, "private_key");
	return details;
}

static enum handler_result
db_config_read(struct request *req)
{
	struct db_connection c;
	json_t *data;

	if (!db_connection_get(req->vault, req->arena, req->mount->id,
		param_capture(req, "name"), &c))
		return reply_none(req);
	data = json_pack("{s:o, s:o, s:s, s:s, s:s, s:o, s:b}", "allowed_roles",
	    jsontree_strings(c.allowed_roles), "connection_details",
	    db_config_details_json(req, &c), "password_policy",
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
	return reply_data(req, data);
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

/* New details over the old ones. */
static struct slice
db_config_merge_details(struct request *req, const struct db_connection *c)
{
	json_t *details = c->details.p ? jsontext_to_tree(c->details)
				       : json_object();
	struct slice out;
	struct buf text;

	for (size_t i = 0; i < req->nfields; i++)
		if (!db_config_is_engine_field(req->fields[i].key))
			json_object_set_new(details, req->fields[i].key,
			    jsontext_to_tree(req->fields[i].value));
	buf_init(&text, 0);
	jsontext_put(&text, details);
	json_decref(details);
	out.p = arena_strndup(req->arena, text.p, text.n);
	out.n = text.n;
	buf_release(&text);
	return out;
}

#define CREATING "error creating database object: "

/* What the plugin says before it connects. */
static enum handler_result
db_config_check_details(struct request *req, const struct db_connection *c)
{
	const struct db_plugin *p = db_plugin_find(c->plugin);
	const char *user = db_connection_detail(req->arena, c, "username");
	const char *password = db_connection_detail(req->arena, c, "password");
	const char *lifetime = db_connection_detail(
	    req->arena, c, "max_connection_lifetime");
	struct slice needed = p->required_detail
	    ? jsontext_get(c->details, p->required_detail)
	    : (struct slice){ NULL, 0 };
	int64_t ns;

	if (p->required_detail && (!needed.p || slice_is(needed, "\"\"")))
		return fail(req, 400, CREATING "%s cannot be empty",
		    p->required_detail);
	if (strstr(user, "{{username}}") || strstr(user, "{{password}}") ||
	    strstr(password, "{{username}}") ||
	    strstr(password, "{{password}}"))
		return fail(req, 400,
		    CREATING "username and/or password "
			     "cannot contain the template variables");
	if (*lifetime && !duration_parse(lifetime, &ns))
		return fail(req, 400,
		    CREATING
		    "invalid "
		    "max_connection_lifetime: time: invalid duration \"%s\"",
		    lifetime);
	return GO_ON;
}

static enum handler_result
db_config_check_authentication(
    struct request *req, const struct db_connection *c)
{
	const char *how = db_connection_detail(
	    req->arena, c, "password_authentication");

	if (*how == '\0' || strcmp(how, "password") == 0 ||
	    strcmp(how, "scram-sha-256") == 0 ||
	    !db_plugin_find(c->plugin)->has_live_mode)
		return GO_ON;
	return fail(req, 400,
	    CREATING "'%s' is not a valid password "
		     "authentication type",
	    how);
}

/* And after it. */
static enum handler_result
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
		return fail(req, 400,
		    CREATING "unable to initialize username "
			     "template: %s",
		    e.text);
	if (!username_template_render(req->arena, t, &nobody, &e))
		return fail(req, 400,
		    CREATING "invalid username template: "
			     "%s",
		    e.text);
	return db_config_check_authentication(req, c);
}

/* false with a refusal in *v. */
static bool
db_config_read_fields(
    struct request *req, struct db_connection *c, enum handler_result *v)
{
	bool exists = db_connection_get(req->vault, req->arena, req->mount->id,
	    param_capture(req, "name"), c);

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
	*v = GO_ON;
	if (*c->plugin == '\0')
		*v = fail(req, 400, "empty plugin name");
	else if (*c->plugin_version)
		*v = fail(req, 400,
		    CREATING "no database plugin found with "
			     "name \"%s\" and version \"%s\"",
		    c->plugin, c->plugin_version);
	else if (!db_plugin_find(c->plugin))
		*v = fail(req, 400,
		    CREATING
		    "invalid database version: 2 "
		    "errors occurred:\n\t* plugin not found in the catalog: "
		    "%s\n\t* plugin not found in the catalog: %s\n\n",
		    c->plugin, c->plugin);
	if (*v)
		return false;
	c->details = db_config_merge_details(req, c);
	*v = db_config_check_details(req, c);
	return *v == GO_ON;
}

static enum handler_result
db_config_store(struct request *req, struct db_call *call)
{
	struct db_connection c = { 0 };
	const char *url;
	size_t n;
	enum handler_result v;

	if (call && call->error.status)
		return fail(req, 400, CREATING "%s", call->error.text);
	if (!db_config_read_fields(req, &c, &v))
		return v;
	v = db_config_check_name_template(req, &c);
	if (v)
		return v;
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
	struct db_values nobody = { 0 };
	enum handler_result v;

	if (!db_config_read_fields(req, &c, &v))
		return v;
	if (!c.verify)
		return db_config_store(req, NULL);
	return db_call_run_for_request(req,
	    db_call_new(
		req->vault, req->mount, req, &c, DB_VERIFY, NULL, &nobody),
	    db_config_store);
}

static enum handler_result
db_config_reset_connection(struct request *req)
{
	struct db_connection c;
	struct error e = { 0 };

	return db_connection_require(req->vault, req->arena, req->mount->id,
		   param_capture(req, "name"), &c, &e)
	    ? reply_none(req)
	    : fail_error(req, &e);
}

/* ---- the root password ---- */

/* The connection as it is now: it may have been written meanwhile. */
static enum handler_result
db_config_root_rotated(struct request *req, struct db_call *call)
{
	struct db_connection c;
	json_t *details;
	struct buf text;

	if (call->error.status)
		return fail_wrapped(
		    req, 500, "failed to update user: %s", call->error.text);
	if (!db_connection_get(
		req->vault, req->arena, req->mount->id, call->connection, &c))
		return reply_none(req);
	details = jsontext_to_tree(c.details);
	json_object_set_new(details, "password", json_string(call->secret));
	buf_init(&text, 0);
	jsontext_put(&text, details);
	json_decref(details);
	c.details = (struct slice){ text.p, text.n };
	db_connection_put(req->vault, req->mount->id, &c);
	OPENSSL_cleanse(text.p, text.n);
	buf_release(&text);
	return reply_none(req);
}

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
		req->vault, &c, "password", SLICE("{}"), &fresh, &e))
		return fail_error(req, &e);
	call = db_call_new(req->vault, req->mount, req, &c, DB_ROTATE_ROOT,
	    c.root_statements,
	    &(struct db_values){ user, fresh.secret, NULL, "" });
	db_secret_release(&fresh);
	return db_call_run_for_request(req, call, db_config_root_rotated);
}

const struct route database_config_routes[] = {
	{ OP_LIST, "config/?", 0, NULL, db_config_list, NULL,
	    "Names of the connections" },
	{ OP_READ, "config/{name}", 0, name_params, db_config_read, NULL,
	    "Read a connection" },
	{ OP_WRITE, "config/{name}", R_NO_FIELD_WARNINGS, config_params,
	    db_config_write, db_config_exists, "Make or change a connection" },
	{ OP_DELETE, "config/{name}", 0, name_params, db_config_delete, NULL,
	    "Remove a connection" },
	{ OP_WRITE, "reset/{name}", 0, name_params, db_config_reset_connection,
	    NULL, "Connect anew" },
	{ OP_WRITE, "rotate-root/{name}", 0, name_params, db_config_rotate_root,
	    NULL, "Change the connection's own password" },
	ROUTE_END,
};
