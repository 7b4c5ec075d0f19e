/*
 * Directives of templated policies: {{identity.entity.name}} and its kin
 * (Vault 1.19: sdk/helper/identitytpl). What has no value drops the rule.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/token/identity.h"

/* The text after prefix, or NULL. */
static const char *
after(const char *text, const char *prefix)
{
	return starts_with(text, prefix) ? text + strlen(prefix) : NULL;
}

/* "id", "name", "metadata.K" or "custom_metadata.K" of an object. */
static char *
field(const json_t *object, const char *name)
{
	const char *key = after(name, "metadata.");
	const char *own = after(name, "custom_metadata.");
	const char *text = NULL;

	if (key)
		text = json_string_value(json_object_get(
		    json_object_get(object, "metadata"), key));
	else if (own)
		text = json_string_value(json_object_get(
		    json_object_get(object, "custom_metadata"), own));
	else if (strcmp(name, "id") == 0 || strcmp(name, "name") == 0)
		text = json_string_value(json_object_get(object, name));
	return text ? xstrdup(text) : NULL;
}

/* "auth_userpass_1a2b3c4d.name" */
static char *
alias_field(struct vault *v, const char *entity_id, const char *rest)
{
	json_t *list = identity_aliases(v, IDENTITY_ALIAS, entity_id), *alias;
	size_t n = strcspn(rest, "."), i;
	char *value = NULL;

	json_array_foreach (list, i, alias) {
		const char *mount = json_string_value(
		    json_object_get(alias, "mount_accessor"));

		if (rest[n] == '.' && strlen(mount) == n &&
		    strncmp(mount, rest, n) == 0)
			value = field(alias, rest + n + 1);
	}
	json_decref(list);
	return value;
}

/* "ids.GID.name" or "names.GNAME.id", of a group the entity is in. */
static char *
group_field(struct vault *v, const char *entity_id, const char *rest)
{
	bool by_id = after(rest, "ids.") != NULL;
	const char *which = by_id ? after(rest, "ids.") : after(rest, "names.");
	const char *key = by_id ? "id" : "name";
	json_t *direct, *above, *id;
	char *value = NULL;
	size_t n, i;

	if (!which)
		return NULL;
	n = strcspn(which, ".");
	direct = identity_groups_of(v, entity_id);
	above = identity_groups_above(v, direct);
	json_array_extend(direct, above);
	json_array_foreach (direct, i, id) {
		json_t *group =
		    identity_get(v, IDENTITY_GROUP, json_string_value(id));
		const char *own =
		    json_string_value(json_object_get(group, key));

		if (own && !value && which[n] == '.' && strlen(own) == n &&
		    strncmp(own, which, n) == 0)
			value = field(group, which + n + 1);
		json_decref(group);
	}
	json_decref(above);
	json_decref(direct);
	return value;
}

char *
identity_template(struct vault *v, const char *entity_id,
    const char *directive)
{
	const char *own = after(directive, "identity.entity.");
	const char *alias = own ? after(own, "aliases.") : NULL;
	const char *group = after(directive, "identity.groups.");
	json_t *entity;
	char *value;

	if (*entity_id == '\0')
		return NULL;
	if (alias)
		return alias_field(v, entity_id, alias);
	if (group)
		return group_field(v, entity_id, group);
	if (!own)
		return NULL;
	entity = identity_get(v, IDENTITY_ENTITY, entity_id);
	value = field(entity, own);
	json_decref(entity);
	return value;
}
