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
    const char *custom_metadata, const struct kv2_version *ver);
/* Is it past its deletion time at now_ns? */
bool kv2_version_is_deleted(const struct kv2_version *ver, int64_t now_ns);
/* When a version written at now_ns is deleted by itself, in ns; 0: never. */
int64_t kv2_deletion_time_ns(
    const struct kv2_config *c, const struct kv2_key *k, int64_t now_ns);
/* Vault 1.19: a path that is no UTF-8 cannot be written. False: refused with a
 * 500. */
bool kv2_path_is_storable(struct request *req);

/* Handlers of data/PATH, kv2_data.c: read a version, write a new one, merge
 * into the current one, delete the current one. */
enum handler_result kv2_data_read(struct request *req);
enum handler_result kv2_data_write(struct request *req);
enum handler_result kv2_data_patch(struct request *req);
enum handler_result kv2_data_delete(struct request *req);
/* Is there a key at the path, whether it has versions or not? */
bool kv2_key_exists(struct request *req);
/* Handler of subkeys/PATH: the structure of a version without its values. */
enum handler_result kv2_subkeys_read(struct request *req);

/* Handlers of delete/, undelete/ and destroy/, kv2_versions.c. Versions that
 * are not there are passed over. */
enum handler_result kv2_delete_versions(struct request *req);
enum handler_result kv2_undelete_versions(struct request *req);
enum handler_result kv2_destroy_versions(struct request *req);

/* Keeps who sent the request as the writer of a version, or as who deleted it
 * or took that back; nothing before Vault 1.21. */
void kv2_note_created(struct request *req, int64_t key, int64_t version);
void kv2_note_deleted(
    struct request *req, int64_t key, int64_t version, bool deleted);
/* Adds created_by and deleted_by of a version, last_updated_by of a key. */
void kv2_show_version_actors(
    struct request *req, int64_t key, int64_t version, json_t *out);
void kv2_show_last_actor(struct request *req, int64_t key, json_t *out);

/* Handlers of metadata/PATH and of config, kv2_metadata.c. */
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
