/*
 * Snapshots. Unseal progress and keys come back as they were; a rekey or a root
 * generation that has begun does not, as after a restart.
 */
#include "core/state/snapshot.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "core/seal/rekey.h"
#include "core/seal/generate_root.h"
#include "core/seal/seal.h"

/* Copied in a millisecond or two. */
#define SNAPSHOT_EAGER_MAX_BYTES ((int64_t)8 << 20)

struct vault_snapshot {
	struct vault *vault;
	int owners;
	bool copy_pending; /* nothing was written yet: bytes are still the
			      store's */
	void *bytes;
	size_t n;
	struct seal *seal;
	int64_t active_since_ns;
};

static struct vault_snapshot *
vault_snapshot_prepare(struct vault *v)
{
	struct vault_snapshot *snapshot = xcalloc(1, sizeof(*snapshot));

	snapshot->vault = v;
	snapshot->owners = 1;
	snapshot->seal = seal_copy_state(v);
	snapshot->active_since_ns = v->active_since_ns;
	return snapshot;
}

struct vault_snapshot *
vault_snapshot_new(struct vault *v)
{
	struct vault_snapshot *snapshot = vault_snapshot_prepare(v);

	if (store_snapshot(v->store, &snapshot->bytes, &snapshot->n))
		return snapshot;
	vault_snapshot_free(snapshot);
	return NULL;
}

static void
vault_snapshot_copy_store(void *arg)
{
	struct vault_snapshot *snapshot = arg;

	snapshot->copy_pending = !store_snapshot(
	    snapshot->vault->store, &snapshot->bytes, &snapshot->n);
}

struct vault_snapshot *
vault_snapshot_new_lazy(struct vault *v)
{
	struct vault_snapshot *snapshot;

	if (store_snapshot_size(v->store) <= SNAPSHOT_EAGER_MAX_BYTES)
		return vault_snapshot_new(v);
	snapshot = vault_snapshot_prepare(v);
	snapshot->copy_pending = true;
	store_on_next_write(v->store, vault_snapshot_copy_store, snapshot);
	return snapshot;
}

void
vault_snapshot_free(struct vault_snapshot *snapshot)
{
	if (!snapshot || --snapshot->owners > 0)
		return;
	if (snapshot->copy_pending)
		store_on_next_write(snapshot->vault->store, NULL, NULL);
	if (snapshot->n)
		OPENSSL_cleanse(snapshot->bytes, snapshot->n);
	store_free_bytes(snapshot->bytes);
	seal_free(snapshot->seal);
	free(snapshot);
}

struct vault_snapshot *
vault_snapshot_ref(struct vault_snapshot *snapshot)
{
	if (snapshot->copy_pending) {
		store_on_next_write(snapshot->vault->store, NULL, NULL);
		vault_snapshot_copy_store(snapshot);
	}
	if (snapshot->copy_pending)
		return NULL;
	snapshot->owners++;
	return snapshot;
}

struct store *
vault_snapshot_open_store(const struct vault_snapshot *snapshot,
    const struct store_part *const *parts, const struct log *log,
    struct error *e)
{
	return store_open_copy(snapshot->bytes, snapshot->n, parts, log, e);
}

size_t
vault_snapshot_size(const struct vault_snapshot *snapshot)
{
	return snapshot->n;
}

static void
vault_cancel_rekey_and_rootgen(struct vault *v)
{
	rekey_cancel(v);
	rootgen_cancel(v);
}

void
vault_snapshot_adopt(struct vault *v, const struct vault_snapshot *snapshot)
{
	seal_restore_state(v, snapshot->seal);
	v->active_since_ns = snapshot->active_since_ns;
	vault_reload(v);
}

bool
vault_snapshot_restore(struct vault *v, const struct vault_snapshot *snapshot)
{
	if (!snapshot->copy_pending &&
	    !store_restore(v->store, snapshot->bytes, snapshot->n))
		return false;
	vault_cancel_rekey_and_rootgen(v);
	vault_snapshot_adopt(v, snapshot);
	return true;
}

void
vault_on_store_replaced(struct vault *v)
{
	vault_cancel_rekey_and_rootgen(v);
	seal_reload(v);
	vault_reload(v);
}

bool
vault_erase(struct vault *v)
{
	if (!store_clear(v->store))
		return false;
	vault_on_store_replaced(v);
	return true;
}
