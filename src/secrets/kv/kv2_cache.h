/*
 * What requests of KV version 2 ask most, kept between them: a few keys, a few
 * current versions, a few listings. kv2_store.c fills and empties it where it
 * writes; whatever empties the object cache empties it as well.
 */
#ifndef MV_SECRETS_KV_KV2_CACHE_H
#define MV_SECRETS_KV_KV2_CACHE_H

#include "secrets/kv/kv2_store.h"

/* As found; texts live until the store is written to. NULL: not kept. */
const struct kv2_key *kv2_cache_key(
    const struct vault *v, int64_t mount, const char *path);
/* The current version; *custom_metadata is its key's. */
const struct kv2_version *kv2_cache_current(const struct vault *v,
    int64_t mount, const char *path, const char **custom_metadata);
/* The answer of a listing, as JSON. */
const struct slice *kv2_cache_list(
    const struct vault *v, int64_t mount, const char *prefix);

/* Copies. What is too long is not kept. */
void kv2_cache_keep_key(
    struct vault *v, int64_t mount, const char *path, const struct kv2_key *k);
void kv2_cache_keep_current(struct vault *v, int64_t mount, const char *path,
    int64_t key, const char *custom_metadata, const struct kv2_version *ver);
void kv2_cache_keep_list(
    struct vault *v, int64_t mount, const char *prefix, struct slice json);

/* To be called by who writes: a key and its current version; the versions of a
 * key; the listings of a mount. */
void kv2_cache_forget_path(struct vault *v, int64_t mount, const char *path);
void kv2_cache_forget_versions(struct vault *v, int64_t key);
void kv2_cache_forget_lists(struct vault *v, int64_t mount);
void kv2_cache_forget_all(struct vault *v);

#endif
