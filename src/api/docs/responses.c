/*
 * What answers of operations look like: statuses, texts and fields, where
 * Vault's document says more of them than "200 OK".
 */
#include "api/docs/responses.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Fields have the letter of their type before them. */
static const struct {
	char letter;
	const char *type, *format, *items;
} response_types[] = {
	{ 's', "string", NULL, NULL },
	{ 'b', "boolean", NULL, NULL },
	{ 'i', "integer", NULL, NULL },
	{ 'I', "integer", "int64", NULL },
	{ 'f', "number", "float", NULL },
	{ 't', "string", "date-time", NULL },
	{ 'd', "string", "duration", NULL },
	{ 'm', "object", "map", NULL },
	{ 'k', "object", "kvpairs", NULL },
	{ 'a', "array", NULL, "string" },
	{ 'o', "array", NULL, "object" },
};

struct response {
	const char *id; /* of the operation; some have several */
	const char *status;
	const char *text;
	const char *fields; /* NULL: without a schema */
};

#define APP_ROLE_LOOK_UP_SECRET_ID_FIELDS                      \
	"a:cidr_list t:creation_time t:expiration_time "       \
	"t:last_updated_time k:metadata s:secret_id_accessor " \
	"i:secret_id_num_uses d:secret_id_ttl a:token_bound_cidrs"
#define APP_ROLE_WRITE_CUSTOM_SECRET_ID_FIELDS                   \
	"s:secret_id s:secret_id_accessor i:secret_id_num_uses " \
	"d:secret_id_ttl"
#define PKI_CONFIGURE_AUTO_TIDY_FIELDS                                  \
	"i:acme_account_safety_buffer b:enabled i:interval_duration "   \
	"i:issuer_safety_buffer b:maintain_stored_certificate_counts "  \
	"s:pause_duration b:publish_stored_certificate_count_metrics "  \
	"i:revocation_queue_safety_buffer i:safety_buffer b:tidy_acme " \
	"b:tidy_cert_store b:tidy_cross_cluster_revoked_certs "         \
	"b:tidy_expired_issuers b:tidy_move_legacy_ca_bundle "          \
	"b:tidy_revocation_queue "                                      \
	"b:tidy_revoked_cert_issuer_associations b:tidy_revoked_certs"
#define PKI_CONFIGURE_CA_FIELDS                                  \
	"a:existing_issuers a:existing_keys a:imported_issuers " \
	"a:imported_keys m:mapping"
#define PKI_CONFIGURE_CRL_FIELDS                               \
	"b:auto_rebuild s:auto_rebuild_grace_period "          \
	"b:cross_cluster_revocation s:delta_rebuild_interval " \
	"b:disable b:enable_delta s:expiry b:ocsp_disable "    \
	"s:ocsp_expiry b:unified_crl b:unified_crl_on_existing_paths"
#define PKI_CONFIGURE_URLS_FIELDS                        \
	"a:crl_distribution_points b:enable_templating " \
	"a:issuing_certificates a:ocsp_servers"
#define PKI_GENERATE_ROOT_FIELDS                                \
	"s:certificate I:expiration s:issuer_id s:issuer_name " \
	"s:issuing_ca s:key_id s:key_name s:private_key "       \
	"s:serial_number"
#define PKI_ISSUE_WITH_ROLE_FIELDS                            \
	"a:ca_chain s:certificate I:expiration s:issuing_ca " \
	"s:private_key s:private_key_type s:serial_number"
#define PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS                   \
	"a:ca_chain s:certificate I:expiration s:issuing_ca " \
	"s:serial_number"
#define PKI_READ_CA_CHAIN_PEM_FIELDS                              \
	"s:ca_chain s:certificate s:issuer_id I:revocation_time " \
	"s:revocation_time_rfc3339"
#define PKI_READ_ISSUER_FIELDS                                       \
	"a:ca_chain s:certificate a:crl_distribution_points "        \
	"b:enable_aia_url_templating s:issuer_id s:issuer_name "     \
	"a:issuing_certificates s:key_id s:leaf_not_after_behavior " \
	"a:manual_chain a:ocsp_servers "                             \
	"s:revocation_signature_algorithm i:revocation_time "        \
	"s:revocation_time_rfc3339 b:revoked s:usage"
