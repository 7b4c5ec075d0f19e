/*
 * identity/group: groups by id and by name.
 */
#include <string.h>

#include "base/go_text.h"
#include "base/json/jsontree.h"
#include "secrets/identity/identity.h"
#include "secrets/identity/identity_common.h"

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

/* Sets "type"; false: refused. */
static bool
identity_group_set_type(struct request *req, json_t *group, bool creating)
{
	const char *type = param_str(req, "type");

	if (!param_is_given(req, "type") && !creating)
		return true;
	if (!creating && strcmp(type, jsontree_string(group, "type")) != 0)
		return refuse(req, 400, "group type cannot be changed");
	if (*type == '\0')
		type = "internal";
	if (strcmp(type, "internal") != 0 && strcmp(type, "external") != 0)
		return refuse(req, 400, "invalid group type %s",
		    go_quoted(req->arena, type));
	json_object_set_new(group, "type", json_string(type));
	return true;
}

/* Sets "name"; false: refused. */
static bool
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
		return refuse(req, 400, "group name is already in use");
	if (*name)
		json_object_set_new(group, "name", json_string(name));
	return true;
}

/* Is `id` a group that holds `group`, perhaps through others? */
static bool
identity_group_would_cycle(
    struct request *req, const char *group, const char *id)
{
	json_t *start = json_pack("[s]", group);
	json_t *above = identity_parent_groups(req->vault, start), *one;
	bool found = false;
	size_t i;

	json_array_foreach (above, i, one)
		found |= strcmp(json_string_value(one), id) == 0;
	json_decref(start);
	json_decref(above);
	return found;
}

/* Vault 1.19: only a circle is a 400, the other faults are bare errors. */
static bool
identity_group_check_member(
    struct request *req, const char *group, bool is_group, const char *id)
{
	json_t *member = identity_get(
	    req->vault, is_group ? IDENTITY_GROUP : IDENTITY_ENTITY, id);
	const char *quoted = go_quoted(req->arena, id);

	json_decref(member);
	if (!member)
		(void)fail_wrapped(req, 500, "invalid %s ID %s",
		    is_group ? "member group" : "entity", quoted);
	else if (is_group && strcmp(group, id) == 0)
		(void)fail_wrapped(req, 500,
		    "member group ID %s is same as the ID of the group",
		    quoted);
	else if (is_group && identity_group_would_cycle(req, group, id))
		(void)fail(req, 400,
		    "cyclic relationship detected for member group ID %s",
		    quoted);
	else
		return true;
	return false;
}

/* Sets the members of one kind when they are given; false: refused. */
static bool
identity_group_set_members_param(
    struct request *req, const json_t *group, bool groups)
{
	const char *field = groups ? "member_group_ids" : "member_entity_ids";
	const char *id = jsontree_string(group, "id");
	json_t *list, *one;
	bool ok = true;
	size_t i;

	if (!param_is_given(req, field))
		return true;
	list = identity_clean_names(
	    req->arena, param_strings(req, field, NULL), false);
	json_array_foreach (list, i, one)
		if (!identity_group_check_member(
			req, id, groups, json_string_value(one))) {
			ok = false;
			break;
		}
	if (ok)
		identity_set_members(req->vault, id, groups, list);
	json_decref(list);
	return ok;
}

/* An external group has the members that logins bring; false: refused. */
static bool
identity_group_may_have_members(struct request *req, const json_t *group)
{
	const char *text = NULL;

	if (strcmp(jsontree_string(group, "type"), "external") != 0)
		return true;
	if (param_is_given(req, "member_entity_ids"))
		text = "member entities can't be set manually for external "
		       "groups";
	else if (param_is_given(req, "member_group_ids"))
		text = "member groups can't be set for external groups";
	if (text)
		(void)fail(req, 400, "%s", text);
	return !text;
}

/* Sets what is given, in Vault's order of refusals; false: refused. */
static bool
identity_group_set_fields(struct request *req, json_t *group, bool creating)
{
	if (!identity_read_policies(req, group, true) ||
	    !identity_group_set_type(req, group, creating) ||
	    !identity_group_set_name(req, group))
		return false;
	if (param_is_given(req, "metadata"))
		json_object_set_new(group, "metadata",
		    identity_given_metadata(req, "metadata"));
	return identity_group_may_have_members(req, group) &&
	    identity_check_metadata(req, group, "group") &&
	    identity_group_set_members_param(req, group, false) &&
	    identity_group_set_members_param(req, group, true);
}

/*
 * Makes a group of `group`'s fields and the request's, or changes it. Takes it
 * over; NULL: a new one. Vault 1.19: a new group is told its id, a changed one
 * nothing.
 */
static enum handler_result
identity_group_save(struct request *req, json_t *group)
{
	bool creating = !group;
	json_t *data = NULL;

	if (creating)
		group = identity_draft(
		    req->vault, IDENTITY_GROUP, param_str(req, "name"));
	if (!identity_group_set_fields(req, group, creating)) {
		json_decref(group);
		return HANDLED;
	}
	json_object_set_new(group, "modify_index",
	    json_integer(
		json_integer_value(json_object_get(group, "modify_index")) +
		1));
	identity_put(req->vault, IDENTITY_GROUP, group);
	if (creating)
		data = json_pack("{s:s, s:s}", "id",
		    jsontree_string(group, "id"), "name",
		    jsontree_string(group, "name"));
	json_decref(group);
	return data ? reply_data(req, data) : reply_none(req);
}

static enum handler_result
identity_group_write_by_id(struct request *req)
{
	json_t *group;

	if (*param_str(req, "id") == '\0')
		return fail(req, 400, "empty group ID");
	group = identity_get_by_id_param(req, IDENTITY_GROUP);
	return group ? identity_group_save(req, group)
		     : fail(req, 400, "invalid group ID");
}

static enum handler_result
identity_group_write_by_name(struct request *req)
{
	if (*param_str(req, "name") == '\0')
		return fail(req, 400, "empty group name");
	return identity_group_save(
	    req, identity_get_by_name_param(req, IDENTITY_GROUP));
}

static enum handler_result
identity_group_write(struct request *req)
{
	if (param_is_given(req, "id"))
		return identity_group_write_by_id(req);
	if (param_is_given(req, "name"))
		return identity_group_write_by_name(req);
	return identity_group_save(req, NULL);
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
	{ OP_WRITE, "group/id/{id}", 0, params, identity_group_write_by_id,
	    NULL, "Change a group" },
	{ OP_DELETE, "group/id/{id}", 0, params, identity_group_delete_by_id,
	    NULL, "Remove a group" },
	{ OP_LIST, "group/name/?", 0, NULL, identity_group_list_names, NULL,
	    "Groups by name" },
	{ OP_READ, "group/name/{name:more}", 0, params,
	    identity_group_read_by_name, NULL, "Read a group by its name" },
	{ OP_WRITE, "group/name/{name:more}", 0, params,
	    identity_group_write_by_name, NULL,
	    "Make or change a group by its name" },
	{ OP_DELETE, "group/name/{name:more}", 0, params,
	    identity_group_delete_by_name, NULL, "Remove a group by its name" },
	ROUTE_END,
};
