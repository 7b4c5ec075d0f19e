/*
 * userpass: users with a password.
 */
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "auth/login.h"
#include "api/reply.h"
#include "base/duration.h"
#include "base/json/json_text.h"
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
	"name TEXT NOT NULL, "     /* lower case */
	"password TEXT NOT NULL, " /* readable, for testers */
	"params TEXT NOT NULL, "   /* JSON of struct token_params */
	"PRIMARY KEY (mount, name)) WITHOUT ROWID;",
	NULL,
};

static const char *const statements[STATEMENTS] = {
	[GET] = "SELECT password, params FROM userpass WHERE mount = ? AND "
		"name = ?",
	[PUT] = "INSERT OR REPLACE INTO userpass VALUES (?, ?, ?, ?)",
	[DELETE] = "DELETE FROM userpass WHERE mount = ? AND name = ?",
	[NAMES] = "SELECT name FROM userpass WHERE mount = ? ORDER BY name",
	[DROP] = "DELETE FROM userpass WHERE mount = ?",
};

const struct store_part userpass_store = { "userpass", migrations, statements,
	STATEMENTS };

struct user {
	const char *name;
	const char *password;
	struct token_params token;
};

/* ---- the table ---- */

static bool
load(struct vault *v, struct arena *a, const struct mount *m,
    const char *name, struct user *u)
{
	struct query *q = store_query(v->store, &userpass_store, GET, "is",
	    m->id, name);
	json_t *params;

	if (!query_row(q))
		return false;
	u->name = name;
	u->password = arena_strdup(a, query_text(q, 0));
	params = jtext_tree(query_slice(q, 1));
	token_params_unpack(a, params, &u->token);
	json_decref(params);
	query_done(q);
	return true;
}

static void
save(struct request *req, const struct user *u)
{
	json_t *params = token_params_pack(&u->token);
	struct buf text;

	buf_init(&text, 0);
	jtext_put(&text, params);
	store_exec(req->vault->store, &userpass_store, PUT, "isst",
	    req->mount->id, u->name, u->password, text.p, text.n);
	buf_release(&text);
	json_decref(params);
}

static const char *
name_of(struct request *req)
{
	char *name = arena_strdup(req->arena, capture(req, "username"));

	lower_ascii(name);
	return name;
}

static bool
find(struct request *req, struct user *u)
{
	return load(req->vault, req->arena, req->mount, name_of(req), u);
}

/* ---- users ---- */

#define NAME { "username", P_STRING, NULL, "The user" }
#define OLD_POLICIES                                     \
	{ "policies", P_COMMA_STRINGS, NULL,             \
	    "Old name of token_policies" }

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
user_exists(struct request *req)
{
	struct user u;

	return find(req, &u);
}

static void
read_old_names(struct request *req, struct token_params *p)
{
	if (par_given(req, "policies") && !par_given(req, "token_policies"))
		p->policies = par_list(req, "policies", NULL);
	if (par_given(req, "ttl") && !par_given(req, "token_ttl"))
		p->ttl = par_secs(req, "ttl");
	if (par_given(req, "max_ttl") && !par_given(req, "token_max_ttl"))
		p->max_ttl = par_secs(req, "max_ttl");
	if (par_given(req, "bound_cidrs") &&
	    !par_given(req, "token_bound_cidrs"))
		p->bound_cidrs = par_list(req, "bound_cidrs", NULL);
}

static verdict
write_user(struct request *req)
{
	struct user u = { .name = name_of(req) };
	struct error e = { 0 };
	bool known = find(req, &u);

	if (!known && *par_str(req, "password") == '\0')
		return fail(req, 400, "missing password");
	if (!token_params_parse(req, &u.token, &e))
		return fail_error(req, &e);
	read_old_names(req, &u.token);
	if (*par_str(req, "password"))
		u.password = par_str(req, "password");
	save(req, &u);
	return reply_none(req);
}

static verdict
read_user(struct request *req)
{
	struct user u;
	json_t *data;

	if (!find(req, &u))
		return reply_none(req);
	data = json_object();
	token_params_show(data, &u.token);
	return reply_data(req, data);
}

static verdict
delete_user(struct request *req)
{
	store_exec(req->vault->store, &userpass_store, DELETE, "is",
	    req->mount->id, name_of(req));
	return reply_none(req);
}

