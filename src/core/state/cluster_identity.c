/*
 * The cluster's certificate, made once, and the digest of its tables.
 */
#include "core/state/cluster_identity.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/crypto/certificate.h"
#include "core/crypto/digest.h"
#include "core/crypto/keypair.h"
#include "core/setting.h"

/* Vault 1.19: 30 years, with a day before. Nobody looks at the end. */
#define CLUSTER_CERT_DAYS (30 * 365)
#define DAY_S ((int64_t)86400)

static json_t *
cluster_identity_make(struct vault *v)
{
	int64_t now_s = vault_now(v) / 1000000000;
	struct certificate_spec spec = { .common_name = "mockvault cluster",
		.not_before_s = now_s - DAY_S,
		.not_after_s = now_s + CLUSTER_CERT_DAYS * DAY_S };
	EVP_PKEY *pair = keypair_ec(v->random, "prime256v1");
	X509 *cert = pair ? certificate_new(v->random, &spec, pair, NULL, NULL)
			  : NULL;
	char *pem = cert ? certificate_pem(cert) : NULL;
	char *key = pair ? keypair_private_pem(pair) : NULL;
	json_t *made = NULL;

	if (pem && key)
		made = json_pack("{s:s, s:s}", "certificate", pem, "key", key);
	if (key)
		OPENSSL_cleanse(key, strlen(key));
	free(key);
	free(pem);
	X509_free(cert);
	EVP_PKEY_free(pair);
	return made;
}

bool
cluster_identity_get(
    struct vault *v, struct arena *a, struct cluster_identity *out)
{
	json_t *kept = setting_get(v, SETTING_CLUSTER);

	if (!kept) {
		kept = cluster_identity_make(v);
		if (!kept)
			return false;
		setting_put(v, SETTING_CLUSTER, json_incref(kept));
	}
	out->certificate = arena_strdup(
	    a, json_string_value(json_object_get(kept, "certificate")));
	out->key = arena_strdup(
	    a, json_string_value(json_object_get(kept, "key")));
	json_decref(kept);
	return true;
}

void
cluster_schema(struct vault *v, char out[CLUSTER_SCHEMA_SIZE])
{
	uint8_t digest[DIGEST_SHA256_SIZE];
	struct arena *a = arena_new();
	struct strs tables = strs_in(a);
	struct buf text;

	buf_init(&text, 0);
	store_tables(v->store, &tables);
	for (size_t i = 0; i < tables.n; i++) {
		struct store_column *columns;
		size_t n = store_columns(
		    v->store, a, tables.items[i], &columns);

		buf_printf(&text, "%s\n", tables.items[i]);
		for (size_t k = 0; k < n; k++)
			buf_printf(&text, "\t%s %d %d\n", columns[k].name,
			    columns[k].kind, columns[k].nullable);
	}
	digest_sha256(text.p, text.n, digest);
	hex_encode(digest, sizeof(digest), out);
	buf_release(&text);
	arena_free(a);
}
