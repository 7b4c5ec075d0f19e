/*
 * data/PATH and subkeys/PATH of KV version 2. Secrets are clean JSON text: a
 * read splices it and builds no tree.
 */
#include <stdlib.h>
#include <string.h>

#include "base/go_text.h"
#include "secrets/kv/kv2.h"
#include "secrets/kv/merge_patch.h"

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
    const char *custom_metadata, const struct kv2_version *ver, void *arg)
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
	kv2_put_metadata(r->req->vault, out, custom_metadata, ver);
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

static void
kv2_put_subkeys_reply(
    const char *custom_metadata, const struct kv2_version *ver, void *arg)
{
	struct kv2_read_context *r = arg;
	struct buf *out = &r->req->reply.data;
	bool gone = ver->destroyed ||
	    kv2_version_is_deleted(ver, r->req->started_ns);

	buf_clear(out);
	buf_str(out, "{\"metadata\":{");
	kv2_put_metadata(r->req->vault, out, custom_metadata, ver);
	buf_str(out, "},\"subkeys\":");
	if (gone || !ver->data.p)
		buf_str(out, "null");
	else
		put_json_subkeys(
		    r->req->arena, out, ver->data, param_int(r->req, "depth"));
	buf_char(out, '}');
	r->result = gone ? reply_forced_written(r->req, 404)
			 : reply_written(r->req);
}

enum handler_result
kv2_subkeys_read(struct request *req)
{
	struct kv2_read_context r = { .req = req };
	const char *path = param_str(req, "path");
	const char *key = kv2_metadata_key(req);

	if (!kv2_read(req->vault, req->mount->id, key,
		param_int(req, "version"), kv2_put_subkeys_reply, &r))
		return reply_none(req);
	/* Vault 1.19: the metadata of "a/" are those of "a", the data not. */
	if (strcmp(path, key) != 0 && req->reply.status == 200)
		return fail_wrapped(req, 500, "could not find version data");
	return r.result;
}

/* ---- writing ---- */

struct kv2_existing {
	struct kv2_key key;
	const char *path;
};

bool
kv2_key_exists(struct request *req)
{
	struct kv2_existing *e = arena_alloc(req->arena, sizeof(*e));

	e->path = param_str(req, "path");
	req->existing = e;
	return kv2_key_get(
	    req->vault, req->arena, req->mount->id, e->path, &e->key);
}

/* The key to write: as the existence check read it, when there was one. */
static const char *
kv2_data_get_key(struct request *req, struct kv2_key *k)
{
	const struct kv2_existing *e = req->existing;
	const char *path = e ? e->path : param_str(req, "path");

	if (e)
		*k = e->key;
	else
		kv2_key_get(req->vault, req->arena, req->mount->id, path, k);
	return path;
}

/* The version that options.cas names; false when it is no whole number. */
static bool
kv2_parse_cas(struct arena *a, struct slice cas, int64_t *version)
{
	const char *text;

	*version = 0;
	switch (jsontext_kind(cas)) {
	case '"':
		text = jsontext_string(a, cas, NULL);
		return *text == '\0' ||
		    go_parse_int(text, 0, version) == GO_INT_OK;
	case '0':
		return go_parse_int(arena_strndup(a, cas.p, cas.n), 10,
			   version) == GO_INT_OK;
	case 't':
		*version = 1;
		return true;
	case 'f':
	case 'n':
		return true;
	}
	return false;
}

/* The check-and-set rule of key, mount and request; false: refused. */
static bool
kv2_cas_check(
    struct request *req, const struct kv2_config *c, const struct kv2_key *k)
{
	struct slice cas = param_is_given(req, "options")
	    ? jsontext_get(param_raw(req, "options"), "cas")
	    : (struct slice){ NULL, 0 };
	int64_t wanted;

	if (!cas.p) {
		if (!c->cas_required && !k->cas_required)
			return true;
		return refuse(
		    req, 400, "check-and-set parameter required for this call");
	}
	if (!kv2_parse_cas(req->arena, cas, &wanted))
		return refuse(
		    req, 400, "error parsing check-and-set parameter");
	if (wanted == k->current)
		return true;
	return refuse(req, 400,
	    "check-and-set parameter did not match the current version");
}

/* Vault 1.19: the larger of the two that are set, else ten. */
static int64_t
kv2_max_versions(const struct kv2_config *c, const struct kv2_key *k)
{
	int64_t max = c->max_versions > k->max_versions ? c->max_versions
							: k->max_versions;

	return max > 0 ? max : MAX_VERSIONS_DEFAULT;
}

