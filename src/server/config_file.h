/*
 * The server's configuration files: HCL1 or JSON, as Vault reads them.
 */
#ifndef MV_SERVER_CONFIG_FILE_H
#define MV_SERVER_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/mem.h"

#define CONFIG_LISTENERS_MAX 8

struct config_listener {
	const char *type; /* "tcp" or "unix" */
	const char *address;
	bool tls_disable;
	const char *tls_cert_file;
	const char *tls_key_file;
	const char *tls_client_ca_file;
	const char *tls_min_version;
	const char *tls_max_version;
	bool tls_require_and_verify_client_cert;
	bool tls_disable_client_certs;
	bool unauthenticated_metrics_access; /* telemetry { } of it */
	int64_t max_request_size;	     /* 0: Vault's default */
};

struct config_file {
	const char *storage; /* "inmem", "file", "raft"; NULL: none given */
	const char *storage_path;
	const char *node_id;
	const char *seal_type; /* NULL: shamir */
	const char *api_addr;
	const char *cluster_addr;
	const char *cluster_name;
	int64_t default_lease_ttl; /* s; 0: not given */
	int64_t max_lease_ttl;
	bool raw_storage_endpoint;
	int64_t prometheus_retention_time; /* s; 0: no Prometheus */
	struct config_listener listeners[CONFIG_LISTENERS_MAX];
	int nlisteners;
};

/*
 * Reads a file, or every *.hcl and *.json of a folder, into c; texts go into
 * the arena. Unknown keys are logged with file and line. false with
 * "error loading configuration from FILE: At LINE:COL: reason" in why.
 */
bool config_file_load(struct config_file *c, struct arena *a,
    const struct log *log, const char *path, char *why, size_t why_size);

#endif
