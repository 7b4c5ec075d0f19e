/*
 * What the files of the KV version 2 engine share.
 */
#ifndef MV_SECRETS_KV_KV2_H
#define MV_SECRETS_KV_KV2_H

#include "api/reply.h"
#include "api/route.h"
#include "core/mount/mount.h"
#include "secrets/kv/kv2_store.h"

/* `"created_time":...,"custom_metadata":...,...`: the members of a version's
 * metadata, without braces. */
void kv2_put_metadata(const struct vault *v, struct buf *out,
    const struct kv2_key *k, const struct kv2_version *ver);
/* Past its deletion time at `now`? */
bool kv2_version_is_deleted(const struct kv2_version *ver, int64_t now_ns);
/* When a version written now ends by itself; 0: never. */
int64_t kv2_deletion_time_ns(
    const struct kv2_config *c, const struct kv2_key *k, int64_t now_ns);
/* Vault 1.19: a path that is no UTF-8 cannot be written. False: refused with a
 * 500. */
bool kv2_path_is_storable(struct request *req);

/* kv2_data.c */
enum handler_result kv2_data_read(struct request *req);
enum handler_result kv2_data_write(struct request *req);
enum handler_result kv2_data_patch(struct request *req);
enum handler_result kv2_data_delete(struct request *req);
bool kv2_key_exists(struct request *req);
enum handler_result kv2_subkeys_read(struct request *req);

/* kv2_versions.c */
enum handler_result kv2_delete_versions(struct request *req);
enum handler_result kv2_undelete_versions(struct request *req);
enum handler_result kv2_destroy_versions(struct request *req);

/* kv2_metadata.c */
enum handler_result kv2_metadata_read(struct request *req);
enum handler_result kv2_metadata_list(struct request *req);
enum handler_result kv2_metadata_write(struct request *req);
enum handler_result kv2_metadata_patch(struct request *req);
enum handler_result kv2_metadata_delete(struct request *req);
enum handler_result kv2_config_read(struct request *req);
enum handler_result kv2_config_write(struct request *req);

/* The key that a read or a delete of metadata names; Vault 1.19: a slash at its
 * end does not count. In the arena. */
const char *kv2_metadata_key(struct request *req);

#endif
