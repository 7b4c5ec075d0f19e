/*
 * The PKI engine's own: what a mount keeps in memory, what a role is, and the
 * pieces that its files share. OpenSSL's work is x509.h's.
 */
#ifndef MV_SECRETS_PKI_PKI_COMMON_H
#define MV_SECRETS_PKI_PKI_COMMON_H

#include <jansson.h>

#include "api/param.h"
#include "api/reply.h"
#include "api/route.h"
#include "core/mount/mount.h"
#include "core/expirer.h"
#include "secrets/pki/x509.h"

extern const struct store_part pki_store;

/* sign_self_issued.c */
extern const struct param pki_cross_params[];
/* The route issuer/REF/sign-self-issued. */
enum handler_result pki_sign_self_issued(struct request *req);

extern const struct route pki_ca_routes[], pki_config_routes[],
    pki_crl_routes[], pki_fetch_routes[], pki_import_routes[],
    pki_issue_routes[], pki_issuer_routes[], pki_key_routes[],
    pki_ocsp_routes[], pki_role_routes[], pki_revoke_routes[],
    pki_tidy_routes[];

/* ---- what a mount keeps ---- */

struct pki_key {
	char *id, *name, *type;
	EVP_PKEY *key;
};

enum pki_usage {
	PKI_READ_ONLY = 1 << 0,
	PKI_ISSUING = 1 << 1,
	PKI_CRL_SIGNING = 1 << 2,
	PKI_OCSP_SIGNING = 1 << 3,
	PKI_ALL_USAGES = 15,
};

/* AIA as configured, for a mount or for one issuer. */
struct pki_urls {
	struct x509_urls list;
	bool templating;
};

struct pki_issuer {
	char *id, *name, *key_id;   /* key_id "" without a key */
	char *leaf_behavior;	    /* leaf_not_after_behavior */
	char *revocation_algorithm; /* revocation_signature_algorithm, "" */
	char **manual_chain;
	unsigned usage;
	struct pki_urls urls; /* empty: the mount's */
	int64_t revoked_ns;   /* ns, 0 */

	/* Made when it is loaded. */
	char *pem, *serial;
	char *pem_json; /* pem as a JSON string */
	X509 *cert;
	struct pki_key *key;	   /* NULL: not here */
	struct pki_issuer **chain; /* itself first, NULL-terminated */
};

/* Everything but certificates and roles, loaded at first use and dropped by
 * pki_state_invalidate and vault_reload. Read only. */
struct pki_state {
	struct arena *arena;
	struct pki_key *keys;
	size_t nkeys;
	struct pki_issuer *issuers;
	size_t nissuers;
	char *default_issuer, *default_key; /* "" */
	bool follow_latest;		    /* default_follows_latest_issuer */
	struct pki_urls urls;
	char *cluster_path, *cluster_aia_path; /* config/cluster, "" */
};

/* Borrowed; valid until the request ends. */
struct pki_state *pki_state_get(struct vault *v, const struct mount *m);
/* Call it after every write to keys, issuers or config. */
void pki_state_invalidate(struct vault *v, const struct mount *m);
/* Deletes everything of a mount that is being removed. */
bool pki_unmounted(struct vault *v, struct mount *m);

/* An issuer or a key by id, name or "default"; NULL with Vault's text in e. */
struct pki_issuer *pki_issuer_find(
    struct vault *v, const struct mount *m, const char *ref, struct error *e);
struct pki_key *pki_key_find(
    struct vault *v, const struct mount *m, const char *ref, struct error *e);
/* The bit of a usage's name; 0: there is none. */
unsigned pki_usage_bit(const char *name);
#define PKI_USAGES_MAX 80
/* The names of usages, sorted, with commas, in out; returns out. */
const char *pki_usage_str(char *out, size_t size, unsigned bits);
#define PKI_LACKS_USAGE_MAX 512
/* Vault's text, in out, for an issuer that may not be used so; returns out. */
const char *pki_issuer_lacks_usage(
    char *out, size_t size, const struct pki_issuer *i, unsigned bit);
#define PKI_NO_MANAGED_KEYS \
	"managed keys are supported within enterprise edition only"
/* What is wrong with managed_key_name and managed_key_id; NULL: nothing. */
const char *pki_managed_key_fault(const struct request *req);
/* An issuer that can sign certificates; NULL with Vault's text in e. */
struct pki_issuer *pki_signing_issuer(
    struct vault *v, const struct mount *m, const char *ref, struct error *e);

