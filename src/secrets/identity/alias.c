/*
 * identity/entity-alias and identity/group-alias: names on auth mounts.
 */
#include <string.h>

#include "api/custom_metadata.h"
#include "base/go_text.h"
#include "base/json/jsontree.h"
#include "core/mount/mount.h"
#include "secrets/identity/identity.h"
#include "secrets/identity/identity_common.h"

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
identity_alias_is_group(const struct request *req)
{
	return strncmp(req->rel_path, "group-", 6) == 0;
}

static enum identity_kind
identity_alias_kind(const struct request *req)
{
	return identity_alias_is_group(req) ? IDENTITY_GROUP_ALIAS
					    : IDENTITY_ALIAS;
}

static json_t *
identity_alias_get_by_id_param(struct request *req)
{
	return identity_get(
	    req->vault, identity_alias_kind(req), param_str(req, "id"));
}

static enum handler_result
identity_alias_read(struct request *req)
{
	json_t *alias = identity_alias_get_by_id_param(req), *data;

	if (!alias)
		return reply_none(req);
	data = identity_alias_json(req, alias, true);
	json_object_set_new(data, "namespace_id", json_string("root"));
	json_decref(alias);
	return reply_data(req, data);
}

static json_t *
identity_alias_key_info(struct request *req, const json_t *alias)
{
	json_t *out = identity_alias_json(req, alias, false);

	json_object_del(out, "id");
	json_object_set(
	    out, "canonical_id", json_object_get(alias, "canonical_id"));
	if (!identity_alias_is_group(req)) {
		json_object_set(out, "custom_metadata",
		    json_object_get(alias, "custom_metadata"));
		json_object_set(out, "local", json_object_get(alias, "local"));
		if (version_has(req->vault, VERSION_IDENTITY_ALIAS_METADATA))
			json_object_set(out, "metadata",
			    json_object_get(alias, "metadata"));
	}
	return out;
}

static enum handler_result
identity_alias_list(struct request *req)
{
	return identity_list_ids(
	    req, identity_alias_kind(req), identity_alias_key_info);
}

static enum handler_result
identity_alias_delete(struct request *req)
{
	identity_remove(
	    req->vault, identity_alias_kind(req), param_str(req, "id"));
	return reply_none(req);
}

/* ---- writing ---- */

/* What an alias becomes: names as given, or as they were. */
struct identity_alias_change {
	const char *name;
	const char *accessor;
	const char *owner;	 /* "" for the one it has */
	json_t *custom_metadata; /* object of strings, owned; of entities */
};

static enum handler_result
identity_alias_save_reply(struct request *req, json_t *alias)
{
	identity_put(req->vault, identity_alias_kind(req), alias);
	return reply_data(req,
	    json_pack("{s:s, s:s}", "id", jsontree_string(alias, "id"),
		"canonical_id", jsontree_string(alias, "canonical_id")));
}

static void
identity_alias_apply_change(
    json_t *alias, const struct identity_alias_change *to)
{
	json_object_set_new(alias, "name", json_string(to->name));
	json_object_set_new(alias, "mount_accessor", json_string(to->accessor));
	if (*to->owner)
		json_object_set_new(
		    alias, "canonical_id", json_string(to->owner));
}

static bool
identity_alias_is_unchanged(
    const json_t *alias, const struct identity_alias_change *to)
{
	const char *owner = jsontree_string(alias, "canonical_id");

	return strcmp(jsontree_string(alias, "name"), to->name) == 0 &&
	    strcmp(jsontree_string(alias, "mount_accessor"), to->accessor) ==
	    0 &&
	    (*to->owner == '\0' || strcmp(owner, to->owner) == 0);
}

/* Empty custom metadata and none are the same. */
static bool
identity_alias_has_custom_metadata(const json_t *alias, const json_t *custom)
{
	json_t *old = json_object_get(alias, "custom_metadata");

	return json_object_size(old) == 0 ? json_object_size(custom) == 0
					  : json_equal(old, custom);
}

/* Has another alias than this the name on the mount? */
static bool
identity_alias_name_is_in_use(struct request *req, const json_t *alias,
    const struct identity_alias_change *to)
{
	json_t *other = identity_by_alias(
	    req->vault, identity_alias_kind(req), to->accessor, to->name);
	bool found = other &&
	    strcmp(jsontree_string(other, "id"),
		jsontree_string(alias, "id")) != 0;

	json_decref(other);
	return found;
}

