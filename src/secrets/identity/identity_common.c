/*
 * What the files of the identity engine share.
 */
#include "secrets/identity/identity_common.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json/jsontree.h"
#include "base/go_text.h"
#include "base/text.h"
#include "core/mount/mount.h"

json_t *
identity_clean_names(struct arena *a, char *const *list, bool lower)
{
	json_t *clean = json_array();
	struct strs names = strs_in(a);

	for (; *list; list++) {
		char *name = trim_space(arena_strdup(a, *list));

		if (lower)
			lower_ascii(name);
		if (*name)
			strs_add(&names, name);
	}
	strs_sort_unique(&names);
	for (size_t i = 0; i < names.n; i++)
		json_array_append_new(clean, json_string(names.items[i]));
	return clean;
}

bool
identity_read_policies(struct request *req, json_t *object, bool lower)
{
	json_t *policies = json_object_get(object, "policies"), *one;
	size_t i;

	if (param_is_given(req, "policies")) {
		policies = identity_clean_names(
		    req->arena, param_strings(req, "policies", NULL), lower);
		json_object_set_new(object, "policies", policies);
	}
	json_array_foreach (policies, i, one)
		if (strcmp(json_string_value(one), "root") == 0 ||
		    (strcasecmp(json_string_value(one), "root") == 0 &&
			version_has(req->vault, VERSION_POLICY_ROOT_ANY_CASE)))
			return refuse(req, 400, "policies cannot contain root");
	return true;
}

/* Vault 1.19: letters, digits and =/+_- make a key. */
static const char *
identity_metadata_pair_problem(const char *key, const char *value)
{
	if (*key == '\0')
		return "key cannot be blank";
	if (key[strspn(key,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789=/+_-")])
		return "key contains invalid characters";
	if (strlen(key) > 128)
		return "key is too long (limit: 128 characters)";
	if (starts_with(key, "vault-"))
		return "key prefix \"vault-\" is reserved for internal use";
	if (strlen(value) > 512)
		return "value is too long (limit: 512 characters)";
	return NULL;
}

json_t *
identity_given_metadata(const struct request *req, const char *name)
{
	return jsontext_kind(param_raw(req, name)) == 'n'
	    ? json_null()
	    : param_json_tree(req, name);
}

bool
identity_check_metadata(
    struct request *req, const json_t *object, const char *whose)
{
	json_t *metadata = json_object_get(object, "metadata"), *value;
	const char *key;

	if (json_object_size(metadata) > 64)
		return refuse_wrapped(req, 500,
		    "invalid %s metadata: metadata cannot contain more than 64 "
		    "key/value pairs",
		    whose);
	json_object_foreach (metadata, key, value) {
		const char *text = json_string_value(value);
		const char *problem = identity_metadata_pair_problem(key, text);

		if (!problem)
			continue;
		return refuse_wrapped(req, 500,
		    "invalid %s metadata: failed to load metadata pair "
		    "(%s, %s): %s",
		    whose, go_quoted(req->arena, key),
		    go_quoted(req->arena, text), problem);
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
	json_object_set_new(out, "merged_from_canonical_ids",
	    jsontree_or_null(json_incref(
		json_object_get(alias, "merged_from_canonical_ids"))));
	return out;
}

enum handler_result
identity_list_names(struct request *req, enum identity_kind kind)
{
	json_t *list = identity_list(req->vault, kind), *one;
	struct strs names = strs_in(req->arena);
	size_t i;

	json_array_foreach (list, i, one)
		strs_add(&names, jsontree_string(one, "name"));
	json_decref(list);
	strs_sort(&names);
	return reply_keys(req, &names);
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
	return reply_keys(req, &(struct strs){ 0 });
}
