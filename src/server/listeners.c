/*
 * Opening and describing listeners. In development mode there is one.
 */
#include "server/listeners.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/go_text.h"
#include "base/text.h"
#include "server/admin_listener.h"
#include "server/fixtures/cert_profiles.h"
#include "server/instance_config.h"

/* What clients are told: the address as asked for, with the bound port. */
static void
listeners_set_addresses(struct instance *in)
{
	struct listener_address b;
	const char *colon;
	char host[200];

	if (!listener_get_address(in, 0, &b))
		return;
	snprintf(host, sizeof(host), "%s", b.address);
	colon = strrchr(host, ':');
	if (*in->vault.config.api_addr)
		snprintf(in->api_addr, sizeof(in->api_addr), "%s",
		    in->vault.config.api_addr);
	else
		snprintf(in->api_addr, sizeof(in->api_addr), "%s", b.url);
	if (*in->vault.config.cluster_addr)
		snprintf(in->cluster_addr, sizeof(in->cluster_addr), "%s",
		    in->vault.config.cluster_addr);
	else if (colon)
		snprintf(in->cluster_addr, sizeof(in->cluster_addr),
		    "https://%.*s:%d", (int)(colon - host), host,
		    atoi(colon + 1) + 1);
	in->vault.config.api_addr = in->api_addr;
	in->vault.config.cluster_addr = in->cluster_addr;
}

static bool
listeners_open_dev(struct instance *in, struct error *e)
{
	const struct options *o = in->options;
	struct tls_files files = { .cert = in->dev_tls.cert_path,
		.key = in->dev_tls.key_path,
		.offers_rsa_exchange = version_has(
		    &in->vault, VERSION_TLS_RSA_EXCHANGE) };
	bool tls = o->dev_tls || o->tls_cert_file;
	struct error why = { 0 };

	if (o->tls_cert_file) {
		files.cert = o->tls_cert_file;
		files.key = o->tls_key_file;
	} else if (in->first != in) {
		files.cert = in->first->dev_tls.cert_path;
		files.key = in->first->dev_tls.key_path;
	} else if (o->dev_tls && !dev_tls_create(in, &in->dev_tls, e))
		return false;
	if (o->dev_tls && !o->tls_cert_file && in->first == in)
		snprintf(in->dev_ca_path, sizeof(in->dev_ca_path), "%s",
		    in->dev_tls.ca_path);
	in->listeners[in->nlisteners] = http_listen(in->http,
	    in->listen_address ? in->listen_address : o->dev_listen_address,
	    tls ? &files : NULL, &http_default_limits, &why);
	if (!in->listeners[in->nlisteners])
		return error_set(e, 400,
		    "Error initializing listener of type tcp: %s", why.text);
	in->listener_tls[in->nlisteners++] = tls;
	return true;
}

/* ---- what a configured listener does beyond that ---- */

/* Sets the error, with Vault's words before it, and returns false. */
static bool
listeners_refuse(
    const struct config_listener *c, const char *why, struct error *e)
{
	return error_set(
	    e, 400, "Error initializing listener of type %s: %s", c->type, why);
}

static const char *const *
listeners_addresses(struct instance *in, const struct strs *t)
{
	struct strs list = strs_in(in->config_arena);

	strs_add_all(&list, t->items);
	return (const char *const *)strs_array(&list);
}

static bool
listeners_parse_behavior(const struct config_listener *c,
    enum http_proxy_protocol *out, struct error *e)
{
	static const struct {
		const char *name;
		enum http_proxy_protocol value;
	} behaviors[] = {
		{ "use_always", PROXY_PROTOCOL_ALWAYS },
		{ "allow_authorized", PROXY_PROTOCOL_ALLOW },
		{ "deny_unauthorized", PROXY_PROTOCOL_DENY },
	};
	const char *name = c->proxy_protocol_behavior;