/* Has the owner an alias on the mount already? */
static bool
identity_alias_owner_has_alias(
    struct request *req, const char *owner, const char *accessor)
{
	json_t *list = identity_aliases(
		   req->vault, identity_alias_kind(req), owner),
	       *one;
	bool found = false;
	size_t i;

	json_array_foreach (list, i, one)
		found |= strcmp(jsontree_string(one, "mount_accessor"),
			     accessor) == 0;
	json_decref(list);
	return found;
}

static bool
identity_alias_owner_exists(
    struct request *req, enum identity_kind kind, const char *id)
{
	json_t *object = identity_get(req->vault, kind, id);

	json_decref(object);
	return object != NULL;
}

/* Vault 1.19: an alias that names no owner brings one along. */
static const char *
identity_alias_create_owner(struct request *req, enum identity_kind kind)
{
	json_t *object = identity_draft(req->vault, kind, "");
	const char *id = arena_strdup(
	    req->arena, jsontree_string(object, "id"));

	if (kind == IDENTITY_GROUP)
		json_object_update_new(object,
		    json_pack(
			"{s:s, s:i}", "type", "external", "modify_index", 1));
	identity_put(req->vault, kind, object);
	json_decref(object);
	return id;
}

/* ---- of entities ---- */

static enum handler_result
identity_alias_create_for_entity(struct request *req,
    struct identity_alias_change *to, const struct mount *m)
{
	json_t *alias;
	enum handler_result v;

	if (*to->owner &&
	    !identity_alias_owner_exists(req, IDENTITY_ENTITY, to->owner))
		return fail(req, 400, "invalid canonical ID");
	if (*to->owner &&
	    identity_alias_owner_has_alias(req, to->owner, to->accessor))
		return fail(req, 400,
		    "Alias already exists for requested "
		    "entity and mount accessor");
	if (*to->owner == '\0')
		to->owner = identity_alias_create_owner(req, IDENTITY_ENTITY);
	alias = identity_draft(req->vault, IDENTITY_ALIAS, to->name);
	json_object_set(alias, "custom_metadata", to->custom_metadata);
	json_object_set_new(alias, "local", json_boolean(m->local));
	identity_alias_apply_change(alias, to);
	v = identity_alias_save_reply(req, alias);
	json_decref(alias);
	return v;
}

/* Does the entity that the alias goes to take it? False: refused. */
static bool
identity_alias_check_move(
    struct request *req, const char *owner, const struct mount *m)
{
	const char *text = NULL;

	if (m->local)
		text = "local aliases can't be moved between entities";
	else if (!identity_alias_owner_exists(req, IDENTITY_ENTITY, owner))
		text = "given 'canonical_id' is not associated with an entity";
	else if (identity_alias_owner_has_alias(req, owner, m->accessor))
		text = "Alias cannot be updated as the given entity already "
		       "has an alias for this mount ";
	if (text)
		(void)fail(req, 400, "%s", text);
	return !text;
}

/* Changes an alias, after checks in Vault's order; 204 when nothing changes. */
static enum handler_result
identity_alias_update(
    struct request *req, json_t *alias, const struct identity_alias_change *to)
{
	const char *owner = jsontree_string(alias, "canonical_id");
	const struct mount *m = mount_by_accessor(req->vault, to->accessor);
	bool moves = *to->owner && strcmp(to->owner, owner) != 0;
	bool same_mount = strcmp(jsontree_string(alias, "mount_accessor"),
			      to->accessor) == 0;
	bool same = identity_alias_has_custom_metadata(
	    alias, to->custom_metadata);

	if (same && identity_alias_is_unchanged(alias, to))
		return reply_none(req);
	if (!same_mount && !moves &&
	    identity_alias_owner_has_alias(req, owner, to->accessor))
		return fail(req, 400,
		    "Alias cannot be updated as the entity already has an "
		    "alias for the given 'mount_accessor' ");
	if (!m)
		return fail(req, 400, "invalid mount accessor %s",
		    go_quoted(req->arena, to->accessor));
	if (identity_alias_name_is_in_use(req, alias, to))
		return fail(req, 400,
		    "alias with combination of mount "
		    "accessor and name already exists");
	if (moves && !identity_alias_check_move(req, to->owner, m))
		return HANDLED;
	json_object_set(alias, "custom_metadata", to->custom_metadata);
	identity_alias_apply_change(alias, to);
	return identity_alias_save_reply(req, alias);
}

