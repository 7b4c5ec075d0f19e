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
 * both X.Y.Z; NULL stands for ever. What came to older lines as well has their
 * patches before the last in `since`: "1.17.6 1.18.0" holds in 1.17.6, not in
 * 1.17.5. `what` is for people: what holds then.
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
	    "auth/token/revoke-orphan asks for sudo like any other path")   \
	X(FIELD_VALUE_HIDDEN, "1.19.3", NULL,                               \
	    "a field of the wrong type is named without its value")         \
	X(FORWARDED_FOR_CHECKED, "1.19.1", NULL,                            \
	    "an X-Forwarded-For that is no IP address is refused")          \
	X(TLS_RSA_EXCHANGE, NULL, "1.17.0",                                 \
	    "TLS 1.2 offers the exchange of keys by RSA")                   \
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
	    "a wrong unseal key is refused with the name of the wrapper")   \
	X(SEAL_TYPE_TOLD, "1.15.3 1.16.0", NULL,                            \
	    "sys/seal-status tells the type of an auto-unseal, "            \
	    "unsealed as well, and recovery_seal_type")                     \
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
	X(MOUNT_DELEGATED, "1.16.0", NULL,                                  \
	    "mounts have delegated_auth_accessors and "                     \
	    "identity_token_key")                                           \
	X(MOUNT_TRIM_SLASHES, "1.18.1", NULL,                               \
	    "mounts have trim_request_trailing_slashes")                    \
	X(MOUNT_HEADERS_UNSET, "1.20.4", NULL,                              \
	    "an empty list unsets allowed_response_headers of a mount")     \
	X(MOUNT_TUNE_IDENTITY, "1.20.0", NULL, "identity/ can be tuned")    \
	X(PLUGIN_ARTIFACT, "1.18.0", NULL,                                  \
	    "a plugin is registered by sha256 or version")                  \
	X(PLUGIN_PINS, "1.16.0", NULL,                                      \
	    "sys/plugins/pins and sys/plugins/reload/TYPE/NAME; a "         \
	    "reload of nothing warns")                                      \
	X(PLUGIN_RUNTIMES, "1.15.0", NULL, "sys/plugins/runtimes/catalog")  \
	X(AUDIT_CONFIGURATION_TEXT, "1.16.0", NULL,                         \
	    "refused audit devices end in \"invalid configuration\"")       \
	X(AUDIT_FILE_ONCE, "1.18.1", NULL,                                  \
	    "two audit devices cannot share a file_path")                   \
	X(AUDIT_CORRELATION_ID, "1.17.0", NULL,                             \
	    "audit entries have X-Correlation-Id without being told")       \
	X(AUDIT_USER_AGENT, "1.19.0", NULL,                                 \
	    "audit entries have User-Agent without being told")             \
	X(AUDIT_PREFIX, "1.20.1", NULL,                                     \
	    "an audit device's prefix needs allow_audit_log_prefixing, "    \
	    "and its mode no execute bits")                                 \
	X(WELL_KNOWN, "1.16.0", NULL, "sys/well-known")                     \
	X(SEAL_BACKEND_STATUS, "1.16.0", NULL, "sys/seal-backend-status")   \
	X(ACTIVATION_FLAGS, "1.19.0", NULL, "sys/activation-flags")         \
	X(ACTIVITY_SYNCS, "1.16.0", NULL,                                   \
	    "sys/internal/counters/activity counts secret_syncs")           \
	X(ACTIVITY_ACME, "1.17.0", NULL,                                    \
	    "sys/internal/counters/activity counts acme_clients")           \
	X(COUNTERS_TOKENS, NULL, "1.20.0", "sys/internal/counters/tokens")  \
	X(REKEY_CANCEL_NONCE, "1.20.0", NULL,                               \
	    "cancelling a young rekey needs its nonce")                     \
	X(SHARES_NEED_TOKEN, "2.0.0", NULL,                                 \
	    "rekey and generate-root need a token, unless "                 \
	    "enable_unauthenticated_access opens them")                     \
	X(RAFT_DEAD_MINUTE, "1.14.2 1.15.0", NULL,                          \
	    "autopilot wants dead_server_last_contact_threshold "           \
	    "to be a minute at least")                                      \
	X(RAFT_JOIN_LIMITS, "1.18.1", NULL,                                 \
	    "challenges for nodes that join are few a second, and their "   \
	    "answers no longer than they can be")                           \
	X(RAFT_RETRY_GROWS, "1.18.2", NULL,                                 \
	    "retry_join waits longer each time, 2 s to 16 s")               \
	X(RAFT_MULTIPLIER, "2.0.0", NULL,                                   \
	    "raft refuses a performance_multiplier of 0 or less")           \
	X(RAFT_DISABLE_MLOCK, "1.20.0", NULL,                               \
	    "a raft configuration must say disable_mlock")                  \
	X(BODY_CAUSE, "1.21.0", NULL,                                       \
	    "a body that is no JSON is refused with the cause")             \
	X(BODY_LIMITS, "1.20.3", NULL,                                      \
	    "depth, lengths and counts of a JSON body are limited")         \
	X(BODY_DUPLICATE_KEYS, "1.20.3", NULL,                              \
	    "a key that comes twice in an object is refused")               \
	X(PATH_AS_SENT, "1.17.3", NULL,                                     \
	    "a path is looked at as it was sent, before: as its "           \
	    "escapes stand for")                                            \
	X(PATH_REFUSED, "2.0.0", "2.2.0",                                   \
	    "an unclean path is refused with 400, before: redirected "      \
	    "with 301")                                                     \
	X(PATH_REDIRECT_KEPT, "2.2.0", NULL,                                \
	    "an unclean path is redirected with 307")                       \
	X(TOKEN_HEADER_SIZE, "2.0.0", NULL,                                 \
	    "a token header over max_token_header_size is refused")         \
	X(POLICY_LIST_SLASH, "1.14.6 1.15.2", NULL,                         \
	    "a wildcard rule allows a LIST although only the path "         \
	    "without its slash fits")                                       \
	X(POLICY_LIST_BEST, "2.1.2", NULL,                                  \
	    "of the wildcard rules for a LIST the better one counts, "      \
	    "with the slash or without")                                    \
	X(POLICY_VALUES_LOWER, "2.0.4", NULL,                               \
	    "policies are compared in lower case with the parameters "      \
	    "that a rule allows or denies")                                 \
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
	    "deny_slash_in_templated_paths makes a templated rule deny "    \
	    "when a value holds a slash")                                   \
	X(POLICY_PLUS_SHOWN, "1.21.0", NULL,                                \
	    "sys/internal/ui/resultant-acl shows rules with a + segment")   \
	X(POLICY_NAMES_CLEAN, "2.2.0", NULL,                                \
	    "a policy's name has no empty, \".\" or \"..\" segment")        \
	X(CLI_INSPECT, "1.14.6", NULL, "vault inspects snapshots of raft")  \
	X(CLI_CAPABILITIES, "1.16.0", NULL,                                 \
	    "vault token capabilities -accessor")                           \
	X(CLI_ADDRESS_WARNING, "1.16.0", NULL,                              \
	    "vault warns on a terminal without VAULT_ADDR")                 \
	X(CLI_HEADERS, "1.18.0", NULL, "vault heeds VAULT_HEADERS")         \
	X(CLI_RENEW, "1.19.0", NULL,                                        \
	    "vault token renew -fail-if-not-fulfilled")                     \
	X(CONFIG_CHROOT, "1.15.0", NULL,                                    \
	    "a configuration may have chroot_namespace, "                   \
	    "disable_replication_status_endpoints and "                     \
	    "add_mount_point_rollback_metrics")                             \
	X(CONFIG_REDACT, "1.16.0", NULL,                                    \
	    "a configuration may have (and a listener heeds) "              \
	    "redact_addresses, "                                            \
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
	X(IDENTITY_ALIAS_METADATA, "1.20.0", NULL,                          \
	    "LIST identity/entity-alias/id shows metadata")                 \
	X(IDENTITY_LIST_STATES, "2.0.4", NULL,                              \
	    "LIST identity/entity/id shows disabled and the times; "        \
	    "identity/entity/name/N refuses the id of another")             \
	X(KV1_QUERY_WARNS, NULL, "1.20.0",                                  \
	    "kv version 1 warns of fields of a query")                      \
	X(KV1_QUERY_ANY, "1.20.0", NULL,                                    \
	    "kv version 1 takes any field of a query")                      \
	X(KV2_CREATED_BY, "1.21.0", NULL,                                   \
	    "kv version 2 tells who wrote and deleted a version")           \
	X(KV2_EXCLUDE_DELETED, "1.21.0", NULL,                              \
	    "kv version 2 lists without deleted keys")                      \
	X(APPROLE_EMPTY_ROLE_ID, "1.17.6 1.18.0", NULL,                     \
	    "an approle login without role_id is refused with "             \
	    "\"invalid credentials\" where no lockout counts")              \
	X(AUTH_ALIAS_METADATA, "1.21.0", NULL,                              \
	    "approle roles and userpass users show alias_metadata")         \
	X(LOCKOUT_ANY_CASE, "1.20.1", NULL,                                 \
	    "the lockout counts a user in any case as one")                 \
	X(KUBERNETES_AUDIENCE, "1.21.0", NULL,                              \
	    "a kubernetes role needs an audience")                          \
	X(USERPASS_EMPTY_PASSWORD, "1.17.6 1.18.0", NULL,                   \
	    "a userpass login without password counts as a wrong one")      \
	X(USERPASS_PASSWORD_HASH, "1.17.0", NULL,                           \
	    "a userpass user takes a password_hash")                        \
	X(TRANSIT_CERTIFICATE_CHAIN, "1.15.0", NULL,                        \
	    "transit shows certificate_chain of asymmetric keys")           \
	X(TRANSIT_PADDING, "1.19.0", NULL,                                  \
	    "transit takes padding_scheme for RSA keys")                    \
	X(TRANSIT_HMAC_HASH, "1.16.3 1.17.0", NULL,                         \
	    "transit verifies an HMAC by hash_algorithm before "            \
	    "algorithm")                                                    \
	X(TRANSIT_SLH_DSA, "1.20.1", NULL,                                  \
	    "transit knows the key type slh-dsa, which is Enterprise "      \
	    "only")                                                         \
	X(TRANSIT_AES_CBC, "1.21.0", NULL,                                  \
	    "transit knows the key types of aes-cbc, which are "            \
	    "Enterprise only")                                              \
	X(TRANSIT_LIST_IMPORT, "1.20.0", NULL,                              \
	    "transit's list of keys leaves import/ out")                    \
	X(TRANSIT_HYBRID_KEY, "1.19.0", NULL,                               \
	    "transit shows hybrid_public_key of asymmetric keys")           \
	X(TRANSIT_VERIFY_CMAC, "1.18.0", NULL,                              \
	    "transit's verify names cmac beside signature and hmac")        \
	X(TRANSIT_PURE_ED25519, "1.19.0", NULL,                             \
	    "transit refuses prehashed Ed25519")                            \
	X(DATABASE_HIDE_ACCOUNT, "1.15.0", NULL,                            \
	    "database/config hides service_account_json")                   \
	X(DATABASE_RELOAD, "1.16.0", NULL, "database/reload")               \
	X(DATABASE_STATIC_WARN, "1.16.0", NULL,                             \
	    "database/static-roles answers a write with 200")               \
	X(DATABASE_ROTATION_FIELDS, "1.19.0", NULL,                         \
	    "database reads show the fields of automated rotation")         \
	X(DATABASE_SCHEDULES, "1.15.0", NULL,                               \
	    "static roles have rotation_schedule and rotation_window")      \
	X(DATABASE_SKIP_IMPORT, "1.19.0", NULL,                             \
	    "static roles show skip_import_rotation")                       \
	X(PKI_INTERMEDIATE_CUT, "1.17.0", NULL,                             \
	    "a signed intermediate ends with its issuer")                   \
	X(PKI_ALWAYS_ENFORCE, "1.18.2", NULL,                               \
	    "pki issuers take leaf_not_after_behavior "                     \
	    "always_enforce_err")                                           \
	X(PKI_CONSTRAINTS_KEPT, "1.18.3", NULL,                             \
	    "pki refuses what an issuer's name constraints do not "         \
	    "permit")                                                       \
	X(PKI_CONSTRAINTS, "1.19.0", NULL,                                  \
	    "pki authorities take all kinds of name constraints")           \
	X(PKI_CA_KEY_USAGE, "1.19.2", NULL,                                 \
	    "authorities of pki take key_usage")                            \
	X(PKI_DELTA_CRL_URLS, "1.20.0", NULL,                               \
	    "pki has delta_crl_distribution_points")                        \
	X(PKI_AUTHORITY_KEY_ID, "1.21.1", NULL,                             \
	    "pki shows authority_key_id, keeps to the start of the "        \
	    "issuer's validity, and looks at the basic constraints of "     \
	    "what it signs verbatim")                                       \
	X(PKI_SERIAL_SOURCE, "1.19.0", NULL,                                \
	    "pki roles show serial_number_source")                          \
	X(PKI_TIDY_BACKOFF, "1.18.0", NULL,                                 \
	    "pki's auto-tidy has min_ and max_startup_backoff_duration")    \
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
	const char *since; /* "1.16.0", "1.15.5 1.16.0", or NULL: always */
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
