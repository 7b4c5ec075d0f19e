/*
 * The server's configuration files: HCL1 or JSON, as Vault reads them.
 */
#ifndef MV_SERVER_CONFIG_FILE_H
#define MV_SERVER_CONFIG_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "core/vault.h"

#define CONFIG_LISTENERS_MAX 8
#define CONFIG_SEALS_MAX 16

#define CONFIG_HEADERS_MAX 64

/* What is to be logged once the log is as the configuration wants it. */
struct config_warning {
	const char *text;
	struct config_warning *next;
};

/* One header of custom_response_headers. */
struct config_header {
	const char *status; /* "default", "4xx" or "404" */
	const char *name;   /* in canonical form: "X-Test" */
	const char *value;  /* the list's texts joined with "; " */
};

struct config_listener {
	const char *type;    /* "tcp" or "unix" */
	const char *address; /* "": that of its type */
	const char *cluster_address;
	const char *role;
	bool tls_disable;
	const char *tls_cert_file;
	const char *tls_key_file;
	const char *tls_client_ca_file;
	const char *tls_min_version;
	const char *tls_max_version;
	const char *tls_cipher_suites;
	bool tls_require_and_verify_client_cert;
	bool tls_disable_client_certs;
	bool require_request_header;
	int64_t max_request_size; /* 0: Vault's default */
	/* struct request_limits */
	int64_t max_json_depth, max_json_string_value_length,
	    max_json_object_entry_count, max_json_array_element_count,
	    max_json_token, max_token_header_size;
	int64_t max_request_duration; /* s; 0: Vault's default */
	int64_t http_read_timeout, http_read_header_timeout, http_write_timeout,
	    http_idle_timeout; /* s; 0: Vault's default */
	const char *proxy_protocol_behavior;
	struct strs proxy_protocol_authorized_addrs;
	struct strs x_forwarded_for_authorized_addrs;
	int64_t x_forwarded_for_hop_skips;
	bool x_forwarded_for_reject_not_present;
	bool x_forwarded_for_reject_not_authorized;
	const char *x_forwarded_for_client_cert_header;
	const char *x_forwarded_for_client_cert_header_decoders;
	const char *socket_mode, *socket_user, *socket_group;
	struct strs cors_allowed_origins;
	bool redact_addresses, redact_cluster_name, redact_version;
	bool unauthenticated_metrics_access; /* telemetry { } of it */
	bool unauthenticated_pprof_access;   /* profiling { } */
	bool unauthenticated_in_flight_requests_access;
	struct config_header headers[CONFIG_HEADERS_MAX];
	int nheaders;
	json_t *config; /* as the file says; freed by config_file_release */
};

/* A leader that a node of raft's may join; "" what is not given. */
struct config_retry_join {
	const char *leader_api_addr, *leader_tls_servername;
	const char *auto_join, *auto_join_scheme;
	/* PEM, and the paths of such files, which count more. */
	const char *leader_ca_cert, *leader_client_cert, *leader_client_key;
	const char *leader_ca_cert_file, *leader_client_cert_file,
	    *leader_client_key_file;
};

/* storage and ha_storage */
struct config_storage {
	const char *type; /* NULL: none given */
	const char *redirect_addr;
	const char *cluster_addr;
	bool disable_clustering;
	const char *path;
	const char *node_id;
	const char *max_entry_size;
	const char *performance_multiplier; /* raft; "" for none */
	struct config_retry_join *retry_joins;
	int nretry_joins;
	const char *ha_enabled;
};

struct config_seal {
	const char *type;
	const char *name;
	int64_t priority; /* 0: none given */
	bool disabled;
};

