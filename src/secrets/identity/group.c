/*
 * identity/group: groups by id and by name.
 */
#include <string.h>

#include "base/json/json_tree.h"
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
shown_alias(struct request *req, const char *id)
{
	json_t *list =
	    identity_aliases(req->vault, IDENTITY_GROUP_ALIAS, id);
	json_t *first = json_array_get(list, 0);
	json_t *out = first ? identity_show_alias(req, first, true)
			    : json_object();

	json_decref(list);
	return out;
}

/* Vault 1.19: a list of a group that has nothing on it is null. */
verdict
identity_answer_group(struct request *req, json_t *group)
{
	const char *id = json_text(group, "id");

	if (!group)
		return reply_none(req);
	json_object_set_new(group, "alias", shown_alias(req, id));
	json_object_set_new(group, "member_entity_ids",
	    json_or_null(identity_members(req->vault, id, false)));
	json_object_set_new(group, "member_group_ids",
	    json_or_null(identity_members(req->vault, id, true)));
	json_object_set_new(group, "parent_group_ids",
	    json_or_null(identity_groups_of(req->vault, id)));
	json_object_set_new(group, "policies",
	    json_or_null(json_incref(json_object_get(group, "policies"))));
	json_object_set_new(group, "namespace_id", json_string("root"));
	return reply_data(req, group);
}

static verdict
read_id(struct request *req)
{
	return identity_answer_group(req, identity_by_id(req, IDENTITY_GROUP));
}

static verdict
read_name(struct request *req)
{
	return identity_answer_group(req, identity_named(req, IDENTITY_GROUP));
}

static json_t *
info(struct request *req, const json_t *group)
{
	const char *id = json_text(group, "id");
	json_t *members = identity_members(req->vault, id, false);
	json_t *parents = identity_groups_of(req->vault, id);
	json_t *out = json_pack("{s:s, s:I, s:I}", "name",
	    json_text(group, "name"), "num_member_entities",
	    (json_int_t)json_array_size(members), "num_parent_groups",
	    (json_int_t)json_array_size(parents));

	json_decref(members);
	json_decref(parents);
	return out;
}

static verdict
list_ids(struct request *req)
{
	return identity_list_ids(req, IDENTITY_GROUP, info);
}

static verdict
list_names(struct request *req)
{
	return identity_list_names(req, IDENTITY_GROUP);
}

/* ---- writing ---- */

static verdict
take_type(struct request *req, json_t *group, bool creating)
{
	const char *type = par_str(req, "type");

	if (*type && strcmp(type, "internal") != 0 &&
	    strcmp(type, "external") != 0)
		return fail(req, 400, "invalid group type \"%s\"", type);
	if (creating)
		json_object_set_new(group, "type",
		    json_string(*type ? type : "internal"));
	else if (*type && strcmp(type, json_text(group, "type")) != 0)
		return fail(req, 400, "group type cannot be changed");
	return NULL;
}

static verdict
take_name(struct request *req, json_t *group)
{
	const char *name = par_str(req, "name");
	json_t *other = *name ? identity_named(req, IDENTITY_GROUP) : NULL;
	bool mine = !other ||
	    strcmp(json_text(other, "id"), json_text(group, "id")) == 0;

	json_decref(other);
	if (!mine)
		return fail(req, 400, "group name is already in use");
	if (*name)
		json_object_set_new(group, "name", json_string(name));
	return NULL;
}

/* Is `id` this group, or one that holds it? */
static bool
would_cycle(struct request *req, const char *group, const char *id)
{
	json_t *start = json_pack("[s]", group);
	json_t *above = identity_groups_above(req->vault, start), *one;
	bool found = strcmp(group, id) == 0;
	size_t i;

	json_array_foreach (above, i, one)
		found |= strcmp(json_string_value(one), id) == 0;
	json_decref(start);
	json_decref(above);
	return found;
}

