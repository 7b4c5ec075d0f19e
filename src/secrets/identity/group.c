/*
 * identity/group: groups by id and by name.
 */
#include <string.h>

#include "base/json/jsontree.h"
#include "secrets/identity/identity.h"

static const struct param params[] = {
	{ "id", P_STRING, NULL, "The group" },
	{ "member_entity_ids", P_COMMA_STRINGS, NULL, "Entities in it" },
	{ "member_group_ids", P_COMMA_STRINGS, NULL, "Groups in it" },
	{ "metadata", P_PAIRS, NULL, "Texts that go with it" },
	{ "name", P_STRING, NULL, "Its name" },
	{ "policies", P_COMMA_STRINGS, NULL, "Policies of its members" },
	{ "type", P_STRING, NULL, "internal or external" },
	PARAM_END,
};

/* ---- reading ---- */

static json_t *
identity_group_alias_json(struct request *req, const char *id)
{
	json_t *list = identity_aliases(req->vault, IDENTITY_GROUP_ALIAS, id);
	json_t *first = json_array_get(list, 0);
	json_t *out = first ? identity_alias_json(req, first, true)
			    : json_object();

	json_decref(list);
	return out;
}

/* Vault 1.19: a list of a group that has nothing on it is null. */
enum handler_result
identity_group_reply(struct request *req, json_t *group)
{
	const char *id = jsontree_string(group, "id");

	if (!group)
		return reply_none(req);
	json_object_set_new(group, "alias", identity_group_alias_json(req, id));
	json_object_set_new(group, "member_entity_ids",
	    jsontree_or_null(identity_members(req->vault, id, false)));
	json_object_set_new(group, "member_group_ids",
	    jsontree_or_null(identity_members(req->vault, id, true)));
	json_object_set_new(group, "parent_group_ids",
	    jsontree_or_null(identity_groups_of(req->vault, id)));
	json_object_set_new(group, "policies",
	    jsontree_or_null(json_incref(json_object_get(group, "policies"))));
	json_object_set_new(group, "namespace_id", json_string("root"));
	return reply_data(req, group);
}

static enum handler_result
identity_group_read_by_id(struct request *req)
{
	return identity_group_reply(
	    req, identity_get_by_id_param(req, IDENTITY_GROUP));
}

static enum handler_result
identity_group_read_by_name(struct request *req)
{
	return identity_group_reply(
	    req, identity_get_by_name_param(req, IDENTITY_GROUP));
}

static json_t *
identity_group_key_info(struct request *req, const json_t *group)
{
	const char *id = jsontree_string(group, "id");
	json_t *members = identity_members(req->vault, id, false);
	json_t *parents = identity_groups_of(req->vault, id);
	json_t *out = json_pack("{s:s, s:I, s:I}", "name",
	    jsontree_string(group, "name"), "num_member_entities",
	    (json_int_t)json_array_size(members), "num_parent_groups",
	    (json_int_t)json_array_size(parents));

	json_decref(members);
	json_decref(parents);
	return out;
}

static enum handler_result
identity_group_list_ids(struct request *req)
{
	return identity_list_ids(req, IDENTITY_GROUP, identity_group_key_info);
}

static enum handler_result
identity_group_list_names(struct request *req)
{
	return identity_list_names(req, IDENTITY_GROUP);
}

/* ---- writing ---- */

static enum handler_result
identity_group_set_type(struct request *req, json_t *group, bool creating)
{
	const char *type = param_str(req, "type");

	if (*type && strcmp(type, "internal") != 0 &&
	    strcmp(type, "external") != 0)
		return fail(req, 400, "invalid group type \"%s\"", type);
	if (creating)
		json_object_set_new(
		    group, "type", json_string(*type ? type : "internal"));
	else if (*type && strcmp(type, jsontree_string(group, "type")) != 0)
		return fail(req, 400, "group type cannot be changed");
	return GO_ON;
}

static enum handler_result
identity_group_set_name(struct request *req, json_t *group)
{
	const char *name = param_str(req, "name");
	json_t *other = *name ? identity_get_by_name_param(req, IDENTITY_GROUP)
			      : NULL;
	bool mine = !other ||
	    strcmp(jsontree_string(other, "id"),
		jsontree_string(group, "id")) == 0;

	json_decref(other);
	if (!mine)
		return fail(req, 400, "group name is already in use");
	if (*name)
		json_object_set_new(group, "name", json_string(name));
	return GO_ON;
}

/* Is `id` this group, or one that holds it? */
static bool
identity_group_would_cycle(
    struct request *req, const char *group, const char *id)
{
	json_t *start = json_pack("[s]", group);
	json_t *above = identity_parent_groups(req->vault, start), *one;
	bool found = strcmp(group, id) == 0;
	size_t i;

	json_array_foreach (above, i, one)
		found |= strcmp(json_string_value(one), id) == 0;
	json_decref(start);
	json_decref(above);
	return found;
}