#define PKI_READ_ROLE_FIELDS                                            \
	"b:allow_any_name b:allow_bare_domains b:allow_glob_domains "   \
	"b:allow_ip_sans b:allow_localhost b:allow_subdomains "         \
	"b:allow_token_displayname b:allow_wildcard_certificates "      \
	"a:allowed_domains b:allowed_domains_template "                 \
	"a:allowed_other_sans a:allowed_serial_numbers "                \
	"a:allowed_uri_sans b:allowed_uri_sans_template "               \
	"a:allowed_user_ids b:basic_constraints_valid_for_non_ca "      \
	"b:client_flag a:cn_validations b:code_signing_flag a:country " \
	"b:email_protection_flag b:enforce_hostnames a:ext_key_usage "  \
	"a:ext_key_usage_oids b:generate_lease s:issuer_ref "           \
	"i:key_bits s:key_type a:key_usage a:locality I:max_ttl "       \
	"b:no_store s:not_after I:not_before_duration a:organization "  \
	"a:ou a:policy_identifiers a:postal_code a:province "           \
	"b:require_cn b:server_flag i:signature_bits a:street_address " \
	"I:ttl b:use_csr_common_name b:use_csr_sans b:use_pss"
#define PKI_TIDY_CANCEL_FIELDS                                          \
	"i:acme_account_deleted_count i:acme_account_revoked_count "    \
	"i:acme_account_safety_buffer i:acme_orders_deleted_count "     \
	"i:cert_store_deleted_count "                                   \
	"i:cross_revoked_cert_deleted_count "                           \
	"i:current_cert_store_count i:current_revoked_cert_count "      \
	"s:error s:internal_backend_uuid i:issuer_safety_buffer "       \
	"s:last_auto_tidy_finished s:message "                          \
	"i:missing_issuer_cert_count s:pause_duration "                 \
	"i:revocation_queue_deleted_count "                             \
	"i:revocation_queue_safety_buffer "                             \
	"i:revoked_cert_deleted_count i:safety_buffer s:state "         \
	"b:tidy_acme b:tidy_cert_store "                                \
	"b:tidy_cross_cluster_revoked_certs b:tidy_expired_issuers "    \
	"b:tidy_move_legacy_ca_bundle b:tidy_revocation_queue "         \
	"b:tidy_revoked_cert_issuer_associations b:tidy_revoked_certs " \
	"s:time_finished s:time_started i:total_acme_account_count"
#define REKEY_ATTEMPT_INITIALIZE_FIELDS                        \
	"b:backup i:n s:nounce a:pgp_fingerprints i:progress " \
	"i:required s:started i:t s:verification_nonce "       \
	"b:verification_required"
#define ROOT_TOKEN_GENERATION_INITIALIZE_FIELDS                       \
	"b:complete s:encoded_root_token s:encoded_token s:nonce "    \
	"s:otp i:otp_length s:pgp_fingerprint i:progress i:required " \
	"b:started"
#define SEAL_STATUS_FIELDS                                             \
	"s:build_date s:cluster_id s:cluster_name "                    \
	"s:hcp_link_resource_ID s:hcp_link_status b:initialized "      \
	"b:migration i:n s:nonce i:progress b:recovery_seal b:sealed " \
	"s:storage_type i:t s:type s:version"

