/*
 * Entities with their aliases, and groups with their members by name.
 */
#include <string.h>

#include "base/text.h"
#include "cli/import/import.h"

static const char *const entity_keys[] = { "policies", "metadata", "disabled",
	NULL };
static const char *const group_keys[] = { "type", "policies", "metadata",
	NULL };

/* [{"name","mount"}] of those whose auth method has a path. */
static json_t *
import_aliases(const json_t *list)
{
	json_t *made = json_array(), *alias;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)list, i, alias) {
		const char *mount = json_string_value(
		    json_object_get(alias, "mount_path"));
		json_t *name = json_object_get(alias, "name");

		if (mount && name)
			json_array_append_new(made,
			    json_pack(
				"{s:O, s:s}", "name", name, "mount", mount));
	}
	return made;
}

static void
import_entities(struct importer *im)
{
	json_t *names = import_list(im, "identity/entity/name"), *name, *all;
	size_t i;

	if (json_array_size(names) == 0) {
		json_decref(names);
		return;
	}
	all = json_object();
	json_array_foreach (names, i, name) {
		const char *text = json_string_value(name);
		json_t *data = import_read(im, "GET",
		    arena_printf(im->arena, "identity/entity/name/%s", text),
		    NULL);
		json_t *entity = import_pick(data, entity_keys);
		const char *id = json_string_value(json_object_get(data, "id"));

		json_object_set_new(entity, "aliases",
		    import_aliases(json_object_get(data, "aliases")));
		if (id)
			json_object_set(im->entities, id, name);
		if (data)
			json_object_set(all, text, entity);
		json_decref(entity);
		json_decref(data);
	}
	json_object_set_new(import_section(im, "identity"), "entities", all);
	json_decref(names);
}

/* The names of ids. */
static json_t *
import_names_of(const json_t *ids, const json_t *names)
{
	json_t *made = json_array(), *id;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)ids, i, id) {
		json_t *name = json_object_get(names, json_string_value(id));

		if (name)
			json_array_append(made, name);
	}
	return made;
}

static void
import_group(struct importer *im, const char *name, const json_t *data)
{
	json_t *group = import_pick(data, group_keys);
	json_t *alias = json_object_get(data, "alias");
	json_t *aliases = json_pack("[O]", alias ? alias : json_null());
	json_t *made = import_aliases(aliases);
	const char *type = json_string_value(json_object_get(group, "type"));
	bool is_internal = !type || strcmp(type, "internal") == 0;

	if (is_internal)
		json_object_set_new(group, "member_entities",
		    import_names_of(json_object_get(data, "member_entity_ids"),
			im->entities));
	if (json_array_size(json_object_get(data, "member_group_ids")) > 0)
		json_object_set_new(group, "member_groups",
		    import_names_of(
			json_object_get(data, "member_group_ids"), im->groups));
	if (json_array_size(made) > 0)
		json_object_set(group, "alias", json_array_get(made, 0));
	json_object_set_new(
	    json_object_get(import_section(im, "identity"), "groups"), name,
	    group);
	json_decref(made);
	json_decref(aliases);
}

static void
import_groups(struct importer *im)
{
	json_t *ids = import_list(im, "identity/group/id"), *id;
	json_t *groups = json_array(), *data;
	size_t i;

	json_array_foreach (ids, i, id) {
		data = import_read(im, "GET",
		    arena_printf(im->arena, "identity/group/id/%s",
			json_string_value(id)),
		    NULL);
		if (json_is_string(json_object_get(data, "name"))) {
			json_array_append(groups, data);
			json_object_set(im->groups, json_string_value(id),
			    json_object_get(data, "name"));
		}
		json_decref(data);
	}
	if (json_array_size(groups) > 0)
		json_object_set_new(
		    import_section(im, "identity"), "groups", json_object());
	json_array_foreach (groups, i, data)
		import_group(
		    im, json_string_value(json_object_get(data, "name")), data);
	json_decref(groups);
	json_decref(ids);
}

void
import_identity(struct importer *im)
{
	import_entities(im);
	import_groups(im);
}