/* The parameters issuer_name and key_name, trimmed, "" when they are absent.
 * false with Vault's text when one is given and empty, reserved, taken or no
 * name. */
bool pki_issuer_param_name(
    struct request *req, const char **name, struct error *e);
bool pki_key_param_name(
    struct request *req, const char **name, struct error *e);
/* The name that an existing key is given: false when it is no name. "" takes
 * the name away. */
bool pki_key_check_new_name(const char *name, struct error *e);

/* The writes below drop the loaded state. */

/* Stores a key; returns its id in the arena. *existed: it was there, under the
 * id returned. NULL with e when the key cannot be written as PEM. */
char *pki_key_add(struct request *req, EVP_PKEY *key, const char *name,
    bool *existed, struct error *e);
/* "" takes the name away. */
void pki_key_rename(struct request *req, const char *id, const char *name);
/* Deletes a key; issuers and the default are the caller's business. */
void pki_key_remove(struct request *req, const char *id);
/* Stores an issuer; returns its id in the arena. algorithm signs its CRLs.
 * *existed: it was there, under the id returned. */
char *pki_issuer_add(struct request *req, X509 *cert, const char *name,
    const char *algorithm, bool *existed);
/* Stores the settings of an issuer that is there. */
void pki_issuer_save(struct request *req, const struct pki_issuer *i);
/* With its CRL. */
void pki_issuer_remove(struct vault *v, const struct mount *m, const char *id);
/* A stored object of configuration, the caller's; empty when there is none. */
json_t *pki_config_load(
    struct vault *v, const struct mount *m, const char *name);
/* Replaces it; takes value over. */
void pki_config_put(
    struct vault *v, const struct mount *m, const char *name, json_t *value);
/* Nothing happens when there is none. */
void pki_config_delete(
    struct vault *v, const struct mount *m, const char *name);
/* Adds the names with that prefix, without it, sorted. */
void pki_config_names(struct vault *v, const struct mount *m,
    const char *prefix, struct strs *out);

/* ---- certificates ---- */

struct pki_cert {
	char *serial;
	struct slice der;   /* arena */
	int64_t expires_s;  /* s */
	int64_t revoked_ns; /* ns, 0 */
	char *issuer_id;    /* id, "" */
};

/* A stored certificate; its serial number has colons or hyphens. false: there
 * is none. */
bool pki_cert_load(struct vault *v, struct arena *a, const struct mount *m,
    const char *serial, struct pki_cert *out);
/* Stores a certificate that an issuer (its id) signed. */
void pki_cert_add(struct vault *v, const struct mount *m, const char *serial,
    struct slice der, int64_t expires_s, const char *issuer);
/* Marks a stored certificate as revoked by an issuer (its id). */
void pki_cert_revoke(struct vault *v, const struct mount *m, const char *serial,
    int64_t revoked_ns, const char *issuer);
/* Adds all serial numbers in order, or those of revoked ones. */
void pki_cert_serials(
    struct vault *v, const struct mount *m, bool revoked, struct strs *out);
/* Deletes those that ended before before_s; returns how many. */
int pki_cert_tidy(
    struct vault *v, const struct mount *m, bool revoked, int64_t before_s);
/* How many there are, revoked ones alone or all. */
int64_t pki_cert_count(struct vault *v, const struct mount *m, bool revoked);
/* Those that this issuer revoked, for its CRL; how many. */
size_t pki_cert_revoked(struct vault *v, struct arena *a, const struct mount *m,
    const char *issuer, struct crl_entry **out);

/* ---- CRLs ---- */

/* Signs the CRLs of every issuer that can sign them. false with Vault's text
 * when one cannot be made; the former one stays. */
bool pki_crl_rebuild(struct vault *v, const struct mount *m, struct error *e);
/* The same for the lists of what was revoked since. */
bool pki_crl_rebuild_delta(
    struct vault *v, const struct mount *m, struct error *e);
/* Something was revoked: the clock makes the lists of changes, if there are to
 * be any. */
void pki_crl_schedule_delta(
    struct vault *v, const struct mount *m, const json_t *config);
/* An issuer's list of changes, as pki_crl_load. */
struct slice pki_crl_load_delta(struct vault *v, struct arena *a,
    const struct mount *m, const struct pki_issuer *i, int64_t *number);
/* An issuer's CRL, DER in the arena, and its number; p is NULL without one. */
struct slice pki_crl_load(struct vault *v, struct arena *a,
    const struct mount *m, const char *issuer, int64_t *number);
