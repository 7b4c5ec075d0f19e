/*
 * Identity objects in the store, and what a login asks of them.
 */
#include "core/token/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json/jsontext.h"
#include "base/json/jsontree.h"
#include "base/map.h"
#include "base/text.h"
#include "core/mount/object_cache.h"

enum {
	GET,
	BY_NAME,
	BY_ALIAS,
	ALL,
	ALIASES,
	PUT,
	REMOVE,
	REMOVE_ALIASES,
	REMOVE_MOUNT,
	MEMBERS,
	GROUPS_OF,
	ADD_MEMBER,
	CLEAR_MEMBERS,
	FORGET_MEMBER,
	STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE identity ("
	"kind INTEGER NOT NULL, " /* enum identity_kind */
	"id TEXT NOT NULL, "
	"name TEXT NOT NULL COLLATE NOCASE, "
	"owner TEXT NOT NULL, "	 /* an alias's entity or group, or "" */
	"mount TEXT NOT NULL, "	 /* an alias's mount accessor, or "" */
	"object TEXT NOT NULL, " /* JSON */
	"PRIMARY KEY (kind, id)) WITHOUT ROWID;"
	"CREATE INDEX identity_name ON identity (kind, name, mount);"
	"CREATE INDEX identity_owner ON identity (owner);"
	"CREATE TABLE identity_member ("
	"group_id TEXT NOT NULL, "
	"member TEXT NOT NULL, " /* id of an entity or a group */
	"is_group INTEGER NOT NULL, "
	"PRIMARY KEY (group_id, member)) WITHOUT ROWID;"
	"CREATE INDEX identity_member_of ON identity_member (member);",
	NULL,
};

static const struct store_statement statements[STATEMENTS] = {
	[GET] = { "SELECT object FROM identity WHERE kind = ? AND id = ?", "is",
	    NULL },
	[BY_NAME] = { "SELECT object FROM identity WHERE kind = ? AND name = ?",
	    "is", NULL },
	[BY_ALIAS] = { "SELECT object FROM identity WHERE kind = ? AND mount = "
		       "? "
		       "AND name = ?",
	    "iss", NULL },
	[ALL] = { "SELECT object FROM identity WHERE kind = ? ORDER BY id", "i",
	    NULL },
	[ALIASES] = { "SELECT object FROM identity WHERE kind = ? AND owner = "
		      "? "
		      "ORDER BY id",
	    "is", NULL },
	[PUT] = { "INSERT OR REPLACE INTO identity (kind, id, name, owner, "
		  "mount, object) VALUES (?, ?, ?, ?, ?, ?)",
	    "isssst", NULL },
	[REMOVE] = { "DELETE FROM identity WHERE kind = ? AND id = ?", "is",
	    NULL },
	[REMOVE_ALIASES] = { "DELETE FROM identity WHERE owner = ?", "s",
	    NULL },
	[REMOVE_MOUNT] = { "DELETE FROM identity WHERE mount = ?", "s", NULL },
	[MEMBERS] = { "SELECT member FROM identity_member WHERE group_id = ? "
		      "AND is_group = ? ORDER BY member",
	    "si", NULL },
	[GROUPS_OF] = { "SELECT group_id FROM identity_member WHERE member = ? "
			"ORDER BY group_id",
	    "s", NULL },
	[ADD_MEMBER] = { "INSERT OR REPLACE INTO identity_member (group_id, "
			 "member, is_group) VALUES (?, ?, ?)",
	    "ssi", NULL },
	[CLEAR_MEMBERS] = { "DELETE FROM identity_member WHERE group_id = ? "
			    "AND "
			    "is_group = ?",
	    "si", NULL },
	[FORGET_MEMBER] = { "DELETE FROM identity_member WHERE member = ?1 OR "
			    "group_id = ?1",
	    "s", NULL },
};

const struct store_part identity_store = { "identity", migrations, statements,
	STATEMENTS, NULL };

/* Who may act, as far as it was asked: every request of a login asks. */
struct identity {
	struct map *enabled_by_id; /* by entity id: YES or NO */
	int64_t changes;
};

/* What logins ask for lies in the object cache, where no mount has this id. */
#define IDENTITY_CACHE (-1)

/* Marks, never written through. */
#define IDENTITY_ENABLED ((void *)"yes")
#define IDENTITY_DISABLED ((void *)"no")

struct identity *
identity_new(void)
{
	struct identity *i = xcalloc(1, sizeof(*i));

	i->enabled_by_id = map_new();
	return i;
}

void
identity_free(struct identity *i)
{
	if (!i)
		return;
	map_free(i->enabled_by_id, NULL);
	free(i);
}

void
identity_invalidate(struct vault *v)
{
	map_clear(v->identity->enabled_by_id, NULL);
	object_cache_remove_mount(v, IDENTITY_CACHE);
}

int64_t
identity_change_count(const struct vault *v)
{
	return v->identity->changes;
}

/* Something changes: what is derived from identities is out of date. */
static void
identity_note_change(struct vault *v)
{
	identity_invalidate(v);
	v->identity->changes++;
}

/* ---- objects ---- */

static json_t *
identity_read_object(struct query *q)
{
	json_t *object = query_row(q) ? jsontext_to_tree(query_slice(q, 0))
				      : NULL;

	query_done(q);
	return object;
}

static json_t *
identity_read_objects(struct query *q)
{
	json_t *list = json_array();

	while (query_row(q))
		json_array_append_new(
		    list, jsontext_to_tree(query_slice(q, 0)));
	return list;
}

json_t *
identity_get(struct vault *v, enum identity_kind kind, const char *id)
{
	return identity_read_object(
	    STORE_QUERY(v->store, &identity_store, GET, kind, id));
}

json_t *
identity_by_name(struct vault *v, enum identity_kind kind, const char *name)
{
	return identity_read_object(
	    STORE_QUERY(v->store, &identity_store, BY_NAME, kind, name));
}

json_t *
identity_by_alias(struct vault *v, enum identity_kind kind,
    const char *mount_accessor, const char *name)
{
	return identity_read_object(STORE_QUERY(
	    v->store, &identity_store, BY_ALIAS, kind, mount_accessor, name));
}

json_t *
identity_list(struct vault *v, enum identity_kind kind)
{
	return identity_read_objects(
	    STORE_QUERY(v->store, &identity_store, ALL, kind));
}

json_t *
identity_aliases(struct vault *v, enum identity_kind kind, const char *owner)
{
	return identity_read_objects(
	    STORE_QUERY(v->store, &identity_store, ALIASES, kind, owner));
}

json_t *
identity_draft(struct vault *v, enum identity_kind kind, const char *name)
{
	char id[UUID_LEN + 1], random[UUID_LEN + 1], made[32];
	json_t *object;

	random_uuid(v->random, id);
	if (*name == '\0' && kind <= IDENTITY_GROUP) {
		random_uuid(v->random, random);
		snprintf(made, sizeof(made), "%s_%.8s",
		    kind == IDENTITY_ENTITY ? "entity" : "group", random);
		name = made;
	}
	object = json_pack(
	    "{s:s, s:s, s:n}", "id", id, "name", name, "metadata");
	json_object_set_new(
	    object, "creation_time", jsontree_time(vault_now(v)));
	if (kind <= IDENTITY_GROUP)
		json_object_set_new(object, "policies", json_array());
	if (kind == IDENTITY_ENTITY)
		json_object_set_new(object, "disabled", json_false());
	return object;
}

void
identity_put(struct vault *v, enum identity_kind kind, json_t *object)
{
	struct buf text;

	json_object_set_new(
	    object, "last_update_time", jsontree_time(vault_now(v)));
	buf_init(&text, 0);
	jsontext_put(&text, object);
	identity_note_change(v);
	STORE_EXEC(v->store, &identity_store, PUT, kind,
	    jsontree_string(object, "id"), jsontree_string(object, "name"),
	    jsontree_string(object, "canonical_id"),
	    jsontree_string(object, "mount_accessor"), text);
	buf_release(&text);
}

void
identity_remove(struct vault *v, enum identity_kind kind, const char *id)
{
	identity_note_change(v);
	STORE_EXEC(v->store, &identity_store, REMOVE, kind, id);
	if (kind > IDENTITY_GROUP)
		return;
	STORE_EXEC(v->store, &identity_store, REMOVE_ALIASES, id);
	STORE_EXEC(v->store, &identity_store, FORGET_MEMBER, id);
}

void
identity_on_unmount(struct vault *v, const struct mount *m)
{
	identity_note_change(v);
	STORE_EXEC(v->store, &identity_store, REMOVE_MOUNT, m->accessor);
}

/* ---- members ---- */

static json_t *
identity_read_strings(struct query *q)
{
	json_t *list = json_array();

	while (query_row(q))
		json_array_append_new(list, json_string(query_text(q, 0)));
	return list;
}

json_t *
identity_members(struct vault *v, const char *group, bool groups)
{
	return identity_read_strings(
	    STORE_QUERY(v->store, &identity_store, MEMBERS, group, groups));
}

void
identity_set_members(
    struct vault *v, const char *group, bool groups, const json_t *ids)
{
	size_t i;
	json_t *id;

