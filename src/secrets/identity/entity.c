/*
 * identity/entity: entities by id and by name.
 */
#include <string.h>

#include "base/json/jsontree.h"
#include "core/mount/mount.h"
#include "secrets/identity/identity.h"
#include "secrets/identity/identity_common.h"

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
	json_object_set_new(entity, "merged_entity_ids",
	    jsontree_or_null(
		json_incref(json_object_get(entity, "merged_entity_ids"))));
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
	json_t *out = json_pack(
	    "{s:s}", "name", jsontree_string(entity, "name"));
	json_t *aliases = identity_entity_aliases_json(
	    req, jsontree_string(entity, "id"), false);

	static const char *const states[] = { "disabled", "creation_time",
		"last_update_time" };

	if (json_array_size(aliases))
		json_object_set(out, "aliases", aliases);
	json_decref(aliases);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]) &&
	     version_has(req->vault, VERSION_IDENTITY_LIST_STATES);
	     i++)
		json_object_set(
		    out, states[i], json_object_get(entity, states[i]));
	return out;
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

/*
 * The entity that "id" names, else the one that "name" names, else a draft
 * without an id of a client's (*creating). NULL: refused. The caller owns it.
 */
static json_t *
identity_entity_find_or_draft(struct request *req, bool *creating)
{
	const char *id = param_str(req, "id");
	const char *name = param_str(req, "name");
	json_t *entity = NULL, *named = NULL;

	*creating = false;
	if (*id) {
		entity = identity_get_by_id_param(req, IDENTITY_ENTITY);
		if (!entity) {
			(void)fail(req, 400, "entity not found from id");
			return NULL;
		}
	}
	if (*name)
		named = identity_get_by_name_param(req, IDENTITY_ENTITY);
	if (entity && named &&
	    strcmp(jsontree_string(entity, "id"),
		jsontree_string(named, "id")) != 0) {
		json_decref(entity);
		json_decref(named);
		(void)fail(req, 400, "entity name is already in use");
		return NULL;
	}
	if (entity && !named && *param_capture(req, "name") &&
	    version_has(req->vault, VERSION_IDENTITY_LIST_STATES)) {
		json_decref(entity);
		(void)fail(req, 400, "entity name and id do not match");
		return NULL;
	}
	if (!entity)
		entity = json_incref(named);
	json_decref(named);
	if (!entity) {
		*creating = true;
		entity = identity_draft(req->vault, IDENTITY_ENTITY, name);
	}
	if (*name)
		json_object_set_new(entity, "name", json_string(name));
	return entity;
}

/* Vault 1.19: a new entity is told its id, a changed one nothing. */
enum handler_result
identity_entity_write(struct request *req)
{
	bool creating;
	json_t *entity = identity_entity_find_or_draft(req, &creating);
	json_t *data = NULL;

	if (!entity)
		return HANDLED;
	if (!identity_read_policies(req, entity, false)) {
		json_decref(entity);
		return HANDLED;
	}
	if (param_is_given(req, "disabled"))
		json_object_set_new(entity, "disabled",
		    json_boolean(param_bool(req, "disabled")));
	if (param_is_given(req, "metadata"))
		json_object_set_new(entity, "metadata",
		    identity_given_metadata(req, "metadata"));
	if (!identity_check_metadata(req, entity, "entity")) {
		json_decref(entity);
		return HANDLED;
	}
	identity_put(req->vault, IDENTITY_ENTITY, entity);
	if (creating)
		data = json_pack("{s:n, s:s, s:s}", "aliases", "id",
		    jsontree_string(entity, "id"), "name",
		    jsontree_string(entity, "name"));
	json_decref(entity);
	return data ? reply_data(req, data) : reply_none(req);
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
	for (int i = 0; i < n; i++) {
		if (ids[i][0] == '\0')
			return fail_wrapped(req, 500, "missing entity id");
		identity_remove(req->vault, IDENTITY_ENTITY, ids[i]);
	}
	return reply_none(req);
}

/* ---- merging ---- */

static bool
identity_strings_have(char *const *list, const char *text)
{
	for (; *list; list++)
		if (strcmp(*list, text) == 0)
			return true;
	return false;
}

