/*
 * Identity: entities, their aliases, groups. The endpoints are
 * secrets/identity.c; this is what logins and policies ask.
 */
#ifndef MV_CORE_IDENTITY_H
#define MV_CORE_IDENTITY_H

#include <jansson.h>
#include <stdbool.h>

#include "core/mount.h"
#include "core/vault.h"

extern const struct store_part identity_store;

/* The entity behind an alias on an auth mount, made at the first login as
 * "entity_xxxxxxxx". Writes its id (36 characters and NUL). */
void identity_login(struct vault *v, const struct mount *m, const char *alias,
    const char *metadata, char id[37]);
/* "" names no entity: true. A deleted or disabled one is false. */
bool identity_enabled(struct vault *v, const char *entity_id);
/* Policies of the entity and its groups: NULL-terminated, caller frees all. */
char **identity_policies(struct vault *v, const char *entity_id);
/* Value of a template directive ("identity.entity.name"...) for an entity, or
 * NULL when it has none; malloc'ed. */
char *identity_template(struct vault *v, const char *entity_id,
    const char *directive);
void identity_unmounted(struct vault *v, const struct mount *m);

#endif
