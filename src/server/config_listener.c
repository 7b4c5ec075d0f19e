/*
 * The listener stanzas of a configuration file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/go_text.h"
#include "base/text.h"
#include "server/config_value.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define KEY(name, type, complaint)                                             \
	{                                                                      \
#name, type, offsetof(struct config_listener, name), complaint \
	}
#define TEXT(name) KEY(name, CONFIG_STRING, NULL)
#define BOOL(name) KEY(name, CONFIG_BOOL, "invalid value for " #name ": ")
#define PARSED(name, type) KEY(name, type, "error parsing " #name ": ")
#define IGNORED(name)                         \
	{                                     \
		name, CONFIG_IGNORED, 0, NULL \
	}

static const struct config_key config_listener_keys[] = {
	TEXT(type),
	KEY(address, CONFIG_TEMPLATE, NULL),
	KEY(cluster_address, CONFIG_TEMPLATE, NULL),
	TEXT(role),
	BOOL(tls_disable),
	TEXT(tls_cert_file),
	TEXT(tls_key_file),
	TEXT(tls_client_ca_file),
	TEXT(tls_min_version),
	TEXT(tls_max_version),
	TEXT(tls_cipher_suites),
	BOOL(tls_require_and_verify_client_cert),
	BOOL(tls_disable_client_certs),
	BOOL(require_request_header),
	PARSED(max_request_size, CONFIG_INT),
	PARSED(max_request_duration, CONFIG_SECONDS),
	PARSED(http_read_timeout, CONFIG_SECONDS),
	PARSED(http_read_header_timeout, CONFIG_SECONDS),
	PARSED(http_write_timeout, CONFIG_SECONDS),
	PARSED(http_idle_timeout, CONFIG_SECONDS),
	TEXT(proxy_protocol_behavior),
	KEY(proxy_protocol_authorized_addrs, CONFIG_ADDRESSES, NULL),
	KEY(x_forwarded_for_authorized_addrs, CONFIG_ADDRESSES, NULL),
	PARSED(x_forwarded_for_hop_skips, CONFIG_INT),
	BOOL(x_forwarded_for_reject_not_present),
	BOOL(x_forwarded_for_reject_not_authorized),
	TEXT(socket_mode),
	TEXT(socket_user),
	TEXT(socket_group),
	IGNORED("x_forwarded_for_client_cert_header"),
	IGNORED("x_forwarded_for_client_cert_header_decoders"),
	IGNORED("purpose"),
	IGNORED("agent_api"),
	IGNORED("proxy_api"),
	IGNORED("tls_prefer_server_cipher_suites"),
	IGNORED("cors_enabled"),
	IGNORED("cors_allowed_origins"),
	IGNORED("cors_allowed_headers"),
	IGNORED("custom_response_headers"), /* read apart */
	IGNORED("telemetry"),
	IGNORED("profiling"),
	IGNORED("inflight_requests_logging"),
	IGNORED("chroot_namespace"),
	IGNORED("disable_replication_status_endpoints"),
	IGNORED("redact_addresses"),
	IGNORED("redact_cluster_name"),
	IGNORED("redact_version"),
	IGNORED("disable_request_limiter"),
};

static const struct config_key config_telemetry_keys[] = {
	KEY(unauthenticated_metrics_access, CONFIG_BOOL,
	    "invalid value for telemetry.unauthenticated_metrics_access: "),
};

static const struct config_key config_profiling_keys[] = {
	KEY(unauthenticated_pprof_access, CONFIG_BOOL,
	    "invalid value for profiling.unauthenticated_pprof_access: "),
};

static const struct config_key config_in_flight_keys[] = {
	KEY(unauthenticated_in_flight_requests_access, CONFIG_BOOL,
	    "invalid value for inflight_requests_logging.unauthenticated_in_"
	    "flight_requests_access: "),
};

static const struct {
	const char *name;
	const struct config_key *keys;
	size_t n;
} config_nested_blocks[] = {
	{ "telemetry", config_telemetry_keys, COUNT(config_telemetry_keys) },
	{ "profiling", config_profiling_keys, COUNT(config_profiling_keys) },
	{ "inflight_requests_logging", config_in_flight_keys,
	    COUNT(config_in_flight_keys) },
};

