/*
 * KV version 2 in SQLite: keys, versions, a mount's configuration. Knows
 * nothing of requests.
 */
#ifndef MV_SECRETS_KV_KV2_STORE_H
#define MV_SECRETS_KV_KV2_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "core/mount/mount.h"
#include "core/expirer.h"
#include "core/vault.h"

extern const struct store_part kv2_store;
/* Versions end by themselves: their deletion_time passes. */
extern const struct expirer kv2_expirer;

struct kv2_config {
	bool cas_required;
	int64_t max_versions;
	int64_t delete_after_ns; /* ns; -1 s: switched off for all keys */
};

struct kv2_key {
	int64_t id; /* 0: no such key */
	int64_t current;
	int64_t oldest;
	bool cas_required;
	int64_t max_versions;
	int64_t delete_after_ns;     /* ns */
	int64_t created_ns;	     /* ns */
	int64_t updated_ns;	     /* ns */
	const char *custom_metadata; /* clean JSON object, or NULL */
};

struct kv2_version {
	int64_t number;
	struct slice data;  /* clean JSON; p NULL once destroyed */
	int64_t created_ns; /* ns */
	int64_t deleted_ns; /* ns, perhaps in the future; 0: never */
	bool destroyed;
};

/* A mount without a stored configuration has zeros. */
void kv2_config_get(struct vault *v, int64_t mount, struct kv2_config *c);
void kv2_config_put(struct vault *v, int64_t mount, const struct kv2_config *c);

/* false when there is no such key. Texts go into the arena. */
bool kv2_key_get(struct vault *v, struct arena *a, int64_t mount,
    const char *path, struct kv2_key *k);
/* Inserts a key without id (and sets it), else updates. */
void kv2_key_put(
    struct vault *v, int64_t mount, const char *path, struct kv2_key *k);
/* The same where nothing changed but current, oldest and updated_ns. */
void kv2_key_put_current(
    struct vault *v, int64_t mount, const char *path, struct kv2_key *k);
/* Removes a key with all its versions. */
void kv2_key_delete(
    struct vault *v, const struct kv2_key *k, int64_t mount, const char *path);

/*
 * Reads a version (0: the current one) and what its key says of it in one
 * statement, since reads must be fast. Calls fn while the row is open; false
 * when either is missing.
 */
bool kv2_read(struct vault *v, int64_t mount, const char *path, int64_t version,
    void (*fn)(
	const char *custom_metadata, const struct kv2_version *ver, void *arg),
    void *arg);
/* One version, its data in the arena; false when there is none. */
bool kv2_version_get(struct vault *v, struct arena *a, int64_t key,
    int64_t version, struct kv2_version *ver);
/* Stores a version of a key; its number must be new. The key is put first. */
void kv2_version_add(
    struct vault *v, int64_t key, const struct kv2_version *ver);
/* Sets the deletion time, in ns; 0 takes it back. */
void kv2_version_set_deleted(
    struct vault *v, int64_t key, int64_t version, int64_t deleted_ns);
/* Removes the data of a version and marks it as destroyed. */
void kv2_version_destroy(struct vault *v, int64_t key, int64_t version);
/* Drops every version up to and with `last`, which is not the current one
 * unless the key goes as well. */
void kv2_versions_prune(struct vault *v, int64_t key, int64_t last);
/* All versions in order, without data; count returned. */
int kv2_versions(
    struct vault *v, struct arena *a, int64_t key, struct kv2_version **list);
/* Adds what lies one level below prefix to a list in an arena, sorted; what has
 * more below it ends in '/'. At most n, as path_list_some. */
bool kv2_list_some(struct vault *v, int64_t mount, const char *prefix,
    const char **after, size_t n, struct strs *keys);
/* How many keys a mount has. */
int64_t kv2_count(struct vault *v, int64_t mount);
/* Who wrote a version and who deleted it, as clean JSON; version 0 stands for
 * the key. NULL: nobody. */
void kv2_actor_set_created(
    struct vault *v, int64_t key, int64_t version, const char *json);
void kv2_actor_set_deleted(
    struct vault *v, int64_t key, int64_t version, const char *json);
/* Both in the arena. */
void kv2_actor_get(struct vault *v, struct arena *a, int64_t key,
    int64_t version, const char **created, const char **deleted);
/* Removes some of what a mount keeps; true while there is more. */
bool kv2_drop_some(struct vault *v, int64_t mount);

#endif