	*out = PROXY_PROTOCOL_OFF;
	if (!*name || strcmp(c->type, "unix") == 0)
		return true;
	for (size_t i = 0; i < sizeof(behaviors) / sizeof(behaviors[0]); i++)
		if (strcmp(behaviors[i].name, name) == 0) {
			*out = behaviors[i].value;
			return true;
		}
	return listeners_refuse(c,
	    "failed configuring PROXY protocol wrapper: unknown behavior type "
	    "for proxy proto config",
	    e);
}

/* A number, or what a name stands for; -1: nobody. */
static long
listeners_find_user(const char *user)
{
	char *end;
	long id = strtol(user, &end, 10);
	const struct passwd *found;

	if (*end == '\0')
		return id;
	found = getpwnam(user);
	return found ? (long)found->pw_uid : -1;
}

static long
listeners_find_group(const char *group)
{
	char *end;
	long id = strtol(group, &end, 10);
	const struct group *found;

	if (*end == '\0')
		return id;
	found = getgrnam(group);
	return found ? (long)found->gr_gid : -1;
}

/* Sets the error in Vault's words. */
static bool
listeners_refuse_rights(struct instance *in, const struct config_listener *c,
    const char *why, struct error *e)
{
	return listeners_refuse(c,
	    arena_printf(in->config_arena,
		"failed to set file system permissions on the socket file: %s",
		why),
	    e);
}

/* Vault 1.19: socket_mode, socket_user and socket_group of a UNIX socket count
 * only when all three are given. */
static bool
listeners_set_socket_rights(struct instance *in, const char *path,
    const struct config_listener *c, struct error *e)
{
	struct arena *a = in->config_arena;
	long user, group;
	char *end;
	unsigned long bits = strtoul(c->socket_mode, &end, 8);

	if (!*c->socket_mode || !*c->socket_user || !*c->socket_group)
		return true;
	user = listeners_find_user(c->socket_user);
	if (user < 0)
		return listeners_refuse_rights(in, c,
		    arena_printf(a,
			"failed to look up user %s: user: unknown user %s",
			go_quoted(a, c->socket_user), c->socket_user),
		    e);
	group = listeners_find_group(c->socket_group);
	if (group < 0) /* Vault 1.19 names the user here. */
		return listeners_refuse_rights(in, c,
		    arena_printf(a,
			"failed to look up group %s: group: unknown group %s",
			go_quoted(a, c->socket_user), c->socket_group),
		    e);
	if (chown(path, (uid_t)user, (gid_t)group) != 0)
		return listeners_refuse_rights(in, c,
		    arena_printf(a,
			"failed setting ownership to %ld:%ld on %s: chown %s: "
			"%s",
			user, group, go_quoted(a, path), path,
			go_errno_text(a, errno)),
		    e);
	if (*end)
		return listeners_refuse_rights(
		    in, c, "invalid mode specified: 0", e);
	return chmod(path, (mode_t)bits) == 0 ||
	    listeners_refuse_rights(in, c, go_errno_text(a, errno), e);
}

/* Vault 1.19: headers that begin with X-Vault- are not taken. */
static void
listeners_set_headers(struct instance *in, const struct config_listener *c,
    struct http_settings *settings)
{
	struct http_response_header *list = arena_zalloc(
	    in->config_arena, ((size_t)c->nheaders + 1) * sizeof(*list));
	size_t n = 0;

	for (int i = 0; i < c->nheaders; i++) {
		const struct config_header *h = &c->headers[i];

		if (starts_with(h->name, "X-Vault-")) {
			log_msg(&in->log, LOG_WARN, "core",
			    "X-Vault headers are not allowed to be set as "
			    "custom headers: header=%s",
			    h->name);
			continue;
		}
		list[n].status = h->status;
		list[n].name = h->name;
		list[n++].value = h->value;
	}
	settings->response_headers = list;
	settings->nresponse_headers = n;
}

