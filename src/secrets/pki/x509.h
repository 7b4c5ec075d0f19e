/*
 * What OpenSSL does for the PKI engine: certificates, requests and CRLs made,
 * signed, read and spelled. Knows no rows, no roles and no store. Texts come
 * from the arena that is given, unless a comment says otherwise.
 */
#ifndef MV_SECRETS_PKI_X509_H
#define MV_SECRETS_PKI_X509_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "clock/random.h"

/* Lists are NULL-terminated; NULL is empty. */
struct x509_subject {
	const char *common_name, *serial_number;
	char **country, **organization, **ou, **locality, **province;
	char **street_address, **postal_code, **user_ids;
};

struct x509_urls {
	char **issuing, **crl, **ocsp;
};

struct other_san {
	const char *oid;
	const char *value;
};

/* Everything that a certificate says, but for its keys. */
struct x509_template {
	struct x509_subject subject;
	char **dns, **emails, **ips, **uris; /* addresses as text */
	const struct other_san *others;
	int nothers;
	int64_t not_before_s, not_after_s; /* s since 1970 */
	bool is_ca;
	int max_path_length;	     /* -1: no limit */
	bool leaf_basic_constraints; /* basicConstraints CA:FALSE in a leaf */
	unsigned usage;		     /* bits in RFC 5280's order */
	unsigned ext_usage;	     /* bits of x509_extended */
	char **ext_usage_oids, **policies, **permitted_dns;
	struct x509_urls urls;
	int signature_bits; /* 0: what fits the key */
	bool pss;
	X509_REQ *verbatim_csr; /* its subject and extensions are taken over */
};

enum {
	X509_USE_SIGNATURE = 1 << 0,
	X509_USE_CERT_SIGN = 1 << 5,
	X509_USE_CRL_SIGN = 1 << 6,
};

/* The bit of a usage's name in any case ("DigitalSignature"), 0: unknown. */
unsigned x509_usage_bit(const char *name);
/* The same for "ServerAuth"... */
unsigned x509_ext_usage_bit(const char *name);
#define X509_EXT_SERVER (1u << 1)
#define X509_EXT_CLIENT (1u << 2)
#define X509_EXT_CODE (1u << 3)
#define X509_EXT_EMAIL (1u << 4)

/* Signs `public` as the plan says; issuer and key NULL: signed with `public`
 * itself. NULL with e when OpenSSL refuses. */
X509 *x509_cert_make(struct random *r, const struct x509_template *tmpl,
    EVP_PKEY *public, X509 *issuer, EVP_PKEY *key, struct error *e);
/* `cert` as it is, serial number and all, but issued by another: its
 * authority's key and URLs are the issuer's. */
X509 *x509_cross_sign(X509 *cert, const struct x509_urls *urls, X509 *issuer,
    EVP_PKEY *key, struct error *e);
X509_REQ *x509_csr_make(const struct x509_template *tmpl, EVP_PKEY *key,
    bool basic_constraints, struct error *e);

struct crl_entry {
	const char *serial; /* "aa:bb" */
	int64_t revoked_s;  /* s since 1970 */
};

/* DER, malloc'ed. */
uint8_t *x509_crl_make(X509 *issuer, EVP_PKEY *key, int64_t number,
    int64_t this_update_s, int64_t next_update_s,
    const struct crl_entry *entries, size_t n, int *length);

/* Keys. "rsa", "ec", "ed25519" or "unknown". */
const char *x509_key_type(const EVP_PKEY *key);
int x509_key_bits(const EVP_PKEY *key);
/* Checked before: NULL for what there is not. */
EVP_PKEY *x509_key_generate(struct random *r, const char *type, int bits);
/* Private keys; the caller wipes and frees. PKCS#1 or SEC 1 unless pkcs8. */
char *x509_private_pem(EVP_PKEY *key, bool pkcs8);
uint8_t *x509_private_der(EVP_PKEY *key, bool pkcs8, int *n);
/* Overwrites before it frees. */
void secret_free(void *p, size_t n);
EVP_PKEY *x509_private_from_pem(const char *pem);

/* "aa:bb:cc" */
char *x509_serial_str(struct arena *a, const X509 *cert);
/* PEM without the final newline. */
char *x509_pem(
    struct arena *a, const char *label, const uint8_t *der, size_t n);
char *x509_cert_pem(struct arena *a, X509 *cert);
/* The DER in base64. */
char *x509_base64(struct arena *a, const uint8_t *der, size_t n);
uint8_t *x509_der(struct arena *a, X509 *cert, int *n);
X509 *x509_from_der(const uint8_t *der, size_t n);
int64_t x509_not_after_s(const X509 *cert);
/* Did `issuer` sign it? */
bool x509_is_issued_by(X509 *cert, X509 *issuer);
/* -1 without limit. */
int x509_max_path_length(X509 *cert);

/* The next block of a PEM text; *text moves behind it. false at the end, with
 * *rest true when what is left is no PEM. */
struct pem_block {
	char *label;  /* arena */
	uint8_t *der; /* malloc'ed, wiped by pem_block_free */
	long n;
};
bool pem_next(
    struct arena *a, const char **text, struct pem_block *out, bool *rest);
void pem_block_free(struct pem_block *b);

/* ---- requests ---- */

struct x509_csr_san_list {
	char *common_name, *serial_number;
	char **user_ids;
	char **dns, **emails, **ips, **uris;
	struct other_san *others;
	int nothers;
	bool basic_constraints; /* it asks for some */
};

/* From PEM; the refusals are Vault's. */
X509_REQ *x509_csr_from_pem(struct arena *a, const char *pem, struct error *e);
void x509_csr_names(
    struct arena *a, X509_REQ *csr, struct x509_csr_san_list *out);
char *x509_csr_pem(struct arena *a, X509_REQ *csr);
uint8_t *x509_csr_der(struct arena *a, X509_REQ *csr, int *n);

/* An address in the text that a certificate's maker takes; false: none. */
bool x509_is_ip_address(const char *text);

#endif
