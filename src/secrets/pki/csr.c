/*
 * Certificate signing requests: read from a client's bytes, and what they ask
 * for. Nothing in here trusts a length or a text.
 */
#include "core/crypto/crypto_error.h"
#include "secrets/pki/x509.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/cidr.h"
#include "core/crypto/keypair.h"

X509_REQ *
x509_csr_from_pem(struct arena *a, const char *pem, struct error *e)
{
	struct pem_block block;
	const uint8_t *at;
	X509_REQ *csr;
	const char *why;
	bool rest;

	if (*pem == '\0') {
		error_set(e, 400, "\"csr\" is empty");
		return NULL;
	}
	if (!pem_next(a, &pem, &block, &rest)) {
		error_set(e, 400, "csr contains no data");
		return NULL;
	}
	at = block.der;
	csr = d2i_X509_REQ(NULL, &at, block.n);
	if (csr && at != block.der + block.n) {
		X509_REQ_free(csr);
		csr = NULL;
	}
	pem_block_free(&block);
	crypto_clear_errors();
	why = csr ? keypair_go_refusal(X509_REQ_get_X509_PUBKEY(csr))
		  : "asn1: structure error: malformed certificate request";
	if (why) {
		X509_REQ_free(csr);
		error_set(
		    e, 400, "certificate request could not be parsed: %s", why);
		return NULL;
	}
	if (!X509_REQ_get0_pubkey(csr)) {
		error_set(e, 400,
		    "Refusing to sign CSR with empty PublicKey. This usually "
		    "means the SubjectPublicKeyInfo field has an OID not "
		    "recognized by Go, such as 1.2.840.113549.1.1.10 for "
		    "rsaPSS.");
		crypto_clear_errors();
		X509_REQ_free(csr);
		return NULL;
	}
	return csr;
}

/* A text without NUL in the middle; NULL for one that has. */
static char *
csr_string(struct arena *a, const ASN1_STRING *s)
{
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, s);
	char *text = NULL;

	crypto_clear_errors();
	if (n >= 0 && !memchr(utf8, '\0', (size_t)n))
		text = arena_strndup(a, (char *)utf8, (size_t)n);
	OPENSSL_free(utf8);
	return text;
}

static char *
csr_last_attribute(struct arena *a, X509_NAME *name, int nid)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1), next;
	char *text;

	if (at < 0)
		return arena_strdup(a, "");
	/* Go's pkix.Name keeps the last. */
	while ((next = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
		at = next;
	text = csr_string(
	    a, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	return text ? text : arena_strdup(a, "");
}

static char **
csr_attributes(struct arena *a, X509_NAME *name, int nid)
{
	size_t n = (size_t)X509_NAME_entry_count(name), kept = 0;
	char **all = arena_zalloc(a, (n + 1) * sizeof(char *));

	for (int at = -1;
	     (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0;) {
		char *text = csr_string(
		    a, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));

		if (text)
			all[kept++] = text;
	}
	return all;
}

static void
csr_read_other_san(struct arena *a, const OTHERNAME *o, struct other_san *out)
{
	int n = OBJ_obj2txt(NULL, 0, o->type_id, 1);
	char *oid;

	out->value = NULL;
	if (o->value->type != V_ASN1_UTF8STRING || n <= 0)
		return;
	oid = arena_alloc(a, (size_t)n + 1);
	if (OBJ_obj2txt(oid, n + 1, o->type_id, 1) != n)
		return;
	out->oid = oid;
	out->value = csr_string(a, o->value->value.utf8string);
}

static void
csr_list_append(char **list, char *text)
{
	while (*list)
		list++;
	*list = text;
}

static void
csr_read_san(
    struct arena *a, const GENERAL_NAME *g, struct x509_csr_san_list *out)
{
	switch (g->type) {
	case GEN_DNS:
		csr_list_append(out->dns, csr_string(a, g->d.dNSName));
		break;
	case GEN_EMAIL:
		csr_list_append(out->emails, csr_string(a, g->d.rfc822Name));
		break;
	case GEN_URI:
		csr_list_append(
		    out->uris, csr_string(a, g->d.uniformResourceIdentifier));
		break;
	case GEN_IPADD:
		csr_list_append(out->ips,
		    cidr_format_bytes(a, ASN1_STRING_get0_data(g->d.iPAddress),
			ASN1_STRING_length(g->d.iPAddress)));
		break;
	case GEN_OTHERNAME:
		csr_read_other_san(
		    a, g->d.otherName, &out->others[out->nothers]);
		out->nothers += out->others[out->nothers].value != NULL;
		break;
	}
}

void
x509_csr_names(struct arena *a, X509_REQ *csr, struct x509_csr_san_list *out)
{
	STACK_OF(X509_EXTENSION) *all = X509_REQ_get_extensions(csr);
	GENERAL_NAMES *names = X509V3_get_d2i(
	    all, NID_subject_alt_name, NULL, NULL);
	BASIC_CONSTRAINTS *limits = X509V3_get_d2i(
	    all, NID_basic_constraints, NULL, NULL);
	X509_NAME *subject = X509_REQ_get_subject_name(csr);
	size_t n = names ? (size_t)sk_GENERAL_NAME_num(names) : 0;
	size_t room = (n + 1) * sizeof(char *);

	memset(out, 0, sizeof(*out));
	out->common_name = csr_last_attribute(a, subject, NID_commonName);
	out->serial_number = csr_last_attribute(a, subject, NID_serialNumber);
	out->user_ids = csr_attributes(a, subject, NID_userId);
	out->dns = arena_zalloc(a, room);
	out->emails = arena_zalloc(a, room);
	out->ips = arena_zalloc(a, room);
	out->uris = arena_zalloc(a, room);
	out->others = arena_zalloc(a, (n + 1) * sizeof(struct other_san));
	for (size_t i = 0; i < n; i++)
		csr_read_san(a, sk_GENERAL_NAME_value(names, (int)i), out);
	out->basic_constraints = all &&
	    X509v3_get_ext_by_NID(all, NID_basic_constraints, -1) >= 0;
	out->asks_for_ca = limits && limits->ca;
	BASIC_CONSTRAINTS_free(limits);
	GENERAL_NAMES_free(names);
	sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
	crypto_clear_errors();
}

uint8_t *
x509_csr_der(struct arena *a, X509_REQ *csr, int *n)
{
	uint8_t *der, *at;

	*n = i2d_X509_REQ(csr, NULL);
	at = der = arena_alloc(a, *n > 0 ? (size_t)*n : 1);
	*n = *n > 0 ? i2d_X509_REQ(csr, &at) : 0;
	if (*n < 0)
		*n = 0;
	return der;
}

char *
x509_csr_pem(struct arena *a, X509_REQ *csr)
{
	int n;
	uint8_t *der = x509_csr_der(a, csr, &n);

	return x509_pem(a, "CERTIFICATE REQUEST", der, (size_t)n);
}
