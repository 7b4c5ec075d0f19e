/*
 * Challenges for nodes that join. Their text is base64 of the root key as it
 * lies in the store (under the shares' key) and the secret under the root key,
 * so a node needs nothing but its unseal keys to open it.
 */
#include "core/seal/challenge.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/crypto/aes_gcm.h"

#define GCM_NONCE AES_GCM_NONCE_SIZE
#define GCM_TAG AES_GCM_TAG_SIZE
#define GCM_EXTRA ((size_t)GCM_NONCE + GCM_TAG)
#define GCM_MAX ((size_t)1 << 20)

struct challenge {
	char *server_id;
	uint8_t secret[CHALLENGE_SECRET_SIZE];
};

/* The oldest first. */
struct challenges {
	struct challenge list[CHALLENGES_MAX];
	int n;
	int64_t allowance_ns; /* what new ones may cost at looked_ns */
	int64_t looked_ns;
};

#define CHALLENGE_COST_NS ((int64_t)200 * 1000000)
#define CHALLENGE_ALLOWANCE_NS (CHALLENGES_MAX * CHALLENGE_COST_NS)

/* ---- under the root key ---- */

bool
seal_encrypt(struct vault *v, struct slice plain, struct buf *out)
{
	const uint8_t *key = seal_root_key(v);
	uint8_t nonce[GCM_NONCE], tag[GCM_TAG];
	uint8_t *cipher;

	if (!key || plain.n > GCM_MAX)
		return false;
	random_bytes(v->random, nonce, sizeof(nonce));
	cipher = xmalloc(plain.n + 1);
	aes_gcm_encrypt(key, nonce, (struct slice){ 0 },
	    (const uint8_t *)plain.p, plain.n, cipher, tag);
	buf_add(out, nonce, sizeof(nonce));
	buf_add(out, cipher, plain.n);
	buf_add(out, tag, sizeof(tag));
	free(cipher);
	return true;
}

bool
seal_decrypt(struct vault *v, struct slice encrypted, struct buf *out)
{
	const uint8_t *key = seal_root_key(v);
	const uint8_t *nonce = (const uint8_t *)encrypted.p;
	size_t n = encrypted.n - GCM_EXTRA;
	uint8_t *plain;
	bool ok;

	if (!key || encrypted.n < GCM_EXTRA || n > GCM_MAX)
		return false;
	plain = xmalloc(n + 1);
	ok = aes_gcm_decrypt(key, nonce, (struct slice){ 0 }, nonce + GCM_NONCE,
	    n, plain, nonce + GCM_NONCE + n);
	if (ok)
		buf_add(out, plain, n);
	OPENSSL_cleanse(plain, n);
	free(plain);
	return ok;
}

/* ---- at the leader ---- */

void
challenges_free(struct challenges *c)
{
	if (!c)
		return;
	for (int i = 0; i < c->n; i++)
		free(c->list[i].server_id);
	OPENSSL_cleanse(c, sizeof(*c));
	free(c);
}

static struct challenge *
challenge_find(struct vault *v, const char *server_id)
{
	struct challenges *c = v->challenges;

	for (int i = 0; c && i < c->n; i++)
		if (strcmp(c->list[i].server_id, server_id) == 0)
			return &c->list[i];
	return NULL;
}

static void
challenge_spend(struct challenges *c, struct challenge *one)
{
	free(one->server_id);
	memmove(one, one + 1, (size_t)(&c->list[--c->n] - one) * sizeof(*one));
}

static struct challenges *
challenges_of(struct vault *v)
{
	if (!v->challenges) {
		v->challenges = xcalloc(1, sizeof(*v->challenges));
		v->challenges->allowance_ns = CHALLENGE_ALLOWANCE_NS;
		v->challenges->looked_ns = vault_now(v);
	}
	return v->challenges;
}

bool
challenge_may_begin(struct vault *v, const char *server_id)
{
	struct challenges *c = challenges_of(v);
	int64_t now_ns = vault_now(v);
	int64_t missing_ns = CHALLENGE_ALLOWANCE_NS - c->allowance_ns;

	if (challenge_find(v, server_id))
		return true;
	if (now_ns > c->looked_ns)
		c->allowance_ns += now_ns - c->looked_ns < missing_ns
		    ? now_ns - c->looked_ns
		    : missing_ns;
	c->looked_ns = now_ns;
	if (c->allowance_ns < CHALLENGE_COST_NS)
		return false;
	c->allowance_ns -= CHALLENGE_COST_NS;
	return true;
}

