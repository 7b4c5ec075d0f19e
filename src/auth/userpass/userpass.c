/*
 * userpass: users with a password.
 */
#include <ctype.h>
#include <string.h>

#include "api/engine.h"
#include "auth/login.h"
#include "api/reply.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/crypto/bcrypt.h"
#include "core/mount/lockout.h"
#include "core/mount/unmount.h"

#define USERPASS_WRONG "invalid username or password"
#define USERPASS_PASSWORD_MAX 72
#define USERPASS_BCRYPT_LEN 60

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
	/* bcrypt, for a user that was made with a hash; else '' */
	"ALTER TABLE userpass ADD COLUMN password_hash "
	"TEXT NOT NULL DEFAULT '';",
	NULL,
};

/* The same, for a new database. */
static const char schema[] = "CREATE TABLE userpass ("
			     "mount INTEGER NOT NULL, name TEXT NOT NULL, "
			     "password TEXT NOT NULL, params TEXT NOT NULL, "
			     "password_hash TEXT NOT NULL DEFAULT '', "
			     "PRIMARY KEY (mount, name)) WITHOUT ROWID;";

static const struct store_statement statements[STATEMENTS] = {
	[GET] = { "SELECT password, params, password_hash FROM userpass "
		  "WHERE mount = ? AND name = ?",
	    "is", NULL },
	[PUT] = { "INSERT OR REPLACE INTO userpass "
		  "(mount, name, password, params, password_hash) "
		  "VALUES (?, ?, ?, ?, ?)",
	    "issts", NULL },
	[DELETE] = { "DELETE FROM userpass WHERE mount = ? AND name = ?", "is",
	    NULL },
	[NAMES] = { "SELECT name FROM userpass WHERE mount = ? ORDER BY name",
	    "i", NULL },
	[DROP] = { "DELETE FROM userpass WHERE mount = ?1 AND name IN "
		   "(SELECT name FROM userpass WHERE mount = ?1 "
		   "ORDER BY name " UNMOUNT_STEP_SQL ")",
	    "i", NULL },
};

const struct store_part userpass_store = { "userpass", migrations, statements,
	STATEMENTS, schema };

struct userpass_user {
	const char *name;
	const char *password;	   /* "" with a hash */
	const char *password_hash; /* bcrypt's text, or "" */
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
	u->password_hash = arena_strdup(a, query_text(q, 2));
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
	    u->name, u->password, text, u->password_hash);
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
	{ "password_hash", P_VERSION(P_STRING, VERSION_USERPASS_PASSWORD_HASH),
	    NULL, "The password's bcrypt hash" },
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

/* What is wrong with the form of a bcrypt hash, or NULL. Vault 1.19: only its
 * length and its beginning are looked at. */
static const char *
userpass_hash_problem(const char *hash)
{
	if (strlen(hash) != USERPASS_BCRYPT_LEN)
		return "password hash has incorrect length";
	return starts_with(hash, "$2a$") || starts_with(hash, "$2b$") ||
		starts_with(hash, "$2y$")
	    ? NULL
	    : "password hash has incorrect prefix";
}

/* Vault 1.14 knows no password_hash. */
static const char *
userpass_nothing_given(const struct request *req)
{
	return version_has(req->vault, VERSION_USERPASS_PASSWORD_HASH)
	    ? "\"password\" or \"password_hash\" must be supplied"
	    : "missing password";
}

/* Vault 1.19: sets the one of password and password_hash that is given. */
static bool
userpass_set_password(
    struct request *req, struct userpass_user *u, struct error *e)
{
	const char *password = param_str(req, "password");
	const char *hash = param_str(req, "password_hash");
	const char *problem;

	if (*password && *hash)
		return error_set(e, 400,
		    "\"password\" and \"password_hash\" cannot be supplied "
		    "together");
	if (!*password && !*hash)
		return error_set(e, 400, "%s", userpass_nothing_given(req));
	if (strlen(password) > USERPASS_PASSWORD_MAX)
		return error_wrap(
		    e, 500, "bcrypt: password length exceeds 72 bytes");
	problem = *hash ? userpass_hash_problem(hash) : NULL;
	if (problem)
		return error_wrap(e, 500, "%s", problem);
	u->password = password;
	u->password_hash = hash;
	return true;
}

static enum handler_result
userpass_write(struct request *req)
{
	struct userpass_user u = { .name = userpass_name(req) };
	struct error e = { 0 };
	bool known = userpass_find(req, &u);

	if (!known && *param_str(req, "password") == '\0' &&
	    *param_str(req, "password_hash") == '\0')
		return fail(req, 400, "%s", userpass_nothing_given(req));
	if (!token_params_parse(req, &u.token, &e))
		return fail_error(req, &e);
	if ((param_is_given(req, "password") ||
		param_is_given(req, "password_hash")) &&
	    !userpass_set_password(req, &u, &e))
		return fail_error(req, &e);
	if (!token_params_parse_deprecated(req, &u.token, &e))
		return fail_error(req, &e);
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
	if (version_has(req->vault, VERSION_AUTH_ALIAS_METADATA))
		json_object_set_new(data, "alias_metadata", json_object());
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
	struct strs names = strs_in(req->arena);

	query_strs(STORE_QUERY(req->vault->store, &userpass_store, NAMES,
		       req->mount->id),
	    &names);
	return reply_keys(req, &names);
}

