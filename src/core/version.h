/*
 * Where Vault's versions differ: one table. A row says since which version of
 * the community edition something holds, and until which it did; the server
 * asks by the row's name whether it holds for the version that it claims.
 */
#ifndef MV_CORE_VERSION_H
#define MV_CORE_VERSION_H

#include <stdbool.h>
#include <stdint.h>

struct vault;

/*
 * X(name, since, until, what): it holds from `since` on and before `until`,
 * both X.Y.Z; NULL stands for ever. `what` is for people: what holds then.
 */
#define VERSION_ROWS(X)                                                     \
	X(JWT_JWKS_PAIRS, "1.16.0", NULL,                                   \
	    "auth/jwt/config takes jwks_pairs, and names them in refusals") \
	X(ENVELOPE_MOUNT_TYPE, "1.16.0", NULL,                              \
	    "every envelope ends with mount_type")                          \
	X(TOKEN_INVALID_TEXT, "1.17.0", NULL,                               \
	    "an unknown token is refused with \"invalid token\" in a "      \
	    "second line")                                                  \
	X(TOKEN_MOUNT_TTL, "1.18.0", NULL,                                  \
	    "auth/token/create is bounded by the tuned maximum of "         \
	    "auth/token/")                                                  \
	X(TOKEN_ORPHAN_OWN_SUDO, NULL, "1.15.0",                            \
	    "auth/token/revoke-orphan looks for sudo itself and "           \
	    "answers 400 without it")                                       \
	X(TOKEN_ORPHAN_SUDO, "1.15.0", NULL,                                \
	    "auth/token/revoke-orphan asks for sudo like any other "        \
	    "path")                                                         \
	X(FIELD_VALUE_HIDDEN, "1.19.3", NULL,                               \
	    "a field of the wrong type is named without its value")         \
	X(FORWARDED_FOR_CHECKED, "1.19.1", NULL,                            \
	    "an X-Forwarded-For that is no IP address is refused")          \
	X(CORS_PATCH, "1.16.0", NULL, "CORS lets PATCH through")            \
	X(HEALTH_ENTERPRISE, "1.16.0", NULL,                                \
	    "sys/health has enterprise, echo_duration_ms and "              \
	    "clock_skew_ms")                                                \
	X(HEALTH_CANARY, "1.17.0", NULL,                                    \
	    "sys/health has replication_primary_canary_age_ms")             \
	X(HEALTH_HA, "1.19.0", NULL,                                        \
	    "sys/health answers 474 and 530, and tells of the active "      \
	    "node")                                                         \
	X(SEAL_WRAPPER_TEXT, "1.15.0", NULL,                                \
	    "a wrong unseal key is refused with the name of the "           \
	    "wrapper")                                                      \
	X(CONFIG_LISTENER_COLON, "1.16.0", NULL,                            \
	    "what a listener's field is refused for stands behind "         \
	    "\"listeners.0: \"")                                            \
	X(SEAL_ONE_ENABLED, "1.16.0", NULL,                                 \
	    "two enabled seals are refused with \"only one seal can be "    \
	    "enabled\"")                                                    \
	X(UI_MOUNTS_TTL, "1.16.0", NULL,                                    \
	    "sys/internal/ui/mounts shows the lease times in force")        \
	X(QUOTA_INHERITABLE, "1.15.0", NULL,                                \
	    "rate limit quotas have inheritable")                           \
	X(QUOTA_ABSOLUTE_EXEMPT, "1.16.0", NULL,                            \
	    "sys/quotas/config has absolute_rate_limit_exempt_paths")       \
	X(QUOTA_GROUP_BY, "1.20.0", NULL,                                   \
	    "rate limit quotas have group_by and secondary_rate")           \
	X(QUOTA_ROUND_UP, "1.20.0", NULL, "Retry-After is rounded up")      \
	X(PLUGIN_ARTIFACT, "1.18.0", NULL,                                  \
	    "a plugin is registered by sha256 or version")                  \
	X(PLUGIN_PINS, "1.16.0", NULL, "sys/plugins/pins")                  \
	X(PLUGIN_RUNTIMES, "1.15.0", NULL, "sys/plugins/runtimes/catalog")  \
	X(AUDIT_CONFIGURATION_TEXT, "1.16.0", NULL,                         \
	    "refused audit devices end in \"invalid configuration\"")       \
	X(AUDIT_FILE_ONCE, "1.18.1", NULL,                                  \
	    "two audit devices cannot share a file_path")                   \
	X(AUDIT_PREFIX, "1.20.1", NULL,                                     \
	    "an audit device's prefix needs "                               \
	    "allow_audit_log_prefixing, and its mode no execute bits")      \
	X(WELL_KNOWN, "1.16.0", NULL, "sys/well-known")                     \
	X(SEAL_BACKEND_STATUS, "1.16.0", NULL, "sys/seal-backend-status")   \
	X(ACTIVATION_FLAGS, "1.19.0", NULL, "sys/activation-flags")         \
	X(COUNTERS_TOKENS, NULL, "1.20.0", "sys/internal/counters/tokens")  \
	X(REKEY_CANCEL_NONCE, "1.20.0", NULL,                               \
	    "cancelling a young rekey needs its nonce")                     \
	X(SHARES_NEED_TOKEN, "2.0.0", NULL,                                 \
	    "rekey and generate-root need a token, unless "                 \
	    "enable_unauthenticated_access opens them")                     \
	X(RAFT_DISABLE_MLOCK, "1.20.0", NULL,                               \
	    "a raft configuration must say disable_mlock")                  \
	X(BODY_LIMITS, "1.20.3", NULL,                                      \
	    "depth, lengths and counts of a JSON body are limited")         \
	X(BODY_DUPLICATE_KEYS, "1.20.3", NULL,                              \
	    "a key that comes twice in an object is refused")               \
	X(PATH_REFUSED, "2.0.0", "2.2.0",                                   \
	    "an unclean path is refused with 400, before: redirected "      \
	    "with 301")                                                     \
	X(PATH_REDIRECT_KEPT, "2.2.0", NULL,                                \
	    "an unclean path is redirected with 307")                       \
	X(TOKEN_HEADER_SIZE, "2.0.0", NULL,                                 \
	    "a token header over max_token_header_size is refused")         \
	X(POLICY_LIST_ELEMENTS, "1.21.0", NULL,                             \
	    "allowed and denied parameters look at each element of a "      \
	    "list")                                                         \
	X(HCL_DUPLICATES, "1.21.0", NULL,                                   \
	    "an attribute that comes twice in HCL is refused")              \
	X(HCL_DUPLICATES_FINAL, "2.0.4", NULL,                              \
	    "VAULT_ALLOW_PENDING_REMOVAL_DUPLICATE_HCL_ATTRIBUTES has "     \
	    "no effect")                                                    \
	X(POLICY_TEMPLATE_STARS, "2.0.1", NULL,                             \
	    "a templated rule denies when a value holds + or *")            \
	X(POLICY_TEMPLATE_SLASH, "2.0.4", NULL,                             \
	    "deny_slash_in_templated_paths makes a templated rule "         \
	    "deny when a value holds a slash")                              \
	X(POLICY_PLUS_SHOWN, "1.21.0", NULL,                                \
	    "sys/internal/ui/resultant-acl shows rules with a + "           \
	    "segment")                                                      \
	X(POLICY_NAMES_CLEAN, "2.2.0", NULL,                                \
	    "a policy's name has no empty, \".\" or \"..\" segment")        \
	X(CONFIG_CHROOT, "1.15.0", NULL,                                    \
	    "a configuration may have chroot_namespace, "                   \
	    "disable_replication_status_endpoints and "                     \
	    "add_mount_point_rollback_metrics")                             \
	X(CONFIG_REDACT, "1.16.0", NULL,                                    \
	    "a configuration may have redact_addresses, "                   \
	    "redact_cluster_name, redact_version, "                         \
	    "disable_request_limiter and plugin_tmpdir")                    \
	X(CONFIG_CLIENT_CERT, "1.17.0", NULL,                               \
	    "a listener may have x_forwarded_for_client_cert_header "       \
	    "and its decoders")                                             \
	X(CONFIG_POST_UNSEAL, "1.18.3", NULL,                               \
	    "a configuration may have enable_post_unseal_trace and "        \
	    "post_unseal_trace_directory")                                  \
	X(CONFIG_IRREVOCABLE, "1.20.0", NULL,                               \
	    "a configuration may have remove_irrevocable_lease_after")      \
	X(CONFIG_OBSERVATIONS, "1.21.0", NULL,                              \
	    "a configuration may have observations and "                    \
	    "reporting_scan_directory")                                     \
	X(CONFIG_TLS_RELOAD, "2.2.0", NULL,                                 \
	    "a listener may have tls_reload_interval")                      \
	X(POLICY_ROOT_ANY_CASE, "1.20.0", NULL,                             \
	    "root in any case is refused as a policy")                      \
	X(POLICY_RECOVER, "1.20.0", NULL, "the capability recover")         \
	X(POLICY_SUBSCRIBE, "1.15.0", NULL, "the capability subscribe")     \
	X(KV2_CREATED_BY, "1.21.0", NULL,                                   \
	    "kv version 2 tells who wrote and deleted a version")           \
	X(KV2_EXCLUDE_DELETED, "1.21.0", NULL,                              \
	    "kv version 2 lists without deleted keys")                      \
	X(USERPASS_EMPTY_PASSWORD, "1.18.0", NULL,                          \
	    "a userpass login without password counts as a wrong one")      \
	X(USERPASS_PASSWORD_HASH, "1.17.0", NULL,                           \
	    "a userpass user takes a password_hash")                        \
	X(TRANSIT_CERTIFICATE_CHAIN, "1.15.0", NULL,                        \
	    "transit shows certificate_chain of asymmetric keys")           \
	X(TRANSIT_HYBRID_KEY, "1.19.0", NULL,                               \
	    "transit shows hybrid_public_key of asymmetric keys")           \
	X(TRANSIT_VERIFY_CMAC, "1.18.0", NULL,                              \
	    "transit's verify names cmac beside signature and hmac")        \
	X(TRANSIT_PURE_ED25519, "1.19.0", NULL,                             \
	    "transit refuses prehashed Ed25519")                            \
	X(DATABASE_STATIC_WARN, "1.16.0", NULL,                             \
	    "database/static-roles answers a write with 200")               \
	X(DATABASE_ROTATION_FIELDS, "1.19.0", NULL,                         \
	    "database reads show the fields of automated rotation")         \
	X(DATABASE_SCHEDULES, "1.15.0", NULL,                               \
	    "static roles have rotation_schedule and rotation_window")      \
	X(DATABASE_SKIP_IMPORT, "1.19.0", NULL,                             \
	    "static roles show skip_import_rotation")                       \
	X(PKI_SERIAL_SOURCE, "1.19.0", NULL,                                \
	    "pki roles show serial_number_source")                          \
	X(PKI_TIDY_BACKOFF, "1.18.0", NULL,                                 \
	    "pki's auto-tidy has min_ and "                                 \
	    "max_startup_backoff_duration")                                 \
	X(PKI_TIDY_METADATA, "1.17.0", NULL,                                \
	    "pki's tidy has tidy_cert_metadata and "                        \
	    "tidy_cmpv2_nonce_store")                                       \
	X(PKI_MAX_CRL_ENTRIES, "1.19.0", NULL,                              \
	    "pki/config/crl shows max_crl_entries")

