/*
 * identity/lookup: an entity or a group by what one knows of it.
 */
#include <string.h>

#include "base/json/jsontree.h"
#include "secrets/identity/identity.h"
#include "secrets/identity/identity_common.h"

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

/*
 * Finds an entity or a group; *found is NULL when there is none. False:
 * refused. Vault 1.19: a field counts when it is given, even when it is empty.
 */
static bool
identity_lookup_find(struct request *req, enum identity_kind kind,
    enum identity_kind alias_kind, json_t **found)
{
	const char *id = param_str(req, "id"), *name = param_str(req, "name");
	const char *alias = param_str(req, "alias_id");
	const char *alias_name = param_str(req, "alias_name");
	const char *mount = param_str(req, "alias_mount_accessor");
	int given = 0;

	for (const struct param *p = params; p->name; p++)
		given += param_is_given(req, p->name);
	*found = NULL;
	if (given == 0)
		return refuse(req, 400, "query parameter not supplied");
	if (given > 1 && !(given == 2 && *alias_name && *mount)) {
		(void)fail(req, 400,
		    "query parameter conflict; please supply distinct set of "
		    "query parameters");
		return false;
	}
	if (given == 1 && (*alias_name || *mount))
		return refuse(req, 400,
		    "both 'alias_name' and 'alias_mount_accessor' needs to be "
		    "set");
	if (*id)
		*found = identity_get(req->vault, kind, id);
	else if (*name)
		*found = identity_by_name(req->vault, kind, name);
	else if (*alias)
		*found = identity_lookup_alias_owner(
		    req, kind, identity_get(req->vault, alias_kind, alias));
	else if (*alias_name)
		*found = identity_lookup_alias_owner(req, kind,
		    identity_by_alias(
			req->vault, alias_kind, mount, alias_name));
	return true;
}

static enum handler_result
identity_lookup_entity(struct request *req)
{
	json_t *found;

	if (!identity_lookup_find(req, IDENTITY_ENTITY, IDENTITY_ALIAS, &found))
		return HANDLED;
	return identity_entity_reply(req, found);
}

static enum handler_result
identity_lookup_group(struct request *req)
{
	json_t *found;

	if (!identity_lookup_find(
		req, IDENTITY_GROUP, IDENTITY_GROUP_ALIAS, &found))
		return HANDLED;
	return identity_group_reply(req, found);
}

const struct route identity_lookup_routes[] = {
	{ OP_WRITE, "lookup/entity", 0, params, identity_lookup_entity, NULL,
	    "Find an entity" },
	{ OP_WRITE, "lookup/group", 0, params, identity_lookup_group, NULL,
	    "Find a group" },
	ROUTE_END,
};