	identity_note_change(v);
	STORE_EXEC(v->store, &identity_store, CLEAR_MEMBERS, group, groups);
	json_array_foreach (ids, i, id)
		STORE_EXEC(v->store, &identity_store, ADD_MEMBER, group,
		    json_string_value(id), groups);
}

json_t *
identity_groups_of(struct vault *v, const char *member)
{
	return identity_read_strings(
	    STORE_QUERY(v->store, &identity_store, GROUPS_OF, member));
}

static bool
identity_list_has(const json_t *list, const char *text)
{
	size_t i;
	json_t *one;

	json_array_foreach (list, i, one)
		if (strcmp(json_string_value(one), text) == 0)
			return true;
	return false;
}

json_t *
identity_parent_groups(struct vault *v, const json_t *groups)
{
	json_t *above = json_array();
	size_t n = json_array_size(groups);

	/* the list grows while it is read: parents of parents follow */
	for (size_t i = 0; i < n + json_array_size(above); i++) {
		json_t *at = i < n ? json_array_get(groups, i)
				   : json_array_get(above, i - n);
		json_t *parents = identity_groups_of(v, json_string_value(at));
		size_t k;
		json_t *parent;

		json_array_foreach (parents, k, parent) {
			const char *id = json_string_value(parent);

			if (!identity_list_has(groups, id) &&
			    !identity_list_has(above, id))
				json_array_append(above, parent);
		}
		json_decref(parents);
	}
	return above;
}

/* ---- what logins and rights ask ---- */

/* Takes metadata over. */
static void
identity_create_entity(struct vault *v, const struct mount *m, const char *name,
    json_t *metadata, char id[37])
{
	json_t *entity = identity_draft(v, IDENTITY_ENTITY, "");
	json_t *alias = identity_draft(v, IDENTITY_ALIAS, name);

	snprintf(id, UUID_LEN + 1, "%s", jsontree_string(entity, "id"));
	json_object_set_new(alias, "canonical_id", json_string(id));
	json_object_set_new(alias, "mount_accessor", json_string(m->accessor));
	json_object_set_new(alias, "metadata", metadata);
	json_object_set_new(alias, "custom_metadata", json_null());
	json_object_set_new(alias, "local", json_boolean(m->local));
	identity_put(v, IDENTITY_ENTITY, entity);
	identity_put(v, IDENTITY_ALIAS, alias);
	json_decref(entity);
	json_decref(alias);
}

/* An alias that needs no change for this login: accessor, name and metadata, a
 * line each. Accessors and JSON
 * have no line feed. */
static char *
identity_login_key(
    const struct mount *m, const char *name, const char *metadata)
{
	struct buf key;

	buf_init(&key, 0);
	buf_str(&key, m->accessor);
	buf_char(&key, '\n');
	buf_str(&key, name);
	buf_char(&key, '\n');
	buf_str(&key, metadata ? metadata : "");
	return key.p;
}

static void
identity_read_login(struct vault *v, const struct mount *m, const char *name,
    const char *metadata, const char *key, char id[37])
{
	json_t *alias = identity_by_alias(v, IDENTITY_ALIAS, m->accessor, name);
	json_t *now = metadata ? jsontext_to_tree(slice_of(metadata))
			       : json_null();

	if (!alias) {
		identity_create_entity(v, m, name, now, id);
		return;
	}
	snprintf(
	    id, UUID_LEN + 1, "%s", jsontree_string(alias, "canonical_id"));
	if (json_equal(now, json_object_get(alias, "metadata"))) {
		json_decref(now);
		object_cache_put(v, IDENTITY_CACHE, key, xstrdup(id), free);
	} else {
		json_object_set_new(alias, "metadata", now);
		identity_put(v, IDENTITY_ALIAS, alias);
	}
	json_decref(alias);
}

void
identity_find_or_create_entity(struct vault *v, const struct mount *m,
    const char *name, const char *metadata, char id[37])
{
	char *key = identity_login_key(m, name, metadata);
	const char *known = object_cache_get(v, IDENTITY_CACHE, key);

	if (known)
		memcpy(id, known, UUID_LEN + 1);
	else
		identity_read_login(v, m, name, metadata, key, id);
	free(key);
}

bool
identity_is_enabled(struct vault *v, const char *entity_id)
{
	void *known;
	json_t *entity;
	bool enabled;

	if (*entity_id == '\0')
		return true;
	known = map_get(v->identity->enabled_by_id, entity_id);
	if (known)
		return *(const char *)known == 'y';
	entity = identity_get(v, IDENTITY_ENTITY, entity_id);
	enabled = entity && !json_is_true(json_object_get(entity, "disabled"));
	json_decref(entity);
	map_put(v->identity->enabled_by_id, entity_id,
	    enabled ? IDENTITY_ENABLED : IDENTITY_DISABLED);
	return enabled;
}

static void
identity_add_policies(json_t *list, json_t *object)
{
	json_t *policies = json_object_get(object, "policies"), *name;
	size_t i;

	json_array_foreach (policies, i, name)
		if (!identity_list_has(list, json_string_value(name)))
			json_array_append(list, name);
	json_decref(object);
}

static void
identity_add_group_policies(struct vault *v, json_t *list, const json_t *groups)
{
	size_t i;
	json_t *id;

	json_array_foreach (groups, i, id)
		identity_add_policies(list,
		    identity_get(v, IDENTITY_GROUP, json_string_value(id)));
}

static char **
identity_sorted_strings(const json_t *array)
{
	size_t n = json_array_size(array);
	char **out = xcalloc(n + 1, sizeof(char *));

	for (size_t i = 0; i < n; i++)
		out[i] = xstrdup(json_string_value(json_array_get(array, i)));
	qsort(out, n, sizeof(char *), compare_strings);
	return out;
}

static char **
identity_load_policies(struct vault *v, const char *entity_id)
{
	json_t *list, *direct, *above;
	char **out;

	list = json_array();
	direct = identity_groups_of(v, entity_id);
	above = identity_parent_groups(v, direct);
	identity_add_policies(
	    list, identity_get(v, IDENTITY_ENTITY, entity_id));
	identity_add_group_policies(v, list, direct);
	identity_add_group_policies(v, list, above);
	out = identity_sorted_strings(list);
	json_decref(list);
	json_decref(direct);
	json_decref(above);
	return out;
}

static void
identity_free_policies(void *list)
{
	for (char **p = list; *p; p++)
		free(*p);
	free(list);
}

char **
identity_policies(struct vault *v, const char *entity_id)
{
	char **known, **out;
	size_t n = 0;

	if (*entity_id == '\0')
		return xcalloc(1, sizeof(char *));
	known = object_cache_get(v, IDENTITY_CACHE, entity_id);
	if (!known) {
		known = identity_load_policies(v, entity_id);
		object_cache_put(v, IDENTITY_CACHE, entity_id, known,
		    identity_free_policies);
	}
	while (known[n])
		n++;
	out = xcalloc(n + 1, sizeof(char *));
	for (size_t i = 0; i < n; i++)
		out[i] = xstrdup(known[i]);
	return out;
}