static enum handler_result
identity_group_check_members(
    struct request *req, const char *group, bool groups, char **ids)
{
	for (; *ids; ids++) {
		json_t *member = identity_get(req->vault,
		    groups ? IDENTITY_GROUP : IDENTITY_ENTITY, *ids);

		json_decref(member);
		if (!member)
			return fail(req, 400, "invalid %s ID \"%s\"",
			    groups ? "member group" : "member entity", *ids);
		if (groups && identity_group_would_cycle(req, group, *ids))
			return fail(req, 400, "%s \"%s\"",
			    "cyclic relationship detected for "
			    "member group ID",
			    *ids);
	}
	return GO_ON;
}

static enum handler_result
identity_group_set_members_param(
    struct request *req, const json_t *group, bool groups)
{
	const char *field = groups ? "member_group_ids" : "member_entity_ids";
	const char *id = jsontree_string(group, "id");
	json_t *list;
	char **ids;
	enum handler_result v;

	if (!param_is_given(req, field))
		return GO_ON;
	if (strcmp(jsontree_string(group, "type"), "external") == 0)
		return groups
		    ? fail(req, 400,
			  "member groups can't be set for external groups")
		    : fail(req, 400,
			  "member entities can't be set manually "
			  "for external groups");
	ids = param_strings(req, field, NULL);
	v = identity_group_check_members(req, id, groups, ids);
	if (v)
		return v;
	list = jsontree_strings(ids);
	identity_set_members(req->vault, id, groups, list);
	json_decref(list);
	return GO_ON;
}

static void
identity_group_bump_modify_index(json_t *group)
{
	json_int_t n = json_integer_value(
	    json_object_get(group, "modify_index"));

	json_object_set_new(group, "modify_index", json_integer(n + 1));
}

static enum handler_result
identity_group_save_fields(struct request *req, json_t *group, bool creating)
{
	enum handler_result v = identity_group_set_type(req, group, creating);

	if (!v)
		v = identity_group_set_name(req, group);
	if (!v && !identity_read_fields(req, group, &v))
		return v;
	if (!v)
		v = identity_group_set_members_param(req, group, false);
	if (!v)
		v = identity_group_set_members_param(req, group, true);
	if (v)
		return v;
	identity_group_bump_modify_index(group);
	identity_put(req->vault, IDENTITY_GROUP, group);
	return reply_data(req,
	    json_pack("{s:s, s:s}", "id", jsontree_string(group, "id"), "name",
		jsontree_string(group, "name")));
}

static enum handler_result
identity_group_write(struct request *req)
{
	bool named = *param_str(req, "id") != '\0';
	json_t *group = named ? identity_get_by_id_param(req, IDENTITY_GROUP)
	    : *param_str(req, "name")
	    ? identity_get_by_name_param(req, IDENTITY_GROUP)
	    : NULL;
	bool creating = !group;
	enum handler_result v;

	if (named && !group)
		return fail(req, 400, "invalid group ID");
	if (!group)
		group = identity_draft(
		    req->vault, IDENTITY_GROUP, param_str(req, "name"));
	v = identity_group_save_fields(req, group, creating);
	json_decref(group);
	return v;
}

static enum handler_result
identity_group_delete_by_id(struct request *req)
{
	return identity_remove_reply(
	    req, IDENTITY_GROUP, identity_get_by_id_param(req, IDENTITY_GROUP));
}

static enum handler_result
identity_group_delete_by_name(struct request *req)
{
	return identity_remove_reply(req, IDENTITY_GROUP,
	    identity_get_by_name_param(req, IDENTITY_GROUP));
}

const struct route identity_group_routes[] = {
	{ OP_WRITE, "group", 0, params, identity_group_write, NULL,
	    "Make or change a group" },
	{ OP_LIST, "group/id/?", 0, NULL, identity_group_list_ids, NULL,
	    "Groups by id" },
	{ OP_READ, "group/id/{id}", 0, params, identity_group_read_by_id, NULL,
	    "Read a group" },
	{ OP_WRITE, "group/id/{id}", 0, params, identity_group_write, NULL,
	    "Change a group" },
	{ OP_DELETE, "group/id/{id}", 0, params, identity_group_delete_by_id,
	    NULL, "Remove a group" },
	{ OP_LIST, "group/name/?", 0, NULL, identity_group_list_names, NULL,
	    "Groups by name" },
	{ OP_READ, "group/name/{name:more}", 0, params,
	    identity_group_read_by_name, NULL, "Read a group by its name" },
	{ OP_WRITE, "group/name/{name:more}", 0, params, identity_group_write,
	    NULL, "Make or change a group by its name" },
	{ OP_DELETE, "group/name/{name:more}", 0, params,
	    identity_group_delete_by_name, NULL, "Remove a group by its name" },
	ROUTE_END,
};