/* In order of id, then status. */
static const struct response responses[] = {
	{ "app-role-delete-bind-secret-id", "204", "No Content", NULL },
	{ "app-role-delete-bound-cidr-list", "204", "No Content", NULL },
	{ "app-role-delete-period", "204", "No Content", NULL },
	{ "app-role-delete-policies", "204", "No Content", NULL },
	{ "app-role-delete-role", "204", "No Content", NULL },
	{ "app-role-delete-secret-id-bound-cidrs", "204", "No Content", NULL },
	{ "app-role-delete-secret-id-num-uses", "204", "No Content", NULL },
	{ "app-role-delete-secret-id-ttl", "204", "No Content", NULL },
	{ "app-role-delete-token-bound-cidrs", "204", "No Content", NULL },
	{ "app-role-delete-token-max-ttl", "204", "No Content", NULL },
	{ "app-role-delete-token-num-uses", "204", "No Content", NULL },
	{ "app-role-delete-token-ttl", "204", "No Content", NULL },
	{ "app-role-destroy-secret-id", "204", "No Content", NULL },
	{ "app-role-destroy-secret-id-by-accessor", "204", "No Content", NULL },
	{ "app-role-destroy-secret-id-by-accessor2", "204", "No Content",
	    NULL },
	{ "app-role-destroy-secret-id2", "204", "No Content", NULL },
	{ "app-role-look-up-secret-id", "200", "OK",
	    APP_ROLE_LOOK_UP_SECRET_ID_FIELDS },
	{ "app-role-look-up-secret-id-by-accessor", "200", "OK",
	    APP_ROLE_LOOK_UP_SECRET_ID_FIELDS },
	{ "app-role-read-bind-secret-id", "200", "OK", "b:bind_secret_id" },
	{ "app-role-read-bound-cidr-list", "200", "OK", "a:bound_cidr_list" },
	{ "app-role-read-local-secret-ids", "200", "OK", "b:local_secret_ids" },
	{ "app-role-read-period", "200", "OK", "d:period d:token_period" },
	{ "app-role-read-policies", "200", "OK",
	    "a:policies a:token_policies" },
	{ "app-role-read-role", "200", "OK",
	    "b:bind_secret_id b:local_secret_ids d:period a:policies "
	    "a:secret_id_bound_cidrs i:secret_id_num_uses d:secret_id_ttl "
	    "a:token_bound_cidrs d:token_explicit_max_ttl d:token_max_ttl "
	    "b:token_no_default_policy i:token_num_uses d:token_period "
	    "a:token_policies d:token_ttl s:token_type" },
	{ "app-role-read-role-id", "200", "OK", "s:role_id" },
	{ "app-role-read-secret-id-bound-cidrs", "200", "OK",
	    "a:secret_id_bound_cidrs" },
	{ "app-role-read-secret-id-num-uses", "200", "OK",
	    "i:secret_id_num_uses" },
	{ "app-role-read-secret-id-ttl", "200", "OK", "d:secret_id_ttl" },
	{ "app-role-read-token-bound-cidrs", "200", "OK",
	    "a:token_bound_cidrs" },
	{ "app-role-read-token-max-ttl", "200", "OK", "d:token_max_ttl" },
	{ "app-role-read-token-num-uses", "200", "OK", "i:token_num_uses" },
	{ "app-role-read-token-ttl", "200", "OK", "d:token_ttl" },
	{ "app-role-tidy-secret-id", "202", "Accepted", NULL },
	{ "app-role-write-bind-secret-id", "204", "No Content", NULL },
	{ "app-role-write-bound-cidr-list", "204", "No Content", NULL },
	{ "app-role-write-custom-secret-id", "200", "OK",
	    APP_ROLE_WRITE_CUSTOM_SECRET_ID_FIELDS },
	{ "app-role-write-period", "204", "No Content", NULL },
	{ "app-role-write-policies", "204", "No Content", NULL },
	{ "app-role-write-role-id", "204", "No Content", NULL },
	{ "app-role-write-secret-id", "200", "OK",
	    APP_ROLE_WRITE_CUSTOM_SECRET_ID_FIELDS },
	{ "app-role-write-secret-id-bound-cidrs", "204", "No Content", NULL },
	{ "app-role-write-secret-id-num-uses", "204", "No Content", NULL },
	{ "app-role-write-secret-id-ttl", "204", "No Content", NULL },
	{ "app-role-write-token-bound-cidrs", "204", "No Content", NULL },
	{ "app-role-write-token-max-ttl", "204", "No Content", NULL },
	{ "app-role-write-token-num-uses", "204", "No Content", NULL },
	{ "app-role-write-token-ttl", "204", "No Content", NULL },
	{ "auditing-calculate-hash", "200", "OK", "s:hash" },
	{ "auditing-disable-device", "204", "OK", NULL },
	{ "auditing-disable-request-header", "204", "OK", NULL },
	{ "auditing-enable-device", "204", "OK", NULL },
	{ "auditing-enable-request-header", "204", "OK", NULL },
	{ "auditing-list-request-headers", "200", "OK", "m:headers" },
	{ "auth-disable-method", "204", "OK", NULL },
	{ "auth-enable-method", "204", "OK", NULL },
	{ "auth-read-configuration", "200", "OK",
	    "s:accessor m:config s:deprecation_status s:description "
	    "b:external_entropy_access b:local m:options s:plugin_version "
	    "s:running_plugin_version s:running_sha256 b:seal_wrap s:type "
	    "s:uuid" },
	{ "auth-read-tuning-information", "200", "OK",
	    "a:allowed_managed_keys a:allowed_response_headers "
	    "a:audit_non_hmac_request_keys a:audit_non_hmac_response_keys "
	    "i:default_lease_ttl s:description b:external_entropy_access "
	    "b:force_no_cache s:listing_visibility i:max_lease_ttl "
	    "m:options a:passthrough_request_headers s:plugin_version "
	    "s:token_type I:user_lockout_counter_reset_duration "
	    "b:user_lockout_disable I:user_lockout_duration "
	    "I:user_lockout_threshold" },
	{ "auth-tune-configuration-parameters", "204", "OK", NULL },
	{ "collect-host-information", "200", "OK",
	    "o:cpu o:cpu_times o:disk m:host m:memory t:timestamp" },
	{ "cors-configure", "204", "OK", NULL },
	{ "cors-delete-configuration", "204", "OK", NULL },
	{ "cors-read-configuration", "200", "OK",
	    "a:allowed_headers a:allowed_origins b:enabled" },
	{ "encryption-key-configure-rotation", "204", "OK", NULL },
	{ "encryption-key-read-rotation-configuration", "200", "OK",
	    "b:enabled d:interval I:max_operations" },
	{ "encryption-key-rotate", "204", "OK", NULL },
	{ "generate-hash", "200", "OK", "s:sum" },
	{ "generate-hash-with-algorithm", "200", "OK", "s:sum" },
	{ "generate-random", "200", "OK", "s:random_bytes" },
	{ "generate-random-with-bytes", "200", "OK", "s:random_bytes" },
	{ "generate-random-with-source", "200", "OK", "s:random_bytes" },
	{ "generate-random-with-source-and-bytes", "200", "OK",
	    "s:random_bytes" },
	{ "ha-status", "200", "OK", "o:nodes" },
	{ "internal-count-entities", "200", "OK", "m:counters" },
	{ "internal-count-tokens", "200", "OK", "m:counters" },
	{ "internal-ui-list-enabled-feature-flags", "200", "OK",
	    "a:feature_flags" },
	{ "internal-ui-list-enabled-visible-mounts", "200", "OK",
	    "m:auth m:secret" },
	{ "internal-ui-list-namespaces", "200", "OK", "a:keys" },
	{ "internal-ui-read-mount-information", "200", "OK",
	    "s:accessor m:config s:description b:external_entropy_access "
	    "b:local m:options s:path s:plugin_version "
	    "s:running_plugin_version s:running_sha256 b:seal_wrap s:type "
	    "s:uuid" },
	{ "internal-ui-read-resultant-acl", "200", "OK",
	    "m:exact_paths m:glob_paths b:root" },
	{ "internal-ui-read-resultant-acl", "204",
	    "empty response returned if no client token", NULL },
	{ "kv-v1-delete", "204", "No Content", NULL },
	{ "kv-v1-write", "204", "No Content", NULL },
	{ "kv-v2-configure", "204", "No Content", NULL },
	{ "kv-v2-delete", "204", "No Content", NULL },
	{ "kv-v2-delete-metadata-and-all-versions", "204", "No Content", NULL },
	{ "kv-v2-delete-versions", "204", "No Content", NULL },
	{ "kv-v2-destroy-versions", "204", "No Content", NULL },
	{ "kv-v2-read", "200", "OK", "m:data m:metadata" },
	{ "kv-v2-read-configuration", "200", "OK",
	    "b:cas_required d:delete_version_after i:max_versions" },
	{ "kv-v2-read-metadata", "200", "OK",
	    "b:cas_required t:created_time I:current_version "
	    "m:custom_metadata d:delete_version_after I:max_versions "
	    "I:oldest_version t:updated_time m:versions" },
	{ "kv-v2-read-subkeys", "200", "OK", "m:metadata m:subkeys" },
	{ "kv-v2-undelete-versions", "204", "No Content", NULL },
	{ "kv-v2-write", "200", "OK",
	    "t:created_time m:custom_metadata s:deletion_time b:destroyed "
	    "I:version" },
	{ "kv-v2-write-metadata", "204", "No Content", NULL },
	{ "leader-status", "200", "OK",
	    "t:active_time b:ha_enabled b:is_self I:last_wal "
	    "s:leader_address s:leader_cluster_address "
	    "b:performance_standby I:performance_standby_last_remote_wal "
	    "I:raft_applied_index I:raft_committed_index" },
	{ "leases-count", "200", "OK", "i:counts i:lease_count" },
	{ "leases-force-revoke-lease-with-prefix", "204", "OK", NULL },
	{ "leases-force-revoke-lease-with-prefix2", "204", "OK", NULL },
	{ "leases-list", "200", "OK", "i:counts i:lease_count" },
	{ "leases-look-up", "200", "OK", "a:keys" },
	{ "leases-read-lease", "200", "OK",
	    "t:expire_time s:id t:issue_time t:last_renewal b:renewable "
	    "i:ttl" },
	{ "leases-renew-lease", "204", "OK", NULL },
	{ "leases-renew-lease-with-id", "204", "OK", NULL },
	{ "leases-renew-lease-with-id2", "204", "OK", NULL },
	{ "leases-renew-lease2", "204", "OK", NULL },
	{ "leases-revoke-lease", "204", "OK", NULL },
	{ "leases-revoke-lease-with-id", "204", "OK", NULL },
	{ "leases-revoke-lease-with-id2", "204", "OK", NULL },
	{ "leases-revoke-lease-with-prefix", "204", "OK", NULL },
	{ "leases-revoke-lease-with-prefix2", "204", "OK", NULL },
	{ "leases-revoke-lease2", "204", "OK", NULL },
	{ "leases-tidy", "204", "OK", NULL },
	{ "loggers-revert-verbosity-level", "204", "OK", NULL },
	{ "loggers-revert-verbosity-level-for", "204", "OK", NULL },
	{ "loggers-update-verbosity-level", "204", "OK", NULL },
	{ "loggers-update-verbosity-level-for", "204", "OK", NULL },
	{ "mounts-disable-secrets-engine", "200", "OK", NULL },
	{ "mounts-enable-secrets-engine", "204", "OK", NULL },
	{ "mounts-read-configuration", "200", "OK",
	    "s:accessor m:config s:deprecation_status s:description "
	    "b:external_entropy_access b:local k:options s:plugin_version "
	    "s:running_plugin_version s:running_sha256 b:seal_wrap s:type "
	    "s:uuid" },
	{ "mounts-read-tuning-information", "200", "OK",
	    "a:allowed_managed_keys a:allowed_response_headers "
	    "a:audit_non_hmac_request_keys a:audit_non_hmac_response_keys "
	    "i:default_lease_ttl s:description b:external_entropy_access "
	    "b:force_no_cache s:listing_visibility i:max_lease_ttl "
	    "k:options a:passthrough_request_headers s:plugin_version "
	    "s:token_type I:user_lockout_counter_reset_duration "
	    "b:user_lockout_disable I:user_lockout_duration "
	    "I:user_lockout_threshold" },
	{ "pki-configure-auto-tidy", "200", "OK",
	    PKI_CONFIGURE_AUTO_TIDY_FIELDS },
	{ "pki-configure-ca", "200", "OK", PKI_CONFIGURE_CA_FIELDS },
	{ "pki-configure-cluster", "200", "OK", "s:aia_path s:path" },
	{ "pki-configure-crl", "200", "OK", PKI_CONFIGURE_CRL_FIELDS },
	{ "pki-configure-issuers", "200", "OK",
	    "s:default b:default_follows_latest_issuer" },
	{ "pki-configure-keys", "200", "OK", "s:default" },
	{ "pki-configure-urls", "200", "OK", PKI_CONFIGURE_URLS_FIELDS },
	{ "pki-cross-sign-intermediate", "200", "OK",
	    "s:csr s:key_id s:private_key s:private_key_type" },
	{ "pki-delete-issuer", "204", "No Content", NULL },
	{ "pki-delete-key", "204", "No Content", NULL },
	{ "pki-delete-role", "204", "No Content", NULL },
	{ "pki-delete-root", "200", "OK", NULL },
	{ "pki-generate-intermediate", "200", "OK",
	    "s:csr s:key_id s:private_key s:private_key_type" },
	{ "pki-generate-root", "200", "OK", PKI_GENERATE_ROOT_FIELDS },
	{ "pki-import-key", "200", "OK", "s:key_id s:key_name s:key_type" },
	{ "pki-issue-with-role", "200", "OK", PKI_ISSUE_WITH_ROLE_FIELDS },
	{ "pki-issuer-issue-with-role", "200", "OK",
	    PKI_ISSUE_WITH_ROLE_FIELDS },
	{ "pki-issuer-read-crl", "200", "OK", "s:crl" },
	{ "pki-issuer-read-crl-delta", "200", "OK", "s:crl" },
	{ "pki-issuer-read-crl-delta-der", "200", "OK", "s:crl" },
	{ "pki-issuer-read-crl-delta-pem", "200", "OK", "s:crl" },
	{ "pki-issuer-read-crl-der", "200", "OK", "s:crl" },
	{ "pki-issuer-read-crl-pem", "200", "OK", "s:crl" },
	{ "pki-issuer-resign-crls", "200", "OK", "s:crl" },
	{ "pki-issuer-sign-intermediate", "200", "OK",
	    PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS },
	{ "pki-issuer-sign-revocation-list", "200", "OK", "s:crl" },
	{ "pki-issuer-sign-self-issued", "200", "OK",
	    "s:certificate s:issuing_ca" },
	{ "pki-issuer-sign-verbatim", "200", "OK",
	    PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS },
	{ "pki-issuer-sign-verbatim-with-role", "200", "OK",
	    PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS },
	{ "pki-issuer-sign-with-role", "200", "OK",
	    PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS },
	{ "pki-issuers-generate-intermediate", "200", "OK",
	    "s:csr s:key_id s:private_key s:private_key_type" },
	{ "pki-issuers-generate-root", "200", "OK", PKI_GENERATE_ROOT_FIELDS },
	{ "pki-issuers-import-bundle", "200", "OK", PKI_CONFIGURE_CA_FIELDS },
	{ "pki-issuers-import-cert", "200", "OK", PKI_CONFIGURE_CA_FIELDS },
	{ "pki-list-issuers", "200", "OK", "m:key_info a:keys" },
	{ "pki-list-keys", "200", "OK", "m:key_info a:keys" },
	{ "pki-read-auto-tidy-configuration", "200", "OK",
	    PKI_CONFIGURE_AUTO_TIDY_FIELDS },
	{ "pki-read-ca-chain-pem", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-ca-der", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-ca-pem", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-cert", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-cert-ca-chain", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-cert-crl", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-cert-delta-crl", "200", "OK",
	    PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-cert-raw-der", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-cert-raw-pem", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-cluster-configuration", "200", "OK", "s:aia_path s:path" },
	{ "pki-read-crl-configuration", "200", "OK", PKI_CONFIGURE_CRL_FIELDS },
	{ "pki-read-crl-delta", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-crl-delta-pem", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-crl-der", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-crl-pem", "200", "OK", PKI_READ_CA_CHAIN_PEM_FIELDS },
	{ "pki-read-issuer", "200", "OK", PKI_READ_ISSUER_FIELDS },
	{ "pki-read-issuer-der", "200", "OK",
	    "a:ca_chain s:certificate s:issuer_id s:issuer_name" },
	{ "pki-read-issuer-der", "304", "Not Modified", NULL },
	{ "pki-read-issuer-json", "200", "OK",
	    "a:ca_chain s:certificate s:issuer_id s:issuer_name" },
	{ "pki-read-issuer-json", "304", "Not Modified", NULL },
	{ "pki-read-issuer-pem", "200", "OK",
	    "a:ca_chain s:certificate s:issuer_id s:issuer_name" },
	{ "pki-read-issuer-pem", "304", "Not Modified", NULL },
	{ "pki-read-issuers-configuration", "200", "OK",
	    "s:default b:default_follows_latest_issuer" },
	{ "pki-read-key", "200", "OK",
	    "s:key_id s:key_name s:key_type s:managed_key_id "
	    "s:managed_key_name s:subject_key_id" },
	{ "pki-read-keys-configuration", "200", "OK", "s:default" },
	{ "pki-read-role", "200", "OK", PKI_READ_ROLE_FIELDS },
	{ "pki-read-urls-configuration", "200", "OK",
	    PKI_CONFIGURE_URLS_FIELDS },
	{ "pki-replace-root", "200", "OK",
	    "s:default b:default_follows_latest_issuer" },
	{ "pki-revoke", "200", "OK",
	    "I:revocation_time t:revocation_time_rfc3339 s:state" },
	{ "pki-revoke-issuer", "200", "OK",
	    "a:ca_chain s:certificate a:crl_distribution_points "
	    "s:issuer_id s:issuer_name a:issuing_certificates s:key_id "
	    "s:leaf_not_after_behavior a:manual_chain a:ocsp_servers "
	    "s:revocation_signature_algorithm I:revocation_time "
	    "t:revocation_time_rfc3339 b:revoked s:usage" },
	{ "pki-revoke-with-key", "200", "OK",
	    "I:revocation_time t:revocation_time_rfc3339 s:state" },
	{ "pki-root-sign-intermediate", "200", "OK",
	    PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS },
	{ "pki-root-sign-self-issued", "200", "OK",
	    "s:certificate s:issuing_ca" },
	{ "pki-rotate-crl", "200", "OK", "b:success" },
	{ "pki-rotate-delta-crl", "200", "OK", "b:success" },
	{ "pki-rotate-root", "200", "OK", PKI_GENERATE_ROOT_FIELDS },
	{ "pki-set-signed-intermediate", "200", "OK", PKI_CONFIGURE_CA_FIELDS },
	{ "pki-sign-verbatim", "200", "OK",
	    PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS },
	{ "pki-sign-verbatim-with-role", "200", "OK",
	    PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS },
	{ "pki-sign-with-role", "200", "OK",
	    PKI_ISSUER_SIGN_INTERMEDIATE_FIELDS },
	{ "pki-tidy", "202", "Accepted", NULL },
	{ "pki-tidy-cancel", "200", "OK", PKI_TIDY_CANCEL_FIELDS },
	{ "pki-tidy-status", "200", "OK", PKI_TIDY_CANCEL_FIELDS },
	{ "pki-write-issuer", "200", "OK", PKI_READ_ISSUER_FIELDS },
	{ "pki-write-key", "204", "OK", "s:key_id s:key_name s:key_type" },
	{ "pki-write-role", "200", "OK", PKI_READ_ROLE_FIELDS },
	{ "plugins-catalog-list-plugins", "200", "OK", "m:detailed" },
	{ "plugins-catalog-list-plugins-with-type", "200", "OK", "a:keys" },
	{ "plugins-catalog-read-plugin-configuration", "200", "OK",
	    "a:args b:builtin s:command s:deprecation_status s:name "
	    "s:oci_image s:sha256 s:version" },
	{ "plugins-catalog-remove-plugin", "200", "OK", NULL },
	{ "plugins-reload-backends", "200", "OK", "s:reload_id" },
	{ "plugins-reload-backends", "202", "OK", "s:reload_id" },
	{ "plugins-runtimes-catalog-list-plugins-runtimes", "200", "OK",
	    "o:runtimes" },
	{ "policies-delete-acl-policy", "204", "OK", NULL },
	{ "policies-delete-acl-policy2", "204", "OK", NULL },
	{ "policies-delete-password-policy", "204", "OK", NULL },
	{ "policies-generate-password-from-password-policy", "200", "OK",
	    "s:password" },
	{ "policies-list-acl-policies", "200", "OK", "a:keys a:policies" },
	{ "policies-list-acl-policies2", "200", "OK", "a:keys a:policies" },
	{ "policies-list-acl-policies3", "200", "OK", "a:keys a:policies" },
	{ "policies-read-acl-policy", "200", "OK", "s:name s:policy s:rules" },
	{ "policies-read-acl-policy2", "200", "OK", "s:name s:policy s:rules" },
	{ "policies-read-password-policy", "204", "OK", "s:policy" },
	{ "policies-write-acl-policy", "204", "OK", NULL },
	{ "policies-write-acl-policy2", "204", "OK", NULL },
	{ "policies-write-password-policy", "204", "OK", NULL },
	{ "rate-limit-quotas-configure", "204", "OK", NULL },
	{ "rate-limit-quotas-delete", "204", "OK", NULL },
	{ "rate-limit-quotas-read", "200", "OK",
	    "i:block_interval b:inheritable i:interval s:name s:path "
	    "f:rate s:role s:type" },
	{ "rate-limit-quotas-read-configuration", "200", "OK",
	    "b:enable_rate_limit_audit_logging "
	    "b:enable_rate_limit_response_headers "
	    "a:rate_limit_exempt_paths" },
	{ "rate-limit-quotas-write", "204", "No Content", NULL },
	{ "raw-delete", "204", "OK", NULL },
	{ "raw-read", "200", "OK", "s:value" },
	{ "read-health-status", "200", "initialized, unsealed, and active",
	    NULL },
	{ "read-health-status", "429", "unsealed and standby", NULL },
	{ "read-health-status", "472",
	    "data recovery mode replication secondary and active", NULL },
	{ "read-health-status", "501", "not initialized", NULL },
	{ "read-health-status", "503", "sealed", NULL },
	{ "read-wrapping-properties", "200", "OK",
	    "s:creation_path t:creation_time d:creation_ttl" },
	{ "read-wrapping-properties2", "200", "OK",
	    "s:creation_path t:creation_time d:creation_ttl" },
	{ "rekey-attempt-cancel", "200", "OK", NULL },
	{ "rekey-attempt-initialize", "200", "OK",
	    REKEY_ATTEMPT_INITIALIZE_FIELDS },
	{ "rekey-attempt-read-progress", "200", "OK",
	    REKEY_ATTEMPT_INITIALIZE_FIELDS },
	{ "rekey-attempt-update", "200", "OK",
	    "b:backup b:complete a:keys a:keys_base64 i:n s:nounce "
	    "a:pgp_fingerprints i:progress i:required s:started i:t "
	    "s:verification_nonce b:verification_required" },
	{ "rekey-delete-backup-key", "204", "OK", NULL },
	{ "rekey-delete-backup-recovery-key", "204", "OK", NULL },
	{ "rekey-read-backup-key", "200", "OK",
	    "m:keys m:keys_base64 s:nonce" },
	{ "rekey-read-backup-recovery-key", "200", "OK",
	    "m:keys m:keys_base64 s:nonce" },
	{ "rekey-verification-cancel", "200", "OK",
	    "i:n s:nounce i:progress s:started i:t" },
	{ "rekey-verification-read-progress", "200", "OK",
	    "i:n s:nounce i:progress s:started i:t" },
	{ "rekey-verification-update", "200", "OK", "b:complete s:nounce" },
	{ "reload-subsystem", "204", "OK", NULL },
	{ "remount", "200", "OK", "s:migration_id" },
	{ "remount-status", "200", "OK", "s:migration_id m:migration_info" },
	{ "root-token-generation-cancel", "204", "OK", NULL },
	{ "root-token-generation-cancel-2", "204", "OK", NULL },
	{ "root-token-generation-initialize", "200", "OK",
	    ROOT_TOKEN_GENERATION_INITIALIZE_FIELDS },
	{ "root-token-generation-initialize-2", "200", "OK",
	    ROOT_TOKEN_GENERATION_INITIALIZE_FIELDS },
	{ "root-token-generation-read-progress", "200", "OK",
	    ROOT_TOKEN_GENERATION_INITIALIZE_FIELDS },
	{ "root-token-generation-read-progress2", "200", "OK",
	    ROOT_TOKEN_GENERATION_INITIALIZE_FIELDS },
	{ "root-token-generation-update", "200", "OK",
	    ROOT_TOKEN_GENERATION_INITIALIZE_FIELDS },
	{ "seal", "204", "OK", NULL },
	{ "seal-status", "200", "", SEAL_STATUS_FIELDS },
	{ "step-down-leader", "204", "empty body", NULL },
	{ "ui-headers-delete-configuration", "204", "OK", NULL },
	{ "ui-headers-list", "200", "", "a:keys" },
	{ "ui-headers-read-configuration", "200", "OK", "s:value a:values" },
	{ "unseal", "200", "", SEAL_STATUS_FIELDS },
	{ "unwrap", "200", "OK", NULL },
	{ "unwrap", "204", "No content", NULL },
	{ "version-history", "200", "OK", "k:key_info a:keys" },
};

static int
response_compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct response *)row)->id);
}

