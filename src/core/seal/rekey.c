/*
 * Rekeying.
 */
#include "core/seal/rekey.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

struct rekey *
rekey_new(void)
{
	return xcalloc(1, sizeof(struct rekey));
}

void
rekey_free(struct rekey *r)
{
	if (!r)
		return;
	OPENSSL_cleanse(r, sizeof(*r));
	free(r);
}

void
rekey_cancel(struct vault *v)
{
	OPENSSL_cleanse(v->rekey, sizeof(*v->rekey));
}

bool
rekey_start(struct vault *v, struct seal_config config,
    bool verification_required, struct error *e)
{
	struct rekey *r = v->rekey;

	if (r->started)
		return error_set(e, 400, "rekey already in progress");
	r->started = true;
	r->started_ns = vault_now(v);
	r->config = config;
	r->verification_required = verification_required;
	random_uuid(v->random, r->nonce);
	return true;
}

static bool
rekey_is_share_length_valid(size_t n, struct error *e)
{
	if (n < SHARE_MIN)
		return error_set(
		    e, 400, "key is shorter than minimum %d bytes", SHARE_MIN);
	if (n > SHARE_MAX)
		return error_set(
		    e, 400, "key is longer than maximum %d bytes", SHARE_MAX);
	return true;
}

bool
rekey_update(struct vault *v, const uint8_t *key, size_t n, const char *nonce,
    bool *complete, struct error *e)
{
	struct rekey *r = v->rekey;
	bool is_correct;

	*complete = false;
	if (!rekey_is_share_length_valid(n, e))
		return false;
	if (!r->started)
		return error_set(e, 400, "no barrier rekey in progress");
	if (r->has_new_shares)
		return error_set(e, 400,
		    "rekey operation already finished; verification must be "
		    "performed; nonce for the verification operation is "
		    "\"%s\"",
		    r->verification_nonce);
	if (strcmp(nonce, r->nonce) != 0)
		return error_set(e, 400,
		    "incorrect nonce supplied; nonce for "
		    "this rekey operation is \"%s\"",
		    r->nonce);
	if (!share_set_add(&r->old_shares, key, n))
		return error_set(e, 400,
		    "given key has already been provided "
		    "during this generation operation");
	if (r->old_shares.n < seal_get_config(v).threshold)
		return true;
	is_correct = seal_authenticate(v, &r->old_shares, e);
	share_set_clear(&r->old_shares);
	if (!is_correct) {
		e->status = 500;
		return false;
	}
	seal_rekey_prepare(v, r->config, &r->new_shares, r->encrypted_root_key);
	r->has_new_shares = *complete = true;
	if (r->verification_required)
		random_uuid(v->random, r->verification_nonce);
	else
		seal_rekey_commit(
		    v, r->config, &r->new_shares, r->encrypted_root_key);
	return true;
}

static bool
rekey_is_new_share(const struct rekey *r, const struct share *s)
{
	for (int i = 0; i < r->new_shares.n; i++)
		if (r->new_shares.list[i].size == s->size &&
		    CRYPTO_memcmp(
			r->new_shares.list[i].bytes, s->bytes, s->size) == 0)
			return true;
	return false;
}

bool
rekey_verify(struct vault *v, const uint8_t *key, size_t n, const char *nonce,
    bool *complete, struct error *e)
{
	struct rekey *r = v->rekey;

	*complete = false;
	if (!rekey_is_share_length_valid(n, e))
		return false;
	if (!r->started)
		return error_set(e, 400, "no rekey in progress");
	if (!r->has_new_shares)
		return error_set(e, 400, "no rekey verification in progress");
	if (strcmp(nonce, r->verification_nonce) != 0)
		return error_set(e, 400,
		    "incorrect nonce supplied; nonce for "
		    "this verify operation is \"%s\"",
		    r->verification_nonce);
	if (!share_set_add(&r->verified_shares, key, n))
		return error_set(e, 400,
		    "given key has already been provided "
		    "during this verify operation");
	if (r->verified_shares.n < r->config.threshold)
		return true;
	for (int i = 0; i < r->verified_shares.n; i++)
		if (!rekey_is_new_share(r, &r->verified_shares.list[i])) {
			share_set_clear(&r->verified_shares);
			return error_set(e, 400,
			    "rekey verification failed; incorrect key shares "
			    "supplied");
		}
	seal_rekey_commit(v, r->config, &r->new_shares, r->encrypted_root_key);
	return *complete = true;
}

void
rekey_verify_restart(struct vault *v)
{
	share_set_clear(&v->rekey->verified_shares);
	random_uuid(v->random, v->rekey->verification_nonce);
}
