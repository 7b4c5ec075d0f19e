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
#include "server/config/config_value.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

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
config_check_ciphers(struct config_loader *l, const void *base)
{
	const struct config_listener *listener = base;
	char *name = arena_strdup(l->arena, listener->tls_cipher_suites);
	char *comma;

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
			    config_value_text(l->arena, v));
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
	const struct hcl_value *block = item->value;

	if (item->label)
		return config_read_status_headers(
		    l, listener, item->label, block);
	if (block->kind != HCL_OBJECT)
		return config_read_status_headers(l, listener, "", block);
	for (int i = 0; i < block->n; i++) {
		const struct hcl_item *one = &block->items[i];

		if (!config_read_status_headers(
			l, listener, one->key, one->value))
			return false;
		if (config_count_items(block, one->key) > 1)
			return config_refuse(l,
			    "failed to parse custom_response_headers: invalid "
			    "number of response headers exist");
	}
	return true;
}

/* ---- single values ---- */

static bool
config_check_duration(struct config_loader *l, const void *base)
{
	const struct config_listener *listener = base;

	return listener->max_request_duration >= 0 ||
	    config_refuse(l, "max_request_duration cannot be negative");
}

static bool
config_check_behavior(struct config_loader *l, const void *base)
{
	static const char *const known[] = { "", "use_always",
		"allow_authorized", "deny_unauthorized" };
	const struct config_listener *listener = base;

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(known[i], listener->proxy_protocol_behavior) == 0)
			return true;
	return config_refuse(l,
	    "unsupported value supplied for proxy_protocol_behavior: %s",
	    go_quoted(l->arena, listener->proxy_protocol_behavior));
}

static bool
config_check_hop_skips(struct config_loader *l, const void *base)
{
	const struct config_listener *listener = base;

	return listener->x_forwarded_for_hop_skips >= 0 ||
	    config_refuse(l,
		"x_forwarded_for_hop_skips cannot be negative but set to %lld",
		(long long)listener->x_forwarded_for_hop_skips);
}

static bool
config_check_origins(struct config_loader *l, const void *base)
{
	const struct config_listener *listener = base;
	const struct strs *origins = &listener->cors_allowed_origins;

	for (size_t i = 0; i < origins->n && origins->n > 1; i++)
		if (strcmp(origins->items[i], "*") == 0)
			return config_refuse(l,
			    "cors_allowed_origins must only contain a wildcard "
			    "or only non-wildcard values");
	return true;
}

#define KEY(name, type, reason, check)                                       \
	{                                                                    \
#name, type, offsetof(struct config_listener, name), reason, \
		    check                                                    \
	}