static enum handler_result
identity_alias_update_by_id(
    struct request *req, struct identity_alias_change *to)
{
	json_t *alias = identity_alias_get_by_id_param(req);
	enum handler_result v;

	if (!alias)
		return fail(req, 400, "invalid alias ID provided");
	if (*to->name == '\0')
		to->name = arena_strdup(
		    req->arena, jsontree_string(alias, "name"));
	if (*to->accessor == '\0')
		to->accessor = arena_strdup(
		    req->arena, jsontree_string(alias, "mount_accessor"));
	if (!param_is_given(req, "custom_metadata")) {
		json_decref(to->custom_metadata);
		to->custom_metadata = json_incref(
		    json_object_get(alias, "custom_metadata"));
	}
	v = identity_alias_update(req, alias, to);
	json_decref(alias);
	return v;
}

static enum handler_result
identity_alias_write_checked(
    struct request *req, struct identity_alias_change *to)
{
	const struct mount *m;
	json_t *alias;
	enum handler_result v;

	if (*param_str(req, "id"))
		return identity_alias_update_by_id(req, to);
	if (*to->name == '\0' || *to->accessor == '\0')
		return fail(req, 400,
		    "'id' or 'mount_accessor' and 'name' "
		    "must be provided");
	m = mount_by_accessor(req->vault, to->accessor);
	if (!m)
		return fail(req, 400, "invalid mount accessor %s",
		    go_quoted(req->arena, to->accessor));
	alias = identity_by_alias(
	    req->vault, IDENTITY_ALIAS, to->accessor, to->name);
	v = alias ? identity_alias_update(req, alias, to)
		  : identity_alias_create_for_entity(req, to, m);
	json_decref(alias);
	return v;
}

/* Vault 1.19: custom metadata is judged before ids, mounts and names. */
static enum handler_result
identity_alias_write_of_entity(struct request *req)
{
	struct identity_alias_change to = { param_str(req, "name"),
		param_str(req, "mount_accessor"),
		param_str(req, "canonical_id"),
		param_is_given(req, "custom_metadata")
		    ? identity_given_metadata(req, "custom_metadata")
		    : json_object() };
	enum handler_result v = HANDLED;
	struct buf custom;

	if (*to.owner == '\0')
		to.owner = param_str(req, "entity_id");
	buf_init(&custom, 0);
	jsontext_put(&custom, to.custom_metadata);
	if (custom_metadata_check(
		req, 500, (struct slice){ custom.p, custom.n }, false))
		v = identity_alias_write_checked(req, &to);
	buf_release(&custom);
	json_decref(to.custom_metadata);
	return v;
}

/* ---- of groups ---- */

/* May the group that is named have an alias? False: refused. */
static bool
identity_alias_check_group(
    struct request *req, const struct identity_alias_change *to)
{
	json_t *group = *to->owner
	    ? identity_get(req->vault, IDENTITY_GROUP, to->owner)
	    : NULL;
	const char *text = NULL;

	if (*to->owner && !group)
		text = "invalid group ID given in 'canonical_id'";
	else if (group &&
	    strcmp(jsontree_string(group, "type"), "external") != 0)
		text = "alias can't be set on an internal group";
	json_decref(group);
	if (text)
		(void)fail(req, 400, "%s", text);
	return !text;
}

/* May the alias have its name on its mount? False: refused. */
static bool
identity_alias_check_mount(struct request *req, const json_t *alias,
    const struct identity_alias_change *to)
{
	const struct mount *m = mount_by_accessor(req->vault, to->accessor);
	const char *quoted = go_quoted(req->arena, to->accessor);

	if (!m)
		(void)fail(req, 400, "invalid mount accessor %s", quoted);
	else if (m->local)
		(void)fail(
		    req, 400, "mount accessor %s is a local mount", quoted);
	else if (identity_alias_name_is_in_use(req, alias, to))
		(void)fail(req, 400,
		    "combination of mount and group alias "
		    "name is already in use");
	else
		return true;
	return false;
}

/* A group has one alias: the new one takes the old one's place. */
static void
identity_alias_remove_replaced(
    struct request *req, const char *group, const char *id)
{
	json_t *list = identity_aliases(
		   req->vault, IDENTITY_GROUP_ALIAS, group),
	       *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (strcmp(jsontree_string(one, "id"), id) != 0)
			identity_remove(req->vault, IDENTITY_GROUP_ALIAS,
			    jsontree_string(one, "id"));
	json_decref(list);
}

