/*
 * identity/entity-alias and identity/group-alias: names on auth mounts.
 */
#include <string.h>

#include "base/jtree.h"
#include "core/mount.h"
#include "secrets/identity.h"

static const struct param params[] = {
	{ "canonical_id", P_STRING, NULL, "Whose alias it is" },
	{ "custom_metadata", P_PAIRS, NULL, "Texts that go with it" },
	{ "entity_id", P_STRING, NULL, "Old name of canonical_id" },
	{ "id", P_STRING, NULL, "The alias" },
	{ "metadata", P_PAIRS, NULL, "Ignored, as Vault does" },
	{ "mount_accessor", P_STRING, NULL, "Accessor of the auth mount" },
	{ "name", P_STRING, NULL, "Its name there" },
	PARAM_END,
};

/* By the path: identity/group-alias... */
static bool
of_group(const struct request *req)
{
	return strncmp(req->rel, "group-", 6) == 0;
}

static enum identity_kind
kind_of(const struct request *req)
{
	return of_group(req) ? IDENTITY_GROUP_ALIAS : IDENTITY_ALIAS;
}

static json_t *
by_id(struct request *req)
{
	return identity_get(req->vault, kind_of(req), par_str(req, "id"));
}

static verdict
read_id(struct request *req)
{
	json_t *alias = by_id(req), *data;

	if (!alias)
		return reply_none(req);
	data = identity_show_alias(req, alias, true);
	json_object_set_new(data, "namespace_id", json_string("root"));
	json_decref(alias);
	return reply_data(req, data);
}

static json_t *
info(struct request *req, const json_t *alias)
{
	json_t *out = identity_show_alias(req, alias, false);

	json_object_del(out, "id");
	json_object_set(out, "canonical_id",
	    json_object_get(alias, "canonical_id"));
	if (!of_group(req)) {
		json_object_set(out, "custom_metadata",
		    json_object_get(alias, "custom_metadata"));
		json_object_set(out, "local", json_object_get(alias, "local"));
	}
	return out;
}

static verdict
list_ids(struct request *req)
{
	return identity_list_ids(req, kind_of(req), info);
}

static verdict
delete_id(struct request *req)
{
	identity_remove(req->vault, kind_of(req), par_str(req, "id"));
	return reply_none(req);
}

/* ---- writing ---- */

/* The entity or group it belongs to; an entity is made when none is named. */
static verdict
take_owner(struct request *req, json_t *alias)
{
	const char *owner = par_str(req, "canonical_id");
	enum identity_kind kind =
	    of_group(req) ? IDENTITY_GROUP : IDENTITY_ENTITY;
	json_t *object;

	if (*owner == '\0')
		owner = par_str(req, "entity_id");
	if (*owner == '\0' && *json_text(alias, "canonical_id"))
		return NULL;
	if (*owner == '\0' && of_group(req))
		return fail(req, 400, "missing canonical_id");
	object = *owner ? identity_get(req->vault, kind, owner)
			: identity_draft(req->vault, kind, "");
	if (!object)
		return of_group(req)
		    ? fail(req, 400, "invalid group ID \"%s\"", owner)
		    : fail(req, 400, "invalid canonical ID");
	if (of_group(req) &&
	    strcmp(json_text(object, "type"), "external") != 0) {
		json_decref(object);
		return fail(req, 400,
		    "alias can't be set on an internal group");
	}
	if (*owner == '\0')
		identity_put(req->vault, kind, object);
	json_object_set(alias, "canonical_id", json_object_get(object, "id"));
	json_decref(object);
	return NULL;
}

static verdict
write(struct request *req, json_t *alias)
{
	verdict v = take_owner(req, alias);

	if (v)
		return v;
	if (par_given(req, "custom_metadata"))
		json_object_set_new(alias, "custom_metadata",
		    par_tree(req, "custom_metadata"));
	if (*par_str(req, "name"))
		json_object_set_new(alias, "name",
		    json_string(par_str(req, "name")));
	if (*par_str(req, "mount_accessor"))
		json_object_set_new(alias, "mount_accessor",
		    json_string(par_str(req, "mount_accessor")));
	identity_put(req->vault, kind_of(req), alias);
	return reply_data(req,
	    json_pack("{s:s, s:s}", "id", json_text(alias, "id"),
		"canonical_id", json_text(alias, "canonical_id")));
}

/* The alias that these parameters mean, new when there is none. */
static verdict
find_or_draft(struct request *req, json_t **alias)
{
	const char *name = par_str(req, "name");
	const char *accessor = par_str(req, "mount_accessor");
	const struct mount *m;

	if (*name == '\0')
		return fail(req, 400, "missing alias name");
	if (*accessor == '\0')
		return fail(req, 400, "missing mount_accessor");
	m = mount_by_accessor(req->vault, accessor);
	if (!m)
		return fail(req, 400, "invalid mount accessor \"%s\"",
		    accessor);
	*alias = identity_by_alias(req->vault, kind_of(req), accessor, name);
	if (!*alias) {
		*alias = identity_draft(req->vault, kind_of(req), name);
		json_object_set_new(*alias, "custom_metadata", json_null());
		json_object_set_new(*alias, "local", json_boolean(m->local));
	}
	return NULL;
}

static verdict
write_any(struct request *req)
{
	json_t *alias = NULL;
	verdict v = NULL;

	if (*par_str(req, "id")) {
		alias = by_id(req);
		if (!alias)
			return fail(req, 400, "invalid alias ID");
	} else {
		v = find_or_draft(req, &alias);
	}
	if (!v)
		v = write(req, alias);
	json_decref(alias);
	return v;
}

#define ROWS(prefix, whose)                                              \
	{ OP_WRITE, prefix, 0, params, write_any, NULL,                  \
	    "Make or change an alias of " whose },                       \
	{ OP_LIST, prefix "/id/?", 0, NULL, list_ids, NULL,              \
	    "Aliases of " whose },                                       \
	{ OP_READ, prefix "/id/{id}", 0, params, read_id, NULL,          \
	    "Read an alias of " whose },                                 \
	{ OP_WRITE, prefix "/id/{id}", 0, params, write_any, NULL,       \
	    "Change an alias of " whose },                               \
	{ OP_DELETE, prefix "/id/{id}", 0, params, delete_id, NULL,      \
	    "Remove an alias of " whose }

const struct route identity_alias_routes[] = {
	ROWS("entity-alias", "an entity"),
	ROWS("group-alias", "a group"),
	ROUTE_END,
};