/* What a write leaves. */
struct kv2_data_write {
	const char *path;
	struct kv2_key key;
	struct kv2_version version;
	int64_t prune; /* old versions up to this go; -1: none */
};

static void
kv2_data_write_at_end(struct request *req, const void *arg)
{
	const struct kv2_data_write *w = arg;
	struct kv2_key k = w->key;

	kv2_key_put_current(req->vault, req->mount->id, w->path, &k);
	kv2_version_add(req->vault, k.id, &w->version);
	kv2_note_created(req, k.id, w->version.number);
	if (w->prune >= 0)
		kv2_versions_prune(req->vault, k.id, w->prune);
}

/* One more version; old ones go when there are too many. data is the request's
 * or in its arena. */
static void
kv2_data_add_version(struct request *req, const struct kv2_config *c,
    const char *path, struct kv2_key *k, struct slice data,
    struct kv2_version *ver)
{
	struct kv2_data_write *w = arena_alloc(req->arena, sizeof(*w));
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
	w->path = path;
	w->key = *k;
	w->version = *ver;
	w->prune = prune ? k->current - keep : -1;
	req->write_at_end = kv2_data_write_at_end;
	req->write_at_end_arg = w;
}

/* A number that Vault shortens is stored as it reads it. */
static struct slice
kv2_data_clean(struct request *req, struct slice raw)
{
	struct buf clean;
	struct slice kept;

	buf_init(&clean, 0);
	jsontext_clean(&clean, raw.p, raw.n, JSONTEXT_FLOAT64, NULL);
	kept = (struct slice){ arena_strndup(req->arena, clean.p, clean.n),
		clean.n };
	buf_release(&clean);
	return kept;
}

static enum handler_result
kv2_data_reply_version(
    struct request *req, const struct kv2_key *k, const struct kv2_version *ver)
{
	buf_clear(&req->reply.data);
	buf_char(&req->reply.data, '{');
	kv2_put_metadata(req->vault, &req->reply.data, k->custom_metadata, ver);
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
	const char *path;

	if (!raw.p)
		return fail(req, 400, "no data provided");
	kv2_config_get(req->vault, req->mount->id, &c);
	path = kv2_data_get_key(req, &k);
	if (!kv2_cas_check(req, &c, &k) || !kv2_path_is_storable(req))
		return HANDLED;
	if (jsontext_has_numbers(raw))
		raw = kv2_data_clean(req, raw);
	kv2_data_add_version(req, &c, path, &k, raw, &ver);
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

/* Merges the data of the request into the current version and stores the result
 * as a new one. Checks in Vault's order: key, check-and-set, deletion. */
enum handler_result
kv2_data_patch(struct request *req)
{
	struct slice raw = param_raw(req, "data");
	const char *path;
	struct kv2_config c;
	struct kv2_key k;
	struct kv2_version ver;
	struct buf merged;

	if (!raw.p)
		return fail(req, 400, "no data provided");
	kv2_config_get(req->vault, req->mount->id, &c);
	path = param_str(req, "path");
	if (!kv2_key_get(req->vault, req->arena, req->mount->id, path, &k) ||
	    !kv2_version_get(req->vault, req->arena, k.id, k.current, &ver))
		return fail_no_body(req, 404);
	if (!kv2_cas_check(req, &c, &k))
		return HANDLED;
	if (ver.destroyed || kv2_version_is_deleted(&ver, req->started_ns))
		return kv2_data_reply_deleted(req, &k, &ver);
	if (jsontext_kind(ver.data) == 'n')
		return fail_wrapped(req, 500, "resource does not exist");
	if (jsontext_kind(raw) == 'n')
		return fail_wrapped(req, 500, "Invalid JSON Patch");
	buf_init(&merged, 0);
	merge_patch(req->arena, &merged, ver.data, raw);
	raw = kv2_data_clean(req, (struct slice){ merged.p, merged.n });
	buf_release(&merged);
	kv2_data_add_version(req, &c, path, &k, raw, &ver);
	return kv2_data_reply_version(req, &k, &ver);
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
	    !ver.destroyed && !kv2_version_is_deleted(&ver, req->started_ns)) {
		kv2_version_set_deleted(
		    req->vault, k.id, k.current, req->started_ns);
		kv2_note_deleted(req, k.id, k.current, true);
	}
	return reply_none(req);
}
