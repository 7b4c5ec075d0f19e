/*
 * The seal. The root key lies in the store, encrypted with AES-256-GCM under
 * the key that the shares make; nothing else opens it. Secrets themselves stay
 * readable in the database, for testers.
 */
#include "core/seal/seal.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/crypto/aes_gcm.h"
#include "core/crypto/shamir.h"

#define KEY_SIZE AES_GCM_KEY_SIZE
#define NONCE_SIZE AES_GCM_NONCE_SIZE
#define ENCRYPTED_KEY_SIZE SEAL_ENCRYPTED_KEY_SIZE

enum {
	SEAL_GET,
	SEAL_INSERT,
	SEAL_REKEY,
	SEAL_KMS,
	SEAL_STATEMENTS,
};

static const char *const migrations[] = {
	"CREATE TABLE seal (one INTEGER PRIMARY KEY CHECK (one = 1),"
	"shares INTEGER NOT NULL, threshold INTEGER NOT NULL,"
	"root_key BLOB NOT NULL, cluster_name TEXT NOT NULL,"
	"cluster_id TEXT NOT NULL)",
	/* what the cloud of an auto-unseal would keep; NULL with shamir */
	"ALTER TABLE seal ADD COLUMN kms_key BLOB",
	NULL,
};

/* The same, for a new database. */
static const char schema[] =
    "CREATE TABLE seal (one INTEGER PRIMARY KEY CHECK (one = 1),"
    "shares INTEGER NOT NULL, threshold INTEGER NOT NULL,"
    "root_key BLOB NOT NULL, cluster_name TEXT NOT NULL,"
    "cluster_id TEXT NOT NULL, kms_key BLOB)";

static const struct store_statement statements[] = {
	[SEAL_GET] = { "SELECT shares, threshold, root_key, cluster_name, "
		       "cluster_id, kms_key FROM seal",
	    "", NULL },
	[SEAL_INSERT] = { "INSERT INTO seal (one, shares, threshold, root_key, "
			  "cluster_name, cluster_id, kms_key) VALUES (1, ?, ?, "
			  "?, ?, ?, NULL)",
	    "iibss", NULL },
	[SEAL_REKEY] = { "UPDATE seal SET shares = ?, threshold = ?, "
			 "root_key = ?",
	    "iib", NULL },
	[SEAL_KMS] = { "UPDATE seal SET kms_key = ?", "b", NULL },
};

const struct store_part seal_store = { "seal", migrations, statements,
	SEAL_STATEMENTS, schema };

struct seal {
	bool initialized;
	bool sealed;
	struct seal_config config;
	uint8_t encrypted_root_key[ENCRYPTED_KEY_SIZE]; /* nonce, encrypted root
							   key, tag */
	uint8_t root_key[KEY_SIZE];
	bool suspended;
	uint8_t
	    suspended_root_key[KEY_SIZE]; /* the root key, while suspended */
	struct share_set unseal_shares;
	char nonce[37];
};

/* ---- the root key ---- */

/* Encrypts plain into encrypted, whose nonce is set. */
static void
seal_encrypt_root_key(const uint8_t key[KEY_SIZE],
    uint8_t encrypted[ENCRYPTED_KEY_SIZE], const uint8_t plain[KEY_SIZE])
{
	uint8_t *cipher = encrypted + NONCE_SIZE;

	aes_gcm_encrypt(key, encrypted, (struct slice){ 0 }, plain, KEY_SIZE,
	    cipher, cipher + KEY_SIZE);
}

/* false when the key is wrong. */
static bool
seal_open_root_key(const uint8_t key[KEY_SIZE],
    const uint8_t encrypted[ENCRYPTED_KEY_SIZE], uint8_t plain[KEY_SIZE])
{
	const uint8_t *cipher = encrypted + NONCE_SIZE;

	return aes_gcm_decrypt(key, encrypted, (struct slice){ 0 }, cipher,
	    KEY_SIZE, plain, cipher + KEY_SIZE);
}

/* ---- the instance ---- */

static void
seal_read_store(struct vault *v, struct seal *s)
{
	struct query *q;

	s->sealed = true;
	q = STORE_QUERY(v->store, &seal_store, SEAL_GET);
	if (query_row(q)) {
		s->initialized = true;
		s->config.shares = (int)query_int(q, 0);
		s->config.threshold = (int)query_int(q, 1);
		if (query_slice(q, 2).n == ENCRYPTED_KEY_SIZE)
			memcpy(s->encrypted_root_key, query_slice(q, 2).p,
			    ENCRYPTED_KEY_SIZE);
		snprintf(v->cluster_name, sizeof(v->cluster_name), "%s",
		    query_text(q, 3));
		snprintf(v->cluster_id, sizeof(v->cluster_id), "%s",
		    query_text(q, 4));
	}
	query_done(q);
}