static enum handler_result
identity_alias_put_of_group(
    struct request *req, json_t *alias, struct identity_alias_change *to)
{
	if (*to->name == '\0')
		return fail(req, 400, "missing alias name");
	if (*to->accessor == '\0')
		return fail(req, 400, "missing mount_accessor");
	if (identity_alias_is_unchanged(alias, to))
		return reply_none(req);
	if (!identity_alias_check_group(req, to) ||
	    !identity_alias_check_mount(req, alias, to))
		return HANDLED;
	if (*to->owner == '\0' &&
	    *jsontree_string(alias, "canonical_id") == '\0')
		to->owner = identity_alias_create_owner(req, IDENTITY_GROUP);
	identity_alias_apply_change(alias, to);
	identity_alias_remove_replaced(req,
	    jsontree_string(alias, "canonical_id"),
	    jsontree_string(alias, "id"));
	return identity_alias_save_reply(req, alias);
}

static enum handler_result
identity_alias_write_of_group(struct request *req)
{
	struct identity_alias_change to = { param_str(req, "name"),
		param_str(req, "mount_accessor"),
		param_str(req, "canonical_id"), NULL };
	bool named = param_is_given(req, "id");
	json_t *alias;
	enum handler_result v;

	if (named && *param_str(req, "id") == '\0')
		return fail(req, 400, "empty group alias ID");
	alias = named ? identity_alias_get_by_id_param(req)
		      : identity_draft(req->vault, IDENTITY_GROUP_ALIAS, "");
	if (!alias)
		return fail(req, 400, "invalid group alias ID");
	if (!named)
		json_object_update_new(alias,
		    json_pack("{s:n, s:b}", "custom_metadata", "local", false));
	v = identity_alias_put_of_group(req, alias, &to);
	json_decref(alias);
	return v;
}

/* Vault 1.19: what "persona" writes is an entity, what it reads an alias. */
static const struct param persona_params[] = {
	{ "disabled", P_BOOL, NULL, "Are its tokens refused?" },
	{ "entity_id", P_STRING, NULL, "Nothing" },
	{ "id", P_STRING, NULL, "The entity, or the alias" },
	{ "metadata", P_PAIRS, NULL, "Texts that go with it" },
	{ "mount_accessor", P_STRING, NULL, "Nothing" },
	{ "name", P_STRING, NULL, "Its name" },
	{ "policies", P_COMMA_STRINGS, NULL, "Policies of all its tokens" },
	PARAM_END,
};

#define ALIAS_ROUTES(prefix, write_any, whose)                               \
	{ OP_WRITE, prefix, 0, params, write_any, NULL,                      \
		"Make or change an alias of " whose },                       \
	    { OP_LIST, prefix "/id/?", 0, NULL, identity_alias_list, NULL,   \
		    "Aliases of " whose },                                   \
	    { OP_READ, prefix "/id/{id}", 0, params, identity_alias_read,    \
		    NULL, "Read an alias of " whose },                       \
	    { OP_WRITE, prefix "/id/{id}", 0, params, write_any, NULL,       \
		    "Change an alias of " whose },                           \
	{                                                                    \
		OP_DELETE, prefix "/id/{id}", 0, params,                     \
		    identity_alias_delete, NULL, "Remove an alias of " whose \
	}

const struct route identity_alias_routes[] = {
	ALIAS_ROUTES(
	    "entity-alias", identity_alias_write_of_entity, "an entity"),
	ALIAS_ROUTES("group-alias", identity_alias_write_of_group, "a group"),
	ALIAS_ROUTES("alias", identity_alias_write_of_entity, "an entity"),
	{ OP_WRITE, "persona", 0, persona_params, identity_entity_write, NULL,
	    "Old name of entity" },
	{ OP_LIST, "persona/id/?", 0, NULL, identity_alias_list, NULL,
	    "Old name of entity-alias/id" },
	{ OP_READ, "persona/id/{id}", 0, persona_params, identity_alias_read,
	    NULL, "Read an alias of an entity" },
	{ OP_WRITE, "persona/id/{id}", 0, persona_params, identity_entity_write,
	    NULL, "Change an entity" },
	{ OP_DELETE, "persona/id/{id}", 0, persona_params,
	    identity_alias_delete, NULL, "Remove an alias of an entity" },
	ROUTE_END,
};
