/*
 * The identity engine's entry, and what its files share.
 */
#include "secrets/identity/identity.h"

#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "auth/login.h"
#include "base/json/jsontree.h"
#include "base/text.h"
#include "core/mount/mount.h"
#include "core/token/token.h"

bool
identity_read_fields(
    struct request *req, json_t *object, enum handler_result *v)
{
	if (param_is_given(req, "metadata"))
		json_object_set_new(
		    object, "metadata", param_json_tree(req, "metadata"));
	if (!param_is_given(req, "policies"))
		return true;
	json_object_set_new(object, "policies",
	    jsontree_strings(policies_clean_copy(req->arena,
		param_strings(req, "policies", NULL), false, NULL)));
	for (char **p = param_strings(req, "policies", NULL); *p; p++)
		if (strcmp(*p, "root") == 0) {
			*v = fail(req, 400, "policies cannot contain root");
			return false;
		}
	return true;
}

json_t *
identity_get_by_id_param(struct request *req, enum identity_kind kind)
{
	return identity_get(req->vault, kind, param_str(req, "id"));
}

json_t *
identity_get_by_name_param(struct request *req, enum identity_kind kind)
{
	return identity_by_name(req->vault, kind, param_str(req, "name"));
}

enum handler_result
identity_remove_reply(
    struct request *req, enum identity_kind kind, json_t *object)
{
	if (object)
		identity_remove(
		    req->vault, kind, jsontree_string(object, "id"));
	json_decref(object);
	return reply_none(req);
}

json_t *
identity_alias_json(struct request *req, const json_t *alias, bool full)
{
	const char *accessor = jsontree_string(alias, "mount_accessor");
	const struct mount *m = mount_by_accessor(req->vault, accessor);
	json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id",
	    jsontree_string(alias, "id"), "name",
	    jsontree_string(alias, "name"), "mount_accessor", accessor,
	    "mount_path", m ? m->path : "", "mount_type", m ? m->type : "");
	static const char *const copied[] = { "canonical_id", "creation_time",
		"last_update_time", "metadata", "custom_metadata", "local" };

	if (!full)
		return out;
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		json_object_set(
		    out, copied[i], json_object_get(alias, copied[i]));
	json_object_set_new(out, "merged_from_canonical_ids", json_null());
	return out;
}

enum handler_result
identity_list_names(struct request *req, enum identity_kind kind)
{
	json_t *list = identity_list(req->vault, kind), *one;
	size_t n = json_array_size(list), i;
	char **keys = arena_alloc(req->arena, (n + 1) * sizeof(char *));

	json_array_foreach (list, i, one)
		keys[i] = arena_strdup(
		    req->arena, jsontree_string(one, "name"));
	json_decref(list);
	qsort(keys, n, sizeof(char *), compare_strings);
	return reply_keys(req, keys, n);
}

enum handler_result
identity_list_ids(struct request *req, enum identity_kind kind,
    json_t *(*info)(struct request *req, const json_t *object))
{
	json_t *list = identity_list(req->vault, kind), *one;
	json_t *keys = json_array(), *infos = json_object();
	size_t i;

	json_array_foreach (list, i, one) {
		json_array_append(keys, json_object_get(one, "id"));
		json_object_set_new(
		    infos, jsontree_string(one, "id"), info(req, one));
	}
	json_decref(list);
	if (json_array_size(keys))
		return reply_data(req,
		    json_pack("{s:o, s:o}", "keys", keys, "key_info", infos));
	json_decref(keys);
	json_decref(infos);
	return reply_keys(req, NULL, 0);
}

const struct engine engine_identity = {
	.type = "identity",
	.table = MOUNT_SECRET,
	.flags = ENGINE_CORE | ENGINE_IN_TREE,
	.tables = { identity_entity_routes, identity_alias_routes,
	    identity_group_routes, identity_lookup_routes,
	    identity_oidc_routes },
	.part = &identity_store,
	.help = "Who is behind a token: entities, their aliases, groups.",
};
