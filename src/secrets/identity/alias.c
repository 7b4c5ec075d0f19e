/*
 * identity/entity-alias and identity/group-alias: names on auth mounts.
 */
#include <string.h>

#include "base/json/json_tree.h"
#include "core/mount/mount.h"
#include "secrets/identity/identity.h"

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

/* What an alias would become: names as given, or as they were. */
struct change {
	const char *name;
	const char *accessor;
	const char *owner; /* "" for the one it has */
};

static verdict
saved(struct request *req, json_t *alias)
{
	identity_put(req->vault, kind_of(req), alias);
	return reply_data(req,
	    json_pack("{s:s, s:s}", "id", json_text(alias, "id"),
		"canonical_id", json_text(alias, "canonical_id")));
}

static void
apply(json_t *alias, const struct change *to)
{
	json_object_set_new(alias, "name", json_string(to->name));
	json_object_set_new(alias, "mount_accessor",
	    json_string(to->accessor));
	if (*to->owner)
		json_object_set_new(alias, "canonical_id",
		    json_string(to->owner));
}

static bool
unchanged(const json_t *alias, const struct change *to)
{
	return strcmp(json_text(alias, "name"), to->name) == 0 &&
	    strcmp(json_text(alias, "mount_accessor"), to->accessor) == 0 &&
	    (*to->owner == '\0' ||
		strcmp(json_text(alias, "canonical_id"), to->owner) == 0);
}

/* Has another alias than this the name on the mount? */
static bool
taken(struct request *req, const json_t *alias, const struct change *to)
{
	json_t *other = identity_by_alias(req->vault, kind_of(req),
	    to->accessor, to->name);
	bool found = other &&
	    strcmp(json_text(other, "id"), json_text(alias, "id")) != 0;

	json_decref(other);
	return found;
}

/* Has the owner an alias on the mount already? */
static bool
owner_has(struct request *req, const char *owner, const char *accessor)
{
	json_t *list = identity_aliases(req->vault, kind_of(req), owner), *one;
	bool found = false;
	size_t i;

	json_array_foreach (list, i, one)
		found |= strcmp(json_text(one, "mount_accessor"),
			     accessor) == 0;
	json_decref(list);
	return found;
}

static bool
owner_known(struct request *req, enum identity_kind kind, const char *id)
{
	json_t *object = identity_get(req->vault, kind, id);

	json_decref(object);
	return object != NULL;
}

/* Vault 1.19: an alias that names no owner brings one along. */
static const char *
made_owner(struct request *req, enum identity_kind kind)
{
	json_t *object = identity_draft(req->vault, kind, "");
	const char *id = arena_strdup(req->arena, json_text(object, "id"));

	if (kind == IDENTITY_GROUP)
		json_object_update_new(object,
		    json_pack("{s:s, s:i}", "type", "external",
			"modify_index", 1));
	identity_put(req->vault, kind, object);
	json_decref(object);
	return id;
}

/* ---- of entities ---- */

static verdict
create(struct request *req, struct change *to, const struct mount *m)
{
	json_t *alias;
	verdict v;

	if (*to->owner && !owner_known(req, IDENTITY_ENTITY, to->owner))
		return fail(req, 400, "invalid canonical ID");
	if (*to->owner && owner_has(req, to->owner, to->accessor))
		return fail(req, 400, "Alias already exists for requested "
				      "entity and mount accessor");
	if (*to->owner == '\0')
		to->owner = made_owner(req, IDENTITY_ENTITY);
	alias = identity_draft(req->vault, IDENTITY_ALIAS, to->name);
	json_object_set_new(alias, "custom_metadata",
	    par_given(req, "custom_metadata")
		? par_tree(req, "custom_metadata")
		: json_object());
	json_object_set_new(alias, "local", json_boolean(m->local));
	apply(alias, to);
	v = saved(req, alias);
	json_decref(alias);
	return v;
}

/* Does the entity it goes to, or stays with, refuse it? */
static verdict
check_move(struct request *req, const json_t *alias, const struct change *to)
{
	const char *now = json_text(alias, "canonical_id");
	bool moves = *to->owner && strcmp(to->owner, now) != 0;

	if (!moves)
		return strcmp(json_text(alias, "mount_accessor"),
			   to->accessor) != 0 &&
			owner_has(req, now, to->accessor)
		    ? fail(req, 400,
			  "Alias cannot be updated as the entity already has "
			  "an alias for the given 'mount_accessor' ")
		    : NULL;
	if (json_is_true(json_object_get(alias, "local")))
		return fail(req, 400,
		    "local aliases can't be moved between entities");
	if (!owner_known(req, IDENTITY_ENTITY, to->owner))
		return fail(req, 400, "given 'canonical_id' is not associated "
				      "with an entity");
	if (owner_has(req, to->owner, to->accessor))
		return fail(req, 400,
		    "Alias cannot be updated as the given entity already has "
		    "an alias for this mount ");
	return NULL;
}