/* The names that Go's crypto/tls has for cipher suites. */
static const char *const config_ciphers[] = {
	"TLS_RSA_WITH_RC4_128_SHA",
	"TLS_RSA_WITH_3DES_EDE_CBC_SHA",
	"TLS_RSA_WITH_AES_128_CBC_SHA",
	"TLS_RSA_WITH_AES_256_CBC_SHA",
	"TLS_RSA_WITH_AES_128_CBC_SHA256",
	"TLS_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
	"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
	"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
	"TLS_ECDHE_RSA_WITH_RC4_128_SHA",
	"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
	"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
	"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
	"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
	"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
	"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
	"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
	"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
	"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
	"TLS_AES_128_GCM_SHA256",
	"TLS_AES_256_GCM_SHA384",
	"TLS_CHACHA20_POLY1305_SHA256",
};

static bool
config_check_ciphers(struct config_loader *l, const char *list)
{
	char *name = arena_strdup(l->arena, list ? list : ""), *comma;

	for (; name && *name; name = comma) {
		bool known = false;

		comma = strchr(name, ',');
		if (comma)
			*comma++ = '\0';
		name = trim_space(name);
		for (size_t i = 0; i < COUNT(config_ciphers); i++)
			known |= strcmp(config_ciphers[i], name) == 0;
		if (!known)
			return config_refuse(l,
			    "invalid value for tls_cipher_suites: unsupported "
			    "cipher %s",
			    go_quoted(l->arena, name));
	}
	return true;
}

/* ---- custom_response_headers ---- */

