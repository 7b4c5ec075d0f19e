/*
 * Revocation lists, from what they shall say to the signature.
 */
#include <openssl/bn.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/crypto/crypto_error.h"
#include "secrets/pki/x509_sign.h"

static X509_EXTENSION *
x509_extension_make(const struct x509_extension *x)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(x->oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *made = NULL;

	if (oid && value &&
	    ASN1_OCTET_STRING_set(value, x->value, (int)x->n) == 1)
		made = X509_EXTENSION_create_by_OBJ(
		    NULL, oid, x->critical, value);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return made;
}

static ASN1_INTEGER *
x509_serial_from_text(const char *text)
{
	size_t n = 0, length = strlen(text);
	uint8_t *bytes = xmalloc(length / 2 + 1);
	ASN1_INTEGER *serial = NULL;
	BIGNUM *number;

	for (const char *p = text; *p; p++)
		if (*p != ':' && hex_decode(p, 2, &bytes[n]) == 1) {
			n++;
			p++;
		}
	number = BN_bin2bn(bytes, (int)n, NULL);
	if (number)
		serial = BN_to_ASN1_INTEGER(number, NULL);
	BN_free(number);
	free(bytes);
	return serial;
}

bool
x509_crl_has(struct slice der, const char *serial)
{
	const unsigned char *p = (const unsigned char *)der.p;
	X509_CRL *crl = der.n ? d2i_X509_CRL(NULL, &p, (long)der.n) : NULL;
	ASN1_INTEGER *wanted = x509_serial_from_text(serial);
	X509_REVOKED *found;
	bool has = crl && wanted &&
	    X509_CRL_get0_by_serial(crl, &found, wanted) == 1;

	ASN1_INTEGER_free(wanted);
	X509_CRL_free(crl);
	return has;
}

static bool
x509_crl_add_revoked(X509_CRL *crl, const struct crl_entry *entry)
{
	X509_REVOKED *revoked = X509_REVOKED_new();
	ASN1_INTEGER *serial = x509_serial_from_text(entry->serial);
	ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)entry->revoked_s);
	bool ok = revoked && serial && at &&
	    X509_REVOKED_set_serialNumber(revoked, serial) == 1 &&
	    X509_REVOKED_set_revocationDate(revoked, at) == 1;

	for (size_t i = 0; i < entry->nextensions && ok; i++) {
		X509_EXTENSION *x = x509_extension_make(&entry->extensions[i]);

		ok = x && X509_REVOKED_add_ext(revoked, x, -1) == 1;
		X509_EXTENSION_free(x);
	}
	ok = ok && X509_CRL_add0_revoked(crl, revoked) == 1;
	if (!ok)
		X509_REVOKED_free(revoked);
	ASN1_TIME_free(at);
	ASN1_INTEGER_free(serial);
	return ok;
}

static bool
x509_crl_add_number(X509_CRL *crl, int nid, int64_t number, bool critical)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	bool ok = n && ASN1_INTEGER_set_int64(n, number) == 1 &&
	    X509_CRL_add1_ext_i2d(crl, nid, n, critical, X509V3_ADD_DEFAULT) ==
		1;

	ASN1_INTEGER_free(n);
	return ok;
}

static bool
x509_crl_add_authority_key_id(X509_CRL *crl, X509 *issuer)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);
	AUTHORITY_KEYID *a = AUTHORITY_KEYID_new();
	bool ok = a != NULL;

	if (id && ok) {
		a->keyid = ASN1_OCTET_STRING_dup(id);
		ok = a->keyid &&
		    X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, a,
			0, X509V3_ADD_DEFAULT) == 1;
	}
	AUTHORITY_KEYID_free(a);
	return ok;
}

static bool
x509_crl_fill(X509_CRL *crl, X509 *issuer, const struct x509_crl *list)
{
	ASN1_TIME *start = ASN1_TIME_set(NULL, (time_t)list->this_update_s);
	ASN1_TIME *end = ASN1_TIME_set(NULL, (time_t)list->next_update_s);
	bool ok = start && end && X509_CRL_set_version(crl, 1) == 1 &&
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) == 1 &&
	    X509_CRL_set1_lastUpdate(crl, start) == 1 &&
	    X509_CRL_set1_nextUpdate(crl, end) == 1;

	for (size_t i = 0; i < list->nentries && ok; i++)
		ok = x509_crl_add_revoked(crl, &list->entries[i]);
	ok = ok && x509_crl_add_authority_key_id(crl, issuer) &&
	    x509_crl_add_number(crl, NID_crl_number, list->number, false);
	for (size_t i = 0; i < list->nextensions && ok; i++) {
		X509_EXTENSION *x = x509_extension_make(&list->extensions[i]);

		ok = x && X509_CRL_add_ext(crl, x, -1) == 1;
		X509_EXTENSION_free(x);
	}
	if (ok && list->delta_base >= 0)
		ok = x509_crl_add_number(
		    crl, NID_delta_crl, list->delta_base, true);
	ASN1_TIME_free(start);
	ASN1_TIME_free(end);
	return ok;
}

uint8_t *
x509_crl_make(X509 *issuer, EVP_PKEY *key, const struct x509_crl *list,
    int *length, struct error *e)
{
	const struct x509_algorithm *a = list->algorithm;
	X509_CRL *crl = X509_CRL_new();
	EVP_MD_CTX *ctx = x509_sign_context(key, a ? a->bits : 0, a && a->pss);
	uint8_t *der = NULL, *out;

	*length = 0;
	if (crl && ctx && x509_crl_fill(crl, issuer, list) &&
	    X509_CRL_sign_ctx(crl, ctx) > 0)
		*length = i2d_X509_CRL(crl, NULL);
	if (*length > 0) {
		out = der = xmalloc((size_t)*length);
		*length = i2d_X509_CRL(crl, &out);
	}
	if (*length <= 0) {
		free(der);
		der = NULL;
		x509_fail(e, "error creating new CRL");
	}
	crypto_clear_errors();
	EVP_MD_CTX_free(ctx);
	X509_CRL_free(crl);
	return der;
}

X509_CRL *
x509_crl_from_der(const uint8_t *der, size_t n)
{
	const uint8_t *at = der;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)n);

	crypto_clear_errors();
	if (crl && at != der + n) {
		X509_CRL_free(crl);
		crl = NULL;
	}
	return crl;
}
