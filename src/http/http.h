/*
 * Listeners and connections: bytes in, struct request to the api, answers out.
 *
 * An answer waits for http_flush, which the loop's owner calls once the store
 * has committed what the answer acknowledges.
 */
#ifndef MV_HTTP_HTTP_H
#define MV_HTTP_HTTP_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "api/request.h"
#include "fault/response_fault.h"

struct clock;
struct log;
struct http_server;
struct http_listener;

/* Go's net/http and Vault's defaults, in seconds and bytes. */
struct http_limits {
	int head_timeout_s;
	int body_timeout_s;
	int idle_timeout_s;
	int64_t body_max_bytes; /* 0: no limit */
	int write_timeout_s;	/* from the head to the answer; 0: no limit */
};

/* TLS of a listener; file names, NULL where not configured. */
struct tls_files {
	const char *cert;
	const char *key;
	const char *client_ca;
	const char *min_version; /* "tls12" (default), "tls13"... */
	const char *max_version;
	const char *cipher_suites; /* "TLS_RSA_WITH_AES_128_CBC_SHA,..." */
	bool require_client_cert;
	bool disable_client_certs;
	bool offers_rsa_exchange; /* cipher suites without forward secrecy */
};

/* A header that the configuration adds to answers: custom_response_headers. */
struct http_response_header {
	const char *status; /* "default", "4xx" or "404" */
	const char *name;
	const char *value;
};

enum http_proxy_protocol {
	PROXY_PROTOCOL_OFF,
	PROXY_PROTOCOL_ALWAYS, /* use_always */
	PROXY_PROTOCOL_ALLOW,  /* allow_authorized: others keep their address */
	PROXY_PROTOCOL_DENY,   /* deny_unauthorized: others are dropped */
};

/* What the configuration says of a listener beyond address, TLS and limits.
 * Lists end with NULL; a list that is NULL is empty. */
struct http_settings {
	/* x_forwarded_for_*; without addresses the header is not looked at. */
	const char *const *forwarded_for_authorized; /* CIDRs */
	int64_t forwarded_for_hop_skips;
	bool forwarded_for_reject_not_present;
	bool forwarded_for_reject_not_authorized;
	bool forwarded_for_checked; /* it must be an IP address */
	/* proxy_protocol_behavior, proxy_protocol_authorized_addrs */
	enum http_proxy_protocol proxy_protocol;
	const char *const *proxy_protocol_authorized; /* CIDRs */
	/* custom_response_headers; a later one of equal rank and name wins.
	 * Vault's own Strict-Transport-Security gives way to one of these. */
	const struct http_response_header *response_headers;
	size_t nresponse_headers;
	/* Which paths ask for no token: REQUEST_OPEN_METRICS and so on. */
	unsigned open_paths;
	unsigned redactions; /* REQUEST_REDACT_* */
	struct request_limits limits;
};

/*
 * Whose requests: several instances share one server. The tenant of a request
 * is decided for each: a connection may ask several.
 */
struct http_tenant {
	struct api *api;
	struct clock *clock;	  /* for the Date of answers */
	const int64_t *skew_ns;	  /* by how much that is wrong; NULL: none */
	enum listener_state gate; /* of its requests on others' listeners */
	int active_requests;	  /* handed over and not yet answered */
};

/*
 * A server without listeners; http_free ends it. clock gives the Date of
 * answers. real_clock is a clock that nobody moves, for the delays of faults;
 * its alarms fire from the owner's clock_run_alarms, before http_flush. All are
 * borrowed.
 */
struct http_server *http_new(struct event_base *base, struct api *api,
    struct clock *clock, struct clock *real_clock, const struct log *log);
/* Closes everything at once; requests under way get no answer. */
void http_free(struct http_server *s);

/*
 * Makes the certificate of a profile with the names of the configured one,
 * which ctx holds. What it sets is the caller's. False: it cannot be made.
 */
typedef bool (*http_cert_fn)(void *arg, enum fault_cert profile,
    const SSL_CTX *ctx, X509 **cert, EVP_PKEY **key);
/* Sets the function that makes them. Without it every connection gets the
 * configured certificate. */
void http_set_cert_maker(struct http_server *s, http_cert_fn make, void *arg);

