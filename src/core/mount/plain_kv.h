/*
 * A plain key-value table keyed by a scope text: KV version 1 (a mount) and
 * cubbyhole (a token) are two uses of it.
 */
#ifndef MV_CORE_MOUNT_PLAIN_KV_H
#define MV_CORE_MOUNT_PLAIN_KV_H

#include "base/buf.h"
#include "base/mem.h"
#include "base/strs.h"
#include "core/vault.h"

extern const struct store_part plain_kv_store;

/* Clean JSON of an entry in the arena; p NULL when there is none. */
struct slice plain_kv_get(
    struct vault *v, struct arena *a, const char *scope, const char *path);
/* Stores a copy of the data, or replaces it. */
void plain_kv_put(
    struct vault *v, const char *scope, const char *path, struct slice data);
/* Removes an entry, if it is there. */
void plain_kv_delete(struct vault *v, const char *scope, const char *path);
/* Adds what lies one level below prefix to a list in an arena, sorted; what
 * has more below it ends in '/'. */
void plain_kv_list(
    struct vault *v, const char *scope, const char *prefix, struct strs *keys);
/* At most n of them, as path_list_some. */
bool plain_kv_list_some(struct vault *v, const char *scope, const char *prefix,
    const char **after, size_t n, struct strs *keys);
/* Calls fn for every entry of a scope; it must not touch this table. */
void plain_kv_each(struct vault *v, const char *scope,
    void (*fn)(const char *path, struct slice data, void *arg), void *arg);
/* Removes every entry of a scope. */
void plain_kv_delete_scope(struct vault *v, const char *scope);

struct mount;
/* The scope of what a mount keeps, in the arena. */
char *plain_kv_mount_scope(struct arena *a, const struct mount *m);
/* How many entries a mount has. */
int64_t plain_kv_count(struct vault *v, const struct mount *m);
/* Removes some entries of a mount; the on_unmount of engines. */
bool plain_kv_on_unmount(struct vault *v, struct mount *m);

#endif