/* Stores a CRL. renew_ns: when it is signed anew by itself, or 0. */
void pki_crl_save(struct vault *v, const struct mount *m, const char *issuer,
    int64_t number, struct slice der, int64_t renew_ns);
/* When the first is signed anew by itself, 0: none. */
int64_t pki_crl_next_due_ns(struct vault *v);
/* A mount that has one due; whole: not lists of changes alone. */
bool pki_crl_due_mount(
    struct vault *v, int64_t now_ns, int64_t *mount_id, bool *whole);
/* When its lists of changes are made, unless that is set already. */
void pki_crl_set_delta_due(
    struct vault *v, const struct mount *m, int64_t due_ns);
/* What is still due of a mount is due no longer. */
void pki_crl_clear_due(struct vault *v, int64_t mount_id, int64_t now_ns);
extern const struct expirer pki_crl_expirer;

/* A setting of config/crl. */
struct pki_crl_field {
	const char *name;
	const char *text; /* the default of a duration; NULL: a flag, off */
};

/* In the order in which Vault reads them; ends with a NULL name. */
extern const struct pki_crl_field pki_crl_fields[];
/* config/crl with its defaults, the caller's. */
json_t *pki_crl_config(struct vault *v, const struct mount *m);
/* One of its durations, as text ("" without it) and in ns. */
const char *pki_crl_config_text(const json_t *config, const char *name);
int64_t pki_crl_config_duration_ns(const json_t *config, const char *name);
/* Does it say that CRLs are signed anew by the clock alone? */
bool pki_crl_is_auto_rebuilt(const json_t *config);

/* ---- tidying ---- */

/* When a mount tidies by itself, ns. */
void pki_tidy_set_due(struct vault *v, const struct mount *m, int64_t due_ns);
/* It does no more. */
void pki_tidy_clear_due(struct vault *v, int64_t mount_id);
/* When the first of all mounts does; 0: none. */
int64_t pki_tidy_next_due_ns(struct vault *v);
/* A mount that is due; false: there is none. */
bool pki_tidy_due_mount(struct vault *v, int64_t now_ns, int64_t *mount_id);
extern const struct expirer pki_tidy_expirer;

/* Revokes by serial for an ended lease; unknown is fine. */
bool pki_revoke_serial(struct vault *v, const struct mount *m,
    const char *serial, struct error *e);

/* ---- roles ---- */

