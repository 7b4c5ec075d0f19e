/*
 * Transit's keys in SQLite, and those that were asked for lately in memory.
 * Knows no requests.
 *
 * A key in memory is as the table says (core/mount/object_cache.h): who changes
 * one loads it for itself and saves it, and the one in memory is dropped.
 */
#ifndef MV_SECRETS_TRANSIT_TRANSIT_STORE_H
#define MV_SECRETS_TRANSIT_TRANSIT_STORE_H

#include "core/mount/mount.h"
#include "core/expirer.h"
#include "core/vault.h"
#include "secrets/transit/key.h"

extern const struct store_part transit_store;
/* Keys that rotate by themselves. */
extern const struct expirer transit_expirer;

/* The key that wraps what is imported; no client can name it. */
#define TRANSIT_WRAPPING_KEY "import/wrapping-key"

/* Borrowed until the request ends; NULL when there is none. */
struct transit_key *transit_key_get(
    struct vault *v, const struct mount *m, const char *name);
/* The caller's own, to change and to free. */
struct transit_key *transit_key_load(
    struct vault *v, const struct mount *m, const char *name);
/* Stores the key with all versions. */
void transit_key_save(
    struct vault *v, const struct mount *m, const struct transit_key *k);
/* Deletes the key with all versions. */
void transit_key_delete(
    struct vault *v, const struct mount *m, const char *name);
/* Adds the names, in order. */
void transit_key_names(
    struct vault *v, const struct mount *m, struct strs *names);
/* Deletes everything of a mount that is being removed. */
bool transit_drop_some(struct vault *v, struct mount *m);

struct transit_config {
	int64_t cache_size; /* 0: no limit */
	bool disable_upsert;
};

/* The mount's settings; zeros when they were never written. */
void transit_config_get(
    struct vault *v, const struct mount *m, struct transit_config *c);
/* Stores the mount's settings. */
void transit_config_put(
    struct vault *v, const struct mount *m, const struct transit_config *c);

#endif
