/*
 * data/PATH and subkeys/PATH of KV version 2. Secrets are clean JSON text: a
 * read splices it and builds no tree.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secrets/kv/kv2.h"

/* Vault's MaxVersions when neither key nor mount says otherwise. */
#define MAX_VERSIONS_DEFAULT 10

/* ---- reading ---- */

struct kv2_read_context {
	struct request *req;
	enum handler_result result;
};

/* Vault 1.19: a deleted or destroyed version is a 404 that still has its
 * metadata. */
static void
kv2_put_version_reply(
    const struct kv2_key *k, const struct kv2_version *ver, void *arg)
{
	struct kv2_read_context *r = arg;
	struct buf *out = &r->req->reply.data;
	bool gone = ver->destroyed ||
	    kv2_version_is_deleted(ver, r->req->started_ns);

	buf_clear(out);
	buf_reserve(out, ver->data.n + 200);
	buf_str(out, "{\"data\":");
	if (gone || !ver->data.p)
		buf_str(out, "null");
	else
		buf_slice(out, ver->data);
	buf_str(out, ",\"metadata\":{");
	kv2_put_metadata(r->req->vault, out, k, ver);
	buf_str(out, "}}");
	r->result = gone ? reply_forced_written(r->req, 404)
			 : reply_written(r->req);
}

enum handler_result
kv2_data_read(struct request *req)
{
	struct kv2_read_context r = { .req = req };

	if (kv2_read(req->vault, req->mount->id, param_str(req, "path"),
		param_int(req, "version"), kv2_put_version_reply, &r))
		return r.result;
	return reply_none(req);
}

/* ---- subkeys ---- */

static json_t *
kv2_subkeys_without_values(const json_t *value, int64_t depth, int64_t max)
{
	json_t *out, *one;
	const char *key;

	if (!json_is_object(value) || json_object_size(value) == 0 ||
	    (max != 0 && depth > 0 && depth >= max))
		return json_null();
	out = json_object();
	json_object_foreach ((json_t *)(uintptr_t)value, key, one)
		json_object_set_new(
		    out, key, kv2_subkeys_without_values(one, depth + 1, max));
	return out;
}

static void
kv2_put_subkeys_reply(
    const struct kv2_key *k, const struct kv2_version *ver, void *arg)
{
	struct kv2_read_context *r = arg;
	struct buf *out = &r->req->reply.data;
	bool gone = ver->destroyed ||
	    kv2_version_is_deleted(ver, r->req->started_ns);

	buf_clear(out);
	buf_str(out, "{\"metadata\":{");
	kv2_put_metadata(r->req->vault, out, k, ver);
	buf_str(out, "},\"subkeys\":");
	if (gone || !ver->data.p) {
		buf_str(out, "null");
	} else {
		json_t *tree = jsontext_to_tree(ver->data);
		json_t *keys = json_object_size(tree)
		    ? kv2_subkeys_without_values(
			  tree, 0, param_int(r->req, "depth"))
		    : json_object();

		jsontext_put(out, keys);
		json_decref(tree);
		json_decref(keys);
	}
	buf_char(out, '}');
	r->result = gone ? reply_forced_written(r->req, 404)
			 : reply_written(r->req);
}

enum handler_result
kv2_subkeys_read(struct request *req)
{
	struct kv2_read_context r = { .req = req };

	if (kv2_read(req->vault, req->mount->id, param_str(req, "path"),
		param_int(req, "version"), kv2_put_subkeys_reply, &r))
		return r.result;
	return reply_none(req);
}

/* ---- writing ---- */

bool
kv2_key_exists(struct request *req)
{
	struct kv2_key k;

	return kv2_key_get(
	    req->vault, req->arena, req->mount->id, param_str(req, "path"), &k);
}

/* false with the handler result: the cas rule of key, mount and request. */
static bool
kv2_cas_check(struct request *req, const struct kv2_config *c,
    const struct kv2_key *k, enum handler_result *refusal)
{
	struct slice cas = param_is_given(req, "options")
	    ? jsontext_get(param_raw(req, "options"), "cas")
	    : (struct slice){ NULL, 0 };
	char *text, *end;
	int64_t wanted = 0;

	if (!cas.p) {
		if (!c->cas_required && !k->cas_required)
			return true;
		*refusal = fail(
		    req, 400, "check-and-set parameter required for this call");
		return false;
	}
	switch (jsontext_kind(cas)) {
	case '"':
	case '0':
		text = jsontext_kind(cas) == '"'
		    ? jsontext_string(req->arena, cas, NULL)
		    : arena_strndup(req->arena, cas.p, cas.n);
		wanted = strtoll(text, &end, 10);
		if (*end == '\0')
			break;
		/* fallthrough */
	case '{':
	case '[':
		*refusal = fail(
		    req, 400, "error parsing check-and-set parameter");
		return false;
	case 't':
		wanted = 1;
	}
	if (wanted == k->current)
		return true;
	*refusal = fail(req, 400,
	    "check-and-set parameter did not match the current version");
	return false;
}

/* Vault 1.19: the larger of the two that are set, else ten. */
static int64_t
kv2_max_versions(const struct kv2_config *c, const struct kv2_key *k)
{
	int64_t max = c->max_versions > k->max_versions ? c->max_versions
							: k->max_versions;

	return max > 0 ? max : MAX_VERSIONS_DEFAULT;
}

