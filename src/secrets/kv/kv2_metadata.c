/*
 * metadata/PATH and config of KV version 2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/custom_metadata.h"
#include "api/listing.h"
#include "base/duration.h"
#include "base/text.h"
#include "secrets/kv/kv2.h"
#include "secrets/kv/kv2_cache.h"
#include "secrets/kv/merge_patch.h"

/* ---- config ---- */

enum handler_result
kv2_config_read(struct request *req)
{
	struct kv2_config c;
	char after[DURATION_MAX];

	kv2_config_get(req->vault, req->mount->id, &c);
	duration_format(c.delete_after_ns, after);
	return reply_data(req,
	    json_pack("{s:b, s:s, s:I}", "cas_required", (int)c.cas_required,
		"delete_version_after", after, "max_versions",
		(json_int_t)c.max_versions));
}

enum handler_result
kv2_config_write(struct request *req)
{
	struct kv2_config c;

	kv2_config_get(req->vault, req->mount->id, &c);
	if (param_is_given(req, "max_versions"))
		c.max_versions = (uint32_t)param_int(req, "max_versions");
	if (param_is_given(req, "cas_required"))
		c.cas_required = param_bool(req, "cas_required");
	if (param_is_given(req, "delete_version_after")) {
		c.delete_after_ns = param_duration(req, "delete_version_after");
		if (c.delete_after_ns < 0)
			c.delete_after_ns = -NSEC_PER_SEC;
	}
	kv2_config_put(req->vault, req->mount->id, &c);
	return reply_none(req);
}

/* ---- custom_metadata ---- */

/* custom_metadata of the request as an object of strings, in the arena; NULL
 * when it is empty. */
static const char *
kv2_metadata_custom_strings(struct request *req)
{
	struct jsontext_member *m;
	size_t n = jsontext_members(
	    req->arena, param_raw(req, "custom_metadata"), &m);
	const char *text = NULL;
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < n; i++) {
		buf_char(&out, i ? ',' : '{');
		jsontext_quote_str(&out, m[i].key);
		buf_char(&out, ':');
		jsontext_quote_str(
		    &out, custom_metadata_value_str(req, m[i].value));
	}
	if (n) {
		buf_char(&out, '}');
		text = arena_strndup(req->arena, out.p, out.n);
	}
	buf_release(&out);
	return text;
}

/* ---- reading ---- */

static json_t *
kv2_metadata_versions_json(struct request *req, const struct kv2_key *k)
{
	struct kv2_version *list;
	int n = kv2_versions(req->vault, req->arena, k->id, &list);
	json_t *all = json_object();

	for (int i = 0; i < n; i++) {
		char created[RFC3339_MAX], deleted[RFC3339_MAX] = "";
		char number[24];
		json_t *one;

		rfc3339_nano(
		    vault_client_time(req->vault, list[i].created_ns), created);
		if (list[i].deleted_ns)
			rfc3339_nano(
			    vault_client_time(req->vault, list[i].deleted_ns),
			    deleted);
		snprintf(
		    number, sizeof(number), "%lld", (long long)list[i].number);
		one = json_pack("{s:s, s:s, s:b}", "created_time", created,
		    "deletion_time", deleted, "destroyed",
		    (int)list[i].destroyed);
		kv2_show_version_actors(req, k->id, list[i].number, one);
		json_object_set_new(all, number, one);
	}
	return all;
}