static json_t *
identity_entity_clash_json(
    struct request *req, const json_t *entity, const json_t *alias)
{
	const struct mount *m = mount_by_accessor(
	    req->vault, jsontree_string(alias, "mount_accessor"));

	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "alias",
	    jsontree_string(alias, "name"), "entity",
	    jsontree_string(entity, "name"), "entity_id",
	    jsontree_string(entity, "id"), "mount", m ? m->type : "",
	    "mount_path", m ? m->path : "");
}

/* What a merge finds in its way. */
struct identity_merge_clashes {
	struct buf text; /* a line for each pair of aliases */
	int n;
	json_t *aliases; /* both of each pair, for the answer */
};

/* Adds each pair of aliases of the two entities that are on one mount. */
static void
identity_entity_add_clashes(struct request *req,
    struct identity_merge_clashes *clashes, const json_t *to,
    const json_t *from)
{
	const char *to_id = jsontree_string(to, "id");
	const char *from_id = jsontree_string(from, "id");
	json_t *mine = identity_aliases(req->vault, IDENTITY_ALIAS, to_id);
	json_t *theirs = identity_aliases(req->vault, IDENTITY_ALIAS, from_id);
	json_t *a, *b;
	size_t i, k;

	json_array_foreach (mine, i, a) {
		json_array_foreach (theirs, k, b) {
			const char *accessor = jsontree_string(
			    a, "mount_accessor");

			if (strcmp(accessor,
				jsontree_string(b, "mount_accessor")) != 0)
				continue;
			buf_printf(&clashes->text,
			    "\t* mountAccessor: %s, toEntity ID: %s, "
			    "fromEntity ID: %s, conflicting toEntity alias ID: "
			    "%s, conflicting fromEntity alias ID: %s\n",
			    accessor, to_id, from_id, jsontree_string(a, "id"),
			    jsontree_string(b, "id"));
			clashes->n++;
			json_array_append_new(clashes->aliases,
			    identity_entity_clash_json(req, to, a));
			json_array_append_new(clashes->aliases,
			    identity_entity_clash_json(req, from, b));
		}
	}
	json_decref(mine);
	json_decref(theirs);
}

/* Refuses a merge with clashes; releases them. False: refused. */
static bool
identity_entity_has_no_clashes(
    struct request *req, struct identity_merge_clashes *clashes)
{
	bool none = clashes->n == 0;

	if (none) {
		json_decref(clashes->aliases);
	} else {
		json_t *text = json_sprintf(
		    "%d errors occurred:\n\t* toEntity and at least one "
		    "fromEntity have aliases with the same mount accessor, "
		    "repeat the merge request specifying exactly one "
		    "fromEntity, clashes: \n%s\n",
		    clashes->n + 1, clashes->text.p);

		(void)reply_bare(req, 400,
		    json_pack("{s:[o], s:o}", "errors", text, "data",
			clashes->aliases));
	}
	buf_release(&clashes->text);
	return none;
}

/* May the entities `from` be merged into `to`? False: refused. `keep` names the
 * aliases that win a conflict; without it conflicts are told with the reply. */
static bool
identity_entity_check_merge(
    struct request *req, char **from, const json_t *to, char **keep)
{
	struct identity_merge_clashes clashes = { .n = 0 };

	if (from[1] && *keep && keep[1])
		return refuse(req, 400,
		    "aliases conflicts cannot be resolved with multiple from "
		    "entity ids - merge one entity at a time");
	clashes.aliases = json_array();
	buf_init(&clashes.text, 0);
	for (; *from; from++) {
		json_t *entity = identity_get(
		    req->vault, IDENTITY_ENTITY, *from);
		bool same = strcmp(*from, jsontree_string(to, "id")) == 0;

		if (same || !entity) {
			json_decref(entity);
			json_decref(clashes.aliases);
			buf_release(&clashes.text);
			return refuse(req, 400,
			    same ? "to_entity_id should not be present in "
				   "from_entity_ids"
				 : "entity id to merge from is invalid");
		}
		if (!*keep)
			identity_entity_add_clashes(req, &clashes, to, entity);
		json_decref(entity);
	}
	return identity_entity_has_no_clashes(req, &clashes);
}

/*
 * Moves the aliases of one entity to another. Of two on one mount the one in
 * `keep` stays; false: refused, since neither is there.
 */