static verdict
check_members(struct request *req, const char *group, bool groups,
    char **ids)
{
	for (; *ids; ids++) {
		json_t *member = identity_get(req->vault,
		    groups ? IDENTITY_GROUP : IDENTITY_ENTITY, *ids);

		json_decref(member);
		if (!member)
			return fail(req, 400, "invalid %s ID \"%s\"",
			    groups ? "member group" : "member entity", *ids);
		if (groups && would_cycle(req, group, *ids))
			return fail(req, 400,
			    "%s \"%s\"", "cyclic relationship detected for "
			    "member group ID", *ids);
	}
	return NULL;
}

static verdict
take_members(struct request *req, const json_t *group, bool groups)
{
	const char *field = groups ? "member_group_ids" : "member_entity_ids";
	const char *id = json_text(group, "id");
	json_t *list;
	char **ids;
	verdict v;

	if (!par_given(req, field))
		return NULL;
	if (strcmp(json_text(group, "type"), "external") == 0)
		return groups
		    ? fail(req, 400,
			  "member groups can't be set for external groups")
		    : fail(req, 400, "member entities can't be set manually "
				     "for external groups");
	ids = par_list(req, field, NULL);
	v = check_members(req, id, groups, ids);
	if (v)
		return v;
	list = json_texts(ids);
	identity_set_members(req->vault, id, groups, list);
	json_decref(list);
	return NULL;
}

static void
count_change(json_t *group)
{
	json_int_t n =
	    json_integer_value(json_object_get(group, "modify_index"));

	json_object_set_new(group, "modify_index", json_integer(n + 1));
}

static verdict
write(struct request *req, json_t *group, bool creating)
{
	verdict v = take_type(req, group, creating);

	if (!v)
		v = take_name(req, group);
	if (!v && !identity_take(req, group, &v))
		return v;
	if (!v)
		v = take_members(req, group, false);
	if (!v)
		v = take_members(req, group, true);
	if (v)
		return v;
	count_change(group);
	identity_put(req->vault, IDENTITY_GROUP, group);
	return reply_data(req,
	    json_pack("{s:s, s:s}", "id", json_text(group, "id"), "name",
		json_text(group, "name")));
}

static verdict
write_any(struct request *req)
{
	bool named = *par_str(req, "id") != '\0';
	json_t *group = named ? identity_by_id(req, IDENTITY_GROUP)
	    : *par_str(req, "name") ? identity_named(req, IDENTITY_GROUP) : NULL;
	bool creating = !group;
	verdict v;

	if (named && !group)
		return fail(req, 400, "invalid group ID");
	if (!group)
		group = identity_draft(req->vault, IDENTITY_GROUP,
		    par_str(req, "name"));
	v = write(req, group, creating);
	json_decref(group);
	return v;
}

static verdict
delete_id(struct request *req)
{
	return identity_remove_one(req, IDENTITY_GROUP,
	    identity_by_id(req, IDENTITY_GROUP));
}

static verdict
delete_name(struct request *req)
{
	return identity_remove_one(req, IDENTITY_GROUP,
	    identity_named(req, IDENTITY_GROUP));
}

const struct route identity_group_routes[] = {
	{ OP_WRITE, "group", 0, params, write_any, NULL,
	    "Make or change a group" },
	{ OP_LIST, "group/id/?", 0, NULL, list_ids, NULL, "Groups by id" },
	{ OP_READ, "group/id/{id}", 0, params, read_id, NULL,
	    "Read a group" },
	{ OP_WRITE, "group/id/{id}", 0, params, write_any, NULL,
	    "Change a group" },
	{ OP_DELETE, "group/id/{id}", 0, params, delete_id, NULL,
	    "Remove a group" },
	{ OP_LIST, "group/name/?", 0, NULL, list_names, NULL,
	    "Groups by name" },
	{ OP_READ, "group/name/{name:more}", 0, params, read_name, NULL,
	    "Read a group by its name" },
	{ OP_WRITE, "group/name/{name:more}", 0, params, write_any, NULL,
	    "Make or change a group by its name" },
	{ OP_DELETE, "group/name/{name:more}", 0, params, delete_name, NULL,
	    "Remove a group by its name" },
	ROUTE_END,
};
