/* Transit ciphertexts and signatures: whatever is decrypted or verified does no
 * harm, and what was encrypted comes back. The first byte says with which key,
 * the second how, the rest is the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "secrets/transit/cipher.h"
#include "secrets/transit/signature.h"
#include "tests/stress/fuzz/openssl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const types[] = { "aes256-gcm96", "aes128-gcm96",
	"chacha20-poly1305", "rsa-2048", "ecdsa-p256", "ecdsa-p521",
	"ed25519" };

#define KEYS 14

/* Every type plain and, where it can be, derived and convergent: 1 to 3. */
static struct transit_key *
make(struct random *r, int i)
{
	struct transit_key *k = transit_key_new(
	    "k", transit_type_by_name(types[i % 7]));
	struct error e = { 0 };

	if (i >= 7 && transit_type_can_derive(k->type)) {
		k->derived = true;
		k->kdf = i % 2 ? TRANSIT_KDF_HKDF : TRANSIT_KDF_COUNTER;
		k->convergent = k->type->kind == TRANSIT_AEAD && i != 9;
		k->convergent_version = i == 7 ? -1 : 1 + i % 2;
	}
	if (!transit_key_rotate(k, r, 1, &e))
		abort();
	if (i >= 7 && transit_type_can_derive(k->type) && i != 7)
		k->versions[0]->convergent = 0;
	return k;
}

static void
decrypt(struct transit_key *k, const struct transit_cipher_options *how,
    struct slice text)
{
	struct error e = { 0 };
	struct buf plain;

	buf_init(&plain, 0);
	if (!transit_decrypt(k, how, text, &plain, &e) &&
	    (plain.n || !e.status))
		abort();
	buf_wipe(&plain);
}

static void
there_and_back(struct transit_key *k, struct random *r,
    const struct transit_cipher_options *how, struct slice text)
{
	struct error e = { 0 };
	struct buf sealed, plain;

	buf_init(&sealed, 0);
	buf_init(&plain, 0);
	if (transit_encrypt(k, r, how, text, &sealed, &e) &&
	    (!transit_decrypt(
		 k, how, (struct slice){ sealed.p, sealed.n }, &plain, &e) ||
		plain.n != text.n ||
		(plain.n && memcmp(plain.p, text.p, plain.n) != 0)))
		abort();
	buf_wipe(&sealed);
	buf_wipe(&plain);
}

static void
verify(struct transit_key *k, uint8_t options, struct slice text)
{
	struct transit_sign_options how = {
		.context = SLICE("context"),
		.hash = transit_hash_by_name("sha2-256"),
		.algorithm = options & 2 ? "pkcs1v15" : "",
		.jws = options & 1,
		.prehashed = options & 4,
	};
	struct error e = { 0 };
	struct transit_signature made = { 0 };
	bool valid;

	if (!transit_type_can_sign(k->type))
		return;
	transit_verify(k, &how, SLICE("input"), text, &valid, &e);
	if (valid && (options & 8) == 0 && e.status)
		abort();
	if (transit_sign(k, &how, text, &made, &e) &&
	    (!transit_verify(k, &how, text,
		 (struct slice){ made.text.p, made.text.n }, &valid, &e) ||
		!valid))
		abort();
	buf_release(&made.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct transit_key *keys[KEYS];
	static struct random *r;
	struct transit_cipher_options how = { 0 };
	struct slice text;
	struct transit_key *k;

	if (size < 2)
		return 0;
	if (!r) {
		r = random_new_seeded(7);
		for (int i = 0; i < KEYS; i++)
			keys[i] = make(r, i);
	}
	k = keys[data[0] % KEYS];
	if (data[1] & 1)
		how.context = SLICE("context");
	if (data[1] & 2)
		how.nonce = SLICE("twelve bytes");
	if (data[1] & 4)
		how.associated_data = "YXNzb2NpYXRlZA==";
	how.pkcs1 = data[1] & 8;
	text = (struct slice){ (const char *)data + 2, size - 2 };
	decrypt(k, &how, text);
	there_and_back(k, r, &how, text);
	verify(k, data[1] >> 4, text);
	return 0;
}
