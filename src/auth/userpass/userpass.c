/*
 * userpass: users with a password.
 */
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "auth/login.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/text.h"

enum {
	GET,
	PUT,
	DELETE,
	NAMES,
	DROP,
	STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE userpass ("
	"mount INTEGER NOT NULL, "
	"name TEXT NOT NULL, "	   /* lower case */
	"password TEXT NOT NULL, " /* readable, for testers */
	"params TEXT NOT NULL, "   /* JSON of struct token_params */
	"PRIMARY KEY (mount, name)) WITHOUT ROWID;",
	NULL,
};

static const struct store_statement statements[STATEMENTS] = {
	[GET] = { "SELECT password, params FROM userpass WHERE mount = ? AND "
		  "name = ?",
	    "is", NULL },
	[PUT] = { "INSERT OR REPLACE INTO userpass (mount, name, password, "
		  "params) VALUES (?, ?, ?, ?)",
	    "isst", NULL },
	[DELETE] = { "DELETE FROM userpass WHERE mount = ? AND name = ?", "is",
	    NULL },
	[NAMES] = { "SELECT name FROM userpass WHERE mount = ? ORDER BY name",
	    "i", NULL },
	[DROP] = { "DELETE FROM userpass WHERE mount = ?", "i", NULL },
};

const struct store_part userpass_store = { "userpass", migrations, statements,
	STATEMENTS };

struct userpass_user {
	const char *name;
	const char *password;
	struct token_params token;
};

/* ---- the table ---- */

static bool
userpass_load(struct vault *v, struct arena *a, const struct mount *m,
    const char *name, struct userpass_user *u)
{
	struct query *q = STORE_QUERY(
	    v->store, &userpass_store, GET, m->id, name);
	json_t *params;

	if (!query_row(q))
		return false;
	u->name = name;
	u->password = arena_strdup(a, query_text(q, 0));
	params = jsontext_to_tree(query_slice(q, 1));
	token_params_unpack(a, params, &u->token);
	json_decref(params);
	query_done(q);
	return true;
}

static void
userpass_save(struct request *req, const struct userpass_user *u)
{
	json_t *params = token_params_pack(&u->token);
	struct buf text;

	buf_init(&text, 0);
	jsontext_put(&text, params);
	STORE_EXEC(req->vault->store, &userpass_store, PUT, req->mount->id,
	    u->name, u->password, text);
	buf_release(&text);
	json_decref(params);
}

static const char *
userpass_name(struct request *req)
{
	char *name = arena_strdup(req->arena, param_capture(req, "username"));

	lower_ascii(name);
	return name;
}

static bool
userpass_find(struct request *req, struct userpass_user *u)
{
	return userpass_load(
	    req->vault, req->arena, req->mount, userpass_name(req), u);
}

/* ---- users ---- */

#define NAME                                           \
	{                                              \
		"username", P_STRING, NULL, "The user" \
	}
#define OLD_POLICIES                               \
	{                                          \
		"policies", P_COMMA_STRINGS, NULL, \
		    "Old name of token_policies"   \
	}

static const struct param user_params[] = {
	{ "bound_cidrs", P_COMMA_STRINGS, NULL,
	    "Old name of token_bound_cidrs" },
	{ "max_ttl", P_SECONDS, NULL, "Old name of token_max_ttl" },
	{ "password", P_STRING, NULL, "The password" },
	OLD_POLICIES,
	TOKEN_PARAMS,
	{ "ttl", P_SECONDS, NULL, "Old name of token_ttl" },
	NAME,
	PARAM_END,
};

static bool
userpass_exists(struct request *req)
{
	struct userpass_user u;

	return userpass_find(req, &u);
}

static void
userpass_read_deprecated(struct request *req, struct token_params *p)
{
	if (param_is_given(req, "policies") &&
	    !param_is_given(req, "token_policies"))
		p->policies = param_strings(req, "policies", NULL);
	if (param_is_given(req, "ttl") && !param_is_given(req, "token_ttl"))
		p->ttl_s = param_duration(req, "ttl");
	if (param_is_given(req, "max_ttl") &&
	    !param_is_given(req, "token_max_ttl"))
		p->max_ttl_s = param_duration(req, "max_ttl");
	if (param_is_given(req, "bound_cidrs") &&
	    !param_is_given(req, "token_bound_cidrs"))
		p->bound_cidrs = param_strings(req, "bound_cidrs", NULL);
}

static enum handler_result
userpass_write(struct request *req)
{
	struct userpass_user u = { .name = userpass_name(req) };
	struct error e = { 0 };
	bool known = userpass_find(req, &u);

	if (!known && *param_str(req, "password") == '\0')
		return fail(req, 400, "missing password");
	if (!token_params_parse(req, &u.token, &e))
		return fail_error(req, &e);
	userpass_read_deprecated(req, &u.token);
	if (*param_str(req, "password"))
		u.password = param_str(req, "password");
	userpass_save(req, &u);
	return reply_none(req);
}

static enum handler_result
userpass_read(struct request *req)
{
	struct userpass_user u;
	json_t *data;

	if (!userpass_find(req, &u))
		return reply_none(req);
	data = json_object();
	token_params_show(data, &u.token);
	return reply_data(req, data);
}

static enum handler_result
userpass_delete(struct request *req)
{
	STORE_EXEC(req->vault->store, &userpass_store, DELETE, req->mount->id,
	    userpass_name(req));
	return reply_none(req);
}

static enum handler_result
userpass_list(struct request *req)
{
	struct query *q = STORE_QUERY(
	    req->vault->store, &userpass_store, NAMES, req->mount->id);
	char **keys;
	size_t n = query_strings(q, req->arena, &keys);

	return reply_keys(req, keys, n);
}

static const struct param password_params[] = {
	{ "password", P_STRING, NULL, "The new password" },
	NAME,
	PARAM_END,
};

static enum handler_result
userpass_write_password(struct request *req)
{
	struct userpass_user u;

	if (!userpass_find(req, &u))
		return fail_wrapped(req, 500, "username does not exist");
	if (*param_str(req, "password") == '\0')
		return fail(req, 400, "missing password");
	u.password = param_str(req, "password");
	userpass_save(req, &u);
	return reply_none(req);
}

static const struct param policies_params[] = {
	OLD_POLICIES,
	{ "token_policies", P_COMMA_STRINGS, NULL, "The new policies" },
	NAME,
	PARAM_END,
};

static enum handler_result
userpass_write_policies(struct request *req)
{
	struct userpass_user u;

	if (!userpass_find(req, &u))
		return fail_wrapped(req, 500, "username does not exist");
	u.token.policies = param_strings(req,
	    param_is_given(req, "token_policies") ? "token_policies"
						  : "policies",
	    NULL);
	userpass_save(req, &u);
	return reply_none(req);
}

/* ---- the login ---- */

static const char *
userpass_login_alias(struct request *req)
{
	return userpass_name(req);
}

static enum handler_result
userpass_login(struct request *req)
{
	struct userpass_user u;
	struct login who = { 0 };

	if (*param_str(req, "password") == '\0')
		return fail_wrapped(req, 500, "missing password");
	if (!userpass_find(req, &u) ||
	    strcmp(u.password, param_str(req, "password")) != 0)
		return login_failed(req, "invalid username or password");
	if (!cidr_allows(u.token.bound_cidrs, req->peer))
		return fail(req, 403, "permission denied");
	who.alias = who.display_name = u.name;
	who.metadata = arena_printf(
	    req->arena, "{\"username\":\"%s\"}", u.name);
	who.internal = who.metadata;
	who.token = u.token;
	return login_reply(req, &who);
}

/* The user as he is now decides; one who is gone has no token to renew. */
static bool
userpass_renew_token(struct vault *v, const struct mount *m,
    const struct token *t, int64_t *ttl_s, int64_t *max_ttl_s,
    int64_t *period_s, struct error *e)
{
	struct arena *a = arena_new();
	json_t *own = jsontext_to_tree(
	    slice_of(t->auth_data ? t->auth_data : "{}"));
	const char *name = json_string_value(json_object_get(own, "username"));
	struct userpass_user u;
	bool known = name && userpass_load(v, a, m, name, &u);

	if (known) {
		*ttl_s = u.token.ttl_s;
		*max_ttl_s = u.token.max_ttl_s;
		*period_s = u.token.period_s;
	} else {
		error_wrap(e, 500,
		    "failed to renew entry: user no longer "
		    "exists");
	}
	json_decref(own);
	arena_free(a);
	return known;
}

static void
userpass_on_unmount(struct vault *v, struct mount *m)
{
	STORE_EXEC(v->store, &userpass_store, DROP, m->id);
}

static const struct param login_params[] = {
	{ "password", P_STRING, NULL, "The password" },
	NAME,
	PARAM_END,
};

static const struct route routes[] = {
	{ OP_LIST, "users/?", 0, NULL, userpass_list, NULL,
	    "Names of the users" },
	{ OP_READ, "users/{username}", 0, user_params, userpass_read, NULL,
	    "Read a user" },
	{ OP_WRITE, "users/{username}", 0, user_params, userpass_write,
	    userpass_exists, "Make or change a user" },
	{ OP_DELETE, "users/{username}", 0, user_params, userpass_delete, NULL,
	    "Remove a user" },
	{ OP_WRITE, "users/{username}/password", 0, password_params,
	    userpass_write_password, NULL, "Change a user's password" },
	{ OP_WRITE, "users/{username}/policies", 0, policies_params,
	    userpass_write_policies, NULL, "Change a user's policies" },
	{ OP_WRITE, "login/{username}", R_UNAUTH | R_LOGIN, login_params,
	    userpass_login, NULL, "Log in with a name and a password" },
	ROUTE_END,
};

const struct engine engine_userpass = {
	.type = "userpass",
	.table = MOUNT_AUTH,
	.flags = ENGINE_IN_TREE,
	.tables = { routes },
	.part = &userpass_store,
	.help = "Users with a password.",
	.on_unmount = userpass_on_unmount,
	.renew_token = userpass_renew_token,
	.login_alias = userpass_login_alias,
};
