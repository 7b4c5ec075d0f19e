/*
 * roles/: what is run for whom, and for how long it holds.
 */
#include <string.h>

#include "api/reply.h"
#include "base/json/jsontree.h"
#include "secrets/database/database.h"
#include "secrets/database/database_common.h"

static const struct param params[] = {
	{ "creation_statements", P_STRINGS, NULL, "What makes a user" },
	DB_CREDENTIAL_PARAMS,
	{ "default_ttl", P_SECONDS, NULL, "First life of a user" },
	{ "max_ttl", P_SECONDS, NULL, "Longest life of a user" },
	{ "name", P_STRING, NULL, "Name of the role" },
	{ "renew_statements", P_STRINGS, NULL, "What prolongs a user" },
	{ "revocation_statements", P_STRINGS, NULL, "What ends a user" },
	{ "rollback_statements", P_STRINGS, NULL, "What undoes a failure" },
	PARAM_END,
};

static bool
db_role_read_stored(struct request *req, struct db_role *r)
{
	return db_role_get(req->vault, req->arena, req->mount->id,
	    param_capture(req, "name"), r);
}

static bool
db_role_exists(struct request *req)
{
	struct db_role r;

	return db_role_read_stored(req, &r);
}

/* The statements that the request gives, or those that the role has. */
static char **
db_role_read_list(
    struct request *req, bool known, const char *name, char **kept)
{
	return known && !param_is_given(req, name)
	    ? kept
	    : param_strings(req, name, NULL);
}

static void
db_role_drop_empty_strs(char **list)
{
	char **to = list;

	for (; *list; list++)
		if (**list)
			*to++ = *list;
	*to = NULL;
}

static void
db_role_read_fields(struct request *req, bool known, struct db_role *r)
{
	r->creation = db_role_read_list(
	    req, known, "creation_statements", r->creation);
	r->revocation = db_role_read_list(
	    req, known, "revocation_statements", r->revocation);
	r->rollback = db_role_read_list(
	    req, known, "rollback_statements", r->rollback);
	r->renewal = db_role_read_list(
	    req, known, "renew_statements", r->renewal);
	db_role_drop_empty_strs(r->revocation);
	if (!known || param_is_given(req, "default_ttl"))
		r->default_ttl_s = param_duration(req, "default_ttl");
	if (!known || param_is_given(req, "max_ttl"))
		r->max_ttl_s = param_duration(req, "max_ttl");
}

static enum handler_result
db_role_write(struct request *req)
{
	struct db_role r = { .credential_type = "password",
		.credential_config = SLICE("{}") };
	struct db_static_role other;
	struct error e = { 0 };
	bool known = db_role_read_stored(req, &r);

	r.name = param_capture(req, "name");
	if (db_static_get(
		req->vault, req->arena, req->mount->id, r.name, &other))
		return fail(
		    req, 400, "Role and Static Role names must be unique");
	if (!known || param_is_given(req, "db_name"))
		r.db_name = param_str(req, "db_name");
	if (*r.db_name == '\0')
		return fail(req, 400, "database name is required");
	if (!db_credential_params(
		req, &r.credential_type, &r.credential_config, &e))
		return fail_error(req, &e);
	db_role_read_fields(req, known, &r);
	db_role_put(req->vault, req->mount->id, &r);
	return reply_none(req);
}

static enum handler_result
db_role_read(struct request *req)
{
	struct db_role r;
	json_t *data;

	if (!db_role_read_stored(req, &r))
		return reply_none(req);
	data = json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:s}", "db_name",
	    r.db_name, "creation_statements", jsontree_strings(r.creation),
	    "revocation_statements", jsontree_strings(r.revocation),
	    "rollback_statements", jsontree_strings(r.rollback),
	    "renew_statements", jsontree_strings(r.renewal), "default_ttl",
	    (json_int_t)r.default_ttl_s, "max_ttl", (json_int_t)r.max_ttl_s,
	    "credential_type", r.credential_type);
	if (r.credential_config.n > 2)
		json_object_set_new(data, "credential_config",
		    jsontext_to_tree(r.credential_config));
	return reply_data(req, data);
}

static enum handler_result
db_role_delete(struct request *req)
{
	db_delete(
	    req->vault, DB_ROLES, req->mount->id, param_capture(req, "name"));
	return reply_none(req);
}

static enum handler_result
db_role_list(struct request *req)
{
	return db_reply_names(req, DB_ROLES);
}

const struct route database_role_routes[] = {
	{ OP_LIST, "roles/?", 0, NULL, db_role_list, NULL,
	    "Names of the roles" },
	{ OP_READ, "roles/{name}", 0, params, db_role_read, NULL,
	    "Read a role" },
	{ OP_WRITE, "roles/{name}", 0, params, db_role_write, db_role_exists,
	    "Make or change a role" },
	{ OP_DELETE, "roles/{name}", 0, params, db_role_delete, NULL,
	    "Remove a role" },
	ROUTE_END,
};
