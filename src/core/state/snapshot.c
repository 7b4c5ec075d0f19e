/*
 * Images. Unseal progress and keys come back as they were; rekeying and root
 * generation under way do not, as after a restart.
 */
#include "core/state/snapshot.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "core/seal/rekey.h"
#include "core/seal/generate_root.h"
#include "core/seal/seal.h"

/* Copied in a millisecond or two. */
#define AT_ONCE ((int64_t)8 << 20)

struct image {
	struct vault *vault;
	bool pending; /* nothing was written yet: bytes are still the store's */
	void *bytes;
	size_t n;
	struct seal *seal;
	int64_t active_since;
};

static struct image *
prepare(struct vault *v)
{
	struct image *i = xcalloc(1, sizeof(*i));

	i->vault = v;
	i->seal = seal_copy(v);
	i->active_since = v->active_since;
	return i;
}

struct image *
image_take(struct vault *v)
{
	struct image *i = prepare(v);

	if (store_dump(v->store, &i->bytes, &i->n))
		return i;
	image_free(i);
	return NULL;
}

static void
take_now(void *arg)
{
	struct image *i = arg;

	i->pending = !store_dump(i->vault->store, &i->bytes, &i->n);
}

struct image *
image_take_later(struct vault *v)
{
	struct image *i;

	if (store_size(v->store) <= AT_ONCE)
		return image_take(v);
	i = prepare(v);
	i->pending = true;
	store_before_write(v->store, take_now, i);
	return i;
}

void
image_free(struct image *i)
{
	if (!i)
		return;
	if (i->pending)
		store_before_write(i->vault->store, NULL, NULL);
	if (i->n)
		OPENSSL_cleanse(i->bytes, i->n);
	free(i->bytes);
	seal_free(i->seal);
	free(i);
}

size_t
image_bytes(const struct image *i)
{
	return i->n;
}

static void
drop_attempts(struct vault *v)
{
	rekey_cancel(v);
	rootgen_cancel(v);
}

bool
image_restore(struct vault *v, const struct image *i)
{
	if (!i->pending && !store_restore(v->store, i->bytes, i->n))
		return false;
	drop_attempts(v);
	seal_put_back(v, i->seal);
	v->active_since = i->active_since;
	vault_reload(v);
	return true;
}

void
vault_renewed(struct vault *v)
{
	drop_attempts(v);
	seal_reload(v);
	vault_reload(v);
}

bool
vault_wipe(struct vault *v)
{
	if (!store_clear(v->store))
		return false;
	vault_renewed(v);
	return true;
}