/* One more version; old ones go when there are too many. */
static void
kv2_data_add_version(struct request *req, const struct kv2_config *c,
    struct kv2_key *k, struct slice data, struct kv2_version *ver)
{
	int64_t keep = kv2_max_versions(c, k);
	bool prune;

	memset(ver, 0, sizeof(*ver));
	if (!k->id)
		k->created_ns = req->started_ns;
	k->updated_ns = req->started_ns;
	ver->number = ++k->current;
	ver->created_ns = req->started_ns;
	ver->deleted_ns = kv2_deletion_time_ns(c, k, req->started_ns);
	ver->data = data;
	prune = k->current - k->oldest >= keep;
	if (prune)
		k->oldest = k->current - keep + 1;
	kv2_key_put(req->vault, req->mount->id, param_str(req, "path"), k);
	kv2_version_add(req->vault, k->id, ver);
	if (prune)
		kv2_versions_prune(req->vault, k->id, k->current - keep);
}

static enum handler_result
kv2_data_reply_version(
    struct request *req, const struct kv2_key *k, const struct kv2_version *ver)
{
	buf_clear(&req->reply.data);
	buf_char(&req->reply.data, '{');
	kv2_put_metadata(req->vault, &req->reply.data, k, ver);
	buf_char(&req->reply.data, '}');
	return reply_written(req);
}

enum handler_result
kv2_data_write(struct request *req)
{
	struct kv2_config c;
	struct kv2_key k;
	struct kv2_version ver;
	struct slice raw = param_raw(req, "data");
	struct buf clean;
	enum handler_result refusal;

	if (!raw.p)
		return fail(req, 400, "no data provided");
	kv2_config_get(req->vault, req->mount->id, &c);
	kv2_key_get(
	    req->vault, req->arena, req->mount->id, param_str(req, "path"), &k);
	if (!kv2_cas_check(req, &c, &k, &refusal))
		return refusal;
	buf_init(&clean, 0);
	jsontext_clean(&clean, raw.p, raw.n, JSONTEXT_FLOAT64, NULL, 0);
	kv2_data_add_version(
	    req, &c, &k, (struct slice){ clean.p, clean.n }, &ver);
	buf_release(&clean);
	return kv2_data_reply_version(req, &k, &ver);
}

/* ---- patching ---- */

static enum handler_result
kv2_data_reply_deleted(
    struct request *req, const struct kv2_key *k, const struct kv2_version *ver)
{
	kv2_data_reply_version(req, k, ver);
	return reply_forced_written(req, 404);
}

static enum handler_result
kv2_data_store_patched(struct request *req, const struct kv2_config *c,
    struct kv2_key *k, struct slice before, struct slice patch)
{
	json_t *delta = jsontext_to_tree(patch);
	json_t *merged = kv2_merge(jsontext_to_tree(before), delta);
	struct kv2_version ver;
	struct buf text, clean;

	buf_init(&text, 0);
	buf_init(&clean, 0);
	jsontext_put(&text, merged);
	jsontext_clean(&clean, text.p, text.n, JSONTEXT_FLOAT64, NULL, 0);
	json_decref(delta);
	json_decref(merged);
	kv2_data_add_version(
	    req, c, k, (struct slice){ clean.p, clean.n }, &ver);
	buf_release(&text);
	buf_release(&clean);
	return kv2_data_reply_version(req, k, &ver);
}

enum handler_result
kv2_data_patch(struct request *req)
{
	struct slice raw = param_raw(req, "data"), patch;
	struct kv2_config c;
	struct kv2_key k;
	struct kv2_version ver;
	struct buf clean;
	enum handler_result refusal;

	if (!raw.p)
		return fail(req, 400, "no data provided");
	kv2_config_get(req->vault, req->mount->id, &c);
	if (!kv2_key_get(req->vault, req->arena, req->mount->id,
		param_str(req, "path"), &k) ||
	    !kv2_version_get(req->vault, req->arena, k.id, k.current, &ver))
		return fail_no_body(req, 404);
	if (!kv2_cas_check(req, &c, &k, &refusal))
		return refusal;
	if (ver.destroyed || kv2_version_is_deleted(&ver, req->started_ns))
		return kv2_data_reply_deleted(req, &k, &ver);
	if (jsontext_kind(ver.data) == 'n')
		return fail_wrapped(req, 500, "resource does not exist");
	if (jsontext_kind(raw) == 'n')
		return fail_wrapped(req, 500, "Invalid JSON Patch");
	buf_init(&clean, 0);
	jsontext_clean(&clean, raw.p, raw.n, JSONTEXT_FLOAT64, NULL, 0);
	patch.p = arena_strndup(req->arena, clean.p, clean.n);
	patch.n = clean.n;
	buf_release(&clean);
	return kv2_data_store_patched(req, &c, &k, ver.data, patch);
}

/* ---- deleting ---- */

enum handler_result
kv2_data_delete(struct request *req)
{
	struct kv2_key k;
	struct kv2_version ver;

	if (kv2_key_get(req->vault, req->arena, req->mount->id,
		param_str(req, "path"), &k) &&
	    kv2_version_get(req->vault, req->arena, k.id, k.current, &ver) &&
	    !ver.destroyed && !kv2_version_is_deleted(&ver, req->started_ns))
		kv2_version_set_deleted(
		    req->vault, k.id, k.current, req->started_ns);
	return reply_none(req);
}