struct config_telemetry {
	bool given;
	const char *statsite_address, *statsd_address, *metrics_prefix;
	bool disable_hostname;
	bool enable_hostname_label;
	int64_t usage_gauge_period; /* s */
	int64_t maximum_gauge_cardinality;
	const char *circonus_api_token, *circonus_api_app, *circonus_api_url,
	    *circonus_submission_interval, *circonus_submission_url,
	    *circonus_check_id, *circonus_check_force_metric_activation,
	    *circonus_check_instance_id, *circonus_check_search_tag,
	    *circonus_check_tags, *circonus_check_display_name,
	    *circonus_broker_id, *circonus_broker_select_tag;
	const char *dogstatsd_addr;
	struct strs dogstatsd_tags;
	int64_t prometheus_retention_time; /* s; 0: no Prometheus */
	const char *stackdriver_project_id, *stackdriver_location,
	    *stackdriver_namespace;
	bool stackdriver_debug_logs;
	int64_t lease_metrics_epsilon; /* s */
	int64_t num_lease_metrics_buckets;
	bool add_lease_metrics_namespace_labels;
	bool add_mount_point_rollback_metrics;
	bool filter_default;
	struct strs prefix_filter;
};

/* Texts are "" and numbers 0 where nothing was said. */
struct config_file {
	struct config_storage storage, ha_storage;
	const char *service_registration; /* its type; NULL: none */
	struct config_seal seals[CONFIG_SEALS_MAX];
	int nseals;
	struct config_telemetry telemetry;
	struct lockout_defaults lockouts[VAULT_LOCKOUTS_MAX];
	int nlockouts;
	struct config_listener listeners[CONFIG_LISTENERS_MAX];
	int nlisteners;
	struct config_warning *warnings;
	/* Vault's own fields. */
	struct strs experiments;
	int64_t cache_size;
	bool disable_cache;
	bool disable_printable_check;
	bool ui;
	int64_t max_lease_ttl; /* s */
	int64_t default_lease_ttl;
	int64_t remove_irrevocable_lease_after;
	const char *cluster_cipher_suites;
	const char *plugin_directory, *plugin_tmpdir;
	int64_t plugin_file_uid;
	int64_t plugin_file_permissions;
	bool introspection_endpoint;
	bool raw_storage_endpoint;
	const char *api_addr, *cluster_addr;
	bool disable_clustering, has_disable_clustering;
	bool disable_performance_standby;
	bool disable_sealwrap;
	bool disable_indexing;
	bool disable_sentinel_trace;
	bool enable_response_header_hostname;
	bool enable_response_header_raft_node_id;
	const char *log_requests_level;
	const char *detect_deadlocks;
	bool imprecise_lease_role_tracking;
	const char *license_path;
	bool enable_post_unseal_trace;
	const char *post_unseal_trace_directory;
	bool open_rekey, open_generate_root; /* enable_unauthenticated_access */
	bool allow_audit_log_prefixing, deny_slash_in_templated_paths;
	/* What the server shares with the agent and the proxy. */
	int64_t default_max_request_duration; /* s */
	bool disable_mlock, has_disable_mlock;
	const char *log_level, *log_format, *log_file, *log_rotate_duration;
	int64_t log_rotate_bytes, log_rotate_max_files;
	const char *pid_file;
	const char *cluster_name;
	const char *administrative_namespace_path;
};

/* Empty; to be released. */
void config_file_init(struct config_file *c);
void config_file_release(struct config_file *c);
/*
 * Reads a file, the text of a variable ("env:NAME"), or every *.hcl and *.json
 * of a folder, and merges what it says into c as Vault does: listeners and
 * seals add up, a later storage and text replaces, a switch stays on, the
 * longer time stays. Texts go into the arena, and what is to be warned of into
 * c. false with Vault's text, "error loading configuration from FILE: reason",
 * in e.
 */
bool config_file_load(struct config_file *c, const struct vault *v,
    struct arena *a, const char *path, struct error *e);
/* The same with a text for a file. */
bool config_file_load_text(struct config_file *c, const struct vault *v,
    struct arena *a, const char *text, struct error *e);
/* What sys/config/state/sanitized shows of it. */
json_t *config_file_sanitized(const struct config_file *c);

#endif