static verdict
list_users(struct request *req)
{
	struct query *q = store_query(req->vault->store, &userpass_store,
	    NAMES, "i", req->mount->id);
	char **keys;
	size_t n = query_texts(q, req->arena, &keys);

	return reply_keys(req, keys, n);
}

static const struct param password_params[] = {
	{ "password", P_STRING, NULL, "The new password" },
	NAME,
	PARAM_END,
};

static verdict
write_password(struct request *req)
{
	struct user u;

	if (!find(req, &u))
		return fail_wrapped(req, 500, "username does not exist");
	if (*par_str(req, "password") == '\0')
		return fail(req, 400, "missing password");
	u.password = par_str(req, "password");
	save(req, &u);
	return reply_none(req);
}

static const struct param policies_params[] = {
	OLD_POLICIES,
	{ "token_policies", P_COMMA_STRINGS, NULL, "The new policies" },
	NAME,
	PARAM_END,
};

static verdict
write_policies(struct request *req)
{
	struct user u;

	if (!find(req, &u))
		return fail_wrapped(req, 500, "username does not exist");
	u.token.policies = par_list(req,
	    par_given(req, "token_policies") ? "token_policies" : "policies",
	    NULL);
	save(req, &u);
	return reply_none(req);
}

/* ---- the login ---- */

static const char *
login_alias(struct request *req)
{
	return name_of(req);
}

static verdict
login(struct request *req)
{
	struct user u;
	struct login who = { 0 };

	if (*par_str(req, "password") == '\0')
		return fail_wrapped(req, 500, "missing password");
	if (!find(req, &u) ||
	    strcmp(u.password, par_str(req, "password")) != 0)
		return login_wrong(req, "invalid username or password");
	if (!cidr_allows(u.token.bound_cidrs, req->peer))
		return fail(req, 403, "permission denied");
	who.alias = who.display_name = u.name;
	who.metadata = arena_printf(req->arena, "{\"username\":\"%s\"}",
	    u.name);
	who.internal = who.metadata;
	who.token = u.token;
	return login_reply(req, &who);
}

/* The user as he is now decides; one who is gone has no token to renew. */
static bool
renew_token(struct vault *v, const struct mount *m, const struct token *t,
    int64_t *ttl, int64_t *max_ttl, int64_t *period, struct error *e)
{
	struct arena *a = arena_new();
	json_t *own = jtext_tree(slice_of(t->internal ? t->internal : "{}"));
	const char *name =
	    json_string_value(json_object_get(own, "username"));
	struct user u;
	bool known = name && load(v, a, m, name, &u);

	if (known) {
		*ttl = u.token.ttl;
		*max_ttl = u.token.max_ttl;
		*period = u.token.period;
	} else {
		error_wrap(e, 500, "failed to renew entry: user no longer "
				   "exists");
	}
	json_decref(own);
	arena_free(a);
	return known;
}

static void
unmounted(struct vault *v, struct mount *m)
{
	store_exec(v->store, &userpass_store, DROP, "i", m->id);
}

static const struct param login_params[] = {
	{ "password", P_STRING, NULL, "The password" },
	NAME,
	PARAM_END,
};

static const struct route routes[] = {
	{ OP_LIST, "users/?", 0, NULL, list_users, NULL, "Names of the users" },
	{ OP_READ, "users/{username}", 0, user_params, read_user, NULL,
	    "Read a user" },
	{ OP_WRITE, "users/{username}", 0, user_params, write_user,
	    user_exists, "Make or change a user" },
	{ OP_DELETE, "users/{username}", 0, user_params, delete_user, NULL,
	    "Remove a user" },
	{ OP_WRITE, "users/{username}/password", 0, password_params,
	    write_password, NULL, "Change a user's password" },
	{ OP_WRITE, "users/{username}/policies", 0, policies_params,
	    write_policies, NULL, "Change a user's policies" },
	{ OP_WRITE, "login/{username}", R_UNAUTH | R_LOGIN, login_params,
	    login, NULL, "Log in with a name and a password" },
	ROUTE_END,
};

const struct engine engine_userpass = {
	.type = "userpass",
	.table = MOUNT_AUTH,
	.flags = ENGINE_IN_TREE,
	.tables = { routes },
	.part = &userpass_store,
	.help = "Users with a password.",
	.unmounted = unmounted,
	.renew_token = renew_token,
	.login_alias = login_alias,
};
