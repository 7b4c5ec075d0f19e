/*
 * delete/, undelete/ and destroy/ of KV version 2: lists of versions. Unknown
 * keys and versions are passed over, as in Vault.
 */
#include "secrets/kv/kv2.h"

typedef void (*kv2_version_change_fn)(struct request *req,
    const struct kv2_config *c, const struct kv2_key *k,
    const struct kv2_version *ver);

static enum handler_result
kv2_versions_change_each(
    struct request *req, const char *missing, kv2_version_change_fn change)
{
	struct kv2_config c;
	struct kv2_key k;
	int n;
	int64_t *versions = param_ints(req, "versions", &n);

	if (n == 0)
		return fail(req, 400, "%s", missing);
	if (!kv2_key_get(req->vault, req->arena, req->mount->id,
		param_str(req, "path"), &k))
		return reply_none(req);
	kv2_config_get(req->vault, req->mount->id, &c);
	for (int i = 0; i < n; i++) {
		struct kv2_version ver;

		if (kv2_version_get(
			req->vault, req->arena, k.id, versions[i], &ver))
			change(req, &c, &k, &ver);
	}
	return reply_none(req);
}

static void
kv2_versions_delete_one(struct request *req, const struct kv2_config *c,
    const struct kv2_key *k, const struct kv2_version *ver)
{
	(void)c;
	if (ver->destroyed || kv2_version_is_deleted(ver, req->started_ns))
		return;
	kv2_version_set_deleted(
	    req->vault, k->id, ver->number, req->started_ns);
	kv2_note_deleted(req, k->id, ver->number, true);
}

/* The age limit starts anew. */
static void
kv2_versions_undelete_one(struct request *req, const struct kv2_config *c,
    const struct kv2_key *k, const struct kv2_version *ver)
{
	if (ver->destroyed)
		return;
	kv2_version_set_deleted(req->vault, k->id, ver->number,
	    kv2_deletion_time_ns(c, k, req->started_ns));
	kv2_note_deleted(req, k->id, ver->number, false);
}

static void
kv2_versions_destroy_one(struct request *req, const struct kv2_config *c,
    const struct kv2_key *k, const struct kv2_version *ver)
{
	(void)c;
	kv2_version_destroy(req->vault, k->id, ver->number);
}

enum handler_result
kv2_delete_versions(struct request *req)
{
	return kv2_versions_change_each(
	    req, "No version number provided", kv2_versions_delete_one);
}

enum handler_result
kv2_undelete_versions(struct request *req)
{
	return kv2_versions_change_each(
	    req, "No version number provided", kv2_versions_undelete_one);
}

enum handler_result
kv2_destroy_versions(struct request *req)
{
	return kv2_versions_change_each(
	    req, "no version number provided", kv2_versions_destroy_one);
}