/* What the configuration says of a listener, as http/ takes it. */
static bool
listeners_apply_settings(struct instance *in, struct http_listener *l,
    const struct config_listener *c, struct error *e)
{
	struct http_settings s = {
		.forwarded_for_authorized = listeners_addresses(
		    in, &c->x_forwarded_for_authorized_addrs),
		.forwarded_for_hop_skips = c->x_forwarded_for_hop_skips,
		.forwarded_for_reject_not_present =
		    c->x_forwarded_for_reject_not_present,
		.forwarded_for_reject_not_authorized =
		    c->x_forwarded_for_reject_not_authorized,
		.forwarded_for_checked = version_has(
		    &in->vault, VERSION_FORWARDED_FOR_CHECKED),
		.proxy_protocol_authorized = listeners_addresses(
		    in, &c->proxy_protocol_authorized_addrs),
		.limits = { .json_depth = c->max_json_depth,
		    .json_string = c->max_json_string_value_length,
		    .json_entries = c->max_json_object_entry_count,
		    .json_elements = c->max_json_array_element_count,
		    .json_tokens = c->max_json_token,
		    .token_header = c->max_token_header_size },
	};

	if (c->unauthenticated_metrics_access)
		s.open_paths |= REQUEST_OPEN_METRICS;
	if (c->unauthenticated_pprof_access)
		s.open_paths |= REQUEST_OPEN_PPROF;
	if (c->unauthenticated_in_flight_requests_access)
		s.open_paths |= REQUEST_OPEN_IN_FLIGHT;
	if (version_has(&in->vault, VERSION_CONFIG_REDACT))
		s.redactions = (c->redact_addresses ? REQUEST_REDACT_ADDRESSES
						    : 0) |
		    (c->redact_cluster_name ? REQUEST_REDACT_CLUSTER_NAME : 0) |
		    (c->redact_version ? REQUEST_REDACT_VERSION : 0);
	if (!listeners_parse_behavior(c, &s.proxy_protocol, e))
		return false;
	listeners_set_headers(in, c, &s);
	http_set_settings(l, &s);
	return true;
}

static void
listeners_set_timeout(int *out, int64_t configured_s)
{
	if (configured_s > 0)
		*out = configured_s < INT_MAX ? (int)configured_s : INT_MAX;
}

static void
listeners_set_limits(
    struct http_limits *limits, const struct config_listener *c)
{
	if (c->max_request_size)
		limits->body_max_bytes = c->max_request_size < 0
		    ? 0
		    : c->max_request_size;
	listeners_set_timeout(
	    &limits->head_timeout_s, c->http_read_header_timeout);
	listeners_set_timeout(&limits->body_timeout_s, c->http_read_timeout);
	listeners_set_timeout(&limits->idle_timeout_s, c->http_idle_timeout);
	listeners_set_timeout(&limits->write_timeout_s, c->http_write_timeout);
}

/* Opens one listener of the configuration file, with its TLS, limits and
 * headers. False with Vault's text in e. */
static bool
listeners_open_configured(
    struct instance *in, const struct config_listener *c, struct error *e)
{
	struct tls_files files = { .cert = c->tls_cert_file,
		.key = c->tls_key_file,
		.client_ca = c->tls_client_ca_file,
		.min_version = *c->tls_min_version ? c->tls_min_version : NULL,
		.max_version = *c->tls_max_version ? c->tls_max_version : NULL,
		.cipher_suites = *c->tls_cipher_suites ? c->tls_cipher_suites
						       : NULL,
		.require_client_cert = c->tls_require_and_verify_client_cert,
		.disable_client_certs = c->tls_disable_client_certs,
		.offers_rsa_exchange = version_has(
		    &in->vault, VERSION_TLS_RSA_EXCHANGE) };
	struct http_limits limits = http_default_limits;
	struct error why = { 0 };
	const char *address = c->address;
	bool is_unix = strcmp(c->type, "unix") == 0;
	bool plain = c->tls_disable || is_unix; /* Vault 1.19: no TLS there */

