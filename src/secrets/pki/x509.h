/*
 * What OpenSSL does for the PKI engine: certificates, requests and CRLs made,
 * signed, read and spelled. Knows no routes, no roles and no store. Strings
 * come from the arena that is given, unless a comment says otherwise.
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

enum x509_url_list {
	X509_URLS_ISSUING,
	X509_URLS_CRL,
	X509_URLS_DELTA_CRL,
	X509_URLS_OCSP,
	X509_URL_LISTS,
};

struct x509_urls {
	char **lists[X509_URL_LISTS];
};

/* No URL in any of the lists? */
bool x509_urls_are_empty(const struct x509_urls *u);

struct other_san {
	const char *oid;
	const char *value;
};

/* Names that an authority may sign for, or may not. */
struct x509_names {
	char **dns, **emails, **uris;
	char **ips; /* "10.0.0.0/8" */
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
	char **ext_usage_oids;
	char **policies; /* OIDs, or objects of JSON: oid, cps, notice */
	struct x509_names permitted, excluded;
	const uint8_t *subject_key_id; /* size 0: made of the key */
	size_t subject_key_id_size;
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

/* Certifies `public` with what the template says. issuer and key NULL: it is
 * signed with `public` itself. The caller frees it; NULL with e when OpenSSL
 * refuses. */
X509 *x509_cert_make(struct random *r, const struct x509_template *tmpl,
    EVP_PKEY *public, X509 *issuer, EVP_PKEY *key, struct error *e);
/* `cert` as it is, serial number and all, but issued by another: its
 * authority's key and URLs are the issuer's. */
X509 *x509_cross_sign(X509 *cert, const struct x509_urls *urls, X509 *issuer,
    EVP_PKEY *key, struct error *e);
/* May the issuer sign for the names of `cert`? false: e says which it may not,
 * as Go's verifier does. */
bool x509_check_name_constraints(
    struct arena *a, X509 *cert, X509 *issuer, struct error *e);
X509_REQ *x509_csr_make(const struct x509_template *tmpl, EVP_PKEY *key,
    bool basic_constraints, struct error *e);

/* ---- signature algorithms ---- */

/* One that issuers may be told to sign their CRLs with. */
struct x509_algorithm {
	const char *name;    /* as Vault shows it: "SHA256WithRSA" */
	const char *go_name; /* as Go prints it: "SHA256-RSA" */
	const char *key;     /* OpenSSL's name of the key's type */
	int bits;	     /* of the hash; 0: the key's own */
	bool pss;
};

/* In any case; NULL when unknown. */
const struct x509_algorithm *x509_algorithm_by_name(const char *name);
/* How a certificate is signed; NULL when that is none of ours. */
const struct x509_algorithm *x509_cert_algorithm(const X509 *cert);
/* The names that are taken, "a, b, c". */
char *x509_algorithm_names(struct arena *a);
/* Go's name of a public key's algorithm: "RSA", "ECDSA", "Ed25519", or "0". */
const char *x509_go_key_type(const EVP_PKEY *key);

/* ---- revocation lists ---- */

/* An extension by its number, with the bytes of its value. */
struct x509_extension {
	const char *oid;
	bool critical;
	const uint8_t *value;
	size_t n;
};

struct crl_entry {
	const char *serial; /* "aa:bb"; "" is zero */
	int64_t revoked_s;  /* s since 1970 */
	const struct x509_extension *extensions;
	size_t nextensions;
};

/* What a revocation list says. */
struct x509_crl {
	int64_t number;	    /* -1: none */
	int64_t delta_base; /* number of the list that it adds to, or -1 */
	int64_t this_update_s, next_update_s;	/* s since 1970 */
	const struct x509_algorithm *algorithm; /* NULL: what fits the key */
	const struct crl_entry *entries;
	size_t nentries;
	const struct x509_extension *extensions; /* further ones */
	size_t nextensions;
};

/* Does a list (DER) name the serial number? */
bool x509_crl_has(struct slice der, const char *serial);
/* Signs a list with an issuer's key: DER, malloc'ed. NULL with e when OpenSSL
 * refuses. */
uint8_t *x509_crl_make(X509 *issuer, EVP_PKEY *key, const struct x509_crl *list,
    int *length, struct error *e);
/* The DER text of all bytes, or NULL. */
X509_CRL *x509_crl_from_der(const uint8_t *der, size_t n);

/* Keys. "rsa", "ec", "ed25519" or "unknown". */
const char *x509_key_type(const EVP_PKEY *key);
/* Of the modulus or of the curve; 0 when unknown. */
int x509_key_bits(const EVP_PKEY *key);
/* Checked before: NULL for what there is not. */
EVP_PKEY *x509_key_generate(struct random *r, const char *type, int bits);
/* Private keys; the caller wipes and frees. PKCS#1 or SEC 1 unless pkcs8. NULL
 * when OpenSSL cannot write the key. */
char *x509_private_pem(EVP_PKEY *key, bool pkcs8);
/* The same as DER, *n bytes. */
uint8_t *x509_private_der(EVP_PKEY *key, bool pkcs8, int *n);
/* Overwrites before it frees. */
void secret_free(void *p, size_t n);
/* A private key of a kind that Vault knows: RSA, EC on a curve of NIST's, or
 * Ed25519; the caller's. NULL, with Go's words in e, for everything else. */
EVP_PKEY *x509_private_from_der(const uint8_t *der, size_t n, struct error *e);
/* The first block of a text; NULL when it holds no such key. */
EVP_PKEY *x509_private_from_pem(const char *pem);

/* "aa:bb:cc" */
char *x509_serial_str(struct arena *a, const X509 *cert);
/* The key id of its issuer in the same form, "" when it names none. */
char *x509_authority_key_id_str(struct arena *a, X509 *cert);
/* The same of any number. */
char *x509_integer_str(struct arena *a, const ASN1_INTEGER *number);
/* PEM without the final newline. */
char *x509_pem(
    struct arena *a, const char *label, const uint8_t *der, size_t n);
/* A certificate as PEM, without the final newline. */
char *x509_cert_pem(struct arena *a, X509 *cert);
/* The DER in base64. */
char *x509_base64(struct arena *a, const uint8_t *der, size_t n);
/* A certificate as DER, *n bytes in the arena. */
uint8_t *x509_der(struct arena *a, X509 *cert, int *n);
/* The caller's; NULL when the bytes are no certificate. */
X509 *x509_from_der(const uint8_t *der, size_t n);
/* Likewise, of a client's bytes: NULL too for one whose key Go refuses; *why
 * is then what Go says. */
X509 *x509_parse(const uint8_t *der, size_t n, const char **why);
/* Its end, in s since 1970. */
int64_t x509_not_after_s(const X509 *cert);
int64_t x509_not_before_s(const X509 *cert);
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
/* Wipes and frees the bytes. */
void pem_block_free(struct pem_block *b);

/* ---- requests ---- */

struct x509_csr_san_list {
	char *common_name, *serial_number;
	char **user_ids;
	char **dns, **emails, **ips, **uris;
	struct other_san *others;
	int nothers;
	bool basic_constraints; /* it asks for some */
	bool asks_for_ca;	/* and for those of an authority */
};

/* From PEM; the refusals are Vault's. */
X509_REQ *x509_csr_from_pem(struct arena *a, const char *pem, struct error *e);
/* All names that a request asks for, in the arena. */
void x509_csr_names(
    struct arena *a, X509_REQ *csr, struct x509_csr_san_list *out);
/* A request as PEM without the final newline, and as DER, *n bytes. */
char *x509_csr_pem(struct arena *a, X509_REQ *csr);
uint8_t *x509_csr_der(struct arena *a, X509_REQ *csr, int *n);

/* An address in the text that a certificate's maker takes; false: none. */
bool x509_is_ip_address(const char *text);
/* An address and the length of its prefix. */
bool x509_is_ip_range(const char *text);
/* Objects of a certificate policy: NULL, or why the text is none. */
const char *x509_policy_problem(struct arena *a, const char *text);

#endif
