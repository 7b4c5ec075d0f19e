/* Keys from elsewhere: import and restore take what is a key and no more, and a
 * key that was taken can be used and backed up. The first byte says what the
 * rest is: a backup's JSON, or material of one of the types. */
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "secrets/transit/backup.h"
#include "secrets/transit/cipher.h"
#include "secrets/transit/key_material.h"
#include "secrets/transit/signature.h"
#include "tests/stress/fuzz/openssl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Signs or encrypts with every version; only what is half a key refuses. */
static void
use(struct transit_key *k, struct random *r)
{
	struct transit_sign_options how = { .context = SLICE("context"),
		.hash = transit_hash_by_name("sha2-256"),
		.algorithm = "" };
	struct transit_cipher_options crypt = { .context = SLICE("context") };
	struct error e = { 0 };
	struct buf out;

	for (int i = 0; i < k->nversions && i < 4; i++) {
		struct transit_signature made = { 0 };

		buf_init(&out, 0);
		how.version = crypt.version = k->versions[i]->number;
		transit_sign(k, &how, SLICE("input"), &made, &e);
		buf_release(&made.text);
		transit_encrypt(k, r, &crypt, SLICE("input"), &out, &e);
		buf_release(&out);
	}
}

static struct transit_key *
restore(struct slice json, struct error *e)
{
	struct transit_key *k;
	struct buf text;

	buf_init(&text, 0);
	base64_encode(&text, json.p, json.n);
	k = transit_backup_read(text.p ? text.p : "", e);
	buf_wipe(&text);
	return k;
}

/* What was restored backs up, and restores again as it is. */
static void
restore_and_back(struct slice json, struct random *r)
{
	struct error e = { 0 };
	struct transit_key *k = restore(json, &e), *again;
	struct buf one, two;

	if (!k) {
		if (!e.status)
			abort();
		return;
	}
	use(k, r);
	if (k->latest > 1000) {
		transit_key_free(k);
		return;
	}
	buf_init(&one, 0);
	buf_init(&two, 0);
	transit_backup_write(k, &one);
	again = transit_backup_read(one.p, &e);
	if (!again)
		abort();
	transit_backup_write(again, &two);
	if (one.n != two.n || memcmp(one.p, two.p, one.n) != 0)
		abort();
	buf_wipe(&one);
	buf_wipe(&two);
	transit_key_free(again);
	transit_key_free(k);
}

static void
import(const struct transit_type *type, bool private, struct slice bytes,
    struct random *r)
{
	struct transit_key *k = transit_key_new("k", type);
	struct error e = { 0 };

	if (transit_import_material(k, bytes, private, r, 1, &e)) {
		if (k->latest != 1 || !transit_version_get(k, 1))
			abort();
		use(k, r);
		if (!private)
			transit_import_private_half(k, 1, bytes, &e);
	} else if (k->nversions || !e.status) {
		abort();
	}
	transit_key_free(k);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct random *r;
	struct slice rest;
	const struct transit_type *type;

	if (size < 1)
		return 0;
	r = random_new_seeded(7);
	rest = (struct slice){ (const char *)data + 1, size - 1 };
	type = transit_type_by_number(data[0] & 15);
	if (data[0] & 128)
		restore_and_back(rest, r);
	else if (type)
		import(type, data[0] & 64, rest, r);
	random_free(r);
	return 0;
}