enum handler_result
kv2_metadata_read(struct request *req)
{
	struct kv2_key k;
	char created[RFC3339_MAX], updated[RFC3339_MAX], after[DURATION_MAX];
	json_t *custom, *data;

	if (!kv2_key_get(req->vault, req->arena, req->mount->id,
		kv2_metadata_key(req), &k))
		return reply_none(req);
	rfc3339_nano(vault_client_time(req->vault, k.created_ns), created);
	rfc3339_nano(vault_client_time(req->vault, k.updated_ns), updated);
	duration_format(k.delete_after_ns, after);
	custom = k.custom_metadata
	    ? jsontext_to_tree(slice_of(k.custom_metadata))
	    : json_null();
	data = json_pack("{s:b, s:s, s:I, s:o, s:s, s:I, s:I, s:s, s:o}",
	    "cas_required", (int)k.cas_required, "created_time", created,
	    "current_version", (json_int_t)k.current, "custom_metadata", custom,
	    "delete_version_after", after, "max_versions",
	    (json_int_t)k.max_versions, "oldest_version", (json_int_t)k.oldest,
	    "updated_time", updated, "versions",
	    kv2_metadata_versions_json(req, &k));
	kv2_show_last_actor(req, k.id, data);
	return reply_data(req, data);
}

/* Drops the keys whose current version has a deletion time. */
static void
kv2_metadata_drop_deleted(struct request *req, struct strs *keys)
{
	struct strs kept = strs_in(req->arena);

	for (size_t i = 0; i < keys->n; i++) {
		struct kv2_version ver;
		struct kv2_key k;
		const char *path = arena_printf(
		    req->arena, "%s%s", param_str(req, "path"), keys->items[i]);

		if (ends_with(keys->items[i], "/") ||
		    !kv2_key_get(
			req->vault, req->arena, req->mount->id, path, &k) ||
		    !kv2_version_get(
			req->vault, req->arena, k.id, k.current, &ver) ||
		    !ver.deleted_ns)
			strs_add(&kept, keys->items[i]);
	}
	*keys = kept;
}

static bool
kv2_metadata_list_some(
    struct request *req, struct strs *keys, const char **after, size_t n)
{
	return kv2_list_some(
	    req->vault, req->mount->id, param_str(req, "path"), after, n, keys);
}

/* Each key costs two lookups more. */
static bool
kv2_metadata_list_some_kept(
    struct request *req, struct strs *keys, const char **after, size_t n)
{
	struct strs some = strs_in(req->arena);
	bool more = kv2_metadata_list_some(req, &some, after, n / 8 + 1);

	kv2_metadata_drop_deleted(req, &some);
	for (size_t i = 0; i < some.n; i++)
		strs_add(keys, some.items[i]);
	return more;
}

static enum handler_result
kv2_metadata_list_stored(struct request *req)
{
	return listing_reply(req,
	    param_bool(req, "exclude_deleted") ? kv2_metadata_list_some_kept
					       : kv2_metadata_list_some);
}

enum handler_result
kv2_metadata_list(struct request *req)
{
	int64_t mount = req->mount->id;
	const char *path = param_str(req, "path");
	const struct slice *kept;
	enum handler_result result;

	if (param_bool(req, "exclude_deleted"))
		return kv2_metadata_list_stored(req);
	kept = kv2_cache_list(req->vault, mount, path);
	if (kept) {
		buf_clear(&req->reply.data);
		buf_slice(&req->reply.data, *kept);
		return reply_written(req);
	}
	result = kv2_metadata_list_stored(req);
	if (result == HANDLED && req->reply.status == 200 &&
	    req->reply.data.n > sizeof("{}"))
		kv2_cache_keep_list(req->vault, mount, path,
		    (struct slice){ req->reply.data.p, req->reply.data.n });
	return result;
}

/* ---- writing ---- */

static enum handler_result
kv2_metadata_write_reply(struct request *req)
{
	struct kv2_config c;

	kv2_config_get(req->vault, req->mount->id, &c);
	if (!c.cas_required || !param_is_given(req, "cas_required") ||
	    param_bool(req, "cas_required"))
		return reply_none(req);
	reply_warn(req,
	    "\"cas_required\" set to false, but is mandated by backend "
	    "config. This value will be ignored.");
	return reply_data(req, NULL);
}

