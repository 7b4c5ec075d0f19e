/*
 * identity/lookup: an entity or a group by what one knows of it.
 */
#include <string.h>

#include "base/json/jsontree.h"
#include "secrets/identity/identity.h"

static const struct param params[] = {
	{ "alias_id", P_STRING, NULL, "An alias" },
	{ "alias_mount_accessor", P_STRING, NULL, "Mount of the alias" },
	{ "alias_name", P_STRING, NULL, "Name of the alias" },
	{ "id", P_STRING, NULL, "Its id" },
	{ "name", P_STRING, NULL, "Its name" },
	PARAM_END,
};

static json_t *
identity_lookup_alias_owner(
    struct request *req, enum identity_kind kind, json_t *alias)
{
	json_t *owner = alias ? identity_get(req->vault, kind,
				    jsontree_string(alias, "canonical_id"))
			      : NULL;

	json_decref(alias);
	return owner;
}

/* Vault 1.19: exactly one way to name it. */
static enum handler_result
identity_lookup_find(struct request *req, enum identity_kind kind,
    enum identity_kind alias_kind, json_t **found)
{
	const char *id = param_str(req, "id"), *name = param_str(req, "name");
	const char *alias = param_str(req, "alias_id");
	const char *alias_name = param_str(req, "alias_name");
	const char *mount = param_str(req, "alias_mount_accessor");
	int ways = !!*id + !!*name + !!*alias + (*alias_name || *mount);

	if (ways == 0)
		return fail(req, 400, "query parameters not supplied");
	if (ways > 1)
		return fail(req, 400, "multiple query parameters supplied");
	if (*id)
		*found = identity_get(req->vault, kind, id);
	else if (*name)
		*found = identity_by_name(req->vault, kind, name);
	else if (*alias)
		*found = identity_lookup_alias_owner(
		    req, kind, identity_get(req->vault, alias_kind, alias));
	else if (!*alias_name)
		return fail(req, 400, "missing alias_name");
	else if (!*mount)
		return fail(req, 400, "missing alias_mount_accessor");
	else
		*found = identity_lookup_alias_owner(req, kind,
		    identity_by_alias(
			req->vault, alias_kind, mount, alias_name));
	return GO_ON;
}

static enum handler_result
identity_lookup_entity(struct request *req)
{
	json_t *found = NULL;
	enum handler_result v = identity_lookup_find(
	    req, IDENTITY_ENTITY, IDENTITY_ALIAS, &found);

	return v ? v : identity_entity_reply(req, found);
}

static enum handler_result
identity_lookup_group(struct request *req)
{
	json_t *found = NULL;
	enum handler_result v = identity_lookup_find(
	    req, IDENTITY_GROUP, IDENTITY_GROUP_ALIAS, &found);

	return v ? v : identity_group_reply(req, found);
}

const struct route identity_lookup_routes[] = {
	{ OP_WRITE, "lookup/entity/?", 0, params, identity_lookup_entity, NULL,
	    "Find an entity" },
	{ OP_WRITE, "lookup/group/?", 0, params, identity_lookup_group, NULL,
	    "Find a group" },
	ROUTE_END,
};