static const struct param password_params[] = {
	{ "password", P_STRING, NULL, "The new password" },
	{ "password_hash", P_VERSION(P_STRING, VERSION_USERPASS_PASSWORD_HASH),
	    NULL, "Its bcrypt hash" },
	NAME,
	PARAM_END,
};

static enum handler_result
userpass_write_password(struct request *req)
{
	struct userpass_user u;
	struct error e = { 0 };

	if (!userpass_find(req, &u))
		return fail_wrapped(req, 500, "username does not exist");
	if (!userpass_set_password(req, &u, &e))
		return fail_error(req, &e);
	userpass_save(req, &u);
	return reply_none(req);
}

static const struct param policies_params[] = {
	OLD_POLICIES,
	{ "token_policies", P_COMMA_STRINGS, NULL, "The new policies" },
	NAME,
	PARAM_END,
};

/* Vault 1.19: here both names are cleaned; neither leaves all as it is. */
static void
userpass_set_policies(struct request *req, struct token_params *p)
{
	bool by_old = param_is_given(req, "policies");
	bool by_new = param_is_given(req, "token_policies");

	if (!by_old && !by_new)
		return;
	p->policies = policies_clean_copy(req->arena,
	    param_strings(req, by_new ? "token_policies" : "policies", NULL),
	    false, NULL);
	p->deprecated.policies = by_old ? p->policies : NULL;
}

static enum handler_result
userpass_write_policies(struct request *req)
{
	struct userpass_user u;

	if (!userpass_find(req, &u))
		return fail_wrapped(req, 500, "username does not exist");
	userpass_set_policies(req, &u.token);
	userpass_save(req, &u);
	return reply_none(req);
}

/* ---- the login ---- */

/* Vault 1.19: the lockout counts a name as it was written. */
static const char *
userpass_login_alias(struct request *req)
{
	return version_has(req->vault, VERSION_LOCKOUT_ANY_CASE)
	    ? userpass_name(req)
	    : param_capture(req, "username");
}

static bool
userpass_is_password(const struct userpass_user *u, const char *password)
{
	return *u->password_hash ? bcrypt_matches(u->password_hash, password)
				 : strcmp(u->password, password) == 0;
}

/* Vault 1.19: only the wrong password of a user that exists counts for the
 * lockout, and a missing one of anybody. */
static enum handler_result
userpass_login(struct request *req)
{
	const char *password = param_str(req, "password");
	struct userpass_user u;
	struct login who = { 0 };

	if (*password == '\0' &&
	    !version_has(req->vault, VERSION_USERPASS_EMPTY_PASSWORD))
		return fail(req, 500, "missing password");
	if (*password == '\0')
		return login_failed(req, "invalid credentials");
	if (!userpass_find(req, &u))
		return fail(req, 400, USERPASS_WRONG);
	if (!userpass_is_password(&u, password))
		return login_failed(req, USERPASS_WRONG);
	if (!cidr_allows(u.token.bound_cidrs, req->peer))
		return fail(req, 403, "permission denied");
	who.alias = who.display_name = u.name;
	who.metadata = arena_printf(
	    req->arena, "{\"username\":\"%s\"}", u.name);
	who.internal = who.metadata;
	who.token = u.token;
	return login_reply(req, &who);
}

/* Vault 1.19: a name that no user can have names no alias either. */
static enum handler_result
userpass_login_odd_name(struct request *req)
{
	return lockout_is_enabled(req->vault, req->mount)
	    ? fail(
		  req, 500, "failed to determine alias name from login request")
	    : fail_unsupported_path(req);
}

/* Vault 1.19: the token of a user that is gone is not renewed, in silence; one
 * whose policies have changed is an error. */
static bool
userpass_renew_token(struct vault *v, const struct mount *m,
    const struct token *t, struct token_terms *terms, struct error *e)
{
	struct arena *a = arena_new();
	json_t *own = jsontext_to_tree(
	    slice_of(t->auth_data ? t->auth_data : "{}"));
	struct userpass_user u = { 0 };
	bool renewed = userpass_load(
	    v, a, m, jsontree_string(own, "username"), &u);

	if (renewed &&
	    !login_policies_are_equal(u.token.policies, t->policies.items))
		renewed = error_wrap(e, 500,
		    "failed to renew entry: policies have changed, not "
		    "renewing");
	terms->ttl_s = u.token.ttl_s;
	terms->max_ttl_s = u.token.max_ttl_s;
	terms->period_s = u.token.period_s;
	json_decref(own);
	arena_free(a);
	return renewed;
}

static bool
userpass_on_unmount(struct vault *v, struct mount *m)
{
	return STORE_EXEC(v->store, &userpass_store, DROP, m->id) ==
	    UNMOUNT_STEP;
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
	{ OP_READ | OP_LIST | OP_WRITE | OP_DELETE | OP_PATCH,
	    "login/{odd:more}", R_UNAUTH, NULL, userpass_login_odd_name, NULL,
	    "A name that no user can have" },
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