enum version_change {
	VERSION_ALWAYS, /* no row: it holds in every version */
#define VERSION_NAME(name, since, until, what) VERSION_##name,
	VERSION_ROWS(VERSION_NAME)
#undef VERSION_NAME
	    VERSION_COUNT
};

struct version_row {
	const char *since; /* "1.16.0", or NULL: always */
	const char *until; /* the first version without it, or NULL */
	const char *what;
};

/* Which rows hold, a bit each. */
struct version_set {
	uint64_t bits[(VERSION_COUNT + 63) / 64];
};

/* X.Y.Z, as numbers? */
bool version_is_valid(const char *text);
/* Negative, 0 or positive, as strcmp; both are X.Y.Z. */
int version_compare(const char *a, const char *b);
/* Sets the bits of the rows that hold in a version. */
void version_set_init(struct version_set *set, const char *version);
/* Makes a row not hold. */
void version_set_drop(struct version_set *set, enum version_change change);
static inline bool
version_set_has(const struct version_set *set, enum version_change change)
{
	return change == VERSION_ALWAYS ||
	    (set->bits[change / 64] >> change % 64 & 1) != 0;
}

/* The row; change must be between VERSION_ALWAYS and VERSION_COUNT. */
const struct version_row *version_row(enum version_change change);

#endif