/*
 * "127.0.0.1:8200", "[::]:0", ":8200", or "unix:/path". tls may be NULL. NULL
 * with the reason in e on failure.
 */
struct http_listener *http_listen(struct http_server *s, const char *address,
    const struct tls_files *tls, const struct http_limits *limits,
    struct error *e);
/* By how much the Date of answers is wrong, in ns; read for each answer. */
void http_set_skew(struct http_server *s, const int64_t *skew_ns);
/* find says whom a path below /s/ID/, the header X-Mockvault-Space or a token
 * "mvs.ID:TOKEN" means; NULL: there is none, which is a 404. Without find none
 * of them is looked at. */
typedef struct http_tenant *(*http_find_fn)(void *arg, const char *id);
void http_set_spaces(struct http_server *s, http_find_fn find, void *arg);
/* Do others share the listeners of http_new's tenant? While they do, its gate
 * is about its requests, as that of a tenant on others' listeners. */
void http_set_shared(struct http_server *s, bool shared);
/* That of http_new. */
struct http_tenant *http_own_tenant(struct http_server *s);
/* The requests of a listener are this tenant's; connections too. */
void http_set_tenant(struct http_listener *l, struct http_tenant *t);
/* A listener as that one is: its TLS and its limits. */
struct http_listener *http_listen_like(
    const struct http_listener *like, const char *address, struct error *e);
/* Nobody reaches the tenant any more: what asks it is reset, its listeners
 * close. True once nothing is left of it and it may be freed. */
bool http_end_tenant(struct http_server *s, struct http_tenant *t);
/* fn is called when a connection ends that http_watch_end has marked. */
void http_on_conn_end(
    struct http_server *s, void (*fn)(void *arg, int64_t conn_id), void *arg);
/* Marks the connection that sends the request; false: there is none. */
bool http_watch_end(const struct request *req);
/* Makes it the admin's listener: it serves the control API, without faults. */
void http_set_admin(struct http_listener *l);
/* Copies the settings; those of before end. May be called while requests are
 * under way, and holds for every answer from then on. */
void http_set_settings(
    struct http_listener *l, const struct http_settings *settings);
/* X-Vault-Hostname and X-Vault-Raft-Node-ID of every answer; "" for none. The
 * texts are copied. */
void http_set_identity_headers(
    struct http_server *s, const char *hostname, const char *raft_node_id);
/* Bodies of clients that are longer than this are handed over before all of
 * them has come: request.stream. 0, as at first: all are whole. */
void http_set_streaming(struct http_server *s, size_t bytes);
/* Writes the address that it is bound to, "127.0.0.1:43817". */
void http_listener_address(
    const struct http_listener *l, char *out, size_t size);
/* Reads the certificate files again. False and an error: the old ones stay. */
bool http_reload_certificates(struct http_listener *l, struct error *e);

/* A tenant's store (NULL: that of http_new) has not kept what was written: the
 * answers that need it become a 500 with that body. */
void http_fail_waiting(
    struct http_server *s, const struct http_tenant *t, const char *body);
/* Sends the answers that wait, and frees the connections that have ended. */
void http_flush(struct http_server *s);
/* Accepts no connection any more. Idle ones close now, the others after their
 * answer. */
void http_stop(struct http_server *s);
/* Are requests under way, or answers not yet written? */
bool http_busy(const struct http_server *s);

/*
 * What happens to new connections of every listener but the admin's. REFUSING
 * also resets those that exist. BLACKHOLE keeps them, and connections that wait
 * in the accept queue hang until OPEN. See http_set_shared, too.
 */
void http_set_gate(struct http_server *s, enum listener_state gate);
/* While true, connections from other machines to any listener but the admin's
 * wait and are not read. */
void http_set_local_only(struct http_server *s, bool local_only);
/* RST to every connection but the admin's and those that last asked a tenant.
 */
void http_reset_connections(struct http_server *s);
/* The same of a tenant: its own listeners, and on others' its requests. Refused
 * is a request by an RST once its head was read. */
void http_set_tenant_gate(
    struct http_server *s, struct http_tenant *t, enum listener_state gate);
void http_reset_tenant(struct http_server *s, struct http_tenant *t);

extern const struct http_limits http_default_limits;

#endif