	if (is_unix)
		address = arena_printf(in->config_arena, "unix:%s",
		    *address ? address : "/run/vault.sock");
	else if (*address == '\0')
		address = "127.0.0.1:8200";
	listeners_set_limits(&limits, c);
	in->listeners[in->nlisteners] = http_listen(
	    in->http, address, plain ? NULL : &files, &limits, &why);
	if (!in->listeners[in->nlisteners])
		return listeners_refuse(c, why.text, e);
	if (is_unix &&
	    !listeners_set_socket_rights(in, address + strlen("unix:"), c, e))
		return false;
	in->listener_tls[in->nlisteners++] = !plain;
	return listeners_apply_settings(
	    in, in->listeners[in->nlisteners - 1], c, e);
}

/* X-Vault-Hostname and X-Vault-Raft-Node-ID, where the configuration asks for
 * them. */
static void
listeners_set_identity(struct instance *in)
{
	const struct config_file *f = &in->config_file;
	bool raft = strcmp(in->vault.config.storage_type, "raft") == 0;
	char hostname[256] = "";

	if (f->enable_response_header_hostname &&
	    gethostname(hostname, sizeof(hostname) - 1) != 0)
		*hostname = '\0';
	http_set_identity_headers(in->http, hostname,
	    f->enable_response_header_raft_node_id && raft
		? vault_node_name(&in->vault)
		: "");
}

static bool
listeners_open_all(struct instance *in, struct error *e)
{
	in->http = http_new(in->host->base, in->api, in->vault.clock,
	    in->host->real_clock, &in->log);
	if (in->proxy)
		http_set_streaming(in->http, PROXY_HELD_BODY_BYTES);
	http_set_skew(in->http, &in->vault.skew_ns);
	http_set_cert_maker(in->http, cert_profile_issue, in);
	if (in->options->dev && !listeners_open_dev(in, e))
		return false;
	/* The first one is that of development mode. */
	for (int i = in->options->dev; i < in->config_file.nlisteners; i++)
		if (!listeners_open_configured(
			in, &in->config_file.listeners[i], e))
			return false;
	if (in->nlisteners == 0)
		return error_set(e, 400, "no listeners configured");
	listeners_set_identity(in);
	listeners_set_addresses(in);
	return in->first != in || admin_listener_open(in, e);
}

bool
listeners_open(struct instance *in, struct error *e)
{
	struct error why = { 0 };

	return listeners_open_all(in, &why) ||
	    instance_config_refuse(in, why.text, e);
}

void
listeners_close(struct instance *in)
{
	http_free(in->http);
	in->http = NULL;
	in->admin_listener = NULL;
	dev_tls_remove(&in->dev_tls);
}

void
listeners_reload(struct instance *in)
{
	for (int i = 0; i < in->nlisteners; i++) {
		struct error e = { 0 };

		if (!http_reload_certificates(in->listeners[i], &e))
			log_msg(&in->log, LOG_ERROR, "core",
			    "error(s) were encountered during reload: %s",
			    e.text);
	}
}

bool
listener_get_address(
    const struct instance *in, int i, struct listener_address *out)
{
	if (i >= in->nlisteners)
		return false;
	http_listener_address(
	    in->listeners[i], out->address, sizeof(out->address));
	out->tls = in->listener_tls[i];
	snprintf(out->url, sizeof(out->url), "%s://%s",
	    out->tls ? "https" : "http", out->address);
	return true;
}

bool
listener_describe(const struct instance *in, int i, char *out, size_t size)
{
	struct listener_address b;
	char *colon;

	if (!listener_get_address(in, i, &b))
		return false;
	colon = strrchr(b.address, ':');
	snprintf(out, size,
	    "tcp (addr: \"%s\", cluster address: \"%.*s:%d\", "
	    "disable_request_limiter: \"false\", "
	    "max_request_duration: \"1m30s\", "
	    "max_request_size: \"33554432\", tls: \"%s\")",
	    b.address, (int)(colon - b.address), b.address, atoi(colon + 1) + 1,
	    b.tls ? "enabled" : "disabled");
	return true;
}