#define TEXT(name) KEY(name, CONFIG_STRING, NULL, NULL)
#define BOOL(name) KEY(name, CONFIG_BOOL, "invalid value for " #name ": ", NULL)
#define PARSED(name, type, check) \
	KEY(name, type, "error parsing " #name ": ", check)
#define KNOWN(name, type)                                                   \
	{                                                                   \
		name, type, CONFIG_NOWHERE, "invalid value for " name ": ", \
		    NULL                                                    \
	}

/* Vault 1.19 renders both before it looks at the type. */
static const struct config_key config_address_keys[] = {
	KEY(address, CONFIG_TEMPLATE, NULL, NULL),
	KEY(cluster_address, CONFIG_TEMPLATE, NULL, NULL),
};

/* In the order in which Vault 1.19 parses them. */
static const struct config_key config_listener_keys[] = {
	TEXT(type),
	TEXT(role),
	TEXT(tls_cert_file),
	TEXT(tls_key_file),
	TEXT(tls_min_version),
	TEXT(tls_max_version),
	TEXT(tls_client_ca_file),
	TEXT(x_forwarded_for_client_cert_header),
	TEXT(x_forwarded_for_client_cert_header_decoders),
	TEXT(socket_mode),
	TEXT(socket_user),
	TEXT(socket_group),
	PARSED(max_request_size, CONFIG_INT, NULL),
	PARSED(max_json_depth, CONFIG_INT, NULL),
	PARSED(max_json_string_value_length, CONFIG_INT, NULL),
	PARSED(max_json_object_entry_count, CONFIG_INT, NULL),
	PARSED(max_json_array_element_count, CONFIG_INT, NULL),
	PARSED(max_json_token, CONFIG_INT, NULL),
	PARSED(max_token_header_size, CONFIG_INT, NULL),
	KNOWN("tls_reload_interval", CONFIG_ANY),
	PARSED(max_request_duration, CONFIG_SECONDS, config_check_duration),
	BOOL(require_request_header),
	KNOWN("disable_request_limiter", CONFIG_BOOL),
	BOOL(tls_disable),
	KEY(tls_cipher_suites, CONFIG_STRING, NULL, config_check_ciphers),
	BOOL(tls_require_and_verify_client_cert),
	BOOL(tls_disable_client_certs),
	PARSED(http_read_timeout, CONFIG_SECONDS, NULL),
	PARSED(http_read_header_timeout, CONFIG_SECONDS, NULL),
	PARSED(http_write_timeout, CONFIG_SECONDS, NULL),
	PARSED(http_idle_timeout, CONFIG_SECONDS, NULL),
	PARSED(proxy_protocol_authorized_addrs, CONFIG_ADDRESSES, NULL),
	KEY(proxy_protocol_behavior, CONFIG_STRING, NULL,
	    config_check_behavior),
	PARSED(x_forwarded_for_authorized_addrs, CONFIG_ADDRESSES, NULL),
	PARSED(x_forwarded_for_hop_skips, CONFIG_INT, config_check_hop_skips),
	BOOL(x_forwarded_for_reject_not_authorized),
	BOOL(x_forwarded_for_reject_not_present),
	KNOWN("telemetry", CONFIG_BLOCK),
	KNOWN("profiling", CONFIG_BLOCK),
	KNOWN("inflight_requests_logging", CONFIG_BLOCK),
	KNOWN("agent_api", CONFIG_BLOCK),
	KNOWN("proxy_api", CONFIG_BLOCK),
	KNOWN("cors_enabled", CONFIG_BOOL),
	KEY(cors_allowed_origins, CONFIG_STRINGS, NULL, config_check_origins),
	KNOWN("cors_allowed_headers", CONFIG_STRINGS),
	KNOWN("custom_response_headers", CONFIG_ANY),
	KNOWN("chroot_namespace", CONFIG_ANY),
	BOOL(redact_addresses),
	BOOL(redact_cluster_name),
	BOOL(redact_version),
	KNOWN("disable_replication_status_endpoints", CONFIG_BOOL),
	KNOWN("purpose", CONFIG_ANY),
	/* Of the agent; the server leaves it without a word here. */
	KNOWN("tls_prefer_server_cipher_suites", CONFIG_ANY),
	/* Decoded apart. */
	KNOWN("address", CONFIG_ANY),
	KNOWN("cluster_address", CONFIG_ANY),
};

static const struct config_key config_telemetry_keys[] = {
	KEY(unauthenticated_metrics_access, CONFIG_BOOL,
	    "invalid value for telemetry.unauthenticated_metrics_access: ",
	    NULL),
};

static const struct config_key config_profiling_keys[] = {
	KEY(unauthenticated_pprof_access, CONFIG_BOOL,
	    "invalid value for profiling.unauthenticated_pprof_access: ", NULL),
};

static const struct config_key config_in_flight_keys[] = {
	KEY(unauthenticated_in_flight_requests_access, CONFIG_BOOL,
	    "invalid value for inflight_requests_logging.unauthenticated_in_"
	    "flight_requests_access: ",
	    NULL),
};

/* Vault 1.19 looks for unknown fields in the first two alone. */
static const struct {
	const char *name;
	const struct config_key *keys;
	size_t n;
	bool warns;
} config_nested_blocks[] = {
	{ "telemetry", config_telemetry_keys, COUNT(config_telemetry_keys),
	    true },
	{ "profiling", config_profiling_keys, COUNT(config_profiling_keys),
	    true },
	{ "inflight_requests_logging", config_in_flight_keys,
	    COUNT(config_in_flight_keys), false },
};

/* ---- the stanza ---- */

static bool
config_read_nested(struct config_loader *l, struct config_listener *listener,
    const struct hcl_value *block)
{
	for (size_t k = 0; k < COUNT(config_nested_blocks); k++) {
		const struct hcl_item *item = config_find_item(
		    block, config_nested_blocks[k].name);

		if (item &&
		    !config_parse(l, config_nested_blocks[k].keys,
			config_nested_blocks[k].n,
			config_single_block(item->value), listener))
			return false;
	}
	/* Vault 1.19: they are of TCP alone. */
	for (int i = 0; i < block->n && strcmp(listener->type, "tcp") == 0; i++)
		if (strcasecmp(
			block->items[i].key, "custom_response_headers") == 0 &&
		    !config_read_custom_headers(l, listener, &block->items[i]))
			return false;
	return true;
}

static bool
config_read_listener_type(struct config_loader *l,
    struct config_listener *listener, const struct hcl_item *item)
{
	const char *type = listener->type;
	char *lower;

	if (*type == '\0' && item->nkeys == 2)
		type = item->label;
	if (*type == '\0')
		return config_refuse(l, "listener type must be specified");
	lower = arena_strdup(l->arena, type);
	lower_ascii(lower);
	listener->type = lower;
	return strcmp(lower, "tcp") == 0 || strcmp(lower, "unix") == 0 ||
	    config_refuse(
		l, "unsupported listener type %s", go_quoted(l->arena, lower));
}

/* What Vault 1.19 warns of once all is read. */
static void
config_warn_of_listener(struct config_loader *l,
    const struct config_listener *listener, const struct hcl_value *block)
{
	const char *header = listener->x_forwarded_for_client_cert_header;
	const char *decoders =
	    listener->x_forwarded_for_client_cert_header_decoders;
	bool forwards = listener->x_forwarded_for_authorized_addrs.n > 0;
	const char *off = "x_forwarded_for_authorized_addrs is not set, so "
			  "forwarding is not enabled but ";

	config_warn_unknown(
	    l, config_listener_keys, COUNT(config_listener_keys), block);
	for (size_t k = 0; k < COUNT(config_nested_blocks); k++) {
		const struct hcl_item *item = config_find_item(
		    block, config_nested_blocks[k].name);

		if (item && config_nested_blocks[k].warns)
			config_warn_unknown(l, config_nested_blocks[k].keys,
			    config_nested_blocks[k].n, item->value);
	}
	if (!forwards && *header)
		config_warn(l,
		    arena_printf(l->arena,
			"%sx_forwarded_for_client_cert_header was set at %s",
			off, l->path));
	if (!forwards && *decoders)
		config_warn(l,
		    arena_printf(l->arena,
			"%sx_forwarded_for_client_cert_header_decoders was set "
			"at %s",
			off, l->path));
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
	if (block->kind != HCL_OBJECT)
		return config_refuse(l,
		    "At %d:%d: root: not an object type for struct (*ast.%s)",
		    block->place.line, block->place.column,
		    block->kind == HCL_LIST ? "ListType" : "LiteralType");
	listener = &c->listeners[c->nlisteners++];
	*listener = (struct config_listener){ .type = "",
		.address = "",
		.cluster_address = "",
		.role = "",
		.tls_cert_file = "",
		.tls_key_file = "",
		.tls_client_ca_file = "",
		.tls_min_version = "",
		.tls_max_version = "",
		.tls_cipher_suites = "",
		.proxy_protocol_behavior = "",
		.x_forwarded_for_client_cert_header = "",
		.x_forwarded_for_client_cert_header_decoders = "",
		.socket_mode = "",
		.socket_user = "",
		.socket_group = "" };
	listener->config = config_value_json(block);
	if (!config_decode(l, "root", config_address_keys,
		COUNT(config_address_keys), block) ||
	    !config_decode(l, "root", config_listener_keys,
		COUNT(config_listener_keys), block) ||
	    !config_parse(l, config_address_keys, COUNT(config_address_keys),
		block, listener) ||
	    !config_parse(l, config_listener_keys, 1, block, listener) ||
	    !config_read_listener_type(l, listener, item))
		return false;
	if (!version_has(l->vault, VERSION_CONFIG_LISTENER_COLON))
		l->where = arena_printf(
		    l->arena, "error parsing 'listener': listeners.%d ", index);
	if (!config_parse(l, config_listener_keys + 1,
		COUNT(config_listener_keys) - 1, block, listener) ||
	    !config_read_nested(l, listener, block))
		return false;
	l->where = "";
	config_warn_of_listener(l, listener, block);
	return true;
}