#define PKI_ROLE_FIELDS(X)                                                    \
	X(BOOL, allow_any_name, NULL, "Any name may be asked for")            \
	X(BOOL, allow_bare_domains, NULL, "The allowed domains themselves")   \
	X(BOOL, allow_glob_domains, NULL, "allowed_domains may hold globs")   \
	X(BOOL, allow_ip_sans, "true", "IP addresses as SANs")                \
	X(BOOL, allow_localhost, "true", "localhost and localdomain")         \
	X(BOOL, allow_subdomains, NULL, "Names below the allowed domains")    \
	X(BOOL, allow_token_displayname, NULL, "The token's display name")    \
	X(BOOL, allow_wildcard_certificates, "true", "Names with a wildcard") \
	X(LIST, allowed_domains, NULL, "Domains that may be asked for")       \
	X(BOOL, allowed_domains_template, NULL, "They may hold templates")    \
	X(LIST, allowed_other_sans, NULL, "Other SANs: OID;UTF8:glob")        \
	X(LIST, allowed_serial_numbers, NULL, "Subject serial numbers")       \
	X(LIST, allowed_uri_sans, NULL, "URIs as SANs; globs")                \
	X(BOOL, allowed_uri_sans_template, NULL, "They may hold templates")   \
	X(LIST, allowed_user_ids, NULL, "User ids in the subject; globs")     \
	X(BOOL, basic_constraints_valid_for_non_ca, NULL,                     \
	    "basicConstraints in leaves")                                     \
	X(BOOL, client_flag, "true", "For TLS clients")                       \
	X(LIST, cn_validations, "[\"email\",\"hostname\"]",                   \
	    "What a common name is checked as")                               \
	X(BOOL, code_signing_flag, NULL, "For code signing")                  \
	X(LIST, country, NULL, "Country of the subject")                      \
	X(BOOL, email_protection_flag, NULL, "For e-mail")                    \
	X(BOOL, enforce_hostnames, "true", "Names must be host names")        \
	X(LIST, ext_key_usage, NULL, "Extended key usages")                   \
	X(LIST, ext_key_usage_oids, NULL, "The same as OIDs")                 \
	X(BOOL, generate_lease, NULL, "A lease for each certificate")         \
	X(TEXT, issuer_ref, "\"default\"", "Issuer that signs")               \
	X(INT, key_bits, NULL, "Bits of the key")                             \
	X(TEXT, key_type, "\"rsa\"", "rsa, ec, ed25519 or any")               \
	X(LIST, key_usage,                                                    \
	    "[\"DigitalSignature\",\"KeyAgreement\",\"KeyEncipherment\"]",    \
	    "Key usages")                                                     \
	X(LIST, locality, NULL, "Locality of the subject")                    \
	X(SECS, max_ttl, NULL, "Longest life")                                \
	X(BOOL, no_store, NULL, "Do not keep the certificates")               \
	X(BOOL, no_store_metadata, NULL, "Do not keep their metadata")        \
	X(TEXT, not_after, NULL, "End of all certificates")                   \
	X(SECS, not_before_duration, "30", "How far to backdate")             \
	X(LIST, organization, NULL, "Organization of the subject")            \
	X(LIST, ou, NULL, "Unit of the subject")                              \
	X(LIST, policy_identifiers, NULL, "Policy OIDs")                      \
	X(LIST, postal_code, NULL, "Postal code of the subject")              \
	X(LIST, province, NULL, "Province of the subject")                    \
	X(BOOL, require_cn, "true", "A common name is needed")                \
	X(TEXT, serial_number_source, "\"json-csr\"",                         \
	    "Where the subject's serial number comes from")                   \
	X(BOOL, server_flag, "true", "For TLS servers")                       \
	X(INT, signature_bits, NULL, "Bits of the signature's hash")          \
	X(LIST, street_address, NULL, "Street of the subject")                \
	X(SECS, ttl, NULL, "Usual life")                                      \
	X(BOOL, use_csr_common_name, "true", "Take it from a CSR")            \
	X(BOOL, use_csr_sans, "true", "Take them from a CSR")                 \
	X(BOOL, use_pss, NULL, "RSA signatures with PSS")

#define PKI_TYPE_BOOL bool
#define PKI_TYPE_INT int64_t
#define PKI_TYPE_SECS int64_t
#define PKI_TYPE_TEXT char *
#define PKI_TYPE_LIST char **
#define PKI_MEMBER(kind, name, def, help) PKI_TYPE_##kind name;

struct pki_role {
	struct arena *arena;
	PKI_ROLE_FIELDS(PKI_MEMBER)
	const char *display_name; /* the token's, while it is used */
	const char *entity_id;
};

/* Cached; valid until the request ends. NULL when there is none. */
const struct pki_role *pki_role_find(
    struct vault *v, const struct mount *m, const char *name);

/* Warns in the answer of roles that name their issuer by this reference. */
void pki_roles_warn_issuer(struct request *req, const char *ref);
/* Go's %s of a duration: "1h0m0s". */
const char *pki_go_duration(struct arena *a, int64_t ns);
/* Go's %v of a list: "[a b]". */
char *pki_go_list(struct arena *a, char *const *strings);

/* A role that allows everything, of any kind of key; its strings are in the
 * arena. */
void pki_role_allow_all(struct arena *a, struct pki_role *r);

/* Type and lengths, defaults filled in. */
bool pki_key_check(
    const char *type, int64_t *bits, int64_t *signature_bits, struct error *e);

/* Before a key is made: after false the handler returns PENDING
 * (async_key_prepare_rsa). */
bool pki_key_generate_async(
    struct request *req, const char *type, int64_t bits);
/* A key of a checked type, the caller's; pki_key_generate_async was asked
 * before. */
EVP_PKEY *pki_key_generate(struct request *req, const char *type, int64_t bits);

/* ---- what is asked for ---- */

struct pki_issuance {
	const struct pki_role *role;
	X509_REQ *csr; /* or NULL */
	bool is_ca;
	bool is_request; /* a CSR is made: without what its issuer adds */
	bool verbatim;
	const struct pki_issuer *issuer; /* NULL: self-signed */
	const char
	    *leaf_behavior; /* overrides the issuer's leaf_not_after_behavior */
};

/* Checks names and times against the role and fills the template; false with
 * Vault's text in e. Adds warnings to the answer. */