struct seal *
seal_new(struct vault *v)
{
	struct seal *s = xcalloc(1, sizeof(*s));

	seal_read_store(v, s);
	return s;
}

void
seal_reload(struct vault *v)
{
	OPENSSL_cleanse(v->seal, sizeof(*v->seal));
	v->cluster_name[0] = '\0';
	v->cluster_id[0] = '\0';
	seal_read_store(v, v->seal);
}

void
seal_follow_store(struct vault *v)
{
	struct seal stored = { 0 };

	seal_read_store(v, &stored);
	if (store_has_failed(v->store))
		return;
	if (!stored.initialized) {
		seal_reload(v);
		return;
	}
	v->seal->config = stored.config;
	memcpy(v->seal->encrypted_root_key, stored.encrypted_root_key,
	    sizeof(stored.encrypted_root_key));
}

struct seal *
seal_copy_state(const struct vault *v)
{
	struct seal *copy = xmalloc(sizeof(*copy));

	*copy = *v->seal;
	if (copy->suspended) {
		memcpy(copy->root_key, copy->suspended_root_key,
		    sizeof(copy->root_key));
		copy->sealed = copy->suspended = false;
		copy->unseal_shares.n = 0;
		copy->nonce[0] = '\0';
	}
	return copy;
}

void
seal_restore_state(struct vault *v, const struct seal *copy)
{
	seal_reload(v);
	*v->seal = *copy;
}

