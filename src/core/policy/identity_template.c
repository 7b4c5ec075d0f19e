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
identity_template_after(const char *text, const char *prefix)
{
	return starts_with(text, prefix) ? text + strlen(prefix) : NULL;
}

/* "id", "name", "metadata.K" or "custom_metadata.K" of an object. */
static char *
identity_template_member(const json_t *object, const char *name)
{
	const char *key = identity_template_after(name, "metadata.");
	const char *custom_key = identity_template_after(
	    name, "custom_metadata.");
	const char *text = NULL;

	if (key)
		text = json_string_value(
		    json_object_get(json_object_get(object, "metadata"), key));
	else if (custom_key)
		text = json_string_value(json_object_get(
		    json_object_get(object, "custom_metadata"), custom_key));
	else if (strcmp(name, "id") == 0 || strcmp(name, "name") == 0)
		text = json_string_value(json_object_get(object, name));
	return text ? xstrdup(text) : NULL;
}

/* "auth_userpass_1a2b3c4d.name" */
static char *
identity_template_alias(
    struct vault *v, const char *entity_id, const char *rest)
{
	json_t *list = identity_aliases(v, IDENTITY_ALIAS, entity_id), *alias;
	size_t n = strcspn(rest, "."), i;
	char *value = NULL;

	json_array_foreach (list, i, alias) {
		const char *mount = json_string_value(
		    json_object_get(alias, "mount_accessor"));

		if (rest[n] == '.' && strlen(mount) == n &&
		    strncmp(mount, rest, n) == 0)
			value = identity_template_member(alias, rest + n + 1);
	}
	json_decref(list);
	return value;
}

/* "ids.GID.name" or "names.GNAME.id", of a group the entity is in. */
static char *
identity_template_group(
    struct vault *v, const char *entity_id, const char *rest)
{
	bool by_id = identity_template_after(rest, "ids.") != NULL;
	const char *which = by_id ? identity_template_after(rest, "ids.")
				  : identity_template_after(rest, "names.");
	const char *key = by_id ? "id" : "name";
	json_t *direct, *above, *id;
	char *value = NULL;
	size_t n, i;

	if (!which)
		return NULL;
	n = strcspn(which, ".");
	direct = identity_groups_of(v, entity_id);
	above = identity_parent_groups(v, direct);
	json_array_extend(direct, above);
	json_array_foreach (direct, i, id) {
		json_t *group = identity_get(
		    v, IDENTITY_GROUP, json_string_value(id));
		const char *group_value = json_string_value(
		    json_object_get(group, key));

		if (group_value && !value && which[n] == '.' &&
		    strlen(group_value) == n &&
		    strncmp(group_value, which, n) == 0)
			value = identity_template_member(group, which + n + 1);
		json_decref(group);
	}
	json_decref(above);
	json_decref(direct);
	return value;
}

char *
identity_template(struct vault *v, const char *entity_id, const char *directive)
{
	const char *entity_key = identity_template_after(
	    directive, "identity.entity.");
	const char *alias = entity_key
	    ? identity_template_after(entity_key, "aliases.")
	    : NULL;
	const char *group = identity_template_after(
	    directive, "identity.groups.");
	json_t *entity;
	char *value;

	if (*entity_id == '\0')
		return NULL;
	if (alias)
		return identity_template_alias(v, entity_id, alias);
	if (group)
		return identity_template_group(v, entity_id, group);
	if (!entity_key)
		return NULL;
	entity = identity_get(v, IDENTITY_ENTITY, entity_id);
	value = identity_template_member(entity, entity_key);
	json_decref(entity);
	return value;
}