static void
kv2_metadata_set_fields(struct request *req, struct kv2_key *k)
{
	if (param_is_given(req, "max_versions"))
		k->max_versions = (uint32_t)param_int(req, "max_versions");
	if (param_is_given(req, "cas_required"))
		k->cas_required = param_bool(req, "cas_required");
	if (param_is_given(req, "delete_version_after"))
		k->delete_after_ns = param_duration(
					 req, "delete_version_after") *
		    NSEC_PER_SEC;
}

enum handler_result
kv2_metadata_write(struct request *req)
{
	const char *path = param_str(req, "path");
	struct kv2_key k;

	if (*path == '\0')
		return fail(req, 400, "missing path");
	if (param_is_given(req, "custom_metadata") &&
	    !custom_metadata_check(
		req, 400, param_raw(req, "custom_metadata"), false))
		return HANDLED;
	if (!param_is_given(req, "max_versions") &&
	    !param_is_given(req, "cas_required") &&
	    !param_is_given(req, "delete_version_after") &&
	    !param_is_given(req, "custom_metadata"))
		return reply_none(req);
	if (!kv2_key_get(req->vault, req->arena, req->mount->id, path, &k))
		k.created_ns = k.updated_ns = req->started_ns;
	kv2_metadata_set_fields(req, &k);
	if (param_is_given(req, "custom_metadata"))
		k.custom_metadata = kv2_metadata_custom_strings(req);
	if (!kv2_path_is_storable(req))
		return HANDLED;
	kv2_key_put(req->vault, req->mount->id, path, &k);
	return kv2_metadata_write_reply(req);
}

/*
 * Merges custom_metadata of the request into the key's; false: refused.
 * Vault 1.19: a patch does not turn numbers and booleans into texts, its
 * library refuses them.
 */
static bool
kv2_metadata_patch_custom(struct request *req, struct kv2_key *k)
{
	struct slice patch = param_raw(req, "custom_metadata");
	struct jsontext_member *m;
	size_t n = jsontext_members(req->arena, patch, &m);
	struct buf out;

	for (size_t i = 0; i < n; i++) {
		char kind = jsontext_kind(m[i].value);

		if (kind == '"' || kind == 'n')
			continue;
		return refuse_wrapped(req, 500,
		    "json: cannot unmarshal %s into Go struct field "
		    "KeyMetadata.custom_metadata of type string",
		    kind == '0' ? "number" : "bool");
	}
	if (jsontext_kind(patch) == 'n') {
		k->custom_metadata = NULL;
		return true;
	}
	buf_init(&out, 0);
	merge_patch(req->arena, &out,
	    slice_of(k->custom_metadata ? k->custom_metadata : "{}"), patch);
	k->custom_metadata = out.n > 2 ? arena_strndup(req->arena, out.p, out.n)
				       : NULL;
	buf_release(&out);
	return true;
}

enum handler_result
kv2_metadata_patch(struct request *req)
{
	const char *path = param_str(req, "path");
	bool has_custom = param_is_given(req, "custom_metadata");
	struct kv2_key k;

	if (*path == '\0')
		return fail(req, 400, "missing path");
	if (has_custom &&
	    !custom_metadata_check(
		req, 400, param_raw(req, "custom_metadata"), true))
		return HANDLED;
	if (!kv2_key_get(req->vault, req->arena, req->mount->id, path, &k))
		return fail_no_body(req, 404);
	if (has_custom && !kv2_metadata_patch_custom(req, &k))
		return HANDLED;
	kv2_metadata_set_fields(req, &k);
	kv2_key_put(req->vault, req->mount->id, path, &k);
	return kv2_metadata_write_reply(req);
}

enum handler_result
kv2_metadata_delete(struct request *req)
{
	const char *path = kv2_metadata_key(req);
	struct kv2_key k;

	if (kv2_key_get(req->vault, req->arena, req->mount->id, path, &k))
		kv2_key_delete(req->vault, &k, req->mount->id, path);
	return reply_none(req);
}
