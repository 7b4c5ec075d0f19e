/*
 * identity/entity: entities by id and by name.
 */
#include <string.h>
#include <strings.h>

#include "base/json/jsontree.h"
#include "secrets/identity/identity.h"

static const struct param params[] = {
	{ "disabled", P_BOOL, NULL, "Are its tokens refused?" },
	{ "id", P_STRING, NULL, "The entity" },
	{ "metadata", P_PAIRS, NULL, "Texts that go with it" },
	{ "name", P_STRING, NULL, "Its name" },
	{ "policies", P_COMMA_STRINGS, NULL, "Policies of all its tokens" },
	PARAM_END,
};

static const struct param batch_params[] = {
	{ "entity_ids", P_COMMA_STRINGS, NULL, "The entities" },
	PARAM_END,
};

static const struct param merge_params[] = {
	{ "conflicting_alias_ids_to_keep", P_COMMA_STRINGS, NULL,
	    "Aliases that win a conflict" },
	{ "force", P_BOOL, NULL, "Merge although both have MFA secrets" },
	{ "from_entity_ids", P_COMMA_STRINGS, NULL, "Those that go" },
	{ "to_entity_id", P_STRING, NULL, "The one that stays" },
	PARAM_END,
};

/* ---- reading ---- */

static json_t *
identity_entity_aliases_json(struct request *req, const char *id, bool full)
{
	json_t *list = identity_aliases(req->vault, IDENTITY_ALIAS, id), *one;
	json_t *out = json_array();
	size_t i;

	json_array_foreach (list, i, one)
		json_array_append_new(out, identity_alias_json(req, one, full));
	json_decref(list);
	return out;
}

enum handler_result
identity_entity_reply(struct request *req, json_t *entity)
{
	const char *id = jsontree_string(entity, "id");
	json_t *direct, *above, *both;

	if (!entity)
		return reply_none(req);
	direct = identity_groups_of(req->vault, id);
	above = identity_parent_groups(req->vault, direct);
	both = json_copy(direct);
	json_array_extend(both, above);
	json_object_set_new(
	    entity, "aliases", identity_entity_aliases_json(req, id, true));
	json_object_set_new(entity, "direct_group_ids", direct);
	json_object_set_new(entity, "inherited_group_ids", above);
	json_object_set_new(entity, "group_ids", both);
	json_object_set_new(entity, "merged_entity_ids", json_null());
	json_object_set_new(entity, "namespace_id", json_string("root"));
	return reply_data(req, entity);
}

static enum handler_result
identity_entity_read_by_id(struct request *req)
{
	return identity_entity_reply(
	    req, identity_get_by_id_param(req, IDENTITY_ENTITY));
}

static enum handler_result
identity_entity_read_by_name(struct request *req)
{
	return identity_entity_reply(
	    req, identity_get_by_name_param(req, IDENTITY_ENTITY));
}

static json_t *
identity_entity_key_info(struct request *req, const json_t *entity)
{
	return json_pack("{s:s, s:o}", "name", jsontree_string(entity, "name"),
	    "aliases",
	    identity_entity_aliases_json(
		req, jsontree_string(entity, "id"), false));
}

static enum handler_result
identity_entity_list_ids(struct request *req)
{
	return identity_list_ids(
	    req, IDENTITY_ENTITY, identity_entity_key_info);
}

static enum handler_result
identity_entity_list_names(struct request *req)
{
	return identity_list_names(req, IDENTITY_ENTITY);
}

/* ---- writing ---- */

static bool
identity_entity_set_name(
    struct request *req, json_t *entity, enum handler_result *v)
{
	const char *name = param_str(req, "name");
	json_t *other;
	bool mine;

	if (*name == '\0')
		return true;
	other = identity_by_name(req->vault, IDENTITY_ENTITY, name);
	mine = !other ||
	    strcmp(jsontree_string(other, "id"),
		jsontree_string(entity, "id")) == 0;
	json_decref(other);
	if (!mine) {
		*v = fail(req, 400, "entity name is already in use");
		return false;
	}
	json_object_set_new(entity, "name", json_string(name));
	return true;
}

/* Vault 1.19: a new entity is told its id, a changed one nothing. */
static enum handler_result
identity_entity_save_fields(struct request *req, json_t *entity, bool creating)
{
	enum handler_result v;

	if (param_is_given(req, "disabled"))
		json_object_set_new(entity, "disabled",
		    json_boolean(param_bool(req, "disabled")));
	if (!identity_read_fields(req, entity, &v) ||
	    !identity_entity_set_name(req, entity, &v)) {
		json_decref(entity);
		return v;
	}
	identity_put(req->vault, IDENTITY_ENTITY, entity);
	v = creating ? reply_data(req,
			   json_pack("{s:n, s:s, s:s}", "aliases", "id",
			       jsontree_string(entity, "id"), "name",
			       jsontree_string(entity, "name")))
		     : reply_none(req);
	json_decref(entity);
	return v;
}

static enum handler_result
identity_entity_write(struct request *req)
{
	const char *id = param_str(req, "id");
	const char *name = param_str(req, "name");
	json_t *entity;

	if (*id) {
		entity = identity_get_by_id_param(req, IDENTITY_ENTITY);
		return entity ? identity_entity_save_fields(req, entity, false)
			      : fail(req, 400, "entity not found from id");
	}
	entity = *name ? identity_get_by_name_param(req, IDENTITY_ENTITY)
		       : NULL;
	if (entity)
		return identity_entity_save_fields(req, entity, false);
	return identity_entity_save_fields(
	    req, identity_draft(req->vault, IDENTITY_ENTITY, name), true);
}

