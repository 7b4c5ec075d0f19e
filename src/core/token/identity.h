/*
 * Identity: entities, groups and their aliases, each kept as the JSON object
 * that an answer shows. The endpoints are secrets/identity/; logins and
 * policies ask here.
 */
#ifndef MV_CORE_TOKEN_IDENTITY_H
#define MV_CORE_TOKEN_IDENTITY_H

#include <jansson.h>
#include <stdbool.h>

#include "core/mount/mount.h"
#include "core/vault.h"

extern const struct store_part identity_store;

/* What is remembered of identities; identity_free ends it. */
struct identity *identity_new(void);
void identity_free(struct identity *i);
/* Drops what is remembered, after a restore or an unseal. */
void identity_invalidate(struct vault *v);
/* How often an object or a membership has changed since the start: who derives
 * something from them compares this. */
int64_t identity_change_count(const struct vault *v);

enum identity_kind {
	IDENTITY_ENTITY,
	IDENTITY_GROUP,
	IDENTITY_ALIAS,	      /* of an entity */
	IDENTITY_GROUP_ALIAS, /* of an external group */
};

/*
 * Objects. All have "id", "name", "creation_time", "last_update_time",
 * "metadata" (object or null); entities and groups "policies" (array); entities
 * "disabled"; groups "type", "modify_index"; aliases "canonical_id" (whose they
 * are), "mount_accessor", "custom_metadata", "local". Names are found in any
 * case.
 */
json_t *identity_get(struct vault *v, enum identity_kind kind, const char *id);
json_t *identity_by_name(
    struct vault *v, enum identity_kind kind, const char *name);
/* An alias by its name on a mount. */
json_t *identity_by_alias(struct vault *v, enum identity_kind kind,
    const char *mount_accessor, const char *name);
/* In order of id; an array the caller owns. */
json_t *identity_list(struct vault *v, enum identity_kind kind);
/* The aliases of an entity or a group; the same. */
json_t *identity_aliases(
    struct vault *v, enum identity_kind kind, const char *owner);
/* A new object with id, name and times; name "" makes "entity_xxxxxxxx". */
json_t *identity_draft(
    struct vault *v, enum identity_kind kind, const char *name);
/* Writes it, with last_update_time now. Does not take it over. */
void identity_put(struct vault *v, enum identity_kind kind, json_t *object);
/* Removes it, its aliases and its memberships. */
void identity_remove(struct vault *v, enum identity_kind kind, const char *id);

/* Members of a group: ids of entities, or of groups. */
json_t *identity_members(struct vault *v, const char *group, bool groups);
void identity_set_members(
    struct vault *v, const char *group, bool groups, const json_t *ids);
/* The groups an entity or a group is a direct member of: an array of ids. */
json_t *identity_groups_of(struct vault *v, const char *member);
/* Those above these, not themselves; the same. */
json_t *identity_parent_groups(struct vault *v, const json_t *groups);

/* The entity behind an alias on an auth mount, made at the first login as
 * "entity_xxxxxxxx". The alias gets the metadata of the last login: a JSON
 * object, or NULL for none. Writes the entity's id (36 characters and NUL). */
void identity_find_or_create_entity(struct vault *v, const struct mount *m,
    const char *alias, const char *metadata, char id[37]);
/* "" names no entity: true. A deleted or disabled one is false. */
bool identity_is_enabled(struct vault *v, const char *entity_id);
/* Policies of the entity and its groups: NULL-terminated, caller frees all. */
char **identity_policies(struct vault *v, const char *entity_id);
/* Value of a template directive ("identity.entity.name"...) for an entity, or
 * NULL when it has none; malloc'ed. */
char *identity_template(
    struct vault *v, const char *entity_id, const char *directive);
/* The mount goes, and with it every alias on it. */
void identity_on_unmount(struct vault *v, const struct mount *m);

#endif