static struct challenge *
challenge_add(struct vault *v, const char *server_id)
{
	struct challenges *c = challenges_of(v);
	struct challenge *one;

	if (c->n == CHALLENGES_MAX)
		challenge_spend(c, c->list);
	one = &c->list[c->n++];
	one->server_id = xstrdup(server_id);
	random_bytes(v->random, one->secret, sizeof(one->secret));
	return one;
}

bool
challenge_make(
    struct vault *v, const char *server_id, struct buf *out, struct error *e)
{
	struct challenge *one = challenge_find(v, server_id);
	struct buf bytes;
	bool ok;

	if (!one)
		one = challenge_add(v, server_id);
	buf_init(&bytes, 0);
	buf_add(&bytes, seal_encrypted_root_key(v), SEAL_ENCRYPTED_KEY_SIZE);
	ok = seal_encrypt(v,
		 (struct slice){
		     (const char *)one->secret, sizeof(one->secret) },
		 &bytes) ||
	    error_set(e, 500, "failed to encrypt the challenge");
	if (ok && seal_is_auto(v))
		challenge_wrap_root_key(v, &bytes);
	if (ok)
		base64_encode(out, bytes.p, bytes.n);
	buf_release(&bytes);
	return ok;
}

bool
challenge_check(struct vault *v, const char *server_id, struct slice answer,
    struct error *e)
{
	struct challenge *one = challenge_find(v, server_id);
	bool same;

	if (!one)
		return error_set(
		    e, 400, "no expected answer for the server id provided");
	same = answer.n == sizeof(one->secret) &&
	    CRYPTO_memcmp(answer.p, one->secret, answer.n) == 0;
	challenge_spend(v->challenges, one);
	return same || error_set(e, 400, "invalid answer given");
}

/* ---- at the node ---- */

#define CHALLENGE_LOCKED_SIZE (GCM_EXTRA + CHALLENGE_SECRET_SIZE)
#define CHALLENGE_SIZE (SEAL_ENCRYPTED_KEY_SIZE + CHALLENGE_LOCKED_SIZE)

static bool
challenge_decode(
    const struct vault *v, const char *challenge, struct buf *bytes)
{
	size_t wrapped = seal_is_auto(v) ? CHALLENGE_WRAPPED_SIZE : 0, bad;

	return base64_decode(bytes, challenge, strlen(challenge), &bad) &&
	    bytes->n == CHALLENGE_SIZE + wrapped;
}

bool
challenge_adopt(
    struct vault *v, const char *challenge, struct seal_config config)
{
	struct buf bytes;
	bool ok;

	buf_init(&bytes, 4096);
	ok = challenge_decode(v, challenge, &bytes) && config.shares > 0 &&
	    config.shares <= SHARES_MAX && config.threshold > 0 &&
	    config.threshold <= config.shares;
	if (ok)
		seal_adopt(v, config, (const uint8_t *)bytes.p);
	buf_release(&bytes);
	return ok;
}

bool
challenge_open(struct vault *v, const char *challenge,
    uint8_t secret[CHALLENGE_SECRET_SIZE])
{
	struct buf bytes, plain;
	bool ok;

	buf_init(&bytes, 4096);
	buf_init(&plain, 4096);
	ok = challenge_decode(v, challenge, &bytes) &&
	    seal_decrypt(v,
		(struct slice){
		    bytes.p + SEAL_ENCRYPTED_KEY_SIZE, CHALLENGE_LOCKED_SIZE },
		&plain) &&
	    plain.n == CHALLENGE_SECRET_SIZE;
	if (ok)
		memcpy(secret, plain.p, CHALLENGE_SECRET_SIZE);
	buf_release(&bytes);
	buf_release(&plain);
	return ok;
}

bool
challenge_auto_unseal(struct vault *v, const char *challenge)
{
	struct buf bytes;
	bool ok;

	buf_init(&bytes, 4096);
	ok = seal_is_auto(v) && !v->config.kms_unreachable &&
	    challenge_decode(v, challenge, &bytes);
	if (ok)
		challenge_unwrap_root_key(
		    v, (const uint8_t *)bytes.p + CHALLENGE_SIZE);
	buf_release(&bytes);
	return ok;
}