/* Go's textproto.CanonicalMIMEHeaderKey. */
static char *
config_canonical_header(struct arena *a, const char *name)
{
	char *out = arena_strdup(a, name);
	bool upper = true;

	for (char *c = out; *c; c++) {
		if (upper && *c >= 'a' && *c <= 'z')
			*c = (char)(*c - 32);
		else if (!upper && *c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
		upper = *c == '-';
	}
	return out;
}

static bool
config_is_status(const char *status)
{
	static const char *const classes[] = { "default", "1xx", "2xx", "3xx",
		"4xx", "5xx" };
	char *end;
	long code;

	for (size_t i = 0; i < COUNT(classes); i++)
		if (strcmp(classes[i], status) == 0)
			return true;
	code = strtol(status, &end, 10);
	return *status && *end == '\0' && code >= 100 && code < 600;
}

/* Adds one header of custom_response_headers; values of a list are joined by
 * "; ", as Vault does. */
static bool
config_read_header(struct config_loader *l, struct config_listener *listener,
    const char *status, const struct hcl_item *item)
{
	struct config_header *h = &listener->headers[listener->nheaders];
	struct buf value;

	if (item->value->kind != HCL_LIST)
		return config_refuse(l,
		    "failed to parse custom_response_headers: headers must be "
		    "given in a list of strings");
	if (listener->nheaders == CONFIG_HEADERS_MAX)
		return config_refuse(l, "too many custom_response_headers");
	buf_init(&value, 0);
	for (int i = 0; i < item->value->n; i++) {
		const struct hcl_value *v = &item->value->elements[i];
		char *text;

		if (v->kind != HCL_STRING) {
			buf_release(&value);
			return config_refuse(l,
			    "failed to parse custom_response_headers: found a "
			    "non-string header value: %s",
			    config_text(v));
		}
		text = trim_space(arena_strdup(l->arena, v->text));
		if (*text == '\0')
			continue;
		if (value.n)
			buf_str(&value, "; ");
		buf_str(&value, text);
	}
	h->status = status;
	h->name = config_canonical_header(l->arena, item->key);
	h->value = arena_strndup(l->arena, value.n ? value.p : "", value.n);
	buf_release(&value);
	listener->nheaders++;
	return true;
}

static bool
config_read_status_headers(struct config_loader *l,
    struct config_listener *listener, const char *status,
    const struct hcl_value *block)
{
	block = config_single_block(block);
	if (block->kind != HCL_OBJECT)
		return config_refuse(l,
		    "failed to parse custom_response_headers: response headers "
		    "were not configured correctly. please make sure they're "
		    "in a slice of maps");
	if (!config_is_status(status))
		return config_refuse(l,
		    "failed to parse custom_response_headers: invalid status "
		    "code found in the server configuration: %s",
		    status);
	for (int i = 0; i < block->n; i++)
		if (!config_read_header(l, listener, status, &block->items[i]))
			return false;
	return true;
}

/* JSON's reader has turned {"custom_response_headers": {"4xx": {}}} into an
 * item with two keys. */
static bool
config_read_custom_headers(struct config_loader *l,
    struct config_listener *listener, const struct hcl_item *item)
{
	const struct hcl_value *block = config_single_block(item->value);

	if (item->label)
		return config_read_status_headers(
		    l, listener, item->label, block);
	if (block->kind != HCL_OBJECT)
		return config_read_status_headers(l, listener, "", block);
	for (int i = 0; i < block->n; i++)
		if (!config_read_status_headers(l, listener,
			block->items[i].key, block->items[i].value))
			return false;
	return true;
}

/* ---- the stanza ---- */

static bool
config_read_nested(struct config_loader *l, struct config_listener *listener,
    const struct hcl_value *block)
{
	for (int i = 0; i < block->n; i++) {
		const struct hcl_item *item = &block->items[i];

		for (size_t k = 0; k < COUNT(config_nested_blocks); k++)
			if (strcasecmp(
				item->key, config_nested_blocks[k].name) == 0 &&
			    !config_read_block(l, config_nested_blocks[k].keys,
				config_nested_blocks[k].n, item->value,
				listener))
				return false;
		if (strcasecmp(item->key, "custom_response_headers") == 0 &&
		    !config_read_custom_headers(l, listener, item))
			return false;
	}
	return true;
}

static bool
config_check_listener(struct config_loader *l, struct config_listener *listener)
{
	const char *behavior = listener->proxy_protocol_behavior;

	if (listener->max_request_duration < 0)
		return config_refuse(
		    l, "max_request_duration cannot be negative");
	if (!config_check_ciphers(l, listener->tls_cipher_suites))
		return false;
	if (behavior && listener->proxy_protocol_authorized_addrs.n == 0 &&
	    (strcmp(behavior, "allow_authorized") == 0 ||
		strcmp(behavior, "deny_authorized") == 0))
		return config_refuse(l,
		    "proxy_protocol_behavior set to allow or deny only "
		    "authorized addresses but no "
		    "proxy_protocol_authorized_addrs value");
	if (listener->x_forwarded_for_hop_skips < 0)
		return config_refuse(l,
		    "x_forwarded_for_hop_skips cannot be negative but set to "
		    "%lld",
		    (long long)listener->x_forwarded_for_hop_skips);
	return true;
}

static bool
config_read_listener_type(struct config_loader *l,
    struct config_listener *listener, const struct hcl_item *item)
{
	char *type;

	if (!listener->type && item->nkeys == 2)
		listener->type = item->label;
	if (!listener->type)
		return config_refuse(l, "listener type must be specified");
	type = arena_strdup(l->arena, listener->type);
	lower_ascii(type);
	listener->type = type;
	if (strcmp(type, "tcp") != 0 && strcmp(type, "unix") != 0)
		return config_refuse(l, "unsupported listener type %s",
		    go_quoted(l->arena, type));
	if (*listener->role && strcmp(listener->role, "default") != 0 &&
	    strcmp(listener->role, "metrics_only") != 0)
		return config_refuse(l, "unsupported listener role %s",
		    go_quoted(l->arena, listener->role));
	return true;
}

bool
config_read_listener(
    struct config_loader *l, const struct hcl_item *item, int index)
{
	const struct hcl_value *block = config_single_block(item->value);
	struct config_file *c = l->config;
	struct config_listener *listener;

	l->where = arena_printf(
	    l->arena, "error parsing 'listener': listeners.%d: ", index);
	if (c->nlisteners == CONFIG_LISTENERS_MAX)
		return config_refuse(l, "too many listeners");
	listener = &c->listeners[c->nlisteners++];
	*listener = (struct config_listener){ .address = "127.0.0.1:8200",
		.cluster_address = "",
		.role = "",
		.x_forwarded_for_reject_not_present = true,
		.x_forwarded_for_reject_not_authorized = true };
	for (int i = 0; block->kind == HCL_OBJECT && i < block->n; i++)
		if (strcasecmp(block->items[i].key, "type") == 0)
			listener->type = config_text(block->items[i].value);
		else if (strcasecmp(block->items[i].key, "role") == 0)
			listener->role = config_text(block->items[i].value);
	if (!config_read_listener_type(l, listener, item))
		return false;
	l->where = arena_printf(
	    l->arena, "error parsing 'listener': listeners.%d ", index);
	if (!config_read_block(l, config_listener_keys,
		COUNT(config_listener_keys), block, listener) ||
	    !config_read_listener_type(l, listener, item) ||
	    !config_read_nested(l, listener, block) ||
	    !config_check_listener(l, listener))
		return false;
	l->where = "";
	return true;
}
