/*
 * The whole state at one time: the store's bytes and what the seal holds in
 * memory. Taken, put back as often as wanted, given up.
 */
#ifndef MV_CORE_STATE_SNAPSHOT_H
#define MV_CORE_STATE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vault.h"

struct vault_snapshot;

/* NULL when SQLite could not (the log says why). */
struct vault_snapshot *vault_snapshot_new(struct vault *v);
/* Puts it back: every cache is dropped, sealed is what was sealed then. On
 * failure the state is as before. */
bool vault_snapshot_restore(
    struct vault *v, const struct vault_snapshot *snapshot);
/* One more owner of it, for vault_snapshot_free. What a lazy one has not read
 * out yet is read out now; NULL when that fails. */
struct vault_snapshot *vault_snapshot_ref(struct vault_snapshot *snapshot);
/* A store with its content, in memory. */
struct store *vault_snapshot_open_store(const struct vault_snapshot *snapshot,
    const struct store_part *const *parts, const struct log *log,
    struct error *e);
/* The vault of such a store gets what the snapshot has beside it. */
void vault_snapshot_adopt(
    struct vault *v, const struct vault_snapshot *snapshot);
/* NULL is allowed. */
void vault_snapshot_free(struct vault_snapshot *snapshot);
/* Bytes of the copy; 0 while a lazy one is still the store's. */
size_t vault_snapshot_size(const struct vault_snapshot *snapshot);
/* The same for a start that must be quick: what is larger than a few MiB is
 * read out only when it is about to change. One at a time. */
struct vault_snapshot *vault_snapshot_new_lazy(struct vault *v);

/* The store has another content: sealed, every cache dropped. */
void vault_on_store_replaced(struct vault *v);
/* Nothing left, not even initialised. */
bool vault_erase(struct vault *v);

#endif