void
seal_free(struct seal *s)
{
	if (!s)
		return;
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

bool
seal_is_initialized(const struct vault *v)
{
	return v->seal->initialized;
}

bool
seal_is_sealed(const struct vault *v)
{
	return v->seal->sealed || v->standby.enters;
}

bool
seal_has_key(const struct vault *v)
{
	return !v->seal->sealed;
}

struct seal_config
seal_get_config(const struct vault *v)
{
	return v->seal->config;
}

int
seal_progress(const struct vault *v)
{
	return v->seal->unseal_shares.n;
}

const char *
seal_nonce(const struct vault *v)
{
	return v->seal->nonce;
}

const char *
seal_type(const struct vault *v)
{
	return v->config.seal_type ? v->config.seal_type : "shamir";
}

bool
seal_is_auto(const struct vault *v)
{
	return strcmp(seal_type(v), "shamir") != 0;
}

const uint8_t *
seal_encrypted_root_key(const struct vault *v)
{
	return v->seal->encrypted_root_key;
}

void
seal_adopt(struct vault *v, struct seal_config config,
    const uint8_t encrypted_root_key[SEAL_ENCRYPTED_KEY_SIZE])
{
	struct seal *s = v->seal;

	s->initialized = s->sealed = true;
	s->config = config;
	memcpy(s->encrypted_root_key, encrypted_root_key, ENCRYPTED_KEY_SIZE);
	seal_reset_unseal(v);
}

/* ---- initialisation ---- */

static void
seal_make_shares(struct vault *v, struct seal_config config,
    const uint8_t key[KEY_SIZE], struct share *shares)
{
	uint8_t *parts;

	if (config.shares == 1) {
		memcpy(shares[0].bytes, key, KEY_SIZE);
		shares[0].size = KEY_SIZE;
		return;
	}
	parts = xmalloc((size_t)config.shares * (KEY_SIZE + 1));
	shamir_split(
	    v->random, key, KEY_SIZE, config.shares, config.threshold, parts);
	for (int i = 0; i < config.shares; i++) {
		memcpy(
		    shares[i].bytes, parts + i * (KEY_SIZE + 1), KEY_SIZE + 1);
		shares[i].size = KEY_SIZE + 1;
	}
	OPENSSL_cleanse(parts, (size_t)config.shares * (KEY_SIZE + 1));
	free(parts);
}

static void
seal_name_cluster(struct vault *v)
{
	char hex[9];

	random_hex(v->random, hex, 8);
	if (*v->config.cluster_name)
		snprintf(v->cluster_name, sizeof(v->cluster_name), "%s",
		    v->config.cluster_name);
	else
		snprintf(v->cluster_name, sizeof(v->cluster_name),
		    "vault-cluster-%s", hex);
	random_uuid(v->random, v->cluster_id);
}

bool
seal_init(struct vault *v, struct seal_config config, struct share *shares,
    char root_token[64], struct error *e)
{
	struct seal *s = v->seal;
	uint8_t key[KEY_SIZE], root_key[KEY_SIZE];

	if (s->initialized)
		return error_set(e, 400, "Vault is already initialized");
	random_bytes(v->random, key, sizeof(key));
	random_bytes(v->random, root_key, sizeof(root_key));
	random_bytes(v->random, s->encrypted_root_key, NONCE_SIZE);
	seal_encrypt_root_key(key, s->encrypted_root_key, root_key);
	seal_make_shares(v, config, key, shares);
	OPENSSL_cleanse(root_key, sizeof(root_key));
	seal_name_cluster(v);
	STORE_EXEC(v->store, &seal_store, SEAL_INSERT, config.shares,
	    config.threshold,
	    store_bytes(s->encrypted_root_key, ENCRYPTED_KEY_SIZE),
	    v->cluster_name, v->cluster_id);
	if (seal_is_auto(v))
		STORE_EXEC(v->store, &seal_store, SEAL_KMS,
		    store_bytes(key, sizeof(key)));
	OPENSSL_cleanse(key, sizeof(key));
	s->initialized = true;
	s->config = config;
	v->seal_hooks->on_initialized(v);
	return v->seal_hooks->create_root_token(v, root_token, e) &&
	    (!seal_is_auto(v) || seal_auto_unseal(v, e));
}

/* ---- unsealing ---- */

void
seal_reset_unseal(struct vault *v)
{
	share_set_clear(&v->seal->unseal_shares);
	v->seal->nonce[0] = '\0';
}

/* The key of KEY_SIZE bytes that the shares make. A threshold of 1 has the key
 * itself as its share. false with Vault's text in e. */
static bool
seal_combine_shares(const struct share_set *shares, int threshold,
    uint8_t key[KEY_SIZE], struct error *e)
{
	const uint8_t *parts[SHARES_MAX];

	if (threshold == 1) {
		if (shares->list[0].size != KEY_SIZE)
			return error_set(e, 400,
			    "invalid key: failed to setup unseal key: "
			    "crypto/aes: invalid key size %zu",
			    shares->list[0].size);
		memcpy(key, shares->list[0].bytes, KEY_SIZE);
		return true;
	}
	for (int i = 0; i < shares->n; i++) {
		if (shares->list[i].size != shares->list[0].size)
			return error_set(e, 400,
			    "invalid key: failed to compute combined key: all "
			    "parts must be the same length");
		parts[i] = shares->list[i].bytes;
	}
	if (shares->list[0].size != KEY_SIZE + 1)
		return error_set(e, 400,
		    "invalid key: failed to setup unseal key: crypto/aes: "
		    "invalid key size %zu",
		    shares->list[0].size - 1);
	if (!shamir_combine(parts, shares->n, KEY_SIZE, key))
		return error_set(e, 400,
		    "invalid key: failed to compute combined key: duplicate "
		    "part detected");
	return true;
}

/* The root key, when the shares are right. */
static bool
seal_decrypt_root_key(struct vault *v, const struct share_set *shares,
    uint8_t root_key[KEY_SIZE], struct error *e)
{
	struct seal *s = v->seal;
	uint8_t key[KEY_SIZE];
	bool ok = seal_combine_shares(shares, s->config.threshold, key, e);

	if (ok && !seal_open_root_key(key, s->encrypted_root_key, root_key))
		ok = error_set(e, 400,
		    "unable to retrieve stored keys: invalid key: failed to "
		    "decrypt keys from storage: %scipher: message "
		    "authentication failed",
		    version_has(v, VERSION_SEAL_WRAPPER_TEXT)
			? "error decrypting seal wrapped value\nerror "
			  "decrypting using seal shamir: "
			: "");
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

static void
seal_on_unsealed(struct vault *v)
{
	struct seal *s = v->seal;

	s->sealed = false;
	s->suspended = false;
	OPENSSL_cleanse(s->suspended_root_key, sizeof(s->suspended_root_key));
	v->active_since_ns = vault_now(v);
	v->seal_hooks->on_unsealed(v);
}

static bool
seal_read_kms_key(struct vault *v, uint8_t key[KEY_SIZE])
{
	struct query *q = STORE_QUERY(v->store, &seal_store, SEAL_GET);
	bool found = query_row(q) && !query_is_null(q, 5) &&
	    query_slice(q, 5).n == KEY_SIZE;

	if (found)
		memcpy(key, query_slice(q, 5).p, KEY_SIZE);
	query_done(q);
	return found;
}

bool
seal_auto_unseal(struct vault *v, struct error *e)
{
	struct seal *s = v->seal;
	uint8_t key[KEY_SIZE];
	bool ok;

	if (v->config.kms_unreachable)
		return error_set(e, 500,
		    "fetching stored unseal keys failed: failed to decrypt "
		    "encrypted stored keys: error decrypting data encryption "
		    "key: the key management service cannot be reached");
	ok = seal_read_kms_key(v, key) &&
	    seal_open_root_key(key, s->encrypted_root_key, s->root_key);
	OPENSSL_cleanse(key, sizeof(key));
	if (!ok)
		return error_set(e, 500,
		    "fetching stored unseal keys failed: no stored keys for "
		    "seal type %s",
		    v->config.seal_type);
	seal_on_unsealed(v);
	return true;
}

bool
seal_authenticate(
    struct vault *v, const struct share_set *shares, struct error *e)
{
	uint8_t root_key[KEY_SIZE];
	bool ok = seal_decrypt_root_key(v, shares, root_key, e);

	OPENSSL_cleanse(root_key, sizeof(root_key));
	return ok;
}

void
seal_rekey_prepare(struct vault *v, struct seal_config config,
    struct share_set *new_shares,
    uint8_t encrypted_root_key[ENCRYPTED_KEY_SIZE])
{
	uint8_t key[KEY_SIZE];

	random_bytes(v->random, key, sizeof(key));
	random_bytes(v->random, encrypted_root_key, NONCE_SIZE);
	seal_encrypt_root_key(key, encrypted_root_key, v->seal->root_key);
	seal_make_shares(v, config, key, new_shares->list);
	new_shares->n = config.shares;
	OPENSSL_cleanse(key, sizeof(key));
}

void
seal_rekey_commit(struct vault *v, struct seal_config config,
    const struct share_set *new_shares,
    const uint8_t encrypted_root_key[ENCRYPTED_KEY_SIZE])
{
	struct error e = { 0 };
	uint8_t key[KEY_SIZE];

	memcpy(v->seal->encrypted_root_key, encrypted_root_key,
	    ENCRYPTED_KEY_SIZE);
	v->seal->config = config;
	STORE_EXEC(v->store, &seal_store, SEAL_REKEY, config.shares,
	    config.threshold,
	    store_bytes(encrypted_root_key, ENCRYPTED_KEY_SIZE));
	if (seal_is_auto(v) &&
	    seal_combine_shares(new_shares, config.threshold, key, &e))
		STORE_EXEC(v->store, &seal_store, SEAL_KMS,
		    store_bytes(key, sizeof(key)));
	OPENSSL_cleanse(key, sizeof(key));
}

bool
seal_unseal(struct vault *v, const uint8_t *key, size_t n, struct error *e)
{
	struct seal *s = v->seal;
	bool ok;

	if (!s->initialized)
		return error_set(e, 400, "Vault is not initialized");
	if (n < 16)
		return error_set(e, 400,
		    "invalid key: key is shorter than minimum 16 bytes");
	if (n > KEY_SIZE + 1)
		return error_set(
		    e, 400, "invalid key: key is longer than maximum 33 bytes");
	if (!s->sealed)
		return true;
	if (s->unseal_shares.n == 0)
		random_uuid(v->random, s->nonce);
	if (!share_set_add(&s->unseal_shares, key, n))
		return true;
	if (s->unseal_shares.n < s->config.threshold)
		return true;
	ok = seal_decrypt_root_key(v, &s->unseal_shares, s->root_key, e);
	seal_reset_unseal(v);
	if (ok)
		seal_on_unsealed(v);
	return ok;
}

void
seal_seal(struct vault *v)
{
	struct seal *s = v->seal;

	s->sealed = true;
	OPENSSL_cleanse(s->root_key, sizeof(s->root_key));
	v->seal_hooks->on_sealed(v);
}

bool
seal_suspend(struct vault *v)
{
	struct seal *s = v->seal;

	if (s->sealed)
		return false;
	memcpy(
	    s->suspended_root_key, s->root_key, sizeof(s->suspended_root_key));
	seal_seal(v);
	s->suspended = true;
	return true;
}

bool
seal_is_suspended(const struct vault *v)
{
	return v->seal->suspended;
}

bool
seal_resume(struct vault *v)
{
	struct seal *s = v->seal;

	if (!s->suspended)
		return false;
	seal_unseal_with_root_key(v, s->suspended_root_key);
	return true;
}

const uint8_t *
seal_root_key(const struct vault *v)
{
	if (v->seal->suspended)
		return v->seal->suspended_root_key;
	return v->seal->sealed ? NULL : v->seal->root_key;
}

void
seal_unseal_with_root_key(struct vault *v, const uint8_t root_key[32])
{
	memcpy(v->seal->root_key, root_key, sizeof(v->seal->root_key));
	seal_reset_unseal(v);
	seal_on_unsealed(v);
}