static enum handler_result
identity_entity_write_by_id(struct request *req)
{
	json_t *entity = identity_get_by_id_param(req, IDENTITY_ENTITY);

	return entity ? identity_entity_save_fields(req, entity, false)
		      : fail_wrapped(req, 500, "invalid entity id");
}

static enum handler_result
identity_entity_delete_by_id(struct request *req)
{
	return identity_remove_reply(req, IDENTITY_ENTITY,
	    identity_get_by_id_param(req, IDENTITY_ENTITY));
}

static enum handler_result
identity_entity_delete_by_name(struct request *req)
{
	return identity_remove_reply(req, IDENTITY_ENTITY,
	    identity_get_by_name_param(req, IDENTITY_ENTITY));
}

static enum handler_result
identity_entity_batch_delete(struct request *req)
{
	int n;
	char **ids = param_strings(req, "entity_ids", &n);

	if (n == 0)
		return fail(req, 400, "missing entity ids to delete");
	for (int i = 0; i < n; i++)
		identity_remove(req->vault, IDENTITY_ENTITY, ids[i]);
	return reply_none(req);
}

/* ---- merging ---- */

static void
identity_entity_move_aliases(
    struct request *req, const char *from, const char *to)
{
	json_t *list = identity_aliases(req->vault, IDENTITY_ALIAS, from), *one;
	size_t i;

	json_array_foreach (list, i, one) {
		json_object_set_new(one, "canonical_id", json_string(to));
		identity_put(req->vault, IDENTITY_ALIAS, one);
	}
	json_decref(list);
}

static void
identity_entity_move_memberships(
    struct request *req, const char *from, const char *to)
{
	json_t *groups = identity_groups_of(req->vault, from), *one;
	size_t i;

	json_array_foreach (groups, i, one) {
		const char *group = json_string_value(one);
		json_t *members = identity_members(req->vault, group, false);

		json_array_append_new(members, json_string(to));
		identity_set_members(req->vault, group, false, members);
		json_decref(members);
	}
	json_decref(groups);
}

static enum handler_result
identity_entity_check_merge(struct request *req, char **from, const char *to)
{
	if (!*from)
		return fail(req, 400, "missing entity ids to merge from");
	if (*to == '\0')
		return fail(req, 400, "missing entity id to merge to");
	for (; *from; from++) {
		json_t *entity = identity_get(
		    req->vault, IDENTITY_ENTITY, *from);

		json_decref(entity);
		if (strcmp(*from, to) == 0)
			return fail(req, 400,
			    "to_entity_id should not be "
			    "present in from_entity_ids");
		if (!entity)
			return fail(
			    req, 400, "entity id to merge from is invalid");
	}
	return GO_ON;
}

static enum handler_result
identity_entity_merge(struct request *req)
{
	char **from = param_strings(req, "from_entity_ids", NULL);
	const char *to = param_str(req, "to_entity_id");
	enum handler_result v = identity_entity_check_merge(req, from, to);
	json_t *target;

	if (v)
		return v;
	target = identity_get(req->vault, IDENTITY_ENTITY, to);
	if (!target)
		return fail(req, 400, "entity id to merge to is invalid");
	for (; *from; from++) {
		identity_entity_move_aliases(req, *from, to);
		identity_entity_move_memberships(req, *from, to);
		identity_remove(req->vault, IDENTITY_ENTITY, *from);
	}
	identity_put(req->vault, IDENTITY_ENTITY, target);
	json_decref(target);
	return reply_none(req);
}

const struct route identity_entity_routes[] = {
	{ OP_WRITE, "entity", 0, params, identity_entity_write, NULL,
	    "Make or change an entity" },
	{ OP_LIST, "entity/id/?", 0, NULL, identity_entity_list_ids, NULL,
	    "Entities by id" },
	{ OP_READ, "entity/id/{id}", 0, params, identity_entity_read_by_id,
	    NULL, "Read an entity" },
	{ OP_WRITE, "entity/id/{id}", 0, params, identity_entity_write_by_id,
	    NULL, "Change an entity" },
	{ OP_DELETE, "entity/id/{id}", 0, params, identity_entity_delete_by_id,
	    NULL, "Remove an entity" },
	{ OP_LIST, "entity/name/?", 0, NULL, identity_entity_list_names, NULL,
	    "Entities by name" },
	{ OP_READ, "entity/name/{name:more}", 0, params,
	    identity_entity_read_by_name, NULL, "Read an entity by its name" },
	{ OP_WRITE, "entity/name/{name:more}", 0, params, identity_entity_write,
	    NULL, "Make or change an entity by its name" },
	{ OP_DELETE, "entity/name/{name:more}", 0, params,
	    identity_entity_delete_by_name, NULL,
	    "Remove an entity by its name" },
	{ OP_WRITE, "entity/batch-delete", 0, batch_params,
	    identity_entity_batch_delete, NULL, "Remove entities" },
	{ OP_WRITE, "entity/merge/?", 0, merge_params, identity_entity_merge,
	    NULL, "Make one entity of several" },
	ROUTE_END,
};