static bool
identity_entity_move_aliases(
    struct request *req, const char *from, const char *to, char **keep)
{
	json_t *mine = identity_aliases(req->vault, IDENTITY_ALIAS, to), *a;
	json_t *theirs = identity_aliases(req->vault, IDENTITY_ALIAS, from);
	json_t *b;
	bool ok = true;
	size_t i, k;

	json_array_foreach (theirs, k, b) {
		const char *b_id = jsontree_string(b, "id");
		bool dropped = false;
		json_t *merged;

		json_array_foreach (mine, i, a) {
			const char *a_id = jsontree_string(a, "id");

			if (strcmp(jsontree_string(a, "mount_accessor"),
				jsontree_string(b, "mount_accessor")) != 0)
				continue;
			if (identity_strings_have(keep, a_id)) {
				identity_remove(
				    req->vault, IDENTITY_ALIAS, b_id);
				dropped = true;
			} else if (identity_strings_have(keep, b_id)) {
				identity_remove(
				    req->vault, IDENTITY_ALIAS, a_id);
			} else if (ok) {
				(void)fail(req, 400,
				    "conflicting mount accessors in following "
				    "alias IDs and neither were present in "
				    "conflicting_alias_ids_to_keep: %s, %s",
				    b_id, a_id);
				ok = false;
			}
		}
		if (!ok || dropped)
			continue;
		merged = json_object_get(b, "merged_from_canonical_ids");
		merged = merged ? json_copy(merged) : json_array();
		json_array_append_new(merged, json_string(from));
		json_object_set_new(b, "merged_from_canonical_ids", merged);
		json_object_set_new(b, "canonical_id", json_string(to));
		identity_put(req->vault, IDENTITY_ALIAS, b);
	}
	json_decref(mine);
	json_decref(theirs);
	return ok;
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

/* Notes in `to` that it holds `from`, and what that held. */
static void
identity_entity_add_merged_ids(
    struct request *req, json_t *to, const char *from)
{
	json_t *entity = identity_get(req->vault, IDENTITY_ENTITY, from);
	json_t *before = json_object_get(entity, "merged_entity_ids");
	json_t *ids = json_object_get(to, "merged_entity_ids");

	ids = json_is_array(ids) ? json_copy(ids) : json_array();
	if (json_is_array(before))
		json_array_extend(ids, before);
	json_array_append_new(ids, json_string(from));
	json_object_set_new(to, "merged_entity_ids", ids);
	json_decref(entity);
}

/* Moves aliases and memberships of the given entities to another one, which
 * notes their ids, and removes them. */
static enum handler_result
identity_entity_merge(struct request *req)
{
	const char *to = param_str(req, "to_entity_id");
	char **keep = param_strings(req, "conflicting_alias_ids_to_keep", NULL);
	char **from;
	json_t *target, *ids;
	bool ok;

	if (*to == '\0')
		return fail(req, 400, "missing entity id to merge to");
	from = param_strings(req, "from_entity_ids", NULL);
	if (!*from)
		return fail(req, 400, "missing entity ids to merge from");
	ids = identity_clean_names(req->arena, from, false);
	from = jsontree_to_strings(req->arena, ids);
	json_decref(ids);
	target = identity_get(req->vault, IDENTITY_ENTITY, to);
	if (!target)
		return fail(req, 400, "entity id to merge to is invalid");
	ok = identity_entity_check_merge(req, from, target, keep);
	for (; ok && *from; from++) {
		ok = identity_entity_move_aliases(req, *from, to, keep);
		if (!ok)
			break;
		identity_entity_add_merged_ids(req, target, *from);
		identity_entity_move_memberships(req, *from, to);
		identity_remove(req->vault, IDENTITY_ENTITY, *from);
	}
	if (ok)
		identity_put(req->vault, IDENTITY_ENTITY, target);
	json_decref(target);
	return ok ? reply_none(req) : HANDLED;
}

const struct route identity_entity_routes[] = {
	{ OP_WRITE, "entity", 0, params, identity_entity_write, NULL,
	    "Make or change an entity" },
	{ OP_LIST, "entity/id/?", 0, NULL, identity_entity_list_ids, NULL,
	    "Entities by id" },
	{ OP_READ, "entity/id/{id}", 0, params, identity_entity_read_by_id,
	    NULL, "Read an entity" },
	{ OP_WRITE, "entity/id/{id}", 0, params, identity_entity_write, NULL,
	    "Change an entity" },
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
