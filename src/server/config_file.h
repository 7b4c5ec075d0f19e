/*
 * The server's configuration files: HCL1 or JSON, as Vault reads them.
 */
#ifndef MV_SERVER_CONFIG_FILE_H
#define MV_SERVER_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/vault.h"

#define CONFIG_LISTENERS_MAX 8
#define CONFIG_TEXTS_MAX 32
#define CONFIG_HEADERS_MAX 64

struct config_texts {
	const char *items[CONFIG_TEXTS_MAX];
	int n;
};

/* One header of custom_response_headers. */
struct config_header {
	const char *status; /* "default", "4xx" or "404" */
	const char *name;   /* in canonical form: "X-Test" */
	const char *value;  /* the list's texts joined with "; " */
};

struct config_listener {
	const char *type; /* "tcp" or "unix" */
	const char *address;
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
	int64_t max_request_size;     /* 0: Vault's default */
	int64_t max_request_duration; /* s; 0: Vault's default */
	int64_t http_read_timeout, http_read_header_timeout, http_write_timeout,
	    http_idle_timeout; /* s; 0: Vault's default */
	const char *proxy_protocol_behavior;
	struct config_texts proxy_protocol_authorized_addrs;
	struct config_texts x_forwarded_for_authorized_addrs;
	int64_t x_forwarded_for_hop_skips;
	bool x_forwarded_for_reject_not_present;    /* true unless said */
	bool x_forwarded_for_reject_not_authorized; /* true unless said */
	const char *socket_mode, *socket_user, *socket_group;
	bool unauthenticated_metrics_access; /* telemetry { } of it */
	bool unauthenticated_pprof_access;   /* profiling { } */
	bool unauthenticated_in_flight_requests_access;
	struct config_header headers[CONFIG_HEADERS_MAX];
	int nheaders;
};

struct config_file {
	const char *storage; /* its type; NULL: none given */
	const char *storage_path;
	const char *node_id;
	const char *seal_type; /* NULL: shamir */
	const char *api_addr;
	const char *cluster_addr;
	const char *cluster_name;
	const char *log_level, *log_format, *log_file;
	const char *disable_mlock;
	int64_t default_lease_ttl; /* s; 0: not given */
	int64_t max_lease_ttl;
	bool raw_storage_endpoint;
	bool introspection_endpoint;
	bool disable_printable_check;
	bool enable_response_header_hostname;
	bool enable_response_header_raft_node_id;
	bool ui;
	bool open_rekey, open_generate_root; /* enable_unauthenticated_access */
	int64_t prometheus_retention_time;   /* s; 0: no Prometheus */
	struct lockout_defaults lockouts[VAULT_LOCKOUTS_MAX];
	int nlockouts;
	struct config_listener listeners[CONFIG_LISTENERS_MAX];
	int nlisteners;
};

/*
 * Reads a file, the text of a variable ("env:NAME"), or every *.hcl and *.json
 * of a folder, into c; texts go into the arena. A later file overrides an
 * earlier one, except that of two lease times the larger one stays. Fields that
 * Vault does not know are logged with file, line and column. false with Vault's
 * text, "error loading configuration from FILE: reason", in e.
 */
bool config_file_load(struct config_file *c, struct arena *a,
    const struct log *log, const char *path, struct error *e);

#endif