static verdict
update(struct request *req, json_t *alias, const struct change *to)
{
	json_t *texts = par_given(req, "custom_metadata")
	    ? par_tree(req, "custom_metadata")
	    : json_incref(json_object_get(alias, "custom_metadata"));
	bool same = unchanged(alias, to) &&
	    json_equal(texts, json_object_get(alias, "custom_metadata"));
	verdict v;

	json_object_set_new(alias, "custom_metadata", texts);
	if (same)
		return reply_none(req);
	if (!mount_by_accessor(req->vault, to->accessor))
		return fail(req, 400, "invalid mount accessor \"%s\"",
		    to->accessor);
	if (taken(req, alias, to))
		return fail(req, 400, "alias with combination of mount "
				      "accessor and name already exists");
	v = check_move(req, alias, to);
	if (v)
		return v;
	apply(alias, to);
	return saved(req, alias);
}

static struct change
asked(struct request *req)
{
	struct change to = { par_str(req, "name"),
		par_str(req, "mount_accessor"), par_str(req, "canonical_id") };

	if (*to.owner == '\0')
		to.owner = par_str(req, "entity_id");
	return to;
}

static verdict
update_by_id(struct request *req, struct change *to)
{
	json_t *alias = by_id(req);
	verdict v;

	if (!alias)
		return fail(req, 400, "invalid alias ID provided");
	if (*to->name == '\0')
		to->name = arena_strdup(req->arena,
		    json_text(alias, "name"));
	if (*to->accessor == '\0')
		to->accessor = arena_strdup(req->arena,
		    json_text(alias, "mount_accessor"));
	v = update(req, alias, to);
	json_decref(alias);
	return v;
}

static verdict
write_entity_alias(struct request *req)
{
	struct change to = asked(req);
	const struct mount *m;
	json_t *alias;
	verdict v;

	if (*par_str(req, "id"))
		return update_by_id(req, &to);
	if (*to.name == '\0' || *to.accessor == '\0')
		return fail(req, 400, "'id' or 'mount_accessor' and 'name' "
				      "must be provided");
	m = mount_by_accessor(req->vault, to.accessor);
	if (!m)
		return fail(req, 400, "invalid mount accessor \"%s\"",
		    to.accessor);
	alias = identity_by_alias(req->vault, IDENTITY_ALIAS, to.accessor,
	    to.name);
	v = alias ? update(req, alias, &to) : create(req, &to, m);
	json_decref(alias);
	return v;
}

/* ---- of groups ---- */

static verdict
check_group(struct request *req, const struct change *to)
{
	json_t *group = *to->owner
	    ? identity_get(req->vault, IDENTITY_GROUP, to->owner)
	    : NULL;
	bool external = group &&
	    strcmp(json_text(group, "type"), "external") == 0;
	bool known = group != NULL;

	json_decref(group);
	if (*to->owner && !known)
		return fail(req, 400,
		    "invalid group ID given in 'canonical_id'");
	if (*to->owner && !external)
		return fail(req, 400,
		    "alias can't be set on an internal group");
	return NULL;
}

static verdict
check_mount(struct request *req, const json_t *alias, const struct change *to)
{
	const struct mount *m = mount_by_accessor(req->vault, to->accessor);

	if (!m)
		return fail(req, 400, "invalid mount accessor \"%s\"",
		    to->accessor);
	if (m->local)
		return fail(req, 400, "mount accessor \"%s\" is a local mount",
		    to->accessor);
	if (taken(req, alias, to))
		return fail(req, 400, "combination of mount and group alias "
				      "name is already in use");
	return NULL;
}

/* A group has one alias: the new one takes the old one's place. */
static void
drop_others(struct request *req, const char *group, const char *id)
{
	json_t *list =
	    identity_aliases(req->vault, IDENTITY_GROUP_ALIAS, group), *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (strcmp(json_text(one, "id"), id) != 0)
			identity_remove(req->vault, IDENTITY_GROUP_ALIAS,
			    json_text(one, "id"));
	json_decref(list);
}

static verdict
put_group_alias(struct request *req, json_t *alias, struct change *to)
{
	verdict v;

	if (*to->name == '\0')
		return fail(req, 400, "missing alias name");
	if (*to->accessor == '\0')
		return fail(req, 400, "missing mount_accessor");
	if (unchanged(alias, to))
		return reply_none(req);
	v = check_group(req, to);
	if (!v)
		v = check_mount(req, alias, to);
	if (v)
		return v;
	if (*to->owner == '\0' && *json_text(alias, "canonical_id") == '\0')
		to->owner = made_owner(req, IDENTITY_GROUP);
	apply(alias, to);
	drop_others(req, json_text(alias, "canonical_id"),
	    json_text(alias, "id"));
	return saved(req, alias);
}

static verdict
write_group_alias(struct request *req)
{
	struct change to = asked(req);
	bool named = *par_str(req, "id") != '\0';
	json_t *alias;
	verdict v;

	alias = named ? by_id(req)
		      : identity_draft(req->vault, IDENTITY_GROUP_ALIAS, "");
	if (!alias)
		return fail(req, 400, "invalid group alias ID");
	if (!named)
		json_object_update_new(alias, json_pack("{s:n, s:b}",
		    "custom_metadata", "local", false));
	v = put_group_alias(req, alias, &to);
	json_decref(alias);
	return v;
}

#define ROWS(prefix, write_any, whose)                                   \
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
	ROWS("entity-alias", write_entity_alias, "an entity"),
	ROWS("group-alias", write_group_alias, "a group"),
	ROUTE_END,
};