bool pki_cert_template(struct request *req, const struct pki_issuance *issuance,
    struct x509_template *tmpl, struct error *e);
/* What a certificate of this issuer's says of it: its URLs, or the mount's. */
bool pki_issuer_urls(struct request *req, const struct pki_issuer *i,
    struct x509_urls *to, struct error *e);
/* Is a CSR's key one that the role takes? false with Vault's text in e. */
bool pki_csr_check_key(
    const struct pki_role *role, X509_REQ *csr, struct error *e);
/* Is a CSR signed with its own key? false with Vault's text in e. */
bool pki_csr_check_signature(X509_REQ *csr, struct error *e);

/* The names alone, against a role: NULL or what is not allowed. */
const char *pki_find_refused_name(struct vault *v, struct arena *a,
    const struct pki_role *role, char *const *names);
/* May the role's certificates have this common name? */
bool pki_is_common_name_allowed(
    struct vault *v, struct arena *a, const struct pki_role *role, char *name);
/* May they have this URI? */
bool pki_is_uri_allowed(struct vault *v, struct arena *a,
    const struct pki_role *role, const char *uri);
/* Does a list of strings and globs hold it? fold: upper and lower case are the
 * same. */
bool pki_is_listed(char *const *patterns, const char *text, bool fold);
/* Is it written like a host name in ASCII, whole or with "*." before it? */
bool pki_is_hostname(const char *name);

/* What a request says on names and time, as parameters. */
#define PKI_NAME_PARAMS                                                    \
	{ "alt_names", P_STRING, NULL, "Further names" },                  \
	    { "common_name", P_STRING, NULL, "The common name" },          \
	    { "exclude_cn_from_sans", P_BOOL, NULL,                        \
		    "Keep the common name out of the SANs" },              \
	    { "format", P_STRING, "\"pem\"", "pem, der or pem_bundle" },   \
	    { "ip_sans", P_COMMA_STRINGS, NULL, "IP addresses" },          \
	    { "not_after", P_STRING, NULL, "End, as a time" },             \
	    { "other_sans", P_COMMA_STRINGS, NULL, "OID;UTF8:value" },     \
	    { "private_key_format", P_STRING, "\"der\"", "der or pkcs8" }, \
	    { "serial_number", P_STRING, NULL,                             \
		    "The subject's serial number" },                       \
	    { "ttl", P_SECONDS, NULL, "Life" },                            \
	{                                                                  \
		"uri_sans", P_COMMA_STRINGS, NULL, "URIs"                  \
	}

#define PKI_ISSUER_REF                                              \
	{                                                           \
		"issuer_ref", P_STRING, "\"default\"", "The issuer" \
	}

/* Gives keys to those issuers that were imported before them. */
void pki_issuers_link_keys(struct request *req);

/* ---- URLs of certificates (aia.c) ---- */

/* Reads the three lists of URLs from the parameters into u: those that are
 * given, or all. Without templates each URL is checked, also one that was there
 * before. */
bool pki_urls_read(
    struct request *req, struct pki_urls *u, bool all, struct error *e);
/* The lists with their templates filled in, in the arena. false with Vault's
 * text when a value is missing or what comes out is no URL. */
bool pki_urls_fill(struct request *req, const struct pki_urls *u,
    const char *issuer_id, struct x509_urls *out, struct error *e);
/* Adds a warning to the answer when pki_urls_fill would fail. */
void pki_urls_warn(
    struct request *req, const struct pki_urls *u, const char *issuer_id);
/* Is it one that Vault takes as a URL of a certificate? */
bool pki_is_url_valid(struct arena *a, const char *url);
/* Adds the three lists to an answer. */
void pki_urls_show(json_t *data, const struct pki_urls *u);

/* {"keys": [...], "key_info": {...}}; takes both over. 404 without any. */
enum handler_result pki_reply_key_info(
    struct request *req, json_t *keys, json_t *info);
/* Adds authority_key_id where the version has it. */
void pki_put_authority_key_id(struct request *req, json_t *data, X509 *cert);
/* "pem", "der", "pem_bundle", or NULL for another word. */
const char *pki_format_param(struct request *req);

#define PKI_NO_URLS                                                          \
	"This mount hasn't configured any authority information access "     \
	"(AIA) fields; this may make it harder for systems to find missing " \
	"certificates in the chain or to validate revocation status of "     \
	"certificates. Consider updating /config/urls or the newly "         \
	"generated issuer with this information."

#endif
