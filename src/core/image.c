/*
 * Images. Unseal progress and keys come back as they were; rekeying and root
 * generation under way do not, as after a restart.
 */
#include "core/image.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "core/rekey.h"
#include "core/rootgen.h"
#include "core/seal.h"

struct image {
	void *bytes;
	size_t n;
	struct seal *seal;
	int64_t active_since;
	int64_t taken;
};

struct image *
image_take(struct vault *v)
{
	struct image *i = xcalloc(1, sizeof(*i));

	if (!store_dump(v->store, &i->bytes, &i->n)) {
		free(i);
		return NULL;
	}
	i->seal = seal_copy(v);
	i->active_since = v->active_since;
	i->taken = vault_now(v);
	return i;
}

void
image_free(struct image *i)
{
	if (!i)
		return;
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

int64_t
image_taken(const struct image *i)
{
	return i->taken;
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
	if (!store_restore(v->store, i->bytes, i->n))
		return false;
	drop_attempts(v);
	seal_put_back(v, i->seal);
	v->active_since = i->active_since;
	vault_reload(v);
	return true;
}

bool
vault_wipe(struct vault *v)
{
	if (!store_clear(v->store))
		return false;
	drop_attempts(v);
	seal_reload(v);
	vault_reload(v);
	return true;
}