/* "s:name" */
static json_t *
response_property(char letter)
{
	json_t *out = json_object();

	for (size_t i = 0;
	     i < sizeof(response_types) / sizeof(response_types[0]); i++) {
		if (response_types[i].letter != letter)
			continue;
		json_object_set_new(
		    out, "type", json_string(response_types[i].type));
		if (response_types[i].items)
			json_object_set_new(out, "items",
			    json_pack(
				"{s:s}", "type", response_types[i].items));
		if (response_types[i].format)
			json_object_set_new(out, "format",
			    json_string(response_types[i].format));
	}
	return out;
}

static json_t *
response_schema(const char *fields)
{
	json_t *properties = json_object();
	char *copy = xstrdup(fields), *rest = copy, *field;

	while ((field = strsep(&rest, " ")))
		if (*field)
			json_object_set_new(
			    properties, field + 2, response_property(*field));
	free(copy);
	return json_pack(
	    "{s:s, s:o}", "type", "object", "properties", properties);
}

json_t *
responses_of_operation(const char *id, const char *name, json_t *schemas)
{
	const struct response *end = responses +
	    sizeof(responses) / sizeof(responses[0]);
	const struct response *r = bsearch(id, responses,
	    (size_t)(end - responses), sizeof(*r), response_compare);
	json_t *out;

	if (!r)
		return NULL;
	while (r > responses && strcmp(r[-1].id, id) == 0)
		r--;
	out = json_object();
	for (; r < end && strcmp(r->id, id) == 0; r++) {
		json_t *one = json_pack("{s:s}", "description", r->text);

		if (r->fields) {
			json_object_set_new(
			    schemas, name, response_schema(r->fields));
			json_object_set_new(one, "content",
			    json_pack("{s:{s:{s:o}}}", "application/json",
				"schema", "$ref",
				json_sprintf("#/components/schemas/%s", name)));
		}
		json_object_set_new(out, r->status, one);
	}
	return out;
}
